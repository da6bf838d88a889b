"""The case in time: what happened when, in lanes, laid out so that no two labels cross."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from chartproof.model import Case, FactBase, PartialDate
from chartproof.model.spelling import spell
from chartproof.worksheet import words

LANES = ("Injections", "Therapy", "Drugs", "Imaging", "Labs", "Tests", "Scores", "Surgery")

# Layout, in units of the picture.
WIDTH = 760
GUTTER = 78
RIGHT = 14
ROW = 19
TOP = 26
LETTER = 5.8  # width of a letter of a label, on the safe side
_MAX_LABEL = 64
_YEARS = 3
"""What lies further back than these years before the request stands at the left edge, with its date."""


@dataclass(frozen=True)
class Event:
    """Something dated. ``first`` and ``last`` are the days it may mean or lasted; ``anchor`` is the fact's."""

    lane: str
    first: date
    last: date
    when: str
    label: str
    planned: bool
    is_course: bool
    anchor: str = ""


@dataclass(frozen=True)
class Mark:
    """An event with its place in the picture. ``end`` says that the label stands before the mark."""

    event: Event
    x: float
    width: float
    y: float
    text_x: float
    end: bool
    label: str


@dataclass(frozen=True)
class Lane:
    name: str
    y: float
    height: float
    marks: list[Mark]


@dataclass(frozen=True)
class Timeline:
    """The picture: lanes with their marks, ticks of the axis (x, text), and where the request stands."""

    events: list[Event]
    lanes: list[Lane]
    ticks: list[tuple[float, str]]
    request_x: float
    request_date: date
    width: float
    height: float


def build_timeline(case: Case, anchors: Iterable[tuple[FactBase, str]] = ()) -> Timeline | None:
    """The timeline of a case; None where no fact of it is dated.

    Args:
        anchors: each fact's place on the page, where there is one.
    """
    anchor_of = {id(fact): anchor for fact, anchor in anchors}
    events = _events(case, anchor_of)
    if not events:
        return None
    request_date = case.request.request_date
    horizon = request_date - timedelta(days=_YEARS * 365)
    recent = [event.first for event in events if event.last >= horizon]
    begin = max(min([*recent, request_date]), horizon)
    end = min(max(max(event.last for event in events), request_date), request_date + timedelta(days=365))
    if any(event.last < begin for event in events):
        begin -= timedelta(days=max(30, (end - begin).days // 10))  # room at the edge for what is long past
    span = max((end - begin).days, 30)

    def at(day: date) -> float:
        day = min(max(day, begin), end)
        return round(GUTTER + (WIDTH - GUTTER - RIGHT) * (day - begin).days / span, 1)

    lanes = []
    y = float(TOP)
    for name in LANES:
        own = sorted((event for event in events if event.lane == name), key=lambda e: (e.first, e.last, e.label))
        if own:
            marks, rows = _placed(own, at, y, begin)
            lanes.append(Lane(name, y, rows * ROW, marks))
            y += rows * ROW + 5
    return Timeline(
        events=sorted(events, key=lambda e: (e.first, LANES.index(e.lane), e.label)),
        lanes=lanes,
        ticks=_ticks(begin, end, span, at),
        request_x=at(request_date),
        request_date=request_date,
        width=WIDTH,
        height=y + 4,
    )


def _placed(events: list[Event], at, top: float, begin: date) -> tuple[list[Mark], int]:  # type: ignore[no-untyped-def]
    """Marks in as few rows as let every label stand free."""
    marks: list[Mark] = []
    ends: list[list[tuple[float, float]]] = []
    for event in events:
        label = f"{event.when}: {event.label}" if event.last < begin else event.label
        label = label if len(label) <= _MAX_LABEL else label[: _MAX_LABEL - 1].rstrip() + "…"
        x, stop = at(event.first), at(event.last)
        width = max(stop - x, 0.0)
        length = len(label) * LETTER
        end = x + width + 9 + length > WIDTH - 2
        text_x = x - 7 if end else x + width + 7
        taken = (x - 9 - length, x + width + 8) if end else (x - 6, x + width + 11 + length)
        row = next((i for i, row in enumerate(ends) if all(taken[1] < a or b < taken[0] for a, b in row)), len(ends))
        if row == len(ends):
            ends.append([])
        ends[row].append(taken)
        marks.append(Mark(event, x, width, top + row * ROW + ROW / 2, text_x, end, label))
    return marks, len(ends)


def _ticks(begin: date, end: date, span: int, at) -> list[tuple[float, str]]:  # type: ignore[no-untyped-def]
    """First days of months or years, as many as stand apart."""
    step = next((months for months, most in ((1, 420), (3, 1300), (6, 2600)) if span <= most), 12)
    if span > 5200:
        step = 12 * (span // 5200 + 1)
    ticks: list[tuple[float, str]] = []
    year, month = begin.year, 1
    while (year, month) <= (end.year, end.month):
        day = date(year, month, 1)
        if day >= begin and (not ticks or at(day) - ticks[-1][0] > 44):
            ticks.append((at(day), str(year) if step >= 12 else f"{year}-{month:02d}"))
        month += step
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return ticks


def _events(case: Case, anchor_of: dict[int, str]) -> list[Event]:
    events = []
    for fact in case.facts:
        told = fact.attributes()
        if (event := _event(fact, told, anchor_of.get(id(fact), ""))) is not None:
            events.append(event)
    events.extend(_tests(case, anchor_of))
    events = [*(event for event in events if event.lane != "Scores"), *_scores(events)]
    return list({(e.lane, e.when, e.label): e for e in events}.values())


def _event(fact: FactBase, told: dict, anchor: str) -> Event | None:  # type: ignore[type-arg]
    kind: str = fact.kind  # type: ignore[attr-defined]
    lane, label = "", ""
    if kind == "injection" and told["status"] != "declined":
        lane = "Injections"
        label = words.fact_title(fact)
        if "relief_percent" in told:
            label += f", {words.span(told['relief_percent'])}% relief"
    elif kind == "therapy" and told.get("status") != "declined":
        lane, label = "Therapy", spell(told["type"])
        label += f", {words.count(told['sessions'], 'visit')}" if "sessions" in told else ""
    elif kind == "medication":
        lane, label = "Drugs", told["name"]
    elif kind == "imaging_study":
        lane, label = "Imaging", f"{spell(told['modality'])} {spell(told['region'])}"
    elif kind == "lab":
        lane, label = "Labs", ": ".join([spell(told["analyte"]), *words.fact_details(fact)[:1]])
    elif kind == "pain_score":
        lane, label = "Scores", f"{words.span(told['value'])}/10 {spell(told['qualifier'])}"
    elif kind == "disability_score":
        lane, label = "Scores", f"{spell(told['instrument'])} {words.number(told['value'])}%"
    elif kind == "surgery" and told["status"] == "performed":
        lane, label = "Surgery", "other surgery" if told["name"] == "other" else words.fact_title(fact)
    when = words.fact_date(fact)
    if not lane or not when:
        return None
    start, end = told.get("date") or told.get("start"), told.get("date") or told.get("end")
    first, last = PartialDate(start or end or ""), PartialDate(end or start or "")
    return Event(
        lane=lane,
        first=first.first,
        last=last.last,
        when=when,
        label=words.capital(label),
        planned=told.get("status") == "planned",
        is_course=bool(told.get("start") and told.get("end")),
        anchor=anchor,
    )


def _tests(case: Case, anchor_of: dict[int, str]) -> list[Event]:
    """The provocative tests of one day as one event: ``3 of 5 positive``."""
    days: dict[tuple[str, str], list[FactBase]] = {}
    for fact in case.of_kind("provocative_test"):
        if fact.date:
            days.setdefault((str(fact.date), str(fact.laterality or "")), []).append(fact)
    events = []
    for (when, side), tests in days.items():
        positive = sum(test.attributes()["result"] == "positive" for test in tests)
        label = f"{side} {positive} of {len(tests)} positive".strip()
        day = PartialDate(when)
        anchor = anchor_of.get(id(tests[0]), "")
        events.append(Event("Tests", day.first, day.last, when, words.capital(label), False, False, anchor))
    return events


def _scores(events: list[Event]) -> list[Event]:
    """The scores of one day as one event: ``3/10 best; 8/10 worst; ODI 48%``."""
    days: dict[str, list[Event]] = {}
    for event in events:
        if event.lane == "Scores":
            days.setdefault(event.when, []).append(event)
    return [replace(same[0], label="; ".join(dict.fromkeys(event.label for event in same))) for same in days.values()]
