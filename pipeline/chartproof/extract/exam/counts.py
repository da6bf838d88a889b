"""Reads stated totals of provocative tests: "4 of 5 provocative maneuvers positive on the right"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.exam.events import side_order
from chartproof.extract.exam.leaning import asides
from chartproof.extract.exam.link import attach_sides
from chartproof.extract.exam.meaning import Event
from chartproof.extract.exam.units import Unit
from chartproof.extract.finding import Finding, finding
from chartproof.language.gate import GatedRegex
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.facts import ProvocativeCount
from chartproof.model.vocab import Laterality

_DISPUTED = re.compile(
    r"[^.;\n]{0,40}\b(?:was|were|is|are) (?:needed|required|necessary|not (?:documented|met|shown|found|provided"
    r"|submitted|recorded))\b",
    re.I,
)
_OWN_SIDE = re.compile(r"([LRlr])(?:eft|ight)?\b[ :]{1,3}\d")
_EFFORT = re.compile(r"\b[0-5] ?(?:/|of) ?5\b")  # the active straight leg raise is graded from 0 to 5
_WORDS = {"one": 1, "none": 0, "no": 0, "zero": 0}
_SLASH = re.compile(r"\s*[/|]\s*")
_LISTED = re.compile(r"\s*(?:[LR]|(?:on (?:the )?)?(?:left|right))?\s*\((?=\s*(?:\+\s*)?[A-Z]\w)")
_SIDE_LETTER = re.compile(r"(?<![A-Za-z])([LR])\s*:?\s*$")
_LEFT_OUT = re.compile(
    r"[^.;:]{0,40}?(?:,|\(|-)? ?\b(?:only|except(?:ing)?|save|but for|all but|apart from|aside from|with only"
    r"|the exception being)\b",
    re.IGNORECASE,
)
_AND_OTHER = re.compile(
    r"[^.;:\d]{0,70}?(?:\band\b|\bbut\b|,|;) ?(?P<n>none|zero|only one|one|[0-7]) (?:of (?:them"
    r"|these) )?(?:(?:was|were|is|are)"
    r" )?(?:positive )?on (?:the )?(?:left|right|opposite|other)\b",
    re.IGNORECASE,
)
_EXCEPTED_REACH = 50  # characters from "except" to the tests taken out
_ALONE_REACH = 160  # characters back to what a total alone is about
_STOP = re.compile(r"[.;]\s|\n")


def count_value(n: str, m: int) -> int:
    """The number that ``n`` ("4", "none", "all") tells of ``m``."""
    told = n.lower().removeprefix("only ")
    return m if told.startswith(("all", "every", "each")) else _WORDS[told] if told in _WORDS else int(told)


def read_counts(reading: Reading, unit: Unit, named_before: bool) -> list[Finding]:
    """The stated totals of one piece.

    Args:
        named_before: the passage named single tests already; "all negative" then is about those.
    """
    regexes = reading.patterns.regexes
    named = {t.value for t in reading.targets_of("provocative_test", unit.start, unit.end)} - {"other"}
    of_tests = (
        regexes["exam_provocation_strict"].search(unit.text, unit.start, unit.end) is not None
        or (named_before and regexes["exam_count_tests"].search(unit.text, unit.start, unit.end) is not None)
        or (named_before and regexes["exam_count_called"].search(unit.text, unit.start, unit.end) is not None)
        or len(named) > 2
        or (named - {"aslr"} and regexes["exam_positive_count"].search(unit.text, unit.start, unit.end) is not None)
        or _is_alone(reading, unit)
        or regexes["exam_n_were"].search(unit.text, unit.start, unit.end) is not None
    )
    if not of_tests or (named == {"aslr"} and _EFFORT.search(unit.text, unit.start, unit.end)):
        return []
    sides = [Event("side", s.side.value, s.start, s.end) for s in find_sides(unit.text, unit.start, unit.end)]
    criteria = regexes["exam_criteria"].search(unit.text, unit.start, unit.end) is not None
    if criteria and not sides and reading.section_at(unit.start).parent != "exam":
        return []
    counts = _counts(reading, unit, named_before)
    if not counts:
        zero = _all_negative(reading, unit, named_before)
        counts = [zero] if zero else []
    if not counts:
        return []
    events = [Event("item", str(i), start, end) for i, (start, end, _, _) in enumerate(counts)]
    for event in events:
        letter = _SIDE_LETTER.search(unit.text, unit.start, event.start)
        if letter is not None:
            event.side = Laterality.LEFT if letter[1] == "L" else Laterality.RIGHT
        own = _OWN_SIDE.match(unit.text, event.start, event.end)
        if own is not None:
            event.side = Laterality.LEFT if own[1] in "Ll" else Laterality.RIGHT
        inside = [s for s in sides if event.start < s.end and s.start < event.end]
        if inside and event.side is None:
            event.side = Laterality(inside[-1].value)
        sides = [s for s in sides if s not in inside]
    _by_order(reading, unit, events)
    attach_sides(unit.text, sorted([*events, *sides], key=lambda e: e.start))
    for n, event in enumerate(events[1:], 1):
        if event.side is None and any(
            low <= event.start < high for low, high in asides(reading.text, unit.start, unit.end)
        ):
            event.side = events[n - 1].side  # "2/5 on the right (was 4/5 in February)"
    told = {s.value for s in sides}
    only = Laterality(told.pop()) if len(told) == 1 else None
    out = []
    for event, (start, end, positive, total) in zip(events, counts, strict=True):
        side = event.side or (only if len(counts) == 1 else None) or (unit.side if event.side is None else None)
        fact = ProvocativeCount(
            date=unit.date_at(start),
            laterality=side,
            positive=positive,
            total=total,
            evidence=[reading.evidence(start, end)],
        )
        out.append(finding(fact, reading.note, unit.strength, retold=unit.retold))
    return out


def _by_order(reading: Reading, unit: Unit, events: list[Event]) -> None:
    """ "score   4 of 5 / 0 of 5" under "(R / L)": a total for each side."""
    if len(events) != 2 or any(e.side for e in events):
        return
    order = side_order(reading, unit.start, unit.end)
    if order is not None and _SLASH.fullmatch(unit.text, events[0].end, events[1].start):
        events[0].side, events[1].side = order


def _is_alone(reading: Reading, unit: Unit) -> bool:
    """ "(-) distraction. 4 of 5.", "Right: 0 of 5.": a total and nothing else, right behind the tests it counts."""
    regexes = reading.patterns.regexes
    told = regexes["exam_count_alone"].match(unit.text[unit.start : unit.end])
    if told is None and regexes["exam_n_and_k"].search(unit.text, unit.start, unit.end) is None:
        return False
    before = reading.text[max(0, unit.start - _ALONE_REACH) : unit.start]
    if regexes["exam_count_not"].search(before[-50:]):
        return False
    named = reading.targets_of("provocative_test", max(0, unit.start - _ALONE_REACH), unit.start)
    return bool(named) or regexes["exam_provocation_strict"].search(before) is not None


def _counts(reading: Reading, unit: Unit, named: bool) -> list[tuple[int, int, int, int | None]]:
    """(start, end, positive, total) of every total told.

    Args:
        named: the passage named single tests already.
    """
    out: list[tuple[int, int, int, int | None]] = []
    regexes, text = reading.patterns.regexes, unit.text
    for m in regexes["exam_count_by_side"].finditer(text, unit.start, unit.end):
        of = int(m["m"] or m["m2"])
        if int(m["n"]) <= of and int(m["n2"]) <= of:
            out += [(m.start("s1"), m.end("n"), int(m["n"]), of), (m.start("s2"), m.end("n2"), int(m["n2"]), of)]
    for name in ("exam_n_and_k", "exam_m_then_n", "exam_n_of_m", "exam_all_m", "exam_n_positive"):
        for m in regexes[name].finditer(text, unit.start, unit.end):
            if any(start < m.end() and m.start() < end for start, end, _, _ in out):
                continue
            groups = m.groupdict()
            total = int(groups["m"]) if groups.get("m") else None
            if groups.get("k"):
                total = int(groups["n"]) + int(groups["k"])
            positive = total if name == "exam_all_m" else count_value(groups["n"], total or 0)
            assert positive is not None
            if total is not None and not (2 <= total <= 10 and positive <= total):
                continue
            span = _judged(reading, unit, m, bool(out))
            if span is None:
                continue
            start, end, negative = span
            if name == "exam_all_m" and not negative:
                positive -= _excepted(reading, unit, m.end())
            if negative and named and name == "exam_all_m":
                continue  # the tests named before are told negative, one by one
            if name == "exam_all_m" and total is not None and total in _named_beside(reading, unit, m):
                continue  # "FABER, thigh thrust and Gaenslen were all three positive"
            if negative:
                if total is None:
                    continue
                positive = total - positive
            out.append((start, end, positive, total))
    out += _of_the_other_side(unit, out)
    return sorted(out) if out else list(_of_performed(reading, unit))


def _of_the_other_side(
    unit: Unit, told: list[tuple[int, int, int, int | None]]
) -> list[tuple[int, int, int, int | None]]:
    """ "Four of five tests were positive on the left and none on the right": the same total."""
    out: list[tuple[int, int, int, int | None]] = []
    for _, end, _, total in told:
        m = _AND_OTHER.match(unit.text, end, unit.end)
        if m is None or total is None or any(low < m.end() and m.start("n") < high for low, high, _, _ in told):
            continue
        positive = count_value(m["n"], total)
        if positive <= total:
            out.append((m.start("n"), m.end(), positive, total))
    return out


def _excepted(reading: Reading, unit: Unit, start: int) -> int:
    """How many tests are taken out of "all five ... positive except distraction"."""
    words = next((m for v, m in reading.patterns.find("exam_join", unit.text, start, unit.end) if v == "except"), None)
    if words is None:
        return 0
    high = min(unit.end, words.end() + _EXCEPTED_REACH)
    return len({t.value for t in reading.targets_of("provocative_test", words.end(), high)} - {"other"})


def _of_performed(reading: Reading, unit: Unit) -> Iterator[tuple[int, int, int, int | None]]:
    """ "I performed five of the tests. On the left four were positive.": the total stands in a sentence before."""
    regexes = reading.patterns.regexes
    for m in regexes["exam_n_were"].finditer(unit.text, unit.start, unit.end):
        before = regexes["exam_m_performed"].search(reading.text, max(0, m.start() - _ALONE_REACH), m.start())
        if before is None:
            continue
        total = int(before["m"])
        positive = count_value(m["n"], total)
        if positive <= total:
            yield m.start(), m.end(), positive, total


def _judged(reading: Reading, unit: Unit, m: re.Match[str], follows: bool) -> tuple[int, int, bool] | None:
    """The span of a total with its verdict, and whether that is "negative"; None where it is no total of tests."""
    regexes, text = reading.patterns.regexes, unit.text
    stop = _STOP.search(text, m.end(), unit.end)
    high = min(m.end() + 90, stop.start() if stop else unit.end)
    stops = list(_STOP.finditer(text, max(unit.start, m.start() - 90), m.start()))
    low = stops[-1].end() if stops else max(unit.start, m.start() - 90)
    if _DISPUTED.match(text, m.end(), unit.end):
        return None
    if regexes["exam_count_not"].search(text, max(low, m.start() - 30), min(high, m.end() + 30)):
        return None
    if regexes["exam_positive_word"].search(m[0]):
        return m.start(), m.end(), False
    next_count = regexes["exam_n_of_m"].search(text, m.end(), high)
    if next_count is not None:
        high = next_count.start()
    if (
        "n" in m.groupdict()
        and _LISTED.match(text, m.end(), high)
        and regexes["exam_provocation"].search(text, low, high)
    ):
        return m.start(), m.end(), False
    after = _first(regexes["exam_positive_word"], regexes["exam_negative_word"], text, m.end(), high)
    if m.groupdict().get("n", "").lower() == "none" and after is not None:
        return m.start(), after[1], False  # "none of six was positive"
    if after is not None and after[2] and _of_one_left_out(reading, unit, m.end(), after[0]):
        return m.start(), m.end(), False  # "four of five, only distraction being negative"
    if after is not None and after[2] and _of_listed(reading, unit, m.end(), after[0], high):
        after = None  # "4/5 on the left (negative distraction only)"
    if after is not None and (follows or regexes["exam_count_tests"].search(text, low, high)):
        return m.start(), after[1], after[2]
    if "n" not in m.groupdict() and after is None:
        return None  # "all six" of what?
    alone = regexes["exam_count_alone"].match(text[low:high]) is not None and _many_named(reading, unit, low)
    if follows or alone or _is_alone(reading, unit) or regexes["exam_count_label"].search(text[low : m.start()]):
        return m.start(), m.end(), False
    before = _first(
        regexes["exam_positive_word"], regexes["exam_negative_word"], text, max(low, m.start() - 40), m.start()
    )
    return None if before is None else (before[0], m.end(), before[2])


def _named_before(reading: Reading, unit: Unit, end: int) -> int:
    """How many tests a piece names before ``end``."""
    return len({t.value for t in reading.targets_of("provocative_test", unit.start, end)} - {"other"})


def _named_beside(reading: Reading, unit: Unit, m: re.Match[str]) -> tuple[int, int]:
    """How many tests are named before "all five", and in the brackets behind it."""
    closed = unit.text.find(")", m.end(), unit.end) if _LISTED.match(unit.text, m.end(), unit.end) else m.end()
    behind = reading.targets_of("provocative_test", m.end(), max(closed, m.end()))
    return _named_before(reading, unit, m.start()), len({t.value for t in behind} - {"other"})


def _many_named(reading: Reading, unit: Unit, end: int) -> bool:
    """Whether three tests or more are named in the piece before ``end``, of which a total alone is told."""
    return _named_before(reading, unit, end) > 2


def _of_listed(reading: Reading, unit: Unit, start: int, at: int, high: int) -> bool:
    """Whether "negative" in the brackets behind a total speaks of the tests named there."""
    opened = unit.text.rfind("(", start, at)
    if opened < 0 or ")" in unit.text[opened:at]:
        return False
    closed = unit.text.find(")", at, high)
    named = reading.targets_of("provocative_test", opened, closed if closed > 0 else high)
    return bool(named)


def _of_one_left_out(reading: Reading, unit: Unit, start: int, at: int) -> bool:
    """Whether the verdict at ``at`` is that of the tests that a total leaves out: "4 of 5, distraction negative"."""
    left_out = _LEFT_OUT.match(unit.text, start, at)
    if left_out is None:
        return False
    return any(t.value != "other" for t in reading.targets_of("provocative_test", left_out.end(), at))


def _first(positive: GatedRegex, negative: GatedRegex, text: str, start: int, end: int) -> tuple[int, int, bool] | None:
    hits = [
        (h.start(), h.end(), sign)
        for r, sign in ((positive, False), (negative, True))
        if (h := r.search(text, start, end))
    ]
    return min(hits, default=None)


def _all_negative(reading: Reading, unit: Unit, named_before: bool) -> tuple[int, int, int, None] | None:
    """ "All SI provocative maneuvers negative", with no test named anywhere near: none positive."""
    if named_before or any(t.value != "other" for t in reading.targets_of("provocative_test", unit.start, unit.end)):
        return None
    m = reading.patterns.regexes["exam_all_negative"].search(unit.text, unit.start, unit.end)
    return None if m is None else (m.start(), m.end(), 0, None)
