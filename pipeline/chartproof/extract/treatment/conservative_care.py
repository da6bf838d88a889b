"""Extracts stated totals of conservative care (conservative_care): "failed more than 8 months of nonoperative care"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.treatment.responses import find_responses
from chartproof.language.gate import gated
from chartproof.language.quantities import Duration, find_durations
from chartproof.language.reading import Reading, Sentence
from chartproof.model.facts import ConservativeCare
from chartproof.model.vocab import CareResponse

_SKIPPED_SECTIONS = frozenset(
    {"policy", "education", "instructions", "consent", "goals", "family_history", "technique"}
)

# To the end of the clause, or of a result set off by a comma: "greater than 6 months, unsuccessful".
_CLAUSE = re.compile(
    r"[^.;:,(]{0,80}(?:,\s*(?:(?:and|but|all|which|has|have|was|were|it|that|being)\s+)*"
    r"(?:unsuccessful|failed|failing|ineffective|without|with (?:no|little|minimal)|no|refractory|inadequate)\b"
    r"[^.;:,(]{0,50})?",
    re.IGNORECASE,
)
# What stands where a length is told of a list of treatments: "months of PT and medication".
_LIST_AHEAD = gated(
    r"(?:months?|mths?|mos?|years?|yrs?)\.?(?:\s+and a half)?\s+(?:or more )?(?:of|worth of)\b", re.IGNORECASE
)
_BOX = re.compile(r"[\[(] ?(?P<mark>[xX*]?) ?[\])]")
_QUARTERS = re.compile(r"\b3(?: quarters|/4)(?:s)? of $")
_SHARED = re.compile(r"\s-\s*$|\b(?:all|none|neither|each|nothing)\b[^.;:()]{0,30}$", re.IGNORECASE)


def extract(reading: Reading) -> list[Finding]:
    """The totals that this note states; not those that a policy asks for, or a plan looks forward to."""
    out = []
    lists = _LIST_AHEAD.search(reading.text) is not None
    for sentence in reading.sentences if lists else reading.sentences_with("care_total_noun"):
        total = total_in(reading, sentence) if _asserts(reading, sentence) else None
        if total is None:
            continue
        (start, end), length = total
        low, high = min(start, length.start), max(end, length.end)
        if _is_to_come(reading, sentence, low) or _is_unticked(reading, low):
            continue
        if length.bound == ">=" and reading.text[max(0, low - 1) : low] == '"':
            continue  # the words of a policy
        if _is_anothers(reading, sentence, low, high) or _is_question(reading, sentence):
            continue
        response, span = _response(reading, sentence, low, high)
        if span:
            low, high = min(low, span[0]), max(high, span[1])
        fact = ConservativeCare(duration_weeks=length.weeks, response=response, evidence=[reading.evidence(low, high)])
        out.append(finding(fact, reading.note, Strength.SUMMARY))
    for start, length in _in_form_line(reading):
        if not out:
            fact = ConservativeCare(duration_weeks=length.weeks, evidence=[reading.evidence(start, length.end)])
            out.append(finding(fact, reading.note, Strength.SUMMARY))
    return out


def total_in(reading: Reading, sentence: Sentence) -> tuple[tuple[int, int], Duration] | None:
    """Where a sentence names conservative care as a whole, and the length told of it there or in the next sentence."""
    regexes, text = reading.patterns.regexes, reading.text
    nouns = [m.span() for m in regexes["care_total_noun"].finditer(text, sentence.start, sentence.end)]
    for noun in nouns:
        length = _length(reading, sentence, *noun)
        if length:
            return noun, length
    listed = _listed_care(reading, sentence) or _total_of_list(reading, sentence, nouns)
    if listed:
        return listed
    if nouns and sentence.index + 1 < len(reading.sentences):
        following = reading.sentences[sentence.index + 1]
        leader = re.fullmatch(r"\s*\.{3,}", text[nouns[-1][1] : sentence.end])
        for d in _lengths(reading, following.start, following.end):
            told = regexes["care_total_anaphora"].match(text[following.start : d.start])
            if _is_total(d) and (told or (leader and d.start == following.start)):
                return nouns[-1], d
    return None


def _total_of_list(
    reading: Reading, sentence: Sentence, nouns: list[tuple[int, int]]
) -> tuple[tuple[int, int], Duration] | None:
    """The one length behind a list of 3 or more treatments: "Conservative tx: NSAIDs, PT, HEP, belt x 9 months"."""
    text = reading.text
    lengths = [d for d in find_durations(text, sentence.start, sentence.end) if _is_total(d)]
    if not nouns or len(lengths) != 1 or lengths[0].unit not in ("month", "year"):
        return None
    d, noun = lengths[0], nouns[0]
    if not re.match(r"[^.;:\n]{0,25}:", text[noun[1] : d.start]) or not re.search(
        r"(?:\bx|\bfor|\bover|\btotal(?:l?ing)?|=|-)\s*(?:a total of |the (?:past|last) |> ?)?$",
        text[noun[1] : d.start],
        re.I,
    ):
        return None
    if re.search(r"[.;]\s", text[noun[1] : d.start]):
        return None
    named: set[str] = set()
    for vocabulary in ("therapy_type", "drug", "drug_group", "treatment_barrier", "care_word"):
        named.update(value for value, _ in reading.patterns.find(vocabulary, text, noun[1], d.start))
    return (noun, d) if len(named) >= 3 else None


def _listed_care(reading: Reading, sentence: Sentence) -> tuple[tuple[int, int], Duration] | None:
    """A length told of 3 or more treatments at once: "seven months of PT, medication and injections"."""
    text, regexes = reading.text, reading.patterns.regexes
    for d in find_durations(text, sentence.start, sentence.end):
        m = regexes["care_total_list"].match(text, d.end, sentence.end)
        if m is None or d.unit not in ("month", "year"):
            continue
        named: set[str] = set()
        for vocabulary in ("therapy_type", "drug", "drug_group", "treatment_barrier", "care_word"):
            named.update(value for value, _ in reading.patterns.find(vocabulary, text, *m.span("list")))
        if len(named) >= 3:
            return m.span("list"), d
    return None


def _in_form_line(reading: Reading) -> Iterator[tuple[int, Duration]]:
    """The total at the end of a form's line: "Conservative  [x] NSAID  [x] PT 22    Total [x] >6 mo"."""
    text, regex = reading.text, reading.patterns.regexes["care_total_line"]
    if not reading.may_hold(("care_total_line",)):
        return
    for line in reading.lines:
        for d in find_durations(text, line.start, line.end):
            if _is_total(d) and regex.match(text[line.start : d.start]):
                yield text.rindex("otal", line.start, d.start) - 1, d


def _response(
    reading: Reading, sentence: Sentence, low: int, high: int
) -> tuple[CareResponse | None, tuple[int, int] | None]:
    """The response told of all the care at [low, high): before it, in its clause, or of "all" or "none" of it."""
    text, regexes = reading.text, reading.patterns.regexes
    clause = re.match(_CLAUSE, text[high : sentence.end])
    end = high + (clause.end() if clause else 0)
    m = regexes["care_total_failed"].search(text, sentence.start, end)
    m = m if m and abs(m.start() - low) < 120 else None
    m = m or regexes["care_total_all_failed"].search(text, high, sentence.end)
    if m:
        return CareResponse.FAILED, m.span()
    m = regexes["care_total_partial"].search(text[high:end])
    if m:
        return CareResponse.PARTIAL, (low, high + m.end())
    return _told_after(reading, sentence, high)


def _told_after(reading: Reading, sentence: Sentence, high: int) -> tuple[CareResponse | None, tuple[int, int] | None]:
    """The first result told later in the sentence or on its line that is not that of a single treatment."""
    text = reading.text
    line = reading.line_at(high)
    last = line.end if sentence.end < line.end < sentence.end + 60 else sentence.end
    for value, span in find_responses(reading, high, last):
        between = text[high : span[0]]
        if value not in tuple(CareResponse) or (_names_a_part(reading, high, span[0]) and not _SHARED.search(between)):
            continue
        return CareResponse(value), span
    return None, None


def _lengths(reading: Reading, low: int, high: int) -> Iterator[Duration]:
    """Lengths of time, with the ways in which totals are told: "three quarters of a year", "over the past year"."""
    text = reading.text
    for d in find_durations(text, low, high):
        quarters = _QUARTERS.search(text, max(low, d.start - 16), d.start)
        if quarters and d.unit == "year":
            yield Duration(quarters.start(), d.end, 0.75 * d.low, 0.75 * d.high, "month", d.bound)
        else:
            yield d
    for m in reading.patterns.regexes["care_total_year"].finditer(text, low, high):
        yield Duration(m.start(), m.end(), 365.0, 365.0, "year")


def _is_unticked(reading: Reading, position: int) -> bool:
    """Whether the words stand at an empty box."""
    boxes = list(_BOX.finditer(reading.text, reading.line_at(position).start, position))
    if not boxes or boxes[-1]["mark"]:
        return False
    return not re.search(r"\s{3}|[.;]\s", reading.text[boxes[-1].end() : position])


def _is_anothers(reading: Reading, sentence: Sentence, low: int, high: int) -> bool:
    """Whether the care was another person's, or that of another part of the body."""
    text, regexes = reading.text, reading.patterns.regexes
    front = text[sentence.start : low]
    return bool(
        regexes["tx_other_person"].search(front)
        or regexes["tx_elsewhere_after"].search(text[high : sentence.end])
        or regexes["tx_elsewhere_before"].search(front)
    )


def _is_question(reading: Reading, sentence: Sentence) -> bool:
    """Whether a form asks for it, and is not answered by yes."""
    end = (
        sentence.end
        - len(reading.text[sentence.start : sentence.end])
        + len(reading.text[sentence.start : sentence.end].rstrip())
    )
    return bool(reading.patterns.regexes["care_total_question"].match(reading.text, end - 1, end + 25))


def _asserts(reading: Reading, sentence: Sentence) -> bool:
    """Whether the sentence tells what the patient had."""
    if sentence.zone in ("policy", "education", "hypothetical") or sentence.section.category in _SKIPPED_SECTIONS:
        return False
    words = reading.text[sentence.start : sentence.end]
    regexes = reading.patterns.regexes
    return not regexes["care_total_not"].search(words) or bool(regexes["care_total_done"].search(words))


def _is_to_come(reading: Reading, sentence: Sentence, low: int) -> bool:
    """Whether the care told of at ``low`` is only recommended or planned."""
    text, regexes = reading.text, reading.patterns.regexes
    return bool(regexes["care_total_to_come"].search(text, sentence.start, low)) and not bool(
        regexes["care_total_done"].search(text, sentence.start, sentence.end)
    )


def _is_total(duration: Duration) -> bool:
    return duration.low >= (28 if duration.unit == "day" else 7) and duration.unit not in ("minute", "hour", "night")


def _length(reading: Reading, sentence: Sentence, start: int, end: int) -> Duration | None:
    """The length told of the care named at [start, end)."""
    text, regexes = reading.text, reading.patterns.regexes
    for d in _lengths(reading, sentence.start, sentence.end):
        if not _is_total(d):
            continue
        if d.end <= start:
            between = text[d.end : start]
            if regexes["care_total_between"].fullmatch(between):
                return d
            if d.unit == "year" and regexes["care_total_year"].match(text, d.start, sentence.end):
                return d  # "over the past year she has exhausted ..."
            # "over the past nine months she has undergone a course of nonoperative treatment"
            past = regexes["care_total_past"].search(text, sentence.start, d.start)
            if past and len(between) < 90 and ":" not in between:
                return d
        elif regexes["care_total_after"].match(text[end : d.start]) and not (
            regexes["care_total_length_not"].match(text[d.end : d.end + 25]) or _names_a_part(reading, end, d.start)
        ):
            return d
    return None


def _names_a_part(reading: Reading, low: int, high: int) -> bool:
    """Whether a single treatment is named there: the length is then that of the treatment."""
    names = ("therapy_type", "drug", "drug_group")
    return any(reading.patterns.first(vocabulary, reading.text, low, high) for vocabulary in names)
