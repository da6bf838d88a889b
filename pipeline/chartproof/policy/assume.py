"""Facts assumed in words: "lab cotinine < 2 ng/mL urine 2025-04-01", and the case that they would make.

The words are those of the guide: the fact kind first, then values in any order; a word that may be the value of several
attributes is written ``attribute=value``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from chartproof.model import FACT, FACT_MODELS, Case, Evidence, FactBase
from chartproof.model.dates import to_weeks
from chartproof.policy.errors import unknown
from chartproof.policy.units import UNITS
from chartproof.policy.where import allowed_values, attribute_names

ASSUMED = "assumed"

_DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2})?|(?:19|20)\d{2}")
_NUMBER = re.compile(r"(<=|>=|<|>|=)?(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?(%|/10)?")
_LENGTH = re.compile(r"(hour|day|week|month|year)s?")
_RANGES = ("relief_percent", "value")
# Attributes that hold a length ("8 weeks"); the first that the kind has is taken.
_LENGTH_OF = ("relief_days", "duration_weeks", "months")
# What is taken as stated where an assumed fact does not say.
_USUAL: dict[str, dict[str, Any]] = {
    "injection": {"status": "performed"},
    "surgery": {"status": "planned"},
    "lab": {"source": "lab_report"},
    "imaging_finding": {"presence": "present"},
    "condition": {"presence": "present"},
    "tenderness": {"presence": "present"},
    "provocative_test": {"result": "positive"},
    "pain_score": {"qualifier": "current"},
    "disability_score": {"instrument": "odi"},
    "measurement": {"name": "bmi"},
}


def parse_fact(text: str) -> FactBase:
    """The fact that words tell.

    Raises:
        ValueError: a word is not known, or the kind needs an attribute that is not told; says which.
    """
    words = _joined(text).split()
    if not words:
        raise ValueError("nothing is assumed; write a fact kind and its values")
    kind = words.pop(0)
    if kind not in FACT_MODELS:
        raise ValueError(unknown("fact kind", kind, FACT_MODELS))
    model = FACT_MODELS[kind]
    told: dict[str, Any] = {}
    for word in _with_lengths(words, model, told):
        name, value = _attribute(word, model, told)
        if name in told and name != "site":
            raise ValueError(f"{name} is told twice: {told[name]} and {value}")
        told[name] = value
    for name, value in _USUAL.get(kind, {}).items():
        told.setdefault(name, value)
    try:
        fact: FactBase = FACT.validate_python({"kind": kind, **told})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = str(fault["loc"][-1])
        if fault["type"] == "missing":
            values = allowed_values(model, name)
            raise ValueError(f"{kind} needs {name}" + (f": {', '.join(map(str, values))}" if values else "")) from None
        raise ValueError(f"{kind} {name}: {fault['msg']}") from None
    return fact


def assume(case: Case, texts: Sequence[str]) -> Case:
    """The case with facts assumed, told on the day of the request. A fact of the same event (its key attributes) is
    completed; a state of which there is one (nicotine status, pain duration, a stated total of care) is replaced.

    Raises:
        ValueError: as ``parse_fact``.
    """
    facts = list(case.facts)
    for text in texts:
        fact = parse_fact(text)
        quote = " ".join(text.split())
        note = f"{ASSUMED} {case.request.request_date}"
        evidence = [Evidence(note=note, start=0, end=len(quote), quote=quote, reading=ASSUMED)]
        fact = fact.model_copy(update={"evidence": evidence})
        same = next((i for i, other in enumerate(facts) if same_event(fact, other)), None)
        if same is None:
            facts.append(fact)  # type: ignore[arg-type]
        elif not fact.KEYS:
            facts[same] = fact  # type: ignore[call-overload]
        else:
            both = {**facts[same].model_dump(exclude_none=True), **fact.model_dump(exclude_none=True)}
            both["evidence"] = [*facts[same].evidence, *evidence]
            facts[same] = FACT.validate_python(both)
    return case.model_copy(update={"facts": facts})


def is_assumed(evidence: Sequence[Evidence]) -> bool:
    """True where one of the pieces of evidence is an assumption."""
    return any(e.reading == ASSUMED for e in evidence)


def same_event(fact: FactBase, other: Any) -> bool:
    """True where two facts tell of one event or state: kind and key attributes agree, and a date is told."""
    if type(other) is not type(fact):
        return False
    if not fact.KEYS:
        return True
    dates = [name for name in fact.KEYS if name == "date"]
    if dates and getattr(fact, "date") is None:  # noqa: B009 - not every kind has one
        return False
    return all(getattr(fact, name) == getattr(other, name) for name in fact.KEYS)


def _joined(text: str) -> str:
    """Words of the guide that are written in two: "si joint" as ``si_joint``; "< 2" as "<2"."""
    text = re.sub(r"(<=|>=|<|>|=)\s+(?=\d)", r"\1", text.strip())
    values = {*FACT_MODELS}
    for model in FACT_MODELS.values():
        for name in attribute_names(model):
            values |= {v for v in allowed_values(model, name) or () if isinstance(v, str)}
            values.add(name)
    for value in sorted((v for v in values if "_" in v), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value).replace('_', '[ _-]')}(?!\w)", value, text, flags=re.IGNORECASE)
    return text


def _with_lengths(words: list[str], model: type[FactBase], told: dict[str, Any]) -> list[str]:
    """The words without "8 weeks" and the like, which are put into ``told``."""
    kept: list[str] = []
    for word in words:
        unit = _LENGTH.fullmatch(word.casefold())
        number = _NUMBER.fullmatch(kept[-1]) if kept else None
        if (
            number is not None
            and word.casefold() in ("visit", "visits", "sessions")
            and "sessions" in model.model_fields
        ):
            told["sessions"] = int(float(kept.pop()))
            continue
        if unit is None or number is None:
            kept.append(word)
            continue
        kept.pop()
        amount, name = float(number.group(2)), unit.group(1)
        field = next((n for n in _LENGTH_OF if n in model.model_fields), None)
        if field is None:
            raise ValueError(f"{model.model_fields['kind'].default} has no length")
        days = amount / 24 if name == "hour" else to_weeks(amount, name) * 7
        if field == "relief_days":
            told[field] = round(amount if name == "day" else days, 2)
        elif field == "months":
            told[field] = amount if name == "month" else amount * 12 if name == "year" else round(days / 30.4, 1)
        else:
            told[field] = to_weeks(amount, name) if name != "hour" else days / 7
    return kept


def _attribute(word: str, model: type[FactBase], told: dict[str, Any]) -> tuple[str, Any]:
    """The attribute that a word tells, and its value."""
    names = attribute_names(model)
    if "=" in word and not word.startswith(("<", ">", "=")):
        name, _, value = word.partition("=")
        if name not in names:
            raise ValueError(unknown(f"attribute of {model.model_fields['kind'].default}", name, names))
        return name, _value(value, model, name)
    lower = word.casefold()
    fitting = [name for name in names if lower in [v for v in allowed_values(model, name) or () if isinstance(v, str)]]
    fitting = [name for name in fitting if name not in told] or fitting
    if len(fitting) > 1:
        ways = " or ".join(f"{name}={lower}" for name in fitting)
        raise ValueError(f"'{word}' may be told of several attributes; write {ways}")
    if fitting:
        return fitting[0], _value(lower, model, fitting[0])
    if lower in names and allowed_values(model, lower) == [True, False]:
        return lower, True
    if lower.startswith("no_") and lower[3:] in names:
        return lower[3:], False
    if _DATE.fullmatch(word):
        field = next((n for n in ("date", "quit_date", "start", "end") if n in names and n not in told), None)
        if field is not None:
            return field, word
    if lower in UNITS and "unit" in names:
        return "unit", word
    number = _NUMBER.fullmatch(word)
    if number is not None:
        return _number(number, model, told)
    if "system" in names and "value" in names:
        return "value", word.upper()
    free = next((n for n in ("name", "steroid", "anesthetic") if n in names and n not in told), None)
    if free is not None and allowed_values(model, free) is None:
        return free, lower
    known = [str(v) for name in names for v in allowed_values(model, name) or () if isinstance(v, str)]
    raise ValueError(unknown(f"word for {model.model_fields['kind'].default}", word, {*known, *names}))


def _number(number: re.Match[str], model: type[FactBase], told: dict[str, Any]) -> tuple[str, Any]:
    names = attribute_names(model)
    sign, low, high, unit = number.groups()
    if "comparator" in names:
        if sign and sign != "=":
            told["comparator"] = sign
        if unit == "%":
            told["unit"] = "%"
        return "value", float(low)
    for name in ("relief_percent", "value", "months", "count", "positive", "sessions"):
        if name not in names or name in told:
            continue
        if name == "value" and "system" in names:
            return name, low
        if name in _RANGES and _is_range(model, name):
            return name, (float(low), float(high or low))
        return name, float(low) if "." in low else int(low)
    raise ValueError(f"{model.model_fields['kind'].default} has no figure for '{number.group()}'")


def _is_range(model: type[FactBase], name: str) -> bool:
    return "tuple" in str(model.model_fields[name].annotation)


def _value(text: str, model: type[FactBase], name: str) -> Any:
    allowed = allowed_values(model, name)
    if allowed == [True, False] or allowed == [True]:
        return text.casefold() in ("true", "yes")
    if allowed is not None and text.casefold() not in allowed:
        raise ValueError(unknown(f"value of {name}", text, map(str, allowed)))
    annotation = str(model.model_fields.get(name, model.model_fields["kind"]).annotation)
    if allowed is None and "tuple" in annotation:
        low, _, high = text.rstrip("%").partition("-")
        return float(low), float(high or low)
    value: Any = text.casefold() if allowed is not None else text
    return value.split(",") if "list" in annotation else value
