"""Words of an exam that tell an earlier state: "which had been negative", "(was 4/5 in February)"."""

from __future__ import annotations

import re

from chartproof.extract.exam.meaning import BLANK
from chartproof.language.gate import gated

# "Gaenslen, which had been negative in February, is positive", "(was 4/5 at eval 2/3/25)"
_WAS = gated(
    r"\b(?:which|that) (?:had (?:previously |earlier |formerly )?(?:been|tested|come (?:back|out))"
    r"|(?:was|were) (?:previously|earlier|formerly|initially|still))\b[^,;.()\n]{0,60}(?=,)"
    r"|\b(?:previously|formerly|earlier|initially|once)[ -](?:positive|negative|painless|painful|equivocal)\b"
    r"(?= (?:left |right )?[A-Za-z])"
    r"|\bhaving been (?:positive|negative|painless|painful|equivocal)\b[^,;.()\n]{0,60}",
    re.IGNORECASE,
)
# "(was 4/5 at eval 2/3/25)", "(4 of 5 on 2/3/25)", "[vs 3/5 in March]"
_ASIDE = re.compile(
    r"[(\[]\s?(?:(?:was|were|had been|vs\.?|versus|from|previously|prior|compared (?:with|to)|up from|down from"
    r"|initially"
    r"|at (?:initial |first )?eval\w*)\b[^()\[\]\n]{0,80})[)\]]",
    re.IGNORECASE,
)
_LATER_RESULT = re.compile(r"\b(?:now|today|is|are|has|have|became|turned|remains?|again)\b", re.IGNORECASE)


def without_earlier(text: str, start: int, end: int) -> str:
    """The text with what was so once blanked, of the same length, where the piece goes on to tell what is so now."""
    out = text
    for m in _WAS.finditer(text, start, end):
        if _LATER_RESULT.search(text, m.end(), end):
            out = out[: m.start()] + BLANK * (m.end() - m.start()) + out[m.end() :]
    return out


def asides(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The brackets in [start, end) that tell an earlier state, whose date is theirs alone."""
    return [m.span() for m in _ASIDE.finditer(text, start, end)]
