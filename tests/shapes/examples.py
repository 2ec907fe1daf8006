"""For each rule the shortest of its bad examples, as a reader of ``docs/rules.md`` sees it."""

from __future__ import annotations

from tests.shapes import agreement_cases, duty_cases, governance_cases
from tests.shapes.cases import Case, cases


def bad_examples() -> dict[str, str]:
    """The statement that breaks a rule, by the rule's name; what is wrong stands in a comment above it."""
    shortest: dict[str, Case] = {}
    for case in (*cases(), *governance_cases.cases(), *duty_cases.cases(), *agreement_cases.cases()):
        known = shortest.get(case.rule)
        if known is None or len(case.text) < len(known.text):
            shortest[case.rule] = case
    return {rule: _excerpt(case) for rule, case in shortest.items()}


def _excerpt(case: Case) -> str:
    offset = case.text.index(case.old)
    changed = case.spoilt()
    first = case.text.rfind("\n", 0, offset) + 1
    after = changed.find("\n", offset + len(case.new))
    shown = changed[first : after if after >= 0 else None].strip()
    was = " ".join(case.old.split())
    now = " ".join(case.new.split())
    told = f"# without: {was}" if not now else f"# instead of: {was}"
    return "\n".join(line for line in (told, shown) if line).replace("X-", "")
