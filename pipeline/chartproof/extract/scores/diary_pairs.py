"""A diary told in running words: "that evening 1, Tuesday 2, by 6/14 back to a 5", as read out over the phone.

Lines of their own are read in ``diary``; wrapped prose, messages and dictations come here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from chartproof.extract.finding import Finding, finding
from chartproof.extract.scores.diary import Entry, diary_scores, injection_date
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.facts import PainScore
from chartproof.model.vocab import NoteType, PainScale, ScoreQualifier

_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_PART = r"(?:morning|noon|afternoon|evening|night|bedtime|am|pm|a\.m\.?|p\.m\.?)"
_TIME = re.compile(
    r"(?<![\w/.])(?P<time>"
    rf"(?:{_WEEKDAY}\.?,?\s)?(?:(?P<m>1[0-2]|0?[1-9])[/-](?P<d>3[01]|[12]\d|0?[1-9])(?:[/-](?:20)?\d\d)?"
    rf"|(?P<month>{_MONTH})\.?\s(?P<md>\d{{1,2}})(?:st|nd|rd|th)?)(?:\s(?:at\s)?(?:{_PART}|\d{{1,2}}\s?(?:am|pm)))?"
    r"|(?:post[- ]?(?:injection|procedure|block)\s)?day\s(?:#\s?)?(?P<n>\d{1,2})"
    rf"|(?:that|same|the next|next|the following)\s(?:day|{_PART})"
    rf"|(?P<weekday>{_WEEKDAY})(?:\s{_PART})?"
    rf"|\d{{1,2}}(?:[:.]\d\d)?\s?(?:am|pm|a\.m\.?|p\.m\.?)|noon|midnight|bedtime"
    r"|(?:at\s)?(?:\+\s?)?(?:\d{1,2}|half an|an)\s?(?:min(?:ute)?s?|h|hrs?|hours?)(?:\s(?:post|after|later|on|out))?"
    r"|(?P<later>\d{1,2})\s(?P<unit>days?|weeks?)(?:\s(?:post|after|later|on|out|in))?"
    r"|(?:in\s)?(?:holding|pre-?op)(?:\sarea)?|(?:in the bay,?\s)?before (?:leaving|discharge|i left|she left|he left)"
    r"|before(?: the (?:shot|injection|block|procedure))?|pre-?(?:procedure|injection|block)?|baseline|on arrival"
    r"|(?:on\s)?leaving|going home|in recovery"
    r")(?![\w/])",
    re.I,
)
_SCORE = re.compile(
    r"(?P<sep>(?:\s?\([^()\n]{1,14}\))?"
    r"(?:(?:,\s[a-z ]{2,16})?\s?\.{3,}\s?|[\s:=,(-]{0,4})"
    r"(?:(?:it'?s|it is|it was|was|is|at|still|about|around|just|only"
    r"|an?|up to|down to|back to|back up to|pain|says?|said|of)\s){0,3})(?P<low>10|\d(?:\.\d)?)"
    r"(?:\s?-\s?(?P<high>10|\d))?(?:\s?/\s?10|\s(?:out )?of 10)?(?![\w/%:]|\.\d|-\d|\s?(?:%|percent|mg|ml|cc|tab\w*"
    r"|pills?|days?|weeks?|hours?|hrs?|h|min\w*"
    r"|months?|times|x|am|pm|a\.m|p\.m|blocks?|miles?|visits?|to|or|steps|flights?)\b)",
    re.I,
)
_GAP = 34  # characters between a score and the time of the next one
_INJECTED = 300  # characters back to the word of the injection that it follows
_BEFORE_CUE = 400  # characters before the first such word, so that a run which begins before it is seen to
_CUE = 170  # characters back to the word that says it is a diary
_BEFORE = re.compile(r"(?:in\s)?(?:holding|pre|before(?! (?:leaving|discharge|i |she |he ))|baseline|on arrival)", re.I)
_KEPT_FOR = 200  # days after an injection in which a diary may be kept
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GIVEN = re.compile(
    r"\b(?:reads? (?:it|them|her|his|me|off)|read (?:to|out)|reports? (?:her|his|the) (?:scores|numbers))", re.I
)


@dataclass(frozen=True)
class _Pair:
    start: int
    end: int
    time: re.Match[str]
    low: float
    high: float


@dataclass(frozen=True)
class Found:
    """The findings, and the stretches of text that they were read in."""

    findings: list[Finding]
    spans: list[tuple[int, int]]


def extract(reading: Reading, read_lines: list[int]) -> Found:
    """The scores of such runs: three pairs of time and score at least, or two right behind the word diary.

    Args:
        read_lines: starts of lines that were read as rows of tables or diaries.
    """
    out = Found([], [])
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return out
    regexes = reading.patterns.regexes
    told, injecting = regexes["score_diary"], regexes["score_injection_word"]
    cues = [m.span() for cue in (told, injecting) for m in cue.finditer(reading.text)]
    if not cues:
        return out
    cues += [m.span() for m in _GIVEN.finditer(reading.text)]
    low, high = min(cues)[0] - _BEFORE_CUE, max(end for _, end in cues) + _INJECTED
    for run in _runs(reading, set(read_lines), max(0, low), high):
        first = run[0].start
        back = reading.text[max(0, first - _CUE) : first]
        is_diary = regexes["score_diary"].search(back) or _GIVEN.search(back)
        near = regexes["score_injection_word"].search(reading.text, max(0, first - _INJECTED), first)
        if reading.note.type is NoteType.PT and not (is_diary and near):
            continue
        if (is_diary and len(run) >= 2) or (near and len(run) >= 3 and reading.note.type is not NoteType.PROCEDURE):
            is_after = near is not None or reading.note.type is NoteType.PROCEDURE
            out.findings.extend(_block(reading, run) if is_after else _of_days(reading, run))
            out.spans.append((first, run[-1].end))
    return out


def _runs(reading: Reading, taken: set[int], begin: int, stop: int) -> list[list[_Pair]]:
    """Pairs of a time and the score right behind it, those that follow each other closely together.

    Args:
        begin: where to begin; a run that goes on from before it is not told whole.
        stop: where no run begins any more.
    """
    runs: list[list[_Pair]] = []
    for m in _TIME.finditer(reading.text, begin):
        if m.start() > stop and (not runs or m.start() - runs[-1][-1].end > _GAP):
            break
        if reading.line_at(m.start()).start in taken:
            continue
        score = _SCORE.match(reading.text, m.end())
        if score is None or (not score["sep"].strip() and score["sep"] == ""):
            continue
        low = float(score["low"])
        high = float(score["high"]) if score["high"] else low
        if not low <= high <= 10:
            continue
        pair = _Pair(m.start(), score.end(), m, low, high)
        between = reading.text[runs[-1][-1].end : m.start()] if runs else ""
        if runs and m.start() - runs[-1][-1].end <= _GAP and not re.search(r"\n\s*\n", between):
            runs[-1].append(pair)
        else:
            runs.append([pair])
    return [run for run in runs if len(run) >= 2]


def _block(reading: Reading, run: list[_Pair]) -> list[Finding]:
    day = injected = injection_date(reading, run[0].start)
    entries = []
    for pair in run:
        day = _day(reading, pair, injected, day) or day
        before = _BEFORE.match(pair.time["time"]) is not None
        entries.append(Entry(before, day, (pair.low, pair.high), pair.start, pair.end))
    return diary_scores(reading, entries, injected)


def _of_days(reading: Reading, run: list[_Pair]) -> list[Finding]:
    """The scores of a log that follows no injection, those of a day of their own."""
    out: list[Finding] = []
    for pair in run:
        day = _day(reading, pair, None, None)
        if day is not None and day.first <= reading.note.date:
            fact = PainScore(
                qualifier=ScoreQualifier.CURRENT,
                date=day,
                scale=PainScale.NRS,
                value=(pair.low, pair.high),
                evidence=[reading.evidence(pair.start, pair.end)],
            )
            out.append(finding(fact, reading.note, at=pair.start))
    return out


def _day(reading: Reading, pair: _Pair, injected: PartialDate | None, before: PartialDate | None) -> PartialDate | None:
    """The day that a time names; None where it names an hour alone."""
    told = [d for d in reading.dates_in(pair.start, pair.end) if d.value.precision == "day" and d.form != "today"]
    if told:
        return told[0].value
    m = pair.time
    known = injected is not None and injected.precision == "day"
    anchor = injected.first if injected is not None and known else None
    if m["m"]:
        return _on_or_after(anchor, reading.note.date, int(m["m"]), int(m["d"]))
    if anchor is None:
        return None
    if m["n"]:
        return PartialDate(anchor + timedelta(days=int(m["n"])))
    if m["later"]:
        days = int(m["later"]) * (7 if m["unit"].lower().startswith("week") else 1)
        return PartialDate(anchor + timedelta(days=days))
    if m["weekday"]:
        start = before.first if before is not None and before.precision == "day" else anchor
        ahead = (_DAYS.index(m["weekday"].lower()[:3]) - start.weekday()) % 7
        return PartialDate(start + timedelta(days=ahead))
    if re.match(r"(?:the )?(?:next|following)", m["time"], re.I):
        return PartialDate((before or PartialDate(anchor)).first + timedelta(days=1))
    return None


def _on_or_after(anchor: date | None, told: date, month: int, day: int) -> PartialDate | None:
    """Month and day: soon after the injection, else in the last year in which they are not after the note."""
    try:
        values = [PartialDate.of(year, month, day) for year in (told.year + 1, told.year, told.year - 1)]
    except ValueError:
        return None
    if anchor is not None:
        after = [v for v in values if 0 <= (v.first - anchor).days <= _KEPT_FOR]
        if after:
            return after[0]
    return next((v for v in values if v.first <= told), None)
