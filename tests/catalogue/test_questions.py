"""The competency questions: each is answered by a stored query, exactly, and the file says no word of them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import lru_cache
from typing import Any

import pytest

from ics_graph.settings import Settings
from tests.support.graphs import PROJECT, SHARED, shipped_graph
from tests.support.questions import PROSE, UNANSWERED, Answered, LineError, read_lines, report, run

QUESTIONS = PROJECT / "docs" / "questions.tsv"
COMPETENCY = SHARED / "competency" / "questions.jsonl"
CLOSED_SHARE = 0.97
OPEN_ANSWERED = 12
PROSE_SHARE = 0.05
# A run of so many words of a question is its wording; a body's name alone is shorter.
WORDING = 9


@lru_cache(maxsize=1)
def answers() -> list[Answered | LineError]:
    """What came of each line, asked once for the whole module."""
    return run([QUESTIONS], shipped_graph(), Settings.from_environment())


@lru_cache(maxsize=1)
def competency() -> dict[str, dict[str, Any]]:
    """The questions themselves, which are no part of the project."""
    if not SHARED.is_dir():
        pytest.skip("the competency questions lie in ../shared, which is not here")
    if not COMPETENCY.is_file():
        pytest.fail(f"../shared is here without {COMPETENCY.relative_to(SHARED)}")
    lines = COMPETENCY.read_text("utf-8").splitlines()
    return {question["id"]: question for question in map(json.loads, lines)}


def answered_exactly() -> set[str]:
    """The questions all of whose lines hold, and that have a line with a query."""
    held: dict[str, list[bool]] = defaultdict(list)
    for answer in answers():
        if isinstance(answer, Answered) and answer.asked.door not in {PROSE, UNANSWERED}:
            held[answer.asked.question].append(answer.holds)
    return {question for question, lines in held.items() if all(lines)}


def with_door(door: str) -> set[str]:
    return {answer.asked.question for answer in answers() if isinstance(answer, Answered) and answer.asked.door == door}


def test_every_line_holds() -> None:
    lines, failures = report(answers())
    assert failures == 0, "\n".join(lines)


def test_every_question_has_a_line_and_no_other_has() -> None:
    listed = {line.question for line in read_lines(QUESTIONS) if not isinstance(line, LineError)}
    assert listed == set(competency())


def test_no_question_is_both_answered_and_not() -> None:
    assert not answered_exactly() & (with_door(PROSE) | with_door(UNANSWERED))


def test_enough_questions_are_answered_exactly() -> None:
    exactly, prose = answered_exactly(), with_door(PROSE)
    closed = {name for name, question in competency().items() if question["answer_closed"]}
    assert len(prose & closed) <= PROSE_SHARE * len(closed)
    governance = closed - prose
    assert len(exactly & governance) >= CLOSED_SHARE * len(governance), sorted(governance - exactly)
    open_ones = set(competency()) - closed
    assert len(exactly & open_ones) >= OPEN_ANSWERED, sorted(open_ones - exactly)


def test_the_file_has_no_wording_of_a_question() -> None:
    text = " ".join(words(QUESTIONS.read_text("utf-8")))
    for name, question in competency().items():
        asked = words(question["question"])
        for first in range(len(asked) - WORDING + 1):
            assert " ".join(asked[first : first + WORDING]) not in text, name


def words(text: str) -> list[str]:
    """The words of a text, without case and marks."""
    return re.findall(r"[a-z0-9]+", text.lower())


def test_queries_that_serve_one_question_only_are_listed() -> None:
    served: dict[str, set[str]] = defaultdict(set)
    for line in read_lines(QUESTIONS):
        if not isinstance(line, LineError):
            served[line.door].add(line.question)
    once = {door for door, questions in served.items() if len(questions) == 1} - {PROSE, UNANSWERED}
    document = (PROJECT / "docs" / "queries.md").read_text("utf-8")
    listed = next((line for line in document.splitlines() if line.startswith("One question only")), "")
    assert set(re.findall(r"`([a-z0-9-]+)`", listed)) == once
