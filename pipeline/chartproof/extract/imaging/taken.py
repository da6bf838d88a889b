"""When a study told in a note was taken, where its date does not stand beside it."""

from __future__ import annotations

import re
from dataclasses import replace

from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading
from chartproof.model import PartialDate

_REACH = 1500  # characters below its heading that a date goes for
# "XR L-spine in office", "a film of the pelvis which we took today"
_HERE = re.compile(
    r"[\s,(]*(?:(?:which|that|AP|PA|lateral|views?|\d) ){0,3}"
    r"(?:(?:taken|obtained|done|performed|shot) )?(?:(?:we|I) (?:took|obtained|got) )?"
    r"(?:in (?:the |our |my )?(?:office|clinic)\b(?! (?:on|in|last|from) )|today\b|here today\b)",
    re.I,
)
_HERE_BEFORE = re.compile(r"\b(?:in[- ]office|in[- ]clinic|today's)\s(?:[A-Za-z]{2,10}\s){0,2}$", re.I)
_ALL_OBTAINED = re.compile(
    r"(?:^|(?<=\n))\W{0,4}(?:imaging|films|studies|radiology)(?: studies)?"
    r" (?:obtained|performed|done|dated|taken|completed)(?: on)?\s{0,3}:?\s{0,3}",
    re.I,
)

_DATE_GAP = re.compile(
    r"[\s,:|()\[\]/-]*(?:(?:from|for|on|of|dated|done|performed|undertaken|carried out|conducted|made|obtained"
    r"|taken|acquired|x|in|was|were|completed|date|dos|at|the|end|w/?o?|without|with|contrast|and|IV|gad\w*"
    r"|report|scan|arthrogram|views?|AP|lateral|\d|outside|by|films?|study|here|our|my|this|office|clinic"
    r"|\d\s?v(?:iews?|ws?)?|two|three|that|which|we|I|she|he|did|had|got|done|flamingo|stress|single-leg|stance"
    r"|inlet|outlet|obliques?|Ferguson|Judet|flexion|extension|flex|ext|standing|weight-bearing|PA|lat"
    r"|frog(?:-?leg)?|bilaterally|both|hips?|back|again|L|R|left|right|bilateral|bilat)\b[\s,:()|\[\]/-]*)*",
    re.I,
)
# "in the ED", "at St. Anne Imaging"
_PLACE = re.compile(
    r"\b(?i:at|in|by|from) (?i:the |an? |our |her |his )?(?:ED|ER|UC|VA|(?i:urgent care|emergency (?:department|room)"
    r"|hospital|outside (?:facility|hospital)|imaging center|walk-?in)|[A-Z][a-z][\w.&']*(?: [A-Z][\w.&']*){0,3})"
    r"(?=[\s,(])"
)
_BEFORE_DATE_GAP = re.compile(
    r"(?:'s\b)?[\s,:()\[\]-]*(?:(?:an?|the|my|read|his|her|had|have|and|outside|plain|AP|w/?o?|she|he|patient"
    r"|pt|underwent|obtained|for|of|recent|he|lateral|standing|there|was|with|our|my|office|in"
    r"|clinic)\b[\s,:()\[\]-]*)*",
    re.I,
)
_THAT_DAY = re.compile(
    r"\b(?:that (?:same )?(?:very )?|the (?:very )?same )(?:day|evening|night|afternoon|morning|week)\b", re.I
)
_INJURED = re.compile(
    r"\b(?:injur(?:y|ed)|fell|fall|accident|crash|collision|MVC|MVA|DOI|slipped)\b[^.;\n]{0,25}$", re.I
)
# "MRI shows a grade 1 slip, dated 1/15/25"
_DATED_LAST = re.compile(r"[,(;]\s?(?:dated|done|performed|obtained|taken|study (?:date|of))(?: on)?:?\s$", re.I)
_MADE = re.compile(
    r"\b(?:done|performed|completed|obtained|taken|acquired|imaged|scanned|(?:study|exam|scan|service)(?: date)?"
    r"|date of (?:the )?(?:study|exam|scan|service)|dos)(?: on|:)?\s{0,2}$",
    re.I,
)
_PAPER = re.compile(
    r"\b(?:ordered|requested|dictated|transcribed|read|interpreted|signed|finali[sz]ed|reported"
    r"|report(?: (?:dated|of|from))?|reviewed|received|faxed|printed|dated)\b[^.;]{0,20}$",
    re.I,
)
# "(Outside Facility, 02/12/2025"; "01/15/2025 - Regional Imaging - MRI"
_IN_BRACKETS = re.compile(r"[^().;:]{0,40}\((?:[A-Za-z][\w.&' -]{0,50}[,;:-]? ?(?:on |dated )?)?")
_LISTED = re.compile(r"\s*[-:|,]?\s*(?:[A-Z][\w.&']*\s+(?:of\s+|and\s+)?){0,6}[-:|,]\s*")
_MONTH_TO = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s?(?:-|/|&|and|or)\s?$", re.I)
_OR_MONTH = r"\s*(?:-|and|or|&|/)\s*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"


def date_told(reading: Reading, start: int, end: int, low: int, high: int) -> DateMention | None:
    """The date told with the study at [start, end): right after it, or right before it.

    Args:
        low, high: the span of the words that belong to the study.
    """
    text = reading.text
    made = _made_on(reading, end, high)
    if made is not None:
        return made
    for d in reading.dates_in(start, high):
        gap = text[end : d.start]
        if d.start >= end and not (_DATE_GAP.fullmatch(_PLACE.sub(" ", gap)) or _IN_BRACKETS.fullmatch(gap)):
            break
        if d.value.first <= reading.note.date and not _is_one_of_two(reading, d):
            return _to_the_month(reading, _more_exact(reading, d, high))
        break
    before = reading.dates_in(low, start)
    if not before and low == reading.sentence_at(start).start:
        before = reading.dates_in(reading.line_at(start).start, start)
    if (
        before
        and (
            _BEFORE_DATE_GAP.fullmatch(text[before[-1].end : start])
            or (_LISTED.fullmatch(text[before[-1].end : start]) and _opens_sentence(reading, before[-1]))
        )
        and before[-1].value.first <= reading.note.date
    ):
        return None if _is_one_of_two(reading, before[-1]) else _to_the_month(reading, before[-1])
    own = [d for d in reading.dates_in(end, high) if d.value.precision == "day"]
    if not own and _THAT_DAY.search(text, max(0, low - 60), high):
        of_injury = [d for d in reading.dates if _INJURED.search(text, max(0, d.start - 40), d.start)]
        earlier = [d for d in reading.dates if d.end <= low and low - d.end < 200]
        if of_injury or earlier:
            return of_injury[0] if of_injury else earlier[-1]
    # "was taken at the urgent care on 2/3": the only date of a stretch that tells of taking pictures
    stretch = reading.dates_in(end, high)
    if (
        len(stretch) == 1
        and not _is_one_of_two(reading, stretch[0])
        and re.search(
            r"\b(?:obtained|taken|performed|done|completed|from|dated|reviewed|undertaken|carried out|made"
            r"|acquired|arranged|underwent|undergone"
            r"|had|which she had|which he had|imaged|scanned|conducted)\b[^.;]{0,40}$",
            text[end : stretch[0].start],
            re.I,
        )
    ):
        gap = text[end : stretch[0].start]
        ends = _DATED_LAST.search(gap)
        if ends or not re.search(
            r"\b(?:after|since|following|injur\w+|fall|accident|surgery|show\w*|order\w*)\b", gap, re.I
        ):
            return stretch[0] if stretch[0].value.first <= reading.note.date else None
    if _taken_here(text, end, high) or _told_as_taken_here(text, low, start):
        return DateMention(start, end, PartialDate(reading.note.date), "today", True)
    return _date_of_the_list(reading, start)


def _made_on(reading: Reading, start: int, end: int) -> DateMention | None:
    """Of several dates, one that is told as that of the pictures: "ordered 4/2/25, done 4/10/25"."""
    dates = reading.dates_in(start, end)
    if len(dates) < 2:
        return None
    for date in dates:
        told = _MADE.search(reading.text, max(start, date.start - 30), date.start)
        if told and date.value.first <= reading.note.date:
            others = [d for d in dates if d.start < date.start]
            of_paper = [d for d in others if _PAPER.search(reading.text, max(start - 25, d.start - 30), d.start)]
            return date if others and len(of_paper) == len(others) else None
    return None


def _more_exact(reading: Reading, date: DateMention, high: int) -> DateMention:
    """ "from last month (April 4)", "in March, on the 3rd of March": the day told beside the month it lies in."""
    if date.value.precision == "day":
        return date
    beside = (d for d in reading.dates_in(date.end, high) if d.start - date.end < 12 and d.value.precision == "day")
    return next((d for d in beside if date.value.first <= d.value.first <= date.value.last), date)


def _to_the_month(reading: Reading, date: DateMention) -> DateMention:
    """ "1/25 pelvis film" in a note of 2025 is of January, be it the day or the year that stands behind the slash."""
    if date.form == "m/d" and date.value.day == reading.note.date.year % 100:
        return replace(date, value=PartialDate.of(int(str(date.value)[:4]), date.value.month))
    return date


def _opens_sentence(reading: Reading, date: DateMention) -> bool:
    """Whether a date stands at the head: an entry of a list of records."""
    return not any(map(str.isalnum, reading.text[reading.sentence_at(date.start).start : date.start]))


def _is_one_of_two(reading: Reading, date: DateMention) -> bool:
    """ "from January and February": two months for several studies."""
    text = reading.text
    return bool(re.match(_OR_MONTH, text[date.end : date.end + 20], re.I) or _MONTH_TO.search(text[: date.start][-12:]))


def _taken_here(text: str, start: int, end: int) -> bool:
    """Whether the words right after a study say that it was taken at the visit."""
    return _HERE.match(text, start, min(end, start + 60)) is not None


def _told_as_taken_here(text: str, start: int, end: int) -> bool:
    """ "In-office x-ray of the pelvis": the words right before a study say that it was taken at the visit."""
    return _HERE_BEFORE.search(text, max(start, end - 30), end) is not None


def _date_of_the_list(reading: Reading, position: int) -> DateMention | None:
    """The date that a line above gives for all studies listed under it: "IMAGING OBTAINED: 07/30/2024"."""
    heads = list(_ALL_OBTAINED.finditer(reading.text, max(0, position - _REACH), position))
    if not heads:
        return None
    end = heads[-1].end()
    dates = [d for d in reading.dates_in(end, end + 20) if d.start - end <= 3]
    return dates[0] if dates and dates[0].value.first <= reading.note.date else None
