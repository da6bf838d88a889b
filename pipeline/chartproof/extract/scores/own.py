"""Whether a score that a sentence tells is the present one of this pain: no goal, no other site, no other measure."""

from __future__ import annotations

import re

from chartproof.extract.scores.visits import first_visit, is_really_score
from chartproof.extract.scores.written import Written, masked
from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import NoteType

_PAIN_NAME = re.compile(r"\b(?:pain|painsc(?:ore|ale)?|nrs|nprs|vas|vps|ache|discomfort)\b", re.I)
_BEFORE_INJECTION = re.compile(r"\s?\(?(?:before|prior to|pre\b|pre-)", re.I)
# A number is told whatever stands about it; only what is said of nobody or of somebody else is no score.
_STILL_SCORES = (
    "historical",
    "negated",
    "possible",
    "planned",
    "declined",
    "other_person",
    "hypothetical",
    "education",
)
# What is dated so is no score: "cotinine drawn 6/10".
_DATED = re.compile(
    r"\b(?:drawn|collected|resulted|received|faxed|scheduled|sched|appt|w/ (?:pt|patient)|mri|ct|lab|dose|seen"
    r"|next visit|f/u|rtc|filled|refilled|resumed|held"
    r"|posted|uploaded|x-?rays?|films?|report|\) given|(?:card|handout|hep|exercises) given)\s+\(?$",
    re.I,
)
_OF_EVENT = re.compile(
    r"\b(?:inj(?:ection|xn)?|blocks?|shots?|procedure|surgery|visit|siji?|rfa|esi)(?: (?:on|of))?\s+$", re.I
)
# Where what is said of a goal, or of an earlier visit, ends or begins: "goal 3/10; now 7/10", "7/10 (goal 3/10)".
_GOAL_CUT = re.compile(
    r";|\)|\||(?:,|\.|\band|\bbut) (?=(?:(?:is|pain|was) )?(?:now|currently|today|current|presently|still)\b)", re.I
)
_GOAL_CUT_BEHIND = re.compile(r";|\((?=[^)]*\d)|\||,\s(?=goal|target)|\.\s(?=[A-Z])")
_PAST_CUT = re.compile(r";|\band (?:is|has|now)\b|\bbut\b|,\s(?:now|today|is)\b", re.I)
_LAST_VISIT = re.compile(r"\s?\(?at (?:the |his |her )?last visit", re.I)
_BACK = 400  # characters before a score that are looked at for what it measures
_OPENS_LINE = re.compile(r"[\s*|-]{0,8}")
_BEHIND = re.compile(
    r"^\s?(?:/\s?10\s?)?(?:pain|ache)?\s?(?:in|at|over|for|of|on|to)?\s?(?:the|her|his|my|both)?\s?(?:(?:right|left|r|l)\b)?\s?$",
    re.I,
)


def is_pain_score(reading: Reading, sentence: Sentence, w: Written) -> bool:
    """Whether a score written in a sentence is this pain's, and no goal, bound, date or earlier score."""
    regexes = reading.patterns.regexes
    if w.name:
        return True
    is_one = w.low == w.high and not w.change
    if _is_item(reading, sentence, w):
        return False  # "POSTOPERATIVE DIAGNOSES: 1. Cervical ...", "1 SI pain  2 fibromyalgia"
    if is_one and any(not is_really_score(reading, d) for d in reading.dates_over(w.start, w.end)):
        return False
    before = masked(reading, max(sentence.start, w.start - _BACK), w.start)
    after = re.split(r"\s{2,}|\|", reading.text[w.end : min(sentence.end, w.end + 45)])[0]
    if not w.change and regexes["score_bound"].search(before[-30:]):
        return False
    if "/" in reading.text[w.start : w.end] and _DATED.search(before[-30:]):
        return False
    if "/" in reading.text[w.start : w.end] and _OF_EVENT.search(before[-30:]) and after.startswith(":"):
        return False  # "left SI injection 9/10: 80% better"
    line = reading.line_at(w.start)
    measure = _OPENS_LINE.match(line.text)
    if measure and reading.patterns.regexes["score_measure"].match(line.text, measure.end()):
        if not _PAIN_NAME.search(reading.text, line.start, w.start):
            return False  # a row of another questionnaire
    clause = _GOAL_CUT.split(before[-70:])[-1] + reading.text[w.start : w.end] + _GOAL_CUT_BEHIND.split(after[:30])[0]
    if regexes["score_goal"].search(clause) and not re.search(r"\b(?:pre|post)\b", clause, re.I):
        return False
    is_past = (
        is_one
        and regexes["score_past"].search(_PAST_CUT.split(before[-40:])[-1])
        and not _BEFORE_INJECTION.match(after)
    )
    is_past = is_past or (
        is_one
        and regexes["score_past_now"].search(before[-60:])
        and reading.patterns.first("score_qualifier", after[:30]) is None
    )
    is_past = is_past and reading.note.type is not NoteType.PROCEDURE
    if is_past or (regexes["score_past_after"].match(after) and not _ends_course(reading, after)):
        return False
    if reading.assertion(w.start, w.end, ignore=_STILL_SCORES).says_nothing:
        return False
    return _is_own(reading, before, after)


def _is_item(reading: Reading, sentence: Sentence, w: Written) -> bool:
    """Whether a bare number is the number of an item of a list."""
    text = reading.text
    if not text[w.start : w.end].strip().isdigit() or w.change:
        return False
    n = int(text[w.start : w.end])
    before, after = text[max(0, w.start - 60) : w.start], text[w.end : w.end + 4]
    if (
        n > 1
        and re.match(r"\s(?:\?\w|[A-Z][A-Za-z])", after)
        and re.search(rf"(?:^|\s){n - 1}[.)]?\s+\??[A-Z]", before)
    ):
        return True
    label = re.search(r"([A-Za-z][^:.;|\n]{0,40}):\s*$", before)
    is_item = label is not None and n == 1 and re.match(r"[.)]\s", after) is not None
    return (
        is_item
        and label is not None
        and _PAIN_NAME.search(label[1]) is None
        and reading.patterns.first("score_qualifier", re.sub(r"(?i)\b(?:pre|post)\w*\b|\bcurrent\w*", "", label[1]))
        is None
    )


def _ends_course(reading: Reading, after: str) -> bool:
    """Whether "at the last visit" is the visit that a therapist's summary closes with."""
    return (
        _LAST_VISIT.match(after) is not None
        and reading.note.type in (NoteType.PT, NoteType.OTHER)
        and first_visit(reading) is not None
    )


def _is_own(reading: Reading, before: str, after: str) -> bool:
    """Whether the site, or the measure, named nearest to the score is this pain's."""
    patterns = reading.patterns
    if re.match(
        r"\s?(?:for|in|on) (?:\w+ )?(?:function|stiffness|fatigue|sleep|satisfaction|mood|stress|anxiety)\b", after
    ):
        return False
    for value, m in patterns.find("score_site", after[:40]):
        if _BEHIND.match(after[: m.start()]):
            return value == "own"
        break
    measure = max(patterns.regexes["score_measure"].finditer(before), key=lambda m: m.end(), default=None)
    if (
        measure
        and not _PAIN_NAME.search(before, measure.end())
        and len(before) - measure.end() < 40
        and not re.search(r"[.;]|,\s|\s{3,}", before[measure.end() :])
    ):
        return False
    sites = list(patterns.find("score_site", before))
    if not sites:
        return True
    value, m = sites[-1]
    if value == "own":
        return True
    # "neck is fine, pain today 6/10": a new statement about the pain
    parted = re.search(r"[,;.|]|\s{2,}|\bbut\b", before[m.end() :])
    return bool(parted and _PAIN_NAME.search(before, m.end() + parted.start()))
