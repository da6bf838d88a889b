"""``present``: an indication is there, is not, or is not told."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from chartproof.policy import Policy, evaluate
from chartproof.policy.cases import make_case

INFECTED = {"findings": [{"finding": ["infection"], "region": ["si_joint"]}]}
EITHER = {"conditions": ["traumatic_instability"], "findings": [{"finding": ["instability"], "region": ["pelvis"]}]}
LOOSE = {"complications": ["loosening", "breakage"]}


def _policy(asked: dict[str, object]) -> Policy:
    return Policy.model_validate(
        {
            "id": "p",
            "payer": "P",
            "title": "T",
            "version": "1",
            "series": "p",
            "effective": {},
            "procedure_codes": ["27280"],
            "source": "s",
            "verified": "v",
            "criteria": [{"id": "a", "label": "indication", "citation": "c", "rule": {"present": asked}}],
        }
    )


def _finding(finding: str, presence: str, region: str = "si_joint", **more: str) -> dict[str, object]:
    return {"kind": "imaging_finding", "region": region, "finding": finding, "presence": presence, **more}


def _complication(name: str, presence: str, **more: str) -> dict[str, object]:
    return {"kind": "implant_complication", "name": name, "presence": presence, **more}


@pytest.mark.parametrize(
    ("asked", "facts", "expected"),
    [
        (INFECTED, [], "unsure undocumented"),
        (INFECTED, [_finding("infection", "present")], "met satisfied"),
        (INFECTED, [_finding("infection", "possible")], "unsure incomplete"),
        (INFECTED, [_finding("infection", "absent")], "not_met contradicted"),
        (INFECTED, [_finding("infection", "present", region="lumbar_spine")], "unsure undocumented"),
        (INFECTED, [_finding("infection", "present", laterality="left")], "unsure undocumented"),
        (INFECTED, [_finding("normal", "present")], "not_met contradicted"),
        (INFECTED, [_finding("normal", "present", region="hip")], "unsure undocumented"),
        (
            INFECTED,
            [
                _finding("infection", "present", date="2025-01-01", modality="mri"),
                _finding("infection", "absent", date="2025-06-01", modality="mri"),
            ],
            "not_met contradicted",
        ),
        (
            INFECTED,
            [
                _finding("infection", "present", date="2025-06-01", modality="mri"),
                _finding("infection", "absent", date="2025-06-01", modality="mri"),
            ],
            "unsure conflicting",
        ),
        (EITHER, [{"kind": "condition", "name": "traumatic_instability", "presence": "present"}], "met satisfied"),
        (EITHER, [_finding("instability", "present", region="pelvis")], "met satisfied"),
        # One told absent and the other not told: the other may be there.
        (EITHER, [{"kind": "condition", "name": "traumatic_instability", "presence": "absent"}], "unsure incomplete"),
        (
            EITHER,
            [
                {"kind": "condition", "name": "traumatic_instability", "presence": "absent"},
                _finding("instability", "absent", region="pelvis"),
            ],
            "not_met contradicted",
        ),
        (LOOSE, [_complication("breakage", "present", laterality="right")], "met satisfied"),
        (LOOSE, [_complication("loosening", "absent")], "unsure incomplete"),
        (LOOSE, [_complication("loosening", "absent"), _complication("breakage", "absent")], "not_met contradicted"),
        (LOOSE, [_complication("loosening", "possible"), _complication("breakage", "absent")], "unsure incomplete"),
        (LOOSE, [_complication("loosening", "present", laterality="left")], "unsure undocumented"),
    ],
)
def test_present(asked: dict[str, object], facts: list[dict[str, object]], expected: str) -> None:
    result = evaluate(_policy(asked), make_case(facts, {})).criteria[0]
    assert f"{result.status} {result.reason}" == expected
    assert bool(result.evidence) == bool([f for f in result.facts if f.evidence])


def test_words() -> None:
    result = evaluate(_policy(LOOSE), make_case([_complication("loosening", "absent")], {})).criteria[0]
    assert result.required == "loosening or breakage present"
    assert result.found == "loosening: absent; not documented: breakage"


def test_asks_something() -> None:
    with pytest.raises(ValidationError, match="asks nothing"):
        _policy({})
