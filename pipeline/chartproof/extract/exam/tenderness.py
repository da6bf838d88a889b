"""Reads what is tender to the hand and what is not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chartproof.extract.exam.events import side_order
from chartproof.extract.exam.link import link
from chartproof.extract.exam.meaning import Event, Statement
from chartproof.extract.exam.site_events import find_site_events
from chartproof.extract.exam.units import Unit, under_exam_line
from chartproof.extract.finding import Finding, finding
from chartproof.language.gate import gated
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.facts import Tenderness
from chartproof.model.vocab import Laterality, NoteType, Presence, TendernessSite

# Sections where tenderness is no finding of the exam.
_SKIPPED = frozenset("procedure procedure_diagnosis ros".split())
# Sites that come in pairs and share the side told for their list.
_TOUCH = gated(
    r"tend|TTP|NTP|\bNT\b|palp|pressure|touch|percuss"
    r"|\bsore|\bhurt|\bjump|painless|comfortable|\bthumb|\bquiet\b|\bspared\b|called painful",
    re.IGNORECASE,
)
_TOUCHED = re.compile(r"tend|TTP|palp", re.IGNORECASE)
_LIST_OF_TOUCH = re.compile(r"\W*(?:palp\w*|tender\w*|TTP)\b(?:\s?\([^()]{0,60}\))?\s?[:\[-]", re.IGNORECASE)
_NAMES_TENDERNESS = re.compile(r"\W*(?:tender\w*|TTP)\b", re.IGNORECASE)
_ANSWERED_NO = re.compile(
    r"[\s:.=|-]{0,60}(?:none|no|neg(?:ative)?|absent|nil|\(-\)|-|0|NT|non-?tender"
    r"|not (?:tender|sore|painful)|no (?:pain|tenderness|soreness)|pain-?free|painless|normal|fine|clear|quiet)\W*$",
    re.IGNORECASE,
)
_OF_TWO = re.compile(r"para|facet|muscle|erector|QL|quadratus|back", re.IGNORECASE)
_TOUCH_HEADING = re.compile(
    r"[\W_]*(?:TTP|tender(?:ness)?|palpation)(?: (?:to|on|of) palp\w*)?(?: exam\w*)?"
    r"(?:,? (?P<side>right|left)(?: side)?)?(?:\s?\([^()\n]{0,40}\)|,? (?:firm|deep|light|gentle|thumb|digital"
    r"|manual)[^\n:]{0,24})?[\W_]*$",
    re.IGNORECASE,
)
_ANSWERED_YES = re.compile(
    r"[\s:.|=-]{0,40}(?:(?P<side>right|left|bilat\w*|both|[RL]|b/l)\b[\s,(:-]{0,4})?"
    r"(?:(?P<yes>(?:(?:very|mildly|slightly|markedly|moderately|exquisitely|quite|a little|also) )?(?:tender"
    r"|sore|painful)"
    r"|yes|present|pos(?:itive)?|mild\w*|mod(?:erate)?|severe|marked\w*|exquisite\w*|tender|TTP|\(?\+{1,4}\)?"
    r"|[1-4]\+?(?:/4)?)\W*)?$",
    re.IGNORECASE,
)
_ROWS = 12  # lines from a heading to a line of its list, at most
_SIDE_BEFORE = re.compile(r"\b(?:right|left|R|L)\s(?:\w{2,12}\s?/\s?)?$")
_HEADING = 60  # characters of a heading, or of a line in the list under it, at most
# "nor at R or L trochanter"
_BOTH_BEFORE = re.compile(
    r"\b(?:(?:right|R)\s?(?:and|or|&|/|\+)\s?(?:left|L)|(?:left|L)\s?(?:and|or|&|/|\+)\s?(?:right|R))\s$", re.IGNORECASE
)
# "either greater trochanter or piriformis"
_EITHER = re.compile(r"\b(?:either|both) (?:[a-z-]+ ){1,3}?(?:or|and|nor|/) $", re.IGNORECASE)
_PLUSES = re.compile(r"\s?\(?\+{1,4}\)?(?=\s*(?:[.,;)]|$))")
_IS = re.compile(r" (?:is|are|was|were)(?=,| and\b|\.)")
_LEADING_SIDE = re.compile(r"\W*on the (?P<side>right|left)(?: side)?\s?(?:,|:|comma\b)", re.IGNORECASE)
_OTHER_LEVEL = re.compile(r"\b[CcTt]-?(?: ?sp(?:ine)?\b| paraspin)|\bcervical\b|\bthoracic\b")
_PAIRED = frozenset("si_joint greater_trochanter piriformis groin".split())


@dataclass
class Palpation:
    """What the note told so far.

    Attributes:
        waiting: a result that a line such as "Tender:" left for the lines below it.
        told: where the last tenderness was told (the end of its piece); -1 before any.
        result: that tenderness.
        sites: where it was, and on which one side.
    """

    waiting: list[Event] = field(default_factory=list)
    told: int = -1
    result: str = ""
    sites: list[str] = field(default_factory=list)
    side: Laterality | None = None


def speaks_of_touch(reading: Reading) -> bool:
    """Whether a note names a site and touching, without which it tells no tenderness."""
    if _TOUCH.search(reading.text) is None and not reading.patterns.regexes["exam_palpation"].search(reading.text):
        return False
    return bool(reading.targets_of("tender_site"))


def read_tenderness(reading: Reading, unit: Unit, memory: Palpation) -> list[Finding]:
    """The tenderness of one piece; what it tells is added to ``memory``."""
    waiting = memory.waiting
    section = reading.section_at(unit.start)
    if section.category in _SKIPPED or (section.parent in _SKIPPED and section.category != "exam"):
        at_hand = section.category == "other" and reading.note.type != NoteType.PROCEDURE
        at_hand = at_hand or under_exam_line(reading, unit.start)
        if not at_hand and (
            section.category == "procedure" or not _LIST_OF_TOUCH.match(reading.line_at(unit.start).text)
        ):
            return []
    if not memory.sites and not reading.targets_of("tender_site", unit.start, unit.end):
        return _under_heading(reading, unit, waiting)
    marked = [*_boxed(reading, unit), *_graded(reading, unit)] or _signed(reading, unit)
    if marked:
        return [f for statement in marked for f in site_findings(reading, unit, statement)]
    row = _row_under_heading(reading, unit)
    rows = [row] if row is not None else _paired(reading, unit)
    if rows:
        return [f for statement in rows for f in site_findings(reading, unit, statement)]
    painless = _painless_side(reading, unit, memory)
    if painless is not None:
        return site_findings(reading, unit, painless)
    leans = memory.told >= 0 and not reading.text[memory.told : unit.start].strip(" .")
    events = find_site_events(reading, unit.start, unit.end, unit.text, leans)
    if not events:
        named = reading.targets_of("provocative_test", unit.start, unit.end)
        echoed = _echo(reading, unit, memory) if leans and not named else []
        return echoed or _under_heading(reading, unit, waiting)
    waiting.clear()
    out: list[Finding] = []
    for statement in link(unit.text, events):
        found = site_findings(reading, unit, statement)
        if found:
            memory.told, memory.result = unit.end, statement.value
            sides = statement.sides()
            memory.sites = [i.value for i in statement.items]
            memory.side = next(iter(sides)) if len(sides) == 1 else None
        out += found
    return out


def _boxed(reading: Reading, unit: Unit) -> list[Statement]:
    """ "TTP lumbar [ ] yes [x] no": the ticked word is the answer."""
    out = []
    for target in reading.targets_of("tender_site", unit.start, unit.end):
        box = reading.patterns.regexes["exam_yes_no"].match(reading.text, target.end)
        if box is None or (box["yes"] == " ") == (box["no"] == " "):
            continue
        label = reading.text[max(unit.start, target.start - _HEADING) : target.start]
        if not _TOUCHED.search(label):
            continue
        value = "absent" if box["yes"] == " " else "present"
        side = reading.side_of(target.start, target.end, low=max(unit.start, target.start - 12), high=target.end)
        item = Event("item", target.value, target.start, target.end, side=side)
        out.append(Statement(Event("result", value, *box.span()), value, [item]))
    return out


def _graded(reading: Reading, unit: Unit) -> list[Statement]:
    """ "Palpation: PSIS L 2, R 0. Coccyx 0.": grades from 0 to 4 in a list that says it is of palpation."""
    line = reading.line_at(unit.start)
    if not _LIST_OF_TOUCH.match(line.text):
        return []
    out = []
    targets = reading.targets_of("tender_site", unit.start, unit.end)
    if any(_PLUSES.match(reading.text, target.end, unit.end) for target in targets):
        return []  # "L sulcus ++; L piriformis 0": signs
    for target in targets:
        grades = reading.patterns.regexes["exam_graded"].match(reading.text, target.end, unit.end)
        if grades is None:
            continue
        told = (
            [(grades["alone"], None)] if grades["alone"] else [(grades["grade"], "side"), (grades["second"], "other")]
        )
        for grade, group in told:
            side = _side_before(reading, line.start, target.start)
            if grades["of"]:
                side = next((s.side for s in find_sides(f" {grades['of']} ")), side)
            if group is not None:
                side = Laterality.LEFT if grades[group].lower().startswith("l") else Laterality.RIGHT
            if len(told) == 2 and (told[0][0] == "0") == (told[1][0] == "0"):
                side = Laterality.BILATERAL
            value = "absent" if grade == "0" else "present"
            item = Event("item", target.value, target.start, target.end, side=side)
            out.append(Statement(Event("result", value, *grades.span()), value, [item]))
            if side == Laterality.BILATERAL:
                break
    return out


def _side_before(reading: Reading, low: int, start: int) -> Laterality | None:
    """The side written right before a site: "R PSIS 3/4"."""
    m = _SIDE_BEFORE.search(reading.text, max(low, start - 24), start)
    return None if m is None else Laterality.RIGHT if m[0].strip().lower().startswith("r") else Laterality.LEFT


def _signed(reading: Reading, unit: Unit) -> list[Statement]:
    """ "Palp: GT (-) bilat; SIJ (+) L", "TTP: SIJ R>L, paraspinals neg": an answer behind every site of a list."""
    line = reading.line_at(unit.start)
    label = _LIST_OF_TOUCH.match(line.text)
    if label is None:
        return []
    out = []
    targets = reading.targets_of("tender_site", unit.start, unit.end)
    for target in targets:
        m = reading.patterns.regexes["exam_signed"].match(reading.text, target.end, unit.end)
        if m is None or not m[0].strip():
            return []
        sign = (m["sign"] or "").strip("() ").lower()
        if not sign and not _NAMES_TENDERNESS.match(label[0]):
            return []  # "Palpation: SIJ left" finds nothing
        value = "absent" if sign.startswith(("-", "0", "n", "abs", "without")) else "present"
        sides = (s.side for words in (m["s1"], m["s2"]) if words for s in find_sides(f" {words.strip()} "))
        side = next(sides, None) or _side_before(reading, line.start, target.start)
        item = Event("item", target.value, target.start, target.end, side=side)
        out.append(Statement(Event("result", value, target.start, max(m.end(), target.end)), value, [item]))
    signs = [s for s in out if s.value == "absent"]
    return out if signs and len(out) == len(targets) else []


def _painless_side(reading: Reading, unit: Unit, memory: Palpation) -> Statement | None:
    """ "Right PSIS tenderness: present. Left: absent.": the sites told last, on their other side."""
    if not memory.sites or memory.side is None or reading.text[memory.told : unit.start].strip(" .;"):
        return None
    m = reading.patterns.regexes["exam_other_side_painless"].match(unit.text[unit.start : unit.end])
    if m is None:
        return None
    side = Laterality.LEFT if m["side"].lower().startswith("l") else Laterality.RIGHT
    if side == memory.side or memory.side == Laterality.BILATERAL:
        return None
    items = [Event("item", name, unit.start, unit.end, side=side) for name in memory.sites]
    return Statement(Event("result", "absent", unit.start, unit.end), "absent", items)


def _echo(reading: Reading, unit: Unit, memory: Palpation) -> list[Finding]:
    """ "So is the left piriformis.": the tenderness told last, for one more site."""
    regexes, text = reading.patterns.regexes, unit.text[unit.start : unit.end]
    sites = reading.targets_of("tender_site", unit.start, unit.end)
    if not sites:
        return []
    if regexes["exam_echo_not"].search(text):
        value = "absent"
    elif regexes["exam_echo"].search(text):
        value = memory.result
    elif memory.result == "absent" and _IS.match(unit.text, sites[0].end, unit.end):
        value = "present"  # "The spinous processes are not tender. The left SI joint is."
    else:
        return []
    high = sites[-1].end if len(sites) > 1 else unit.end
    side = reading.side_of(sites[0].start, sites[-1].end, low=unit.start, high=high)
    items = [Event("item", t.value, t.start, t.end, side=side) for t in sites]
    memory.told = unit.end
    return site_findings(reading, unit, Statement(Event("result", value, unit.start, unit.end), value, items))


def _paired(reading: Reading, unit: Unit) -> list[Statement]:
    """ "Sacral sulcus tender   -  /  +" under "(R / L)": one answer for each side, or for both alike."""
    line = reading.line_at(unit.start)
    sites = reading.targets_of("tender_site", line.start, line.end)
    if len(sites) != 1 or _TOUCHED.search(line.text) is None:
        return []
    pair = reading.patterns.regexes["exam_pair"].search(reading.text, sites[0].end, line.end)
    if pair is None or {pair["a"][0], pair["b"][0]} - {"+", "-"}:
        return []
    told = ["present" if pair[half][0] == "+" else "absent" for half in ("a", "b")]
    order = side_order(reading, line.start, line.end)
    at = sites[0].start, sites[0].end
    if told[0] == told[1]:
        item = Event("item", sites[0].value, *at, side=Laterality.BILATERAL)
        return [Statement(Event("result", told[0], *pair.span()), told[0], [item])]
    if order is None:
        return []
    return [
        Statement(Event("result", value, *pair.span()), value, [Event("item", sites[0].value, *at, side=side)])
        for side, value in zip(order, told, strict=True)
    ]


def _row_under_heading(reading: Reading, unit: Unit) -> Statement | None:
    """A line of one site and its answer under "TENDERNESS" alone: "SI joint   Right", "Trochanter   none"."""
    line = reading.line_at(unit.start)
    sites = reading.targets_of("tender_site", line.start, line.end)
    if len({t.value for t in sites}) != 1 or len(line.text) > 2 * _HEADING or unit.start > sites[0].start:
        return None
    at = reading.line_index(unit.start)
    for above in reversed(reading.lines[max(0, at - _ROWS) : at]):
        if not above.text.strip():
            return None
        heading = _TOUCH_HEADING.match(above.text)
        if heading is not None:
            break
    else:
        return None
    told = line.text[sites[-1].end - line.start :]
    side = _side_before(reading, line.start, sites[0].start)
    if side is None and heading["side"]:
        side = Laterality.LEFT if heading["side"].lower() == "left" else Laterality.RIGHT
    item = Event("item", sites[0].value, sites[0].start, sites[-1].end, side=side)
    if _ANSWERED_NO.match(told):
        return Statement(Event("result", "absent", item.start, line.end), "absent", [item])
    yes = _ANSWERED_YES.match(told)
    if yes is None or not (yes["side"] or yes["yes"]):
        return None
    if yes["side"]:
        item.side = next((s.side for s in find_sides(f" {yes['side']} ")), side)
    return Statement(Event("result", "present", item.start, line.end), "present", [item])


def _under_heading(reading: Reading, unit: Unit, waiting: list[Event]) -> list[Finding]:
    """Lines of sites alone, under "Tender:" or "Non-tender to palpation:"."""
    words = unit.text[unit.start : unit.end].strip(" -*")
    sites = reading.targets_of("tender_site", unit.start, unit.end)
    if not sites:
        waiting.clear()
        if words.endswith(":") and len(words) < _HEADING:
            waiting += _heading(reading, unit)
        return []
    line = reading.line_at(unit.start)
    alone = not reading.text[line.start : unit.start].strip(" -*\t") and len(words) < _HEADING
    if not waiting or not alone:
        waiting.clear()
        return []
    result = waiting[0]
    side = reading.side_of(sites[0].start, sites[-1].end, low=unit.start, high=unit.end)
    items = [Event("item", t.value, t.start, t.end, side=side) for t in sites]
    value = result.value
    if value == "present" and _ANSWERED_NO.match(unit.text[sites[-1].end : unit.end]):
        value = "absent"
    return site_findings(reading, unit, Statement(result, value, items), listed=True)


def _heading(reading: Reading, unit: Unit) -> list[Event]:
    """The result of a heading such as "No tenderness over:"."""
    for value, m in reading.patterns.find("tender_result", unit.text, unit.start, unit.end):
        inverted = reading.patterns.regexes["exam_inverted"].search(unit.text[unit.start : m.start()])
        return [Event("result", "absent" if inverted else value.partition("_")[0], m.start(), m.end())]
    return []


def site_findings(reading: Reading, unit: Unit, statement: Statement, listed: bool = False) -> list[Finding]:
    """The facts of one statement: a fact a site.

    Args:
        listed: the sites stand on lines below the result; only they are quoted.
    """
    out: list[Finding] = []
    start, end = statement.span()
    items = statement.items
    shared = _shared_side(unit, statement)
    for item in items:
        presence = statement.value
        name = item.value
        if unit.text[item.start : item.end].lower().startswith("nowhere"):
            presence = "absent"  # "and nowhere else"
        if name in ("ignore", "rest"):
            continue
        if name == "far":
            if presence != "present":
                continue
            name = "other"
        behind = statement.result.side if item.end <= statement.result.start else None
        side = item.side or behind or _plural(reading, unit, item)
        if _BOTH_BEFORE.search(unit.text, max(unit.start, item.start - 20), item.start):
            side = Laterality.BILATERAL
        if side is None and name in _PAIRED and _EITHER.search(unit.text, max(unit.start, item.start - 50), item.start):
            side = Laterality.BILATERAL
        if side is None and name in _PAIRED:
            side = shared or _leading_side(unit) or unit.touch_side
        elif side is None and name == "lumbar_spine" and presence == "present":
            side = shared if shared == statement.result.side else None
            side = side or unit.touch_side if "spinal" in unit.text[item.start : item.end].lower() else None
        if (
            name == "lumbar_spine"
            and side == Laterality.BILATERAL
            and not _OF_TWO.search(unit.text[item.start : item.end])
        ):
            side = None  # a midline has no sides
        if name == "coccyx":
            side = None
        if name == "lumbar_spine" and side == Laterality.LEFT and _is_level(unit, item):
            side = None
        if name == "lumbar_spine" and "midline" in unit.text[item.start : item.end].lower():
            side = None
        low, high = (item.start, item.end) if listed else (min(start, item.start), max(end, item.end))
        fact = Tenderness(
            site=TendernessSite(name),
            date=unit.date_at(start),
            presence=Presence(presence),
            laterality=side,
            evidence=[reading.evidence(low, high)],
        )
        out.append(finding(fact, reading.note, unit.strength, retold=unit.retold))
    return out


def _leading_side(unit: Unit) -> Laterality | None:
    """ "On the right, the PSIS is tender, the trochanter is not": the side of all that follows."""
    m = _LEADING_SIDE.match(unit.text, unit.start, unit.end)
    return None if m is None else Laterality.LEFT if m["side"].lower() == "left" else Laterality.RIGHT


def _is_level(unit: Unit, item: Event) -> bool:
    """ "C-spine, traps, L paraspinals": the letter tells the level and no side."""
    lettered = unit.text[max(unit.start, item.start - 2) : item.start] == "L "
    return lettered and _OTHER_LEVEL.search(unit.text, unit.start, unit.end) is not None


def _plural(reading: Reading, unit: Unit, item: Event) -> Laterality | None:
    """The plain plural of a paired site means both."""
    if item.value not in _PAIRED and item.value != "other":
        return None
    plural = reading.patterns.regexes["exam_plural"].search(unit.text[item.start : item.end])
    return Laterality.BILATERAL if plural else None


def _shared_side(unit: Unit, statement: Statement) -> Laterality | None:
    """A left or right told once holds for the paired sites of its list; "bilaterally" does only at its end."""
    sides = statement.sides()
    if len(sides) != 1:
        return statement.result.side
    plain = [i for i in statement.items if i.side is None and i.value in _PAIRED]
    if any(unit.text[i.start : i.end].lower().endswith("s") and i.value == "greater_trochanter" for i in plain):
        return statement.result.side  # "L PSIS, trochanters, piriformis": both trochanters, so the side was the PSIS's
    side = next(iter(sides))
    if side != Laterality.BILATERAL:
        return side
    last = max([*statement.items, statement.result], key=lambda e: e.start)
    return side if last.side == side and "both" not in unit.text[last.start - 12 : last.start].lower() else None
