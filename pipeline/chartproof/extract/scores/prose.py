"""Pain scores told in sentences and lines with labels: what each is (current, worst ...), of which day and scale."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.injections.procedure_parts import find_parts
from chartproof.extract.questions import with_answers
from chartproof.extract.scores.diary import injection_date
from chartproof.extract.scores.own import is_pain_score
from chartproof.extract.scores.visits import first_visit, is_really_score, told_date, value_date
from chartproof.extract.scores.written import Written, find_written, masked
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.facts import PainScore
from chartproof.model.vocab import Laterality, NoteType, PainScale, ScoreQualifier

# Where the words about one score end.
_DELIMITER = re.compile(
    r"[,;|()]|\scomma\s|\s{2,}|\.\s|\s(?:and|but|while|whereas|though|although|then|with)\s|-{1,2}>|\s-\s|\s/\s", re.I
)
_NOTHING_HERE = frozenset("education instructions policy family_history goals comparison".split())
_IF = re.compile(r"\s*(?:if|should|call (?:us |me )?(?:if|for)|when your)\b", re.I)


@dataclass
class _Told:
    """A score with the words about it: [low, high) between its neighbours."""

    written: Written
    sentence: Sentence
    low: int
    high: int
    qualifier: str | None = None
    weight: int = 0
    added: date | None = None  # the day of the addendum that tells it


_LATER_ENTRY = re.compile(
    r"\s*(?:[\d/-]{6,10}\s{1,3})?(?:addend(?:um|a)|follow[- ]?up|f/u|call(?:[- ]?back|ed)?|phone|telephone|late entry"
    r"|post[- ]procedure (?:call|follow)|update)\b",
    re.I,
)
_BACK_TO = re.compile(r"\b(?:back|returned|return) (?:up )?(?:to|at)(?: an?| about)?\s*(?=\d|$)", re.I)
_TAIL = re.compile(
    r",\s(?:usually|typically|generally|ordinarily|on average|(?:on )?most days)(?=\s*(?:[.;\")]|$))", re.I
)
_NUMBER = re.compile(r"\d|(?<![A-Za-z])(?:one|zero)", re.IGNORECASE)
_INJECTING = re.compile(r"\b(?:injected|instilled|deposited|administered|withdrawn|removed|needle)\b", re.I)
_LONGEST_DEED = 12  # characters of the longest of these words


def extract(reading: Reading, read_lines: list[int], spans: list[tuple[int, int]]) -> list[Finding]:
    """The pain scores of a note's sentences.

    Args:
        read_lines: starts of lines that were read as rows of tables or diaries.
        spans: stretches of text that were read as a diary.
    """
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return []
    told: list[_Told] = []
    taken = set(read_lines)
    for sentence in with_answers(reading):
        if not _NUMBER.search(reading.text, sentence.start, sentence.end):
            continue
        if sentence.section.category in _NOTHING_HERE or reading.line_at(sentence.start).start in taken:
            continue
        if sentence.zone in ("policy", "education", "hypothetical") or _IF.match(reading.text, sentence.start):
            continue
        scores = [
            w
            for w in find_written(reading, sentence)
            if not any(low <= w.start < high for low, high in spans) and is_pain_score(reading, sentence, w)
        ]
        if scores:
            told += _with_words(reading, sentence, scores)
    _qualify_unsaid(reading, told)
    _carry_qualifier(reading, told)
    out = []
    for t in told:
        found = _finding(reading, t)
        if found:
            out.append(found)
    return out


# -- what is said of it ---------------------------------------------------------------------------------------------


def _with_words(reading: Reading, sentence: Sentence, scores: list[Written]) -> list[_Told]:
    """Each score of a sentence with the stretch of words about it and the qualifier found there."""
    out: list[_Told] = []
    text = masked(reading, sentence.start, sentence.end)
    base = sentence.start
    for i, w in enumerate(scores):
        left = scores[i - 1].end - base if i else 0
        right = scores[i + 1].start - base if i + 1 < len(scores) else len(text)
        low = _cut_before(text, left, w.start - base, is_first=i == 0)
        high = _cut_after(text, w.end - base, right)
        t = _Told(w, sentence, base + low, base + high)
        if w.name:
            named = reading.patterns.first("score_qualifier", w.name)
            t = _Told(w, sentence, base + left, w.end, named or "current", 2)
            out.append(t)
            continue
        t.qualifier, t.weight = _qualifier(reading, text, low, w.start - base, w.end - base, high)
        if t.qualifier is None and low > left:
            # further back, up to where the words about the score before end
            start = _cut_after(text, left, low) if i else 0
            t.qualifier, t.weight = _qualifier(reading, text, start, low, low, low)
            if t.qualifier is not None:
                t.low = base + start
        out.append(t)
    return out


def _cut_before(text: str, left: int, start: int, is_first: bool) -> int:
    """Where the words before a score begin: behind the last delimiter outside brackets (one right before the first
    score, as in "worst pain, 8/10", is passed over)."""
    depth = 0
    cuts = [m for m in _DELIMITER.finditer(text, left, start)]
    for m in reversed(cuts):
        if m[0] == ")":
            depth += 1
        elif m[0] == "(":
            if depth == 0:
                return m.end()
            depth -= 1
        elif depth == 0 and (not is_first or text[m.end() : start].strip(" :=")):
            return m.end()
    return left


def _cut_after(text: str, end: int, right: int) -> int:
    """Where the words behind a score end; a bracket right behind it belongs to it."""
    bracket = re.match(r"\s?\(([^)]*)\)", text[end:right])
    if bracket:
        return end + bracket.end()
    m = _DELIMITER.search(text, end, right)
    if m and (tail := _TAIL.match(text, m.start())) and tail.end() <= right:
        return tail.end()  # "a seven, usually"
    return m.start() if m else right


def _qualifier(reading: Reading, text: str, low: int, start: int, end: int, high: int) -> tuple[str | None, int]:
    """The qualifier nearest to a score in [low, start) and [end, high); "current" only where no other is."""
    hits: list[tuple[bool, int, str]] = []
    for value, m in reading.patterns.find("score_qualifier", text, low, start):
        hits.append((value == "current", start - m.end(), value))
    for value, m in reading.patterns.find("score_qualifier", text, end, high):
        hits.append((value == "current", m.start() - end, value))
    if not hits:
        return None, 0
    is_current, _, value = min(hits)
    return value, 1 if is_current else 2


def _qualify_unsaid(reading: Reading, told: list[_Told]) -> None:
    """The qualifier of scores that have none said beside them."""
    had_before = False
    addenda = _addenda(reading)
    for i, t in enumerate(told):
        added = addenda.get(t.sentence.index)
        is_procedure = is_injecting(reading) and added is None
        if added is not None and t.qualifier in (None, "current", "post_injection", "best"):
            t.qualifier = "drop" if t.written.change == "before" else "current"  # what a later call tells
            t.added = added
            continue
        if t.written.when:
            t.qualifier = f"{t.written.when}_injection"
        if (
            not is_procedure
            and t.qualifier == "post_injection"
            and not t.written.change
            and _BACK_TO.search(reading.text, max(t.sentence.start, t.written.start - 24), t.written.start)
        ):
            t.qualifier = "current"  # "80% relief for 2 weeks after the injection, then back to 7"
        beside = [o for o in told[max(0, i - 3) : i + 4] if o.sentence.index == t.sentence.index]
        if t.written.change:
            t.qualifier = _of_change(reading, t)
        elif t.qualifier in ("pre_injection", "post_injection") and not (
            is_procedure or _speaks_of_injection(reading, t)
        ):
            # before and after something else: after a treatment it is not the day's score
            t.qualifier = (
                "drop"
                if reading.patterns.regexes["score_after_treatment"].search(reading.text, t.low, t.high)
                else _besides_injection(reading, t)
            )
        after = reading.patterns.vocabulary["score_qualifier"]["post_injection"]
        if is_procedure and t.qualifier == "best" and after.search(reading.text, t.low, t.high):
            t.qualifier = "post_injection"  # "down to 2 in recovery"
        if t.qualifier in ("pre_injection", "post_injection", "drop") or t.written.change:
            pass
        elif (
            is_procedure
            and t.qualifier is None
            and i
            and told[i - 1].sentence.index == t.sentence.index
            and told[i - 1].qualifier == "post_injection"
        ):
            t.qualifier = "post_injection"
        elif is_procedure and t.qualifier in (None, "current", "baseline"):
            is_after = _is_after_injecting(reading, t) or _is_later_row(reading, t)
            t.qualifier = "post_injection" if had_before and t.qualifier != "baseline" and is_after else "pre_injection"
        elif t.qualifier is None:
            averages = [o.written.high for o in beside if o.qualifier == "average"]
            t.qualifier = "worst" if averages and t.written.high > max(averages) else "current"
            if t.qualifier == "worst" and t.written.low < max(averages):
                t.written = replace(t.written, low=t.written.high)  # "averages 7, ranging from 5 to 9"
        had_before = had_before or t.qualifier == "pre_injection"


def _besides_injection(reading: Reading, t: _Told) -> str | None:
    """What the words about a score call it, those of before and after left out ("8 after a day's work" is a worst)."""
    text, w = reading.text, t.written
    told = {
        value
        for low, high in ((t.low, w.start), (w.end, t.high))
        for value, _ in reading.patterns.find("score_qualifier", text, low, max(low, high))
    }
    return next((value for value in ("worst", "average", "best") if value in told), None)


def is_injecting(reading: Reading) -> bool:
    """Whether the note tells the injecting of its own day: a procedure note, or a letter dictated in its place."""
    return reading.once(_is_injecting)


def _is_injecting(reading: Reading) -> bool:
    if reading.note.type is NoteType.PROCEDURE:
        return True
    regexes = reading.patterns.regexes
    return (
        reading.note.type is NoteType.LETTER
        and regexes["score_done_today"].search(reading.text) is not None
        and regexes["score_technique"].search(reading.text) is not None
    )


def _addenda(reading: Reading) -> dict[int, date]:
    """The sentences (by index) of what was added to a procedure's document on a later day, with that day."""
    if reading.note.type is not NoteType.PROCEDURE:
        return {}
    found: dict[int, date] = {}
    for line in reading.lines:
        if not _LATER_ENTRY.match(line.text):
            continue
        days = [d.value.first for d in reading.dates_in(line.start, min(line.end, line.start + 60))]
        if days and days[0] > reading.note.date:
            found |= {s.index: days[0] for s in reading.sentences if s.start >= line.start}
    for day, part in find_parts(reading).addenda:
        if day > reading.note.date:
            found |= {s.index: day for s in part}
    return found


def _carry_qualifier(reading: Reading, told: list[_Told]) -> None:
    """ "Her average pain was 6 when we began and is 6 as we finish": the second score is an average too."""
    regexes = reading.patterns.regexes
    for before, t in pairwise(told):
        if (before.written.change, t.written.change) == ("before", "after") and t.qualifier == "current":
            if before.qualifier in ("average", "worst", "best"):
                t.qualifier = before.qualifier  # "NPRS average 6 -> 5"
            continue
        if t.sentence.index != before.sentence.index or t.qualifier != "current" or t.weight == 2:
            continue
        if (
            before.qualifier in ("average", "worst", "best")
            and t.weight == 0
            and regexes["score_says_first"].search(reading.text, t.low, t.high)
            and reading.text.rfind("(", before.written.start + 1, t.written.start) >= 0
        ):
            t.qualifier = before.qualifier  # "NPRS avg 6 (eval 7)"
        if before.qualifier in ("average", "worst", "best") and regexes["score_says_first"].search(
            reading.text, before.low, before.high
        ):
            if regexes["score_says_now"].search(reading.text, t.low, t.high):
                t.qualifier = before.qualifier


def _of_change(reading: Reading, t: _Told) -> str:
    if _is_course(reading) and not _speaks_of_injection(reading, t):
        return t.qualifier if t.qualifier in ("average", "worst", "best") else "current"
    if is_injecting(reading) or _speaks_of_injection(reading, t):
        return "pre_injection" if t.written.change == "before" else "post_injection"
    return "drop" if t.written.change == "before" else "current"


def _is_course(reading: Reading) -> bool:
    """Whether the note closes a course of therapy whose first day it tells: a change is from that day to this one."""
    first = first_visit(reading) if reading.note.type is NoteType.PT else None
    return first is not None and first.first < reading.note.date


def _speaks_of_injection(reading: Reading, t: _Told) -> bool:
    word = reading.patterns.regexes["score_injection_word"]
    if word.search(reading.text, t.sentence.start, t.sentence.end):
        return True
    before = reading.sentences[max(0, t.sentence.index - 1)]
    near = t.sentence.start - before.end < 4 and reading.note.type is not NoteType.PT
    return bool(near and word.search(reading.text, before.start, before.end))


def _is_after_injecting(reading: Reading, t: _Told) -> bool:
    """Whether a score of a procedure note stands behind the account of the injecting."""
    start = t.written.start
    return reading.once(_first_injecting) <= start or (
        _INJECTING.search(reading.text, max(0, start - _LONGEST_DEED), start) is not None
    )


def _first_injecting(reading: Reading) -> int:
    """Where the first word for injecting ends; behind the note where there is none."""
    first = _INJECTING.search(reading.text)
    return first.end() if first else len(reading.text) + 1


def _is_later_row(reading: Reading, t: _Told) -> bool:
    """Whether a score stands in a line that opens with a time of day, as the later rows of a flow sheet do."""
    return bool(re.match(r"\s*(?:[01]\d|2[0-3]):?[0-5]\d\b", reading.line_at(t.written.start).text))


# -- the fact -------------------------------------------------------------------------------------------------------


def _finding(reading: Reading, t: _Told) -> Finding | None:
    if t.qualifier == "drop":
        return None
    w = t.written
    low, high = max(t.low, t.sentence.start), max(t.high, w.end)
    assert t.qualifier is not None
    told_on: PartialDate | None
    if t.added is not None:
        told_on = PartialDate(t.added)
    elif t.qualifier in ("pre_injection", "post_injection"):
        told_on = _injection_score_date(reading, t, low, high)
    else:
        told_on = value_date(reading, w.start, w.end, low, high)
        if w.change and _is_course(reading) and told_date(reading, w.start, w.end, low, high) is None:
            told_on = first_visit(reading) if w.change == "before" else reading.date
        if told_on is None:
            return None
    is_vas = w.is_vas or _names_vas(reading, t)
    fact = PainScore(
        qualifier=ScoreQualifier(t.qualifier),
        date=told_on,
        scale=PainScale.VAS if is_vas else PainScale.NRS,
        value=(w.low, w.high),
        evidence=[reading.evidence(*_quoted(reading, t))],
    )
    own = t.qualifier in ("pre_injection", "post_injection") and reading.note.type is NoteType.PROCEDURE
    strength = Strength.PRIMARY if own else Strength.FIRST_HAND
    return finding(
        fact,
        reading.note,
        strength,
        side=_side(reading, low, high),
        vitals=t.sentence.section.category == "vitals",
        at=w.start,
    )


def _quoted(reading: Reading, t: _Told) -> tuple[int, int]:
    """The words about a score, without the heading before them and the mark behind them."""
    low, high = max(t.low, t.sentence.start), max(t.high, t.written.end)
    section = t.sentence.section
    if section.start <= low < section.body <= t.written.start:
        title = section.title or ""
        if (
            not reading.patterns.regexes["score_pain_word"].search(title)
            and reading.patterns.first("score_qualifier", title) is None
        ):
            low = section.body
    while high > t.written.end and reading.text[high - 1] in " .,;:":
        high -= 1
    return low, high


def _injection_score_date(reading: Reading, t: _Told, low: int, high: int) -> PartialDate | None:
    if is_injecting(reading):
        return reading.date
    dates = [
        d
        for d in reading.dates_in(t.sentence.start, t.sentence.end)
        if d.value.precision == "day" and d.value.first <= reading.note.date and not is_really_score(reading, d)
    ]
    if dates:
        return min(dates, key=lambda d: abs(d.start - t.written.start)).value
    told = told_date(reading, t.written.start, t.written.end, low, high)
    return told.value if told else injection_date(reading, t.written.start, reach=220)


def _names_vas(reading: Reading, t: _Told) -> bool:
    """Whether the words about the score, or its line, name a visual analog scale."""
    vas = reading.patterns.regexes["score_vas_word"]
    if not vas.search(reading.text, t.sentence.start, t.sentence.end):
        return False
    numeric = re.search(r"\bn(?:p)?rs\b", reading.text[t.sentence.start : t.sentence.end], re.I)
    return not numeric or bool(vas.search(reading.text, t.low, t.high))


def _side(reading: Reading, low: int, high: int) -> Laterality | None:
    """The one side told in the words about a score."""
    sides = {s.side for s in find_sides(reading.text, low, high)}
    return sides.pop() if len(sides) == 1 else None
