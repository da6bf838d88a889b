"""Links what was examined (tests, sites) with results and sides within one sentence or row.

Clinicians put a result before what it is about ("neg distraction", "tender over both PSIS") or behind it ("FABER and
thigh thrust are positive", "coccyx nontender"), share it over a list, take one out of it ("all but distraction"), and
add a second side later ("and on the right it is negative"). The words are reduced to a row of events, each result is
given a direction, and what stands between two results goes to one of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from chartproof.extract.exam.meaning import BLANK, OPPOSITE, Event, Statement, gap_strength
from chartproof.model.vocab import Laterality

_PERIOD = re.compile(r"\.\s+(?=[A-Z+(-])")
_LETTER = re.compile(r"[A-Za-z]")
_SEMICOLON = re.compile(r"[^.;\n:]{0,25};[^.;\n:]{0,25}")
_TENDER = re.compile(r"(?:non-?\s?)?tender|TTP|sore|painful", re.IGNORECASE)
_AND_SIDE = re.compile(r"\s*(?:and|&|as well as|and also)\s+(?:on )?(?:the )?", re.IGNORECASE)
_SIDE_LIST = re.compile(r"\([RL], ?[RL]\)|\s[RL] ?\+ ?[RL](?![-+\w])\W?")  # "trochanters (R, L)", "PSIS R + L"
_TOTAL = re.compile(r"\b\d ?(?:/|of) ?[3-7]\b")
_NAMELY = re.compile(
    r"[^.;\n]{0,40}?\b(?:namely|specifically|i\.e\.,?|those being|these (?:were|are|being))[\s:,]*", re.IGNORECASE
)
_NEXT_SUBJECT = re.compile(r"\s(?:side\b[\s:,]{1,3})?[0-7]\s?(?:/|of)\s?[3-7]")
_NAMELY_THESE = re.compile(r"\s*(?::|\(|-{1,2}|,? ?(?:namely|that is|i\.e\.),?)\s*(?:the )?", re.IGNORECASE)
_NONE_ON = re.compile(r"none|not|neg(?:ative)?\b\.?|\(?-\)?", re.IGNORECASE)
_FAR = re.compile(r"\)?(?: \([^()]{1,30}\))?\s{3,}")
_NOT_ONE = re.compile(r"neither|none|not one", re.IGNORECASE)
_SIDE_REACH = 30  # characters across a comma between a side and what it is the side of, at most
_GONE = re.compile(
    r"(?:(?:has|had|have|is|was|now|since|all|completely) ){0,3}(?:resolved|gone|abated"
    r"|disappeared)",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"\b(?:today|now|I (?:find|found)|my (?:own )?exam\w*|this (?:visit|morning"
    r"|afternoon))\b",
    re.IGNORECASE,
)
_NOW_REACH = 20  # characters behind such a result
_VERDICT_REACH = 12  # "painful but not concordant"
_LINE_REACH = 160  # characters between a test and its result, at most


def link(text: str, events: list[Event]) -> list[Statement]:
    """The statements of one sentence or row, in the order of their results.

    Args:
        text: the text as read; offsets of the events count in it.
        events: in order, without overlap.
    """
    events = [replace(e) for e in events]
    attach_sides(text, events)
    row = [e for e in events if e.kind != "side"]
    results = [i for i, e in enumerate(row) if e.kind == "result"]
    if not results:
        return []
    takes_before = {i: _takes_before(text, row, i) for i in results}
    owned: dict[int, list[Event]] = {i: [] for i in results}
    excepted: list[tuple[int, Event]] = []
    bounds = [None, *results, None]
    for left, right in pairwise(bounds):
        low = 0 if left is None else left + 1
        high = len(row) if right is None else right
        _share(text, row, left, right, row[low:high], takes_before, owned, excepted)
    statements = [_statement(row[i], owned[i]) for i in results]
    index = {i: n for n, i in enumerate(results)}
    extra = [
        Statement(row[i], OPPOSITE.get(statements[index[i]].value, "equivocal"), [item], side=item.side)
        for i, item in excepted
    ]
    _give_sides(text, events, statements)
    for statement in extra:
        base = next(s for s in statements if s.result is statement.result)
        statement.side = statement.side or base.side or base.result.side
        base.items = [i for i in base.items if i.value != statement.items[0].value]
    orphans = _second_results(text, statements)
    return [s for s in [*statements, *extra, *orphans] if s.items or s.groups]


def attach_sides(text: str, events: list[Event]) -> None:
    """Give each side to the event beside it: across the weaker gap, else by the habit of the sentence."""
    leading = next((e.kind == "side" for e in events if e.kind in ("side", "item", "result")), False)
    sided: dict[int, Event] = {}  # what the side with this number was given to
    for i, event in enumerate(events):
        if event.kind != "side":
            continue
        first = _joined_side(text, events, i)
        if first in sided:
            sided[first].side = Laterality.BILATERAL
            sided[first].widen(event.start, event.end)
            continue
        before = next((e for e in reversed(events[:i]) if e.kind in ("item", "result", "group")), None)
        after = next((e for e in events[i + 1 :] if e.kind in ("item", "result", "group")), None)
        if before is None and after is None:
            continue
        target = before or after
        if after is None and before is not None and before.end <= event.start and _NEXT_SUBJECT.match(text, event.end):
            if gap_strength(text, before.end, event.start) == 3:
                continue  # "distraction being negative; right side 0 of 5"
        near = events[i + 1] if before is None and event.value == Laterality.BILATERAL and i + 1 < len(events) else None
        if near is not None and near.kind == "side" and _PERIOD.match(text, event.end, near.start + 1):
            continue  # "... negative R/L. R SI joint tender"
        if before is not None and after is not None:
            left, right = gap_strength(text, before.end, event.start), gap_strength(text, event.end, after.start)
            if left == right and before.kind == "result" and _leads(text, events, before):
                target = after
            elif left != right:
                target = before if left < right else after
            else:
                habit = _side_first(events, i)
                target = after if (leading if habit is None else habit) else before
        assert target is not None
        # the period of "neg." is a part of the word
        stop = _PERIOD.search(text, max(target.end - 1, 0), event.start) if target.end <= event.start else None
        if stop is not None and _LETTER.search(text, stop.end(), event.start):
            continue  # "distraction neg. GT b/l": the side of what the next sentence names
        if target.end <= event.start and _TOTAL.search(text, target.end, event.start):
            continue  # "4/5 R (FABER, compression), 0/5 L"
        far = min(abs(target.start - event.end), abs(event.start - target.end)) > _SIDE_REACH
        if far and gap_strength(text, *sorted((event.end, target.start))) > 1:
            continue
        if target.side is None or event.value == Laterality.BILATERAL:
            target.side = Laterality(event.value)
            sided[i] = target
            if event.end >= target.start - 25 and event.start <= target.end + 25:
                target.widen(event.start, event.end)


def _joined_side(text: str, events: list[Event], at: int) -> int:
    """The number of the other side that is told with this one for the same thing: "+ on R and on L", "L as well as R".

    -1 where there is none.
    """
    prior = next((n for n in reversed(range(at)) if events[n].kind != "carry"), -1)
    if prior < 0 or events[prior].kind != "side" or events[prior].value == events[at].value:
        return -1
    first, second = events[prior], events[at]
    listed = second.end - first.start < 8 and _SIDE_LIST.fullmatch(text, first.start - 1, second.end + 1) is not None
    if not listed and not _AND_SIDE.fullmatch(text, first.end, second.start):
        return -1
    after = next((e for e in events[at + 1 :] if e.kind in ("item", "result", "group")), None)
    return -1 if after is not None and gap_strength(text, events[at].end, after.start) == 0 else prior


def _leads(text: str, events: list[Event], result: Event) -> bool:
    """Whether a result stands before what it is about: "TTP bilateral PSIS", ", neg L FABER"."""
    if result.form == "of":
        return True
    earlier = [e for e in events if e.end <= result.start and e.kind in ("item", "result", "group")]
    if not earlier:
        return True
    between = text[earlier[-1].end : result.start].replace(BLANK, "")
    return gap_strength(between, 0, len(between)) > 1


def _side_first(events: list[Event], at: int) -> bool | None:
    """Whether results around ``at`` are written "R + L -" (True) or "+ R, - L" (False); None where it is not clear."""
    low = max((i for i in range(at) if events[i].kind == "item"), default=-1)
    high = min((i for i in range(at + 1, len(events)) if events[i].kind == "item"), default=len(events))
    kinds = [e.kind for e in events[low + 1 : high] if e.kind in ("side", "result")]
    if kinds.count("result") < 2 or kinds.count("side") < 2:
        return None
    if kinds[0] == "side" and kinds[-1] == "result":
        return True
    return False if kinds[0] == "result" and kinds[-1] == "side" else None


def _takes_before(text: str, row: list[Event], i: int) -> bool:
    """Whether the result is about what stands before it."""
    result = row[i]
    before = row[i - 1] if i else None
    after = row[i + 1] if i + 1 < len(row) else None
    item_before = before is not None and before.kind in ("item", "group", "except")
    item_after = after is not None and after.kind in ("item", "group")
    if before is not None and before.kind == "result" and after is not None and result.side not in (None, before.side):
        # "positive on the left and negative on the right; distraction and compression ..."
        if gap_strength(text, before.end, result.start) <= 1 and gap_strength(text, result.end, after.start) >= 2:
            return True
    if result.form == "of":
        if item_before and item_after and before is not None and after is not None and result.side is not None:
            # "sulcus tender on the left, no trochanteric tenderness"
            if not gap_strength(text, before.end, result.start) and gap_strength(text, result.end, after.start) >= 2:
                return True
        return not item_after and item_before
    if result.form == "is":
        if item_before or (before is not None and before.kind == "result"):
            return True
        # "testing was positive with FABER and Gaenslen"
        if after is None or not item_after or _NAMELY.fullmatch(text, result.end, after.start):
            return after is None or not item_after
        return gap_strength(text, result.end, after.start) > 1
    if not (item_before and item_after):
        return item_before or not item_after
    assert before is not None and after is not None
    left, right = gap_strength(text, before.end, result.start), gap_strength(text, result.end, after.start)
    if left != right:
        return left < right
    first = next(e for e in row if e.kind in ("item", "result"))
    return not (first.kind == "result" and first.form == "word")


def _share(
    text: str,
    row: list[Event],
    left: int | None,
    right: int | None,
    zone: list[Event],
    takes_before: dict[int, bool],
    owned: dict[int, list[Event]],
    excepted: list[tuple[int, Event]],
) -> None:
    """Give the events between two results to one of them."""
    if not zone:
        return
    if left is not None:
        zone = _carried(text, row, left, zone, owned)
        zone = _excepted(text, row, left, right, zone, takes_before, excepted)
    elif right is not None:
        # "all but distraction were positive"
        cut = next((n for n, e in enumerate(zone) if e.kind == "except"), None)
        if cut is not None and cut + 1 < len(zone) and gap_strength(text, zone[cut].end, zone[cut + 1].start) < 2:
            excepted += [(right, e) for e in zone[cut + 1 :] if e.kind == "item"]
            zone = zone[:cut]
    items = [e for e in zone if e.kind in ("item", "group")]
    if not items:
        return
    to_left = left is not None and not takes_before[left]
    to_right = right is not None and takes_before[right]
    if to_left and to_right:
        assert left is not None and right is not None
        cut = _split(text, row[left], row[right], items)
        owned[left] += items[:cut]
        owned[right] += items[cut:]
    elif to_left:
        assert left is not None
        owned[left] += _subject(text, row, left)
        owned[left] += _reach(text, row[left].end, items)
    elif to_right:
        assert right is not None
        owned[right] += _reach_back(text, row[right].start, items)
    elif left is not None and _NAMELY_THESE.fullmatch(text, row[left].end, items[0].start):
        if all(e.kind == "group" for e in owned[left]):
            owned[left] = [*_reach(text, row[left].end, items)]  # "all but distraction hurt: FABER, Gaenslen ..."
    elif left is not None and right is None:
        # "FABER was positive on both sides (all groups)": a group word behind its result
        owned[left] += [e for e in items if e.kind == "group" and e.value in ("both", "all")]


def _subject(text: str, row: list[Event], i: int) -> list[Event]:
    """ "Lumbar paraspinals tender at L3-4": what stands right before a result that points ahead."""
    before = row[i - 1] if i else None
    after = row[i + 1] if i + 1 < len(row) else None
    if row[i].form != "of" or before is None or before.kind != "item":
        return []
    if after is None or after.value != before.value:
        return []  # "left buttock tenderness at the sacral sulcus": where to look, not what is tender
    if not _TENDER.match(text, row[i].start):
        return []
    between = text[before.end : row[i].start]
    return [before] if ":" not in between and gap_strength(text, before.end, row[i].start) == 0 else []


def _carried(text: str, row: list[Event], left: int, zone: list[Event], owned: dict[int, list[Event]]) -> list[Event]:
    """ "..., as does Gaenslen": what follows such words shares the result before them."""
    cut = next((n for n, e in enumerate(zone) if e.kind == "carry"), None)
    if cut is None:
        return zone
    taken: list[Event] = []
    at = zone[cut].end
    for n, event in enumerate(zone[cut + 1 :], cut + 1):
        if event.kind != "item" or (taken and gap_strength(text, at, event.start) > 1):
            return zone[:cut] + zone[n:]
        taken.append(event)
        owned[left].append(event)
        at = event.end
    return zone[:cut]


def _excepted(
    text: str,
    row: list[Event],
    left: int,
    right: int | None,
    zone: list[Event],
    takes_before: dict[int, bool],
    excepted: list[tuple[int, Event]],
) -> list[Event]:
    """ "... except for FABER": the opposite result, unless a result of its own follows."""
    cut = next((n for n, e in enumerate(zone) if e.kind == "except"), None)
    if cut is None:
        return zone
    items: list[Event] = []
    at = zone[cut].end
    for event in zone[cut + 1 :]:
        if event.kind != "item" or gap_strength(text, at, event.start) > (2 if items else 1):
            break
        if items and "(" in text[at : event.start]:
            break
        items.append(event)
        at = event.end
    rest = zone[cut + 1 + len(items) :]
    own_result = right is not None and takes_before[right] and not rest and items
    if own_result and right is not None and gap_strength(text, items[-1].end, row[right].start) <= 2:
        return zone[:cut] + items
    excepted += [(left, e) for e in items]
    return zone[:cut] + rest


def _run_of(statements: list[Statement]) -> bool:
    """Give the side at the end of "(+) FABER / (+) Gaenslen / (+) compression on L" to all; False for no such run."""
    last = statements[-1]
    side = last.side
    alike = all(s.value == last.value and s.side is None and not s.sides() for s in statements[:-1])
    if len(statements) < 2 or not alike or side not in (Laterality.LEFT, Laterality.RIGHT):
        return False
    for statement in statements[:-1]:
        statement.side = side
    return True


def _split(text: str, left: Event, right: Event, items: list[Event]) -> int:
    """How many of the items go with the result before them; the last widest gap parts them."""
    if len(items) == 1:
        before = gap_strength(text, left.end, items[0].start)
        after = gap_strength(text, items[0].end, right.start)
        return int(before < after or (before == after and left.form == "of"))
    gaps = [gap_strength(text, a.end, b.start) for a, b in pairwise(items)]
    widest = max(gaps)
    if left.form == "of" and left.side is None and right.side is not None and widest < 3:
        between = text[items[-1].end : right.start]
        if _NONE_ON.fullmatch(text, right.start, right.end) and "," in between and ":" not in between:
            return len(items)  # "pain with FABER, thigh thrust and Gaenslen on the right, none on the left"
    return len(gaps) - gaps[::-1].index(widest)


def _reach(text: str, at: int, items: list[Event]) -> list[Event]:
    """The items that a result before them is about: up to a stop."""
    taken: list[Event] = []
    headed = text[at - 1 : at + 1].strip().endswith(":")  # "TTP: PSIS R+L; GT R+L"
    for event in items:
        parted = gap_strength(text, at, event.start) == 3 and not (
            headed and _SEMICOLON.fullmatch(text, at, event.start)
        )
        if taken and (parted or event.start - at > _LINE_REACH):
            break
        taken.append(event)
        at = event.end
    return taken


def _reach_back(text: str, at: int, items: list[Event]) -> list[Event]:
    """The items that a result behind them is about: back to a stop."""
    taken: list[Event] = []
    for event in reversed(items):
        if event.end < at - _LINE_REACH or (taken and gap_strength(text, event.end, at) == 3):
            break
        taken.insert(0, event)
        at = event.start
    return taken


def _statement(result: Event, owned: list[Event]) -> Statement:
    items = [e for e in owned if e.kind == "item"]
    groups = [e for e in owned if e.kind == "group"]
    value = result.value
    if any(g.value == "none" for g in groups) and value in OPPOSITE:
        value = "negative" if value in ("positive", "negative") else "absent"
    return Statement(result, value, items, [] if items else groups)


def _give_sides(text: str, events: list[Event], statements: list[Statement]) -> None:
    """The side of each statement: its own, else the one told before it, else the only one of the sentence."""
    told = {e.value for e in events if e.kind == "side"}
    parted = False  # by a full stop within: "Gaenslen + Lt. Compression neg."
    last: Laterality | None = None
    for n, statement in enumerate(statements):
        if n and _PERIOD.search(text, statements[n - 1].result.end, statement.span()[0] + 1):
            last, parted = None, True
        own = statement.sides()
        second = own and not statement.items and any(s.items for s in statements[:n])
        if len(own) == 1:
            statement.side = next(iter(own))
        elif own:
            statement.side = statement.result.side
        elif last is not None and last != Laterality.BILATERAL and not _each_sided(text, statements, n):
            statement.side = last
        if own and statement.side is not None:
            # a test told of both sides says nothing of the next one's side
            last = None if second else statement.side
    if not parted and len(told) == 1 and Laterality.BILATERAL not in told:
        for n, statement in enumerate(statements):
            if not _answered(statements, n) and not _each_sided(text, statements, n):
                statement.side = statement.side or Laterality(next(iter(told)))


def _each_sided(text: str, statements: list[Statement], n: int) -> bool:
    """ "FABER positive right, thigh thrust positive right, distraction negative": the last is told of no side.

    Nor is what stands far apart in its row: "L thigh thrust +    L FABER +    distraction -     Gaenslen +".
    """
    before = statements[:n]
    told = [s for s in before if s.items]
    if len(told) >= 2 and not statements[n].sides() and all(s.sides() for s in told[-2:]):
        low = max(s.result.end for s in before)
        if _FAR.match(text, low, statements[n].span()[0]):
            return True
    return (
        n >= 2
        and n == len(statements) - 1
        and statements[n].value == "negative"
        and all(s.sides() and s.value != "negative" for s in before[-2:])
        and not statements[n].sides()
        and all(i.start < statements[n].result.start for i in statements[n].items)
    )


def _answered(statements: list[Statement], n: int) -> bool:
    """Whether the one side told belongs to the second result of a test: "FABER positive, negative on the left"."""
    later = (s for s in statements[n + 1 :] if not s.items and s.sides())
    return any(s.value != statements[n].value for s in later)


def _second_results(text: str, statements: list[Statement]) -> list[Statement]:
    """Results with nothing of their own: a second side of what stands before, or a verdict on it."""
    more: list[Statement] = []
    for n, statement in enumerate(statements):
        named = [g for g in statement.groups if g.value in ("both", "all", "none")]
        if statement.items or (statement.groups and not named):
            continue
        earlier = [s for s in statements[:n] if s.items]
        if not earlier:
            continue
        base = earlier[-1]
        doubted = base.result.form == "of" or gap_strength(text, base.result.end, statement.result.start) < 3
        if statement.value == "possible" and base.value == "present" and doubted and statement.result.side is None:
            base.value = "possible"  # "Tenderness at the right piriformis is equivocal"
            continue
        gone = statement.value == "absent" and base.value == "present" and statement.result.side is None
        near = max(i.end for i in [*base.items, base.result])
        if (
            gone
            and gap_strength(text, near, statement.result.start) == 0
            and _GONE.match(text, statement.result.start, statement.result.end)
        ):
            base.value = "absent"  # "Tenderness over the SI joint has resolved"
            continue
        side = statement.result.side or next((g.side for g in statement.groups if g.side), None)
        every = bool(named) or _NOT_ONE.match(text, statement.result.start, statement.result.end) is not None
        if any(g.value == "none" for g in named) and side is None:
            continue
        if named and side is None and statement.value == OPPOSITE.get(base.value):
            if _NOW.search(text, base.result.end, statement.span()[1] + _NOW_REACH):
                for before in (s for s in earlier if s.value == base.value):
                    before.value, before.result = statement.value, replace(statement.result, start=before.result.start)
                continue  # "called positive by the therapist; I find both negative today"
        if base.value == "not_done":
            if statement.result.felt:
                continue  # "could not be done because of pain"
            base.value, base.result = statement.value, replace(statement.result, start=base.result.start)
            base.side = side or base.side
            continue
        if side is not None and base.side is None and not named:
            if statement.value == base.value:
                base.side = side
                continue
        if side is not None and side not in {s.side for s in earlier}:
            every = _run_of(earlier) or every
            items = [replace(e, side=None) for s in (earlier if every else [base]) for e in s.items]
            more.append(Statement(statement.result, statement.value, items, side=side))
            statement.groups = []
        elif side is None or side == base.side:
            verdict = not statement.result.felt and statement.value in ("positive", "negative", "equivocal")
            between = text[base.result.end : statement.result.start]
            near = gap_strength(text, base.result.end, statement.result.start) < 3 or len(between) < _VERDICT_REACH
            if verdict and base.result.felt and near:
                base.value, base.result = statement.value, replace(statement.result, start=base.result.start)
    return more
