"""A follow-up that tells what came of an injection and never names one ("She was 70% better for five weeks").

It says nothing by itself; assembled, it is told of the last injection before its note, where one is documented
shortly before. So it is read only from a note that speaks of no other treatment.
"""

from __future__ import annotations

import re

from chartproof.extract.injections.by_side import SIDES, sides_told
from chartproof.extract.injections.cue_links import FOLLOWS_UP
from chartproof.extract.injections.mention import says_nothing
from chartproof.extract.injections.mention_links import other_sites
from chartproof.extract.injections.narrative import Narrative
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import Laterality, NoteType

_TYPES = (NoteType.TELEPHONE, NoteType.PROGRESS, NoteType.CONSULT, NoteType.LETTER, NoteType.OTHER)
_SECTIONS_ELSE = frozenset(
    "plan exam ros imaging labs medications allergies pmh psh family_history social_history assessment instructions "
    "consent policy education".split()
)
_OPENING = 80  # characters: what a note begins with is what it is about
_MEASURE = re.compile(r"\d ?(?:%|percent)|\brelie\w+|\bbetter\b|\bhelp(?:s|ed|ing)\b|\blast(?:ed|s)\b", re.I)
_LONGEST = 900  # characters: a longer note that names no injection is about something else
_ON_SIDE = re.compile(
    r"\b(?:on|in) (?:the|his|her|my) (?P<on>left|right)\b|\b(?P<of>left|right) (?:side|SI\b|SIJ|sacro|joint|buttock)",
    re.I,
)
_OF_ALL = re.compile(
    r"\b(?:the (?:pair|two|both) of (?:them|these)|both of (?:them|these)"
    r"|(?:the )?(?:combined|paired) (?:shots|inj\w*|blocks|procedures?)|both (?:shots|injections|blocks)"
    r"|(?:the )?two together|the combination)\b",
    re.I,
)
# "80% better" alone may be of anything; relief, its length or its end are of a treatment
_OF_TREATMENT = re.compile(
    r"\brelie\w+|\bw(?:ore|orn|ears?|earing)\b|\bhelp|\blast(?:ed|s|ing)\b|\bheld\b|\bnumb|\buntil\b|\btill\b"
    r"|\b(?:days?|weeks?|wks?|months?|mos?|hours?|hrs?|min(?:ute)?s?)\b|\b(?:pair|both|two) of (?:them|these)\b",
    re.I,
)
_OTHER_CAUSE = re.compile(
    r"\b(?:since (?:starting|stopping|losing|quitting|the (?:accident|surgery|fall))|weight loss|pregnan\w+|rash|cough"
    r"|brother|sister|mother(?!'s day)|father(?!'s day)|husband|wife|friend|neighbou?r|son|daughter"
    r"|wound|incision|insurance|bill"
    r"|hop(?:es?|ed|ing)|wish\w*|wants?|would like|goal|expect\w*|sleep(?:ing)? (?:is|was)"
    r"|mood|depress\w+|anxiety|headaches?|numbness|strength|range of motion|ROM|function)\b",
    re.I,
)


def follow_up(reading: Reading) -> list[Telling]:
    """What a note that speaks of no injection tells of the outcome of the one before it."""
    if reading.note.type not in _TYPES or reading.is_report:
        return []
    follows = FOLLOWS_UP.search(reading.text, 0, 260) is not None
    rivals = [m.start() for _, m in reading.patterns.find("injection_rival", reading.text)]
    if len(reading.text) > _LONGEST * (2 if follows else 1) or (
        rivals and not follows and _is_of_a_rival(reading, rivals)
    ):
        return []
    stop = min(rivals, default=len(reading.text)) if follows else len(reading.text)
    told = [
        s
        for s in reading.sentences
        if s.start < stop
        and s.section.category not in _SECTIONS_ELSE
        and s.zone not in ("hypothetical", "policy", "education")
        and not says_nothing(reading, s)
        and not _OTHER_CAUSE.search(reading.text, s.start, s.end)
        and (follows or not any(s.start <= at < s.end for at in rivals))
    ]
    narrative = Narrative(reading, [])
    outcome = [s for s in told if narrative.cues.relief(s.start, s.end, True)]
    if not outcome or not any(_OF_TREATMENT.search(reading.text, s.start, s.end) for s in outcome):
        return []
    meant = _meant(reading, outcome, told)
    narrative.known.tellings = list(meant)
    narrative.known.focus, narrative.known.focus_sentence = list(meant), max(0, outcome[0].index - 1)
    narrative.read(told)
    return [t for t in meant if _outcome_told(t, len(meant) > 1)]


def _is_of_a_rival(reading: Reading, rivals: list[int]) -> bool:
    """Whether the note opens with another treatment, or tells an outcome right behind one ("PT helped. 50% better")."""
    if rivals[0] < _OPENING:
        return True
    for at in rivals:
        here = reading.sentence_at(at)
        following = reading.sentences[here.index + 1] if here.index + 1 < len(reading.sentences) else None
        for s in (here, following):
            if s is not None and _MEASURE.search(reading.text, s.start, s.end):
                return True
    return False


def _meant(reading: Reading, outcome: list[Sentence], told: list[Sentence]) -> list[Telling]:
    """The injections that the outcome is told of: one a site or a side where these are told apart, else the last."""
    text = reading.text
    first, last = outcome[0].start, outcome[-1].end
    sided = {side for s in outcome for _, _, side in sides_told(text, first, s.end)}
    if sided == set(SIDES):
        return [_last("si_joint", side) for side in SIDES]
    named = {target for s in told for target, _, _ in other_sites(reading, s)}
    if named & {"other", "hip_joint"}:
        return []  # of another joint
    sites = list(dict.fromkeys(target for s in outcome for target, _, _ in other_sites(reading, s)))
    if len(sites) > 1:
        return [_last(target, None) for target in sites]
    sides = {(m["on"] or m["of"]).lower() for m in _ON_SIDE.finditer(text, first, last)}
    one = _last(sites[0] if sites else None, None)
    one.side = Laterality(sides.pop()) if len(sides) == 1 else None
    one.combined = _OF_ALL.search(text, first, last) is not None
    return [one]


def _last(target: str | None, side: Laterality | None) -> Telling:
    return Telling(target, "performed", side, implicit=True, twin=side is not None)


def _outcome_told(t: Telling, apart: bool) -> bool:
    """Whether it gives a figure or a length; "no change" says something only where others are told beside it."""
    if t.values.get("relief_percent") == (0.0, 0.0):
        return apart
    t.scores = None  # scores of two visits are no outcome
    return t.values.get("relief_percent") is not None or t.values.get("relief_days") is not None
