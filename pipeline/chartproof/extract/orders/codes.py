"""Procedure and diagnosis codes, with their modifiers."""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, finding
from chartproof.language.reading import Reading
from chartproof.model.facts import Code
from chartproof.model.vocab import CodeSystem

_MODIFIER = re.compile(r"LT|RT|50|59|KX|XS|25|26|TC|GP|AT|AS|GA|GY|CQ|GO")

# The dot of a diagnosis code, without which two of the regexes need not look.
_DOTTED = re.compile(r"\.(?<=\d[0-9A-Za-z]\.)")
_WITH_DOT = ("icd10_code", "icd10_small")


def extract(reading: Reading) -> list[Finding]:
    """The codes of one note, each once."""
    text, regexes = reading.text, reading.patterns.regexes
    out: dict[tuple[CodeSystem, str], Code] = {}
    dotted = _DOTTED.search(text) is not None
    hits = [
        (m, system)
        for name, system in (
            ("cpt_named", CodeSystem.CPT),
            ("cpt_code", CodeSystem.CPT),
            ("icd10_code", CodeSystem.ICD10),
            ("icd10_named", CodeSystem.ICD10),
            ("icd10_small", CodeSystem.ICD10),
        )
        if dotted or name not in _WITH_DOT
        for m in regexes[name].finditer(text)
    ]
    for m, system in sorted(hits, key=lambda h: h[0].start("code")):
        value = m["code"].upper()
        if regexes["code_is_number"].search(text, max(0, m.start() - 16), m.start("code")):
            continue  # "Room 27096"
        modifiers = _MODIFIER.findall(m.groupdict().get("mods") or "") or None
        told = regexes["code_modifier"].match(text, m.end()) if system is CodeSystem.CPT else None
        if told and modifiers is None:
            modifiers = [next(word for word in told.groupdict().values() if word)]
        evidence = reading.evidence(_words_before(reading, m.start()), m.end())
        known = out.get((system, value))
        if known is None:
            out[system, value] = Code(system=system, value=value, modifiers=modifiers, evidence=[evidence])
            continue
        if not any(e.start <= evidence.end and evidence.start <= e.end for e in known.evidence):
            known.evidence.append(evidence)
        if modifiers:
            known.modifiers = sorted({*(known.modifiers or []), *modifiers})
    return [finding(code, reading.note) for code in out.values()]


def _words_before(reading: Reading, start: int) -> int:
    """A few words before a code, within its line, for a quote that says what the code is for."""
    line = reading.line_at(start)
    m = re.search(r"(?:^|\s{2,}|[.;]\s)([^.;]*?)$", reading.text[max(line.start, start - 45) : start])
    words = m[1] if m else ""
    return start - len(words.lstrip())
