"""Scores of forms whose label and value are parted by a row of dots: "NPRS now ....... 6", "VAS before .... 72 mm"."""

from __future__ import annotations

import re

from chartproof.extract.finding import finding
from chartproof.extract.scores.tables import Found
from chartproof.language.reading import Reading
from chartproof.model.facts import PainScore
from chartproof.model.vocab import NoteType, PainScale, ScoreQualifier

_ROW = re.compile(
    r"\s*(?P<label>[A-Za-z][^.\n]{2,60}?)\s?\.{3,}\s*(?P<n>\d{1,3}(?:\.\d)?)(?:\s?/\s?10)?\s?(?P<mm>mm)?\s*$"
)
_APART = 3  # lines between two rows of one form, at most


def extract(reading: Reading) -> Found:
    """The scores of such rows; a row that names no pain belongs to the one before it ("Most it has been ... 7")."""
    out = Found()
    if "..." not in reading.text or reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return out
    regexes, patterns = reading.patterns.regexes, reading.patterns
    last = -9
    is_vas = False
    for i, line in enumerate(reading.lines):
        m = _ROW.match(line.text)
        if m is None:
            continue
        label = m["label"]
        names_pain = regexes["score_pain_word"].search(label) is not None
        qualifier = patterns.first("score_qualifier", label)
        other = regexes["score_measure"].search(label) or any(
            v == "other" for v, _ in patterns.find("score_site", label)
        )
        if (
            other
            or regexes["score_goal"].search(label)
            or not (names_pain or (qualifier and (i - last <= _APART or _is_of_procedure(reading, label, qualifier))))
        ):
            continue
        is_vas = regexes["score_vas_word"].search(label) is not None if names_pain else is_vas
        value = float(m["n"]) / 10 if m["mm"] or (is_vas and float(m["n"]) > 10) else float(m["n"])
        if value > 10:
            continue
        last = i
        named = ScoreQualifier(qualifier) if qualifier else ScoreQualifier.CURRENT
        around = named in (ScoreQualifier.PRE_INJECTION, ScoreQualifier.POST_INJECTION)
        if around and reading.note.type is not NoteType.PROCEDURE:
            continue
        if named is ScoreQualifier.CURRENT and reading.note.type is NoteType.PROCEDURE:
            continue
        fact = PainScore(
            qualifier=named,
            date=reading.date,
            scale=PainScale.VAS if is_vas or m["mm"] else PainScale.NRS,
            value=(value, value),
            evidence=[reading.evidence(line.start + m.start("label"), line.start + m.end("n"))],
        )
        out.findings.append(finding(fact, reading.note, at=line.start + m.start("n")))
        out.lines.append(line.start)
    return out


def _is_of_procedure(reading: Reading, label: str, qualifier: str) -> bool:
    """Whether a row of a procedure note names a score before or after it without a word of pain: "Score going in"."""
    around = qualifier in ("pre_injection", "post_injection")
    return (
        reading.note.type is NoteType.PROCEDURE
        and around
        and re.search(r"\bscore|rating|level\b", label, re.I) is not None
    )
