"""Several sites injected in one session and told in one breath ("two shots at one visit - L SI joint and L bursa").

The word for the injections stands apart from the sites; each site is an injection of its own, and the words around
them are told of all.
"""

from __future__ import annotations

import re

from chartproof.extract.injections.mention import Mention, Site

# from the word to the first site: "... here in clinic at one visit - L ", "..., one in the right "
_TO_FIRST = re.compile(
    r"[^.;]{0,110}?(?:[-–—:,(]|\b(?:of|in|into|to|at|being|were|was))\s*"
    r"(?:(?:\(?(?:a|b|i|ii|1|2|one)[).]|(?:1|one)(?: (?:was|being))?|in|into|to|at|of|on|the|his|her"
    r"|my|left|right|(?-i:[LR]T?)|bilateral)\s*)*",
    re.I,
)
_BETWEEN = re.compile(
    r"\s*[,;/]\s*|[\s,;/]*(?:(?:\(?(?:a|b|c|i|ii|iii|1|2|3)[).]|and|&|\+|plus|then|as well as|one"
    r"|another|an?other|the other|the second"
    r"|in|into|to|at|of|on|the|his|her|my|left|right|(?-i:[LR]T?)|bilateral|same|side|joint|area|muscle|over|greater"
    r"|was|being)[\s,]*){1,9}",
    re.I,
)
_DAY = re.compile(
    r"[\s,(]*(?:(?:on|in|early|late|mid)[\s-]+){0,2}(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
    r"(?:\s+\d{1,2}(?:st|nd|rd|th)?)?(?:,?\s+\d{4})?|\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?)\)?(?=\W)",
    re.I,
)
_LONGEST = 230  # characters from the word to the last of its sites


def dated_between(text: str, a: Site, b: Site) -> bool:
    """Whether a date stands behind the first site: "the SI joint in March and the bursa in May" are two sessions."""
    return _DAY.match(text, a.end, b.start) is not None


def sites_of_session(text: str, m: Mention, sites: list[Site], high: int) -> list[Site]:
    """The sites of several injections told together, behind the word that speaks of them; else an empty list.

    Args:
        m: a mention of two or more injections without a site, or with the first of its sites.
        sites: all sites of its sentence, in order.
        high: where its sentence, or what it tells, ends.
    """
    if not m.plural or m.joined or m.pronoun or m.dates:
        return []
    behind = [s for s in sites if s.start >= m.word[1] and s.end <= min(high, m.word[1] + _LONGEST)]
    if len(behind) < 2 or _TO_FIRST.fullmatch(text, m.word[1], behind[0].start) is None:
        return []
    run = [behind[0]]
    for site in behind[1:]:
        day = _DAY.match(text, run[-1].end, site.start)
        if _BETWEEN.fullmatch(text, day.end() if day else run[-1].end, site.start) is None:
            break
        run.append(site)
    distinct = {s.target for s in run}
    if len(distinct) != len(run) or len(run) < 2 or (m.count or len(run)) != len(run):
        return []
    return run
