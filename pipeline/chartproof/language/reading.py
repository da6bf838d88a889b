"""A note as read: what every extractor works on.

All offsets here count characters of ``Reading.text`` (see text.py); ``Reading.evidence`` leads back to the note.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeVar

from chartproof.language.assertion import SECTION_ASSERTION, Assertion, Kind, decide
from chartproof.language.dates import DateMention, DateRange, find_dates, find_ranges
from chartproof.language.gate import OWN
from chartproof.language.nlp import Clinical
from chartproof.language.patterns import Patterns
from chartproof.language.pieces import Piece, Pieces
from chartproof.language.places import Spans
from chartproof.language.quantities import spans_with_duration
from chartproof.language.sections import SectionSpan, find_sections
from chartproof.language.sentences import find_clauses, find_sentences
from chartproof.language.sides import side_near
from chartproof.language.text import read_text
from chartproof.language.zones import find_zones
from chartproof.model import Evidence, Note, PartialDate
from chartproof.model.vocab import Laterality, NoteType

# Characters. At many places of a line all of it is looked at, as a row of a table has to be. The longest line of real notes,
# a note in one line, has two thirds of this.
_LONGEST_LINE = 20_000

# Two or more spaces, a bar or a dot leader part the cells of a line.
_CELL = re.compile(r"(?:(?! {2,}| ?\| ?|\.{3,}|\t).)+")

_RELATIVE = re.compile(r"(?:mother|father|parents?|brothers?|sisters?|siblings?|sons?|daughters?|child(?:ren)?|maternal|paternal|aunt|uncle|grand|mgm|mgf|pgm|pgf|mom|dad)\b", re.I)  # fmt: skip

# A form's or questionnaire's answer after the words: "Diabetes: No", "Blood thinner ..... N", "Cancer [x] no".
_ANSWERED_NO = re.compile(r"(?:\s?[:?=]\s*|\s*\.{3,}\s*|\s{1,30}(?:\[ \]|\( \)) ?(?:yes|y)\s+)?(?:\[x\]|\(x\))?\s?(?<![A-Za-z])(?:no|none|n|neg|negative|denies|denied|absent|never)\b(?=\s*(?:$|[.,;|\n)]|\s{2}|\[ \]|\( \)))", re.I)  # fmt: skip


_T = TypeVar("_T")
_start = itemgetter(0)
_date_start, _date_end = attrgetter("start"), attrgetter("end")


@dataclass(slots=True, eq=False)
class Sentence:
    """A sentence, [start, end), with its place in the note's order and the section it stands in."""

    start: int
    end: int
    index: int
    section: SectionSpan
    _reading: Reading = field(repr=False)

    @property
    def zone(self) -> str | None:
        """What kind of words it is where it asserts nothing of the patient (see zones.py)."""
        return self._reading.zones[self.index]


class Cell(NamedTuple):
    """A piece of a line between wide gaps: a cell where the line is a row of a table."""

    start: int
    end: int
    text: str
    column: int  # characters from the start of the line


class Line:
    """A line, [start, end), of a text; ``cells`` are found when they are first asked for, or given."""

    __slots__ = ("_cells", "end", "start", "text")

    def __init__(self, start: int, end: int, text: str, cells: tuple[Cell, ...] | None = None):
        self.start, self.end, self.text, self._cells = start, end, text, cells

    @property
    def cells(self) -> tuple[Cell, ...]:
        if self._cells is None:
            at = self.start
            self._cells = tuple(
                Cell(at + m.start() + lead, at + m.start() + lead + len(m[0].strip()), m[0].strip(), m.start() + lead)
                for m in _CELL.finditer(self.text)
                if m[0].strip()
                for lead in [len(m[0]) - len(m[0].lstrip())]
            )
        return self._cells


@dataclass(frozen=True)
class Target:
    """A hit of a target rule."""

    category: str
    value: str
    start: int
    end: int
    _reading: Reading = field(repr=False, compare=False)

    @property
    def assertion(self) -> Assertion:
        """What its context makes of it."""
        return self._reading.assertion(self.start, self.end)


class Reading:
    """One note, read."""

    def __init__(self, note: Note, clinical: Clinical):
        self.note = note
        self.patterns: Patterns = clinical.patterns
        self._clinical = clinical
        self._read = read_text(note.text)
        self.text: str = self._read.text
        self.scan()
        self.sections: list[SectionSpan] = find_sections(self.text, self.patterns.sections)
        self._section_starts = [s.start for s in self.sections]
        spans = list(self._split_at_sections(find_sentences(self.text)))
        self.sentences: list[Sentence] = [
            Sentence(start, end, index, self.section_at(start), self) for index, (start, end) in enumerate(spans)
        ]
        self._spans = Spans(self.text, spans)
        self._sentence_starts = self._spans.starts
        self._clauses: dict[int, list[tuple[int, int]]] = {}
        self._targets: dict[str, list[Target]] = {}
        self._known: dict[Callable[[Reading], Any], Any] = {}
        self._pieces = Pieces(self.text, spans, self._clauses_of, clinical)

    def scan(self) -> None:
        """Scan the text, where another note was read since."""
        scanner = self.patterns.scanner
        scanner.read(self.text)
        if OWN.engine != scanner.engine:
            OWN.read(self.text)

    def once(self, work: Callable[[Reading], _T]) -> _T:
        """What a function makes of this note, for one that looks at all of it and is asked at every place of it.

        Args:
            work: a function of a module, which is known again as the same.
        """
        if work not in self._known:
            self._known[work] = work(self)
        known: _T = self._known[work]
        return known

    @cached_property
    def zones(self) -> list[str | None]:
        """The zone of each sentence."""
        return find_zones(self._spans, [sentence.section for sentence in self.sentences], self.patterns)

    # -- where things stand ------------------------------------------------------------------------------------------

    @property
    def is_report(self) -> bool:
        """True for a radiologist's or laboratory's own document."""
        return self.note.type in (NoteType.IMAGING, NoteType.LAB)

    @property
    def date(self) -> PartialDate:
        return PartialDate(self.note.date)

    def section_at(self, position: int) -> SectionSpan:
        return self.sections[self.section_index(position)]

    def section_index(self, position: int) -> int:
        """The place in ``sections`` of the one at a position."""
        return max(0, bisect_right(self._section_starts, position) - 1)

    def sentence_at(self, position: int) -> Sentence:
        """The sentence at (or the last one before) a position; a note always has one.

        Raises:
            IndexError: the note holds no text.
        """
        return self.sentences[max(0, bisect_right(self._sentence_starts, position) - 1)]

    def clause_at(self, position: int) -> tuple[int, int]:
        """The clause around a position: a part of a sentence that a negation does not reach across."""
        if not self.sentences:
            return (0, len(self.text))
        clauses = self._clauses_of(self.sentence_at(position).index)
        return clauses[max(0, bisect_right(clauses, position, key=_start) - 1)]

    def _clauses_of(self, sentence: int) -> list[tuple[int, int]]:
        """The clauses of the sentence of that number."""
        clauses = self._clauses.get(sentence)
        if clauses is None:
            of = self.sentences[sentence]
            clauses = self._clauses[sentence] = find_clauses(self.text, of.start, of.end)
        return clauses

    def sentences_over(self, start: int, end: int) -> list[Sentence]:
        """The sentences that overlap [start, end)."""
        first = max(0, bisect_right(self._sentence_starts, start) - 1)
        return [s for s in self.sentences[first : bisect_left(self._sentence_starts, end)] if s.end > start]

    def sentences_in(self, *categories: str) -> Iterator[Sentence]:
        """The sentences of the sections of these categories."""
        return (s for s in self.sentences if s.section.category in categories)

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of the text (wrapped prose is one line), with their cells.

        One that is longer than any note's is cut where a sentence begins.
        """
        return [Line(at, end, self.text[at:end]) for at, end in self._line_spans()]

    def _line_spans(self) -> Iterator[tuple[int, int]]:
        at = 0
        for line in self.text.split("\n"):
            end = at + len(line)
            while end - at > _LONGEST_LINE:
                cut = self._sentence_starts[bisect_right(self._sentence_starts, at + _LONGEST_LINE) - 1]
                cut = cut if cut > at else at + _LONGEST_LINE
                yield at, cut
                at = cut
            yield at, end
            at = end + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [line.start for line in self.lines]

    def line_at(self, position: int) -> Line:
        return self.lines[self.line_index(position)]

    def line_index(self, position: int) -> int:
        return max(0, bisect_right(self._line_starts, position) - 1)

    def _split_at_sections(self, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """A heading within a line begins a new sentence."""
        for start, end in spans:
            at = start
            low = bisect_right(self._section_starts, start)
            high = bisect_right(self._section_starts, end - 1)
            for cut in self._section_starts[low:high]:
                if self.text[at:cut].strip():
                    yield at, at + len(self.text[at:cut].rstrip(" ,\n"))
                at = cut
            if self.text[at:end].strip():
                yield at, end

    # -- what a span asserts -----------------------------------------------------------------------------------------

    def assertion(self, start: int, end: int, ignore: tuple[str, ...] = ()) -> Assertion:
        """What the words at [start, end) assert, from section, zone of the sentence, and ConText.

        Args:
            ignore: kinds not to be considered, e.g. ``("planned",)`` where the caller reads plans itself.
        """
        cues: dict[Kind, str] = {}
        section = self.section_at(start)
        category = section.category
        if section.parent == "family_history" and _RELATIVE.match(section.title or ""):
            category = "family_history"
        if category in SECTION_ASSERTION:
            cues[SECTION_ASSERTION[category]] = f"section {section.title}"
        if self.sentences:
            zone = self.sentence_at(start).zone
            if zone:
                cues.setdefault(zone, "sentence")  # type: ignore[arg-type]
        answer = _ANSWERED_NO.match(self.text, end, min(len(self.text), end + 60))
        if answer and (answer[0][:1] in ":?=.( [" or answer[0].startswith(" ")):
            cues["negated"] = answer[0].strip()
        for clause, piece in self._clauses_between(start, max(start, end - 1)):
            first, last = piece.tokens(start, end)
            for m in piece.modifiers.get(clause, ()):
                (m_start, m_end), (low, high) = m.modifier_span, m.scope_span
                reach_back = (m.rule.metadata or {}).get("reach_back")
                if reach_back is not None and m_start - last > reach_back:
                    continue
                if low < last and first < high and not (m_start < last and first < m_end):
                    cue = self.text[piece.token_starts[m_start] : piece.token_ends[m_end - 1]]
                    cues.setdefault(m.category.lower(), cue)  # type: ignore[arg-type]
        return decide({k: cue for k, cue in cues.items() if k not in ignore})

    def _clauses_between(self, start: int, end: int) -> Iterator[tuple[int, Piece]]:
        """The starts of the clauses from the one at ``start`` to the one at ``end``, each with its piece."""
        if not self.sentences:
            return
        for number in range(self.sentence_at(start).index, self.sentence_at(end).index + 1):
            clauses = self._clauses_of(number)
            low = max(0, bisect_right(clauses, start, key=_start) - 1)
            high = max(0, bisect_right(clauses, end, key=_start) - 1)
            piece = self._pieces.of_sentence(number)
            for clause in clauses[low : high + 1]:
                yield clause[0], piece

    @cached_property
    def targets(self) -> list[Target]:
        """The hits of the target rules, in order; within a category the longest of overlapping hits."""
        found = [target for category in self._pieces.categories for target in self._targets_of(category)]
        return sorted(found, key=lambda t: (t.start, t.end))

    def targets_of(self, category: str, start: int = 0, end: int | None = None) -> list[Target]:
        """The targets of one category that stand within [start, end)."""
        end = len(self.text) if end is None else end
        hits = self._targets_of(category)
        first = bisect_right(hits, start - 1, key=lambda t: t.start)
        last = bisect_right(hits, end, key=lambda t: t.start)
        return [t for t in hits[first:last] if t.end <= end]

    def _targets_of(self, category: str) -> list[Target]:
        known = self._targets.get(category)
        if known is None:
            known, at = [], -1
            for start, end, value in sorted(self._pieces.targets(category), key=lambda h: (h[0], -h[1])):
                if start >= at:
                    known.append(Target(category, value, start, end, self))
                    at = end
            self._targets[category] = known
        return known

    # -- what is worth a look ----------------------------------------------------------------------------------------

    def may_hold(self, names: tuple[str, ...], start: int = 0, end: int | None = None) -> bool:
        """Whether something of these vocabularies and regexes may stand in [start, end).

        False is certain; True is not. It costs next to nothing, so that what needs one of them may ask first.

        Raises:
            KeyError: no pattern file defines one of the names.
        """
        return self.patterns.may_hold(names, self.text, start, len(self.text) if end is None else end)

    def may_hold_several(self, names: tuple[str, ...], least: int, start: int, end: int) -> bool:
        """False where fewer than ``least`` things of these vocabularies and regexes stand in [start, end)."""
        return self.patterns.may_hold_several(names, least, self.text, start, end)

    def may_name(self, category: str, but: str) -> bool:
        """False where the note holds no target of a category, those of the value ``but`` left aside."""
        return self._clinical.may_name(category, but, self.text)

    def sentences_with(self, *names: str) -> Iterator[Sentence]:
        """The sentences that may hold something of these vocabularies and regexes, in order."""
        return (self.sentences[number] for number in self.patterns.spans_with(names, self._spans))

    def sentences_with_duration(self) -> Iterator[Sentence]:
        """The sentences that may tell a length of time, in order."""
        return (self.sentences[number] for number in spans_with_duration(self._spans))

    # -- dates and sides ---------------------------------------------------------------------------------------------

    @cached_property
    def dates(self) -> list[DateMention]:
        """Every date told in the note, in order."""
        return find_dates(self.text, self.note.date)

    @cached_property
    def ranges(self) -> list[DateRange]:
        """Every period told by two dates."""
        return list(find_ranges(self.text, self.dates, self.note.date))

    def dates_in(self, start: int, end: int) -> list[DateMention]:
        dates = self.dates
        first = bisect_left(dates, start, key=_date_start)
        return [d for d in dates[first : bisect_left(dates, end, lo=first, key=_date_start)] if d.end <= end]

    def dates_over(self, start: int, end: int) -> list[DateMention]:
        """The dates told that overlap [start, end)."""
        dates = self.dates
        first = bisect_right(dates, start, key=_date_end)
        return dates[first : bisect_left(dates, end, lo=first, key=_date_start)]

    def date_near(self, start: int, end: int, *, low: int | None = None, high: int | None = None) -> DateMention | None:
        """The date told nearest to a span within its sentence (or within [low, high))."""
        sentence = self.sentence_at(start)
        low = sentence.start if low is None else low
        high = max(sentence.end, end) if high is None else high
        dates = self.dates_in(low, high)
        return min(dates, key=lambda d: min(abs(d.start - end), abs(start - d.end)), default=None)

    def side_of(self, start: int, end: int, *, low: int | None = None, high: int | None = None) -> Laterality | None:
        """The side told for a span: in its clause, else in its sentence (or only within [low, high))."""
        if low is not None or high is not None:
            return side_near(self.text, start, end, low or 0, len(self.text) if high is None else high)
        c_start, c_end = self.clause_at(start)
        side = side_near(self.text, start, end, c_start, max(c_end, end))
        if side is None:
            sentence = self.sentence_at(start)
            side = side_near(self.text, start, end, sentence.start, max(sentence.end, end))
        return side

    # -- back to the note --------------------------------------------------------------------------------------------

    def evidence(self, start: int, end: int, reading: str | None = None) -> Evidence:
        """The note's own words behind [start, end), without surrounding white space.

        Args:
            reading: how the words were read where they are no plain statement (``Assertion.describe()``).

        Raises:
            ValueError: the span holds nothing but white space.
        """
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        if start >= end:
            raise ValueError(f"empty evidence at {start} in {self.note.id}")
        note_start, note_end = self._read.to_note(start, end)
        if reading is None and self._read.is_repaired(start, end):
            reading = "ocr_repaired"
        section = self.section_at(start)
        return Evidence(
            note=self.note.id,
            start=note_start,
            end=note_end,
            quote=self.note.text[note_start:note_end],
            section=section.title,
            reading=reading,
        )


def read_note(note: Note, clinical: Clinical) -> Reading:
    """Read one note."""
    return Reading(note, clinical)
