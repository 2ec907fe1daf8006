"""The fast SHACL engine: SHACL Core and SHACL-SPARQL over whole sets of focus nodes.

:func:`validate` takes parsed statements and gives a :class:`Report`; shapes compiled once with
:func:`compile_shapes` can be used for several data graphs.
"""

from ics_graph.validation.engine.refusal import ShapeRefused
from ics_graph.validation.engine.report import Finding, Report
from ics_graph.validation.engine.validation import CompiledShapes, compile_shapes, validate

__all__ = ["CompiledShapes", "Finding", "Report", "ShapeRefused", "compile_shapes", "validate"]
