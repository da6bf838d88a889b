"""What the pain limits (functional_limitation): one finding for each activity that a note tells is limited.

A limit is difficulty, a time limit or inability. What only makes the pain worse, what is avoided on advice, and what
is limited by another trouble is none (corpora/GUIDE.md section 2, finer readings).
"""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, finding
from chartproof.extract.pattern import bounded
from chartproof.extract.questions import with_answers
from chartproof.language.reading import Reading, Sentence
from chartproof.model.facts import FunctionalLimitation
from chartproof.model.vocab import Activity, NoteType

_NOTHING_HERE = frozenset(
    "imaging findings technique comparison medications allergies pmh psh family_history ros vitals labs procedure "
    "preprocedure consent instructions education policy complications signature exam_title plan "
    "procedure_diagnosis".split()
)
_TICKED = re.compile(r"(?:\[x\]|\(x\))\s*(?P<item>[^\[\]()|]{3,40}?)(?=\s*(?:\[|\(|\||$|\s{3,}))", re.I)
_FUNCTION_TITLE = re.compile(r"\b(?:work status|function\w*|limitations?|disability status|activit\w+|adls?)\b", re.I)
_ANSWERED_YES = re.compile(r"(?P<item>[A-Za-z][A-Za-z /]{2,30}?)\s*[:?]?\s*(?:\[x\]|\(x\))\s?(?:y|yes)\b", re.I)
_NOT_REACHED = re.compile(r"\bnot (?:been )?(?:met|reached|achieved|attained)\b", re.I)
_CURRENTLY = re.compile(r"\(currently\b", re.I)
_LETTERHEAD = 20  # characters: a heading before it is the clinic's name
_I_CANNOT = re.compile(r"\W*I (?:can(?:not|'t| not)|have trouble|need help|can no longer)\b", re.I)
_AT_LARGE = re.compile(r"\W*(?:most |many |some )?(?:patients|people|individuals|those|persons|women) with\b", re.I)
_AS_EVER = re.compile(r"\s?(?:is |are |was )?(?:fine|ok|well|good|normal|without)", re.I)
_ACTIVITY = ("limit_activity", "limit_itself")  # every limit names one of these
Span = tuple[int, int]


def extract(reading: Reading) -> list[Finding]:
    """The activities that this note says are limited by the pain."""
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return []
    found: dict[str, list[Span]] = {}
    if not reading.may_hold(_ACTIVITY):
        return []
    for sentence in with_answers(reading):
        if not reading.may_hold(_ACTIVITY, sentence.start, sentence.end) or not _is_told(reading, sentence):
            continue
        for activity, span in [
            *_by_itself(reading, sentence),
            *_behind_cue(reading, sentence),
            *_before_cue(reading, sentence),
            *_goals(reading, sentence),
            *_told_otherwise(reading, sentence),
        ]:
            found.setdefault(activity, []).append(span)
    for activity, span in _ticked(reading):
        found.setdefault(activity, []).append(span)
    return [
        finding(
            FunctionalLimitation(
                activity=Activity(activity), evidence=[reading.evidence(*span) for span in dict.fromkeys(spans)][:4]
            ),
            reading.note,
        )
        for activity, spans in found.items()
    ]


def _is_told(reading: Reading, sentence: Sentence) -> bool:
    section = sentence.section
    text = reading.text[sentence.start : sentence.end]
    if sentence.zone is not None or _AT_LARGE.match(text):
        return False
    if re.search(r"\[ ?\]|\( ?\)", text):
        return False  # read as ticked boxes
    if _I_CANNOT.match(text):
        return True  # the patient's own answer, whatever it follows
    if _FUNCTION_TITLE.search(section.title or "") and section.category == "other":
        return True
    if section.category == "exam" and section.start < _LETTERHEAD:
        return True
    if reading.patterns.regexes["pain_account_title"].match((section.title or "").lower()):
        return True
    if section.category == "exam" or (section.category == "other" and section.parent == "exam"):
        return reading.note.type is NoteType.PT and bool(reading.patterns.regexes["limit_because"].search(text))
    if section.category == "goals":
        return bool(_NOT_REACHED.search(text) or _CURRENTLY.search(text))
    return not (section.category in _NOTHING_HERE or (section.category == "other" and section.parent in _NOTHING_HERE))


def _activities(reading: Reading, start: int, end: int) -> list[tuple[str, Span]]:
    """The activities named in [start, end)."""
    out = [(a, m.span()) for a, m in reading.patterns.find_each("limit_activity", reading.text, start, end)]
    transfers = [span for activity, span in out if activity == "transfers"]
    return [(a, s) for a, s in out if a == "transfers" or not any(t[0] <= s[0] < t[1] for t in transfers)]


def _by_itself(reading: Reading, sentence: Sentence) -> list[tuple[str, Span]]:
    """Words that tell a limit by themselves: "sits 15 min", "light duty", "wakes when she turns"."""
    text, out = reading.text, []
    for activity, m in reading.patterns.find_each("limit_itself", text, sentence.start, sentence.end):
        clause = _clause(reading, sentence, m.start())
        if _is_void(reading, clause, m.start(), m.end()):
            continue
        if _AS_EVER.match(text, m.end(), m.end() + 20):
            continue
        out.append((activity, (m.start(), m.end())))
    return out


def _behind_cue(reading: Reading, sentence: Sentence) -> list[tuple[str, Span]]:
    """The activities behind a word of limiting: "cannot stand at her chair", "trouble with stairs and laundry"."""
    regexes, text = reading.patterns.regexes, reading.text
    out = []
    for cue in regexes["limit_cue"].finditer(text, sentence.start, sentence.end):
        clause = _clause(reading, sentence, cue.start())
        if (
            regexes["limit_free"].search(text[clause[0] : cue.start()])
            or _is_anothers(reading, clause[0], cue.start())
            or _is_void(reading, clause, cue.start(), cue.start())
        ):
            continue
        asked = text.find("?", cue.end(), min(sentence.end, cue.end() + 50))  # "What can't you do because of it?"
        begin = asked + 1 if asked >= 0 else cue.end()
        stop = regexes["limit_stop"].search(text, begin, sentence.end)
        end = stop.start() if stop else sentence.end
        if _other_cause(reading, cue.start(), min(sentence.end, end + 40)):
            end = _before_other_cause(reading, begin, end)
        named = _activities(reading, begin, end)
        for activity, span in named:
            if _is_purpose(text, begin, span[0], named):
                continue
            if not regexes["limit_fine"].match(text[span[1] : span[1] + 45]):
                out.append((activity, (cue.start(), max(span[1], _list_end(text, span[1], end)))))
    return out


def _is_purpose(text: str, begin: int, at: int, named: list[tuple[str, Span]]) -> bool:
    """Whether an activity is only what another was for, or its manner: "stand to cook", "tie a shoe w/o sitting"."""
    before = text[max(begin, at - 24) : at]
    if re.search(r"\b(?:without|w/o|instead of|other than|except (?:by|when))\s(?:\w+ )?$", before, re.I):
        return True
    if (
        re.search(r"\b(?:stairs?|steps|walking|standing)\s(?:while |when )?$", before, re.I)
        and text[at : at + 5] == "carry"
    ):
        return True  # "stairs carrying laundry"
    if re.search(r"\benough to\s$", before, re.I):
        return False
    to = re.search(r"(?<![,;])\s(?:to|so (?:he|she) can)\s(?:do (?:the |her |his )?)?$", before, re.I)
    if to is None or re.search(r"\b(?:or|and|nor|neither|not|unable|able|has|trouble)\s*$", before[: to.start()], re.I):
        return False
    place = max(begin, at - 24) + to.start()
    return any(span[1] <= place and place - span[1] < 40 for _, span in named)


def _is_anothers(reading: Reading, start: int, end: int) -> bool:
    """Whether the subject of the limiting is another trouble: "knee pain limits stairs"."""
    other = _other_cause(reading, start, end)
    return bool(other and not reading.patterns.regexes["limit_of_this"].search(reading.text, start, end))


def _other_cause(reading: Reading, start: int, end: int) -> re.Match[str] | None:
    """The words of [start, end) that tell another trouble than the pain; a weakness beside the pain is none."""
    regexes, text = reading.patterns.regexes, reading.text
    strong = regexes["limit_other_cause"].search(text, start, end)
    if strong is not None or regexes["limit_pain_word"].search(text, start, end):
        return strong
    return regexes["limit_weak_cause"].search(text, start, end)


def _before_other_cause(reading: Reading, start: int, end: int) -> int:
    """Up to where another trouble's words begin; nothing where they stand first or explain the whole."""
    m = _other_cause(reading, start, end)
    if m is None:
        return start
    comma = reading.text.rfind(",", start, m.start())
    return comma if comma > 0 else start


def _list_end(text: str, at: int, end: int) -> int:
    m = re.compile(r"[,;.]|\sand\s").search(text, at, end)
    return m.start() if m else end


def _before_cue(reading: Reading, sentence: Sentence) -> list[tuple[str, Span]]:
    """The activities whose limit is told behind them: "turning in bed is difficult", "exercise: limited by pain"."""
    regexes, text = reading.patterns.regexes, reading.text
    out = []
    for activity, span in _activities(reading, sentence.start, sentence.end):
        m = regexes["limit_behind"].match(text[span[1] : sentence.end])
        if m is None:
            continue
        clause = _clause(reading, sentence, span[0])
        end = span[1] + m.end()
        if re.search(
            r"\b(?:not|never|no|without) (?:\w+ )?(?:difficult\w*|hard|limited|impossible|restricted|affected)",
            m[0],
            re.I,
        ) or _is_void(reading, clause, span[0], end):
            continue
        if _other_cause(reading, span[0], min(sentence.end, end + 50)):
            continue
        if re.search(
            r"\b(?:pain|weakness|strength|rom|motion|flexion|evaluation|exam|study|he|she|who|because)\b",
            m[0][: -len(m[0].split()[-1])] if m[0].split() else "",
            re.I,
        ) and not re.search(r"limited by|more than (?:he|she|they) can", m[0], re.I):
            continue
        out.append((activity, (span[0], end)))
    return out


def _told_otherwise(reading: Reading, sentence: Sentence) -> list[tuple[str, Span]]:
    """Activities that end after some time or way, and those that somebody else does for the patient."""
    regexes, text = reading.patterns.regexes, reading.text
    named = _activities(reading, sentence.start, sentence.end)
    out = []
    for activity, span in [
        *bounded.extract(reading, sentence, named),
        *bounded.handed_over(reading, sentence, named),
    ]:
        clause = _clause(reading, sentence, span[0])
        if _is_void(reading, clause, span[0], span[1]) or regexes["limit_of_program"].search(text, *clause):
            continue
        out.append((activity, span))
    return out


def _goals(reading: Reading, sentence: Sentence) -> list[tuple[str, Span]]:
    """Goals of therapy that were not reached: "LTG 2 (stand 30 min) not met"."""
    text, out = reading.text, []
    for m in _NOT_REACHED.finditer(text, sentence.start, sentence.end):
        start = max(
            sentence.start,
            max((c.end() for c in re.finditer(r";|\bmet\b|\breached\b", text[sentence.start : m.start()])), default=0)
            + sentence.start,
        )
        out += [
            (activity, (span[0], m.end()))
            for activity, span in _activities(reading, start, m.start())
            if activity not in ("exercise", "other")
        ]
    return out


def _clause(reading: Reading, sentence: Sentence, position: int) -> Span:
    """From the last mark that parts clauses before a position to the next one behind it."""
    text = reading.text
    cut = re.compile(r"[;.]\s|\bbut\b|\balthough\b|,\s(?:and\s)?(?:that\s)?(?=(?:he|she|they|it)\b)|\s-\s", re.I)
    start = max((m.end() for m in cut.finditer(text, sentence.start, position)), default=sentence.start)
    after = cut.search(text, position, sentence.end)
    return start, after.start() if after else sentence.end


def _is_void(reading: Reading, clause: Span, start: int, end: int) -> bool:
    """Whether the clause tells no present limit of this pain: advice, plans, other causes, denials."""
    regexes, text = reading.patterns.regexes, reading.text
    before = text[clause[0] : start]
    if regexes["limit_not_told"].search(before) or regexes["limit_free"].search(before):
        return True
    if end > start and _other_cause(reading, clause[0], min(clause[1], end + 50)):
        return True
    because = regexes["limit_because_of"].search(text, max(0, clause[0] - 60), start)
    if because and text.rfind(".", 0, start) < because.start() and _other_cause(reading, *because.span()):
        return True  # "because of his imbalance, he cannot walk"
    return reading.assertion(
        start, max(end, start + 1), ignore=("historical", "negated", "possible", "declined", "hypothetical", "planned")
    ).says_nothing


def _ticked(reading: Reading) -> list[tuple[str, Span]]:
    """Ticked boxes behind a question what the pain makes difficult."""
    out: list[tuple[str, Span]] = []
    lower = reading.text.lower()
    if "[x]" not in lower and "(x)" not in lower:
        return out
    asked = -9
    for i, line in enumerate(reading.lines):
        if reading.patterns.regexes["limit_ask"].search(line.text) and not re.search(
            r"\b(?:worse|aggravat|tried|history of)\b", line.text, re.I
        ):
            asked = i
        elif re.search(r"^\s*\d{1,2}[.)]\s", line.text):
            asked = -9
        if i - asked > 3:
            continue
        for m in _TICKED.finditer(line.text):
            start, end = line.start + m.start("item"), line.start + m.end("item")
            out += [(activity, (line.start + m.start(), end)) for activity, _ in _activities(reading, start, end)]
        for m in _ANSWERED_YES.finditer(line.text):
            start, end = line.start + m.start("item"), line.start + m.end("item")
            out += [(activity, (start, line.start + m.end())) for activity, _ in _activities(reading, start, end)]
    return out
