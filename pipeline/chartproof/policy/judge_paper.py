"""Judges of codes and documents, of what no fact holds, and of what is not decided here."""

from __future__ import annotations

import re

from chartproof.model import facts as f
from chartproof.model.facts import FactBase
from chartproof.model.vocab import CodeSystem, NoteType, Reason
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, met, not_met, settled, undocumented, unsure
from chartproof.policy.judge_events import events, qualifies, say_event
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators_paper import ByHand, CodeList, Codes, Documented, Documents, External, NeverCovered
from chartproof.policy.reading import Reading
from chartproof.policy.where import attribute, named, say

_TYPE_IN_NAME = re.compile(r"[^a-z]+")


def codes(rule: Codes, reading: Reading) -> Answer:
    """Codes of the request and the notes against lists; see ``Codes``."""
    asked = rule.codes
    of_request, facts = _codes(asked, reading)
    values = list(dict.fromkeys([*of_request, *(fact.value for fact in facts)]))
    name = f"{say(asked.system)} code"
    if not values:
        silent = {MET: met, NOT_MET: not_met}.get(asked.silence)
        return silent(f"{name}: not documented") if silent else undocumented(name)
    answers: list[Truth] = []
    why: list[str] = []
    deciding: list[str] = []
    if asked.among is not None or asked.starts_with is not None:
        fitting = [value for value in values if _fits(value, asked)]
        answers.append(MET if fitting else NOT_MET)
        why.append("" if fitting else "none is on the list")
        deciding += fitting
        if fitting and asked.side_modifier is not None:
            answer, text = _modifier(fitting, facts, asked, reading)
            answers.append(answer)
            why.append(text)
    if asked.not_in is not None:
        wrong = [value for value in values if value in asked.not_in]
        answers.append(NOT_MET if wrong else MET)
        why.append(f"{' and '.join(wrong)} must not be there" if wrong else "")
        deciding += wrong
    for group in asked.not_together or ():
        together = all(value in values for value in group)
        answers.append(NOT_MET if together else MET)
        why.append(f"{' and '.join(group)} must not be together" if together else "")
        deciding += group if together else []
    # What decides is shown, and all codes where none of them does.
    facts = [fact for fact in facts if fact.value in deciding] or facts
    told = list(dict.fromkeys(deciding)) or values
    found = f"{name} {', '.join(told)}" + "".join(f"; {text}" for text in why if text)
    return settled(kleene.all_of(answers), found, facts, "code")


def documented(rule: Documented, reading: Reading) -> Answer:
    """A fact told in the right document with the elements asked for; see ``Documented``."""
    asked = rule.documented
    judged = [(g, qualifies(g, asked, reading)[0]) for g in events(asked, reading)]
    chosen = [g for g, answer in judged if answer != NOT_MET]
    if not chosen:
        return undocumented(asked.name(), asked.kind)
    answers = []
    for group in chosen:
        sort = next(answer for g, answer in judged if g is group)
        status, why = _document(group, asked)
        answers.append((kleene.all_of((sort, status)), group, why))
    combine = kleene.all_of if asked.every else kleene.any_of
    status = combine(answer for answer, _, _ in answers)
    deciding = [(group, why) for answer, group, why in answers if answer == status] or [
        (group, why) for _, group, why in answers
    ]
    found = "; ".join(say_event(group[0], why) for group, why in deciding)
    facts = [fact for group, _ in deciding for fact in group]
    if status == MET and asked.author is not None:
        return unsure(f"{found}; written by {asked.author}: not read from notes, look at it", facts, asked.kind)
    return settled(status, found, facts, asked.kind)


def by_hand(rule: ByHand, reading: Reading) -> Answer:
    """What a person must look at; see ``ByHand``."""
    return unsure(f"{rule.by_hand.what}: not read from notes, look at it", reason=Reason.UNDOCUMENTED)


def external(rule: External, reading: Reading) -> Answer:
    """Criteria held elsewhere; see ``External``."""
    return unsure(f"decided by {rule.external.criteria}, which is not held here", reason=Reason.EXTERNAL)


def never_covered(rule: NeverCovered, reading: Reading) -> Answer:
    """Never covered; see ``NeverCovered``."""
    return not_met(f"never covered: {rule.never_covered.why}", reason=Reason.NOT_COVERED)


# --- codes ------------------------------------------------------------------------------------------------------------


def _codes(asked: CodeList, reading: Reading) -> tuple[list[str], list[f.Code]]:
    """The codes of the request, and the code facts of the notes, of the system asked for."""
    request = reading.request
    of_request = list(request.icd10) if asked.system == CodeSystem.ICD10 else [request.cpt] if request.cpt else []
    facts = [fact for fact in reading.facts(f.Code) if fact.system == asked.system]
    return (of_request if asked.source != "notes" else []), (facts if asked.source != "request" else [])


def _fits(value: str, asked: CodeList) -> bool:
    return value in (asked.among or ()) or any(value.startswith(prefix) for prefix in asked.starts_with or ())


def _modifier(fitting: list[str], facts: list[f.Code], asked: CodeList, reading: Reading) -> tuple[Truth, str]:
    """Whether a fitting code bears a modifier of the requested side."""
    side = reading.request.laterality
    if side is None:
        return UNSURE, "the requested side is not stated"
    wanted = (asked.side_modifier or {}).get(side, [])
    borne = [m for fact in facts if fact.value in fitting for m in fact.modifiers or ()]
    if any(modifier in wanted for modifier in borne):
        return MET, ""
    if any(modifier in listed for listed in (asked.side_modifier or {}).values() for modifier in borne):
        return NOT_MET, f"modifier {', '.join(borne)} is not of the {side} side"
    return UNSURE, f"no modifier {' or '.join(wanted)} documented"


# --- documents --------------------------------------------------------------------------------------------------------


def _document(group: list[FactBase], asked: Documents) -> tuple[Truth, str]:
    """Whether an event is documented as asked for, and what is lacking."""
    missing = NOT_MET if asked.missing == "not_met" else UNSURE
    answers: list[Truth] = []
    lacking = []
    for name in asked.states:
        stated = any(attribute(fact, name) not in (None, []) for fact in group)
        answers.append(MET if stated else missing)
        lacking += [] if stated else [f"{named(name)} not documented"]
    if asked.note_type is not None:
        types = {_note_type(e.note) for fact in group for e in fact.evidence}
        if types & set(asked.note_type):
            answers.append(MET)
        else:
            answers.append(UNSURE if None in types or not types else missing)
            told = ", ".join(sorted(say(t) for t in types if t)) or "a note of unknown type"
            lacking.append(f"told in {told} only, not in {' or '.join(say(t) for t in asked.note_type)}")
    return kleene.all_of(answers), ", ".join(lacking)


def _note_type(note: str) -> NoteType | None:
    """The type that the file name of a note tells: ``03_2025-03-04_procedure.txt``; None where it tells none."""
    words = _TYPE_IN_NAME.split(note.casefold().rpartition(".")[0] or note.casefold())
    return next((NoteType(word) for word in reversed(words) if word in set(NoteType)), None)
