"""Reads the answers of forms and questionnaires: ticked boxes, Y/N, and columns headed Yes and No."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartproof.extract.treatment.mentions import question_and_answer
from chartproof.language.reading import Reading

_BOX = r"[\[(]\s?(?P<mark>[xX*]?)\s?[\])]"
_YES = r"(?:y|yes|had (?:it|this|one)|have had|had|tried(?: it)?|used(?: it)?|done)"
_NO = r"(?:n|no|never(?: (?:had|tried|used)(?: it)?)?|not (?:had|tried|used)|none|did not have)"
_BOX_BEFORE = re.compile(rf"{_BOX}\s*(?:\w+\s){{0,2}}$")
# "(X) Y ( ) N", "[ ] Yes [x] No"
_BOX_ANSWERS = re.compile(
    r"[^\[\]()\n]{0,25}?[?:.\s]*[\[(]\s?(?P<yes>[xX*]?)\s?[\])]\s*"
    rf"{_YES}\b\s*[\[(]\s?(?P<no>[xX*]?)\s?[\])]\s*{_NO}\b",
    re.IGNORECASE,
)
# "Yes [x]  No [ ]", "Y ( ) N (X)"
# "( ) never (x) had it"
_BOX_ANSWERS_TURNED = re.compile(
    r"[^\[\]()\n]{0,25}?[?:.\s]*[\[(]\s?(?P<no>[xX*]?)\s?[\])]\s*"
    rf"{_NO}\b\s*[\[(]\s?(?P<yes>[xX*]?)\s?[\])]\s*{_YES}\b",
    re.IGNORECASE,
)
_ANSWER_BOXES = re.compile(
    r"[^\[\]()\n]{0,25}?[?:.\s]+(?:y|yes)\s*[\[(]\s?(?P<yes>[xX*]?)\s?[\])]\s*(?:n|no)\s*[\[(]\s?(?P<no>[xX*]?)\s?[\])]",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"(?:\s*\?\s*|\s*:\s*|\s*\.{2,}\s*|\s{2,}|\s+-+\s+)(?P<word>yes|y|no|n|none)\b"
    r"(?!\s+(?:real |great |particular |more )?(?:relief|help|benefit|change|lasting|effect|imp\w+|good|better|use"
    r"|difference|longer|sig\w*|response|avail|success|luck|dice|joy|go|gains?|progress|results?|wors\w+|meaningful"
    r"|sustained|diff)\b)",
    re.IGNORECASE,
)
_REPLIED = re.compile(
    r"(?:(?P<yes>yes|yep|yeah|y|have|i have|i did|did)\b[.,:;]?"
    r"|(?P<no>no|n|nope|none|neither|never|nah|not (?:yet|ever|really|had|tried)|n/?a|no to (?:each|all|both)"
    r"|haven'?t|have not|i have not|i haven'?t|didn'?t|blank|left blank|\[?not (?:submitted|answered)\]?)\b"
    r"(?! (?:relief|help|benefit|change|improvement|good|difference|better|more|longer)))",
    re.IGNORECASE,
)
# "Chiropractic       -": nothing entered
_DASH = re.compile(r"(?: {2,}| ?\.{3,} ?|\s?:\s{1,3})-{1,3}\s*$")
_MARK = re.compile(r"^[xX*]$")


@dataclass(frozen=True)
class Answer:
    """An answer of a form: ``yes``, ``no`` or ``blank`` (nothing ticked), and where the words after it begin."""

    value: str
    end: int


def answer_for(reading: Reading, start: int, end: int) -> Answer | None:
    """The form's answer to the item at [start, end), or None where the words stand in no form."""
    line = reading.line_at(start)
    text = reading.text
    before = text[max(line.start, start - 14) : start]
    after = text[end : line.end]
    for pattern in (_BOX_ANSWERS, _BOX_ANSWERS_TURNED, _ANSWER_BOXES):
        m = pattern.match(after)
        if m:
            value = "yes" if m["yes"] else "no" if m["no"] else "blank"
            return Answer(value, end + m.end())
    box = _BOX_BEFORE.search(before)
    if box:
        return Answer("yes" if box["mark"] else "blank", end)
    if replied := question_and_answer(reading, start):
        m = _REPLIED.match(text, *replied)
        return Answer("no" if m and m["no"] else "yes", m.end() if m and m["yes"] else replied[0])
    column = _column_answer(reading, start)
    if column:
        return column
    if start - line.start < 12 and _DASH.match(after):
        return Answer("blank", line.end)
    if start - line.start < 40 and not re.search(r"[.;]\s", text[line.start : start]):
        m = _WORD.match(after)
        if m:
            return Answer("yes" if m["word"].lower().startswith("y") else "no", end + m.end())
    return None


def _column_answer(reading: Reading, start: int) -> Answer | None:
    """The answer of a table row with a mark under a heading Yes or No."""
    index = reading.line_index(start)
    line = reading.lines[index]
    marks = [c for c in line.cells if _MARK.match(c.text)]
    if len(line.cells) < 2 or not marks or line.cells[0].start + len(line.cells[0].text) < start:
        return None
    for above in range(index - 1, max(-1, index - 16), -1):
        heads = {c.text.strip().lower(): c.column for c in reading.lines[above].cells}
        if {"yes", "no"} <= heads.keys() or {"y", "n"} <= heads.keys():
            yes = heads.get("yes", heads.get("y", 0))
            no = heads.get("no", heads.get("n", 0))
            mark = marks[0]
            value = "yes" if abs(mark.column - yes) <= abs(mark.column - no) else "no"
            end = mark.end if value == "no" else max(c.end for c in line.cells if c.column <= no + 4)
            return Answer(value, end)
    return None
