"""Extracts nicotine status (nicotine_status): the state that each note tells of the patient, product and quit date.

Second-hand smoke, relatives and advice to quit are not the patient's state. Where one note tells two states, the worse
one is kept first and the other as a hint, so that the assembly can see the contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from chartproof.extract.finding import Finding, finding
from chartproof.language.dates import DateMention
from chartproof.language.reading import Line, Reading
from chartproof.model import PartialDate
from chartproof.model.facts import NicotineStatus
from chartproof.model.vocab import NicotineProduct, NicotineState, NoteType

_ANSWERS = {
    "never": "never", "none": "nonuser", "no": "nonuser", "n": "nonuser", "denies": "nonuser", "denied": "nonuser",
    "0": "nonuser", "zero": "nonuser",
    "neg": "nonuser", "negative": "nonuser", "nonuser": "nonuser", "non-user": "nonuser",
    "yes": "current", "y": "current", "current": "current", "currently": "current", "daily": "current",
    "now": "current",
    "every day": "current", "some day": "current", "some days": "current", "still": "current", "active": "current",
    "positive": "current", "former": "former", "formerly": "former", "quit": "former", "stopped": "former",
    "ex": "former", "past": "former", "prior": "former", "previous": "former",
}  # fmt: skip
_ASKED = re.compile(r"[^.;?\n]{0,45}\?")
_GOES_ON = re.compile(
    r"\W*(?:she|he|they|patient|pt|i|date (?:stopped|quit)|quit date|admits|denies|endorses|reports|claims|states"
    r"|used to|quit|stopped|gave|given|last|none|nothing|not|now|still|but|never|down to|off|clean|former\w*)\b",
    re.I,
)
_SHORT = 40  # characters; a shorter sentence does not change the subject
_OPEN_BOX = re.compile(r" {0,3}(?:\[ ?\]|\( ?\)|\u2610)")
_BOX_BEFORE = re.compile(r"[\])\u2610\u2612] ?$")
_DENIED_AFTER = re.compile(
    r"(?: use| tobacco| products?| status){0,2} ?[:=-] ?(?:never|no\b|none|n\b|denies|denied|neg)", re.I
)
_LEFT_BLANK = re.compile(r"\s?_{2,}(?![xX])")
_HOW_LONG = re.compile(r"(?<!not )(?<!n't )(?<!never )\bsmoked $", re.I)  # "smoked for 20 years"
_NOW = re.compile(r"[^.;\n]{0,15}\b(?:now|again|currently|at present|these days|still)\b", re.I)
_STOPPED = re.compile(r"quit|stopped|gave|off", re.I)
# "no nicotine for six weeks before the operation" asks for it
_BEFORE_SURGERY = re.compile(
    r"[^.;\n]{0,30}\b(?:before|prior to) (?:(?:the|any|an?|your|her|his|this|elective) )?"
    r"(?:\w+ )?(?:surgery|operation|fusion|procedure)\b",
    re.I,
)
_ABSTAINS = re.compile(r"(?:no|off|without|none|zero|(?:nicotine|tobacco|smoke|cigarette)[- ]free|abstin\w+)\b", re.I)
_NOT_NOW = re.compile(
    r"\b(?:no longer|not|isn't|doesn't|don't|does not|nor|neither)"
    r"(?: (?:currently|now|presently|actively|at present))? (?:an? )?$",
    re.I,
)
_SOMEBODY = re.compile(r"\W*(?:her|his|my|the|one|a)? ?\w+(?: [A-Z]\w+)?", re.I)
_QUESTION = re.compile(r"[^.?!\n]{3,70}\?[\s\"'!.,-]{0,6}(?:no|nope|yes|yep|yeah)?[\s\"'!.,-]{0,6}$", re.I)
_WHICH = re.compile(r"[^\n]{0,50}?\b(?:what|which(?: one)?|type|kind|product)s?\s?[?:]\s{0,4}", re.I)
_SPAN = re.compile(r"\d{1,2}(?:\.\d)? ?\+?(?:years?|yrs?|months?|mos?|weeks?|wks?)\b", re.I)
_AS_OF = re.compile(r"\bas of $", re.I)
_YEARS = re.compile(r"\b(?:19|20)\d\d ?[-\u2013] ?(?P<end>(?:19|20)\d\d)\b")
# Which state of one note goes first: use goes before having quit, and that before never.
_WORSE = ("current", "former", "never", "nonuser")


@dataclass(frozen=True)
class _Cue:
    state: str
    start: int
    end: int


def extract(reading: Reading) -> list[Finding]:
    """The nicotine state that this note tells, at most one finding.

    A plain "nonsmoker" or "denies tobacco" is ``never`` with the hint ``weak``: any note that tells of earlier use
    outweighs it.
    """
    if reading.note.type in (NoteType.LAB, NoteType.IMAGING):
        return []  # their comments speak of smokers in general
    cues = [cue for cue in _cues(reading) if _is_patients(reading, cue)]
    if not cues:
        return []
    copied = reading.patterns.regexes["nicotine_copied"]
    own = [
        c
        for c in cues
        if not copied.search(reading.text, *_line_to(reading, c))
        and not copied.search(reading.section_at(c.start).title or "")
    ]
    cues = own or cues  # "Social history (copied 1/21): current smoker. Update: he quit in March."
    state = next(s for s in _WORSE if any(c.state == s for c in cues))
    if state == "current" and any(c.state == "former" for c in cues):
        state = _current_or_former(reading, cues)
    own = [c for c in cues if c.state == state]
    product = _product(reading, own) if state != "nonuser" else None
    fact = NicotineStatus(
        status=NicotineState.NEVER if state in ("never", "nonuser") else NicotineState(state),
        product=product if state not in ("never", "nonuser") else None,
        quit_date=_quit_date(reading, own) if state == "former" else None,
        evidence=[reading.evidence(*_around(reading, c)) for c in own[:3]],
    )
    others = sorted({c.state for c in cues} - {state, "nonuser"})
    if state == "current" and product and product not in {_product_of(reading, c) for c in cues if c.state == "former"}:
        # no contradiction: "no cigs since 2020, but nicotine gum, several a day"
        others = [other for other in others if other != "former" or product is NicotineProduct.CIGARETTES]
    return [finding(fact, reading.note, weak=state == "nonuser", also=others)]


def _line_to(reading: Reading, cue: _Cue) -> tuple[int, int]:
    """The words of a cue's line before it."""
    return reading.line_at(cue.start).start, cue.start


def _cues(reading: Reading) -> list[_Cue]:
    patterns, text = reading.patterns, reading.text
    cues: list[_Cue] = []
    if not reading.may_hold(("nicotine_line", "nicotine_field", "nicotine_asked", "nicotine_state")):
        return cues
    for m in patterns.regexes["nicotine_field"].finditer(text):
        if _LEFT_BLANK.match(text, m.end()):
            continue  # "Tobacco: Never ___ Past _X_": a choice that was not made
        cues.append(_Cue(_ANSWERS[m["answer"].lower()], m.start(), m.end()))
    for m in patterns.regexes["nicotine_asked"].finditer(text):
        cues.append(_Cue(_answered(m), m.start(), m.end()))
    for line in reading.lines:
        if (
            reading.may_hold(("nicotine_line",), line.start, line.end)
            and patterns.regexes["nicotine_any_box"].search(line.text)
            and patterns.regexes["nicotine_line"].search(line.text)
        ):
            words = list(patterns.regexes["nicotine_word_box"].finditer(line.text))
            boxes = words if _word_goes_first(reading, line, words) else None
            if boxes is None:
                boxes = list(patterns.regexes["nicotine_box"].finditer(line.text))
            else:
                cues = [c for c in cues if not line.start <= c.start < line.end]  # "Tobacco: Never [ ]" says nothing
                boxes = [m for m in boxes if "x" in m["box"].lower()]
            for m in boxes:
                if not _asks_for_nicotine(reading, line.text[: m.start()]):
                    continue
                cues.append(_Cue(_ANSWERS[m["answer"].lower()], line.start + m.start(), line.start + m.end()))
    cues += _answered_below(reading)
    taken = [(c.start, c.end) for c in cues]
    spoke = False
    may_speak = {sentence.index for sentence in reading.sentences_with("nicotine_line")}
    for sentence in reading.sentences:
        social = sentence.section.parent == "social_history"
        speaks = sentence.index in may_speak and bool(
            patterns.regexes["nicotine_line"].search(text, sentence.start, sentence.end)
        )
        # "The member is a smoker." She is not; she quit in 1975.
        goes_on = spoke and bool(_GOES_ON.match(text, sentence.start))
        spoke = speaks or (spoke and sentence.end - sentence.start <= _SHORT)
        if not (social or speaks or goes_on):
            continue
        for state, m in patterns.find("nicotine_state", text, sentence.start, sentence.end):
            inside = any(s <= m.start() and m.end() <= e for s, e in taken)
            asked = state == "current" and _ASKED.match(text, m.end())  # "Are you still vaping? No"
            if not inside and not asked:
                cues.append(_Cue(state, m.start(), m.end()))
    # "has not smoked a day in her life": its words may tell of a smaller state too
    nevers = [c for c in cues if c.state == "never"]
    cues = [c for c in cues if c.state == "never" or not any(n.start < c.end and c.start < n.end for n in nevers)]
    # "previously 1 ppd"
    past = [c for c in cues if c.state == "former"]
    cues = [c for c in cues if c.state != "current" or not any(p.start <= c.start and c.end < p.end for p in past)]
    return sorted(cues, key=lambda c: c.start)


def _answered_below(reading: Reading) -> Iterator[_Cue]:
    """ "Q  Vaping?" with "A  quit 7/20/25" on the next line."""
    regexes = reading.patterns.regexes
    for line, below in pairwise(reading.lines):
        if not line.text.rstrip().endswith("?") or not regexes["nicotine_line"].search(line.text):
            continue
        answers = regexes["form_answers"].match(below.text)
        told = answers and regexes["nicotine_answer"].match(below.text, answers.end())
        if not told:
            continue
        state = next(state for state in ("never", "nonuser", "former", "current") if told[state])
        if state == "nonuser" and re.search(r"\bever\b", line.text, re.I):
            state = "never"
        start = line.start + len(line.text) - len(line.text.lstrip(" Q"))
        yield _Cue(state, start, below.start + told.end())


def _word_goes_first(reading: Reading, line: Line, words: list[re.Match[str]]) -> bool:
    """Whether a form's answers stand before their boxes: no box comes before the first word that has one behind it."""
    if len(words) < 2:
        return False
    first = reading.patterns.regexes["nicotine_any_box"].search(line.text)
    return first is not None and first.start() == words[0].start("box")


def _asks_for_nicotine(reading: Reading, ahead: str) -> bool:
    """Whether the label before a form's boxes is of nicotine: not "Diabetes [x] yes" on a line that also asks of it."""
    regexes = reading.patterns.regexes
    for _ in range(6):
        boxes = regexes["nicotine_boxes_before"].search(ahead)
        if boxes is None:
            break
        ahead = ahead[: boxes.start()]
    earlier = list(regexes["nicotine_any_box"].finditer(ahead))
    label = ahead[earlier[-1].end() :] if earlier else ahead
    return not re.search(r"[A-Za-z]{3}", label) or bool(regexes["nicotine_line"].search(label))


def _answered(question: re.Match[str]) -> str:
    """The state that the answer to "Do you smoke?" or "Have you ever smoked?" tells."""
    yes = question["answer"].lower().startswith("y")
    if question["quit"] or question["ever"]:
        return "former"
    if re.search(r"\bever\b|\bused\b|ed\b[^?]*\?", question[0].partition("?")[0] + "?", re.I):
        return "former" if yes else "never"
    return "current" if yes else "nonuser"


def _told_by_another(reading: Reading, cue: _Cue) -> bool:
    """Whether the cue quotes a record or a payer, and the note says that it is wrong."""
    text, regexes = reading.text, reading.patterns.regexes
    sentence = reading.sentence_at(cue.start)
    before = text[max(0, cue.start - 200) : cue.start]
    return bool(
        regexes["nicotine_told_of"].search(before.rpartition("\n\n")[2])
        and regexes["nicotine_refuted"].search(text[cue.end : min(len(text), max(sentence.end, cue.end) + 80)])
    )


def _is_patients(reading: Reading, cue: _Cue) -> bool:
    """Whether the cue tells the patient's own state, and as a fact."""
    text, regexes = reading.text, reading.patterns.regexes
    ignored = ("historical", "negated", "possible", "other_person", "planned")
    asserted = reading.assertion(cue.start, cue.end, ignore=ignored)
    if (
        asserted.kind == "hypothetical" and (asserted.cue or "").lower() == "until"
    ):  # "a can a day until 2023, then ..."
        asserted = reading.assertion(cue.start, cue.end, ignore=(*ignored, "hypothetical"))
    if asserted.says_nothing:
        return False
    line = reading.line_at(cue.start)
    sentence = reading.sentence_at(cue.start)
    if re.match(
        r"\s*(?:\d+[.)]\s*|Q\d*[.:]?\s+)?"
        r"(?:does anyone|anyone|household|who (?:else )?lives|second[- ]?hand|passive|family)",
        text[max(line.start, sentence.start) : line.end],
        re.I,
    ) and not re.search(
        r"\b(?:she|he|patient|pt|herself|himself)\b|;", text[max(line.start, sentence.start) : cue.start], re.I
    ):
        return False
    if cue.state != "never" and (
        regexes["nicotine_not_tobacco"].match(text[cue.end : cue.end + 30].lstrip())
        or regexes["nicotine_not_tobacco_before"].search(text[max(0, cue.start - 20) : cue.start])
    ):
        return False
    if cue.state == "current" and (
        _NOT_NOW.search(text, max(0, cue.start - 25), cue.start)
        or _told_by_another(reading, cue)
        or regexes["nicotine_general"].match(text[cue.end : min(len(text), cue.end + 60)])
        or (
            _OPEN_BOX.match(text, cue.end)
            and text[cue.start] not in "[(_"
            and not _BOX_BEFORE.search(text[max(0, cue.start - 8) : cue.start])
        )
        or regexes["nicotine_denied_list"].search(text[max(sentence.start, line.start, cue.start - 100) : cue.start])
    ):
        return False
    # the part of the sentence that the cue stands in: from the last comma, semicolon or conjunction that opens a clause
    start = max(sentence.start, line.start)
    for m in re.finditer(
        r"[,;.(]\s|\b(?:although|but|though|while|however|and (?=(?:he|she|his|her)\b))", text[start : cue.start], re.I
    ):
        clause_start = start + m.end()
        if _SOMEBODY.fullmatch(text, start, start + m.start()) and regexes["nicotine_other_person"].search(
            text, start, start + m.start()
        ):
            continue  # "Husband, a pack a day"
        if not regexes["nicotine_other_person"].search(text, clause_start, cue.start) and _has_subject(
            text, clause_start, cue
        ):
            start = clause_start
    if re.search(r"\bwho (?:still |also |both )?$", text[max(0, cue.start - 20) : cue.start], re.I):
        start = sentence.start  # a relative clause: its subject stands before it
    subject = text[max(start, cue.start - 90) : cue.start]
    if regexes["nicotine_other_person"].search(subject) and not re.search(
        r"\b(?:he|she|patient|pt) (?:himself|herself|reports|says|states)?\b[^,;]*$", subject, re.I
    ):
        return False
    if re.match(
        r"\s*\(?\s*(?:husband|wife|spouse|partner|brother|mother|father)\b", text[cue.end : cue.end + 20], re.I
    ):
        return False
    if cue.state in ("former", "nonuser") and _ABSTAINS.match(text, cue.start) and _BEFORE_SURGERY.match(text, cue.end):
        return False
    # advice to quit is no quitting
    return not (
        cue.state in ("former", "nonuser")
        and regexes["nicotine_plan"].search(text, max(sentence.start, cue.start - 60), cue.start)
    )


def _has_subject(text: str, start: int, cue: _Cue) -> bool:
    """Whether the words from a clause's opening to the cue can stand as a clause of their own."""
    between = text[start : cue.start].strip().lower()
    return between == "" or bool(
        re.match(r"(?:he|she|they|pt|patient|former|current|never|who|has|had|is|\w+)\b", between)
    )


def _around(reading: Reading, cue: _Cue) -> tuple[int, int]:
    """The words to quote: the cue with what follows in its clause, at most 120 characters."""
    line = reading.line_at(cue.start)
    low = cue.start
    m = re.search(r"(?:^|[.;,]\s+|\s{3,})([^.;,]{0,40})$", reading.text[max(line.start, cue.start - 45) : cue.start])
    if m:
        low = cue.start - len(m[1])
    m2 = re.search(r"[.;](?=\s|$)|\n|\s{3,}|$", reading.text[cue.end : cue.end + 80])
    return low, cue.end + (m2.start() if m2 else 0)


def _current_or_former(reading: Reading, cues: list[_Cue]) -> str:
    """A note with cues of use and of quitting: use of one product after quitting another, or a history told in order.

    "Smoked 1 ppd for 20 years, quit 2019": the rate belongs to the past. "Cigarettes: quit 2018. Vaping: every day":
    use of another product goes on.
    """
    text = reading.text
    for cue in cues:
        if cue.state != "current":
            continue
        words = text[cue.start : cue.end].lower()
        sentence = reading.sentence_at(cue.start)
        near_quit = any(c.state == "former" and sentence.start - 60 <= c.start <= sentence.end + 60 for c in cues)
        if reading.patterns.regexes["nicotine_goes_on"].search(words):
            return "current"
        ended = [c.end for c in cues if c.state == "former" and sentence.start <= c.start < cue.start]
        if ended and (
            _NOW.search(text, ended[-1], cue.start) or _NOW.match(text, cue.end, min(sentence.end, cue.end + 20))
        ):
            return "current"  # "quit in 2018 but smokes socially now"
        product = reading.patterns.first("nicotine_product", text, cue.start, min(len(text), sentence.end))
        quit_products = {
            reading.patterns.first("nicotine_product", text, c.start, c.end)
            or reading.patterns.first(
                "nicotine_product",
                text,
                max(reading.sentence_at(c.start).start, c.start - 25),
                min(len(text), c.end + 15),
            )
            for c in cues
            if c.state == "former"
        }
        if product in ("vape", "smokeless", "other") and product not in quit_products:
            return "current"
        if not near_quit:
            return "current"
    return "former"


def _product(reading: Reading, cues: list[_Cue]) -> NicotineProduct | None:
    """The product that the cues name; one that the words deny ("and does not vape") is none."""
    named = [_product_of(reading, cue) for cue in cues]
    return next((product for product in named if product), None)


def _named(reading: Reading, start: int, end: int, cue: _Cue) -> str | None:
    denied = reading.patterns.regexes["nicotine_denied"]
    for value, m in reading.patterns.find("nicotine_product", reading.text, start, end):
        # "no cigarettes since": a product that the cue itself names is the one given up
        inside = cue.start <= m.start() < cue.end
        if _DENIED_AFTER.match(reading.text, m.end()):
            continue  # "Former; Smokeless tobacco: never used"
        if inside or not denied.search(reading.text, max(0, m.start() - 30), m.start()):
            return value
    return None


def _product_of(reading: Reading, cue: _Cue) -> NicotineProduct | None:
    text = reading.text
    sentence = reading.sentence_at(cue.start)
    line = reading.line_at(cue.start)
    low, high = max(sentence.start, line.start, cue.start - 60), min(sentence.end, line.end)
    to = re.search(r"\bswitched\b.*\bto\b", reading.text[cue.start : cue.end], re.I)
    if to:
        return NicotineProduct(_named(reading, cue.start + to.end(), high, cue) or NicotineProduct.OTHER)
    product = _named(reading, cue.start, max(cue.end, high), cue) or _named(reading, low, high, cue)
    if product is None and cue.state == "former" and sentence.index:
        earlier = reading.sentences[sentence.index - 1]  # "Cigarettes, 1 ppd for 40 years. Stopped in 2019."
        words = max(earlier.start, line.start), earlier.end
        if line.start < earlier.end and not reading.patterns.regexes["nicotine_other_person"].search(text, *words):
            product = _named(reading, *words, cue)
    following = reading.sentences[sentence.index + 1 : sentence.index + 2]
    if product is None and following and following[0].end <= line.end:
        # "Former smoker. Cigarettes, 1 ppd x 40 yrs."
        words = following[0].start, following[0].end
        if not reading.patterns.regexes["nicotine_other_person"].search(reading.text, *words):
            if not text[words[0] : words[1]].lower().startswith("the "):
                product = _named(reading, words[0], min(words[1], words[0] + _SHORT // 2), cue)
    if product is None and (question := _QUESTION.search(text, max(0, cue.start - 90), cue.start)):
        product = _named(reading, question.start(), question.end(), cue)  # "Are you still vaping? No!! Quit in May"
    asked = text[cue.start : cue.end].partition("?")
    if asked[1]:  # "Do you smoke? N  Vape? N": the first question's product is the one answered
        product = _named(reading, cue.start, cue.start + len(asked[0]), cue)
        high = cue.start + len(asked[0])
    if product is None and (which := _WHICH.match(text, cue.end, min(len(text), cue.end + 90))):
        product = _named(reading, which.end(), min(len(text), which.end() + 20), cue)
    if product is None and reading.patterns.regexes["nicotine_smokes"].search(text, max(low, cue.start - 30), high):
        return NicotineProduct.CIGARETTES
    return NicotineProduct(product) if product else None


def _end_of_range(reading: Reading, dates: list[DateMention]) -> PartialDate:
    """The first date, or where it opens a range ("smoked 1983-1999") the one that ends it."""
    if len(dates) > 1 and re.fullmatch(
        r"\s?(?:-|\u2013|to|through|until|till)\s?", reading.text[dates[0].end : dates[1].start], re.I
    ):
        return dates[1].value
    if len(dates) > 1 and re.fullmatch(r"(?: day| week)?\s?\(", reading.text[dates[0].end : dates[1].start], re.I):
        return max(dates[0].value, dates[1].value, key=len)  # "on Thanksgiving Day (11/27/25)"
    return dates[0].value


def _quit_date(reading: Reading, cues: list[_Cue]) -> PartialDate | None:
    best: PartialDate | None = None
    for cue in cues:
        sentence = reading.sentence_at(cue.start)
        line = reading.line_at(cue.start)
        high = max(sentence.end, reading.line_at(cue.end).end)
        dates = [d for d in reading.dates_in(cue.start - 2, high) if d.start - cue.end <= 45]
        if _SPAN.match(reading.text, cue.start):  # "a year without a cigarette as of May 2025"
            dates = [d for d in dates if not _AS_OF.search(reading.text, cue.start, d.start)]
        if not dates:
            dates = [d for d in reading.dates_in(max(sentence.start, line.start), cue.start) if cue.start - d.end <= 20]
        years = _YEARS.search(reading.text, cue.start, min(len(reading.text), cue.end + 25))
        if years and not any(d.start >= years.end() for d in dates):
            dates = []
        test = reading.patterns.regexes["nicotine_test"]
        dates = [
            d
            for d in dates
            if d.value.first <= reading.note.date and not test.search(reading.text, cue.end, max(cue.end, d.start))
        ]
        if dates:
            value = _end_of_range(reading, dates)
        elif years:
            value = PartialDate.of(int(years["end"]))
        else:
            m = reading.patterns.regexes["nicotine_span_first"].match(
                reading.text, cue.start
            ) or reading.patterns.regexes["nicotine_span"].search(
                reading.text, cue.start, min(sentence.end, cue.end + 40)
            )
            if not m or m["unit"].startswith("w") or _HOW_LONG.search(reading.text, max(0, m.start() - 15), m.start()):
                continue
            if not reading.text[cue.start : m.start()].strip() and not (_STOPPED.match(m[0]) or m[0][0].isdigit()):
                continue
            n = float(m["n"])
            if m["unit"].startswith("y"):
                value = PartialDate.of((reading.note.date - relativedelta(years=int(n))).year)
            elif not re.search(r"[><]|over|than|least|about|nearly|almost|last|past", m[0]):
                then = reading.note.date - relativedelta(months=int(n))
                value = PartialDate.of(then.year, then.month)
            else:
                continue  # "nicotine free > 5 months" bounds the date, it does not tell it
        if best is None or len(value) > len(best):
            best = value
    return best
