"""How one evaluation of a constraint's query serves all focus nodes, with the exact semantics of pre-binding.

SHACL (section 5.3.2 and appendix A) evaluates the query once per focus node with ``$this`` replaced by that node. Here
the focus nodes stand in a named graph, and a pattern that binds ``?this`` to them is put

* at the start of the query's outermost group, and
* at the start of every inner group in which a FILTER or BIND names ``$this`` while nothing in that group binds it.

Then every place that names ``$this`` sees it bound. Joining with the focus nodes is idempotent (each stands once in
their graph) and commutes with join, union, filters on bound variables, OPTIONAL, and with DISTINCT, projection and
grouping that keep ``$this``; so the answers for one value of ``?this`` are those of the query with that value put in.
What does not commute, LIMIT, OFFSET and grouping without ``$this``, is evaluated focus node by focus node, in the same
form with one focus node. Groups of EXISTS need nothing: EXISTS itself puts in the values of the solution.

A path of length zero is the one place where a bound and an unbound end differ on nodes outside the graph; the caller
refuses that combination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ics_graph.validation.engine.sparql_query import ConstraintQuery, all_groups, anchors, binds
from ics_graph.validation.engine.sparql_syntax import parse_query
from ics_graph.validation.engine.sparql_tokens import Token
from ics_graph.validation.engine.sparql_tree import Bind, Filter, Group, Nested, Select, Triples

Edit: TypeAlias = tuple[int, int, str]
Anchors: TypeAlias = Sequence[frozenset[str]]


class Binding(NamedTuple):
    """How the pre-bound variables get their values in one rewritten query.

    ``pattern`` binds the variables (empty: the query's own patterns do, and the caller keeps the focus nodes);
    ``constants`` are the terms put for names, as SPARQL text; ``projection`` becomes the head of an ASK;
    ``anti_join`` turns NOT EXISTS into MINUS where the two are the same: it tells of a group, by the predicates of each
    of its patterns that names ``$this``, whether the focus nodes are fewer than what the group finds by itself.
    """

    pattern: str
    constants: Mapping[str, str]
    projection: str
    anti_join: Callable[[Anchors], bool] | None = None


def rewrite(query: ConstraintQuery, binding: Binding) -> str:
    """The query text to evaluate for a binding."""
    text = query.text
    if query.constants:
        text = _put_constants(text, binding.constants)
    if binding.pattern:
        text = _put_pattern(text, query, binding)
    if binding.anti_join is not None:
        text = _put_anti_joins(text, query.variables, binding.pattern, binding.anti_join)
    return text


def _apply(text: str, edits: Iterable[Edit]) -> str:
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


# --- constants --------------------------------------------------------------------------------------------


def _put_constants(text: str, constants: Mapping[str, str]) -> str:
    """Component parameters, ``$currentShape`` and ``$shapesGraph`` are the same for all focus nodes."""
    tree = parse_query(text)
    inner = [e for group in all_groups(tree) for e in group.elements if isinstance(e, Select)]
    top = {token.start for token in tree.select.variables}
    projected = {token.start for select in inner for token in select.variables}
    sorting = {token.start for select in [tree.select, *inner] for token in select.sorting}
    edits: list[Edit] = []
    for index, token in enumerate(tree.tokens):
        if token.kind != "var" or token.name not in constants:
            continue
        value = constants[token.name]
        if _is_bound_call(tree.tokens, index):
            edits.append((tree.tokens[index - 2].start, tree.tokens[index + 1].end, " (true) "))
        elif token.start in top:
            edits.append((token.start, token.end, f"({value} AS ?{token.name})"))
        elif token.start in projected:
            edits.append((token.start, token.end, " "))
        elif token.start in sorting:
            edits.append((token.start, token.end, f"({value})"))
        else:
            edits.append((token.start, token.end, f" {value} "))
    return _apply(text, edits)


def _is_bound_call(tokens: list[Token], index: int) -> bool:
    return index >= 2 and tokens[index - 2].upper == "BOUND" and tokens[index - 1].text == "("


# --- focus nodes ------------------------------------------------------------------------------------------


def _put_pattern(text: str, query: ConstraintQuery, binding: Binding) -> str:
    tree = parse_query(text)
    placement = _Placement(query.variables or ("this",))
    placement.place_select(tree.select, top=True)
    edits: list[Edit] = [(offset, offset, f" {binding.pattern} ") for offset in placement.offsets]
    if query.form == "ASK":
        start = tree.select.start
        edits.append((start, start + len("ASK"), f"SELECT DISTINCT {binding.projection}"))
    return _apply(text, edits)


def needs_binding(query: ConstraintQuery) -> bool:
    """Whether some group names the variables without binding them, as ``{ { FILTER bound($this) } $this ex:p ?o }``."""
    placement = _Placement(query.variables or ("this",))
    placement.place_select(parse_query(query.text).select)
    return bool(placement.offsets)


class _Placement:
    """Finds the groups that must bind the variables themselves; ``offsets`` are their starts."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.offsets: list[int] = []

    def place_select(self, select: Select, top: bool = False) -> None:
        # What LIMIT and grouping work on must be the solutions of the focus nodes and no others.
        self.place(select.where, forced=top or select.limited or select.aggregate)
        for expression in [select.modifiers, *(expression for _, expression in select.expressions)]:
            for group in expression.exists:
                self.place(group, in_exists=True)

    def place(
        self, group: Group, *, forced: bool = False, in_exists: bool = False, filters_see_outer: bool = False
    ) -> None:
        placed = forced or (not in_exists and self._needs(group, filters_see_outer))
        if placed:
            self.offsets.append(group.start)
        for element in group.elements:
            if isinstance(element, Nested):
                optional = element.kind == "optional"
                outer = optional and (placed or in_exists or self._all_bound(group, before=element))
                for inner in element.groups:
                    self.place(inner, filters_see_outer=outer)
            elif isinstance(element, Select):
                self.place_select(element)
            elif isinstance(element, Filter | Bind):
                for inner in element.expression.exists:
                    self.place(inner, in_exists=True)

    def _all_bound(self, group: Group, before: object = None) -> bool:
        return all(binds(group, name, before=before) for name in self.names)

    def _needs(self, group: Group, filters_see_outer: bool) -> bool:
        for element in group.elements:
            for name in self.names:
                if isinstance(element, Bind):
                    seen = binds(group, name, before=element)
                elif isinstance(element, Filter):
                    seen = filters_see_outer or binds(group, name)
                else:
                    continue
                if not seen and element.expression.mentions(name):
                    return True
        return False


# --- anti-joins -------------------------------------------------------------------------------------------


def _put_anti_joins(text: str, names: tuple[str, ...], pattern: str, wide: Callable[[Anchors], bool]) -> str:
    """``FILTER NOT EXISTS`` of the outermost group as ``MINUS`` at its end, evaluated once and not per solution.

    The two agree when the inner group is a conjunction that shares with every outer solution a bound variable, and
    whose filters see nothing of the outer solution but what its own patterns bind. Here that variable is the focus
    node's, or one that stands for predicates: then the outer solutions are most triples of the graph. NOT EXISTS
    within such a group becomes MINUS by the same conditions. A group whose patterns only the outer solution holds
    together stays as it is: by itself it would be a product of unrelated patterns. A group that by itself finds much
    more than the focus nodes is joined with them first: what it finds of other nodes takes nothing away.
    """
    query = parse_query(text)
    group = query.select.where
    bound = frozenset(names) | _predicate_variables(group)
    absent = [element.absent for element in group.elements if isinstance(element, Filter) and element.absent]
    found = {inner.start: anchors(inner, query.prefixes) for inner in absent}
    heads = {start: pattern for start, predicates in found.items() if predicates and wide(predicates)}
    return text[: group.start] + _with_minus(text, group, bound, frozenset(), heads) + text[group.end :]


def _predicate_variables(group: Group) -> frozenset[str]:
    """The variables of a group's triple patterns that stand for predicates alone; each solution binds them."""
    blocks = [element for element in group.elements if isinstance(element, Triples) and element.open_predicate]
    ends = {name for block in blocks for pattern in block.patterns for name in (pattern.subject, pattern.target)}
    return frozenset(name for block in blocks for name in block.variables if name not in ends)


def _with_minus(
    text: str, group: Group, bound: frozenset[str], outside: frozenset[str], heads: Mapping[int, str]
) -> str:
    """The inside of a group; ``bound`` is bound in each of its solutions, ``outside`` is what groups around it bind.

    ``heads`` are patterns to put first in inner groups, by where these start.
    """
    scope = outside | _may_bind(group)
    edits: list[Edit] = []
    moved: list[str] = []
    for element in group.elements:
        if isinstance(element, Filter) and element.absent is not None:
            own = _bound_by_patterns(element.absent)
            if own is None or own.isdisjoint(bound) or not _hangs_together(element.absent):
                continue
            if _sees_only(element.absent, own, scope):
                head = heads.get(element.absent.start, "")
                moved.append(f" MINUS {{ {head} {_with_minus(text, element.absent, own, scope, heads)}}}")
                edits.append((element.start - group.start, element.end - group.start, " "))
    return _apply(text[group.start : group.end], edits) + "".join(moved) + " "


def _bound_by_patterns(group: Group) -> frozenset[str] | None:
    """What the triple patterns of a group bind; None if there is anything but patterns and filters."""
    own: set[str] = set()
    for element in group.elements:
        if isinstance(element, Triples):
            if element.zero_length:
                return None
            own |= element.variables
        elif not isinstance(element, Filter):
            return None
    return frozenset(own)


def _hangs_together(group: Group) -> bool:
    """Whether the variables of a group's patterns connect them all with one another."""
    patterns = [pattern for element in group.elements if isinstance(element, Triples) for pattern in element.patterns]
    parts: list[set[str]] = []
    for pattern in patterns:
        joined = {name for name in (pattern.subject, pattern.target) if name is not None}
        if joined:
            joined = joined.union(*(part for part in parts if not part.isdisjoint(joined)))
            parts = [*(part for part in parts if part.isdisjoint(joined)), joined]
    return len(parts) <= 1


def _sees_only(group: Group, own: frozenset[str], scope: frozenset[str]) -> bool:
    """Whether the filters of a group depend on variables of its own alone, whatever of ``scope`` is put in."""
    for element in group.elements:
        if isinstance(element, Filter):
            expression = element.expression
            if not expression.variables <= own:
                return False
            if any(expression.mentions(name) for name in scope - own):
                return False
    return True


def _may_bind(group: Group) -> frozenset[str]:
    """The variables that a group's solutions may bind, those of inner scopes included."""
    found: set[str] = set()
    for element in group.elements:
        match element:
            case Triples():
                found |= element.variables
            case Bind():
                found.add(element.target)
            case Nested():
                found.update(name for inner in element.groups for name in _may_bind(inner))
                if element.graph is not None:
                    found.add(element.graph.name)
            case Select():
                found.update(token.name for token in element.variables)
                found.update(name for name, _ in element.expressions)
                found |= _may_bind(element.where)
            case Filter():
                pass
    return frozenset(found)
