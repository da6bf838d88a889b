"""Where a note names a disorder: hits of the target rules that do mean the disorder."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartproof.extract.conditions.forms import answer_of
from chartproof.language.reading import Reading
from chartproof.model.vocab import NoteType

# What a rule's category says of presence by itself.
_FORCED: dict[str, str | None] = {
    "condition": None,
    "condition_absent": "absent",
    "condition_present": "present",
}
# Disorders of the spine that every part of it can have; only those of the lumbar spine are meant.
_SPINAL = frozenset("lumbar_stenosis disc_herniation spondylolisthesis lumbar_radiculopathy facet_syndrome".split())
# Disorders that reports of imaging show as findings; they are the patient's only where a clinician says so.
IMAGED = frozenset(
    "lumbar_stenosis disc_herniation spondylolisthesis hip_osteoarthritis scoliosis pelvic_fracture".split()
)
# Disorders whose names also stand in reports as what was not seen.
SHOWN_ON_FILMS = IMAGED | {"infection", "malignancy", "traumatic_instability", "osteoporosis"}
_ANSWERED_NO = re.compile(
    r"(?: (?:anywhere|now|today|currently|present|active|symptoms|of any kind)){0,3}\s?[:?]\s{0,16}"
    r"(?:no|n|none|denies|neg(?:ative)?)\b",
    re.I,
)
_SPECIMEN = re.compile(
    r"\b(?:margins?|biops\w+|nodes?|specimens?|frozen sections?|curettings?|cytology"
    r"|atypia|dysplasia|stains?|granulomas?)\b",
    re.I,
)
_OF_SPECIMENS = frozenset({"PATHOLOGY", "Pathology", "SPECIMEN", "Specimen", "SPECIMENS", "Specimens"})
_PAIN_ALL_OVER = re.compile(
    r"(?:generali[sz]ed|widespread) (?:body |musculoskeletal )?pain|.*\ball over"
    r"|(?:whole|total|all-over)[- ]?body pain",
    re.I,
)
# The neck or the chest alone: nothing of the lower spine, the pelvis or the legs is spoken of.
_UPPER = re.compile(
    r"\b(?:cervical|(?-i:C[2-7](?: ?- ?C?[3-7]| ?- ?T1)?)|thoracic spine|neck pain|neck and arm)\b", re.I
)
_LOWER = re.compile(
    r"\b(?:lumb\w+|L-?S?[ -]?spine|(?-i:L[1-5])|S1|back|legs?|buttocks?|hips?|(?-i:SIJ?)|sacr\w+|sciatic\w*|thighs?"
    r"|claudication|pelvi[sc])\b",
    re.I,
)
# Index words that an archive puts at a note's end: ".hematology, brca mutation, breast cancer, discharge,"
# An item begins with no space: else a comma could be passed in two ways, and many of them in a great many.
_INDEX_WORDS = re.compile(r"\.(?=[a-z][a-z0-9 /&'-]{2,40},)(?: ?[a-z0-9/&'()-][a-z0-9 /&'()-]{0,39},){3,40} ?$")
_THAT_JOINT = re.compile(r"\b(?:that|this|the same|said) joint$", re.I)  # the SI joint, where it was named before


_INFLAMED = r"(?:inflam\w*|infectious|infective|septic|bacterial|pyogenic)"
_INFLAMED_BEFORE = re.compile(
    rf"(?<!non-)(?<!non )\b{_INFLAMED}(?: (?:or|and) \w+)?(?: SI(?: joint)?| bilateral)? $", re.I
)
_INFLAMED_BEHIND = re.compile(
    rf"[ ,]{{0,2}}\(?(?:\w+ )?{_INFLAMED}(?! (?:back|bowel|arthr|disease|disorder|condition))\b", re.I
)
_NOTHING = re.compile(r"\bnothing\b", re.I)


@dataclass(frozen=True)
class Mention:
    """A disorder named at [start, end) of the text; ``forced`` is the presence that the words themselves say."""

    name: str
    start: int
    end: int
    forced: str | None = None


def mentions_in(reading: Reading) -> list[Mention]:
    """The disorders that a note names, in order; words that stand for something else are left out."""
    found = [Mention(t.value, t.start, t.end, _FORCED[c]) for c in _FORCED for t in reading.targets_of(c)]
    found.sort(key=lambda m: (m.start, m.end))
    tail = max(0, len(reading.text) - 600)
    if found and found[-1].end > tail and (index := _INDEX_WORDS.search(reading.text.rstrip(), tail)):
        found = [m for m in found if m.start < index.start()]
    forced = [m for m in found if m.forced]
    return [
        m
        for m in found
        if (m.forced or not any(f.name == m.name and f.start < m.end and m.start < f.end for f in forced))
        and _means_it(reading, m)
    ]


def before(reading: Reading, mention: Mention, reach: int = 160) -> str:
    """The words before a mention, in its sentence."""
    low = reading.sentence_at(mention.start).start
    ahead = reading.text[max(0, low - 3) : low].rstrip(" ")
    if ahead.endswith("?") and ahead[-2:-1] in ("", " ", "\n", "(", "/"):
        low -= len(reading.text[max(0, low - 3) : low]) - len(ahead) + 1  # "? fibromyalgia" is no question and answer
    return reading.text[max(low, mention.start - reach) : mention.start]


def after(reading: Reading, mention: Mention, reach: int = 130) -> str:
    """The words after a mention, in its sentence."""
    high = min(max(reading.sentence_at(mention.start).end, mention.end), mention.end + reach)
    return reading.text[mention.end : high]


def _means_it(reading: Reading, mention: Mention) -> bool:
    regexes, words = reading.patterns.regexes, reading.text[mention.start : mention.end]
    left, right = before(reading, mention), after(reading, mention)
    sentence = reading.sentence_at(mention.start)
    if len(words) < 4 and _signs(reading, mention):
        return False
    if regexes["condition_denial"].search(reading.text, sentence.start, mention.start):
        return False
    tested = regexes["condition_tested_for"].search(left) and regexes["condition_tested_negative"].search(right)
    if regexes["condition_not"].search(left) and not tested:
        return False
    if regexes["condition_not_the_disorder"].match(right) and not regexes["condition_not_met_before"].search(left):
        return False
    if mention.name == "lumbar_radiculopathy" and _in_code_title(reading, mention):
        return False
    if mention.name in _SPINAL:
        return _is_lumbar(reading, mention)
    match mention.name:
        case "diabetes":
            return mention.forced is not None or not regexes["condition_gestational"].search(left)
        case "ankylosing_spondylitis":
            near = left[-40:] + right[:40]
            return words != "AS" or not (regexes["condition_aortic"].search(near) or _all_capitals(near))
        case "rheumatoid_arthritis":
            return words != "RA" or not regexes["condition_room_air"].search(left[-14:])
        case "sacroiliitis":
            # "no inflammatory sacroiliitis" is a finding of the study
            return not (_INFLAMED_BEFORE.search(left) or _INFLAMED_BEHIND.match(right))
        case "infection":
            treated = re.search(r"\b(?:antibiotics?|treated)(?: for)? (?:an? )?$", left, re.I)
            own = (
                _is_infection(reading, mention, left, right)
                or in_list_of_disorders(reading, mention)
                or _answered_or_with_cancer(reading, mention, left, right)
            )
            return own and not treated
        case "anxiety":
            # what is given against the fear of a procedure
            return not (left.rstrip().endswith(" for") and regexes["condition_procedure_nerves"].search(left + right))
        case "malignancy":
            of_specimen = _SPECIMEN.search(left) or reading.section_at(mention.start).title in _OF_SPECIMENS
            if of_specimen and regexes["condition_negator"].search(left):
                return False  # "margins were negative for carcinoma" says nothing of whether there was one
            if words == "CA" and left.endswith(", ") and not regexes["condition_negator"].search(left):
                return False  # a state
            # "no tumor" is said of films; a history of tumor is the patient's
            if re.fullmatch(r"tumou?rs?", words, re.I):
                told = regexes["condition_history_words"].search(left)
                return bool(told) or in_list_of_disorders(reading, mention)
        case "si_joint_dysfunction":
            if words.lower() == "joint dysfunction" or _THAT_JOINT.search(words):
                return bool(re.search(r"\bsacro-?iliac|\bSI\b|\bSIJ\b", left, re.I))
        case "generalized_pain_disorder":
            # as a plain symptom it is no disorder; what is denied may be called so
            if _PAIN_ALL_OVER.fullmatch(words):
                return bool(regexes["condition_negator"].search(left))
        case "pregnancy":
            return bool(mention.forced) or not regexes["condition_not_own_pregnancy"].search(left[-25:])
    return True


def _signs(reading: Reading, mention: Mention) -> bool:
    """Whether letters that end the note, and stand for themselves, are somebody's initials: "... faxed 6/4. DM"."""
    if reading.text[mention.end : mention.end + 200].strip(" .)\n"):
        return False
    line = reading.line_at(mention.start)
    ahead = reading.text[line.start : mention.start].rstrip(" -/(")
    return bool(line.start or ahead) and (not ahead or ahead[-1] in ".!?")


def _all_capitals(words: str) -> bool:
    """Whether a stretch is all in capitals, so that "AS" in it may be the word."""
    return words.upper() == words and sum(map(str.isalpha, words)) > 8


def in_list_of_disorders(reading: Reading, mention: Mention) -> bool:
    """ "There is no fibromyalgia, infection or tumor": denied in one breath with disorders that no film shows."""
    sentence = reading.sentence_at(mention.start)
    text, regexes = reading.text, reading.patterns.regexes
    if regexes["condition_imaging_word"].search(text, sentence.start, sentence.end):
        return False
    if not regexes["condition_negator"].search(text, sentence.start, mention.start):
        return False
    others = reading.targets_of("condition", sentence.start, sentence.end)
    return any(t.value not in SHOWN_ON_FILMS or t.value == "traumatic_instability" for t in others)


def _in_code_title(reading: Reading, mention: Mention) -> bool:
    """ "Spondylosis without myelopathy or radiculopathy" is the title of a code and no judgement."""
    around = reading.text[max(0, mention.start - 30) : mention.end + 25]
    return reading.patterns.regexes["condition_code_title"].search(around) is not None


def _is_lumbar(reading: Reading, mention: Mention) -> bool:
    """No other part of the spine, and no vessel, is meant; stenosis needs words that say that the spine is."""
    regexes = reading.patterns.regexes
    words = reading.text[mention.start : mention.end]
    if regexes["condition_surely_lumbar"].search(words):
        return True
    if mention.name in ("lumbar_radiculopathy", "disc_herniation") and _at_other_level(reading, mention):
        return False
    reach = 90 if mention.name == "lumbar_radiculopathy" else 45
    near = before(reading, mention)[-reach:] + words + after(reading, mention)[:35]
    elsewhere = regexes["condition_other_spine"].search(near)
    if elsewhere:
        return False
    sentence = reading.sentence_at(mention.start)
    if _of_the_neck(reading, sentence.start, sentence.end) or _of_the_neck(reading, 0, len(reading.text)):
        return False
    if regexes["condition_lumbar"].search(words):
        return True
    if mention.name == "lumbar_stenosis":
        return words == "LSS" or bool(regexes["condition_lumbar"].search(reading.text, sentence.start, sentence.end))
    return True


def _of_the_neck(reading: Reading, start: int, end: int) -> bool:
    """Whether a stretch speaks of the neck or the chest and nowhere of what lies below: an operation on C5-6, say."""
    return bool(_UPPER.search(reading.text, start, end)) and not _LOWER.search(reading.text, start, end)


def _at_other_level(reading: Reading, mention: Mention) -> bool:
    """Whether the nearest level that the sentence names is of the neck or the chest."""
    level = reading.patterns.regexes["condition_level"]
    ahead, behind = list(level.finditer(before(reading, mention))), level.search(after(reading, mention))
    nearest = ahead[-1] if ahead else behind
    return nearest is not None and nearest["part"] in "CT"


def _answered_or_with_cancer(reading: Reading, mention: Mention, left: str, right: str) -> bool:
    """ "Infection: N" of a checklist, and "no infection, no malignancy", which no film shows by that name."""
    if reading.is_report or reading.patterns.regexes["condition_infection_elsewhere"].search(left[-60:] + right[:40]):
        return False
    if answer_of(reading, mention.start, mention.end) == "absent":
        return True
    first = not left.strip(" -*\n") or left.endswith("  ")
    if first and _ANSWERED_NO.match(reading.text, mention.end):
        return True
    joined = re.match(
        r"(?:,? (?:and|or|nor)|,|/) ?(?:no |any |an? )?(?:history of )?(?:malignan\w+|cancers?)\b", right, re.I
    )
    joined = joined or re.search(
        r"\b(?:malignan\w+|cancers?)(?:,? (?:and|or|nor)|,|/) ?(?:no |any |an? )?$", left, re.I
    )
    negator = reading.patterns.regexes["condition_negator"]
    return bool(joined and (negator.search(left) or _NOTHING.search(left)))


def _is_infection(reading: Reading, mention: Mention, left: str, right: str) -> bool:
    """Infections of a wound, a tooth or the chest, and those that a consent warns of, are not meant."""
    regexes, words = reading.patterns.regexes, reading.text[mention.start : mention.end]
    if not re.search(r"infections?$", words, re.I):
        return True  # osteomyelitis and the like
    if regexes["condition_infection_elsewhere"].search(left[-60:] + " " + right[:40]):
        return False
    by_the_needle = reading.note.type in (NoteType.PROCEDURE, NoteType.PREOP, NoteType.OTHER)
    if by_the_needle and re.search(r"\bno $|\b(?:s/s|signs?(?:(?: or | and |/)symptoms?)?) of $", left, re.I):
        return True
    if regexes["condition_infection_own"].search(left[-60:] + words):
        return True
    sentence = reading.sentence_at(mention.start)
    if regexes["condition_imaging_word"].search(reading.text, sentence.start, sentence.end):
        return False
    return bool(regexes["condition_no_infection"].search(left) or regexes["condition_infection_out"].match(right))
