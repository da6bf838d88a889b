"""Evaluation reports as plain text: the table, and the list of errors that a developer reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from chartproof.evaluate.charts import NOT_ANSWERED, CriteriaScore, Report, SplitReport
from chartproof.evaluate.compare import Score
from chartproof.evaluate.gold import STATUSES

_HEAD = (
    f"{'kind':<22}{'gold':>6}{'output':>8}{'exact':>7}{'TP':>7}{'FP':>6}{'FN':>6}{'P':>7}{'R':>7}{'F1':>7}{'evid.':>7}"
)


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{100 * ratio:.1f}"


def tables(report: Report) -> str:
    """Facts and criteria of each split, ratios in percent, and the time a chart took."""
    parts = [f"not read: {fault}" for fault in report.unread]
    parts += [_split_table(name, part) for name, part in report.splits.items()]
    seconds = report.seconds
    slowest = sorted(seconds, key=lambda chart: -seconds[chart])[:3]
    parts.append(
        f"{len(seconds)} charts in {sum(seconds.values()):.1f} s; slowest "
        + ", ".join(f"{chart} {seconds[chart]:.2f} s" for chart in slowest)
    )
    return "\n\n".join(parts)


def _split_table(name: str, part: SplitReport) -> str:
    lines = [f"== {name}: {len(part.charts)} charts"]
    if part.kinds:
        lines += [
            _HEAD,
            *(_row(kind, one) for kind, one in part.kinds.items()),
            _row("all kinds (micro)", part.overall),
        ]
        lines.append(f"macro F1 over {len(part.kinds)} kinds: {_percent(part.macro_f1)}")
    if part.criteria.total:
        lines += ["", *_criteria_lines(part)]
    return "\n".join(lines)


def _row(name: str, one: Score) -> str:
    ratios = "".join(f"{_percent(ratio):>7}" for ratio in (one.precision, one.recall, one.f1, one.evidence))
    counts = f"{one.true_positives:>7}{one.false_positives:>6}{one.false_negatives:>6}"
    return f"{name:<22}{one.gold_facts:>6}{one.output_facts:>8}{one.exact:>7}{counts}{ratios}"


def _criteria_lines(part: SplitReport) -> Iterable[str]:
    yield f"{'criteria':<32}{'total':>6}{'right':>7}{'acc.':>7}{'unsafe':>8}{'rate':>7}"
    for policy, one in part.by_policy.items():
        yield _criteria_row(policy, one)
    yield _criteria_row("all policies", part.criteria)
    yield ""
    columns = [*STATUSES, *([NOT_ANSWERED] if any(NOT_ANSWERED in row for row in part.confusion.values()) else [])]
    yield f"{'gold / output':<16}" + "".join(f"{status:>9}" for status in columns)
    for gold in STATUSES:
        yield f"{gold:<16}" + "".join(f"{part.confusion.get(gold, {}).get(status, 0):>9}" for status in columns)
    wrong = [
        f"  {policy} {criterion}: {one.right}/{one.total}" + (f", {one.unsafe} unsafe" if one.unsafe else "")
        for policy, criteria in part.by_criterion.items()
        for criterion, one in criteria.items()
        if one.right < one.total
    ]
    if wrong:
        yield ""
        yield "criteria not always right:"
        yield from wrong


def _criteria_row(name: str, one: CriteriaScore) -> str:
    accuracy, rate = _percent(one.accuracy), _percent(one.unsafe_rate)
    return f"{name:<32}{one.total:>6}{one.right:>7}{accuracy:>7}{one.unsafe:>8}{rate:>7}"


def error_list(errors: Sequence[dict[str, Any]]) -> str:
    """The errors by chart, one block each, after a count by attribute. It quotes the notes: protect the file."""
    lines = [*_attribute_counts(errors), ""]
    for chart, group in groupby(errors, key=lambda error: error["chart"]):
        lines += [f"######## {chart}", ""]
        for error in group:
            lines += [*(_criterion_block(error) if "criterion" in error else _fact_block(error)), ""]
    return "\n".join(lines) + "\n"


def _attribute_counts(errors: Sequence[dict[str, Any]]) -> Iterable[str]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for error in errors:
        for difference in error.get("differences", ()):
            sort = (
                "missed" if difference["output"] is None else "spurious" if difference["gold"] is None else "different"
            )
            counts[error["kind"], difference["attribute"], sort] += 1
    yield f"{'attribute':<40}{'missed':>8}{'different':>11}{'spurious':>10}"
    for kind, attribute in dict.fromkeys((kind, attribute) for kind, attribute, _ in sorted(counts)):
        missed, different, spurious = (counts[kind, attribute, sort] for sort in ("missed", "different", "spurious"))
        yield f"{kind + '.' + attribute:<40}{missed:>8}{different:>11}{spurious:>10}"


def _fact_block(error: dict[str, Any]) -> Iterable[str]:
    yield f"[{error['sort']}] {error['kind']}  ({error['chart']})"
    for side in ("gold", "output"):
        if error[side] is not None:
            yield f"    {side + ':':<8}" + "  ".join(f"{name}={plain(value)}" for name, value in error[side].items())
    if error["sort"] == "different":
        for difference in error["differences"]:
            values = " -> ".join(plain(difference[side]) for side in ("gold", "output"))
            yield f"    differs: {difference['attribute']}: {values}"
    for side in ("gold", "output"):
        for quote in error[f"{side}_quotes"]:
            yield f"    {side} quote {_quoted(quote)}"


def _criterion_block(error: dict[str, Any]) -> Iterable[str]:
    asked = f"{error['policy']} {error['criterion']}"
    yield f"[{error['sort']}] {asked}: gold {error['gold']}, output {error['output']}  ({error['chart']})"
    if error["comment"]:
        yield f"    gold remark: {error['comment']}"
    if error["reason"] or error["found"]:
        yield f"    output: {error['reason']}: {error['found']}"
    for quote in error["output_quotes"]:
        yield f"    output quote {_quoted(quote)}"


def plain(value: Any) -> str:
    """An attribute's value as a person writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(plain, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return "(none)" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _quoted(quote: dict[str, str]) -> str:
    remark = f"  [{quote['remark']}]" if quote.get("remark") else ""
    return f'{quote["note"]}: "{" ".join(quote["text"].split())}"{remark}'
