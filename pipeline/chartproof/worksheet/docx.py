"""The worksheet as a Word document, for editing and faxing. What the reviewer ticks and writes is read back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.text import WD_COLOR_INDEX
from docx.shared import Inches, Pt, RGBColor

from chartproof.model.vocab import CriterionStatus
from chartproof.worksheet import words
from chartproof.worksheet.characters import showable
from chartproof.worksheet.docx_parts import add_field, keep_together, own_font, repeat_head, shade, text_field, tick_box
from chartproof.worksheet.quotes import numbers_in_words
from chartproof.worksheet.reviews import VERDICTS, Key
from chartproof.worksheet.sheet import DECISIONS, SIGN_OFF, UNSURE, CriterionRow, PolicySheet, QuoteGroup, Sheet

KEY_MARK = "chartproof review key "
COMMENT_PLACEHOLDER = "Comment"
_MOST_QUOTES, _MOST_GROUPS = 3, 4
_SHADES = {CriterionStatus.MET: "E4F4E9", CriterionStatus.NOT_MET: "FDEBEB", CriterionStatus.UNSURE: "FFF2D4"}
_FONT = "Arial"  # there, or there under another name, on every system that opens the file
_SOFT = RGBColor(0x4D, 0x5A, 0x6A)


def render_docx(sheet: Sheet) -> bytes:
    """The worksheet of one chart as .docx: criteria with quotes, and the passages quoted; not the notes in full."""
    return _Writer(sheet).write()


class _Writer:
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.document = Document()
        self._set_up()

    def write(self) -> bytes:
        self._head()
        self._summary()
        self._obtain()
        self._conflicts()
        self._timeline()
        for policy in self.sheet.policies:
            self._policy(policy)
        self._coding()
        self._sign_off()
        self._passages()
        buffer = io.BytesIO()
        self.document.save(buffer)
        return buffer.getvalue()

    # --- page -----------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        scored = self.sheet.scored
        page = self.document.sections[0]
        page.page_width, page.page_height = Inches(8.5), Inches(11)
        page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Inches(0.7)
        normal = self.document.styles["Normal"]
        normal.font.name, normal.font.size = _FONT, Pt(9)
        normal.paragraph_format.space_after = Pt(2)
        for name, size in (("Title", 18), ("Heading 1", 13), ("Heading 2", 11)):
            style = self.document.styles[name]
            style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(size), RGBColor(0x1C, 0x24, 0x30)
            own_font(style)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(10), Pt(3)
        properties = self.document.core_properties
        properties.title = showable(f"Worksheet {scored.chart_id}")
        properties.author = "chartproof"
        properties.comments = ""
        head = page.header.paragraphs[0]
        patient = scored.case.request.patient_id
        self._run(head, f"Chart {scored.chart_id}" + (f"   Patient {patient}" if patient else ""), soft=True)
        foot = page.footer.paragraphs[0]
        told = f"{words.capital(self.sheet.versions)}. SHA-256 of all notes: {scored.notes_hash}.  Page "
        self._run(foot, told, soft=True, size=7)
        add_field(foot, "PAGE")
        self._run(foot, " of ", soft=True, size=7)
        add_field(foot, "NUMPAGES")

    def _run(
        self, paragraph: Any, text: str, *, bold: bool = False, soft: bool = False, size: float | None = None
    ) -> Any:
        run = paragraph.add_run(showable(text))
        run.bold = bold or None
        if soft:
            run.font.color.rgb = _SOFT
        if size:
            run.font.size = Pt(size)
        return run

    def _paragraph(self, text: str = "", style: str | None = None, **how: Any) -> Any:
        paragraph = self.document.add_paragraph(style=style)
        if text:
            self._run(paragraph, text, **how)
        return paragraph

    def _table(self, heads: Sequence[str], widths: Sequence[float]) -> Any:
        table = self.document.add_table(rows=1, cols=len(heads), style="Table Grid")
        table.autofit = False
        for column, cell, head, width in zip(table.columns, table.rows[0].cells, heads, widths, strict=True):
            column.width = cell.width = Inches(width)
            self._run(cell.paragraphs[0], head, bold=True)
            shade(cell, "E8EDF2")
        repeat_head(table.rows[0])
        return table

    def _row(self, table: Any, values: Sequence[str]) -> Any:
        row = table.add_row()
        for cell, head, value in zip(row.cells, table.rows[0].cells, values, strict=True):
            cell.width = head.width
            for count, line in enumerate(value.split("\n")):
                self._run(cell.paragraphs[0] if not count else cell.add_paragraph(), line)
        keep_together(row)
        return row

    # --- parts ----------------------------------------------------------------------------------------------------

    def _head(self) -> None:
        self.document.add_paragraph("Prior-authorization worksheet", style="Title")
        table = self._table(["Request", "", "Read in"], [1.3, 3.9, 1.9])
        self._row(table, ["Chart", self.sheet.scored.chart_id, ""])
        for field in self.sheet.request:
            self._row(table, [field.name, field.value, field.source])
        for policy in self.sheet.policies:
            told = policy.determination
            self._row(table, [f"Policy {policy.letter}".strip(), f"{told.payer}: {told.policy}, {policy.in_force}", ""])

    def _summary(self) -> None:
        self.document.add_heading("Summary", 1)
        table = self._table(["Policy", "Outcome", "What decides it"], [1.6, 1.5, 4.0])
        for policy in self.sheet.policies:
            counts = ", ".join(f"{count} {words.STATUS[status].lower()}" for status, count in policy.counts.items())
            deciding = [
                f"{words.SIGN[row.result.status]} {row.result.id} {row.result.label}: {_found(row)}"
                for row in policy.deciding
            ]
            if policy.more_open:
                deciding.append(f"and {policy.more_open} more that {'is' if policy.more_open == 1 else 'are'} open")
            outcome = words.OUTCOME[policy.determination.status]
            row = self._row(table, [policy.name, "", "\n".join(deciding) or "Every criterion is met."])
            self._run(row.cells[1].paragraphs[0], outcome, bold=True, size=11)
            self._run(row.cells[1].add_paragraph(), counts)
            self._run(row.cells[0].add_paragraph(), policy.determination.title, soft=True, size=8)
        self._paragraph(UNSURE, soft=True)

    def _obtain(self) -> None:
        if not self.sheet.obtain:
            return
        self.document.add_heading("What to obtain", 1)
        for missing in (True, False):
            items = [item for item in self.sheet.obtain if item.missing is missing]
            if not items:
                continue
            said = "Missing: these criteria are unsure without it"
            self.document.add_heading(
                said if missing else "Not met on what the notes say: obtain only where there is more than they tell", 2
            )
            table = self._table(["What", "From", "Why", "For"], [2.2, 1.2, 2.3, 1.4])
            for item in items:
                refs = "\n".join(f"{ref.letter} {ref.id}".strip() for ref in item.criteria)
                self._row(table, [f"☐ {words.capital(item.what)}", item.source, "\n".join(item.whys), refs])

    def _conflicts(self) -> None:
        if not self.sheet.conflicts:
            return
        self.document.add_heading("Contradictions between notes", 1)
        for conflict in self.sheet.conflicts:
            self._paragraph(conflict.about, bold=True)
            for value, quotes in conflict.tellings:
                self._paragraph(value, style="List Bullet", bold=True)
                for quote in quotes:
                    line = self._paragraph(f"[{quote.number}] “{_flat(quote.quote)}” ")
                    line.paragraph_format.left_indent = Inches(0.4)
                    self._run(line, quote.source, soft=True, size=8)

    def _timeline(self) -> None:
        if self.sheet.timeline is None:
            return
        self.document.add_heading(f"Timeline up to the request of {self.sheet.timeline.request_date}", 1)
        table = self._table(["Date", "Kind", "What"], [1.8, 1.1, 4.2])
        for event in self.sheet.timeline.events:
            self._row(table, [event.when, event.lane, event.label + (" (planned)" if event.planned else "")])

    def _policy(self, policy: PolicySheet) -> None:
        told = policy.determination
        self.document.add_heading(showable(f"{policy.name}: {told.title}"), 1)
        lines = [self._paragraph(f"{words.OUTCOME[told.status]}. Policy {told.policy}, {policy.in_force}.")]
        lines += [self._paragraph(notice, bold=True) for notice in told.notices]
        for line in lines:
            line.paragraph_format.keep_with_next = True
        table = self._table(["Criterion", "What is required, what the notes show", "Reviewer"], [1.3, 4.7, 1.1])
        for row in policy.rows:
            added = table.add_row()
            if not row.parts:
                keep_together(added)
            cells = added.cells
            for cell, head in zip(cells, table.rows[0].cells, strict=True):
                cell.width = head.width
            self._criterion(cells[0], row)
            self._answer(cells[1], row)
            self._review(cells[2], row)

    def _criterion(self, cell: Any, row: CriterionRow) -> None:
        status = row.result.status
        self._run(cell.paragraphs[0], row.result.id, bold=True)
        self._run(cell.add_paragraph(), f"{words.SIGN[status]} {words.STATUS[status]}", bold=True)
        if row.open:
            self._run(cell.add_paragraph(), words.REASON[row.result.reason], soft=True, size=8)
        shade(cell, _SHADES[status])

    def _answer(self, cell: Any, row: CriterionRow) -> None:
        result = row.result
        head = cell.paragraphs[0]
        self._run(head, result.label, bold=True)
        if result.citation:
            self._run(head, f"  {result.citation}", soft=True, size=8)
        for name, text in (("Required: ", result.required), ("Found: ", _found(row))):
            line = cell.add_paragraph()
            self._run(line, name, soft=True)
            self._run(line, text)
        if row.open:
            for gap in result.obtain:
                line = cell.add_paragraph()
                self._run(line, "To obtain: ", bold=True)
                self._run(line, f"{gap.what}, from {gap.source}")
        self._groups(cell, row.groups, 0.12)
        for part in row.parts:
            self._part(cell, part, 1)

    def _part(self, cell: Any, row: CriterionRow, depth: int) -> None:
        status = row.result.status
        line = cell.add_paragraph()
        line.paragraph_format.left_indent = Inches(0.14 * depth)
        self._run(line, f"{words.SIGN[status]} {words.STATUS[status]} ", bold=True, size=8.5)
        self._run(line, f"{row.result.id} {row.result.label}: ", size=8.5)
        self._run(line, words.beside(row.result.label, _found(row)), soft=True, size=8.5)
        if row.open and depth == 1:
            self._groups(cell, row.groups, 0.14 * depth + 0.12)
        elif row.numbers:
            self._run(line, f" [{numbers_in_words(row.numbers)}]", soft=True, size=8)
        for part in row.parts:
            self._part(cell, part, depth + 1)

    def _groups(self, cell: Any, groups: list[QuoteGroup], indent: float) -> None:
        for group in groups[:_MOST_GROUPS]:
            if group.fact:
                line = cell.add_paragraph()
                line.paragraph_format.left_indent = Inches(indent)
                line.paragraph_format.keep_with_next = True
                self._run(line, words.capital(group.fact), size=8.5)
            for quote in group.quotes[:_MOST_QUOTES]:
                line = cell.add_paragraph()
                line.paragraph_format.left_indent = Inches(indent + 0.1)
                self._run(line, f"[{quote.number}] “{_flat(quote.quote)}” ", size=8.5)
                self._run(line, quote.source, soft=True, size=7.5)
        shown = {q.number for group in groups[:_MOST_GROUPS] for q in group.quotes[:_MOST_QUOTES]}
        rest = {q.number for group in groups for q in group.quotes} - shown
        if rest:
            line = cell.add_paragraph()
            line.paragraph_format.left_indent = Inches(indent)
            self._run(line, f"and the quotes [{numbers_in_words(rest)}]", soft=True, size=8)

    def _review(self, cell: Any, row: CriterionRow) -> None:
        now = row.review if row.review_holds else None
        first = cell.paragraphs[0]
        for count, (verdict, text) in enumerate(VERDICTS.items()):
            line = cell.add_paragraph() if count else first
            line._p.append(tick_box(verdict, text, bool(now and now.verdict == verdict)))
            self._run(line, f" {text}")
        line = cell.add_paragraph()
        line._p.append(text_field("comment", "Comment", showable(now.comment) if now else "", COMMENT_PLACEHOLDER))
        hidden = self._run(line, KEY_MARK + row.key.model_dump_json(include=set(Key.model_fields)), size=1)
        hidden.font.hidden = True
        if row.review and now is None:
            verdict = VERDICTS[row.review.verdict] if row.review.verdict else "no verdict"
            told = f"Reviewed before, when the chart was read otherwise: {verdict}"
            # Not to be taken for a comment of today: see import_review.
            self._earlier(cell, told + (f", “{row.review.comment}”" if row.review.comment else ""))
        elif now and (now.reviewer or now.date):
            by = f" by {now.reviewer}" if now.reviewer else ""
            self._earlier(cell, f"Reviewed{by}{f', {now.date}' if now.date else ''}")

    def _earlier(self, cell: Any, text: str) -> None:
        run = self._run(cell.add_paragraph(), text, soft=True, size=7.5)
        run.font.italic = True

    def _coding(self) -> None:
        if not self.sheet.coding:
            return
        self.document.add_heading("Coding checks", 1)
        table = self._table(["What", "Requested", "In the notes", "Check"], [1.9, 2.1, 1.9, 1.2])
        said = {True: "✓ agree", False: "✕ look into it", None: "? nothing to compare"}
        for check in self.sheet.coding:
            self._row(table, [check.about, check.requested, check.in_notes, said[check.agrees]])

    def _sign_off(self) -> None:
        self.document.add_heading("Sign-off", 1)
        self._paragraph(SIGN_OFF, soft=True)
        if len(self.sheet.policies) > 1:
            line = self._paragraph("Policy applied:  ")
            for policy in self.sheet.policies:
                line._p.append(tick_box(f"applied {policy.letter}", policy.letter, False))
                self._run(line, f" {policy.name}     ")
        line = self._paragraph("Decision:  ")
        for decision, text in DECISIONS.items():
            line._p.append(tick_box(decision, text, False))
            self._run(line, f" {text}     ")
        table = self._table(["Reviewer", "Credentials", "Date", "Rationale"], [1.8, 1.1, 1.0, 3.2])
        row = self._row(table, ["", "", "", ""])
        row.height = Inches(0.6)
        for cell, tag in zip(row.cells, ("reviewer", "credentials", "date", "rationale"), strict=True):
            cell.paragraphs[0]._p.append(text_field(tag, words.capital(tag), "", "…"))

    def _passages(self) -> None:
        if not any(note.passages for note in self.sheet.notes):
            return
        self.document.add_heading("Passages that criteria quote", 1)
        for note in self.sheet.notes:
            if not note.passages:
                continue
            self.document.add_heading(showable(f"{words.capital(note.label)} ({note.paper.id})"), 2)
            for passage in note.passages:
                line = self._paragraph("… " if passage.cut_before else "", size=8)
                line.paragraph_format.left_indent = Inches(0.1)
                line.paragraph_format.space_after = Pt(4)
                depth = 0
                for token in passage.tokens:
                    if token.kind == "open":
                        depth += 1
                    elif token.kind == "close":
                        depth -= 1
                    elif token.kind == "refs":
                        self._run(line, f"[{numbers_in_words(token.numbers)}]", soft=True, size=6.5)
                    else:
                        run = self._run(line, token.text, size=8)
                        run.font.highlight_color = WD_COLOR_INDEX.YELLOW if depth else None
                        run.underline = True if depth else None  # the highlight does not survive a fax
                if passage.cut_after:
                    self._run(line, " …", size=8)


def _found(row: CriterionRow) -> str:
    return row.result.found or words.REASON[row.result.reason]


def _flat(text: str) -> str:
    """A quote on one line."""
    return " ".join(text.split())
