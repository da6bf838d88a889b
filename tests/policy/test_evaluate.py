"""The determination: roll-up, words, evidence, gaps, parts, versions."""

from __future__ import annotations

import importlib
from datetime import date
from pathlib import Path

import pytest
from gold_cases import gold_case, made_case

from chartproof.model import Conflict, Request
from chartproof.model.case import CriterionResult
from chartproof.policy import Policy, evaluate, load_policies, roll_up, select_policies
from chartproof.policy.schema import Effective

CENTENE = "centene-cp-mp-126-2022-06"
AIM = "aim-sij-fusion-2022-09"
NRS70 = "nrs70-sij-fusion-2025"


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return load_policies()


def _criterion(policy: Policy, facts: list[dict], criterion: str, request: dict | None = None) -> CriterionResult:
    return next(c for c in evaluate(policy, made_case(facts, request or {})).criteria if c.id == criterion)


def test_roll_up_of_whole_charts(dev: Path, policies: dict[str, Policy]) -> None:
    outcomes = {
        name: [str(evaluate(policies[p], gold_case(dev / name)).status) for p in (CENTENE, AIM, NRS70)]
        for name in ("D02", "D05", "D06")
    }
    assert outcomes == {
        "D02": ["meets", "meets", "meets"],
        "D05": ["does_not_meet", "does_not_meet", "does_not_meet"],
        "D06": ["needs_documentation", "needs_documentation", "needs_documentation"],
    }


def test_not_met_goes_before_unsure() -> None:
    def result(status: str) -> CriterionResult:
        return CriterionResult(id="a", status=status, reason="satisfied", label="", required="", found="")

    assert roll_up([result("met"), result("met")]) == "meets"
    assert roll_up([result("met"), result("unsure")]) == "needs_documentation"
    assert roll_up([result("unsure"), result("not_met"), result("met")]) == "does_not_meet"


def test_evidence_stands_in_the_notes(dev: Path, policies: dict[str, Policy]) -> None:
    """A met criterion that needs a fact quotes it, and every quote is the note's."""
    for name in (AIM, CENTENE, NRS70):
        for criterion in evaluate(policies[name], gold_case(dev / "D02")).criteria:
            for e in criterion.evidence:
                text = (dev / "D02" / "notes" / e.note).read_text(encoding="utf-8")
                assert text[e.start : e.end] == e.quote
            silent = criterion.id in (
                "9",
                "X.traumatic_instability",
                "X.infection_tumor_fracture",
                "X.neural_compression",
            )
            assert criterion.evidence or silent, criterion.id
            assert criterion.evidence == list(dict.fromkeys(e for fact in criterion.facts for e in fact.evidence))


def test_found_in_words(policies: dict[str, Policy]) -> None:
    injection = {
        "kind": "injection",
        "target": "si_joint",
        "status": "performed",
        "laterality": "right",
        "guidance": "ct",
        "route": "intra_articular",
    }
    facts = [
        {**injection, "date": "2025-03-01", "contrast": True, "relief_percent": [80, 90]},
        {**injection, "date": "2025-04-01", "relief_percent": [90, 90]},
    ]
    result = _criterion(policies[CENTENE], facts, "II.G")
    assert result.status == "unsure"
    assert result.found == (
        "2025-03-01 right SI joint injection, relief 80-90%; "
        "2025-04-01 right SI joint injection, relief 90%: contrast not documented"
    )
    assert [gap.source for gap in result.obtain] == ["clinic that did the injections"]
    assert result.obtain[0].why == result.found
    assert result.citation == "CP.MP.126 (06/22) II.G"
    assert result.required == (
        "at least 2 SI joint injections, each guided by fluoroscopy, CT or ultrasound, with contrast, "
        "intra-articular, at least 75% relief, at least 14 days apart"
    )


def test_gaps_are_those_of_the_open_parts(policies: dict[str, Policy]) -> None:
    facts = [
        {"kind": "imaging_study", "modality": "radiograph", "region": "si_joint", "date": "2025-05-01"},
        {
            "kind": "imaging_finding",
            "region": "si_joint",
            "finding": "sclerosis",
            "date": "2025-05-01",
            "presence": "present",
            "modality": "radiograph",
        },
    ]
    result = _criterion(policies[CENTENE], facts, "II.F.1")
    assert [gap.what for gap in result.obtain] == ["CT or MRI report of the SI joints of the last 6 months"]
    assert result.found == "CT or MRI of SI joint: not documented"
    assert [(part.id, part.status) for part in result.parts] == [
        ("II.F.1/1", "met"),
        ("II.F.1/2", "unsure"),
        ("II.F.1/3", "met"),
    ]


def test_a_met_criterion_has_no_gaps(dev: Path, policies: dict[str, Policy]) -> None:
    for criterion in evaluate(policies[AIM], gold_case(dev / "D02")).criteria:
        assert criterion.obtain == []
        assert criterion.reason == "satisfied"


def test_dates_of_notes_whose_names_hold_none(policies: dict[str, Policy]) -> None:
    fact = {
        "kind": "therapy",
        "type": "home_exercise",
        "start": "2024-11-01",
        "status": "ongoing",
        "told": "2025-05-03",
    }
    case = made_case([fact], {})
    evidence = case.facts[0].evidence[0].model_copy(update={"note": "first.txt"})
    case.facts[0].evidence = [evidence]

    def status(dates: dict[str, date] | None) -> str:
        result = evaluate(policies[CENTENE], case, note_dates=dates)
        return next(c.status for c in result.criteria if c.id == "II.A.duration")

    assert status(None) == "unsure"
    assert status({"first.txt": date(2025, 5, 3)}) == "met"


def test_notices(policies: dict[str, Policy]) -> None:
    assert evaluate(policies[CENTENE], made_case([], {})).notices == []
    early = evaluate(policies[CENTENE], made_case([], {"request_date": "2022-01-01"}))
    assert early.notices == [
        "This version was not in force on the request date, 2022-01-01: it is in force from 2022-06-01 to further notice."
    ]
    late = evaluate(policies[AIM], made_case([], {}))
    assert late.notices == [
        "This version was not in force on the request date, 2025-07-01: it is in force from 2022-09-11 to 2023-09-09."
    ]
    other = evaluate(policies[CENTENE], made_case([], {"cpt": "27096", "laterality": None}))
    assert [notice.split(";")[0] for notice in other.notices] == [
        "The criteria are for CPT 27279",
        "The request states no side",
    ]


def test_a_conflict_of_the_case_leaves_open_what_it_would_change(policies: dict[str, Policy]) -> None:
    """One note tells both former and never; only the answer that hangs on it is unsure."""

    def nicotine(quit_date: str, values: list[str]) -> tuple[str, str]:
        fact = {"kind": "nicotine_status", "status": "former", "quit_date": quit_date, "told": "2025-05-01"}
        case = made_case([fact], {})
        evidence = case.facts[0].evidence
        case.conflicts = [Conflict(kind="nicotine_status", attribute="status", values=values, evidence=evidence)]
        result = next(c for c in evaluate(policies[NRS70], case).criteria if c.id == "5")
        return str(result.status), str(result.reason)

    assert nicotine("2025-02-01", ["former", "never"]) == ("unsure", "conflicting")
    assert nicotine("2020-02-01", ["former", "never"]) == ("met", "satisfied")
    assert nicotine("2020-02-01", ["former", "current"]) == ("unsure", "conflicting")
    assert nicotine("2020-02-01", ["former", "sometimes"]) == ("met", "satisfied")


# --- which policies ---------------------------------------------------------------------------------------------------


def _request(day: str = "2025-07-01", cpt: str | None = "27279") -> Request:
    return Request(request_date=date.fromisoformat(day), cpt=cpt)


def _version(policy: Policy, name: str, start: str, end: str | None) -> Policy:
    effective = Effective.model_validate({"from": start, "to": end})
    return policy.model_copy(update={"id": name, "effective": effective})


def test_all_policies_of_the_code(policies: dict[str, Policy]) -> None:
    assert [p.id for p in select_policies(policies, None, _request())] == [AIM, CENTENE, NRS70]
    assert [p.id for p in select_policies(policies, None, _request(cpt=None))] == [AIM, CENTENE, NRS70]
    assert select_policies(policies, None, _request(cpt="27096")) == []


def test_by_id_and_by_payer(policies: dict[str, Policy]) -> None:
    assert [p.id for p in select_policies(policies, [NRS70, "centene"], _request())] == [NRS70, CENTENE]
    assert [p.id for p in select_policies(policies, ["Carelon", AIM], _request())] == [AIM]
    with pytest.raises(ValueError, match="unknown policy or payer 'Centen'; did you mean 'Centene'"):
        select_policies(policies, ["Centen"], _request())


def test_the_version_in_force(policies: dict[str, Policy]) -> None:
    old = _version(policies[CENTENE], "old", "2020-01-01", "2021-12-31")
    new = _version(policies[CENTENE], "new", "2022-01-01", None)
    both = {"old": old, "new": new}
    for day, expected in (("2021-12-31", "old"), ("2022-01-01", "new"), ("2025-01-01", "new"), ("2019-01-01", "old")):
        assert [p.id for p in select_policies(both, None, _request(day))] == [expected]
        assert [p.id for p in select_policies(both, ["Centene"], _request(day))] == [expected]
    assert [p.id for p in select_policies(both, ["old"], _request("2025-01-01"))] == ["old"]


def test_what_was_answered_for_one_case_is_right_for_the_next(
    dev: Path, policies: dict[str, Policy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Criteria of which a case says nothing take the answer given before; it is what they would give by themselves."""
    charts = [gold_case(dev / name) for name in ("D01", "D05", "D09")]
    cases = [
        case.model_copy(update={"facts": case.facts[::step] if step else [], "conflicts": [], "request": request})
        for step in (0, 1, 7, 0, 3)
        for case in charts
        for request in (case.request, _request(cpt="27096"), _request(day="2024-01-05", cpt=None))
    ]
    for policy in policies.values():
        one_by_one = []
        for case in cases:
            monkeypatch.setattr(importlib.import_module("chartproof.policy.evaluate"), "_silent", {})
            one_by_one.append(evaluate(policy, case))
        monkeypatch.setattr(importlib.import_module("chartproof.policy.evaluate"), "_silent", {})
        assert [evaluate(policy, case) for case in cases] == one_by_one
