"""Reading policies: what is shipped, and what a broken file is told."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from chartproof.policy import PolicyError, load_policies

CENTENE = "centene-cp-mp-126-2022-06"
AIM = "aim-sij-fusion-2022-09"
NRS70 = "nrs70-sij-fusion-2025"

SMALL = """\
id: small
payer: Payer
title: Title
version: "1"
series: small
effective: {from: 2024-01-01, to: null}
procedure_codes: ["27279"]
source: a text
verified: by hand
criteria:
  - id: a
    label: two blocks
    citation: p. 1
    rule:
      count_events:
        kind: injection
        of: {target: si_joint, status: performed}
        where: {guidance: [fluoroscopy, ct], relief_percent: {min: 75}}
        n: 2
"""


def test_shipped_policies() -> None:
    policies = load_policies()
    assert set(policies) >= {CENTENE, AIM, NRS70}
    assert [c.id for c in policies[CENTENE].criteria] == (
        "II.A.duration II.A.1 II.A.2 II.A.3 II.B II.C II.D II.E II.F.1 II.F.2 II.F.3 II.G II.H".split()
    )
    assert [c.id for c in policies[AIM].criteria] == (
        "1.duration 1.vas 1.odi 2.conservative 2.injection 3.pattern 3.fortin 3.tenderness 3.provocative "
        "3.other_sources 4.sij 4.pelvis 4.lumbar 4.degeneration 5 X.infection_tumor_fracture X.traumatic_instability "
        "X.neural_compression X.generalized_pain X.inflammatory X.no_fixation"
    ).split()
    assert [c.id for c in policies[NRS70].criteria] == "1 2 3 4 5 6 6.pt 7 8 9".split()
    assert policies[AIM].effective.start == date(2022, 9, 11)
    assert all(policy.verified and policy.source for policy in policies.values())


def test_every_open_criterion_can_say_what_to_obtain() -> None:
    """Each criterion, or a part of it, names what to get, or rests on a kind of fact with a default."""
    from gold_cases import made_case

    from chartproof.policy import evaluate

    for policy in load_policies().values():
        result = evaluate(policy, made_case([], {"setting": None}))
        for criterion in result.criteria:
            assert (criterion.status == "met") == (criterion.obtain == []), criterion.id


def test_small_policy(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    assert list(load_policies(tmp_path, library=False)) == ["small"]


def test_a_folder_of_the_users_adds_to_the_library_and_goes_before_it(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "own.yaml").write_text(SMALL.replace("id: small", f"id: {AIM}", 1))
    library, both = load_policies(), load_policies(tmp_path)
    assert set(both) == {*library, "small"}
    assert both[AIM].payer == "Payer"
    assert both[CENTENE] == library[CENTENE]


def test_verified_in_parts_and_in_one(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    assert load_policies(tmp_path)["small"].verified.words() == "by hand"
    parts = "verified: {read: sections 1 to 3, where: the payer's site, on: 2025-02-03}"
    (tmp_path / "small.yaml").write_text(SMALL.replace("verified: by hand", parts))
    verified = load_policies(tmp_path)["small"].verified
    assert verified.on == date(2025, 2, 3)
    assert verified.words() == "sections 1 to 3; in: the payer's site; on 2025-02-03"


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "problem"),
    [
        (
            "kind: injection",
            "kind: injecton",
            16,
            "criteria[0].rule.count_events.kind",
            "unknown fact kind 'injecton'; did you mean 'injection'?",
        ),
        (
            "count_events:",
            "count_event:",
            15,
            "criteria[0].rule.count_event",
            "unknown operator 'count_event'; did you mean 'count_events'?",
        ),
        (
            "guidance:",
            "guidence:",
            18,
            "criteria[0].rule.count_events.where.guidence",
            "unknown attribute of injection 'guidence'; did you mean 'guidance'?",
        ),
        (
            "[fluoroscopy, ct]",
            "[fluroscopy, ct]",
            18,
            "criteria[0].rule.count_events.where.guidance[0]",
            "unknown value of injection.guidance 'fluroscopy'; did you mean 'fluoroscopy'?",
        ),
        (
            "{min: 75}",
            "{minimum: 75}",
            18,
            "criteria[0].rule.count_events.where.relief_percent.minimum",
            "unknown comparison 'minimum'; did you mean 'min'?",
        ),
        (
            "performed}",
            "preformed}",
            17,
            "criteria[0].rule.count_events.of.status",
            "unknown value of injection.status 'preformed'; did you mean 'performed'?",
        ),
        ("        n: 2", "        n: two", 19, "criteria[0].rule.count_events.n", "'two' is no whole number"),
        ("    citation: p. 1\n", "", 11, "criteria[0]", "'citation' is missing"),
        ("    citation:", "    citaton:", 13, "criteria[0].citaton", "unknown key 'citaton'; did you mean 'citation'?"),
        (
            "        kind: injection",
            "        knd: injection",
            15,
            "criteria[0].rule.count_events",
            "'kind' is missing",
        ),
        (
            "        n: 2",
            "        number: 2",
            19,
            "criteria[0].rule.count_events.number",
            "unknown key 'number'; known: ",
        ),
        (
            "        n: 2",
            "        within: {dys: 2}",
            19,
            "criteria[0].rule.count_events.within.dys",
            "did you mean 'days'?",
        ),
        ("payer: Payer", "payer: Payer\npayr: x", 3, "payr", "unknown key 'payr'; did you mean 'payer'?"),
        ("id: a", "id: 5", 11, "criteria[0].id", 'is a number; write it in quotes: "5"'),
        ("title: Title", "title: Title\ntitle: Other", 4, "title", "given twice"),
        ("label: two blocks", "label: [two", 13, "", "no YAML"),
        ("effective: {from: 2024-01-01, to: null}", "effective: {from: soon, to: null}", 6, "effective.from", "date"),
        (
            "effective: {from: 2024-01-01, to: null}",
            "effective: {from: 2024-13-01, to: null}",
            6,
            "",
            "2024-13-01 is no date: month must be in 1..12; write YYYY-MM-DD",
        ),
    ],
)
def test_what_a_broken_file_is_told(tmp_path: Path, old: str, new: str, line: int, path: str, problem: str) -> None:
    assert SMALL.count(old) == 1
    file = tmp_path / "small.yaml"
    file.write_text(SMALL.replace(old, new))
    with pytest.raises(PolicyError) as error:
        load_policies(tmp_path)
    assert problem in error.value.problem
    assert (error.value.file, error.value.line, error.value.path) == (file, line, path)
    assert str(error.value).startswith(f"{file}:{line}: ")


def _with_rule(tmp_path: Path, rule: str) -> Path:
    head, _, _ = SMALL.partition("    rule:\n")
    (tmp_path / "small.yaml").write_text(head + "    rule:\n" + rule)
    return tmp_path


@pytest.mark.parametrize(
    ("rule", "line", "problem"),
    [
        ("      see: b\n", 14, "unknown criterion or definition 'b'"),
        ("      see: a\n", 14, "'a' refers to itself"),
        ("      all_of: []\n", 15, "at least 1 item"),
        ("      {all_of: [{see: a}], any_of: [{see: a}]}\n", 14, "a rule has one operator; here all_of and any_of"),
        ("      label: nothing\n", 14, "a rule has one operator; here there is none"),
        (
            "      at_least:\n        n: 2\n        of:\n          - request: {field: setting, in: [outpatient]}\n",
            16,
            "asks for 2 of 1 parts",
        ),
        ("      positive_test: {name: fabre, stale_days: 365}\n", 15, "unknown value 'fabre'; did you mean 'faber'?"),
        (
            "      positive_tests: {n: 3, of: [faber, fortin_finger], stale_days: 365, documented: 5}\n",
            15,
            "fortin_finger is no provocative test",
        ),
        (
            "      latest_value: {kind: pain_score, attribute: valu, min: 5}\n",
            15,
            "unknown attribute of pain_score 'valu'; did you mean 'value'?",
        ),
        (
            "      exclusion: {conditions: [fibromialgia]}\n",
            15,
            "unknown value 'fibromialgia'; did you mean 'fibromyalgia'?",
        ),
    ],
)
def test_what_a_broken_rule_is_told(tmp_path: Path, rule: str, line: int, problem: str) -> None:
    with pytest.raises(PolicyError) as error:
        load_policies(_with_rule(tmp_path, rule))
    assert problem in error.value.problem
    assert error.value.line == line


def test_a_rule_deep_in_another_is_found(tmp_path: Path) -> None:
    rule = (
        "      all_of:\n"
        "        - any_of:\n"
        "            - tenderness: {site: si_joint}\n"
        "            - count_events:\n"
        "                kind: therapy\n"
        "                where: {type: physical_terapy}\n"
    )
    with pytest.raises(PolicyError) as error:
        load_policies(_with_rule(tmp_path, rule))
    assert error.value.path == "criteria[0].rule.all_of[0].any_of[1].count_events.where.type"
    assert error.value.line == 20


def test_one_id_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL)
    (tmp_path / "b.yaml").write_text(SMALL)
    with pytest.raises(PolicyError, match="given by another file too"):
        load_policies(tmp_path)


def test_a_file_that_is_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_bytes(b"id: a\npayer: caf\xe9\n")
    with pytest.raises(PolicyError) as error:
        load_policies(tmp_path)
    assert (error.value.line, error.value.problem) == (2, "is not UTF-8; save the file as UTF-8 text")


def test_a_folder_without_policies(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_policies(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_policies(tmp_path / "missing")


def test_another_threshold_is_yaml_alone(tmp_path: Path, repo: Path) -> None:
    """A copy of a policy with 50% in place of 75%, and no other change, answers by the new figure."""
    from gold_cases import made_case

    from chartproof.policy import evaluate

    file = tmp_path / "copy.yaml"
    shutil.copy(repo / "policies" / f"{CENTENE}.yaml", file)
    file.write_text(file.read_text().replace("relief_percent: {min: 75}", "relief_percent: {min: 50}"))
    injection = {
        "kind": "injection",
        "target": "si_joint",
        "status": "performed",
        "guidance": "ct",
        "contrast": True,
        "route": "intra_articular",
        "relief_percent": [55, 60],
    }
    case = made_case([{**injection, "date": "2025-03-01"}, {**injection, "date": "2025-04-01"}], {})

    def status(policies: dict, policy: str) -> str:
        return next(c.status for c in evaluate(policies[policy], case).criteria if c.id == "II.G")

    assert status(load_policies(), CENTENE) == "not_met"
    assert status(load_policies(tmp_path), CENTENE) == "met"
