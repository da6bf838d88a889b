"""The pieces of a note that are read for exam findings, with what their surroundings tell: side, date, whose words.

A piece is a sentence, or a whole line where a line is a row ("Thigh thrust ......... reproduces her pain").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from chartproof.extract.exam.days import dates_exam, day_of, is_payer_letter
from chartproof.extract.exam.leaning import asides
from chartproof.extract.exam.meaning import BLANK
from chartproof.extract.finding import Strength
from chartproof.language.reading import Line, Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality, NoteType

# Sections that tell no exam of the patient. Others may run on into one: letters have few headings.
_SKIPPED = frozenset("policy education instructions consent goals home_program technique comparison".split())
_NO_EXAM_NOTES = (NoteType.IMAGING, NoteType.LAB)
_ROW = re.compile(r"\.{3,}")
_LETTER = re.compile(r"[A-Za-z]")
_OPEN = re.compile(r"(?:^|[,;:]\s*)(?:pos|neg|equiv)\.$", re.IGNORECASE)
_CHOICE_END = re.compile(
    r"\s{3,}|\s/\s|\s+(?=\((?:R|L|right|left)\))|\s{2,}(?=[RL]\b)|[;.|]|\s(?=[A-Z][\w'-]*(?: [\w'-]+){0,3}:)"
)
_BARE_LABEL = re.compile(r"(?:(?:physical )?exam(?:ination)?|PE|O|objective|MSK|musculoskeletal)\s?:\s+", re.IGNORECASE)
_BULLET = re.compile(r"\s*[-*•]\s*")
_EXAM_TITLE = re.compile(
    r"\bre-?(?:check|test|exam|eval|assess)|\bexam\w*|\bobjective\b|\bfindings\b|palpat|provocat|\bspecial tests?\b",
    re.IGNORECASE,
)
# a line that opens an exam under another heading, without a colon: "Retest a.m.  L thigh thrust = ..."
_EXAM_LINE = re.compile(
    r"\W*(?:re-?(?:test|check|exam|eval|assess)\w*|(?:physical )?exam(?:ination)?|on exam(?:ination)?|objective"
    r"|palpation)\b"
    r"(?![^\n]{0,40}\b(?:goals?|will|next|in \d|at (?:the )?next)\b)",
    re.IGNORECASE,
)
_EXAM_LINES = 6  # lines from such a line to what belongs to it, at most
_WHEN = re.compile(r"\W*(?:when|once)\b", re.IGNORECASE)
_CORRECTION_REACH = 240  # characters back to "with the following corrections:"
_LONGEST = 1200  # characters
_SHORT_LABEL = 16  # characters: "On the right:"
_RESULT_LABEL = re.compile(r"\b(?:positive|negative|painful|painless)\s?: ", re.IGNORECASE)
_LISTED = 300  # characters of a list that runs on to the next line
_SPOKEN = re.compile(r"[?!]\"\s[a-z]|\s\?\s{0,2}[-,/]\s")  # "... I guess?" uncertain
_RUNS_ON = re.compile(r",[ ]?\n(?=[ ]{0,3}[A-Za-z(+][^:\n]{0,80})")
_QUOTED = 160  # characters of a sentence that ends within what the patient says: "some pressure? not sure"
_OF_TESTS = re.compile(r"provoc|\btests?\b|testing|man(?:eu|oeu)v|battery|cluster", re.IGNORECASE)
_STRUCK = re.compile(r"~~[^~\n]{1,60}~~")
# "pain with FABER and Gaenslen, none of which hurt on the right"
_OF_WHICH = re.compile(r",\s(?P<all>(?:none|neither|all|both|each) of which\b)", re.IGNORECASE)
_GAP = re.compile(r" {3,}")
_BLANK = re.compile(r"\n\s*\n")
_OPPOSITE = {Laterality.LEFT: Laterality.RIGHT, Laterality.RIGHT: Laterality.LEFT}


@dataclass(frozen=True)
class Unit:
    """A piece to read.

    Attributes:
        side: the side that a label before it tells ("SI tests, right side:").
        block: pieces of one passage share it; "the same maneuvers" look back within it.
    """

    start: int
    end: int
    side: Laterality | None
    block: int
    _reading: Reading = field(repr=False, compare=False)
    _in_letter: bool = False
    _of_tests: bool = False

    # Most pieces tell nothing: what their surroundings say is only looked for where something asks for it.

    @cached_property
    def _ticking(self) -> tuple[str, bool]:
        return tick(self._reading, self.start, self.end)

    @property
    def text(self) -> str:
        """The note's text with unticked boxes blanked out; the same offsets."""
        return self._ticking[0]

    @property
    def ticked(self) -> bool:
        """The piece is a list of boxes."""
        return self._ticking[1]

    @cached_property
    def _day(self) -> tuple[PartialDate | None, bool]:
        return day_of(self._reading, self.start, self.end, self._in_letter)

    @property
    def date(self) -> PartialDate | None:
        """The day of the exam; None where the words tell an exam of an unknown earlier day."""
        return self._day[0]

    @property
    def touch_side(self) -> Laterality | None:
        """The side that a label tells of what is pressed: not one that speaks of tests."""
        return None if self._of_tests else self.side

    @property
    def retold(self) -> bool:
        """The words tell an exam again that may stand elsewhere in the chart."""
        return self._day[1]

    @cached_property
    def dates(self) -> tuple[tuple[int, PartialDate], ...]:
        """Where the piece tells days of exams."""
        told = self._reading.dates_in(self.start, self.end)
        aside = asides(self._reading.text, self.start, self.end)
        told = [d for d in told if not any(low <= d.start < high for low, high in aside)]
        return tuple((d.end, d.value) for d in told if dates_exam(self._reading, d, self.start, self.end))

    @cached_property
    def _aside(self) -> list[tuple[int, int, PartialDate | None]]:
        """Brackets that tell an earlier exam, and its day: "2/5 (was 4/5 at eval 2/3/25)"."""
        out: list[tuple[int, int, PartialDate | None]] = []
        for low, high in asides(self._reading.text, self.start, self.end):
            told = [d.value for d in self._reading.dates_in(low, high) if d.value.first <= self._reading.note.date]
            out.append((low, high, told[-1] if told else None))
        return out

    @cached_property
    def corrects(self) -> bool:
        """The words put an earlier account of the same note right."""
        text = self._reading.text
        low = max(self.start - _CORRECTION_REACH, text.rfind("\n\n", 0, self.start), 0)
        return self._reading.patterns.regexes["exam_correction"].search(text, low, self.end) is not None

    def date_at(self, position: int) -> PartialDate | None:
        """The day of the exam at a position: the last one told before it in the piece, else the piece's own."""
        for low, high, day in self._aside:
            if low <= position < high:
                return day
        told = [date for at, date in self.dates if at <= position]
        return told[-1] if told else self.date

    @property
    def strength(self) -> Strength:
        if self.retold:
            return Strength.SUMMARY
        return Strength.PRIMARY if self.corrects else Strength.FIRST_HAND


def opposite(side: Laterality | None) -> Laterality | None:
    """Left for right and right for left."""
    return None if side is None else _OPPOSITE.get(side)


def find_units(reading: Reading, taken: list[Line]) -> Iterator[Unit]:
    """The pieces of a note, in order.

    Args:
        taken: lines that were read as rows of tables already.
    """
    if reading.note.type in _NO_EXAM_NOTES:
        return
    regexes = reading.patterns.regexes
    label_side: Laterality | None = None
    of_tests = False  # the label speaks of tests: "Right-sided maneuvers: four of five positive. Sulcus tender."
    label_section = -1
    block, last_end, last_parent = 0, 0, ""
    in_letter = is_payer_letter(reading)
    for start, end in _spans(reading, taken):
        if not _LETTER.search(reading.text, start, end):
            continue
        section = reading.section_at(start)
        sentence = reading.sentence_at(start)
        if last_parent and (section.parent != last_parent or _BLANK.search(reading.text, last_end, start)):
            block += 1
            label_side = None
        last_parent, last_end = section.parent, end
        if regexes["exam_side_heading"].match(reading.text[start:end]):
            label_side, label_section = next((s.side for s in find_sides(reading.text, start, end)), None), -1
            of_tests = False
            continue
        label = regexes["exam_label"].match(reading.text[start:end])
        if label is not None:
            opened = _BARE_LABEL.match(reading.text, start, end)  # "Exam: right-sided SI joint testing: ..."
            second = regexes["exam_label"].match(reading.text[opened.end() : end]) if opened is not None else None
            if opened is not None and second is not None:
                start, label = opened.end(), second
            words = reading.text[start : start + label.end()]
            told = (
                len(words) < 12
                or _heads_results(reading, start, words)
                or regexes["exam_label_words"].search(words) is not None
            )
            sides = {s.side for s in find_sides(reading.text, start, start + label.end())}
            named = reading.targets_of("provocative_test", start, start + label.end())
            order = regexes["exam_order"].search(reading.text, start, start + label.end())
            if told and order is None and len(sides) == 1 and not any(t.value != "other" for t in named):
                label_side, label_section = next(iter(sides)), reading.line_index(start)
                of_tests = _OF_TESTS.search(words) is not None
            elif label_side is not None and reading.line_index(start) != label_section and not named:
                # another label ends what the first one said, save in an indented list under it
                if not reading.line_at(start).text.startswith((" ", "-", "*")):
                    label_side = None
            elif label_side is not None and label_section >= 0 and _siblings(reading, label_section, start):
                label_side = None
        skipped = section.category in _SKIPPED or section.parent in _SKIPPED
        skipped = skipped and not (section.category == "other" and _EXAM_TITLE.search(section.title or ""))
        low = section.body if section.category in _SKIPPED else max(0, section.start - 3)  # a label may open it
        bounded = section.category in _SKIPPED
        if (skipped and not _own_paragraph(reading, low, start, end, bounded)) or _says_nothing(reading, sentence):
            continue
        if regexes["exam_hypothetical"].search(reading.text, start, end):
            continue
        yield Unit(start, end, label_side, block, reading, in_letter, label_side is not None and of_tests)


def _heads_results(reading: Reading, start: int, words: str) -> bool:
    """Whether "On the right:" heads a line that goes on with "Positive: ... Negative: ..."."""
    return len(words) < _SHORT_LABEL and _RESULT_LABEL.search(reading.line_at(start).text) is not None


def _siblings(reading: Reading, line: int, start: int) -> bool:
    """Whether the line numbered ``line`` and the one at ``start`` are two items of one list."""
    first, second = (_BULLET.match(text) for text in (reading.lines[line].text, reading.line_at(start).text))
    own = reading.line_index(start) != line
    return own and first is not None and second is not None and first[0] == second[0]


def _says_nothing(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence quotes a policy, teaches or supposes; "when I examined her" does not."""
    if sentence.zone == "hypothetical":
        return not _WHEN.match(reading.text, sentence.start)
    return sentence.zone is not None


def _own_paragraph(reading: Reading, after: int, start: int, end: int, bounded: bool) -> bool:
    """Whether a paragraph without a heading, some way under another one, tells an exam ("On examination ...").

    Args:
        bounded: the section that tells no exam begins at ``after``; else it is one further up.
    """
    low = reading.text.rfind("\n\n", after, start)
    if under_exam_line(reading, start, reading.line_index(after) + 1 if bounded else 0):
        return True
    return low >= 0 and reading.patterns.regexes["exam_told"].search(reading.text, low, end) is not None


def under_exam_line(reading: Reading, start: int, first: int = 0) -> bool:
    """Whether the line at ``start``, or one of its paragraph above it, opens an exam without being known as a heading.

    Args:
        first: the number of the first line that counts.
    """
    at = reading.line_index(start)
    for line in reversed(reading.lines[max(first, at - _EXAM_LINES) : at + 1]):
        if not line.text.strip():
            return False
        if _EXAM_LINE.match(line.text):
            return True
    return False


def _spans(reading: Reading, taken: list[Line]) -> Iterator[tuple[int, int]]:
    done = {line.start for line in taken}
    rows = {line.start: line for line in reading.lines if line.start not in done and is_row(reading, line)}
    last = -1
    opened: int | None = None  # "Pos. Gaenslen's": an abbreviation that ended no sentence
    before = 0
    for sentence in reading.sentences:
        line = reading.line_at(sentence.start)
        if opened is not None and (line.start in done or line.start in rows):
            yield from _short(reading.text, opened, before)
            opened = None
        if line.start in done:
            continue
        if line.start in rows:
            if line.start != last:
                yield from _short(reading.text, line.start, line.end)
            last = line.start
            continue
        start = sentence.start if opened is None else opened
        open_quote = reading.text.count('"', start, sentence.end) % 2 == 1 and sentence.end - start < _QUOTED
        open_quote = open_quote or _SPOKEN.match(reading.text, sentence.end - 2) is not None
        within = sentence.end < line.end and (open_quote or _OPEN.search(reading.text, start, sentence.end) is not None)
        if within or (sentence.end - start < _LISTED and _RUNS_ON.match(reading.text, sentence.end - 1)):
            opened, before = start, sentence.end
            continue
        opened = None
        yield from _short(reading.text, start, sentence.end)
    if opened is not None:
        yield from _short(reading.text, opened, before)


def _short(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A piece, cut where it is longer than any sentence: time grows with the square of a piece's length."""
    while end - start > _LONGEST:
        marks = (text.rfind(mark, start, start + _LONGEST) + 1 for mark in ";, ")
        cut = next((at for at in marks if at > start + _LONGEST // 2), start + _LONGEST)
        yield start, cut
        start = cut
    which = _OF_WHICH.search(text, start, end)
    if which is not None:
        yield start, which.start()
        start = which.start("all")
    if text[start:end].strip():
        yield start, end


def is_row(reading: Reading, line: Line) -> bool:
    """Whether a line is a row: a test or site alone in its first cell, and at least one more cell."""
    if len(line.cells) < 2:
        return False
    first = line.cells[0]
    for category in ("provocative_test", "tender_site"):
        hits = reading.targets_of(category, first.start, first.end)
        if not hits:
            continue
        rest = first.text
        for hit in sorted(hits, key=lambda h: -h.start):
            rest = rest[: hit.start - first.start] + rest[hit.end - first.start :]
        rest = re.sub(r"\b(?:tests?|sign|maneuver|right|left|R|L|and|active|\d)\b|[^A-Za-z]", "", rest, flags=re.I)
        if not rest:
            return True
    return bool(_ROW.search(line.text)) and bool(reading.targets_of("provocative_test", first.start, first.end))


def _without_struck(text: str, start: int, end: int) -> str:
    """The text with what is struck out ("~~neg~~ **pos**") blanked, of the same length."""
    if "~~" not in text[start:end]:
        return text
    piece = _STRUCK.sub(lambda m: BLANK * len(m[0]), text[start:end])
    return text[:start] + piece + text[end:]


def tick(reading: Reading, start: int, end: int) -> tuple[str, bool]:
    """The text with unticked choices in [start, end) blanked out, and whether there were boxes.

    A box stands before its choice ("[x] FABER [ ] Gaenslen") or, where the piece ends with a box, behind it.
    """
    text = _without_struck(reading.text, start, end)
    boxes = list(reading.patterns.regexes["exam_checkbox"].finditer(text, start, end))
    if not boxes:
        return text, False
    behind = not text[boxes[-1].end() : end].strip(" .;,|") and bool(text[start : boxes[0].start()].strip(" -*:|"))
    out = list(text[start:end])

    def blot(low: int, high: int) -> None:
        out[low - start : high - start] = BLANK * (high - low)

    for n, box in enumerate(boxes):
        blot(box.start(), box.end())
        if (box["box"] or box["round"] or "").lower() == "x":
            continue
        if behind:
            low, high = (boxes[n - 1].end() if n else start), box.start()
            if not n and ":" in text[low:high]:
                low += text[low:high].rindex(":") + 1
        else:
            low, high = box.end(), (boxes[n + 1].start() if n + 1 < len(boxes) else end)
            # what a ticked or unticked choice says ends at a wide gap or a stop; the next label begins there
            stops = (m.start() for m in _CHOICE_END.finditer(text, low, high) if text[low : m.start()].strip())
            high = next(stops, high)
        blot(low, high)
    for gap in _GAP.finditer(text, start, end):  # the gaps between boxes part nothing
        blot(gap.start() + 1, gap.end())
    return text[:start] + "".join(out) + text[end:], True
