"""Examples for the rules on agreements (memoranda, pooled funds, tables of marks) and on documents at hand.

Nothing here is a fact about a real body.
"""

# ruff: noqa: E501 - the examples are Turtle, one statement a line
from __future__ import annotations

from collections.abc import Iterator

from tests.shapes.cases import ADVICE, DRAFT, LAW, TWO, Case, body, person, post, relation, start
from tests.shapes.world import WORLD, constituency


def instrument(slug: str, more: str = "", status: str = "in-force") -> str:
    """An instrument; ``more`` is put before its evidence."""
    return f'ins:{slug} a ics:Instrument ; rdfs:label "{slug}"@en ; ics:status st:{status} ; {more}{LAW} .\n'


def basis_cases() -> Iterator[Case]:
    """What rests on an instrument."""
    based = ADVICE.replace("ics:advised b:X-two", "ics:advised b:X-two ; ics:basis leg:2012\\/7")
    yield Case("WhatRestsOnADraftIsNotInForce", based, "leg:2012\\/7", "ins:draft")
    deal = instrument("X-deal", start("2021-01-01"))
    ends = "ics:adviser b:X-one ; ics:advised b:X-two ; ics:basis ins:X-deal"
    later = TWO + deal + relation("X-advice", "Advice", ends, start("2021-03-01"), LAW)
    yield Case("NothingIsOlderThanItsBasis", later, "2021-03-01", "2020-03-01")
    parties = "ics:party b:X-ccg, b:X-council"
    pooled = f"{parties} ; ics:basis ins:X-section-75"
    fund = (
        WORLD
        + instrument("X-section-75", status="permitted")
        + relation("X-fund", "JointArrangement", pooled, "ics:arrangementKind val:pooled-budget ; ")
    )
    both = "PooledFundHasBothSides"
    yield Case(both, fund, parties, "ics:party b:X-ccg, b:X-hwb", message="no local authority")
    yield Case(both, fund, parties, "ics:party b:X-hwb, b:X-council", message="no NHS body")


def mutual_cases() -> Iterator[Case]:
    """Parties that answer to one another."""
    parties = "ics:party b:X-one, b:X-two, b:X-three"
    joint = TWO + body("X-three") + instrument("X-deal")
    joint += relation(
        "X-joint", "JointArrangement", f"{parties} ; ics:basis ins:X-deal", "ics:arrangementKind val:mou ; "
    )
    collective = "ics:forum r:X-joint ; ics:collective true"
    edge = joint + relation(
        "X-answers",
        "Accountability",
        f"ics:actor b:X-one ; {collective}",
        "ics:basis ins:X-deal ; ics:accountabilityKind ak:financial ; ",
    )
    among = "AccountabilityAmongPartiesIsCollective"
    yield Case(among, edge, collective, "ics:forum b:X-two", message="Actor and forum are both parties")
    yield Case(among, edge, parties, "ics:party b:X-two, b:X-three", message="of which it is no party")


def seat_cases() -> Iterator[Case]:
    """Seats, chairs, thresholds and steps."""
    seats = "SeatIsOfWhoCanFillIt"
    posts = TWO + post("X-chair")
    held = posts + relation(
        "X-seat", "Membership", "ics:memberParty post:X-chair ; ics:memberOfBody b:X-two", "ics:seats 1 ; "
    )
    yield Case(seats, held, "ics:seats 1", "ics:seats 2")
    speaks = "ics:memberParty b:X-one ; ics:memberOfBody b:X-two ; org:role ro:constituency-representative ; ics:represents con:X-trusts"
    for_all = TWO + constituency("X-trusts") + relation("X-seat", "Membership", speaks)
    yield Case(seats, for_all, " ; ics:represents con:X-trusts", "")
    yield Case(seats, for_all, "ics:represents con:X-trusts", "ics:represents b:X-one")
    of_body = relation("X-of", "PostOf", "ics:post post:X-chair ; ics:postBody b:X-one")
    chaired = posts + of_body + relation("X-chairs", "Chairing", "ics:chairPost post:X-chair ; ics:chairedBody b:X-two")
    yield Case("ChairIsAPostOfSomeBody", chaired, of_body, "")
    share = "ics:threshold 0.75 ; ics:majorityOf val:eligible-members ; "
    voting = body("X-one") + relation("X-rule", "DecisionRule", "ics:ruleOf b:X-one", share)
    yield Case("ThresholdIsOfSomething", voting, "ics:majorityOf val:eligible-members ; ", "")
    steps = body("X-one") + "".join(
        relation(f"X-step-{number}", "DecisionRule", "ics:ruleOf b:X-one", f"ics:order {number} ; ")
        for number in (1, 2)
    )
    yield Case("StepsHaveNumbersOfTheirOwn", steps, "ics:order 2", "ics:order 1")


def cell(party: str, element: str, more: str = "") -> str:
    """A mark in a table."""
    ends = f"ics:instrument ins:X-table ; ics:partyType pt:{party} ; ics:element el:{element} ; ics:marked true"
    return relation(f"X-{party}-{element}{more}", "Applicability", ends, evidence=DRAFT).replace("in-force", "draft")


def table_cases() -> Iterator[Case]:
    """Marks in a table."""
    last = cell("ccgs", "governance")
    table = instrument("X-table") + "".join(
        (cell("councils", "financials"), cell("ccgs", "financials"), cell("councils", "governance"), last)
    )
    whole = "TableHasEachMarkOnce"
    yield Case(whole, table, last, "", message="is missing")
    yield Case(whole, table, last, last + cell("ccgs", "governance", "-again"), message="there twice")


def document_cases() -> Iterator[Case]:
    """Sources and the documents at hand."""
    formats = "dcterms:hasFormat src:X-text ; ics:linesIn src:X-text ; "
    page = (
        f'src:X-page a ics:Source ; dcterms:title "Page"@en ; dcterms:publisher "A council" ; ics:licenceNote "Not known."@en ; {formats}'
        'ics:statedFrom "2020-01-01"^^xsd:date ; ics:statedUntil "2021-01-01"^^xsd:date .\n'
        'src:X-text a foaf:Document ; dcterms:title "Page, as text"@en ; dcterms:isFormatOf src:X-page ; dcterms:identifier "page.txt" ; '
        f'ics:sha256 "{"a" * 64}" .\n'
    )
    cited = page + person("X-she").replace("src:report", "src:X-page")
    found = "DocumentCanBeFoundAgain"
    yield Case(found, cited, "ics:linesIn src:X-text ; ", "")
    yield Case(found, cited, "ics:linesIn src:X-text", "ics:linesIn src:X-page")
    yield Case(found, cited, 'dcterms:identifier "page.txt" ; ', "")
    yield Case(found, cited, f'"{"a" * 64}"', f'"{"A" * 64}"')


def cases() -> tuple[Case, ...]:
    """The examples of this module."""
    return (*basis_cases(), *mutual_cases(), *seat_cases(), *table_cases(), *document_cases())
