"""Implants by their product name, how they fix the joint, and by which approach."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chartproof.extract.finding import Finding, finding
from chartproof.language.reading import Reading
from chartproof.model.facts import Device
from chartproof.model.vocab import Approach, DeviceStatus, Fixation, NoteType

_REQUEST = re.compile(
    r"\b(?:will|plan\w*|recommend\w*|request\w*|propos\w*|intend\w*|would|submit\w*|authoriz\w*|order|scheduled|candidate)\b",
    re.I,
)


def extract(reading: Reading) -> list[Finding]:
    """The devices of one note, one finding a product."""
    out: list[Finding] = []
    seen: set[tuple[str, bool]] = set()
    if not _may_speak_of_fusion(reading) and not reading.may_hold(_by_name(reading)):
        return _graft(reading)  # what is known by its shape counts only where a fusion of the joint is spoken of
    for product, m in reading.patterns.find("device_name", reading.text):
        name = _MISREAD.sub("ifuse", " ".join(m.group().lower().split()))
        if product in _BY_SHAPE and not _about_the_joint(reading, m.start()):
            continue
        if (name, True) in seen and (name, False) in seen:
            continue
        if reading.assertion(m.start(), m.end(), ignore=_PLAIN).kind in (
            "policy",
            "education",
            "family",
        ):
            continue
        sentence = reading.sentence_at(m.start())
        if _HEARD_OF.search(reading.text, sentence.start, m.start()) or _passed_over(reading, m):
            continue
        found = _finding(reading, name, m.start(), m.end())
        # one that is in place already, and the same product asked for on the other side, are two
        told = name, found.fact.status is DeviceStatus.IMPLANTED  # type: ignore[attr-defined]
        if told not in seen:
            seen.add(told)
            out.append(found)
    if not out:
        out += _graft(reading)
    return out


_HEARD_OF = re.compile(
    r"\b(?:read|heard|ask(?:s|ed|ing)? (?:about|for|if|whether|me|us)|saw|seen|inquir\w+|brochures?|ads?|website)\b"
    r"[^.;]{0,30}$",
    re.I,
)
# Products known by their shape alone ("TriFix implants"); other operations have such names too.
_BY_SHAPE = ("tricor", "named_system", "camel_case", "told_by_shape")
_DECLINED = re.compile(
    r"[^.;]{0,15}? but (?:(?:she|he|patient|pt) )?(?:declined|refused|turned it down|said no)\b"
    r"|[^.]{0,30}?\boffered[;,] (?:but )?(?:(?:she|he|patient|pt) )?(?:declin|refus|turned)"
    r"|[^.,;]{0,25}[;,] (?:but |which )?(?:she|he|patient|pt) (?:has )?(?:declined|refused|turned it down)\b",
    re.I,
)
_OPERATION = re.compile(
    r"\b(?:approach\w*|implants?|fus(?:e|ed|ing|ion)|arthrodesis|rods?|screws?|devices?|system|plac(?:ed|ing|ement)"
    r"|inserted|graft|allograft|dowel|technique|procedure|surgery|operation|incision|2727[89]|hardware|construct"
    r"|transfix\w*|SIJF)\b",
    re.I,
)
_UNTICKED = re.compile(r"(?:\[ ?\]|\( ?\)|☐)\s?(?:\w+ )?$")
# between two products of a sentence
_BETWEEN = re.compile(
    r";|\bvs\.?(?=\s)|\bversus\b|\bor\b|\bbut\b|\brather than\b|\binstead of\b|\bwhile\b|\bwhereas\b", re.I
)
_VERSUS = re.compile(r"\bvs\.?\s|\bversus\b|\bor\b|\bas opposed to\b|\bcompared (?:to|with)\b|\balternatives?\b", re.I)
_CHOSEN = re.compile(
    r"\b(?:elect(?:s|ed)?|ch(?:oo|o)ses?|chosen|prefers?(?:red)?|opt(?:s|ed)? for|decided (?:on|for)|settled on"
    r"|went with|go(?:ing)? with|select(?:s|ed)?|recommend(?:s|ed)?|plan(?:s|ned)?(?: to use)?|will use"
    r"|proceed(?:ing)? with|in favou?r of)\b",
    re.I,
)
_MISREAD = re.compile(r"^(?:i|1|l)[ -]?fuse\b(?<!i-fuse)")
_PLAIN = ("planned", "historical", "possible", "negated", "hypothetical", "declined", "other_person")


def _passed_over(reading: Reading, m: re.Match[str]) -> bool:
    """Whether another of the products weighed up in this sentence was chosen: "LinQ vs iFuse; she elects iFuse"."""
    text, sentence = reading.text, reading.sentence_at(m.start())
    if not _VERSUS.search(text, max(sentence.start, m.start() - 60), min(sentence.end, m.end() + 60)):
        return False
    following = reading.sentences[sentence.index + 1 : sentence.index + 2]
    for low, high in [(m.end(), sentence.end), *((s.start, s.end) for s in following)]:
        chosen = _CHOSEN.search(text, low, high)
        if chosen:
            words = (chosen.end(), min(high, chosen.end() + 60))
            named = [hit[0].lower() for _, hit in reading.patterns.find("device_name", text, *words)]
            return bool(named) and m[0].lower() not in named
    return False


def _by_name(reading: Reading) -> tuple[str, ...]:
    """The products known by name, for ``Reading.may_hold``."""
    return tuple(f"device_name.{name}" for name in reading.patterns.vocabulary["device_name"] if name not in _BY_SHAPE)


def _may_speak_of_fusion(reading: Reading) -> bool:
    """False where no sentence speaks of fusing an SI joint."""
    if not reading.may_hold(("si_fusion_near",)):
        return False
    # what follows "fixation" may tell that it is another; the end of a sentence may hide it
    near = reading.patterns.regexes["si_fusion_near"]
    return near.search(reading.text) is not None or "fixation" in reading.text.lower()


def _about_the_joint(reading: Reading, position: int) -> bool:
    """Whether the sentence at a position, or a neighbour, speaks of fusing an SI joint."""
    index = reading.sentence_at(position).index
    around = reading.sentences[max(0, index - 1) : index + 2]
    return bool(reading.patterns.regexes["si_fusion_near"].search(reading.text, around[0].start, around[-1].end))


def _finding(reading: Reading, name: str, start: int, end: int) -> Finding:
    sentence = reading.sentence_at(start)
    near = _own_words(reading, start, end, (sentence.start, sentence.end))
    following = reading.sentences[sentence.index + 1 : sentence.index + 2]
    wide = near
    if near[1] == sentence.end and following and following[0].section == sentence.section:
        wide = (near[0], following[0].end)
    words = reading.text[near[0] : near[1]]
    status = DeviceStatus.PLANNED
    declined = reading.assertion(start, end, ignore=("planned", "hypothetical")).has("declined") or _DECLINED.match(
        reading.text[end : near[1]]
    )
    # of a product turned down, what the rest of the section says is of the one chosen
    fixation = _told(reading, "fixation", near, near if declined else wide, section=not declined)
    approach = _told(reading, "approach", near, near if declined else wide, section=not declined)
    if declined:
        status = DeviceStatus.DECLINED
    elif reading.note.type is NoteType.IMAGING or (
        reading.patterns.regexes["implanted"].search(words) and not _REQUEST.search(words)
    ):
        status = DeviceStatus.IMPLANTED
    fact = Device(
        name=name,
        fixation=Fixation(fixation) if fixation else None,
        approach=Approach(approach) if approach else None,
        status=status,
        evidence=[
            reading.evidence(start, end) if end - start > 60 else reading.evidence(*_phrase(reading, start, end))
        ],
    )
    return finding(fact, reading.note)


def _told(
    reading: Reading, vocabulary: str, near: tuple[int, int], wide: tuple[int, int], *, section: bool
) -> str | None:
    """How the device is put in, told in its sentence, the next one, or else alike throughout its section."""
    for low, high in (near, wide):
        value = next((value for value, _ in _ticked(reading, vocabulary, low, high)), None)
        if value:
            return value
    if not section:
        return None
    own = reading.section_at(near[0])
    around = max(own.start, near[0] - 600), min(own.end, near[1] + 600)
    values = {
        value
        for value, m in _ticked(reading, vocabulary, *around)
        if not _of_another(reading, m.start(), near)  # "LinQ does not cross the joint. I recommend iFuse ..."
        and (vocabulary != "approach" or _of_an_operation(reading, m.start()))
    }
    return values.pop() if len(values) == 1 else None


def _ticked(reading: Reading, vocabulary: str, low: int, high: int) -> Iterable[tuple[str, re.Match[str]]]:
    """What is told in [low, high), without the answers of a form whose box is empty."""
    found = reading.patterns.find(vocabulary, reading.text, low, high)
    return (hit for hit in found if not _UNTICKED.search(reading.text, max(low, hit[1].start() - 12), hit[1].start()))


def _of_another(reading: Reading, position: int, near: tuple[int, int]) -> bool:
    """Whether the sentence at a position names a product of its own."""
    sentence = reading.sentence_at(position)
    if (sentence.start, sentence.end) == near:
        return False
    return next(reading.patterns.find("device_name", reading.text, sentence.start, sentence.end), None) is not None


def _of_an_operation(reading: Reading, position: int) -> bool:
    """Whether the sentence at a position speaks of an operation, and not of where it hurts."""
    sentence = reading.sentence_at(position)
    return _OPERATION.search(reading.text, sentence.start, sentence.end) is not None


def _own_words(reading: Reading, start: int, end: int, sentence: tuple[int, int]) -> tuple[int, int]:
    """The stretch of a sentence that speaks of the product at [start, end), where it names several."""
    text, (low, high) = reading.text, sentence
    others = [
        m for _, m in reading.patterns.find("device_name", text, low, high) if m.end() <= start or m.start() >= end
    ]
    before = [m.end() for m in others if m.end() <= start]
    after = [m.start() for m in others if m.start() >= end]
    if before:
        cuts = [c.end() for c in _BETWEEN.finditer(text, max(before), start)]
        low = cuts[0] if cuts else max(before)
    if after:
        cuts = [c.start() for c in _BETWEEN.finditer(text, end, min(after))]
        high = cuts[-1] if cuts else end
    return low, high


def _graft(reading: Reading) -> list[Finding]:
    """A bone graft without a product name, where the note says that it alone is put into the SI joint."""
    for sentence in reading.sentences_with("graft_named"):
        m = reading.patterns.regexes["graft_named"].search(reading.text, sentence.start, sentence.end)
        if m is None:
            continue
        neighbours = reading.sentences[max(0, sentence.index - 1) : sentence.index + 2]
        words = reading.text[neighbours[0].start : neighbours[-1].end]
        alone = reading.patterns.first("fixation", words) == Fixation.BONE_GRAFT_ONLY
        kind = reading.assertion(m.start(), m.end(), ignore=_PLAIN).kind
        joint = re.search(r"\b(?:sacro-?iliac|SIJ?|joint|fusion|arthrodesis)\b", words)
        if alone and joint and _REQUEST.search(words) and kind not in ("policy", "education", "family"):
            name = re.sub(r" (?:only|alone)$", "", " ".join(m["name"].lower().split()))
            return [_finding(reading, name, m.start(), m.end())]
    return []


def _phrase(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """The product with the words around it, within its sentence."""
    sentence = reading.sentence_at(start)
    return max(sentence.start, start - 60), min(sentence.end, end + 60)
