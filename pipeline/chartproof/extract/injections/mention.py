"""The words of a note that speak of an injection, as mentions.py finds them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from chartproof.language.reading import Reading, Sentence
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality

Status = Literal["performed", "planned", "declined", "unknown", "none"]

LATEST = -1  # "the last one", "the latter"

# What stands between two injections told in one breath.
COORDINATES = re.compile(
    r"[\s,]*(?:and|&|\+|plus|/|as well as|with|(?:combined|together|along|in combination) with"
    r"|(?:at|in|during) the same (?:session|time|sitting|visit) (?:as|with)|concurrent(?:ly)? with)"
    r"[\s,]*(?:(?:an?|the|in-office|left|right|[RL]|his|her)\s+)*",
    re.I,
)

SAME_SESSION = re.compile(
    r"[\s,]*(?:\+|plus|(?:combined|together|along|in combination) with"
    r"|(?:at|in|during) the same (?:session|time|sitting|visit) (?:as|with)|concurrent(?:ly)? with)"
    r"[\s,]*(?:(?:an?|the|left|right|[RL]|his|her)\s+)*",
    re.I,
)


@dataclass(frozen=True)
class Site:
    """A place that can be injected, where it is named; ``target`` is the guide's."""

    target: str
    start: int
    end: int


@dataclass
class Mention:
    """Words that speak of an injection.

    Attributes:
        start, end: the phrase, from its first modifier to the site or word that ends it.
        word: span of the word itself (injection, block, "the first one").
        site: span of the site, None where no site stands beside the word.
        target: the guide's target, or None.
        ordinal: 1, 2 ... where told ("second", "#2"), ``LATEST`` for "the last one".
        count: a stated number of injections ("two SI joint injections").
        plural: more than one injection is spoken of.
        joined: the same words speak of the mention before it too ("right SI and piriformis injections").
        pronoun: stands for an injection told before ("the first one").
        bare: only a date stands for it ("after 07/29 80% better").
        dates: one for each of several ("injections on 1/14/25 and 3/4/25").
        date_spans: their spans, where each is told of by itself.
        date_sides: the side of each, where they differ ("right on 3/4 and left on 4/8").
        status: what the sentence makes of it.
        partial: the words speak of some of several ("two of the three blocks").
    """

    start: int
    end: int
    word: tuple[int, int]
    sentence: Sentence
    target: str | None = None
    site: tuple[int, int] | None = None
    side: Laterality | None = None
    date: PartialDate | None = None
    date_span: tuple[int, int] | None = None
    date_form: str | None = None
    ordinal: int | None = None
    count: int | None = None
    plural: bool = False
    joined: bool = False
    pronoun: bool = False
    combined: bool = False
    bare: bool = False
    status: Status = "unknown"
    partial: bool = False
    dates: list[PartialDate] = field(default_factory=list)
    date_spans: list[tuple[int, int]] = field(default_factory=list)
    date_sides: list[Laterality] = field(default_factory=list)


_HEAD = 600  # characters at the beginning of a line that are looked at for what the line is
_SILENT = ("policy", "education", "instructions", "family_history")


def says_nothing(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence asserts nothing of the patient's injections: policy text, teaching, family, consent.

    A heading such as "Consent:" governs its own line; the description often follows without one of its own.
    """
    if reading.patterns.regexes["injection_covered"].search(reading.text, sentence.start, sentence.end):
        return True
    if sentence.zone in ("policy", "education") or sentence.section.category in _SILENT:
        return True
    line = reading.line_at(sentence.start).start
    if reading.patterns.regexes["injection_standing_text"].match(reading.text[line : min(sentence.end, line + _HEAD)]):
        return True
    return sentence.section.category == "consent" and of_its_heading(reading, sentence)


def of_its_heading(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence belongs to what its heading names: the first one, or one on its line that tells no deed.

    "Allergies: none. Prone, prepped ..." goes on with the procedure.
    """
    section = sentence.section
    if sentence.start <= section.body + 3 or not reading.text[section.body : sentence.start].strip(" ,.:\n"):
        return True
    if reading.patterns.regexes["injection_doing"].search(reading.text, sentence.start, sentence.end):
        return False
    return reading.line_index(section.start) == reading.line_index(sentence.start)
