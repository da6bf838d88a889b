"""Whether a disorder that is named is there, is not, or may be."""

from __future__ import annotations

import re

from chartproof.extract.conditions.cues import Stance, in_text
from chartproof.extract.conditions.forms import answer_of, is_unticked
from chartproof.extract.conditions.mentions import Mention, after, before
from chartproof.extract.conditions.places import in_own_field
from chartproof.language.reading import Reading
from chartproof.model.vocab import NoteType, Presence

_WHOSE = re.compile(r"\b(?:her|his|their|the patient's)\b", re.I)
_PLAIN_INFECTION = re.compile(r"(?:infections?|infxn|(?:infectious|infective) (?:process|etiology|cause))$", re.I)
_OWN_DENIED = re.compile(r"\b(?:does not (?:have|carry)|no (?:personal|known) (?:dx|diagnosis|history|hx))\b", re.I)
_NOW = re.compile(r"\b(?:active|current|systemic|ongoing|untreated|acute)\b", re.I)
# between the items of a form that stand on one line
_NEXT_ITEM = re.compile(r" {2,}|[\t\n;|/)]|[.,] (?=[A-Z])")
# An item's answer, to the next item of the form.
_ITS_ANSWER = re.compile(
    r"[^\n:;?.,]{0,40}[:?]\s*(?:(?:[\[(] ?[xX]? ?[\])] ?\w+\s*){1,3}|[^\s;.,]+(?: [^\s;.,]+){0,5})"
    r"|[\s._-]*(?:[^\s;.,]+(?: (?=\S))?){0,6}"
)


def stance_of(reading: Reading, mention: Mention) -> Stance | None:
    """What the words around a mention say of it; None where they assert nothing of this patient."""
    if denied := _not_the_patient(reading, mention):
        return denied
    regexes = reading.patterns.regexes
    not_so = regexes["condition_not_so_patient"].match(after(reading, mention))
    if not_so and regexes["nicotine_other_person"].search(before(reading, mention)):
        return Stance(Presence.ABSENT, mention.start, mention.end + not_so.end())  # "his wife has it; he does not"
    of_a_relative = reading.patterns.regexes["condition_relative"].match(after(reading, mention))
    if of_a_relative and _OWN_DENIED.search(before(reading, mention)):
        of_a_relative = None  # "does not carry a dx of AS: brother only"
    if of_a_relative or _is_hypothetical(reading, mention):
        return None
    if _is_quoted_criterion(reading, mention) or regexes["condition_of_members"].search(
        reading.text[max(0, mention.start - 120) : mention.start]
    ):
        return None
    if regexes["condition_of_relative_before"].search(before(reading, mention)[-60:]):
        return None  # "Mother - rheumatoid arthritis"
    tested = regexes["condition_test_of"].match(after(reading, mention))
    if tested:  # "your RA blood tests were negative"
        return Stance(Presence.ABSENT, mention.start, mention.end + tested.end()) if tested["neg"] else None
    if mention.forced:
        left_open = is_unticked(reading, mention.start)
        return None if left_open else Stance(Presence(mention.forced), mention.start, mention.end)
    answer = answer_of(reading, mention.start, mention.end)
    if answer == "nothing":
        return None
    if answer:
        said = _ITS_ANSWER.match(reading.text[mention.end : reading.line_at(mention.start).end])
        return Stance(Presence(answer), mention.start, mention.end + (said.end() if said else 0), by_form=True)
    if _is_asked(reading, mention):
        return None
    if mention.name == "pregnancy":
        return _pregnancy(reading, mention)
    if mention.name == "anticoagulation" and (none := regexes["condition_none_taken"].match(after(reading, mention))):
        return Stance(Presence.ABSENT, mention.start, mention.end + none.end())
    stance = in_text(reading, mention)
    if stance and mention.name == "anticoagulation":
        return _anticoagulation(reading, mention, stance)
    if stance and mention.name == "infection" and stance.presence is not Presence.ABSENT:
        # an infection of old says nothing of now; osteomyelitis and the like do
        words = before(reading, mention)[-30:] + reading.text[mention.start : mention.end]
        return None if _PLAIN_INFECTION.search(words) and not _NOW.search(words) else stance
    return stance


def _not_the_patient(reading: Reading, mention: Mention) -> Stance | None:
    """ "His wife has fibromyalgia; he does not": told of another, and in one breath denied of the patient."""
    regexes = reading.patterns.regexes
    ahead = reading.text[mention.end : min(len(reading.text), mention.end + 110)].split("\n")[0]
    own = regexes["condition_not_he"].match(ahead)
    if own is None or not regexes["condition_another_has"].search(before(reading, mention)):
        return None
    return Stance(Presence.ABSENT, mention.start, mention.end + own.end())


def _is_asked(reading: Reading, mention: Mention) -> bool:
    """Whether the words only ask for a disorder, or speak of what it would be."""
    regexes = reading.patterns.regexes
    if regexes["condition_would_be"].match(after(reading, mention)):
        return True
    opens = re.fullmatch(r"\W*(?:[\w/-]+,? (?:and |or )?){0,8}", before(reading, mention))
    if opens and not _WHOSE.search(opens[0]) and regexes["condition_in_general"].match(after(reading, mention)):
        return True
    sentence = reading.sentence_at(mention.start)
    asked = "?" in reading.text[mention.end : sentence.end + 1]
    return asked and bool(regexes["condition_put_as_question"].search(before(reading, mention)))


def _is_quoted_criterion(reading: Reading, mention: Mention) -> bool:
    """Whether a mention stands in the payer's words that a notice of denial, or the answer to one, quotes."""
    line = reading.line_at(mention.start)
    if reading.note.type is NoteType.LETTER and line.text.lstrip()[:1] in ('"', "\u201c"):
        # a paragraph that opens with a criterion in quotes, and goes on to answer it
        opened = line.text[: mention.start - line.start]
        if opened.count('"') == 1 or (opened.count("\u201c") == 1 and "\u201d" not in opened):
            return True
    denial = reading.patterns.regexes["condition_denial_notice"].search(reading.text, 0, mention.start)
    if denial is None:
        return False
    ahead = reading.text[denial.end() : mention.start]
    return ahead.count('"') % 2 == 1 or ahead.count("\u201c") > ahead.count("\u201d")


def _is_hypothetical(reading: Reading, mention: Mention) -> bool:
    aside = ("planned", "declined", "education") if in_own_field(reading, mention) else ("planned", "declined")
    asserted = reading.assertion(mention.start, mention.end, ignore=aside)
    if asserted.kind == "hypothetical" and reading.patterns.regexes["condition_soft_opening"].match(asserted.cue or ""):
        asserted = reading.assertion(mention.start, mention.end, ignore=("planned", "declined", "hypothetical"))
    if asserted.kind == "family":
        # "a mother of two with fibromyalgia" is the patient
        sentence = reading.sentence_at(mention.start)
        if reading.patterns.regexes["condition_a_parent"].search(reading.text, sentence.start, mention.start):
            asserted = reading.assertion(mention.start, mention.end, ignore=("planned", "declined", "family"))
        elif _relative_of_another_item(reading, mention, asserted.cue or ""):
            asserted = reading.assertion(mention.start, mention.end, ignore=(*aside, "family"))
    return asserted.says_nothing


def _relative_of_another_item(reading: Reading, mention: Mention, relative: str) -> bool:
    """Whether an item that has its own answer shares its line with one that names a relative.

    "Heart attack: dad, 61   Diabetes: no" denies diabetes of the patient; "Mother:   Diabetes: no" heads a row.
    """
    line = reading.line_at(mention.start)
    named = re.compile(rf"\b{re.escape(relative)}\b(?!\s*[:?=])", re.I)
    ahead = [m.end() for m in named.finditer(reading.text, line.start, mention.start)]
    behind = named.search(reading.text, mention.end, line.end)
    gaps = [(ahead[-1], mention.start)] if ahead else []
    gaps += [(mention.end, behind.start())] if behind else []
    apart = bool(gaps) and all(_NEXT_ITEM.search(reading.text, *gap) for gap in gaps)
    return apart and answer_of(reading, mention.start, mention.end) not in (None, "nothing")


def _pregnancy(reading: Reading, mention: Mention) -> Stance | None:
    """Present only where she is pregnant now; absent where that is denied."""
    left, regexes = before(reading, mention), reading.patterns.regexes
    denied = regexes["condition_not_pregnant"].search(left)
    if denied and regexes["condition_not_now"].search(left, 0, denied.start()):
        return None
    if denied:
        return Stance(Presence.ABSENT, mention.start - (len(left) - denied.start()), mention.end)
    stance = in_text(reading, mention)
    if stance and stance.presence is Presence.ABSENT:
        return stance
    words = reading.text[mention.start : mention.end].lower()
    if words == "pregnant" and regexes["condition_pregnant_now"].search(left):
        return Stance(Presence.PRESENT, mention.start, mention.end)
    return None


def _anticoagulation(reading: Reading, mention: Mention, stance: Stance) -> Stance | None:
    """A drug told as taken or held is anticoagulation; "hold blood thinners", "held as appropriate" are not."""
    regexes = reading.patterns.regexes
    left, right = before(reading, mention), after(reading, mention)
    words = reading.text[mention.start : mention.end]
    if stance.presence is Presence.ABSENT and regexes["condition_beside_drug"].search(left):
        return Stance(Presence.PRESENT, mention.start, mention.end)
    if stance.presence is Presence.ABSENT:
        if regexes["condition_drug_planned"].search(left[-60:]):
            return None
        said = left[-20:] + reading.text[stance.start : stance.end]
        return None if regexes["condition_no_need"].search(said) else stance
    if named := regexes["condition_drug_named"].match(right):
        return Stance(Presence.PRESENT, mention.start, mention.end + named.end())
    plain_drug = regexes["condition_plain_drug"].search(words)
    if not plain_drug and regexes["condition_given_once"].search(left):
        return None  # "heparin 8400 units was given for anticoagulation", during a procedure
    if not plain_drug and (off := regexes["condition_off"].search(left)):
        return Stance(Presence.ABSENT, mention.start - len(left) + off.start(), mention.end)
    if plain_drug and (off := regexes["condition_off_drug"].search(left)):
        paused = regexes["condition_held"].search(right) or regexes["condition_drug_paused"].search(right)
        paused = paused or regexes["condition_off_to_come"].search(left, 0, off.start())
        if not paused and not re.match(r"\s?(?:x|for) ?\d", right):
            return Stance(Presence.ABSENT, mention.start - len(left) + off.start(), mention.end)
    if not plain_drug and regexes["condition_no_need"].search(left[-25:]) and not _WHOSE.search(left[-25:]):
        return None  # "hold anticoagulants" tells everybody
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
