"""Where the pain is (pain_pattern): side, sites, radiation, and whether it lies below L5. One finding a note at most.

The account of the visit goes before the chief complaint, and that before an assessment that retells it; lists of
diagnoses, examinations, referral lines and the indications of imaging tell no pattern (corpora/GUIDE.md section 2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.pattern.sites import Site, find_sites, is_denied
from chartproof.extract.questions import with_answers
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model.facts import PainPattern
from chartproof.model.vocab import Laterality, NoteType, PainSite

_ACCOUNT = frozenset("hpi head indication other impression disposition".split())
_RETOLD = frozenset("assessment".split())
# Sections whose labels ("SLR:", "Gait:") tell no account of the patient's.
_NOT_ACCOUNT = frozenset(
    "exam imaging findings technique comparison medications allergies pmh psh social_history family_history ros vitals "
    "labs plan procedure preprocedure procedure_diagnosis consent instructions education policy goals home_program "
    "complications signature treatment_history scores exam_title".split()
)
_SITES = frozenset(str(site) for site in PainSite)
_LEG = frozenset({"posterior_thigh", "lower_leg", "foot", "leg"})
_TICKED = re.compile(r"(?:\[x\]|\(x\))\s*(?P<item>[^\[\]()|]{2,40}?)(?=\s*(?:\[|\(|\||$|\s{3,}))", re.I)
_BOXES = re.compile(r"\[ ?\]|\( ?\)|\[x\]|\(x\)", re.I)
_LIES = re.compile(r"(?:located|location|which|that|lies|sits)\b", re.I)
_LOCATES = re.compile(r"\b(?:points?|pointed|localiz\w+|locat\w+|hurts?|felt|centered|confined)\b", re.I)
_SIDE_QUESTION = re.compile(r"\b(?:which side|side(?: of (?:the )?pain)?|laterality)\b[^:?]{0,20}[:?]", re.I)
_RADIATES_QUESTION = re.compile(
    r"\b(?:pain|it)\b[^?\[(]{0,20}\b(?:go|radiate|spread|travel|shoot|move|run)\b[^?\[(]{0,40}\??", re.I
)


@dataclass
class _Told:
    """What one sentence tells."""

    tier: int
    sites: list[str] = field(default_factory=list)
    sides: list[Laterality] = field(default_factory=list)
    radiating: bool | None = None
    below_l5: bool | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)

    @property
    def locates(self) -> bool:
        return bool(self.sites or self.sides)


def extract(reading: Reading) -> list[Finding]:
    """The pain pattern of one note, if it tells one."""
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return []
    if not reading.may_hold(("pain_site",)) and not _BOXES.search(reading.text):
        return []
    told = [t for s in with_answers(reading) if (t := _sentence(reading, s)) is not None]
    told += _ticked(reading)
    kept = [t for t in told if t.tier == 1]
    if not any(t.sites for t in kept):
        kept += [t for t in told if t.tier == 2]
    if not any(t.locates for t in kept):
        kept = [t for t in told if t.tier == 3]
    if not any(t.locates for t in kept):
        return []
    sites = list(dict.fromkeys(s for t in kept for s in t.sites if s in _SITES))
    radiating = _radiating(kept)
    fact = PainPattern(
        date=reading.date,
        laterality=_laterality(kept),
        radiating=radiating,
        site=[PainSite(s) for s in sites] or None,
        below_l5=_level(kept),
        evidence=[reading.evidence(*span) for t in kept for span in t.spans][:6],
    )
    return [finding(fact, reading.note, Strength.FIRST_HAND)]


def _radiating(kept: list[_Told]) -> bool | None:
    """True goes before False: "no pain below the knee" leaves a thigh pain radiating."""
    values = [t.radiating for t in kept if t.radiating is not None]
    return any(values) if values else None


def _level(kept: list[_Told]) -> bool | None:
    values = [t.below_l5 for t in kept if t.below_l5 is not None]
    return all(values) if values else None


def _laterality(kept: list[_Told]) -> Laterality | None:
    sides = [s for t in kept for s in t.sides]
    if not sides:
        return None
    if Laterality.BILATERAL in sides:
        return Laterality.BILATERAL
    first = sides[0]
    same_sentence = next({*t.sides} for t in kept if t.sides)
    return Laterality.BILATERAL if len(same_sentence) > 1 else first


# -- one sentence ---------------------------------------------------------------------------------------------------


def _tier(reading: Reading, sentence: Sentence) -> int | None:
    """1 for the account of the visit, 2 for the chief complaint, 3 for an assessment; None where nothing is told."""
    section = sentence.section
    category, parent = section.category, section.parent
    title = (section.title or "").lower()
    asks_why = category == "indication" or re.match(r"(?:reason|indications?) for", title)
    if not asks_why and re.search(
        r"\b(?:referral|referring|script|dx|diagnos\w+|procedures?|insurance|payer)\b", title
    ):
        return None
    if asks_why and reading.note.type is NoteType.PROCEDURE:
        return 1
    if category == "chief_complaint" or (category == "other" and parent == "chief_complaint"):
        return 2
    if category == "treatment_history" and reading.patterns.regexes["pain_label"].match(
        reading.text, sentence.start, sentence.end
    ):
        return 1  # a label of the history that stands behind one of the treatments
    if category in _NOT_ACCOUNT or (category == "other" and parent in _NOT_ACCOUNT):
        return None
    if category in _RETOLD or (category == "other" and parent in _RETOLD):
        return 3
    if reading.note.type is NoteType.PROCEDURE and category not in ("indication", "hpi", "head", "other"):
        return None
    if category in _ACCOUNT or category == "other":
        return 1
    return None


def _sentence(reading: Reading, sentence: Sentence) -> _Told | None:
    tier = _tier(reading, sentence)
    if tier is None or sentence.zone in ("policy", "education", "hypothetical"):
        return None
    regexes, text = reading.patterns.regexes, reading.text
    start, end = sentence.start, sentence.end
    if _BOXES.search(text, start, end):
        return None  # read as ticked boxes
    body = sentence.section.body if start <= sentence.section.body < end else start
    label = regexes["radiation_label"].match(text, start, end) or regexes["radiation_label"].match(text, body, end)
    if label:
        return _radiation_label(reading, tier, label.end(), sentence)
    # "left SI joint pain, + provocative tests": the examination's part is not the account
    tests = re.search(r",\s*(?:\+|positive\b|with positive\b|w/\s?\+)", text[start:end], re.I)
    end = start + tests.start() if tests else end
    points = regexes["pain_points"].search(text, start, end)
    if regexes["pain_not_told"].search(text, start, end) and not points and not _is_plain_account(reading, sentence):
        return None
    told = _Told(tier)
    located = _located(reading, sentence)
    for site in located:
        told.sites.append(site.value)
    if located or regexes["pain_word"].search(text, start, end) or _goes_on(reading, sentence):
        told.radiating = _says_radiating(reading, start, end, located)
    if located:
        low = min(s.low for s in located)
        high = max(s.end for s in located)
        told.sides = _sides(reading, low, end)
        told.below_l5 = _says_level(reading, sentence)
        told.spans.append((low, _evidence_end(reading, high, end)))
        if tier == 3 and not reading.patterns.regexes["pain_person"].search(text, start, end):
            return None
    elif told.radiating is None:
        told.below_l5 = (
            _says_level(reading, sentence) if regexes["pain_word"].search(text, start, end) or points else None
        )
        if told.below_l5 is None:
            return None
        told.spans.append((start, end))
    else:
        told.spans.append((start, end))
    return told


def _is_plain_account(reading: Reading, sentence: Sentence) -> bool:
    """A sentence of the history that names an examination word in passing ("right SI pain, M53.3" is none)."""
    text = reading.text[sentence.start : sentence.end]
    if sentence.section.category not in ("hpi", "indication") and sentence.section.parent != "hpi":
        return False
    return not reading.patterns.regexes["pain_not_account"].search(text)


def _goes_on(reading: Reading, sentence: Sentence) -> bool:
    """Whether the sentence speaks on of the pain of the one before ("It does not travel to the leg any longer")."""
    return bool(reading.patterns.regexes["pain_goes_on"].match(reading.text[sentence.start : sentence.end]))


def _located(reading: Reading, sentence: Sentence) -> list[Site]:
    """The sites that the sentence says are painful."""
    regexes, text = reading.patterns.regexes, reading.text
    start, end = sentence.start, sentence.end
    sites = find_sites(reading, start, end)
    if not sites:
        return []
    body = sentence.section.body if start <= sentence.section.body < end else start
    label = regexes["pain_label"].match(text, start, end) or regexes["pain_label"].match(text, body, end)
    begin = label.end() if label else None
    if begin is None and sentence.section.category == "chief_complaint":
        begin = start
    inside = regexes["pain_label_inside"].search(text, start, end)
    if begin is None and inside:
        begin = inside.end()
    if begin is None and _opens_with_place(reading, sentence):
        begin = start
    relation = regexes["pain_at"].search(text, start, end)
    while relation and _is_elsewhere(reading, relation):
        relation = regexes["pain_at"].search(text, relation.end(), end)
    if relation and _LIES.match(relation[0]) and not _is_near_pain(reading, sentence):
        relation = None  # what is "located in the right groin" is no pain
    if relation and (begin is None or relation.start() < begin):
        begin = relation.start()
    kept = [s for s in sites if begin is not None and s.start >= begin]
    for site in sites:
        if site not in kept and site.has_pain:
            kept.append(site)
    if not regexes["pain_word"].search(text, start, end) and not label and not _LOCATES.search(text, start, end):
        kept = [s for s in kept if s.value != "pelvis" or _goes_on(reading, sentence)]
    return sorted((s for s in kept if not is_denied(reading, s, start, end)), key=lambda s: s.start)


def _is_near_pain(reading: Reading, sentence: Sentence) -> bool:
    """Whether this sentence or one of the two before it speaks of pain."""
    first = reading.sentences[max(0, sentence.index - 2)]
    return bool(reading.patterns.regexes["pain_word"].search(reading.text, first.start, sentence.end))


def _opens_with_place(reading: Reading, sentence: Sentence) -> bool:
    """ "Over the right SI joint and buttock, now running down the thigh", behind a sentence about the pain."""
    if not reading.patterns.regexes["pain_opens_with_place"].match(reading.text[sentence.start : sentence.end]):
        return False
    before = reading.sentences[max(0, sentence.index - 1)]
    return bool(reading.patterns.regexes["pain_word"].search(reading.text, before.start, before.end))


def _is_elsewhere(reading: Reading, relation: re.Match[str]) -> bool:
    """A relation of something else than the pain: an injection, a fall, numbness."""
    return bool(
        reading.patterns.regexes["pain_of_something_else"].search(relation[0])
        or (
            re.search(r"\b(?:she|he)\b", relation[0][:4], re.I)
            and not re.search(
                r"\b(?:points?|pointed|localiz\w+|locat\w+|feels?|hurts?|aches?|pain|indicat\w+|has)\b",
                relation[0],
                re.I,
            )
        )
    )


def _evidence_end(reading: Reading, high: int, end: int) -> int:
    """To the end of the clause after the last site."""
    m = re.search(r"[.;]|,\s(?:which|when|worse|but|after|since|and (?:he|she))|\s{3,}", reading.text[high:end])
    return high + m.start() if m else end


def _sides(reading: Reading, low: int, end: int) -> list[Laterality]:
    """The sides told of the pain from its first site on; "worse on the left" and "never the right" are none."""
    text, regexes = reading.text, reading.patterns.regexes
    begin = max(0, low - 45)
    begin = max(begin, reading.sentence_at(low).start)
    if regexes["both_compared"].search(text, begin, end):
        return [Laterality.BILATERAL]
    out = []
    for side in find_sides(text, begin, end):
        if side.side is Laterality.BILATERAL and re.match(
            r"both (?:the )?(?:right|left|r|l)\b(?! and)", text[side.start :], re.I
        ):
            continue  # "both left low back pain and left SI joint pain"
        if regexes["pain_side_not"].search(text[max(begin, side.start - 40) : side.start]):
            continue
        if reading.patterns.regexes["pain_side_not_behind"].match(text[side.end : side.end + 30]):
            continue
        out.append(side.side)
    return out


# -- radiation and level --------------------------------------------------------------------------------------------


def _radiation_label(reading: Reading, tier: int, start: int, sentence: Sentence) -> _Told | None:
    """The answer of a label "Radiation:"."""
    text = reading.text
    answer = text[start : sentence.end]
    if re.match(r"\s*(?:\[x\]\s*)?(?:none|no|n|denies|denied|absent|negative|never|nil|non)\b", answer, re.I):
        return _Told(tier, radiating=False, spans=[(sentence.start, sentence.end)])
    if not answer.strip(" -_.:"):
        return None
    sites = [s for s in find_sites(reading, start, sentence.end) if not is_denied(reading, s, start, sentence.end)]
    positive = bool(sites) or bool(
        re.match(r"\s*(?:\[x\]\s*)?(?:yes|y|positive|present|occasional\w*|intermittent\w*)\b", answer, re.I)
    )
    if not positive:
        return None
    told = _Told(
        tier,
        sites=[s.value for s in sites],
        radiating=True,
        spans=[(sentence.start, _evidence_end(reading, start, sentence.end))],
    )
    if sites:
        told.sides = _sides(reading, start, sentence.end)
    return told


def _says_radiating(reading: Reading, start: int, end: int, located: list[Site]) -> bool | None:
    """Whether the sentence tells that the pain radiates; None where it does not say."""
    regexes, text = reading.patterns.regexes, reading.text
    negative = [m.span() for m in regexes["radiates_not"].finditer(text, start, end)]
    negative += [m.span() for m in regexes["radiates_not_below"].finditer(text, start, end)]
    for m in regexes["radiates"].finditer(text, start, end):
        if any(s <= m.start() <= e + 25 or m.start() <= s < m.end() for s, e in negative):
            continue
        before = text[max(start, m.start() - 60) : m.start()]
        if regexes["radiates_unless"].search(before) or re.search(
            r"\b(?:no|not|never|without|denies|nor|none|neither|nothing)\b[^.;,]{0,30}$", before, re.I
        ):
            continue
        if regexes["pain_was"].search(text, m.end(), min(end, m.end() + 40)) or _to_buttock_only(m):
            continue
        return True
    if any(s.value in _LEG for s in located):
        return True
    plain = [m for m in regexes["radiates_not"].finditer(text, start, end)]
    if plain or regexes["radiates_not_below"].search(text, start, end):
        return False
    return None


def _to_buttock_only(m: re.Match[str]) -> bool:
    """ "goes to the hip clinic", "move the hips": a verb of going that does not radiate."""
    return bool(
        re.match(r"(?:go|going|goes|mov|runs?|running|work|track|com)", m[0], re.I)
        and re.search(r"\b(?:clinic|walk|run|stairs|bed|store|school|up and down)\b", m[0], re.I)
    )


def _says_level(reading: Reading, sentence: Sentence) -> bool | None:
    regexes, text = reading.patterns.regexes, reading.text
    if regexes["above_l5"].search(text, sentence.start, sentence.end):
        return False
    if regexes["below_l5"].search(text, sentence.start, sentence.end) or regexes["below_belt"].search(
        text, sentence.start, sentence.end
    ):
        return True
    return None


# -- ticked boxes ---------------------------------------------------------------------------------------------------


def _ticked(reading: Reading) -> list[_Told]:
    """Sites ticked behind a question where it hurts, and the side ticked behind "which side?"."""
    regexes = reading.patterns.regexes
    out: list[_Told] = []
    asked = -9
    for i, line in enumerate(reading.lines):
        if _SIDE_QUESTION.search(line.text):
            for m in _TICKED.finditer(line.text):
                sides = [s.side for s in find_sides(m["item"] + " ")]
                if sides:
                    out.append(_Told(1, sides=sides, spans=[(line.start + m.start(), line.start + m.end())]))
        asks = _RADIATES_QUESTION.search(line.text)
        if asks:
            box = _TICKED.search(line.text, asks.end())
            answer = re.match(r"(?P<yes>yes|y\b)|(?P<no>no\b|n\b|never)", box["item"], re.I) if box else None
            if box and answer:
                out.append(_Told(1, radiating=bool(answer["yes"]), spans=[(line.start, line.start + box.end())]))
        if regexes["pain_place_asked"].search(line.text):
            asked = i
        if i - asked > 2:
            continue
        for item, start, end in _ticked_items(line.text):
            start, end = line.start + start, line.start + end
            sites = find_sites(reading, start, end)
            sides = [s.side for s in find_sides(reading.text, start, min(end + 1, len(reading.text)))]
            if not sites and not re.fullmatch(
                r"\s*(?:right|left|both(?: sides)?|bilateral|r|l)(?: side)?\s*", item, re.I
            ):
                continue
            told = _Told(1, sites=[s.value for s in sites], sides=sides, spans=[(start, end)])
            if any(s.value in _LEG for s in sites):
                told.radiating = True
            out.append(told)
    return out


def _ticked_items(line: str) -> list[tuple[str, int, int]]:
    """The items of a line whose box is ticked, with their place; the box may stand before or behind its item."""
    first = re.search(r"\[[ x]?\]|\([ x]?\)", line, re.I)
    if first is None:
        return []
    lead = line[: first.start()].rstrip()
    if not lead or lead.endswith((":", "?", ")")):
        return [(m["item"], m.start("item"), m.end("item")) for m in _TICKED.finditer(line)]
    begin = max(lead.rfind(":"), lead.rfind("?")) + 1
    found = re.finditer(r"(?P<item>[A-Za-z][^\[\]()|:]{0,38}?)\s*(?:\[x\]|\(x\))", line[begin:], re.I)
    return [(m["item"], begin + m.start("item"), begin + m.end("item")) for m in found]
