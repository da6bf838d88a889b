"""How much a person still manages (functional_limitation): a time or way that ends, and what others took over.

"One block is as far as he can walk", "half an hour on her feet is all she can do", "groceries now fall to her husband".
"""

from __future__ import annotations

import re

from chartproof.language.reading import Reading, Sentence

Span = tuple[int, int]
_NEAR = 64  # characters from a length to the word for what is done that long, at most
_AWAY = re.compile(
    r"\b(?:blocks?|miles?|mi|yards?|feet|ft|steps|laps?|aisles?|house lengths?|the mailbox|the curb"
    r"|the corner|the driveway)\b",
    re.I,
)
# "1 block" is an injection where it was given
_INJECTED = re.compile(r"\b(?:nerve|diagnostic|branch|si|sij|joint|facet|relief|inject\w*|anesthetic|steroid)\b", re.I)
_TIMED = ("sitting", "standing", "walking", "driving", "sleep", "work", "lifting", "exercise", "housework")


def extract(reading: Reading, sentence: Sentence, activities: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
    """The activities of a sentence that are told to end after some time or way.

    Args:
        activities: what the sentence names, with its place.
    """
    text, regexes = reading.text, reading.patterns.regexes
    out: list[tuple[str, Span]] = []
    for m in regexes["limit_amount"].finditer(text, sentence.start, sentence.end):
        ends = [
            e
            for e in regexes["limit_end"].finditer(
                text, max(sentence.start, m.start() - 48), min(sentence.end, m.end() + 60)
            )
            if e.end() <= m.start() + 2 or e.start() >= m.end() - 1
        ]
        end = next((e for e in ends if not _parts(text, e, m)), None)
        if end is None:
            continue
        low, high = min(m.start(), end.start()), max(m.end(), end.end())
        near = [
            (abs(span[0] - m.start()), activity, span)
            for activity, span in activities
            if activity in _TIMED
            and low - _NEAR <= span[0] <= high + _NEAR
            and not _parts_between(text, span, (low, high))
        ]
        if near:
            _, activity, span = min(near)
            out.append((activity, (min(low, span[0]), max(high, span[1]))))
        elif _AWAY.search(m[0]) and not _INJECTED.search(
            text, max(sentence.start, low - 60), min(sentence.end, high + 30)
        ):
            out.append(("walking", (low, high)))
    return out


def _parts(text: str, end: re.Match[str], amount: re.Match[str]) -> bool:
    """Whether a mark that ends a statement stands between the amount and the words that bound it."""
    low, high = sorted(((end.start(), end.end()), (amount.start(), amount.end())))
    return re.search(r"[;.]\s|\bbut\b", text[low[1] : high[0]]) is not None


def _parts_between(text: str, span: Span, told: Span) -> bool:
    between = text[span[1] : told[0]] if span[1] <= told[0] else text[told[1] : span[0]]
    return re.search(r"[;.]\s|\bbut\b|\bwhile\b", between) is not None


def handed_over(reading: Reading, sentence: Sentence, activities: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
    """The activities that somebody else does for the patient, as the sentence says.

    Args:
        activities: what the sentence names, with its place.
    """
    text, regexes = reading.text, reading.patterns.regexes
    own = [(a, s) for a, s in activities if a in ("housework", "dressing", "bathing")]
    if not own:
        return []
    out = []
    for m in regexes["limit_helper"].finditer(text, sentence.start, sentence.end):
        for activity, span in own:
            gap = text[m.end() : span[0]]
            if 0 <= span[0] - m.end() <= 44 and not re.search(
                r"[;.]|\b(?:to|with|before|after|while|but)\b", gap, re.I
            ):
                out.append((activity, (m.start(), span[1])))
    for m in regexes["limit_handed"].finditer(text, sentence.start, sentence.end):
        for activity, span in own:
            gap = text[span[1] : m.start()]
            if 0 <= m.start() - span[1] <= 44 and not re.search(r"[;.]|\bbut\b", gap):
                out.append((activity, (span[0], m.end())))
    return out
