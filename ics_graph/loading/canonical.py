"""The canonical form of a graph, and the dataset version made from it: W3C RDF Dataset Canonicalization, RDFC-1.0.

The parser's library has the algorithm too, and tests compare the two. It is written out here because the time it
takes is factorial in the number of blank nodes that look alike, and the library's cannot be stopped (nine equal nodes
took 9 s); and because only statements with blank nodes need it: the others are sorted lines, which for 281 k
triples takes a quarter of the time and a sixth of the memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from hashlib import sha256
from itertools import permutations

from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from ics_graph.errors import InvalidData

STEP_LIMIT = 500_000
"""Most steps among blank nodes that look alike: about three seconds. Ordinary data takes none to a few hundred."""

_BLANK = "_:"
_Line = tuple[str, str, str, str]
"""Subject, predicate, object and graph (empty: default) as N-Quads has them; blank nodes begin with ``_:``."""
_Hashing = Generator[tuple[str, "_Issuer"], tuple[str, "_Issuer"], tuple[str, "_Issuer"]]


def dataset_version(quads: Iterable[Quad]) -> str:
    """SHA-256, in hexadecimal, of the canonical N-Quads: it stands for the statements and for nothing else.

    The order of files and statements, labels of blank nodes and the machine make no difference; the lexical form
    of a literal does. Raises as :func:`canonical_nquads`.
    """
    digest = sha256()
    for line in _canonical_lines(quads):
        digest.update(line.encode())
    return digest.hexdigest()


def canonical_nquads(quads: Iterable[Quad]) -> bytes:
    """The canonical N-Quads in UTF-8: blank nodes named ``c14n0 ...``, lines sorted by code point, each one once.

    Raises :class:`~ics_graph.errors.InvalidData` where blank nodes are too alike to be told apart within
    :data:`STEP_LIMIT`, and where one stands in a triple term, for which RDFC-1.0 has no rule.
    """
    return "".join(_canonical_lines(quads)).encode()


def _canonical_lines(quads: Iterable[Quad]) -> list[str]:
    ground: set[str] = set()
    blank: dict[_Line, None] = {}
    for quad in quads:
        subject, predicate, value, graph = quad
        if isinstance(value, Triple) and _holds_blank(value):
            raise InvalidData("A triple term with a blank node in it has no canonical form.")
        if isinstance(subject, BlankNode) or isinstance(value, BlankNode) or isinstance(graph, BlankNode):
            name = "" if isinstance(graph, DefaultGraph) else str(graph)
            blank[str(subject), str(predicate), str(value), name] = None
        else:
            ground.add(f"{quad} .\n")
    if blank:
        ground.update(_Canonicalization(list(blank)).lines())
    return sorted(ground)


def _holds_blank(term: object) -> bool:
    if isinstance(term, Triple):
        return _holds_blank(term.subject) or _holds_blank(term.object)
    return isinstance(term, BlankNode)


class _Issuer:
    """Gives out names in order: section 4.5 of the specification."""

    def __init__(self, prefix: str, issued: dict[str, str] | None = None) -> None:
        self._prefix = prefix
        self.issued = {} if issued is None else issued

    def issue(self, node: str) -> str:
        name = self.issued.get(node)
        if name is None:
            name = self.issued[node] = f"{self._prefix}{len(self.issued)}"
        return name

    def copy(self) -> _Issuer:
        return _Issuer(self._prefix, dict(self.issued))


class _Canonicalization:
    """One run of the algorithm of section 4.4 over the statements that hold blank nodes."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._of_node: dict[str, list[_Line]] = {}
        self._canonical = _Issuer(_BLANK + "c14n")
        self._steps = 0
        for line in lines:
            for node in {part for part in (line[0], line[2], line[3]) if part.startswith(_BLANK)}:
                self._of_node.setdefault(node, []).append(line)
        self._first = {node: self._first_degree(node) for node in self._of_node}

    def lines(self) -> Iterator[str]:
        """The statements with canonical names."""
        self._name_nodes()
        names = self._canonical.issued
        for line in self._lines:
            yield _written(*(names.get(part, part) for part in line))

    def _name_nodes(self) -> None:
        alike: dict[str, list[str]] = {}
        for node, hashed in self._first.items():
            alike.setdefault(hashed, []).append(node)
        for hashed in sorted(alike):
            if len(alike[hashed]) == 1:
                self._canonical.issue(alike[hashed][0])
        for hashed in sorted(alike):
            if len(alike[hashed]) > 1:
                self._name_alike(alike[hashed])

    def _name_alike(self, nodes: list[str]) -> None:
        results: list[tuple[str, _Issuer]] = []
        for node in nodes:
            if node not in self._canonical.issued:
                issuer = _Issuer(_BLANK + "b")
                issuer.issue(node)
                results.append(self._run(node, issuer))
        for _, issuer in sorted(results, key=lambda result: result[0]):
            for node in issuer.issued:
                self._canonical.issue(node)

    def _first_degree(self, node: str) -> str:
        """Hash First Degree Quads (section 4.6)."""

        def shown(part: str) -> str:
            if not part.startswith(_BLANK):
                return part
            return "_:a" if part == node else "_:z"

        return _hashed("".join(sorted(_written(*map(shown, line)) for line in self._of_node[node])))

    def _run(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """Hash N-Degree Quads, with a stack of its own: chains of blank nodes may be thousands long."""
        stack = [self._n_degree(node, issuer)]
        answer: tuple[str, _Issuer] | None = None
        while stack:
            try:
                asked = next(stack[-1]) if answer is None else stack[-1].send(answer)
            except StopIteration as finished:
                answer = finished.value
                stack.pop()
            else:
                answer = None
                stack.append(self._n_degree(*asked))
        if answer is None:  # pragma: no cover - the last generator has returned
            raise AssertionError
        return answer

    def _n_degree(self, node: str, issuer: _Issuer) -> _Hashing:
        """Hash N-Degree Quads (section 4.8); it yields the calls of itself that it needs."""
        text = ""
        related = self._related(node, issuer)
        for hashed in sorted(related):
            text += hashed
            best_path = ""
            best_issuer = issuer
            for order in permutations(related[hashed]):
                self._step(len(issuer.issued) // 500)
                path, tried = yield from self._path(order, issuer.copy(), best_path)
                if path and (not best_path or path < best_path):
                    best_path, best_issuer = path, tried
            text += best_path
            issuer = best_issuer
        return _hashed(text), issuer

    def _path(
        self, order: tuple[str, ...], issuer: _Issuer, best: str
    ) -> Generator[tuple[str, _Issuer], tuple[str, _Issuer], tuple[str, _Issuer]]:
        """The path of one order of related nodes (steps 5.4.1 to 5.4.5); empty where a better one is known."""
        path = ""
        pending: list[str] = []
        for node in order:
            self._step()
            name = self._canonical.issued.get(node)
            if name is None:
                if node not in issuer.issued:
                    pending.append(node)
                name = issuer.issue(node)
            path += name
            if best and len(path) >= len(best) and path > best:
                return "", issuer
        for node in pending:
            hashed, deeper = yield node, issuer
            path += f"{issuer.issue(node)}<{hashed}>"
            issuer = deeper
            if best and len(path) >= len(best) and path > best:
                return "", issuer
        return path, issuer

    def _related(self, node: str, issuer: _Issuer) -> dict[str, list[str]]:
        related: dict[str, list[str]] = {}
        for line in self._of_node[node]:
            for position, part in (("s", line[0]), ("o", line[2]), ("g", line[3])):
                if part != node and part.startswith(_BLANK):
                    related.setdefault(self._related_hash(part, line, issuer, position), []).append(part)
        return related

    def _related_hash(self, node: str, line: _Line, issuer: _Issuer, position: str) -> str:
        """Hash Related Blank Node (section 4.7)."""
        predicate = line[1] if position != "g" else ""
        name = self._canonical.issued.get(node) or issuer.issued.get(node) or self._first[node]
        return _hashed(position + predicate + name)

    def _step(self, copied: int = 0) -> None:
        """Count a step, and what it costs to copy an issuer with many names."""
        self._steps += 1 + copied
        if self._steps > STEP_LIMIT:
            raise InvalidData(
                "The blank nodes of this input are too alike to be told apart in reasonable time.",
                hint="Give them IRIs, or leave out those that repeat what another one says.",
            )


def _written(subject: str, predicate: str, value: str, graph: str) -> str:
    return f"{subject} {predicate} {value} {graph} .\n" if graph else f"{subject} {predicate} {value} .\n"


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()
