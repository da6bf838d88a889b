"""Read a reviewer's agree, disagree and comments back from a workbook or a Word document."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chartproof.worksheet import xlsx
from chartproof.worksheet.docx import COMMENT_PLACEHOLDER, KEY_MARK
from chartproof.worksheet.reviews import VERDICTS, Key, Review

_VERDICT_OF = {text: verdict for verdict, text in VERDICTS.items()} | {"na": "na", "n/a": "na", "n.a": "na"}


class NoReviewFile(ValueError):
    """The file is no worksheet or batch log of chartproof; the message says why, and repeats nothing of it."""


@dataclass
class Imported:
    """What was read. ``problems`` says where something was set aside and why, and repeats nothing of the file."""

    reviews: list[Review] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    blank: int = 0
    """Criteria without an answer and without a comment."""


def import_review(path: Path) -> Imported:
    """The reviews of a file made by ``chartproof worksheet`` and filled in by a person.

    Raises:
        NoReviewFile: the file cannot be read as one.
    """
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".docx"):
        raise NoReviewFile(
            f"{path} is neither .xlsx nor .docx: answers are read from the Word document or the workbook "
            "(`chartproof worksheet CHART -o DIR --format docx,xlsx`)"
        )
    try:
        return _from_xlsx(path) if suffix == ".xlsx" else _from_docx(path)
    except NoReviewFile:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise NoReviewFile(f"{path} cannot be read as {suffix[1:].upper()} ({type(error).__name__})") from None


def _take(into: Imported, where: str, key: Key, verdict: str, comment: str, reviewer: str = "", day: str = "") -> None:
    """Add one review, or say why not."""
    verdict, comment = verdict.strip(), comment.strip()
    if not verdict and not comment:
        into.blank += 1
        return
    known = _VERDICT_OF.get(verdict.casefold())
    if verdict and known is None:
        into.problems.append(f"{where}: the review is none of {', '.join(VERDICTS.values())}")
        return
    told = {"verdict": known, "comment": comment, "reviewer": reviewer.strip(), "date": day.strip()}
    into.reviews.append(Review.model_validate({**key.model_dump(), **told}))


# --- workbook ----------------------------------------------------------------------------------------------------


def _from_xlsx(path: Path) -> Imported:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)  # a comment that became a formula is read as typed
    try:
        if xlsx.CRITERIA not in book.sheetnames:
            raise NoReviewFile(f"{path} has no sheet {xlsx.CRITERIA!r}: it is no batch log of chartproof")
        rows = book[xlsx.CRITERIA].iter_rows(values_only=True)
        heads = [str(head) for head in next(rows, ())]
        wanted = (xlsx.CHART, xlsx.POLICY, xlsx.VERSION, xlsx.CRITERION, xlsx.KEY, xlsx.REVIEW, xlsx.COMMENT)
        if missing := [head for head in wanted if head not in heads]:
            raise NoReviewFile(f"{path}: the sheet {xlsx.CRITERIA!r} has lost the columns {', '.join(missing)}")
        imported = Imported()
        for count, row in enumerate(rows, start=2):
            told = {head: _text(value) for head, value in zip(heads, row, strict=False)}
            if not any(told.values()):
                continue
            where = f"{xlsx.CRITERIA} row {count}"
            answered = told[xlsx.REVIEW] or told[xlsx.COMMENT]
            if not all(told[head] for head in wanted[:5]):
                if answered:
                    imported.problems.append(f"{where}: a key column is empty")
                continue
            key = Key(
                chart_id=told[xlsx.CHART],
                policy=told[xlsx.POLICY],
                version=told[xlsx.VERSION],
                criterion=told[xlsx.CRITERION],
                reviewed=told[xlsx.KEY],
            )
            _take(
                imported,
                where,
                key,
                told[xlsx.REVIEW],
                told[xlsx.COMMENT],
                told.get(xlsx.REVIEWER, ""),
                told.get(xlsx.REVIEW_DATE, ""),
            )
        return imported
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


# --- Word document -----------------------------------------------------------------------------------------------

_TICKED = "☒☑✓✔✗✘xX"
_BOXES = "☐☒☑□■"
_WORDS = "|".join(map(re.escape, VERDICTS.values()))
_ANSWER = re.compile(rf"(?P<before>[\[(\])\s{_BOXES}{_TICKED}]*)(?P<word>{_WORDS})(?P<after>.*)", re.I | re.S)


def _from_docx(path: Path) -> Imported:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.oxml.ns import qn

    try:
        document = Document(str(path))
    except PackageNotFoundError:
        raise NoReviewFile(f"{path} cannot be read as DOCX") from None
    imported = Imported()
    reviewer, day = _signed(document)
    cells = 0
    for count, cell in enumerate(document.element.body.iter(qn("w:tc")), start=1):
        lines = [_Line(paragraph) for paragraph in cell.iter(qn("w:p"))]
        marks = [line.key for line in lines if line.key]
        if not marks:
            continue
        cells += 1
        where = f"table cell {count}"
        if len(marks) > 1:
            imported.problems.append(f"{where}: the fields of two criteria were put into one cell")
            continue
        try:
            key = Key.model_validate_json(marks[0])
        except (ValidationError, json.JSONDecodeError):
            imported.problems.append(f"{where}: its review key was changed")
            continue
        where = f"criterion {key.criterion} of {key.policy}"
        ticked, comment = _read_cell(lines)
        if len(ticked) > 1:
            imported.problems.append(f"{where}: two answers are ticked")
            continue
        _take(imported, where, key, ticked[0] if ticked else "", comment, reviewer, day)
    if not cells:
        raise NoReviewFile(f"{path} holds no review fields: it is no worksheet of chartproof")
    return imported


class _Line:
    """One paragraph of a cell: its visible text, whether a box in it is ticked, and the hidden key."""

    def __init__(self, paragraph: Any) -> None:
        from docx.oxml.ns import qn

        self.key = ""
        self.is_earlier = False
        text: list[str] = []
        for run in paragraph.iter(qn("w:r")):
            words = "".join(
                "\n" if piece.tag == qn("w:br") else "\t" if piece.tag == qn("w:tab") else piece.text or ""
                for piece in run
                if piece.tag in (qn("w:t"), qn("w:br"), qn("w:tab"))
            )
            properties = run.find(qn("w:rPr"))
            if KEY_MARK in words or (
                properties is not None and properties.find(qn("w:vanish")) is not None and words.startswith("{")
            ):
                self.key += words.partition(KEY_MARK)[2]
                continue
            if self.key and properties is not None and properties.find(qn("w:vanish")) is not None:
                self.key += words  # the word processor has cut the hidden run in two
                continue
            if properties is not None and properties.find(qn("w:i")) is not None and words.startswith("Reviewed"):
                self.is_earlier = True
            control = next((a for a in run.iterancestors() if a.tag == qn("w:sdt")), None)
            if control is not None and control.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}") is not None:
                continue
            text.append(words)
        self.text = "".join(text)


def _read_cell(lines: list[_Line]) -> tuple[list[str], str]:
    """The answers that are ticked, and the comment: all else that stands in the cell."""
    ticked: dict[str, None] = {}
    comment: list[str] = []
    seen: set[str] = set()
    for line in lines:
        if line.is_earlier:
            continue
        answer = _ANSWER.fullmatch(line.text)
        # Only the first line of each answer is its box; a later line that begins with "agree" is a comment.
        if answer and answer["word"].lower() not in seen:
            word, rest = answer["word"].lower(), answer["after"].strip()
            seen.add(word)
            if any(sign in answer["before"] for sign in _TICKED):
                ticked[word] = None
            if rest in tuple(_TICKED):
                ticked[word] = None
            elif rest:
                comment.append(rest)
        elif line.text.strip() not in ("", COMMENT_PLACEHOLDER):
            comment.append(line.text.strip())
    return list(ticked), "\n".join(comment)


def _signed(document: Any) -> tuple[str, str]:
    """Name and date of the sign-off."""
    from docx.oxml.ns import qn

    def told(tag: str) -> str:
        return "".join(_field_text(control, qn) for control in _controls(document, tag, qn)).strip()

    return told("reviewer"), told("date")


def _controls(document: Any, tag: str, qn: Any) -> Iterator[Any]:
    for control in document.element.body.iter(qn("w:sdt")):
        name = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        if name is not None and name.get(qn("w:val")) == tag:
            yield control


def _field_text(control: Any, qn: Any) -> str:
    if control.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}") is not None:
        return ""
    return "".join(piece.text or "" for piece in control.iter(qn("w:t"))).strip("… ")
