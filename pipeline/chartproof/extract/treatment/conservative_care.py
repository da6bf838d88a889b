"""Extracts stated totals of conservative care (conservative_care): "failed more than 8 months of nonoperative care"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.treatment.responses import find_responses
from chartproof.language.quantities import Duration, find_durations
from chartproof.language.reading import Reading, Sentence
from chartproof.model.dates import DAYS_PER_MONTH, DAYS_PER_YEAR
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
_BOX = re.compile(r"[\[(] ?(?P<mark>[xX*]?) ?[\])]")
_QUARTERS = re.compile(r"\b3(?: quarters|/4)(?:s)? of $")
_IN_BRACKETS = re.compile(r"\s*\([^()\n]{3,120}\)")
_OR_MORE = re.compile(r"\b(?:or (?:more|longer)|at least|minimum|no less than)\b", re.IGNORECASE)
_QUOTE = re.compile(r'"')
_SHARED = re.compile(r"\s-\s*$|\b(?:all|none|neither|each|nothing)\b[^.;:()]{0,30}$", re.IGNORECASE)


def extract(reading: Reading) -> list[Finding]:
    """The totals that this note states; not those that a policy asks for, or a plan looks forward to."""
    out = []
    for sentence in _worth_a_look(reading):
        total = total_in(reading, sentence)
        if total is None or not _asserts(reading, sentence):
            continue
        (start, end), length = total
        low, high = min(start, length.start), max(end, length.end)
        if _is_to_come(reading, sentence, low) or _is_unticked(reading, low):
            continue
        if length.bound == ">=" and reading.text[max(0, low - 1) : low] == '"':
            continue  # the words of a policy
        if is_quoted_from_payer(reading, low) or _is_not_reached(reading, sentence, low):
            continue
        if length.bound == "<=" and length.weeks >= 26:
            continue  # "less than a year" proves no length
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


_NAMES = ("therapy_type", "drug", "drug_group", "treatment_barrier", "care_word")
# without these words in front of a length no list of treatments follows the sentence's own (``_before_list``)
_HEADS_LIST = re.compile(r"\b(?:tried|failed|done|care|treatments?|tx|rx)\b[^:(]*[:(]", re.IGNORECASE)
_LEAST = 3  # treatments that make a list, which a length of time can be told of


def _worth_a_look(reading: Reading) -> list[Sentence]:
    """The sentences in which ``total_in`` may find something.

    Those that name the care as a whole, the one after such a sentence ("She has had over 10 months of it"), and those
    that tell a length of time and name treatments.
    """
    numbers = set()
    for sentence in reading.sentences_with("care_total_noun"):
        numbers |= {sentence.index, sentence.index + 1}
    timed = {sentence.index for sentence in reading.sentences_with_duration()}
    anaphora = reading.patterns.regexes["care_total_anaphora"]
    for index in timed:
        told = reading.sentences[index]
        if index and anaphora.match(reading.text[told.start : min(told.end, told.start + 40)].split(" for ")[0]):
            numbers.add(index - 1)  # "PT, belt and naproxen. She has been at it for over a year."
    for index in timed - numbers:
        told = reading.sentences[index]
        # without a name of the care as a whole a length is that of a list of treatments
        if reading.may_hold_several(_NAMES, _LEAST, told.start, told.end) or _HEADS_LIST.search(
            reading.text, told.start, told.end
        ):
            numbers.add(index)
    return [reading.sentences[number] for number in sorted(numbers) if number < len(reading.sentences)]


def total_in(reading: Reading, sentence: Sentence) -> tuple[tuple[int, int], Duration] | None:
    """Where a sentence names conservative care as a whole, and the length told of it there or in the next sentence."""
    regexes, text = reading.patterns.regexes, reading.text
    nouns = [m.span() for m in regexes["care_total_noun"].finditer(text, sentence.start, sentence.end)]
    for noun in nouns:
        length = _length(reading, sentence, *noun)
        if length:
            return noun, _so_far(reading, sentence, length)
    listed = (
        _listed_care(reading, sentence)
        or _total_of_list(reading, sentence, nouns)
        or _told_of_it(reading, sentence)
        or _span_of_list(reading, sentence)
        or _since(reading, sentence, nouns)
        or _before_list(reading, sentence)
    )
    if listed:
        return listed
    whole = nouns or (
        [(sentence.start, sentence.end)] if len(_named(reading, sentence.start, sentence.end)) >= _LEAST else []
    )
    if whole and sentence.index + 1 < len(reading.sentences):
        following = reading.sentences[sentence.index + 1]
        leader = re.fullmatch(r"\s*\.{3,}", text[whole[-1][1] : sentence.end])
        for d in _lengths(reading, following.start, following.end):
            told = regexes["care_total_anaphora"].match(text[following.start : d.start])
            if not nouns and d.unit not in ("month", "year"):
                continue
            if _is_total(d) and (told or (leader and d.start == following.start)):
                return whole[-1], d
    return None


def _so_far(reading: Reading, sentence: Sentence, length: Duration) -> Duration:
    """Of "3 months into a 6-month course" the time that has passed."""
    regex = reading.patterns.regexes["care_total_into"]
    for d in find_durations(reading.text, sentence.start, length.start):
        if regex.fullmatch(reading.text, d.end, length.start):
            return d
    return length


def is_quoted_from_payer(reading: Reading, position: int) -> bool:
    """Whether the words stand in quotation marks opened after the naming of a payer, its policy or its denial."""
    text = reading.text
    paragraph = max(0, position - 500)
    paragraph = max(paragraph, text.rfind("\n\n", paragraph, position))
    marks = [m.start() for m in _QUOTE.finditer(text, paragraph, position)]
    curly = text.rfind("\u201c", paragraph, position) > text.rfind("\u201d", paragraph, position)
    if len(marks) % 2 == 0 and not curly:
        return False
    opened = text.rfind("\u201c", paragraph, position) if curly else marks[-1]
    return bool(reading.patterns.regexes["tx_payers_words"].search(text, max(paragraph, opened - 160), opened))


def _named(reading: Reading, low: int, high: int) -> set[str]:
    """The different treatments named there."""
    named: set[str] = set()
    for vocabulary in _NAMES:
        named.update(value for value, _ in reading.patterns.find(vocabulary, reading.text, low, high))
    # "home exercises" is one treatment, by two names of it
    return named - {"exercise"} if "home_exercise" in named else named


def _told_of_it(reading: Reading, sentence: Sentence) -> tuple[tuple[int, int], Duration] | None:
    """ "She has had over 10 months of it", where the sentence before names conservative care as a whole."""
    text, regexes = reading.text, reading.patterns.regexes
    if not sentence.index:
        return None
    before = reading.sentences[sentence.index - 1]
    if not regexes["care_total_noun"].search(text, before.start, before.end):
        return None
    for d in _lengths(reading, sentence.start, sentence.end):
        m = regexes["care_total_of_it"].match(text, d.end, sentence.end)
        if m and _is_total(d):
            return m.span(), d
    return None


def _span_of_list(reading: Reading, sentence: Sentence) -> tuple[tuple[int, int], Duration] | None:
    """ "Over the last 10 months she has tried PT, chiropractic care, medications and two injections"."""
    text, regexes = reading.text, reading.patterns.regexes
    for d in _lengths(reading, sentence.start, sentence.end):
        if d.unit not in ("month", "year") or not _is_total(d):
            continue
        summed = regexes["care_total_summed"].search(text, max(sentence.start, d.start - 40), d.start)
        if summed and len(_named(reading, sentence.start, d.start)) >= _LEAST:
            return (summed.start(), d.end), d
        if not regexes["care_total_span_before"].search(text, max(sentence.start, d.start - 40), d.start):
            continue
        m = regexes["care_total_span_verb"].match(text, d.end, sentence.end)
        if m and len(_named(reading, m.end(), sentence.end)) >= _LEAST:
            return (d.start, m.end()), d
    return None


def _since(
    reading: Reading, sentence: Sentence, nouns: list[tuple[int, int]]
) -> tuple[tuple[int, int], Duration] | None:
    """A total told by its dates: "conservative management since January", "conservative care 1/2024-10/2024"."""
    text, regexes = reading.text, reading.patterns.regexes
    for start, end in nouns:
        for r in reading.ranges:
            near = end <= r.start < min(end + 40, sentence.end) and not _names_a_part(reading, end, r.start)
            if near and "year" not in (r.first.precision, r.last.precision):
                days = float((min(r.last.first, reading.note.date) - r.first.first).days)
                if days >= 28:
                    return (start, end), Duration(r.start, r.end, days, days, "day")
        for d in reading.dates_in(end, min(end + 60, sentence.end)):
            told = regexes["care_total_since"].search(text, end, d.start)
            if d.value.precision == "year" or not told or _names_a_part(reading, end, d.start):
                continue
            days = float((reading.note.date - d.value.last).days)
            if days >= 28:
                return (start, end), Duration(d.start, d.end, days, days, "day")
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
    leads = re.match(r"[^.;:\n]{0,25}:", text[noun[1] : d.start]) or reading.patterns.regexes[
        "care_total_include"
    ].match(text[noun[1] : d.start])
    if not leads or not re.search(
        r"(?:\bx|\bfor|\bover|\btotal(?:l?ing)?|=|-)\s*(?:a total of |the (?:past|last) |> ?)?$",
        text[noun[1] : d.start],
        re.I,
    ):
        return None
    if re.search(r"[.;]\s", text[noun[1] : d.start]):
        return None
    return (noun, d) if len(_named(reading, noun[1], d.start)) >= _LEAST else None


def _before_list(reading: Reading, sentence: Sentence) -> tuple[tuple[int, int], Duration] | None:
    """ "Tried, over 18 months in all: ibuprofen, PT, a belt"."""
    text, regexes = reading.text, reading.patterns.regexes
    for d in find_durations(text, sentence.start, sentence.end):
        if d.unit not in ("month", "year"):
            continue
        lead = regexes["care_total_before_list"].search(text, max(0, sentence.start - 1), d.start)
        follows = regexes["care_total_list_follows"].match(text, d.end, sentence.end) if lead else None
        if follows and len(_named(reading, follows.end(), min(len(text), follows.end() + 200))) >= _LEAST:
            return (d.start, follows.end()), d
    return None


def _listed_care(reading: Reading, sentence: Sentence) -> tuple[tuple[int, int], Duration] | None:
    """A length told of 3 or more treatments at once: "seven months of PT, medication and injections"."""
    text, regexes = reading.text, reading.patterns.regexes
    for d in find_durations(text, sentence.start, sentence.end):
        m = regexes["care_total_list"].match(text, d.end, sentence.end)
        if m is None or d.unit not in ("month", "year"):
            continue
        if len(_named(reading, *m.span("list"))) >= _LEAST:
            return m.span("list"), d
    return None


def _in_form_line(reading: Reading) -> Iterator[tuple[int, Duration]]:
    """The total at the end of a form's line: "Conservative  [x] NSAID  [x] PT 22    Total [x] >6 mo"."""
    text, regex = reading.text, reading.patterns.regexes["care_total_line"]
    if not reading.may_hold(("care_total_line",)):
        return
    for line in reading.lines:
        if not reading.may_hold(("care_total_line",), line.start, line.end):
            continue
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
    m = regexes["care_total_failed"].search(text, high, sentence.end)
    if m and len(_named(reading, high, m.start())) >= _LEAST and not re.search(r"[.;:(]", text[high : m.start()]):
        return CareResponse.FAILED, m.span()  # told at the end of the list of what was done
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
    for m in reading.patterns.regexes["care_total_plus"].finditer(text, low, high):
        unit = {"m": "month", "y": "year", "w": "week"}[m["unit"][0].lower()]
        days = int(m["n"]) * {"month": DAYS_PER_MONTH, "year": float(DAYS_PER_YEAR), "week": 7.0}[unit]
        yield Duration(m.start(), m.end(), days, days, unit, ">=")
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
    whole = (text, sentence.start, sentence.end)
    if regexes["care_total_elsewhere"].search(*whole) and not regexes["care_total_here"].search(*whole):
        return True
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
    regexes, whole = reading.patterns.regexes, (reading.text, sentence.start, sentence.end)
    if regexes["care_total_asked_for"].search(*whole) or is_payers_item(reading, sentence):
        return False
    return not regexes["care_total_not"].search(*whole) or bool(regexes["care_total_done"].search(*whole))


def is_payers_item(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence is an item of what a payer asks for: "a) six months or more of conservative treatment"."""
    regexes, text = reading.patterns.regexes, reading.text
    line = reading.line_at(sentence.start)
    if not _OR_MORE.search(line.text) or not regexes["care_total_item"].match(text, line.start, line.end):
        return False
    return bool(regexes["care_total_asks"].search(text, max(0, line.start - 400), line.start))


def _is_to_come(reading: Reading, sentence: Sentence, low: int) -> bool:
    """Whether the care told of at ``low`` is only recommended or planned."""
    text, regexes = reading.text, reading.patterns.regexes
    return bool(regexes["care_total_to_come"].search(text, sentence.start, low)) and not bool(
        regexes["care_total_done"].search(text, sentence.start, sentence.end)
    )


def _is_not_reached(reading: Reading, sentence: Sentence, low: int) -> bool:
    """Whether the words say that there was no such care, or that it was for an earlier pain that went away."""
    text, regexes = reading.text, reading.patterns.regexes
    if regexes["care_total_not_reached"].search(text, sentence.start, low):
        return True
    return sentence.section.category == "plan" and not regexes["care_total_done"].search(
        text, sentence.start, sentence.end
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
        elif (regexes["care_total_began"].match(text[end : d.start]) and text[d.end : d.end + 4] == " ago") or (
            (
                regexes["care_total_after"].match(text[end : d.start])
                or regexes["care_total_told"].match(text[end : d.start])
            )
            and not (
                regexes["care_total_length_not"].match(text[d.end : d.end + 25])
                or (_names_a_part(reading, end, d.start) and not _IN_BRACKETS.match(text, end, d.start))
            )
        ):
            return d
    return None


def _names_a_part(reading: Reading, low: int, high: int) -> bool:
    """Whether a single treatment is named there: the length is then that of the treatment."""
    names = ("therapy_type", "drug", "drug_group")
    return any(reading.patterns.first(vocabulary, reading.text, low, high) for vocabulary in names)
