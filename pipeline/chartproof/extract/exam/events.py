"""Finds the pieces of meaning that link.py links: tests or sites, results, sides, and words for groups of tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.exam.leaning import without_earlier
from chartproof.extract.exam.meaning import BLANK, OPPOSITE, Event, gap_strength
from chartproof.extract.same_side import same_sides
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality, NoteType

_PAIR_VALUES = {
    "+": "positive",
    "pos": "positive",
    "-": "negative",
    "neg": "negative",
    "equ": "equivocal",
    "?": "equivocal",
    "nt": "not_done",
    "not": "not_done",
    "def": "not_done",
}
_SIGN_WORD = r"\+{1,4}|-|pos|neg|Pos|Neg"
_SIGN_SIDE = r"\s?(?:on (?:the )?|/)?(?P<{}>[RLrl])(?:ight\b|eft\b|(?![a-z]))"
_SIDED_SIGNS = re.compile(
    rf"(?<=[A-Za-z').])[\s:]{{1,3}}(?P<a>{_SIGN_WORD})" + _SIGN_SIDE.format("sa") + r"\s?[,/;]?(?: and| but)?\s{0,2}"
    rf"(?P<b>{_SIGN_WORD})" + _SIGN_SIDE.format("sb") + r"(?=\s*(?:[.,;)|]|$))",
    re.MULTILINE,
)
_SIGNS_OF_SIDES = re.compile(  # "TT (R+/L-)"
    rf"(?<![\w])\(?(?P<sa>[RL])\s?[:=/]?\s?(?P<a>{_SIGN_WORD})(?:\s?[,/;]\s?|(?<=[+-])\s{{1,2}})"
    rf"(?P<sb>[RL])\s?[:=/]?\s?(?P<b>{_SIGN_WORD})"
    r"(?=\s*(?:[.,;)|]|$))",
    re.MULTILINE,
)
_CIRCLED = re.compile(
    r"(?<=[A-Za-z:] )(?:\((?P<first>[+-])\) [+-](?![\w+])"
    r"|[+-] \((?P<second>[+-])\))(?=\s*(?:[.,;)]|$|\s{2}))"
)
_ONTO = re.compile(r"(?<![\w)\x00-])-(?=[A-Za-z])")  # "-distraction"
_PLUS_ONTO = re.compile(r"(?<![\w)])\+(?=[A-Za-z])")
_GLUE = re.compile(
    r"[\s():=\x00]*(?:(?:is|was|are|were)\s|(?:in )?(?:midline|central(?:ly)?|prone|supine|side-?lying"
    r"|seated)\b[\s():=/]*)?",
    re.IGNORECASE,
)
_BARE_MARK = re.compile(r"(?<![\w-])-(?![\w-])|(?<![\w-])-(?=[RL]\b)|(?<=[A-Za-z)'])-(?![\w-])")
_LETTER_T = re.compile(r"(?<=[A-Za-z'])\s+t(?=\s*(?:[,;.)]|$|\s\(?(?:R|L|right|left)\b)|\s{2,})")
_AFTER_MARK = re.compile(r"\s*(?:[,;.)/]|$|\n|\s{2,}|on (?:the )?(?:right|left|[RL])\b)")
_SIGN = re.compile(r"\(?\++\)?")
_DOES_THE_SAME = re.compile(
    r"(?<=[=:-] )(?:the )?(?:same|ditto)\b(?=\s*(?:[,.;)]|$))|\b(?:does|did|do|is|was|are|were) (?:the same"
    r"|likewise|so too|so as well|so even more|so to a (?:greater|lesser|similar) (?:degree|extent)|so(?= on\b)|too"
    r"|as well)\b(?! as\b)"
    r"(?=\s*(?:[,.;)]|$|and\b|on\b))",
    re.IGNORECASE,
)
# "right FABER mildly so": the result before it, where a test stands between
_LIKEWISE_SO = re.compile(
    r"\b(?:(?:mildly|slightly|moderately|equally|somewhat|less|strongly|markedly) so|too|also|as well|likewise)\b"
    r"(?=\s*(?:[,.;)]|$))",
    re.IGNORECASE,
)
# "compression does not hurt but thigh thrust does": the verb alone says that it does
_DOES = re.compile(
    r"(?<!none )(?<!neither )(?<!nor )(?<!nothing )(?<!so )(?<!she )(?<!he )(?<!they )(?<!patient )(?<!which )(?<!I )"
    r"(?<!as )\b(?P<verb>do|does|did|was|were|is|are)\b(?=\s*(?:[.,;)]|$|(?:on|and) the (?:left|right)\b))",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|no|nor|none|neither|without)\b|n't\b", re.IGNORECASE)
# a grade behind each test of a list: "FABER 2+, compression 0"
_GRADE = re.compile(r"\s?[:=]?\s?\(?(?P<n>[0-4])(?P<plus>\+?)\)?(?=\s*(?:[,;.)|]|$|\n|\(?(?:[RL]|left|right)\b|on\b))")
_PLUS_ALONE = re.compile(r"(?<=\s)\(?\+\)?(?=[\s,;.)]|$)")
_ZERO = re.compile(r"\s?[:=]?\s?\(?(?P<n>0)\)?(?=\s*(?:[,;.)|]|$|\n)|\s{2,})")
_SCORE = re.compile(
    r"(?:\s(?:tests?|maneuver))?\s?[:=(-]?\s?(?P<n>(?:10|\d(?:\.5)?)\s?/\s?10)(?!\d)"
    r"(?! (?:at rest|today|average|worst|best|now|before))"
)
_GRADE_LEGEND = re.compile(r"\([^()\n]{0,40}\b[01]\s?=[^()\n]{1,80}\)")
_GRADE_PAIR = re.compile(r"\s?[:=]?\s?(?P<a>[01])\s?/\s?(?P<b>[01])(?=\s*(?:[,;.)|(]|$|\n))")
_SIDES_DECLARED = re.compile(
    r"(?<![A-Za-z])(?:([RL])(?:ight|eft)?)\s?[/|]\s?(?:[RL](?:ight|eft)?)(?![A-Za-z])", re.IGNORECASE
)
_MARK_AND_SIDE = re.compile(r"-\s?(?:[RL]|left|right)\b(?=\s*(?:[.,;)]|$))", re.IGNORECASE)
# "ASLR L 3/5", an effort graded from 0 to 5, and no level of the spine
_SIDE_OF_GRADE = re.compile(r"(?<![\w/-])(?P<side>[RL])\s[0-5](?:\s?/\s?5)?(?![\w/-])")
_JUST = re.compile(r"right (?:over|at|above|below|beside|behind|where|there|next to|on top)\b", re.IGNORECASE)
_NAMED_SIDE = re.compile(r"\b(?:the|her|his|their|on|to|and|or|both|left)\s+$|[:;,(]\s*$", re.IGNORECASE)
# "reproduced the patient's L buttock pain"
_SIDE_OF_PLACE = re.compile(
    r"\s(?:sided|side|SIJ?\b|sacro|buttock|glut|PSIS|hip|leg|low|post|pelvi|groin|pain|ache|thigh)", re.IGNORECASE
)
_SIDES = {"L": Laterality.LEFT.value, "R": Laterality.RIGHT.value}
_BECAUSE = re.compile(
    r"\b(?:d/t|due to|because of|on account of|secondary to|2/2|owing to|given|for)\s+(?:[\w-]+ ){0,3}$", re.IGNORECASE
)
_HEADING_MARK = re.compile(r"\s*-(?= ?(?:on )?(?:the )?(?:[RL]|left|right)\s?:)")
_PLUS_HEADING = re.compile(r"(?:^|[\n.;:])\s*\(?\+{1,2}\)?\s?(?:on )?(?:the )?(?:[RL]|left|right)\s?:")
_COMMA = re.compile(r"(?:[,;(]|\band)\s*$")


def find_test_events(reading: Reading, start: int, end: int, text: str | None = None) -> list[Event]:
    """The events of provocative tests in [start, end), in order, without overlap.

    Args:
        text: the text with what does not count blanked out (unticked boxes), of the same length; None for the text
            as read.
    """
    text = without_earlier(reading.text if text is None else text, start, end)
    items = find_items(reading, "provocative_test", start, end, text)
    results = merge(sided_signs(text, start, end), _pairs(reading, text, start, end))
    results = merge(_circled(text, start, end), results)
    results = [e for e in results if not _inside(e, items)]
    graded, legend = _graded(text, start, end, items)
    if reading.note.type != NoteType.PROCEDURE:
        graded = graded or _scored(text, end, items)
    results = merge(results, graded or _zeros(text, start, end, items))
    for event in find_results(reading, "exam_result", text, start, end):
        for item in items:
            if item.start <= event.start < item.end < event.end:
                event.start = item.end  # "Patrick's test" is a name, "test painful" none
        if event.value == "opposite" and not _odd_one(reading, text, start, event, results):
            continue
        if event.felt and text[event.start].isdigit() and reading.note.type == NoteType.PROCEDURE:
            continue  # "FABER before: 8/10, at 30 min: 1/10"
        if event.felt and any(r.value == "not_done" for r in results) and _BECAUSE.search(text, start, event.start):
            continue  # "did not attempt Gaenslen due to pain"
        if event.felt and any(r.value == "not_done" and 0 <= event.start - r.end < 4 for r in results):
            continue  # "... next time, sore"
        if event.value == "positive" and _is_refused(reading, text, max(start, event.start - 40), event.start):
            event.value = "negative"
        if legend is not None and legend.start <= event.start < legend.end:
            continue
        if not _inside(event, items) and not _inside(event, results):
            results.append(event)
    results = merge(results, _same(text, start, end, results, items))
    events = merge(items, results)
    events = merge(events, find_words(reading, text, start, end))
    events = with_sides(reading, text, start, end, events)
    return _with_marks(text, start, end, events)


def _graded(text: str, start: int, end: int, items: list[Event]) -> tuple[list[Event], Event | None]:
    """Tests graded from 0: "FABER 2+, thigh thrust 1+, compression 0"; and the words that tell the grades."""
    pairs = _graded_pairs(text, start, end, items)
    if pairs:
        return pairs, _legend(text, start, end)
    hits = [(i, m) for i in items if i.value not in ("other", "rest", "aslr") and (m := _GRADE.match(text, i.end, end))]
    grades = [int(m["n"]) for _, m in hits]
    if len(hits) < 2 or not (0 in grades or all(m["plus"] for _, m in hits)) or not any(grades):
        return [], None
    out = []
    for (_, m), grade in zip(hits, grades, strict=True):
        faint = grade == 1 and max(grades) > 1 and not m["plus"]
        value = "negative" if not grade else "equivocal" if faint else "positive"
        out.append(Event("result", value, m.start("n"), m.end(), form="is"))
    return out, _legend(text, start, end)


def _zeros(text: str, start: int, end: int, items: list[Event]) -> list[Event]:
    """ "thigh thrust +   FABER +   distraction 0": a zero in a row of signs."""
    if not _PLUS_ALONE.search(text, start, end):
        return []
    hits = [m for i in items if i.value not in ("other", "rest", "aslr") and (m := _ZERO.match(text, i.end, end))]
    return [Event("result", "negative", m.start("n"), m.end("n"), form="is") for m in hits]


def _scored(text: str, end: int, items: list[Event]) -> list[Event]:
    """ "Thigh thrust 8/10 R, distraction 0/10": the pain that a test brings on, right behind its name."""
    hits = [m for i in items if i.value not in ("other", "rest", "aslr") and (m := _SCORE.match(text, i.end, end))]
    return [
        Event("result", "negative" if m["n"][0] == "0" else "positive", *m.span("n"), form="is", felt=True)
        for m in hits
    ]


def _legend(text: str, start: int, end: int) -> Event | None:
    """The words that tell what the grades mean: "(0 = none, 2 = concordant)"."""
    told = _GRADE_LEGEND.search(text, start, end)
    return None if told is None else Event("group", "legend", *told.span())


def _graded_pairs(text: str, start: int, end: int, items: list[Event]) -> list[Event]:
    """ "Distraction 0/0, thigh thrust 1/0" under "(R/L)": 0 or 1 for each side."""
    hits = [m for i in items if i.value not in ("other", "rest", "aslr") and (m := _GRADE_PAIR.match(text, i.end, end))]
    order = _SIDES_DECLARED.search(text, start, end)
    if len(hits) < 2 or order is None or not any(m["a"] == "0" or m["b"] == "0" for m in hits):
        return []
    first = Laterality.RIGHT if order[1].upper() == "R" else Laterality.LEFT
    second = Laterality.LEFT if first == Laterality.RIGHT else Laterality.RIGHT
    out = []
    for m in hits:
        values = ["positive" if m[half] == "1" else "negative" for half in ("a", "b")]
        pairs = tuple(zip((first, second), values, strict=True))
        out.append(Event("result", values[0], m.start("a"), m.end(), form="is", pairs=pairs))
    return out


def _same(text: str, start: int, end: int, results: list[Event], items: list[Event]) -> list[Event]:
    """ "... and thigh thrust does the same": the result told before it."""
    out = []
    for m in [*_DOES_THE_SAME.finditer(text, start, end), *_LIKEWISE_SO.finditer(text, start, end)]:
        before = max((r for r in results if r.end <= m.start()), key=lambda r: r.start, default=None)
        if m.re is _LIKEWISE_SO and not (before and any(before.end <= i.start and i.end <= m.start() for i in items)):
            continue
        if before is not None:
            out.append(Event("result", before.value, m.start(), m.end(), form="is", felt=before.felt))
    if any(r.value == "negative" for r in results):
        out += _affirmed(text, start, end, results, items)
    return out


def _affirmed(text: str, start: int, end: int, results: list[Event], items: list[Event]) -> Iterator[Event]:
    """ "Compression does not reproduce it; thigh thrust and FABER do": positive."""
    for m in _DOES.finditer(text, start, end):
        before = max((r for r in results if r.end <= m.start()), key=lambda r: r.start, default=None)
        if before is None or before.value != "negative" or not _DENIED.search(text, before.start, before.end):
            continue
        beside = any(before.end <= i.start and i.end <= m.start() for i in items)
        if beside and not any(r.start <= m.start() < r.end for r in results):
            yield Event("result", "positive", m.start(), m.end(), form="is")


def _odd_one(reading: Reading, text: str, start: int, event: Event, results: list[Event]) -> bool:
    """Give "the odd one out" the opposite of the result before it; False where none is told."""
    told = next((r.value for r in reversed(results) if r.value in OPPOSITE and r.end <= event.start), None)
    if told is None and reading.patterns.regexes["exam_positive_word"].search(text, start, event.start):
        told = "positive"
    event.value = OPPOSITE.get(told or "", event.value)
    return told is not None


def _is_refused(reading: Reading, text: str, start: int, end: int) -> bool:
    """Whether the words right before a positive result take it back: "unable to reproduce", "denies pain with"."""
    return reading.patterns.regexes["exam_refused"].search(text[start:end]) is not None


def find_items(reading: Reading, category: str, start: int, end: int, text: str) -> list[Event]:
    out = []
    for target in reading.targets_of(category, start, end):
        first, last = target.start, target.end
        while first < last and reading.text[first] in "+-( ":  # a sign written onto the name is one token with it
            first += 1
        if first < last and text[first:last].strip(BLANK):
            out.append(Event("item", target.value, first, last))
    return out


def find_results(reading: Reading, vocabulary: str, text: str, start: int, end: int) -> list[Event]:
    out = []
    for value, m in reading.patterns.find(vocabulary, text, start, end):
        result, _, form = value.partition("_")
        if value.startswith("not_done"):
            result, form = "not_done", value[len("not_done") :].strip("_")
        felt = "felt" in form
        form = "of" if form.endswith("of") else "is" if form.endswith("is") or form == "felt" else "word"
        out.append(Event("result", result, m.start(), m.end(), form=form, felt=felt))
    return out


def side_order(reading: Reading, start: int, end: int) -> tuple[Laterality, Laterality] | None:
    """The order of sides declared last before ``end`` ("R/L"), looked for in the 400 characters before ``start``."""
    found = None
    for m in reading.patterns.regexes["exam_order"].finditer(reading.text, max(0, start - 400), end):
        found = _order(m)
    return found


def _order(m: re.Match[str]) -> tuple[Laterality, Laterality]:
    return (Laterality.RIGHT, Laterality.LEFT) if m["rl"] else (Laterality.LEFT, Laterality.RIGHT)


def _pairs(reading: Reading, text: str, start: int, end: int) -> list[Event]:
    """ "+/-" told of two sides: by the declared order; alike without one; else equivocal."""
    out = []
    for m in _pair_hits(reading, text, start, end):
        if not re.search(r"[A-Za-z0-9')][\s.]{0,40}[:=]?\s{0,40}\(?$", text[max(start, m.start() - 60) : m.start()]):
            continue
        values = [_PAIR_VALUES[m[g].lower()[:3]] for g in ("a", "b")]
        after = reading.patterns.regexes["exam_order"].search(text, m.end(), min(end, m.end() + 8))
        order = side_order(reading, start, m.start()) if after is None else _order(after)
        event = Event("result", values[0], m.start(), m.end())
        if order is not None:
            event.pairs = tuple(zip(order, values, strict=True))
        elif values[0] == values[1]:
            event.side = Laterality.BILATERAL
        else:
            event.value = _chosen(m["a"], m["b"]) or "equivocal"
        out.append(event)
    return out


def _chosen(first: str, second: str) -> str:
    """Of "neg / POS" what is written large; "not_done" where "positive/negative" leaves it open; "" for signs."""
    if not (first.isalpha() and second.isalpha()):
        return ""
    large = [word for word in (first, second) if word.isupper()]
    return _PAIR_VALUES[large[0].lower()[:3]] if len(large) == 1 else "not_done"


def _circled(text: str, start: int, end: int) -> list[Event]:
    """ "FABER (+) -", "Compression + (-)": the sign in brackets is the one chosen."""
    return [
        Event("result", "positive" if "+" in (m["first"] or m["second"]) else "negative", *m.span(), form="is")
        for m in _CIRCLED.finditer(text, start, end)
    ]


def _pair_hits(reading: Reading, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The pairs of signs or words; those of words only under a declared order."""
    regexes = reading.patterns.regexes
    signs = list(regexes["exam_pair"].finditer(text, start, end))
    words = []
    if side_order(reading, start, end) is not None:
        words = [
            m
            for m in regexes["exam_pair_words"].finditer(text, start, end)
            if not any(s.start() <= m.start() and m.end() <= s.end() for s in signs)
        ]
        signs = [s for s in signs if not any(m.start() < s.end() and s.start() < m.end() for m in words)]
    yield from sorted([*signs, *words], key=lambda m: m.start())


def sided_signs(text: str, start: int, end: int) -> list[Event]:
    """ "FABER + R / - L": a sign for each side behind one name."""
    out = []
    for m in [*_SIDED_SIGNS.finditer(text, start, end), *_SIGNS_OF_SIDES.finditer(text, start, end)]:
        pairs = tuple(
            (
                Laterality.RIGHT if m[side].upper() == "R" else Laterality.LEFT,
                _PAIR_VALUES[m[sign][0].lower() if m[sign][0] in "+-" else m[sign].lower()[:3]],
            )
            for sign, side in (("a", "sa"), ("b", "sb"))
        )
        if m.re is _SIGNS_OF_SIDES and pairs[0][1] == pairs[1][1] and text[m.end("a")].isspace():
            out.append(Event("result", pairs[0][1], m.start(), m.end(), side=Laterality.BILATERAL))  # "R+ L+"
        elif m["sa"].upper() != m["sb"].upper():
            out.append(
                Event("result", pairs[0][1], m.start("a") if m.re is _SIDED_SIGNS else m.start(), m.end(), pairs=pairs)
            )
    return out


def find_words(reading: Reading, text: str, start: int, end: int) -> list[Event]:
    groups = [
        Event("group" if value != "rest" else "item", value, m.start(), m.end())
        for value, m in reading.patterns.find("exam_group", text, start, end)
    ]
    joins = [
        Event("same" if value == "same" else "carry" if value == "carry" else "except", value, m.start(), m.end())
        for value, m in reading.patterns.find("exam_join", text, start, end)
    ]
    return merge(joins, groups)


def _inside(event: Event, others: list[Event]) -> bool:
    return any(o.start < event.end and event.start < o.end for o in others)


def merge(first: list[Event], second: list[Event]) -> list[Event]:
    """Both lists in order of position; of the second only what overlaps nothing of the first."""
    return sorted([*first, *(e for e in second if not _inside(e, first))], key=lambda e: (e.start, e.end))


def with_sides(reading: Reading, text: str, start: int, end: int, events: list[Event]) -> list[Event]:
    """Add the sides; those inside another event ("left-sided pain" in a result) belong to it."""
    sides = []
    if any(e.value == "aslr" for e in events):
        graded = _SIDE_OF_GRADE.finditer(text, start, end)
        sides = [Event("side", _SIDES[m["side"]], *m.span("side")) for m in graded]
    has_pairs = any(e.pairs for e in events)
    orders = list(reading.patterns.regexes["exam_order"].finditer(text, start, end)) if has_pairs else []
    leaning = same_sides(reading.text, start, end)
    for s in sorted([*find_sides(text, start, end), *leaning], key=lambda s: s.start):
        if has_pairs and re.search(r"[/|]", text[s.start : s.end]) and text[s.start] not in "Bb":
            continue  # "R/L" declares an order
        if any(m.start() <= s.start and s.end <= m.end() for m in orders):
            continue
        if s.side == Laterality.RIGHT and _JUST.match(text, s.start) and not _NAMED_SIDE.search(text, 0, s.start):
            continue  # "tender right over the left PSIS"
        event = Event("side", s.side.value, s.start, s.end)
        if _inside(event, sides):
            continue
        holder = next((e for e in events if e.start <= s.start and s.end <= e.end), None)
        if holder is None:
            sides.append(event)
        elif (
            holder.kind in ("result", "item")
            and holder.side is None
            and not holder.pairs
            and (s.end - s.start > 2 or _SIDE_OF_PLACE.match(text, s.end))
        ):
            holder.side = s.side  # a word; the L of "L/S" is none
    return merge(events, sides)


def _with_marks(text: str, start: int, end: int, events: list[Event]) -> list[Event]:
    """Add "-" as negative where it can be nothing else, and drop "+" that only joins two tests."""
    out = list(events)
    signs = [e for e in out if e.kind == "result" and _SIGN.fullmatch(text, e.start, e.end)]
    words = [e for e in out if e.kind == "result" and e not in signs]
    if len(signs) == 1 and words:
        at = out.index(signs[0])
        if 0 < at < len(out) - 1 and out[at - 1].kind == out[at + 1].kind == "item":
            if gap_strength(text, out[at - 1].end, out[at + 1].start) == 0:
                out.remove(signs[0])
    marks = []
    for m in _BARE_MARK.finditer(text, start, end):
        mark = Event("result", "negative", m.start(), m.end())
        if _inside(mark, out):
            continue
        before = next((e for e in reversed(out) if e.end <= m.start()), None)
        after = next((e for e in out if e.start >= m.end()), None)
        glued = before is not None and _GLUE.fullmatch(text, before.end, m.start()) is not None
        if re.match(r"-[RL]\b", text[m.start() : m.end() + 2]):
            if any(e.kind == "item" for e in out if e.end <= m.start()):
                marks.append(mark)
        elif _MARK_AND_SIDE.match(text, m.start(), end) and _COMMA.search(text, start, m.start()) and signs:
            if before is not None and before.kind in ("side", "result"):
                marks.append(mark)  # "FABER + R, - L"
        elif glued and before is not None and before.kind in ("item", "side", "group"):
            nearby = after is not None and _GLUE.fullmatch(text, m.end(), after.start) is not None
            if nearby and after is not None and after.kind == "result":
                continue  # "FABER - positive"
            if nearby and after is not None and after.kind == "side" and not _ends_after(text, after.end, end, out):
                continue  # "FABER - right: positive"
            if nearby or _AFTER_MARK.match(text, m.end(), end) or m.end() >= end:
                marks.append(mark)
        elif after is not None and after.kind == "item" and _GLUE.fullmatch(text, m.end(), after.start):
            if (_COMMA.search(text, start, m.start()) and signs) or _plus_lines_near(text, start, end):
                marks.append(mark)
    for m in _LETTER_T.finditer(text, start, end):
        before = next((e for e in reversed(out) if e.end <= m.start()), None)
        if before is not None and before.kind == "item" and before.end == m.start():
            marks.append(Event("result", "positive", m.end() - 1, m.end()))  # a "+" misread by OCR
    if _PLUS_ONTO.search(text, start, end):
        marks += [
            Event("result", "negative", m.start(), m.end(), form="of")
            for m in _ONTO.finditer(text, start, end)
            if any(e.kind == "item" and e.start == m.end() for e in out)
        ]
    heading = _HEADING_MARK.match(text, start, end)
    if heading is not None and _PLUS_HEADING.search(text, max(0, start - 300), start):
        marks = [Event("result", "negative", heading.end() - 1, heading.end(), form="of")]  # "- on L: gapping"
    return merge(out, marks)


def _ends_after(text: str, at: int, end: int, events: list[Event]) -> bool:
    after = next((e for e in events if e.start >= at), None)
    if after is not None and after.kind == "result" and _GLUE.fullmatch(text, at, after.start):
        return False
    return _AFTER_MARK.match(text, at, end) is not None or after is not None


def _plus_lines_near(text: str, start: int, end: int) -> bool:
    """Whether lines of the same list are written "+ FABER"."""
    low = max(text.rfind("\n\n", 0, start), start - 300, 0)
    high = text.find("\n\n", end)
    window = text[low : min(len(text), end + 300, high if high > 0 else len(text))]
    return re.search(r"(?:^|\n)\s*\(?\+\)?\s?[A-Za-z]", window) is not None
