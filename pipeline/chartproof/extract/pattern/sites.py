"""The places of pain that a stretch of text names, and whether it says that it hurts there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartproof.language.reading import Reading

# What makes a place that of a treatment, a study or an injury, right behind it or right before it.
_TURN = re.compile(
    r"\b(?:but|however|only|although|though|except|just)\b"
    r"|,\s(?:is|it|stays|remains|only|just|now|and (?:is|it|goes|radiates|stays|remains))",
    re.I,
)


# Where a statement ends: a denial before it says nothing of what follows ("never on the left, and it stays local").
_PARTS = re.compile(
    r"[;.]|\b(?:but|although|while|except)\b|,\s(?:and\s)(?=(?:it|he|she|that|this)\s(?:does|is|has|goes|never|now|stays)\b)",
    re.I,
)
_NO_CHANGE = re.compile(
    r"(?:no|not|without|never) (?:\w+ )?(?:change|improve\w*|relief|differen\w*|better|help\w*|respon\w*)\b", re.I
)


@dataclass(frozen=True)
class Site:
    """A place named; ``low`` is where its phrase begins, ``has_pain`` that a word of pain follows it directly."""

    value: str
    start: int
    end: int
    low: int
    has_pain: bool


def find_sites(reading: Reading, start: int, end: int) -> list[Site]:
    """The places named in [start, end), those of treatments, studies, falls and numbness left out."""
    text = reading.text
    out: list[Site] = []
    for value, m in reading.patterns.find("pain_site", text, start, end):
        if value == "elsewhere":
            continue
        if reading.patterns.regexes["site_not_pain_behind"].match(text[m.end() : m.end() + 60]) or _is_of_treatment(
            reading, start, m.start()
        ):
            continue
        before = re.search(
            r"(?:\b(?:the|her|his|my|both|right|left|bilateral|r|l|over|in|posterior|chronic|constant|lower|upper)\b[\s-]*(?:sided?\s)?)*$",
            text[max(start, m.start() - 40) : m.start()],
            re.I,
        )
        low = m.start() - len(before[0]) if before else m.start()
        has_pain = bool(reading.patterns.regexes["site_pain_behind"].match(text[m.end() : min(end, m.end() + 70)]))
        out.append(Site(value, m.start(), m.end(), low, has_pain or m[0].lower() == "lbp"))
    return _without_strays(reading, out, start, end)


def _is_of_treatment(reading: Reading, start: int, at: int) -> bool:
    """Whether the words before a place make it that of a treatment, a fall or numbness; below a fusion it is none."""
    before = reading.text[max(start, at - 60) : at]
    m = reading.patterns.regexes["site_not_pain_before"].search(before)
    return m is not None and reading.patterns.regexes["site_below"].search(before[: m.start()]) is None


def _without_strays(reading: Reading, sites: list[Site], start: int, end: int) -> list[Site]:
    """Legs that ache together with shoulders or the neck, and a side told of an arm, are no place of this pain."""
    text = reading.text
    elsewhere = [m for value, m in reading.patterns.find("pain_site", text, start, end) if value == "elsewhere"]
    if elsewhere and all(s.value in ("leg", "pelvis") and not s.has_pain for s in sites):
        return []
    return [
        s
        for s in sites
        if not (
            s.value == "leg"
            and any(
                re.fullmatch(
                    r"[\s,]*(?:and|or|&)?[\s,]*(?:the |both |his |her )?",
                    text[min(m.end(), s.end) : max(m.start(), s.start)],
                )
                for m in elsewhere
            )
        )
    ]


def is_denied(reading: Reading, site: Site, start: int, end: int) -> bool:
    """Whether the words about a site say that it does not hurt there, or no longer does."""
    text = reading.text
    # from the last mark that parts statements
    part = max((m.end() for m in _PARTS.finditer(text, start, site.start)), default=start)
    before = text[part : site.start]
    no = reading.patterns.regexes["site_denied"].search(before)
    if no and not _TURN.search(no[0]) and not _NO_CHANGE.match(no[0]):
        return True
    after = text[site.end : min(end, site.end + 70)]
    return bool(
        reading.patterns.regexes["site_denied_behind"].match(after)
        or (site.value in ("hip", "groin") and reading.patterns.regexes["site_better_behind"].match(after))
        or re.search(r"\b(?:former|old|previous|prior)\s(?:\w+ )?$", before, re.I)
        or (
            re.search(
                r"\b(?:numb\w*|tingl\w*|paresthes\w*|pins and needles|weak\w*|sensation)\b[^.;,]{0,40}$", before, re.I
            )
            and not re.search(r"\bpain\b[^.;,]{0,20}$", before, re.I)
        )
    )
