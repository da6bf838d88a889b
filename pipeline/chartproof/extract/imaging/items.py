"""Items of a unit: the pieces between commas and joining words that each hold one finding, and their severity."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartproof.language.patterns import Patterns

_JOINS = frozenset((",", "and", "or", "nor"))
_SUBJECT_OF = frozenset(("with", "without", "w/", "w/o", "wo"))
_UNGRADED = frozenset(
    "tumor infection instability widening hardware_loosening lucency inflammatory_arthropathy".split()
)
_AFTER = re.compile(
    r"^(?: (?!of\b)[\w/-]+){0,10}?(?:,? (?:(?:which |that |now |and |it |has |have ){0,3}(?:is|are|appears?"
    r"|becomes?|became"
    r"|remains?|looks?|progressed to|increased to|advanced to|worsened to)(?: now| still| again| at least| only| quite"
    r"| rather| best called| judged)*(?: of)?"
    r"|(?:which |that )?(?:I|he|she|we) (?:would )?(?:call|grade|rate)s?"
    r"|of(?: an?)?|to an?|in|graded?(?: as)?) |,? ?-{1,2} (?:call (?:it|this) )?)",
    re.I,
)
_ADVERB = re.compile(r" (?=(?:mild|slight|minimal|moderate|severe|marked)ly\b)", re.I)  # "bulges mildly"
_LONE = re.compile(
    r"[^,(.;]{0,50}[,(] ?(?=\w)| (?:(?:at )?[LTCS]\d{1,2}(?:[-/][LTCS]?\d{1,2})? )?(?=\w+\s*(?:[.,;)]|$))"
)
# "sclerosis, both margins of mid joint, marked."
_SECOND = re.compile(r"(?:[^,(.;]{0,45}, ){2}(?=\w+\s*(?:[.;)]|$))")
_GRADED = re.compile(
    r"(?:[,.;)]|$| (?:in )?(?:degree|grade|severity|extent)\b| and\b| with\b| for (?:his |her |the |stated )?age\b)",
    re.I,
)
_FOCUS = re.compile(r"\b(?:foc(?:us|i)|zones?|areas?|spots?|patch(?:es)?) of\b", re.I)
# A slip of grade 1 has no severity of its own; the criterion that asks for one reads the grade (policy/judge_events).
_SLIP_GRADE = re.compile(r"\bgrade (?P<grade>[2-4]|II|III|IV)\b", re.I)
_SLIP = {"2": "moderate", "ii": "moderate"}
# "a small osteophyte", "an early cyst": how big one is, not how bad
SIZED = frozenset("erosion osteophytes subchondral_cyst vacuum_phenomenon".split())


@dataclass(frozen=True)
class Item:
    """The words around one finding at [found, found_end).

    ``start``/``reach``: with the joined pieces that hold no finding of their own (for place and side);
    ``piece``/``stop``: its own piece; ``phrase``: where the noun phrase of the finding begins (for severity).
    """

    found: int
    found_end: int
    start: int
    piece: int
    phrase: int
    stop: int
    reach: int
    last: bool


def items_of(
    patterns: Patterns, text: str, start: int, end: int, found: list[tuple[int, int]], closed: list[tuple[int, int]]
) -> list[Item]:
    """One item for each finding (given in order) of the unit [start, end).

    Args:
        closed: spans that belong to their own finding alone, and are not joined to the next one.
    """
    cuts = [
        m
        for m in patterns.regexes["img_separator"].finditer(text, start, end)
        if not any(a < m.end() and m.start() < b for a, b in found)
    ]
    bounds = [start] + [m.end() for m in cuts]
    stops = [m.start() for m in cuts] + [end]
    joins = [""] + [m.group().strip().lower() for m in cuts]
    pieces = list(zip(bounds, stops, joins, strict=True))
    home = [next(i for i, (a, b, _) in enumerate(pieces) if a <= f and f < max(b, a + 1)) for f, _ in found]
    held = set(home) | {i for i, (a, b, _) in enumerate(pieces) if any(c < b and a < d for c, d in closed)}
    normal_word = patterns.regexes["img_normal_word"]
    out = []
    for n, (f_start, f_end) in enumerate(found):
        i = home[n]
        first = phrase = i
        while first > 0 and pieces[first][2] in _JOINS and first - 1 not in held:
            if normal_word.search(text, *pieces[first - 1][:2]):
                break  # "normal hips, sclerosis of the left SI joint"
            first -= 1
        while phrase > first and patterns.regexes["img_open_end"].search(
            text[pieces[phrase - 1][0] : pieces[phrase - 1][1]]
        ):
            phrase -= 1
        last = i
        while last + 1 < len(pieces) and pieces[last + 1][2] in _JOINS | {"("} and last + 1 not in held:
            if normal_word.search(text, *pieces[last + 1][:2]):
                break
            if last + 2 < len(pieces) and pieces[last + 2][2] == ":":
                break  # "SI joints: left sclerosis, hips: normal": the label of what follows
            if last + 2 in held and pieces[last + 2][2] in _SUBJECT_OF:
                break  # "right SI joint sclerotic, hips with preserved spaces": the subject of what follows
            last += 1
        # in a piece with several findings each has the words since the one before
        own = [b for a, b in found[:n] if a >= pieces[i][0]]
        floor = max([*own, pieces[first][0]]) if own else pieces[first][0]
        next_in_piece = next((a for a, _ in found[n + 1 :] if a < pieces[i][1]), None)
        stop = next_in_piece if next_in_piece is not None else pieces[i][1]
        ahead = found[n + 1][0] if n + 1 < len(found) else end
        out.append(
            Item(
                f_start,
                f_end,
                min(floor, f_start),
                min(max(floor, pieces[i][0]), f_start),
                min(max(floor, pieces[phrase][0]), f_start),
                max(stop, f_end),
                max(f_end, min(stop if next_in_piece is not None else pieces[last][1], ahead)),
                n + 1 == len(found),
            )
        )
    return out


def severity_of(patterns: Patterns, text: str, finding: str, item: Item, end: int) -> str | None:
    """``mild``, ``moderate`` or ``severe`` as told for the finding: before it, in it, or just after it.

    A small focus, fragment, osteophyte or cyst is told by its size, not by a degree.
    """
    if finding in _UNGRADED:
        return None
    if finding == "spondylolisthesis":
        # a grade 2 slip is moderate (corpora/GUIDE.md section 3)
        graded = _SLIP_GRADE.search(text, max(item.phrase - 12, 0), min(end, item.found_end + 30))
        if graded:
            return _SLIP.get(graded["grade"].lower(), "severe")
    hits = [value for value, m in patterns.find("imaging_severity", text, item.phrase, item.found_end)]
    if not hits:
        for ahead in (_ADVERB, _AFTER, _LONE, _SECOND):
            m = ahead.match(text[item.found_end : min(end, item.found_end + 110)])
            if m is None:
                continue
            at = item.found_end + m.end()
            if ahead is _SECOND and at > item.reach:
                continue
            for value, hit in patterns.find("imaging_severity", text, at, end):
                if hit.start() - at <= 8 and _GRADED.match(text[hit.end() : hit.end() + 16]):
                    hits = [value]
                break
            if hits:
                break
    if not hits:
        return None
    value = hits[-1]
    if value == "small":
        return None if finding in SIZED or _FOCUS.search(text, item.phrase, item.found_end) else "mild"
    return value
