"""The type of a note (corpora/GUIDE.md section 1): from the name of its file, or guessed from its heading."""

from __future__ import annotations

import re

from chartproof.model.vocab import NoteType

_WORDS_OF_NAME: dict[NoteType, str] = {
    NoteType.CONSULT: "consult consults consultation newpatient npv ne",
    NoteType.PROGRESS: "progress followup fu visit office soap clinic established epv ov",
    NoteType.PROCEDURE: "procedure procedures proc injection inj op operative operation opnote",
    NoteType.PT: "pt physicaltherapy therapy rehab dpt",
    NoteType.IMAGING: "imaging radiology xray xr mri ct film films radiograph scan bonescan spect rad",
    NoteType.LAB: "lab labs laboratory cotinine pathology",
    NoteType.PREOP: "preop preoperative presurgical",
    NoteType.TELEPHONE: "telephone phone call tel",
    NoteType.LETTER: "letter lmn appeal correspondence",
    NoteType.INTAKE: "intake questionnaire survey odi form",
    NoteType.OTHER: "other misc ime",
}
_TYPE_OF_WORD = {word: note_type for note_type, words in _WORDS_OF_NAME.items() for word in words.split()}

# What a heading calls the note, the most telling first: a procedure's report may name the therapy and the MRI that
# came before it, and a letter names everything.
_HEADINGS: tuple[tuple[NoteType, re.Pattern[str]], ...] = tuple(
    (note_type, re.compile(pattern, re.IGNORECASE))
    for note_type, pattern in (
        (
            NoteType.TELEPHONE,
            r"\b(?:tele)?phone (?:encounter|call|contact with|note|message)|\btelephone\b|/ ?phone\b"
            r"|\bmessage thread\b|\bportal message\b",
        ),
        (NoteType.LETTER, r"^ *dear\b|\bto whom it may concern\b|\bto the review\w+|\bletter of medical necessity\b"),
        (
            NoteType.PREOP,
            r"\bpre-?[ ]?(?:op(?:erative)?|surgical|anesthesia)\b(?! (?:d(?:x|iagnos)|pain|planning|panel))"
            r"|\bsurgical (?:clearance|scheduling)\b",
        ),
        (NoteType.INTAKE, r"\bintake\b|\bquestionnaire\b|\bpatient history form\b|\bself[- ]report\b"),
        (NoteType.LAB, r"\blaborator(?:y|ies)\b|\blabs?\b|\bspecimen\b"),
        (
            NoteType.PROCEDURE,
            r"\b(?:procedure|operative|operation|interventional procedure) (?:note|report|record|suite)\b"
            r"|^ *(?:date of )?(?:procedure|operation)s?(?: date| performed)? *:|\boperative ?/ ?procedure\b"
            r"|- procedure\b|(?-i:\b(?:CT|FLUORO\w*|ULTRASOUND|US)[- ]GUIDED\b|\bINJECTION\b)|\binterventional$",
        ),
        (
            NoteType.IMAGING,
            r"\bradiology\b|\bradiography\b|\bimaging\b|\bopen mri\b|^ *(?:exam|study)(?:ination)? *:"
            r"|(?-i:^[ \d).]*(?:MRI|CT|XR|X-RAY) [A-Z])",
        ),
        (
            NoteType.PT,
            r"\bphysical therapy\b|\brehabilitation\b.*\btherapy\b|\bsports? (?:and|&) spine therapy\b"
            r"|\bPT\b(?: & \w+)?(?: \(?(?:eval\w*|progress|discharge|daily|visit|treatment)| - | *$|  )"
            r"|\bdischarge note \(pt\)|\bplan of care\b|\bsee?n? in therapy\b",
        ),
        (NoteType.OTHER, r"\bindependent medical e(?:valuation|xamination)\b"),
        (NoteType.CONSULT, r"\bconsult(?:ation)?\b|\bnew patient\b|\b(?:initial|new|surgical) evaluation\b"),
        (
            NoteType.PROGRESS,
            r"\bestablished(?: patient)?\b|\bprogress note\b|\bfollow[- ]?up\b|\b(?:office|return) visit\b"
            r"|\binterval (?:history|hx)\b|\bf/u\b",
        ),
    )
)

_HEAD_LINES = 14
_LINE_CHARS = 160
_SPLIT = re.compile(r"[^A-Za-z]+")
_PHRASES = {
    "pre op": "preop",
    "physical therapy": "pt",
    "follow up": "followup",
    "new patient": "newpatient",
    "x ray": "xray",
    "bone scan": "bonescan",
    "op note": "opnote",
}
_FILLERS = {
    "note",
    "notes",
    "report",
    "visit",
    "summary",
    "eval",
    "evaluation",
    "discharge",
    "final",
    "result",
    "results",
}


def name_words(stem: str) -> list[str]:
    """The words of a file name in lower case, phrases such as ``pre-op`` as one."""
    text = " ".join(word.lower() for word in _SPLIT.split(stem) if word)
    for phrase, word in _PHRASES.items():
        text = re.sub(rf"\b{phrase}\b", word, text)
    return text.split()


def only_tells_the_type(stem: str) -> bool:
    """True where a part of a file name holds words of note types and nothing else (``pt_discharge_summary``)."""
    words = name_words(stem)
    return any(w in _TYPE_OF_WORD for w in words) and all(w in _TYPE_OF_WORD or w in _FILLERS for w in words)


def type_in_name(stem: str) -> NoteType | None:
    """The type that a file's name tells; None where it tells none."""
    for word in name_words(stem):
        if word in _TYPE_OF_WORD:
            return _TYPE_OF_WORD[word]
    return None


def type_in_head(text: str) -> NoteType:
    """The type that the head of a note tells by its headings; ``other`` where it tells none."""
    head = [line[:_LINE_CHARS] for line in text.split("\n") if line.strip()][:_HEAD_LINES]
    # The title first: below it stand referrals and indications, which name other documents.
    for lines in (head[:2], head):
        for note_type, pattern in _HEADINGS:
            if any(pattern.search(line) for line in lines):
                return note_type
    return NoteType.OTHER
