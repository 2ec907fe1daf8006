"""RDF terms as integers: the numbers that graphs and constraints work on.

A term is known by its N-Triples text (:mod:`ics_graph.loading.texts`): two terms are the same if and only if the texts
are equal, which is what SHACL compares (RDF 1.1 Concepts, section 3.3). pyoxigraph's ``Store`` is no substitute: it
rewrites literals (``"01"^^xsd:integer`` becomes ``1``).
"""

from __future__ import annotations

from ics_graph.loading.texts import Term, parse_term, text_of


class TermTable(dict[str, int]):
    """Numbers for term texts: ``table[text]`` is the number of the text, given on first use.

    One table serves the data graph and the shapes graph of a run, so that their numbers can be compared. Blank
    node labels are compared as they stand; who reads several files renames them on parsing.
    """

    __slots__ = ("texts", "typed")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []  # the texts by number
        self.typed: list[int] = []  # the literals whose text names their datatype

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        self.texts.append(text)
        if text[0] == '"' and text[-1] == ">":
            self.typed.append(number)
        return number

    def extended(self) -> TermTable:
        """A copy with the same numbers, to which terms can be added without touching this table."""
        copy = TermTable()
        copy.update(self)
        copy.texts, copy.typed = self.texts.copy(), self.typed.copy()
        return copy

    def number(self, term: Term) -> int:
        """The number of a pyoxigraph term, given on first use."""
        return self[text_of(term)]

    def term(self, number: int) -> Term:
        """The pyoxigraph term with this number."""
        return parse_term(self.texts[number])
