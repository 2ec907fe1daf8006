"""Writes ``docs/rules.md``, the list of rules with their reasons, from ``shapes/``.

``make docs`` rewrites the file; a test compares it with the shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ics_graph.errors import InvalidData
from ics_graph.loading.reader import read_file
from ics_graph.store.subjects import SubjectIndex
from ics_graph.validation.rules import SH, Rule, View, read_rules
from ics_graph.vocabulary import RDFS, SHAPES

PROJECT: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = PROJECT / "docs" / "rules.md"

INTRODUCTION: Final = """# The rules

Generated from `shapes/` by `make docs`: edit the Turtle there, then run it
again.

`ics-graph validate` checks data against these rules. Each says why it exists: because of a law (Act and section), of
guidance, or by our own convention. A *violation* makes the command end with exit code 1; a *warning* does not, unless
`--fail-on warning` is given. A rule with "binds" is checked only for days in that span: a rule of 2022 does not bind
2020. Rules are written in SHACL; the name of a rule is its shape in the namespace `{shapes}`.

A rule is checked on one of four views of the graph:

| view | what is checked |
| --- | --- |
| as written | {as_written} |
| whole graph | {whole_graph} |
| what holds or may hold | {may_hold} |
| what certainly holds | {certainly_holds} |

The shipped data break no rule on any day.
Where the documents themselves leave something open, a warning stays{warnings}
"""

KNOWN_WARNINGS: Final[Mapping[tuple[str, str], str]] = {}
"""The warnings that the shipped data leave on some day, (rule, slug of the node) -> why; a test compares."""

_VIEWS: Final[dict[View, tuple[str, str]]] = {
    "as-written": ("as written", "the triples of the files, each value as it was typed"),
    "whole-graph": ("whole graph", "the graph with everything that the build computes, of no particular day"),
    "may-hold": ("what holds or may hold", "one day with everything that may hold on it: for rules that demand"),
    "certainly-holds": ("what certainly holds", "one day with what certainly holds on it: for rules that forbid"),
}
_CHECKS: Final = tuple(SH + name for name in ("sparql", "or", "and", "not", "xone", "closed", "class", "node"))


def document(shapes: Path, examples: Mapping[str, str] | None = None) -> str:
    """The whole text of ``docs/rules.md`` for a folder of shapes, one section a file.

    ``examples`` gives for a rule (the local name of its shape) a piece of Turtle that breaks it. Raises
    :class:`~ics_graph.errors.InvalidData` for a rule without label, reason or remedy.
    """
    views = {name.replace("-", "_"): text for name, (_, text) in _VIEWS.items()}
    listed = "".join(f"\n- `{rule}`: {why}" for (rule, _), why in KNOWN_WARNINGS.items())
    warnings = f":\n{listed}" if listed else ", with its reason\nhere; today there is none."
    parts = [INTRODUCTION.format(shapes=SHAPES, warnings=warnings, **views)]
    for file in sorted(shapes.rglob("*.ttl")):
        index = SubjectIndex.of(read_file(file).rows)
        rules = {rule.shape: rule for rule in read_rules(index)}
        parts.append(f"## {file.stem.capitalize()} (`shapes/{file.name}`)\n\n{_head(file)}\n")
        # In the order of the file: neighbours belong together.
        parts.extend(_section(index, rules[subject], examples or {}) for subject in index if subject in rules)
    return "\n".join(parts)


def _head(file: Path) -> str:
    """The comment at the head of a file, up to what it says about editing."""
    lines = []
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith("#") or line.startswith("# How to edit"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)


def _section(index: SubjectIndex, rule: Rule, examples: Mapping[str, str]) -> str:
    label = index.text(rule.shape, RDFS + "label")
    if not (label and rule.reason and rule.remedy):
        raise InvalidData(f"The rule {rule.shape} lacks a label, a reason or a remedy.")
    name, view = rule.shape.removeprefix(SHAPES), _VIEWS[rule.view][0]
    lines = [
        f"### {label}",
        "",
        f"`{name}` · {_severities(index, rule.shape)} · {view}{_binds(rule)}",
        "",
        f"- Why: {rule.reason}",
        f"- To mend it: {rule.remedy}",
        *(f"- Says: {message}" for message in dict.fromkeys(_messages(index, rule.shape))),
        "",
    ]
    if name in examples:
        lines += ["Fails:", "", "```turtle", examples[name], "```", ""]
    return "\n".join(lines)


def _binds(rule: Rule) -> str:
    first = f" from {rule.binds_from.isoformat()}" if rule.binds_from else ""
    until = f" until {rule.binds_until.isoformat()} (no longer on that day)" if rule.binds_until else ""
    return f" · binds{first}{until}" if first or until else ""


def _parts(index: SubjectIndex, shape: str) -> Iterable[str]:
    return index.iris(shape, SH + "property")


def _messages(index: SubjectIndex, shape: str) -> Iterator[str]:
    for node in (*_parts(index, shape), *index.iris(shape, SH + "sparql"), shape):
        text = index.text(node, SH + "message")
        if text is not None:
            yield text


def _severities(index: SubjectIndex, shape: str) -> str:
    """The severities of what a rule finds, the gravest first."""
    found = {_severity(index, part) for part in _parts(index, shape)}
    if any(index.objects(shape, check) for check in _CHECKS) or not found:
        found.add(_severity(index, shape))
    return " or ".join(name for name in ("violation", "warning", "info") if name in found)


def _severity(index: SubjectIndex, node: str) -> str:
    iri = index.one_iri(node, SH + "severity")
    return "violation" if iri is None else iri.removeprefix(SH).lower()
