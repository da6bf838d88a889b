"""Whether a disorder that is named is there, is not, or may be."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from chartproof.extract.conditions.forms import answer_of, is_unticked
from chartproof.extract.conditions.mentions import Mention, after, before
from chartproof.language.reading import Reading
from chartproof.model.vocab import Presence

# What has healed or gone is absent; cancer and addiction stay on the record.
_STAYS = frozenset({"malignancy", "opioid_use_disorder", "substance_use_disorder", "diabetes", "osteoporosis"})
_JOINED_ON = re.compile(r",?\s*(?:or|nor|and)\b|/|, (?:\w+ ){0,3}or\b", re.I)
_NOW = re.compile(r"\b(?:active|current|systemic|ongoing|untreated|acute)\b", re.I)
# An item's answer, to the next item of the form.
_ITS_ANSWER = re.compile(
    r"[^\n:;?.,]{0,40}[:?]\s*(?:(?:[\[(] ?[xX]? ?[\])] ?\w+\s*){1,3}|[^\s;.,]+(?: [^\s;.,]+){0,5})"
    r"|[\s._-]*(?:[^\s;.,]+(?: (?=\S))?){0,6}"
)


@dataclass(frozen=True)
class Stance:
    """The presence of a disorder, and the span of the words that say so."""

    presence: Presence
    start: int
    end: int
    by_form: bool = False


def stance_of(reading: Reading, mention: Mention) -> Stance | None:
    """What the words around a mention say of it; None where they assert nothing of this patient."""
    of_a_relative = reading.patterns.regexes["condition_relative"].match(after(reading, mention))
    if of_a_relative or _is_hypothetical(reading, mention):
        return None
    if mention.forced:
        left_open = is_unticked(reading, mention.start)
        return None if left_open else Stance(Presence(mention.forced), mention.start, mention.end)
    answer = answer_of(reading, mention.start, mention.end)
    if answer == "nothing":
        return None
    if answer:
        said = _ITS_ANSWER.match(reading.text[mention.end : reading.line_at(mention.start).end])
        return Stance(Presence(answer), mention.start, mention.end + (said.end() if said else 0), by_form=True)
    if mention.name == "pregnancy":
        return _pregnancy(reading, mention)
    stance = _in_text(reading, mention)
    if stance and mention.name == "anticoagulation":
        return _anticoagulation(reading, mention, stance)
    if stance and mention.name == "infection" and stance.presence is not Presence.ABSENT:
        # an infection of old says nothing of now; osteomyelitis and the like do
        words = before(reading, mention)[-30:] + reading.text[mention.start : mention.end]
        return None if words.lower().endswith(("infection", "infections")) and not _NOW.search(words) else stance
    return stance


def _is_hypothetical(reading: Reading, mention: Mention) -> bool:
    asserted = reading.assertion(mention.start, mention.end, ignore=("planned", "declined"))
    if asserted.kind == "hypothetical" and reading.patterns.regexes["condition_soft_opening"].match(asserted.cue or ""):
        asserted = reading.assertion(mention.start, mention.end, ignore=("planned", "declined", "hypothetical"))
    return asserted.says_nothing


def _in_text(reading: Reading, mention: Mention) -> Stance | None:
    """Presence in a running text or a list."""
    vocabulary, regexes = reading.patterns.vocabulary, reading.patterns.regexes
    left, right = _in_clause(reading, mention), after(reading, mention)
    behind, ahead = vocabulary["condition_after"], vocabulary["condition_before"]

    def stance(presence: Presence, match: re.Match[str] | None = None, cue_start: int | None = None) -> Stance:
        start = mention.start if cue_start is None else mention.start - len(left) + cue_start
        return Stance(presence, start, mention.end + (match.end() if match else 0))

    sentence_left = before(reading, mention)  # "cannot yet exclude": the cue may stand in the clause before
    if match := ahead["tested"].search(sentence_left):
        return stance(Presence.ABSENT, cue_start=match.start() - len(sentence_left) + len(left))
    if regexes["condition_tested_for"].search(left) and (match := regexes["condition_tested_negative"].search(right)):
        return stance(Presence.ABSENT, match)
    if match := behind["open"].search(right):
        return stance(Presence.POSSIBLE, match)
    if match := ahead["open"].search(sentence_left):
        if regexes["condition_imaging_word"].search(sentence_left, 0, match.start()):
            return None  # "MRI to rule out sacroiliitis" tells why a study is ordered
        return stance(Presence.POSSIBLE, cue_start=match.start() - len(sentence_left) + len(left))
    if match := behind["absent"].search(right):
        return stance(Presence.ABSENT, match)
    if mention.name not in _STAYS:
        own = right[: _next_disorder(reading, mention)]
        if match := regexes["condition_resolved"].search(own):
            return stance(Presence.ABSENT, match)
        if match := regexes["condition_resolved_before"].search(left):
            return stance(Presence.ABSENT, cue_start=match.start())
    if match := ahead["present"].search(left):
        return stance(Presence.PRESENT)
    negated, cue = _negation(reading, mention, left, right)
    if negated == "unclear":
        return None
    if negated == "negated":
        return stance(Presence.ABSENT, cue_start=cue)
    if match := behind["present"].search(right):
        return stance(Presence.PRESENT, match)
    if match := behind["possible"].search(right):
        return stance(Presence.POSSIBLE, match)
    doubt = _doubt(reading, left)
    if doubt is not None and (match := regexes["condition_settled"].search(right)):
        return stance(Presence.ABSENT, match, doubt)
    if doubt is not None:
        return stance(Presence.POSSIBLE, cue_start=doubt)
    return stance(Presence.PRESENT)


def _in_clause(reading: Reading, mention: Mention) -> str:
    """The words before a mention, in its clause."""
    left = before(reading, mention)
    clause_start, _ = reading.clause_at(mention.start)
    return left[max(0, len(left) - (mention.start - clause_start)) :] if clause_start <= mention.start else left


def _next_disorder(reading: Reading, mention: Mention) -> int:
    """How far the words after a mention are its own: to the next disorder named."""
    at = bisect_left(reading.targets, mention.end, key=lambda t: t.start)
    later = (t.start for t in reading.targets[at : at + 20] if t.category == "condition")
    return next(later, len(reading.text)) - mention.end


def _negation(reading: Reading, mention: Mention, left: str, right: str) -> tuple[str | None, int]:
    """``negated`` with the place of the cue in ``left``; ``unclear`` where the cue may belong to another item."""
    regexes = reading.patterns.regexes
    ahead = reading.patterns.vocabulary["condition_before"]["absent"].search(left)
    cues = list(regexes["condition_negator"].finditer(left))
    by_context = reading.assertion(mention.start, mention.end).has("negated")
    if not cues or not by_context:
        if ahead and not regexes["condition_break"].search(left[ahead.start() :]):
            return "negated", ahead.start()
        return None, 0
    cue = cues[-1]
    between = left[cue.end() :]
    closed = ")" in between.split("(")[0]
    if closed or regexes["condition_break"].search(between) or re.match(r"\s{2,}|\s*[|\[(]", between):
        return None, 0  # said in parentheses, another predicate, or the answer of another field
    in_list = re.search(r"[,/]\s*$", left[: cue.start()])
    joined = re.search(r"\b(?:or|nor|and)\b|/", between) or _JOINED_ON.match(right)
    if cue[0].lower() in ("no", "not", "without") and in_list and "," in between and not joined:
        return "unclear", 0
    return "negated", cue.start()


def _doubt(reading: Reading, left: str) -> int | None:
    """Where a word of doubt stands that reaches the disorder after ``left``."""
    hits = list(reading.patterns.vocabulary["condition_doubt"]["possible"].finditer(left))
    if not hits:
        return None
    between = left[hits[-1].end() :]
    if hits[-1][0].lower().startswith("differential"):
        return hits[-1].start()
    if re.search(r"\b(?:known|with (?:known|established)|in (?:a|this) (?:patient|man|woman)|given)\b|\)|:", between):
        return None
    if "," in between and not re.search(r"\b(?:or|vs|versus)\b", between):
        return None
    return hits[-1].start()


def _pregnancy(reading: Reading, mention: Mention) -> Stance | None:
    """Present only where she is pregnant now; absent where that is denied."""
    left, regexes = before(reading, mention), reading.patterns.regexes
    denied = regexes["condition_not_pregnant"].search(left)
    if denied:
        return Stance(Presence.ABSENT, mention.start - (len(left) - denied.start()), mention.end)
    clause = _in_clause(reading, mention)
    negated, cue = _negation(reading, mention, clause, after(reading, mention))
    if negated == "negated":
        return Stance(Presence.ABSENT, mention.start - len(clause) + cue, mention.end)
    if match := reading.patterns.vocabulary["condition_after"]["absent"].search(after(reading, mention)):
        return Stance(Presence.ABSENT, mention.start, mention.end + match.end())
    words = reading.text[mention.start : mention.end].lower()
    if words == "pregnant" and regexes["condition_pregnant_now"].search(left):
        return Stance(Presence.PRESENT, mention.start, mention.end)
    return None


def _anticoagulation(reading: Reading, mention: Mention, stance: Stance) -> Stance | None:
    """A drug told as taken or held is anticoagulation; "hold blood thinners", "held as appropriate" are not."""
    regexes = reading.patterns.regexes
    left, right = before(reading, mention), after(reading, mention)
    words = reading.text[mention.start : mention.end]
    if stance.presence is Presence.ABSENT:
        said = left[-20:] + reading.text[stance.start : stance.end]
        return None if regexes["condition_no_need"].search(said) else stance
    if named := regexes["condition_drug_named"].match(right):
        return Stance(Presence.PRESENT, mention.start, mention.end + named.end())
    plain_drug = regexes["condition_plain_drug"].search(words)
    if not plain_drug and (off := regexes["condition_off"].search(left)):
        return Stance(Presence.ABSENT, mention.start - len(left) + off.start(), mention.end)
    planned = regexes["condition_drug_planned"].search(left[-60:] + right[:40])
    if planned or regexes["condition_held_template"].search(right):
        return None
    stopped = regexes["condition_drug_stopped"].search(left[-60:])
    stopped = stopped or regexes["condition_drug_stopped_after"].search(right)
    paused = regexes["condition_held"].search(right) or regexes["condition_drug_paused"].search(right)
    if stopped and not paused:
        return None
    told = regexes["condition_on_drug"].search(left) or re.match(r"\s?[:-]?\s?\(?(?:held|on)\b", right)
    return stance if told or plain_drug else None
