"""What is said to be normal: a joint, a pair of joints, a region, or the whole study."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from chartproof.extract.imaging.study import PAIRED, SPINE, Frame, Seen
from chartproof.extract.imaging.units import Anatomy, Unit
from chartproof.language.reading import Reading
from chartproof.language.sides import SideMention
from chartproof.model.vocab import Laterality

_PART_OF = re.compile(
    r"\b(?:margins?|alignment|signal|marrow|spaces?|cartilage|surfaces?|muscles?|width|labrum|around|about|near"
    r"|over|surrounding|remainder|rest)"
    r" (?:of |in |at |on )?(?:the |both |visualized )*(?:left |right )?$",
    re.I,
)
_AND = re.compile(r"\s*(?:,|/|&|and|,\s*and)\s*(?:the |both |left |right |bilateral |visualized )*", re.I)
_WHOLE = re.compile(r"\b(?:normal|unremarkable|negative|clear|neg)\b", re.I)
_FAINT = re.compile(r"\b(?:negative|neg)\b", re.I)
_ALSO = re.compile(r"\balso (?:well[- ])?(?:preserved|maintained|kept)\b", re.I)
_OF_WHAT = re.compile(r" for (?!(?:his |her |the |stated |their |patient's )*(?:stated )?age\b)", re.I)
_LEAD_IN = re.compile(r"\s+(?:(?:the|both|left|right|bilateral|visualized)\s+)*", re.I)
# "IMPRESSION: Negative."
_CONCLUDED = re.compile(
    r"\W*(?P<head>(?:impression|imp|conclusion|opinion|summary)\s?:\W*)?(?:\d[.)]\s*)?"
    r"(?:essentially |grossly |completely |entirely )?(?:normal|negative|unremarkable|WNL|within normal limits)\W*",
    re.I,
)
_NEAR = 70  # characters before a place within which a word may call it normal
_DENIED = 40  # characters before a place within which something of it may be denied
_LEVEL = re.compile(r"\d")
_SAID_ALL = re.compile(
    r"\s*(?:[.,;)(/-]|$|and\b|in\b|for\b"
    r"|(?:on )?(?:both|R and L|L and R|right and left|left and right)\b|bilat|too\b|as\b"
    r"|stud|exam|joint\b|side\b|appear|throughout|also)",
    re.I,
)
_ON_ONE = re.compile(r",? on (?:the )?(?P<side>left|right)\b(?! (?:and|or) )", re.I)
_SIDE_ENDS = re.compile(r"(?:\s+(?:side|joint|SI joint|one))?\s*(?:[.;,)]|$)")
_NORMAL_SIDE = re.compile(
    r"\b(?:(?:normal|unremarkable|negative|clear|healthy)\s+(?:(?:SI |sacroiliac )?(?:joint|appearance|study"
    r"|side)\s+)?(?:on\s+)?"
    r"|(?:no (?:significant |focal |definite |other )?abnormalit(?:y|ies)"
    r"|nothing (?:wrong|abnormal|amiss|remarkable|to see)) (?:is |are |was )?(?:seen |noted |identified |found )?"
    r"(?:of|in|at|on|with|about|involving)\s+)(?:the\s+)?$",
    re.I,
)


_OTHER = re.compile(r"\b(?:opposite|contralateral|other|unaffected)\s+$", re.I)


def _opposite(before: list[Seen], region: str) -> Laterality | None:
    """The side of "the opposite joint": not the one that was told before."""
    told = {s.side for s in before if s.region == region}
    if told == {Laterality.LEFT}:
        return Laterality.RIGHT
    return Laterality.LEFT if told == {Laterality.RIGHT} else None


class _Unit:
    """A unit with what was found in it, for the several ways in which it may say "normal"."""

    def __init__(
        self,
        reading: Reading,
        unit: Unit,
        frame: Frame,
        places: list[Anatomy],
        sides: list[SideMention],
        carried: str | None,
    ):
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.unit, self.frame, self.places, self.sides = unit, frame, places, sides
        self.carried = carried
        self.joint = _joint(unit, carried, frame)

    def normal(self, region: str, side: Laterality | None, start: int, end: int, faint: bool = False) -> Seen:
        return Seen("normal", region, "present", side, None, start, end, None, self.unit.overall, faint=faint)

    def side(self, place: Anatomy) -> Laterality | None:
        return _side(place, self.sides, self.unit, self.text)


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
    here = _Unit(reading, unit, frame, places, sides, carried)
    return _of_places(here, before) or _of_sides(here) or _of_smooth_margins(here) or _of_the_study(here)


def _of_places(here: _Unit, before: list[Seen]) -> list[Seen]:
    """ "The hips are unremarkable", "normal SI joints"."""
    text, unit, regexes = here.text, here.unit, here.regexes
    spared = any(s.finding == "joint_space_narrowing" and s.presence == "absent" for s in before)
    out: list[Seen] = []
    told: list[Anatomy] = []
    for place in here.places:
        if place.region not in (*PAIRED, *SPINE, "pelvis") or _LEVEL.search(text[place.start : place.end]):
            continue
        said = _said_normal(here, place)
        if said is None:
            continue
        start, end, words = said
        if place.region not in PAIRED and end > place.end and not _WHOLE.search(words):
            continue  # the lumbar spine may be "preserved" in many ways
        told.append(place)
        start = _back(text, start, unit.start)
        side = here.side(place)
        one = _ON_ONE.match(text, end, unit.end)
        if one and place.region in PAIRED:
            side = Laterality(one["side"].lower())  # "the sacroiliac joints are unremarkable on the left"
        if side is None and _OTHER.search(text, unit.start, place.start):
            side = _opposite(before, place.region)
        seen = here.normal(place.region, side, start, end, bool(_FAINT.search(words)) and place.region == "hip")
        if spared and _ALSO.search(words):
            seen = replace(seen, finding="joint_space_narrowing", presence="absent", cue="preserved", faint=False)
        out.append(seen)
    for a, b in pairwise(here.places):
        # "normal pelvis and hips", "the SI joints and hips are unremarkable": one word for both
        if _AND.fullmatch(text[a.end : b.start]) and (a in told) != (b in told):
            other = b if a in told else a
            denied = regexes["img_no"].search(text, max(unit.start, other.start - _DENIED), other.start)
            if other is a and denied:
                continue  # "no sclerosis of either SI, hips preserved"
            if other.region in PAIRED and not regexes["img_part"].match(text[other.end : unit.end]):
                out.append(here.normal(other.region, here.side(other), other.start, other.end))
    return out


def _said_normal(here: _Unit, place: Anatomy) -> tuple[int, int, str] | None:
    """Start, end and words of what calls a place normal, after it or before it."""
    regexes = here.regexes
    after, ahead = here.text[place.end : here.unit.end], here.text[here.unit.start : place.start]
    if regexes["img_part"].match(after) or _PART_OF.search(ahead):
        return None
    m = regexes["img_normal_after"].match(after)
    if m and _OF_WHAT.match(after, m.end()):
        return None  # "negative for any acute injury"
    if m and not regexes["img_part"].match(after[m.end() :]) and not _next_place(here, place.end + m.end()):
        return place.start, place.end + m.end(), m.group()
    near = ahead[-_NEAR:]
    found = regexes["img_normal_before"].search(near) or regexes["img_no_abnormality"].search(near)
    if found is None or re.search(r"\b(?:not|otherwise)\s*$", near[: found.start()], re.I):
        return None
    return place.start - len(near) + found.start(), place.end, found.group()


def _next_place(here: _Unit, at: int) -> bool:
    """Whether another place follows at once: in "pelvis: normal hips" it is the hips that are normal."""
    follows = (a for a in here.places if 0 < a.start - at <= 20)
    return any(_LEAD_IN.fullmatch(here.text[at : a.start]) for a in follows)


def _of_sides(here: _Unit) -> list[Seen]:
    """ "The right is clear", "Left: normal": the joint is the one last spoken of."""
    text, unit, label = here.text, here.unit, here.unit.label
    if here.joint is None:
        return []
    if label and (label.side or label.plural) and not any(a.start > unit.start + 40 for a in here.places):
        words = r"[^:]{1,60}(?::\s*|\s{3,})(?:is |are |appears? )?" if unit.own else r"[\s*-]*"
        m = re.match(words, text[unit.start : unit.end])
        word = m and here.regexes["img_normal_word"].match(text, unit.start + m.end(), unit.end)
        of_a_part = word and here.regexes["img_part"].match(text[word.end() : unit.end])
        if word and not of_a_part and _SAID_ALL.match(text, word.end(), unit.end):
            return [here.normal(here.joint, label.side or Laterality.BILATERAL, unit.start, unit.end)]
    out = []
    for side in here.sides:
        if side.side == Laterality.BILATERAL or any(0 <= a.start - side.end < 3 for a in here.places):
            continue
        if _NORMAL_SIDE.search(text, unit.start, side.start) and _SIDE_ENDS.match(text, side.end, unit.end):
            out.append(here.normal(here.joint, side.side, unit.start, side.end))
            continue
        m = here.regexes["img_normal_after"].match(text[side.end : unit.end])
        if m and not here.regexes["img_part"].match(text[side.end + m.end() : unit.end]):
            out.append(here.normal(here.joint, side.side, side.start, side.end + m.end()))
    return out


def _of_smooth_margins(here: _Unit) -> list[Seen]:
    """ "Joint surfaces smooth, normal width"."""
    m = here.regexes["img_smooth_joint"].search(here.text, here.unit.start, here.unit.end)
    place = next((a for a in here.places if a.region in PAIRED), None)
    region = place.region if place else here.joint
    if m is None or region is None:
        return []
    near = [s for s in here.sides if s.end <= m.start() and not (place and s.end < place.start)]
    if len({s.side for s in here.sides}) > 1 and near:
        side: Laterality | None = near[-1].side  # "sclerosis on the left, whereas the right joint keeps its ..."
    elif place:
        side = here.side(place)
        if side is None and len({s.side for s in here.sides}) == 1:
            side = here.sides[0].side
    elif here.sides:
        side = here.sides[0].side
    else:
        side = here.unit.label.side if here.unit.label else None
    return [here.normal(region, side, m.start(), m.end())]


def _of_the_study(here: _Unit) -> list[Seen]:
    """ "IMPRESSION: Normal study."."""
    words = here.text[here.unit.start : here.unit.end]
    m = here.regexes["img_normal_study"].match(words) or _CONCLUDED.fullmatch(words)
    first = here.carried is None and here.unit.label is None
    if m is not None and m.re is _CONCLUDED and not (here.unit.overall or m["head"] or first):
        m = None
    region = here.frame.region
    if m is None or region is None:
        return []
    both = Laterality.BILATERAL if region == "si_joint" else None
    return [here.normal(region, both, here.unit.start, here.unit.start + m.end())]


def _side(place: Anatomy, sides: list[SideMention], unit: Unit, text: str) -> Laterality | None:
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


def _back(text: str, at: int, low: int) -> int:
    """The start of the phrase at ``at``: with a side or article before it."""
    m = re.search(r"(?:(?:the|both|left|right|visualized|bilateral|L|R) )+$", text[low:at], re.I)
    return low + m.start() if m else at
