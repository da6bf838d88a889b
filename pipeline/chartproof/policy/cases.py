"""Tests of policies: small cases in the words of the guide, and the status that each criterion must have.

They stand beside the policies, in ``tests/*.yaml``: a list of ``{name, facts, request, expect}``. ``expect`` gives
policy id -> criterion id -> ``met``, ``not_met`` or ``unsure``, and after it, where wanted, the reason:
``unsure stale``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from chartproof.model import FACT, FACT_MODELS, Case, Conflict, Evidence, Request
from chartproof.model.vocab import CriterionStatus, NoteType, Reason
from chartproof.policy.errors import PolicyError, RuleFault, plain, read_utf8, unknown
from chartproof.policy.evaluate import evaluate
from chartproof.policy.kleene import Truth
from chartproof.policy.load import LOADER, find
from chartproof.policy.reach import reachable
from chartproof.policy.schema import Policy
from chartproof.policy.where import allowed_values, attribute_names

# What is requested where a case does not say.
REQUEST: dict[str, Any] = {
    "request_date": "2025-07-01",
    "cpt": "27279",
    "laterality": "right",
    "setting": "outpatient",
}
_KEYS = ("name", "facts", "request", "conflicts", "expect")
_DATES = ("date", "start", "end", "quit_date")


@dataclass(frozen=True)
class PolicyCase:
    """One case of a test file.

    Attributes:
        name: what it is about.
        file, line: where it stands.
        case: the case as a policy judges it.
        expect: policy id -> criterion id -> (status, reason or None).
    """

    name: str
    file: Path
    line: int
    case: Case
    expect: Mapping[str, Mapping[str, tuple[CriterionStatus, Reason | None]]]


@dataclass(frozen=True)
class Outcome:
    """What one criterion of one case came to."""

    case: PolicyCase
    policy: str
    criterion: str
    expected: str
    got: str
    found: str

    @property
    def passed(self) -> bool:
        return self.got == self.expected or self.got.startswith(self.expected + " ")


def make_case(
    facts: Iterable[Mapping[str, Any]], request: Mapping[str, Any], conflicts: Iterable[Mapping[str, Any]] = ()
) -> Case:
    """A case of facts written by hand, in the words of the guide; what ``request`` does not say is ``REQUEST``.

    ``told: 2025-06-01`` in a fact stands for a progress note of that day that tells it, ``told_in: procedure`` for the
    type of the note. A conflict is ``{kind, attribute, values}`` and rests on every fact of its kind.

    Raises:
        ValueError: a fact or the request cannot be read.
    """
    made = []
    for written in facts:
        fact = {key: _text(key, value) for key, value in written.items()}
        told, note_type = fact.pop("told", None), fact.pop("told_in", None)
        if fact.get("kind") not in FACT_MODELS:
            raise ValueError(unknown("fact kind", fact.get("kind"), FACT_MODELS))
        evidence = []
        if told is not None or note_type is not None:
            name = f"{told or fact.get('date') or 'undated'}_{NoteType(note_type or 'progress')}"
            evidence = [Evidence(note=f"01_{name}.txt", start=0, end=1, quote="x")]
        try:
            made.append(FACT.validate_python({**fact, "evidence": evidence}))
        except ValidationError as error:
            raise _fault(error, fact, len(made)) from None
    disputes = []
    for one in conflicts:
        evidence = [e for fact in made if fact.kind == one["kind"] for e in fact.evidence]
        disputes.append(Conflict(**dict(one), evidence=evidence))
    asked = Request.model_validate(REQUEST | {key: _text(key, value) for key, value in request.items()})
    return Case(chart_id="made", request=asked, facts=made, conflicts=disputes)


def load_cases(folder: Path, policies: Mapping[str, Policy]) -> list[PolicyCase]:
    """The cases of all ``*.yaml`` of a folder, in order of the files; none where there is no such folder.

    Raises:
        PolicyError: a file cannot be used; says file, line and what is wrong.
    """
    return [case for file in sorted(folder.glob("*.yaml")) for case in _load_file(file, policies)]


def run_case(case: PolicyCase, policies: Mapping[str, Policy]) -> list[Outcome]:
    """What every criterion named by a case came to."""
    outcomes = []
    for policy, expected in case.expect.items():
        results = {result.id: result for result in evaluate(policies[policy], case.case).criteria}
        for criterion, (status, reason) in expected.items():
            result = results[criterion]
            wanted = f"{status} {reason}" if reason else str(status)
            got = f"{result.status} {result.reason}"
            outcomes.append(Outcome(case, policy, criterion, wanted, got, result.found))
    return outcomes


def untested(policies: Mapping[str, Policy], cases: Sequence[PolicyCase]) -> dict[str, dict[str, list[Truth]]]:
    """Policy id -> criterion id -> the statuses that it can have and no case asks for; only those with such gaps."""
    tried: dict[tuple[str, str], set[Truth]] = {}
    for case in cases:
        for policy, expected in case.expect.items():
            for criterion, (status, _) in expected.items():
                tried.setdefault((policy, criterion), set()).add(status)
    gaps: dict[str, dict[str, list[Truth]]] = {}
    for one_policy in policies.values():
        for one_criterion in one_policy.criteria:
            can = reachable(one_criterion.rule, one_policy.rules())
            lacking = can - tried.get((one_policy.id, one_criterion.id), set())
            if lacking:
                gaps.setdefault(one_policy.id, {})[one_criterion.id] = [x for x in CriterionStatus if x in lacking]
    return gaps


# --- reading ----------------------------------------------------------------------------------------------------------


def _load_file(file: Path, policies: Mapping[str, Policy]) -> list[PolicyCase]:
    text = read_utf8(file)
    try:
        tree = yaml.compose(text, Loader=LOADER)
        content = yaml.load(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = f"no YAML: {getattr(error, 'problem', None) or 'unreadable'}"
        raise PolicyError(file, mark.line + 1 if mark else 1, "", problem) from None
    if not isinstance(content, list) or not isinstance(tree, yaml.SequenceNode):
        raise PolicyError(file, 1, "", "is no list of cases; a case begins with `- name:`")
    cases = []
    for i, (item, node) in enumerate(zip(content, tree.value, strict=True)):
        line = node.start_mark.line + 1
        try:
            cases.append(_read_case(item, file, line, policies))
        except PolicyError:
            raise
        except RuleFault as error:
            path, line = find(node, error.path)
            raise PolicyError(file, line, f"[{i}].{path}", error.problem) from None
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            where = ".".join(str(step) for step in fault["loc"])
            raise PolicyError(file, line, f"[{i}]", f"{where}: {plain(fault)}") from None
        except (ValueError, TypeError, KeyError) as error:
            raise PolicyError(file, line, f"[{i}]", str(error)) from None
    return cases


def _fault(error: ValidationError, fact: Mapping[str, Any], number: int) -> RuleFault:
    """What is wrong with the fact of this number of a case."""
    faults = error.errors(include_url=False)
    # A misspelt attribute is told before the one that it leaves missing.
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    kind, name = str(fact["kind"]), str(fault["loc"][1]) if len(fault["loc"]) > 1 else ""
    known = attribute_names(FACT_MODELS[kind])
    if fault["type"] == "extra_forbidden":
        return RuleFault(("facts", number, name), unknown(f"attribute of {kind}", name, known))
    if fault["type"] == "missing":
        return RuleFault(("facts", number), f"{kind} needs '{name}'")
    allowed = allowed_values(FACT_MODELS[kind], name) if name in known else None
    if allowed is not None:
        return RuleFault(("facts", number, name), unknown(f"value of {kind}.{name}", fact.get(name), map(str, allowed)))
    return RuleFault(("facts", number, name), plain(fault))


def _read_case(item: Any, file: Path, line: int, policies: Mapping[str, Policy]) -> PolicyCase:
    if not isinstance(item, Mapping) or "name" not in item:
        raise ValueError("a case is a mapping with `name`, `facts`, `request` and `expect`")
    for key in item:
        if key not in _KEYS:
            raise ValueError(unknown("key", key, _KEYS))
    expect: dict[str, dict[str, tuple[CriterionStatus, Reason | None]]] = {}
    for policy, expected in (item.get("expect") or {}).items():
        if policy not in policies:
            raise ValueError(unknown("policy", policy, policies))
        ids = [criterion.id for criterion in policies[policy].criteria]
        for criterion, want in expected.items():
            if str(criterion) not in ids:
                raise ValueError(f"{policy}: " + unknown("criterion", criterion, ids))
            expect.setdefault(policy, {})[str(criterion)] = _wanted(want)
    if not expect:
        raise ValueError("expects nothing; give `expect: {policy: {criterion: met}}`")
    made = make_case(item.get("facts") or (), item.get("request") or {}, item.get("conflicts") or ())
    return PolicyCase(str(item["name"]), file, line, made, expect)


def _wanted(want: object) -> tuple[CriterionStatus, Reason | None]:
    status, _, reason = str(want).partition(" ")
    if status not in set(CriterionStatus):
        raise ValueError(unknown("status", status, CriterionStatus))
    if reason and reason not in set(Reason):
        raise ValueError(unknown("reason", reason, Reason))
    return CriterionStatus(status), Reason(reason) if reason else None


def _text(key: str, value: Any) -> Any:
    """YAML reads a date, or a year, as more than text."""
    if isinstance(value, date) or (key in _DATES and value is not None):
        return str(value)
    return value
