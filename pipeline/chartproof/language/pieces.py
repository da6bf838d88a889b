"""A note in pieces that become spaCy Docs one by one, when something is asked of them.

A piece is a sentence, or several where no white space parts them, so that the tokens of a piece are those that the
whole note would have there. Most sentences of most notes hold nothing that is looked for and are never tokenised.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chartproof.language.nlp import Clinical, ConTextModifier, token_spans

# Characters. Around a position in what is longer, without white space, its whole piece is tokenised.
_LONGEST_CHUNK = 200


@dataclass
class Piece:
    """A tokenised part of the text; offsets count characters of the text, tokens those of the piece."""

    start: int
    end: int
    token_starts: list[int]
    token_ends: list[int]
    modifiers: dict[int, list[ConTextModifier]]  # by the start of the clause that they stand in
    phrases: list[tuple[str, int, int]]  # label, start and end of the phrases among the targets

    def tokens(self, start: int, end: int) -> tuple[int, int]:
        """The tokens [first, last) that the span [start, end) touches; of a span that reaches further, those here."""
        first = max(0, bisect_right(self.token_starts, start) - 1)
        return first, max(first + 1, bisect_right(self.token_starts, end - 1))


class Pieces:
    """The pieces of one text.

    Args:
        text: the text as read.
        sentences: spans of its sentences, in order.
        clauses_of: gives the clauses of the sentence of that number.
        clinical: the pipeline.
    """

    def __init__(
        self,
        text: str,
        sentences: list[tuple[int, int]],
        clauses_of: Callable[[int], list[tuple[int, int]]],
        clinical: Clinical,
    ):
        self._text = text
        self._sentences = sentences
        self._clauses_of = clauses_of
        self._clinical = clinical
        self._firsts: list[int] = []  # number of the first sentence of each piece
        at = -1
        for number, (start, end) in enumerate(sentences):
            between = text[at:start] if at >= 0 else " "
            if between and not between.strip():
                self._firsts.append(number)
            at = end
        self._starts = [sentences[first][0] for first in self._firsts]
        self._pieces: dict[int, Piece] = {}

    def number_at(self, position: int) -> int:
        """The number of the piece at, or the last one before, a position."""
        return max(0, bisect_right(self._starts, position) - 1)

    def of_sentence(self, number: int) -> Piece:
        """The piece that holds the sentence of that number."""
        return self.piece(max(0, bisect_right(self._firsts, number) - 1))

    def piece(self, number: int) -> Piece:
        """The piece of that number, tokenised on first use."""
        piece = self._pieces.get(number)
        if piece is None:
            piece = self._pieces[number] = self._read(number)
        return piece

    def _read(self, number: int) -> Piece:
        first = self._firsts[number]
        beyond = self._firsts[number + 1] if number + 1 < len(self._firsts) else len(self._sentences)
        low, high = self._sentences[first][0], self._sentences[beyond - 1][1]
        clauses = [clause for n in range(first, beyond) for clause in self._clauses_of(n)]
        clause_starts = [start for start, _ in clauses]
        doc, modifiers, phrases = self._clinical.read(self._text[low:high], [start - low for start in clause_starts])
        begins, closes = token_spans(doc)
        starts = [begin + low for begin in begins]
        ends = [close + low for close in closes]
        by_clause: dict[int, list[ConTextModifier]] = {}
        for m in modifiers:
            if m.direction != "TERMINATE":
                clause = clause_starts[max(0, bisect_right(clause_starts, starts[m.modifier_span[0]]) - 1)]
                by_clause.setdefault(clause, []).append(m)
        return Piece(low, high, starts, ends, by_clause, [(label, s + low, e + low) for label, s, e in phrases])

    @property
    def categories(self) -> Iterable[str]:
        """The categories of targets."""
        return self._clinical.categories

    def targets(self, category: str) -> list[tuple[int, int, str]]:
        """Start, end and value of the hits of a category; those of regexes reach out to whole tokens."""
        if not self._firsts:
            return []
        out: list[tuple[int, int, str]] = []
        spans = self._clinical.phrase_spans(category, self._text)
        for number in sorted({n for low, high in spans for n in range(self.number_at(low), self.number_at(high) + 1)}):
            for label, start, end in self.piece(number).phrases:
                of, value, *_ = label.split("=")
                if of == category:
                    out.append((start, end, value))
        for value, regex in self._clinical.regex_targets(category):
            for m in regex.finditer(self._text):
                if m.start() < m.end():
                    out.append((*self._whole_tokens(m.start(), m.end()), value))
        return out

    def _whole_tokens(self, start: int, end: int) -> tuple[int, int]:
        """The span from the beginning of the token at ``start`` to the end of the one before ``end``."""
        return self._token_start(start), self._token_end(end)

    def _around(self, at: int) -> tuple[int, int] | None:
        """What stands between white space around a position; tokens never reach over white space."""
        if self._text[at].isspace():
            return None
        low, high = at, at + 1
        while low > 0 and not self._text[low - 1].isspace():
            low -= 1
            if at - low > _LONGEST_CHUNK:
                return None
        while high < len(self._text) and not self._text[high].isspace():
            high += 1
            if high - at > _LONGEST_CHUNK:
                return None
        return low, high

    def _token_start(self, at: int) -> int:
        chunk = self._around(at)
        if chunk is not None:
            low, high = chunk
            if at == low:
                return at
            return max(s + low for s, _ in self._clinical.tokens(self._text[low:high]) if s + low <= at)
        piece = self.piece(self.number_at(at))
        if at >= piece.end:
            return at  # in the white space between two pieces
        return piece.token_starts[max(0, bisect_right(piece.token_starts, at) - 1)]

    def _token_end(self, at: int) -> int:
        chunk = self._around(at - 1)
        if chunk is not None:
            low, high = chunk
            if at == high:
                return at
            return min(e + low for _, e in self._clinical.tokens(self._text[low:high]) if e + low >= at)
        piece = self.piece(self.number_at(at - 1))
        if at > piece.end:
            return at
        return piece.token_ends[max(0, bisect_right(piece.token_starts, at - 1) - 1)]
