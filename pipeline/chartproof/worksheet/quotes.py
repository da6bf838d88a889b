"""Quotes numbered in the order of the notes, and the notes' text cut so that each quote can be marked in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chartproof.model import Evidence
from chartproof.worksheet.scored import Paper

Span = tuple[int, int, int]  # start, end, number of the quote


@dataclass(frozen=True)
class Use:
    """One place of the worksheet that stands on a quote."""

    anchor: str
    text: str
    is_criterion: bool


@dataclass(frozen=True)
class Token:
    """A step in writing a note: some text, a mark that opens or closes, or the references after marked words.

    A mark that had to be split, because marks must nest and quotes may cross, opens again with ``first`` false.
    """

    kind: str  # text, open, close, refs
    text: str = ""
    number: int = 0
    first: bool = True
    numbers: tuple[int, ...] = ()


@dataclass
class Quotes:
    """Every span of the notes that the worksheet quotes, numbered from 1 in the order of the notes."""

    numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)
    uses: dict[int, list[Use]] = field(default_factory=dict)

    @classmethod
    def of(cls, papers: Sequence[Paper], evidence: Iterable[Evidence]) -> Quotes:
        """Number the spans of ``evidence``; a span told twice has one number.

        Raises:
            ValueError: a quote does not stand at its offsets in a note whose text is at hand, or there is no such
                note; the message names note and offsets, never the text.
        """
        order = {paper.id: place for place, paper in enumerate(papers)}
        texts = {paper.id: paper.text for paper in papers}
        spans = set()
        for e in evidence:
            text = texts.get(e.note, "")
            if text is not None and text[e.start : e.end] != e.quote:
                raise ValueError(f"a quote does not stand in {e.note} at {e.start}-{e.end}")
            spans.add((e.note, e.start, e.end))
        ordered = sorted(spans, key=lambda span: (order[span[0]], span[1], -span[2]))
        return cls({span: number for number, span in enumerate(ordered, start=1)})

    def number(self, evidence: Evidence) -> int:
        return self.numbers[evidence.note, evidence.start, evidence.end]

    def add_use(self, evidence: Evidence, use: Use) -> None:
        """Remember that ``use`` stands on this quote (once, however often it is told)."""
        uses = self.uses.setdefault(self.number(evidence), [])
        if use not in uses:
            uses.append(use)

    def decides(self, number: int) -> bool:
        """True when a criterion, not only a fact, stands on the quote."""
        return any(use.is_criterion for use in self.uses.get(number, []))

    def tokens(self, paper: Paper) -> list[Token]:
        """The note's text with its quotes marked; the ``text`` tokens joined are exactly that text."""
        if paper.text is None:
            return []
        return cut(paper.text, [(s, e, n) for (note_id, s, e), n in self.numbers.items() if note_id == paper.id])


def cut(text: str, spans: list[Span]) -> list[Token]:
    """Cut a text at its spans into tokens whose marks nest properly.

    References follow where no mark is open any more, so that they never stand inside marked words.
    """
    tokens: list[Token] = []
    stack: list[Span] = []
    closed: list[int] = []
    position = 0
    for point in sorted({p for start, end, _ in spans for p in (start, end)}):
        if point > position:
            tokens.append(Token("text", text=text[position:point]))
            position = point
        again = []
        while any(end == point for _, end, _ in stack):
            span = stack.pop()
            tokens.append(Token("close"))
            if span[1] == point:
                closed.append(span[2])
            else:
                again.append(span)
        if closed and not stack and not again:
            tokens.append(Token("refs", numbers=tuple(sorted(closed))))
            closed = []
        for span in sorted(again, key=lambda s: (-s[1], s[2])):
            tokens.append(Token("open", number=span[2], first=False))
            stack.append(span)
        for span in sorted((s for s in spans if s[0] == point), key=lambda s: (-s[1], s[2])):
            tokens.append(Token("open", number=span[2]))
            stack.append(span)
    if position < len(text):
        tokens.append(Token("text", text=text[position:]))
    return tokens


def numbers_in_words(numbers: Iterable[int]) -> str:
    """``(3, 4, 5, 9)`` as ``3–5, 9``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
