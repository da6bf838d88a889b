"""What differs between two policies, criterion by criterion, in words; and which cases change their outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from chartproof.model import Case, Determination
from chartproof.policy import rules as r
from chartproof.policy.evaluate import evaluate
from chartproof.policy.operators import RuleBase
from chartproof.policy.rules import OPERATORS
from chartproof.policy.schema import Criterion, Policy
from chartproof.policy.where import say
from chartproof.policy.words import words

# Criteria of different payers are set beside each other where they are at least so alike.
_ALIKE = 0.45
_KEYS = {
    "min": "at least",
    "max": "at most",
    "below": "under",
    "n": "number",
    "in": "one of",
    "not_in": "not",
    "among": "one of",
    "min_weeks": "weeks, at least",
    "min_days": "days, at least",
    "min_percent": "percent, at least",
    "within_days": "days back, at most",
    "of": "",
    "where": "",
    "tests": "",
}
_NOT_ASKED = ("label", "obtain", "not_read")


@dataclass(frozen=True)
class Change:
    """What became of one criterion.

    Attributes:
        old, new: ids in the two policies; None where the criterion is in one alone.
        label: the criterion in plain words (of the new one, where it is there).
        details: what changed, in words.
    """

    old: str | None
    new: str | None
    label: str
    details: list[str] = field(default_factory=list)


def compare(old: Policy, new: Policy) -> list[Change]:
    """The criteria that differ, in the order of the new policy, then those dropped. Equal ones are left out.

    Criteria of one id are compared; the others by the likeness of what they ask.
    """
    pairs = _pairs(old, new)
    changes = []
    for criterion in new.criteria:
        before = pairs.get(criterion.id)
        if before is None:
            asks = words(criterion.rule, new.rules())
            changes.append(Change(None, criterion.id, criterion.label, [f"added: {asks}"]))
            continue
        details = _differences(_asked(before, old), _asked(criterion, new))
        if before.recommendation != criterion.recommendation:
            now = "a recommendation" if criterion.recommendation else "required"
            details.append(f"now {now}")
        if details:
            changes.append(Change(before.id, criterion.id, criterion.label, details))
    kept = {one.id for one in pairs.values()}
    for criterion in old.criteria:
        if criterion.id not in kept:
            asks = words(criterion.rule, old.rules())
            changes.append(Change(criterion.id, None, criterion.label, [f"dropped: {asks}"]))
    return changes


@dataclass(frozen=True)
class CaseChange:
    """What two policies make of one case: outcomes, and the criteria that they answer differently, as (old id, new id,
    status before, status after)."""

    chart: str
    before: str
    after: str
    criteria: list[tuple[str, str, str, str]]


def compare_cases(records: Sequence[Mapping[str, Any]], old: Policy, new: Policy) -> list[CaseChange]:
    """Both policies on every record of a ``cases.jsonl``.

    Raises:
        ValueError: a record holds no case; says which by its position.
    """
    pairs = {new_id: criterion.id for new_id, criterion in _pairs(old, new).items()}
    rows = []
    for position, record in enumerate(records, start=1):
        try:
            case = read_case(record)
        except ValueError as error:
            raise ValueError(f"record {position}: {error}") from None
        dates = {note["id"]: date.fromisoformat(note["date"]) for note in record.get("notes", [])}
        one, other = evaluate(old, case, dates), evaluate(new, case, dates)
        differing = _changed(one, other, pairs)
        rows.append(CaseChange(case.chart_id, str(one.status), str(other.status), differing))
    return rows


def read_case(record: Mapping[str, Any]) -> Case:
    """The case of a record of ``cases.jsonl``.

    Raises:
        ValueError: it is no such record. The message tells no value of it.
    """
    try:
        return Case.model_validate(
            {key: record[key] for key in ("chart_id", "request", "facts")} | {"conflicts": record.get("conflicts", [])}
        )
    except KeyError as error:
        raise ValueError(f"no case: '{error.args[0]}' is missing") from None
    except ValueError:  # pydantic's message repeats the values
        raise ValueError("no case as `chartproof batch` writes it") from None


def _changed(old: Determination, new: Determination, pairs: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """The criteria that two determinations of one case answer differently."""
    before = {result.id: result for result in old.criteria}
    changed = []
    for result in new.criteria:
        one = before.get(pairs.get(result.id, ""))
        if one is not None and one.status != result.status:
            changed.append((one.id, result.id, str(one.status), str(result.status)))
    return changed


# --- pairs ------------------------------------------------------------------------------------------------------------


def _pairs(old: Policy, new: Policy) -> dict[str, Criterion]:
    """New id -> the old criterion that it is compared with."""
    pairs: dict[str, Criterion] = {}
    same_series = old.series == new.series
    left = {criterion.id: criterion for criterion in old.criteria}
    if same_series:
        for criterion in new.criteria:
            if criterion.id in left:
                pairs[criterion.id] = left.pop(criterion.id)
    scores = sorted(
        (
            (_likeness(before, old, after, new), before.id, after.id)
            for after in new.criteria
            if after.id not in pairs
            for before in left.values()
        ),
        key=lambda score: -score[0],
    )
    for score, before_id, after_id in scores:
        if score >= _ALIKE and before_id in left and after_id not in pairs:
            pairs[after_id] = left.pop(before_id)
    return pairs


def _likeness(one: Criterion, of_one: Policy, other: Criterion, of_other: Policy) -> float:
    """0 to 1: how many of the things asked are the same, the operators and subjects above all."""
    a, b = _flat(_asked(one, of_one)), _flat(_asked(other, of_other))
    keys = len(a.keys() & b.keys()) / max(len(a), len(b), 1)
    left, right = _subjects(a), _subjects(b)
    subjects = len(left & right) / max(len(left | right), 1)
    labels = SequenceMatcher(None, one.label.casefold(), other.label.casefold()).ratio()
    return 0.4 * keys + 0.4 * subjects + 0.2 * labels


def _subjects(flat: Mapping[tuple[str, ...], str]) -> set[str]:
    operators = {f"operator {step}" for path in flat for step in path if step in OPERATORS}
    return operators | {value for value in flat.values() if not value.replace(".", "").isdigit()}


# --- differences ------------------------------------------------------------------------------------------------------


def _asked(criterion: Criterion, policy: Policy) -> dict[str, Any]:
    """What a criterion asks as plain data, with `see` followed, and without words for people."""
    return _plain(criterion.rule, policy.rules())


def _plain(rule: RuleBase, named: Mapping[str, RuleBase]) -> dict[str, Any]:
    if isinstance(rule, r.See):
        return _plain(named[rule.see], named)
    match rule:
        case r.AllOf() | r.AnyOf() | r.NoneOf():
            return {rule.OPERATOR: [_plain(part, named) for part in r.parts(rule)]}
        case r.AtLeast():
            return {"at_least": {"n": rule.at_least.n, "of": [_plain(part, named) for part in r.parts(rule)]}}
        case r.Not():
            return {"not": _plain(rule.not_, named)}
        case r.Unless():
            required, exception = (_plain(part, named) for part in r.parts(rule))
            return {"unless": {"required": required, "exception": exception}}
        case r.Conditional():
            if_, then, otherwise = (_plain(part, named) for part in r.parts(rule))
            return {"conditional": {"if": if_, "then": then, "else": otherwise}}
        case _:
            data = rule.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=set(_NOT_ASKED))
            return {key: value for key, value in data.items() if value != []}


def _flat(data: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Every leaf by its path; a list of plain values is one leaf, in words."""
    if isinstance(data, dict):
        return {leaf: value for key, one in data.items() for leaf, value in _flat(one, (*path, key)).items()}
    if isinstance(data, list) and any(isinstance(one, dict | list) for one in data):
        leaves: dict[tuple[str, ...], str] = {}
        for i, one in enumerate(data, start=1):
            leaves |= _flat(one, (*path, str(i)))
        return leaves
    if isinstance(data, list):
        return {path: ", ".join(say(one) for one in data)} if data else {}
    return {path: f"{data:g}" if isinstance(data, float | int) and not isinstance(data, bool) else say(data)}


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    a, b = _flat(old), _flat(new)
    if not _structure(a) & _structure(b):
        return [f"asks otherwise: {_in_words(b)}; before: {_in_words(a)}"]
    told = []
    for path in dict.fromkeys((*a, *b)):
        before, after = a.get(path), b.get(path)
        if before == after or (path[-1] == "silence" and None in (before, after)):
            continue
        name = _name(path)
        if before is None:
            told.append(f"{name}: now {after}, before not asked")
        elif after is None:
            told.append(f"{name}: no longer asked (was {before})")
        elif ", " in before and ", " in after:
            told += _list_changes(name, before.split(", "), after.split(", "))
        else:
            told.append(f"{name}: {before}, now {after}")
    return list(dict.fromkeys(told))


def _list_changes(name: str, before: list[str], after: list[str]) -> list[str]:
    """What a list gained and lost; its order does not matter."""
    gained, lost = [x for x in after if x not in before], [x for x in before if x not in after]
    said = [f"now also {', '.join(gained)}" if gained else "", f"no longer {', '.join(lost)}" if lost else ""]
    return [f"{name}: {', '.join(x for x in said if x)}"] if gained or lost else []


def _structure(flat: Mapping[tuple[str, ...], str]) -> set[str]:
    logic = {model.OPERATOR for model in (r.AllOf, r.AnyOf, r.AtLeast, r.Not, r.NoneOf, r.Unless, r.Conditional)}
    return {step for path in flat for step in path if step in OPERATORS and step not in logic}


def _in_words(flat: Mapping[tuple[str, ...], str]) -> str:
    return "; ".join(f"{_name(path)} {value}" for path, value in flat.items() if path[-1] != "silence")


def _name(path: tuple[str, ...]) -> str:
    """A path in words: ``count_events.where.relief_percent.min`` as "relief percent at least"."""
    parts = [step for step in path if not step.isdigit() and step not in OPERATORS]
    said = [_KEYS.get(step, say(step)) for step in parts]
    operators = [step for step in path if step in OPERATORS]
    name = " ".join(part for part in said if part)
    operator = say(operators[-1]) if operators else ""
    if not name:
        return operator or say(path[-1])
    return f"{name} ({operator})" if len(set(operators)) > 1 else name
