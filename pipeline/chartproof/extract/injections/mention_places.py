"""Where an injection went, told some words behind it: "was injected by Dr. Haas in the right sacroiliac joint"."""

from __future__ import annotations

import re

from chartproof.extract.injections.mention import COORDINATES, Site

_REACH = 100  # characters from the word to its site
# up to the preposition that governs the site, and what may stand between that and the site
_INTO = re.compile(
    r"(?:[^.;:]|(?<=\bDr)\.|(?<=\d)\.(?=\d)){0,90}?\b(?:in|into|inside|within|to|of|onto|upon|about|around)\s+"
    r"(?:(?:the|his|her|my|your|their|a|both|each|this|that|same|left|right|bilateral|posterior|inferior|synovial"
    r"|lower|upper|affected|painful|symptomatic|(?-i:[RL]T?)|and|lower third of|part of|third of|area of|region of"
    r"|mr\.? [\w-]{2,20}'s|ms\.? [\w-]{2,20}'s|mrs\.? [\w-]{2,20}'s|patient's)\s+){0,5}",
    re.I,
)
# words by which the site is that of something else: a complaint, an outcome, a study
_ELSE = re.compile(
    r"%|\b(?:pains?|aches?|aching|tender\w*|arthr\w*|degenerat\w*|relief|relieved|better|helped|gave|improv\w*"
    r"|sore\w*|discomfort|symptoms?|dysfunction|because|which|that|MRI|scan|films?|fus(?:ed|ion)|surgery|exam\w*"
    r"|radiofrequency|ablations?|neurotomy|rhizotomy|therapy|RFA|stretch\w*|massage|swelling|stiffness|if|but|while"
    r"|when|until|before|after|to (?:see|help|treat|go|get|do)|needs?|wants?)\b",
    re.I,
)


def placed_in(text: str, sites: list[Site], end: int, high: int) -> list[Site]:
    """The sites that a preposition some words behind ``end`` says something was put into.

    Args:
        sites: those of the sentence, in order.
        high: where the next injection is spoken of, or the sentence ends.
    """
    first = next((s for s in sites if s.start >= end), None)
    if first is None or first.end > high or first.start - end > _REACH:
        return []
    gap = text[end : first.start]
    if _ELSE.search(gap) or _INTO.fullmatch(gap) is None:
        return []
    chain = [first]
    for site in sites[sites.index(first) + 1 :]:
        if site.end > high or COORDINATES.fullmatch(text, chain[-1].end, site.start) is None:
            break
        chain.append(site)
    return chain
