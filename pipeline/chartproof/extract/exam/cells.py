"""What a cell of an exam table says: the result of a test, or tenderness."""

from __future__ import annotations

import re

from chartproof.extract.exam.link import BLANK
from chartproof.extract.exam.units import tick
from chartproof.language.reading import Cell, Reading

_YES = re.compile(r"^(?:(?:yes|y|x|t|p)\b\.?|\[x\]|[1-4]\+(?!\d))", re.I)
_NO = re.compile(r"^(?:no|n|none|0|\[ \]|-{1,2})$", re.I)
_GRADE = re.compile(r"^(?P<n>[0-4])\+?(?:\s*/\s*[345])?$")


def test_result(reading: Reading, cell: Cell, text: str | None = None) -> str | None:
    """The result that a cell tells: a verdict first, then what the test brought on; None where it was not done."""
    words = (cell.text if text is None else text).strip()
    if text is None and reading.patterns.regexes["exam_checkbox"].search(words):
        words = tick(reading, cell.start, cell.end)[0][cell.start : cell.end].strip(BLANK + " ") or words
    if _YES.match(words):
        return "positive"
    if _NO.match(words):
        return "negative" if not words.startswith("[") else None
    if reading.patterns.regexes["exam_pair"].fullmatch(words):
        return "equivocal"
    if words.startswith("?"):
        return "equivocal"
    if re.match(r"-(?!\w)", words):
        return "negative"
    hits = list(reading.patterns.find("exam_result", re.sub(r"\([^()]{3,}\)", lambda m: " " * len(m[0]), words)))
    if not hits:
        return None
    values = [value.partition("_")[0] if not value.startswith("not_done") else "not_done" for value, _ in hits]
    if values[0] == "not_done":
        return None
    verdict = next(
        (v for v, (name, _) in zip(values, hits, strict=True) if "felt" not in name and v != "not_done"), None
    )
    result = verdict or values[0]
    elsewhere = reading.patterns.regexes["exam_elsewhere"].search(words)
    if verdict is None and result == "positive" and elsewhere:
        if not reading.patterns.regexes["exam_posterior"].search(words):
            return "equivocal"
    return result


def site_result(reading: Reading, cell: Cell) -> str | None:
    """The tenderness that a cell tells; None where it tells none."""
    words = cell.text.strip()
    grade = _GRADE.match(words)
    if grade is not None:
        return "absent" if grade["n"] == "0" and "+" not in words else "present"
    hit = next(reading.patterns.find("tender_result", words), None)
    if hit is not None:
        inverted = reading.patterns.regexes["exam_inverted"].search(words[: hit[1].start()])
        return "absent" if inverted and hit[0].startswith("present") else hit[0].partition("_")[0]
    if _YES.match(words) or re.match(r"\+|pos\b|positive\b|present\b|mild\b|moderate\b|severe\b|marked\b", words, re.I):
        return "present"
    if _NO.match(words) or re.match(r"-(?!\w)|neg\b|negative\b|absent\b|none\b|normal\b|wnl\b", words, re.I):
        return "absent"
    return None
