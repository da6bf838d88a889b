"""Judges of figures: scores chosen by a selector, and laboratory values."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chartproof.model import facts as f
from chartproof.model.dates import PartialDate
from chartproof.model.facts import FACT_MODELS, FactBase
from chartproof.model.vocab import Comparator, Reason
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, settled, undocumented, unsure
from chartproof.policy.judge_events import events, figure, qualifies
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators import Events
from chartproof.policy.operators_figures import LabIs, LabValue, SelectedValue, Threshold, Value
from chartproof.policy.reading import Reading
from chartproof.policy.units import convert
from chartproof.policy.where import attribute, dated, say


def value(rule: Value, reading: Reading) -> Answer:
    """A figure chosen by date, height or event against limits; see ``Value``."""
    asked = rule.value
    all_facts = [x for x in reading.facts(FACT_MODELS[asked.kind]) if asked.of.judge(x) == MET]
    if not all_facts:
        return undocumented(say(asked.kind), asked.kind)
    event = _first_event(asked.before_event, reading) if asked.before_event is not None else None
    if asked.before_event is not None and event is None:
        return undocumented(f"{asked.before_event.name()} with a date", asked.before_event.kind)
    fits = [(x, _eligible(x, asked, event, reading)) for x in all_facts]
    sure = [x for x, answer in fits if answer == MET]
    might = [x for x, answer in fits if answer != NOT_MET]
    if not might:
        text = "; ".join(_say(x, asked, reading) for x in all_facts)
        where = asked.within.words() if asked.within else "before the event"
        return unsure(f"none {where}: {text}", all_facts, asked.kind, Reason.STALE)
    answers = {_chosen(some, asked, reading)[0] for some in (sure, might) if some}
    status, chosen = _chosen(might, asked, reading)
    found = "; ".join(_say(x, asked, reading) for x in chosen)
    if len(answers) > 1 or not sure:
        return unsure(found, chosen, asked.kind)
    return settled(status, found, chosen, asked.kind)


def lab(rule: LabIs, reading: Reading) -> Answer:
    """A laboratory value within limits; see ``LabIs``."""
    asked = rule.lab
    labs = [x for x in reading.facts(f.Lab) if x.analyte in asked.analyte and _specimen(x, asked) != NOT_MET]
    if not labs:
        return undocumented("laboratory value of " + " or ".join(say(a) for a in asked.analyte), "lab")
    chosen = reading.latest(labs) if asked.select == "latest" else labs
    judged = [(x, *_lab(x, asked, reading)) for x in chosen]
    combine = kleene.all_of if asked.select == "latest" else kleene.any_of
    status = combine(answer for _, answer, _ in judged)
    deciding = [(x, why) for x, answer, why in judged if answer == status]
    found = "; ".join(_say_lab(x) + (f": {why}" if why else "") for x, why in deciding)
    facts = [x for x, _ in deciding]
    if status == UNSURE and all(reading.in_window(x.date, asked.within) == NOT_MET for x in facts):
        return unsure(found, facts, "lab", Reason.STALE)
    return settled(status, found, facts, "lab")


def limits(low: float, high: float, asked: Threshold, open_low: bool = False, open_high: bool = False) -> Truth:
    """A range against limits; an open end is not part of the range ("<2" is 0 to 2, without 2)."""
    answers: list[Truth] = []
    if asked.min is not None:
        under = high < asked.min or (open_high and high <= asked.min)
        answers.append(MET if low >= asked.min else NOT_MET if under else UNSURE)
    if asked.max is not None:
        over = low > asked.max or (open_low and low >= asked.max)
        answers.append(MET if high <= asked.max else NOT_MET if over else UNSURE)
    if asked.below is not None:
        under = high < asked.below or (open_high and high <= asked.below)
        answers.append(MET if under else NOT_MET if low >= asked.below else UNSURE)
    return kleene.all_of(answers)


# --- figures ----------------------------------------------------------------------------------------------------------


def _first_event(sort: Events, reading: Reading) -> PartialDate | None:
    """The day of the first event that qualifies for certain."""
    judged = [(g, qualifies(g, sort, reading)[0]) for g in events(sort, reading)]
    days = [day for g, answer in judged if answer == MET and (day := dated(g[0])) is not None]
    return min(days, key=lambda day: (day.first, day.last), default=None)


def _eligible(fact: FactBase, asked: SelectedValue, event: PartialDate | None, reading: Reading) -> Truth:
    """Whether a figure lies in the window and before the event."""
    day = reading.when(fact)
    answers = [reading.in_window(day, asked.within)]
    if event is not None:
        if day is None:
            answers.append(UNSURE)
        else:
            answers.append(MET if day.last <= event.first else NOT_MET if day.first > event.last else UNSURE)
    return kleene.all_of(answers)


def _chosen(facts: Sequence[FactBase], asked: SelectedValue, reading: Reading) -> tuple[Truth, list[FactBase]]:
    """The answer of the figures that the selector chooses, and those figures."""
    if asked.select in ("highest", "lowest"):
        low, high = _extreme(facts, asked)
        chosen = [x for x in facts if _range(x, asked.attribute)[1 if asked.select == "highest" else 0] in (low, high)]
        return limits(low, high, asked), chosen or list(facts)
    chosen = reading.latest(facts) if asked.select == "latest" else _first(facts, reading)
    by_day: dict[PartialDate | None, list[FactBase]] = {}
    for fact in chosen:
        by_day.setdefault(reading.when(fact), []).append(fact)
    # A date known to the month only may or may not be the one: then all readings must agree.
    answers = {limits(*_extreme(on, asked), asked) for on in by_day.values()}
    return (answers.pop() if len(answers) == 1 else UNSURE), chosen


def _extreme(facts: Sequence[FactBase], asked: SelectedValue) -> tuple[float, float]:
    """Bounds of the highest figure (of the lowest where that is selected)."""
    ranges = [_range(fact, asked.attribute) for fact in facts]
    pick = min if asked.select == "lowest" else max
    return pick(low for low, _ in ranges), pick(high for _, high in ranges)


def _first(facts: Sequence[FactBase], reading: Reading) -> list[FactBase]:
    """The facts that none is earlier than, and those that may be of that date."""
    pairs = [(fact, reading.when(fact)) for fact in facts]
    days = [day for _, day in pairs if day is not None]
    if not days:
        return list(facts)
    bottom = min(day.last for day in days)
    return [fact for fact, day in pairs if day is not None and day.first <= bottom]


def _range(fact: FactBase, name: str) -> tuple[float, float]:
    told = attribute(fact, name)
    low, high = told if isinstance(told, tuple) else (told, told)
    return float(low), float(high)


def _say(fact: FactBase, asked: SelectedValue, reading: Reading) -> str:
    subject = getattr(fact, "qualifier", None) or getattr(fact, "instrument", None) or getattr(fact, "name", None)
    said = (reading.when(fact) or "", say(subject or asked.kind), figure(attribute(fact, asked.attribute)) + asked.unit)
    return " ".join(str(part) for part in said if part)


# --- laboratory -------------------------------------------------------------------------------------------------------


def _specimen(lab: f.Lab, asked: LabValue) -> Truth:
    serves = asked.specimen.get(lab.analyte)
    if serves is None:
        return MET
    return UNSURE if lab.specimen is None else MET if lab.specimen in serves else NOT_MET


def _lab(lab: f.Lab, asked: LabValue, reading: Reading) -> tuple[Truth, str]:
    """One result's answer, and why it does not do."""
    window = reading.in_window(lab.date, asked.within)
    if window == NOT_MET:
        return UNSURE, f"not {asked.within.words()}" if asked.within else ""
    value = _lab_value(lab, asked)
    if value == NOT_MET:
        return NOT_MET, f"not {asked.limits()} {asked.unit}"
    open_ = [
        ("value or unit not documented, or not decided by its bound", value),
        ("specimen not documented", _specimen(lab, asked)),
        ("date may lie outside the window", window),
    ]
    why = [text for text, answer in open_ if answer != MET]
    if lab.source not in asked.source:
        why.append(f"no {' or '.join(say(s) for s in asked.source)}")
    return (UNSURE if why else MET), ", ".join(why)


def _lab_value(lab: f.Lab, asked: LabValue) -> Truth:
    if lab.value is None:
        return UNSURE
    number = convert(lab.value, lab.unit, asked.unit)
    if number is None:
        return UNSURE
    match lab.comparator:
        case Comparator.LT | Comparator.LE:
            return limits(0.0, number, asked, open_high=lab.comparator == Comparator.LT)
        case Comparator.GT | Comparator.GE:
            return limits(number, math.inf, asked, open_low=lab.comparator == Comparator.GT)
        case _:
            return limits(number, number, asked)


def _say_lab(lab: f.Lab) -> str:
    shown = f"{lab.comparator or ''}{lab.value:g} {lab.unit or ''}".strip("= ") if lab.value is not None else ""
    said = (
        say(lab.analyte),
        shown,
        say(lab.interpretation or ""),
        say(lab.specimen or ""),
        f"({lab.date or 'undated'}, {say(lab.source or 'source not told')})",
    )
    return " ".join(part for part in said if part)
