"""Complications of SI joint implants (implant_complication)."""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.reading import Reading
from chartproof.model.facts import ImplantComplication
from chartproof.model.vocab import ComplicationName, NoteType, Presence

_OTHER_HARDWARE = re.compile(
    r"\b(?:pedicle|S1 screws?|L\d(?! (?:nerve|root))|lumbar|spinal hardware|interbody|cage|knee"
    r"|hip (?:stem|cup|prosthesis)|femoral|acetabular)\b",
    re.I,
)

_SAYS_LOOSE = re.compile(r"\bloos(?:e|en\w*)\b", re.I)
_WOULD_MEAN = re.compile(
    r"\b(?:that|which|to|as) (?:would |might |could )?(?:mean|suggest|indicate|imply|point to|signal|be taken for)\b"
    r"[^.;]{0,30}",
    re.I,
)
# what stands beside loosening in a list of what may go wrong
_RISKS = re.compile(
    r"\b(?:bleeding|ha?emorrhage|blood (?:loss|clots?)|clots|DVT|thrombo\w+|anesthe(?:sia|tic)|death|stroke|paralysis"
    r"|(?:nerve|root|vessel|vascular|neurologic\w*)(?: or \w+)? (?:injury|damage)|persistent pain"
    r"|(?:no|incomplete|lack of) relief|informed consent|consented|(?:possible|potential) (?:complications?|problems)"
    r"|what (?:can|may|might) go wrong|knowing that|understands? that|benefits)\b",
    re.I,
)
_IMPLANTS = re.compile(r"\b(?:implants?|rods?|screws?|hardware)\b", re.I)
_NOT_FUSED = re.compile(r"(?:no|without|lack|absen)\b|lack of|absence|.{4,20}\bbridging (?:is|was)", re.I)
# "no bridging bone, lucency about the implants": the "no" is of the other thing
_OTHER_DENIED = re.compile(r"\b(?:no|without) (?!(?:\w+ ){0,3}(?:or|nor)\b)[\w -]{3,30}, $", re.I)
_NONE_IS = re.compile(r"\b(?:none|neither)\b[^.;,]{0,30}$", re.I)


def extract(reading: Reading) -> list[Finding]:
    """The complications that one note tells as present, absent or possible; lists of risks tell none."""
    out: list[Finding] = []
    text = reading.text
    for name, m in reading.patterns.find("implant_complication", text):
        sentence, weak = reading.sentence_at(m.start()), False
        if re.search(r"\brisks?\b|\bincluding\b", text[sentence.start : m.start()], re.I):
            continue
        if _RISKS.search(text, sentence.start, sentence.end):
            continue  # "discussed infection, bleeding, root injury, loosening, revision"
        assertion = reading.assertion(m.start(), m.end(), ignore=("historical", "planned"))
        if assertion.says_nothing or not _about_si_implants(reading, m.start()):
            continue
        if name == "loosening" and _WOULD_MEAN.search(text, max(sentence.start, m.start() - 60), m.start()):
            continue  # "no halo that would mean loosening" is told of the halo
        if name == "lucency":
            means = _WOULD_MEAN.search(text, m.end(), sentence.end) and assertion.kind == "negated"
            if _SAYS_LOOSE.search(text, sentence.start, sentence.end) and not means:
                continue  # the sentence says itself what the lucency means
            name, weak = "loosening", assertion.kind != "negated"
            if not weak and _OTHER_DENIED.search(text, sentence.start, m.start()):
                weak = True
        presence = {"negated": Presence.ABSENT, "possible": Presence.POSSIBLE}.get(assertion.kind, Presence.PRESENT)
        if _NOT_FUSED.match(m[0]):
            presence = Presence.POSSIBLE if assertion.has("possible") else Presence.PRESENT
        elif _NONE_IS.search(text, sentence.start, m.start()) or m[0].lower().startswith(("none", "neither")):
            presence = Presence.ABSENT
        elif weak and not (m[0].lower().startswith("halo") and assertion.kind != "negated"):
            presence = Presence.POSSIBLE
        side = reading.side_of(m.start(), m.end())
        if side is None:
            window = _window(reading, m.start())
            side = reading.side_of(m.start(), m.end(), low=window[0], high=window[1])
        if side is None:
            side = reading.side_of(m.start(), m.end(), low=sentence.start, high=_aside_end(reading, m.start()))
        fact = ImplantComplication(
            name=ComplicationName(name),
            presence=presence,
            laterality=side,
            evidence=[reading.evidence(max(sentence.start, m.start() - 60), min(sentence.end, m.end() + 30))],
        )
        primary = reading.note.type is NoteType.IMAGING
        strength = Strength.SUMMARY if weak else Strength.PRIMARY if primary else Strength.FIRST_HAND
        out.append(finding(fact, reading.note, strength))
    if any(f.fact.name is ComplicationName.LOOSENING and f.strength is not Strength.SUMMARY for f in out):  # type: ignore[attr-defined]
        out = [f for f in out if f.strength is not Strength.SUMMARY]  # the note says itself what the lucency means
    return out


def _window(reading: Reading, position: int) -> tuple[int, int]:
    """The sentence at a position and the two before it, where they stand in the same section."""
    sentence = reading.sentence_at(position)
    first = sentence
    for before in reversed(reading.sentences[max(0, sentence.index - 2) : sentence.index]):
        same_line = "\n" not in reading.text[before.start : sentence.start]  # "Right SI fusion 2021. CT: nonunion"
        if before.section.start != sentence.section.start and not same_line:
            break
        first = before
    return first.start, sentence.end


def _aside_end(reading: Reading, position: int) -> int:
    """The end of the sentence at a position, or of the next one of its line where that names the operation.

    "Implants well placed, no loosening. (s/p L SIJ fusion 5/2024)"
    """
    sentence = reading.sentence_at(position)
    following = reading.sentences[sentence.index + 1 : sentence.index + 2]
    if following and "\n" not in reading.text[sentence.end : following[0].start]:
        if reading.patterns.regexes["si_implant"].search(reading.text, following[0].start, following[0].end):
            return following[0].end
    return sentence.end


def _about_si_implants(reading: Reading, position: int) -> bool:
    low, high = _window(reading, position)
    sentence = reading.sentence_at(position)
    if _OTHER_HARDWARE.search(reading.text, sentence.start, sentence.end):
        return False
    if reading.patterns.regexes["si_implant"].search(reading.text, low, high):
        return True
    if _aside_end(reading, position) > sentence.end and _IMPLANTS.search(reading.text, sentence.start, sentence.end):
        return True
    # a study of the SI joints that speaks of implants
    joint = re.search(r"\b(?:SI|SIJ|sacro-?iliac)\b", reading.text[max(0, low - 400) : high], re.I)
    return bool(joint and re.search(r"\b(?:implants?|rods?)\b", reading.text[low:high], re.I)) and reading.is_report
