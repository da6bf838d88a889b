"""The day of an exam: the note's own, or the one that its words, its label or its heading tell."""

from __future__ import annotations

import re

from chartproof.extract.exam.copied import marked_copy, taken_over
from chartproof.extract.exam.leaning import asides
from chartproof.language.dates import DateMention
from chartproof.language.reading import Line, Reading
from chartproof.language.sections import MAIN
from chartproof.model import PartialDate
from chartproof.model.vocab import NoteType

_ON = re.compile(r"(?:^|[.;]\s)\s*(?:on|in)\s+$", re.IGNORECASE)
_OPENING_DAY = re.compile(
    r"[\s*(-]{0,6}(?P<day>\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|\d{4}-\d\d-\d\d)\)?(?: {2,}|\t)(?=[^\s\d])"
)
_AT_EVALUATION = re.compile(r"\W*(?:at|on) (?:the |his |her )?(?:initial |first )?eval(?:uation)?\b", re.IGNORECASE)
_LEAD = re.compile(r"\W*(?:from|per|as of|on)\b\s*", re.IGNORECASE)
_LABEL = re.compile(r"[^.;:\n]{0,90}:")
_TODAY = re.compile(r"\btoday\b|\bthis (?:visit|encounter)\b|\(mine\)", re.IGNORECASE)
_OWN_EXAM = re.compile(r"\bexam|\bphysical\b|objective|today|current|^\W*PE\b", re.IGNORECASE)
_DAY_SENTENCES = 3  # sentences back to the day of an exam told again
_ROW_LINES = 4  # lines that go on under a day, at most
_HEAD_REACH = 900  # characters back to the line that heads a paragraph, at most


def is_payer_letter(reading: Reading) -> bool:
    """A letter to a payer retells the exams; one to a colleague reports its own."""
    if reading.note.type not in (NoteType.LETTER, NoteType.TELEPHONE):
        return False
    return (
        reading.note.type == NoteType.TELEPHONE
        or reading.patterns.regexes["exam_letter"].search(reading.text) is not None
    )


def day_of(reading: Reading, start: int, end: int, in_letter: bool) -> tuple[PartialDate | None, bool]:
    """The day of the exam told in [start, end), and whether it is told again from elsewhere."""
    regexes = reading.patterns.regexes
    copied = marked_copy(reading, start)
    if copied is not None:
        return copied.day, True
    aside = asides(reading.text, start, end)
    within = (d for d in reading.dates_in(start, end) if not any(low <= d.start < high for low, high in aside))
    told = next((d for d in within if dates_exam(reading, d, start, end)), None)
    if told is None:
        line = reading.line_at(start)
        label = _LABEL.match(reading.text, line.start, start)
        before = [] if label is None else reading.dates_in(line.start, label.end())
        told = next((d for d in before if dates_exam(reading, d, line.start, start)), None)
        row = None if told is not None else _row_day(reading, line)
        if row is not None:
            return row, row != reading.date and reading.note.type != NoteType.PT  # a log of its own visits
        opened = _LABEL.match(reading.text, line.start, end)
        if told is None and (opened is None or not _TODAY.search(opened[0])):
            told = _heading_date(reading, start)
    if told is None and in_letter:
        told = _day_before(reading, start, end)
    over = taken_over(reading, start) if told is None else None
    if over is not None:
        return over.day, True
    value = told.value if told is not None else _headed(reading, start)
    if value is not None:
        return value, value != reading.date
    own = regexes["exam_own"].search(reading.text, start, end) is not None
    if not own and reading.note.type == NoteType.PT and _AT_EVALUATION.match(reading.text, start, end):
        first = first_visit(reading)
        if first is not None:
            return first, False
    if own:
        return reading.date, False
    if regexes["exam_retold"].search(reading.text, start, end):
        if not regexes["exam_compared"].search(reading.text, start, end):
            return None, True
    return reading.date, in_letter and not _own_nearby(reading, start)


def _day_before(reading: Reading, start: int, end: int) -> DateMention | None:
    """The day that the sentences before told, in what retells the exam of somebody else: "On reassessment 3/26 she
    found ... Also tender at the PSIS." """
    regexes = reading.patterns.regexes
    if regexes["exam_own"].search(reading.text, start, end):
        return None
    at = reading.sentence_at(start).index
    for sentence in reversed(reading.sentences[max(0, at - _DAY_SENTENCES) : at]):
        if "\n\n" in reading.text[sentence.start : start] or regexes["exam_own"].search(
            reading.text, sentence.start, sentence.end
        ):
            return None
        told = [d for d in reading.dates_in(sentence.start, sentence.end) if d.value.precision == "day"]
        if told:
            fits = [d for d in told if dates_exam(reading, d, sentence.start, sentence.end)]
            return fits[-1] if fits else None
    return None


def _row_day(reading: Reading, line: Line) -> PartialDate | None:
    """The day that opens a line and stands in a column of its own: "7/24   Pain 7/10.   SI tests 3 of 5".

    It holds for the indented lines that go on under it.
    """
    at = reading.line_index(line.start)
    for _ in range(_ROW_LINES):
        if not at or not line.text.startswith("    ") or _OPENING_DAY.match(line.text):
            break
        at -= 1
        line = reading.lines[at]
    m = _OPENING_DAY.match(line.text)
    if m is None:
        return None
    told = next(iter(reading.dates_in(line.start, line.start + m.end())), None)
    value = latest_day(reading, m["day"]) if told is None else told.value
    return value if value is not None and value.precision == "day" and value.first <= reading.note.date else None


def _own_nearby(reading: Reading, start: int) -> bool:
    """Whether the note says before that it tells the writer's own exam of the day."""
    return reading.patterns.regexes["exam_own"].search(reading.text, 0, start) is not None


def dates_exam(reading: Reading, date: DateMention, start: int, end: int) -> bool:
    """Whether a date is the date of an exam told in [start, end)."""
    if date.value.first > reading.note.date or date.form in ("today", "year", "ago", "weekday", "lastunit"):
        return False
    if date.value.precision == "year":
        return False
    regexes, text = reading.patterns.regexes, reading.text
    before = text[max(start, date.start - 45) : date.start]
    after = text[date.end : min(end, date.end + 40)]
    if regexes["exam_date_not"].search(before) or regexes["exam_date_not_after"].match(after):
        return False
    if regexes["exam_date_before"].search(before) or regexes["exam_date_after"].match(after):
        return True
    if _ON.search(text[start : date.start]):
        return True  # "On 1/15/2025 FABER and thigh thrust were positive"
    lead = _LEAD.sub("", text[start : date.start])
    opens = not lead.strip(" -*(#[") or text[start : date.start].rstrip().endswith((".", ";"))
    alone = opens and date.form in ("mdy", "ymd", "m/d", "md,y", "mony", "md")
    return alone and re.match(r"\s*[\])]?\s*[:,-]", after) is not None


def _heading_date(reading: Reading, start: int) -> DateMention | None:
    """The date in the headings above a position, up to the main one."""
    index = reading.section_index(start)
    for section in map(reading.sections.__getitem__, range(index, -1, -1)):
        note = reading.patterns.regexes["exam_heading_note"].match(reading.text, section.body, start)
        end = section.body if note is None else note.end()
        for date in reading.dates_in(section.start, end):
            if dates_exam(reading, date, section.start, end):
                return date
        # "MSK:" and "SIJ provocation:" stand under the heading of their exam
        if section.category in MAIN and (section.category != "exam" or _OWN_EXAM.search(section.title or "")):
            return None
    return None


def _headed(reading: Reading, start: int) -> PartialDate | None:
    """The day told at the head of the paragraph, or before its first label: "O: (c/f 3/4/25) ...", "EXAM 3/4/25".

    A heading that the sections do not know heads its paragraph all the same.
    """
    text, regexes = reading.text, reading.patterns.regexes
    low = max(text.rfind("\n\n", 0, start) + 1, start - _HEAD_REACH, 0)
    line = reading.line_index(low)
    found: PartialDate | None = None
    for n in range(line, reading.line_index(start) + 1):
        at = reading.lines[n]
        head = regexes["exam_dated_head"].match(text, at.start, at.end)
        if head is None:
            if regexes["exam_own"].search(text, max(low, at.start), min(at.end, start)):
                found = None  # "Exam today:"
            continue
        group = "day" if head["day"] else "day2"
        dates = reading.dates_in(*head.span(group))
        value = dates[0].value if dates else latest_day(reading, head[group])
        found = value if value is not None and value.first <= reading.note.date else found
    return found


def latest_day(reading: Reading, text: str) -> PartialDate | None:
    """A month and day alone ("3/14"): the latest such day on or before the note's."""
    m = re.fullmatch(r"\(?(\d{1,2})/(\d{1,2})\)?", text.strip())
    if m is None:
        return None
    for year in (reading.note.date.year, reading.note.date.year - 1):
        try:
            value = PartialDate.of(year, int(m[1]), int(m[2]))
        except ValueError:
            return None
        if value.first <= reading.note.date:
            return value
    return None


def first_visit(reading: Reading) -> PartialDate | None:
    """The day of a course's first exam ("SOC 05/06/2024"), where the note tells one such day."""
    told = {
        d.value
        for d in reading.dates
        if d.value.precision == "day"
        and d.value.first < reading.note.date
        and reading.patterns.regexes["exam_first_visit"].search(reading.text[max(0, d.start - 40) : d.start])
    }
    return told.pop() if len(told) == 1 else None
