"""Why a change of this kind of triple can slip through: one line a kind, shown in docs/mutations.md."""

# ruff: noqa: E501 - one line a kind
from __future__ import annotations

from typing import Final

_OPTIONAL: Final = "Optional: many passages do not say it, so its absence is no error and no rule can ask for it."
_REPEATS: Final = "It may repeat, and what is left is still complete: only the passage says how many there are."
_OF_THE_PACK: Final = "A part of a pack has it from the pack."
_NO_START: Final = "No start is an honest answer; that a passage gave one only the passage knows."
_SHIFT: Final = (
    "A date that fits everything around it can only be checked against its passage; rules see what contradicts a life, "
    "an event, an attested day or a law."
)

EXPLANATIONS: Final[dict[str, str]] = {
    "about": _REPEATS,
    "accountabilityKind": _REPEATS,
    "accountabilityRetained": _OPTIONAL,
    "after": "The number of the step (ics:order) is left, and keeps the order.",
    "altLabel": "A further name by which a post or a group is found: what it is called stands in its label.",
    "apologies": _OPTIONAL,
    "alternativeTo": "Written once and read both ways; that two proposals exclude each other only the paper says.",
    "attests": "Without it the last day of writing counts, which is as good a day unless the passage names another.",
    "attests, moved": _SHIFT,
    "attestsNone": (
        "A citation that attests a day more widens what is certain; that contradicts something only where the day lies "
        "outside the dates given."
    ),
    "basis": "Optional except for statutory accountability: most passages name no law, and several bases may be named.",
    "concerns": _REPEATS,
    "decider": _OPTIONAL,
    "dischargedThrough": _OPTIONAL,
    "end": "No end means that it goes on; that a passage gave an end only the passage knows, unless a law or event does.",
    "end, moved": _SHIFT,
    "endPrecision": "Without it the first day of the month or year is taken for the very day; only the passage knows better.",
    "endUnknown": "Told as past or going on: only the tense of the passage says it.",
    "endedOnOrBefore": "As for an end: only the passage knows that it had ended by then.",
    "endedOnOrBefore, moved": _SHIFT,
    "enforceable": _OPTIONAL,
    "evidence": "A second witness may go unmissed: the first is left, and supports what is stated.",
    "exercisedAt": _OPTIONAL,
    "expresses": "That a source is the text of an instrument is asked for only where the instrument is a draft.",
    "function": _REPEATS,
    "hasFormat": "Renderings of one report are kept for readers; nothing is computed from them.",
    "identifier": "A code, or the address of a source (dcterms:identifier): not all have one, so none is demanded.",
    "inArea": _OPTIONAL,
    "inferred": "Whether a conclusion is the source's or ours only a reader of the passage can tell.",
    "isFormatOf": "Renderings of one report are kept for readers; nothing is computed from them.",
    "isPartOf": "A source that gives its own days, publisher and licence stands without its pack.",
    "label": "A heading of an event or a relation, for readers: areas, posts, people and instruments must have one.",
    "licenceNote": _OF_THE_PACK,
    "line": "A line exists only where the source has numbered lines; the locator is what every citation must have.",
    "majorityOf": _OPTIONAL,
    "matter": _OPTIONAL,
    "mechanism": _OPTIONAL,
    "notIndependentOf": "That two pages share text is seen by comparing the pages.",
    "note": "A remark for readers: nothing is computed from it.",
    "order": "The first step, or a rule without steps, needs no number; only a step that comes after another does.",
    "orientation": _OPTIONAL,
    "originalOrganization": _REPEATS,
    "outcome": "What became of a plan is often unknown, so its absence is no error.",
    "partOfArea": "Only a Place must lie in a system; groups of Places and neighbourhoods may be of any area, or of none named.",
    "party": _REPEATS,
    "publisher": _OF_THE_PACK,
    "represents": _OPTIONAL,
    "responsibleBody": _REPEATS,
    "resultingOrganization": _REPEATS,
    "role": _OPTIONAL,
    "seats": _OPTIONAL,
    "start": _NO_START,
    "start, moved": _SHIFT,
    "startPrecision": "Without it the first day of the month or year is taken for the very day; only the passage knows better.",
    "startedOnOrBefore": _NO_START,
    "startedOnOrBefore, moved": _SHIFT,
    "statedFrom": _OF_THE_PACK,
    "statedFrom, moved": "When a document was written only the document says; rules see what was attested after it.",
    "statedUntil": _OF_THE_PACK,
    "statedUntil, moved": "When a document was written only the document says; rules see what was attested after it.",
    "subjectMatter": _OPTIONAL,
    "supports": "Without it a citation supports all that its node states, more than the passage says; only a reader can tell.",
    "threshold": _OPTIONAL,
    "transferee": _REPEATS,
    "transferor": _REPEATS,
    "type": "The class follows from another that is left: by the vocabulary a merger, say, is an org:ChangeEvent.",
    "unit": "A number of bodies or people says what it counts by its aspect; a unit is optional.",
    "value": "A claim on which its source is silent needs no value, and one may have several.",
    "voting": _OPTIONAL,
    "withinDays": _OPTIONAL,
}
"""Kind of triple (see :attr:`tests.mutation.mutants.Mutant.kind`) -> why no rule notices."""
