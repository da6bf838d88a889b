"""Where in a note a disorder is told of the patient, and how much that place weighs against the note's other places."""

from __future__ import annotations

from enum import IntEnum

from chartproof.extract.conditions.mentions import IMAGED, SHOWN_ON_FILMS, Mention, after, before, in_list_of_disorders
from chartproof.language.reading import Reading
from chartproof.language.sections import SectionSpan
from chartproof.model.vocab import NoteType

_NOWHERE = frozenset(
    "technique comparison consent instructions policy education allergies family_history goals exam_title home_program "
    "signature complications".split()
)
_OF_A_LINE = frozenset("home_program goals complications comparison".split())
# Labels within these parts say nothing either; other parts end with their own lines.
_NOWHERE_WITHIN = frozenset({"policy", "education", "instructions"})
_DIAGNOSED = frozenset({"assessment", "impression", "procedure_diagnosis"})
_LISTED = frozenset({"pmh", "psh", "indication"})
_LOOKED_AT = frozenset({"imaging", "findings", "labs", "exam"})
_OF_A_REPORT = frozenset({"findings", "technique", "comparison", "exam_title"})


class Weight(IntEnum):
    """Which place of one note goes first where they differ."""

    ASIDE = 1  # reviews of systems, exams, films told again
    TOLD = 2  # history, lists, letters, forms
    JUDGED = 3  # assessment, diagnosis


def tells_nothing(reading: Reading, section: SectionSpan, at: int) -> bool:
    """Whether a section tells nothing of the patient's own state: consent, teaching, the family, a policy's text.

    A label before a sentence ("Home exercises: unable to do them.") is of its own line alone.
    """
    if section.category in _OF_A_LINE and section.parent not in _NOWHERE_WITHIN:
        ends = reading.text.find("\n", section.body)
        said = reading.text[section.body : ends].strip() if 0 <= ends < at else ""
        if said and (said[-1] in ".!?" or len(said.split()) < 4 or reading.text[ends : ends + 2] == "\n\n"):
            return False
    return section.category in _NOWHERE or section.parent in _NOWHERE_WITHIN


def weight_of(reading: Reading, mention: Mention) -> Weight | None:
    """How much a mention weighs by its place; None where nothing is told of the patient there."""
    section = reading.section_at(mention.start)
    places = {section.category, section.parent}
    if (
        tells_nothing(reading, section, mention.start)
        and not _past_allergies(reading, mention)
        and not in_own_field(reading, mention)
    ):
        return None
    if reading.is_report:
        return _in_report(reading, mention)
    judged = bool(places & _DIAGNOSED) and not _is_radiology_impression(reading, mention)
    if mention.name in SHOWN_ON_FILMS and not _told_as_own(reading, mention, judged):
        return None
    if places & _LOOKED_AT:
        mood = mention.name in ("depression", "anxiety") and "exam" in places
        if mood and not _is_denied_mood(reading, mention):
            return None  # "appears anxious": how the patient looks
        return Weight.ASIDE
    if judged:
        return Weight.JUDGED
    if reading.text[mention.start : mention.end].lower() == "sciatica":
        return None  # outside of a diagnosis, a word for pain in the leg
    return Weight.ASIDE if "ros" in places else Weight.TOLD


def _is_denied_mood(reading: Reading, mention: Mention) -> bool:
    """ "Psych: no depression, no anxiety", "Psych: negative for depression"."""
    regexes = reading.patterns.regexes
    by_system = regexes["condition_by_system"].search(reading.text, reading.line_at(mention.start).start, mention.start)
    return by_system is not None and regexes["condition_negator"].search(before(reading, mention)) is not None


def _past_allergies(reading: Reading, mention: Mention) -> bool:
    """A list of allergies within a line ends with its sentence: "Allergies: latex. Last anticoagulant: none"."""
    section = reading.section_at(mention.start)
    return section.category == "allergies" and reading.sentence_at(mention.start).start > section.start


def in_own_field(reading: Reading, mention: Mention) -> bool:
    """ "Consent: signed          Blood thinners: [x] no": another field of the line on which the section began."""
    section, line = reading.section_at(mention.start), reading.line_at(mention.start)
    if not line.start <= section.start < mention.start:
        return False
    cell = next((c for c in line.cells if c.start <= mention.start < c.end), None)
    return cell is not None and cell.start > section.start and ":" in cell.text


def _in_report(reading: Reading, mention: Mention) -> Weight | None:
    """What a radiologist's or a laboratory's document says: sacroiliitis, a pregnancy test, an electrodiagnosis."""
    category = reading.section_at(mention.start).category
    if category in ("indication", "hpi", "chief_complaint", "history"):
        return None
    if mention.forced and mention.name == "pregnancy":
        return Weight.TOLD
    if reading.note.type is not NoteType.IMAGING:
        return None
    electro = reading.patterns.regexes["condition_electro"]
    if mention.name in ("lumbar_radiculopathy", "neuropathy"):
        return Weight.TOLD if electro.search(reading.text[:600]) else None
    if mention.name != "sacroiliitis" or reading.text[mention.end : mention.end + 1] == "?":
        return None
    line = reading.line_at(mention.start).text
    asked = reading.patterns.regexes["condition_asked"].search(line)
    return None if asked and asked.start() < mention.start - reading.line_at(mention.start).start else Weight.TOLD


def _is_radiology_impression(reading: Reading, mention: Mention) -> bool:
    """An impression that follows the findings of a study is the radiologist's, pasted into the note."""
    index = reading.section_index(mention.start)
    return (
        index > 0
        and reading.sections[index].category == "impression"
        and reading.sections[index - 1].category in _OF_A_REPORT
    )


def _told_as_own(reading: Reading, mention: Mention, judged: bool) -> bool:
    """Whether a disorder that films show is told as the patient's own, not as what a film shows."""
    section = reading.section_at(mention.start)
    places = {section.category, section.parent}
    regexes, left = reading.patterns.regexes, before(reading, mention, reach=400)
    film = list(regexes["condition_imaging_word"].finditer(left))
    vocabulary = reading.patterns.vocabulary["condition_own"]
    own = vocabulary["told"]
    if film:
        # "I reviewed the MRI, and he has stenosis"
        return bool(own.search(left[film[-1].end() :])) and "findings" not in places and section.category != "imaging"
    if mention.name in ("malignancy", "osteoporosis") and not places & (_LOOKED_AT - {"exam"}):
        return True  # no examination shows them: under a heading that is not known, told of the patient
    if places & _LOOKED_AT:
        negated = regexes["condition_negator"].search(left) is not None
        if "findings" not in places and vocabulary["behind"].search(after(reading, mention)) and not negated:
            return True  # "hip arthritis is mild and asymptomatic"
        if "exam" in places and negated and own.search(left):
            return True  # a paragraph after the examination: "he has never had a cancer"
        return mention.name == "scoliosis" and "exam" in places and not negated
    if judged or places & _LISTED or _has_code(reading, mention):
        return True
    if own.search(left) or vocabulary["behind"].search(after(reading, mention)):
        return True
    if mention.name == "pelvic_fracture" and in_list_of_disorders(reading, mention):
        return True
    if mention.name in IMAGED and mention.name != "pelvic_fracture" and regexes["condition_negator"].search(left):
        return False  # "no stenosis": what is not seen is said of films
    return not _after_films(reading, mention)


def _has_code(reading: Reading, mention: Mention) -> bool:
    """A diagnosis with its ICD code beside it."""
    beside = before(reading, mention)[-50:] + " ... " + after(reading, mention)[:40]
    return reading.patterns.regexes["condition_code"].search(beside) is not None


def _after_films(reading: Reading, mention: Mention) -> bool:
    """ "The MRI was reviewed. There is no infection": the sentence goes on telling what the film shows."""
    sentence = reading.sentence_at(mention.start)
    regexes = reading.patterns.regexes
    words = reading.text[sentence.start : sentence.end]
    if not regexes["condition_finding_style"].search(words):
        return mention.name in IMAGED and regexes["condition_imaging_word"].search(words) is not None
    earlier = reading.sentences[max(0, sentence.index - 2) : sentence.index]
    return any(
        s.section is sentence.section and regexes["condition_imaging_word"].search(reading.text, s.start, s.end)
        for s in earlier
    )
