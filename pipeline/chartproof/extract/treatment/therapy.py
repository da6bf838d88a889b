"""Extracts therapy as notes tell of it in prose, lists and forms (therapy).

A clinic's own document of a course of physical therapy is read by ``therapy_document``; what it says of home
exercises, belts and the like is read here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.treatment import practitioner_document
from chartproof.extract.treatment.answers import Answer, answer_for
from chartproof.extract.treatment.conservative_care import is_payers_item, is_quoted_from_payer
from chartproof.extract.treatment.course import Course, read_course, visits_in
from chartproof.extract.treatment.mentions import Mention, same_list
from chartproof.extract.treatment.responses import Response, is_negated, is_summed_up, read_responses
from chartproof.extract.treatment.therapy_begins import PLAN_SECTIONS, imposed_on, issued_today, start_within
from chartproof.extract.treatment.therapy_document import is_therapy_document, start_of_care
from chartproof.extract.treatment.therapy_state import Told, read_state, refusal_after
from chartproof.language.quantities import find_durations
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
_LETTERHEADS = frozenset({TherapyType.CHIROPRACTIC, TherapyType.ACUPUNCTURE, TherapyType.MASSAGE})
_COUNTED = (TherapyType.PHYSICAL_THERAPY, TherapyType.CHIROPRACTIC)
_WITHIN_PT = frozenset({TherapyType.MASSAGE, TherapyType.OTHER, TherapyType.REST, TherapyType.OSTEOPATHIC_MANIPULATION})


_AND = re.compile(r"\band\b|\bthen\b|;", re.IGNORECASE)


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
        refusal_after(reading, mention, reading.text[mention.end : min(mention.end + 50, mention.after[1])]) is not None
    )


def _refused_together(reading: Reading, group: list[Mention], responses: dict[Mention, Response]) -> set[Mention]:
    """The treatments of a list whose end says that they were declined: "chiropractic, acupuncture: both declined"."""
    out: set[Mention] = set()
    for run in same_list(group):
        last = run[-1]
        if len(run) < 2 or any(m in responses for m in run) or any(m.kind == "barrier" for m in run):
            continue
        if refusal_after(reading, last, reading.text[last.after[0] : last.after[1]][:60]):
            out.update(run[:-1])
    return out


def _courses_told(reading: Reading, mention: Mention) -> list[Mention]:
    """One mention for each course it tells of: "PT: 10 visits in spring 2023 and 16 visits from 9/4/24 to 11/20/24"."""
    low, high = mention.after
    parts: list[Mention] = []
    for m in _AND.finditer(reading.text, low, high):
        left, right = (low, m.start()), (m.end(), high)
        again = reading.patterns.regexes["tx_again_then"].match(reading.text, m.end(), high)
        parted = [reading.dates_in(*part) and (again or visits_in(reading, *part)) for part in (left, right)]
        if all(parted) or (mention.value in _COUNTED and all(_length_and_year(reading, *p) for p in (left, right))):
            parts.append(replace(mention, after=left))
            low = m.end()
    if not parts:
        return [mention]
    return [*parts, replace(mention, before=(low, low), after=(low, high))]


def _length_and_year(reading: Reading, low: int, high: int) -> bool:
    """Whether a length of weeks or months and when it was stand there: "8 weeks in 2022"."""
    long = any(d.unit in ("week", "month") for d in find_durations(reading.text, low, high))
    return long and any(d.value.precision != "day" for d in reading.dates_in(low, high))


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
        return _finding(reading, mention, kind, Told(TherapyStatus.COMPLETED, spans=[span]), ("unable", span))
    told = read_state(reading, mention, kind, response, answer)
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
    within = section.parent in ("family_history", "exam", "complications") and section.parent != section.category
    if within and regexes["tx_title_of_care"].search(section.title or ""):
        within = False  # "CONSERVATIVE:" after the examination
    if skipped or within:
        if not (document and kind not in _WITHIN_PT and section.category not in ("goals", "family_history")):
            return False
    if section.category in ("instructions", "policy", "education", "consent"):
        return False
    if is_quoted_from_payer(reading, mention.start) or is_payers_item(reading, sentence):
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
        unused = regexes["tx_not_begun"].search(after[:90])
        return bool(unused or regexes["tx_because_of_pain"].search(text, mention.start, sentence.end))
    refused = regexes["tx_refused_before"].search(before)
    if not refused and (regexes["tx_asked"].search(front) or regexes["tx_asked"].search(after)):
        return False  # "My sister swears by her chiropractor, should I go?"
    if kind is TherapyType.PHYSICAL_THERAPY and _follows_operation_elsewhere(reading, mention):
        return False
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


def _follows_operation_elsewhere(reading: Reading, mention: Mention) -> bool:
    """ "He underwent total knee replacement. Thereafter he did a course of PT"."""
    sentence, regexes = mention.sentence, reading.patterns.regexes
    if not sentence.index or not regexes["tx_thereafter"].match(reading.text, sentence.start):
        return False
    before = reading.sentences[sentence.index - 1]
    return bool(regexes["tx_operation_elsewhere"].search(reading.text, before.start, before.end))


# --- the finding ------------------------------------------------------------------------------------------------------


def _finding(reading: Reading, mention: Mention, kind: TherapyType, told: Told, response: Response | None) -> Finding:
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
        put_on = put_on or regexes["tx_gave_today"].search(before)
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
        not_begun=told.not_begun,
        imposed=imposed is not None,
        since_therapy=bool(regexes["tx_since_therapy"].search(text, mention.sentence.start, mention.sentence.end)),
        word=text[mention.start : mention.end].lower() if kind is TherapyType.OTHER else "",
    )
