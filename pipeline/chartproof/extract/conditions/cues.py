"""What the words around a disorder in a running text or a list make of it: there, not there, or perhaps.

ConText says whether a negation reaches a mention; what it does not know is read here: verdicts that follow ("was
ruled out", "has not been excluded"), doubt and how far it reaches, and negations that belong to something else ("did
not respond to treatment for").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from chartproof.extract.conditions.mentions import IMAGED, Mention, after, before
from chartproof.language.reading import Reading
from chartproof.model.vocab import Presence

# What has healed or gone is absent; cancer and addiction stay on the record.
_STAYS = frozenset({"malignancy", "opioid_use_disorder", "substance_use_disorder", "diabetes", "osteoporosis"})
# What goes quiet under treatment and is still there.
_REMITS = frozenset(
    "rheumatoid_arthritis ankylosing_spondylitis psoriatic_arthritis connective_tissue_disorder gout".split()
)
# "I do not believe her slip is what hurts" denies no slip
_OPINION = re.compile(
    r"\s(?:believe|think|feel|suspect|consider|regard|blame|hold)(?: that)? (?:her|his|the|this|that)\b", re.I
)
_JOINED_ON = re.compile(r",?\s*(?:or|nor|and)\b|/|, (?:\w+ ){0,3}or\b", re.I)
_DENSITY = re.compile(r"\b(?:DE?XA|bone densit\w+)\b", re.I)
_MAY = re.compile(r"[^.;]{0,50}?\b(?:may|might|could|possibly|probably|likely|seem\w*)\b", re.I)
_NEAR, _LONGEST_LIST = 100, 1500  # characters from the start of a sentence to a disorder in a list of denials
_AND_HISTORY = re.compile(r"\b(?:and|but|with) (?:an? )?(?:\w+ )?(?:history|hx) of\b", re.I)
_NEW_ITEM = re.compile(
    r"\b(?:and|but|,) (?:an? )?(?:mild|moderate|severe|well[- ]controlled|poorly controlled|known|treated|stable"
    r"|long-?standing|remote|prior|past|situational|intermittent|insulin-dependent)\b",
    re.I,
)
_ADJECTIVE = re.compile(r"(?:type [12] )?diabetic|osteoporotic|pregnant|arthritic", re.I)  # "no" governs none of them
_CLOSES = re.compile(r"[^()]{0,60}\)")
_FIELD = re.compile(r"(?:[\])?:]|\.{2,}|\s{2,})\s*$")


@dataclass(frozen=True)
class Stance:
    """The presence of a disorder, and the span of the words that say so."""

    presence: Presence
    start: int
    end: int
    by_form: bool = False


def in_text(reading: Reading, mention: Mention) -> Stance | None:
    """The stance of a running text; None where the words leave it open whether they speak of the disorder."""
    regexes, ahead = reading.patterns.regexes, reading.patterns.vocabulary["condition_before"]
    left, right = _in_clause(reading, mention), after(reading, mention)
    sentence_left = before(reading, mention)  # "cannot yet exclude": the cue may stand in the clause before

    def stance(presence: Presence, match: re.Match[str] | None = None, cue: int | None = None) -> Stance:
        start = mention.start if cue is None else mention.start - len(sentence_left) + cue
        return Stance(presence, start, mention.end + (match.end() if match else 0))

    shift = len(sentence_left) - len(left)
    if match := ahead["tested"].search(sentence_left):
        return stance(Presence.ABSENT, cue=match.start())
    if regexes["condition_criteria_for"].search(left) and (match := regexes["condition_criteria_not"].match(right)):
        return stance(Presence.ABSENT, match)
    if regexes["condition_tested_for"].search(left) and (match := regexes["condition_tested_negative"].search(right)):
        return stance(Presence.ABSENT, match)
    if (match := regexes["condition_disputed"].match(right)) and _is_alone(reading, mention, match.end()):
        return stance(Presence.POSSIBLE, match)
    if match := _verdict(reading, mention, right, "open"):
        return stance(Presence.POSSIBLE, match)
    match = ahead["open"].search(sentence_left)
    if match is None and mention.name != "si_joint_dysfunction":
        match = ahead["sent_for"].search(sentence_left)
    if match:
        if regexes["condition_imaging_word"].search(sentence_left, 0, match.start()) or _DENSITY.search(sentence_left):
            return None  # "MRI to rule out sacroiliitis" tells why a study is ordered
        settled = regexes["condition_settled"].search(right)
        return stance(Presence.ABSENT if settled else Presence.POSSIBLE, settled, match.start())
    if match := _verdict(reading, mention, right, "absent"):
        return stance(Presence.ABSENT, match)
    if mention.name not in _STAYS:
        if match := _resolved(reading, mention, right):
            return stance(Presence.ABSENT, match)
        if match := regexes["condition_resolved_before"].search(left):
            return stance(Presence.ABSENT, cue=match.start() + shift)
    if ahead["nothing"].search(sentence_left):
        return None
    if ahead["present"].search(left):
        return stance(Presence.PRESENT)
    negated, at = _negation(reading, mention, left, right)
    if negated == "unclear":
        return None
    if negated == "negated":
        return stance(Presence.ABSENT, cue=at + shift)
    of_facets = mention.name == "facet_syndrome" and "syndrome" not in reading.text[mention.start : mention.end].lower()
    if not of_facets and (match := _verdict(reading, mention, right, "present")):
        return stance(Presence.PRESENT, match)
    match = _verdict(reading, mention, right, "possible") or (_MAY.match(right) if of_facets else None)
    if match:
        settled = regexes["condition_settled"].search(right)
        return stance(Presence.ABSENT if settled else Presence.POSSIBLE, settled or match)
    doubt = _doubt(reading, left)
    if doubt is None and (denied := _in_long_denial(reading, mention)) is not None:
        return Stance(Presence.ABSENT, denied, mention.end)
    if doubt is None:
        return stance(Presence.PRESENT)
    settled = regexes["condition_settled"].search(right)
    return stance(Presence.ABSENT if settled else Presence.POSSIBLE, settled, doubt + shift)


def _in_clause(reading: Reading, mention: Mention) -> str:
    """The words before a mention, in its clause."""
    left = before(reading, mention)
    clause_start, _ = reading.clause_at(mention.start)
    return left[max(0, len(left) - (mention.start - clause_start)) :] if clause_start <= mention.start else left


def _later_disorders(reading: Reading, mention: Mention) -> list[tuple[int, int]]:
    """Where the next disorders are named, counted from the end of a mention."""
    at = bisect_left(reading.targets, mention.end, key=lambda t: t.start)
    later = reading.targets[at : at + 20]
    return [(t.start - mention.end, t.end - mention.end) for t in later if t.category == "condition"]


def _is_alone(reading: Reading, mention: Mention, reach: int) -> bool:
    """Whether no other disorder is named in the next ``reach`` characters."""
    return all(start >= reach for start, _ in _later_disorders(reading, mention))


def _verdict(reading: Reading, mention: Mention, right: str, kind: str) -> re.Match[str] | None:
    """A judgement that follows a disorder and is on it: not on the next thing that the sentence speaks of.

    "RA and AS were considered and ruled out" judges both; "SI joint dysfunction, and the hip was ruled out" the hip.
    """
    match = reading.patterns.vocabulary["condition_after"][kind].search(right)
    if match is None:
        return None
    said = match[0]
    ahead = before(reading, mention)
    if ahead.rfind("(") > ahead.rfind(")") and (closed := _CLOSES.match(said)):
        said = said[closed.end() :]  # "inflammatory disease (RA, AS) excluded by labs" judges what is in parentheses
    for start, end in _later_disorders(reading, mention):
        if start < len(said):
            said = said[:start] + " " * (min(end, len(said)) - start) + said[end:]
    regexes = reading.patterns.regexes
    tail = said[said.rfind(",") + 1 :]
    if "," in said and not regexes["condition_verdict_tail"].match(tail):
        return None
    return None if regexes["condition_new_subject"].search(said) else match


def _resolved(reading: Reading, mention: Mention, right: str) -> re.Match[str] | None:
    later = _later_disorders(reading, mention)
    match = reading.patterns.regexes["condition_resolved"].search(right[: later[0][0]] if later else right)
    if match and mention.name in _REMITS and reading.patterns.regexes["condition_in_remission"].search(match[0]):
        return None
    if match and reading.patterns.regexes["condition_resolved_other"].search(match[0]):
        return None  # "dysfunction, leg symptoms resolved"
    return match


def _negation(reading: Reading, mention: Mention, left: str, right: str) -> tuple[str | None, int]:
    """``negated`` with the place of the cue in ``left``; ``unclear`` where the cue may belong to another item."""
    regexes = reading.patterns.regexes
    cues = list(regexes["condition_negator"].finditer(left))
    beside = bool(cues) and not left[cues[-1].end() :].strip()
    if not beside and not (cues and reading.assertion(mention.start, mention.end).has("negated")):
        ahead = reading.patterns.vocabulary["condition_before"]["absent"].search(left)
        if ahead is None or regexes["condition_break"].search(left[ahead.start() :]):
            return None, 0
        return (None, 0) if regexes["condition_not_of_it"].search(ahead[0]) else ("negated", ahead.start())
    cue = cues[-1]
    between = left[cue.end() :]
    if mention.name in IMAGED and _OPINION.match(between):
        return None, 0
    if cue[0].lower() == "without" and _AND_HISTORY.search(between):
        return None, 0  # "without a fall and past history of melanoma"
    if ")" in between.split("(")[0] or regexes["condition_break"].search(between):
        return None, 0  # said in parentheses, or another predicate
    if _FIELD.search(left[: cue.start()]) and re.match(r"\s{2,}|\s*[|\[]", between):
        return None, 0  # the answer of another field
    if regexes["condition_not_of_it"].search(between):
        return None, 0
    if cue[0].lower() in ("no", "not", "without") and _NEW_ITEM.search(between):
        return None, 0  # "no somatization and mild situational anxiety"
    if regexes["condition_not_because"].search(between):
        return "unclear", 0
    if "," in between and _ADJECTIVE.fullmatch(reading.text, mention.start, mention.end):
        return None, 0  # "takes no anticoagulants, diabetic"
    in_list = re.search(r"[,/]\s*$", left[: cue.start()])
    joined = re.search(r"\b(?:or|nor|and)\b|/", between) or _JOINED_ON.match(right)
    if cue[0].lower() in ("no", "not", "without") and in_list and "," in between and not joined:
        return "unclear", 0
    return "negated", cue.start()


def _in_long_denial(reading: Reading, mention: Mention) -> int | None:
    """Where "denies" stands that opens a list of complaints so long that the disorder is out of its usual reach."""
    sentence = reading.sentence_at(mention.start)
    if mention.start - sentence.start < _NEAR:
        return None
    regexes, text = reading.patterns.regexes, reading.text
    low = max(sentence.start, mention.start - _LONGEST_LIST)
    cues = list(regexes["condition_denied_list"].finditer(text, low, mention.start))
    if not cues:
        return None
    items = text[cues[-1].end() : mention.start].split(",")
    plain = len(items) > 4 and all(len(item.split()) <= 7 for item in items)
    if not plain or regexes["condition_list_ends"].search(text, cues[-1].end(), mention.start):
        return None
    return cues[-1].start()


def _doubt(reading: Reading, left: str) -> int | None:
    """Where a word of doubt stands that reaches the disorder after ``left``."""
    hits = list(reading.patterns.vocabulary["condition_doubt"]["possible"].finditer(left))
    if not hits:
        return None
    between = left[hits[-1].end() :]
    if hits[-1][0].lower().startswith(("differential", "ddx", "disputed", "contested")):
        return hits[-1].start()
    if re.search(r"\b(?:known|with (?:known|established)|in (?:a|this) (?:patient|man|woman)|given)\b|\)|:", between):
        return None
    if reading.patterns.regexes["condition_doubt_of_other"].search(between):
        return None
    if "," in between and not re.search(r"\b(?:or|vs|versus)\b", between):
        return None
    return hits[-1].start()
