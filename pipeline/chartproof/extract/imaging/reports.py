"""Splits a radiologist's document, or a printout of several, into studies with what is said of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from chartproof.extract.imaging.study import Study
from chartproof.extract.imaging.titles import studies_named, titles_in
from chartproof.language.reading import Reading
from chartproof.language.sections import SectionSpan
from chartproof.model import PartialDate
from chartproof.model.vocab import NoteType

# a title with nothing made: "MRI LUMBAR SPINE: not performed"
_NOT_MADE = re.compile(
    r"[^.;\n]{0,30}?[\s:.,-]*(?:was |is |were )?(?:cancel(?:l)?ed|deferred|declined|refused|not yet"
    r"|not (?:performed|done|obtained|ordered|scheduled|made|completed))\b",
    re.I,
)
_DAYS_TO_REPORT = 21  # days within which a report follows its exam
_HEAD = 300  # characters within which a document says what it is
_WEEKDAY = re.compile(r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\.?,?\s*$", re.I)
_ASKING = re.compile(
    r"\?|\b(?:rule out|r/o|evaluat\w+|assess\w*|pain\w*|history|injur\w+|fell|fall|s/p|status post|please|prior)\b",
    re.I,
)
_KNOWN = re.compile(r"\b(?:known|chronic|persistent|recurrent|diagnos\w+|since|years?|months?|weeks?|patient)\b", re.I)
_COMPARED = re.compile(r"\b(?:compar\w+|correlat\w+|prior|previous(?:ly)?|recommend\w*|cf)\b", re.I)
_LOOSE_DATES = frozenset(("today", "year", "weekday", "ago", "lastunit", "season", "lastseason"))
_CLINIC = frozenset(
    "plan assessment exam goals disposition medications allergies social_history family_history ros vitals".split()
)
_NOT_REPORTED = _CLINIC - {"exam"} | {"education", "consent", "instructions", "policy"}
_DATE_LABEL = re.compile(r"(?:date|dos|status|exam date|study date)\b", re.I)
_REPORT_SECTIONS = frozenset(("findings", "impression", "technique", "comparison", "indication", "exam_title"))


@dataclass
class Report:
    """The studies of one title (or of titles that share a text), and the spans of what is said of them.

    Attributes:
        spans: (start, end, whether of the impression).
        asides: spans that speak of other studies: comparison, notes to the chart.
        addendum: where an addendum that names this study stands, below other reports.
        head: the report whose title named this study among others, before the line that tells of it alone.
    """

    studies: list[Study]
    start: int
    end: int
    spans: list[tuple[int, int, bool]] = field(default_factory=list)
    asides: list[tuple[int, int]] = field(default_factory=list)
    head: Report | None = None
    addendum: tuple[int, int] | None = None


def reports_in(reading: Reading) -> list[Report]:
    """The reports that a note holds: all of an imaging note; in other notes only a pasted report with its findings."""
    is_imaging = reading.note.type == NoteType.IMAGING
    titles = titles_in(reading)
    if not titles:
        guided = reading.patterns.regexes["img_guidance"].search(reading.text, 0, _HEAD)
        return [_untitled(reading)] if is_imaging and not guided else []
    titles = [(start, end) for start, end in titles if not _NOT_MADE.match(reading.text, end)]
    if not titles:
        return []
    blocks = _blocks(reading, titles)
    if not is_imaging:
        blocks = [b for b in blocks if _is_pasted(reading, b)]
    header_end = titles[0][0]
    for block in blocks:
        if block.head is not None:
            when = _in_title(reading, block) or block.head.studies[0].date
        else:
            when = _date(reading, block, header_end)
        for study in block.studies:
            study.date = when
        _fill(reading, block)
    _hand_over_addendum(reading, blocks)
    return blocks


def _hand_over_addendum(reading: Reading, blocks: list[Report]) -> None:
    """An addendum below several reports goes to the one whose study it names."""
    if len(blocks) < 2:
        return
    last = blocks[-1]
    heading = reading.patterns.regexes["img_addendum"].search(reading.text, last.start, last.end)
    if heading is None:
        return
    line = reading.line_at(heading.end())
    named = studies_named(reading.patterns, reading.text, heading.end(), min(line.end, heading.end() + 80))
    told = {(s.modality, s.region) for s in named}
    home = [b for b in blocks if told & {(s.modality, s.region) for s in b.studies}]
    if len(home) != 1 or home[0] is last:
        return
    home[0].addendum = (heading.start(), last.end)
    home[0].spans += [span for span in last.spans if span[0] >= heading.start()]
    last.spans = [span for span in last.spans if span[0] < heading.start()]
    last.end = heading.start()


def _blocks(reading: Reading, titles: list[tuple[int, int]]) -> list[Report]:
    text = reading.text
    blocks: list[Report] = []
    for start, end in titles:
        named = studies_named(reading.patterns, text, start, end)
        for study in named:
            if study.region is None:
                study.region = "other"
        if blocks:
            last = blocks[-1]
            between = text[last.studies[-1].spans[-1][1] : start]
            same = {(s.modality, s.region) for s in named} <= {(s.modality, s.region) for s in last.studies}
            own_date = reading.dates_in(start, reading.line_at(start).end)
            told = {d.value for d in reading.dates_in(last.start, start)}
            part = same and len({s.modality for s in last.studies}) > 1 and text[end : end + 1] == ":"
            if part or (last.head is not None and text[end : end + 1] == ":"):
                blocks.append(Report(named, start, len(text), head=last.head or last))
                continue
            if same and not any(d.value not in told for d in own_date):
                continue  # the title again, over the page or at the head of the findings
            if len(between.strip()) < 60 and not _tells(reading, last.studies[-1].spans[-1][1], start):
                for study in named:
                    if (study.modality, study.region) not in {(s.modality, s.region) for s in last.studies}:
                        last.studies.append(study)
                continue
        blocks.append(Report(named, start, len(text)))
    for block, following in pairwise(blocks):
        block.end = following.start
    return blocks


def _tells(reading: Reading, start: int, end: int) -> bool:
    """Whether anything is told to be seen between two titles, so that each has a text of its own."""
    patterns = reading.patterns
    return bool(
        next(patterns.find("imaging_finding", reading.text, start, end), None)
        or patterns.regexes["img_normal_word"].search(reading.text, start, end)
        or re.search(r"\b(?:findings|impression|imp)\b", reading.text[start:end], re.I)
    )


def _untitled(reading: Reading) -> Report:
    block = Report([], 0, len(reading.text))
    _fill(reading, block)
    return block


def _is_pasted(reading: Reading, block: Report) -> bool:
    """In a clinic note or a bundle of records a report is a title followed by its own headings; it ends with them.

    An impression alone may be the clinician's, so it must not speak of the patient.
    """
    text, regexes = reading.text, reading.patterns.regexes
    if reading.section_at(block.start).category in _NOT_REPORTED:
        return False
    run: list[SectionSpan] = []
    for section in reading.sections:
        if not block.start < section.start < block.end:
            continue
        if not _is_report_heading(reading, section):
            break
        run.append(section)
    kinds = {_heading_kind(reading, section) for section in run}
    if "findings" not in kinds:
        dated = any(reading.dates_in(start, reading.line_at(end).end) for s in block.studies for start, end in s.spans)
        concluded = [s for s in run if _heading_kind(reading, s) == "impression"]
        words = text[concluded[0].body : concluded[0].end] if concluded else ""
        if regexes["img_not_report"].search(re.split(r"\brecommend", words, maxsplit=1, flags=re.I)[0]):
            return False
        if not concluded and not (dated and kinds & {"comparison", "skip"}):
            return False
    last = run[-1]
    gap = re.search(r"\S\s*?\n[ \t]*\n", text[last.body : last.end])
    block.end = last.body + gap.end() if gap else last.end
    block.end = _next_study(reading, block)
    return True


def _next_study(reading: Reading, block: Report) -> int:
    """Where another study begins in the run of the text: "... MRI SI joints: 4/18/25. Findings: ..."."""
    titled = max(end for study in block.studies for _, end in study.spans)
    own = {study.modality for study in block.studies}
    for sentence in reading.sentences[reading.sentence_at(titled).index + 1 :]:
        if sentence.start >= block.end:
            break
        low, high = sentence.start, min(sentence.end, sentence.start + 60)
        named = reading.patterns.first("imaging_modality", reading.text, low, high)
        if named and named not in own and reading.dates_in(low, high):
            if not _COMPARED.search(reading.text, low, high) and studies_named(
                reading.patterns, reading.text, low, high
            ):
                return sentence.start
    return block.end


def _heading_kind(reading: Reading, section: SectionSpan) -> str | None:
    """``findings``, ``impression``, ``comparison``, ``aside`` or ``skip``: what a report's heading opens."""
    m = reading.patterns.regexes["img_heading"].match(reading.text, section.start, section.end)
    return next((name for name, words in m.groupdict().items() if words), None) if m else None


def _is_report_heading(reading: Reading, section: SectionSpan) -> bool:
    title = section.title or ""
    if section.category in _CLINIC:
        return False
    if section.category in _REPORT_SECTIONS or _heading_kind(reading, section) is not None:
        return True
    patterns = reading.patterns
    return patterns.first("imaging_anatomy", title) is not None or _DATE_LABEL.match(title) is not None


def _date(reading: Reading, block: Report, header_end: int) -> PartialDate | None:
    """The day of the exam: at the title, labelled in the head of the report or of the document, else the note's."""
    text = reading.text
    last = max(end for study in block.studies for _, end in study.spans)
    line = reading.line_at(last)
    headings = (s.start for s in reading.sections if s.start > last and s.category in ("findings", "impression"))
    head_end = min(next(headings, block.end), block.end)
    first_line = reading.line_at(block.start).start
    next_line = text.find("\n", min(line.end + 1, len(text)))
    below = min(next_line, head_end, line.end + 40) if next_line > 0 else line.end
    return (
        _beside(reading, last)
        or _told(reading, first_line, line.end, labelled=True)
        or _in_title(reading, block)
        or _right_after(reading, last)
        or _told(reading, first_line, head_end, labelled=True)
        or _told(reading, line.end, below, labelled=False)
        or _told(reading, 0, header_end, labelled=True)
        or _in_head(reading, header_end)
        or (reading.date if reading.is_report else None)
    )


def _told(reading: Reading, low: int, high: int, labelled: bool) -> PartialDate | None:
    """The first date within [low, high): one that a label makes the exam's, or any that none makes another's."""
    regexes = reading.patterns.regexes
    for date in reading.dates_in(low, high):
        if date.form in _LOOSE_DATES:
            continue
        ahead = reading.text[max(0, date.start - 45) : date.start]
        ahead = _WEEKDAY.sub("", ahead[ahead.rfind("\n") + 1 :])
        label = regexes["img_exam_date"].search(ahead)
        of_exam = label is not None and label[0].strip(" :.(@").lower() not in ("date", "dates")
        scanned = label is not None and label[0].lower().startswith("scanned")  # paper is, too
        if date.value.first > reading.note.date and (label is None or scanned):
            continue  # none was made after the note was written
        if of_exam or ((label or not labelled) and not regexes["img_not_exam_date"].search(ahead)):
            return date.value
    return None


def _in_head(reading: Reading, end: int) -> PartialDate | None:
    """The one date of the head of a document that may be the exam's: "COTEAU RADIOLOGY   Pt: X   09/26/2024"."""
    if not reading.is_report:
        return None
    near = [
        d.value
        for d in reading.dates_in(0, min(end, _HEAD))
        if d.form not in _LOOSE_DATES
        and 0 <= (reading.note.date - d.value.first).days <= _DAYS_TO_REPORT
        and not reading.patterns.regexes["img_not_exam_date"].search(reading.text, max(0, d.start - 45), d.start)
    ]
    return near[0] if len(set(near)) == 1 else None


def _right_after(reading: Reading, end: int) -> PartialDate | None:
    """A date that follows a title as a sentence of its own: "MR SI JOINTS, plain.  10-20-2025."."""
    found = reading.dates_in(end, min(reading.line_at(end).end, end + 24))
    if not found or found[0].form in _LOOSE_DATES or reading.text[end : found[0].start].strip(" .,;:-|"):
        return None
    return found[0].value


def _beside(reading: Reading, end: int) -> PartialDate | None:
    """A whole date right behind a title, whatever other dates its line tells: "MRI spine 2/13/24, faxed 8/28"."""
    found = reading.dates_in(end, min(reading.line_at(end).end, end + 24))
    if not found or found[0].value.precision != "day":
        return None
    beside = found[0].form not in _LOOSE_DATES and not reading.text[end : found[0].start].strip(" ,(-")
    return found[0].value if beside else None


def _in_title(reading: Reading, block: Report) -> PartialDate | None:
    """A date on the line of a title, within its sentence."""
    for study in block.studies:
        for start, end in study.spans:
            line, sentence = reading.line_at(start), reading.sentence_at(start)
            found = _told(reading, line.start, max(end, min(line.end, sentence.end)), labelled=False)
            if found:
                return found
    return None


def _starts_anew(reading: Reading, pieces: list[tuple[int, int]], at: int) -> bool:
    """Whether a sentence after a history is none of it: it began a line of its own, before the lines of the paragraph
    were joined, or tells what is seen."""
    start, end = pieces[at]
    if _ASKING.search(reading.text, start, end):
        return False
    if start - pieces[at - 1][1] >= 3:
        return True
    told = next(reading.patterns.find("imaging_finding", reading.text, start, end), None)
    return told is not None and not _KNOWN.search(reading.text, start, end)


def _fill(reading: Reading, block: Report) -> None:
    """Sort the sentences of a block into body, impression, asides, and what is no finding (history, technique).

    Where the report has a heading for its findings, what stands before it under other headings is none of them; else
    a history or technique ends with its line, and a comparison with its first sentence.
    """
    text = reading.text
    heading = reading.patterns.regexes["img_heading"]
    titles = [span for study in block.studies for span in study.spans]
    pieces: list[tuple[int, int]] = []
    for sentence in reading.sentences_over(block.start, block.end):
        start, end = max(sentence.start, block.start), min(sentence.end, block.end)
        for a, b in titles:
            if start < b and a < end and a - start < 40:
                start = max(start, b)
                while start < end and text[start] in " \t:-":
                    start += 1
        if start < end and text[start:end].strip(" .,*=-#"):
            pieces.append((start, end))
    marks = [heading.match(text, start, end) for start, end in pieces]
    last_findings = max((i for i, m in enumerate(marks) if m and m["findings"]), default=-1)
    state, line_end = "body", 0
    for i, (start, end) in enumerate(pieces):
        m = marks[i]
        if m:
            state = next(name for name, words in m.groupdict().items() if words)
            line_end = reading.line_at(start).end
        elif state in ("skip", "comparison", "aside") and i > last_findings:
            if start >= line_end or state == "comparison" or (state == "skip" and _starts_anew(reading, pieces, i)):
                state = "body"
        elif reading.section_at(start).category == "signature" and reading.section_at(start).start >= block.start:
            state = "skip"
        if state in ("comparison", "aside"):
            block.asides.append((start, end))
        elif state != "skip":
            block.spans.append((start, end, state == "impression"))
