"""A length of time, or a day, that tells by the return of the pain how long the relief of an injection lasted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chartproof.language.dates import DateMention
from chartproof.language.gate import GatedRegex

# "the pain came back 3 weeks after the injection", "returned three weeks later", "gone again 3 weeks out"
_AFTER_IT = re.compile(
    r"\s*(?:later|out|on|afterwards?|thereafter|(?:after|post|from|past|following|since)\b"
    r"[ -]?(?:(?:the|that|this|his|her|my|it) ?){0,2}(?:(?:last|first|second|left|right|SI|SIJ) ){0,3}"
    r"(?:inj\w*|shots?|blocks?|procedures?|it|that)?)(?=\W*(?:$|[.;,)\n]|and\b|but\b|then\b|to\b))",
    re.I,
)
# what may stand before a length of time that opens its sentence ("Just shy of 3 weeks.")
LEAD = re.compile(
    r"\W*(?:(?:about|roughly|only|nearly|almost|maybe|just|some|around|a good|a full|over|all of|not quite|just shy of"
    r"|shy of|going on|the whole|a solid|a total of|for|for the next|for the first|close to|barely|hardly|an entire"
    r"|exactly|say|under|just under|just over|a little over|a little under|well over|call it|a|during the first"
    r"|(?:over|during) the (?:next|subsequent|following|ensuing)|got|had) ){0,3}\W*",
    re.I,
)
_UP_TO = re.compile(
    r"[ ,]{1,2}(?:(?:about|around|roughly|approximately|some|only|just|within|maybe|at|by|in) ){0,3}", re.I
)

# "Ten days later it had all come back", "after 2 weeks the pain returned"
_LATER = re.compile(r"\s*(?:later|in|after (?:that|it|the \w+)|afterwards?)?,?\s(?!(?:out|on|and|of)\b)", re.I)
_OPENS_CLAUSE = re.compile(
    r"(?:^|[.,;:(-]\s*|\b(?:but|and|then|until)\s+)"
    r"(?:(?:by|after|within|in|at|about|only|just|some|roughly|maybe|perhaps|around)\s+){0,3}$",
    re.I,
)


def ended_then(text: str, regexes: Mapping[str, GatedRegex], start: int, at: int, stop: int, end: int) -> bool:
    """Whether the pain is told to be back after the length of time at [at, stop)."""
    lead = _LATER.match(text, stop, end)
    if lead is None or not _OPENS_CLAUSE.search(text[max(start, at - 24) : at]):
        return False
    back = regexes["relief_ended"].search(text, stop, min(end, stop + 70))
    if back is None or re.search(r"[.;]|%|\bbut\b", text[stop : back.start()]):
        return False
    return not regexes["relief_not_ended"].search(text, stop, back.start())


def back_after(text: str, regexes: Mapping[str, GatedRegex], start: int, at: int, stop: int, end: int) -> bool:
    """Whether the length of time at [at, stop) is told from the injection to the return of the pain.

    Args:
        start, end: the passage in which the return has to be told, right before the length.
    """
    if _AFTER_IT.match(text, stop, end) is None:
        return False
    hits = [m for m in regexes["relief_ended"].finditer(text, max(start, at - 60), at)]
    return bool(hits) and _UP_TO.fullmatch(text, hits[-1].end(), at) is not None


def back_by(text: str, regexes: Mapping[str, GatedRegex], day: DateMention) -> bool:
    """ "By 3/20 the pain had returned": whether the day opens a clause that tells that the pain was back."""
    if regexes["relief_until_opens"].search(text, max(0, day.start - 24), day.start) is None:
        return False
    back = regexes["relief_ended"].search(text, day.end, day.end + 50)
    return back is not None and re.search(r"[.;]|\bbut\b|%", text[day.end : back.start()]) is None
