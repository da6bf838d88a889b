"""Operations done, planned or declined. Unrelated ones count only where dated (corpora/GUIDE.md section 2)."""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.facts import Surgery
from chartproof.model.vocab import EventStatus, NoteType, SurgeryName

_SPINE = (SurgeryName.LUMBAR_FUSION, SurgeryName.LUMBAR_DECOMPRESSION, SurgeryName.HIP_ARTHROPLASTY)
_TO_COME = re.compile(
    r"\b(?:possible|possibly|will|likely need|scheduled for|considering|candidate for|requests?|requested|requesting"
    r"|authoriz\w+|recommend\w*|propos\w+|awaiting|plans? (?:for|to|on)|planned|denied|defer\w*|refus\w+|declin\w+"
    r"|offered|wait(?:s|ing)? for|wants?|needs?)\b[^.;,]{0,40}$",
    re.I,
)
# of an organ that is one, and not of the patient's right or left
_NO_SIDE = re.compile(
    r"\b(?:right|left)(?= (?:atri|ventric|coronary|heart|main|anterior descending|circumflex|bundle|colon|lobe"
    r"|hepatic|femoral (?:arter|vein)|radial arter|internal jugular|subclavian))",
    re.I,
)
# "pain below the fusion since Aug 2023": the date is the pain's
_PAIN_SINCE = re.compile(
    r"\b(?:pain|aches?|aching|symptoms?|c/o|complain\w*|worse\w*)\b[^.;]{0,60}"
    r"\bsince (?:about |around |late |early |mid-?)?$",
    re.I,
)
# "SI fusion denied 3/1/2025": the date is the letter's
_PAPERS = re.compile(
    r"\b(?:denied|denial|appeal\w*|submitted|non-?certified|not (?:approved|authorized|certified)"
    r"|approved|authorized)\b",
    re.I,
)
_ANOTHERS = re.compile(
    r"\b(?:husband|wife|spouse|partner|friend|buddy|pal|neighbou?r|co-?worker|colleague|boyfriend|girlfriend|roommate|boss"
    r"|acquaintance|somebody|someone)\b(?: of (?:hers|his|mine|theirs))?(?: (?:at|from) (?:\w+ ){1,3}?)?,? ?"
    r"(?:(?:who|also|just|recently|has|himself|herself) ){0,2}(?:had|underwent|is having|is getting|got)\b[^.;]{0,30}$",
    re.I,
)
_TURNED_DOWN = re.compile(
    r"\s*(?:but )?(?:she|he|they|patient|pt|the patient|veteran|member) (?:has |have )?"
    r"(?:declined|refused|turned|said no|(?:does|did)(?: not|n't) (?:want|wish for))"
    r"(?: (?:it|this|that|down|surgery|the surgery|flat|outright|thank you|thanks|to (?:it|this|that)))*"
    r"\s*(?:[.;,]|and|at)",
    re.I,
)
# of nobody in particular: "a handout on the weeks after an SI fusion", "before anyone's SI joint is fused"
_HANDED = re.compile(r"\s*\((?:handout|leaflet|instructions|booklet|sheet|guide)\b", re.I)
_TAUGHT = re.compile(
    r"\b(?:handouts?|booklet|brochure|leaflet|pamphlet|video|class|as a rule|anyone(?:'s)?|anybody(?:'s)?|in general"
    r"|most people|patients)\b[^.;]{0,90}$",
    re.I,
)
_OFFERED = re.compile(
    r"\b(?:would|offer\w*|recommend\w*|suggest\w*|propos\w*|advis\w*|advice|urged?|was to|what was)\b", re.I
)
_ADVISED = re.compile(
    r"\b(?:recommend\w*|suggest\w*|advis\w*|advice|offer\w*|propos\w*|consider\w*)\b[^.;]{0,50}$", re.I
)
_SUGGESTED = re.compile(
    r"\s*(?:(?:was|is|were|has been|had been|have been) )(?:\w+ )?"
    r"(?:suggested|recommended|offered|discussed|proposed|considered|advised|contemplated)\b",
    re.I,
)
# an operation whose outcome is told is done
_FAILED = re.compile(
    r"[^.;,]{0,25}\b(?:(?:has|have|had) (?:failed|not (?:healed|united|fused|taken)|healed|united|gone on)"
    r"|failed to (?:unite|heal|fuse|take)|never (?:healed|united|fused|took)|went on to|is (?:solid|mature|healed))\b",
    re.I,
)
_SHOULD_BE = re.compile(
    r"\b(?:should|would|could|ought|must|needs? to|to be|to have|will have|having|wants?|advis\w+)\b[^.;]{0,45}$", re.I
)
_ENTERED_WRONG = re.compile(
    r"\b(?:request|order|referral|side|form|entry|letter)\b[^.;]{0,40}"
    r"\b(?:wrong(?:ly)?|in error|incorrect(?:ly)?|mistaken(?:ly)?)\b",
    re.I,
)
_IS_OFFERED = re.compile(
    r"[^.;]{0,30}\bis what (?:I|we|he|she|they) (?:offered|recommended|suggested|advised|proposed)\b", re.I
)
_WAS_OFFERED = re.compile(
    r"\s*(?:(?:/|and |with |\+ ?|& ?)\s?(?:\w+ )?fusion )?(?:(?:was|were|is|had been|has been) )?"
    r"(?:offered|recommended|proposed|suggested|advised)\b",
    re.I,
)
# "status post pacemaker, who presented with numbness in 2001": the date is the complaint's
_CAME_WITH = re.compile(
    r"\b(?:presented|presents|presenting|began|developed|noticed|diagnosed with|complain\w*)\b", re.I
)
_ASKED_FOR = re.compile(r"\b(?:requests?|recommend\w*|authoriz\w*|denial|appeal) (?:for|of|that)\b", re.I)
_EARLIER = re.compile(r"\b(?:first|initial|original|index|earlier|failed|old)(?: (?:left|right|MIS))? $", re.I)
# where an item of a list begins
_OPENS = re.compile(r"(?:^|[;,.:|(\n-])\s*$")
_NOT_DONE = re.compile(r"\b(?:no|not|never|denies|without|negative for)\b[^.;,]{0,40}$", re.I)


def extract(reading: Reading) -> list[Finding]:
    """The operations that one note tells."""
    out: list[Finding] = []
    for name, m in reading.patterns.find("surgery_name", reading.text):
        if name == SurgeryName.OTHER and _date(reading, m, EventStatus.PERFORMED, SurgeryName.OTHER) is None:
            continue  # one of another part of the body counts only where dated
        status = _status(reading, SurgeryName(name), m)
        if status is None:
            continue
        date = _date(reading, m, status, SurgeryName(name))
        if name == SurgeryName.LUMBAR_DECOMPRESSION and _of_another_level(reading, m):
            name = SurgeryName.OTHER
        if name == SurgeryName.LUMBAR_FUSION and _of_another_level(reading, m, alone=True):
            name = SurgeryName.OTHER
        if name == SurgeryName.OTHER and (date is None or status is not EventStatus.PERFORMED):
            continue
        low, high = _segment(reading, m)
        side = reading.side_of(m.start(), m.end(), low=low, high=high)
        if name == SurgeryName.OTHER and _NO_SIDE.search(reading.text, low, high):
            side = None
        if side is None and name == SurgeryName.SI_FUSION:
            sentence = reading.sentence_at(m.start())
            side = reading.side_of(m.start(), m.end(), low=sentence.start, high=sentence.end)
        fact = Surgery(
            name=SurgeryName(name),
            date=date,
            laterality=side if name not in (SurgeryName.LUMBAR_FUSION, SurgeryName.LUMBAR_DECOMPRESSION) else None,
            status=status,
            evidence=[reading.evidence(*_quote(reading, m, low, high))],
        )
        out.append(finding(fact, reading.note, Strength.FIRST_HAND))
    if not any(f.fact.name is SurgeryName.SI_FUSION and f.fact.status is EventStatus.PLANNED for f in out):  # type: ignore[attr-defined]
        out += _requested_by_code(reading)
    return out + _listed(reading, out)


def _requested_by_code(reading: Reading) -> list[Finding]:
    """The request told by its procedure code alone ("auth packet, right 27279")."""
    for m in reading.patterns.regexes["fusion_code"].finditer(reading.text):
        sentence = reading.sentence_at(m.start())
        kind = reading.assertion(m.start(), m.end(), ignore=("historical", "planned", "possible", "other_person")).kind
        denied = re.search(
            r"\b(?:not (?:be )?(?:requested|billed)|does not (?:describe|support)|incorrect|instead of)\b",
            reading.text[sentence.start : sentence.end],
            re.I,
        )
        if kind not in ("affirmed", "negated", "declined") or denied:
            continue
        side = reading.side_of(m.start(), m.end(), low=sentence.start, high=sentence.end)
        quote = (max(sentence.start, m.start() - 60), m.end())
        fact = Surgery(
            name=SurgeryName.SI_FUSION, laterality=side, status=EventStatus.PLANNED, evidence=[reading.evidence(*quote)]
        )
        return [finding(fact, reading.note, Strength.SUMMARY)]
    return []


def _listed(reading: Reading, known: list[Finding]) -> list[Finding]:
    """Dated items of a list of past operations whose words are in no vocabulary."""
    out: list[Finding] = []
    taken = {(e.start, e.end) for f in known for e in f.fact.evidence}
    for sentence in reading.sentences:
        section = sentence.section
        if "psh" not in (section.category, section.parent) or section.category not in ("psh", "other"):
            continue
        for m in re.finditer(
            r"[^;,.|\n]+(?:,\s*(?=(?:19|20)\d\d|\d{1,2}/)[^;,.|\n]+)?", reading.text[sentence.start : sentence.end]
        ):
            start, end = sentence.start + m.start(), sentence.start + m.end()
            if section.title and start < section.body:
                start = min(section.body, end)
            dates = [d for d in reading.dates_in(start, end) if d.value.first <= reading.note.date]
            words = reading.text[start : dates[0].start] if dates else ""
            if (
                not re.search(r"[A-Za-z]{4,}", words)
                or reading.patterns.first("surgery_name", words)
                or _NOT_DONE.search(words)
            ):
                continue
            if reading.assertion(start, end).kind in ("family", "negated") or re.search(
                r"^\W*(?:which|that|it|this)\b|\b(?:hospitali[sz]|admi(?:t|ss)|none|quit|stopped|duty|work|job|since|smok|tobacco|vap|pain|injur|started"
                r"|onset|last|visit|therapy|PT\b|referr|seen|exam|born|moved|married|retired|diagnos|vaccin|shot|inject)",
                words,
                re.I,
            ):
                continue
            evidence = reading.evidence(start, end)
            if any(s < evidence.end and evidence.start < e for s, e in taken):
                continue
            fact = Surgery(
                name=SurgeryName.OTHER,
                date=dates[0].value,
                laterality=reading.side_of(start, end, low=start, high=end),
                status=EventStatus.PERFORMED,
                evidence=[evidence],
            )
            out.append(finding(fact, reading.note))
    return out


def _segment(reading: Reading, m: re.Match[str]) -> tuple[int, int]:
    """The item of a list or the clause that an operation stands in."""
    text, sentence = reading.text, reading.sentence_at(m.start())
    line = reading.line_at(m.start())
    low, high = max(sentence.start, line.start), min(sentence.end, line.end)
    before = list(
        re.finditer(
            r"[;,|](?!\d)|(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)\.\s|\band\b(?=\s+(?:a|an|left|right)\b)|:",
            text[low : m.start()],
        )
    )
    after = re.search(
        r"[;|]|,?\s\band\b(?=\s+(?:a|an|left|right|in)\b)"
        r"|,\s(?!(?:19|20)?\d\d|in\b|\d{1,2}/|\w+ \d{4}|left|right|bilateral|done|performed|elsewhere"
        r"|(?:[LR]|lt|rt|both)\b(?: (?:(?-i:[a-z]{2,10})|done|in)){0,2},? ?(?:\d{1,2}/|(?:19|20)\d\d)|(?:by )?Dr\b)"
        r"|(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)\.\s",
        text[m.end() : high],
    )
    return (low + before[-1].end() if before else low), (m.end() + after.start() if after else high)


def _of_another_level(reading: Reading, m: re.Match[str], alone: bool = False) -> bool:
    """A laminectomy or discectomy of the neck or the chest; where it has no level, the note's levels decide.

    Args:
        alone: only its own item decides.
    """
    other, lumbar = (reading.patterns.regexes[f"surgery_{level}_level"] for level in ("other", "lumbar"))
    low, high = _segment(reading, m)
    own, near = reading.text[low:high], reading.text[max(0, m.start() - 400) : m.start()]
    if not alone and not lumbar.search(own) and not other.search(own):
        # the level that was named last before it
        upper, lower = (max((x.start() for x in one.finditer(near)), default=-1) for one in (other, lumbar))
        if max(upper, lower) >= 0:
            return upper > lower
    for words in (own,) if alone else (own, reading.text):
        if lumbar.search(words):
            return False
        if other.search(words):
            return True
    return False


def _quote(reading: Reading, m: re.Match[str], low: int, high: int) -> tuple[int, int]:
    return max(low, m.start() - 60), max(m.end(), min(high, m.end() + 60))


def _is_operative_note(reading: Reading) -> bool:
    """A surgeon's own account of a fusion of the SI joint: implants placed, an incision closed."""
    return reading.note.type is NoteType.PROCEDURE and bool(
        reading.patterns.regexes["operative_account"].search(reading.text)
    )


def _date(reading: Reading, m: re.Match[str], status: EventStatus, name: SurgeryName) -> PartialDate | None:
    low, high = _segment(reading, m)
    if status is not EventStatus.PERFORMED:
        high = min(reading.sentence_at(m.start()).end, m.end() + 60)
    dates = _event_dates(reading, m, low, high)
    if not dates and status is EventStatus.PERFORMED:
        # "2016, lumpectomy"
        dates = [
            d
            for d in reading.dates_in(max(0, m.start() - 24), m.start())
            if reading.text[d.end : m.start()] == ", " and _OPENS.search(reading.text[: d.start][-6:])
        ]
    if not dates and status is EventStatus.PERFORMED:
        # a table of operations: the date stands in the next cell of the line
        line = reading.line_at(m.start())
        dates = [
            d
            for d in reading.dates_in(m.end(), line.end)
            if not re.search(r"[.;]\s|[a-z]{4,}|\band\b|\d\)|[A-Z]{3,}", reading.text[m.end() : d.start])
        ]
    if not dates and status is EventStatus.PERFORMED:
        # "6/2019, L4 through S1, decompressed and fused": an item that opens with its date
        sentence = reading.sentence_at(m.start())
        opens = max(sentence.start, min(sentence.section.body, m.start()))
        dates = [d for d in reading.dates_in(opens, m.start()) if d.start - opens <= 2]
        if dates and re.search(
            r"[.;]|\b(?:MRI|CT|x-?rays?|films?|visit|seen|note)\b", reading.text[dates[0].end : m.start()]
        ):
            dates = []
    if not dates and status is EventStatus.PERFORMED and name is SurgeryName.SI_FUSION and _is_operative_note(reading):
        return reading.date
    if not dates:
        return None
    best = min(dates, key=lambda d: d.start - m.end() if d.start >= m.end() else m.start() - d.end + 20)
    past = best.value.first <= reading.note.date
    if status is EventStatus.PERFORMED:
        return best.value if past else None
    return best.value if best.value.last >= reading.note.date and not best.told else None


def _event_dates(reading: Reading, m: re.Match[str], low: int, high: int) -> list[DateMention]:
    """The dates in [low, high) that may be the operation's: not that of a study or a letter told before it."""
    other = reading.patterns.regexes["study_before"]
    return [
        d
        for d in reading.dates_in(low, high)
        if d.form != "today"
        and not _PAIN_SINCE.search(reading.text, max(low, d.start - 90), d.start)
        and not _PAPERS.search(reading.text, low, d.start)
        and not _CAME_WITH.search(reading.text, m.end(), d.start)
        and not (d.end <= m.start() and _ASKED_FOR.search(reading.text, d.end, m.start()))
        and not (d.end <= m.start() and other.search(reading.text, max(0, d.start - 50), d.start))
    ]


def _status(reading: Reading, name: SurgeryName, m: re.Match[str]) -> EventStatus | None:
    """Done, planned or declined; None where the words only consider, deny or teach."""
    regexes, text = reading.patterns.regexes, reading.text
    sentence = reading.sentence_at(m.start())
    assertion = reading.assertion(m.start(), m.end(), ignore=("historical", "planned", "possible", "other_person"))
    if assertion.kind in ("policy", "education", "family"):
        return None
    before = text[max(sentence.start, m.start() - 90) : m.start()]
    if _ANOTHERS.search(before) or _TAUGHT.search(before) or _HANDED.match(text, m.end()):
        return None
    if regexes["surgery_wrong"].search(text, m.end(), sentence.end):
        return None
    following = reading.sentences[sentence.index + 1 : sentence.index + 2]
    if following and _ENTERED_WRONG.search(text, following[0].start, following[0].end):
        return None  # 'Consult request reads "R SI fusion." It is his left; the request was entered wrong.'
    if name in _SPINE and _SUGGESTED.match(text, m.end()) and not _declined_next(reading, m):
        return None
    if regexes["surgery_taught"].search(before):
        return None
    if _NOT_DONE.search(text[max(sentence.start, m.start() - 45) : m.start()]):
        return None
    section = sentence.section
    if section.category == "psh" or section.parent == "psh":
        return EventStatus.PERFORMED
    past = bool(
        (re.search(r"\b(?:replaced|fused|decompressed)\b", m[0], re.I) and not _SHOULD_BE.search(before))
        or _FAILED.match(text, m.end(), m.end() + 60)
        or (name is SurgeryName.SI_FUSION and _EARLIER.search(before))
        or regexes["surgery_past"].search(before[-45:])
        or regexes["surgery_past"].match(text[m.end() : m.end() + 16].strip(" ,("))
    )
    if name is SurgeryName.OTHER and _TO_COME.search(before):
        return None
    if name is SurgeryName.OTHER:
        return EventStatus.PERFORMED if assertion.kind in ("affirmed", "negated") else None
    low, high = _segment(reading, m)
    planning = section.parent == "plan" or bool(regexes["surgery_planned"].search(before))
    dated = any(
        d.value.last < reading.note.date and not (planning and d.told and not d.value.day)  # "plan: fusion in July"
        for d in _event_dates(reading, m, low, high)
    )
    if not dated and reading.text[high : high + 1] == "|":
        dated = _date(reading, m, EventStatus.PERFORMED, name) is not None  # a row of a table of operations
    if assertion.has("declined") or _declined_next(reading, m):
        return EventStatus.DECLINED
    planned = bool(regexes["surgery_planned"].search(text, sentence.start, sentence.end))
    if name is SurgeryName.SI_FUSION and _is_operative_note(reading):
        return EventStatus.PERFORMED
    if name is SurgeryName.SI_FUSION:
        return _si_fusion_status(reading, m, past and not planned, dated, planned)
    if assertion.kind == "hypothetical":
        return None
    if not past and not dated and _ADVISED.search(before):
        return EventStatus.PLANNED if planned and re.search(r"\b(?:schedul|plan)", before) else None
    if (
        past
        or dated
        or reading.note.type is NoteType.IMAGING
        or section.category in ("pmh", "hpi", "findings", "impression")
    ):
        return EventStatus.PERFORMED if not regexes["surgery_considered"].search(before) else None
    considered = re.search(r"\bpossible\b[^.;]{0,40}$", before, re.I)
    return EventStatus.PLANNED if planned and not considered and re.search(r"\b(?:schedul|plan)", before) else None


def _si_fusion_status(reading: Reading, m: re.Match[str], past: bool, dated: bool, planned: bool) -> EventStatus | None:
    regexes, text = reading.patterns.regexes, reading.text
    sentence = reading.sentence_at(m.start())
    if past or dated:
        return EventStatus.PERFORMED
    low, _ = _segment(reading, m)
    ahead = any(d.value.first > reading.note.date for d in reading.dates_in(low, sentence.end))
    if reading.note.type is NoteType.IMAGING:
        return EventStatus.PERFORMED if regexes["si_implant"].search(text, sentence.start, sentence.end) else None
    if sentence.zone == "hypothetical" or regexes["surgery_considered"].search(text, sentence.start, sentence.end):
        # "I request ...; revision is possible": a plain request beside a possibility is a request
        clear = re.search(
            r"\b(?:recommend|request\w*|authoriz\w*|submit|proceed with|my plan|propos\w*|re:)\b",
            text[sentence.start : m.end()],
            re.I,
        )
        if not clear or sentence.zone == "hypothetical":
            return None
    section = sentence.section
    in_plan = section.parent in ("plan", "procedure") or (section.title or "").lower().startswith(
        ("re", "planned", "request")
    )
    before_it = reading.note.type is NoteType.PREOP
    if planned or in_plan or ahead or before_it or (reading.note.type is NoteType.LETTER and sentence.index <= 8):
        return EventStatus.PLANNED
    return None


def _declined_next(reading: Reading, m: re.Match[str]) -> bool:
    """ "Decompression recommended first; he ... declined" and "I offered him a decompression, but ..."."""
    sentence = reading.sentence_at(m.start())
    after = reading.text[m.end() : min(sentence.end, m.end() + 150)]
    before = reading.text[max(sentence.start, m.start() - 60) : m.start()]
    if reading.patterns.regexes["surgery_declined"].search(after):
        return not re.search(r"\b(?:injection|block|brace|belt|therapy|shots?|epidural|another|repeat)\b", after, re.I)
    following = reading.sentences[sentence.index + 1 : sentence.index + 2]
    if following:
        next_words = reading.text[following[0].start : min(following[0].end, following[0].start + 130)]
        opened = (
            _OFFERED.search(before)
            or _IS_OFFERED.match(after)
            or _WAS_OFFERED.match(after)
            or re.match(r"(?:fuse|decompress|open)\b", m[0], re.I)
        )
        refused = reading.patterns.regexes["surgery_declined"].search(next_words)
        about_it = refused and not re.search(
            r"\b(?:injection|block|brace|therapy|shots?|epidural|another)\b", next_words
        )
        if opened and (_TURNED_DOWN.match(next_words) or about_it):
            return True
    offered = re.search(r"\b(?:offered|recommended|suggested)\b", before, re.I)
    return bool(
        offered
        and re.search(
            r"\b(?:not enthusiastic|neither is|reluctant|would rather not|unwilling|did not wish)\b", after, re.I
        )
    )
