"""What a node of the graph states about its time: dates, precision, status and the citations behind them.

These are plain values without RDF, so that the rule of :mod:`ics_graph.temporal.rule` can be tested, and computed
anew for each ``known=`` day, without a store.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, NamedTuple

from ics_graph.temporal.dates import UNBOUNDED_AFTER, Precision, previous_day

Supported = Literal["existence", "start", "end", "status", "outcome", "property"]
NodeKind = Literal["life", "relation", "arrangement", "event"]

EVERYTHING: Final[frozenset[Supported]] = frozenset(("existence", "start", "end", "status", "outcome", "property"))


class DatedCitation(NamedTuple):
    """The dates of one citation.

    ``written_from`` and ``written_until`` (half open) bound the day of writing; ``attests`` is the day on which the
    citation says that it was so (``None``: it attests no day, as a forecast or a report on a past event);
    ``supports`` is what it is evidence for.
    """

    written_from: date | None = None
    written_until: date | None = None
    attests: date | None = None
    supports: frozenset[Supported] = EVERYTHING

    @property
    def written_by(self) -> date:
        """The last day on which it can have been written; unbounded after where nothing is said."""
        return UNBOUNDED_AFTER if self.written_until is None else previous_day(self.written_until)

    def known_by(self, day: date) -> bool:
        """Whether it was certainly written by ``day`` (included)."""
        return self.written_until is not None and self.written_by <= day


class DatedFacts(NamedTuple):
    """What is stated about when something is so. All dates are first days of their period (see precision)."""

    start: date | None = None
    start_precision: Precision = "day"
    started_on_or_before: date | None = None
    end: date | None = None
    end_precision: Precision = "day"
    ended_on_or_before: date | None = None
    end_unknown: bool = False
    status: str | None = "in-force"
    outcome: str | None = None
    citations: tuple[DatedCitation, ...] = ()

    def attested(self) -> list[date]:
        """The days on which citations say it existed, in order. A citation of an end or a start alone attests none."""
        days = [
            citation.attests
            for citation in self.citations
            if citation.attests is not None and "existence" in citation.supports
        ]
        days.sort()
        return days

    def supporters(self, what: Supported) -> tuple[DatedCitation, ...]:
        """The citations on which a date or value rests.

        Those that name it in their ``supports``; where none does, those that support all that the node states. Of
        these a citation which says on some day that the node *is so* is no evidence for an end after that day, which
        its author cannot have known: a forecast or a later report is (it attests no day).
        """
        named = tuple(
            citation for citation in self.citations if what in citation.supports and citation.supports != EVERYTHING
        )
        if named or what not in {"start", "end", "status", "outcome"}:
            return named or tuple(citation for citation in self.citations if what in citation.supports)
        end = self.end or self.ended_on_or_before
        return tuple(
            citation
            for citation in self.citations
            if what != "end" or end is None or citation.attests is None or end <= citation.written_by
        )

    def as_known(self, day: date) -> DatedFacts | None:
        """The facts as the documents certainly written by ``day`` had them; ``None`` where none shows it exists.

        A date or value falls with the last citation that supports it (see :meth:`supporters`).
        """
        kept = tuple(citation for citation in self.citations if citation.known_by(day))
        if not any("existence" in citation.supports for citation in kept):
            return None

        def supported(what: Supported) -> bool:
            return any(citation.known_by(day) for citation in self.supporters(what))

        # A status that no citation names on purpose is part of what makes the node what it is.
        status_is_cited = any(
            "status" in citation.supports and citation.supports != EVERYTHING for citation in self.citations
        )
        keeps_start, keeps_end = supported("start"), supported("end")
        return self._replace(
            start=self.start if keeps_start else None,
            start_precision=self.start_precision if keeps_start else "day",
            started_on_or_before=self.started_on_or_before if keeps_start else None,
            end=self.end if keeps_end else None,
            end_precision=self.end_precision if keeps_end else "day",
            ended_on_or_before=self.ended_on_or_before if keeps_end else None,
            end_unknown=self.end_unknown and keeps_end,
            status=self.status if not status_is_cited or supported("status") else None,
            outcome=self.outcome if supported("outcome") else None,
            citations=kept,
        )


class DatedNode(NamedTuple):
    """A node with its time and its ends, as far as time needs them.

    ``from_ends`` and ``to_ends`` are the ids of the nodes under ``ics:from`` and ``ics:to``; ``personal`` is true
    where the ``from`` end is a person, whose part lasts no longer than it is attested.
    """

    id: str
    kind: NodeKind
    facts: DatedFacts
    from_ends: tuple[str, ...] = ()
    to_ends: tuple[str, ...] = ()
    personal: bool = False
    relation_class: str | None = None

    @property
    def ends(self) -> tuple[str, ...]:
        """All ends, ``from`` first."""
        return self.from_ends + self.to_ends
