"""Reads what units say is seen: findings, their places, and what is said to be normal or spared."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from chartproof.extract.imaging.items import Item, items_of, severity_of
from chartproof.extract.imaging.normal import normals_in
from chartproof.extract.imaging.place import GENERAL, SPINAL, region_of, side_of
from chartproof.extract.imaging.stance import stance
from chartproof.extract.imaging.study import PAIRED, SPINE, Frame, Seen
from chartproof.extract.imaging.units import Anatomy, Unit, anatomy_in, sides_in
from chartproof.language.patterns import Patterns
from chartproof.language.reading import Reading
from chartproof.language.sides import SideMention
from chartproof.model.vocab import Laterality

_BOX = re.compile(r"\[[ xX]?\]")
_EMPTY_BOXES = ("[ ]", "[]")
_CENTRAL = re.compile(r"\b(?:canal|central|spinal)\b", re.I)
_CONTACT = re.compile(r"^(?:abut|contact|touch)", re.I)
_ATTACHED = re.compile(r"^\W*without\b|\b(?:them|its?|there|thereof)\b", re.I)
_FUSION = re.compile(r"\bfusion$|^fus(?:ed|ion)", re.I)
_OPERATED = re.compile(
    r"\b(?:s/p|status[ -]post|prior|previous(?:ly)?|post-?op\w*|surg\w+|operat\w+|implants?|hardware|screws?|rods?"
    r"|instrument\w*|revision|underwent|i-?fuse|rialto|si-?lok|performed|years? ago|2727[89]|arthrodesis"
    r"|fusion (?:is |appears |mass )?(?:solid|mature|healed|intact|complete))\b",
    re.I,
)
# what is told as free by its own words
_FREE = (
    ("stenosis", "img_canal_open"),
    ("neural_compression", "img_roots_free"),
    ("fracture", "img_bones_intact"),
    ("arthrosis", "img_grade_none"),
    ("tumor", "img_marrow_clean"),
    ("hardware_loosening", "img_hardware_tight"),
)
# "FINDINGS, B:" of a report on two examinations
_NEXT_PART = re.compile(r"\W*findings?\b[^:\n]{1,40}:", re.I)
_TWO_JOINTS = re.compile(r"\s*(?:,|/|&|,?\s*and|or|nor)\s*(?:the |of |both |either |bilateral |visualized )*", re.I)
_OF_BOTH = re.compile(
    r"(?:\b(?:on|of|at|in) (?:either|both|the (?:left or|right or)) (?:sides?|joints?|SI joints?|SIJs?)"
    r"|,? (?:on (?:the )?)?(?:right or left|left or right)|\bbilaterally|\bboth sides|\beither side|\b(?:of|in"
    r"|on) either)\W*$",
    re.I,
)
# between two findings that one "no" denies
_NEXT_DENIED = re.compile(
    r"[\s,;/]*(?:(?:and|or|nor|no|not|any|without|evidence of|significant|focal|subchondral|bony|osseous|marrow|active"
    r"|acute|frank|discrete|overt|definite|new)\b[\s,]*)*",
    re.I,
)
# "Left buttock pain, fell a year ago; herniation?": why a study was asked for
_REASON = re.compile(
    r"\b(?:pain|fell|fall|trauma|injury|numbness|weakness|sciatica|radicular)\b[^.?]{0,80}\?\W*$", re.I
)
_VAGUE = re.compile(r"\b(?:process|etiology|cause|disease|changes?)$", re.I)
_METAL = re.compile(r"\b(?:screws?|rods?|hardware|implants?|instrument\w*|plates?|cages?)\b", re.I)
_EARLY_BRIDGE = re.compile(r"\b(?:early|partial|incomplete|some|progressing|interval)\b[^.;,]{0,25}$", re.I)
_SPURS = re.compile(r"\b(?:osteo-?phytes?|spurs?)\b[^.;]{0,30}$", re.I)
# "..., none on the right", "but not on the left"
_NONE_ON_SIDE = re.compile(
    r"(?:,|;|\(|\band\b|\bbut\b) ?(?:and |but |with )?(?:none|not|nothing)(?: seen| visible| present)? (?:on|in"
    r"|at|of|about) the"
    r" (?P<side>left|right)\b",
    re.I,
)
_SIDE = {"left": Laterality.LEFT, "l": Laterality.LEFT, "right": Laterality.RIGHT, "r": Laterality.RIGHT}
# what a generic word for wear is called at each place
_ARTHROSIS = {"si_joint": "degeneration", "hip": "osteoarthritis", "pelvis": "degeneration"}


class _Carry:
    """The place last spoken of, for a sentence that names none."""

    def __init__(self) -> None:
        self.region: str | None = None
        self.side: Laterality | None = None
        self.last: list[Seen] = []

    def update(self, places: list[Anatomy], sides: list[SideMention]) -> None:
        told = [a for a in places if a.region in (*PAIRED, *SPINE)]
        if told:
            self.region = told[-1].region
            self.side = None
        if sides:
            values = {s.side for s in sides}
            self.side = values.pop() if len(values) == 1 else None


def seen_in(reading: Reading, units: list[Unit], frame: Frame) -> list[Seen]:
    """Everything that the units tell, in order. ``frame`` stands in where they leave the study open."""
    out: list[Seen] = []
    carry, summed_up = _Carry(), False
    for unit in units:
        zone = reading.sentence_at(unit.start).zone
        if zone in ("policy", "education", "hypothetical") or reading.patterns.regexes["img_general_remark"].search(
            reading.text, unit.start, unit.end
        ):
            continue
        if frame.modality and _REASON.search(reading.text, reading.sentence_at(unit.start).start, unit.end):
            continue
        if unit.overall and not summed_up:
            carry, summed_up = _Carry(), True  # an impression names its joints anew
        if _NEXT_PART.match(reading.text, unit.start, unit.end):
            carry = _Carry()
        if unit.label is not None and unit.own and unit.label.region:
            carry.region, carry.side = unit.label.region, unit.label.side
        seen = _unit(reading, unit, frame, carry) or _same_on_the_other_side(reading, unit, carry.last)
        out += seen
        places = anatomy_in(reading.patterns, reading.text, unit.start, unit.end)
        carry.update(places, sides_in(reading.patterns, reading.text, unit.start, unit.end))
        carry.last = seen
    return out


def _same_on_the_other_side(reading: Reading, unit: Unit, before: list[Seen]) -> list[Seen]:
    """ "Moderate sclerosis on the left; mild on the right": the finding is the one told before."""
    text = reading.text[unit.start : unit.end]
    alike = reading.patterns.regexes["img_alike"].match(text)
    if alike is not None and before:
        side = _SIDE[alike["side"].lower()]
        shown = [s for s in before if s.region in PAIRED and s.presence == "present" and s.side not in (side, None)]
        return [
            replace(s, side=side, severity=None, start=unit.start, end=unit.end)
            for s in shown
            if s.side != Laterality.BILATERAL
        ]
    regexes = reading.patterns.regexes
    m = regexes["img_degree_of_side"].fullmatch(text) or regexes["img_side_of_degree"].fullmatch(text)
    if m is None or not before or before[0].region not in PAIRED or before[0].presence != "present":
        return []
    degree = reading.patterns.first("imaging_severity", m["degree"])
    side = _SIDE[m["side"].lower()]
    if before[0].side == side:
        return []
    severity = "mild" if degree == "small" else degree
    return [replace(before[0], side=side, severity=severity, start=unit.start, end=unit.end)]


def _unit(reading: Reading, unit: Unit, frame: Frame, carry: _Carry) -> list[Seen]:
    text, patterns = reading.text, reading.patterns
    hits = list(patterns.find("imaging_finding", text, unit.start, unit.end))
    places = anatomy_in(patterns, text, unit.start, unit.end)
    sides = sides_in(patterns, text, unit.start, unit.end)
    spared = _spared(patterns, text, unit, hits)
    hits = [(f, m) for f, m in hits if not any(m.start() < s.end() and s.start() < m.end() for _, s in spared)]
    both = sorted([(f, m, False) for f, m in hits] + [(f, m, True) for f, m in spared], key=lambda h: h[1].start())
    near, beside = [a for a in places if a.start >= unit.head], [s for s in sides if s.start >= unit.head]
    closed = [
        m.span()
        for name in ("img_two_degrees", "img_two_degrees_after")
        for m in patterns.regexes[name].finditer(text, unit.start, unit.end)
    ]
    items = items_of(patterns, text, unit.start, unit.end, [m.span() for _, m, _ in both], closed)
    out: list[Seen] = []
    denied: tuple[int, Seen] | None = None  # where the words of the last finding end, which was denied
    for (finding, m, is_spared), item in zip(both, items, strict=True):
        organ = patterns.regexes["img_organ"].search(text, item.start, item.reach)
        of_organ = organ and not (finding in SPINAL and organ[0].lower().endswith("cyst"))  # a cyst that compresses
        if of_organ or _is_unticked(text, unit, m.start()):
            continue
        here = [a for a in places if a.region == "bursa" and item.piece <= a.start < item.stop]
        if here and finding not in ("fracture", "tumor", "infection"):
            continue
        told = (
            ("absent", text[m.start() : m.end()])
            if is_spared
            else stance(
                patterns, text, *m.span(), unit.head if unit.start < unit.head <= m.start() else unit.start, unit.end
            )
        )
        if told is None:
            continue
        presence, cue = told
        region, place = region_of(text, finding, item, unit, near, carry.region, frame)
        if region is None:
            continue
        if not _holds(finding, m, region, presence, item, unit, places, sides, frame.region):
            continue
        attached = cue is not None and bool(_ATTACHED.search(text[item.start - 9 : item.stop]))
        side = side_of(
            text,
            finding,
            region,
            item,
            unit,
            place,
            near,
            beside,
            carry.side if carry.region == region else None,
            presence,
            attached,
        )
        name = "instability" if finding == "widening" else finding
        if finding == "arthrosis":
            name = _ARTHROSIS.get(region, "disc_degeneration")
        if side is None and _names_both(finding, m, region, frame):
            side = Laterality.BILATERAL
        if side is None and presence == "absent" and denied and region in PAIRED and finding not in GENERAL:
            if denied[1].region == region and _NEXT_DENIED.fullmatch(text, denied[0], m.start()):
                side = denied[1].side  # "neither SI joint has edema, erosion or ankylosis"
        severity = severity_of(patterns, text, finding, item, unit.end) if presence != "absent" else None
        start = min(item.phrase, m.start())
        if cue and presence != "present":
            cues = [c.start() for c in re.finditer(rf"(?<!\w){re.escape(cue)}", text[unit.start : m.start()])]
            start = unit.start + cues[-1] if cues else start
        central = name in ("stenosis", "disc_herniation") and bool(
            _CENTRAL.search(text, item.phrase, max(item.stop, m.end()))
        )
        seen = Seen(
            name, region, presence, side, severity, start, max(m.end(), item.stop), cue, unit.overall, central
        )  # fmt: skip
        if name == "neural_compression" and seen.side is None:
            cause = [s for s in out if s.finding in ("disc_herniation", "stenosis") and s.side and not s.central]
            if cause and presence != "absent":
                seen = replace(seen, side=cause[-1].side)
        denied = (m.end(), seen) if presence == "absent" else None
        out += _by_side(patterns, text, unit, seen, m.start(), [h[1].span() for h in both])
        if finding == "arthrosis" and presence == "absent" and place is not None:
            out += _of_the_other_joint(text, unit, seen, place, places)
    out += _none_on_the_other(text, unit, out)
    of_both = out and _OF_BOTH.search(text, unit.start, unit.end)
    if of_both and all(s.presence == "absent" and s.side in (None, Laterality.BILATERAL) for s in out):
        # "no edema, erosion or ankylosis on either side", "ankylosis: none, right or left"
        paired = [s.region in PAIRED and s.finding not in GENERAL for s in out]
        out = [replace(s, side=Laterality.BILATERAL) if p else s for s, p in zip(out, paired, strict=True)]
    return out + normals_in(reading, unit, frame, places, sides, carry.region, carry.last)


def _none_on_the_other(text: str, unit: Unit, told: list[Seen]) -> list[Seen]:
    """ "Mild osteoarthritis of the left hip, none on the right": the finding told before it, absent there."""
    out: list[Seen] = []
    for m in _NONE_ON_SIDE.finditer(text, unit.start, unit.end):
        side = _SIDE[m["side"].lower()]
        before = [s for s in told if s.end <= m.end() and s.start < m.start() and s.region in PAIRED]
        shown = before[-1:] if before and before[-1].presence == "present" else []
        out += [
            replace(s, presence="absent", side=side, severity=None, start=m.start(), end=m.end(), cue=m[0])
            for s in shown
            if s.side in (Laterality.LEFT, Laterality.RIGHT) and s.side != side
        ]
    return out


def _of_the_other_joint(text: str, unit: Unit, seen: Seen, place: Anatomy, places: list[Anatomy]) -> list[Seen]:
    """ "The SI joints and hips are free of arthropathy": what is denied of two joints named together."""
    for a, b in pairwise(places):
        if place in (a, b) and _TWO_JOINTS.fullmatch(text, a.end, b.start):
            other = b if place is a else a
            if other.region in PAIRED and other.region != seen.region:
                side = Laterality.BILATERAL if other.plural else None
                return [replace(seen, finding=_ARTHROSIS[other.region], region=other.region, side=side)]
    return []


def _is_unticked(text: str, unit: Unit, at: int) -> bool:
    """Whether the box before a finding of a checklist is empty: it asserts nothing."""
    boxes = _BOX.findall(text, unit.start, at)
    return bool(boxes) and boxes[-1] in _EMPTY_BOXES


def _names_both(finding: str, m: re.Match[str], region: str, frame: Frame) -> bool:
    """ "Joint spaces are preserved", of a study of the joints themselves."""
    return finding == "joint_space_narrowing" and region == frame.region and m.group().lower().count("spaces") > 0


def _holds(
    finding: str,
    m: re.Match[str],
    region: str,
    presence: str,
    item: Item,
    unit: Unit,
    places: list[Anatomy],
    sides: list[SideMention],
    study: str | None,
) -> bool:
    """Whether the word means the finding here: mere contact is no compression, a spinal fusion no ankylosis."""
    if finding == "neural_compression" and _CONTACT.match(m.group()):
        return presence == "possible"
    if finding == "ankylosis" and _FUSION.search(m.group().strip()):
        if _OPERATED.search(m.string, max(unit.start, m.start() - 60), min(unit.end, m.end() + 60)):
            return False  # a joint fused by a surgeon, and not by wear
        if any(a.region in SPINE for a in places):
            return False
        if presence == "absent":
            return True
        named = any(a.region == "si_joint" for a in places) or bool(unit.label and unit.label.region == "si_joint")
        return named or any(item.start <= s.start < item.reach for s in sides)
    if finding == "fracture" and m.group().lower().endswith("broken"):
        return not _METAL.search(m.string, unit.start, m.start())
    if finding == "ankylosis" and m.group().lower() in ("bridging", "bridged"):
        if _EARLY_BRIDGE.search(m.string, max(unit.start, m.start() - 40), m.start()):
            return not _OPERATED.search(m.string, unit.start, unit.end)  # on its way to a fusion
        return not _SPURS.search(m.string, unit.start, m.start())  # "osteophytes in front, bridging"
    if finding == "widening":
        gap = any(a.region == "symphysis" for a in places) or "diasta" not in m.group().lower()
        return region == "si_joint" or (presence == "absent" and not gap)
    if finding == "inflammatory_arthropathy" and presence != "absent" and _VAGUE.search(m.group()):
        # "an inflammatory process" of the bowel
        label = unit.label.region if unit.label else None
        return label == "si_joint" or study == "si_joint" or any(a.region == "si_joint" for a in places)
    if finding == "bone_marrow_edema" and region in SPINE:
        return "marrow" in m.group().lower()
    return True


def _spared(
    patterns: Patterns, text: str, unit: Unit, hits: list[tuple[str, re.Match[str]]]
) -> list[tuple[str, re.Match[str]]]:
    """What is told as free by its own words: joint spaces preserved, canal patent, roots free."""
    out = [
        ("joint_space_narrowing", m)
        for m in patterns.regexes["img_space_spared"].finditer(text, unit.start, unit.end)
        if not m["disc"]
    ]
    if patterns.regexes["img_smooth_joint"].search(text, unit.start, unit.end):
        out = [(f, m) for f, m in out if "width" not in m.group().lower()]  # "smooth surfaces, width normal" is normal
    for finding, name in _FREE:
        out += [(finding, m) for m in patterns.regexes[name].finditer(text, unit.start, unit.end)]
    return [(f, m) for f, m in out if not any(a.start() < m.end() and m.start() < a.end() for _, a in hits)]


def _by_side(
    patterns: Patterns, text: str, unit: Unit, seen: Seen, at: int, found: list[tuple[int, int]]
) -> list[Seen]:
    """Two facts where one sentence grades both sides: "moderate on the left and mild on the right"."""
    if seen.region not in PAIRED or seen.presence == "absent":
        return [seen]
    for name in ("img_two_degrees", "img_two_degrees_after"):
        m = patterns.regexes[name].search(text, unit.start, unit.end)
        if m is None:
            continue
        after = [s for s, _ in found if s >= m.start()]
        before = [s for s, _ in found if s < m.start()]
        nearest = after[0] if after and (not before or after[0] - m.end() < m.start() - before[-1]) else before[-1]
        if nearest != at:
            continue
        out = []
        for n in "12":
            degree = patterns.first("imaging_severity", text, m.start(f"d{n}"), m.end(f"d{n}"))
            degree = "mild" if degree == "small" else degree
            start, end = min(seen.start, m.start()), max(seen.end, m.end())
            out.append(replace(seen, side=_SIDE[m[f"s{n}"].lower()], severity=degree, start=start, end=end))
        return out
    m = patterns.regexes["img_worse_where"].search(text, at, unit.end)
    if m is not None and seen.side == Laterality.BILATERAL and not any(at < s < m.start() for s, _ in found):
        worse = _SIDE[m["side"].lower()]
        degree = patterns.first("imaging_severity", m["degree"])
        other = Laterality.RIGHT if worse == Laterality.LEFT else Laterality.LEFT
        marked = replace(seen, side=worse, severity="mild" if degree == "small" else degree, end=m.end())
        return [marked, replace(seen, side=other)]
    return [seen]
