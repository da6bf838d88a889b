"""Which sentences assert nothing of this patient: criteria quoted, teaching, general statements, conditions.

A sentence says so by its own words (``zones`` of the patterns), by the heading it stands under ("Guideline cited:"), or
as an item of a list that such a sentence opens ("covered when ALL of the following are met:"). Under a heading and in a
list a sentence that speaks of the patient, or that gives a date, answers the criterion: it asserts what it says.
"""

from __future__ import annotations

from collections.abc import Sequence

from chartproof.language.patterns import Patterns
from chartproof.language.sections import SectionSpan


def find_zones(
    text: str, spans: Sequence[tuple[int, int]], sections: Sequence[SectionSpan], patterns: Patterns
) -> list[str | None]:
    """The zone of each sentence, or None.

    Args:
        spans: the sentences, in order.
        sections: the section of each sentence.
    """
    regexes = patterns.regexes
    out: list[str | None] = []
    quotes = {s.start: bool(s.title and regexes["zone_title"].search(s.title)) for s in sections}
    in_list = False
    for (start, end), section in zip(spans, sections, strict=True):
        zone = _said(text, start, end, patterns)
        if zone:
            in_list = zone == "policy" and bool(regexes["zone_opens_list"].search(text[start:end]))
        elif in_list or quotes[section.start]:
            words = text[start:end]
            in_list = in_list and bool(regexes["zone_list_item"].match(words))
            if (in_list or quotes[section.start]) and not regexes["zone_of_patient"].search(words):
                zone = "policy"
        out.append(zone)
    return out


def _said(text: str, start: int, end: int, patterns: Patterns) -> str | None:
    """The zone that the sentence's own words say."""
    if not patterns.may_be_zone(text, start, end):
        return None
    # a text of its own, so that "^" is the start of the sentence
    return next(
        (kind for kind, regex in patterns.zones if regex.may_match(text, start, end) and regex.search(text[start:end])),
        None,
    )
