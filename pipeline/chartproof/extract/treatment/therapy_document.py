"""Extracts the course of physical therapy from the clinic's own document: evaluation, visit note, discharge summary."""

from __future__ import annotations

import re
from itertools import pairwise

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.treatment.course import latest_day, visits_in
from chartproof.extract.treatment.mentions import Span
from chartproof.extract.treatment.practitioner_document import practitioner
from chartproof.extract.treatment.responses import RANKED, Response, find_responses
from chartproof.language.dates import DateMention, DateRange
from chartproof.language.quantities import find_durations
from chartproof.language.reading import Line, Reading, Sentence
from chartproof.model import PartialDate
from chartproof.model.dates import weeks_between
from chartproof.model.facts import Therapy
from chartproof.model.vocab import NoteType, TherapyResponse, TherapyStatus, TherapyType

_TITLE = 200  # characters in which its title stands
_OWN_TITLE = re.compile(
    r"\W*(?:outpatient |pelvic |aquatic )*(?:physical therapy|physiotherapy|PT|therapy|rehab\w*)\b", re.I
)
_IS_LAST = re.compile(r"\b(?:last|final)\b", re.IGNORECASE)
_HEAD = 600  # characters in which a document says what it is
# what becomes of the patient, no word on what came of the exercises
_SENT_HOME = re.compile(
    r"\b(?:discharg\w+|d/?c'?d?|transition\w*|released|independent|compliant) (?:to|with|in|home with) "
    r"(?:an? |her |his |the )?(?:independent |ongoing |full )?(?:home \w+(?: program)?|HEP)",
    re.IGNORECASE,
)
_MISSED = re.compile(
    r"no-?shows?|cancel|(?:did not|didn't|failed to) (?:show|come|attend)|missed|absent|called off|\bDNA\b|\bCX\b", re.I
)
_OTHERS_CARE = frozenset({"chiropractic", "acupuncture", "osteopathic_manipulation", "massage"})
_SLASHED = re.compile(
    r"\W*(?P<labels>[^\n\d:]{0,40}\b(?:visits?|sessions?|appointments?|appts)\b[^\n\d:]{3,60}?)[ .:=]+"
    r"(?P<numbers>\d{1,3}(?: ?/ ?\d{1,3}){1,3})\W*$",
    re.IGNORECASE,
)
_KEPT = re.compile(r"\b(?:kept|attended|completed|seen|made|used|came|actual)\b", re.IGNORECASE)
# "Attended: 2 (07/10/2023, 07/14/2023)"
_KEPT_DATES = re.compile(
    r"\b(?:attended|visits|sessions|seen|kept)[: ]{1,3}(?P<n>\d{1,2}) ?\((?P<dates>[^()\n]{8,160})\)", re.IGNORECASE
)
_AQUATIC = re.compile(r"\baqua(?:tic)? (?:PT|physical therapy|therapy)\b", re.IGNORECASE)
# "a belt was worn for 10 weeks; it gave ease"
_GOES_ON_ABOUT_IT = re.compile(r"\s*(?:it|they|this|that|these|which)\b", re.IGNORECASE)
_MEASURES = re.compile(
    r"(?:\W*|[A-Z][.)] ?)(?:obj(?:ective)?|measures?|tests?|outcomes?|scores?|items?|findings|data|scales?)\b", re.I
)
_MONTH_DAY = re.compile(r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\d/])")


def is_therapy_document(reading: Reading) -> bool:
    """Whether a physical therapist wrote this note."""
    if practitioner(reading):
        return False
    if reading.note.type is NoteType.PT:
        return True
    if reading.note.type is NoteType.LETTER:
        # a letter of the clinic about the course, signed by the therapist
        regexes, text = reading.patterns.regexes, reading.text
        signed = regexes["pt_signed"].search(text, max(0, len(text) - 160))
        return bool(signed and regexes["pt_letter"].search(text, 0, min(_HEAD, len(text))))
    regexes, head = reading.patterns.regexes, min(_HEAD, len(reading.text))
    if reading.note.type is not NoteType.OTHER or regexes["pt_retold"].search(reading.text, 0, min(200, head)):
        return False
    return bool(regexes["pt_document"].search(reading.text, 0, head))


def extract(reading: Reading) -> list[Finding]:
    """The course that this document is of, at most one finding."""
    if not is_therapy_document(reading) or not reading.sentences:
        return []
    regexes, text = reading.patterns.regexes, reading.text
    if regexes["pt_elsewhere"].search(text, 0, min(_HEAD, len(text))):
        return []
    spans: list[Span] = []
    discharge = bool(regexes["pt_discharge"].search(text, 0, min(_HEAD, len(text)))) or bool(
        regexes["pt_discharged_now"].search(text)
    )
    discharge = discharge or _last_is_today(reading)
    initial = bool(regexes["pt_initial"].search(text)) and not discharge
    start = _start(reading, initial, spans)
    end = _end(reading, spans) if discharge else None
    sessions = _sessions(reading, start, spans)
    start, end = _listed_attendance(reading, start, end, discharge, spans)
    weeks = None
    if start and end and start.precision == end.precision == "day" and start <= end:
        weeks = weeks_between(start.first, end.first)
    elif discharge:
        weeks = _stated_length(reading, spans)
    response = None if initial else _response(reading)
    if response:
        spans.append(response[1])
    if not spans:
        first = reading.sentences[0]
        spans.append((first.start, first.end))
    parts = _episodes(reading)
    if parts:
        return parts
    fact = Therapy(
        type=TherapyType.PHYSICAL_THERAPY,
        duration_weeks=weeks,
        sessions=sessions,
        start=start,
        end=end,
        supervised=_supervised(reading),
        response=TherapyResponse(response[0]) if response else None,
        status=TherapyStatus.COMPLETED if discharge else TherapyStatus.ONGOING,
        evidence=[reading.evidence(*span) for span in sorted(set(spans))],
    )
    return [finding(fact, reading.note, Strength.PRIMARY, document=True, initial=initial)]


def _last_is_today(reading: Reading) -> bool:
    """Whether the last visit that the document dates is that of its own day: "First visit 21 Aug, last visit 4 Dec"."""
    told = _labelled(reading, "pt_end", last=True)
    first = _labelled(reading, "pt_start")
    if told is None or first is None or first[0] == told[0] or not _IS_LAST.search(reading.text, *told[1]):
        return False
    return told[0].precision == "day" and told[0].first == reading.note.date


def _supervised(reading: Reading) -> bool | None:
    """Whether the visits were to a clinic; None for visits to the patient's home, which are to none."""
    regexes, text, head = reading.patterns.regexes, reading.text, min(_HEAD, len(reading.text))
    if regexes["tx_tele"].search(text, 0, head):
        return bool(regexes["pt_also_in_clinic"].search(text, 0, head))
    return None if regexes["pt_home_visits"].search(text, 0, head) else True


def _episodes(reading: Reading) -> list[Finding]:
    """One finding for each episode where lines of the document tell the visits and dates of two or more."""
    regexes, text = reading.patterns.regexes, reading.text
    told: list[tuple[Line, int, DateRange, bool]] = []
    elsewhere = False
    for line in reading.lines:
        sentence = reading.sentence_at(line.start)
        ranges = [r for r in reading.ranges if line.start <= r.start < line.end]
        count = visits_in(reading, line.start, line.end)
        if len(ranges) != 1 or count is None or sentence.section.category in ("goals", "treatment_history"):
            continue
        if regexes["tx_other_course"].search(line.text) or ranges[0].last.first > reading.note.date:
            continue
        above = reading.lines[max(0, reading.line_index(line.start) - 1)].start
        if regexes["pt_episode_elsewhere"].search(text, above, line.end):
            elsewhere = True  # an episode of care for something else
            continue
        if {t for t, _ in reading.patterns.find("therapy_type", text, line.start, line.end)} - {"physical_therapy"}:
            continue
        told.append((line, count[0], ranges[0], bool(regexes["tx_tele"].search(line.text))))
    apart = all(a[2].last.last < b[2].first.first or b[2].last.last < a[2].first.first for a, b in pairwise(told))
    if not told or (len(told) < 2 and not elsewhere) or not apart:
        return []
    out = []
    for line, visits, period, tele in told:
        first, last = period.first, period.last
        exact = first.precision == last.precision == "day"
        response = _response_by_way(reading, tele) if len({t[3] for t in told}) == len(told) else None
        if response is None and period is told[-1][2]:
            response = _response(reading)
        fact = Therapy(
            type=TherapyType.PHYSICAL_THERAPY,
            duration_weeks=weeks_between(first.first, last.first) if exact else None,
            sessions=visits,
            start=first,
            end=last,
            supervised=not tele,
            response=TherapyResponse(response[0]) if response else None,
            status=TherapyStatus.COMPLETED,
            evidence=[reading.evidence(line.start, line.end), *([reading.evidence(*response[1])] if response else [])],
        )
        out.append(finding(fact, reading.note, Strength.PRIMARY, document=True, initial=False))
    return out


def _response_by_way(reading: Reading, tele: bool) -> Response | None:
    """The result told of the visits by video, or of those in the clinic."""
    text, regexes = reading.text, reading.patterns.regexes
    hits = []
    for m in regexes["pt_way"].finditer(text):
        if bool(m["tele"]) == tele:
            following = regexes["pt_way"].search(text, m.end())
            end = min(len(text), m.end() + 120, following.start() if following else len(text))
            hits += find_responses(reading, m.end(), end)
    hits = [h for h in hits if not regexes["pt_strength_only"].search(text[max(0, h[1][0] - 30) : h[1][1]])]
    for value in RANKED:
        for hit in hits:
            if hit[0] == value:
                return hit
    return None


def _start(reading: Reading, initial: bool, spans: list[Span]) -> PartialDate | None:
    told = _labelled(reading, "pt_start")
    if told is None and (headed := _head_range(reading)):
        spans.append((headed.start, headed.end))
        return headed.first
    ranges = [
        r
        for r in _own_ranges(reading)
        if reading.patterns.regexes["pt_episode"].search(reading.text[max(0, r.start - 45) : r.start])
    ]
    if told is None and ranges:
        spans.append((ranges[0].start, ranges[0].end))
        return ranges[0].first
    told = told or (None if initial else _labelled(reading, "pt_start_bare"))
    if told:
        spans.append(told[1])
        return told[0]
    if initial:
        return PartialDate(reading.note.date)
    return None


def _head_range(reading: Reading) -> DateRange | None:
    """The period in the first lines of the document, where nothing says that it is of something else."""
    for r in _own_ranges(reading):
        if r.start > 300:
            break
        days = (r.last.last - r.first.first).days
        exact = r.first.precision == r.last.precision == "day" and r.last.first <= reading.note.date
        before = reading.text[max(0, r.start - 30) : r.start]
        if exact and 7 <= days <= 400 and not reading.patterns.regexes["pt_not_period"].search(before):
            return r
    return None


def _own_ranges(reading: Reading) -> list[DateRange]:
    """The periods that are not those of a belt, of exercises at home or of other care."""
    other = reading.patterns.regexes["pt_line_of_other"]
    return [r for r in reading.ranges if not other.match(reading.text, reading.line_at(r.start).start)]


def start_of_care(reading: Reading) -> PartialDate | None:
    """The first day of the course that a therapist's document is of, where it says so."""
    return _start(reading, bool(reading.patterns.regexes["pt_initial"].search(reading.text)), [])


def _end(reading: Reading, spans: list[Span]) -> PartialDate | None:
    told = _labelled(reading, "pt_end", last=True)
    if told is None and (headed := _head_range(reading)):
        spans.append((headed.start, headed.end))
        return headed.last
    ranges = [
        r
        for r in _own_ranges(reading)
        if reading.patterns.regexes["pt_episode_exact"].search(reading.text[max(0, r.start - 45) : r.start])
    ]
    if ranges and not (told and _IS_LAST.search(reading.text, *told[1])):
        spans.append((ranges[0].start, ranges[0].end))
        return ranges[0].last
    told = told or _labelled(reading, "pt_end_bare", last=True)
    if told:
        spans.append(told[1])
        return told[0]
    return PartialDate(reading.note.date)


def _labelled(reading: Reading, name: str, last: bool = False) -> tuple[PartialDate, Span] | None:
    """The date behind a label such as "Start of care"; for the end "last visit" goes before "discharge date"."""
    text, regex = reading.text, reading.patterns.regexes[name]
    bare, not_of_care = name.endswith("_bare"), reading.patterns.regexes["pt_bare_not"]
    hits: list[tuple[bool, PartialDate, Span]] = []
    for d in reading.dates:
        if d.value.first > reading.note.date or d.value.precision == "year":
            continue
        if d.form == "today" and not last:
            continue  # "first visit    today": the heads of two columns
        low = reading.line_at(d.start).start
        if not text[low : d.start].strip() and low:
            low = reading.line_at(low - 1).start  # a label may stand on the line above
        m = regex.search(text, max(low, d.start - 60), d.start)
        if m and bare and not_of_care.search(text, max(low, m.start() - 40), m.start()):
            continue  # "symptoms began 1/4/2024"
        if m and m.end() == d.start:
            hits.append(("last" in m[0].lower() and "discharge" not in m[0].lower(), d.value, (m.start(), d.end)))
    if not hits:
        return None
    if last:
        hits.sort(key=lambda h: not h[0])
    return hits[0][1], hits[0][2]


def _sessions(reading: Reading, start: PartialDate | None, spans: list[Span]) -> int | None:
    """Visits attended: the largest count told, the document being of all of them."""
    best: tuple[int, Span] | None = None
    at, text = 0, reading.text
    aquatic = bool(_AQUATIC.search(text, 0, min(200, len(text))))  # the document's own visits are in the pool
    sections = {s.index for s in reading.sentences if _category(s) in ("goals", "treatment_history")}
    while at < len(text):
        told = visits_in(reading, at, len(text))
        if told is None:
            break
        at = told[1][1]
        sentence = reading.sentence_at(told[1][0])
        if sentence.index in sections or sentence.section.parent == "plan":
            continue
        high = min(told[1][1] + 25, max(sentence.end, told[1][1]))
        while high < len(text) and text[high].isalnum():
            high += 1  # a word is not cut in two: "of them" is not "of the"
        others = reading.patterns.regexes["pt_visits_of_others"].search(
            text, max(sentence.start, told[1][0] - 45), high
        )
        if others and not (aquatic and others[0].lower().startswith("aqua")):
            continue
        if told[0] <= 150 and (best is None or told[0] > best[0]):
            best = told
    row = _visit_row(reading)
    if row and (best is None or row[0] > best[0]):
        best = row
    if best is None:
        return None
    spans.append(best[1])
    return best[0]


def _visit_row(reading: Reading) -> tuple[int, Span] | None:
    """The last number of a table's row of visit numbers ("Visit #   1   3   5   8   10"), or the one that its label
    calls kept ("Visits approved / kept / missed .... 16 / 9 / 2")."""
    for line in reading.lines:
        if row := _SLASHED.match(line.text):
            labels, figures = row["labels"].split("/"), row["numbers"].split("/")
            kept = [n for label, n in zip(labels, figures, strict=False) if _KEPT.search(label)]
            if len(labels) == len(figures) and len(kept) == 1:
                return int(kept[0]), (line.start, line.end)
        numbers = [c for c in line.cells[1:] if re.fullmatch(r"#?\d{1,2}", c.text)]
        if len(numbers) < 2 or len(numbers) < len(line.cells) - 1:
            continue
        if re.fullmatch(r"(?:visit|session|treatment|tx|appt)s? ?(?:#|no\.?|number)?", line.cells[0].text, re.I):
            return int(numbers[-1].text.lstrip("#")), (line.start, line.end)
    return None


def _listed_attendance(
    reading: Reading, start: PartialDate | None, end: PartialDate | None, discharge: bool, spans: list[Span]
) -> tuple[PartialDate | None, PartialDate | None]:
    """Start and end of a list of visits ("Attendance: 7/24 (eval), 7/27, 8/14"), or of the columns of a table."""
    regex = reading.patterns.regexes["pt_attendance"]
    for line in reading.lines:
        if (kept := _KEPT_DATES.search(line.text)) and not _MISSED.search(kept["dates"]):
            seen = [d.value for d in reading.dates_in(line.start + kept.start("dates"), line.start + kept.end("dates"))]
            if len(seen) == int(kept["n"]) >= 2 and all(d.precision == "day" for d in seen):
                spans.append((line.start + kept.start(), line.start + kept.end()))
                return min(seen), max(seen) if discharge else end
        if told := regex.search(line.text):
            # "Attended 5 (5/8 to 5/26). Glutes 4/5": what follows the sentence is no visit
            last = reading.sentence_at(line.start + told.start()).end - line.start
            days = [
                d
                for m in _MONTH_DAY.finditer(line.text, 0, max(last, 0))
                if (d := latest_day(int(m["month"]), int(m["day"]), reading.note.date))
            ]
            missed = _MISSED.search(line.text)
            if missed:
                days = [
                    d
                    for m in _MONTH_DAY.finditer(line.text, 0, missed.start())
                    if (d := latest_day(int(m["month"]), int(m["day"]), reading.note.date))
                ]
            if len(days) >= 3:
                spans.append((line.start, line.start + (missed.start() if missed else len(line.text))))
                return PartialDate(min(days)), PartialDate(max(days)) if discharge else end
        dates = [d for d in reading.dates_in(line.start, line.end) if d.value.precision == "day"]
        if start is None and len(dates) >= 2 and line.cells and _heads_measures(reading, line, dates):
            spans.append((dates[0].start, dates[0].end))
            start = dates[0].value
    return start, end


def _heads_measures(reading: Reading, line: Line, dates: list[DateMention]) -> bool:
    """Whether dates head the columns of a table of what was measured from the first visit to the last."""
    if re.match(r"date\b", line.cells[0].text, re.I):
        return True
    days = [d.value.first for d in dates]
    own = line.cells[0].start >= dates[0].start or bool(_MEASURES.match(line.cells[0].text))
    return own and days == sorted(days) and 0 <= (reading.note.date - days[-1]).days <= 14 and len(line.cells) >= 2


def _stated_length(reading: Reading, spans: list[Span]) -> float | None:
    """ "10 weeks, BIW", "3 weeks of skilled care": a length told as that of the course."""
    regex = reading.patterns.regexes["pt_length_after"]
    for duration in find_durations(reading.text):
        if duration.unit in ("week", "month") and regex.match(reading.text[duration.end : duration.end + 60]):
            sentence = reading.sentence_at(duration.start)
            if sentence.section.category in ("plan", "goals") or sentence.section.parent == "plan":
                continue
            spans.append((duration.start, duration.end))
            return duration.weeks
    return None


def _response(reading: Reading) -> Response | None:
    """What came of the course: the strongest of what the document says of pain and function, if it judges at all."""
    regexes, text = reading.patterns.regexes, reading.text
    if regexes["pt_not_judged"].search(text):
        return None
    hits: list[Response] = []
    verdicts: list[Response] = []
    for sentence in reading.sentences:
        if not _speaks_of_course(reading, sentence) or _is_of_other(reading, sentence):
            continue
        for value, span in find_responses(reading, sentence.start, sentence.end):
            low, high = max(sentence.start, span[0] - 60), min(sentence.end, span[1] + 40)
            cut_at = text.rfind(";", low, span[0]) + 1
            if cut_at and not _GOES_ON_ABOUT_IT.match(text, cut_at):
                low = max(low, cut_at)
            cut = text.find(";", span[1], high)
            near = _SENT_HOME.sub("", text[low : cut if cut >= 0 else high])
            clause = text[max(low, text.rfind(",", low, span[0]) + 1) : span[1]]
            clause += text[span[1] : high].split(",")[0].split(";")[0]
            of_pain = re.search(r"\b(?:pain|symptoms?)\b", clause, re.I)
            if regexes["pt_no_response_here"].search(near) or _is_of_other_care(reading, sentence.start, span[0]):
                continue
            if regexes["pt_strength_only"].search(clause if of_pain else near):
                continue
            hits.append((value, span))
            if _is_verdict(reading, sentence):
                verdicts.append((value, span))
    for told in (verdicts, hits):
        for value in RANKED:
            own = [h for h in told if h[0] == value]
            if own:
                return own[0]
    m = regexes["pt_failed"].search(text)
    if m and not regexes["pt_no_response_here"].search(text[max(0, m.start() - 25) : m.end()].replace("oal", "")):
        return "failed", m.span()
    return None


def _is_of_other(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence tells of the belt, the exercises at home or the like, and not of the visits."""
    regexes, text = reading.patterns.regexes, reading.text
    line = reading.line_at(sentence.start)
    if regexes["pt_line_of_other"].match(text, line.start, line.end):
        return True
    if not sentence.index or not regexes["pt_of_other"].match(text, sentence.start, sentence.end):
        return False
    before = reading.sentences[sentence.index - 1]
    return before.start >= line.start and bool(regexes["pt_of_other_before"].search(text, before.start, before.end))


def _is_of_other_care(reading: Reading, low: int, high: int) -> bool:
    """Whether the words there name other care and not the visits: "Chiropractic (Dr. Roe), 6 visits, gives a day"."""
    kinds = {kind for kind, _ in reading.patterns.find("therapy_type", reading.text, low, high)}
    return bool(kinds & _OTHERS_CARE) and "physical_therapy" not in kinds


def _is_verdict(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence stands in the therapist's own judgement: "OPINION: symptoms are where they were"."""
    regexes, text = reading.patterns.regexes, reading.text
    line = reading.line_at(sentence.start)
    title = f"{sentence.section.title or ''}:"
    return bool(regexes["pt_verdict"].match(text, line.start, line.end) or regexes["pt_verdict"].fullmatch(title))


def _category(sentence: Sentence) -> str:
    """The category of a sentence's section; the title of the document heads no history of treatment."""
    section = sentence.section
    if section.category == "treatment_history" and section.start < _TITLE and _OWN_TITLE.match(section.title or ""):
        return "other"
    return section.category


def _speaks_of_course(reading: Reading, sentence: Sentence) -> bool:
    category = _category(sentence)
    words = reading.text[sentence.start : sentence.end]
    if category == "scores" and len(words) > 40 and words.endswith(".") and "   " not in words:
        category = "other"  # prose after a table of scores
    if reading.patterns.regexes["tx_other_course"].search(reading.text, sentence.start, sentence.end):
        return False
    if reading.patterns.regexes["pt_course_verdict"].search(reading.text, sentence.start, sentence.end):
        return sentence.zone is None and sentence.section.category != "goals"
    if category in (
        "goals",
        "exam",
        "scores",
        "home_program",
        "treatment_history",
        "pmh",
        "medications",
        "education",
        "vitals",
    ):
        return False
    return sentence.section.parent not in ("plan", "medications", "pmh", "exam", "goals") and sentence.zone is None
