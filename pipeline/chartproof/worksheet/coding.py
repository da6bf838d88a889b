"""Do the codes of the request and of the notes fit together? A few plain comparisons, none of them a billing rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chartproof.model import Case, Determination
from chartproof.model.spelling import spell

_SIDE_OF = {"LT": "left", "RT": "right", "50": "bilateral"}
# The requested procedure by CPT code, as far as its side and its fixation matter here.
_FUSION = {"27279": "transfixing", "27278": "bone_graft_only"}


@dataclass(frozen=True)
class CodingCheck:
    """One comparison. ``agrees`` is None where one of the two is not stated."""

    about: str
    requested: str
    in_notes: str
    agrees: bool | None
    anchors: tuple[str, ...] = ()


def coding_checks(
    case: Case, determinations: Sequence[Determination], anchors: Sequence[tuple[object, str]] = ()
) -> list[CodingCheck]:
    """The comparisons for which there is something to say."""
    anchor_of = {id(fact): anchor for fact, anchor in anchors}
    request = case.request
    codes = case.of_kind("code")
    cpt = [code for code in codes if code.system == "cpt"]
    icd = [code for code in codes if code.system == "icd10"]
    checks = []
    if request.cpt or cpt:
        told = [f"{c.value}{'-' + '-'.join(c.modifiers) if c.modifiers else ''}" for c in cpt]
        agrees = request.cpt in [c.value for c in cpt] if request.cpt and cpt else None
        checks.append(_check("Procedure", f"CPT {request.cpt}" if request.cpt else "", told, agrees, cpt, anchor_of))
    for code in cpt:
        sides = [_SIDE_OF[modifier] for modifier in code.modifiers or [] if modifier in _SIDE_OF]
        if sides and request.laterality and code.value == request.cpt:
            agrees = all(side == request.laterality for side in sides)
            name = f"Side, by the modifier of {code.value}"
            checks.append(_check(name, str(request.laterality), sides, agrees, [code], anchor_of))
    if request.icd10 or icd:
        mine, theirs = {_plain(c) for c in request.icd10}, {_plain(c.value) for c in icd}
        agrees = mine <= theirs if mine and theirs else None
        checks.append(_check("Diagnosis", ", ".join(request.icd10), [c.value for c in icd], agrees, icd, anchor_of))
    devices = [d for d in case.of_kind("device") if d.fixation and d.status != "declined"]
    if request.cpt in _FUSION and devices:
        told = [f"{d.name} ({spell(d.fixation)})" for d in devices]
        agrees = all(d.fixation == _FUSION[request.cpt] for d in devices)
        wanted = f"CPT {request.cpt} ({spell(_FUSION[request.cpt])})"
        checks.append(_check("Device and procedure", wanted, told, agrees, devices, anchor_of))
    for determination in determinations:
        off = [notice for notice in determination.notices if "CPT" in notice]
        checks.extend(CodingCheck(f"Policy {determination.policy}", notice, "", False) for notice in off)
    return checks


def _check(about: str, requested: str, told: Sequence[str], agrees: bool | None, facts, anchor_of) -> CodingCheck:  # type: ignore[no-untyped-def]
    anchors = tuple(anchor for fact in facts if (anchor := anchor_of.get(id(fact))))
    return CodingCheck(
        about, requested or "not stated", ", ".join(dict.fromkeys(told)) or "not stated", agrees, anchors
    )


def _plain(code: str) -> str:
    return code.replace(".", "").upper()
