"""What a passage says of how an injection was done: guidance, contrast, route, drugs, purpose, other sites."""

from __future__ import annotations

import re
from typing import Any

from chartproof.extract.injections.cues import Cue
from chartproof.language.patterns import Patterns

# "a perfect arthrogram, nothing outside the joint"
_NOTHING_OUTSIDE = re.compile(
    r"\b(?:nothing|none|no|without|not|never)(?: (?:any|of it|was|seen"
    r"|spread|flow|leak\w*|spill\w*|contrast|dye|escap\w*|the)){0,4} ?$",
    re.I,
)
# "{{contrast: Omnipaque confirmed intra-articular flow}} <- DELETE, not done today"
_STRUCK = re.compile(
    r"(?:[^.;\n]|\.(?=\d)){0,60}(?:\}\}|\]\])\s*(?:<?-+>?)?\s*(?:delete|not done|strike|struck|ignore|n/a)\b", re.I
)
# "{lidocaine | bupivacaine | **ropivacaine**}": a template's choices
_CHOICE_OPENS = re.compile(r"\{(?P<left>[^{}\n]{0,160})$")
_CHOICE_CLOSES = re.compile(r"(?P<right>[^{}\n]{0,160})\}")
_UNTICKED = re.compile(r"(?:\[ \]|☐|□|\( \))\s*$")
# "Time-out [x]   Contrast used [ ]": a line of boxes that stand behind their labels
_UNTICKED_BEHIND = re.compile(r"[ \t]*(?:used|given|injected)?[ \t:?]*(?:\[[ _]?\]|☐|□|\( \))")
_LABEL_FIRST = re.compile(
    r"[^\n\[☐☒☑□(]*[A-Za-z][A-Za-z -]{2,30}[ \t:?]*(?:\[[ xX_]?\]|[☐☒☑□])"
    r"[ \t]*(?:$|\n|[ \t]{2}|[;,|])"
)


def find_details(patterns: Patterns, text: str, start: int, end: int) -> list[Cue]:
    """What a passage says of how an injection was done: guidance, contrast, route, drugs, purpose, other sites."""
    out: list[Cue] = []
    for vocabulary, name in (
        ("injection_guidance", "guidance"),
        ("injection_contrast", "contrast"),
        ("injection_route", "route"),
        ("injection_anesthetic", "anesthetic"),
        ("injection_steroid", "steroid"),
        ("injection_purpose", "purpose"),
        ("injection_concurrent", "concurrent"),
    ):
        for value, m in patterns.find(vocabulary, text, start, end):
            told: Any = value == "yes" if name in ("contrast", "concurrent") else value
            if name == "route" and value == "intra_articular" and _not_reached(patterns, text, start, end, m):
                continue
            if name in ("contrast", "route") and _STRUCK.match(text, m.end(), min(len(text), m.end() + 90)):
                continue
            if value == "peri_articular" and _NOTHING_OUTSIDE.search(text, max(start, m.start() - 40), m.start()):
                continue
            if told is True and name == "contrast" and _not_given(patterns, text, start, end, m):
                continue
            if _not_chosen(text, m):
                continue
            if _UNTICKED.search(text, max(start, m.start() - 5), m.start()) and not _box_behind(text, m):
                continue
            if _UNTICKED_BEHIND.match(text, m.end(), m.end() + 24) and _box_behind(text, m):
                continue
            out.append(Cue("detail", m.start(), m.end(), told, name=name))
    return sorted(out, key=lambda c: (c.start, c.end))


def _not_chosen(text: str, m: re.Match[str]) -> bool:
    """One of a template's choices in braces, which is not the one that was marked."""
    opens = _CHOICE_OPENS.search(text, max(0, m.start() - 170), m.start())
    closes = _CHOICE_CLOSES.match(text, m.end(), m.end() + 170) if opens else None
    if opens is None or closes is None or "|" not in opens["left"] + closes["right"]:
        return False
    return "**" not in opens["left"].split("|")[-1] + m[0] + closes["right"].split("|")[0]


def _not_given(patterns: Patterns, text: str, start: int, end: int, m: re.Match[str]) -> bool:
    """Contrast that is named and was not given: "Omnipaque was not available", "allergic to iohexol"."""
    rx = patterns.regexes
    return bool(
        rx["injection_contrast_negated_after"].match(text[m.end() : end])
        or rx["injection_contrast_negated_before"].search(text, max(start, m.start() - 45), m.start())
    )


def _not_reached(patterns: Patterns, text: str, start: int, end: int, m: re.Match[str]) -> bool:
    """ "Intra-articular flow could not be obtained"."""
    rx = patterns.regexes
    if re.search(r"\[x\]\s*$", text[max(start, m.start() - 5) : m.start()]):
        return False
    if rx["injection_route_negated_after"].match(text[m.end() : end]):
        return True
    told = m[0].lower()
    if told.startswith(("peri", "extra")):
        return False
    negation = "injection_route_negated_before" if "articular" in told else "injection_route_not"
    return rx[negation].search(text, max(start, m.start() - 36), m.start()) is not None


def _box_behind(text: str, m: re.Match[str]) -> bool:
    """Whether the boxes of the line stand behind their labels ("Time-out [x]   Contrast used [ ]")."""
    line = text.rfind("\n", 0, m.start()) + 1
    return _LABEL_FIRST.match(text, line) is not None
