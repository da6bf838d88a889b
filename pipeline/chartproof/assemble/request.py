"""Fills what the request leaves open from the notes: code, side, setting, diagnosis codes, device.

Each filled field's source names the note that told it (``Request.sources``).
"""

from __future__ import annotations

from chartproof.language.reading import Reading
from chartproof.model import FactBase, Request
from chartproof.model.facts import Code, Device, Surgery
from chartproof.model.vocab import CodeSystem, DeviceStatus, EventStatus, Laterality, Setting, SurgeryName

# Codes that may be requested; others in notes (27096, E/M) are not the request. Latest note first decides.
_REQUESTABLE = ("27279", "27278", "27280")


def fill_request(request: Request, facts: list[FactBase], readings: list[Reading]) -> Request:
    """The request with its open fields told by the notes, the latest note first; what no note tells stays open.

    Args:
        facts: the assembled facts of the chart.
        readings: the notes as read, in order.
    """
    filled = request.model_copy(deep=True)

    def put(field: str, value: object, source: str) -> None:
        if getattr(filled, field) in (None, []):
            setattr(filled, field, value)
            filled.sources[field] = source

    for value, source in _latest([f for f in facts if isinstance(f, Code) and f.system is CodeSystem.CPT]):
        if isinstance(value, Code) and value.value in _REQUESTABLE:
            put("cpt", value.value, source)
            for side, modifiers in ((Laterality.LEFT, "LT"), (Laterality.RIGHT, "RT"), (Laterality.BILATERAL, "50")):
                if modifiers in (value.modifiers or []):
                    put("laterality", side, source)
            break
    for value, source in _latest([f for f in facts if isinstance(f, Surgery) and f.status is EventStatus.PLANNED]):
        if isinstance(value, Surgery) and value.name is SurgeryName.SI_FUSION and value.laterality:
            put("laterality", value.laterality, source)
            break
    for value, source in _latest([f for f in facts if isinstance(f, Device) and f.status is not DeviceStatus.DECLINED]):
        if isinstance(value, Device):
            put("device", value.name, source)
            break
    if filled.setting is None:
        for reading in reversed(readings):
            setting = _setting(reading)
            if setting:
                put("setting", setting, reading.note.id)
                break
    return filled


def _latest(facts: list) -> list[tuple[FactBase, str]]:
    """Facts with the id of the last note that tells them, the latest first (note ids begin with their number)."""
    told = [(max(e.note for e in fact.evidence), fact) for fact in facts if fact.evidence]
    return [(fact, note) for note, fact in sorted(told, key=lambda t: t[0], reverse=True)]


def _setting(reading: Reading) -> Setting | None:
    """The one setting that a note's sentences on the planned procedure name; None where none or two are named."""
    found = set()
    for i, sentence in enumerate(reading.sentences):
        for value, m in reading.patterns.find("setting", reading.text, sentence.start, sentence.end):
            around = reading.sentences[max(0, i - 2)].start, sentence.end
            about = reading.patterns.regexes["procedure_word"].search(reading.text, *around)
            if about and not reading.assertion(m.start(), m.end(), ignore=("planned",)).says_nothing:
                found.add(value)
    return Setting(found.pop()) if len(found) == 1 else None
