"""Which sentences of a note go on with the study told before them, and with which one of several."""

from __future__ import annotations

import re

from chartproof.extract.imaging.place import SPINAL
from chartproof.extract.imaging.study import PAIRED, SPINE, Mention
from chartproof.extract.imaging.units import anatomy_in
from chartproof.language.reading import Reading, Sentence

_BLOOD = re.compile(r"\b(?:HLA|ESR|CRP|ANA|sed rate|rheumatoid factor|RF|anti-?CCP|cotinine|A1c|CBC|uric acid)\b")
_PLAIN_NORMAL = re.compile(
    r"\b(?:normal|unremarkable|preserved|intact|maintained|patent|WNL|nl|negative|clear|clean|spared|healthy)\b"
    r"|\b(?:left|right|other|opposite|contralateral)(?: (?:side|one|joint))? (?:looks?|is|appears?|seems?) ",
    re.I,
)
# what no hand and no patient tells of
_OF_FILMS_ALONE = frozenset(
    "sclerosis osteophytes erosion vacuum_phenomenon subchondral_cyst bone_marrow_edema ankylosis joint_space_narrowing"
    " facet_arthropathy".split()
)
_BETWEEN = 160  # characters of such a sentence, at most
_STUDY_SECTIONS = ("imaging", "labs", "findings")


def spoken_of(reading: Reading, sentence: Sentence, several: list[Mention]) -> Mention | None:
    """The one of several studies that a sentence behind them tells of: the last one, where the sentence runs on from
    a wrapped line, else the only one that shows the places and findings it names."""
    if len(several) == 1:
        return several[0]
    text, patterns = reading.text, reading.patterns
    if not text[: sentence.start].rstrip().endswith((".", ":", ";", ")", "]")):
        return several[-1]
    places = {a.region for a in anatomy_in(patterns, text, sentence.start, sentence.end)} & {*PAIRED, *SPINE}
    found = {f for f, _ in patterns.find("imaging_finding", text, sentence.start, sentence.end)}
    if found & SPINAL:
        places |= {"lumbar_spine"}
    if len(places) != 1 or not all(m.regions for m in several):
        return None
    place = places.pop()
    shows = [m for m in several if place in m.regions or (place in PAIRED and "pelvis" in m.regions)]
    return shows[0] if len(shows) == 1 else None


def is_between(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence that tells nothing of a study may stand between two that do."""
    text = reading.text
    if sentence.end - sentence.start > _BETWEEN or "\n\n" in text[_before(reading, sentence).end : sentence.start]:
        return False
    if _before(reading, sentence).section is not sentence.section:
        return False
    return reading.patterns.regexes["img_other_matter"].search(text, sentence.start, sentence.end) is None


def goes_on(reading: Reading, sentence: Sentence, previous: list[Mention]) -> bool:
    """Whether a sentence without a study of its own still tells of the one before."""
    text, patterns = reading.text, reading.patterns
    last = reading.sentence_at(previous[-1].start)
    if _BLOOD.search(text, sentence.start, sentence.end):
        return False
    runs_on = (
        sentence.section.category in ("impression", "findings")
        and "\n" not in text[_before(reading, sentence).end : sentence.start]
    )
    if sentence.section is not last.section and not runs_on and not _is_labelled_region(reading, sentence, last):
        if sentence.section.category not in ("findings", "impression", "other") or not is_imaging(last):
            return False
    says_normal = patterns.regexes["img_normal_word"].search(text, sentence.start, sentence.end) and (
        next(patterns.find("imaging_anatomy", text, sentence.start, sentence.end), None)
        or _PLAIN_NORMAL.search(text, sentence.start, sentence.end)
    )
    if next(patterns.find("imaging_finding", text, sentence.start, sentence.end), None) is None and not says_normal:
        return is_imaging(sentence) and "\n" not in text[last.end : sentence.start]
    if is_imaging(sentence):
        return True
    own = patterns.regexes["img_own_reading"].match(text, sentence.start, sentence.end)
    start = sentence.start if own is None else own.end()  # "I see some sclerosis at the bottom of the joint"
    if patterns.regexes["img_of_images"].search(text, sentence.start, sentence.end):
        # "the radiologist called it normal, but on my own review of the axial cuts ..."
        return not patterns.regexes["img_other_matter"].search(text, start, sentence.end)
    found = {f for f, _ in patterns.find("imaging_finding", text, sentence.start, sentence.end)}
    if found & _OF_FILMS_ALONE:  # "a few erosive irregularities that I believe are degenerative"
        return not patterns.regexes["img_other_matter"].search(text, start, sentence.end)
    return not patterns.regexes["img_not_report"].search(text, start, sentence.end)


def _before(reading: Reading, sentence: Sentence) -> Sentence:
    return reading.sentences[max(0, sentence.index - 1)]


def _is_labelled_region(reading: Reading, sentence: Sentence, last: Sentence) -> bool:
    """ "Radiographs of the pelvis were obtained. Pelvis: the SI joints ...": a label in the run of the text."""
    if "\n" in reading.text[last.end : sentence.start]:
        return False
    return reading.patterns.first("imaging_region", sentence.section.title or "") is not None


def is_imaging(sentence: Sentence) -> bool:
    """Whether a sentence stands under a heading for studies, or under a label within one."""
    section = sentence.section
    return section.category in _STUDY_SECTIONS or (section.category == "other" and section.parent in _STUDY_SECTIONS)
