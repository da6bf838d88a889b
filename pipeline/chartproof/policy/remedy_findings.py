"""Remedies of rules about findings, figures, care and papers: the note, report or code that would state them.

What the chart denies is not proposed again, save where time or more care mends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chartproof.model import facts as f
from chartproof.model.facts import FACT_MODELS
from chartproof.model.vocab import NicotineState, Reason, TendernessSite
from chartproof.policy import operators as o
from chartproof.policy import operators_figures as of
from chartproof.policy import operators_paper as op
from chartproof.policy.answer import Answer
from chartproof.policy.kleene import NOT_MET, UNSURE
from chartproof.policy.reading import Reading
from chartproof.policy.remedy_moves import CLINICIAN, Make, Move, Remedy, asked_facts, from_clinician, new_fact
from chartproof.policy.where import Where, both, either, say


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
    return from_clinician(
        f"{say(kind)} ({limit})", new_fact(kind, {**asked_facts(of_, model)[0], name: value}, reading)
    )


def _test(rule: o.PositiveTest, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    name = str(rule.positive_test.name)
    fact = new_fact("provocative_test", {"name": name, "result": "positive"}, reading)
    return from_clinician(f"the {say(name).removesuffix(' test')} test, positive, with side and date", fact)


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
    facts = [new_fact("provocative_test", {"name": str(n), "result": "positive"}, reading) for n in chosen]
    untold = [name for name in asked.of if name not in told]  # a test found negative is asked for only where it must be
    names = either(say(name) for name in (untold if len(untold) >= len(chosen) else asked.of) if name in free)
    many = "provocative test" if len(chosen) == 1 else "provocative tests"
    return from_clinician(f"{len(chosen)} more positive {many} of {names}, with side and date", *facts)


def _tender(rule: o.Tenderness, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    site = str(rule.tenderness.site)
    return from_clinician(
        f"whether the {say(site)} is tender to palpation",
        new_fact("tenderness", {"site": site, "presence": "present"}, reading),
    )


def _not_tender(rule: o.NoOtherTenderness, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    told = [fact.site for fact in answer.facts if isinstance(fact, f.Tenderness)]
    sites = told or [next(site for site in TendernessSite if site != rule.no_other_tenderness.site)]
    facts = [new_fact("tenderness", {"site": str(site), "presence": "absent"}, reading) for site in sites]
    return from_clinician(f"palpation of other sites, none tender ({both(map(say, sites))})", *facts)


def _pattern(rule: o.PainPattern, answer: Answer, reading: Reading) -> list[Remedy]:
    if answer.status == NOT_MET:
        return []
    asked = rule.pain_pattern
    told: dict[str, Any] = {"below_l5": True, "site": [str(asked.at_joint[0])]} if "at_joint" in asked.elements else {}
    told |= {"radiating": False} if "non_radiating" in asked.elements else {}
    return from_clinician(
        "where the pain is: side, below L5 or over the joint, radiating or not", new_fact("pain_pattern", told, reading)
    )


def _study(rule: o.StudyExists, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.imaging_study
    found: list[Remedy] = []
    for modality in asked.modality:
        study = new_fact("imaging_study", {"modality": str(modality), "region": str(asked.region[0])}, reading)
        shown = {"region": str(asked.speaks_of), "finding": "fracture", "presence": "absent", "modality": str(modality)}
        others = [say(m) for m in asked.modality if m != modality]
        what = say(modality) + (f" (or {either(others)})" if others else "")
        what += f" report that says what the {say(asked.speaks_of)} shows"
        what += f", of the {asked.within_days} days before the request" if asked.within_days else ""
        kind = "event" if answer.reason == Reason.STALE else "document"
        key = ("imaging", str(modality), str(asked.speaks_of))
        facts = (study, new_fact("imaging_finding", shown, reading))
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
                (new_fact("imaging_finding", {**finding, "modality": key[1]}, reading),),
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
            facts.append(new_fact(str(fact.kind), {**told, "presence": "absent"}, reading))
            names.append(say(getattr(fact, "name", None) or getattr(fact, "finding", "")))
    if rule.exclusion.silence == "unsure":
        facts += [{"kind": "condition", "name": str(n), "presence": "absent"} for n in rule.exclusion.conditions]
        names += [say(n) for n in rule.exclusion.conditions]
        for sort in rule.exclusion.findings:
            for one in sort.finding:
                told = {"finding": str(one), "region": str(sort.region[0]), "presence": "absent"}
                facts.append(new_fact("imaging_finding", told, reading))
    return from_clinician(f"that there is no {either(dict.fromkeys(names))}", *facts) if facts else []


def _request(rule: o.RequestIs, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.request
    if asked.among is None or (answer.status == NOT_MET and asked.field != "setting"):
        return []
    how = "stated as" if answer.status == UNSURE else "changed to"
    what = f"{asked.field} of the request, {how} {asked.among[0]}"
    return [(Move(("request", asked.field), "request", what, "surgeon", ({asked.field: asked.among[0]},)),)]


def _care(rule: o.CareDuration, answer: Answer, reading: Reading) -> list[Remedy]:
    weeks = rule.care_duration.min_weeks
    fact = {"kind": "conservative_care", "duration_weeks": weeks}
    if answer.status == NOT_MET:
        what = f"conservative care, gone on with until it has lasted {weeks:g} weeks"
        return [(Move(("event", "care"), "event", what, CLINICIAN, (fact,)),)]
    return from_clinician(f"the length of all conservative care, with dates: at least {weeks:g} weeks", fact)


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
        asked = {"type": one, "status": "completed", **asked_facts(where, f.Therapy)[0], **told}
        lead = "a further course of " if kind == "event" else "therapy record with dates and visits of "
        move = Move(
            ("therapy", one), kind, f"{lead}{say(one)} ({length})", "therapy clinic", ({"kind": "therapy", **asked},)
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
        return from_clinician("nicotine history: never, or the date of quitting", told)
    analyte = str(asked.analyte[-1])
    specimens = asked.specimen.get(asked.analyte[-1])
    lab = {"analyte": analyte, "value": asked.max_value, "unit": asked.unit[0], "source": str(asked.source[0])}
    lab |= {"specimen": str(specimens[0])} if specimens else {}
    what = f"{say(analyte)} at most {asked.max_value:g} {asked.unit[0]}, drawn in the {asked.within_days} days before"
    what += " the request"
    return [
        (Move(("lab", analyte), "event", f"laboratory report: {what}", "laboratory", (new_fact("lab", lab, reading),)),)
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
    return [(Move(("lab", str(analyte)), "event", what, "laboratory", (new_fact("lab", lab, reading),)),)]


def _codes(rule: op.Codes, answer: Answer, reading: Reading) -> list[Remedy]:
    asked = rule.codes
    if answer.status == NOT_MET or not asked.among:
        return []
    fact: dict[str, Any] = {"kind": "code", "system": str(asked.system), "value": asked.among[0]}
    side = reading.request.laterality
    if asked.side_modifier is not None and side is not None:
        fact["modifiers"] = list(asked.side_modifier.get(side, []))
    what = f"{say(asked.system)} code {either(asked.among[:6])}" + (
        ", with its modifier" if asked.side_modifier else ""
    )
    return [(Move(("code", str(asked.system)), "document", what, "surgeon", (fact,)),)]


def _look(rule: op.ByHand | op.External, answer: Answer, reading: Reading) -> list[Remedy]:
    if isinstance(rule, op.ByHand):
        return [(Move(("by hand", rule.by_hand.what), "by_hand", rule.by_hand.what, "the documents"),)]
    criteria = rule.external.criteria
    return [(Move(("by hand", criteria), "by_hand", f"to be judged by {criteria}", "payer"),)]


MAKERS: dict[type[o.RuleBase], Make] = {
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
    op.Codes: _codes,
    op.ByHand: _look,
    op.External: _look,
}
"""Who makes the remedies of a rule, by its operator."""
