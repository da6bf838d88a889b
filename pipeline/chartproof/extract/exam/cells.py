"""What a cell of an exam table says: the result of a test, or tenderness."""

from __future__ import annotations

import re

from chartproof.extract.exam.meaning import BLANK
from chartproof.extract.exam.units import tick
from chartproof.language.reading import Cell, Reading
from chartproof.model.vocab import Laterality

_YES = re.compile(r"^(?:(?:yes|y|x|t|p)\b\.?|\[x\]|[1-4]\+(?!\d))", re.I)
_NO = re.compile(r"^(?:no|n|none|0|\[ \]|-{1,2})$", re.I)
_GRADE = re.compile(r"^(?P<n>[0-4])\+?(?:\s*/\s*[345])?$")
_SCORED = re.compile(r"\d(?:\s?/\s?\d{1,2})?\s?\((?P<verdict>[^()]+)\)")
_FILLER = re.compile(r"\b(?:tests?|signs?|maneuvers?|joint|sij?|result|right|left|R|L|and|or)\b|[^A-Za-z]", re.I)
BARE = {"compression_bare": "compression", "distraction_bare": "distraction"}
_KEY = 2  # letters of a mark that a legend explains, at most
_LEGEND = re.compile(
    r"(?<![\w/])(?P<mark>[A-Z]{1,2})\s?=\s?(?P<words>[^;=)\n|]{2,50}?)(?=\s*[;)\n|]|,\s*[A-Z]{1,2}\s?=|$)"
)
_PLAIN_NO = re.compile(r"(?:not|no|none|absent|nothing)(?: reproduced| felt| present)?\W*$", re.I)
_LEGEND_REACH = 900  # characters before a cell in which its legend stands, at most


def _legend(reading: Reading, cell: Cell) -> dict[str, str | None]:
    """The marks that a legend above a table explains ("C = concordant pain; N = no pain"), with their results.

    A mark that is explained as no result ("N = not tested") has None.
    """
    out: dict[str, str | None] = {}
    for m in _LEGEND.finditer(reading.text, max(0, cell.start - _LEGEND_REACH), cell.start):
        value = next((v for v, _ in reading.patterns.find("exam_result", m["words"])), None)
        if value is None and _PLAIN_NO.match(m["words"]):
            value = "negative"
        out[m["mark"]] = None if value is None or value.startswith("not_done") else value.partition("_")[0]
    return out


def test_result(reading: Reading, cell: Cell, text: str | None = None) -> str | None:
    """The result that a cell tells: a verdict first, then what the test brought on; None where it was not done."""
    words = (cell.text if text is None else text).strip()
    if text is None and reading.patterns.regexes["exam_checkbox"].search(words):
        ticked = tick(reading, cell.start, cell.end)[0][cell.start : cell.end].strip(BLANK + " ")
        if not ticked and re.search(r"\w", re.sub(r"[\[(][xX ][\])]", "", words)):
            return None  # "[ ]Pos [ ]Neg": left open
        words = ticked or words
    if len(words) <= _KEY and words[:1].isalpha():
        key = _legend(reading, cell)
        if words.upper() in key:
            return key[words.upper()]
    if re.fullmatch(r"-{2,}", words):
        return None  # not done
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
    scored = _SCORED.fullmatch(words)
    if not hits and scored is not None:
        hits = list(reading.patterns.find("exam_result", scored["verdict"]))  # "2 (pos)"
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
    if re.fullmatch(r"-{2,}", words):
        return None
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


def cell_side(reading: Reading, text: str) -> Laterality | None:
    """The side that a cell tells and nothing else."""
    m = reading.patterns.regexes["exam_side_cell"].match(text.strip())
    if m is None:
        return None
    told = m["side"].lower()
    return (
        Laterality.RIGHT if told.startswith("r") else Laterality.LEFT if told.startswith("l") else Laterality.BILATERAL
    )


def cell_item(reading: Reading, cell: Cell, category: str) -> str | None:
    """The one test or site that a cell names, and nothing else but filler."""
    hits = reading.targets_of(category, cell.start, cell.end)
    values = {BARE.get(h.value, h.value) for h in hits}
    if not values and category == "provocative_test" and len(cell.text) < 14:
        return reading.patterns.first("exam_abbreviation", cell.text)
    if len(values) != 1:
        return None
    rest = cell.text
    for hit in sorted(hits, key=lambda h: -h.start):
        rest = rest[: hit.start - cell.start] + rest[hit.end - cell.start :]
    rest = re.sub(r"\([^()]*\)", "", rest)
    rest = re.sub(r",\s?(?:felt|with|at|over|in)\b.{0,30}$", "", rest)  # "FABER, felt at the PSIS"
    return values.pop() if len(_FILLER.sub("", rest)) <= 12 else None
