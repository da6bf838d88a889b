"""Charts with gold: run the pipeline and the policies over them and measure what comes out."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from chartproof.evaluate.compare import Pair, Quote, Score, pair_facts, score
from chartproof.evaluate.gold import EvaluationError, Gold, gold_case, gold_fact, has_gold, load_gold, output_fact
from chartproof.model import KINDS, Case, Chart, CriterionResult
from chartproof.policy import evaluate, load_policies
from chartproof.readers import Unreadable, read_charts

SPLITS = {"tune": range(1, 17), "check": range(17, 25)}
"""The numbers of the charts of corpora/dev: D01-D16 for tuning, D17-D24 for checking alone."""

NOT_ANSWERED = "none"
"""Stands for the output where a policy gives no answer for a criterion of gold."""


class CasePipeline(Protocol):
    def case(self, chart: Chart) -> Case: ...


@dataclass(frozen=True)
class Answer:
    """One criterion of one chart: gold status and output status."""

    chart: str
    policy: str
    criterion: str
    gold: str
    output: str
    comment: str = ""
    result: CriterionResult | None = None

    @property
    def is_right(self) -> bool:
        return self.gold == self.output

    @property
    def is_unsafe(self) -> bool:
        return self.output == "met" and self.gold != "met"


@dataclass
class ChartResult:
    """What was compared in one chart. ``seconds``: pipeline and policies together."""

    chart: str
    pairs: list[Pair] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def split(self) -> str | None:
        return split_of(self.chart)


@dataclass(frozen=True)
class CriteriaScore:
    """How many criteria were answered as in gold.

    The denominator of accuracy and of the unsafe rate is the same: every (chart, policy, criterion) that gold
    answers. ``unsafe`` counts those where output says ``met`` and gold does not.
    """

    total: int
    right: int
    unsafe: int

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> CriteriaScore:
        answers = list(answers)
        return cls(len(answers), sum(a.is_right for a in answers), sum(a.is_unsafe for a in answers))

    @property
    def accuracy(self) -> float | None:
        return self.right / self.total if self.total else None

    @property
    def unsafe_rate(self) -> float | None:
        return self.unsafe / self.total if self.total else None

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "accuracy": self.accuracy, "unsafe_rate": self.unsafe_rate}


@dataclass
class SplitReport:
    """The measures over the charts of one split. ``kinds`` holds the kinds that gold or output state."""

    charts: list[str]
    kinds: dict[str, Score]
    overall: Score
    criteria: CriteriaScore
    by_policy: dict[str, CriteriaScore]
    by_criterion: dict[str, dict[str, CriteriaScore]]
    confusion: dict[str, dict[str, int]] = field(metadata={"what": "gold status -> output status -> count"})

    @property
    def macro_f1(self) -> float | None:
        """The mean of the F1 of the kinds."""
        ratios = [kind.f1 for kind in self.kinds.values() if kind.f1 is not None]
        return sum(ratios) / len(ratios) if ratios else None

    def to_json(self) -> dict[str, Any]:
        return {
            "charts": self.charts,
            "kinds": {name: kind.to_json() for name, kind in self.kinds.items()},
            "overall": self.overall.to_json(),
            "macro_f1": self.macro_f1,
            "criteria": self.criteria.to_json(),
            "by_policy": {name: part.to_json() for name, part in self.by_policy.items()},
            "by_criterion": {
                policy: {name: part.to_json() for name, part in parts.items()}
                for policy, parts in self.by_criterion.items()
            },
            "confusion": self.confusion,
        }


@dataclass
class Report:
    """Everything measured. ``results`` holds the pairs and answers themselves; ``unread`` what could not be read."""

    results: list[ChartResult]
    splits: dict[str, SplitReport]
    unread: list[str] = field(default_factory=list)
    show_check: bool = False

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Per chart the facts that differ from gold and the criteria answered otherwise.

        The charts kept for checking are left out unless the report was made with ``show_check``: what is tuned on
        them measures nothing any more.
        """
        shown = [result for result in self.results if self.show_check or result.split != "check"]
        return [error for result in shown for error in _errors(result)]

    @property
    def seconds(self) -> dict[str, float]:
        return {result.chart: result.seconds for result in self.results}

    def to_json(self) -> dict[str, Any]:
        """Figures and times; no words of the notes (``errors`` has them)."""
        splits = {name: part.to_json() for name, part in self.splits.items()}
        return {"splits": splits, "seconds": self.seconds, "unread": self.unread}


def split_of(chart_id: str) -> str | None:
    """``tune`` or ``check`` for the charts of corpora/dev, None for any other chart."""
    match = re.fullmatch(r"D(\d+)", chart_id)
    return next((name for name, numbers in SPLITS.items() if match and int(match[1]) in numbers), None)


def evaluate_charts(
    root: Path,
    *,
    split: str | None = None,
    pipeline: CasePipeline | None = None,
    kinds: Sequence[str] | None = None,
    charts: Sequence[str] | None = None,
    criteria: bool | None = None,
    from_gold: bool = False,
    show_check: bool = False,
) -> Report:
    """Compare what the software makes of charts with their gold.

    Args:
        root: a folder of chart folders, or one chart folder; charts without gold are passed over.
        split: ``tune``, ``check`` or None for all charts.
        pipeline: turns a chart into a case; the default pipeline where None.
        kinds: the fact kinds compared; all where None.
        charts: ids of the charts compared; all where None.
        criteria: whether the policies are judged; where None, they are unless ``kinds`` narrows the comparison.
        from_gold: judge the policies on the gold facts instead of extracted ones; facts are not compared then.
        show_check: let ``errors`` hold the charts kept for checking too.

    Raises:
        EvaluationError: an unknown split or kind, no chart left to compare, gold that cannot be read, or no policies
            although they were asked for.
    """
    if split is not None and split not in SPLITS:
        raise EvaluationError(f"unknown split {split!r}; there are {', '.join(SPLITS)}")
    if unknown := sorted(set(kinds or ()) - set(KINDS)):
        raise EvaluationError(f"unknown kind {', '.join(unknown)}; there are {', '.join(KINDS)}")
    judged = from_gold or (kinds is None if criteria is None else criteria)
    folders = [
        folder
        for folder in _chart_folders(Path(root))
        if (split is None or split_of(folder.name) == split) and (charts is None or folder.name in charts)
    ]
    if not folders:
        raise EvaluationError(f"no chart with gold to compare in {root}" + (f" in split {split}" if split else ""))
    results: list[ChartResult] = []
    unread: list[str] = []
    try:
        judge = _Judge() if judged else None
    except FileNotFoundError as error:
        if from_gold or criteria:
            raise EvaluationError(str(error)) from None
        judge = None
        unread.append(f"policies: {error}")
    if pipeline is None and not from_gold:
        pipeline = default_pipeline()
    for folder in folders:
        for chart in read_charts(folder):
            if isinstance(chart, Unreadable):
                unread.append(f"{chart.chart_id}: {chart.where}: {chart.reason}")
            else:
                results.append(_evaluate_chart(chart, load_gold(folder), None if from_gold else pipeline, judge, kinds))
    return Report(results, _by_split(results), unread, show_check)


def default_pipeline() -> CasePipeline:
    """The pipeline as shipped. It is imported here, where it is used, for it loads the language library."""
    from chartproof.pipeline import Pipeline

    return Pipeline()


def _chart_folders(root: Path) -> list[Path]:
    if has_gold(root):
        return [root]
    return sorted(folder for folder in root.iterdir() if has_gold(folder)) if root.is_dir() else []


def _evaluate_chart(
    chart: Chart, gold: Gold, pipeline: CasePipeline | None, judge: _Judge | None, kinds: Sequence[str] | None
) -> ChartResult:
    result = ChartResult(chart.chart_id)
    began = time.perf_counter()
    case = pipeline.case(chart) if pipeline else gold_case(chart, gold.facts)
    answers = judge.answers(case, chart, gold) if judge else []
    result.seconds = time.perf_counter() - began
    result.answers = answers
    if pipeline:
        texts = {note.id: note.text for note in chart.notes}
        result.pairs = pair_facts(
            [gold_fact(fact, texts) for fact in gold.facts if kinds is None or fact["kind"] in kinds],
            [output_fact(fact.to_json()) for fact in case.facts if kinds is None or fact.kind in kinds],
        )
    return result


class _Judge:
    """The policies that ship with the software, asked of one case after another."""

    def __init__(self) -> None:
        self._policies = load_policies()

    def answers(self, case: Case, chart: Chart, gold: Gold) -> list[Answer]:
        answers = []
        note_dates = {note.id: note.date for note in chart.notes}
        for policy_id, statuses in gold.criteria.items():
            policy = self._policies.get(policy_id)
            found = {r.id: r for r in flatten(evaluate(policy, case, note_dates).criteria)} if policy else {}
            for criterion, status in statuses.items():
                result = found.get(criterion)
                answers.append(
                    Answer(
                        case.chart_id,
                        policy_id,
                        criterion,
                        status,
                        str(result.status) if result else NOT_ANSWERED,
                        gold.comments.get((policy_id, criterion), ""),
                        result,
                    )
                )
        return answers


def flatten(results: Iterable[CriterionResult]) -> Iterator[CriterionResult]:
    """Criteria and their parts, each before its parts."""
    for result in results:
        yield result
        yield from flatten(result.parts)


def _by_split(results: Sequence[ChartResult]) -> dict[str, SplitReport]:
    """One report a split that has charts, and ``all`` where they are of more than one sort."""
    parts: dict[str, list[ChartResult]] = defaultdict(list)
    for result in results:
        parts[result.split or "all"].append(result)
    ordered = {name: _report(parts[name]) for name in SPLITS if name in parts}
    if len(parts) > 1 or not ordered:
        ordered["all"] = _report(results)
    return ordered


def _report(results: Sequence[ChartResult]) -> SplitReport:
    pairs = [pair for result in results for pair in result.pairs]
    answers = [answer for result in results for answer in result.answers]
    pairs_of: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        pairs_of[pair.kind].append(pair)
    answers_of: dict[str, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        answers_of[answer.policy][answer.criterion].append(answer)
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    for answer in answers:
        confusion[answer.gold][answer.output] += 1
    return SplitReport(
        charts=[result.chart for result in results],
        kinds={kind: score(pairs_of[kind]) for kind in sorted(pairs_of, key=_kind_order)},
        overall=score(pairs),
        criteria=CriteriaScore.of(answers),
        by_policy={p: CriteriaScore.of(a for group in by.values() for a in group) for p, by in answers_of.items()},
        by_criterion={p: {c: CriteriaScore.of(group) for c, group in by.items()} for p, by in answers_of.items()},
        confusion={status: dict(counts) for status, counts in confusion.items()},
    )


def _kind_order(kind: str) -> int:
    """The place of a kind in the guide's table; a kind that gold alone knows comes last."""
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _errors(result: ChartResult) -> Iterator[dict[str, Any]]:
    for pair in sorted(result.pairs, key=lambda pair: _kind_order(pair.kind)):
        if pair.is_exact:
            continue
        gold, output = pair.gold, pair.output
        yield {
            "chart": result.chart,
            "sort": "missed" if output is None else "spurious" if gold is None else "different",
            "kind": pair.kind,
            "gold": dict(gold.attributes) if gold else None,
            "output": dict(output.attributes) if output else None,
            "differences": [
                {
                    "attribute": name,
                    "gold": gold.attributes.get(name) if gold else None,
                    "output": output.attributes.get(name) if output else None,
                }
                for name in (*pair.missed, *pair.different, *pair.spurious)
            ],
            "gold_quotes": [_quote(quote) for quote in gold.quotes] if gold else [],
            "output_quotes": [_quote(quote) for quote in output.quotes] if output else [],
        }
    for answer in result.answers:
        if not answer.is_right:
            yield {
                "chart": result.chart,
                "sort": "unsafe" if answer.is_unsafe else "criterion",
                "policy": answer.policy,
                "criterion": answer.criterion,
                "gold": answer.gold,
                "output": answer.output,
                "comment": answer.comment,
                "reason": str(answer.result.reason) if answer.result else "",
                "found": answer.result.found if answer.result else "",
                "output_quotes": [{"note": e.note, "text": e.quote} for e in answer.result.evidence]
                if answer.result
                else [],
            }


def _quote(quote: Quote) -> dict[str, str]:
    named = {"note": quote.note, "text": quote.text, "remark": quote.remark}
    return {name: value for name, value in named.items() if value}
