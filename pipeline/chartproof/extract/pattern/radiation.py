"""Whether the pain radiates: as prose says it, as a label answers it, and as a question of a form is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chartproof.extract.pattern.sites import Site, find_sites, is_denied
from chartproof.language.reading import Reading

_MOVES_NO_MORE = re.compile(
    r"\W*(?:has |have |had |can )?(?:stopped|quit|ceased|gave up|no longer)\b"
    r".{0,14}?\b(?:go|run|travel|mov|spread)\w*$",
    re.I,
)
_PERSON = re.compile(
    r"\b(?:she|he|I|they|we|pt|patient|mr|mrs|ms|who)\b\W{0,2}(?:(?!(?:it|pain|this|that|ache)\b)\w+ ){0,2}$", re.I
)
_TO_A_PLACE = re.compile(
    r"\s(?:down|into|past|below|beyond|(?:in)?to (?:the |her |his |my )?(?:leg|thigh|calf|foot|knee|groin))\b", re.I
)
_LEG = frozenset({"posterior_thigh", "lower_leg", "foot", "leg"})
_STOP = re.compile(r"[.;]")
_NO_PAIN = re.compile(r"\s(?:numb|tingl|paresth|weak|pins|sensor|motor)", re.IGNORECASE)  # "radiating numbness"
# Where the answer of a label ends.
_ANSWER_END = re.compile(r"[.;|]|\s{3,}|$|,\s(?=\w+\s?:)|\s{2}(?=[A-Z][\w ]{2,25}:)", re.M)


@dataclass(frozen=True)
class Answer:
    """The answer of a label or a question about radiation, at [start, end); None where it was left open."""

    start: int
    end: int
    radiating: bool | None
    sites: list[Site] = field(default_factory=list)


def answer(reading: Reading, start: int, end: int) -> Answer | None:
    """The first label or question about radiation in [start, end), with its answer."""
    regexes, text = reading.patterns.regexes, reading.text
    label = regexes["radiation_label"].search(text, start, end)
    question = regexes["radiation_question"].search(text, start, min(len(text), end + 10))
    cue = min((m for m in (label, question) if m), key=lambda m: m.start(), default=None)
    if cue is None:
        return None
    begin = cue.start() + len(cue[0]) - len(cue[0].lstrip(" .;|,"))
    stop = _ANSWER_END.search(text, cue.end(), max(end, min(len(text), cue.end() + 20)))
    last = stop.start() if stop else end
    if regexes["radiation_no"].match(text, cue.end(), max(last, cue.end() + 3)):
        return Answer(begin, last, radiating=False)
    sites = [s for s in find_sites(reading, cue.end(), last) if not is_denied(reading, s, cue.end(), last)]
    if sites or regexes["radiation_yes"].match(text, cue.end(), max(last, cue.end() + 3)):
        return Answer(begin, last, radiating=True, sites=sites)
    return Answer(begin, last, radiating=None)


def says_radiating(reading: Reading, start: int, end: int, located: list[Site]) -> bool | None:
    """Whether the words of [start, end) tell that the pain radiates; None where they do not say."""
    if told_far(reading, start, end):
        return True
    denials = _denials(reading, start, end)
    located = [s for s in located if not any(low <= s.start < high for low, high in denials)]
    if any(s.value in _LEG for s in located) and any(s.value != "foot" for s in located):  # a foot that hurts alone
        return True
    return False if denials else None


def says_not(reading: Reading, start: int, end: int) -> bool:
    """Whether the words of [start, end) say that the pain does not radiate, or no longer."""
    return bool(_denials(reading, start, end))


def _denials(reading: Reading, start: int, end: int) -> list[tuple[int, int]]:
    """Where the words of [start, end) say that the pain does not radiate."""
    regexes, text = reading.patterns.regexes, reading.text
    found = [
        m.span()
        for m in regexes["radiates_not"].finditer(text, start, end)
        if not _NO_PAIN.match(text, m.end(), end)
        and not _person_moves_no_more(text, start, m)
        and not regexes["radiates_not_of"].search(text[max(start, m.start() - 60) : m.start()])
    ]
    return found + [m.span() for m in regexes["radiates_not_below"].finditer(text, start, end)]


def _person_moves_no_more(text: str, low: int, m: re.Match[str]) -> bool:
    """ "She has quit running" is said of a person, "it stopped running down the leg" of the pain."""
    return (
        _MOVES_NO_MORE.match(m[0]) is not None
        and _PERSON.search(text[max(low, m.start() - 30) : m.start()]) is not None
        and _TO_A_PLACE.match(text, m.end()) is None
    )


def told_far(reading: Reading, start: int, end: int) -> list[tuple[int, int]]:
    """Where the words of [start, end) say that the pain radiates."""
    regexes, text = reading.patterns.regexes, reading.text
    denied = _denials(reading, start, end)
    out = []
    for m in regexes["radiates"].finditer(text, start, end):
        if any(s <= m.start() <= e + 25 or m.start() <= s < m.end() for s, e in denied):
            continue
        before = text[max(start, m.start() - 60) : m.start()]
        if regexes["radiates_unless"].search(before) or re.search(
            r"\b(?:no|not|never|without|denies|nor|none|neither|nothing)\b[^.;,]{0,30}$", before, re.I
        ):
            continue
        stop = _STOP.search(text, m.end(), min(end, m.end() + 40))
        if not regexes["pain_was"].search(
            text, m.end(), stop.start() if stop else min(end, m.end() + 40)
        ) and not _is_of_a_person(m):
            out.append(m.span())
    return out


def _is_of_a_person(m: re.Match[str]) -> bool:
    """ "goes to the hip clinic", "move the hips": a verb of going that does not radiate."""
    return bool(
        re.match(r"(?:go|going|goes|mov|runs?|running|work|track|com)", m[0], re.I)
        and re.search(r"\b(?:clinic|walk|run|stairs|bed|store|school|up and down)\b", m[0], re.I)
    )
