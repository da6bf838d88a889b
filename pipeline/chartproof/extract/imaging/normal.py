"""What is said to be normal: a joint, a pair of joints, a region, or the whole study."""

from __future__ import annotations

import re

from chartproof.extract.imaging.study import PAIRED, SPINE, Frame, Seen
from chartproof.extract.imaging.units import Anatomy, Unit
from chartproof.language.reading import Reading
from chartproof.language.sides import SideMention
from chartproof.model.vocab import Laterality

_PART_OF = re.compile(
    r"\b(?:margins?|alignment|signal|marrow|spaces?|cartilage|surfaces?|muscles?|width|labrum|around|about|near|over|surrounding|remainder|rest)"
    r" (?:of |in |at |on )?(?:the |both |visualized )*(?:left |right )?$",
    re.I,
)
_AND = re.compile(r"\s*(?:,|/|&|and|,\s*and)\s*(?:the |both |left |right |bilateral |visualized )*", re.I)
_WHOLE = re.compile(r"\b(?:normal|unremarkable|negative|clear|neg)\b", re.I)
_FAINT = re.compile(r"\b(?:negative|neg)\b", re.I)
_ALSO = re.compile(r"\balso (?:well[- ])?(?:preserved|maintained|kept)\b", re.I)
_LEVEL = re.compile(r"\d")


def normals_in(
    reading: Reading,
    unit: Unit,
    frame: Frame,
    places: list[Anatomy],
    sides: list[SideMention],
    carried: str | None,
    before: list[Seen],
) -> list[Seen]:
    """The normal findings of a unit.

    Args:
        carried: the region last spoken of, for "The right is clear".
        before: what the unit before told, for "also preserved".
    """
    text, regexes = reading.text, reading.patterns.regexes
    out: list[Seen] = []

    def add(region: str, side: Laterality | None, start: int, end: int, words: str) -> None:
        if _ALSO.search(words) and any(s.finding == "joint_space_narrowing" and s.presence == "absent" for s in before):
            out.append(Seen("joint_space_narrowing", region, "absent", side, None, start, end, "preserved", unit.overall))
            return
        faint = bool(_FAINT.search(words)) and region == "hip"
        out.append(Seen("normal", region, "present", side, None, start, end, None, unit.overall, faint=faint))

    told: list[Anatomy] = []
    for place in places:
        if place.region not in (*PAIRED, *SPINE, "pelvis") or _LEVEL.search(text[place.start : place.end]):
            continue
        after, ahead = text[place.end : unit.end], text[unit.start : place.start]
        if regexes["img_part"].match(after) or _PART_OF.search(ahead):
            continue
        m = regexes["img_normal_after"].match(after)
        if m and regexes["img_part"].match(after[m.end() :]):
            m = None
        start, end = place.start, place.end + (m.end() if m else 0)
        words = m.group() if m else ""
        if m is None:
            found = regexes["img_normal_before"].search(ahead[-70:]) or regexes["img_no_abnormality"].search(ahead[-70:])
            if found is None or re.search(r"\b(?:not|otherwise)\s*$", ahead[-70:][: found.start()], re.I):
                continue
            start, end = unit.start + max(0, len(ahead) - 70) + found.start(), place.end
            words = found.group()
        if place.region not in PAIRED and not (_WHOLE.search(words) or m is None):
            continue
        told.append(place)
        add(place.region, _side(place, sides, places, unit, text), _back(text, start, unit.start), end, words)
    for a, b in zip(places, places[1:], strict=False):
        # "normal pelvis and hips", "the SI joints and hips are unremarkable": one word for both
        if _AND.fullmatch(text[a.end : b.start]) and (a in told) != (b in told):
            other = b if a in told else a
            if other.region in PAIRED and not regexes["img_part"].match(text[other.end : unit.end]):
                side = _side(other, sides, places, unit, text)
                out.append(Seen("normal", other.region, "present", side, None, other.start, other.end, None, unit.overall))
    if not out:
        out = _by_side_alone(reading, unit, frame, places, sides, carried)
    if not out:
        m = regexes["img_smooth_joint"].search(text, unit.start, unit.end)
        region = next((a.region for a in places if a.region in PAIRED), None) or _joint(unit, carried, frame)
        if m and region:
            place = next((a for a in places if a.region == region), None)
            side = _side(place, sides, places, unit, text) if place else (sides[0].side if sides else unit.label and unit.label.side)
            out.append(Seen("normal", region, "present", side or None, None, m.start(), m.end(), None, unit.overall))
    if not out and (m := regexes["img_normal_study"].match(text[unit.start : unit.end])) and frame.region:
        both = Laterality.BILATERAL if frame.region == "si_joint" else None
        out.append(Seen("normal", frame.region, "present", both, None, unit.start, unit.start + m.end(), None, unit.overall))
    return out


def _side(
    place: Anatomy, sides: list[SideMention], places: list[Anatomy], unit: Unit, text: str
) -> Laterality | None:
    if place.region not in PAIRED:
        return None
    ahead = [s for s in sides if s.end <= place.start and place.start - s.end < 25]
    ahead = [s for s in ahead if not re.search(r"[,;:]|\band\b(?! (?:left|right))", text[s.end : place.start])]
    if ahead:
        return ahead[-1].side
    after = [s for s in sides if 0 <= s.start - place.end < 40 and s.side == Laterality.BILATERAL]
    if after or place.plural:
        return Laterality.BILATERAL
    near = [s for s in sides if 0 <= s.start - place.end < 15]
    if near:
        return near[0].side
    return unit.label.side if unit.label else None


def _joint(unit: Unit, carried: str | None, frame: Frame) -> str | None:
    label = unit.label.region if unit.label else None
    for region in (label, carried, frame.region):
        if region in PAIRED:
            return region
    return "si_joint" if frame.region == "pelvis" and carried is None else None


def _by_side_alone(
    reading: Reading, unit: Unit, frame: Frame, places: list[Anatomy], sides: list[SideMention], carried: str | None
) -> list[Seen]:
    """ "The right is clear", "Left: normal": the joint is the one last spoken of."""
    text, regexes = reading.text, reading.patterns.regexes
    region = _joint(unit, carried, frame)
    out: list[Seen] = []
    if region is None:
        return out
    if unit.own and unit.label and (unit.label.side or unit.label.plural) and not any(a.start > unit.start + 40 for a in places):
        body = text[unit.start : unit.end]
        m = re.match(r"[^:]{1,60}:\s*", body)
        if m and re.match(r"(?:is |are |appears? )?(?:" + _NORMAL + r")\b", body[m.end() :], re.I):
            side = unit.label.side or Laterality.BILATERAL
            return [Seen("normal", region, "present", side, None, unit.start, unit.end, None, unit.overall)]
    for side in sides:
        if any(0 <= a.start - side.end < 3 for a in places):
            continue
        m = regexes["img_normal_after"].match(text[side.end : unit.end])
        if m and side.side != Laterality.BILATERAL:
            out.append(Seen("normal", region, "present", side.side, None, side.start, side.end + m.end(), None, unit.overall))
    return out


_NORMAL = "normal|unremarkable|negative|neg|clear|preserved|maintained|within normal limits|WNL"


def _back(text: str, at: int, low: int) -> int:
    """The start of the phrase at ``at``: with a side or article before it."""
    m = re.search(r"(?:(?:the|both|left|right|visualized|bilateral|L|R) )+$", text[low:at], re.I)
    return low + m.start() if m else at
