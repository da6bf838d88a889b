"""The Oswestry Disability Index (disability_score): percent, or points of 50 turned into percent."""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, finding
from chartproof.extract.scores.visits import EXACT, first_visit, is_really_score, told_date, value_date
from chartproof.language.reading import Reading, Sentence
from chartproof.model import PartialDate
from chartproof.model.facts import DisabilityScore
from chartproof.model.vocab import DisabilityInstrument, NoteType

_CUT = re.compile(
    r"[;|]|,\s|\s{3,}|\s(?:and|then|but|to|versus|vs\.?|(?:as )?compared (?:to|with)|(?:up|down) from|whereas|while)\s"
    r"|-{1,2}>|\s-\s|\.\s|=(?=\s?\d)",
    re.I,
)
_LEAD = 16  # characters before a clause in which the words that join it to the one before stand
_EARLIER = re.compile(
    r"\b(?:previous(?:ly)?|prior|last (?:visit|time|odi|oswestry|score)|last(?=[\s:]*$)|old|formerly|had been)\b", re.I
)
_NOW = re.compile(
    r"\s*(?:today|now|current(?:ly)?|this visit|at discharge|d/c|final)\b[^.;%\d]{0,25}\d{1,3}(?:\.\d)?\s?%", re.I
)
_FROM = re.compile(r"\b(?:from|ago[:,]?(?: (?:it|was|it was))?)\s*$", re.I)
_WAS = re.compile(
    r"(?:[(,;]\s*(?:was|were)|\b(?:(?:up|down) from|versus|vs\.?|compared (?:to|with)))\s*(?:an? |about )?$", re.I
)
_NOT_THIS = re.compile(r"\b(?:not|instead of|rather than|in place of)\s*(?:the )?$", re.I)
_ARROW = re.compile(r"\s?(?:-{1,2}>|\u2192|=>|to)\s?")
_FIRST_TO_LAST = re.compile(
    r"(?=[^\n]{0,30}[A-Za-z/])\s?(?:at (?:the )?)?"
    r"(?:first|initial(?:ly)?|eval|IE|start|SOC|intake|first visit|visit 1)?\s?(?:[/,;]|and)?\s?"
    r"(?:at (?:the )?)?(?:final|last|D/C|discharge|now|today|last visit|end)?\s?:?\s?(?<=[A-Za-z/,;C] )",
    re.I,
)
_NOTHING_HERE = frozenset("education instructions consent policy family_history goals".split())
# Other questionnaires; a number behind one of them is its own.
_MANY = re.compile(r"\b(?:patients|trials?|studies|published|literature|criteria|requires?|policy)\b", re.I)


def extract(reading: Reading, read_lines: list[int]) -> list[Finding]:
    """The ODI scores of a note's sentences.

    Args:
        read_lines: starts of lines that were read as rows of a table.
    """
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return []
    taken = set(read_lines)
    out: list[Finding] = []
    for sentence in reading.sentences:
        if (
            sentence.section.category in _NOTHING_HERE
            or reading.line_at(sentence.start).start in taken
            or sentence.zone
        ):
            continue
        out += _sentence(reading, sentence)
    return out


def _sentence(reading: Reading, sentence: Sentence) -> list[Finding]:
    regexes, text = reading.patterns.regexes, reading.text
    names = list(regexes["odi_name"].finditer(text, sentence.start, sentence.end))
    title = sentence.section.title or ""
    start = names[0].end() if names else None
    if (
        start is None
        and regexes["odi_name"].fullmatch(title)
        and reading.line_index(sentence.start) == reading.line_index(sentence.section.start)
    ):
        start = sentence.start
    out: list[Finding] = []
    if start is None and sentence.index and _NOW.match(text, sentence.start, sentence.end):
        before = reading.sentences[sentence.index - 1]
        if sentence.start - before.end < 4 and regexes["odi_name"].search(text, before.start, before.end):
            start = sentence.start  # "Oswestry 2/10/25: 52%. Today 44%."
    if start is None and sentence.index and _goes_on_dated(reading, sentence):
        start = sentence.start  # "Oswestry: August 7th, 44%. November 17th, 46%."
    if start is None:
        return out
    if _MANY.search(text, sentence.start, sentence.end):
        return out
    head = names[0].start() if names else sentence.start
    at = start
    kept: list[tuple[re.Match[str], float]] = []
    line_end = text.find("\n", at)
    stop = min(sentence.end, at + 260, line_end if line_end >= 0 else len(text))
    for m in regexes["odi_value"].finditer(text, at, stop):
        between = text[at : m.start()]
        if (
            len(between) > 90
            or reading.patterns.regexes["odi_other"].search(between)
            or (kept and not _carries_on(between))
        ):
            break
        if any(
            d.start < m.end("value") and m.start("value") < d.end for d in reading.dates
        ) or reading.patterns.regexes["odi_change"].search(text[max(start, m.start() - 24) : m.start()]):
            continue
        if regexes["score_goal"].search(text, head, m.start()) or regexes["score_goal"].search(
            text, m.end(), min(stop, m.end() + 30)
        ):
            break
        if kept and _NOT_THIS.search(between):
            continue
        value = _percent(m, text[head:start])
        if value is None:
            continue
        at = m.end()
        if kept and _same_value(between, value, kept[-1][1], points=not kept[-1][0]["percent"]):
            kept[-1] = (m, value)
            continue
        kept.append((m, value))
    if not kept and names:
        return _told_first(reading, sentence, head)
    for i, (m, value) in enumerate(kept):
        opened = kept[i - 1][0].end() if i else _clause_start(text, sentence.start, head)
        low = max((c.end() for c in _CUT.finditer(text, opened, m.start())), default=opened)
        bracket = re.match(r"\s?\((?![^)]*(?:%|\bwas\b|\binitial|\bprev))[^)]*\)", text[m.end() : sentence.end])
        after = m.end() + (bracket.end() if bracket else 0)
        cut = _CUT.search(text, after, sentence.end)
        high = cut.start() if cut else sentence.end
        if not bracket and re.match(r"\s?\(", text[m.end() : sentence.end]):
            high = m.end()
        if _is_past(reading, m, low, sentence.end, has_others=len(kept) > 1, is_last=i > 0):
            continue
        is_change = i + 1 < len(kept) and (
            bool(re.search(r"\bfrom\s$", text[max(0, m.start() - 6) : m.start()]))
            or _leads_on(reading, m, kept[i + 1][0])
        )
        date = (
            _told_between(reading, m.end(), kept[i + 1][0].start()) or first_visit(reading)
            if is_change
            else value_date(reading, m.start(), m.end(), opened if i == 0 else low, high)
        )
        if date is not None and reading.note.type is NoteType.PT:
            date = _of_first_visit(reading, sentence, m, is_only=len(kept) == 1) or date
        if regexes["odi_that_day"].search(text, opened, m.start()):
            date = _day_before(reading, sentence) or date
        if i and _leads_on(reading, kept[i - 1][0], m) and told_date(reading, m.start(), m.end(), low, high) is None:
            date = reading.date  # the end of the course
        if date is None:
            continue
        evidence = [reading.evidence(head if i == 0 else low, m.end())]
        out.append(
            finding(
                DisabilityScore(instrument=DisabilityInstrument.ODI, date=date, value=value, evidence=evidence),
                reading.note,
                corrected=regexes["odi_corrected"].search(text, sentence.start, sentence.end) is not None,
            )
        )
    return out


def _told_first(reading: Reading, sentence: Sentence, head: int) -> list[Finding]:
    """A percentage that stands before the index: "he scores 38% on the Oswestry", "a 40% Oswestry"."""
    regexes, text = reading.patterns.regexes, reading.text
    m = regexes["odi_value_first"].search(text, max(sentence.start, head - 45), head)
    if m is None or regexes["odi_change"].search(text[max(sentence.start, m.start() - 24) : m.start()]):
        return []
    low = _clause_start(text, sentence.start, m.start())
    if regexes["score_goal"].search(text, sentence.start, sentence.end) or _EARLIER.search(text, low, m.start()):
        return []
    date = value_date(reading, m.start(), m.end(), low, sentence.end)
    if date is None:
        return []
    score = DisabilityScore(
        instrument=DisabilityInstrument.ODI,
        date=date,
        value=float(m["value"]),
        evidence=[
            reading.evidence(m.start(), text.find(" ", head) if " " in text[head : sentence.end] else sentence.end)
        ],
    )
    return [finding(score, reading.note, corrected=False)]


def _goes_on_dated(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence opens with a date and a percentage, after one that tells the index by date."""
    before = reading.sentences[sentence.index - 1]
    if before.section is not sentence.section or not reading.patterns.regexes["odi_name"].search(
        reading.text, before.start, before.end
    ):
        return False
    date = next((d for d in reading.dates_in(sentence.start, sentence.end) if d.start - sentence.start <= 4), None)
    return (
        date is not None
        and reading.dates_in(before.start, before.end) != []
        and re.match(
            r"[\s,:-]{1,3}(?:(?:it was|was|now|at) )?\d{1,3}\s?(?:%|percent)", reading.text[date.end : sentence.end]
        )
        is not None
    )


def _of_first_visit(reading: Reading, sentence: Sentence, m: re.Match[str], *, is_only: bool) -> PartialDate | None:
    """The first visit's date, where a therapy note says that the only score was not taken again."""
    rest = reading.text[m.end() : min(reading.line_at(m.start()).end, m.end() + 80)]
    if not is_only or not reading.patterns.regexes["odi_only_first"].match(rest):
        return None
    return first_visit(reading)


def _day_before(reading: Reading, sentence: Sentence) -> PartialDate | None:
    """The day that the sentences right before tell of: "On July 24 his worst was 8. Oswestry that day 36%"."""
    for earlier in reversed(reading.sentences[max(0, sentence.index - 3) : sentence.index]):
        days = [d for d in reading.dates_in(earlier.start, earlier.end) if d.form in EXACT and d.form != "today"]
        if days:
            return days[-1].value if days[-1].value.first <= reading.note.date else None
    return None


def _leads_on(reading: Reading, m: re.Match[str], following: re.Match[str]) -> bool:
    """Whether two values of a therapy note are its first and its last: "60% -> 54%", "34% to 36%"."""
    between = reading.text[m.end() : following.start()]
    if reading.note.type is not NoteType.PT:
        return False
    if _ARROW.fullmatch(between):
        return True
    return first_visit(reading) is not None and _FIRST_TO_LAST.fullmatch(between) is not None


def _told_between(reading: Reading, start: int, end: int) -> PartialDate | None:
    """The date told of the first of two values: "from 52% in January to 30% today"."""
    dates = [d for d in reading.dates_in(start, end) if d.value.first <= reading.note.date and d.form != "today"]
    return dates[0].value if dates and not is_really_score(reading, dates[0]) else None


def _is_past(reading: Reading, m: re.Match[str], low: int, end: int, has_others: bool, is_last: bool) -> bool:
    """Whether the words put the value at an earlier visit whose day they do not tell: it is not the latest."""
    regexes, text = reading.patterns.regexes, reading.text
    after = text[m.end() : min(end, m.end() + 45)]
    is_past = regexes["score_past_after"].match(after) or _EARLIER.search(text, low, m.start())
    if has_others and not is_past:
        is_past = _WAS.search(text[max(low - _LEAD, 0) : m.start()])
    if is_last and not is_past:
        is_past = _FROM.search(text[max(low - _LEAD, 0) : m.start()])
    dates = [d for d in reading.dates_in(low, min(end, m.end() + 60)) if d.form in EXACT and d.form != "today"]
    says_first = regexes["score_says_first"].search(text, m.end(), min(end, m.end() + 45))
    return bool(is_past) and not dates and not says_first


def _clause_start(text: str, start: int, head: int) -> int:
    """Where the words about the first value begin: "Initial ODI 56%"."""
    return max((c.end() for c in _CUT.finditer(text, start, head)), default=start)


def _percent(m: re.Match[str], name: str) -> float | None:
    """The value in percent; None where the number cannot be an ODI."""
    value = float(m["value"])
    if m["total"]:
        total = float(m["total"])
        return round(100 * value / total, 1) if value <= total else None
    if m["percent"]:
        return value if value <= 100 else None
    if (m["points"] or re.search(r"\braw\b", name, re.I)) and value <= 50:
        return 2 * value
    return value if 0 <= value <= 100 and not m["points"] else None


def _same_value(between: str, value: float, before: float, points: bool) -> bool:
    """Whether the number says the one before again in percent: "26/50 = 52%", "21 (42%)"."""
    if not re.fullmatch(r"[\s(=,:;-]*(?:points?)?[\s(=,:;-]*(?:or|i\.e\.|which is|equals|is)?[\s(]*", between, re.I):
        return False
    return abs(value - before) < 1.5 or (points and abs(value - 2 * before) < 1.5)


_WORD = re.compile(r"[A-Za-z/.']*|#?\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?")


def _carries_on(between: str) -> bool:
    """Whether a further number still speaks of the ODI: "46% at evaluation and is 44% today"."""
    words = re.split(r"[\s(),:;=%>-]+", between)
    return len(words) <= 12 and all(_WORD.fullmatch(word) for word in words)
