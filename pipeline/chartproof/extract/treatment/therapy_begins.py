"""Tells when a restriction, or a program of exercises, begins that a note itself imposes or issues."""

from __future__ import annotations

import re
from dataclasses import replace

from chartproof.extract.treatment.course import Course
from chartproof.extract.treatment.mentions import Mention
from chartproof.extract.treatment.therapy_document import is_therapy_document
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.vocab import NoteType

PLAN_SECTIONS = frozenset({"plan"})


def imposed_on(reading: Reading, mention: Mention) -> PartialDate | None:
    """When a restriction begins that this note imposes: the date told with it, else that of the note."""
    text, regexes, section = reading.text, reading.patterns.regexes, mention.sentence.section
    for d in reading.dates_in(*mention.after):
        near = regexes["tx_effective"].search(text, mention.end, d.start)
        if near and near.end() == d.start and abs((d.value.first - reading.note.date).days) <= 31:
            return d.value
    own = section.category in PLAN_SECTIONS or section.parent in PLAN_SECTIONS
    own = own or bool(regexes["tx_title_plan"].search(section.title or ""))
    own = own or bool(
        regexes["tx_writer_asks"].search(text, max(mention.sentence.start, mention.start - 90), mention.start)
    )
    until = regexes["tx_imposed_until"].search(text, mention.end, mention.sentence.end)
    if not (own or until) or not regexes["tx_imposed"].match(text, mention.start):
        return None
    before = text[max(mention.sentence.start, mention.start - 40) : mention.start]
    words = before + "|" + text[mention.end : mention.after[1]][:40]
    if text[mention.start : mention.end].lower().startswith("lifting") and before.lower().endswith("keep "):
        return PartialDate(reading.note.date)  # "Keep lifting under 10 lb" imposes, "keep restrictions" continues
    return None if regexes["tx_kept"].search(words) else PartialDate(reading.note.date)


def issued_today(reading: Reading, mention: Mention, course: Course) -> Course:
    """A home program issued at this visit starts today: told so, or issued in the note of an initial evaluation."""
    regexes, text = reading.patterns.regexes, reading.text
    section = mention.sentence.section
    words = (
        text[max(mention.before[0], mention.start - 40) : mention.start]
        + "|"
        + text[mention.end : mention.after[1]][:40]
    )
    initial = (
        reading.note.type is NoteType.PT
        and bool(regexes["pt_initial"].search(text))
        and not regexes["pt_discharge"].search(text)
    )
    planned = initial and section.category in PLAN_SECTIONS and not regexes["tx_not_issued_now"].search(words)
    own = regexes["tx_issued"].search(words + "|" + text[mention.start : mention.end])
    if not (own or planned) or re.search(r"(?:at|by|on|since|from) visit|third|second", words, re.I):
        return course
    # "Issued HEP handout": what a clinic's daily note does, it does that day
    front = text[mention.sentence.start : mention.start]
    done = is_therapy_document(reading) and bool(regexes["tx_issues_now"].fullmatch(front))
    done = done or (section.category in PLAN_SECTIONS and not regexes["tx_not_issued_now"].search(words))
    done = done and not regexes["pt_discharge"].search(text) and not reading.dates_in(*mention.after)
    if initial or done or re.search(r"\b(?:today|tonight)\b", words + text[mention.start : mention.end], re.I):
        return replace(course, start=PartialDate(reading.note.date))
    return course


def start_within(reading: Reading, mention: Mention) -> PartialDate | None:
    """The one date within the words of a change: "asked him in January to stop hauling hay; he has"."""
    dates = [d for d in reading.dates_in(mention.start, mention.end) if d.value.first <= reading.note.date]
    return dates[0].value if len(dates) == 1 else None
