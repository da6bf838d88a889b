"""What criteria ask, what is found and what to obtain, in words that a reviewer would write."""

from __future__ import annotations

from datetime import date

import pytest

from chartproof.policy import evaluate, load_policies
from chartproof.policy.cases import load_cases, make_case
from chartproof.policy.errors import PolicyError
from chartproof.policy.plan import make_plan

POLICIES = load_policies()
AIM, CENTENE, NRS70 = (
    POLICIES[x] for x in ("aim-sij-fusion-2022-09", "centene-cp-mp-126-2022-06", "nrs70-sij-fusion-2025")
)


def _result(policy, criterion, *facts, **request):
    return next(c for c in evaluate(policy, make_case(list(facts), request)).criteria if c.id == criterion)


@pytest.mark.parametrize(
    ("policy", "criterion", "asks"),
    [
        # What belongs together stays together.
        (
            AIM,
            "4.sij",
            "(radiograph that reports on the SI joint and CT that reports on the SI joint; or MRI that reports on the SI "
            "joint); and no tumor, infection or inflammatory arthropathy",
        ),
        (AIM, "3.fortin", "Fortin finger test positive or tenderness of the SI joint"),
        (CENTENE, "II.A.2", "activity modification, not just planned or declined"),
        (CENTENE, "II.A.1", "medication, current, past or contraindicated"),
        (
            CENTENE,
            "II.F.2",
            "radiograph that reports on the hip, in the 183 days before the request; and no osteoarthritis or degeneration",
        ),
        (AIM, "1.duration", "pain for at least 6 months"),
        (NRS70, "2", "for each SI joint injection that counts, the length of relief is documented"),
    ],
)
def test_what_is_asked(policy, criterion, asks):
    assert _result(policy, criterion).required == asks


def _tested(**results):
    day = {"date": "2025-05-01", "laterality": "right"}
    return [{"kind": "provocative_test", "name": n, "result": r, **day} for n, r in results.items()]


def test_tests_of_one_result_and_day_are_told_together():
    facts = _tested(faber="positive", gaenslen="negative", thigh_thrust="positive")
    assert _result(NRS70, "8", *facts).found == (
        "FABER and thigh thrust positive (2025-05-01); Gaenslen negative (2025-05-01); "
        "not documented: compression, distraction, sacral thrust"
    )


def test_an_injection_says_what_was_asked_of_the_figure_it_misses():
    told = {"kind": "injection", "target": "si_joint", "status": "performed", "laterality": "right", "guidance": "ct"}
    told |= {"contrast": True, "route": "intra_articular"}
    low = {**told, "date": "2025-02-01", "relief_percent": [70, 70]}
    open_ = {**told, "date": "2025-03-01", "relief_percent": [70, 80]}
    assert _result(CENTENE, "II.G", low, open_).found == (
        "2025-02-01 right SI joint injection: relief 70% (asked: at least 75%); "
        "2025-03-01 right SI joint injection: relief 70-80% (asked: at least 75%)"
    )
    short = {**told, "date": "2025-03-01", "relief_percent": [90, 90], "relief_days": 21}
    assert _result(NRS70, "2", short).found == "2025-03-01 right SI joint injection: relief lasted 21 days"


def test_no_source_ruled_out_is_said_in_words():
    assert _result(NRS70, "3").found.startswith(
        "statement that all other sources of the pain are ruled out: not documented; "
        "statement that the lumbar spine is ruled out as the source of the pain: not documented"
    )


def test_a_plan_names_the_document_and_who_has_it():
    told = {"kind": "injection", "target": "si_joint", "status": "performed", "laterality": "right", "guidance": "ct"}
    told |= {"contrast": True, "route": "intra_articular"}
    facts = [{**told, "date": "2025-02-01", "relief_percent": [80, 80]}]
    facts += [
        {**told, "date": "2025-03-01", "relief_percent": [70, 80]},
        *_tested(thigh_thrust="positive", gaenslen="positive"),
    ]
    steps = {tuple(s.criteria): (s.what, s.source) for s in make_plan(CENTENE, make_case(facts, {})).steps}
    assert steps["II.A.2",] == ("record of activity modification, or have it done and documented", "treating clinician")
    assert steps["II.G",] == (
        "record of the 2025-03-01 right SI joint injection that states the exact percent relief (at least 75%), "
        "told so far as 70-80%",
        "clinic that did the injection",
    )
    assert steps["II.F.3",][0] == (
        "CT (or MRI) report that says what the lumbar spine shows, of the 183 days before the request"
    )


def test_notes_after_the_request_and_a_request_without_a_procedure_are_told():
    case = make_case([], {"cpt": None})
    late = {"a": date(2025, 6, 30), "b": date(2025, 7, 2), "c": date(2025, 7, 9)}
    assert evaluate(CENTENE, case, late).notices == [
        "2 notes are dated after the request date, 2025-07-01 (the last on 2025-07-09), and read all the same: "
        "make sure that the request date is right.",
        "The request states no procedure; the criteria are for CPT 27279.",
    ]
    assert evaluate(CENTENE, make_case([], {}), {"a": date(2025, 7, 1)}).notices == []


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
def test_a_plan_is_made_of_nothing_documented_whatever_is_asked(policy):
    """What is missing may be a drug, an activity, an implant: each must be a fact that the case can be judged with."""
    for side in ("right", "bilateral", None):
        plan = make_plan(policy, make_case([], {"cpt": policy.procedure_codes[0], "laterality": side}))
        assert plan.steps or plan.blocked or plan.outcome == "meets" or plan.open


def test_two_injections_of_which_one_must_be_a_steroid_are_two_steps():
    steps = make_plan(NRS70, make_case([], {}))
    assert [s.kind for s in steps.steps if "1" in s.criteria] == ["event", "event"]
    assert steps.reaches == "meets"


@pytest.mark.parametrize(
    ("fact", "path", "problem"),
    [
        (
            "{kind: injection, target: si_joint, relief_percnt: 80}",
            "[0].facts[1].relief_percnt",
            "unknown attribute of injection 'relief_percnt'; did you mean 'relief_percent'?",
        ),
        (
            "{kind: injection, target: si_joint, status: performd}",
            "[0].facts[1].status",
            "unknown value of injection.status 'performd'; did you mean 'performed'?",
        ),
        ("{kind: injection}", "[0].facts[1]", "injection needs 'target'"),
    ],
)
def test_a_fact_of_a_case_that_cannot_be_read_is_told_by_its_line(tmp_path, fact, path, problem):
    head = "- name: a\n  facts:\n    - {kind: nicotine_status, status: never}\n"
    (tmp_path / "a.yaml").write_text(head + f"    - {fact}\n  expect: {{{NRS70.id}: {{'5': met}}}}\n")
    with pytest.raises(PolicyError) as error:
        load_cases(tmp_path, POLICIES)
    assert (error.value.line, error.value.path, error.value.problem) == (4, path, problem)
