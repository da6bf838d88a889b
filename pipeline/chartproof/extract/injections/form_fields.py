"""The fields of a form that tell of an injection: "Date of injection: 5/20/2025  Side: RIGHT  Joint: SI"."""

from __future__ import annotations

import re
from collections.abc import Callable

from chartproof.extract.injections.mention import Mention, Site
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality

_SIDE_FIELD = re.compile(r"\bside(?: injected)?\s*[:=]\s*(?P<side>left|right|bilateral)\b", re.I)
_JOINT_FIELD = re.compile(
    r"\b(?:(?:joint|site|location|area|body part|type)(?: injected)?\s*[:=]"
    r"|(?:where|which joint|what joint)\s*[?:])\s*",
    re.I,
)
_WHEN_FIELD = re.compile(r"\b(?:when|dates?)(?: was (?:it|this))?\s*[?:]\s*", re.I)
_BOX = re.compile(r"\[[ xX_]?\]|\([ xX]\)|[☐☒☑□✓✔]")
_BOX_REACH = 40  # characters between a box and the words it belongs to
_BOXES_LEAD = re.compile(
    r"(?:[^:\n]{0,40}:|\s*(?:procedures?|injections?|type|sites?|targets?|done|performed)(?: performed| done| today)?)?"
    r"[ \t|]*(?:\[[ xX_]?\]|\([ xX]\)|[☐☒☑□✓✔])"
)
_EMPTY = ("[ ]", "[]", "[_]", "( )", "☐", "□")
ANSWERED_YES = re.compile(r"[^?\n]{0,30}\?\s*(?:\[x\]\s*y(?:es)?\b|yes\s*\[x\]|yes\b(?!\s*\[)|y\b(?!\s*[\[/]))", re.I)


def fill_from_form(reading: Reading, m: Mention, sites: Callable[[int, int], list[Site]]) -> None:
    """Take side, site and date from the fields on the mention's line or the next ones, where it tells none itself.

    Args:
        sites: finds the sites named within a span of the text.
    """
    index = reading.line_index(m.start)
    lines = reading.lines[index : index + 4]
    first, last = lines[0].start, lines[-1].end
    fields = reading.text[first:last]
    side, joint, when = _SIDE_FIELD.search(fields), _JOINT_FIELD.search(fields), _WHEN_FIELD.search(fields)
    if side:
        m.side = Laterality(side["side"].lower())
    if when and m.date is None:
        at = first + when.end()
        m.date = next((d.value for d in reading.dates_in(at, at + 24)), None)
    if joint:
        at = first + joint.end()
        found = next(iter(sites(at, last)), None)
        if found and m.side is None:
            m.side = next((s.side for s in find_sides(reading.text, at, found.start)), None)
        if found and found.start - at <= 12:
            m.target = found.target


def box_before(reading: Reading, at: int) -> bool | None:
    """Whether the box that belongs to the words at ``at`` is ticked; None where no box is theirs.

    A line of choices has its boxes before their labels: "Procedure: [X] SI joint  [ ] Lumbar MBB".
    """
    line = reading.line_at(at)
    boxes = list(_BOX.finditer(reading.text, max(line.start, at - _BOX_REACH - 3), at))
    if not boxes or at - boxes[-1].end() > _BOX_REACH or _BOXES_LEAD.match(reading.text, line.start, at) is None:
        return None
    return boxes[-1][0] not in _EMPTY
