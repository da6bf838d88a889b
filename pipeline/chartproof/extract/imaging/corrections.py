"""Addenda that correct a report, and readings of one study that are told against each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chartproof.extract.imaging.reports import Report
from chartproof.extract.imaging.study import PAIRED, Seen
from chartproof.language.reading import Reading
from chartproof.model.vocab import Laterality

# What a joint called normal in a correction takes back.
_WORN = frozenset(
    "degeneration sclerosis osteophytes joint_space_narrowing erosion vacuum_phenomenon ankylosis subchondral_cyst "
    "bone_marrow_edema osteoarthritis normal".split()
)


def corrected(reading: Reading, report: Report, seen: list[Seen]) -> list[Seen]:
    """What a report shows, its addendum's corrections put in the place of what they correct.

    An addendum that corrects nothing ("compared with the outside films, no change") only adds.
    """
    regexes, text = reading.patterns.regexes, reading.text
    low, high = report.addendum or (report.start, report.end)
    heading = next(regexes["img_addendum"].finditer(text, low, high), None)
    if heading is None or not regexes["img_correcting"].search(text, heading.start(), high):
        return seen
    later = [
        s for s in seen
        if s.start >= heading.start() and not regexes["img_misstated"].search(*_around(reading, s))
    ]  # fmt: skip
    earlier = [s for s in seen if s.start < heading.start()]
    swapped = bool(regexes["img_swapped"].search(text, heading.start(), high))
    later = [_with_degree(new, earlier) for new in later]
    return [s for s in earlier if not any(_takes_back(new, s, swapped) for new in later)] + later


def _with_degree(new: Seen, earlier: list[Seen]) -> Seen:
    """A correction of the side alone leaves the degree that the report told."""
    if new.severity is not None or new.presence != "present":
        return new
    told = {s.severity for s in earlier if (s.finding, s.region) == (new.finding, new.region) and s.severity}
    sides = {s.side for s in earlier if (s.finding, s.region) == (new.finding, new.region)}
    return replace(new, severity=told.pop()) if len(told) == 1 and sides != {new.side} else new


def _around(reading: Reading, seen: Seen) -> tuple[str, int, int]:
    sentence = reading.sentence_at(seen.start)
    return reading.text, sentence.start, sentence.end


def _takes_back(new: Seen, old: Seen, swapped: bool) -> bool:
    """Whether a correction is of what was told before: the same finding there, or wear of a joint now called normal."""
    if new.region != old.region:
        return False
    if new.finding == old.finding:
        return True
    one_side = new.side in (None, Laterality.BILATERAL) or old.side in (None, Laterality.BILATERAL, new.side)
    return new.region in PAIRED and old.finding in _WORN and (swapped or (new.finding == "normal" and one_side))


def two_readers(reading: Reading, seen: Sequence[Seen]) -> bool:
    """Whether a note tells somebody's own reading of a study beside another's ("read as normal; I see sclerosis")."""
    if not seen:
        return False
    first, last = min(s.start for s in seen), max(s.end for s in seen)
    low = reading.sentence_at(first).start
    span = (reading.text, low, min(len(reading.text), last + 60))
    return bool(
        re.search(r"\b(?:I|my|our|we)\b", reading.text[low : last + 60])
        and reading.patterns.regexes["img_own_reading"].search(*span)
        and reading.patterns.regexes["img_others_reading"].search(*span)
    )
