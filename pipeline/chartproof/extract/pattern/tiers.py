"""How much a sentence counts for the pain's pattern by where it stands: account, complaint, assessment, elsewhere."""

from __future__ import annotations

import re

from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import NoteType

_ACCOUNT = frozenset("hpi head indication other impression disposition".split())
_RETOLD = frozenset("assessment".split())
# Sections whose labels ("SLR:", "Gait:") tell no account of the patient's.
_NOT_ACCOUNT = frozenset(
    "exam imaging findings technique comparison medications allergies pmh psh social_history family_history ros vitals "
    "labs plan procedure preprocedure procedure_diagnosis consent instructions education policy goals home_program "
    "complications signature treatment_history scores exam_title".split()
)
_NO_ACCOUNT_TITLE = re.compile(r"\b(?:referral|referring|script|dx|diagnos\w+|procedures?|insurance|payer)\b")
# what a referring clinician wrote
_ASKED_TITLE = re.compile(
    r"(?:reason(?: for (?:the )?(?:request|consult\w*|referral|evaluation))?|question|request)\W*$"
)
_COMPLAINT_TITLE = re.compile(
    r"(?:(?:present|current|subjective|presenting) )?(?:complaints?|symptoms?)(?: now| today)?"
)
_EXAM_TITLE = re.compile(r"(?:physical )?(?:exam(?:ination)?|palpation|objective|p/?e)\b")
# Fields of a procedure note that say what it is for.
_WHY = re.compile(
    r"(?:why|reason|indications?|clinical (?:information|history|indication|data)|background|brief history)\b"
)
_CLINICAL = re.compile(
    r"\W{0,3}(?:clinical (?:information|history|indication|data)|indications?|reason for (?:exam|study|procedure)"
    r"|why)\b[^:\n]{0,50}:",
    re.I,
)
_DIAGNOSIS = re.compile(r"\b(?:dx|diagnos[ei]s)\b")
PAIN_OF = re.compile(
    r"\b(?:joint|sij|si|sacro-?iliac|buttock|back|hip|pelvic|sided) (?:pain|ache)\b"
    r"|\bpain\b[^.;]{0,12}\b(?:in|of|over|at|,) [^.;]{0,20}\b(?:joint|sij|si|buttock|back|hip)\b",
    re.I,
)
_NO_PAIN_CODE = re.compile(r"\b(?:dysfunction|sacroiliitis|radiculopathy|stenosis|arthr\w+)\b", re.I)
_LETTERHEAD = 20  # characters
# Sections that a paragraph without a heading of its own may stand under.
_MISPLACED = frozenset(
    "procedure preprocedure complications medications allergies social_history vitals treatment_history scores "
    "labs".split()
)
_OWN_PAIN = re.compile(
    r"\b(?:(?:veteran|patient|pt|claimant|client|worker|he|she|man|woman|gentleman|lady|[fm])\b[^.;]{0,40}"
    r"\b(?:with|has|have|had|hurts?|reports?|complains? of|presents? with|describes|c/o|notes)\b[^.;]{0,20}"
    r"\b(?:pain|hurts?|ache|aching|discomfort|hurt)\b"
    r"|\b(?:pain|ache) (?:is|stays|remains) (?:now |still )?(?:over|in|at|confined|localized|felt)\b"
    r"|(?:months?|mos?|years?|yrs?|weeks?|wks?) (?:of|h/o|history of) [^.;]{0,30}\b(?:pain|ache|aching|discomfort)\b"
    r"|(?:pain|ache|discomfort)\b[^.;]{0,50}\b(?:for|x|since|,)\s?(?:\w+ ){0,2}?(?:\d+|\w+) ?"
    r"(?:months?|mos?|years?|yrs?|weeks?)\b)",
    re.I,
)
_OF_TREATMENT = re.compile(
    r"\b(?:inject\w*|needle|block(?:ed)?|steroid|lidocaine|relief|relieved|better|helped|prone|fluoro\w*|contrast|tender\w*"
    r"|palpat\w*|knee|shoulder|neck|chest|head(?:ache)?|denies|no pain|risks?|if)\b",
    re.I,
)


def tier_of(reading: Reading, sentence: Sentence) -> int | None:
    """1 for the account of the visit, 2 for the chief complaint, 3 for an assessment, 4 for an account out of place.

    5 for a procedure note's line of diagnosis, which adds to an account and makes none; None where nothing is told.
    """
    section = sentence.section
    title = (section.title or "").lower()
    if reading.note.type is NoteType.PROCEDURE and (tier := _reason(reading, sentence, title)) is not None:
        return tier
    tier = _tier_of_section(reading, sentence, title)
    return tier if tier is not None else _tier_out_of_place(reading, sentence, title)


def _reason(reading: Reading, sentence: Sentence, title: str) -> int | None:
    """The tier of a line of a procedure note that says what it is for: a field of its own, a diagnosis of pain."""
    text = reading.text[sentence.start : sentence.end]
    if _WHY.match(title) or _CLINICAL.match(text):
        return 1
    is_diagnosis = sentence.section.category == "procedure_diagnosis" or _DIAGNOSIS.search(title) is not None
    return 5 if is_diagnosis and PAIN_OF.search(text) and not _NO_PAIN_CODE.search(text) else None


def _tier_out_of_place(reading: Reading, sentence: Sentence, title: str) -> int | None:
    """4 for an account that stands under a heading of something else ("Operation: fusion. ... She has hurt in ...")."""
    section = sentence.section
    apart = section.category == "exam" and _is_apart(reading, sentence)
    if (
        section.category not in _MISPLACED
        and not (section.category == "other" and section.parent in _MISPLACED)
        and not apart
    ):
        return None
    if _NO_ACCOUNT_TITLE.search(title) and reading.note.type is not NoteType.PROCEDURE and "procedure" not in title:
        return None
    text = reading.text[sentence.start : sentence.end]
    if _OF_TREATMENT.search(text) or not _OWN_PAIN.search(text):
        return None
    return 4


def _is_apart(reading: Reading, sentence: Sentence) -> bool:
    """Whether a blank line stands between the heading of a section and the sentence."""
    return re.search(r"\n\s*\n", reading.text[sentence.section.body : sentence.start]) is not None


def _tier_of_section(reading: Reading, sentence: Sentence, title: str) -> int | None:
    """The tier that the section of a sentence gives it."""
    section = sentence.section
    category, parent = section.category, section.parent
    asks_why = category == "indication" or re.match(r"(?:reason|indications?) for", title)
    if not asks_why and _NO_ACCOUNT_TITLE.search(title):
        # a line of its own ("Provisional diagnosis: low back pain") says nothing of the paragraph below it
        return 1 if _is_below_line(reading, sentence) else None
    if _ASKED_TITLE.match(title) and reading.note.type is not NoteType.PROCEDURE:
        if title == "reason":
            return 1 if _is_below_line(reading, sentence) else 2
        return None
    if _COMPLAINT_TITLE.fullmatch(title.strip(" :")):
        return 1
    if asks_why and reading.note.type is NoteType.PROCEDURE:
        return 1
    if category == "chief_complaint" or (category == "other" and parent == "chief_complaint"):
        return 2
    if category == "treatment_history" and reading.patterns.regexes["pain_label"].match(
        reading.text, sentence.start, sentence.end
    ):
        return 1  # a label of the history that stands behind one of the treatments
    if parent == "scores" and re.match(r"(?:notes?|comments?|remarks|narrative)\b", title):
        return 1  # what a therapist writes under a table of scores
    if _EXAM_TITLE.match(title):
        return None  # "Exam, left:"
    if category == "exam" and section.start < _LETTERHEAD:
        return 1  # "SPINE - NEW. 2-4-25": the clinic's name
    if category == "other" and parent in _NOT_ACCOUNT and parent not in ("policy", "education", "instructions"):
        if parent != "family_history" and reading.patterns.regexes["pain_account_title"].match(title):
            return 1  # "History from the examinee", behind the records reviewed
    if category in _NOT_ACCOUNT or (category == "other" and parent in _NOT_ACCOUNT):
        return None
    if category in _RETOLD or (category == "other" and parent in _RETOLD):
        return 3
    if reading.note.type is NoteType.PROCEDURE and category not in ("indication", "hpi", "head", "other"):
        return None
    if category in _ACCOUNT or category == "other":
        return 1
    return None


def _is_below_line(reading: Reading, sentence: Sentence) -> bool:
    """Whether a heading that is answered on its own line stands before a blank line and this sentence."""
    text, section = reading.text, sentence.section
    line_end = text.find("\n", section.body)
    if line_end < 0 or line_end >= sentence.start or not text[section.body : line_end].strip():
        return False
    return re.search(r"\n\s*\n", text[section.body : sentence.start]) is not None
