"""Finds the pieces of meaning of what is tender to the hand: sites, results and sides."""

from __future__ import annotations

import re

from chartproof.extract.exam.events import find_items, find_results, find_words, merge, sided_signs, with_sides
from chartproof.extract.exam.meaning import Event
from chartproof.language.reading import Reading

_PALPATION_LABEL = re.compile(
    r"^\W*(?:(?:physical |focused )?(?:exam(?:ination)?|p/?e|obj(?:ective)?|o|msk|lumbar|spine|pelvis"
    r"|back)\b[\s:,-]{1,3}){0,2}"
    r"(?:palp(?:ation)?\b\.?|tender(?:ness)?|TTP|touch|sore(?:ness)?)\b",
    re.IGNORECASE,
)
_LABEL_WITHIN = re.compile(
    r"[,;.-]\s*(?:palp(?:ation)?|TTP|tender(?:ness)?)\s?:[^:]*$", re.IGNORECASE
)  # "Gait nl, palp: ..."
_EXAM_LABEL = re.compile(
    r"\W*(?:(?:physical )?exam(?:ination)?|p/?e|o|palp\w*|tender\w*|touch"
    r"|hands[- ]on|sore\w*|pressing)\b[^:.\n]{0,12}[:.]",
    re.IGNORECASE,
)
# what patients do not call by its name
_LANDMARK = re.compile(
    r"PSIS|sulc|troch|\bGTB?s?\b|pirif|spinous|para-?spin|para-?vert|midline|facet|notch|tuberosit|crest"
    r"|\bSIJs?\b|\bQLs?\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:reports?|reported|complain\w*(?: of)?|endors\w+|describ\w+|mentions?)\s(?:\w+\s){0,3}$", re.IGNORECASE
)
# "brought on the pain that she knows in her left buttock": where the pain is, not what is pressed
_PAIN_THERE = re.compile(
    r"\b(?:pain|ache|symptoms?|complaint)\b(?! (?:on|with|to) (?:\w+ ){0,2}(?:palp|press|touch))"
    r"(?: (?:that|which|he|she|they|knows?|has|had|feels?|reports?|describes?|usual|radiating|felt|located)){0,5}"
    r" (?:in|into|down|deep in) (?:the |his |her |their )?(?:left |right |both )?$",
    re.IGNORECASE,
)
_GONE = re.compile(r"resolved|gone|abated|disappeared")
_LESS_SO = re.compile(
    r"(?:(?:is |are )?(?:markedly|somewhat|moderately|a little|very much) so|milder|less"
    r"|lesser|more|worse|slightly|equally|mildly|also|likewise)\b",
    re.IGNORECASE,
)
_TENDER = re.compile(r"\btender|TTP\b|\bsore", re.IGNORECASE)
# told by one word right behind the site
_BARELY = re.compile(
    r"(?:.*\b(?:quiet|fine|free|clear|silent|spared|comfortable|nothing|zero)\b.*|sore)", re.IGNORECASE
)
_BESIDE = re.compile(
    r"(?:[\s,;:]|\b(?:(?:that|it)(?:'s| is| was)|those|these|which|feels?|felt|and|is|are|was|were|all|both"
    r"|also|still|region|area|right|left|[RL]|bilat\w*|b/l|side)\b)*",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"neg(?:ative)?", re.IGNORECASE)
_SORE = re.compile(
    r"^\(-\)$|\b(?:sore(?:ness)?|sensitive|comfortable|nothing|zero|called|quiet|fine|free|clear|silent|spared"
    r"|questionabl[ey]|equivocal|borderline"
    r"|indeterminate|inconclusive|doubtful|(?:un|not (?:\w+ )?)(?:sure|certain|clear)"
    r"|(?:can|could) ?n[o']t (?:tell|say|be sure)"
    r"|maybe|perhaps|possibly)\b|\+/-|\?",
    re.IGNORECASE,
)
_ANSWERED_ABSENT = re.compile(
    r"[^.;:,\n]{2,40}:\s*(?:is |was )?(?:absent|none|neg(?:ative)?|no|nil|not present)\b(?! (?:on|at|over)\b)",
    re.IGNORECASE,
)
_TENDER_WORD = re.compile(r"tender|TTP|NTP|palp|press|touch", re.IGNORECASE)
_OF_MOTION = re.compile(
    r"\b(?:power|strength|motor|sensation|reflex\w*|A?ROM|PROM|range of motion|flexib\w+|stretch\w*"
    r"|turns? (?:in|out)|rotat\w+|flexion|extension|side-?bend\w*|functional limits"
    r"|range of movement|movements?)\b",
    re.IGNORECASE,
)
_BY_ITSELF = re.compile(r"[^.;:,\n]{2,40}: (?:absent|none|nil)\b", re.IGNORECASE)
_SIGN_BEHIND = re.compile(r"\s?/?(?P<sign>\(?\s?(?:\+{1,4}|-|0)\s?\)?)(?=\s*(?:[],;.)]|$|\s(?:R|L|b/l)\b))")
_SIGN_BEFORE = re.compile(
    r"[:,;]\s*(?P<sign>\(?(?:\+{1,4}|-)\)?)\s?(?:(?:left|right|[RL]|b/l|bilat\w*|midline|mid|lower|lumbar)\s){0,2}$",
    re.IGNORECASE,
)
_OF_TOUCH = re.compile(
    r"tender|TTP|NTP|\bNT\b|palp|pressure|\bpress|touch|percussion|not at all|resolved|abated|disappeared"
    r"|\bgone\b|none\b|neither|nil$|without$|not$|^absent"
    r"|^(?:yes|no)$",
    re.IGNORECASE,
)
_LONE_SIGN = re.compile(r"(?<=\s)[+-](?=\s*(?:[,;.]|$))")
_AS_PRESENCE = {"positive": "present", "negative": "absent"}
_PALPATION_REACH = 160  # characters back to the word "palpation"
_DOES = re.compile(r"(?:do|does|did|none|nothing)\b", re.IGNORECASE)
_LEANS = re.compile(
    r"(?:yes|no)(?=\W?$)|NT\b(?!\s?:)|none\b|neither\b|nil\b|without\b(?! [a-z])|absent(?=\W?$)"
    r"|absent (?:over|at|in|along|on|from)"
    r"|(?:is|are|was|were|do|does|did) not(?=\s*(?:[.,;)]|$))|not(?=\s*(?:[.,;)]|$))",
    re.IGNORECASE,
)


def find_site_events(
    reading: Reading, start: int, end: int, text: str | None = None, leans: bool = False
) -> list[Event]:
    """The events of tenderness in [start, end), in order; sites may lie inside "no spinous process tenderness".

    Args:
        leans: the piece before told tenderness, so that "the trochanters are not" says something.
    """
    text = reading.text if text is None else text
    items = find_items(reading, "tender_site", start, end, text)
    items = [i for i in items if not _PAIN_THERE.search(text, max(start, i.start - 90), i.start)]
    if not items:
        return []
    touch = reading.patterns.regexes["exam_palpation"]
    palpated = touch.search(text, start, end) is not None
    if not palpated and not any(t.value != "other" for t in reading.targets_of("provocative_test", start, end)):
        near = max(start - _PALPATION_REACH, text.rfind("\n\n", 0, start), 0)
        palpated = touch.search(text, near, start) is not None
    tests = reading.targets_of("provocative_test", start, end)
    section = reading.section_at(start)
    examined = palpated or section.parent == "exam" or _EXAM_LABEL.match(f"{section.title}:") is not None
    examined = examined or _EXAM_LABEL.match(text, start) is not None
    examined = examined or any(_LANDMARK.search(text, i.start, i.end) for i in items)
    results: list[Event] = []
    for event in find_results(reading, "tender_result", text, start, end):
        words = text[event.start : event.end]
        touched = leans or palpated or _TENDER.search(text, start, event.start) is not None
        if _NEGATIVE.fullmatch(words):
            if tests or not touched:
                continue
        elif _SORE.search(words) and (examined or touched) and not tests:
            before = [i.end for i in items if i.end <= event.start]
            if _BARELY.fullmatch(words) and not (before and _BESIDE.fullmatch(text, max(before), event.start)):
                continue  # "lumbar screen clear"
            if words.strip("()") in ("+/-", "-/+") and _LONE_SIGN.search(text, start, end):
                continue  # one sign of a list
        elif not palpated and not _LESS_SO.match(words) and not _OF_TOUCH.search(text[event.start : event.end]):
            continue
        if _GONE.search(words) and not any(r.value == "present" for r in results):
            continue  # "80% gone"
        if _LESS_SO.match(words):
            if not (results and results[-1].value in ("present", "absent")):
                continue
            event.value = results[-1].value
        if event.value == "present" and not palpated and section.parent != "exam":
            if _REPORTED.search(text, max(start, event.start - 40), event.start):
                continue  # "she reports tenderness over the joint when sitting"
        if not _TENDER_WORD.search(words) and _OF_MOTION.search(text, max(start, event.start - 60), event.end):
            continue  # "power is normal from the hip flexors", "AROM full, soreness at end range"
        behind = any(i.end <= event.start <= i.end + 2 for i in items)
        alone = behind and not tests and (examined or not _DOES.match(words))
        if not results and not leans and not alone and _LEANS.match(text[event.start : event.end + 1]):
            continue  # "none over", "are not": of what?
        low = max(start, event.start - 70)
        inverted = reading.patterns.regexes["exam_inverted"].search(text[low : event.start])
        if event.value == "present" and inverted is not None:
            event.value = "absent"
            event.widen(low + inverted.start(), event.end)
        elif event.value == "present" and event.form == "of" and _ANSWERED_ABSENT.match(text, event.end, end):
            if _BY_ITSELF.search(text, event.end, end):
                continue  # "Tenderness over GT: absent bilaterally": the answer is a result of its own
            event.value = "absent"
        results.append(event)
    signs = _palpation_signs(text, start, end, items)
    if signs:
        results = sorted([*(r for r in results if r.form != "of"), *signs], key=lambda e: e.start)
    if not results:
        return []
    items = [i for i in items if not any(r.start < i.end and i.start < r.end for r in results)]
    events = merge(items, results)
    events = merge(events, [e for e in find_words(reading, text, start, end) if e.kind != "group"])
    return with_sides(reading, text, start, end, events)


def _palpation_signs(text: str, start: int, end: int, items: list[Event]) -> list[Event]:
    """Signs beside the sites of a list of tenderness: "L PSIS +++, GT -", "Tenderness: ++ L SIJ, - GT"."""
    if not _PALPATION_LABEL.match(text[start:end]) and not _LABEL_WITHIN.search(text, start, items[0].start):
        return []
    signs = []
    of_sides = sided_signs(text, start, end)  # "PSIS L++ R-"
    for item in items:
        told = next((s for s in of_sides if 0 <= s.start - item.end <= 2), None)
        if told is not None:
            told.pairs = tuple((side, _AS_PRESENCE[value]) for side, value in told.pairs)
            told.value, told.form = _AS_PRESENCE[told.value], "is"
            signs.append(told)
            continue
        behind = _SIGN_BEHIND.match(text, item.end, end)
        before = _SIGN_BEFORE.search(text, start, item.start)
        if behind is None and before is None:
            continue
        m, form = (behind, "is") if behind is not None else (before, "of")
        assert m is not None
        signs.append(
            Event("result", "present" if "+" in m["sign"] else "absent", m.start("sign"), m.end("sign"), form=form)
        )
    told_there = any(s.value == "present" or "present" in dict(s.pairs).values() for s in signs)
    return signs if told_there else []
