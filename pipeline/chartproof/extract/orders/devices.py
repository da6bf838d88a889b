"""Implants by their product name, how they fix the joint, and by which approach."""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, finding
from chartproof.language.reading import Reading
from chartproof.model.facts import Device
from chartproof.model.vocab import Approach, DeviceStatus, Fixation

_IMPLANTED = re.compile(r"\b(?:was|were|been) (?:implanted|placed|inserted|put in|tamped)\b|\bs/p\b|\bstatus post\b|\bprior\b|\bprevious\b", re.I)  # fmt: skip
_PLAN = re.compile(r"\b(?:will|plan\w*|recommend\w*|request\w*|propos\w*|intend\w*|would|submit\w*|authoriz\w*|using|with|order)\b", re.I)


def extract(reading: Reading) -> list[Finding]:
    """The devices of one note, one finding a product."""
    out: list[Finding] = []
    seen: set[str] = set()
    for _, m in reading.patterns.find("device_name", reading.text):
        name = " ".join(m.group().lower().split())
        if name in seen or reading.assertion(m.start(), m.end(), ignore=_PLAIN).kind in ("policy", "education", "family"):
            continue
        seen.add(name)
        out.append(_finding(reading, name, m.start(), m.end()))
    if not out:
        out += _graft(reading)
    return out


_PLAIN = ("planned", "historical", "possible", "negated", "hypothetical", "declined", "other_person")


def _finding(reading: Reading, name: str, start: int, end: int) -> Finding:
    sentence = reading.sentence_at(start)
    near = (sentence.start, sentence.end)
    following = reading.sentences[sentence.index + 1 : sentence.index + 2]
    wide = (near[0], following[0].end) if following and following[0].section == sentence.section else near
    fixation = reading.patterns.first("fixation", reading.text, *near) or reading.patterns.first("fixation", reading.text, *wide)
    approach = reading.patterns.first("approach", reading.text, *near)
    words = reading.text[near[0] : near[1]]
    status = DeviceStatus.PLANNED
    if reading.assertion(start, end, ignore=("planned", "hypothetical")).has("declined"):
        status = DeviceStatus.DECLINED
    elif _IMPLANTED.search(words) and not _PLAN.search(words):
        status = DeviceStatus.IMPLANTED
    fact = Device(
        name=name,
        fixation=Fixation(fixation) if fixation else None,
        approach=Approach(approach) if approach else None,
        status=status,
        evidence=[reading.evidence(start, end) if end - start > 60 else reading.evidence(*_phrase(reading, start, end))],
    )
    return finding(fact, reading.note)


def _graft(reading: Reading) -> list[Finding]:
    """A bone graft without a product name, where the note says that nothing else holds the joint."""
    for sentence in reading.sentences:
        if reading.patterns.first("fixation", reading.text, sentence.start, sentence.end) != Fixation.BONE_GRAFT_ONLY:
            continue
        m = reading.patterns.regexes["graft_named"].search(reading.text, sentence.start, sentence.end)
        kind = reading.assertion(sentence.start, sentence.end, ignore=_PLAIN).kind if m else "policy"
        joint = re.search(r"\b(?:sacro-?iliac|SIJ?|joint|fusion|arthrodesis)\b", reading.text[sentence.start : sentence.end])
        if m and joint and kind not in ("policy", "education", "family"):
            name = re.sub(r" (?:only|alone)$", "", " ".join(m["name"].lower().split()))
            return [_finding(reading, name, m.start(), m.end())]
    return []


def _phrase(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """The product with the words around it, within its sentence."""
    sentence = reading.sentence_at(start)
    return max(sentence.start, start - 60), min(sentence.end, end + 60)
