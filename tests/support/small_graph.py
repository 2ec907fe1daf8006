"""A small invented graph for the tests of the doors: one system, two Places, a body that ended, a draft partnership.

Everything in it is made up, so that a test says what it expects and no change of the shipped data breaks it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from ics_graph.store.snapshot import Snapshot
from tests.support.graphs import build_text, cited

DAY = "2020-11-09"
"""The day of the report: the CCG lives, the Partnership is a draft, the ICB is to come."""
LATER = "2022-07-01"
"""The day on which the CCG has ended and the ICB begins."""

CITED = cited()
PLANNED = cited(attestsNone="true")


def _name(text: str, kind: str = "operational") -> str:
    return f'ics:name [ a ics:Name ; ics:text "{text}"@en ; ics:nameKind nk:{kind} ]'


def _day(name: str, day: str) -> str:
    return f'ics:{name} "{day}"^^xsd:date'


TURTLE = f"""
area:testshire a ics:System ; rdfs:label "Testshire"@en ; {CITED} .
area:northton a ics:Place ; rdfs:label "Northton"@en ; ics:partOfArea area:testshire ; {CITED} .
area:southton a ics:Place ; rdfs:label "Southton"@en ; ics:partOfArea area:testshire ; {CITED} .

b:assembly-of-the-realm a org:FormalOrganization, ics:Parliament ; {_name("Assembly of the Realm")} ;
  ics:status st:in-force ; {_day("start", "1900-01-01")} ; {CITED} .
b:health-england a org:FormalOrganization, ics:NationalBody ; {_name("Health England")} ; {_name("HE", "acronym")} ;
  ics:status st:in-force ; {_day("start", "2013-04-01")} ; {CITED} .
b:northton-ccg a org:FormalOrganization, ics:CCG ; {_name("Northton CCG")} ;
  {_name("Northton Clinical Commissioning Group", "legal")} ;
  adms:identifier [ a adms:Identifier ; skos:notation "99N" ; ics:identifierScheme ids:ods ;
    {_day("start", "2013-04-01")} ; {_day("end", "2022-07-01")} ] ;
  ics:status st:in-force ; {_day("start", "2013-04-01")} ; {_day("end", "2022-07-01")} ; {CITED} .
b:testshire-icb a org:FormalOrganization, ics:ICB ; {_name("Testshire ICB")} ;
  ics:status st:planned ; {_day("start", "2022-07-01")} ; {PLANNED} .
b:northton-council a org:FormalOrganization, ics:LocalAuthority ; {_name("Northton Council")} ;
  ics:status st:in-force ; {_day("start", "1998-04-01")} ; {CITED} .
b:northton-hwb a org:OrganizationalUnit, ics:HealthAndWellbeingBoard ; {_name("Northton Health and Wellbeing Board")} ;
  ics:status st:in-force ; {_day("start", "2013-04-01")} ; {CITED} .
b:northton-icp a org:OrganizationalCollaboration, ics:Partnership ; {_name("Northton Integrated Care Partnership")} ;
  {_name("ICP", "acronym")} ; ics:status st:in-force ; {CITED} .
b:testshire-icp a org:OrganizationalCollaboration, ics:Partnership ; {_name("Testshire Integrated Care Partnership")} ;
  {_name("ICP", "acronym")} ; ics:status st:planned ; {_day("start", "2022-07-01")} ; {PLANNED} .
b:advisory-group a ics:GovernanceGroup ; {_name("Joint Advisory Group")} ;
  ics:status st:being-established ; {CITED} .

post:secretary-of-health a org:Post ; rdfs:label "Secretary of Health"@en ; ics:status st:in-force ; {CITED} .
pers:ada-example a foaf:Person ; rdfs:label "Ada Example"@en .
elec:voters-of-the-realm a ics:Electorate ; rdfs:label "Voters of the Realm"@en .
con:groups-of-northton a ics:Constituency ; rdfs:label "Voluntary groups of Northton"@en .
ins:northton-memorandum a ics:Instrument ; rdfs:label "Memorandum of Northton"@en ; ics:status st:draft ; {CITED} .
<http://www.legislation.gov.uk/id/ukpga/1900/1> a ics:Instrument ; rdfs:label "Test Act 1900"@en ;
  ics:status st:in-force ; {CITED} .

r:coverage-ccg a ics:Coverage ; ics:coveringBody b:northton-ccg ; ics:coveredArea area:northton ;
  ics:status st:in-force ; {CITED} .
r:coverage-icb a ics:Coverage ; ics:coveringBody b:testshire-icb ; ics:coveredArea area:testshire ;
  ics:status st:planned ; {_day("start", "2022-07-01")} ; {PLANNED} .
r:coverage-council a ics:Coverage ; ics:coveringBody b:northton-council ; ics:coveredArea area:northton ;
  ics:status st:in-force ; {_day("start", "1998-04-01")} ; {CITED} .

r:ccg-to-health-england a ics:Accountability ; ics:actor b:northton-ccg ; ics:forum b:health-england ;
  ics:accountabilityKind ak:statutory ; ics:mechanism me:assess ; ics:enforceable true ; ics:status st:in-force ;
  {_day("start", "2013-04-01")} ; ics:basis <http://www.legislation.gov.uk/id/ukpga/1900/1> ; {CITED} .
r:health-england-to-secretary a ics:Accountability ; ics:actor b:health-england ; ics:forum post:secretary-of-health ;
  ics:accountabilityKind ak:statutory ; ics:status st:in-force ; {_day("start", "2013-04-01")} ; {CITED} .
r:secretary-to-assembly a ics:Accountability ; ics:actor post:secretary-of-health ;
  ics:forum b:assembly-of-the-realm ; ics:accountabilityKind ak:democratic ; ics:status st:in-force ;
  {_day("start", "1998-04-01")} ; {CITED} .
r:icp-to-council a ics:Accountability ; ics:actor b:northton-icp ; ics:forum b:northton-council ;
  ics:accountabilityKind ak:managerial ; ics:status st:draft ; ics:basis ins:northton-memorandum ; {CITED} .

r:ccg-delegates a ics:Delegation ; ics:delegator b:northton-ccg ; ics:delegate b:northton-icp ;
  ics:function fn:nhs-commissioning ; ics:accountabilityRetained true ; ics:status st:in-force ;
  {_day("start", "2020-01-01")} ; {CITED} .
r:council-in-hwb a ics:Membership ; ics:memberParty b:northton-council ; ics:memberOfBody b:northton-hwb ;
  ics:voting vt:voting ; ics:seats 3 ; ics:status st:in-force ; {_day("start", "2013-04-01")} ; {CITED} .
r:ccg-in-hwb a ics:Membership ; ics:memberParty b:northton-ccg ; ics:memberOfBody b:northton-hwb ;
  ics:voting vt:voting ; ics:status st:in-force ; {CITED} .
r:hwb-of-council a ics:PartOf ; ics:part b:northton-hwb ; ics:whole b:northton-council ; ics:status st:in-force ;
  {_day("start", "2013-04-01")} ; {CITED} .
r:council-care a ics:Responsibility ; ics:responsibleBody b:northton-council ;
  ics:responsibilityFunction fn:adult-social-care ; ics:inArea area:northton ; ics:status st:in-force ;
  {_day("start", "1998-04-01")} ; {CITED} .
r:group-advises a ics:Advice ; ics:adviser b:advisory-group ; ics:advised b:northton-council ;
  ics:status st:being-established ; {CITED} .
r:ada-holds a ics:Tenure ; ics:holder pers:ada-example ; ics:heldPost post:secretary-of-health ;
  ics:status st:in-force ; {_day("start", "2019-01-01")} ; {CITED} .
r:council-is-statutory a ics:Characteristic ; ics:characterised b:northton-council ; ics:aspect asp:statutory ;
  ics:characteristicValue val:yes ; ics:status st:in-force ; {_day("start", "1998-04-01")} ; {CITED} .

<https://w3id.org/ics-graph/id/claim/number-of-ccgs> a ics:Claim ;
  ics:about b:northton-ccg ; ics:aspect asp:number-of-ccgs ; ics:value 1 ;
  ics:polarity val:stated ; {CITED} .

ev:ccg-functions-pass a ics:TransferOfFunctions ; {_day("start", "2022-07-01")} ; ics:status st:in-force ;
  ics:transferor b:northton-ccg ; ics:transferee b:testshire-icb ; {CITED} .
"""


@lru_cache(maxsize=1)
def small_snapshot() -> Snapshot:
    """The snapshot of the small graph, built once for a test run."""
    return build_text(TURTLE, Path(mkdtemp(prefix="ics-graph-small-")))
