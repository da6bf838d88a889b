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
    in_list = False
    for (start, end), section in zip(spans, sections, strict=True):
        words = text[start:end]  # so that "^" is the start of the sentence
        zone = next((kind for kind, regex in patterns.zones if regex.search(words)), None)
        if zone is None and (in_list or regexes["zone_title"].search(section.title or "")):
            listed = in_list and regexes["zone_list_item"].match(words)
            in_list = bool(listed)
            titled = not in_list and regexes["zone_title"].search(section.title or "")
            if (listed or titled) and not regexes["zone_of_patient"].search(words):
                zone = "policy"
        else:
            in_list = zone == "policy" and bool(regexes["zone_opens_list"].search(words))
        out.append(zone)
    return out
