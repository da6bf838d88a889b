"""The words between a cue and the injections around it, by which narrative.py tells whose outcome it is."""

from __future__ import annotations

import re

from chartproof.extract.injections.telling import Telling
from chartproof.model.vocab import NoteType

LINK = re.compile(
    r"[^.;,]{0,28}\b(?:after|from|with|following|by|via|post|s/p|to|of"
    r"|for(?! (?:(?:about|roughly|only|nearly|almost|just|over|a|an|the|some|maybe|another) ){0,2}"
    r"(?:\d|few|couple|month|week|day|hour|good|full|half))|in response to)\b[^.;,]{0,24}",
    re.I,
)
TOLD_ELSEWHERE = ("exam", "ros", "labs", "vitals")  # no outcome of an injection, where none is named
VISITS = (NoteType.TELEPHONE, NoteType.OTHER, NoteType.PROGRESS, NoteType.CONSULT)
AND_ONE = re.compile(
    r"[ \t]*(?:relief|better|improve\w*)?[ \t]*(?:,|and|&|/|;|then|,? and|,? then)[ \t]*(?:about |(?:the )?second )?",
    re.I,
)
# "both image-guided: 80% from the one in April"
OF_THE_NEXT = re.compile(r"\s*(?:relief|better|improvement|off)?\s*(?:from|after|following)\s*", re.I)
OPENS = re.compile(
    r"\W{0,3}(?:\d{2}, ?)?(?:(?-i:[A-Z][a-z]{0,8}):\W{0,3})?(?:(?:between|about|maybe|roughly|around|some|say"
    r"|probably|perhaps|well|a|an|good|easily|I'd|I would"
    r"|(?:she|he)|says?|guess|figures?|relief|and)(?:\W{1,2}|$)){0,4}\W{0,2}",
    re.I,
)
LINK_FAR = re.compile(r"[^.;]{0,70}\b(?:after|from|with|following|s/p|to)\b[^.;,]{0,24}", re.I)
TOLD_BY_FLOW = re.compile(
    r"articular|arthro|capsular|contrast|\bdye\b|omnipaque|iohexol|isovue|fluid|spread|\bflow|outlin|opacif|recess|(?-i:\bIA\b)",
    re.I,
)
VERB = re.compile(
    r"\b(?:gave|giv\w+|provid\w+|help\w*|lasted|got|had|brought|took|worth|resulted|yield\w*|was|were|did|made"
    r"|left(?= (?:him|her|me|them|the)\b))\b|[:=]",
    re.I,
)
HOW_LONG = re.compile(r"\bhow long\b[^?\n.]{0,20}\?\s*$", re.I)
FELT_BETTER = re.compile(r"\b(?:new (?:person|man|woman)|relief|pain[- ]free|gone|better|amazing|wonderful)\b", re.I)
ITS_DIARY = re.compile(
    r"\b(?:injection|block|shot|post-?(?:injection|block|procedure)) (?:pain |relief |response )?(?:diary|log|sheet)\b",
    re.I,
)
CLOSES_BRACKET = re.compile(r"[^()]*\)")  # "(80% relief for five weeks) and 4/22"
POINT = re.compile(r"(?<=\d)\.(?=\d)")  # "90% from 07.15 inj"
POINTS_BACK = re.compile(r"\s*(?:it|this|that|these|those|they)\b", re.I)
# a visit that follows an injection up: "4 wk f/u left SIJ", "two weeks out from her SI block"
FOLLOWS_UP = re.compile(
    r"\b(?:f/?u|follow(?:ing|s|ed)?[- ]?up|recheck|re-?check|check[- ]?up|phone check|call[- ]?back|post-?op check|s/p"
    r"|status post)\b[^.;\n]{0,45}\b(?:SI\b|SIJ\b|sacro-?iliac|joint|procedure|inj\w*|block|shot)"
    r"|\bpost[- ]?(?:procedure|injection|block|inj)\b[^.;\n]{0,20}"
    r"\b(?:visit|call|check|f/?u|follow|phone|contact|note|week|day)"
    r"|\b(?:\d{1,2}|one|two|three|four|five|six|several|a few|couple) (?:days?|d|wks?|weeks?|mos?|months?)"
    r"(?: (?:now|and counting))? (?:f/?u|out from|after|since|s/p|post|status post|following|past|later from)\b"
    r"[^.;\n]{0,40}\b(?:SI\b|SIJ\b|sacro-?iliac|joint|procedure|inj\w*|block|shot)",
    re.I,
)


_DAY = (
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\b|\d{1,2}/\d{1,2}|\d{4}\b"
    r"|the (?:first|former|earlier)"
)
_LISTED = re.compile(r"\s*[:(\u2013-]\s*(?:(?:in|on|the|first|one|#?1|a|\(1\)|1[.)]),? ?){0,3}(?:" + _DAY + ")", re.I)
_NEXT_LISTED = re.compile(
    r"[;,.]\s*(?:(?:and|in|on|then|the|second|other|another|#?2|b|\(2\)|2[.)]),? ?){0,4}(?:"
    + _DAY
    + r"|second|other)\b",
    re.I,
)


def is_of_one_listed(text: str, anchors: list[tuple[int, int, list[Telling]]], at: int, end: int) -> bool:
    """Whether what is told at a place is of one of several injections that are listed behind their number:
    "two SI injections: April, 80% relief; August, awaiting the diary".
    """
    named = [stop for _, stop, told in anchors if stop <= at and told and told[0].group]
    if not named or not _LISTED.match(text, named[-1], at):
        return False
    return _NEXT_LISTED.search(text, at, min(end, at + 160)) is not None
