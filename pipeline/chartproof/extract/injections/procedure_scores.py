"""Relief in the procedure room: the pain scores before and after that a procedure's document gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.injections.cues import relief_from_scores, score_pair
from chartproof.extract.injections.procedure_parts import Parts
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading, Sentence

# the moment of "8 -> 4, 90% better": minutes after the needle
_RIGHT_AFTER = re.compile(
    r"\b(?:at|after|in|within) (?:about )?\d{1,3} ?min\w*|\b\d{1,3} ?min(?:utes?)? (?:after|later|post|check)"
    r"|\bpost-?(?:procedure|injection|block)\b|\bin (?:the )?(?:recovery|PACU)\b|\bat discharge\b|\bon leaving\b",
    re.I,
)


def relief_in_the_room(reading: Reading, parts: Parts, today: list[Telling]) -> None:
    """Relief from the scores before and after, told in the document (addenda apart)."""
    addenda = {s.index for _, part in parts.addenda for s in part}
    before: tuple[float, int, int] | None = None
    after: tuple[float, int, int] | None = None
    first_needle = parts.body[0].index if parts.body else 10**6
    for sentence in reading.sentences:
        if (
            sentence.index in addenda
            or sentence.zone in ("policy", "education")
            or sentence.section.category in ("instructions", "education", "policy", "consent")
        ):
            continue
        for value, kind, start, end in _sentence_scores(reading, sentence, first_needle):
            if kind == "before" and before is None and after is None:
                before = (value, start, end)
            elif kind == "after" and after is None and before is not None:
                after = (value, start, end)
    if not (before and after):
        pair = _pair(reading, parts)
        if pair is not None:
            before, after = pair
    if before and after:
        relief = relief_from_scores(before[0], after[0])
        if relief is not None:
            joint = [t for t in today if t.target == "si_joint"]
            for t in joint or today:
                t.scores = relief
                t.spans += [before[1:], after[1:]]


def _sentence_scores(reading: Reading, sentence: Sentence, first_needle: int) -> Iterator[tuple[float, str, int, int]]:
    """(score, before or after, start, end) of the scores of one sentence."""
    text, rx = reading.text, reading.patterns.regexes
    words = text[sentence.start : sentence.end]
    if not rx["injection_scored"].search(words) or rx["injection_of_before"].search(words):
        return
    hits = list(rx["injection_score"].finditer(text, sentence.start, sentence.end))
    edge = sentence.start
    for i, m in enumerate(hits):
        value = float(m["ten"]) if m["ten"] else float(m["mm"]) / 10 if m["mm"] else float(m["cm"] or m["bare"])
        if rx["injection_no_score"].match(text[m.end() : m.end() + 8]):
            continue
        first = m.start(m.lastgroup or 0)
        left = text[edge:first]
        stop = hits[i + 1].start() if i + 1 < len(hits) else sentence.end
        right_m = re.match(r"[^,;.]*?(?=,|;|\.|\band\b|$)", text[m.end() : stop])
        right = right_m[0] if right_m else ""
        kind = None
        if rx["injection_after"].search(left):
            kind = "after"
        elif rx["injection_before"].search(left):
            kind = "before"
        elif rx["injection_after"].search(right):
            kind, edge = "after", m.end() + len(right)
        elif rx["injection_before"].search(right):
            kind, edge = "before", m.end() + len(right)
        elif sentence.index < first_needle or re.search(r"\bthis (?:morning|afternoon)\b|\btoday\b", words, re.I):
            kind = "before"
        if rx["injection_before"].search(left) and rx["injection_after"].search(left):
            last_b = [x.end() for x in rx["injection_before"].finditer(left)][-1]
            last_a = [x.end() for x in rx["injection_after"].finditer(left)][-1]
            kind = "after" if last_a > last_b else "before"
        edge = max(edge, m.end())
        if kind:
            yield value, kind, m.start(), m.end()


def _pair(reading: Reading, parts: Parts) -> tuple[tuple[float, int, int], tuple[float, int, int]] | None:
    """ "NRS 8 -> 1", "Pre 7, post 2" in the description."""
    for sentence in parts.body:
        words = reading.text[sentence.start : sentence.end]
        if re.search(r"\b(?:previous|last|first|prior) (?:injection|block|one)\b", words, re.I):
            continue
        if re.search(r"\d ?%", words) and not _RIGHT_AFTER.search(words):
            continue
        for name in ("injection_pre_post", "injection_from_to"):
            m = reading.patterns.regexes[name].search(reading.text, sentence.start, sentence.end)
            if m:
                before, after = score_pair(m)
                return (before, m.start(), m.end()), (after, m.start(), m.end())
    return None
