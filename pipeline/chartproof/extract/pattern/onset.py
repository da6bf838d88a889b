"""How long it has hurt (pain_duration): every onset or length of time told, for the assembly to choose from.

``months`` is counted to the note's date; the hint ``onset`` is the day from which the assembly counts to the request.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from chartproof.extract.finding import Finding, finding
from chartproof.extract.pattern.where import of_another_part
from chartproof.extract.questions import with_answers
from chartproof.language.dates import DateMention
from chartproof.language.quantities import Duration, find_durations, may_tell_duration
from chartproof.language.reading import Reading, Sentence
from chartproof.model import PartialDate
from chartproof.model.dates import DAYS_PER_MONTH
from chartproof.model.facts import PainDuration
from chartproof.model.vocab import NoteType

_NOTHING_HERE = frozenset(
    "exam findings technique comparison medications allergies pmh psh social_history family_history ros vitals "
    "labs plan procedure preprocedure procedure_diagnosis consent instructions education policy goals "
    "home_program complications signature exam_title scores".split()
)
# The day that a season or a part of a year stands for, as (month, day).
_PARTS = {
    "early": (2, 15),
    "spring": (4, 15),
    "mid": (7, 1),
    "summer": (7, 15),
    "fall": (10, 15),
    "autumn": (10, 15),
    "late": (11, 1),
    "winter": (1, 15),
    "start": (1, 15),
    "beginning": (1, 15),
    "end": (12, 15),
}
_NOT_THIS = re.compile(
    r"\b(?:not|instead of|rather than|and not|say(?:s|ing)?|said|wr(?:ote|itten)|listed)\W{0,3}(?:in |on |as )?$", re.I
)
_EVER_AFTER = 160  # characters from a day to "ever since", at most
_TREATED = re.compile(
    r"\b(?:inject\w*|shot|block|mri|ct|x-?ray|therapy|pt|surgery|fusion|visit|seen|quit|"
    r"stopp?ed|started (?:on|taking)|smok\w*|drug|meloxicam|ibuprofen|gabapentin|relief|ablation|rfa|"
    r"refill\w*|prescri\w+|job|moved|married|retired)\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(r"\s*(?:-+>?|to|through|thru|until)\s*(?:the )?(?:present|now|current|date|today)\b", re.I)
_WORD = re.compile(r"[A-Za-z]+")
_BROKE = re.compile(r"\b(?:broke|broken|fractur\w+|lacerat\w+|concuss\w+|sprained)\b", re.I)
_MONTH_YEAR = re.compile(r"(?<![\d/.-])(?P<m>\d{1,2})/(?P<y>\d\d)(?![\d/%]|\.\d)")
_YEARS_BACK = 5  # years before the note in which the second number of "1/24" may be a year
_JUST_NOW = 45  # days before the note within which "3/24" is a day
_WHOLE_NOTE = 600  # characters; a shorter one (a message, an answer) may leave the place to the chart
# How much a telling weighs: a dated onset, an event from which it dates, a stated length, a bound or a year alone,
# an event that goes before a pain.
# An onset that puts another note right goes before all.
_CORRECTED, _DATED, _EVENT, _LENGTH, _VAGUE, _BEFORE = 5, 4, 3, 2, 1, 0


def extract(reading: Reading) -> list[Finding]:
    """The onsets and lengths of time that this note tells of the pain."""
    if reading.note.type is NoteType.LAB or _is_of_other_trouble(reading):
        return []
    out: list[Finding] = []
    for sentence in with_answers(reading):
        section = sentence.section
        start, end = sentence.start, sentence.end
        if not (
            reading.dates_in(start, end)
            or may_tell_duration(reading.text, start, end)
            or reading.patterns.regexes["onset_short"].search(reading.text, start, end)
            or _MONTH_YEAR.search(reading.text, start, end)
        ):
            continue
        if _is_of_others(reading, sentence) or of_another_part(reading, start, end):
            continue
        if section.category == "pmh":
            out += _problem(reading, sentence)
            continue
        if (
            section.category in _NOTHING_HERE
            or (section.category == "other" and section.parent in _NOTHING_HERE)
            or sentence.zone
        ):
            continue
        out += _onsets(reading, sentence)
        out += _lengths(reading, sentence)
        out += _shorthand(reading, sentence)
    return out


def _is_of_others(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence tells somebody else's pain, or how long a payer wants it to have lasted."""
    regexes, text = reading.patterns.regexes, reading.text
    if regexes["pain_anothers"].match(text, sentence.start, sentence.end):
        return True
    return bool(
        regexes["onset_required"].search(text, sentence.start, sentence.end)
        and not regexes["zone_of_patient"].search(text, sentence.start, sentence.end)
    )


def _problem(reading: Reading, sentence: Sentence) -> list[Finding]:
    """A problem list's own onset: "SI joint pain (onset 07/15/2023)"."""
    out = []
    for told in reading.dates_in(sentence.start, sentence.end):
        if told.value.first > reading.note.date or told.form == "today":
            continue
        m = reading.patterns.regexes["onset_of_problem"].search(reading.text[sentence.start : told.start])
        if m:
            day, is_exact = _day(reading, told)
            out.append(_finding(reading, day, _LENGTH if is_exact else _VAGUE, (sentence.start + m.start(), told.end)))
    return out


def _is_of_other_trouble(reading: Reading) -> bool:
    """A whole note that never speaks of the back or of what lies below it tells the length of another trouble."""
    return len(reading.text) > _WHOLE_NOTE and not reading.patterns.regexes["onset_region"].search(reading.text)


def _finding(reading: Reading, onset: date, weight: int, span: tuple[int, int]) -> Finding:
    months = max(0.0, round((reading.note.date - onset).days / DAYS_PER_MONTH, 1))
    if reading.note.type is NoteType.IMAGING:
        weight = _VAGUE  # an indication's account
    return finding(
        PainDuration(months=months, evidence=[reading.evidence(*span)]), reading.note, onset=onset, weight=weight
    )


def middle(value: PartialDate) -> date:
    """The middle of the time that a date may mean."""
    return value.first + (value.last - value.first) / 2


def _onsets(reading: Reading, sentence: Sentence) -> list[Finding]:
    """Dates from which the pain is told to last."""
    regexes, text = reading.patterns.regexes, reading.text
    out = []
    for told in [*reading.dates_in(sentence.start, sentence.end), *_months_of_years(reading, sentence)]:
        if told.value.first > reading.note.date or told.form == "today":
            continue
        before = text[sentence.start : told.start]
        span = (max(sentence.start, told.start - 80), told.end)
        question = regexes["onset_question"].search(before)
        cue = regexes["onset_cue"].search(before)
        if question or (cue and _is_of_pain(reading, sentence, before, cue.start(), told)):
            weight = _VAGUE if regexes["onset_growing"].search(before) else _DATED
            if weight == _DATED and regexes["onset_corrected"].search(text, sentence.start, sentence.end):
                weight = _VAGUE if _NOT_THIS.search(before) else _CORRECTED
        elif (
            _lasts_ever_after(reading, sentence, told)
            or _is_event(reading, sentence, told)
            or _follows_event(reading, sentence, told)
        ):
            weight = _EVENT
        elif _goes_before(reading, sentence, told):
            weight = _BEFORE
        else:
            continue
        numbers = _MONTH_YEAR.fullmatch(text, told.start, told.end) if told.form in ("m/d", "m/y") else None
        of_month = _month_of_year(reading, numbers) if numbers else None
        if of_month is not None:
            told, weight = replace(told, value=of_month), min(weight, _LENGTH)
        day, is_exact = _day(reading, told)
        if told.value.precision == "year":
            weight = min(weight, _LENGTH if is_exact else _VAGUE)
        out.append(_finding(reading, day, weight, _quote(reading, sentence, span)))
    return out


def _day(reading: Reading, told: DateMention) -> tuple[date, bool]:
    """The day to count from, and whether a season or a part of the year makes a bare year more exact."""
    if told.value.precision != "year":
        return middle(told.value), True
    words = reading.text[max(0, told.start - 14) : told.end].lower()
    for word, (month, day) in _PARTS.items():
        if re.search(rf"\b{word}\b", words):
            return date(told.value.year, month, day), True
    return middle(told.value), False


def _months_of_years(reading: Reading, sentence: Sentence) -> list[DateMention]:
    """The months told with two numbers as "began 9/24", which are no dates by how they are written alone."""
    text, out = reading.text, []
    before = reading.patterns.regexes["onset_month_year"]
    for m in _MONTH_YEAR.finditer(text, sentence.start, sentence.end):
        if not reading.dates_over(m.start(), m.end()) and before.search(
            text, max(sentence.start, m.start() - 40), m.start()
        ):
            value = _month_of_year(reading, m)
            if value is not None:
                out.append(DateMention(m.start(), m.end(), value, "m/y"))
    return out


def _month_of_year(reading: Reading, m: re.Match[str]) -> PartialDate | None:
    """The month that "onset 1/24" means: a pain that has lasted, told with two numbers, dates from a month of a year.

    None where the second number is no late year, or the day that it may mean lies shortly before the note.
    """
    now, month, year = reading.note.date, int(m["m"]), 2000 + int(m["y"])
    if not (now.year - _YEARS_BACK <= year < now.year and 1 <= month <= 12):
        return None
    day = int(m["y"])
    if day <= 28:
        told = date(now.year, month, day)
        told = told if told <= now else date(now.year - 1, month, day)
        if (now - told).days <= _JUST_NOW:
            return None
    return PartialDate.of(year, month)


def _quote(reading: Reading, sentence: Sentence, span: tuple[int, int]) -> tuple[int, int]:
    start = span[0]
    space = re.compile(r"[.;,]\s+|\s").search(reading.text, start, span[1]) if start > sentence.start else None
    return (space.end() if space else start, span[1])


def _is_of_pain(reading: Reading, sentence: Sentence, before: str, cue: int, told: DateMention) -> bool:
    """Whether an onset cue speaks of this pain."""
    regexes, text = reading.patterns.regexes, reading.text
    label = reading.patterns.regexes["onset_label"].match(before[cue:])
    clause = re.split(r"[;]|\.\s|\s{3,}|\sand\s(?=(?:he |she |did |was |has )|\w+ well)", before)[-1]
    told_of = _plain(reading, clause + text[told.end : min(sentence.end, told.end + 12)])
    if regexes["onset_over"].search(text, told.end, sentence.end):
        return False
    if regexes["onset_well_until"].search(before) and regexes["onset_noun"].search(
        text, told.end, min(len(text), told.end + 110)
    ):
        return not _TREATED.search(clause)
    if regexes["onset_since_surgery"].search(before):
        return True
    if regexes["onset_not"].search(told_of):
        return False
    if label:
        return True
    if sentence.section.category == "hpi" and regexes["onset_region"].search(before[:cue]):
        return True  # "R low back into R buttock since Feb 2024"
    return bool(
        regexes["onset_pain"].search(before[max(0, cue - 120) :])
        or regexes["onset_pain"].search(text, told.end, min(sentence.end, told.end + (110 if cue < 4 else 40)))
    )


def _plain(reading: Reading, text: str) -> str:
    """The words without a level ("below the fusion") and without the growing of a pain, which take nothing away."""
    regexes = reading.patterns.regexes
    return regexes["onset_growing"].sub(" ", regexes["onset_level"].sub(" ", text))


def _lasts_ever_after(reading: Reading, sentence: Sentence, told: DateMention) -> bool:
    """ "Heifer pinned him on the chute Nov of '22, never right since.": whatever happened then, it has hurt since."""
    regexes, text = reading.patterns.regexes, reading.text
    if told.value.precision == "year" and told.form != "ago":
        return False
    if reading.note.type in (NoteType.IMAGING, NoteType.PROCEDURE):
        return False
    high = min(len(text), told.end + _EVER_AFTER)
    blank = text.find("\n\n", told.end, high)
    high = blank if blank >= 0 else high
    since = regexes["onset_ever_after"].search(text, told.end, high)
    if since is None or reading.dates_in(told.end, since.start()):
        return False
    about = text[max(sentence.start, told.start - 90) : since.end()]
    clause = re.split(r"[;]|\.\s", text[sentence.start : told.start])[-1]
    if _TREATED.search(clause) or regexes["onset_other_site"].search(about):
        return False
    return bool(regexes["onset_noun"].search(about) or regexes["onset_region"].search(about))


def _follows_event(reading: Reading, sentence: Sentence, told: DateMention) -> bool:
    """ "SIJ pain s/p MVC 3/2024", "Nov 2024 new pain L buttock": the day of what began it, or on which it began."""
    if reading.note.type in (NoteType.IMAGING, NoteType.PROCEDURE):
        return False
    regexes, text = reading.patterns.regexes, reading.text
    behind = regexes["onset_new_pain"].match(text, told.end, sentence.end)
    if behind is not None and not regexes["onset_not"].search(behind[0]):
        return not regexes["onset_other_site"].search(behind[0])
    before = text[max(sentence.start, told.start - _EVER_AFTER) : told.start]
    about = regexes["onset_pain_after"].search(before)
    if about is None:
        about = regexes["onset_pain_after_day"].search(before)
        event = regexes["onset_event"].search(text, told.end, min(sentence.end, told.end + 25))
        if about is None or event is None:
            return _PRESENT.match(text, told.end) is not None and _is_beside_pain(reading, before)
    return not (
        _TREATED.search(about[0])
        or regexes["onset_not"].search(_plain(reading, about[0]))
        or regexes["onset_other_site"].search(about[0])
        or regexes["onset_over"].search(text, told.end, sentence.end)
    )


def _is_event(reading: Reading, sentence: Sentence, told: DateMention) -> bool:
    """Whether the date is that of a fall, an accident or a birth from which the pain dates."""
    regexes, text = reading.patterns.regexes, reading.text
    event = regexes["onset_event"].search(text, max(sentence.start, told.start - 90), min(sentence.end, told.end + 70))
    if event is None or reading.note.type in (NoteType.IMAGING, NoteType.PROCEDURE):
        return False
    if re.search(
        r"\b(?:inject\w*|mri|ct|x-?ray|therapy|surgery|fusion|visit|colles|wrist|ankle|childhood|years? ago)\b",
        text[max(sentence.start, told.start - 40) : told.start],
        re.I,
    ):
        return False
    end = min(len(text), max(event.end(), told.end) + 220)
    return bool(
        regexes["onset_after_event"].search(text[event.end() : end])
        and regexes["onset_noun"].search(text[event.start() : end])
    ) or bool(regexes["onset_day_of_injury"].search(text[sentence.start : told.start]))


def _goes_before(reading: Reading, sentence: Sentence, told: DateMention) -> bool:
    """Whether the date is that of a fall, an accident or a birth, and this pain is spoken of beside it or right after.

    "Delivered April 2024 ... left SI pain": the weakest of all tellings, for a chart that holds no other.
    """
    regexes, text = reading.patterns.regexes, reading.text
    if reading.note.type in (NoteType.IMAGING, NoteType.PROCEDURE) or told.value.precision == "year":
        return False
    start = max(sentence.start, told.start - 60)
    event = regexes["onset_event"].search(text, start, min(sentence.end, told.end + 50))
    end = min(len(text), max(sentence.end, told.end + 140))
    if event is None or not regexes["onset_noun"].search(text, start, end):
        return False
    return bool(
        regexes["onset_region"].search(text, start, end)
        and not _TREATED.search(text, start, sentence.end)
        and not regexes["onset_other_site"].search(text, start, sentence.end)
        and not _BROKE.search(text, start, sentence.end)
        and not regexes["onset_over"].search(text, told.end, end)
    )


def _is_beside_pain(reading: Reading, before: str) -> bool:
    """ "Pain left buttock, 9 mo", "pain left buttock (9 mo)": only places and marks part the pain from its length."""
    m = reading.patterns.regexes["duration_beside"].search(before)
    word = reading.patterns.regexes["duration_gap"]
    return m is not None and all(word.match(w) for w in _WORD.findall(m["gap"]))


def _joined(text: str, lengths: list[Duration]) -> list[Duration]:
    """ "One year and four months" is one length."""
    out: list[Duration] = []
    for length in lengths:
        before = out[-1] if out else None
        if (
            before is not None
            and (before.unit, length.unit) in (("year", "month"), ("month", "week"))
            and re.fullmatch(r"\s?(?:,|and|,? and|,?)\s?", text[before.end : length.start])
        ):
            out[-1] = replace(before, end=length.end, low=before.low + length.low, high=before.high + length.high)
            continue
        out.append(length)
    return out


def _shorthand(reading: Reading, sentence: Sentence) -> list[Finding]:
    """ "L SIJ pain x 14m", "the last year and a half she has had pain": lengths without a number or a whole unit."""
    regexes, text = reading.patterns.regexes, reading.text
    out = []
    for m in regexes["onset_short"].finditer(text, sentence.start, sentence.end):
        clause = text[max(sentence.start, m.start() - 40) : m.end()]
        told = m["n"] or m["n2"] or m["n3"]
        months = float(told) if told else 12 * float(m["years"] or m["years2"])
        if not regexes["onset_not"].search(clause) and months >= 1:
            onset = reading.note.date - timedelta(days=months * DAYS_PER_MONTH)
            out.append(_finding(reading, onset, _LENGTH, m.span()))
    for m in regexes["onset_last_year"].finditer(text, sentence.start, sentence.end):
        after = text[m.end() : min(sentence.end, m.end() + 90)]
        before = text[max(sentence.start, m.start() - 110) : m.start()]
        told = regexes["duration_behind"].match(after) or regexes["duration_before"].search(before)
        if told and not regexes["onset_not"].search(_plain(reading, before[-60:] + after[:40])):
            onset = reading.note.date - timedelta(days=(18 if m["half"] else 12) * DAYS_PER_MONTH)
            out.append(_finding(reading, onset, _VAGUE, m.span()))
    return out


def _lengths(reading: Reading, sentence: Sentence) -> list[Finding]:
    """Lengths of time that the pain is told to have lasted."""
    regexes, text = reading.patterns.regexes, reading.text
    out = []
    for length in _joined(text, list(find_durations(text, sentence.start, sentence.end))):
        if length.unit in ("minute", "hour", "day", "night") or length.low < 14:
            continue
        before = text[max(sentence.start, length.start - 110) : length.start]
        after = text[length.end : min(sentence.end, length.end + 90)]
        behind = regexes["duration_behind"].match(after)
        if behind and re.match(r"\s?(?:ago|back|prior|earlier)", behind[0], re.I):
            if not re.search(
                r"\b(?:began|started|onset|came on|injur\w+|fell|developed|since)\b[^;]{0,50}$", before, re.I
            ) or regexes["onset_not"].search(before[-60:]):
                continue
            if re.search(r"\b(?:fell|injur\w+)\b[^;]{0,50}$", before, re.I) and not regexes["onset_noun"].search(
                text, sentence.start, min(len(text), sentence.end + 220)
            ):
                continue  # "she fell a couple of months ago", with no word of pain
        elif (
            not behind
            and not regexes["duration_before"].search(before)
            and not _is_beside_pain(reading, before)
            and not regexes["onset_question"].search(before)
        ):
            continue
        of = re.match(r"\s(?:of|conservative|non-?op\w*|physical|pt\b)[^,;.]{0,24}", after, re.I)
        near = (
            re.split(r"[;]|\.\s|,\s", before)[-1][-60:]
            + text[length.start : length.end]
            + (behind[0] if behind else of[0] if of else "")
        )
        if regexes["onset_not"].search(_plain(reading, near)) or regexes["onset_over"].search(after):
            continue
        growing = regexes["onset_growing"].search(near)
        weight = _VAGUE if length.bound or length.high != length.low or growing else _LENGTH
        onset = reading.note.date - timedelta(days=(length.low + length.high) / 2)
        end = length.end + (behind.end() if behind else 0)
        start = max(sentence.start, length.start - 60)
        out.append(_finding(reading, onset, weight, _quote(reading, sentence, (start, end))))
    return out
