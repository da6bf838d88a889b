"""Where the pain is, as ticked boxes of a form tell it."""

from __future__ import annotations

import re

from chartproof.extract.pattern.sites import find_sites
from chartproof.extract.pattern.told import Told
from chartproof.language.reading import Line, Reading
from chartproof.language.sides import find_sides
from chartproof.model.vocab import NoteType

_TICKED = re.compile(r"(?:\[x\]|\(x\))\s*(?P<item>[^\[\]()|]{1,40}?)(?=\s*(?:\[|\(|\||$|\s{3,}))", re.I)
_BOX = re.compile(r"\[[ x]?\]|\([ x]?\)", re.I)
_SIDE_QUESTION = re.compile(r"\b(?:which side|side(?: of (?:the )?pain)?|laterality)\b[^:?]{0,20}[:?]", re.I)
_RADIATES = re.compile(
    r"\b(?:(?:does|is|do)\s(?:it|the pain|this|your pain|this pain|pain)\s[^?\[(]{0,12}"
    r"(?:go|radiate|radiating|spread|travel|shoot|move|run)\b[^?\[(]{0,40}"
    r"|(?:(?:my|your|the) )?pain (?:goes|going|spreads|travels|shoots|moves|runs) (?:down|into|to)\b[^?\[(]{0,30}"
    r"|radiat(?:es?|ing|ion)\b[^?\[(:]{0,25}"
    r"|radicular(?: \w+)?|referral(?: pattern)?|spreads?|travels?(?: to| down)?[^?\[(:]{0,12})\s?[?:]?\s*(?=\[|\(|\w)",
    re.I,
)
_NO = re.compile(r"(?:no|none|n|never|denies|local|stays|does not)\b", re.I)
_YES = re.compile(r"(?:yes|y)\b", re.I)
_LEG = frozenset({"posterior_thigh", "lower_leg", "foot", "leg"})


def extract(reading: Reading) -> list[Told]:
    """Sites ticked behind a question where it hurts, the side behind "which side?", radiation, and the level."""
    regexes = reading.patterns.regexes
    out: list[Told] = []
    if _BOX.search(reading.text) is None:
        return out
    asked = -9
    for i, line in enumerate(reading.lines):
        if regexes["pain_place_asked"].search(line.text):
            asked = i
        if not _BOX.search(line.text):
            continue
        asks_side = _SIDE_QUESTION.search(line.text) is not None and reading.note.type is not NoteType.PROCEDURE
        for m in _TICKED.finditer(line.text) if asks_side else ():
            sides = [s.side for s in find_sides(m["item"] + " ")]
            if sides:
                out.append(Told(1, sides=sides, spans=[(line.start + m.start(), line.start + m.end())]))
        asks = _RADIATES.search(line.text)
        is_asked = asks is not None and _BOX.search(line.text, asks.start()) is not None
        if asks and is_asked:
            out += _radiation(reading, line, asks)
        if i - asked > 2:
            continue
        out += _places(reading, line, asks.start() if asks and is_asked else len(line.text))
    return out


def _radiation(reading: Reading, line: Line, asks: re.Match[str]) -> list[Told]:
    """The answer ticked behind "Radiates:", with the places written or ticked behind a yes."""
    begin = asks.end()
    rest = line.text[begin:]
    for item, start, _end in ticked_items(rest):
        at = line.start + begin + start
        if _NO.match(item):
            return [Told(1, radiating=False, spans=[(line.start + asks.start(), at + len(item))])]
        sites = find_sites(reading, at, line.end if _YES.match(item) else at + len(item))
        if not _YES.match(item) and not sites:
            continue
        # boxes that nobody ticked name no place
        box = _BOX.search(reading.text, at + len(item), line.end)
        sites = [s for s in sites if box is None or s.start < box.start()]
        is_far = any(s.value in _LEG for s in sites) or bool(_YES.match(item)) or bool(sites)
        span = (line.start + asks.start(), max([at + len(item), *(s.end for s in sites)]))
        return [Told(1, sites=[s.value for s in sites], radiating=is_far or None, spans=[span])]
    return []


def _places(reading: Reading, line: Line, stop: int) -> list[Told]:
    """The places ticked in a line, before the place ``stop`` in it."""
    regexes, out = reading.patterns.regexes, []
    for item, start, end in ticked_items(line.text):
        if start >= stop:
            continue
        start, end = line.start + start, line.start + end
        sites = find_sites(reading, start, end)
        sides = [s.side for s in find_sides(reading.text, start, min(end + 1, len(reading.text)))]
        below = None
        if regexes["above_l5"].search(item):
            below = False
        elif regexes["below_l5"].search(item) or regexes["below_fusion"].search(item):
            below = True
        if (
            not sites
            and below is None
            and not re.fullmatch(r"\s*(?:right|left|both(?: sides)?|bilateral|r|l)(?: side)?\s*", item, re.I)
        ):
            continue
        told = Told(1, sites=[s.value for s in sites], sides=sides, below_l5=below, spans=[(start, end)])
        if sites and regexes["radiates_not"].search(reading.text, end, line.end):
            told.radiating = False  # "[x] left PSIS   [ ] radiates   stays put"
        if any(s.value in _LEG for s in sites):
            told.radiating = True
        out.append(told)
    return out


def ticked_items(line: str) -> list[tuple[str, int, int]]:
    """The items of a line whose box is ticked, with their place; the box may stand before or behind its item."""
    first = _BOX.search(line)
    if first is None:
        return []
    lead = line[: first.start()].rstrip()
    if not lead or lead.endswith((":", "?", ")")) or line[: first.start()].endswith("  "):
        return [(m["item"], m.start("item"), m.end("item")) for m in _TICKED.finditer(line)]
    begin = max(lead.rfind(":"), lead.rfind("?")) + 1
    found = re.finditer(r"(?P<item>[A-Za-z][^\[\]()|:]{0,38}?)\s*(?:\[x\]|\(x\))", line[begin:], re.I)
    return [(m["item"], begin + m.start("item"), begin + m.end("item")) for m in found]
