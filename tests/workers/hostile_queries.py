"""Queries that are meant to hang, crash, fill or leak: name and text. ``{port}`` is that of a listening socket."""

from __future__ import annotations

ANY = "?s ?p ?o"
TO = "<https://example.org/to>"
NAME = "<https://example.org/name>"


def cross(width: int) -> str:
    """A cartesian product of ``width`` scans of the whole graph."""
    return " . ".join(f"?s{one} ?p{one} ?o{one}" for one in range(width))


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


def doubled(times: int, function: str = "CONCAT") -> str:
    """A string of 16 characters, doubled again and again by BIND."""
    steps = (f"BIND({function}(?x{one}, ?x{one}) AS ?x{one + 1}) " for one in range(times))
    return "BIND('0123456789abcdef' AS ?x0) " + "".join(steps)


LONG = "a" * 4000

HOSTILE: dict[str, str] = {
    # Joins without end
    "cartesian count": f"SELECT (COUNT(*) AS ?n) {{ {cross(5)} }}",
    "cartesian rows": f"SELECT * {{ {cross(4)} }}",
    "cartesian distinct": f"SELECT DISTINCT * {{ {cross(3)} }}",
    "cartesian order": f"SELECT * {{ {cross(3)} }} ORDER BY ?o2 ?o1 ?o0",
    "cartesian order limit": f"SELECT * {{ {cross(4)} }} ORDER BY RAND() LIMIT 1",
    "cartesian group": f"SELECT ?o0 ?o1 ?o2 (COUNT(*) AS ?n) {{ {cross(4)} }} GROUP BY ?o0 ?o1 ?o2",
    "cartesian group_concat": f"SELECT (GROUP_CONCAT(?o0) AS ?x) {{ {cross(4)} }}",
    "cartesian construct": f"CONSTRUCT {{ ?s0 ?p1 ?o2 }} {{ {cross(4)} }}",
    "cartesian ask": f"ASK {{ {cross(5)} FILTER(?o0 = 1 && ?o4 = 2) }}",
    "cartesian describe": f"DESCRIBE ?s0 {{ {cross(4)} }}",
    "cartesian optional": "SELECT * { "
    + " ".join(f"OPTIONAL {{ ?s{one} ?p{one} ?o{one} }}" for one in range(6))
    + " }",
    "cartesian subselects": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"{{ SELECT ?s{one} {{ ?s{one} ?p ?o }} }}" for one in range(6))
    + " }",
    "cartesian not exists": f"SELECT * {{ {cross(3)} FILTER NOT EXISTS {{ ?s0 ?p1 ?o2 . ?x ?y ?z FILTER(?x = 1) }} }}",
    "cartesian minus": f"SELECT * {{ {cross(3)} MINUS {{ ?s0 ?p1 ?o2 . ?a ?b ?c }} }}",
    "offset without end": f"SELECT * {{ {cross(5)} }} OFFSET 1000000000000",
    "cartesian distinct count": f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {cross(4)} }}",
    "cartesian having": f"SELECT ?o0 {{ {cross(4)} }} GROUP BY ?o0 ?o1 HAVING(COUNT(DISTINCT ?o3) > 1000000)",
    "cartesian blank nodes": f"CONSTRUCT {{ [] ?p0 [ ?p1 [ ?p2 ?o2 ] ] }} {{ {cross(3)} }}",
    "cartesian identifiers": f"SELECT DISTINCT (UUID() AS ?u) {{ {cross(3)} }}",
    "cartesian of values": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{one} {{ {'1 ' * 100}}}" for one in range(12))
    + " }",
    "cartesian of unions": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"{{ BIND(1 AS ?v{one}) }} UNION {{ BIND(2 AS ?v{one}) }} " for one in range(40))
    + " }",
    "undefined values joined": "SELECT (COUNT(*) AS ?n) { VALUES (?a ?b) { "
    + "".join(f"(UNDEF {one}) ({one} UNDEF) " for one in range(4000))
    + "} { SELECT * { VALUES (?b ?a) { "
    + "".join(f"(UNDEF {one}) ({one} UNDEF) " for one in range(4000))
    + "} } } }",
    "order by many keys": f"SELECT * {{ {cross(3)} }} ORDER BY " + "DESC(CONCAT(STR(?o0), STR(?o1))) " * 200,
    "exists in exists": f"SELECT * {{ {cross(2)} FILTER NOT EXISTS {{ ?a ?b ?c FILTER NOT EXISTS {{ ?d ?e ?f "
    "FILTER NOT EXISTS { ?g ?h ?i FILTER(?g = ?s0 && ?a = ?d && ?i = 1) } } } }",
    "lateral": f"SELECT (COUNT(*) AS ?n) {{ {cross(2)} LATERAL {{ SELECT * {{ {cross(3)} }} LIMIT 100000 }} }}",
    "a list for each row": f"SELECT * {{ {cross(3)} FILTER(?o0 NOT IN ({'1, ' * 50_000}?o1) && ?o2 = 1) }}",
    # Strings and memory
    "doubling concat": f"SELECT ?x40 {{ {doubled(40)} }}",
    "doubling length": f"SELECT (STRLEN(?x34) AS ?n) {{ {doubled(34)} }}",
    "doubling replace": "SELECT (STRLEN(?y) AS ?n) { BIND('aaaaaaaaaa' AS ?x0) "
    + "".join(f"BIND(REPLACE(?x{one}, 'a', 'aaaaaaaaaa') AS ?x{one + 1}) " for one in range(10))
    + "BIND(?x10 AS ?y) }",
    "doubling encode": "SELECT ?x30 { BIND('%%%%' AS ?x0) "
    + "".join(f"BIND(ENCODE_FOR_URI(?x{one}) AS ?x{one + 1}) " for one in range(30))
    + "}",
    "doubling in rows": f"SELECT ?x16 {{ {ANY} {doubled(16)} }}",
    "regex repetition": f"SELECT * {{ {ANY} FILTER(REGEX('{LONG}', '(((a{{1,100}}){{1,100}}){{1,100}})$')) }}",
    "regex backtracking": f"SELECT * {{ {cross(2)} FILTER(REGEX('{LONG}!', '^(a+)+$')) }}",
    "regex per row": f"SELECT * {{ {cross(2)} FILTER(REGEX('{LONG}', CONCAT('(a|', STR(?o0), STR(?o1), ')*b'))) }}",
    "replace per row": f"SELECT (REPLACE('{LONG}', '(a?){{200}}a{{200}}', '$1$1$1$1') AS ?x) {{ {cross(2)} }}",
    "hashes per row": f"SELECT (SHA512(CONCAT('{LONG}', STR(?o0), STR(?o2))) AS ?x) {{ {cross(3)} }}",
    "doubling separator": f"SELECT (GROUP_CONCAT(?o0; SEPARATOR='{LONG * 10}') AS ?x) {{ {cross(2)} }}",
    "doubling lengths of paths": f"SELECT (IRI(CONCAT('http://a/', ?x20)) AS ?y) {{ {doubled(20)} {cross(1)} }}",
    "regex of a doubled pattern": f"SELECT * {{ {doubled(18)} {ANY} FILTER(REGEX(STR(?o), ?x18)) }}",
    "regex nested": f"SELECT * {{ {ANY} FILTER(REGEX(STR(?o), '{nested('(', 'a', ')*', 50_000)}')) }}",
    "regex of classes": f"SELECT * {{ {ANY} FILTER(REGEX(STR(?o), '{'[^a-z]{0,50}' * 200}\\\\p{{L}}{{1000}}', 'i')) }}",
    "replace by itself": f"SELECT (REPLACE(?x12, '', ?x12) AS ?y) {{ {doubled(12)} }}",
    "large exponents": "SELECT (1e999999999 AS ?a) (-1E-999999999 AS ?b) (0.1e400 * 10 AS ?c) {}",
    "large digits": f"SELECT ({'9' * 100_000} AS ?a) ({'9' * 50_000}.{'9' * 50_000} AS ?b) {{}}",
    "large dates": "SELECT (YEAR('99999999999999999999-01-01T00:00:00Z'^^<http://www.w3.org/2001/XMLSchema#dateTime>) "
    "AS ?a) ('-292277022657-01-01'^^<http://www.w3.org/2001/XMLSchema#date> AS ?b) {}",
    "large numbers": "SELECT (99999999999999999999999999 * 99999999999999999999999999 AS ?x) (1e308 * 1e308 AS ?y) {}",
    # Paths
    "path star": f"SELECT * {{ ?a {TO}* ?b . ?b {TO}* ?c . ?c {TO}* ?d }}",
    "path star of star": f"SELECT (COUNT(*) AS ?n) {{ ?a ((({TO}*)*)*)* ?b }}",
    "path sequence": f"SELECT (COUNT(*) AS ?n) {{ ?a {'/'.join([TO] * 30)} ?b }}",
    "path sequence of stars": f"SELECT (COUNT(*) AS ?n) {{ ?a {'/'.join([f'{TO}*'] * 8)} ?b }}",
    "path alternatives": f"SELECT (COUNT(*) AS ?n) {{ ?a {'|'.join([f'({TO}/{TO})'] * 40)} ?b }}",
    "path optional": f"SELECT (COUNT(*) AS ?n) {{ ?a {'/'.join([f'({TO}?)'] * 20)} ?b }}",
    "path negated": "SELECT (COUNT(*) AS ?n) { ?a (!<urn:a>)*/(!<urn:b>)* ?b . ?b (!<urn:c>)+ ?c . ?c (!<urn:d>)+ ?d }",
    "path inverse": f"SELECT (COUNT(*) AS ?n) {{ ?a (^{TO}/{TO})* ?b . ?b (^{TO}/{TO})* ?c . ?c (^{TO}/{TO})* ?d }}",
    "path in every graph": f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?a (!<urn:a>|^(!<urn:a>))* ?b }} {cross(2)} }}",
    "path in exists": f"SELECT * {{ {cross(2)} FILTER NOT EXISTS {{ ?s0 ({TO}/{TO}/{TO})+ ?z . ?z {NAME}+ ?o1 }} }}",
    "path of long negation": f"ASK {{ ?a (!({'|'.join(f'<urn:{one}>' for one in range(5000))}))* ?b }}",
    # Nesting and chains, past what the parser bears
    "nested parentheses": f"SELECT * {{ {ANY} FILTER({nested('(', '1', ')', 60_000)}) }}",
    "nested functions": f"SELECT * {{ {ANY} FILTER({nested('abs(', '1', ')', 30_000)} = 1) }}",
    "nested if": f"SELECT * {{ {ANY} FILTER({nested('IF(true,1,', '1', ')', 20_000)} = 1) }}",
    "nested groups": f"SELECT * {nested('{', ANY, '}', 60_000)}",
    "nested optional": f"SELECT * {{ {nested('OPTIONAL {', ANY, '}', 15_000)} }}",
    "nested exists": f"SELECT * {{ {nested('FILTER EXISTS {', ANY, '}', 12_000)} }}",
    "nested minus": f"SELECT * {{ {nested('?s ?p ?o MINUS {', ANY, '}', 10_000)} }}",
    "nested graph": f"SELECT * {{ {nested('GRAPH ?g {', ANY, '}', 15_000)} }}",
    "nested subselects": f"SELECT * {{ {nested('{ SELECT * {', ANY, '} }', 12_000)} }}",
    "nested blank nodes": f"SELECT * {{ ?s ?p {nested('[ ?p ', '?o', ']', 20_000)} }}",
    "nested collections": f"SELECT * {{ ?s ?p {nested('(', '?o', ')', 60_000)} }}",
    "nested paths": f"SELECT * {{ ?s {nested('(', TO, ')*', 30_000)} ?o }}",
    "nested path options": f"SELECT * {{ ?s {nested('(', TO, ')?', 60_000)} ?o }}",
    "nested triple terms": f"SELECT * {{ ?s ?p {nested('<<( ?s ?p ', '?o', ' )>>', 12_000)} }}",
    "nested reifications": f"SELECT * {{ ?s ?p {nested('<< ?s ?p ', '?o', ' >>', 12_000)} }}",
    "nested annotations": f"SELECT * {{ {ANY} {nested('{| ?p ?o ', '', '|} ', 15_000)} }}",
    "unclosed braces": "SELECT * " + "{" * 200_000,
    "unclosed parentheses": "SELECT * { FILTER" + "(" * 200_000,
    "negations": f"SELECT * {{ {ANY} FILTER({'!' * 200_000}true) }}",
    "chain of or": f"SELECT * {{ {ANY} FILTER({'?o=1||' * 30_000}?o=2) }}",
    "chain of plus": f"SELECT * {{ {ANY} FILTER({'1+' * 80_000}1=2) }}",
    "chain of union": f"SELECT * {{ {'{ ?s ?p ?o } UNION ' * 10_000} {{ ?s ?p ?o }} }}",
    "chain of bind": f"SELECT * {{ {' '.join(f'BIND(1 AS ?v{one})' for one in range(10_000))} }}",
    "chain of optional": f"SELECT * {{ {ANY} {'OPTIONAL { ?s ?p ?o } ' * 8_000} }}",
    "chain of triples": f"SELECT * {{ {'?s ?p ?o . ' * 15_000} }}",
    "chain of values": f"SELECT * {{ {'VALUES ?a { 1 } ' * 10_000} }}",
    "chain of path": f"SELECT * {{ ?a {'/'.join([TO] * 8_000)} ?b }}",
    "chain of prefixes": "".join(f"PREFIX p{one}: <http://a/{one}#> " for one in range(9000)) + "SELECT * { ?s ?p ?o }",
    "chain of columns": "SELECT " + " ".join(f"(?o AS ?v{one})" for one in range(8000)) + f" {{ {ANY} }}",
    "chain of comparisons": f"SELECT * {{ {ANY} FILTER({'?s != ?p && ' * 15_000}?p = ?o) }}",
    # Size
    "fifty thousand values": "SELECT * { VALUES ?a { " + "1 " * 50_000 + "} VALUES ?b { " + "2 " * 50_000 + "} }",
    "a huge literal": f"SELECT ('{'a' * 250_000}' AS ?x) {{ {cross(3)} }}",
    "a text over the limit": f"SELECT * {{ {ANY} }} # {'x' * 300_000}",
    "a huge name in every row": f"SELECT (?o AS ?{'n' * 200_000}) {{ {ANY} }}",
    "a huge language": f"SELECT ('a'@{'-'.join(['abcdefgh'] * 20_000)} AS ?x) {{ {ANY} }}",
    "a huge iri": f"SELECT * {{ ?s ?p ?o FILTER(?s != <http://a/{'../a/' * 40_000}>) }}",
    "nothing but spaces": " \t\r\n" * 60_000,
    "nothing but comments": "#\n" * 120_000,
    "escapes in a literal": "SELECT ('" + "\\u0041" * 40_000 + "' AS ?x) { ?s ?p ?o }",
    "every row doubled": f"SELECT * {{ {{ {cross(2)} }} UNION {{ {cross(2)} }} UNION {{ {cross(2)} }} }}",
    # Ways out
    "service": "SELECT * { SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
    "service silent": "SELECT * { SERVICE SILENT <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
    "service by name": "PREFIX e: <http://127.0.0.1:{port}/> SELECT * { SERVICEe:x{?s ?p ?o} }",
    "service by variable": "SELECT * { VALUES ?u { <http://127.0.0.1:{port}/> } SERVICE ?u { ?s ?p ?o } }",
    "service after a constant": "SELECT * { ?s ?p trueSERVICE<http://127.0.0.1:{port}/>{} }",
    "service behind a comparison": (
        "SELECT * { ?s ?p ?o FILTER(?s<?o#>'''\n) SERVICE <http://127.0.0.1:{port}/> {} #'''\n}"
    ),
    "service in escapes": "SELECT * { \\u0053ERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
    "service in many rows": "SELECT * { ?s ?p ?o SERVICE SILENT <http://127.0.0.1:{port}/> { ?s ?q ?x } }",
    "from loopback": "SELECT * FROM <http://127.0.0.1:{port}/> { ?s ?p ?o }",
    "from named loopback": "SELECT * FROM NAMED <http://127.0.0.1:{port}/> { GRAPH ?g { ?s ?p ?o } }",
    "from a file": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "from a relative file": "BASE <file:///etc/> SELECT * FROM <passwd> { ?s ?p ?o }",
    "load": "LOAD <http://127.0.0.1:{port}/>",
    "insert": "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
    "drop behind a query": "SELECT * { ?s ?p ?o } ; DROP ALL",
    # Characters
    "a zero character": "SELECT * { ?s ?p '\u0000' }",
    "a half of a pair": "SELECT * { ?s ?p '\ud800' }",
    "a byte order mark": "\ufeffSELECT * { ?s ?p ?o }",
    "wide letters": "\uff33\uff25\uff2c\uff25\uff23\uff34 * { ?s ?p ?o }",
    "a half in escapes": "SELECT * { ?s ?p '\\uD800\\uDC00' FILTER(?s = <urn:\\uDFFF>) }",
    "a line separator": "SELECT * { ?s ?p ?o } #\u2028 ; DROP ALL",
    "right to left": "SELECT * { ?s ?p '\u202e' FILTER(1 = '\u2066') }",
    "combining": "SELECT * { ?s" + "\u0301" * 100_000 + " ?p ?o }",
}


def text(name: str, port: int) -> str:
    """A hostile query with the port of a listening socket in it."""
    return HOSTILE[name].replace("{port}", str(port))
