"""What the words of a mention tell: which side, which of several, how many."""

from __future__ import annotations

import re

from chartproof.extract.injections.mention import LATEST
from chartproof.extract.injections.series import series_number
from chartproof.language.gate import gated
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality

_COUNT_WORDS = {
    **{"a pair of": 2, "a couple of": 2, "one": 1, "a single": 1, "single": 1, "two": 2, "three": 3, "four": 4},
    **{"dual": 2, "double": 2, "paired": 2, "twice": 2},
}
# "both left SI joint injections": two injections, not two sides
_BOTH_INJECTIONS = re.compile(
    r"both\s+(?:of\s+)?(?:(?:the|these|those|her|his|my|their)\s+)?"
    r"(?!(?:[\w-]+\s+){0,2}(?:joints|sides|SIJs|hips|facets)\b)(?:[\w-]+\s+){0,5}(?:injections|blocks|shots|injs|procedures)\b",
    re.I,
)
# "Number of SI joint injections to date: 2"
_NUMBER_OF = re.compile(
    r"\b(?:number|no\.?|total|tally|count) of\s+(?:(?:prior|previous|past|completed|SI|SIJ|joint"
    r"|sacro-?iliac|left|right"
    r"|diagnostic|therapeutic|steroid|image-guided|the)\s+){0,5}$",
    re.I,
)
_NUMBER_TOLD = re.compile(r"[^.;:=\n\d]{0,40}[:=-]\s*(?P<n>\d{1,2}|one|two|three|four)\b(?![/%]|\.\d)", re.I)
ORDINALS = {
    "first": 1,
    "initial": 1,
    "1st": 1,
    "former": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
_SIDE_THEN_DATE = re.compile(r"\s*([LR])\s+(?=\d{1,2}/\d)")  # "SI block L 3/4/25"
# "SI ligs, R + L"
_BOTH_BEHIND = re.compile(
    r"\s*[,:(-]?\s*(?:right|(?-i:R))\s?(?:and|&|\+|/)\s?(?:left|(?-i:L))\b|\s*[,:(-]?\s*(?:left|(?-i:L))\s?(?:and|&|\+|/)\s?(?:right|(?-i:R))\b",
    re.I,
)
_SIDE_IN_COMMAS = re.compile(r"[^.;()]{0,30},\s*$")
_ASIDE = re.compile(r"\s*\([^()\n]{3,70}\)")
_SEVERAL = re.compile(r"\b(?:2|3|two|three|several|both)\b|\b(?:injections|blocks|shots)\b", re.I)
_HOW_MANY = gated(r"\bhow many(?: (?:injections|times|shots|total))?\b\W{0,6}(?P<count>\d{1,2})\b", re.I)
_MONTH_ENDS = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?[ \t]*$", re.I)
_NUMBER_BEHIND = re.compile(
    r"\s(?:number |no\.? ?)?(?P<n>one|two|three|[1-4])"
    r"(?=\s*:|\s+(?:was|gave|had|brought|yielded|helped|lasted|held|did|provided)\b)",
    re.I,
)
_OTHER_BEFORE = re.compile(
    r"\b(?P<side>left|right)(?: side| one)?,? (?:and|then|followed by|plus|before)(?: (?:then|subsequently"
    r"|afterwards?|finally|by))?"
    r"(?: (?:the|her|his))?\s*$",
    re.I,
)
_JOINTS = re.compile(r"\b(?:joints|SIJs|sides|bursae)\b", re.I)
_WORDS = ("one", "two", "three")
_FIRST_AFTER = re.compile(r"\s*,?\s*(?:his|her|the|my|patient's) (?P<word>first|second|third|fourth)\b", re.I)


class MentionWords:
    """Reads the words around the mentions of one note."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes

    def side(self, start: int, end: int, high: int) -> Laterality | None:
        inside = {
            s.side
            for s in find_sides(self.text, start, end)
            if s.side is not Laterality.BILATERAL
            or not (
                self.regexes["injection_both_of"].match(self.text, s.start, end)
                or _BOTH_INJECTIONS.match(self.text, s.start, high)
            )
        }
        if len(inside) > 1:
            return Laterality.BILATERAL
        other = _OTHER_BEFORE.search(self.text, max(0, start - 40), start)
        if (
            inside
            and other
            and _JOINTS.search(self.text, start, end)
            and Laterality(other["side"].lower()) not in inside
        ):
            return Laterality.BILATERAL  # "the right and then the left sacroiliac joints"
        if inside:
            return inside.pop()
        if _BOTH_BEHIND.match(self.text, end, high):
            return Laterality.BILATERAL
        letter = _SIDE_THEN_DATE.match(self.text, end, high)
        if letter:
            return Laterality.LEFT if letter[1] == "L" else Laterality.RIGHT
        aside = _ASIDE.match(self.text, end, high)  # "(landmark guided, no imaging)"
        for s in find_sides(self.text, end, min(high, (aside.end() if aside else end) + 32)):
            if self.text[s.start : s.end].lower() == "both" and not re.match(r" sides\b", self.text[s.end : s.end + 6]):
                break  # "both of which helped"
            gap = self.text[end : s.start]
            if self.regexes["injection_side_after"].fullmatch(gap) or (
                _SIDE_IN_COMMAS.fullmatch(gap[aside.end() - end :] if aside else gap)
                and self.text[s.end : s.end + 1] in ",."
            ):
                return s.side
            break
        return None

    def ordinal(self, start: int, end: int, high: int) -> int | None:
        of_series = series_number(self.reading, end, high)
        if of_series:
            return of_series[0]
        find = self.regexes["injection_ordinal"]
        m = find.search(self.text, start, end)
        if m is None:  # "block #2"
            m = find.match(
                self.text, end + len(self.text[end : end + 2]) - len(self.text[end : end + 2].lstrip()), high
            )
            m = m if m and (m["number"] or m["no"]) else None
        if m:
            return ORDINALS.get((m["word"] or "").lower()) or int(m["number"] or m["no"])
        number = _NUMBER_BEHIND.match(self.text, end, high)
        if number and not self.text[:end].endswith("s"):
            told = number["n"].lower()
            return int(told) if told.isdigit() else _WORDS.index(told) + 1
        after = _FIRST_AFTER.match(self.text, end, high)
        if after and not self.text[:end].endswith("s") and not _SEVERAL.search(self.text, max(0, start - 30), end):
            return ORDINALS[after["word"].lower()]
        before = re.search(r"\b(?P<which>last|latest|most recent)\s+$", self.text[max(0, start - 14) : start], re.I)
        return LATEST if before else None

    def count(self, low: int, start: int, word_start: int, end: int, word_end: int) -> int | None:
        near = max(low, start - 90)
        before = self.regexes["injection_count"].search(self.text, near, start)
        if before is None and re.match(r"\w+s\b", self.text[word_start:end]):
            before = self.regexes["injection_count_far"].search(self.text, near, start)
        if before and before["count"].isdigit() and _MONTH_ENDS.search(self.text, max(0, near - 12), before.start()):
            before = None  # "the May 6 injection"
        if before:
            told = before["count"].lower()
            number = _COUNT_WORDS.get(told)
            if number is None:
                number = int(re.search(r"\d+", told)[0])  # type: ignore[index]
            return number if 1 <= number <= 12 else None
        if _NUMBER_OF.search(self.text, near, start):
            told_behind = _NUMBER_TOLD.match(self.text, end, self.reading.line_at(end).end)
            if told_behind:
                told = told_behind["n"].lower()
                return _COUNT_WORDS.get(told) or int(told)
        line = self.reading.line_at(end)
        form = _HOW_MANY.search(self.text, end, line.end)
        if form:
            return int(form["count"])
        times = self.regexes["injection_times"].match(self.text[end : end + 18])
        if times:
            told = (times["count"] or times["count2"] or times["count3"] or times["count4"] or "two").lower()
            number = _COUNT_WORDS.get(told) or int(told)
            return number if number <= 12 else None
        again = self.regexes["injection_occasions"].match(self.text[end : end + 70])
        if again is None and end > word_end:
            again = self.regexes["injection_occasions"].match(self.text[word_end : word_end + 12])
        if again is None or self.text[end - 1] == ".":
            return None
        if again["count4"] and not self.text[word_start:word_end].lower().endswith("s"):
            return None  # "0-10, before the block: 7"
        told = again["count"] or again["count2"] or again["count3"] or again["count4"] or again["count5"] or "2"
        return int(_COUNT_WORDS.get(told.lower(), 0) or told)
