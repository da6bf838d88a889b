"""When a study told in a note was taken, where its date does not stand beside it."""

from __future__ import annotations

import re

from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading

_REACH = 1500  # characters below its heading that a date goes for
# "XR L-spine in office", "a film of the pelvis which we took today"
_HERE = re.compile(
    r"[\s,(]*(?:(?:which|that|AP|PA|lateral|views?|\d) ){0,3}"
    r"(?:(?:taken|obtained|done|performed|shot) )?(?:(?:we|I) (?:took|obtained|got) )?"
    r"(?:in (?:the |our |my )?(?:office|clinic)\b(?! (?:on|in|last|from) )|today\b|here today\b)",
    re.I,
)
_HERE_BEFORE = re.compile(r"\b(?:in[- ]office|in[- ]clinic|today's)\s(?:[A-Za-z]{2,10}\s){0,2}$", re.I)
_ALL_OBTAINED = re.compile(
    r"(?:^|(?<=\n))\W{0,4}(?:imaging|films|studies|radiology)(?: studies)?"
    r" (?:obtained|performed|done|dated|taken|completed)(?: on)?\s{0,3}:?\s{0,3}",
    re.I,
)


def taken_here(text: str, start: int, end: int) -> bool:
    """Whether the words right after a study say that it was taken at the visit."""
    return _HERE.match(text, start, min(end, start + 60)) is not None


def told_as_taken_here(text: str, start: int, end: int) -> bool:
    """ "In-office x-ray of the pelvis": the words right before a study say that it was taken at the visit."""
    return _HERE_BEFORE.search(text, max(start, end - 30), end) is not None


def date_of_the_list(reading: Reading, position: int) -> DateMention | None:
    """The date that a line above gives for all studies listed under it: "IMAGING OBTAINED: 07/30/2024"."""
    heads = list(_ALL_OBTAINED.finditer(reading.text, max(0, position - _REACH), position))
    if not heads:
        return None
    end = heads[-1].end()
    dates = [d for d in reading.dates_in(end, end + 20) if d.start - end <= 3]
    return dates[0] if dates and dates[0].value.first <= reading.note.date else None
