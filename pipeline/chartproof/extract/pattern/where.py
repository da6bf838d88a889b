"""Where the pain is (pain_pattern): side, sites, radiation, and whether it lies below L5. One finding a note at most.

The account of the visit goes before the chief complaint, and that before an assessment that retells it; lists of
diagnoses, examinations, referral lines and the indications of imaging tell no pattern (corpora/GUIDE.md section 2).
"""

from __future__ import annotations

import re
from dataclasses import replace

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.pattern import now, radiation, ticked
from chartproof.extract.pattern.sites import Site, find_sites, is_denied
from chartproof.extract.pattern.tiers import PAIN_OF, tier_of
from chartproof.extract.pattern.told import Told
from chartproof.extract.questions import with_answers
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model.facts import PainPattern
from chartproof.model.vocab import Laterality, NoteType, PainSite

_SPREADING = ("radiates", "radiates_not", "radiates_not_below", "above_l5", "below_l5", "below_fusion")
_FAR = frozenset({"posterior_thigh", "lower_leg", "foot", "leg", "groin"})
_NEAR = frozenset({"si_joint", "buttock", "low_back", "hip"})
_SITES = frozenset(str(site) for site in PainSite)
_BOXES = re.compile(r"\[ ?\]|\( ?\)|\[x\]|\(x\)", re.I)
_LIES = re.compile(r"(?:located|location|which|that|lies|sits)\b", re.I)
# words that can be about a pain alone, whatever the sentence calls it
_OF_PAIN_ALONE = ("radiates_not", "below_l5")
# "she lays her palm on the spot: just inside the left PSIS", "he indicates the left buttock"
_CODE = re.compile(r"\(?\b[MSG]\d\d\.\d\w*\)?")
_SHOWS = re.compile(
    r"\b(?:(?:points?|pointed|pointing|gestur\w+) (?:to|at)|indicat(?:es|ed|ing)|grabs"
    r"|(?:puts?|lays?|laid|rests?|presses|sets|plac(?:es|ed)) (?:\w+ ){0,3}(?:hands?|fingers?|thumbs?|fist"
    r"|fingertips?|palm) )\b",
    re.I,
)
_SIDED = re.compile(r"\b(?:left|right|[LR])[ -]sided\b|\bunilateral\b", re.I)
# "r buttock": what patients write in small letters
_SMALL = re.compile(
    r"(?<![\w'])(?P<side>[lr])\.? (?=(?:low(?:er)? |upper )?(?:buttocks?|butt|hip|si|sij|glute|cheek)\b)"
)
_OWN_WORDS = frozenset("hpi head other".split())
_REMAINS = re.compile(r"\b(?:what|that)(?: is|'s) left is\b", re.I)
_RIGHT = re.compile(r"right\b", re.I)
_OF_A_SIDE = re.compile(r"\b(?:the|on|to|my|her|his|of)\s$", re.I)
_LOCATES = re.compile(r"\b(?:points?|pointed|localiz\w+|locat\w+|hurts?|felt|centered|confined)\b", re.I)


def extract(reading: Reading) -> list[Finding]:
    """The pain pattern of one note, if it tells one."""
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return []
    boxes = _BOXES.search(reading.text) is not None
    if not boxes and not reading.may_hold(_places(reading)):
        return []
    told = [t for s in with_answers(reading) if _may_tell(reading, s) for t in _sentence(reading, s)]
    told += ticked.extract(reading)
    kept = [t for t in told if t.tier == 1]
    if not any(t.sites for t in kept):
        kept += [t for t in told if t.tier == 2]
    for tier in (3, 4):
        if not any(t.locates for t in kept):
            kept = [t for t in told if t.tier == tier]
    if not any(t.locates for t in kept):
        return []
    kept += [t for t in told if t.tier == 5]
    if not any(t.sites for t in kept):
        for told_ in kept:
            told_.sites = [s.value for s in told_.bounds]
            if told_.bounds:
                told_.sides = told_.sides or _sides(reading, told_.bounds[0].low, told_.bounds[0].end)
    if not any(t.sides or t.radiating is False or _SITES.intersection(t.sites) for t in kept):
        return []  # "pain at the tailbone" has a place that the guide has no word for
    sites = list(dict.fromkeys(s for t in kept for s in t.sites if s in _SITES))
    radiating = _radiating(reading, kept)
    fact = PainPattern(
        date=reading.date,
        laterality=_laterality(reading, kept),
        radiating=radiating,
        site=[PainSite(s) for s in sites] or None,
        below_l5=_level(kept),
        evidence=[reading.evidence(*span) for t in kept for span in t.spans][:6],
    )
    return [finding(fact, reading.note, Strength.FIRST_HAND)]


def _places(reading: Reading) -> tuple[str, ...]:
    """The names of the patterns' places, save those elsewhere in the body."""
    return tuple(f"pain_site.{site}" for site in reading.patterns.vocabulary["pain_site"] if site != "elsewhere")


def _may_tell(reading: Reading, sentence: Sentence) -> bool:
    """False where a sentence names no place, and, where it speaks of pain, tells of no radiating and no level."""
    start, end = sentence.start, min(len(reading.text), sentence.end + 10)  # a question may reach beyond
    if reading.may_hold((*_places(reading), "radiation_label"), start, end):
        return True
    if "?" in reading.text[start : end + 80] and reading.may_hold(("radiation_question",), start, end):
        return True
    if not reading.may_hold(_SPREADING, start, end):
        return False
    if reading.may_hold(("pain_word", "pain_points"), start, end) or _goes_on(reading, sentence):
        return True
    return any(reading.patterns.regexes[n].search(reading.text, start, end) for n in _OF_PAIN_ALONE)


def _radiating(reading: Reading, kept: list[Told]) -> bool | None:
    """True goes before False: "no pain below the knee" leaves a thigh pain radiating.

    Pain that only spreads to the buttock or the hip does not, where the leg is said to be free.
    """
    values = [t.radiating for t in kept if t.radiating is not None]
    if False in values and True in values:
        far = [t for t in kept if t.radiating and (_FAR.intersection(t.sites) or _spreads_far(reading, t))]
        return bool(far)
    return any(values) if values else None


def _spreads_far(reading: Reading, told: Told) -> bool:
    """Whether the words of a telling take the pain further than the buttock or the hip."""
    return any(
        reading.patterns.regexes["radiates_nearby"].search(reading.text[low:high]) is None
        for start, end in told.spans
        for low, high in radiation.told_far(reading, start, end) or [(start, end)]
    )


def _level(kept: list[Told]) -> bool | None:
    values = [t.below_l5 for t in kept if t.below_l5 is not None]
    return all(values) if values else None


def _laterality(reading: Reading, kept: list[Told]) -> Laterality | None:
    sides = [s for t in kept for s in t.sides]
    if not sides:
        return None
    if Laterality.BILATERAL in sides:
        return Laterality.BILATERAL
    first = sides[0]
    same_sentence = next({*t.sides} for t in kept if t.sides)
    if len(same_sentence) > 1:
        return Laterality.BILATERAL
    too = reading.patterns.regexes["pain_other_side_too"]
    for t in kept:
        if first not in t.sides and t.sides and t.sites and any(too.search(reading.text, *span) for span in t.spans):
            return Laterality.BILATERAL  # "pain in the right buttock as well"
    return first


# -- one sentence ---------------------------------------------------------------------------------------------------


def _sentence(reading: Reading, sentence: Sentence) -> list[Told]:
    """What a sentence tells, a label about radiation and what stands before and behind it apart."""
    tier = tier_of(reading, sentence)
    if tier is None or sentence.zone in ("policy", "education", "hypothetical"):
        return []
    text = reading.text
    if _BOXES.search(text, sentence.start, sentence.end):
        return []  # read as ticked boxes
    if _is_of_others(reading, sentence):
        return []
    out: list[Told] = []
    at = sentence.start
    for _ in range(3):
        answer = radiation.answer(reading, at, sentence.end)
        if answer is None:
            break
        if answer.start > at:
            out += _prose(reading, replace(sentence, start=at, end=answer.start), tier)
        if answer.radiating is not None:
            told = Told(tier, sites=[s.value for s in answer.sites], radiating=answer.radiating)
            if answer.sites:
                told.sides = _sides(reading, answer.start, answer.end)
            end = _evidence_end(reading, answer.sites[-1].end, answer.end) if answer.sites else answer.end
            told.spans.append((answer.start, end))
            out.append(told)
        at = answer.end
        if at >= sentence.end:
            break
    if at < sentence.end and text[at : sentence.end].strip(" .;|,-"):
        out += _prose(reading, replace(sentence, start=at), tier)
    return out


def _is_of_others(reading: Reading, sentence: Sentence) -> bool:
    """Whether the sentence speaks of somebody else, of people at large, or of the pain before an operation."""
    regexes, text = reading.patterns.regexes, reading.text
    if regexes["pain_copied"].search(sentence.section.title or ""):
        return True
    return bool(
        regexes["pain_anothers"].match(text, sentence.start, sentence.end)
        or regexes["pain_at_large"].match(text, sentence.start, sentence.end)
        or regexes["pain_long_past"].search(text, sentence.start, sentence.end)
    )


def _prose(reading: Reading, sentence: Sentence, tier: int) -> list[Told]:
    """What a sentence or a part of one tells as prose."""
    regexes, text = reading.patterns.regexes, reading.text
    whole = sentence
    start, end = now.part(reading, sentence.start, sentence.end)
    if start >= end:  # of an earlier pain alone: "the ache she used to get in the thigh has left"
        free = radiation.says_not(reading, whole.start, whole.end) and _is_near_pain(reading, whole)
        return [Told(tier, radiating=False, spans=[(whole.start, whole.end)])] if free else []
    sentence = replace(sentence, start=start, end=end)
    # "left SI joint pain, + provocative tests": the examination's part is not the account
    tests = re.search(r",\s*(?:>?\d |[><]\s?\d |\+|positive\b|with positive\b|w/\s?\+)", text[start:end], re.I)
    if tests and regexes["pain_not_told"].search(text, start + tests.start(), end):
        end = start + tests.start()
    if regexes["pain_by_touch"].search(text, start, end) or of_another_part(reading, start, end):
        return []
    points = regexes["pain_points"].search(text, start, end)
    if regexes["pain_not_told"].search(text, start, end) and not points and not _is_plain_account(reading, sentence):
        if reading.note.type is not NoteType.PROCEDURE or not _tells_but_code(reading, sentence, tier):
            return []
    told = Told(tier)
    turned = start > whole.start  # "at first ..., now ...": what follows is the pain's place
    located = _located(reading, sentence, turned=turned)
    told.sites = [site.value for site in located]
    speaks = bool(regexes["pain_word"].search(text, whole.start, whole.end)) or _goes_on(reading, sentence)
    goes_on = any(regexes[n].search(text, start, end) for n in _OF_PAIN_ALONE) and _is_near_pain(reading, sentence)
    if located or speaks or goes_on:
        told.radiating = radiation.says_radiating(reading, start, end, located)
    if told.radiating is None and radiation.says_not(reading, whole.start, whole.end) and (speaks or goes_on):
        told.radiating = False  # "the ache she used to get in the thigh has left"
    if located or points or speaks or goes_on:
        told.below_l5 = _says_level(reading, sentence)
    if located:
        low = min(s.low for s in located)
        high = max(s.end for s in located)
        told.sides = _sides(reading, low, end) or _sides(reading, start, end)
        told.spans.append((low, _evidence_end(reading, high, end)))
        if tier == 3 and not reading.patterns.regexes["pain_person"].search(text, start, end):
            return []
    elif regexes["pain_level_field"].match(text, start, end):
        told.below_l5 = True
        told.spans.append((start, end))
    elif turned and speaks and _sides(reading, start, end):
        told.sides = _sides(reading, start, end)  # "initially on the right, now bilateral"
        told.spans.append((start, end))
    elif told.radiating is None and told.below_l5 is None:
        return []
    else:
        told.bounds = _bounds(reading, sentence)
        if _SIDED.search(text, start, end):
            told.sides = _sides(reading, start, end)  # "left-sided, below L5, non-radiating pain"
        told.spans.append((start, end))
    return [told]


def of_another_part(reading: Reading, start: int, end: int) -> bool:
    """Whether [start, end) tells of a pain elsewhere in the body and names no place of this one."""
    if reading.patterns.regexes["pain_of_another_part"].search(reading.text, start, end) is None:
        return False
    return not any(s.value in _NEAR or s.value in ("groin", "pelvis") for s in find_sites(reading, start, end))


def _tells_but_code(reading: Reading, sentence: Sentence, tier: int) -> bool:
    """Whether a procedure note's reason would be an account but for its code ("pain in the L SI area (M53.3)")."""
    text = reading.text[sentence.start : sentence.end]
    bare = _CODE.sub("", text)
    if tier not in (1, 5) or bare == text or PAIN_OF.search(bare) is None:
        return False
    return (
        reading.patterns.regexes["pain_not_account"].search(re.sub(r"diagnosis|\bdx\b", "", bare, flags=re.I)) is None
    )


def _bounds(reading: Reading, sentence: Sentence) -> list[Site]:
    """The places that the pain is said not to leave: "does not extend beyond the right buttock"."""
    text, leaves_not = reading.text, reading.patterns.regexes["pain_leaves_not"]
    sites = find_sites(reading, sentence.start, sentence.end)
    return [s for s in sites if s.value in _NEAR and leaves_not.search(text[sentence.start : s.start])]


def _is_plain_account(reading: Reading, sentence: Sentence) -> bool:
    """A sentence of the history that names an examination word in passing ("right SI pain, M53.3" is none)."""
    text = reading.text[sentence.start : sentence.end]
    if sentence.section.category not in ("hpi", "indication") and sentence.section.parent != "hpi":
        return False
    return not reading.patterns.regexes["pain_not_account"].search(text)


def _goes_on(reading: Reading, sentence: Sentence) -> bool:
    """Whether the sentence speaks on of the pain of the one before ("It does not travel to the leg any longer")."""
    return bool(reading.patterns.regexes["pain_goes_on"].match(reading.text[sentence.start : sentence.end]))


def _says_level(reading: Reading, sentence: Sentence) -> bool | None:
    regexes, text = reading.patterns.regexes, reading.text
    if regexes["above_l5"].search(text, sentence.start, sentence.end):
        return False
    if regexes["below_l5"].search(text, sentence.start, sentence.end) or regexes["below_fusion"].search(
        text, sentence.start, sentence.end
    ):
        return True
    return None


def _located(reading: Reading, sentence: Sentence, *, turned: bool = False) -> list[Site]:
    """The sites that the sentence says are painful.

    Args:
        turned: the words before it told of the pain of an earlier time, and it of the pain of today.
    """
    regexes, text = reading.patterns.regexes, reading.text
    start, end = sentence.start, sentence.end
    sites = find_sites(reading, start, end)
    if not sites:
        return []
    body = sentence.section.body if start <= sentence.section.body < end else start
    label = regexes["pain_label"].match(text, start, end) or regexes["pain_label"].match(text, body, end)
    begin = label.end() if label else start if turned else None
    if begin is None and sentence.section.category == "chief_complaint":
        begin = start
    inside = regexes["pain_label_inside"].search(text, start, end)
    if begin is None and inside:
        begin = inside.end()
    if begin is None and _opens_with_place(reading, sentence):
        begin = start
    shows = _SHOWS.search(text, start, end)
    if begin is None and shows:
        begin = shows.end()
    its = regexes["pain_its_my"].match(text, start, end)
    if (
        begin is None
        and its is not None
        and (sentence.section.category in _OWN_WORDS or "hpi" in sentence.section.parent)
    ):
        begin = its.end()
    also = regexes["pain_also_there"].match(text, start, end)
    if begin is None and also is not None and _is_near_pain(reading, sentence):
        begin = also.end()
    only = regexes["pain_side_only"].search(text, start, end)
    if begin is None and only and reading.note.type is not NoteType.PROCEDURE and _is_near_pain(reading, sentence):
        begin = only.start()
    relation = regexes["pain_at"].search(text, start, end)
    while relation and _is_elsewhere(reading, relation):
        relation = regexes["pain_at"].search(text, relation.end(), end)
    if relation and _LIES.match(relation[0]) and not _is_near_pain(reading, sentence):
        relation = None  # what is "located in the right groin" is no pain
    if relation and (begin is None or relation.start() < begin):
        begin = relation.start()
    kept = [s for s in sites if begin is not None and s.start >= begin]
    kept += [s for s in sites if s not in kept and s.has_pain]
    first = min((s.end for s in kept), default=None)
    if first is None and regexes["pain_goes_on"].match(text, start, end):
        first = start  # "Radiates to the left posterior thigh"
    if first is None and _is_near_pain(reading, sentence):
        kept += [s for low, high in radiation.told_far(reading, start, end) for s in sites if low <= s.start < high]
    goes_to = regexes["pain_goes_to"].search(text, first, end) if first is not None else None
    if goes_to:
        kept += [s for s in sites if s not in kept and s.start >= goes_to.start()]
    if not regexes["pain_word"].search(text, start, end) and not label and not _LOCATES.search(text, start, end):
        kept = [s for s in kept if s.value != "pelvis" or _goes_on(reading, sentence)]
    return sorted((s for s in kept if not is_denied(reading, s, start, end)), key=lambda s: s.start)


def _is_near_pain(reading: Reading, sentence: Sentence) -> bool:
    """Whether this sentence or one of the two before it speaks of pain."""
    first = next(
        s
        for s in reading.sentences[max(0, sentence.index - 4) : sentence.index + 1]
        if sentence.index - s.index <= 2 or s.section.start == sentence.section.start
    )
    regexes, text = reading.patterns.regexes, reading.text
    if regexes["pain_word"].search(text, first.start, sentence.end):
        return True
    before = reading.sentences[max(0, sentence.index - 2) : sentence.index]
    return any(regexes["pain_label"].match(text, s.start, s.end) for s in before)


def _opens_with_place(reading: Reading, sentence: Sentence) -> bool:
    """ "Over the right SI joint and buttock, now running down the thigh", behind a sentence about the pain."""
    regexes, text = reading.patterns.regexes, reading.text
    body = sentence.section.body
    opening = text[body if sentence.start <= body < sentence.end else sentence.start : sentence.end]
    if (
        reading.note.type is not NoteType.PROCEDURE
        and regexes["pain_telegraphic"].match(opening)
        and (sentence.section.category in ("hpi", "head") or sentence.section.parent == "hpi")
    ):
        return True  # "R low back into R buttock since Feb 2024"
    if reading.note.type is NoteType.PROCEDURE or not regexes["pain_opens_with_place"].match(opening):
        return False
    return any(
        regexes["pain_word"].search(text, s.start, s.end)
        for s in reading.sentences[max(0, sentence.index - 2) : sentence.index]
    )


def _is_elsewhere(reading: Reading, relation: re.Match[str]) -> bool:
    """A relation of something else than the pain: an injection, a fall, numbness."""
    return bool(
        reading.patterns.regexes["pain_of_something_else"].search(relation[0])
        or (
            re.search(r"\b(?:she|he)\b", relation[0][:4], re.I)
            and not reading.patterns.regexes["pain_person_feels"].search(relation[0])
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
        if _REMAINS.search(text[max(begin, side.start - 10) : side.end + 4]):
            continue  # "what is left is right-sided"
        if _RIGHT.match(text, side.start) and regexes["pain_right_there"].match(text, side.start):
            if not _OF_A_SIDE.search(text[max(begin, side.start - 6) : side.start]):
                continue
        if regexes["pain_side_not"].search(text[max(begin, side.start - 40) : side.start]):
            continue
        if reading.patterns.regexes["pain_side_not_behind"].match(text[side.end : side.end + 30]):
            continue
        out.append(side.side)
    if not out:
        out = [Laterality.LEFT if m["side"] in "lL" else Laterality.RIGHT for m in _SMALL.finditer(text, begin, end)]
    return out
