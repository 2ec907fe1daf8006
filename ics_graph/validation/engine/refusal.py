"""The error for shapes that are ill-formed, recursive or beyond what the engine can do."""

from __future__ import annotations

import pyoxigraph as ox

from ics_graph.errors import InvalidData


class ShapeRefused(InvalidData):
    """A shape that cannot be evaluated; ``shape`` is its node, by which a caller finds its place in a file."""

    def __init__(self, shape: ox.NamedNode | ox.BlankNode, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.shape = shape
