"""Which sentences assert nothing of this patient: criteria quoted, teaching, general statements, conditions.

A sentence says so by its own words (``zones`` of the patterns), by the heading it stands under ("Guideline cited:"), or
as an item of a list that such a sentence opens ("covered when ALL of the following are met:"), or within a long quotation
that words about a policy lead in to. Under a heading and in a list a sentence that speaks of the patient, or that gives
a date, answers the criterion: it asserts what it says. So does all that follows a label "Answer:" under such a heading;
what the heading puts in quotes is the criterion, whatever it says.
"""

from __future__ import annotations

from collections.abc import Sequence

from chartproof.language.patterns import Patterns
from chartproof.language.places import Spans
from chartproof.language.sections import SectionSpan

_QUOTATION = 60  # characters from which a quotation may be of a policy; below, it is a word or a saying
_LONGEST = 3000  # characters over which a quotation may run on from paragraph to paragraph
_FIRST_LINE = 150  # characters in which a note's title is looked for
_LEAD = 300  # characters before it in which its source is named


def find_zones(sentences: Spans, sections: Sequence[SectionSpan], patterns: Patterns) -> list[str | None]:
    """The zone of each sentence, or None.

    Args:
        sentences: the sentences of a text, in order.
        sections: the section of each sentence.
    """
    text, spans = sentences.text, sentences.spans
    regexes = patterns.regexes
    opening = text[:_FIRST_LINE].lstrip().split("\n")[0]
    if regexes["zone_handout"].search(opening):
        return ["education"] * len(spans)  # a paper for every patient
    out: list[str | None] = []
    told = _told(sentences, patterns)
    titled = patterns.may_hold(("zone_title",), text, 0, len(text))
    quotes = {s.start: bool(titled and s.title and regexes["zone_title"].search(s.title)) for s in sections}
    quoted = _quotations(text, patterns)
    in_list = False
    answered = -1  # the section whose criterion was answered
    for number, ((start, end), section) in enumerate(zip(spans, sections, strict=True)):
        zone = told.get(number)
        if any(first <= (start + end) // 2 < last for first, last in quoted):
            zone = "policy"
        elif zone:
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


def _quotations(text: str, patterns: Patterns) -> list[tuple[int, int]]:
    """Where long quotations stand that come from a policy, by the words that lead in to them, and not from a person."""
    out = []
    at = -1
    while (at := text.find('"', at + 1)) >= 0:
        if text[at - 1 : at].isalnum() or text[at + 1 : at + 2].isspace():
            continue  # of inches, or it closes
        close = text.find('"', at + 1)
        if close < 0:
            break
        blank = text.find("\n\n", at, close)
        if close - at >= _QUOTATION and (blank < 0 or close - at <= _LONGEST):
            lead, words = text[max(0, at - _LEAD) : at], text[at:close]
            source, person = patterns.regexes["zone_source"], patterns.regexes["zone_person"]
            if source.search(lead) and not person.search(words):
                out.append((at, close + 1))
        at = close
    return out


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
            # a text of its own, so that "^" is the start of the sentence
            if number not in out and regex.search_apart(text, *spans[number]):
                out[number] = kind
    return out
