"""Whether a finding is said to be there, not there, or possibly there.

Radiology denies in lists ("no fracture, erosion or lytic lesion, mild sclerosis on the left"); where such a list ends
is told by the words that begin a new statement, which ConText's fixed reach does not know.
"""

from __future__ import annotations

import re

from chartproof.extract.imaging.study import Seen
from chartproof.language.patterns import Patterns

_FROM_OR = re.compile(r"\b(?:or|nor)\b")


def stance(patterns: Patterns, text: str, start: int, end: int, low: int, high: int) -> tuple[str, str | None] | None:
    """Presence and the words that decide it, for the finding at [start, end) of the unit [low, high).

    Returns:
        ("present" | "absent" | "possible", cue), or None where the words settle nothing ("no severe stenosis").
    """
    regexes = patterns.regexes
    within = re.search(r"\b(?:not|no)\b", text[start:end])
    if within:
        return "absent", within[0]
    before, after = text[low:start], text[end:high]
    restart = 0
    for m in regexes["img_restart"].finditer(text, low, start):
        listed = m.group().lstrip().startswith(",") and _FROM_OR.search(text, m.end(), high)
        if listed and not regexes["img_degree_ahead"].match(text, m.end()):
            continue  # "no fracture, the usual erosion or ...": still the list
        restart = m.end() - low
    reach = before[restart:]
    open_after = regexes["img_open"].search(after[:70])
    open_before = regexes["img_open"].search(reach)
    if open_before or (open_after and not regexes["img_separator_hard"].search(after[: open_after.start()])):
        return "possible", (open_before or open_after)[0]  # type: ignore[index]
    denied = list(regexes["img_no"].finditer(reach))
    if denied:
        words = reach[denied[-1].end() :]
        if re.search(r"^\s*(?:more|greater) than\b", words, re.I):
            return "present", None
        if regexes["img_only_grave"].search(words) or regexes["img_grave_ahead"].search(words):
            return None
        return "absent", denied[-1][0]
    after_no = regexes["img_not_after"].match(after)
    if after_no and not regexes["img_separator_hard"].search(after[: after_no.end()]):
        return "absent", after_no[0].strip()
    doubts = regexes["img_maybe"].findall(reach)
    if doubts:
        return "possible", doubts[-1]
    later = regexes["img_maybe_after"].match(after)
    if later and not regexes["img_separator_hard"].search(after[: later.end()]):
        return "possible", later[0].strip()
    return "present", None


def reading_of(seen: Seen) -> str | None:
    """For ``Evidence.reading``: how the words were read where they are no plain statement."""
    if seen.presence == "present":
        return None
    kind = "negated" if seen.presence == "absent" else "possible"
    return f"{kind}: {seen.cue}" if seen.cue else None
