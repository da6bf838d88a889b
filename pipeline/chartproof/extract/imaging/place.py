"""Where a finding is: its region and its side, from the words around it."""

from __future__ import annotations

import re

from chartproof.extract.imaging.items import Item
from chartproof.extract.imaging.study import PAIRED, SPINE, Frame
from chartproof.extract.imaging.units import Anatomy, Unit
from chartproof.language.sides import SideMention
from chartproof.model.vocab import Laterality

SPINAL = frozenset(
    "disc_degeneration disc_herniation stenosis neural_compression spondylolisthesis facet_arthropathy".split()
)
# Of the whole study: they take no side and no joint from the words before them.
GENERAL = frozenset("fracture tumor infection instability inflammatory_arthropathy".split())
JOINT = frozenset("sclerosis erosion ankylosis subchondral_cyst joint_space_narrowing bone_marrow_edema".split())
# worn SI joints are what these mostly speak of where no joint is named
_OF_SI = JOINT - {"joint_space_narrowing", "subchondral_cyst"} | {"vacuum_phenomenon"}
# places that a joint's wear may be told with
_OPEN_PLACES = ("sacrum", "pelvis", "bursa")
_VERB = re.compile(
    r"\b(?:joint spaces? (?:preserved|maintained|kept|normal)|is|are|shows?|demonstrates?|has|have|appears?|remains?"
    r"|there|with)\b|:",
    re.I,
)
_ANSWERED = re.compile(r" ?(?::|\(|-) ?(?:L|R|B|left|right|bilateral|both|bilat)\b", re.I)
_SHARED = re.compile(r" and [a-z -]{3,50} (?:on|of|at|in|about|around|involving) (?:the )?", re.I)
_WITHOUT = re.compile(
    r"\s*\(?(?:are |is |look |appear |both )?(?:without|w/o|with no|have no|has no|show no|free of)\s+(?:\w+\s+)?", re.I
)
_OF_A_JOINT = re.compile(r"\bsacro-?iliitis\b|\bjoints?\b", re.I)
_IN_THEM = re.compile(
    r"[^.;,]{0,20}\b(?:in|of|about|around|within|at) (?:them|it|either|these joints|the joints?)\b", re.I
)
_SHOWS = re.compile(r"\b(?:confirm|show|reveal|demonstrat|describ|report|note)(?:e?s|ed|ing)?\b|:", re.I)
_SUBJECT = 30  # characters from the start of a unit within which its subject begins
HARDWARE = frozenset("hardware_loosening lucency".split())


def _allowed(finding: str, study: str | None) -> tuple[str, ...]:
    if finding in SPINAL:
        return SPINE
    if finding == "bone_marrow_edema" and study in SPINE:
        return (*PAIRED, *SPINE)
    if finding in JOINT:
        return PAIRED
    if finding in ("osteophytes", "vacuum_phenomenon", "arthrosis"):
        return (*PAIRED, *SPINE)
    if finding in HARDWARE:
        return (*PAIRED, *SPINE)
    if finding == "inflammatory_arthropathy":
        return PAIRED
    if finding == "widening":
        return ("si_joint", "symphysis", "pelvis")
    return (*PAIRED, *SPINE, "pelvis", "sacrum", "symphysis")


def region_of(
    text: str, finding: str, item: Item, unit: Unit, places: list[Anatomy], carried: str | None, frame: Frame
) -> tuple[str | None, Anatomy | None]:
    """The region of a finding, and the place named for it in its own unit, if any.

    Sacrum and ilium take the region of the study (corpora/GUIDE.md section 2), the symphysis is pelvis.
    """
    if finding == "infection" and frame.region == "pelvis" and _OF_A_JOINT.search(text, item.found, item.found_end + 9):
        return "si_joint", None  # "infectious sacroiliitis", on an MRI of the pelvis
    if finding in ("infection", "tumor") and carried in PAIRED and _IN_THEM.match(text, item.found_end, unit.end):
        return carried, None  # "SI joints: ... Nothing inflammatory or infectious in them"
    allowed = _allowed(finding, frame.region)
    fitting = [a for a in places if a.region in allowed]
    chosen: Anatomy | None = None
    end = item.stop if finding in GENERAL else item.reach
    inside = [a for a in fitting if item.piece <= a.start < end]
    elsewhere = [a for a in places if a.end <= item.stop and a.region not in _OPEN_PLACES][-1:]
    if (
        not inside
        and elsewhere
        and elsewhere[0].region not in allowed
        and finding not in GENERAL
        and finding not in HARDWARE
        and finding not in SPINAL
    ):
        return None, None  # sclerosis of the symphysis, or of an endplate, is not of the joint spoken of before
    inside = inside or [a for a in fitting if item.start <= a.start and a.end <= end]
    before = [a for a in fitting if a.end <= item.start]
    after = [a for a in fitting if a.start >= item.reach]
    own = [a for a in before if _WITHOUT.fullmatch(text, a.end, item.found)]
    if own:
        chosen = own[-1]  # "hips without arthritis, SI joints with ..."
    elif inside:
        chosen = min(inside, key=lambda a: min(abs(a.start - item.found_end), abs(item.found - a.end)))
    elif (finding not in GENERAL or frame.region is None) and (before or after):
        chosen = before[-1] if before else after[0]
    if chosen is not None:
        return _as_region(chosen.region, finding, frame), chosen
    label = unit.label.region if unit.label else None
    if label in allowed and finding not in GENERAL:
        return _as_region(label, finding, frame), None
    sided = unit.label is not None and unit.label.side is not None
    return _default(finding, label, unit.own, carried if carried in allowed else None, frame, sided), None


def _as_region(region: str | None, finding: str, frame: Frame) -> str | None:
    if region == "sacrum":
        return frame.region if frame.region not in (None, "other") else "pelvis"
    if region == "symphysis":
        return "pelvis"
    return region


def _default(
    finding: str, label: str | None, own: bool, carried: str | None, frame: Frame, sided: bool = False
) -> str | None:
    study = frame.region
    if finding in SPINAL:
        return carried if carried and study not in SPINE else frame.spine
    if finding in JOINT or finding in ("vacuum_phenomenon", "osteophytes"):
        if sided and study in PAIRED and carried not in PAIRED:
            return study  # "R: sclerosis. Anterior osteophytes." of a CT of the joints
        if carried:
            return carried
        if study in PAIRED or (study in SPINE and finding in ("osteophytes", "vacuum_phenomenon", "bone_marrow_edema")):
            return study
        return "si_joint" if study in ("pelvis", None) and finding in _OF_SI else None
    if finding == "arthrosis":
        return carried or (study if study != "pelvis" else None)
    if finding == "widening" and carried == "si_joint":
        return carried
    if finding == "inflammatory_arthropathy":
        return "si_joint" if study in (None, "pelvis", "si_joint") else study
    if finding in HARDWARE:
        return carried or study
    if label in SPINE or (own and label == "hip"):
        return label
    return study or carried


# "Left hip without arthritic change", "R hip - no arthritis"
_OF_THIS_SIDE = re.compile(
    r"(?:left|right|l|r|lt|rt)\b\.?\s+(?:hip|si|sij|sacro-?iliac)\b(?: joint)?\s*"
    r"(?:(?:is|has|shows?|with|had)\b|[-:,])?\s*(?:without|with no|no|w/o|free of|negative for)\s+(?:[\w-]+\s+){0,3}",
    re.I,
)


def _is_subject(text: str, unit: Unit, at: int, item: Item) -> bool:
    """Whether the side at ``at`` is told with the subject of the sentence: "The left hip is preserved, no ..." """
    low = max(unit.start, unit.head)
    if _SHOWS.search(text, low, at):
        return False  # "CT confirms right-sided sclerosis, erosions are absent"
    return at - low < _SUBJECT and bool(_VERB.search(text, at, item.start))


def side_of(
    text: str,
    finding: str,
    region: str,
    item: Item,
    unit: Unit,
    place: Anatomy | None,
    places: list[Anatomy],
    sides: list[SideMention],
    carried: Laterality | None,
    presence: str,
    attached: bool = False,
) -> Laterality | None:
    """The side of a finding, or None where none is told for it.

    Args:
        attached: the finding is said of the very words before it ("osteophyte without fusion", "lucency around them").
    """
    low = item.piece if finding in GENERAL and presence == "absent" else item.start
    inside = [s for s in sides if low <= s.start and s.end <= item.reach]
    if inside:
        if len({s.side for s in inside}) == 1:
            return inside[0].side
        ahead = [s for s in inside if s.end <= item.found]
        return ahead[-1].side if ahead else inside[0].side
    if region in SPINE and finding not in HARDWARE:
        return None
    if finding in GENERAL and (presence != "present" or finding in ("tumor", "infection", "inflammatory_arthropathy")):
        return None
    # the last side, or plural of the site, told before in the unit
    told = [(s.start, s.side) for s in sides if s.end <= item.start]
    told += [(a.start, Laterality.BILATERAL) for a in places if a.plural and a.region == region and a.end <= item.reach]
    if told:
        at, side = max(told, key=lambda t: t[0])
        # "vacuum on the right, no erosions": only the subject of the sentence lends its side to what is absent
        if presence != "absent" or attached or finding in HARDWARE or _is_subject(text, unit, at, item):
            return side
        if _OF_THIS_SIDE.fullmatch(text, at, item.found):
            return side
    answered = _ANSWERED.match(text, item.found_end, unit.end)
    following = [s for s in sides if s.start >= item.reach]
    if answered and presence != "absent" and following and following[0].start < answered.end():
        return following[0].side  # "SI joint sclerosis: R"
    if following and presence != "absent" and _SHARED.fullmatch(text, item.found_end, following[0].start):
        return following[0].side  # "vacuum phenomenon and osteophytes on the right"
    if following and presence != "absent" and (place is None or place.start >= item.reach):
        # "sclerosis and spurring about the left SI joint"
        if item.last or len({s.side for s in sides}) == 1:
            return following[0].side
    if presence == "absent" and place is not None and place.plural and region == "si_joint" and finding in JOINT:
        if finding != "joint_space_narrowing" and place.end <= item.piece:
            return None  # "SI joints symmetric, no erosion, no sclerosis" (corpora/GUIDE.md: "no erosions" has no side)
    if presence == "absent" and place is not None and place.plural and place.region == region:
        if not any(s.start > place.end and s.end <= item.found for s in sides):
            return Laterality.BILATERAL  # "... right SI joint sclerotic, hips with preserved spaces"
    one_side = {s.side for s in sides if s.end <= item.start and s.side != Laterality.BILATERAL}
    by_label = unit.own and unit.label is not None and one_side == {unit.label.side}  # "RIGHT: no edema"
    if presence == "absent" and one_side and not by_label:
        return None  # "SI joints: sclerosis on the right, no erosions"
    if place is not None and place.plural:
        return Laterality.BILATERAL
    label = unit.label
    if label is not None and (label.region is None or label.region in (region, "sacrum")):
        of_it = (finding in HARDWARE and region not in SPINE) or (
            finding == "joint_space_narrowing" and label.region == region
        )
        if label.side and (presence != "absent" or unit.own or unit.bounded or of_it or unit.goes_on):
            return label.side
        if label.plural and region in PAIRED and (presence != "absent" or unit.own):
            return Laterality.BILATERAL
    if place is None and carried is not None and finding not in GENERAL:
        # "both hips show preserved spaces; no osteoarthritis": the same sentence still speaks of them
        if presence != "absent" or (unit.goes_on and (attached or finding == "arthrosis")):
            return carried
    return None
