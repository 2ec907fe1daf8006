"""A segment tree over the change days: the plain triples of any day are in one root-to-leaf path of graphs.

A *segment* is the span between two neighbouring change days. A half-open interval of days is cut into at most
2 log2(n) nodes of the tree; a day lies under one leaf and its ancestors. A named graph for each change day would
not scale: 60,000 relations over the 2,814 days of the national files would be 72 million quads, the tree has 426
thousand (docs/architecture.md).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from ics_graph.temporal.dates import UNBOUNDED_AFTER, UNBOUNDED_BEFORE
from ics_graph.temporal.rule import Interval


class SegmentTree(NamedTuple):
    """The tree over ``change_days`` (ascending, all bounded). Nodes are numbered as in a heap, root 1."""

    change_days: tuple[date, ...]

    @classmethod
    def over(cls, intervals: Iterable[Interval]) -> SegmentTree:
        """The tree whose change days are the bounds of ``intervals``."""
        days = {day for interval in intervals for day in interval}
        return cls(tuple(sorted(days - {UNBOUNDED_BEFORE, UNBOUNDED_AFTER})))

    @property
    def leaves(self) -> int:
        """Number of leaves: the segments, rounded up to a power of two."""
        return 1 << len(self.change_days).bit_length()

    def segment(self, day: date) -> int:
        """The index of the segment in which ``day`` lies: 0 is everything before the first change day."""
        return bisect_right(self.change_days, day)

    def path(self, day: date) -> tuple[int, ...]:
        """The nodes over ``day``, root first."""
        node = self.leaves + self.segment(day)
        return tuple(node >> shift for shift in range(node.bit_length() - 1, -1, -1))

    def nodes(self, interval: Interval) -> tuple[int, ...]:
        """The fewest nodes that cover a half-open interval whose bounds are change days or unbounded."""
        first, after = interval
        left = self.leaves + (0 if first == UNBOUNDED_BEFORE else bisect_left(self.change_days, first) + 1)
        right = self.leaves + (self.leaves if after == UNBOUNDED_AFTER else bisect_left(self.change_days, after) + 1)
        found: list[int] = []
        while left < right:
            if left & 1:
                found.append(left)
                left += 1
            if right & 1:
                right -= 1
                found.append(right)
            left >>= 1
            right >>= 1
        return tuple(sorted(found))

    def span(self, day: date) -> Interval:
        """The segment of ``day``: from the change day at or before it to the next one (unbounded at the ends)."""
        index = self.segment(day)
        first = self.change_days[index - 1] if index else UNBOUNDED_BEFORE
        after = self.change_days[index] if index < len(self.change_days) else UNBOUNDED_AFTER
        return first, after


def join(intervals: Iterable[Interval]) -> list[Interval]:
    """The union of half-open intervals, as few as possible, in order."""
    joined: list[Interval] = []
    for first, after in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(after, joined[-1][1]))
        else:
            joined.append((first, after))
    return joined


def subtract(intervals: Iterable[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """What of ``intervals`` is in none of ``taken`` (both joined first)."""
    holes = join(taken)
    rest: list[Interval] = []
    for first, after in join(intervals):
        begin = first
        for hole_first, hole_after in holes:
            if hole_after <= begin or hole_first >= after:
                continue
            if begin < hole_first:
                rest.append((begin, hole_first))
            begin = hole_after
            if begin >= after:
                break
        if begin < after:
            rest.append((begin, after))
    return rest
