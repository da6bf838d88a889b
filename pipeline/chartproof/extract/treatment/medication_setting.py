"""Tells where in a note a drug stands: among what this visit orders or hands out, or in the history of treatment."""

from __future__ import annotations

import re

from chartproof.extract.treatment.mentions import Mention
from chartproof.language.reading import Reading
from chartproof.language.sections import SectionSpan
from chartproof.model import PartialDate

PLAN_SECTIONS = frozenset({"plan", "assessment", "impression"})


def is_ordered_item(reading: Reading, mention: Mention, before: str, after: str) -> bool:
    """Whether a drug with its dose stands by itself in a plan, and nowhere else in the note: "Flexeril 10 mg HS."."""
    regexes = reading.patterns.regexes
    if mention.sentence.section.category != "plan" and mention.sentence.section.parent != "plan":
        return False
    if re.search(r"[A-Za-z]{3}", before) or regexes["med_continues"].search(before + "|" + after[:60]):
        return False
    if not regexes["med_item"].match(after):
        return False
    named = sum(value == mention.value for value, _ in reading.patterns.find("drug", reading.text))
    return named == 1


def in_history(reading: Reading, section: SectionSpan) -> bool:
    """Whether "Medications:" stands under, or in one line with, a heading such as "PRIOR TREATMENT:"."""
    index = reading.section_index(section.start)
    above = reading.sections[index - 1] if index else section
    line = reading.line_at(section.start)
    beside = reading.sections[reading.section_index(line.start) : index]
    if any(line.start <= s.start < section.start and s.category == "treatment_history" for s in beside):
        return True
    return above.category == "treatment_history" and not reading.text[above.body : above.end].strip()


def period_over(reading: Reading, mention: Mention) -> bool:
    """Whether a period that ended before this note stands right after the drug: "ibuprofen 2023 - 01/2025"."""
    today = PartialDate(reading.note.date)
    near = [r for r in reading.ranges if mention.end <= r.start < min(mention.end + 45, mention.after[1])]
    return bool(near) and not near[0].last.could_equal(today)


def is_prescribing(reading: Reading, section: SectionSpan) -> bool:
    """Whether a section tells what is ordered or handed out at this visit."""
    return section.category in PLAN_SECTIONS or bool(
        reading.patterns.regexes["med_title_ordered"].search(section.title or "")
    )


def is_handed_out(reading: Reading, section: SectionSpan, before: str, after: str) -> bool:
    """Whether the words tell of a prescription written at this visit."""
    regexes = reading.patterns.regexes
    if regexes["med_sent"].match(after) and "refill" not in before.lower():
        return True
    if not is_prescribing(reading, section):
        return False
    for_days = section.category == "disposition" and regexes["med_for_days"].match(after)
    return bool(for_days or regexes["med_quantity"].search(after))


def is_first_visit(reading: Reading) -> bool:
    """Whether a note is of an emergency or a first-report visit, whose treatment begins there."""
    return bool(reading.patterns.regexes["med_first_visit"].search(reading.text, 0, min(400, len(reading.text))))


def is_given_then(reading: Reading, mention: Mention, after: str) -> bool:
    """Whether a drug with its dose stands among what such a visit gave: "DISPO: home. Ibuprofen 600 mg q6h"."""
    regexes, line = reading.patterns.regexes, reading.line_at(mention.start)
    titles = (mention.sentence.section.title or "", line.text.strip())
    given = any(regexes["med_title_given"].match(title) for title in titles)
    dosed = regexes["med_daily"].search(after[:40]) or regexes["drug_shot"].search(after[:40])
    return bool(given and dosed and is_first_visit(reading))


def first_person(words: str) -> bool:
    return any(
        f"i {verb}" in words.lower() for verb in ("have start", "start", "have prescr", "prescr", "gave", "will")
    )
