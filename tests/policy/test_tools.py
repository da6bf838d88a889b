"""Assumed facts, plans, differences between policies, the checks, and the JSON Schema."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from gold_cases import gold_case, made_case
from test_load import SMALL

from chartproof.policy import PolicyError, evaluate, load_policies
from chartproof.policy.assume import assume, is_assumed, parse_fact
from chartproof.policy.cases import load_cases, run_case, untested
from chartproof.policy.check import problems
from chartproof.policy.compare import compare, compare_cases
from chartproof.policy.json_schema import policy_schema
from chartproof.policy.plan import make_plan

CENTENE = "centene-cp-mp-126-2022-06"
AIM = "aim-sij-fusion-2022-09"
NRS70 = "nrs70-sij-fusion-2025"
POLICIES = load_policies()

# --- assumed facts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "attributes"),
    [
        (
            "lab cotinine < 2 ng/mL urine 2025-04-01",
            "lab",
            {
                "analyte": "cotinine",
                "comparator": "<",
                "value": 2.0,
                "unit": "ng/mL",
                "specimen": "urine",
                "date": "2025-04-01",
                "source": "lab_report",
            },
        ),
        (
            "injection SI joint right 2025-05-01 fluoroscopy contrast intra-articular 75-80% 6 hours steroid=none",
            "injection",
            {
                "target": "si_joint",
                "status": "performed",
                "laterality": "right",
                "date": "2025-05-01",
                "guidance": "fluoroscopy",
                "contrast": True,
                "route": "intra_articular",
                "relief_percent": [75.0, 80.0],
                "relief_days": 0.25,
                "steroid": "none",
            },
        ),
        (
            "therapy physical therapy 12 weeks 8 visits supervised completed failed start=2025-01-01",
            "therapy",
            {
                "type": "physical_therapy",
                "duration_weeks": 12.0,
                "sessions": 8,
                "supervised": True,
                "status": "completed",
                "response": "failed",
                "start": "2025-01-01",
            },
        ),
        ("nicotine status former 2024-01", "nicotine_status", {"status": "former", "quit_date": "2024-01"}),
        ("pain duration 2 years", "pain_duration", {"months": 24.0}),
        ("conservative care 8 months", "conservative_care", {"duration_weeks": 34.7}),
        ("code icd10 M46.1", "code", {"system": "icd10", "value": "M46.1"}),
        ("condition fibromyalgia absent", "condition", {"name": "fibromyalgia", "presence": "absent"}),
        (
            "medication naproxen nsaid failed",
            "medication",
            {"name": "naproxen", "class": "nsaid", "response": "failed"},
        ),
        ("lab hba1c 7.2%", "lab", {"analyte": "hba1c", "value": 7.2, "unit": "%", "source": "lab_report"}),
    ],
)
def test_facts_in_words(words: str, kind: str, attributes: dict[str, Any]) -> None:
    fact = parse_fact(words)
    assert fact.to_json()["kind"] == kind
    assert fact.attributes() == attributes


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("injektion si joint", "unknown fact kind 'injektion'; did you mean 'injection'?"),
        ("lab cotinin 2", "did you mean 'cotinine'?"),
        ("lab specimen=blood", "unknown value of specimen 'blood'"),
        ("lab specimn=urine", "unknown attribute of lab 'specimn'; did you mean 'specimen'?"),
        ("injection right", "injection needs target: si_joint, "),
        ("therapy completed completed", "told twice"),
        ("condition 8 weeks", "condition has no length"),
        ("", "nothing is assumed"),
    ],
)
def test_words_that_tell_no_fact(words: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_fact(words)
    assert problem in str(error.value)


def test_an_assumed_fact_is_told_on_the_day_of_the_request_and_marked() -> None:
    case = made_case([{"kind": "nicotine_status", "status": "current", "told": "2025-05-01"}], {})
    then = assume(case, ["nicotine_status never"])
    assert [fact.status for fact in then.facts] == ["never"]  # the one state is replaced
    result = next(c for c in evaluate(POLICIES[NRS70], then).criteria if c.id == "5")
    assert result.status == "met"
    assert is_assumed(result.evidence)
    assert result.evidence[0].quote == "nicotine_status never"
    assert case.facts[0].status == "current"


def test_an_assumed_event_completes_the_one_of_its_day() -> None:
    injection = {"kind": "injection", "target": "si_joint", "status": "performed", "date": "2025-03-01"}
    case = made_case([{**injection, "laterality": "right", "guidance": "ct"}], {})
    then = assume(case, ["injection si joint right 2025-03-01 80% contrast"])
    assert len(then.facts) == 1
    assert then.facts[0].attributes() == {
        **{key: value for key, value in injection.items() if key != "kind"},
        "laterality": "right",
        "guidance": "ct",
        "contrast": True,
        "relief_percent": [80.0, 80.0],
    }


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_of_a_chart_that_meets_is_empty(dev: Path) -> None:
    plan = make_plan(POLICIES[CENTENE], gold_case(dev / "D02"))
    assert (plan.outcome, plan.steps, plan.blocked, plan.reaches) == ("meets", [], {}, "meets")


def test_one_missing_thing_is_one_step(dev: Path) -> None:
    case = gold_case(dev / "D02")
    case.facts = [fact for fact in case.facts if fact.kind != "pain_duration"]
    plan = make_plan(POLICIES[AIM], case)
    assert plan.outcome == "needs_documentation"
    assert plan.reaches == "meets"
    assert [(step.kind, step.source, step.criteria) for step in plan.steps] == [
        ("document", "treating clinician", ["1.duration"])
    ]
    assert plan.steps[0].what == "note with: pain duration (at least 6 months)"


def test_why_no_document_turns_it(dev: Path) -> None:
    case = gold_case(dev / "D02")
    then = assume(case, ["condition fibromyalgia present"])
    plan = make_plan(POLICIES[CENTENE], then)
    assert plan.outcome == "does_not_meet"
    assert plan.steps == []
    assert plan.blocked == {"II.E": "fibromyalgia: present"}


@pytest.mark.parametrize("name", [f"D{i:02}" for i in range(1, 17)])
@pytest.mark.parametrize("policy", [CENTENE, AIM, NRS70])
def test_every_plan_says_why_not_or_is_proved_by_judging_anew(dev: Path, name: str, policy: str) -> None:
    plan = make_plan(POLICIES[policy], gold_case(dev / name))
    assert bool(plan.blocked) != (plan.reaches == "meets")
    assert plan.blocked == {} or plan.steps == []


def test_what_only_a_person_can_settle_is_said(tmp_path: Path) -> None:
    head = SMALL.partition("    rule:\n")[0]
    (tmp_path / "a.yaml").write_text(head + "    rule: {by_hand: {what: films in two views}}\n")
    plan = make_plan(load_policies(tmp_path)["small"], made_case([], {}))
    assert [(step.kind, step.what) for step in plan.steps] == [("by_hand", "films in two views")]
    assert (plan.reaches, plan.open) == ("needs_documentation", ["a"])


# --- differences ------------------------------------------------------------------------------------------------------


def _other(tmp_path: Path, old: str, new: str) -> dict:
    (tmp_path / "a.yaml").write_text(SMALL)
    assert old in SMALL
    (tmp_path / "b.yaml").write_text(SMALL.replace("id: small", "id: later").replace(old, new))
    return load_policies(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "details"),
    [
        ("{min: 75}", "{min: 70}", ["where relief percent at least: 75, now 70"]),
        ("        n: 2", "        n: 2\n        days_apart: 14", ["days apart: now 14, before not asked"]),
        ("[fluoroscopy, ct]", "[ct]", ["guidance one of: fluoroscopy, CT, now CT"]),
        ("[fluoroscopy, ct]", "[ct, fluoroscopy]", []),
        ("label: two blocks", "label: two diagnostic blocks", []),
        ("    citation: p. 1", "    citation: p. 1\n    recommendation: true", ["now a recommendation"]),
    ],
)
def test_what_differs_in_words(tmp_path: Path, old: str, new: str, details: list[str]) -> None:
    policies = _other(tmp_path, old, new)
    changes = compare(policies["small"], policies["later"])
    told = [detail.replace("where ", "") for change in changes for detail in change.details]
    assert told == [detail.replace("where ", "") for detail in details]


def test_criteria_added_and_dropped() -> None:
    changes = {(c.old, c.new) for c in compare(POLICIES[CENTENE], POLICIES[AIM])}
    assert ("II.G", "5") in changes
    assert (None, "1.odi") in changes
    assert ("II.A.2", None) in changes
    assert compare(POLICIES[AIM], POLICIES[AIM]) == []


def test_which_cases_change(dev: Path, tmp_path: Path) -> None:
    text = (dev.parents[1] / "policies" / f"{CENTENE}.yaml").read_text(encoding="utf-8")
    (tmp_path / "later.yaml").write_text(text.replace(f"id: {CENTENE}", "id: later").replace("{min: 75}", "{min: 95}"))
    case = gold_case(dev / "D02")
    record = {
        "chart_id": "D02",
        "request": case.request.model_dump(mode="json"),
        "facts": [fact.to_json() for fact in case.facts],
        "conflicts": [],
        "notes": [],
    }
    rows = compare_cases([json.loads(json.dumps(record))], POLICIES[CENTENE], load_policies(tmp_path)["later"])
    assert [(row.chart, row.before, row.after) for row in rows] == [("D02", "meets", "does_not_meet")]
    assert rows[0].criteria == [("II.G", "II.G", "met", "not_met")]
    with pytest.raises(ValueError, match="record 1: no case: 'request' is missing"):
        compare_cases([{"chart_id": "x"}], POLICIES[CENTENE], POLICIES[AIM])


# --- cases and checks -------------------------------------------------------------------------------------------------

CASE = """\
- name: two good ones
  facts:
    - {kind: injection, target: si_joint, status: performed, date: 2025-03-01, guidance: ct, relief_percent: [80, 80]}
    - {kind: injection, target: si_joint, status: performed, date: 2025-04-01, guidance: ct, relief_percent: [75, 75]}
  expect: {small: {a: met}}
- name: one
  facts:
    - {kind: injection, target: si_joint, status: performed, date: 2025-03-01, guidance: ct, relief_percent: [80, 80]}
  expect: {small: {a: unsure undocumented}}
"""


def _folder(tmp_path: Path, case: str = CASE) -> Path:
    (tmp_path / "tests").mkdir(exist_ok=True)
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "tests" / "small.yaml").write_text(case)
    return tmp_path


def test_cases_run_and_count(tmp_path: Path) -> None:
    policies = load_policies(_folder(tmp_path), library=False)
    cases = load_cases(tmp_path / "tests", policies)
    outcomes = [one for case in cases for one in run_case(case, policies)]
    assert [(one.case.line, one.passed, one.expected, one.got) for one in outcomes] == [
        (1, True, "met", "met satisfied"),
        (6, False, "unsure undocumented", "not_met contradicted"),
    ]
    assert untested(policies, cases) == {"small": {"a": ["not_met"]}}
    assert [(p.criterion, p.what) for p in problems(policies, cases)] == [("a", "no case that is not met")]


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("{a: met}", "{b: met}", 1, "small: unknown criterion 'b'"),
        ("expect: {small: {a: met}}", "expect: {smal: {a: met}}", 1, "unknown policy 'smal'; did you mean 'small'?"),
        ("{a: met}", "{a: yes}", 1, "unknown status"),
        ("unsure undocumented", "unsure undocumentd", 6, "unknown reason 'undocumentd'; did you mean 'undocumented'?"),
        ("- name: one\n", "- nam: one\n", 6, "a case is a mapping with `name`"),
        (
            "kind: injection, target: si_joint, status: performed, date: 2025-04-01",
            "kind: injektion",
            1,
            "'injection'?",
        ),
        ("  facts:\n", "  fact:\n", 1, "unknown key 'fact'; did you mean 'facts'?"),
    ],
)
def test_what_a_broken_case_is_told(tmp_path: Path, old: str, new: str, line: int, problem: str) -> None:
    _folder(tmp_path, CASE.replace(old, new, 1))
    with pytest.raises(PolicyError) as error:
        load_cases(tmp_path / "tests", load_policies(tmp_path, library=False))
    assert problem in str(error.value)
    assert error.value.line == line


def test_versions_of_a_series_that_overlap(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    later = SMALL.replace("id: small", "id: later").replace("title: Title", "title: Title\nsupersedes: smal")
    (tmp_path / "later.yaml").write_text(later)
    found = {(p.policy, p.what) for p in problems(load_policies(tmp_path, library=False), []) if not p.criterion}
    assert ("later", "supersedes: unknown policy 'smal'; did you mean 'small'?") in found
    assert ("small", "in force at the same time as later, a version of the same series") in found


def test_the_library_has_nothing_to_mend(repo: Path) -> None:
    assert problems(POLICIES, load_cases(repo / "policies" / "tests", POLICIES)) == []


# --- the schema -------------------------------------------------------------------------------------------------------


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {"on" if key is True else key: _as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def test_the_schema_accepts_the_library_and_refuses_what_is_misspelt(repo: Path) -> None:
    validator = jsonschema.Draft202012Validator(policy_schema())
    validator.check_schema(policy_schema())
    for file in (repo / "policies").glob("*.yaml"):
        errors = [e.message for e in validator.iter_errors(_as_json(yaml.safe_load(file.read_text(encoding="utf-8"))))]
        assert errors == [], file.name
    assert validator.is_valid(_as_json(yaml.safe_load(SMALL)))
    for old, new in (
        ("kind: injection", "kind: injektion"),
        ("guidance:", "guidence:"),
        ("[fluoroscopy, ct]", "[fluroscopy]"),
        ("count_events:", "count_event:"),
        ("{min: 75}", "{minimum: 75}"),
        ("payer: Payer\n", ""),
    ):
        assert not validator.is_valid(_as_json(yaml.safe_load(SMALL.replace(old, new)))), new
