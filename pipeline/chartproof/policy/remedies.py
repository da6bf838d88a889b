"""What would turn an open rule to met: for each operator the facts that a document or an event would bring.

Only documents and events that may truly be missing are proposed. What the chart denies (a negative test, a disorder
present, a low score) is not: such a rule has no remedy, and its answer says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations, product
from typing import Any

from chartproof.model import facts as f
from chartproof.model.facts import FACT_MODELS, FactBase
from chartproof.model.vocab import NicotineState, Reason, TendernessSite
from chartproof.policy import operators as o
from chartproof.policy import operators_figures as of
from chartproof.policy import operators_order as oo
from chartproof.policy import operators_paper as op
from chartproof.policy import rules as r
from chartproof.policy.answer import Answer
from chartproof.policy.judge_events import Group, events, qualifies, say_event
from chartproof.policy.kleene import MET, NOT_MET, UNSURE
from chartproof.policy.obtain import DEFAULTS
from chartproof.policy.reading import Reading
from chartproof.policy.where import AttributeTest, Where, allowed_values, dated, say
from chartproof.policy.words import words

_MOST = 24  # alternatives kept for a rule

CLINICIAN = "treating clinician"


@dataclass(frozen=True)
class Move:
    """One thing to obtain or to do.

    Attributes:
        key: which document or event it is; moves of one key are one step.
        kind: document, event, request (a change of the request) or by_hand (nothing here can tell that it is done).
        what: what it must state.
        source: who has it.
        facts: the facts that it brings, as attributes with their kind.
        completes: the fact that it completes, where it is about one that is told already.
    """

    key: tuple[str, ...]
    kind: str
    what: str
    source: str
    facts: tuple[Mapping[str, Any], ...] = field(default=(), hash=False, compare=False)
    completes: FactBase | None = field(default=None, hash=False, compare=False)


Remedy = tuple[Move, ...]


def remedies(rule: o.RuleBase, answer: Answer, reading: Reading, named: Mapping[str, o.RuleBase]) -> list[Remedy]:
    """The ways to turn a rule to met, each a set of moves; none where there is no way. Met already: one of no moves."""
    if answer.status == MET:
        return [()]
    found = _remedies(rule, answer, reading, named)
    if rule.not_read is not None:
        move = Move(("policy", rule.not_read), "by_hand", f"read in the policy: {rule.not_read}", "payer")
        found = [(*way, move) for way in found or [()]] if answer.status == UNSURE else found
    return sorted({frozenset(way): way for way in found}.values(), key=len)[:_MOST]


def _remedies(rule: o.RuleBase, answer: Answer, reading: Reading, named: Mapping[str, o.RuleBase]) -> list[Remedy]:
    parts = [pair for pair in answer.parts if pair[0] is not rule]

    def ways(pairs: Sequence[tuple[o.RuleBase, Answer]]) -> list[list[Remedy]]:
        return [remedies(part, of_part, reading, named) for part, of_part in pairs]

    match rule:
        case r.See():
            return remedies(named[rule.see], answer, reading, named)
        case r.AllOf():
            return _all(ways(parts))
        case r.AnyOf() | r.Unless():
            return [way for of_part in ways(parts) for way in of_part]
        case r.AtLeast():
            each = ways(parts)
            return [way for some in combinations(each, rule.at_least.n) for way in _all(list(some))]
        case r.Conditional():
            return _all(ways(parts[1:])) if parts else []
        case r.Not() | r.NoneOf():
            return _statement(rule, answer, named)
        case _:
            make = _LEAVES.get(type(rule))
            made = make(rule, answer, reading) if make is not None else []
            return made or _statement(rule, answer, named)


def _all(each: list[list[Remedy]]) -> list[Remedy]:
    """One way for every part."""
    if any(not of_part for of_part in each):
        return []
    return [tuple(dict.fromkeys(m for way in picked for m in way)) for picked in product(*(x[:4] for x in each))][:96]


def _statement(rule: o.RuleBase, answer: Answer, named: Mapping[str, o.RuleBase]) -> list[Remedy]:
    """For an open rule of which it cannot be said what facts would settle it: what the policy asks to obtain."""
    if answer.status != UNSURE:
        return []
    wanted = list(rule.obtain) or [DEFAULTS[kind] for kind in answer.kinds if kind in DEFAULTS]
    what, source = (wanted[0].what, wanted[0].source) if wanted else (words(rule, named), "whoever knows")
    return [(Move(("by hand", what), "by_hand", what, source),)]


# --- facts that a filter asks for -------------------------------------------------------------------------------------


def _asked(where: Where, model: type[FactBase]) -> list[dict[str, Any]]:
    """The attributes that would fit a filter, one dictionary for each of its alternatives."""
    own = {name: _fitting(test, model, name) for name, test in where.tests.items() if test.silence != "met"}
    if not where.any_of:
        return [own]
    return [{**own, **more} for way in where.any_of for more in _asked(way, model)]


def _fitting(test: AttributeTest, model: type[FactBase], name: str) -> Any:
    if test.among is not None:
        return test.among[0]
    if test.not_in is not None:
        allowed = [value for value in allowed_values(model, name) or () if value not in test.not_in]
        return allowed[0] if allowed else _TEXT.get(name, "documented")
    low = test.min if test.min is not None else 0.0
    high = test.max if test.max is not None else test.below - 1 if test.below is not None else low
    if "tuple" in str(model.model_fields[name].annotation):
        return (low, 100.0 if test.max is None and test.below is None else high)
    return max(low, high)


_TEXT = {"steroid": "triamcinolone", "anesthetic": "bupivacaine"}


def _usual(name: str, model: type[FactBase]) -> Any:
    allowed = allowed_values(model, name)
    if allowed is not None:
        return allowed[0]
    if "tuple" in str(model.model_fields[name].annotation):
        return (0.0, 0.0)
    return _TEXT.get(name, 1)


def _new(kind: str, told: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A fact told on the day of the request, on the requested side."""
    model = FACT_MODELS[kind]
    made: dict[str, Any] = {"kind": kind, **told}
    if "date" in model.model_fields:
        made.setdefault("date", str(reading.today))
    if "laterality" in model.model_fields and reading.side is not None:
        made.setdefault("laterality", str(reading.case.request.laterality or reading.side))
    return made


def _clinician(what: str, *facts: Mapping[str, Any]) -> list[Remedy]:
    return [(Move(("note", CLINICIAN, what), "document", what, CLINICIAN, facts),)]


# --- leaves -----------------------------------------------------------------------------------------------------------

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
    for asked in _asked(count.where, model):
        wanted = {**_asked(count.of, model)[0], **asked, **extra}
        completing = [_complete(group, wanted, count) for group in might]
        needed = max(count.n - len(ready), 1)
        for some in range(min(needed, len(completing)), -1, -1):
            moves = [*completing[:some]]
            moves += [_happen(count, wanted, i, reading) for i in range(needed - some)]
            found.append(tuple(moves))
        if count.require_any is not None:
            more = _asked(count.require_any, model)[0]
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
    names = ", ".join(say(name) for name in missing if name not in told) or "what is open"
    what = f"record of {say_event(fact, '').split(', relief')[0]} that states {names}"
    source = DEFAULTS[count.kind].source if count.kind in DEFAULTS else CLINICIAN
    key = ("record", count.kind, str(dated(fact) or ""), say_event(fact, "").split(", relief")[0])
    return Move(key, "document", what, source, ({"kind": count.kind, **missing},), fact)


def _happen(count: o.Events, wanted: Mapping[str, Any], number: int, reading: Reading) -> Move:
    """A new event (or the document of one that is not told): the number-th of its sort."""
    gap = getattr(count, "days_apart", None) or 1
    facts = _new(count.kind, wanted, reading)
    if "date" in facts:
        facts["date"] = str(reading.today + timedelta(days=gap * number))
    default = DEFAULTS.get(count.kind)
    asks = _sort_in_words(count)
    if count.kind in _EVENTS:
        what = f"{asks}: done and documented (or documented, if done)"
        source = default.source if default else CLINICIAN
        return Move(("event", count.kind, count.name(), str(number)), "event", what, source, (facts,))
    what = default.what if default else asks
    return Move(("note", CLINICIAN, asks), "document", what, CLINICIAN, (facts,))


def _sort_in_words(count: o.Events) -> str:
    asked = count.where.words()
    return f"{count.name()}: {asked}" if asked else count.name()


def _each(rule: o.EachEvent, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.each_event
    model = FACT_MODELS[asked.kind]
    if not answer.facts:
        return [(_happen(asked, {asked.attribute: _usual(asked.attribute, model)}, 0, reading),)]
    open_ = [fact for fact in answer.facts if fact.attributes().get(asked.attribute) is None]
    return [tuple(_complete([fact], {asked.attribute: _usual(asked.attribute, model)}, asked) for fact in open_)]


def _latest(rule: o.LatestValue, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.latest_value
    return _figure(
        asked.kind, asked.attribute, asked.of, asked.min, f"at least {asked.min:g}{asked.unit}", answer, reading
    )


def _value(rule: of.Value, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.value
    if asked.before_event is not None or asked.select != "latest":
        return []
    number = next(x for x in (asked.min, asked.max, (asked.below or 1) - 1) if x is not None)
    return _figure(asked.kind, asked.attribute, asked.of, number, f"{asked.limits()}{asked.unit}", answer, reading)


def _figure(
    kind: str, name: str, of_: Where, number: float, limit: str, answer: Answer, reading: Reading
) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    model = FACT_MODELS[kind]
    value: Any = (number, number) if "tuple" in str(model.model_fields[name].annotation) else number
    return _clinician(f"{say(kind)}, {limit}", _new(kind, {**_asked(of_, model)[0], name: value}, reading))


def _test(rule: o.PositiveTest, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    name = str(rule.positive_test.name)
    fact = _new("provocative_test", {"name": name, "result": "positive"}, reading)
    return _clinician(f"{say(name)} positive", fact)


def _tests(rule: o.PositiveTests, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    asked = rule.positive_tests
    told = {fact.name: fact.result for fact in answer.facts if isinstance(fact, f.ProvocativeTest)}
    positive = 0 if answer.reason == Reason.STALE else sum(told.get(name) == "positive" for name in asked.of)
    free = [name for name in asked.of if name not in told] + [n for n in asked.of if told.get(n) != "positive"]
    if answer.reason == Reason.STALE:
        free = list(asked.of)
    chosen = list(dict.fromkeys(free))[: max(asked.n - positive, 0)]
    if positive + len(chosen) < asked.n:
        return []
    facts = [_new("provocative_test", {"name": str(n), "result": "positive"}, reading) for n in chosen]
    names = ", ".join(say(name) for name in asked.of if name in free)
    return _clinician(f"{len(chosen)} more positive of {names}", *facts)


def _tender(rule: o.Tenderness, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    site = str(rule.tenderness.site)
    return _clinician(f"{say(site)} tender", _new("tenderness", {"site": site, "presence": "present"}, reading))


def _not_tender(rule: o.NoOtherTenderness, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    told = [fact.site for fact in answer.facts if isinstance(fact, f.Tenderness)]
    sites = told or [next(site for site in TendernessSite if site != rule.no_other_tenderness.site)]
    facts = [_new("tenderness", {"site": str(site), "presence": "absent"}, reading) for site in sites]
    return _clinician("other sites palpated, not tender: " + ", ".join(say(site) for site in sites), *facts)


def _pattern(rule: o.PainPattern, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    asked = rule.pain_pattern
    told: dict[str, Any] = {"below_l5": True, "site": [str(asked.at_joint[0])]} if "at_joint" in asked.elements else {}
    told |= {"radiating": False} if "non_radiating" in asked.elements else {}
    return _clinician(
        "where the pain is: side, below L5 or over the joint, radiating or not", _new("pain_pattern", told, reading)
    )


def _study(rule: o.StudyExists, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.imaging_study
    found: list[Remedy] = []
    for modality in asked.modality:
        study = _new("imaging_study", {"modality": str(modality), "region": str(asked.region[0])}, reading)
        shown = {"region": str(asked.speaks_of), "finding": "fracture", "presence": "absent", "modality": str(modality)}
        what = f"{say(modality)} report that speaks of the {say(asked.speaks_of)}"
        what += f", of the last {asked.within_days} days" if asked.within_days else ""
        kind = "event" if answer.reason == Reason.STALE else "document"
        key = ("imaging", str(modality), str(asked.speaks_of))
        facts = (study, _new("imaging_finding", shown, reading))
        found.append((Move(key, kind, what, "imaging center", facts),))
    return found


def _shows(rule: o.ImagingShows, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    asked = rule.imaging_shows
    finding = {"region": str(asked.region[0]), "finding": str(asked.finding[0]), "presence": "present"}
    what = f"{say(asked.finding[0])} (or another listed finding) of the {say(asked.region[0])}"
    keys = [("imaging", m, str(asked.region[0])) for m in ("mri", "ct", "radiograph")]
    return [
        (
            Move(
                key,
                "document",
                f"{say(key[1])} report that describes {what}",
                "imaging center",
                (_new("imaging_finding", {**finding, "modality": key[1]}, reading),),
            ),
        )
        for key in keys
    ]


def _absent(rule: o.Exclusion, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    facts: list[Mapping[str, Any]] = []
    names: list[str] = []
    for fact in answer.facts:
        if isinstance(fact, f.Condition | f.ImagingFinding):
            told = {k: v for k, v in fact.attributes().items() if k not in ("date", "presence", "severity")}
            facts.append(_new(str(fact.kind), {**told, "presence": "absent"}, reading))
            names.append(say(getattr(fact, "name", None) or getattr(fact, "finding", "")))
    if rule.exclusion.silence == "unsure":
        facts += [{"kind": "condition", "name": str(n), "presence": "absent"} for n in rule.exclusion.conditions]
        names += [say(n) for n in rule.exclusion.conditions]
        for sort in rule.exclusion.findings:
            for one in sort.finding:
                told = {"finding": str(one), "region": str(sort.region[0]), "presence": "absent"}
                facts.append(_new("imaging_finding", told, reading))
    return _clinician("absent: " + ", ".join(dict.fromkeys(names)), *facts) if facts else []


def _request(rule: o.RequestIs, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.request
    if asked.among is None or (answer.status == NOT_MET and asked.field != "setting"):
        return []
    how = "stated" if answer.status == UNSURE else "changed to"
    what = f"{asked.field} of the request {how} {asked.among[0]}"
    return [(Move(("request", asked.field), "request", what, "surgeon", ({asked.field: asked.among[0]},)),)]


def _care(rule: o.CareDuration, answer: Answer, reading: Reading) -> list[Remedy]:
    weeks = rule.care_duration.min_weeks
    fact = {"kind": "conservative_care", "duration_weeks": weeks}
    if answer.status == NOT_MET:
        what = f"conservative care, gone on with until it has lasted {weeks:g} weeks"
        return [(Move(("event", "care"), "event", what, CLINICIAN, (fact,)),)]
    return _clinician(f"the length of all conservative care, with dates: at least {weeks:g} weeks", fact)


def _course(rule: o.CourseLength, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.course_length
    return _therapy([str(t) for t in asked.type], asked.where, {"duration_weeks": asked.min_weeks}, answer, reading)


def _visits(rule: of.Visits, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.visits
    weeks = asked.min_weeks or asked.max_weeks or 1
    told = {"sessions": asked.min_visits, "duration_weeks": weeks, "end": str(reading.today)}
    return _therapy([str(t) for t in asked.type], asked.where, told, answer, reading)


def _therapy(
    types: Sequence[str], where: Where, told: Mapping[str, Any], answer: Answer, reading: Reading
) -> list[Remedy]:
    kind = "event" if answer.status == NOT_MET else "document"
    asks = {"duration_weeks": "at least {:g} weeks", "sessions": "at least {:g} visits"}
    length = ", ".join(asks[name].format(value) for name, value in told.items() if name in asks)
    found: list[Remedy] = []
    for one in types:
        asked = {"type": one, "status": "completed", **_asked(where, f.Therapy)[0], **told}
        lead = "a further course of " if kind == "event" else "record of "
        move = Move(
            ("therapy", one), kind, f"{lead}{say(one)}: {length}", "therapy clinic", ({"kind": "therapy", **asked},)
        )
        found.append((move,))
    return found


def _nicotine(rule: o.NicotineFree, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    asked = rule.nicotine_free
    status = next((fact.status for fact in answer.facts if isinstance(fact, f.NicotineStatus)), None)
    if status is None:
        told = {"kind": "nicotine_status", "status": NicotineState.NEVER.value}
        return _clinician("nicotine history: never, or the date of quitting", told)
    analyte = str(asked.analyte[-1])
    specimens = asked.specimen.get(asked.analyte[-1])
    lab = {"analyte": analyte, "value": asked.max_value, "unit": asked.unit[0], "source": str(asked.source[0])}
    lab |= {"specimen": str(specimens[0])} if specimens else {}
    what = f"{say(analyte)} at most {asked.max_value:g} {asked.unit[0]}, of the last {asked.within_days} days"
    return [
        (Move(("lab", analyte), "event", f"laboratory report: {what}", "laboratory", (_new("lab", lab, reading),)),)
    ]


def _lab(rule: of.LabIs, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.lab
    analyte = asked.analyte[-1]
    number = next(x for x in (asked.max, asked.min, (asked.below or 1) - 1) if x is not None)
    lab = {"analyte": str(analyte), "value": number, "unit": asked.unit, "source": str(asked.source[0])}
    specimens = asked.specimen.get(analyte)
    lab |= {"specimen": str(specimens[0])} if specimens else {}
    what = f"laboratory report: {say(analyte)} {asked.limits()} {asked.unit}"
    what += f", {asked.within.words()}" if asked.within else ""
    return [(Move(("lab", str(analyte)), "event", what, "laboratory", (_new("lab", lab, reading),)),)]


def _before(rule: oo.PrecededBy, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.preceded_by
    if not asked.of_request:
        return []
    earlier = asked.earlier()
    model = FACT_MODELS[asked.kind]
    wanted = {**_asked(earlier.of, model)[0], **_asked(earlier.where, model)[0]}
    wanted["date"] = str(reading.today - timedelta(days=asked.min_days))
    move = Move(
        ("event", asked.kind, earlier.name(), "0"),
        "event",
        f"{_sort_in_words(earlier)}: done and documented before the request",
        DEFAULTS[asked.kind].source if asked.kind in DEFAULTS else CLINICIAN,
        (_new(asked.kind, wanted, reading),),
    )
    return [(move,)]


def _codes(rule: op.Codes, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.codes
    if answer.status == NOT_MET or not asked.among:
        return []
    fact: dict[str, Any] = {"kind": "code", "system": str(asked.system), "value": asked.among[0]}
    side = reading.case.request.laterality
    if asked.side_modifier is not None and side is not None:
        fact["modifiers"] = list(asked.side_modifier.get(side, []))
    what = f"{say(asked.system)} code {' or '.join(asked.among[:6])}" + (
        ", with its modifier" if asked.side_modifier else ""
    )
    return [(Move(("code", str(asked.system)), "document", what, "surgeon", (fact,)),)]


def _documented(rule: op.Documented, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.documented
    if answer.status == NOT_MET or asked.author is not None:
        return []
    model = FACT_MODELS[asked.kind]
    wanted = {**_asked(asked.of, model)[0], **_asked(asked.where, model)[0]}
    wanted |= {name: _usual(name, model) for name in asked.states if name not in wanted}
    told_in = {"told_in": str(asked.note_type[0])} if asked.note_type else {}
    if not answer.facts:
        move = _happen(asked, wanted, 0, reading)
        return [(Move(move.key, move.kind, move.what, move.source, ({**move.facts[0], **told_in},)),)]
    moves = []
    for fact in answer.facts if asked.every else answer.facts[:1]:
        move = _complete([fact], wanted, asked)
        moves.append(Move(move.key, move.kind, move.what, move.source, ({**move.facts[0], **told_in},), fact))
    return [tuple(moves)]


def _look(rule: op.ByHand | op.External, answer: Answer, reading: Reading) -> list[Remedy]:
    if isinstance(rule, op.ByHand):
        return [(Move(("by hand", rule.by_hand.what), "by_hand", f"to look at: {rule.by_hand.what}", "the documents"),)]
    criteria = rule.external.criteria
    return [(Move(("by hand", criteria), "by_hand", f"to be judged by {criteria}", "payer"),)]


_LEAVES: dict[type[o.RuleBase], Callable[[Any, Answer, Reading], list[Remedy]]] = {
    o.CountEvents: _count,
    of.SustainedRelief: _count,
    o.EachEvent: _each,
    o.LatestValue: _latest,
    of.Value: _value,
    o.PositiveTest: _test,
    o.PositiveTests: _tests,
    o.Tenderness: _tender,
    o.NoOtherTenderness: _not_tender,
    o.PainPattern: _pattern,
    o.StudyExists: _study,
    o.ImagingShows: _shows,
    o.Exclusion: _absent,
    o.RequestIs: _request,
    o.CareDuration: _care,
    o.CourseLength: _course,
    of.Visits: _visits,
    o.NicotineFree: _nicotine,
    of.LabIs: _lab,
    oo.PrecededBy: _before,
    op.Codes: _codes,
    op.Documented: _documented,
    op.ByHand: _look,
    op.External: _look,
}
