"""Sentences and clauses of clinical text.

A line that stands by itself ends a sentence (wrapped lines were joined before); within a line, a full stop does,
save in abbreviations, initials, decimals and dosing shorthand. Clauses, which bound the reach of ConText, also end at
";" and before "but", "however" and the like.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

_ABBREVIATION = re.compile(
    r"(?:^|[\s(,/;-])(?:dr|drs|mr|mrs|ms|prof|st|vs|inj|injs|no|nos|approx|appt|dept|ext|fig|est|hx|tx|dx|rx|pt|pts|q|b|t|u|"
    r"[a-z]\.[a-z]|[a-z]\.[a-z]\.[a-z]|e\.g|i\.e|etc|incl|resp|lat|bilat|pos|neg|temp|wt|ht|dob|jr|sr|jan|feb|mar|apr|jun|jul|aug|"
    r"sep|sept|oct|nov|dec|mon|tue|tues|wed|thu|thurs|fri|sat|sun|min|max|avg|wk|wks|yr|yrs|mo|mos|hr|hrs|med|meds|cont|sx|s/p|"
    r"ant|post|sup|inf|med|lig|tend|palp|prov|rt|lt|thor|lum|sac|m|r|l|univ|hosp|phys|ther|outpt|inpt|freq|occas|exer|"
    r"addl|comp|compr|dist|distr|gaens|gaensl|tend|provoc|troch)$",
    re.IGNORECASE,
)
# Abbreviations that as often end a sentence; a capital after them decides for the end.
_WEAK = re.compile(
    r"(?:wks?|yrs?|mos?|hrs?|min|max|avg|etc|meds?|inj|neg|pos|bilat|pts?|sx|hx|tx|dx|rx|cont|temp|ant|post|sup|inf|est|palp|hosp|ther|outpt|inpt|freq|"
    r"occas|exer|comp|compr|dist|distr|gaens|gaensl|tend|provoc|troch)$",
    re.I,
)
_STOP = re.compile(r"[.!?]+[\"')\]]*(?=\s|$|,[A-Z])")
_CLAUSE = re.compile(
    r";|,?\s(?=(?:but|however|although|though|except|whereas|while|yet|otherwise|aside from|apart from)\b)|\s-\s(?=[A-Za-z])|(?<=[a-z]),\s(?=and (?:has|had|is|was|he|she|there|the)\b)",
    re.IGNORECASE,
)


def _is_end(text: str, m: re.Match[str], line_start: int) -> bool:
    if text[m.start()] != ".":
        return True
    before = text[max(line_start, m.start() - 14) : m.start()]
    after = text[m.end() : m.end() + 4].lstrip(" ,")
    if not after:
        return True
    if after[0].islower():
        # "q.i.d. as needed"; a full stop before a lower-case word ends only a plain long word
        return bool(re.search(r"[a-z]{4,}$|\d$|%$", before)) and not _ABBREVIATION.search(before)
    if (
        re.search(r"(?:^|\s)\d{1,2}$", before)
        and not before.strip()[:-2].strip()
        and text[m.end() : m.end() + 1] == " "
    ):
        return False  # the number of a list item
    if re.search(r"(?:^|[\s(])[A-Z](?:\.[A-Z])*$", before) and not re.search(
        r"\b(?:vitamin|hepatitis|side|grade|type)\s[A-Z]$", before, re.I
    ):
        # an initial, "T. thrust", "J.M."; a lone R or L may end a sentence
        return bool(re.search(r"[a-z)+%]\s[RL]$", before)) and bool(re.match(r"[A-Z]", after))
    abbreviation = _ABBREVIATION.search(before)
    if abbreviation:
        return bool(_WEAK.search(before) and re.match(r"[A-Z]", after) and not re.match(r"[A-Z]\b", after))
    return True


# Characters. Prose has no longer ones; what is longer (a list on one line, text without a stop) is cut at a comma or space,
# since the work on a sentence grows with the square of what stands in it.
_LONGEST_SENTENCE = 2000
_LONGEST_CLAUSE = 1000


def _bounded(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """[start, end) in parts of at most ``longest`` characters, cut where a word ends."""
    while end - start > longest:
        limit = start + longest
        cut = max(text.rfind(", ", start + longest // 2, limit), text.rfind("; ", start + longest // 2, limit))
        cut = cut if cut > start else text.rfind(" ", start + 1, limit)
        cut = cut + 1 if cut > start else limit
        yield start, cut
        start = cut
    yield start, end


def find_sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text``, without surrounding white space."""
    spans: list[tuple[int, int]] = []

    def add(start: int, end: int) -> None:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            spans.extend(_bounded(text, start, end, _LONGEST_SENTENCE))

    at = 0
    for line in text.split("\n"):
        start, stop = at, at + len(line)
        for m in _STOP.finditer(text, at, stop):
            if _is_end(text, m, at) and m.end() > start:
                add(start, m.end())
                start = m.end()
        add(start, stop)
        at = stop + 1
    return spans


def find_clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the clauses of a sentence: parts that a negation does not reach across."""
    cuts = [start]
    for m in _CLAUSE.finditer(text, start, end):
        cuts.append(m.end() if m.group().startswith(";") else m.start() or m.end())
    cuts.append(end)
    clauses = [part for low, high in itertools.pairwise(cuts) for part in _bounded(text, low, high, _LONGEST_CLAUSE)]
    return [(low, high) for low, high in clauses if text[low:high].strip()]
