"""Which regions a study told in a note is of: the words after its modality, or before it."""

from __future__ import annotations

import re

from chartproof.extract.imaging.study import PAIRED
from chartproof.extract.imaging.titles import regions_named
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality

_JOIN = re.compile(
    r"\s*(?:,|/|&|\+|and|or|with (?:special )?attention to|including|to include|(?<=lumbo))\s*"
    r"(?:the |of |both |bilateral |left |right |AP |PA |lateral |oblique |standing |frog[- ]?leg(?:ged)? |(?-i:[LR]) "
    r"|[23][- ]views? )*",
    re.I,
)
# what ends the name of a study: "L-spine, narrow disc ...", "AP pelvis. Mild ...", "L-spine 2v - "
_TITLE_END = re.compile(r"\s*(?:[,.;:(]|-\s|$|(?:\d ?)?(?:views?|v)\b|with\b|shows?\b|AP\b|lat|films?\b)", re.I)
_SIDED = re.compile(r"\b(?:L|R|left|right|bilateral|bilat|both)\s*$", re.I)
_SIDE_AFTER = re.compile(r"\s*\(?(?:L|R|left|right|bilateral)\)?(?=\s*(?:[,:(]|\d))", re.I)
_SIDE_AFTER_NAME = re.compile(r"\s*\(?(?-i:L|R|left|right|LEFT|RIGHT)\)?(?=\s*(?:[,:(]|\d|today|films?|views?))", re.I)
_SUBJECT = re.compile(r"\s+(?:is|are|was|were|looks?|appears?|has|have|shows?|seems?)\b", re.I)
_VIEWS_AHEAD = re.compile(r"\s*(?:joints? )?(?:views?|x-?rays?|films?|radiographs?|\(?\d{1,2}[/-])", re.I)
_BEFORE_GAP = re.compile(
    r"\s*(?:(?:joints?|spine|plain|AP|PA|lateral|digital|outside|standing|recent|repeat|prior|region|protocol|flexion|extension|flex|ext|dynamic|views?|left|right|bilateral|[-/&(:])[\s/:(-]*)*",
    re.I,
)
_VIEW_GAP = re.compile(
    r"[\s,(]*(?:(?:AP|PA|lateral|inlet|outlet|obliques?|Judet|Ferguson|frog|frog-leg|standing|views?|and|with|weight-bearing|plain)\b[\s,/&)]*)+",
    re.I,
)


def regions_of_study(
    reading: Reading, sentence: Sentence, modality: str, m: re.Match[str], limit: int, taken: int
) -> tuple[dict[str, Laterality | None], int, int]:
    """The regions told after the modality ("MRI of the lumbar spine") or before it ("pelvis and hip films")."""
    text, patterns = reading.text, reading.patterns
    start, end = m.start(), m.end()
    first = last = None
    at = m.end()
    low = max(sentence.start, taken)
    # to the end of the modality, which "LS" looks ahead for
    before = [h for _, h in patterns.find("imaging_region", text, low, m.end()) if h.end() <= m.start()]
    lead_gap = text[before[-1].end() : m.start()] if before else ""
    if before and (_BEFORE_GAP.fullmatch(lead_gap) or (modality == "radiograph" and _VIEW_GAP.fullmatch(lead_gap))):
        first_at = before[-1]
        for h in reversed(before[:-1]):
            if not _JOIN.fullmatch(text[h.end() : first_at.start()]):
                break
            first_at = h
        lead = re.search(r"(?:(?<!\w)(?:left|right|bilateral|both|AP|L|R)\s+)+$", text[low : first_at.start()], re.I)
        start = low + lead.start() if lead else first_at.start()
        named = regions_named(patterns, text, start, m.end())
        sided = _SIDE_AFTER.match(text, end, limit)
        if sided and len(named) == 1 and set(named) <= set(PAIRED) and not any(named.values()):
            named = dict.fromkeys(named, next(find_sides(sided[0])).side)
        return named, start, end
    form = patterns.regexes["img_form_yes"].match(text, m.end(), limit)
    if form:
        # "X-ray: Y   body part: pelvis   date: 4/1/25"
        hits = [h for _, h in patterns.find("imaging_region", text, form.end(), limit)]
        if hits:
            return regions_named(patterns, text, hits[0].start(), hits[0].end()), start, hits[0].end()
    for _, hit in patterns.find("imaging_region", text, m.end(), min(limit, m.end() + 140)):
        gap = text[at : hit.start()]
        if limit < sentence.end and hit.end() <= limit and _BEFORE_GAP.fullmatch(text[hit.end() : limit]):
            break  # the next study's region
        if " of " not in gap and ":" not in gap and _SUBJECT.match(text, hit.end(), sentence.end) and not before:
            if re.search(r"\b(?:the|her|his|both)\s+(?:left |right |\w+ )?$", gap, re.I):
                break  # "on plain films the right SI joint is sclerotic"
        if ":" in gap and _SIDED.search(gap) and not _VIEWS_AHEAD.match(text, hit.end()):
            break  # "CT: L SI joint with sclerosis" tells what is seen
        fits = (
            _is_filler(reading, at, hit.start()) or _heads_a_study(reading, at, hit, limit)
            if first is None
            else bool(_JOIN.fullmatch(gap)) or _is_joined(reading, at, hit.start())
        )
        if not fits:
            break
        first = m.end() if first is None else first
        last = at = hit.end()
    if last is not None:
        named = regions_named(patterns, text, m.end(), last)
        sided = _SIDE_AFTER_NAME.match(text, last, limit)
        if sided and len(named) == 1 and set(named) <= set(PAIRED) and not any(named.values()):
            named = dict.fromkeys(named, next(find_sides(sided[0])).side)
        return named, start, last
    return {}, start, end


def _is_filler(reading: Reading, start: int, end: int) -> bool:
    text = reading.text[start:end]
    if len(text) > 60 or re.search(r"[;:=]\s|\. ", re.sub(r"^\s*:", "", text)):
        return False
    for d in reading.dates_in(start, end):
        text = text.replace(reading.text[d.start : d.end], " ")
    rest = reading.patterns.regexes["img_title_words"].sub(
        " ", re.sub(r"\b(?:his|her|our|my|your|their|taken|obtained|today|dated|L|R)\b", " ", text)
    )
    return not re.search(r"[A-Za-z]{2,}", rest) and text.count(",") <= 2


def _heads_a_study(reading: Reading, start: int, hit: re.Match[str], limit: int) -> bool:
    """Whether a region behind "Films here today:" is that of the study, told like a title and not of what is seen."""
    text = reading.text
    if not _TITLE_END.match(text, hit.end(), limit):
        return False
    gap = re.sub(r"(?:AP|PA|lat(?:eral)?|[\d/ ,-])+$", "", text[start : hit.start()], flags=re.I).rstrip()
    colon = start + len(gap) - 1
    return gap.endswith(":") and bool(reading.dates_in(start, colon)) and _is_filler(reading, start, colon)


def _is_joined(reading: Reading, start: int, end: int) -> bool:
    gap = reading.text[start:end]
    for d in reading.dates_in(start, end):
        gap = gap.replace(reading.text[d.start : d.end], " ")
    return len(gap) < 40 and bool(re.search(r"\band\b|[&+/]", gap)) and _is_filler(reading, start, end)
