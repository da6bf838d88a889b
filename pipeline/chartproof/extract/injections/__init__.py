"""Extracts injections and stated totals of injections (injection, injection_count).

``mentions`` finds where a note speaks of an injection, ``cues`` what a passage says came of it and how it was done,
``narrative`` brings both together in running text, ``procedure_note`` reads the document of a procedure.
"""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.extract.injections.by_side import side_of_all
from chartproof.extract.injections.corrections import correct
from chartproof.extract.injections.counts import find_counts
from chartproof.extract.injections.follow_up import follow_up
from chartproof.extract.injections.mention import Mention
from chartproof.extract.injections.mentions import find_mentions
from chartproof.extract.injections.narrative import Narrative
from chartproof.extract.injections.procedure_note import ProcedureNote, is_procedure_document
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading
from chartproof.model.vocab import NoteType


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    mentions = find_mentions(reading)
    if not mentions and reading.note.type is not NoteType.PROCEDURE:
        return [t.finding(reading) for t in follow_up(reading)] + find_counts(reading, [], False)
    procedure = is_procedure_document(reading, mentions)
    if reading.is_report and not procedure:
        return []  # a report's "history of injection" is no account of one
    tellings = (
        ProcedureNote(reading, mentions).read() if procedure else Narrative(reading, mentions).read(reading.sentences)
    )
    if not procedure:
        side_of_all(reading, tellings)
        correct(reading, tellings)
    likely = _of_the_si_joint(reading, mentions)
    for t in tellings:
        t.likely = likely and not t.bare
    if reading.note.type is NoteType.INTAKE:
        tellings = [t for t in tellings if not t.group or t.date is not None]  # "how many?" asks for a total alone
    findings = [t.finding(reading) for t in tellings if _says_something(t)]
    return findings + find_counts(reading, mentions, procedure)


def _says_something(t: Telling) -> bool:
    """Whether a telling is of an injection that was really had, planned or declined, and of which one can say what."""
    if not t.certain:
        return False
    if t.status == "performed":
        return bool(t.spans)
    return True


def _of_the_si_joint(reading: Reading, mentions: list[Mention]) -> bool:
    """Whether "the injection" in a note that names no other site is one of the SI joint, which the note is about."""
    named = {m.target for m in mentions if m.target is not None}
    return named <= {"si_joint"} and reading.patterns.regexes["injection_si_joint"].search(reading.text) is not None
