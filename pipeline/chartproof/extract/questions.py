"""Questions of a form, with the answers that stand behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chartproof.language.reading import Reading, Sentence

_ANSWER = 160  # characters of an answer on the line below its question, at most


def with_answers(reading: Reading) -> Iterator[Sentence]:
    """The sentences of a note; a question and the answer behind it, or on the line below, are one."""
    held: Sentence | None = None
    for sentence in reading.sentences:
        if held is not None and _is_answer(reading, held, sentence):
            sentence = replace(sentence, start=held.start)
        elif held is not None:
            yield held
        held = sentence if reading.text[sentence.end - 1] == "?" else None
        if held is None:
            yield sentence
    if held is not None:
        yield held


def _is_answer(reading: Reading, question: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence stands behind a question on its line, or opens the line below it."""
    between = reading.text[question.end : sentence.start]
    if "\n" not in between:
        return True
    if between.strip() or between.count("\n") > 1 or reading.text[sentence.end - 1] == "?":
        return False
    return sentence.end - sentence.start < _ANSWER
