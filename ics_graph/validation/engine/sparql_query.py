"""What SHACL demands of the queries of SPARQL-based constraints, checked before anything is evaluated.

SHACL sections 5.2 and 6.2 and appendix A ("Pre-binding"). :mod:`ics_graph.validation.engine.sparql_rewrite` puts the
focus nodes in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import pyoxigraph as ox

from ics_graph.validation.engine.namespace import RDF_TYPE
from ics_graph.validation.engine.open_predicates import OpenPredicate, listed, open_predicate
from ics_graph.validation.engine.sparql_syntax import parse_query
from ics_graph.validation.engine.sparql_tokens import Token
from ics_graph.validation.engine.sparql_tree import (
    Bind,
    Filter,
    Group,
    Nested,
    Pattern,
    Query,
    Select,
    Triples,
)
from ics_graph.validation.engine.statements import Visible

# Functions whose result depends on how a literal is written, and those that see its exact datatype.
_WRITTEN_FORM = frozenset(
    {"STR", "REGEX", "REPLACE", "STRLEN", "SUBSTR", "UCASE", "LCASE", "STRSTARTS", "STRENDS", "CONTAINS"}
    | {"STRBEFORE", "STRAFTER", "CONCAT", "ENCODE_FOR_URI", "MD5", "SHA1", "SHA256", "SHA384", "SHA512"}
    | {"SAMETERM", "GROUP_CONCAT"}
)
_EXACT_DATATYPE = frozenset({"DATATYPE", "SAMETERM", "STRDT"})
_CONSTANTS = ("currentShape", "shapesGraph")

_NOTHING = ox.Store()


class ConstraintQuery(NamedTuple):
    """A checked query of a constraint.

    ``text`` holds it with its prefixes; ``variables`` are the variables bound per focus node (``this``, and
    ``value`` for ASK); ``constants`` those replaced by one term; ``visible`` the triples it can see (see
    :data:`~ics_graph.validation.engine.graph.Visible`), None if it can see any; ``open_predicate`` what the tables of
    predicates can tell of a query that sees all triples of its focus nodes; ``anchors`` the predicates of each
    pattern of the outermost group that names ``$this``; ``set_based`` tells whether one evaluation serves all focus
    nodes; ``self_binding`` whether its outermost group binds ``$this`` by triple patterns alone.
    """

    text: str
    form: str
    variables: tuple[str, ...]
    constants: frozenset[str]
    visible: Visible | None
    open_predicate: OpenPredicate | None
    anchors: tuple[frozenset[str], ...]
    set_based: bool
    self_binding: bool
    zero_length: bool
    reads_written_form: bool
    reads_datatype: bool
    uses_shapes_graph: bool
    projection: frozenset[str]


def prepare(
    text: str, prefixes: Mapping[str, str], form: str, constants: frozenset[str], path: str | None
) -> ConstraintQuery:
    """Check a query and find out how it can be evaluated.

    ``form`` is ``SELECT`` or ``ASK``; ``constants`` are the names of component parameters; ``path`` replaces
    ``$PATH``. Raises ``ValueError`` with one sentence saying what is wrong.
    """
    constants |= set(_CONSTANTS)
    body = _with_path(text, path)
    used = sorted((prefix, namespace) for prefix, namespace in prefixes.items() if f"{prefix}:" in body)
    header = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in used)
    query = parse_query(header + body)
    if query.form != form:
        raise ValueError(f"the query must be {form}, not {query.form}")
    per_focus = ("this", "value") if form == "ASK" else ("this",)
    _check_prebinding(query, per_focus, constants)
    namespaces = {**prefixes, **query.prefixes}
    _check_prefixes(query, namespaces)
    _check_grammar(header + body)
    check_patterns(query.tokens)
    words = {token.upper for token in query.tokens if token.kind == "word"}
    named = {token.name for token in query.tokens if token.kind == "var"}
    groups = all_groups(query)
    triples = [element for group in groups for element in group.elements if isinstance(element, Triples)]
    zero_length = any(block.zero_length for block in triples)
    closed = not zero_length and not query.has_base and not any(block.open_predicate for block in triples)
    selects = [query.select, *(e for g in groups for e in g.elements if isinstance(e, Select))]
    return ConstraintQuery(
        text=header + body,
        form=form,
        variables=tuple(name for name in per_focus if form == "SELECT" or name in named),
        constants=frozenset(constants & named),
        visible=_visible(query, groups, namespaces) if closed else None,
        open_predicate=open_predicate(query, frozenset(constants), lambda token: _iri(token, namespaces)),
        anchors=anchors(query.select.where, namespaces),
        set_based=not any(_stands_alone(select, per_focus) for select in selects),
        self_binding=all(binds(query.select.where, name, triples_only=True) for name in per_focus),
        zero_length=zero_length,
        reads_written_form=bool(words & _WRITTEN_FORM),
        reads_datatype=bool(words & _EXACT_DATATYPE),
        uses_shapes_graph="shapesGraph" in named,
        projection=frozenset(token.name for token in query.select.variables)
        | {name for name, _ in query.select.expressions},
    )


def _with_path(text: str, path: str | None) -> str:
    """``$PATH`` stands only where a predicate may (SHACL section 6.2.3.1), so its text can be put in."""
    return text if path is None else re.sub(r"[$?]PATH\b", lambda _: path, text)


def anchors(group: Group, namespaces: Mapping[str, str]) -> tuple[frozenset[str], ...]:
    """The predicates of each triple pattern of a group itself that names ``$this``."""
    return tuple(
        frozenset(_iri(token, namespaces) for token in pattern.predicates)
        for element in group.elements
        if isinstance(element, Triples)
        for pattern in element.patterns
        if "this" in {pattern.subject, pattern.target}
    )


def all_groups(query: Query) -> list[Group]:
    select = query.select
    groups = list(select.where.walk())
    for expression in [select.modifiers, *(expression for _, expression in select.expressions)]:
        for group in expression.exists:
            groups.extend(group.walk())
    return groups


def _stands_alone(select: Select, per_focus: tuple[str, ...]) -> bool:
    if select.limited:
        return True
    return select.aggregate and not set(per_focus) <= (select.group_by or set())


# --- checks -----------------------------------------------------------------------------------------------


def _check_prebinding(query: Query, per_focus: tuple[str, ...], constants: frozenset[str]) -> None:
    """The restrictions of SHACL section 5.2.1 and appendix A that the parser has not seen yet."""
    bound = frozenset(per_focus) | constants
    top = query.select
    if query.form == "SELECT" and not (
        any(token.name == "this" for token in top.variables) or (top.star and binds(top.where, "this"))
    ):
        raise ValueError("the query must project $this")
    for name, _ in top.expressions:
        _refuse_assignment(name, bound)
    for group in all_groups(query):
        for element in group.elements:
            match element:
                case Bind():
                    _refuse_assignment(element.target, bound)
                case Nested(kind="graph", graph=graph) if graph is not None:
                    if graph.kind != "var" or graph.name != "shapesGraph":
                        raise ValueError("GRAPH is supported with $shapesGraph only: the data is one graph")
                case Select():
                    for name, _ in element.expressions:
                        _refuse_assignment(name, bound)
                    _check_subquery(element, query, frozenset(per_focus), constants)
                case _:
                    pass


def _refuse_assignment(name: str, bound: frozenset[str]) -> None:
    if name in bound:
        raise ValueError(f"AS ?{name} is not allowed: the variable is pre-bound (SHACL appendix A)")


def _check_subquery(select: Select, query: Query, per_focus: frozenset[str], constants: frozenset[str]) -> None:
    """A subquery returns all pre-bound variables, shapesGraph and currentShape excepted."""
    needed = per_focus | (constants - set(_CONSTANTS))
    named = {token.name for token in query.tokens if token.kind == "var"}
    needed = frozenset(name for name in needed if name == "this" or name in named)
    projected = {token.name for token in select.variables}
    missing = [name for name in sorted(needed - projected) if not (select.star and binds(select.where, name))]
    if missing and not (query.form == "ASK" and "this" in missing and "this" not in named):
        raise ValueError(f"a subquery must project ${missing[0]} (SHACL appendix A)")


def _check_prefixes(query: Query, namespaces: Mapping[str, str]) -> None:
    for token in query.tokens:
        if token.kind == "prefixed":
            prefix = token.text.partition(":")[0]
            if prefix not in namespaces:
                raise ValueError(f"the prefix {prefix + ':'!r} is not declared (sh:prefixes, sh:declare)")


def _check_grammar(text: str) -> None:
    try:
        _NOTHING.query(text)
    except SyntaxError as error:
        raise ValueError(f"the query is not SPARQL: {' '.join(str(error).split())}") from None
    except RuntimeError as error:  # a function that the engine does not know
        raise ValueError(f"the query is not supported: {' '.join(str(error).split())}") from None


def check_patterns(tokens: Sequence[Token]) -> None:
    """Refuse a constant regular expression the query engine cannot read: it would take it for one without match.

    The engine knows neither lookaround, which is not XPath's either, nor ``\\i``, ``\\c`` and class subtraction.
    Raises ``ValueError``.
    """
    for index, token in enumerate(tokens):
        if token.upper in {"REGEX", "REPLACE"}:
            arguments = _arguments(tokens, index + 1)
            constant = all(len(each) == 1 and each[0].kind == "string" for each in arguments[1:])
            rest = ", ".join(each[0].text for each in arguments[1:]) if constant else ""
            if rest and not _is_evaluated(f'{token.text}("", {rest})'):
                raise ValueError(f"the regular expression {arguments[1][0].text} is not supported in a query")


@lru_cache(maxsize=256)
def _is_evaluated(call: str) -> bool:
    """Whether a call with constant arguments has a value."""
    solutions = _NOTHING.query(f"SELECT ({call} AS ?x) {{}}")
    return not isinstance(solutions, ox.QuerySolutions) or next(iter(solutions))["x"] is not None


def _arguments(tokens: Sequence[Token], start: int) -> list[list[Token]]:
    """The arguments of a call, ``start`` being the index of its opening bracket."""
    arguments: list[list[Token]] = [[]]
    depth = 0
    for token in tokens[start:]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            break
        if token.text == "," and depth == 1:
            arguments.append([])
        elif token.text != "(" or depth > 1:
            arguments[-1].append(token)
    return arguments


def _iri(token: Token, namespaces: Mapping[str, str]) -> str:
    if token.kind == "iri":
        return token.text[1:-1]
    if token.text == "a":
        return RDF_TYPE
    prefix, _, local = token.text.partition(":")
    return namespaces[prefix] + (re.sub(r"\\(.)", r"\1", local) if "\\" in local else local)


def _visible(query: Query, groups: Iterable[Group], namespaces: Mapping[str, str]) -> Visible:
    """The predicates of all patterns, each with its objects if only certain ones are ever asked for.

    That is an IRI as object, or a variable with ``FILTER (?variable IN (...))`` beside the pattern: a solution with
    any other object does not outlive its group.
    """
    found: dict[str, frozenset[str] | None] = {}
    for group in groups:
        filters = [element for element in group.elements if isinstance(element, Filter)]
        for block in group.elements:
            for pattern in block.patterns if isinstance(block, Triples) else ():
                only = None
                if pattern.simple:
                    only = _objects(query, pattern, filters, namespaces)
                for token in pattern.predicates:
                    merge_visible(found, {_iri(token, namespaces): only})
    return found


def _objects(
    query: Query, pattern: Pattern, filters: Iterable[Filter], namespaces: Mapping[str, str]
) -> frozenset[str] | None:
    """The only objects that a pattern asks for; None where they are not known."""
    tokens: Sequence[Token] = ()
    if pattern.constant is not None:
        tokens = (pattern.constant,)
    elif pattern.target is not None:
        of_it = [each for each in filters if each.expression.variables == {pattern.target}]
        tokens = next(filter(None, (listed(query, each, pattern.target) for each in of_it)), ())
    return frozenset(_iri(token, namespaces) for token in tokens) or None


def merge_visible(into: dict[str, frozenset[str] | None], other: Visible) -> None:
    """Add what another query can see."""
    for iri, objects in other.items():
        known = into.get(iri, frozenset())
        into[iri] = None if known is None or objects is None else known | objects


def binds(group: Group, name: str, *, triples_only: bool = False, before: object = None) -> bool:
    """Whether every solution of the group binds the variable, ``before`` one of its elements if given."""
    for element in group.elements:
        if element is before:
            return False
        match element:
            case Triples():
                found = name in element.variables
            case Nested(kind="group" | "union" | "graph") if not triples_only:
                found = all(binds(inner, name) for inner in element.groups)
            case Select() if not triples_only:
                projected = element.star or any(token.name == name for token in element.variables)
                found = projected and binds(element.where, name)
            case _:
                found = False
        if found:
            return True
    return False
