"""Facts of the output against facts of gold: normal forms, equality, pairing, scores (corpora/GUIDE.md, section 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chartproof.model import FACT_MODELS

TOLERANCE = 0.10
_DATES = {"date", "start", "end", "quit_date"}
# A key that may differ within a pair: two tellings of one event often differ in nothing else.
_KEYS_LEFT_FREE = {"date", "laterality"}


@dataclass(frozen=True)
class Quote:
    """Words of a note and where they stand: every place for gold (it has no offsets), one place for output."""

    note: str
    text: str
    spans: tuple[tuple[int, int], ...] = ()
    remark: str = ""

    def overlaps(self, other: Quote) -> bool:
        return self.note == other.note and any(a < d and c < b for a, b in self.spans for c, d in other.spans)


@dataclass(frozen=True)
class ComparableFact:
    """A fact of gold or output: its stated attributes in normal form, and its quotes."""

    kind: str
    attributes: Mapping[str, Any]
    quotes: tuple[Quote, ...] = ()

    @property
    def binding_keys(self) -> tuple[Any, ...]:
        """The values on which a pair must agree: the guide's bold keys other than date and laterality."""
        model = FACT_MODELS.get(self.kind)
        return tuple(
            _hashable(self.attributes.get(k)) for k in (model.KEYS if model else ()) if k not in _KEYS_LEFT_FREE
        )


def normal_attributes(fact: Mapping[str, Any]) -> dict[str, Any]:
    """The stated attributes of a fact read from YAML or JSON, each in the form that `same_value` compares.

    Dates become ISO strings (YAML may have read a date or an integer), text loses case and extra blanks.
    """
    kind = str(fact.get("kind"))
    named = {name: _normal(kind, name, value) for name, value in fact.items() if name not in ("kind", "evidence")}
    return {name: value for name, value in named.items() if value is not None and value != [] and value != ""}


def _normal(kind: str, name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, date):
        return value.isoformat()[:10]
    if name in _DATES or kind == "code":
        if isinstance(value, list | tuple | set):
            return [_text(item) for item in value]
        return _text(value)
    if isinstance(value, list | tuple | set):
        return [item if _is_number(item) else _text(item) for item in value]
    return value if _is_number(value) else _text(value)


def _text(value: Any) -> str:
    return " ".join(str(value).split()).casefold()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def same_value(gold: Any, output: Any) -> bool:
    """Equal in the guide's sense: numbers and ranges within 10% of gold, other lists as sets, the rest exactly."""
    if isinstance(gold, bool) or isinstance(output, bool):
        return gold is output
    if _is_number(gold) and _is_number(output):
        return bool(abs(gold - output) <= TOLERANCE * abs(gold) + 1e-9)
    if isinstance(gold, list) and isinstance(output, list):
        if gold and output and all(map(_is_number, [*gold, *output])):
            return len(gold) == len(output) and all(map(same_value, gold, output))
        return set(gold) == set(output)
    return bool(gold == output)


@dataclass(frozen=True)
class Pair:
    """A gold fact beside the output fact compared with it; one of them is None where the other stands alone."""

    gold: ComparableFact | None
    output: ComparableFact | None

    def __post_init__(self) -> None:
        if self.gold is None and self.output is None:
            raise ValueError("a pair needs at least one fact")

    @property
    def kind(self) -> str:
        fact = self.gold or self.output
        return fact.kind if fact else ""

    @property
    def _gold(self) -> Mapping[str, Any]:
        return self.gold.attributes if self.gold else {}

    @property
    def _output(self) -> Mapping[str, Any]:
        return self.output.attributes if self.output else {}

    @property
    def agreeing(self) -> list[str]:
        """Names of the attributes that both state alike: true positives."""
        return [k for k, v in self._gold.items() if k in self._output and same_value(v, self._output[k])]

    @property
    def different(self) -> list[str]:
        """Names of the attributes stated differently: each one false negative and one false positive."""
        return [k for k, v in self._gold.items() if k in self._output and not same_value(v, self._output[k])]

    @property
    def missed(self) -> list[str]:
        """Names of the attributes that gold alone states: false negatives."""
        return [k for k in self._gold if k not in self._output]

    @property
    def spurious(self) -> list[str]:
        """Names of the attributes that output alone states: false positives."""
        return [k for k in self._output if k not in self._gold]

    @property
    def is_exact(self) -> bool:
        return (
            self.gold is not None
            and self.output is not None
            and len(self.agreeing) == len({*self._gold, *self._output})
        )

    @property
    def evidence_overlaps(self) -> bool:
        """True when a span of the output fact overlaps a quote of the gold fact."""
        if self.gold is None or self.output is None:
            return False
        return any(o.overlaps(g) for o in self.output.quotes for g in self.gold.quotes)


def pair_facts(gold: Iterable[ComparableFact], output: Iterable[ComparableFact]) -> list[Pair]:
    """Pair facts one to one, kind by kind, so that the sum of agreeing attributes is highest.

    A pair agrees on its kind and its binding keys. Among pairings with the same sum, one with more overlapping
    evidence and then fewer contradictions is taken, so that an error list shows what belongs together; precision and
    recall are the same for all of them. Two facts that agree in nothing make a pair only where their evidence overlaps.
    """
    blocks: dict[tuple[Any, ...], tuple[list[ComparableFact], list[ComparableFact]]] = defaultdict(lambda: ([], []))
    for side, facts in enumerate((gold, output)):
        for fact in facts:
            blocks[fact.kind, *fact.binding_keys][side].append(fact)
    pairs: list[Pair] = []
    for gold_facts, output_facts in blocks.values():
        matched: set[int] = set()
        scale = 100 * (len(gold_facts) + len(output_facts))
        candidates = [[Pair(g, o) for o in output_facts] for g in gold_facts]
        weights = [[_weight(pair, scale) for pair in row] for row in candidates]
        for row, column in enumerate(best_assignment(weights) if output_facts else [None] * len(gold_facts)):
            pair = candidates[row][column] if column is not None else None
            if column is not None and pair is not None and (pair.agreeing or pair.evidence_overlaps):
                matched.add(column)
                pairs.append(pair)
            else:
                pairs.append(Pair(gold_facts[row], None))
        pairs += [Pair(None, fact) for column, fact in enumerate(output_facts) if column not in matched]
    return pairs


def _weight(pair: Pair, scale: int) -> int:
    # No sum of the two tie-breakers over a block reaches `scale`, the worth of one agreeing attribute.
    return len(pair.agreeing) * scale + 40 * pair.evidence_overlaps - len(pair.different)


def best_assignment(weights: list[list[int]]) -> list[int | None]:
    """The column given to each row so that the sum of weights is highest, no column given twice.

    As many rows as possible get a column; with more rows than columns the others get None. The Hungarian algorithm
    with potentials, O(rows * rows * columns).

    Args:
        weights: one list a row, all of one length; integers, so that no rounding decides.
    """
    if not weights or not weights[0]:
        return [None] * len(weights)
    if len(weights) > len(weights[0]):
        turned = best_assignment([list(column) for column in zip(*weights, strict=True)])
        row_of = {row: column for column, row in enumerate(turned)}
        return [row_of.get(row) for row in range(len(weights))]
    n, m = len(weights), len(weights[0])
    row_potential, column_potential = [0] * (n + 1), [0] * (m + 1)
    row_at = [0] * (m + 1)  # the row (from 1) that holds each column (from 1); 0 is none, column 0 is the start
    for row in range(1, n + 1):
        row_at[0], column = row, 0
        slack: list[float] = [float("inf")] * (m + 1)
        came_from, visited = [0] * (m + 1), [False] * (m + 1)
        while row_at[column] != 0:
            visited[column] = True
            here, step, nearest = row_at[column], float("inf"), 0
            for j in range(1, m + 1):
                if visited[j]:
                    continue
                cost = -weights[here - 1][j - 1] - row_potential[here] - column_potential[j]
                if cost < slack[j]:
                    slack[j], came_from[j] = cost, column
                if slack[j] < step:
                    step, nearest = slack[j], j
            for j in range(m + 1):
                if visited[j]:
                    row_potential[row_at[j]] += int(step)
                    column_potential[j] -= int(step)
                else:
                    slack[j] -= step
            column = nearest
        while column:  # walk the augmenting path back
            row_at[column] = row_at[came_from[column]]
            column = came_from[column]
    column_of = {row: j - 1 for j, row in enumerate(row_at) if j and row}
    return [column_of.get(row) for row in range(1, n + 1)]


@dataclass
class Score:
    """Counts over pairs, and the ratios made of them. A ratio with nothing to divide by is None."""

    gold_facts: int = 0
    output_facts: int = 0
    paired: int = 0
    exact: int = 0
    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    evidence_pairs: int = field(default=0, metadata={"what": "pairs that agree in at least one attribute"})
    evidence_right: int = 0

    def add(self, pair: Pair) -> None:
        agreeing, different = len(pair.agreeing), len(pair.different)
        both = pair.gold is not None and pair.output is not None
        self.gold_facts += pair.gold is not None
        self.output_facts += pair.output is not None
        self.paired += both
        self.exact += pair.is_exact
        self.true_positives += agreeing
        self.false_positives += different + len(pair.spurious)
        self.false_negatives += different + len(pair.missed)
        self.evidence_pairs += bool(both and agreeing)
        self.evidence_right += bool(agreeing and pair.evidence_overlaps)

    @property
    def precision(self) -> float | None:
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float | None:
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float | None:
        tp = self.true_positives
        return _ratio(2 * tp, 2 * tp + self.false_positives + self.false_negatives)

    @property
    def evidence(self) -> float | None:
        """Share of pairs (that agree in something) where an output span overlaps a gold quote."""
        return _ratio(self.evidence_right, self.evidence_pairs)

    def to_json(self) -> dict[str, Any]:
        ratios = {name: getattr(self, name) for name in ("precision", "recall", "f1", "evidence")}
        return {**vars(self), **ratios}


def score(pairs: Iterable[Pair]) -> Score:
    """The score of some pairs together (micro)."""
    total = Score()
    for pair in pairs:
        total.add(pair)
    return total


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
