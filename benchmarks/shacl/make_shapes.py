# Kept as it was when the published figures were measured, so that they can be compared: same seed, same bytes.
# ruff: noqa
# fmt: off
KINDS = ["IntegratedCareBoard","NHSTrust","FoundationTrust","LocalAuthority","HealthAndWellbeingBoard","PrimaryCareNetwork","Regulator","GovernmentDepartment","Healthwatch","ProviderCollaborative"]
CODE = ["ICB","NTR","FTR","LAU","HWB","PCN","REG","DEP","HWA","PCO"]
out = """@prefix gov: <https://ex.org/gov/> .
@prefix gs: <https://ex.org/shapes/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

gs: a owl:Ontology ;
  sh:declare [ sh:prefix "gov" ; sh:namespace "https://ex.org/gov/"^^xsd:anyURI ] ,
             [ sh:prefix "xsd" ; sh:namespace "http://www.w3.org/2001/XMLSchema#"^^xsd:anyURI ] .

# helper shapes (no target), used by sh:node
gs:Identified a sh:NodeShape ;
  sh:property [ sh:path gov:identifier ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:minLength 5 ; sh:maxLength 12 ] .
gs:Dated a sh:NodeShape ;
  sh:property [ sh:path gov:validFrom ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:date ] .
gs:CurrentBody a sh:NodeShape ;
  sh:or ( [ sh:property [ sh:path gov:status ; sh:hasValue gov:Active ] ] [ sh:property [ sh:path gov:dissolved ; sh:minCount 1 ] ] ) .

gs:Organisation a sh:NodeShape ; sh:targetClass gov:Organisation ;
  sh:node gs:Identified ;
  sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:uniqueLang true ; sh:languageIn ("en" "cy") ; sh:message "An organisation needs exactly one name per language"@en ] ;
  sh:property [ sh:path gov:founded ; sh:maxCount 1 ; sh:datatype xsd:date ; sh:severity sh:Warning ] ;
  sh:property [ sh:path gov:status ; sh:minCount 1 ; sh:in (gov:Active gov:Closed gov:Proposed) ] ;
  sh:property [ sh:path gov:homepage ; sh:nodeKind sh:IRI ; sh:pattern "^https://" ] ;
  sh:property [ sh:path gov:inPlace ; sh:minCount 1 ; sh:class gov:Place ] ;
  sh:property [ sh:path [ sh:inversePath gov:accountor ] ; sh:minCount 1 ; sh:class gov:AccountabilityRelation ] ;
  sh:sparql [ a sh:SPARQLConstraint ; sh:prefixes gs: ; sh:message "Identifier {?value} is used by more than one organisation" ;
    sh:select \"\"\"SELECT DISTINCT $this ?value WHERE { $this gov:identifier ?value . ?other gov:identifier ?value . FILTER(?other != $this) }\"\"\" ] .
"""
extra = {
 "IntegratedCareBoard": 'sh:property [ sh:path ( [ sh:inversePath gov:accountor ] gov:forum ) ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;',
 "HealthAndWellbeingBoard": 'sh:node gs:CurrentBody ; sh:property [ sh:path [ sh:inversePath gov:body ] ; sh:class gov:Membership ] ;',
 "Regulator": 'sh:not [ sh:property [ sh:path gov:seats ; sh:minCount 1 ] ] ;',
 "GovernmentDepartment": 'sh:property [ sh:path ( [ sh:inversePath gov:accountor ] gov:source ) ; sh:class gov:Source ] ;',
 "Healthwatch": 'sh:property [ sh:path [ sh:alternativePath ( rdfs:label skos:prefLabel ) ] ; sh:minCount 1 ; sh:severity sh:Info ] ;',
}
for k, c in zip(KINDS, CODE):
    out += f'\ngs:{k} a sh:NodeShape ; sh:targetClass gov:{k} ; {extra.get(k,"")}\n  sh:property [ sh:path gov:identifier ; sh:pattern "^{c}[0-9]{{7}}$" ; sh:message "Bad {c} code"@en ] ;\n  sh:property [ sh:path gov:scheme ; sh:hasValue gov:ods ] .\n'
out += """
gs:Accountability a sh:NodeShape ; sh:targetClass gov:AccountabilityRelation ;
  sh:node gs:Dated ;
  sh:property [ sh:path gov:accountor ; sh:minCount 1 ; sh:maxCount 1 ; sh:class gov:Organisation ; sh:disjoint gov:forum ] ;
  sh:property [ sh:path gov:forum ; sh:minCount 1 ; sh:maxCount 1 ; sh:class gov:Organisation ] ;
  sh:property [ sh:path gov:validFrom ; sh:lessThan gov:validTo ] ;
  sh:property [ sh:path gov:validTo ; sh:maxCount 1 ; sh:datatype xsd:date ] ;
  sh:property [ sh:path gov:source ; sh:minCount 1 ; sh:class gov:Source ; sh:severity sh:Warning ] ;
  sh:property [ sh:path gov:basis ; sh:minCount 1 ; sh:in (gov:Statutory gov:Contractual gov:Licence) ] ;
  sh:sparql [ a sh:SPARQLConstraint ; sh:prefixes gs: ; sh:message "Edge starts before {?value} was founded" ;
    sh:select \"\"\"SELECT DISTINCT $this ?value WHERE { $this gov:validFrom ?from ; (gov:accountor|gov:forum) ?value . ?value gov:founded ?b . FILTER(?from < ?b) }\"\"\" ] ;
  sh:sparql [ a sh:SPARQLConstraint ; sh:prefixes gs: ; sh:message "Edge outlives {?value}" ;
    sh:select \"\"\"SELECT DISTINCT $this ?value WHERE { $this gov:accountor|gov:forum ?value . ?value gov:dissolved ?d . OPTIONAL { $this gov:validTo ?to } FILTER(!bound(?to) || ?to > ?d) }\"\"\" ] .

gs:Membership a sh:NodeShape ; sh:targetClass gov:Membership ;
  sh:node gs:Dated ;
  sh:property [ sh:path gov:member ; sh:minCount 1 ; sh:maxCount 1 ; sh:class gov:Organisation ] ;
  sh:property [ sh:path gov:body ; sh:minCount 1 ; sh:maxCount 1 ; sh:class gov:HealthAndWellbeingBoard ] ;
  sh:property [ sh:path gov:role ; sh:minCount 1 ; sh:in (gov:Chair gov:Voting gov:NonVoting) ] ;
  sh:property [ sh:path gov:seats ; sh:datatype xsd:integer ; sh:minInclusive 1 ; sh:maxInclusive 50 ] ;
  sh:or ( [ sh:property [ sh:path gov:seats ; sh:minCount 1 ] ] [ sh:property [ sh:path gov:observer ; sh:hasValue true ] ] ) .

gs:Place a sh:NodeShape ; sh:targetClass gov:Place ;
  sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:datatype rdf:langString ] ;
  sh:property [ sh:path gov:gss ; sh:minCount 1 ; sh:maxCount 1 ; sh:pattern "^[EWSN][0-9]{8}$" ] ;
  sh:property [ sh:path gov:hasBody ; sh:qualifiedValueShape [ sh:class gov:HealthAndWellbeingBoard ] ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1 ] ;
  sh:sparql [ a sh:SPARQLConstraint ; sh:prefixes gs: ; sh:message "Place has no Health and Wellbeing Board representation"@en ;
    sh:select \"\"\"SELECT $this WHERE { FILTER NOT EXISTS { ?r a gov:Representation ; gov:place $this ; gov:board ?b . ?b a gov:HealthAndWellbeingBoard } }\"\"\" ] .

gs:Source a sh:NodeShape ; sh:targetClass gov:Source ;
  sh:property [ sh:path gov:title ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ] ;
  sh:property [ sh:path gov:url ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path gov:date ; sh:datatype xsd:date ] .

gs:Representation a sh:NodeShape ; sh:targetClass gov:Representation ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
  sh:property [ sh:path gov:place ; sh:minCount 1 ; sh:maxCount 1 ; sh:class gov:Place ] ;
  sh:property [ sh:path gov:board ; sh:minCount 1 ; sh:maxCount 1 ; sh:class gov:HealthAndWellbeingBoard ] .

gs:Dissolved a sh:NodeShape ; sh:targetSubjectsOf gov:dissolved ;
  sh:property [ sh:path gov:founded ; sh:lessThan gov:dissolved ] ;
  sh:property [ sh:path gov:status ; sh:hasValue gov:Closed ; sh:severity sh:Warning ] .

gs:Sourced a sh:NodeShape ; sh:targetObjectsOf gov:source ; sh:class gov:Source ; sh:nodeKind sh:IRI .
gs:Homepage a sh:NodeShape ; sh:targetObjectsOf gov:homepage ; sh:nodeKind sh:IRI ; sh:pattern "^https://" .
gs:BoardOf a sh:NodeShape ; sh:targetObjectsOf gov:board ; sh:property [ sh:path ( [ sh:inversePath gov:board ] gov:place ) ; sh:minCount 1 ; sh:class gov:Place ] .
"""
import sys; open(sys.argv[1], "w").write(out)
import re; print(len(re.findall(r"a sh:NodeShape", out)), "node shapes")
