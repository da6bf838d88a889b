"""Reads the state of a therapy that a mention tells: done, going on, planned or declined."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chartproof.extract.treatment.answers import Answer
from chartproof.extract.treatment.course import visits_in
from chartproof.extract.treatment.mentions import Mention, Span
from chartproof.extract.treatment.responses import Response
from chartproof.extract.treatment.therapy_begins import PLAN_SECTIONS
from chartproof.language.reading import Reading
from chartproof.model.vocab import TherapyStatus, TherapyType

# What goes on unless the words say otherwise, and what is over unless they do.
_GOES_ON = frozenset({TherapyType.HOME_EXERCISE, TherapyType.ACTIVITY_MODIFICATION, TherapyType.BRACING})
# What is used at will, so that "helps" says that it is still used.
_OWN_PACE = frozenset({TherapyType.OTHER, TherapyType.MASSAGE, TherapyType.CHIROPRACTIC, TherapyType.ACUPUNCTURE})


@dataclass
class Told:
    """The state of a therapy as one mention tells it."""

    status: TherapyStatus | None = None
    weak: bool = False
    not_begun: bool = False
    spans: list[Span] = field(default_factory=list)


def refusal_after(reading: Reading, mention: Mention, words: str) -> re.Match[str] | None:
    """The words after a treatment by which it was declined, and not something else."""
    regexes = reading.patterns.regexes
    m = regexes["tx_declined"].search(words) or regexes["tx_refused_after"].match(words)
    return None if m is None or regexes["tx_declined_other"].match(words, m.end()) else m


def read_state(
    reading: Reading, mention: Mention, kind: TherapyType, response: Response | None, answer: Answer | None
) -> Told | None:
    """The state told, or None where the words tell that there was none."""
    text, regexes = reading.text, reading.patterns.regexes
    sentence, section = mention.sentence, mention.sentence.section
    before = text[mention.before[0] : mention.start]
    after = text[mention.after[0] : mention.after[1]]
    if answer:
        after = text[answer.end : max(answer.end, mention.after[1])]
    told = Told()

    def cue(name: str, words: str, base: int) -> bool:
        m = regexes[name].search(words)
        if m:
            told.spans.append((base + m.start(), base + m.end()))
        return bool(m)

    refusal = refusal_after(reading, mention, after[:140])
    declined = refusal is not None and (response is None or not regexes["tx_refused_after"].match(after))
    if refusal and declined:
        base = mention.after[1] - len(after)
        told.spans.append((base + refusal.start(), base + refusal.end()))
    refused = regexes["tx_refused_before"].search(before)
    if refused and (regexes["tx_refused_is_more"].search(refused[0] + after[:20]) or response):
        refused = None
    if declined or refused or cue("tx_declined", before[-40:], mention.start - min(len(before), 40)):
        if kind is TherapyType.ACTIVITY_MODIFICATION:
            return None
        told.status = TherapyStatus.DECLINED
        return told
    if answer and answer.value == "blank":
        return None
    if answer and answer.value == "no":
        if regexes["tx_planned_after"].search(after):
            told.status = TherapyStatus.PLANNED
            return told
        return None
    modification = kind is TherapyType.ACTIVITY_MODIFICATION
    if response is None and not modification and regexes["tx_never_came"].search(before):
        told.status = TherapyStatus.PLANNED  # it was ordered, and nothing came of it
        return told
    if response is None and (regexes["tx_denied"].match(after) or regexes["tx_thought_about"].match(after)):
        return None
    if regexes["tx_title_not_had"].search(section.title or ""):
        return None
    if response is None and regexes["tx_not_attended"].search(after):
        told.status = TherapyStatus.PLANNED
        return told if regexes["tx_planned_after"].match(after) or regexes["tx_planned_before"].search(before) else None
    if sentence.zone == "hypothetical":
        return None
    if response is None and not modification and regexes["tx_undecided"].search(after):
        told.status = TherapyStatus.PLANNED
        return told
    if not modification and response is None and regexes["tx_considered"].search(before):
        if not regexes["tx_offered"].search(text, mention.end, sentence.end):
            return None
        told.status = TherapyStatus.PLANNED
        return told
    lead = text[sentence.start : mention.start]
    options = None if response else regexes["tx_options"].search(lead)
    if options and not modification and not regexes["tx_options_had"].search(lead, options.start()):
        if not regexes["tx_offered"].search(text, mention.end, sentence.end):
            return None  # "we discussed PT, bracing and injections"
    if response is None and not modification and regexes["tx_not_fit"].match(after):
        return None  # "chiropractic is not appropriate for a woman with osteoporosis"
    if response is None and kind is not TherapyType.HOME_EXERCISE and regexes["tx_considered_after"].search(after):
        return None
    if regexes["tx_postop"].search(text, sentence.start, sentence.end) and response is None:
        return None

    ongoing = cue("tx_ongoing", after, mention.after[1] - len(after))
    ongoing_before = cue("tx_ongoing", before[-45:], mention.start - min(len(before), 45))
    completed = regexes["tx_completed"].search(before) or regexes["tx_completed"].search(after)
    planned_before = None if regexes["tx_answered_yes"].match(after) else regexes["tx_planned_before"].search(before)
    planned_after = regexes["tx_planned_after"].match(after)
    if planned_after and re.search(r"starts?$|begins?$|starting$", planned_after[0], re.I):
        begun = [d for d in reading.dates_in(*mention.after) if d.value.first <= reading.note.date]
        planned_after = None if begun else planned_after  # "PT start 9/3/24, d/c 10/29/24"
    issued = regexes["tx_issued"].search(after) or regexes["tx_issued"].search(before[-45:])
    if modification:
        told.status = TherapyStatus.ONGOING
        told.weak = not (ongoing or ongoing_before)
        if told.weak and response and completed:
            told.status = TherapyStatus.COMPLETED
        elif told.weak and (mention.joined or regexes["tx_listed_care"].search(before[before.rfind(",") + 1 :])):
            told.status = None  # one of a list: nothing says whether it goes on
        return told
    given = regexes["tx_put_into"].search(before) or regexes["tx_today"].match(after)
    if kind is TherapyType.BRACING and given and response is None:
        told.status = TherapyStatus.ONGOING  # handed over at this visit
        return told
    if planned_before and not regexes["tx_had_after_plan"].search(after) and response is None:
        if kind is TherapyType.HOME_EXERCISE and issued:
            told.status = TherapyStatus.ONGOING
            return told
        if not (ongoing and "continu" in after.lower()):
            told.status = TherapyStatus.PLANNED
            told.spans.append((mention.before[0] + planned_before.start(), mention.end))
            return told
    authorized = regexes["tx_authorized"].search(after)
    if authorized and response is None and not planned_after and not visits_in(reading, *mention.after):
        return None  # that a payer allowed it says neither that it was had nor that it was ordered
    ordered = regexes["tx_title_ordered"].search(section.title or "") and not completed
    if ordered and response is None and mention.start - section.body < 60:
        told.status = TherapyStatus.PLANNED
        return told
    if planned_after and response is None and not completed:
        told.status = TherapyStatus.PLANNED
        told.spans.append((mention.start, mention.after[0] + planned_after.end()))
        return told
    if response and response[0] == "unable":
        told.status = TherapyStatus.COMPLETED
        return told
    past = (response and response[0] == "failed") or any(
        d.value.last < reading.note.date and not regexes["tx_start_word"].search(text, mention.end, d.start)
        for d in reading.dates_in(*mention.after)
    )
    regular = regexes["tx_regular"].search(before) and not past
    if kind not in _GOES_ON and (regexes["tx_now_in"].search(before) or regular):
        told.status = TherapyStatus.ONGOING
        told.weak = not regexes["tx_now_in"].search(before)
        return told
    stopped = regexes["tx_stopped"].search(after) or regexes["tx_stopped"].search(before)
    if stopped and not (kind is TherapyType.HOME_EXERCISE and re.search(r"d/c|discharg", stopped[0], re.I)):
        told.status = TherapyStatus.COMPLETED
        return told
    if (
        kind is TherapyType.HOME_EXERCISE
        and response is None
        and cue("tx_not_begun", after[:90], mention.after[1] - len(after))
    ):
        told.status, told.not_begun = TherapyStatus.PLANNED, True
        return told
    if kind is TherapyType.HOME_EXERCISE:
        told.status = TherapyStatus.ONGOING
        told.weak = not (ongoing or ongoing_before)
        if told.weak and not issued:
            told.status = TherapyStatus.COMPLETED if completed or response else None if mention.joined else told.status
        return told
    if kind is TherapyType.BRACING:
        present = (
            response is not None
            and not re.search(r"ed\b|took|help\b", text[slice(*response[1])])
            and response[0] != "failed"
        )
        if ongoing or ongoing_before or (issued and response is None) or (present and not completed):
            told.status = TherapyStatus.ONGOING
        elif completed or (response and (answer or _says_it_is_over(reading, mention, response))):
            told.status = TherapyStatus.COMPLETED
        elif section.category in PLAN_SECTIONS and not response:
            told.status = TherapyStatus.PLANNED
        told.weak = not (ongoing or ongoing_before)
        return told
    if regexes["tx_going_on"].search(after):
        told.status = TherapyStatus.ONGOING
        return told
    at_will = kind in _OWN_PACE or kind is TherapyType.PHYSICAL_THERAPY
    if response and response[0] in ("partial", "improved") and not completed and at_will:
        if regexes["tx_present_result"].search(text, mention.end, response[1][1]):
            told.status, told.weak = TherapyStatus.ONGOING, True
            return told
    if kind is TherapyType.OTHER and (ongoing or ongoing_before) and not stopped:
        told.status, told.weak = TherapyStatus.ONGOING, True
        return told
    if kind is TherapyType.OTHER and not completed and response is None:
        return told
    told.status = TherapyStatus.COMPLETED
    told.weak = not completed
    if section.category in PLAN_SECTIONS and not completed and response is None:
        if regexes["tx_continue"].search(before):
            told.status = TherapyStatus.ONGOING
            return told
        told.status = TherapyStatus.PLANNED  # what goes on was told above
    return told


def _says_it_is_over(reading: Reading, mention: Mention, response: Response) -> bool:
    """Whether the result is told in the past: "did not help" is, a bare "no help" is not."""
    words, regexes = reading.text[slice(*response[1])], reading.patterns.regexes
    over = regexes["med_result_past"].search(words) or regexes["tx_title_prior"].search(
        f"{mention.sentence.section.title or ''} {reading.text[mention.sentence.start : mention.start]}"
    )
    return response[0] == "unable" or bool(over)
