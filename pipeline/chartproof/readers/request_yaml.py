"""The request of a chart: ``request.yaml`` (corpora/GUIDE.md section 1), and the options that go before it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from chartproof.model import Note, Request
from chartproof.model.vocab import Laterality, Setting
from chartproof.readers.note_date import parse_date
from chartproof.readers.text_file import NotText, read_text

FILE_NAMES = ("request.yaml", "request.yml")

_TOP_KEYS = {"chart_id", "patient_id", "request_date", "payer", "procedure"}
_PROCEDURE_KEYS = {"cpt", "laterality", "setting", "icd10", "device"}

_TIME_OF_DAY = re.compile(r"[T ]\d{1,2}:\d\d.*$")

_SIDES = {
    Laterality.LEFT: {"left", "l", "lt"},
    Laterality.RIGHT: {"right", "r", "rt"},
    Laterality.BILATERAL: {"bilateral", "bilat", "both", "b", "b/l", "bl", "50"},
}
_SETTINGS = {
    Setting.OUTPATIENT: {"outpatient", "ambulatory", "asc", "hopd", "22", "24"},
    Setting.INPATIENT: {"inpatient", "21"},
}


@dataclass(frozen=True)
class RequestOverrides:
    """What the caller states of the request; goes before what the chart's files say. None: not stated."""

    cpt: str | None = None
    laterality: Laterality | None = None
    request_date: date | None = None
    setting: Setting | None = None


class BadRequest(ValueError):
    """A request file that cannot be used; the message says where, what is wrong and how to mend it."""


@dataclass
class RequestFile:
    """What a request file states. ``unused`` names its keys that mean nothing here."""

    values: dict[str, Any]
    unused: list[str]
    chart_id: str | None = None


def parse_side(text: str) -> Laterality:
    """``left``, ``L``, ``LT``, ``right``, ``bilateral``, ``both`` ... as a laterality.

    Raises:
        ValueError: it is none.
    """
    return _word(text, _SIDES, "left, right or bilateral")


def parse_setting(text: str) -> Setting:
    """``outpatient``, ``ASC``, ``inpatient`` ... as a setting.

    Raises:
        ValueError: it is none.
    """
    return _word(text, _SETTINGS, "outpatient or inpatient")


def _word(text: str, table: dict[Any, set[str]], expected: str) -> Any:
    word = str(text).strip().lower()
    for value, words in table.items():
        if word in words:
            return value
    raise ValueError(f"is not one of {expected}")


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key stands once (of two sides given, the second would win unseen) and dates stay text."""


def _mapping(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem="a key stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_UniqueKeys.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: str(node.value))


def read_request_file(path: Path, overrides: RequestOverrides) -> RequestFile:
    """What a request file states, checked. A value that an option replaces is not looked at.

    Raises:
        BadRequest: it is no YAML, or a value is not what the guide says; no value is repeated in the message.
        OSError: the system cannot read it.
    """
    try:
        data = yaml.load(read_text(path), _UniqueKeys)
    except NotText as error:
        raise BadRequest(str(error)) from None
    except yaml.MarkedYAMLError as error:
        # The parser's own message quotes the file, so only the place is told.
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        what = error.problem if error.problem == "a key stands twice" else "not valid YAML"
        raise BadRequest(f"{what}{line}; write it as corpora/GUIDE.md section 1 shows") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise BadRequest("not valid YAML; write it as corpora/GUIDE.md section 1 shows") from None
    if not isinstance(data, dict):
        raise BadRequest("not a list of keys and values; write it as corpora/GUIDE.md section 1 shows")
    procedure = data.get("procedure") or {}
    if not isinstance(procedure, dict):
        raise BadRequest("procedure holds no keys; write procedure: {cpt: ..., laterality: ..., setting: ...}")

    unused = [_unused(str(key), _TOP_KEYS, "") for key in data if key not in _TOP_KEYS]
    unused += [_unused(str(key), _PROCEDURE_KEYS, "procedure.") for key in procedure if key not in _PROCEDURE_KEYS]

    values: dict[str, Any] = {}
    for name in ("patient_id", "payer"):
        values[name] = _text(data.get(name), name)
    for name in ("cpt", "device"):
        values[name] = _text(procedure.get(name), f"procedure.{name}")
    values["icd10"] = _texts(procedure.get("icd10"), "procedure.icd10")
    if overrides.request_date is None:
        values["request_date"] = _date(data.get("request_date"))
    for name, parse in (("laterality", parse_side), ("setting", parse_setting)):
        stated = _text(procedure.get(name), f"procedure.{name}")
        if stated is not None and getattr(overrides, name) is None:
            try:
                values[name] = parse(stated)
            except ValueError as error:
                raise BadRequest(f"procedure.{name} {error}") from None
    stated_values = {name: value for name, value in values.items() if value not in (None, [])}
    return RequestFile(stated_values, unused, _text(data.get("chart_id"), "chart_id"))


def build_request(
    stated: dict[str, Any], stated_in: str, overrides: RequestOverrides, notes: Iterable[Note]
) -> Request:
    """The request: options first, then what a file stated, then for its date alone the date of the latest note."""
    values = dict(stated)
    sources = dict.fromkeys(values, stated_in)
    for name in ("cpt", "laterality", "request_date", "setting"):
        value = getattr(overrides, name)
        if value is not None:
            values[name] = value
            sources[name] = "option"
    if "request_date" not in values:
        values["request_date"] = max(note.date for note in notes)
        sources["request_date"] = "latest note"
    return Request(**values, sources=sources)


def _unused(key: str, known: set[str], prefix: str) -> str:
    """A key that is not used, shown only where it looks like a key."""
    shown = f"{prefix}{key}" if key.isidentifier() and len(key) <= 40 else f"{prefix}(a key of another form)"
    if not prefix and key in _PROCEDURE_KEYS:
        return f"{shown} is not used here; write it under procedure"
    near = difflib.get_close_matches(key, sorted(known), n=1)
    return f"{shown} is not used" + (f"; did you mean {prefix}{near[0]}?" if near else "")


def _text(value: object, name: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequest(f"{name} is not a single value")
    return str(value).strip() or None


def _texts(value: object, name: str) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := _text(item, name)) is not None]


def _date(value: object) -> date | None:
    if value is None:
        return None
    try:
        return parse_date(_TIME_OF_DAY.sub("", str(value)))
    except ValueError as error:
        raise BadRequest(f"request_date is {error}") from None
