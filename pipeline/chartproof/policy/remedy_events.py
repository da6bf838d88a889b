"""Remedies of rules about events: the record of one that is told, or one more.

Only documents and events that may truly be missing are proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chartproof.model.facts import FACT_MODELS
from chartproof.policy import operators as o
from chartproof.policy import operators_figures as of
from chartproof.policy import operators_order as oo
from chartproof.policy import operators_paper as op
from chartproof.policy.answer import Answer
from chartproof.policy.judge_events import Group, events, figure, qualifies, say_event
from chartproof.policy.kleene import MET, NOT_MET, UNSURE
from chartproof.policy.obtain import DEFAULTS
from chartproof.policy.reading import Reading
from chartproof.policy.remedy_moves import CLINICIAN, Make, Move, Remedy, asked_facts, new_fact, usual_value
from chartproof.policy.where import Where, both, dated, named

_EVENTS = ("injection", "therapy", "medication", "imaging_study", "lab")


def _count(rule: o.RuleBase, answer: Answer, reading: Reading) -> list[Remedy]:
    """Complete the events that might qualify, then add new ones."""
    count: o.EventCount = getattr(rule, rule.OPERATOR)
    model = FACT_MODELS[count.kind]
    if answer.status == NOT_MET and count.kind not in _EVENTS:
        return []
    extra = _extra(rule)
    groups = [(group, qualifies(group, count, reading)[0]) for group in events(count, reading)]
    ready = [g for g, status in groups if status == MET and not extra and answer.status != MET]
    might = [g for g, status in groups if status == UNSURE or (extra and status == MET)]
    found: list[Remedy] = []
    more = asked_facts(count.require_any, model)[0] if count.require_any is not None else {}
    for asked in asked_facts(count.where, model):
        wanted = {**asked_facts(count.of, model)[0], **asked, **extra}
        completing = [_complete(group, wanted, count) for group in might]
        needed = max(count.n - len(ready), 1)
        for some in range(min(needed, len(completing)), -1, -1):
            moves = [*completing[:some]]
            moves += [_happen(count, {**wanted, **(more if i == 0 else {})}, i, reading) for i in range(needed - some)]
            found.append(tuple(moves))
        if more and len(ready) >= count.n - 1:  # one more that also is what one of them must be
            found.append((_happen(count, {**wanted, **more}, 0, reading),))
    return found


def _extra(rule: o.RuleBase) -> dict[str, Any]:
    """What relief that lasts asks for beside the filter."""
    if isinstance(rule, of.SustainedRelief):
        asked = rule.sustained_relief
        days = asked.for_days or max((asked.anesthetic_hours or {"": 1.0}).values()) / 24
        return {"relief_percent": (asked.min_percent, 100.0), "relief_days": days}
    return {}


def _complete(group: Group, wanted: Mapping[str, Any], count: o.Events) -> Move:
    fact = group[0]
    told = fact.attributes()
    missing = {name: value for name, value in wanted.items() if name not in told or name == "relief_percent"}
    open_ = [named(name) for name in missing if name not in told]
    if "relief_percent" in missing and "relief_percent" in told:  # a range over the threshold
        asked = count.where.tests.get("relief_percent")
        limit = f" ({asked.words()}%)" if asked is not None else ""
        open_.append(f"the exact percent relief{limit}, told so far as {figure(tuple(told['relief_percent']))}%")
    states = both(open_) or "what the notes leave open"
    what = f"record of the {say_event(fact, '').split(', relief')[0]} that states {states}"
    source = DEFAULTS[count.kind].source if count.kind in DEFAULTS else CLINICIAN
    key = ("record", count.kind, str(dated(fact) or ""), say_event(fact, "").split(", relief")[0])
    return Move(key, "document", what, source, ({"kind": count.kind, **missing},), fact)


def _happen(count: o.Events, wanted: Mapping[str, Any], number: int, reading: Reading) -> Move:
    """A new event (or the document of one that is not told): the number-th of its sort."""
    gap = getattr(count, "days_apart", None) or 1
    facts = new_fact(count.kind, wanted, reading)
    if "date" in facts:
        facts["date"] = str(reading.today + timedelta(days=gap * number))
    default = DEFAULTS.get(count.kind)
    asks = _sort_in_words(count)
    if count.kind in _EVENTS:
        what = f"record of {asks}, or have it done and documented"
        source = _source_of(count, default)
        return Move(("event", count.kind, count.name(), str(number)), "event", what, source, (facts,))
    what = default.what if default and count.kind != "source_exclusion" else asks
    return Move(("note", CLINICIAN, asks), "document", what, CLINICIAN, (facts,))


# Therapy that no therapist gives: it is the treating clinician who writes of it.
_SELF_CARE = ("activity_modification", "rest", "bracing")


def _source_of(count: o.Events, default: o.Obtain | None) -> str:
    """Who has the record of an event."""
    types = count.of.tests.get("type")
    if types is not None and types.among and all(one in _SELF_CARE for one in types.among):
        return CLINICIAN
    return default.source if default else CLINICIAN


def _sort_in_words(count: o.Events) -> str:
    """The event asked for: "an SI joint injection (at least 75% relief)"."""
    tests = {name: test for name, test in count.where.tests.items() if not (name == "status" and test.not_in)}
    asked = Where(tests=tests, any_of=count.where.any_of).words()
    return f"{count.name()} ({asked})" if asked else count.name()


def _each(rule: o.EachEvent, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.each_event
    model = FACT_MODELS[asked.kind]
    if not answer.facts:
        return [(_happen(asked, {asked.attribute: usual_value(asked.attribute, model)}, 0, reading),)]
    open_ = [fact for fact in answer.facts if fact.attributes().get(asked.attribute) is None]
    return [tuple(_complete([fact], {asked.attribute: usual_value(asked.attribute, model)}, asked) for fact in open_)]


def _before(rule: oo.PrecededBy, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.preceded_by
    if not asked.of_request:
        return []
    earlier = asked.earlier()
    model = FACT_MODELS[asked.kind]
    wanted = {**asked_facts(earlier.of, model)[0], **asked_facts(earlier.where, model)[0]}
    wanted["date"] = str(reading.today - timedelta(days=asked.min_days))
    move = Move(
        ("event", asked.kind, earlier.name(), "0"),
        "event",
        f"record of {_sort_in_words(earlier)} before the request, or have it done and documented",
        DEFAULTS[asked.kind].source if asked.kind in DEFAULTS else CLINICIAN,
        (new_fact(asked.kind, wanted, reading),),
    )
    return [(move,)]


def _documented(rule: op.Documented, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.documented
    if answer.status == NOT_MET or asked.author is not None:
        return []
    model = FACT_MODELS[asked.kind]
    wanted = {**asked_facts(asked.of, model)[0], **asked_facts(asked.where, model)[0]}
    wanted |= {name: usual_value(name, model) for name in asked.states if name not in wanted}
    told_in = {"told_in": str(asked.note_type[0])} if asked.note_type else {}
    if not answer.facts:
        move = _happen(asked, wanted, 0, reading)
        return [(Move(move.key, move.kind, move.what, move.source, ({**move.facts[0], **told_in},)),)]
    moves = []
    for fact in answer.facts if asked.every else answer.facts[:1]:
        move = _complete([fact], wanted, asked)
        moves.append(Move(move.key, move.kind, move.what, move.source, ({**move.facts[0], **told_in},), fact))
    return [tuple(moves)]


MAKERS: dict[type[o.RuleBase], Make] = {
    o.CountEvents: _count,
    of.SustainedRelief: _count,
    o.EachEvent: _each,
    oo.PrecededBy: _before,
    op.Documented: _documented,
}
"""Who makes the remedies of a rule, by its operator."""
