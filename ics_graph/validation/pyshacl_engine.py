"""The reference library as an engine: slower, a second opinion. rdflib and pySHACL are imported when it runs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ics_graph.errors import InvalidData, Unavailable
from ics_graph.validation.engine.refusal import ShapeRefused
from ics_graph.validation.findings import RawFinding, RawReport, Severity, Term
from ics_graph.validation.rules import SH

_STRING = "http://www.w3.org/2001/XMLSchema#string"
_QUERIES = frozenset((SH + "select", SH + "ask"))
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
    # rdflib logs a traceback for each ill-typed literal; that such a literal is ill-typed is for the rules to say.
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
    try:
        shapes = list(shapes)
        queries = {
            each.object.value: each.subject
            for each in shapes
            if each.predicate.value in _QUERIES and isinstance(each.object, Literal)
        }
        data_graph, shapes_graph = _graph(rdflib, data, queries), _graph(rdflib, shapes, queries)
        try:
            _, report, _ = pyshacl.validate(
                data_graph, shacl_graph=shapes_graph, inference="none", advanced=False, do_owl_imports=False
            )
        except (ReportableRuntimeError, ShapeLoadError) as error:
            raise InvalidData(f"The shapes are not well-formed: {' '.join(str(error).split())}") from None
    finally:
        rdflib.NORMALIZE_LITERALS = before
    if not isinstance(report, rdflib.Graph):
        # pySHACL gives a failure in the place of the report.
        raise InvalidData(f"The shapes cannot be used: {' '.join(str(getattr(report, 'message', report)).split())}")
    findings = tuple(_findings(rdflib, report))
    focus, targeted = _targets(rdflib, data_graph, shapes_graph)
    return RawReport(findings, focus, targeted)


def _graph(rdflib: Any, triples: Iterable[Triple], queries: Mapping[str, Any]) -> Any:
    from pyparsing import ParseException  # noqa: PLC0415 - part of the extra
    from rdflib.plugins.sparql import prepareQuery  # noqa: PLC0415

    class PreparedGraph(rdflib.Graph):  # type: ignore[misc]
        """Parses a query once: pySHACL asks the same text for each focus node, and parsing takes most of the time."""

        def query(self, query_object: Any, *arguments: Any, **named: Any) -> Any:
            if isinstance(query_object, str):
                if query_object not in prepared:
                    try:
                        ready = prepareQuery(query_object, initNs=dict(self.namespaces()))
                    except ParseException as error:
                        raise _refused(query_object, queries, f"is not SPARQL: {error}.") from None
                    if "ServiceGraphPattern" in str(ready.algebra) or ready.algebra.get("datasetClause"):
                        # rdflib would call out for SERVICE, and read whatever FROM names.
                        raise _refused(query_object, queries, "has SERVICE or FROM, which are refused.")
                    prepared[query_object] = ready
                query_object = prepared[query_object]
            return super().query(query_object, *arguments, **named)

    prepared: dict[str, Any] = {}
    graph = PreparedGraph()
    # Not through a parser: rdflib's would name blank nodes anew, and then no result could be traced to its shape.
    for triple in triples:
        graph.add(tuple(_foreign(rdflib, term) for term in (triple.subject, triple.predicate, triple.object)))
    return graph


def _refused(text: str, queries: Mapping[str, Any], message: str) -> InvalidData:
    """The error for a query; it names the shape whose text the query contains."""
    node = next((node for query, node in queries.items() if query.strip() in text), None)
    message = f"A query of the shapes {message}"
    return InvalidData(message) if node is None else ShapeRefused(node, message)


def _foreign(rdflib: Any, term: Any) -> Any:
    """A term as rdflib has it, its lexical form untouched."""
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    # rdflib takes "x" and "x"^^xsd:string for two literals, and its queries and parsers write the first.
    datatype = None if term.datatype.value == _STRING else rdflib.URIRef(term.datatype.value)
    return rdflib.Literal(term.value, datatype=datatype)


def _findings(rdflib: Any, report: Any) -> Iterable[RawFinding]:
    shacl = rdflib.Namespace(SH)
    # Not all that are typed so: a result may carry others as its details (sh:detail).
    for result in sorted(set(report.objects(None, shacl.result))):
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


def _targets(rdflib: Any, data: Any, shapes: Any) -> tuple[frozenset[str], int]:
    """The focus nodes that the targets have, as text, and how many shapes have at least one."""
    shacl = rdflib.Namespace(SH)
    focus: dict[Any, set[Any]] = {}
    for shape, target in shapes.subject_objects(shacl.targetNode):
        focus.setdefault(shape, set()).add(target)
    classes = set(shapes.subjects(rdflib.RDF.type, rdflib.RDFS.Class))
    implicit = {
        shape for kind in (shacl.NodeShape, shacl.PropertyShape) for shape in shapes.subjects(rdflib.RDF.type, kind)
    }
    for shape, target in (*shapes.subject_objects(shacl.targetClass), *((each, each) for each in classes & implicit)):
        subclasses = set(data.transitive_subjects(rdflib.RDFS.subClassOf, target))
        for name in subclasses:
            focus.setdefault(shape, set()).update(data.subjects(rdflib.RDF.type, name))
    for shape, target in shapes.subject_objects(shacl.targetSubjectsOf):
        focus.setdefault(shape, set()).update(data.subjects(target, None))
    for shape, target in shapes.subject_objects(shacl.targetObjectsOf):
        focus.setdefault(shape, set()).update(data.objects(None, target))
    nodes = set().union(*focus.values())
    return frozenset(str(_term(rdflib, node)) for node in nodes), sum(1 for chosen in focus.values() if chosen)
