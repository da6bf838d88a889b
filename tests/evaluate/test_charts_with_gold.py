"""Gold files, reports over charts, and the command: on small charts written for these tests."""

import json
import stat
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from chartproof.evaluate import error_list, evaluate_charts, tables
from chartproof.evaluate.charts import Answer, CriteriaScore, split_of
from chartproof.evaluate.command import evaluate
from chartproof.evaluate.gold import gold_case, load_gold, locate
from chartproof.model import FACT, Case, Chart, CriterionResult

NOTE = """HISTORY
Right SI joint injection on
March 4, 2025 gave 80% relief. BMI 31.
"""
FACTS = """
- kind: injection
  target: si_joint
  status: performed
  date: 2025-03-04
  laterality: right
  relief_percent: [80, 80]
  evidence:
  - {note: 01_2025-06-12_progress.txt, quote: "injection on March 4, 2025"}
- kind: measurement
  name: bmi
  date: 2025-06-12
  value: 31
  evidence:
  - {note: 01_2025-06-12_progress.txt, quote: "BMI 31"}
"""
CRITERIA = """
aim-sij-fusion-2022-09:
  1.vas: unsure   # no score
  5: not_met
"""


def write_chart(root: Path, name: str, facts: str = FACTS, criteria: str = CRITERIA) -> Path:
    chart = root / name
    (chart / "notes").mkdir(parents=True)
    (chart / "gold").mkdir()
    (chart / "request.yaml").write_text(
        f'chart_id: {name}\npatient_id: "P-1"\nrequest_date: 2025-07-01\nprocedure: {{cpt: "27279", laterality: right}}\n'
    )
    (chart / "notes" / "01_2025-06-12_progress.txt").write_text(NOTE)
    (chart / "gold" / "facts.yaml").write_text(facts)
    (chart / "gold" / "criteria.yaml").write_text(criteria)
    return chart


class Reads:
    """A pipeline that reads every chart as the same facts."""

    def __init__(self, *facts: dict) -> None:
        self.facts = facts

    def case(self, chart: Chart) -> Case:
        return Case(chart_id=chart.chart_id, request=chart.request, facts=[FACT.validate_python(f) for f in self.facts])


class ReadsGold:
    """A pipeline that reads every chart of a folder as its gold."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def case(self, chart: Chart) -> Case:
        return gold_case(chart, load_gold(self.root / chart.chart_id).facts)


INJECTION = {
    "kind": "injection",
    "target": "si_joint",
    "status": "performed",
    "date": "2025-03",
    "laterality": "right",
    "evidence": [{"note": "01_2025-06-12_progress.txt", "start": 8, "end": 32, "quote": NOTE[8:32]}],
}


def test_a_quote_is_found_across_line_ends_and_everywhere():
    assert [NOTE[a:b] for a, b in locate("injection on March 4", NOTE)] == ["injection on\nMarch 4"]
    assert locate("a. b", "a. b a.  b axb") == ((0, 4), (5, 10))
    assert locate("not there", NOTE) == ()
    assert locate("", NOTE) == ()


def test_gold_with_yaml_dates_numbers_and_remarks(tmp_path):
    gold = load_gold(write_chart(tmp_path, "A"))
    assert [fact["kind"] for fact in gold.facts] == ["injection", "measurement"]
    assert gold.criteria == {"aim-sij-fusion-2022-09": {"1.vas": "unsure", "5": "not_met"}}
    assert gold.comments == {("aim-sij-fusion-2022-09", "1.vas"): "no score"}


@pytest.mark.parametrize(
    ("facts", "criteria", "said"),
    [
        ("- kind: [", CRITERIA, r"facts.yaml, line \d+: not YAML"),
        ("kind: injection", CRITERIA, "facts.yaml: expected a list"),
        ("- injection", CRITERIA, "facts.yaml: entry 0 is no fact"),
        (FACTS, "aim: {x: maybe}", "criteria.yaml: aim x is 'maybe'; write one of met, not_met, unsure"),
    ],
)
def test_gold_that_cannot_be_read_names_its_file(tmp_path, facts, criteria, said):
    with pytest.raises(ValueError, match=said):
        load_gold(write_chart(tmp_path, "A", facts, criteria))


def test_gold_that_does_not_fit_the_model_is_told_without_its_words(tmp_path):
    write_chart(tmp_path, "A", FACTS.replace("target: si_joint", "target: secret words"))
    with pytest.raises(ValueError, match=r"A: gold fact 0 \(injection\): target: ") as raised:
        evaluate_charts(tmp_path, pipeline=ReadsGold(tmp_path), criteria=False)
    assert "secret" not in str(raised.value)


def test_output_equal_to_gold_scores_one(tmp_path):
    write_chart(tmp_path, "A")
    report = evaluate_charts(tmp_path, pipeline=ReadsGold(tmp_path), criteria=False)
    part = report.splits["all"]
    assert (part.overall.f1, part.macro_f1, part.overall.evidence, part.overall.exact) == (1.0, 1.0, 1.0, 2)
    assert report.errors == []


def test_counts_and_errors_of_a_chart_read_badly(tmp_path):
    write_chart(tmp_path, "A")
    report = evaluate_charts(tmp_path, pipeline=Reads(INJECTION), criteria=False)
    part = report.splits["all"]
    injection, measurement = part.kinds["injection"], part.kinds["measurement"]
    # date is told less exactly (FP and FN), relief is missed
    assert (injection.true_positives, injection.false_positives, injection.false_negatives) == (3, 1, 2)
    assert (measurement.true_positives, measurement.false_positives, measurement.false_negatives) == (0, 0, 3)
    assert injection.evidence == 1.0
    assert part.overall.f1 == pytest.approx(2 * 3 / (2 * 3 + 1 + 5))
    assert part.macro_f1 == pytest.approx((2 * 3 / (2 * 3 + 1 + 2) + 0) / 2)
    assert [(error["sort"], error["kind"]) for error in report.errors] == [
        ("different", "injection"),
        ("missed", "measurement"),
    ]
    assert report.errors[0]["differences"] == [
        {"attribute": "relief_percent", "gold": [80, 80], "output": None},
        {"attribute": "date", "gold": "2025-03-04", "output": "2025-03"},
    ]
    text = error_list(report.errors)
    assert "differs: date: 2025-03-04 -> 2025-03" in text
    assert 'gold quote 01_2025-06-12_progress.txt: "injection on March 4, 2025"' in text
    assert 'output quote 01_2025-06-12_progress.txt: "Right SI joint injection"' in text
    assert "injection                  1       1      0      3     1     2   75.0   60.0   66.7  100.0" in tables(
        report
    )


def test_only_the_kinds_asked_for_are_compared(tmp_path):
    write_chart(tmp_path, "A")
    report = evaluate_charts(tmp_path, pipeline=Reads(INJECTION), kinds=["measurement"])
    assert list(report.splits["all"].kinds) == ["measurement"]
    assert report.splits["all"].criteria.total == 0
    with pytest.raises(ValueError, match="unknown kind injektion"):
        evaluate_charts(tmp_path, pipeline=Reads(), kinds=["injektion"])


def test_charts_for_checking_are_counted_but_their_errors_are_kept_back(tmp_path):
    for name in ("D16", "D17"):
        write_chart(tmp_path, name)
    report = evaluate_charts(tmp_path, pipeline=Reads(), criteria=False)
    assert list(report.splits) == ["tune", "check", "all"]
    assert [report.splits[name].charts for name in report.splits] == [["D16"], ["D17"], ["D16", "D17"]]
    assert {error["chart"] for error in report.errors} == {"D16"}
    shown = evaluate_charts(tmp_path, pipeline=Reads(), criteria=False, show_check=True)
    assert {error["chart"] for error in shown.errors} == {"D16", "D17"}
    assert list(evaluate_charts(tmp_path, split="check", pipeline=Reads(), criteria=False).splits) == ["check"]
    with pytest.raises(ValueError, match="no chart with gold"):
        evaluate_charts(tmp_path / "D16", split="check", pipeline=Reads(), criteria=False)


def test_splits():
    assert [split_of(name) for name in ("D01", "D16", "D17", "D24", "D25", "E01")] == [
        "tune",
        "tune",
        "check",
        "check",
        None,
        None,
    ]


def test_unsafe_rate_is_a_share_of_all_criteria():
    told = [("met", "met"), ("met", "unsure"), ("not_met", "met"), ("unsure", "met"), ("unsure", "not_met")]
    answers = [Answer("A", "p", str(i), gold, output) for i, (gold, output) in enumerate(told)]
    one = CriteriaScore.of(answers)
    assert (one.total, one.right, one.unsafe, one.accuracy, one.unsafe_rate) == (5, 1, 2, 0.2, 0.4)


def answer(name: str, status: str, *parts: CriterionResult) -> CriterionResult:
    return CriterionResult(
        id=name, status=status, reason="undocumented", label="", required="", found="nothing", parts=list(parts)
    )


def test_policies_are_judged_on_gold_facts_parts_included(tmp_path, monkeypatch):
    write_chart(tmp_path, "A", criteria="p: {a: met, a.1: unsure, b: not_met, c: unsure}\nunknown: {x: not_met}\n")
    judged: list[Case] = []

    def judge(policy: str, case: Case, note_dates: dict) -> SimpleNamespace:
        judged.append(case)
        assert (policy, note_dates) == ("policy p", {"01_2025-06-12_progress.txt": date(2025, 6, 12)})
        return SimpleNamespace(criteria=[answer("a", "met", answer("a.1", "met")), answer("b", "not_met")])

    monkeypatch.setattr("chartproof.evaluate.charts.load_policies", lambda: {"p": "policy p"})
    monkeypatch.setattr("chartproof.evaluate.charts.evaluate", judge)
    report = evaluate_charts(tmp_path, from_gold=True)
    part = report.splits["all"]
    assert [fact.kind for fact in judged[0].facts] == ["injection", "measurement"]
    assert judged[0].facts[0].evidence[0].quote == "injection on\nMarch 4, 2025"
    assert part.kinds == {}
    assert part.criteria == CriteriaScore(total=5, right=2, unsafe=1)
    assert part.by_policy == {"p": CriteriaScore(4, 2, 1), "unknown": CriteriaScore(1, 0, 0)}
    assert part.by_criterion["p"]["a.1"] == CriteriaScore(1, 0, 1)
    assert part.confusion == {"met": {"met": 1}, "unsure": {"met": 1, "none": 1}, "not_met": {"not_met": 1, "none": 1}}
    assert [(e["sort"], e["criterion"], e["gold"], e["output"]) for e in report.errors] == [
        ("unsafe", "a.1", "unsure", "met"),
        ("criterion", "c", "unsure", "none"),
        ("criterion", "x", "not_met", "none"),
    ]
    assert "all policies                         5      2   40.0       1   20.0" in tables(report)
    assert "[unsafe] p a.1: gold unsure, output met  (A)" in error_list(report.errors)


def test_without_policies_facts_are_compared_all_the_same(tmp_path, monkeypatch):
    write_chart(tmp_path, "A")
    monkeypatch.setenv("CHARTPROOF_POLICIES", str(tmp_path))
    report = evaluate_charts(tmp_path, pipeline=ReadsGold(tmp_path))
    assert (report.splits["all"].overall.f1, report.splits["all"].criteria.total) == (1.0, 0)
    assert len(report.unread) == 1 and report.unread[0].startswith("policies: ")
    with pytest.raises(ValueError, match="polic"):
        evaluate_charts(tmp_path, from_gold=True)


def run(*arguments: str):
    app = typer.Typer()
    app.command()(evaluate)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_keeps_the_errors_of_split_check(tmp_path):
    write_chart(tmp_path, "D17")
    listed = tmp_path / "errors.txt"
    result = run(str(tmp_path), "--split", "check", "--errors", str(listed))
    assert result.exit_code == 2
    assert not listed.exists()


def test_the_command_writes_errors_and_figures_for_their_owner_alone(tmp_path, monkeypatch):
    write_chart(tmp_path / "charts", "D01")
    write_chart(tmp_path / "charts", "D17")
    monkeypatch.setattr("chartproof.evaluate.charts.default_pipeline", Reads)
    listed = tmp_path / "errors.txt"
    listed.write_text("left from before")
    kinds = "injection,measurement"
    result = run(str(tmp_path / "charts"), "--kinds", kinds, "--errors", str(listed), "--json")
    assert result.exit_code == 0, result.output
    assert f"2 errors in {listed}; those of split check are left out" in result.output
    assert "######## D01" in listed.read_text() and "D17" not in listed.read_text()
    assert json.loads(result.stdout)["splits"]["tune"]["overall"]["false_negatives"] == 8
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
