"""The reference library as an engine: slower, a second opinion. rdflib and pySHACL are imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from ics_graph.errors import InvalidData, Unavailable
from ics_graph.validation.findings import RawFinding, RawReport, Severity, Term
from ics_graph.validation.rules import SH

_SEVERITIES: dict[str, Severity] = {SH + "Violation": "violation", SH + "Warning": "warning", SH + "Info": "info"}


def validate_with_pyshacl(data: Iterable[Triple], shapes: Iterable[Triple]) -> RawReport:
    """Validate with pySHACL, lexical forms kept as far as rdflib can be told to.

    Raises :class:`~ics_graph.errors.InvalidData` where pySHACL finds the shapes ill-formed, and Unavailable where
    the extra is not installed.
    """
    try:
        import pyshacl  # noqa: PLC0415 - an extra, and a second to import
        import rdflib  # noqa: PLC0415
        from pyshacl.errors import ReportableRuntimeError, ShapeLoadError  # noqa: PLC0415
    except ImportError:
        raise Unavailable("The engine pyshacl is not installed: pip install 'ics-graph[validation]'.") from None
    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        data_graph, shapes_graph = _graph(rdflib, data), _graph(rdflib, shapes)
        try:
            _, report, _ = pyshacl.validate(
                data_graph, shacl_graph=shapes_graph, inference="none", advanced=False, do_owl_imports=False
            )
        except (ReportableRuntimeError, ShapeLoadError) as error:
            raise InvalidData(f"The shapes are not well-formed: {' '.join(str(error).split())}") from None
    finally:
        rdflib.NORMALIZE_LITERALS = before
    findings = tuple(_findings(rdflib, report))
    focus, targeted = _count_targets(rdflib, data_graph, shapes_graph)
    return RawReport(findings, focus, targeted)


def _graph(rdflib: Any, triples: Iterable[Triple]) -> Any:
    from rdflib.plugins.sparql import prepareQuery  # noqa: PLC0415 - part of the extra

    class PreparedGraph(rdflib.Graph):  # type: ignore[misc, name-defined]
        """Parses a query once: pySHACL asks the same text for each focus node, and parsing takes most of the time."""

        def query(self, query_object: Any, *arguments: Any, **named: Any) -> Any:
            if isinstance(query_object, str):
                if query_object not in prepared:
                    prepared[query_object] = prepareQuery(query_object, initNs=dict(self.namespaces()))
                query_object = prepared[query_object]
            return super().query(query_object, *arguments, **named)

    prepared: dict[str, Any] = {}
    graph = PreparedGraph()
    content = serialize(triples, format=RdfFormat.N_TRIPLES) or b""
    graph.parse(data=content.decode(), format="nt11")
    return graph


def _findings(rdflib: Any, report: Any) -> Iterable[RawFinding]:
    shacl = rdflib.Namespace(SH)
    for result in sorted(report.subjects(rdflib.RDF.type, shacl.ValidationResult)):
        path = report.value(result, shacl.resultPath)
        messages = sorted(str(message) for message in report.objects(result, shacl.resultMessage))
        shape = _term(rdflib, report.value(result, shacl.sourceShape))
        focus = _term(rdflib, report.value(result, shacl.focusNode))
        if focus is None or shape is None or isinstance(shape, Literal):
            continue
        predicate = _term(rdflib, path)
        yield RawFinding(
            focus_node=focus,
            path=predicate if isinstance(predicate, NamedNode) else None,
            path_text=None if path is None or isinstance(predicate, NamedNode) else "a path of several steps",
            value=_term(rdflib, report.value(result, shacl.value)),
            component=str(report.value(result, shacl.sourceConstraintComponent)),
            shape=shape,
            severity=_SEVERITIES.get(str(report.value(result, shacl.resultSeverity)), "violation"),
            message=" ".join(messages),
        )


def _term(rdflib: Any, node: Any) -> Term | None:
    if node is None:
        return None
    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if node.language:
        return Literal(str(node), language=node.language)
    return Literal(str(node), datatype=NamedNode(str(node.datatype))) if node.datatype else Literal(str(node))


def _count_targets(rdflib: Any, data: Any, shapes: Any) -> tuple[int, int]:
    """How many focus nodes the targets have, and how many shapes have at least one."""
    shacl = rdflib.Namespace(SH)
    focus: dict[Any, set[Any]] = {}
    for shape, target in shapes.subject_objects(shacl.targetNode):
        focus.setdefault(shape, set()).add(target)
    for shape, target in shapes.subject_objects(shacl.targetClass):
        subclasses = set(data.transitive_subjects(rdflib.RDFS.subClassOf, target))
        for name in subclasses:
            focus.setdefault(shape, set()).update(data.subjects(rdflib.RDF.type, name))
    for shape, target in shapes.subject_objects(shacl.targetSubjectsOf):
        focus.setdefault(shape, set()).update(data.subjects(target, None))
    for shape, target in shapes.subject_objects(shacl.targetObjectsOf):
        focus.setdefault(shape, set()).update(data.objects(None, target))
    return len(set().union(*focus.values())) if focus else 0, sum(1 for nodes in focus.values() if nodes)
