"""The parts of a procedure's document: what leads up to the description, the description, and addenda."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from chartproof.language.gate import GatedRegex
from chartproof.language.reading import Reading, Sentence

_DESCRIBES = re.compile(r"\b(?:technique|description|narrative|procedure details?)\b", re.I)
_AGENT_GIVEN = re.compile(
    r"\b(?:iohexol|omnipaque|iopamidol|isovue(?:-M)?|iodixanol|visipaque|gad\w+|contrast"
    r"|dye)[ ,(]{1,3}(?:\d{3} ?)?(?:x ?)?\(?\d{0,2}\.?\d{1,2} ?(?:mL|cc)\b",
    re.I,
)
_AGENT_BEHIND = re.compile(
    r"\b\d{0,2}\.?\d{1,2} ?(?:mL|cc) (?:of )?(?:iohexol|omnipaque|iopamidol|isovue|iodixanol"
    r"|visipaque|gad\w+|contrast|dye)\b",
    re.I,
)
_POSITIONED = re.compile(r"\b(?:prone|supine|lateral decubitus|prepped|draped|time-?out)\b", re.I)
_NEEDLE_IN = re.compile(
    r"\b(?:\d{2} ?-?(?:g|ga|gauge)\b|quincke|chiba|tuohy|whitacre|(?:spinal|block) needle|C-?arm"
    r"|chlorhexidine|betadine)",
    re.I,
)
_LEADS_TO_DAY = re.compile(r"[\s*\-–•(\[=>#]*(?:[A-Za-z][\w/&.\'-]*[ ,:;@(-]+){0,5}")
_APPOINTED = re.compile(
    r"\b(?:next|schedul\w+|rtc|return|appt|appointment|due|will|plan\w*|on or after|booked|until|instruct\w*|see"
    r"|clinic on|expires?|through|auth\w*|repeat|dob|born)\b|\bat \d",
    re.I,
)
_TELLS_OUTCOME = re.compile(
    r"\d ?%|\b(?:percent|relief|better|improv\w+|helped|lasted|wore|worn|gone|back to|returned|no change|/10)\b", re.I
)
_NOT_BODY = frozenset(
    "consent instructions policy education signature plan disposition medications allergies family_history "
    "social_history pmh psh ros preprocedure complications labs hpi assessment".split()
)

_OF_THE_PAPER = re.compile(r"\b(?:re-?)?fax(?:ed)?\b|\b(?:printed|print date|scanned|received|recv'?d|page \d)\b", re.I)


@dataclass
class Parts:
    """The sentences of a procedure's document.

    Attributes:
        before: head, indication, consent, checks.
        body: from the positioning on.
        addenda: what was added later, with the day it was added.
    """

    before: list[Sentence]
    body: list[Sentence]
    addenda: list[tuple[date, list[Sentence]]]


def find_parts(reading: Reading) -> Parts:
    """Part the sentences of a procedure's document."""
    text, rx = reading.text, reading.patterns.regexes
    sentences = reading.sentences
    marks = [s for s in sentences if rx["injection_addendum"].search(text, s.start, s.end)]
    marks = [s for s in marks if _begins(text, s, rx["injection_addendum"]) is not None]
    marks = sorted({s.index: s for s in [*marks, *_later_days(reading)]}.values(), key=lambda s: s.index)
    first_addendum = marks[0].index if marks else len(sentences)
    start = next(
        (
            s.index
            for s in sentences[:first_addendum]
            if (
                s.section.category in ("procedure", "technique", "findings", "other", "head", "narrative")
                or s.section.category not in _NOT_BODY
            )
            and rx["injection_body_start"].search(text, s.start, s.end)
            and not rx["injection_consent_given"].search(text, s.start, s.end)
        ),
        None,
    )
    if start is not None and not _POSITIONED.search(text, sentences[start].start, sentences[start].end):
        # "the signed consent", told below the description
        needle = next((s.index for s in sentences[:start] if _NEEDLE_IN.search(text, s.start, s.end)), None)
        start = needle if needle is not None else start
    if start is None:
        start = next(
            (s.index for s in sentences[:first_addendum] if rx["injection_needle"].search(text, s.start, s.end)),
            first_addendum,
        )
    start = _first_done(reading, sentences[:start])
    while (
        0 < start < first_addendum
        and len(text[sentences[start - 1].start : sentences[start - 1].end].split()) <= 8
        and next(
            reading.patterns.find("injection_guidance", text, sentences[start - 1].start, sentences[start - 1].end),
            None,
        )
    ):
        start -= 1  # "SI joint block. Fluoroscope. Iohexol 0.4 mL ..."
    if start < first_addendum and _DESCRIBES.search(sentences[start].section.title or ""):
        while start > 0 and sentences[start - 1].section.start == sentences[start].section.start:
            start -= 1  # "The joint was entered; iohexol outlined it. A needle was then placed in the facet ..."
    before, body = list(sentences[:start]), list(sentences[start:first_addendum])
    if not body:  # a form of short lines tells it all
        body = before
    addenda = []
    for i, mark in enumerate(marks):
        stop = marks[i + 1].index if i + 1 < len(marks) else len(sentences)
        told = [d for d in reading.dates_in(mark.start, min(len(text), mark.start + 80)) if d.value.day]
        day = told[0].value.first if told and told[0].value.first >= reading.note.date else reading.note.date
        addenda.append((day, list(sentences[mark.index : stop])))
    return Parts(before, body, addenda)


def _later_days(reading: Reading) -> list[Sentence]:
    """Lines that open with a day after the document's and tell what came of it ("10/12/2023 phone: 90% better")."""
    out: list[Sentence] = []
    for d in reading.dates:
        if not d.value.day or not 0 < (d.value.first - reading.note.date).days <= 400:
            continue
        line = reading.line_at(d.start)
        if not reading.text[: line.start].strip() or _OF_THE_PAPER.search(reading.text, line.start, line.end):
            continue  # the head of a document, or of a fax of it
        lead = reading.text[line.start : d.start]
        if len(lead) > 45 or not _LEADS_TO_DAY.fullmatch(lead) or _APPOINTED.search(lead):
            continue
        if _APPOINTED.search(reading.text, d.end, d.end + 12):
            continue
        told = next((s for s in reading.sentences if s.start >= line.start), None)
        stop = reading.lines[min(len(reading.lines) - 1, reading.line_index(d.start) + 2)].end
        if told is not None and told.start <= d.start and _TELLS_OUTCOME.search(reading.text, d.end, stop):
            out.append(told)
    return out


def _first_done(reading: Reading, before: list[Sentence]) -> int:
    """The sentence before the needle's in which a named agent was given ("Isovue 0.4 cc, intra-articular pattern")."""
    for s in before:
        if s.section.category in _NOT_BODY or s.zone in ("policy", "education"):
            continue
        if _AGENT_GIVEN.search(reading.text, s.start, s.end) or _AGENT_BEHIND.search(reading.text, s.start, s.end):
            return s.index
    return len(before)


def _begins(text: str, sentence: Sentence, addendum: re.Pattern[str] | GatedRegex) -> int | None:
    """Where an addendum begins in a sentence: at its start, or as a heading with a date within a one-line note."""
    for m in addendum.finditer(text, sentence.start, sentence.end):
        if m.start() - sentence.start <= 6 or (m[0][0].isupper() and re.match(r"[^.;]{0,40}\d", text[m.end() :][:45])):
            return m.start()
    return None
