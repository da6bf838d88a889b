"""Extracts therapy as notes tell of it in prose, lists and forms (therapy).

A clinic's own document of a course of physical therapy is read by ``therapy_document``; what it says of home
exercises, belts and the like is read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.treatment import practitioner_document
from chartproof.extract.treatment.answers import Answer, answer_for
from chartproof.extract.treatment.conservative_care import is_quoted_from_payer
from chartproof.extract.treatment.course import Course, read_course, visits_in
from chartproof.extract.treatment.mentions import Mention, Span, same_list
from chartproof.extract.treatment.responses import Response, is_negated, is_summed_up, read_responses
from chartproof.extract.treatment.therapy_begins import PLAN_SECTIONS, imposed_on, issued_today, start_within
from chartproof.extract.treatment.therapy_document import is_therapy_document, start_of_care
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.facts import Therapy
from chartproof.model.vocab import NoteType, TherapyResponse, TherapyStatus, TherapyType

_SKIPPED_SECTIONS = frozenset(
    {
        "family_history",
        "labs",
        "imaging",
        "exam",
        "technique",
        "vitals",
        "ros",
        "consent",
        "goals",
        "complications",
        "signature",
    }
)
# What goes on unless the words say otherwise, and what is over unless they do.
_LETTERHEADS = frozenset({TherapyType.CHIROPRACTIC, TherapyType.ACUPUNCTURE, TherapyType.MASSAGE})
_GOES_ON = frozenset({TherapyType.HOME_EXERCISE, TherapyType.ACTIVITY_MODIFICATION, TherapyType.BRACING})
_WITHIN_PT = frozenset({TherapyType.MASSAGE, TherapyType.OTHER, TherapyType.REST, TherapyType.OSTEOPATHIC_MANIPULATION})


# What is used at will, so that "helps" says that it is still used.
_OWN_PACE = frozenset({TherapyType.OTHER, TherapyType.MASSAGE, TherapyType.CHIROPRACTIC, TherapyType.ACUPUNCTURE})

_AND = re.compile(r"\band\b|\bthen\b|;", re.IGNORECASE)


@dataclass
class _Told:
    """The state of a therapy as one mention tells it."""

    status: TherapyStatus | None = None
    weak: bool = False
    spans: list[Span] = field(default_factory=list)


def extract(reading: Reading, groups: list[list[Mention]]) -> list[Finding]:
    """The therapies that this note tells of.

    Args:
        groups: the mentions of each sentence (``find_mentions``).
    """
    document = is_therapy_document(reading)
    own = TherapyType.PHYSICAL_THERAPY if document else practitioner_document.course_of(reading)
    out = []
    for group in groups:
        if not any(m.kind == "therapy" for m in group):
            continue
        responses = read_responses(reading, group)
        refused = _refused_together(reading, group, responses)
        inherited: TherapyStatus | None = None
        negated = False
        for mention in group:
            negated = is_negated(reading, mention, responses.get(mention)) or (
                negated and mention.joined and mention not in responses
            )
            if mention.kind != "therapy":
                inherited = inherited if mention.joined else None
                continue
            if mention.value == own and not _is_other_course(reading, mention):
                continue  # told by the document that this note is
            if negated and mention.value != TherapyType.ACTIVITY_MODIFICATION and not _wants_none(reading, mention):
                continue
            for part in _courses_told(reading, mention):
                response = responses.get(mention)
                found = _read(reading, part, response, document, inherited if mention.joined else None)
                if found and mention in refused and mention.value != TherapyType.ACTIVITY_MODIFICATION:
                    found.fact.status = TherapyStatus.DECLINED  # type: ignore[attr-defined]
                inherited = found.fact.status if found else None  # type: ignore[attr-defined]
                if found:
                    found.hints["summed_up"] = is_summed_up(responses, mention)
                    out.append(found)
    return _since_discharge(out)


def _since_discharge(found: list[Finding]) -> list[Finding]:
    """Gives exercises kept up "ever since" or "since discharge" the day on which the therapy of the same note ended."""
    therapies = [(f, f.fact) for f in found if isinstance(f.fact, Therapy)]
    ends = {fact.end for _, fact in therapies if fact.type is TherapyType.PHYSICAL_THERAPY and fact.end}
    if len(ends) == 1:
        for told, fact in therapies:
            if fact.type is TherapyType.HOME_EXERCISE and fact.start is None and told.hints["since_therapy"]:
                fact.start = next(iter(ends))
    return found


def _wants_none(reading: Reading, mention: Mention) -> bool:
    """Whether the treatment was refused: "wants no PT", where a bare "no PT" only says that there was none."""
    regexes = reading.patterns.regexes
    before = reading.text[max(mention.before[0], mention.start - 40) : mention.start]
    if regexes["tx_wants_none"].search(before) or regexes["tx_refused_before"].search(before):
        return True
    # "has never been to physical therapy; offered again, declined"
    return (
        _refusal_after(reading, mention, reading.text[mention.end : min(mention.end + 50, mention.after[1])])
        is not None
    )


def _refused_together(reading: Reading, group: list[Mention], responses: dict[Mention, Response]) -> set[Mention]:
    """The treatments of a list whose end says that they were declined: "chiropractic, acupuncture: both declined"."""
    out: set[Mention] = set()
    for run in same_list(group):
        last = run[-1]
        if len(run) < 2 or any(m in responses for m in run) or any(m.kind == "barrier" for m in run):
            continue
        if _refusal_after(reading, last, reading.text[last.after[0] : last.after[1]][:60]):
            out.update(run[:-1])
    return out


def _refusal_after(reading: Reading, mention: Mention, words: str) -> re.Match[str] | None:
    """The words after a treatment by which it was declined, and not something else."""
    regexes = reading.patterns.regexes
    m = regexes["tx_declined"].search(words) or regexes["tx_refused_after"].match(words)
    return None if m is None or regexes["tx_declined_other"].match(words, m.end()) else m


def _courses_told(reading: Reading, mention: Mention) -> list[Mention]:
    """One mention for each course it tells of: "PT: 10 visits in spring 2023 and 16 visits from 9/4/24 to 11/20/24"."""
    low, high = mention.after
    parts: list[Mention] = []
    for m in _AND.finditer(reading.text, low, high):
        left, right = (low, m.start()), (m.end(), high)
        again = reading.patterns.regexes["tx_again_then"].match(reading.text, m.end(), high)
        if all(reading.dates_in(*part) and (again or visits_in(reading, *part)) for part in (left, right)):
            parts.append(replace(mention, after=left))
            low = m.end()
    if not parts:
        return [mention]
    return [*parts, replace(mention, before=(low, low), after=(low, high))]


def _read(
    reading: Reading, mention: Mention, response: Response | None, document: bool, inherited: TherapyStatus | None
) -> Finding | None:
    kind = TherapyType(mention.value)
    answer = answer_for(reading, mention.start, mention.end)
    if not _is_patients(reading, mention, kind, document, answer):
        return None
    before = reading.text[mention.before[0] : mention.start]
    not_kept = reading.patterns.regexes["tx_not_kept_before"].search(before)
    if kind is TherapyType.HOME_EXERCISE and not_kept:
        span = (mention.before[0] + not_kept.start(), mention.end)
        return _finding(reading, mention, kind, _Told(TherapyStatus.COMPLETED, spans=[span]), ("unable", span))
    told = _read_state(reading, mention, kind, response, answer)
    if told is None:
        return None
    if told.status is None or told.weak:
        told.status = inherited if inherited in (TherapyStatus.PLANNED, TherapyStatus.DECLINED) else told.status
    return _finding(reading, mention, kind, told, response)


def _is_other_course(reading: Reading, mention: Mention) -> bool:
    """Whether a clinic's own document tells there of an earlier course, or of one elsewhere."""
    told = reading.patterns.regexes["tx_other_course"].search(
        reading.text, mention.sentence.start, mention.sentence.end
    )
    return bool(told) and answer_for(reading, mention.start, mention.end) is None


# --- whether it counts at all -----------------------------------------------------------------------------------------


def _is_patients(reading: Reading, mention: Mention, kind: TherapyType, document: bool, answer: Answer | None) -> bool:
    text, regexes = reading.text, reading.patterns.regexes
    sentence, section = mention.sentence, mention.sentence.section
    skipped = section.category in _SKIPPED_SECTIONS
    if section.category == "signature":
        # "Provider: ..., MD" heads a note as well as signing it
        skipped = mention.start - section.start < 250 and "\n\n" not in text[section.start : mention.start]
    if skipped or section.parent in ("family_history", "exam", "complications"):
        if not (document and kind not in _WITHIN_PT and section.category not in ("goals", "family_history")):
            return False
    if section.category in ("instructions", "policy", "education", "consent"):
        return False
    if is_quoted_from_payer(reading, mention.start):
        return False
    if sentence.zone in ("policy", "education"):
        return False
    if regexes["tx_left_blank"].search(text, mention.end, sentence.end):
        return False  # "the chiropractor and brace boxes were left blank"
    before = text[mention.before[0] : mention.start]
    after = text[mention.after[0] : mention.after[1]]
    front = text[sentence.start : mention.start]
    if regexes["tx_other_person"].search(before) or regexes["tx_general"].search(front):
        return False
    if kind is TherapyType.ACTIVITY_MODIFICATION and (
        regexes["tx_unrestricted"].search(text, sentence.start, mention.end)
        or regexes["tx_for_a_day"].search(text, sentence.start, sentence.end)
        or regexes["tx_if"].match(text, sentence.start)
    ):
        return False
    if kind is TherapyType.ACTIVITY_MODIFICATION and regexes["tx_taught"].search(front[-60:]):
        if not regexes["tx_had_after_plan"].search(text, mention.end, sentence.end):
            return False  # "educated in activity modification"
    if kind is TherapyType.HOME_EXERCISE and regexes["tx_goal"].search(front[-60:]):
        return False  # "will be independent with home exercise program"
    if kind is TherapyType.HOME_EXERCISE and (
        regexes["tx_not_kept_before"].search(before) or regexes["tx_not_kept_after"].match(after)
    ):
        return bool(regexes["tx_because_of_pain"].search(text, mention.start, sentence.end))
    refused = regexes["tx_refused_before"].search(before)
    if not refused and (regexes["tx_asked"].search(front) or regexes["tx_asked"].search(after)):
        return False  # "My sister swears by her chiropractor, should I go?"
    if regexes["tx_elsewhere_after"].search(after) or regexes["tx_elsewhere_before"].search(before):
        return False
    if kind is TherapyType.PHYSICAL_THERAPY and text[mention.start : mention.end] == "PT" and not mention.joined:
        line = reading.line_at(mention.start)
        if regexes["tx_credential_before"].search(text, line.start, mention.start) and regexes[
            "tx_credential_after"
        ].match(text[mention.end : line.end]):
            return False  # "O. Haverkamp, PT"
    if kind in _LETTERHEADS and reading.line_index(mention.start) == 0:
        if text[mention.start : mention.end].isupper() and not visits_in(reading, *mention.after):
            return False  # a letterhead
    if kind is TherapyType.PHYSICAL_THERAPY and regexes["tx_label_of_person"].match(text, mention.start):
        return False
    if kind is TherapyType.PHYSICAL_THERAPY and regexes["tx_by_therapist"].search(before):
        return False  # "noted by PT"
    if kind in (TherapyType.REST, TherapyType.OTHER) and regexes["tx_eased_by"].search(
        text[sentence.start : mention.start]
    ):
        return False
    if kind is TherapyType.OTHER and answer is None and not mention.joined:
        # ice and heat are told of everywhere; only what is counted among treatments is one
        if re.match(r"(?:ice|heat|heating|hot)", text[mention.start : mention.end], re.I):
            return False
    if kind is TherapyType.OTHER and section.category in PLAN_SECTIONS:
        return False
    if document and kind in _WITHIN_PT:
        if kind is TherapyType.OSTEOPATHIC_MANIPULATION and visits_in(reading, mention.start, mention.after[1]):
            return True  # "OMT x3 (Dr. Roe, 3/2025)" is told of another's treatment
        return section.category in ("hpi", "treatment_history") or bool(
            regexes["tx_other_course"].search(text, sentence.start, sentence.end)
        )
    if reading.note.type is NoteType.PROCEDURE and kind in (TherapyType.ACTIVITY_MODIFICATION, TherapyType.REST):
        return False
    return not (
        kind is TherapyType.ACTIVITY_MODIFICATION and regexes["tx_postop"].search(text, sentence.start, sentence.end)
    )


# --- its state --------------------------------------------------------------------------------------------------------


def _read_state(
    reading: Reading, mention: Mention, kind: TherapyType, response: Response | None, answer: Answer | None
) -> _Told | None:
    """The state told, or None where the words tell that there was none."""
    text, regexes = reading.text, reading.patterns.regexes
    sentence, section = mention.sentence, mention.sentence.section
    before = text[mention.before[0] : mention.start]
    after = text[mention.after[0] : mention.after[1]]
    if answer:
        after = text[answer.end : max(answer.end, mention.after[1])]
    told = _Told()

    def cue(name: str, words: str, base: int) -> bool:
        m = regexes[name].search(words)
        if m:
            told.spans.append((base + m.start(), base + m.end()))
        return bool(m)

    refusal = _refusal_after(reading, mention, after[:140])
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
    if kind not in _GOES_ON and (regexes["tx_now_in"].search(before) or regexes["tx_regular"].search(before)):
        told.status = TherapyStatus.ONGOING
        told.weak = not regexes["tx_now_in"].search(before)
        return told
    stopped = regexes["tx_stopped"].search(after) or regexes["tx_stopped"].search(before)
    if stopped and not (kind is TherapyType.HOME_EXERCISE and re.search(r"d/c|discharg", stopped[0], re.I)):
        told.status = TherapyStatus.COMPLETED
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
            and not re.search(r"ed$|took|help\b", text[slice(*response[1])])
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


# --- the finding ------------------------------------------------------------------------------------------------------


def _finding(reading: Reading, mention: Mention, kind: TherapyType, told: _Told, response: Response | None) -> Finding:
    text, regexes = reading.text, reading.patterns.regexes
    performed = told.status in (TherapyStatus.COMPLETED, TherapyStatus.ONGOING, None)
    course = read_course(
        reading, mention, ended=told.status is TherapyStatus.COMPLETED, planned=told.status is TherapyStatus.PLANNED
    )
    if not performed:
        course = replace(course, start=None, end=None, sessions=None)
    elif mention.sentence.section.category in PLAN_SECTIONS:
        course = Course()  # a length told there is still to come
    if told.status is TherapyStatus.COMPLETED and course.end:
        told.weak = False  # a course with its last day is over
    imposed = None
    if kind is TherapyType.ACTIVITY_MODIFICATION:
        course = replace(course, start=start_within(reading, mention) or course.start)
    if kind is TherapyType.ACTIVITY_MODIFICATION and course.start is None:
        imposed = imposed_on(reading, mention)
        course = replace(course, start=imposed)
    before = text[mention.before[0] : mention.start]
    if kind is TherapyType.HOME_EXERCISE and regexes["tx_discharged_to"].search(before):
        course, response = Course(), None  # what follows tells of the course that ended
    words = text[mention.before[0] : mention.after[1]]
    supervised: bool | None = None
    if kind is TherapyType.PHYSICAL_THERAPY and performed:
        if regexes["tx_tele"].search(words):
            supervised = False
        elif course.sessions or regexes["tx_in_clinic"].search(words):
            supervised = True
    if kind is TherapyType.HOME_EXERCISE and performed and course.start is None:
        course = issued_today(reading, mention, course)
        if is_therapy_document(reading) and regexes["tx_since_first_visit"].search(words):
            course = replace(course, start=start_of_care(reading))
    if kind is TherapyType.BRACING and performed and course.start is None:
        put_on = regexes["tx_put_into"].search(before) or regexes["tx_today"].match(
            text[mention.end : mention.after[1]]
        )
        ordered = mention.sentence.section.category in PLAN_SECTIONS and regexes["tx_handed_over"].search(words)
        if put_on or ordered or regexes["tx_fitted_now"].search(words):
            course = replace(course, start=PartialDate(reading.note.date))
    value = None
    if response and performed:
        value = TherapyResponse(response[0])
    spans = [(mention.start, mention.end), *told.spans, *course.spans]
    if response:
        spans.append(response[1])
    near = [s for s in spans if s[0] > mention.start - 160 and s[1] < mention.end + 220]
    evidence = reading.evidence(min(s for s, _ in near), max(e for _, e in near))
    fact = Therapy(
        type=kind,
        duration_weeks=course.weeks,
        sessions=course.sessions,
        start=course.start,
        end=course.end if told.status is TherapyStatus.COMPLETED else None,
        supervised=supervised,
        response=value,
        status=told.status,
        evidence=[evidence],
    )
    again = bool(regexes["tx_again"].search(before) or regexes["tx_again"].search(text[mention.end : mention.end + 30]))
    return finding(
        fact,
        reading.note,
        Strength.SUMMARY,
        weak=told.weak,
        again=again,
        imposed=imposed is not None,
        since_therapy=bool(regexes["tx_since_therapy"].search(text, mention.sentence.start, mention.sentence.end)),
        word=text[mention.start : mention.end].lower() if kind is TherapyType.OTHER else "",
    )
