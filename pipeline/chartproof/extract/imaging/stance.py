"""Whether a finding is said to be there, not there, or possibly there.

Radiology denies in lists ("no fracture, erosion or lytic lesion, mild sclerosis on the left"); where such a list ends
is told by the words that begin a new statement, which ConText's fixed reach does not know.
"""

from __future__ import annotations

import re

from chartproof.extract.imaging.study import Seen
from chartproof.language.patterns import Patterns

_DENIED_WITHIN = re.compile(r"\b(?:not|no)\b|\bun(?=broken\b)|\bnowhere\b", re.I)
_BOXED = re.compile(r"(\[[ xX]?\]|\([ xX]?\))\s?(yes|no|none|present|absent|y|n)\b", re.I)
# "Erosions ....... ☐ yes  ☒ no": a form's answer, with a box for each
_ANSWER = re.compile(
    r"[\s.:_-]{0,60}(?:\[[ xX]?\]|\([ xX]?\))\s?(?:yes|no|none|present|absent|y|n)\b"
    r"(?:\s{1,30}(?:\[[ xX]?\]|\([ xX]?\))\s?(?:yes|no|none|present|absent|y|n)\b){1,2}",
    re.I,
)
# "herniation, stenosis and nerve root compression are absent"
_LIST_DENIED = re.compile(
    r"(?:\s?(?:,|/)\s?(?:and |or )?(?:[\w-]+ ){0,3}[\w-]+){0,5}\s?,? (?:and|or|nor) (?:[\w-]+ ){0,3}[\w-]+"
    r" (?:are|were) (?:all |both )?(?:absent|excluded|ruled out|lacking"
    r"|not (?:seen|present|identified|evident|demonstrated|found|shown|visible))\b",
    re.I,
)
# "sclerosis, mild, is possible": the degree between
_DEGREE_BETWEEN = re.compile(r"^,? (?:mild|moderate|severe|marked|minimal|slight),(?= (?:is|are)\b)", re.I)
# "iliac-side sclerosis, equivocal", "right sclerosis mild, if real"
_APPOSED_DOUBT = re.compile(
    r"[^.;,:]{0,40}, ?\(?(?P<word>equivocal|questionable|uncertain|doubtful|if real|if any|not certain|indeterminate"
    r"|probable|possible|suspected)\b\)?\s*(?:[,.;)]|$)",
    re.I,
)
_FROM_OR = re.compile(r"\b(?:or|nor)\b")


def stance(patterns: Patterns, text: str, start: int, end: int, low: int, high: int) -> tuple[str, str | None] | None:
    """Presence and the words that decide it, for the finding at [start, end) of the unit [low, high).

    Returns:
        ("present" | "absent" | "possible", cue), or None where the words settle nothing ("no severe stenosis").
    """
    regexes = patterns.regexes
    own = _DENIED_WITHIN.search(text, start, end)
    if own:
        return "absent", own[0]
    none = regexes["img_answered_none"].match(text[end:high])
    if none:
        return "absent", none[0].split()[-1]
    answer = _ANSWER.match(text, end, high + 40)
    if answer and ("yes" in answer[0].lower() or "present" in answer[0].lower()):
        ticked = [word for box, word in _BOXED.findall(answer[0]) if "x" in box.lower()]
        if len(ticked) != 1:
            return None
        is_no = ticked[0].lower() in ("no", "none", "absent", "n")
        return ("absent", ticked[0]) if is_no else ("present", None)
    before, after = text[low:start], _DEGREE_BETWEEN.sub(" ", text[end:high])
    restart = 0
    for m in regexes["img_restart"].finditer(text, low, start):
        listed = m.group().lstrip().startswith(",") and _FROM_OR.search(text, m.end(), high)
        if listed and not regexes["img_degree_ahead"].match(text, m.end()):
            continue  # "no fracture, the usual erosion or ...": still the list
        restart = m.end() - low
    reach = before[restart:]
    open_after = regexes["img_open"].search(after[:70])
    open_before = regexes["img_open"].search(reach)
    if open_before or (open_after and not regexes["img_separator_hard"].search(after[: open_after.start()])):
        return "possible", (open_before or open_after)[0]  # type: ignore[index]
    denied = list(regexes["img_no"].finditer(reach))
    if denied:
        words = reach[denied[-1].end() :]
        if re.search(r"^\s*(?:more|greater) than\b", words, re.I):
            return "present", None
        if regexes["img_only_grave"].search(words) or regexes["img_grave_ahead"].search(words):
            return None
        return "absent", denied[-1][0]
    if _LIST_DENIED.match(after):
        return "absent", _LIST_DENIED.match(after)[0].strip()  # type: ignore[index]
    after_no = regexes["img_not_after"].match(after)
    if after_no and not regexes["img_separator_hard"].search(after[: after_no.end()]):
        return "absent", after_no[0].strip()
    apposed = _APPOSED_DOUBT.match(after)
    if apposed:
        return "possible", apposed["word"]
    doubts = regexes["img_maybe"].findall(reach)
    if doubts:
        return "possible", doubts[-1]
    later = regexes["img_maybe_after"].match(after)
    if later and not regexes["img_separator_hard"].search(after[: later.end()]):
        return "possible", later[0].strip()
    return "present", None


def reading_of(seen: Seen) -> str | None:
    """For ``Evidence.reading``: how the words were read where they are no plain statement."""
    if seen.presence == "present":
        return None
    kind = "negated" if seen.presence == "absent" else "possible"
    return f"{kind}: {seen.cue}" if seen.cue else None
