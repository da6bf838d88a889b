"""The library of policies: which apply to a request, what cannot be answered, and where policies differ."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from chartproof.model import Request
from chartproof.policy import Policy, evaluate, load_policies, select_policies
from chartproof.policy.cases import load_cases, make_case, run_case, untested
from chartproof.policy.select import waiting_for_payer

AIM = "aim-sij-fusion-2022-09"
CENTENE = "centene-cp-mp-126-2022-06"
NRS70 = "nrs70-sij-fusion-2025"
CARELON = "carelon-msk05-sij-fusion-2025-11"


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return load_policies()


def _chosen(policies: dict[str, Policy], ids: list[str] | None = None, **request: object) -> list[str]:
    asked = Request.model_validate({"request_date": "2025-07-01", "cpt": "27279"} | request)
    return [policy.id for policy in select_policies(policies, ids, asked)]


# --- what applies -----------------------------------------------------------------------------------------------------


def test_no_payer_named(policies: dict[str, Policy]) -> None:
    assert _chosen(policies) == [AIM, CENTENE, NRS70]
    assert _chosen(policies, cpt=None) == [AIM, CENTENE, NRS70]
    assert _chosen(policies, cpt="27096") == []


def test_the_charts_of_the_corpus_are_judged_by_the_policies_of_the_guide(
    dev: Path, policies: dict[str, Policy]
) -> None:
    for file in sorted(dev.glob("*/request.yaml")):
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        procedure = {key: told["procedure"].get(key) for key in ("cpt", "laterality", "setting")}
        assert set(_chosen(policies, request_date=told["request_date"], **procedure)) <= {AIM, CENTENE, NRS70}


@pytest.mark.parametrize(
    ("payer", "cpt", "expected"),
    [
        ("Aetna", "27279", ["aetna-cpb-0016-sij-fusion"]),
        ("Aetna PPO", "27096", ["aetna-cpb-0016-sij-injection"]),
        ("aetna", "27280", ["aetna-cpb-0016-sij-fusion-open"]),
        ("Aetna", "99999", []),
        ("Centene", "27279", [CENTENE]),
        ("Ambetter", "27280", ["centene-cp-mp-126-2022-06-open"]),
        ("Health Net", "27278", ["centene-cp-mp-126-later-27278"]),
        ("Cigna", "27096", ["evicore-cmm-203-sij-injection"]),
        ("Noridian", "27096", ["medicare-lcd-sij-injection-2023-03"]),
        ("UnitedHealthcare", "27279", ["uhc-sij-fusion-interqual"]),
        ("HealthPartners", "27279", ["healthpartners-sij-fusion"]),
        ("a payer of no policy", "27279", [AIM, CENTENE, NRS70]),
        ("NAIM Mutual", "27279", [AIM, CENTENE, NRS70]),
    ],
)
def test_payer_named_by_the_request(policies: dict[str, Policy], payer: str, cpt: str, expected: list[str]) -> None:
    assert _chosen(policies, payer=payer, cpt=cpt, request_date="2026-03-01") == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2023-09-09", AIM), ("2025-07-01", AIM), ("2025-11-14", AIM), ("2025-11-15", CARELON), ("2027-01-01", CARELON)],
)
def test_the_version_in_force_or_the_last_before(policies: dict[str, Policy], day: str, expected: str) -> None:
    """A version still to come is never applied, however near."""
    assert _chosen(policies, ["Carelon"], request_date=day) == [expected]
    assert _chosen(policies, payer="Carelon", request_date=day) == [expected]
    assert AIM in _chosen(policies, request_date=day)


def test_parts_that_only_their_id_selects(policies: dict[str, Policy]) -> None:
    assert _chosen(policies, ["Centene"]) == [CENTENE]
    assert _chosen(policies, ["centene-cp-mp-126-later"]) == ["centene-cp-mp-126-later"]
    assert _chosen(policies, ["aim-general-2022-09", "coding"]) == ["aim-general-2022-09", "coding-sij-fusion"]


def test_payers_that_wait_to_be_named(policies: dict[str, Policy]) -> None:
    asked = Request(request_date=date(2025, 7, 1), cpt="27096")
    waiting = waiting_for_payer(policies, asked)
    assert waiting[:2] == ["Aetna", "Blue Cross Blue Shield of Alabama"]
    assert "Medicare" in waiting and "UnitedHealthcare" not in waiting


# --- what the files say ------------------------------------------------------------------------------------------------


def test_every_policy_says_where_it_comes_from(policies: dict[str, Policy]) -> None:
    for policy in policies.values():
        assert policy.source and policy.verified.read, policy.id
        assert policy.supersedes is None or policy.supersedes in policies, policy.id
        assert len({c.label for c in policy.criteria}) == len(policy.criteria), policy.id
        for criterion in policy.criteria:
            assert criterion.citation and len(criterion.label) > 10, (policy.id, criterion.id)


def test_what_was_not_read_in_the_payers_text_says_so(policies: dict[str, Policy]) -> None:
    for name in (
        "aetna-cpb-0016-sij-fusion",
        "aetna-cpb-0016-sij-injection",
        CARELON,
        "evicore-cmm-611-sij-fusion",
        "evicore-cmm-203-sij-injection",
    ):
        assert "Not read in" in policies[name].verified.read, name
        assert policies[name].verified.on is None, name


# --- what cannot be answered --------------------------------------------------------------------------------------------


def test_figures_that_were_not_read_never_let_a_policy_be_met(policies: dict[str, Policy], repo: Path) -> None:
    unread = ("uhc-sij-fusion-interqual", "medicare-lcd-sij-fusion", "bcbsal-mp-555-sij-fusion")
    never = ("healthpartners-sij-fusion", "centene-cp-mp-126-later-27278")
    for case in load_cases(repo / "policies" / "tests", policies):
        for name in unread:
            assert evaluate(policies[name], case.case).status != "meets", (name, case.name)
        for name in never:
            assert evaluate(policies[name], case.case).status == "does_not_meet", (name, case.name)


def test_an_empty_chart_meets_no_policy(policies: dict[str, Policy]) -> None:
    for policy in policies.values():
        for cpt in (*policy.procedure_codes, None):
            assert evaluate(policy, make_case([], {"cpt": cpt})).status != "meets", (policy.id, cpt)


def test_recommendations_do_not_decide(policies: dict[str, Policy]) -> None:
    """A smoker with an A1c of 9% and a body mass index of 44 meets what the guideline requires."""
    facts = [
        {"kind": "nicotine_status", "status": "current"},
        {"kind": "condition", "name": "diabetes", "presence": "present"},
        {"kind": "lab", "analyte": "hba1c", "date": "2025-06-01", "value": 9, "unit": "%", "source": "lab_report"},
        {"kind": "measurement", "name": "bmi", "value": 44},
        {"kind": "pain_duration", "months": 10},
        {"kind": "pain_score", "qualifier": "average", "value": [7, 7]},
        {"kind": "functional_limitation", "activity": "sitting"},
        {
            "kind": "therapy",
            "type": "physical_therapy",
            "duration_weeks": 12,
            "supervised": True,
            "status": "completed",
            "response": "failed",
        },
        {"kind": "medication", "name": "naproxen", "status": "past"},
    ]
    determination = evaluate(policies["aim-general-2022-09"], make_case(facts, {}))
    status = {criterion.id: str(criterion.status) for criterion in determination.criteria}
    assert (status["REC.tobacco"], status["REC.diabetes"], status["REC.bmi"]) == ("not_met", "not_met", "not_met")
    assert determination.status == "meets"


# --- the cases beside the policies ---------------------------------------------------------------------------------------


def test_cases_and_coverage(policies: dict[str, Policy], repo: Path) -> None:
    """Every case holds, and every criterion has a case of every status that it can have."""
    cases = load_cases(repo / "policies" / "tests", policies)
    wrong = [
        (outcome.case.name, outcome.policy, outcome.criterion, outcome.expected, outcome.got)
        for case in cases
        for outcome in run_case(case, policies)
        if not outcome.passed
    ]
    assert wrong == []
    assert untested(policies, cases) == {}
