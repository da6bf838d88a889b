"""Judges of relief: how long it lasted, and how far the scores fell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from chartproof.model import facts as f
from chartproof.model.facts import FACT_MODELS, FactBase
from chartproof.model.vocab import Reason
from chartproof.policy import kleene
from chartproof.policy.answer import Answer
from chartproof.policy.judge_events import Group, count_with, judge_event
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators_figures import Lasting, RelievedByScores, ScoreChange, SustainedRelief
from chartproof.policy.reading import Reading
from chartproof.policy.where import at_least, attribute, dated

_DISAGREES = "the stated percentage and the scores disagree"


def sustained_relief(rule: SustainedRelief, reading: Reading) -> Answer:
    """Injections whose relief lasted; see ``SustainedRelief``."""
    asked = rule.sustained_relief

    def judge(group: Group) -> tuple[Truth, str]:
        base, why = judge_event(group, asked.where)
        tellings = [_lasted(fact, asked) for fact in group if isinstance(fact, f.Injection)]
        answers = {answer for answer, _ in tellings}
        lasted = answers.pop() if len(answers) == 1 else UNSURE
        reasons = [why, *(text for _, text in tellings)]
        return kleene.all_of((base, lasted)), ", ".join(dict.fromkeys(text for text in reasons if text))

    return count_with(asked, reading, judge)


def relief_by_scores(rule: RelievedByScores, reading: Reading) -> Answer:
    """Events after which a score fell; see ``RelievedByScores``."""
    asked = rule.relief_by_scores

    def judge(group: Group) -> tuple[Truth, str]:
        base, why = judge_event(group, asked.where)
        fell, text = _fall(group[0], asked, reading)
        return kleene.all_of((base, fell)), ", ".join(part for part in (why, text) if part)

    answer = count_with(asked, reading, judge)
    if answer.status == UNSURE and _DISAGREES in answer.found:
        return replace(answer, reason=Reason.CONFLICTING)
    return answer


def _lasted(fact: f.Injection, asked: Lasting) -> tuple[Truth, str]:
    """Whether the relief of one injection was enough and lasted, and why not."""
    if fact.relief_percent is None:
        return UNSURE, "relief not documented"
    enough = at_least(*fact.relief_percent, asked.min_percent)
    days = asked.for_days
    if days is None:
        table = asked.anesthetic_hours or {}
        days = table.get((fact.anesthetic or "").casefold(), max(table.values())) / 24
    if fact.relief_days is None:
        return kleene.all_of((enough, UNSURE)), "length of relief not documented"
    long_enough = MET if fact.relief_days >= days else NOT_MET
    text = f"lasted {_length(fact.relief_days)}, asked {_length(days)}" if long_enough == NOT_MET else ""
    return kleene.all_of((enough, long_enough)), text


def _length(days: float) -> str:
    return f"{days:g} days" if days >= 1 else f"{days * 24:.3g} hours"


def _fall(event: FactBase, asked: ScoreChange, reading: Reading) -> tuple[Truth, str]:
    """Whether the score fell far enough after an event, and what was found."""
    day = dated(event)
    if day is None or day.precision != "day":
        return UNSURE, "date not documented, so no scores can be set beside it"
    scores = [x for x in reading.facts(FACT_MODELS[asked.score]) if (when := dated(x)) and when.precision == "day"]
    early = day.first - timedelta(days=asked.before_days)
    first, last = day.first + timedelta(days=asked.after_from), day.first + timedelta(days=asked.after_to)
    before = [x for x in scores if asked.before.judge(x) == MET and early <= _day(x) <= day.first]
    after = [x for x in scores if asked.after.judge(x) == MET and first <= _day(x) <= last]
    after = [x for x in after if not any(x is b for b in before)]
    if not before or not after:
        return UNSURE, "no score " + " and none ".join(
            text for text, there in (("before it", before), ("after it", after)) if not there
        )
    nearest = max(_day(x) for x in before)
    pairs = [(b, a) for b in before if _day(b) == nearest for a in after]
    low, high, scale, one, other = max(
        ((*_drop(b, a), _one_scale(b, a, asked), b, a) for b, a in pairs), key=lambda pair: (pair[0], pair[1])
    )
    text = f"score {_say(one)} before and {_say(other)} after, {low:.3g}%" + (f"-{high:.3g}%" if high != low else "")
    if scale != MET:
        text += ", not of one scale" if scale == NOT_MET else ", scale not named for both"
    stated = getattr(event, "relief_percent", None)
    answer = kleene.all_of((at_least(low, high, asked.min_percent), scale))
    if stated is not None and (stated[0] > high + asked.agree_within or stated[1] < low - asked.agree_within):
        return UNSURE, f"{text}; {_DISAGREES}"
    return answer, text


def _day(fact: FactBase) -> date:
    when = dated(fact)
    assert when is not None
    return when.first


def _drop(before: FactBase, after: FactBase) -> tuple[float, float]:
    """The least and the most percent by which the score fell; a score of 0 before cannot fall."""
    (b_low, b_high), (a_low, a_high) = _range(before), _range(after)
    least = (b_low - a_high) / b_low * 100 if b_low else 0.0
    most = (b_high - a_low) / b_high * 100 if b_high else 0.0
    return max(0.0, least), max(0.0, most)


def _one_scale(before: FactBase, after: FactBase, asked: ScoreChange) -> Truth:
    if not asked.same_scale:
        return MET
    name = "scale" if asked.score == "pain_score" else "instrument"
    scales = (attribute(before, name), attribute(after, name))
    return UNSURE if None in scales else MET if scales[0] == scales[1] else NOT_MET


def _range(fact: FactBase) -> tuple[float, float]:
    value = attribute(fact, "value")
    low, high = value if isinstance(value, tuple) else (value, value)
    return float(low), float(high)


def _say(fact: FactBase) -> str:
    low, high = _range(fact)
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"
