"""Extracts medication: drugs for pain or inflammation that the patient took, takes, may not take or is to take."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.treatment.answers import answer_for
from chartproof.extract.treatment.conservative_care import is_quoted_from_payer
from chartproof.extract.treatment.course import Course, read_course
from chartproof.extract.treatment.medication_setting import (
    PLAN_SECTIONS,
    first_person,
    in_history,
    is_first_visit,
    is_given_then,
    is_handed_out,
    is_ordered_item,
    period_over,
)
from chartproof.extract.treatment.mentions import Mention, Span
from chartproof.extract.treatment.responses import Response, is_negated, is_summed_up, read_responses
from chartproof.language.quantities import find_durations
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.facts import Medication
from chartproof.model.vocab import DrugClass, DrugResponse, DrugStatus, NoteType

_SKIPPED_SECTIONS = frozenset({"family_history", "labs", "imaging", "exam", "technique", "vitals", "ros", "consent"})
_STOP = re.compile(r";|(?<!\.)\.(?!\.)")  # the end of a sentence, and not the leader of a list
# "she agreed to start celecoxib": it is begun at this visit
_AGREED = re.compile(
    r"\b(?:agree[sd]|agreeable|decided|elected|opted|chose) to (?:start|begin|try|trial)\s[^.;]{0,25}$", re.IGNORECASE
)
_THEN = re.compile(
    r"(?: [\d.]+ ?(?:mg|mcg|g)\b[^.;,()]{0,15})?\s*[,;]?\s*(?:and )?"
    r"(?:(?:then|later|subsequently|afterwards?|followed by)\b|-{1,2}>|=>)",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"w(?:as|ere) (?:given|prescribed)\b", re.IGNORECASE)
_LISTS = frozenset({"medications"})


@dataclass
class _Told:
    """The state of a drug as one mention tells it.

    ``listed``: the state is that of the list the drug stands in. ``weak`` states are read from how the result is told,
    or from "has used"; any stronger telling outweighs them. ``supposed``: an item of a plan, which begins there
    unless it was taken before. ``own``: told in brackets behind the drug, of it alone.
    """

    status: DrugStatus | None = None
    weak: bool = False
    listed: bool = False
    started_now: bool = False
    stopped_now: bool = False
    supposed: bool = False
    own: bool = False
    spans: list[Span] = field(default_factory=list)


def extract(reading: Reading, groups: list[list[Mention]]) -> list[Finding]:
    """The drugs that this note tells of.

    Args:
        groups: the mentions of each sentence (``find_mentions``).
    """
    out = []
    for group in groups:
        responses = read_responses(reading, group)
        _give_to_the_new(reading, group, responses)
        inherited: _Told | None = None
        negated = False
        lead = ""
        for i, mention in enumerate(group):
            if not mention.joined:
                lead = reading.text[mention.before[0] : mention.start]
            negated = is_negated(reading, mention, responses.get(mention)) or (
                negated and mention.joined and mention not in responses
            )
            if mention.kind not in ("drug", "group"):
                inherited = None if not mention.joined else inherited
                continue
            following = group[i + 1] if i + 1 < len(group) else None
            answer = answer_for(reading, mention.start, mention.end)
            if not _is_patients(reading, mention) or (answer and answer.value != "yes"):
                continue
            told = _read_state(reading, mention, following, responses.get(mention), negated)
            of_list = mention.sentence.section.parent == "allergies"
            if mention.joined and inherited and inherited.status is DrugStatus.CONTRAINDICATED and not of_list:
                told = replace(inherited, spans=[])
            if told is None or (reading.note.type is NoteType.PROCEDURE and not told.status):
                inherited = None
                continue
            in_brackets = told.own and any(end > mention.end for _, end in told.spans)
            if (told.status is None or told.listed) and mention.joined and inherited and not answer:
                told = replace(inherited, spans=[])
            if told.status is None and answer:
                told.status, told.weak = DrugStatus.PAST, True
            inherited = told if told.status is not None and not in_brackets else None
            past = mention.joined and reading.patterns.regexes["med_past_before"].search(lead)
            # a class is a fact only with a state; a named drug of "treatment including ..." may still be taken
            past = past or (mention.kind == "group" and reading.patterns.regexes["med_had_before"].search(lead))
            if told.status is None and past:
                told.status, told.weak = DrugStatus.PAST, True  # "has been treated with PT, work hardening, NSAIDs"
            found = _finding(reading, mention, told, responses.get(mention))
            found.hints["summed_up"] = is_summed_up(responses, mention)
            out.append(found)
    return out


def _give_to_the_new(reading: Reading, group: list[Mention], responses: dict[Mention, Response]) -> None:
    """The result behind "meloxicam in place of naproxen" is that of the drug taken instead."""
    for new, old in pairwise(group):
        before = reading.text[old.before[0] : old.start]
        if new.kind == old.kind == "drug" and reading.patterns.regexes["med_taken_instead"].search(before):
            if old in responses:
                responses.setdefault(new, responses.pop(old))


def drug_class(reading: Reading, mention: Mention) -> DrugClass | None:
    """The class of a drug; one put on the skin is ``topical`` whatever its name."""
    regexes, text = reading.patterns.regexes, reading.text
    name = reading.patterns.first("drug_class", mention.value)
    if name == "nsaid":
        following = text[mention.end : min(mention.end + 40, mention.after[1])]
        if regexes["drug_on_skin"].match(following) or regexes["drug_on_skin_brand"].match(
            text[mention.start : mention.end]
        ):
            return DrugClass.TOPICAL
    return DrugClass(name) if name else None


# --- whether it counts at all -----------------------------------------------------------------------------------------


def _is_patients(reading: Reading, mention: Mention) -> bool:
    """Whether the patient's own medicine is meant: not an injectate, a laboratory's word, another person's drug."""
    text, regexes = reading.text, reading.patterns.regexes
    sentence, section = mention.sentence, mention.sentence.section
    if section.category in _SKIPPED_SECTIONS or (
        section.parent in ("family_history", "labs") and not regexes["tx_title_of_care"].search(section.title or "")
    ):
        return False
    assertion = reading.assertion(
        mention.start,
        mention.end,
        ignore=("negated", "planned", "historical", "possible", "declined", "hypothetical", "family", "other_person"),
    )
    if assertion.says_nothing or sentence.zone in ("policy", "education"):
        return False
    after = text[mention.end : min(mention.end + 40, sentence.end)]
    if regexes["med_not_drug"].match(after):
        return False
    if regexes["med_screen"].search(text[sentence.start : mention.start]):
        return False
    words = text[sentence.start : sentence.end]
    if regexes["drug_is_steroid"].match(mention.value) and (
        regexes["drug_local_before"].search(text[sentence.start : mention.start])
        or regexes["drug_on_skin"].match(text[mention.end : min(mention.end + 40, sentence.end)])
    ):
        return False  # drops, creams and inhalers are not taken for the pain
    if regexes["drug_injectable"].match(mention.value):
        near = text[max(sentence.start, mention.start - 25) : min(sentence.end, mention.end + 45)]
        if drug_class(reading, mention) is DrugClass.NSAID and _is_barred(reading, mention):
            return True
        shot = mention.value == "ketorolac" and is_first_visit(reading) and regexes["drug_shot"].search(near)
        if not shot and (not regexes["drug_taken"].search(near) or regexes["drug_by_needle"].search(near)):
            return False
    elif (reading.note.type is NoteType.PROCEDURE or section.parent == "procedure") and regexes[
        "drug_by_needle"
    ].search(words):
        return False
    if mention.value != "aspirin":
        return True
    near = text[max(sentence.start, mention.start - 20) : mention.end + 30]
    return section.parent not in ("medications", "allergies") and not regexes["drug_low_dose_aspirin"].search(near)


# --- its state --------------------------------------------------------------------------------------------------------


def _read_state(
    reading: Reading, mention: Mention, following: Mention | None, response: Response | None, negated: bool
) -> _Told | None:
    """The state told, or None where the words tell of no drug taken."""
    text, regexes = reading.text, reading.patterns.regexes
    sentence, section = mention.sentence, mention.sentence.section
    before = text[mention.before[0] : mention.start]
    after = text[mention.after[0] : mention.after[1]]
    # a reason may follow with a drug in it: "advised no because of GI upset with naproxen"
    reach = text[mention.end : following.start if following else mention.after[1]]

    if regexes["med_of_other_before"].search(before) and not regexes["med_borrowed"].search(
        text, sentence.start, mention.start
    ):
        return None  # "her husband's tramadol"
    if regexes["med_not_our_way"].search(before) or regexes["med_of_other_after"].match(
        text, mention.end, sentence.end
    ):
        return None
    told = _contraindicated(reading, mention, before, reach)
    if (
        told
        and re.search("avoid|off|not to|against", before.lower()[-25:])
        and regexes["med_until_operation"].match(text, mention.end)
    ):
        return None
    if told:
        return told
    if section.parent == "allergies":
        return _allergy(reading, mention, reach)
    anothers = regexes["tx_other_person"].search(before) or regexes["tx_other_person"].search(
        text[sentence.start : mention.start]
    )
    if anothers and not regexes["med_borrowed"].search(text, sentence.start, mention.start):
        return None
    if is_quoted_from_payer(reading, mention.start):
        return None
    if negated or regexes["tx_general"].search(text[sentence.start : mention.start]):
        return None
    if regexes["med_refused"].search(after[:60]) or regexes["med_refused"].search(before[-40:]):
        return None
    if response is None and regexes["med_never_begun"].match(text, mention.end):
        return None
    if sentence.zone == "hypothetical" or (response is None and regexes["tx_considered"].search(before)):
        return None

    told = _Told(own=bool(re.match(r"\s*(?:[\d.]+ ?(?:mg|mcg|g|%)?\s*)?\([^()]*\)", after)))
    if response is None and (
        regexes["med_recommended_after"].match(after) or regexes["med_recommended_before"].search(before)
    ):
        return _Told(DrugStatus.PLANNED)
    off = regexes["med_off_before"].search(before)
    if off and section.parent != "allergies":
        told.status = DrugStatus.PAST
        told.spans.append((mention.before[0] + off.start(), mention.end))
        return told
    postop = regexes["med_planned"].search(text, sentence.start, sentence.end)
    if postop and section.parent not in ("hpi", "medications") and response is None:
        told.status = DrugStatus.PLANNED
        return told
    stop = regexes["med_stop_now"].search(text[max(sentence.start, mention.start - 30) : mention.start])
    if stop and regexes["med_hold"].match(after):
        return _Told(DrugStatus.CURRENT, weak=True)
    if stop or "d/c today" in after or "stop today" in after or regexes["med_stop_now_after"].search(after):
        told.status, told.stopped_now = DrugStatus.PAST, True
        told.spans.append((mention.start - (len(stop[0]) if stop else 0), mention.end))
        return told

    listed = (section.category in _LISTS or section.parent in _LISTS) and not in_history(reading, section)
    title = regexes["med_title_past"].search(section.title or "")
    # one of the list of what conservative care was: nothing says whether it goes on
    summed_up = bool(regexes["care_total_noun"].search(text, sentence.start, mention.start))
    current_after = regexes["med_current_after"].search(after)
    past_after = regexes["med_past_after"].search(after)
    past_before = regexes["med_past_before"].search(before)
    current_before = regexes["med_current_before"].search(before)
    started = regexes["med_started_before"].search(before) or regexes["med_started_after"].match(after)
    started = started or regexes["med_switched"].search(text[sentence.start : mention.start])
    titled_new = bool(regexes["med_title_started"].match((section.title or "").lower()))
    if current_after and (not past_after or current_after.start() < past_after.start() or "still" in current_after[0]):
        told.status = DrugStatus.CURRENT
        told.spans.append((mention.after[0], mention.after[0] + current_after.end()))
        if not (past_after or past_before) or "still" in current_after[0] or "since" in current_after[0]:
            pass
        else:
            told.weak = True
    elif following is not None and following.kind == "drug" and regexes["med_switched_to"].search(reach):
        told.status = DrugStatus.PAST  # "ibuprofen, no relief, switched to meloxicam"
        told.spans.append((mention.start, following.start))
    elif (
        following is not None
        and following.kind == "drug"
        and response is None
        and _THEN.match(reach)
        and drug_class(reading, mention) is drug_class(reading, following)
    ):
        told.status = DrugStatus.PAST  # "ibuprofen, then meloxicam"
        told.spans.append((mention.start, following.start))
    elif past_after:
        told.status = DrugStatus.PAST
        told.spans.append((mention.after[0], mention.after[0] + past_after.end()))
        told.weak = current_before is not None
        if regexes["med_taking_now"].search(before):
            told.status, told.weak = DrugStatus.CURRENT, False
    elif title and (listed or section.category in ("other", "treatment_history")):
        told.status, told.weak = DrugStatus.PAST, summed_up
    elif started or titled_new:
        will = regexes["med_will"].search(text[max(sentence.start, mention.start - 40) : mention.start])
        own = section.category in PLAN_SECTIONS or section.parent in PLAN_SECTIONS
        own = (
            own
            or titled_new
            or bool(regexes["med_quantity"].search(after))
            or bool(regexes["med_order"].search(text[sentence.start : mention.start]))
            or first_person(text[sentence.start : mention.start])
            or bool(_AGREED.search(text[sentence.start : mention.start]))
        )
        told.status = DrugStatus.PLANNED if will else DrugStatus.CURRENT
        if not own and response and response[0] in ("failed", "intolerant"):
            words = text[response[1][0] : response[1][1]].lower()
            if response[0] == "intolerant" or _is_told_as_past(reading, mention, words):
                told.status = DrugStatus.PAST  # "was put on meloxicam, which did not help"
        told.started_now = (
            not will and told.status is DrugStatus.CURRENT and (own or "today" in after or "today" in before[-30:])
        )
        if before.strip():
            told.spans.append((max(mention.before[0], mention.start - 40), mention.end))
    elif (
        past_before and _GIVEN.match(past_before[0]) and response is None and regexes["med_quantity"].search(after[:60])
    ):
        told.status, told.started_now = DrugStatus.CURRENT, True  # "she was given Vicodin #30": a prescription
    elif past_before and regexes["med_today"].match(after):
        told.status, told.weak = DrugStatus.CURRENT, True
    elif past_before and not (listed and past_before[0].lower().startswith("off")):
        told.status = DrugStatus.PAST
        told.weak = (
            past_before[0]
            .lower()
            .startswith(("took", "has t", "have t", "had t", "has u", "have u", "used", "already", "treated"))
        )
        told.spans.append((mention.before[0] + past_before.start(), mention.end))
        if following is not None and following.kind == "drug" and "then" in reach:
            told.weak = False
        told.weak = told.weak or summed_up
    elif current_before:
        told.status = DrugStatus.CURRENT
        told.spans.append((mention.before[0] + current_before.start(), mention.end))
    elif period_over(reading, mention):
        told.status = DrugStatus.PAST
    elif (
        listed
        and response
        and response[0] == "failed"
        and _is_told_as_past(reading, mention, text[response[1][0] : response[1][1]].lower())
    ):
        told.status = DrugStatus.PAST  # "Medications: ..., a steroid pack in January, did nothing"
    elif listed:
        told.status, told.listed = DrugStatus.CURRENT, True
    elif is_given_then(reading, mention, after):
        told.started_now = True
        shot = regexes["drug_shot"].search(after[:40])
        told.status, told.weak = (DrugStatus.PAST, True) if shot else (DrugStatus.CURRENT, False)
    elif is_handed_out(reading, section, before, after):
        told.status, told.started_now = DrugStatus.CURRENT, True
    elif is_ordered_item(reading, mention, before, after):
        told.status, told.weak, told.supposed = DrugStatus.CURRENT, True, True
    elif response:
        told.weak = True
        words = text[response[1][0] : response[1][1]].lower()
        present = response[0] in ("partial", "improved") and not words.endswith("ed") and "took" not in words
        if present and drug_class(reading, mention) is not DrugClass.ORAL_STEROID:
            told.status = DrugStatus.CURRENT
        elif response[0] == "intolerant" or _is_told_as_past(reading, mention, words):
            told.status = DrugStatus.PAST
        elif regexes["med_daily"].search(after[:40]):
            told.status = DrugStatus.CURRENT
        elif response[0] == "failed" and not regexes["med_result_present"].search(words):
            told.status = DrugStatus.PAST  # "Flexeril - useless": what did not help and is in no list was given up
    elif regexes["med_daily"].search(after):
        told.status, told.weak = DrugStatus.CURRENT, True
    return told


def _is_told_as_past(reading: Reading, mention: Mention, result: str) -> bool:
    """Whether a drug without result is told of as over: "did nothing", "x 3 months in spring", a pack of steroids.

    A bare "no help" says nothing about whether it is still taken.
    """
    regexes = reading.patterns.regexes
    if regexes["med_result_past"].search(result) and not regexes["med_result_perfect"].search(result):
        return True
    section = mention.sentence.section
    if regexes["tx_title_prior"].search(section.title or "") or in_history(reading, section):
        return True
    words = reading.text[slice(*mention.after)]
    when = any(d.start < mention.end + 60 for d in reading.dates_in(*mention.after))
    return when or any(find_durations(words)) or drug_class(reading, mention) is DrugClass.ORAL_STEROID


def _contraindicated(reading: Reading, mention: Mention, before: str, reach: str) -> _Told | None:
    regexes = reading.patterns.regexes
    hit = None
    for m in regexes["med_contraindicated"].finditer(before):
        if len(before) - m.end() <= 25 and not any(c in before[m.end() :] for c in ".;:"):
            hit = (mention.before[0] + m.start(), mention.end)
    m2 = regexes["med_contraindicated"].search(reach)
    if hit is None and (
        m3 := regexes["med_contraindicated_all"].match(reading.text, mention.end, mention.sentence.end)
    ):
        hit = (mention.start, m3.end())  # "ketorolac and naproxen are contraindicated"
    if m2 and m2.start() <= 60 and not _STOP.search(reach, 0, m2.start()):
        hit = (mention.start, mention.end + m2.end())
    if hit is None and regexes["med_barred_reason"].search(reading.text[mention.sentence.start : mention.start]):
        hit = (mention.sentence.start, mention.end)
    if hit is None and regexes["med_barred_before"].search(before) and regexes["med_barred_after"].match(reach):
        hit = (max(mention.before[0], mention.start - 10), mention.end + min(len(reach), 40))
    return _Told(DrugStatus.CONTRAINDICATED, spans=[hit]) if hit else None


def _is_barred(reading: Reading, mention: Mention) -> bool:
    """Whether the words say that the drug may not be given."""
    before = reading.text[mention.before[0] : mention.start]
    return _contraindicated(reading, mention, before, reading.text[mention.end : mention.sentence.end]) is not None


def _allergy(reading: Reading, mention: Mention, reach: str) -> _Told | None:
    """An entry of an allergy list: tried and stopped, or an anti-inflammatory that may not be given."""
    if reading.patterns.regexes["med_allergy_stopped"].search(reach):
        return _Told(DrugStatus.PAST)
    if drug_class(reading, mention) in (DrugClass.NSAID, DrugClass.ACETAMINOPHEN):
        return _Told(DrugStatus.CONTRAINDICATED)
    return None


# --- the finding ------------------------------------------------------------------------------------------------------


def _finding(reading: Reading, mention: Mention, told: _Told, response: Response | None) -> Finding:
    over = told.status is DrugStatus.PAST
    taken = told.status in (DrugStatus.PAST, DrugStatus.CURRENT, None)
    course = read_course(reading, mention, ended=over) if taken or told.status is DrugStatus.PLANNED else Course()
    today = PartialDate(reading.note.date)
    start, end = course.start, course.end
    if (
        over
        and start is not None
        and end is None
        and reading.patterns.regexes["med_off_before"].search(reading.text[mention.before[0] : mention.start])
    ):
        start, end = None, start  # "off celecoxib since June"
    if told.started_now and start is None:
        start = today
    if told.stopped_now and end is None:
        end = today
    if over and start is not None and end is None and _ended_then(reading, mention):
        start, end = None, start
    spans = [(mention.start, mention.end), *told.spans, *course.spans]
    if response and abs(response[1][0] - mention.end) < 160:
        spans.append(response[1])
    low, high = min(s for s, _ in spans), max(e for _, e in spans)
    value = DrugResponse(response[0]) if response and taken else None
    fact = Medication(
        name=mention.value,
        drug_class=drug_class(reading, mention),  # type: ignore[call-arg]
        response=value,
        status=told.status,
        start=start,
        end=end if over else None,
        duration_weeks=course.weeks,
        evidence=[reading.evidence(low, high)],
    )
    return finding(
        fact,
        reading.note,
        Strength.FIRST_HAND,
        weak=told.weak,
        group=mention.kind == "group",
        supposed_start=today if told.supposed and start is None else None,
    )


def _ended_then(reading: Reading, mention: Mention) -> bool:
    """Whether a bare date beside the drug is when it ended: "finished a Medrol pack in December"."""
    words = reading.text[mention.before[0] : mention.start] + " " + reading.text[slice(*mention.after)]
    regexes = reading.patterns.regexes
    return bool(regexes["tx_end_word"].search(words)) and not regexes["tx_start_word"].search(words)
