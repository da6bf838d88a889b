"""What a form, a questionnaire or a checklist says of a named item: ticked, answered, or left open."""

from __future__ import annotations

import re
from typing import Literal

from chartproof.language.reading import Line, Reading

Answer = Literal["present", "absent", "possible", "nothing"]

_REACH = 200  # characters to either side of an item within which its answer stands
_OWN_BOX = re.compile(r"\s{0,4}\[ ?(?P<a>[xX]?) ?\]\s*$")
_BOX = re.compile(r"\[ ?(?P<a>[xX]?) ?\]|\( ?(?P<b>[xX]?) ?\)")
_ITEM_NUMBER = re.compile(r"^\s*(?:Q\d{0,2}[.:)]?\s|\d{1,2}[.)]|[A-Za-z][.)]|[-*])\s*")
_UNSURE = re.compile(
    r"[^\n;]{0,25}?\b(?:not sure|unsure|maybe|don'?t know|do not know|possibly|might|could be|may have"
    r"|being (?:tested|checked|evaluated))\b",
    re.I,
)
_OR_MIGHT = re.compile(r",? ?\(?or (?:might|could|may|think)\b", re.I)
_NOT_SURE = re.compile(r"(?:unsure|not sure|maybe|possibly|don'?t know)", re.I)
_NOT_TAKING = re.compile(r"[ ,(-]{1,3}not (?:taking|on)\b", re.I)
_NEGATOR = re.compile(r"\b(?:no|not|denies|denied|never|without|none|negative for)\b", re.I)
_HEADS_YES = re.compile(r"^(?:yes|y|present|positive|current|you|self|me|patient)$", re.I)
_HEADS_FAMILY = re.compile(r"^(?:family(?: member)?|relatives?|mother|father)$", re.I)
_HEADS_NO = re.compile(r"^(?:no|n|absent|negative|never|denies)$", re.I)
# "Is there a chance that you are pregnant?" "Honey, no."
_ASIDE = re.compile(
    r"^(?:A[.:]? +(?=\w)|(?:(?:oh|well|honey|um|uh|hm+|lord|god|heavens|ma'am|sir|dear|nope|my)\b[,. !]{1,3})+(?=\w))",
    re.I,
)
_MARK = re.compile(r"^(?:x|\[x\]|\(x\)|\*|v)$", re.I)
_AT_START = re.compile(r"(?:^|[\n;]|\. |\s{2,}|[\])])\s*(?:history of |personal |any )?$", re.I)
_SHORT = re.compile(
    r"-(?:(?P<yes>Y)|N)(?![A-Za-z])| ?-\s?[,;]|\((?:(?P<plus>\+)|-)\)"
    r"| ?[\[(] ?(?:(?P<in_box>Y|Yes|YES|y|yes)|N|No|NO|n|no) ?[\])]|\. {1,3}(?:(?P<dotted>Y)|N)(?![\w.])"
)


def answer_of(reading: Reading, start: int, end: int) -> Answer | None:
    """The answer that a form gives for the item named at [start, end).

    Returns:
        ``nothing`` where the item stands in a form and is left open (an unticked box, a bare question); None where it
        stands in plain text.
    """
    line = reading.line_at(start)
    left = reading.text[max(line.start, start - _REACH) : start]
    right = reading.text[end : min(line.end, end + _REACH)]
    return (
        _answer_below(reading, line, end)
        or _circled(reading, right)
        or _boxes_with_words(reading, right)
        or _boxes_before(reading, line, start)
        or _box_beside(reading, line, left, right)
        or _to_be_marked(reading, line)
        or _question(reading, end, left, right)
        or _written(reading, left, right)
        or _column(reading, line, start)
    )


def is_unticked(reading: Reading, start: int) -> bool:
    """Whether the box before an item was left open: "[ ] urine hCG negative"."""
    line = reading.line_at(start)
    return _box_beside(reading, line, reading.text[max(line.start, start - _REACH) : start], "") == "nothing"


def _answer_below(reading: Reading, line: Line, end: int) -> Answer | None:
    """ "Q  Mark any you have: diabetes / cancer" with "A  no to each" on the next line."""
    regexes = reading.patterns.regexes
    asks = regexes["form_asks"].match(line.text) or line.text.rstrip().endswith("?")
    if not asks or _BOX.search(line.text):
        return None
    below = reading.lines[reading.line_index(end) + 1 : reading.line_index(end) + 2]
    answers = regexes["form_answers"].match(below[0].text) if below else None
    if answers is None:
        return None
    said = below[0].text[answers.end() :]
    told = _match_answer(reading, said)
    if told == "present" and (len(reading.targets_of("condition", line.start, line.end)) > 1):
        return "nothing"  # which of them, the answer does not say
    return told or "nothing"


def _circled(reading: Reading, right: str) -> Answer | None:
    """ "Diabetes  YES / (NO)": the answer that stands in parentheses was circled."""
    both = reading.patterns.regexes["form_circled"].match(right)
    if not both:
        return None
    if bool(both["yes"]) == bool(both["no"]):
        return "nothing"
    return "present" if both["yes"] else "absent"


def _boxes_with_words(reading: Reading, right: str) -> Answer | None:
    """ "Diabetes [ ] Yes [x] No", "Pregnancy test: [x] Negative", "Cancer Y[ ] N[x]"."""
    for name in ("form_box_word", "form_word_box"):
        pattern = reading.patterns.regexes[name]
        hits = list(pattern.finditer(right))
        if not hits:
            continue
        gap = re.match(
            r"(?: ?/ ?[\w-]+)?(?: (?:use|status|therapy|results?|held))?\s?(?:\([^()]{0,60}\))?(?P<sign>[\s:?.=_|-]*)$",
            right[: hits[0].start()],
        )
        if not gap or (hits[0].groupdict().get("other") and ":" not in gap["sign"]):
            continue  # "[ ] diabetes  [x] cancer": the box is the next item's
        chain = [hits[0]]
        for hit in hits[1:]:
            if hit.groupdict().get("other"):
                break  # "[ ] Y [x] N   [x] mother": the next column
            if right[chain[-1].end() : hit.start()].strip(" /|,"):
                break
            chain.append(hit)
        if name == "form_word_box" and len(chain) < 2:
            continue
        ticked = [h for h in chain if any(h[g] for g in h.groupdict() if g in "abc" and len(g) == 1)]
        if len(ticked) != 1:
            rest = right[chain[-1].end() :] if chain else ""
            return "possible" if not ticked and _UNSURE.match(rest) else "nothing"
        if ticked[0].groupdict().get("na"):
            if _NOT_SURE.match(ticked[0]["na"]):
                return "possible"
            return "absent" if _NOT_TAKING.match(right, ticked[0].end()) else "nothing"
        return "absent" if ticked[0]["no"] else "present"
    return None


def _boxes_before(reading: Reading, line: Line, start: int) -> Answer | None:
    """ "[ ] Yes [x] No  Fibromyalgia": the answers of a line stand before what they answer."""
    both = reading.patterns.regexes["form_boxes_first"].match(line.text)
    if both is None or line.start + both.end() > start or start - line.start - both.end() > 40:
        return None
    yes, no = both["yes"] or both["yes2"], both["no"] or both["no2"]
    if bool(yes) == bool(no):
        return "nothing"
    return "present" if yes else "absent"


def _to_be_marked(reading: Reading, line: Line) -> Answer | None:
    """ "Circle any that apply: diabetes  cancer": what is printed says nothing; "- none" at the end denies all."""
    regexes = reading.patterns.regexes
    if not regexes["condition_ask_to_mark"].match(line.text):
        return None
    return "absent" if regexes["condition_marked_none"].search(line.text) else "nothing"


def _box_beside(reading: Reading, line: Line, left: str, right: str) -> Answer | None:
    """ "[x] diabetes  [ ] cancer", or "Diabetes [x]  Cancer [ ]" where the line's first item has no box before it."""
    first = _BOX.search(line.text)
    if not first:
        return None
    if not _BOX.search(left) and (own := _OWN_BOX.match(right)):
        return "present" if own["a"] else "nothing"  # "Cancer  N     Fibromyalgia  [ ]"
    lead = _ITEM_NUMBER.sub("", line.text[: first.start()]).strip()
    # a box that ends its line belongs to the word before it, and so do the others
    ends_with_box = line.text.rstrip().endswith(("]", ")")) and not _BOX.split(line.text.rstrip())[-1].strip()
    names_one = bool(reading.targets_of("condition", line.start, line.start + first.start()))
    if lead == "" or lead[-1] in ":?)|-." or len(lead.split()) > 5 or not (ends_with_box or names_one):
        boxes = list(_BOX.finditer(left))
        between = left[boxes[-1].end() :] if boxes else ""
        if not boxes or len(between) > 40 or re.search(r"[:;|]|\. |\w\s{2,}", between):
            return None
        if not (boxes[-1]["a"] or boxes[-1]["b"]):
            return "nothing"
        if _NEGATOR.search(between):
            return "absent"
        sign = re.match(r"\s?(?::|=| -{1,2}(?=\s))\s*", right)
        if sign and (told := _match_answer(reading, right[sign.end() :])):
            return told  # "[x] Blood thinners: none"
        return None if "," in between else "present"
    after = _BOX.search(right)
    if after and not right[: after.start()].strip(" :.-_"):
        return "present" if after["a"] or after["b"] else "nothing"
    return None


def _question(reading: Reading, end: int, left: str, right: str) -> Answer | None:
    """ "Are you taking a blood thinner (Eliquis, Coumadin)? NO"; a bare question says nothing."""
    asked, mark, answer = right.partition("?")
    if not mark or len(asked) > 140 or re.search(r"[.;]\s", asked):
        return None
    head = _ITEM_NUMBER.sub("", re.split(r"[.;?:]\s|\s{3,}", left[-120:])[-1].lstrip())
    is_question = bool(reading.patterns.regexes["form_question"].match(head)) or bool(_OR_MIGHT.match(asked))
    if not is_question and asked.strip(" )") and (head.strip() or len(asked.split()) > 3):
        return None
    said = _ASIDE.sub("", answer.lstrip(" :_-.|\"'("))
    told = _boxes_with_words(reading, answer) or _match_answer(reading, said)
    at = end + len(asked) + 1
    if told == "present" and reading.targets_of("condition", at, at + len(re.split(r"[.;?]", answer)[0])):
        return "nothing"  # "Anxiety or depression? Yes - anxiety": the answer names what is meant
    if told:
        return told
    if is_question:
        return "nothing"
    # "Fibromyalgia  ?  'my doctor thinks I might'" is an answer
    return "possible" if asked or re.match(r"\s{2,}\S|\s*[\"'(]", answer) else None


def _written(reading: Reading, left: str, right: str) -> Answer | None:
    """ "Diabetes N", "Blood thinner ..... N", "Anticoagulants: none", "Y  Diabetes", "RA-N"."""
    regexes = reading.patterns.regexes
    if prefix := regexes["form_before_item"].search(left):
        return "present" if prefix["yes"] or prefix["yes_too"] else "absent"
    if short := _SHORT.match(right):
        return "present" if any(short.groupdict().values()) else "absent"
    if regexes["form_unanswered"].match(right):
        return "nothing"
    gap = regexes["form_to_answer"].match(right)
    if (gap is None or not gap["sign"]) and _AT_START.search(left):
        gap = regexes["form_label_rest"].match(right) or gap  # "Diabetes or high sugar: no"
    said = right[gap.end() :] if gap else ""
    answer = _match_answer(reading, said)
    if gap is None or answer is None:
        return None
    if answer == "possible" and right.startswith("  ") and _NOT_SURE.match(said):
        return answer
    word = re.match(r"[\w/+?()-]+(?: known| reported| taken)?", said)
    stop = re.match(r"\s*(?:$|[.,;|\n(\"'/]|\s{2}|- |\[|--)", said[word.end() if word else 1 :])
    if gap["sign"]:
        return answer if stop or regexes["form_plain_answer"].match(said) else None
    # without a colon only a bare capital letter or a closed "no" answers ("Cancer N", "Diabetes no.")
    letter = re.match(r"[YN](?![A-Za-z/'.])|\?|(?:yes|no|none|No|Yes|NO|YES|NONE|None|not now)\b", said)
    return answer if letter and stop else None


def _match_answer(reading: Reading, said: str) -> Answer | None:
    for answer in ("nothing", "possible", "absent", "present"):
        if reading.patterns.vocabulary["condition_answer"][answer].search(said):
            return answer  # type: ignore[return-value]
    return None


def _column(reading: Reading, line: Line, start: int) -> Answer | None:
    """A row of a table whose head reads "Yes  No", with a mark in one of the two."""
    marks = [c for c in line.cells if c.start > start and _MARK.match(c.text)]
    if len(marks) != 1 or not line.cells or not line.cells[0].start <= start <= line.cells[0].end:
        return None
    index = reading.line_index(start)
    for above in reversed(reading.lines[max(0, index - 25) : index]):
        heads = [c for c in above.cells if any(h.match(c.text) for h in (_HEADS_YES, _HEADS_NO, _HEADS_FAMILY))]
        if len(heads) >= 2:
            head = min(heads, key=lambda c: abs(c.column - marks[0].column))
            if _HEADS_FAMILY.match(head.text):
                return "nothing"
            return "present" if _HEADS_YES.match(head.text) else "absent"
    return None
