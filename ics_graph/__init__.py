"""ics-graph: who is accountable to whom in England's integrated care systems, as of a day, with evidence."""

__version__ = "0.1.0"
