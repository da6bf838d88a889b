"""Which sentences assert nothing of this patient: criteria quoted, teaching, general statements, conditions.

A sentence says so by its own words (``zones`` of the patterns), by the heading it stands under ("Guideline cited:"), or
as an item of a list that such a sentence opens ("covered when ALL of the following are met:"). Under a heading and in a
list a sentence that speaks of the patient, or that gives a date, answers the criterion: it asserts what it says. So does
all that follows a label "Answer:" under such a heading; what the heading puts in quotes is the criterion, whatever it says.
So is a long quotation that words of a policy lead up to ("the passages of your bulletin: ...").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chartproof.language.gate import Spans
from chartproof.language.patterns import Patterns
from chartproof.language.sections import SectionSpan


_QUOTATION = re.compile(r'(?<![\w\d])"(?=\S)[^"]{120,4000}"')
_LEAD = 240  # characters before a quotation within which words may say that it is of a policy


def find_zones(sentences: Spans, sections: Sequence[SectionSpan], patterns: Patterns) -> list[str | None]:
    """The zone of each sentence, or None.

    Args:
        sentences: the sentences of a text, in order.
        sections: the section of each sentence.
    """
    text, spans = sentences.text, sentences.spans
    regexes = patterns.regexes
    out: list[str | None] = []
    told = _told(sentences, patterns)
    quotes = {s.start: bool(s.title and regexes["zone_title"].search(s.title)) for s in sections}
    quoted = _long_quotations(text, patterns)
    in_list = False
    answered = -1  # the section whose criterion was answered
    for number, ((start, end), section) in enumerate(zip(spans, sections, strict=True)):
        zone = told.get(number)
        if not zone and any(low <= start < high for low, high in quoted):
            zone = "policy"
        if zone:
            in_list = zone == "policy" and bool(regexes["zone_opens_list"].search(text[start:end]))
        elif in_list or quotes[section.start]:
            words = text[start:end]
            in_list = in_list and bool(regexes["zone_list_item"].match(words))
            if quotes[section.start] and regexes["zone_answer"].match(words):
                answered = section.start
            if answered == section.start:
                out.append(None)
                continue
            if quotes[section.start] and start < _quoted_to(text, section):
                out.append("policy")
                continue
            if (in_list or quotes[section.start]) and not regexes["zone_of_patient"].search(words):
                zone = "policy"
        out.append(zone)
    return out


def _long_quotations(text: str, patterns: Patterns) -> list[tuple[int, int]]:
    """The quotations of several clauses that quote a policy."""
    if '"' not in text:
        return []
    lead = patterns.regexes["zone_quoted_lead"]
    spans = (m.span() for m in _QUOTATION.finditer(text))
    return [(low, high) for low, high in spans if lead.search(text[max(0, low - _LEAD) : low])]


def _quoted_to(text: str, section: SectionSpan) -> int:
    """Where the quotation that a section opens with ends; its own start where it opens with none."""
    body = section.body + len(text[section.body : section.end]) - len(text[section.body : section.end].lstrip(" "))
    if text[body : body + 1] != '"':
        return section.start
    closed = text.find('"', body + 1, section.end)
    return closed if closed >= 0 else section.start


def _told(sentences: Spans, patterns: Patterns) -> dict[int, str]:
    """The zones that sentences say by their own words, by the number of the sentence; of each the first that holds."""
    out: dict[int, str] = {}
    text, spans = sentences.text, sentences.spans
    for kind, regex in patterns.zones:
        for number in regex.spans_with(sentences):
            start, end = spans[number]
            # a text of its own, so that "^" is the start of the sentence
            if number not in out and regex.search(text[start:end]):
                out[number] = kind
    return out
