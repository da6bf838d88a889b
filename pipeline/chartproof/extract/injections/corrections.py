"""Corrections: the side or the relief that a note puts right, its own or another note's.

"ADDENDUM to the procedure note of 2/13: the RIGHT joint was injected", "my note of April 7 contains an error. The
relief was 80%, not 50%".
"""

from __future__ import annotations

import re

from chartproof.extract.injections.mention import says_nothing
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading
from chartproof.model.vocab import Laterality, NoteType

_OTHER = {Laterality.LEFT: Laterality.RIGHT, Laterality.RIGHT: Laterality.LEFT}
_OF_INJECTION = re.compile(r"\binject|\bblock|\bshot|\bprocedure|\bSIJ", re.I)
# "the RIGHT sacroiliac joint was injected", "it was the right"
_SIDE_DONE = re.compile(
    r"\b(?<!not )(?<!not the )(?P<side>left|right) (?:side|one|joint|(?:SI|sacro-?iliac)(?: joint)?|SIJ)\b[^.;]{0,12}"
    r"\b(?:was|is) (?:the (?:one|side|joint)|(?:actually |in fact )?(?:injected|treated|blocked|done|entered|correct))"
    r"|\b(?:on|in|into|was) the (?<!not the )(?P<side2>left|right)\b(?=,? (?:and )?(?:not|rather))",
    re.I,
)
_REACH = 400  # characters from the words that announce a correction to what is corrected


def correct(reading: Reading, tellings: list[Telling]) -> None:
    """Mark what the tellings of a note put right; a side that the same note told wrong is changed."""
    _correct_side(reading, tellings)
    _correct_relief(reading, tellings)


def _correct_side(reading: Reading, tellings: list[Telling]) -> None:
    """ "Scribe error above. The joint injected on 6/19 was the RIGHT.": the side that an addendum puts right."""
    rx, text = reading.patterns.regexes, reading.text
    for sentence in reading.sentences:
        mark = rx["injection_addendum"].search(text, sentence.start, sentence.end)
        own = mark is not None
        mark = mark or rx["injection_put_right"].search(text, sentence.start, sentence.end)
        if mark is None or says_nothing(reading, sentence):
            continue
        low = mark.start() if own else sentence.start
        end = min(len(text), low + _REACH)
        if not rx["injection_correction"].search(text, low, end) and own:
            continue
        m = _first(rx["injection_side_corrected"].search(text, low, end), _SIDE_DONE.search(text, low, end))
        if m is None or not _OF_INJECTION.search(text[low : m.end() + 40]):
            continue
        side = Laterality(next(v for k, v in m.groupdict().items() if k.startswith("side") and v).lower())
        meant = [t for t in tellings if t.status == "performed" and t.target in (None, "si_joint") and not t.primary]
        wrong = [t for t in meant if t.side is _OTHER[side]]
        if len(wrong) == 1 and not any(t.side is side for t in meant):
            wrong[0].side = side
            wrong[0].spans.append((m.start(), m.end()))
        elif wrong and wrong[0].spans and min(a for a, _ in wrong[0].spans) >= low and len(meant) == 2:
            tellings.remove(wrong[0])  # "the LEFT was entered; the RIGHT was injected" tells one
        untold = [t for t in meant if t.side in (None, Laterality.BILATERAL)]
        if len(untold) == 1 and not any(t.side is side for t in meant):
            untold[0].side, untold[0].group = side, False
            untold[0].spans.append((m.start(), m.end()))
        right = [t for t in tellings if t.status == "performed" and t.side is side and t.target in (None, "si_joint")]
        if len(right) == 1 and _is_of_another_note(reading):
            right[0].corrects |= {"laterality"}
            if right[0].date is None:
                _take_date(reading, right[0], low, end)
        return


def _correct_relief(reading: Reading, tellings: list[Telling]) -> None:
    """ "The relief was 80%, not 50%": the figure that stands, where the note says that another was wrong."""
    rx, text = reading.patterns.regexes, reading.text
    if not _is_of_another_note(reading):
        return
    for sentence in reading.sentences:
        mark = rx["injection_put_right"].search(text, sentence.start, sentence.end)
        if mark is None or says_nothing(reading, sentence):
            continue
        told = rx["relief_put_right"].search(text, sentence.start, min(len(text), sentence.start + _REACH))
        if told is None:
            continue
        figure = float(next(v for k, v in told.groupdict().items() if k.startswith("right") and v))
        meant = [
            t
            for t in tellings
            if t.status == "performed"
            and not t.primary
            and any(a <= told.end() and told.start() <= b + _REACH for a, b in t.spans)
        ]
        if figure > 100 or len(meant) != 1:
            continue
        meant[0].values["relief_percent"] = (figure, figure)
        meant[0].disputed = []
        meant[0].corrects |= {"relief_percent"}
        meant[0].certain = True
        meant[0].spans.append(told.span())
        return


def _first(a: re.Match[str] | None, b: re.Match[str] | None) -> re.Match[str] | None:
    return b if a is None else a if b is None or a.start() <= b.start() else b


def _is_of_another_note(reading: Reading) -> bool:
    return reading.note.type is not NoteType.PROCEDURE or "addendum" in reading.text[:80].lower()


def _take_date(reading: Reading, t: Telling, low: int, end: int) -> None:
    """The day of the procedure whose note is corrected."""
    told = [d for d in reading.dates_in(low, end) if d.value.day and d.value.first <= reading.note.date]
    if len({d.value for d in told}) == 1 and re.search(
        r"\b(?:procedure|operative|injection|op)\b[^.;]{0,30}$", reading.text[low : told[0].start], re.I
    ):
        t.date, t.date_form = told[0].value, told[0].form
