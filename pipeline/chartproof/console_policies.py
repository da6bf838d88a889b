"""What a person sees of policies in a terminal: lists, criteria, what is to be mended, failed cases, differences."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from chartproof.console import new_table, status_text, terminal
from chartproof.model.vocab import Outcome as Result
from chartproof.policy import Policy
from chartproof.policy.cases import Outcome
from chartproof.policy.check import Problem
from chartproof.policy.compare import CaseChange, Change
from chartproof.policy.plan import Plan
from chartproof.policy.words import words

_TAKEN = {
    "always": "for every request of its codes",
    "payer": "only where its payer is named",
    "id": "only where its id is named",
}


def print_policies(policies: Sequence[Policy]) -> None:
    """A row a policy; a narrow terminal leaves out the versions, which ids and dates tell in short."""
    console = terminal()
    has_room = console.width >= 120
    rows = new_table("id", "payer", "title", *(["version"] if has_room else []), "in force", "CPT")
    rows.columns[0].no_wrap = True  # it is copied into --policy
    for policy in policies:
        version = [policy.version] if has_room else []
        cells = (policy.id, policy.payer, policy.title, *version, _in_force(policy), ", ".join(policy.procedure_codes))
        rows.add_row(*map(Text, cells))
    console.print(rows)


def print_policy(policy: Policy) -> None:
    """Where a policy comes from, and a row a criterion."""
    console = terminal()
    console.print(Text(policy.id, style="bold"))
    for name, value in (
        ("payer", policy.payer),
        ("title", policy.title),
        ("version", policy.version),
        ("in force", _in_force(policy)),
        ("CPT", ", ".join(policy.procedure_codes)),
        ("line of business", ", ".join(policy.line_of_business)),
        ("supersedes", policy.supersedes),
        ("taken", _TAKEN[policy.selected]),
        ("source", policy.source),
        ("verified", policy.verified.words()),
    ):
        if value:
            console.print(Text.assemble((f"{name}: ", "dim"), value))
    console.print()
    rows = new_table("id", "criterion", "asks for", "where it stands")
    for criterion in policy.criteria:
        label = criterion.label
        if criterion.recommendation:
            label += " (a recommendation; does not decide)"
        asks = words(criterion.rule, policy.rules())
        stands = criterion.citation + (f" ({criterion.source})" if criterion.source else "")
        rows.add_row(*map(Text, (criterion.id, label, "" if asks == label else asks, stands)))
    console.print(rows)


def print_problems(problems: Sequence[Problem], policies: int) -> None:
    """A row a problem; a line where there is none."""
    console = terminal()
    if problems:
        rows = new_table("policy", "criterion", "to mend")
        for problem in problems:
            rows.add_row(Text(problem.policy), Text(problem.criterion), Text(problem.what))
        console.print(rows)
    count = f"{len(problems)} to mend" if problems else "nothing to mend"
    console.print(Text(f"{policies} {'policy' if policies == 1 else 'policies'} read; {count}"))


def print_test(outcomes: Sequence[Outcome], cases: int) -> None:
    """A row an answer that is not as expected, and the count."""
    console = terminal()
    failed = [one for one in outcomes if not one.passed]
    if failed:
        rows = new_table("case", "policy", "criterion", "expected", "got", "found")
        for one in failed:
            where = f"{one.case.file.name}:{one.case.line} {one.case.name}"
            told = (where, one.policy, one.criterion, one.expected, one.got, one.found)
            rows.add_row(*map(Text, told))
        console.print(rows)
    console.print(Text(f"{cases} cases, {len(outcomes)} answers, {len(failed)} not as expected"))


def print_diff(old: Policy, new: Policy, changes: Sequence[Change], rows: Sequence[CaseChange] | None) -> None:
    """A row a criterion that differs; then the cases that change."""
    console = terminal()
    console.print(Text.assemble((old.id, "bold"), " against ", (new.id, "bold")))
    if not changes:
        console.print(Text("every criterion asks for the same"))
    else:
        listed = new_table(f"{old.payer} {old.version}", f"{new.payer} {new.version}", "criterion", "what differs")
        for change in changes:
            details = "\n".join(change.details)
            listed.add_row(*map(Text, (change.old or "-", change.new or "-", change.label, details)))
        console.print(listed)
    if rows is None:
        return
    moved = [row for row in rows if row.before != row.after]
    listed = new_table("chart", "before", "after", "criteria that differ")
    for row in rows:
        if row.before == row.after and not row.criteria:
            continue
        said = "; ".join(f"{a if a == b else f'{a} / {b}'}: {x} to {y}" for a, b, x, y in row.criteria)
        listed.add_row(Text(row.chart), status_text(row.before), status_text(row.after), Text(said.replace("_", " ")))
    if listed.row_count:
        console.print(listed)
    console.print(Text(f"{len(rows)} cases, {len(moved)} change outcome"))


_STEP = {
    "document": "obtain",
    "event": "obtain or do",
    "request": "mend the request",
    "by_hand": "settle by hand",
}


def print_plans(plans: Sequence[Plan]) -> None:
    """For each policy the steps that would turn its outcome to meets, or why there are none."""
    console = terminal()
    console.print(Text("plan", style="bold"))
    for plan in plans:
        head = Text.assemble((plan.policy, "bold"), ": now ", status_text(plan.outcome))
        if plan.outcome == Result.MEETS:
            console.print(head)
            continue
        if plan.blocked:
            console.print(head + Text("; no document or event turns it to meets:"))
            for criterion, why in plan.blocked.items():
                console.print(Text(f"  - {criterion}: {why}"))
            continue
        then = "; with these steps " if plan.reaches == Result.MEETS else "; with these steps still "
        console.print(head + Text(then) + status_text(plan.reaches or "") + Text(":"))
        for number, step in enumerate(plan.steps, start=1):
            served = ", ".join(step.criteria)
            console.print(Text(f"  {number}. {_STEP[step.kind]}: {step.what}; from: {step.source} [{served}]"))
        if plan.open:
            console.print(Text(f"  still open then: {', '.join(plan.open)}"))


def _in_force(policy: Policy) -> str:
    start, end = policy.effective.start, policy.effective.end
    if start is None and end is None:
        return ""
    return f"{start or '…'} to {end or '…'}"
