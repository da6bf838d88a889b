"""Stated totals of injections ("two prior left SI injections", "s/p SIJI x2")."""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.injections.mention import Mention
from chartproof.language.reading import Reading
from chartproof.model.facts import InjectionCount
from chartproof.model.vocab import Laterality

_SIDE = re.compile(r"\bside\s*[:?]\s*(?:\[x\]\s*)?(?P<side>left|right|bilateral)\b", re.I)
_ASKED_FOR = re.compile(
    r"\b(?:service|clinic|IR|dr|refer\w*|send|sent|consult|order\w*|needs?|get)\b[^.;]{0,20}\b(?:for|to)\s+(?:an? )?$",
    re.I,
)
_FORM = re.compile(
    r"\b(?:how many|total(?: number)?)\b(?! of\b)[ \t:?=]{0,4}[\[(:?=\s_]\s?(?P<count>\d{1,2})\b(?![./%]|\s?(?:mL|cc"
    r"|mg|mcg|units?|g|ml|min\w*|hours?|days?|weeks?|months?)\b)",
    re.I,
)
# "11 Shots   (x) had it": the number of a question
_ITEM_NUMBER = re.compile(r"[ \t]*(?:0\d|[7-9]|1\d)[.)]?[ \t]+$")
# "x 2 (Dr. Holt), L", "x2, both right"
_SIDE_BEHIND = re.compile(
    r"[ \t]*(?:x ?\d|twice)?[ \t]*(?:\([^()\n]{2,40}\))?[ \t]*[,(-][ \t]*(?:both )?(?P<side>left|right|(?-i:[LR]))\b"
    r"(?! (?:hip|knee|shoulder|leg|side pain))",
    re.I,
)
# "one injection of two sites cannot tell them apart"
_NOT_ENOUGH = re.compile(
    r"[^.;]{0,60}?\b(?:cannot|can not|can't|could not|is not enough|does not (?:suffice|prove|tell|settle))\b", re.I
)
_ONE_SESSION = re.compile(r"\b(?:double|dual|paired|combined) (?:inj\w*|block|shot|procedure)$", re.I)
_SI_SIDE = re.compile(r"\b(?P<side>left|right|(?-i:[LR]))\b\.?[ \t]+(?:SI\b|SIJ|sacro-?iliac)", re.I)


def find_counts(reading: Reading, mentions: list[Mention], procedure: bool) -> list[Finding]:
    """The totals that a note states, of what was done.

    Args:
        procedure: the note is a procedure's own document; "one injection" of that day is no total.
    """
    out: list[Finding] = []
    forms: dict[int, re.Match[str] | None] = {}  # by the start of the line
    for m in mentions:
        count = m.count
        if count is None:
            line = reading.line_at(m.start)
            if line.start not in forms:
                forms[line.start] = _FORM.search(reading.text, line.start, line.end)
            form = forms[line.start]
            count = int(form["count"]) if form else None
        if count is None or m.status in ("none", "planned", "declined") or m.joined or m.date_form == "today":
            continue
        target = m.target or _told_before(mentions, m)
        if target is None or _is_item(reading, m):
            continue
        named = any(o.target == "si_joint" for o in mentions) or reading.patterns.regexes["injection_si_joint"].search(
            reading.text
        )
        if count == 1 and m.target is None and not named:
            continue  # "one shot" of a note that names no joint
        if count == 1 and (target != "si_joint" or procedure or _one_of_more(reading, m)):
            continue
        if count == 1 and m.date is not None and m.date.month is None and not forms.get(reading.line_at(m.start).start):
            continue  # "in 2020 one injection on the left had helped" tells one, and is no total
        if count == 1 and _NOT_ENOUGH.match(reading.text, m.end, m.sentence.end):
            continue
        if _ONE_SESSION.search(reading.text, max(m.sentence.start, m.start - 10), m.word[1]):
            continue  # "the double injection" was one session
        if m.status == "unknown" and _ASKED_FOR.search(reading.text, max(m.sentence.start, m.start - 30), m.start):
            continue  # "pain service for R SIJ block x2"
        if m.ordinal is not None or reading.patterns.regexes["injection_no_total"].search(
            reading.text, max(m.sentence.start, m.start - 30), m.end
        ):
            continue
        side = m.side
        if side is None and not m.date_sides:
            line = reading.line_at(m.start)
            field = _SIDE.search(reading.text, m.end, line.end)
            side = Laterality(field["side"].lower()) if field else None
            behind = _SIDE_BEHIND.match(reading.text, m.end, line.end)
            if side is None and forms.get(line.start):
                behind = _SI_SIDE.search(reading.text, m.end, line.end)
            if side is None and behind:
                side = Laterality.LEFT if behind["side"][0] in "lL" else Laterality.RIGHT
        if side is None:
            each = reading.patterns.regexes["injection_count_by_side"].match(reading.text, m.end, m.sentence.end)
            both = reading.patterns.regexes["injection_count_both_on"].match(reading.text, m.end, m.sentence.end)
            if (
                each
                and each["side"][0].lower() != each["other"][0].lower()
                and count in (int(each["n"]) + int(each["o"]), int(each["n"]))
            ):
                for n, of in ((each["n"], each["side"]), (each["o"], each["other"])):
                    one = Laterality.LEFT if of[0] in "lL" else Laterality.RIGHT
                    fact = InjectionCount(
                        target=target,  # type: ignore[arg-type]
                        laterality=one,
                        count=int(n),
                        evidence=[reading.evidence(m.start, each.end())],
                    )
                    out.append(finding(fact, reading.note, Strength.SUMMARY))
                continue
            if both:
                side = Laterality.LEFT if both["side"][0] in "lL" else Laterality.RIGHT
        if side is None and target == "si_joint" and m.target is None:
            side = _side_of_sentence(reading, m)
        start = max(m.sentence.start, m.start - 14)
        fact = InjectionCount(target=target, laterality=side, count=count, evidence=[reading.evidence(start, m.end)])  # type: ignore[arg-type]
        out.append(finding(fact, reading.note, Strength.SUMMARY))
    return out + _answers(reading, out)


def _answers(reading: Reading, known: list[Finding]) -> list[Finding]:
    """ "Injections? Two, right SI joint", "Number: 1. right SI, May": the answer of a form."""
    rx, text = reading.patterns.regexes["injection_count_answered"], reading.text
    if any(isinstance(f.fact, InjectionCount) and f.fact.target == "si_joint" for f in known):
        return []
    for m in rx.finditer(text):
        told = (m["n"] or "").lower()
        count = {"one": 1, "two": 2, "three": 3, "four": 4}.get(told) or int(told)
        told_side = (m["side"] or m["side2"] or " ")[0].lower()
        side = {"l": Laterality.LEFT, "r": Laterality.RIGHT, "b": Laterality.BILATERAL}.get(told_side)
        fact = InjectionCount(
            target="si_joint",  # type: ignore[arg-type]
            laterality=side,
            count=count,
            evidence=[reading.evidence(m.start("n"), m.end())],
        )
        return [finding(fact, reading.note, Strength.SUMMARY)]
    return []


def line_of(reading: Reading, m: Mention) -> int:
    """The start of the line of a mention."""
    return reading.line_at(m.start).start


def _is_item(reading: Reading, m: Mention) -> bool:
    """Whether what counts the injections is the number of a question ("11 Shots  (x) had it")."""
    return _ITEM_NUMBER.fullmatch(reading.text, line_of(reading, m), m.word[0]) is not None


def _told_before(mentions: list[Mention], m: Mention) -> str | None:
    """The target of "two injections": what the note's injections are of, where that is one thing."""
    targets = {o.target for o in mentions if o.target is not None and o.status in ("performed", "unknown")}
    return "si_joint" if not targets or "si_joint" in targets else targets.pop() if len(targets) == 1 else None


def _side_of_sentence(reading: Reading, m: Mention) -> Laterality | None:
    """A side told with the joint in the same sentence ("left SI joint dysfunction, two concordant blocks")."""
    told = re.findall(
        r"\b(left|right|L|R)\b\.?\s+(?:SI\b|SIJ|sacro-?iliac)", reading.text[m.sentence.start : m.start], re.I
    )
    sides = {t.lower()[0] for t in told}
    return {"l": Laterality.LEFT, "r": Laterality.RIGHT}[sides.pop()] if len(sides) == 1 else None


def _one_of_more(reading: Reading, m: Mention) -> bool:
    """ "One SI joint injection in March and another in May" is no total of one."""
    return (
        re.search(r"\b(?:another|second|other|one (?:on|in) the)\b", reading.text[m.end : m.sentence.end], re.I)
        is not None
    )
