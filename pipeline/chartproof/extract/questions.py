"""Questions of a form, with the answers that stand behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chartproof.language.reading import Reading, Sentence


def with_answers(reading: Reading) -> Iterator[Sentence]:
    """The sentences of a note; a question and the answer behind it on its line are one."""
    held: Sentence | None = None
    for sentence in reading.sentences:
        if held is not None and "\n" not in reading.text[held.end : sentence.start]:
            sentence = replace(sentence, start=held.start)
        elif held is not None:
            yield held
        held = sentence if reading.text[sentence.end - 1] == "?" else None
        if held is None:
            yield sentence
    if held is not None:
        yield held
