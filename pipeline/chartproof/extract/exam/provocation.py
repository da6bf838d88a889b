"""Reads provocative tests of the SI joint told in prose, in shorthand and in lists of boxes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from chartproof.extract.exam.boxes import boxed_alone, ticked_tests
from chartproof.extract.exam.counts import count_value
from chartproof.extract.exam.events import find_test_events
from chartproof.extract.exam.link import link
from chartproof.extract.exam.meaning import Event, Statement, gap_strength
from chartproof.extract.exam.memory import REPEATED, Memory, Told
from chartproof.extract.exam.named_before import ordinal_items, with_the_rest
from chartproof.extract.exam.same_as_before import take_same, with_same
from chartproof.extract.exam.sign_rows import take_sign_rows
from chartproof.extract.exam.units import Unit, opposite
from chartproof.extract.finding import Finding, finding
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.facts import ProvocativeTest
from chartproof.model.vocab import Laterality, NoteType, TestName, TestResult

_OF_OTHERS = re.compile(
    r"\W*(?:(?:his|her|my|the)\s)?(?:mother|father|sister|brother|daughter|son|aunt|uncle|cousin|wife|husband)'s\b",
    re.IGNORECASE,
)
_ENTIRE = re.compile(r"\bsided?\b|entire|\ball\b|complete|throughout|\bx\s?all\b", re.IGNORECASE)
_FILM = re.compile(
    r"\b(?:films?|x-?rays?|XR|MRI|CT|radiograph\w*|imaging|views?|sclerosis|narrowing"
    r"|edema)\b(?![^.]{0,40}\b(?:FABER|thrust))",
    re.IGNORECASE,
)
_FILM_REACH = 160  # characters back to the words of a film's report
_COUNTED = re.compile(
    r"positive\W{1,3}\d (?:out )?of (?:the )?[4-7]\b|\b\d (?:out )?of (?:the )?[4-7] (?:\w+ ){0,3}positive", re.I
)
_SI_ALONE = frozenset("faber thigh_thrust gaenslen sacral_thrust yeoman".split())  # names of no other part's test
_RESULTS = frozenset(("positive", "negative", "equivocal"))
_NAME_ALONE = 50  # characters of a line that names a test alone, at most
_PRONOUN_REACH = 70  # characters of "On the left it is negative.", at most
_COUNT_GLUE = re.compile(r"[\s:(=]*(?:on (?:the )?(?:left|right|[LR])\s*)?(?:in|on|for|of)?\s*")


def names_a_test(reading: Reading) -> bool:
    """Whether a note names a provocative test, without which it tells nothing of one."""
    named = reading.may_name("provocative_test", but="other") and any(
        target.value != "other" for target in reading.targets_of("provocative_test")
    )
    return named or ("finger" in reading.text.lower() and reading.may_hold(("exam_fortin_point",)))


def read_tests(reading: Reading, unit: Unit, memory: Memory) -> list[Finding]:
    """The provocative tests of one piece; what it tells is added to ``memory``."""
    if _OF_OTHERS.match(unit.text, unit.start, unit.end):
        return []
    if not reading.targets_of("provocative_test", unit.start, unit.end):
        if memory.is_empty and not _may_lean(reading, unit):
            return []
        _remember_stressed(reading, unit, memory)
        return [*_in_memory(reading, unit, memory), *_fortin_point(reading, unit, memory)]
    text, rows = take_sign_rows(reading, unit)
    events = find_test_events(reading, unit.start, unit.end, text)
    events = _without_stray(reading, unit, events, memory)
    if reading.patterns.regexes["exam_criteria"].search(reading.text, unit.start, unit.end):
        if not any(e.kind == "side" or e.side for e in events):
            return []  # the words of a policy: "at least 3 of the following"
    echoed, events = _echoed_head(reading, unit, events, memory)
    boxed = boxed_alone(reading, unit, events)
    linked, same = take_same(text, [e for e in events if e not in boxed])
    statements = with_same(link(text, linked), same)
    if not any(e.kind == "result" for e in events) and memory.waiting and memory.waiting_block == unit.block:
        items = [e for e in events if e.kind == "item"]
        side = next((Laterality(e.value) for e in events if e.kind == "side"), memory.waiting.side)
        if items and not unit.ticked:
            statements = [Statement(memory.waiting, memory.waiting.value, items, side=side)]
    elif not any(e.kind == "result" for e in events) and not unit.ticked:
        statements = _echo(reading, unit, events, memory)
        names = [e.value for e in events if e.kind == "item" and e.value not in ("other", "rest")]
        if len(names) == 1 and unit.end - unit.start < _NAME_ALONE and not statements:
            memory.named_alone = names[0], unit.end
    elif events:
        _remember_waiting(unit, events, memory)
    performed = memory.performed if _right_behind(reading, unit, memory) else None
    _remember_performed(reading, unit, events, statements, memory)
    statements = with_the_rest(statements, unit.side, memory.named, performed[0] if performed is not None else [])
    statements = [s for s in statements if _fits_count(reading, unit, s)]
    statements = [*rows, *echoed, *statements, *ticked_tests(reading, unit, events, statements)]
    out: list[Finding] = []
    excepted = {i.value for s in statements for i in s.items if s.result in [g.result for g in statements if g.groups]}
    for statement in statements:
        out += _findings(reading, unit, statement, memory, excepted if statement.groups else frozenset())
    if not statements:
        out += _in_memory(reading, unit, memory)
    return out + _fortin_point(reading, unit, memory)


def _may_lean(reading: Reading, unit: Unit) -> bool:
    """Whether a piece that names no test may tell of one, or of tests to come, where none was named before it."""
    return unit.text[unit.start : unit.end].rstrip().endswith(":") or reading.may_hold(
        ("exam_group", "exam_stressed", "exam_fortin_point"), unit.start, unit.end
    )


def _fits_count(reading: Reading, unit: Unit, statement: Statement) -> bool:
    """Whether a list of tests may be those of "4/5 positive": not where it names all five, or more than four.

    Of a count of none the tests are negative.
    """
    result = statement.result
    low = max(unit.start, result.start - 14)
    counts = list(reading.patterns.regexes["exam_n_of_m"].finditer(unit.text, low, min(unit.end, result.end + 14)))
    counts = [m for m in counts if m.end() <= result.start or _COUNT_GLUE.fullmatch(unit.text, result.end, m.start())]
    if not counts or all(i.value == "aslr" for i in statement.items):
        return True  # "ASLR L 3/5": an effort graded from 0 to 5
    if any(counts[0].end() <= i.start < result.start for i in statement.items):
        return True  # "3/5 (FABER+, ..."
    positive, total = count_value(counts[0]["n"], int(counts[0]["m"])), int(counts[0]["m"])
    if statement.value != "positive" or positive == total:
        return True
    listed_before = statement.items[0].start < result.start
    if positive == 0:
        statement.value = "negative"
        return True
    return len(statement.items) == positive or (not listed_before and len(statement.items) < positive)


def _remember_stressed(reading: Reading, unit: Unit, memory: Memory) -> None:
    """ "The right SI joint was stressed by five maneuvers.": the side of the tests named behind it."""
    if not reading.patterns.regexes["exam_stressed"].search(unit.text, unit.start, unit.end):
        return
    sides = {s.side for s in find_sides(unit.text, unit.start, unit.end)}
    side = sides.pop() if len(sides) == 1 else None
    memory.stressed = (side, unit.block) if side in (Laterality.LEFT, Laterality.RIGHT) else None


def _remember_waiting(unit: Unit, events: list[Event], memory: Memory) -> None:
    """ "Positive on the right:" with nothing behind it waits for the lines below."""
    kinds = {e.kind for e in events}
    memory.waiting = None
    if "result" in kinds and "item" not in kinds and unit.text[unit.start : unit.end].rstrip().endswith(":"):
        result = next(e for e in events if e.kind == "result")
        side = next((Laterality(e.value) for e in events if e.kind == "side"), unit.side)
        memory.waiting, memory.waiting_block = replace(result, side=side), unit.block


def _remember_performed(
    reading: Reading, unit: Unit, events: list[Event], statements: list[Statement], memory: Memory
) -> None:
    """ "FABER, Gaenslen and thigh thrust were performed on each side; none reproduced her pain.": tests, then results.

    The tests without a result go to a statement about all or none of them, in the piece or right behind it.
    """
    before = memory.performed if _right_behind(reading, unit, memory) else None
    memory.performed = None
    owned = {i.start for s in statements for i in s.items}
    items = [e for e in events if e.kind == "item" and e.value not in ("other", "rest") and e.start not in owned]
    if items and reading.patterns.regexes["exam_performed"].search(unit.text, unit.start, unit.end):
        told = {Laterality(e.value) for e in events if e.kind == "side"} | {i.side for i in items if i.side}
        side = told.pop() if len(told) == 1 else None
        if reading.patterns.regexes["exam_each_side"].search(unit.text, items[0].start, unit.end):
            side = Laterality.BILATERAL
        memory.performed = [replace(i, side=i.side or side) for i in items], unit.end
        for statement in statements:
            if statement.groups and not statement.items:
                statement.items, statement.groups = memory.performed[0], []
    elif before is not None:
        for statement in statements:
            names = {i.value: i.side for i in before[0]}
            if statement.side is None and not statement.sides() and {i.value for i in statement.items} <= set(names):
                statement.items = [replace(i, side=names[i.value]) for i in statement.items]
        tested = {i.value for s in statements for i in s.items}
        if tested and tested <= set(names):  # "Thigh thrust was positive. The others were negative."
            memory.performed = [i for i in before[0] if i.value not in tested], unit.end


def _right_behind(reading: Reading, unit: Unit, memory: Memory) -> bool:
    """Whether the piece stands right behind a sentence that named tests as done."""
    return memory.performed is not None and not reading.text[memory.performed[1] : unit.start].strip(" .;:\n")


def _of_performed(reading: Reading, unit: Unit, events: list[Event], memory: Memory) -> list[Statement]:
    """ "... were performed on the right. All reproduced her pain.", "... None was positive.", "... Negative." """
    if not _right_behind(reading, unit, memory) or memory.performed is None:
        return []
    some = ordinal_items(unit.text, unit.start, unit.end, memory.performed[0])
    if some:
        spoken_of = {e.value for e in some}
        memory.performed = [i for i in memory.performed[0] if i.value not in spoken_of], unit.end
        return link(unit.text, sorted([*some, *events], key=lambda e: (e.start, e.end)))
    results = [e for e in events if e.kind == "result"]
    groups = {e.value for e in events if e.kind == "group"}
    rest = [e for e in events if e.value == "rest"]
    if rest:
        return with_the_rest(link(unit.text, events), unit.side, memory.named, memory.performed[0])
    if len(results) != 1 or (not groups and unit.end - unit.start > _PRONOUN_REACH):
        return []
    if reading.patterns.regexes["exam_n_of_m"].search(unit.text, unit.start, unit.end):
        return []
    value = results[0].value
    if "none" in groups and value == "positive":
        value = "negative"
    sides = {Laterality(e.value) for e in events if e.kind == "side"}
    own = sides.pop() if len(sides) == 1 else None
    span = min(e.start for e in events), max(e.end for e in events)
    items = [Event("item", i.value, *span, side=own or i.side) for i in memory.performed[0]]
    return [Statement(replace(results[0], start=span[0], end=span[1]), value, items)]


def _echo(reading: Reading, unit: Unit, events: list[Event], memory: Memory) -> list[Statement]:
    """ "So does Gaenslen.", "Compression did too.": the result told last, for one more test."""
    regexes, text = reading.patterns.regexes, unit.text[unit.start : unit.end]
    items = [e for e in events if e.kind == "item"]
    if not items or not memory.tests or memory.tests[-1].block != unit.block:
        return []
    if regexes["exam_echo_not"].search(text):
        value = "negative"
    elif regexes["exam_echo"].search(text) or regexes["exam_echo_end"].search(text):
        value = memory.tests[-1].result
    else:
        return []
    told = {e.value for e in events if e.kind == "side"}
    result = Event("result", value, items[-1].end, unit.end)
    last = [t for t in memory.tests if t.name == memory.tests[-1].name and t.block == unit.block]
    both = {t.side: t.result for t in last if t.side in (Laterality.LEFT, Laterality.RIGHT)}
    if not told and len(both) == 2 and value == memory.tests[-1].result:  # "The same was true of Gaenslen's."
        return [Statement(result, r, [replace(i, side=s) for i in items], side=s) for s, r in both.items()]
    side = Laterality(told.pop()) if len(told) == 1 else memory.last_side()
    return [Statement(result, value, items, side=side)]


def _echoed_head(
    reading: Reading, unit: Unit, events: list[Event], memory: Memory
) -> tuple[list[Statement], list[Event]]:
    """ "So do thigh thrust and FABER; gapping is negative.": what shares the result told before; the other events."""
    opens = events and events[0].kind == "carry" and any(e.kind == "result" for e in events)
    if not opens or not memory.tests or memory.tests[-1].block != unit.block:
        return [], events
    cut = 1
    while cut < len(events) and events[cut].kind in ("item", "side"):
        if gap_strength(unit.text, events[cut - 1].end, events[cut].start) == 3:
            break
        cut += 1
    if cut == len(events) or events[cut].kind == "result":
        return [], events
    return _echo(reading, unit, events[:cut], memory), events[cut:]


def _without_stray(reading: Reading, unit: Unit, events: list[Event], memory: Memory) -> list[Event]:
    """Name the bare "compression" and "distraction" where the talk is of SI tests, else leave them out."""
    names = {e.value for e in events if e.kind == "item"}
    if not any(name.endswith("_bare") for name in names):
        return events
    sure = any(not n.endswith("_bare") and n not in ("other", "rest") for n in names)
    elsewhere = reading.patterns.regexes["exam_other_region"].search(unit.text, unit.start, unit.end) is not None
    context = sure or (not elsewhere and {"compression_bare", "distraction_bare"} <= names)
    if not context and not elsewhere and _COUNTED.search(unit.text, unit.start, unit.end):
        context = True  # "positive four of the five; distraction was the negative one"
    if not context and not elsewhere:
        around = reading.text[max(0, unit.start - 250) : unit.end + 150]
        near = reading.patterns.regexes["exam_provocation"].search(around) is not None
        recent = bool(memory.tests) and memory.tests[-1].block >= unit.block - 1
        sure = any(t.block == unit.block and t.name in _SI_ALONE for t in memory.tests[-4:])
        context = sure or (near and (recent or reading.section_at(unit.start).parent in ("exam", "head")))
        if not context and _puts_right(reading, unit):
            context = True
    out = []
    for event in events:
        if event.kind == "item" and event.value.endswith("_bare"):
            if not context:
                continue
            event = replace(event, value=event.value.removesuffix("_bare"))
        out.append(event)
    return out


def _puts_right(reading: Reading, unit: Unit) -> bool:
    """Whether a later hand puts right an exam that the note tells: "on my examination distraction did not ..." """
    own = reading.patterns.regexes["exam_own_examination"].search(unit.text, unit.start, unit.end)
    if own is None and not unit.corrects:
        return False
    named = (t.value for t in reading.targets_of("provocative_test"))
    return any(not n.endswith("_bare") and n != "other" for n in named)


def _findings(
    reading: Reading, unit: Unit, statement: Statement, memory: Memory, excepted: Collection[str] = ()
) -> Iterator[Finding]:
    """The facts of one statement.

    Args:
        excepted: the tests that are taken out of "all".
    """
    if _after_block(reading, unit, statement):
        return
    start, end = statement.span()
    items = [i for i in statement.items if i.value not in ("other", "rest")]
    if statement.groups:
        side = statement.side or unit.side
        if any(g.value in ("all", "both", "none") for g in statement.groups) and side is not None:
            items = [Event("item", name, start, end, side=side) for name in memory.named(side) if name not in excepted]
    side = statement.side
    if side is None and not any(i.side for i in statement.items):
        side = unit.side
        if side is None and memory.stressed is not None and memory.stressed[1] == unit.block:
            side = memory.stressed[0]
        if side is None and reading.patterns.regexes["exam_also"].search(unit.text, unit.start, unit.end):
            side = memory.last_side()
    if any(i.value not in ("other", "rest") for i in statement.items):
        memory.last = [i.value for i in items]
    for item in items:
        if memory.stressed is not None and (item.side or statement.side) not in (None, memory.stressed[0]):
            memory.stressed = None
        own = item.side or side or (memory.corrected(item.value) if unit.corrects else None)
        if not (statement.result.pairs or statement.value in _RESULTS) or (
            item.value != "aslr" and _is_effort(reading, statement)
        ):
            continue
        for laterality, result in statement.result.pairs or ((own, statement.value),):
            if statement.result.pairs and own in (Laterality.LEFT, Laterality.RIGHT) and laterality != own:
                continue
            if result not in _RESULTS:
                continue
            result = _of_the_hip(reading, unit, statement, item, result)
            fact = ProvocativeTest(
                name=TestName(item.value),
                laterality=laterality,
                date=unit.date_at(start),
                result=TestResult(result),
                evidence=[reading.evidence(min(start, item.start), max(end, item.end))],
            )
            memory.tests.append(Told(item.value, laterality, unit.block, result))
            yield finding(fact, reading.note, unit.strength, retold=unit.retold)


def _is_effort(reading: Reading, statement: Statement) -> bool:
    """Whether the result tells an effort ("heavy"), which counts in the active straight leg raise alone."""
    result = statement.result
    words = reading.text[result.start : result.end]
    return result.felt and reading.patterns.regexes["exam_effort"].search(words) is not None


def _of_the_hip(reading: Reading, unit: Unit, statement: Statement, item: Event, result: str) -> str:
    """FABER that brings on groin or hip pain and nothing behind is a sign of the hip, and equivocal here."""
    if item.value != "faber" or result != "positive" or not statement.result.felt:
        return result
    start, end = statement.span()
    stop = re.compile(r"[.;]|,\s*(?:while|and|but)|$").search(unit.text, end)
    words = unit.text[start : min(unit.end, stop.start() if stop else end)]
    elsewhere = reading.patterns.regexes["exam_elsewhere"].search(words)
    behind = reading.patterns.regexes["exam_posterior"].search(words)
    return "equivocal" if elsewhere and not behind else result


def _after_block(reading: Reading, unit: Unit, statement: Statement) -> bool:
    """Whether the test was done minutes after an injection, on the numbed joint."""
    regexes = reading.patterns.regexes
    start, _ = statement.span()
    cue = regexes["exam_after_block"].search(unit.text, unit.start, unit.end)
    if cue is None:
        return False
    hurried = re.search(r"min|recovery|immediate|post-?\s?(?:inj|proc|block)", cue[0], re.I) is not None
    if not hurried and reading.note.type != NoteType.PROCEDURE:
        return False
    before = regexes["exam_before_block"].search(unit.text, unit.start, unit.end)
    if before is None:
        return True
    # both are told: the statement belongs to the cue before it, or else to the one behind it
    cues = sorted(
        [
            (before.start(), False),
            *((m.start(), True) for m in regexes["exam_after_block"].finditer(unit.text, unit.start, unit.end)),
        ]
    )
    ahead = [late for at, late in cues if at <= start]
    return ahead[-1] if ahead else cues[0][1]


def _in_memory(reading: Reading, unit: Unit, memory: Memory) -> list[Finding]:
    """ "None was positive on the left", "Right side negative": the tests named before, on that side."""
    text = unit.text[unit.start : unit.end]
    under = _under_name(reading, unit, memory)
    if under:
        return under
    found = reading.patterns.regexes["exam_other_side"].match(text)
    if not memory.tests or memory.tests[-1].block < unit.block - 1:
        memory.waiting = None if found is None else memory.waiting
    if found is not None and memory.tests:
        told = found["side"].lower()
        side = {"r": Laterality.RIGHT, "right": Laterality.RIGHT, "l": Laterality.LEFT, "left": Laterality.LEFT}.get(
            told, opposite(memory.told_side())
        )
        if side is None or _of_a_film(reading, unit):
            return []
        at = (unit.start + found.start("side"), unit.start + found.end())
        entire = _ENTIRE.search(text) is not None
        items = [Event("item", name, *at, side=side) for name in memory.named(side, negative=entire)]
        statement = Statement(Event("result", "negative", *at), "negative", items, side=side)
        return list(_findings(reading, unit, statement, memory))
    recent = _right_behind(reading, unit, memory) or (bool(memory.tests) and memory.tests[-1].block == unit.block)
    if not (recent or text.rstrip().endswith(":") or reading.may_hold(("exam_group",), unit.start, unit.end)):
        memory.waiting = None
        return []
    events = find_test_events(reading, unit.start, unit.end, unit.text)
    _remember_waiting(unit, events, memory)
    told = next((e.start for e in events if e.kind == "result"), unit.end)
    if reading.targets_of("tender_site", unit.start, told) and not _of_si_tests(reading, unit):
        return []  # "Both trochanters and each lumbar level do not hurt"
    performed = _of_performed(reading, unit, events, memory)
    if performed:
        return [f for statement in performed for f in _findings(reading, unit, statement, memory)]
    if any(e.kind == "group" for e in events):
        grouped = [s for s in link(unit.text, events) if s.groups]
        return [f for statement in grouped for f in _findings(reading, unit, statement, memory)]
    return _pronoun(reading, unit, events, memory)


def _of_si_tests(reading: Reading, unit: Unit) -> bool:
    """Whether the sites that a piece names are those of SI tests ("all SI joint maneuvers"), not of tenderness."""
    return reading.patterns.regexes["exam_provocation_strict"].search(unit.text, unit.start, unit.end) is not None


def _of_a_film(reading: Reading, unit: Unit) -> bool:
    """ "Right SI joint normal" in what a film shows."""
    around = reading.text[max(0, unit.start - _FILM_REACH) : unit.end]
    return _FILM.search(around) is not None


def _under_name(reading: Reading, unit: Unit, memory: Memory) -> list[Finding]:
    """ "R: positive" on a line below the name of its test."""
    if memory.named_alone is None or reading.targets_of("provocative_test", unit.start, unit.end):
        return []
    name, end = memory.named_alone
    between = reading.text[end : unit.start]
    memory.named_alone = None
    if between.strip(" :\n-*") or "\n\n" in between:
        return []
    if not reading.patterns.regexes["exam_side_line"].match(unit.text[unit.start : unit.end]):
        return []
    memory.named_alone = name, unit.end
    events = find_test_events(reading, unit.start, unit.end, unit.text)
    told = link(unit.text, [Event("item", name, unit.start, unit.start), *events])
    return [f for statement in told for f in _findings(reading, unit, statement, memory)]


def _pronoun(reading: Reading, unit: Unit, events: list[Event], memory: Memory) -> list[Finding]:
    """ "On the left it is negative.": the tests told last, on another side."""
    results = [e for e in events if e.kind == "result"]
    sides = {Laterality(e.value) for e in events if e.kind == "side"}
    recent = bool(memory.tests) and memory.tests[-1].block == unit.block
    short = unit.end - unit.start < _PRONOUN_REACH
    if not (recent and short and len(results) == 1 and len(sides) == 1) or results[0].felt:
        return []
    if not reading.patterns.regexes["exam_pronoun"].search(unit.text[unit.start : unit.end]):
        return []
    side = sides.pop()
    if side == memory.last_side():
        return []
    span = min(e.start for e in events), max(e.end for e in events)
    if reading.section_at(unit.start).category == "hpi":
        return []  # "Left side does not hurt"
    items = [Event("item", name, *span, side=side) for name in memory.last if name in REPEATED]
    statement = Statement(replace(results[0], start=span[0], end=span[1]), results[0].value, items, side=side)
    return list(_findings(reading, unit, statement, memory))


def _fortin_point(reading: Reading, unit: Unit, memory: Memory) -> list[Finding]:
    """ "Points with one finger to the left PSIS" is a positive Fortin finger test."""
    out: list[Finding] = []
    for m in reading.patterns.regexes["exam_fortin_point"].finditer(unit.text, unit.start, unit.end):
        if reading.patterns.regexes["exam_unable"].search(unit.text, max(unit.start, m.start() - 40), m.end()):
            continue
        side = reading.side_of(m.start(), m.end(), low=m.start(), high=min(unit.end, m.end() + 12))
        side = side or reading.side_of(m.start(), m.end())
        statement = Statement(
            Event("result", "positive", *m.span()), "positive", [Event("item", "fortin_finger", *m.span())], side=side
        )
        out += _findings(reading, unit, statement, memory)
    return out
