"""Extracts the course that a chiropractor's, acupuncturist's or massage therapist's own note is of.

A physical therapist's documents are read by ``therapy_document``.
"""

from __future__ import annotations

import re
from datetime import date

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.treatment.course import latest_day, visits_in
from chartproof.extract.treatment.mentions import Span
from chartproof.extract.treatment.responses import RANKED, Response, find_responses
from chartproof.language.reading import Reading, Sentence
from chartproof.model import PartialDate
from chartproof.model.dates import weeks_between
from chartproof.model.facts import Therapy
from chartproof.model.vocab import NoteType, TherapyResponse, TherapyStatus, TherapyType

_TYPES = (TherapyType.CHIROPRACTIC, TherapyType.ACUPUNCTURE, TherapyType.MASSAGE)
_NOT_OWN = frozenset(
    {NoteType.IMAGING, NoteType.LAB, NoteType.PROCEDURE, NoteType.INTAKE, NoteType.PREOP, NoteType.TELEPHONE}
)
_HEAD_LINES = 2
_TAIL = 160  # characters in which a letter or note is signed
_MONTH_DAY = re.compile(r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?:\d{4}|\d{2}))?(?![\d/])")
_LIST = re.compile(r"(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?(?: \([^()]{1,12}\))?[,; ]{1,3}){2,60}\d{1,2}/\d{1,2}(?:/\d{2,4})?")
_EMPTY_BOX = re.compile(r"[\[(] [\])] ?(?:\w+ ?[/,] ?)?$")


def practitioner(reading: Reading) -> TherapyType | None:
    """What the writer of this note treats with, where the letterhead or signature and the words of the trade tell."""
    if reading.note.type in _NOT_OWN or not reading.sentences:
        return None
    regexes, text = reading.patterns.regexes, reading.text
    head = [line for line in reading.lines if line.text.strip()][:_HEAD_LINES]
    if reading.note.type is NoteType.PT and any(regexes["pt_document"].search(line.text) for line in head):
        return None  # a physical therapist's document, whoever else signs below
    for kind in _TYPES:
        headed = any(regexes[f"own_{kind}_head"].search(line.text) for line in head)
        signed = regexes[f"own_{kind}_signed"].search(text, max(0, len(text) - _TAIL))
        if (headed or signed) and regexes[f"own_{kind}_work"].search(text):
            return kind
    return None


def course_of(reading: Reading) -> TherapyType | None:
    """What the course is of that this note tells as its own, or None where it is not of a course."""
    found = extract(reading)
    return found[0].fact.type if found else None  # type: ignore[attr-defined]


def extract(reading: Reading) -> list[Finding]:
    """The course that this note is of, at most one finding."""
    kind = practitioner(reading)
    if kind is None:
        return []
    regexes, text = reading.patterns.regexes, reading.text
    spans: list[Span] = []
    over = bool(regexes["own_discharge"].search(text))
    initial = bool(regexes["own_initial"].search(text)) and not over
    sessions = _sessions(reading, kind, spans)
    if initial and not sessions and not regexes["own_treated_today"].search(text):
        return []  # an examination; what it plans is read as any plan is
    start, last = _dates(reading, initial, spans)
    end = (last or PartialDate(reading.note.date)) if over else None
    weeks = None
    if start and end and start.precision == end.precision == "day" and start <= end:
        weeks = weeks_between(start.first, end.first)
    response = None if initial else _response(reading, kind)
    if response:
        spans.append(response[1])
    if not spans:
        spans.append((reading.sentences[0].start, reading.sentences[0].end))
    fact = Therapy(
        type=kind,
        duration_weeks=weeks,
        sessions=sessions,
        start=start,
        end=end,
        response=TherapyResponse(response[0]) if response else None,
        status=TherapyStatus.COMPLETED if over else TherapyStatus.ONGOING,
        evidence=[reading.evidence(*span) for span in sorted(set(spans))],
    )
    seen = last or (PartialDate(reading.note.date) if start else None)
    return [finding(fact, reading.note, Strength.PRIMARY, document=True, initial=initial, last_seen=seen)]


def _sessions(reading: Reading, kind: TherapyType, spans: list[Span]) -> int | None:
    """The largest count of own visits; a list of dates counts where no number is told."""
    best: tuple[int, Span] | None = None
    at, text, regexes = 0, reading.text, reading.patterns.regexes
    while told := visits_in(reading, at, len(text)):
        at = told[1][1]
        sentence = reading.sentence_at(told[1][0])
        if sentence.section.category == "goals" or regexes["own_count_not"].search(
            text, max(sentence.start, told[1][0] - 30), told[1][0]
        ):
            continue
        others = {t for t, _ in reading.patterns.find("therapy_type", text, sentence.start, told[1][1])} - {kind}
        if others and kind not in {t for t, _ in reading.patterns.find("therapy_type", text, sentence.start, at)}:
            continue
        if told[0] <= 150 and (best is None or told[0] > best[0]):
            best = told
    if best is None and (listed := _LIST.search(text)):
        count = regexes["own_list_count"].match(text, listed.end())
        best = int(count["n"]) if count else len(_MONTH_DAY.findall(listed[0])), listed.span()
    if best is None:
        return None
    spans.append(best[1])
    return best[0]


def _dates(reading: Reading, initial: bool, spans: list[Span]) -> tuple[PartialDate | None, PartialDate | None]:
    """First and last day of the course, as far as the note tells them."""
    regexes, text = reading.patterns.regexes, reading.text
    for r in reading.ranges:
        near = text[max(0, r.start - 45) : r.start] + "|" + text[r.end : r.end + 20]
        if r.first.first <= reading.note.date and regexes["own_period"].search(near):
            spans.append((r.start, r.end))
            return r.first, r.last if r.last.first <= reading.note.date else None
    listed = _LIST.search(text)
    if listed:
        days: list[date] = []
        for m in _MONTH_DAY.finditer(listed[0]):
            day = latest_day(int(m["month"]), int(m["day"]), reading.note.date)
            if day:
                days.append(day)
        if len(days) >= 3:
            spans.append(listed.span())
            return PartialDate(min(days)), PartialDate(max(days))
    start = _labelled(reading, "pt_start", spans)
    last = _labelled(reading, "own_last", spans)
    if start is None and initial:
        start = PartialDate(reading.note.date)
    return start, last


def _labelled(reading: Reading, name: str, spans: list[Span]) -> PartialDate | None:
    text, regex = reading.text, reading.patterns.regexes[name]
    for d in reading.dates:
        if d.value.first > reading.note.date or d.value.precision == "year":
            continue
        m = regex.search(text, max(0, reading.line_at(d.start).start, d.start - 60), d.start)
        if m and m.end() == d.start:
            spans.append((m.start(), d.end))
            return d.value
    return None


def _response(reading: Reading, kind: TherapyType) -> Response | None:
    """A verdict on the whole trial, else the strongest of what the note says came of the treatment."""
    regexes, text = reading.patterns.regexes, reading.text
    verdict = regexes["own_verdict_failed"].search(text)
    if verdict:
        return "failed", verdict.span()
    hits: list[Response] = []
    for sentence in reading.sentences:
        named = {t for t, _ in reading.patterns.find("therapy_type", text, sentence.start, sentence.end)}
        if not _tells_result(reading, sentence) or (named and kind not in named):
            continue
        for value, span in find_responses(reading, sentence.start, sentence.end):
            near = text[max(sentence.start, span[0] - 40) : min(sentence.end, span[1] + 30)]
            if _EMPTY_BOX.search(text[max(sentence.start, span[0] - 20) : span[0]]):
                continue
            if not regexes["own_response_not"].search(near):
                hits.append((value, span))
    for value in RANKED:
        for hit in hits:
            if hit[0] == value:
                return hit
    return None


def _tells_result(reading: Reading, sentence: Sentence) -> bool:
    if sentence.section.category in ("goals", "exam", "pmh", "medications", "education"):
        return False
    return sentence.zone is None and not reading.patterns.regexes["tx_other_course"].search(
        reading.text, sentence.start, sentence.end
    )
