"""Fills what the request leaves open from the notes: code, side, setting, diagnosis codes, device.

Each filled field's source names the note that told it (``Request.sources``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from chartproof.language.reading import Reading
from chartproof.model import FactBase, Note, Request
from chartproof.model.facts import Code, Device, Surgery
from chartproof.model.vocab import CodeSystem, DeviceStatus, EventStatus, Laterality, Setting, SurgeryName

# Codes that may be requested; others in notes (27096, E/M) are not the request. Latest note first decides.
_REQUESTABLE = ("27279", "27278", "27280")
_MODIFIERS = {Laterality.LEFT: "LT", Laterality.RIGHT: "RT", Laterality.BILATERAL: "50"}
Told = TypeVar("Told", bound=FactBase)


class NoteTold(NamedTuple):
    """What a note tells of the request beside its facts: the setting of the planned procedure."""

    note: Note
    setting: Setting | None


def fill_request(request: Request, facts: list[FactBase], notes: Sequence[NoteTold]) -> Request:
    """The request with its open fields told by the notes, the latest note first; what no note tells stays open.

    Args:
        facts: the assembled facts of the chart.
        notes: what each note tells of the request, in order.
    """
    filled = request.model_copy(deep=True)

    def put(field: str, value: object, source: str) -> None:
        if getattr(filled, field) in (None, []):
            setattr(filled, field, value)
            filled.sources[field] = source

    order = {told.note.id: (told.note.date, i) for i, told in enumerate(notes)}

    def latest_first(kind: type[Told]) -> list[tuple[Told, str]]:
        """The facts of a kind, each with the last note that tells it, the latest first."""
        told = [
            (max((e.note for e in fact.evidence), key=order.__getitem__), fact)
            for fact in facts
            if isinstance(fact, kind) and fact.evidence
        ]
        return [(fact, note) for note, fact in sorted(told, key=lambda t: order[t[0]], reverse=True)]

    for code, source in latest_first(Code):
        if code.system is CodeSystem.CPT and code.value in _REQUESTABLE:
            put("cpt", code.value, source)
            for side, modifier in _MODIFIERS.items():
                if modifier in (code.modifiers or []):
                    put("laterality", side, source)
            break
    for surgery, source in latest_first(Surgery):
        planned_fusion = surgery.status is EventStatus.PLANNED and surgery.name is SurgeryName.SI_FUSION
        if planned_fusion and surgery.laterality:
            put("laterality", surgery.laterality, source)
            break
    for device, source in latest_first(Device):
        if device.status is DeviceStatus.PLANNED:
            put("device", device.name, source)
            break
    if filled.setting is None:
        for told in sorted(notes, key=lambda t: order[t.note.id], reverse=True):
            if told.setting:
                put("setting", told.setting, told.note.id)
                break
    return filled


def told_by(reading: Reading) -> NoteTold:
    """What a note tells of the request beside its facts."""
    return NoteTold(reading.note, _setting(reading))


def _setting(reading: Reading) -> Setting | None:
    """The one setting that a note's sentences on the planned procedure name; None where none or two are named."""
    found = set()
    for sentence in reading.sentences_with("setting"):
        for value, m in reading.patterns.find("setting", reading.text, sentence.start, sentence.end):
            around = reading.sentences[max(0, sentence.index - 2)].start, sentence.end
            about = reading.patterns.regexes["procedure_word"].search(reading.text, *around)
            if about and not reading.assertion(m.start(), m.end(), ignore=("planned",)).says_nothing:
                found.add(value)
    return Setting(found.pop()) if len(found) == 1 else None
