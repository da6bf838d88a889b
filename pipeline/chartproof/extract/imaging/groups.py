"""One fact for each finding of a study: levels and sections of the report brought together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from chartproof.extract.imaging.place import GENERAL
from chartproof.extract.imaging.study import PAIRED, SPINE, Seen, Study
from chartproof.model.vocab import Laterality

_SAME_LEVEL = 60  # characters within which two words for one level stand
_DEGREE = {"mild": 1, "moderate": 2, "severe": 3}
_WORN = frozenset(
    "degeneration sclerosis osteophytes joint_space_narrowing erosion vacuum_phenomenon ankylosis subchondral_cyst "
    "bone_marrow_edema osteoarthritis".split()
)


@dataclass
class Group:
    """What becomes one fact."""

    finding: str
    region: str
    presence: str
    side: Laterality | None
    severity: str | None
    seen: list[Seen] = field(default_factory=list)


def group(seen: Iterable[Seen], studies: list[Study], two_readers: bool = False) -> list[Group]:
    """The facts of one study (or of several told together), in order of first telling.

    A study of one side ("XR RIGHT HIP") lends it to what is told of that joint without a side.

    Several levels of the spine make one finding with the worst severity; sides of a joint stay apart unless they tell
    the same absence (corpora/GUIDE.md section 2). With ``two_readers`` (a surgeon's reading told against the
    radiologist's) what one saw and the other denies is kept both ways.
    """
    by_kind: dict[tuple[str, str], list[Seen]] = {}
    one_side = {s.region: s.side for s in studies if s.side in (Laterality.LEFT, Laterality.RIGHT)}
    if any(s.region == "pelvis" for s in studies):
        one_side = {}  # the pelvis shows both
    for s in seen:
        if s.side is None and s.finding not in GENERAL and s.region in one_side:
            s = replace(s, side=one_side[s.region])
        by_kind.setdefault((s.region, s.finding), []).append(s)
    out: list[Group] = []
    for (region, _), told in by_kind.items():
        groups = _spine(told) if region in SPINE else _sides(told)
        out += groups
        absent = [s for s in told if s.presence == "absent"]
        shown = next((g for g in groups if g.presence == "present"), None)
        if two_readers and absent and shown and not any(g.presence == "absent" for g in groups):
            out.append(Group(shown.finding, region, "absent", shown.side, None, absent))
    return _without_contradicted_normals(out, two_readers)


def _spine(told: list[Seen]) -> list[Group]:
    presence = next(p for p in ("present", "possible", "absent") if any(s.presence == p for s in told))
    kept = [s for s in told if s.presence == presence]
    sides = {s.side for s in kept if s.side}
    side: Laterality | None = None
    if sides and not any(s.central and s.side is None for s in kept) and not any(s.central for s in kept):
        side = sides.pop() if len(sides) == 1 else Laterality.BILATERAL
    if kept[0].finding == "disc_degeneration" and any(s.side is None and not s.overall for s in kept):
        side = None  # a bulge to one side at one level of several
    return [Group(kept[0].finding, kept[0].region, presence, side, _worst(kept), kept)]


def _worst(kept: list[Seen]) -> str | None:
    """The worst severity told. Where one level is mild and another says nothing, the whole is left open, unless the
    impression grades it."""
    told = [s.severity for s in kept if s.severity]
    if not told:
        return None
    worst = max(told, key=_DEGREE.__getitem__)
    if worst == "mild" and not any(s.overall and s.severity for s in kept):
        graded = [s.start for s in kept if s.severity]
        ungraded = [s.start for s in kept if not s.severity and not s.overall]
        if any(all(abs(start - g) >= _SAME_LEVEL for g in graded) for start in ungraded):
            return None
    return worst


def _sides(told: list[Seen]) -> list[Group]:
    positive = [s for s in told if s.presence == "present"]
    possible = [s for s in told if s.presence == "possible"]
    absent = [s for s in told if s.presence == "absent"]
    groups: list[Group] = []
    for presence, some in (("present", positive), ("possible", possible)):
        if some:
            groups += _apart(presence, some, groups)
    taken = {g.side for g in groups}
    if absent:
        sides = {s.side for s in absent}
        if not groups:
            groups.append(_together(absent, sides))
        else:
            free = [s for s in absent if s.side and s.side not in taken and s.side != Laterality.BILATERAL]
            if free and Laterality.BILATERAL not in taken and None not in taken:
                groups.append(_together(free, {s.side for s in free}))
    return groups


def _together(some: list[Seen], sides: set[Laterality | None]) -> Group:
    first = some[0]
    both = Laterality.BILATERAL in sides or {Laterality.LEFT, Laterality.RIGHT} <= sides
    side = Laterality.BILATERAL if both else None if None in sides else next(iter(sides))
    return Group(first.finding, first.region, first.presence, side, None, some)


def _apart(presence: str, some: list[Seen], before: list[Group]) -> list[Group]:
    """Left and right of their own; what tells no side, or both, goes to them where they cover it."""
    first = some[0]
    if first.finding == "normal":
        return [_together(some, {s.side for s in some})]
    sided: dict[Laterality | None, list[Seen]] = {}
    for s in some:
        sided.setdefault(s.side, []).append(s)
    single = [s for s in (Laterality.LEFT, Laterality.RIGHT) if s in sided]
    both = sided.pop(Laterality.BILATERAL, [])
    open_side = sided.pop(None, [])
    if both and len(single) < 2:
        if single and not any(s.severity for s in sided[single[0]]):
            both += sided.pop(single[0])  # "left worse than right" told again for one side
        sided[Laterality.BILATERAL] = both + open_side
    elif single:
        for one in single:
            sided[one] = sided[one] + both + open_side
    elif open_side:
        sided[None] = open_side
    covered = {g.side for g in before}
    out = []
    for side, told in sided.items():
        if side in covered or (covered and (side is None or None in covered)):
            continue
        own = [s for s in told if s.side == side] or told
        severity = max((s.severity for s in own if s.severity), key=_DEGREE.__getitem__, default=None)
        if severity is None and len(sided) == 1:
            severity = max((s.severity for s in told if s.severity), key=_DEGREE.__getitem__, default=None)
        out.append(Group(first.finding, first.region, presence, side, severity, told))
    return out


def _two_tellings(normal: Group, worn: list[Group]) -> bool:
    """The body of a report shows wear and its impression calls the joint normal, or the other way round."""
    where = {s.overall for s in normal.seen if not s.faint}
    return bool(where) and not where & {s.overall for g in worn for s in g.seen}


def _without_contradicted_normals(groups: list[Group], two_readers: bool) -> list[Group]:
    """No "normal" beside wear of the same joint and side, unless the two are told against each other.

    "Hips negative" only adds to what was found absent.
    """
    out = []
    for g in groups:
        if g.finding == "normal" and g.region in PAIRED:
            shown = [o for o in groups if o.region == g.region and o.presence == "present" and o.finding in _WORN]
            worn = {o.side for o in shown}
            if shown and (two_readers or _two_tellings(g, shown)):
                out.append(g)
                continue
            if g.side in worn or (worn and g.side in (None, Laterality.BILATERAL)):
                rest = {Laterality.LEFT, Laterality.RIGHT} - worn
                if len(rest) != 1 or not any(s.side in rest for s in g.seen):
                    continue
                g.side = rest.pop()
            if all(s.faint for s in g.seen):
                host = next(
                    (
                        o
                        for o in groups
                        if o.region == g.region and o.finding == "osteoarthritis" and o.presence == "absent"
                    ),
                    None,
                )
                if host is not None:
                    host.seen += g.seen
                    continue
        out.append(g)
    return out
