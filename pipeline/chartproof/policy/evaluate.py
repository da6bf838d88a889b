"""What a policy makes of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from chartproof.model.case import Case, CriterionResult, Determination, Gap
from chartproof.model.chart import Request
from chartproof.model.evidence import Evidence
from chartproof.model.facts import FactBase
from chartproof.model.vocab import Laterality, Outcome, Reason
from chartproof.policy import (
    judge_care,
    judge_events,
    judge_exam,
    judge_figures,
    judge_imaging,
    judge_order,
    judge_paper,
    judge_present,
    judge_relief,
    kleene,
)
from chartproof.policy import operators as o
from chartproof.policy import operators_figures as of
from chartproof.policy import operators_order as oo
from chartproof.policy import operators_paper as op
from chartproof.policy import operators_present as opr
from chartproof.policy import rules as r
from chartproof.policy.answer import Answer, composed, turned, unique, unsure
from chartproof.policy.kleene import MET, NOT_MET, UNSURE
from chartproof.policy.obtain import DEFAULTS
from chartproof.policy.reading import Asked, Reading, told_otherwise
from chartproof.policy.schema import Criterion, Policy
from chartproof.policy.words import words

JUDGES: dict[type[o.RuleBase], Callable[[Any, Reading], Answer]] = {
    o.CountEvents: judge_events.count_events,
    o.EachEvent: judge_events.each_event,
    o.LatestValue: judge_events.latest_value,
    o.Exclusion: judge_events.exclusion,
    o.RequestIs: judge_events.request,
    o.StudyExists: judge_imaging.imaging_study,
    o.ImagingShows: judge_imaging.imaging_shows,
    o.PositiveTest: judge_exam.positive_test,
    o.PositiveTests: judge_exam.positive_tests,
    o.Tenderness: judge_exam.tenderness,
    o.NoOtherTenderness: judge_exam.no_other_tenderness,
    o.PainPattern: judge_exam.pain_pattern,
    o.CareDuration: judge_care.care_duration,
    o.CourseLength: judge_care.course_length,
    o.NicotineFree: judge_care.nicotine_free,
    oo.AtMost: judge_order.at_most,
    oo.PrecededBy: judge_order.preceded_by,
    oo.NoneAfterFailure: judge_order.none_after_failure,
    oo.NewEpisode: judge_order.new_episode,
    oo.PerformedAlone: judge_order.performed_alone,
    of.Value: judge_figures.value,
    of.LabIs: judge_figures.lab,
    of.SustainedRelief: judge_relief.sustained_relief,
    of.RelievedByScores: judge_relief.relief_by_scores,
    of.Visits: judge_care.visits,
    of.CareInPeriod: judge_care.care_in_period,
    op.Codes: judge_paper.codes,
    op.Documented: judge_paper.documented,
    op.ByHand: judge_paper.by_hand,
    op.External: judge_paper.external,
    op.NeverCovered: judge_paper.never_covered,
    opr.Present: judge_present.present,
}


def evaluate(policy: Policy, case: Case, note_dates: Mapping[str, date] | None = None) -> Determination:
    """Answer every criterion of a policy for a case, and roll the answers up.

    Any criterion not met: does_not_meet; else any unsure: needs_documentation; else meets.

    Args:
        policy: the policy version.
        case: the facts of one chart. Windows count back from its ``request.request_date``.
        note_dates: note id -> date of the note, needed only where note ids do not hold their dates.
    """
    named = policy.rules()
    answers = answer_criteria(policy, case, note_dates)
    silent = _silences(policy)
    results = [
        _result_of(criterion, answers[criterion.id], named, silent.get(criterion.id)) for criterion in policy.criteria
    ]
    return Determination(
        policy=policy.id,
        title=policy.title,
        payer=policy.payer,
        version=policy.version,
        effective_from=policy.effective.start,
        effective_to=policy.effective.end,
        status=roll_up(results),
        criteria=results,
        notices=_notices(policy, case, note_dates or {}),
    )


def answer_criteria(policy: Policy, case: Case, note_dates: Mapping[str, date] | None = None) -> dict[str, Answer]:
    """The answer of every criterion by its id; one that a conflict of the case would change is not settled."""
    named = policy.rules()
    answers = _answers(policy, case, named, note_dates or {})
    for values, otherwise in told_otherwise(case):
        others = _answers(policy, otherwise, named, note_dates or {})
        answers = {name: _unless(answer, others[name], values) for name, answer in answers.items()}
    return answers


def roll_up(results: Sequence[CriterionResult]) -> Outcome:
    """Any criterion not met: does_not_meet; else any unsure: needs_documentation; else meets. Recommendations do not
    count."""
    return {MET: Outcome.MEETS, NOT_MET: Outcome.DOES_NOT_MEET, UNSURE: Outcome.NEEDS_DOCUMENTATION}[
        kleene.all_of(result.status for result in results if not result.recommendation)
    ]


def _answers(
    policy: Policy, case: Case, named: Mapping[str, o.RuleBase], note_dates: Mapping[str, date]
) -> dict[str, Answer]:
    """The answer of every criterion by its id."""
    side = case.request.laterality
    sides = [side] if side in _ONE_SIDE or not _tells_a_side(case) else [*_ONE_SIDE]
    readings = [Reading(case, one, note_dates) for one in sides]
    answers = {}
    silent = _silences(policy)
    kinds: set[type[FactBase]] = {type(fact) for fact in case.facts}
    for criterion in policy.criteria:
        known = silent.get(criterion.id)
        if known is not None and known.holds(kinds, case.request):
            answers[criterion.id] = known.answer
            continue
        by_side = [_see(criterion.id, reading, named) for reading in readings]
        answer = by_side[0] if len(by_side) == 1 else _both_sides(by_side, stated=side is not None)
        answers[criterion.id] = answer
        asked = Asked()
        for reading in readings:
            asked.add(reading.answered[criterion.id][1])
        silence = _Silence(tuple(asked.kinds), case.request.model_copy() if asked.request else None, answer)
        if silence.holds(kinds, case.request):
            silent[criterion.id] = silence
    return answers


@dataclass
class _Silence:
    """The answer of a criterion where a case holds no fact of any of the kinds that were asked for to find it.

    Attributes:
        request: the request it is for; None where none was asked for.
        result: the same as a result, once made.
    """

    kinds: tuple[type[FactBase], ...]
    request: Request | None
    answer: Answer
    result: CriterionResult | None = None

    def holds(self, kinds: set[type[FactBase]], request: Request) -> bool:
        """Whether it is the answer for a case with facts of these kinds."""
        if self.request is not None and self.request != request:
            return False
        return not any(issubclass(kind, self.kinds) for kind in kinds)


def _silences(policy: Policy) -> dict[str, _Silence]:
    """The answers of a policy's criteria to which a case said nothing, the last of each."""
    known = _silent.get(id(policy))
    if known is None:
        if len(_silent) >= _MOST_SILENT:
            _silent.clear()
        known = _silent[id(policy)] = policy, {}
    return known[1]


# By the id of the policy, which is kept with them so that no other one gets its id.
_silent: dict[int, tuple[Policy, dict[str, _Silence]]] = {}
_MOST_SILENT = 200


_ONE_SIDE = (Laterality.LEFT, Laterality.RIGHT)


def _tells_a_side(case: Case) -> bool:
    """Whether a fact is of one side alone; where none is, both sides have the same answers."""
    return any(getattr(fact, "laterality", None) in _ONE_SIDE for fact in case.facts)


def _see(name: str, reading: Reading, named: Mapping[str, o.RuleBase]) -> Answer:
    """The answer of a named rule, given once."""
    known = reading.answered.get(name)
    if known is None:
        outer, reading.asked = reading.asked, Asked()
        known = reading.answered[name] = _judge(named[name], reading, named), reading.asked
        reading.asked = outer
    reading.asked.add(known[1])
    return known[0]


def _unless(answer: Answer, other: Answer, values: str) -> Answer:
    """An answer that a conflict of the case would change is not settled."""
    if answer.status == other.status:
        return answer
    found = f"{answer.found}; the notes contradict each other: {values}"
    facts = unique([*answer.facts, *other.facts])
    kinds = answer.kinds or other.kinds
    return Answer(UNSURE, Reason.CONFLICTING, found, tuple(facts), answer.parts, kinds)


def _judge(rule: o.RuleBase, reading: Reading, named: Mapping[str, o.RuleBase]) -> Answer:
    answer = _by_operator(rule, reading, named)
    if rule.not_read is not None and answer.status == MET:
        found = f"{answer.found}; not read in the policy: {rule.not_read}"
        return replace(answer, status=UNSURE, reason=Reason.EXTERNAL, found=found)
    return answer


def _by_operator(rule: o.RuleBase, reading: Reading, named: Mapping[str, o.RuleBase]) -> Answer:
    match rule:
        case r.AllOf():
            pairs = [(part, _judge(part, reading, named)) for part in rule.all_of]
            return composed(kleene.all_of(a.status for _, a in pairs), pairs)
        case r.AnyOf():
            pairs = [(part, _judge(part, reading, named)) for part in rule.any_of]
            return composed(kleene.any_of(a.status for _, a in pairs), pairs)
        case r.AtLeast():
            pairs = [(part, _judge(part, reading, named)) for part in rule.at_least.of]
            return composed(kleene.at_least(rule.at_least.n, [a.status for _, a in pairs]), pairs)
        case r.NoneOf():
            pairs = [(part, _judge(part, reading, named)) for part in rule.none_of]
            opposite = [(part, turned(a, kleene.negation(a.status))) for part, a in pairs]
            return replace(composed(kleene.all_of(a.status for _, a in opposite), opposite), parts=tuple(pairs))
        case r.Not():
            answer = _judge(rule.not_, reading, named)
            return turned(answer, kleene.negation(answer.status))
        case r.Unless():
            return _unless_excused(rule.unless, reading, named)
        case r.Conditional():
            return _by_condition(rule.conditional, reading, named)
        case r.See():
            return _see(rule.see, reading, named)
        case _:
            return JUDGES[type(rule)](rule, reading)


def _unless_excused(rule: r.Excused, reading: Reading, named: Mapping[str, o.RuleBase]) -> Answer:
    """What is required, or a documented exception; see ``rules.Unless``."""
    required, exception = _judge(rule.required, reading, named), _judge(rule.exception, reading, named)
    pairs = [(rule.required, required), (rule.exception, exception)]
    if exception.status == UNSURE and exception.reason == Reason.UNDOCUMENTED:
        return replace(required, parts=tuple(pairs))
    return composed(kleene.any_of((required.status, exception.status)), pairs)


def _by_condition(rule: r.Choice, reading: Reading, named: Mapping[str, o.RuleBase]) -> Answer:
    """One rule or another; see ``rules.Conditional``."""
    condition = _judge(rule.if_, reading, named)
    then, otherwise = _judge(rule.then, reading, named), _judge(rule.otherwise, reading, named)
    settled = condition.status
    if settled == UNSURE and condition.reason == Reason.UNDOCUMENTED and rule.undocumented == "else":
        settled = NOT_MET
    if settled == UNSURE and then.status != otherwise.status:
        pairs = [(rule.if_, condition), (rule.then, then), (rule.otherwise, otherwise)]
        return replace(composed(UNSURE, pairs), reason=condition.reason)
    taken, answer = (rule.otherwise, otherwise) if settled == NOT_MET else (rule.then, then)
    pairs = [(rule.if_, condition), (taken, answer)]
    found = f"{condition.found}; {answer.found}" if condition.facts else answer.found
    return replace(answer, found=found, facts=tuple(unique([*condition.facts, *answer.facts])), parts=tuple(pairs))


def _both_sides(answers: Sequence[Answer], stated: bool) -> Answer:
    """A bilateral request needs both sides; where no side is requested, only what both sides agree on is sure."""
    statuses = [answer.status for answer in answers]
    if len(set(statuses)) == 1:
        return answers[0]
    if stated:
        status = kleene.all_of(statuses)
        return next(answer for answer in answers if answer.status == status)
    facts = unique(fact for answer in answers for fact in answer.facts)
    return unsure("the requested side is not stated, and the sides differ", facts)


def _result_of(
    criterion: Criterion, answer: Answer, named: Mapping[str, o.RuleBase], silence: _Silence | None
) -> CriterionResult:
    """The result of a criterion: where the case said nothing, that of the case before that said nothing either."""
    if silence is None or silence.answer is not answer:
        return _criterion(criterion, answer, named)
    if silence.result is None:
        silence.result = _criterion(criterion, answer, named)
    return silence.result


def _criterion(criterion: Criterion, answer: Answer, named: Mapping[str, o.RuleBase]) -> CriterionResult:
    wanted = _wanted(criterion.rule, answer, named)
    if not wanted and criterion.obtain:
        wanted = [(item, answer.found) for item in criterion.obtain]
    gaps = [Gap(what=item.what, source=item.source, why=why) for item, why in wanted or _defaults(answer)]
    gaps = list({(gap.what, gap.source): gap for gap in gaps}.values()) if answer.status != MET else []
    citation = criterion.citation + (f" ({criterion.source})" if criterion.source else "")
    return _result(
        criterion.id,
        criterion.rule,
        answer,
        named,
        label=criterion.label,
        citation=citation,
        obtain=gaps,
        recommendation=criterion.recommendation,
    )


def _result(
    name: str,
    rule: o.RuleBase,
    answer: Answer,
    named: Mapping[str, o.RuleBase],
    label: str | None = None,
    citation: str | None = None,
    obtain: Sequence[Gap] = (),
    recommendation: bool = False,
) -> CriterionResult:
    required = words(rule, named)
    parts = [
        _result(f"{name}/{i}", part, of_part, named)
        for i, (part, of_part) in enumerate(answer.parts, start=1)
        if part is not rule  # findings of one rule, not rules of their own
    ]
    return CriterionResult(
        id=name,
        status=answer.status,
        reason=answer.reason,
        label=label or required,
        citation=citation,
        required=required,
        found=answer.found,
        evidence=_evidence(answer.facts),
        facts=list(answer.facts),
        obtain=list(obtain),
        recommendation=recommendation,
        parts=parts,
    )


def _evidence(facts: Sequence[FactBase]) -> list[Evidence]:
    return list(dict.fromkeys(e for fact in facts for e in fact.evidence))


def _wanted(rule: o.RuleBase, answer: Answer, named: Mapping[str, o.RuleBase]) -> list[tuple[o.Obtain, str]]:
    """What the open parts ask to obtain, each with why; a rule's own wish stands where its parts have none."""
    if answer.status == MET:
        return []
    if isinstance(rule, r.See):
        return _wanted(named[rule.see], answer, named)
    parts = [pair for pair in answer.parts if pair[0] is not rule]
    of_parts = [want for part, of_part in parts for want in _wanted(part, of_part, named)]
    return of_parts or [(item, answer.found) for item in rule.obtain]


def _defaults(answer: Answer) -> list[tuple[o.Obtain, str]]:
    return [(DEFAULTS[kind], answer.found) for kind in answer.kinds if kind in DEFAULTS]


def _notices(policy: Policy, case: Case, note_dates: Mapping[str, date]) -> list[str]:
    notices = []
    day = case.request.request_date
    if not policy.effective.covers(day):
        when = f"from {policy.effective.start or 'a date not read'} to {policy.effective.end or 'further notice'}"
        notices.append(f"This version was not in force on the request date, {day}: it is in force {when}.")
    if policy.effective.start is None:
        notices.append("The date from which this version is in force was not read.")
    if policy.verified.secondhand:
        notices.append(
            "The criteria are told by others: the payer's own text was not read. Check it before relying on them."
        )
    later = [one for one in note_dates.values() if one > day]
    if later:
        count = "1 note is" if len(later) == 1 else f"{len(later)} notes are"
        notices.append(
            f"{count} dated after the request date, {day} (the last on {max(later)}), and read all the same: "
            "make sure that the request date is right."
        )
    if case.request.cpt is None:
        codes = ", ".join(policy.procedure_codes)
        notices.append(f"The request states no procedure; the criteria are for CPT {codes}.")
    if case.request.cpt is not None and case.request.cpt not in policy.procedure_codes:
        codes = ", ".join(policy.procedure_codes)
        notices.append(f"The criteria are for CPT {codes}; requested is {case.request.cpt}.")
    if case.request.laterality is None:
        notices.append(
            "The request states no side; criteria that depend on it are answered only where both sides agree."
        )
    return notices
