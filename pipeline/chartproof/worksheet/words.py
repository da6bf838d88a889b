"""Plain words for what the model holds: statuses, note types, facts and their attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chartproof.model import FactBase
from chartproof.model.spelling import spell
from chartproof.model.vocab import CriterionStatus, Outcome, Reason

STATUS = {CriterionStatus.MET: "Met", CriterionStatus.NOT_MET: "Not met", CriterionStatus.UNSURE: "Unsure"}
# A sign before the word, for those who do not see the colour and for paper.
SIGN = {CriterionStatus.MET: "✓", CriterionStatus.NOT_MET: "✕", CriterionStatus.UNSURE: "?"}

OUTCOME = {
    Outcome.MEETS: "Meets",
    Outcome.DOES_NOT_MEET: "Does not meet",
    Outcome.NEEDS_DOCUMENTATION: "Needs documentation",
}

REASON = {
    Reason.SATISFIED: "documented",
    Reason.UNDOCUMENTED: "not documented",
    Reason.INCOMPLETE: "documented in part",
    Reason.CONFLICTING: "the notes disagree",
    Reason.STALE: "outside the time window",
    Reason.CONTRADICTED: "the chart says otherwise",
    Reason.EXTERNAL: "criteria not held here",
    Reason.NOT_COVERED: "never covered",
}

KIND = {
    "injection": "Injections",
    "injection_count": "Stated numbers of injections",
    "therapy": "Therapy",
    "medication": "Drugs for pain or inflammation",
    "conservative_care": "Stated length of conservative care",
    "nicotine_status": "Nicotine",
    "lab": "Laboratory results",
    "provocative_test": "Provocative tests",
    "provocative_count": "Stated counts of provocative tests",
    "imaging_study": "Imaging studies",
    "imaging_finding": "Imaging findings",
    "pain_score": "Pain scores",
    "disability_score": "Disability scores",
    "pain_duration": "Length of the pain",
    "pain_pattern": "Pain pattern",
    "tenderness": "Tenderness",
    "functional_limitation": "Functional limitations",
    "condition": "Conditions",
    "source_exclusion": "Sources of pain ruled out",
    "measurement": "Measurements",
    "device": "Devices",
    "code": "Codes",
    "surgery": "Surgery",
    "implant_complication": "Implant complications",
}


def capital(text: str) -> str:
    """The text with its first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def beside(label: str, found: str) -> str:
    """What was found, without the label where it stands before it: "not documented" beside "CT of the SI joint"."""
    return found.removeprefix(f"{label}: ")


def number(value: float) -> str:
    """A number without an empty decimal: 7.0 as ``7``."""
    return f"{value:.4g}" if value < 10_000 else f"{value:.0f}"


def span(value: list[float]) -> str:
    """A range of the model as written: ``[80, 90]`` as ``80–90``, ``[80, 80]`` as ``80``."""
    low, high = value
    return number(low) if low == high else f"{number(low)}–{number(high)}"


def count(value: float, unit: str) -> str:
    """``1 week``, ``14.6 weeks``."""
    return f"{number(value)} {unit}{'' if value == 1 else 's'}"


def days(value: float) -> str:
    """A length in days; below two days in hours, as notes tell it."""
    return count(round(value * 24, 1), "hour") if value < 2 else count(value, "day")


# What an attribute says, for those where "name: value" would read badly.
_SAYS: dict[str, Callable[[Any], str]] = {
    "relief_percent": lambda v: f"relief {span(v)}%",
    "relief_days": lambda v: f"relief lasted {days(v)}",
    "relief_temporary": lambda v: "relief called temporary",
    "relief_ended": lambda v: "the pain came back",
    "contrast": lambda v: "contrast used" if v else "no contrast",
    "concurrent": lambda v: "another site injected too" if v else "no other site injected",
    "supervised": lambda v: "in-person visits" if v else "without in-person visits",
    "radiating": lambda v: "radiating" if v else "not radiating",
    "below_l5": lambda v: "below L5" if v else "not below L5",
    "duration_weeks": lambda v: count(v, "week"),
    "months": lambda v: count(v, "month"),
    "sessions": lambda v: count(v, "visit"),
    "count": number,
    "site": lambda v: ", ".join(spell(item) for item in v),
    "modifiers": lambda v: "modifier " + ", ".join(v),
    **dict.fromkeys(("status", "presence", "result", "interpretation", "severity"), spell),
    **dict.fromkeys(("modality", "route", "scale", "specimen", "class"), spell),
    "end": lambda v: f"until {v}",
    "start": lambda v: f"since {v}",
    "quit_date": lambda v: f"quit {v}",
}


def fact_title(fact: FactBase) -> str:
    """What a fact is about, from its key attributes without date and status: ``left SI joint``."""
    told = fact.attributes()
    keys = [spell(told[key]) for key in fact.KEYS if key in told and key not in ("date", "laterality", "status")]
    side = [str(told["laterality"])] if "laterality" in told else []
    kind: str = fact.kind  # type: ignore[attr-defined]
    if kind == "imaging_finding":
        return f"{' '.join([*side, keys[0]])}: {keys[1]}"
    return " ".join([*side, *keys]) or spell(kind)


def fact_date(fact: FactBase) -> str:
    """The date a fact carries, or the period of a course: ``2023-08-07 to 2023-11-17``."""
    told = fact.attributes()
    if "date" in told:
        return str(told["date"])
    start, end = told.get("start"), told.get("end")
    if start and end:
        return f"{start} to {end}"
    return f"since {start}" if start else f"until {end}" if end else ""


def fact_details(fact: FactBase) -> list[str]:
    """What else a fact says, one phrase each, in the guide's order."""
    told = fact.attributes()
    kind: str = fact.kind  # type: ignore[attr-defined]
    for key in ("laterality", "date", "start", "end"):
        told.pop(key, None)
    for key in fact.KEYS:
        if key != "status":
            told.pop(key, None)
    said = []
    if kind == "lab" and "value" in told:
        sign = told.pop("comparator", "=")
        sign = "" if sign == "=" else f"{sign} "
        said.append(f"{sign}{number(told.pop('value'))} {told.pop('unit', '')}".rstrip())
    elif kind == "pain_score" and "value" in told:
        said.append(f"{span(told.pop('value'))}/10")
    elif kind == "disability_score":
        said.append(f"{number(told.pop('value'))}%")
    elif kind == "provocative_count":
        total = told.pop("total", None)
        said.append(f"{told.pop('positive')} positive" + (f" of {total}" if total is not None else ""))
    elif "value" in told:
        said.append(str(told.pop("value")))
    for name, value in told.items():
        said.append(_SAYS[name](value) if name in _SAYS else f"{spell(name)}: {spell(value)}")
    return said


def fact_line(fact: FactBase) -> str:
    """A fact in one line: ``left SI joint, 2024-01-16: performed, guidance: fluoroscopy``."""
    head = ", ".join(part for part in (fact_title(fact), fact_date(fact)) if part)
    details = ", ".join(fact_details(fact))
    return f"{head}: {details}" if details else head
