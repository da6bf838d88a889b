"""Units of a report: sentences and what stands between semicolons, with the label that governs them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from chartproof.extract.imaging.study import PAIRED
from chartproof.language.patterns import Patterns
from chartproof.language.reading import Reading
from chartproof.language.sides import SideMention, find_sides
from chartproof.model.vocab import Laterality

_PLURAL = re.compile(r"(?:joints|hips|sijs|jts|articulations|heads|necks|acetabula)$", re.I)
# "SI joint R     Clear": a label that a wide gap ends
_WIDE_LABEL = re.compile(r"\s*(?P<label>[A-Za-z][A-Za-z /&,.-]{1,40}?)\s{3,}(?=\S)")
# "Left joint." at the head of what is told of it
_SPOKEN_LABEL = re.compile(
    r"\s*(?:the )?(?P<label>(?:left|right)(?: (?:SI|sacro-?iliac|hip))?(?: (?:joint|side|hip))?|hips"
    r"|(?:both )?SI joints)[.]?\s*",
    re.I,
)
_SIDE_ALONE = re.compile(r"(?:left|right|lt|rt)(?: side)?", re.I)
_DANGLING = re.compile(
    r"[.;,:]\s+(?:\w+ ){0,4}"
    r"(?:left|right|both|the|an?|of|and|or|no|with|without|in|on|at|mild|moderate|severe|is|are)\s*$",
    re.I,
)
_LEADERS = re.compile(r"\.{3,}\s*$")
# both margins of one joint
_BOTH_MARGINS = re.compile(
    r"(?:on )?both (?:the )?(?:iliac|sacral|margins|articular|sides of the (?:left|right|joint))", re.I
)


# "narrower than the right" is told of the left
_MEASURED_BY = re.compile(
    r"\b(?:(?:narrow|dens|wid|thin|whit|small|bright)er than|(?:as )?compared (?:to|with)|relative to|unlike"
    r"|in contrast to) (?:on |that of |with )?(?:the )?$",
    re.I,
)


@dataclass(frozen=True)
class Anatomy:
    """A place named in the text. ``plural``: both sides of a paired site, as in "hips"."""

    start: int
    end: int
    region: str
    plural: bool


@dataclass(frozen=True)
class Label:
    """What a label such as "LEFT:" or "Hips:" says of the words after it."""

    region: str | None
    side: Laterality | None
    plural: bool


@dataclass(frozen=True)
class Unit:
    """[start, end) of a sentence or a part of it.

    ``label`` governs it; ``own`` is true in the unit that the label stands in. ``bounded`` is true where another
    label with a side follows, so that what stands between belongs to the first: the last label of a report does not
    reach over the general negatives after it. ``goes_on``: not the first part of its sentence.
    ``head``: where the name of the study ends, whose "SI joints" say nothing of the findings after it.
    """

    start: int
    end: int
    overall: bool
    label: Label | None = None
    own: bool = False
    bounded: bool = False
    goes_on: bool = False
    head: int = 0


def anatomy_in(patterns: Patterns, text: str, start: int, end: int) -> list[Anatomy]:
    """The places named in ``text[start:end]``, in order."""
    out = []
    for region, m in patterns.find("imaging_anatomy", text, start, end):
        plural = region in PAIRED and (bool(_PLURAL.search(m.group())) or text[m.end() : m.end() + 7] == " spaces")
        if not plural and region in PAIRED:
            plural = bool(re.search(r"\bboth\s+(?:\w+\s+)?$", text[max(start, m.start() - 25) : m.start()], re.I))
        out.append(Anatomy(m.start(), m.end(), region, plural))
    return out


def sides_in(patterns: Patterns, text: str, start: int, end: int) -> list[SideMention]:
    """Left, right and both as told in ``text[start:end]``; "either hip" and "right worse than left" are both."""
    both = [
        SideMention(m.start(), m.end(), Laterality.BILATERAL)
        for name in ("img_either", "img_compare")
        for m in patterns.regexes[name].finditer(text, start, end)
    ]
    told = (
        s
        for s in find_sides(text, start, end)
        if not _BOTH_MARGINS.match(text, s.start) and not _MEASURED_BY.search(text, start, s.start)
    )
    out = [s for s in told if not any(b.start < s.end and s.start < b.end for b in both)]
    return sorted(out + both, key=lambda s: s.start)


def _label(patterns: Patterns, text: str, start: int, end: int, depth: int = 1) -> tuple[Label, int] | None:
    m = patterns.regexes["img_label"].match(text[start:end])
    wide = m is None
    if wide:
        m = _WIDE_LABEL.match(text[start:end])
    if m is None:
        return None
    first, last = start + m.start("label"), start + m.end("label")
    places = [a for a in anatomy_in(patterns, text, first, last) if a.region not in ("bursa", "symphysis")]
    sides = sides_in(patterns, text, first, last)
    region = places[0].region if places else None
    if region is None and not sides and depth and text[last + 1 : end].strip():
        inner = _label(patterns, text, last + 1, end, depth - 1)  # "FINDINGS: Right: ..."
        if inner:
            return inner
    if wide and region is None and not _SIDE_ALONE.fullmatch(text, first, last):
        return None
    side = sides[0].side if len({s.side for s in sides}) == 1 else Laterality.BILATERAL if sides else None
    return Label(region, side, any(a.plural for a in places)), last + 1


def _told_label(patterns: Patterns, text: str, start: int, end: int) -> Label:
    places = anatomy_in(patterns, text, start, end)
    sides = sides_in(patterns, text, start, end)
    return Label(places[0].region if places else None, sides[0].side if sides else None, any(a.plural for a in places))


def units_of(reading: Reading, spans: Iterable[tuple[int, int, bool]]) -> list[Unit]:
    """The units of the body of a report or of what a note tells of a study.

    Args:
        spans: (start, end, whether it is an impression), in order.
    """
    text, patterns = reading.text, reading.patterns
    units: list[Unit] = []
    current: Label | None = None
    reach = -1  # where the current label ends to govern
    for low, high, overall in _with_answers(reading, spans):
        for start, end, goes_on in _pieces(reading, low, high):
            spoken = _SPOKEN_LABEL.fullmatch(text, start, end)
            found = _label(patterns, text, start, end)
            own = False
            wrapped = text[end : end + 1] == "\n" and text[reading.line_at(start).start : start].strip()
            if spoken and text[end : end + 1] in (".", " ", "\n") and not wrapped:
                found = _told_label(patterns, text, *spoken.span("label")), end
            if found:
                label, after = found
                current = label if label.region or label.side else None
                own = current is not None
                line = reading.line_at(start)
                # a label alone on its line governs the lines up to the next label
                reach = len(text) if spoken or not text[after : line.end].strip() else line.end
            elif current is not None:
                if start >= reach:
                    current = None
                else:
                    places = [a.region for a in anatomy_in(patterns, text, start, end)]
                    sides = sides_in(patterns, text, start, end)
                    if (sides and current.side) or (places and current.region and current.region not in places):
                        current = None
            units.append(Unit(start, end, overall, current, own, goes_on=goes_on))
    return _bound(units)


def _with_answers(reading: Reading, spans: Iterable[tuple[int, int, bool]]) -> Iterable[tuple[int, int, bool]]:
    """ "Osteophytes ........ None": the leaders of a form end no sentence."""
    held: tuple[int, int, bool] | None = None
    for low, high, overall in spans:
        if held is not None:
            if "\n" in reading.text[held[1] : low]:
                yield held
            else:
                low = held[0]
        held = (low, high, overall) if _LEADERS.search(reading.text, low, high) else None
        if held is None:
            yield low, high, overall
    if held is not None:
        yield held


def _pieces(reading: Reading, low: int, high: int) -> Iterable[tuple[int, int, bool]]:
    for sentence in reading.sentences[reading.sentence_at(low).index :]:
        if sentence.start >= high:
            break
        if sentence.end <= low:
            continue
        start, stop = max(sentence.start, low), min(sentence.end, high)
        if _LEADERS.search(reading.text, start, stop) and stop < high:
            yield start, high, False
            break
        at = start
        goes_on = False
        for m in re.finditer(r";|(?<=[a-z)])\.(?=\s[A-Z])|\n", reading.text[start:stop]):
            if m.group() == "\n" and _DANGLING.search(reading.text, at, start + m.start()):
                continue  # a line wrapped within its sentence
            if reading.text[at : start + m.start()].strip():
                yield at, start + m.start(), goes_on
            at = start + m.end()
            goes_on = m.group() == ";"
        if reading.text[at:stop].strip():
            yield at, stop, goes_on


def _bound(units: list[Unit]) -> list[Unit]:
    out: list[Unit] = []
    follows = False
    for unit in reversed(units):
        out.append(replace(unit, bounded=follows) if unit.label else unit)
        if unit.own and unit.label and unit.label.side:
            follows = True
    return out[::-1]
