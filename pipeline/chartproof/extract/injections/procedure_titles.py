"""Which mentions name the procedure of a procedure's document: its title, a labelled line, "here for", a site alone."""

from __future__ import annotations

import re
from datetime import date

from chartproof.extract.injections.form_fields import box_before
from chartproof.extract.injections.mention import Mention
from chartproof.extract.injections.procedure_done import given_at_joint
from chartproof.extract.injections.procedure_parts import Parts
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.vocab import NoteType

TITLE_SECTIONS = ("procedure", "exam_title")
_HEAD_LINES = 30
_LABELLED = re.compile(
    r"\W*(?:done(?: today)?|procedures?(?: performed| done)?|performed"
    r"|billed(?: as)?|billing|service|operation|cpt(?: code)?|px|op|joint"
    r"|what was done|treatment|proc)\b\s*[:.=-]*\s+",
    re.I,
)
# "no bursa or facet injections today", "we did not inject the piriformis"
_NOT_DONE = re.compile(r"\b(?:no|not|never|without|n't)\b(?! only)[^.;:]{0,60}$", re.I)
_DATE_LABEL = re.compile(
    r"\b(?:date of (?:procedure|service|operation|surgery|exam)|procedure date|operation date|DOS|date)\s*[:.]?\s*$",
    re.I,
)
# "(b) piriformis, right, 20552"
_ITEM = re.compile(r"(?:[\w /]{3,20}[:\t ]\s*)?\s*\(?(?:[1-4]|[a-d]|i{1,3}|iv)[.)]\s", re.I)
_BILLED = re.compile(r"\b(?:20\d{3}|27\d{3}|6[24]\d{3})\b|\binj", re.I)
# "L SIJ and L L4-5 facet"
_AND_SITE = re.compile(
    r"(?:\s*joints?)?[\s,]*(?:and|&|\+|plus|/|as well as)\s*"
    r"(?:(?:the|left|right|bilateral|[RL]T?|[LS]\d(?:\s?[-/]\s?[LS]?\d)?)\s+)*",
    re.I,
)


class ProcedureTitles:
    """Finds what names the day's procedure of one document."""

    def __init__(self, reading: Reading, mentions: list[Mention], parts: Parts):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.mentions = mentions
        self.parts = parts

    def find(self) -> list[Mention]:
        """The mentions that name the day's procedure: its title, or "here for a right SI joint injection"."""
        addenda = {s.index for _, part in self.parts.addenda for s in part}
        candidates = [
            m
            for m in self.mentions
            if m.target
            and not m.pronoun
            and box_before(self.reading, m.word[0]) is not False
            and not _NOT_DONE.search(self.text, max(m.sentence.start, m.start - 60), m.word[0])
            and m.sentence.zone not in ("policy", "education")
            and m.sentence.index not in addenda
            and m.sentence.section.category not in ("plan", "instructions", "complications")
        ]
        title = [m for m in candidates if self._in_title(m) and (not self.past(m) or self._dates_the_document(m))]
        if title:
            return title + self._next_items(title) if all(m.target == "si_joint" for m in title) else title
        candidates = [m for m in candidates if not self.past(m)]
        here = [m for m in candidates if self._here_for(m)]
        if here:
            return here
        labelled = self._labelled_titles()
        if labelled:
            return labelled
        not_today = self.regexes["injection_not_today"]
        calm = [m for m in candidates if not not_today.search(self.text, m.sentence.start, m.sentence.end)]
        calm = [m for m in calm if m.status not in ("planned", "declined")]
        needle = [m for m in calm if m.target == "si_joint"] or calm
        if needle and self._has_needle():
            return needle[:1]
        return self._site_titles()

    def _has_needle(self) -> bool:
        if any(self.regexes["injection_needle"].search(self.text, s.start, s.end) for s in self.parts.body):
            return True
        find, text = self.reading.patterns.find, self.text
        seen = next(find("injection_guidance", text), None) or next(find("injection_contrast", text), None)
        return seen is not None and given_at_joint(self.reading)

    def _site_titles(self) -> list[Mention]:
        """A document whose title names the site alone ("Procedure: R SIJ, fluoro"), or names none before the needle."""
        if self.reading.note.type is not NoteType.PROCEDURE or not self._has_needle():
            return []
        find = self.reading.patterns.find
        if (
            next(find("injection_anesthetic", self.text), None) is None
            and next(find("injection_steroid", self.text), None) is None
        ):
            return []
        described = any(self.regexes["injection_needle"].search(self.text, s.start, s.end) for s in self.parts.body)
        named = sorted((m.start(), value) for value, m in find("injection_site", self.text))
        if not described and named and named[0][1] != "si_joint":
            return []  # with no word of a needle the site named first is what was treated
        head = [s for s in self.parts.before if s.section.category in (*TITLE_SECTIONS, "head", "procedure_diagnosis")]
        for sentences in (
            [s for s in head if s.section.category in TITLE_SECTIONS][:3],
            head[:10],
            self.parts.body,
            self.parts.before[:6],
        ):
            for sentence in sentences:
                if self.regexes["injection_other_procedure"].search(self.text, sentence.start, sentence.end):
                    return []
                hits = sorted(
                    find("injection_site", self.text, sentence.start, sentence.end), key=lambda hit: hit[1].start()
                )
                for i, (value, m) in enumerate(hits):
                    if value != "si_joint":
                        continue
                    titles = [self._named_alone(value, m, sentence)]
                    for other, also in hits[i + 1 :]:
                        if not _AND_SITE.fullmatch(self.text, titles[-1].end, also.start()):
                            break
                        titles.append(self._named_alone(other, also, sentence))
                    return titles + self._next_items(titles)
        return []

    def _labelled_titles(self) -> list[Mention]:
        """The sites that a labelled line near the top names alone ("Done: L SI joint again", "Billed: 27096-RT")."""
        if self.reading.note.type is not NoteType.PROCEDURE or not self._has_needle():
            return []
        for line in self.reading.lines[:_HEAD_LINES]:
            labels = (_LABELLED.match(self.text, cell.start, line.end) for cell in line.cells)
            label = next((m for m in labels if m), None)
            if label is None or self.regexes["injection_other_procedure"].search(line.text):
                continue
            low = label.end()
            found = self.reading.patterns.find("injection_site", self.text, low, line.end)
            hits = sorted(found, key=lambda h: h[1].start())
            if not any(value == "si_joint" for value, _ in hits):
                continue
            titles: list[Mention] = []
            for value, m in hits:
                unticked = box_before(self.reading, m.start()) is False
                if value == "other" or unticked or _NOT_DONE.search(self.text, max(low, m.start() - 40), m.start()):
                    continue
                if any(t.target == value for t in titles):
                    continue
                told = self._named_alone(value, m, self.reading.sentence_at(m.start()))
                behind = list(find_sides(self.text, m.end(), min(line.end, m.end() + 16)))
                told.side = told.side or (behind[0].side if behind else None)
                titles.append(told)
            return titles
        return []

    def _next_items(self, titles: list[Mention]) -> list[Mention]:
        """The sites of the items below "1. LEFT sacroiliac joint. ...": "2. LEFT piriformis muscle. ..."."""
        own = self.reading.line_index(titles[0].start)
        index = next((i for i in (own, *range(_HEAD_LINES)) if self._joint_item(i)), None)
        if index is None:
            return []
        out: list[Mention] = []
        for line in self.reading.lines[max(0, index - 3) : index + 5]:
            item = _ITEM.match(line.text) if line is not self.reading.lines[index] else None
            hits = sorted(
                self.reading.patterns.find("injection_site", self.text, line.start, min(line.end, line.start + 60)),
                key=lambda h: h[1].start(),
            )
            if item is None or not hits or hits[0][0] in {t.target for t in titles}:
                continue
            given = any(
                next(self.reading.patterns.find(name, self.text, line.start, line.end), None)
                for name in ("injection_anesthetic", "injection_steroid")
            )
            if given or _BILLED.search(line.text):
                out.append(self._named_alone(hits[0][0], hits[0][1], self.reading.sentence_at(hits[0][1].start())))
        return out

    def _joint_item(self, index: int) -> bool:
        """Whether a line is an item that names the SI joint ("1. LEFT sacroiliac joint. ...")."""
        if index >= len(self.reading.lines) or _ITEM.match(self.reading.lines[index].text) is None:
            return False
        line = self.reading.lines[index]
        sites = self.reading.patterns.find("injection_site", self.text, line.start, min(line.end, line.start + 60))
        return any(value == "si_joint" for value, _ in sites)

    def _named_alone(self, target: str, m: re.Match[str], sentence: Sentence) -> Mention:
        """The mention of a site by which a document names its procedure."""
        told = Mention(m.start(), m.end(), m.span(), sentence, target, m.span(), status="performed")
        before = list(find_sides(self.text, max(sentence.start, m.start() - 18), m.start()))
        told.side = before[-1].side if before else None
        return told

    def _dates_the_document(self, m: Mention) -> bool:
        """A date beside the title, some days before the note was signed, is the procedure's."""
        return m.date is not None and m.date.day is not None and (self.reading.note.date - m.date.first).days <= 30

    def past(self, m: Mention) -> bool:
        return bool(m.dates) or (
            m.date is not None
            and m.date.last < self.document_date()
            and not m.date.could_equal(PartialDate(self.document_date()))
        )

    def _in_title(self, m: Mention) -> bool:
        line = self.reading.line_at(m.start)
        section = m.sentence.section
        if (
            re.search(r"\b(?:interval|history|hx|previous|prior)\b", self.text[line.start : m.start], re.I)
            and section.category != "procedure"
        ):
            return False
        if (
            section.category in TITLE_SECTIONS
            and m.start - section.body < 300
            and not self.regexes["injection_body_start"].search(self.text, section.body, m.start)
        ):
            if (
                not self.regexes["injection_not_today"].search(self.text, m.sentence.start, m.start)
                or m.start - section.body < 60
            ):
                return True
        if re.match(
            r"\s*(?:procedures?|operations?|exam(?:ination)?|study|service|title|cpt)\b[^:.]{0,30}:", line.text, re.I
        ):
            return m.start - line.start < 220
        if self.reading.line_index(m.start) <= 8 and m.sentence.end - m.sentence.start <= 130:
            letters = self.text[m.sentence.start : m.sentence.end]
            verbs = re.search(
                r"\b(?:he|she|patient|pt|who|is|was|were|has|had|gave|wore|lasted|helped|reports?|returns?"
                r"|comes?|undergo\w*|(?-i:I|[Ww]e)|since)\b|(?<![.\d])\d{2,3} ?%",
                letters,
                re.I,
            )
            return not verbs
        return False

    def _here_for(self, m: Mention) -> bool:
        before = self.text[m.sentence.start : m.start]
        return (
            m.sentence.index <= 14
            and bool(self.regexes["injection_here_for"].search(before))
            and m.status != "declined"
        )

    def document_date(self) -> date:
        """The day of the procedure as the document's head gives it, else the note's."""
        note_day = self.reading.note.date
        for d in self.reading.dates[:6]:
            if d.value.day and _DATE_LABEL.search(self.text[max(0, d.start - 26) : d.start]):
                if abs((d.value.first - note_day).days) <= 30:
                    return d.value.first
                break
        return note_day
