"""Mentions of treatments, and for each the words that tell about it.

A sentence often tells of several treatments ("PT 10 weeks then HEP, tramadol (nauseated, quit it)"). The words between
two mentions belong to the earlier one up to the last comma or conjunction, and to the later one from there on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from chartproof.language.reading import Reading, Sentence

Span = tuple[int, int]

# (vocabulary, kind of mention)
_VOCABULARIES = (
    ("drug", "drug"),
    ("drug_group", "group"),
    ("therapy_type", "therapy"),
    ("treatment_barrier", "barrier"),
)

_SEPARATOR = re.compile(
    r"[;:|]|,(?!\s*(?:\d{4}|\d{3})\b)|\s-\s|\s{3,}|\s\(?\d{1,2}\)\s"
    r"|\b(?:and|then|plus|but|while|or|also|followed by|as well as|though|although)\b|&",
    re.IGNORECASE,
)
_INCLUDES = re.compile(r"\b(?:with|and|plus|including|incl|then)\b|w/|\+|&", re.IGNORECASE)
# a sentence that goes on about something else: "Still smoke free since May"
_OTHER_MATTER = re.compile(r"\b(?:smok\w+|nicotine|tobacco|vap(?:es?|ed|ing)|cigar\w*)\b", re.IGNORECASE)
_SAME_NAME = re.compile(r"[\s(/,=-]{1,4}$")
# an item of a list: it begins its line, and a dash, a colon or an answer stands behind it
_LED_BY = re.compile(r"\W{0,12}(?:[xX*]\W{1,4})?(?:\w{1,2}[.)] ?)?")
_OF_CLINIC = re.compile(r"[\s\d/.,()-]{0,30}(?:at|with|from|by|to|thru|through)?(?: the)?[\s\d/.,()-]{0,30}")
_CLINIC = re.compile(r"[A-Z][\w'&.-]+ (?:Rehab\w*|Physical Therapy|Physiotherapy|Physio|PT|Therapy)$")
_BULLET = re.compile(r"\s{0,12}(?:[-*+>\u2022]|\d{1,2}[.)]|[a-z]\))\s{1,3}")
_TICKED = re.compile(r"\W{0,8}[\[(] ?[xX*] ?[\])] ?")
# "Result: no different", which looks like a heading of its own
_TOLD_LABEL = re.compile(
    r"(?:results?|response|outcome|effect|benefit|relief|helped|helpful|status|closing statement|weeks|visits|dates?)\b"
    r"[^:\n]{0,12}:",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[^\n.;,:=|-]{0,18}?(?: ?(?:[:=|]|-{1,2}|\.{2,})(?= )|[,.]? {1,3}(?:yes|no|y|n)\b)", re.IGNORECASE)
_LONGEST_ITEM = 220
# "Q. Chiropractor or acupuncture?" and on the next line "A. neither"
_QUESTION = re.compile(r" {0,8}(?:Q(?:uestion)?\b|\d{1,2}\b)[.:)]?[^\n]{3,160}\? {0,3}")
_REPLY = re.compile(r" {0,8}(?:A(?:nswer)?\b[.:)]?|[-=]*>|\*) {0,6}(?=\S)")
_OWN_BRACKETS = re.compile(r"\s?(?:\([^()]*\)|[xX]? ?\d{1,2}(?=  | ?\[))")
_TOKEN = re.compile(r"\([^()]*\)|\d[\d.,/-]*[A-Za-z]*|[A-Za-z][A-Za-z./'-]*|\S")


@dataclass(frozen=True)
class Mention:
    """A treatment named at [start, end), with the words before and after it that tell about it.

    Attributes:
        kind: ``drug``, ``group`` (a class of drugs), ``therapy`` or ``barrier`` (what else was done).
        value: the generic name, the class or the type.
        before, after: spans of the words that belong to it.
        joined: True where nothing but list words stand between it and the mention before it in its sentence.
        joint: the words between the two.
    """

    kind: str
    value: str
    start: int
    end: int
    before: Span
    after: Span
    sentence: Sentence
    joined: bool = False
    joint: str = ""


def find_mentions(reading: Reading, drugs_alone: bool = False) -> list[list[Mention]]:
    """The mentions of each sentence that holds any, in order.

    Args:
        drugs_alone: leave the sentences out that name no drug.
    """
    hits: list[tuple[int, int, str, str]] = []
    for vocabulary, kind in _VOCABULARIES:
        if drugs_alone and kind not in ("drug", "group") and not hits:
            return []
        for value, m in reading.patterns.find(vocabulary, reading.text):
            hits.append((m.start(), m.end(), kind, value))
    by_sentence: dict[int, list[tuple[int, int, str, str]]] = {}
    at = -1
    for hit in sorted(hits, key=lambda h: (h[0], -h[1])):
        if hit[0] < at:
            continue
        found = by_sentence.setdefault(reading.sentence_at(hit[0]).index, [])
        if found and found[-1][2:] == hit[2:] and _SAME_NAME.match(reading.text[found[-1][1] : hit[0]]):
            # generic and brand name, "ibuprofen (Advil, Motrin)"
            closed = reading.text[hit[1] : hit[1] + 1] == ")" and "(" in reading.text[found[-1][0] : hit[0]]
            hit = (found.pop()[0], hit[1] + closed, *hit[2:])
        if found and found[-1][2:] == hit[2:] == ("therapy", "physical_therapy"):
            between = reading.text[found[-1][1] : hit[0]]
            if _OF_CLINIC.fullmatch(between) and _CLINIC.search(reading.text, hit[0], hit[1]):
                at = hit[1]  # "PT 1/9/23-4/14/23 Breakwater Rehab": the clinic of the therapy just named
                continue
        found.append(hit)
        at = hit[1]
    _add_rounds(reading, by_sentence)
    return [
        list(_group(reading, index, found, by_sentence))
        for index, found in sorted(by_sentence.items())
        if not drugs_alone or any(kind in ("drug", "group") for _, _, kind, _ in found)
    ]


def _add_rounds(reading: Reading, by_sentence: dict[int, list[tuple[int, int, str, str]]]) -> None:
    """Sentences such as "The second round, from May to July, did nothing" tell of the therapy named just before."""
    regex = reading.patterns.regexes["tx_round"]
    for sentence in reading.sentences:
        index = sentence.index
        if index in by_sentence or not (index - 1 in by_sentence or index - 2 in by_sentence):
            continue
        m = regex.match(reading.text, sentence.start, sentence.end)
        if m is None:
            continue
        for earlier in (sentence.index - 1, sentence.index - 2):
            named = [h for h in by_sentence.get(earlier, []) if h[2] != "barrier"]
            if named and len({h[2:] for h in named}) == 1 and named[0][2] == "therapy":
                by_sentence[sentence.index] = [(m.start(), m.end(), *named[0][2:])]
                break


def _group(
    reading: Reading, index: int, hits: list[tuple[int, int, str, str]], all_hits: dict[int, list]
) -> Iterator[Mention]:
    sentence, text = reading.sentences[index], reading.text
    cuts = [_boundary(reading, a[1], b[0]) for a, b in pairwise(hits)]
    for i, (start, end, kind, value) in enumerate(hits):
        low = cuts[i - 1] if i else sentence.start
        if start >= sentence.section.body > low:
            low = sentence.section.body  # a heading is no telling
        high = cuts[i] if i < len(cuts) else max(end, _told_until(reading, sentence, start, end, all_hits))
        if kind in ("drug", "group") and (other := reading.patterns.regexes["drug_other_item"].search(text, end, high)):
            high = other.start()  # what follows is of a drug for something else
        joint = text[hits[i - 1][1] : start] if i else ""
        yield Mention(
            kind, value, start, end, (low, start), (end, high), sentence, bool(joint) and is_glue(reading, joint), joint
        )


def _boundary(reading: Reading, end: int, start: int) -> int:
    """Where between two mentions the words about the second begin."""
    text = reading.text
    if text.count("(", end, start) > text.count(")", end, start):
        # the second stands in brackets after the first: "PT (3/2025-5/2025, 16 sessions with HEP)"
        joins = list(_INCLUDES.finditer(text, text.rfind("(", end, start), start))
        return joins[-1].start() if joins else start
    depth_end = text.rfind(")", end, start)
    last = None
    for m in _SEPARATOR.finditer(text, end, start):
        if m.start() < depth_end and text.count("(", end, m.start()) > text.count(")", end, m.start()):
            continue  # a comma within brackets
        last = m
    if last is None:
        # "ibuprofen (a little help) [x] chiro 18 [x] PT 22": brackets and counts belong to what they follow
        own = _OWN_BRACKETS.match(text, end, start)
        return start if not is_glue(reading, text[end:start]) else own.end() if own else end
    return last.end() if last[0].strip() else last.start()


def _told_until(reading: Reading, sentence: Sentence, start: int, end: int, all_hits: dict[int, list]) -> int:
    """The end of the sentence, or of the next one where that goes on about the same treatment."""
    text, high = reading.text, sentence.end
    # a heading or label by itself: what follows tells about it
    bare = not re.search(r"\w", text[end:high]) and not re.search(r"\w", text[sentence.start : start])
    bare = bare and not (text[high - 1] == "." and re.search(r"\w", text[reading.line_at(start).start : start]))
    care, continues = reading.patterns.regexes["care_total_noun"], reading.patterns.regexes["tx_continues"]
    line_end = reading.line_at(end - 1).end
    line = reading.line_at(start)
    if answered := question_and_answer(reading, start):
        return max(high, answered[1])
    # an item of a form: its answers follow on the line
    asked = line_end > high and "?" in text[end:high] and start - line.start < 40
    # "Physical therapy: yes. Dates: ... Outcome: ..."
    asked = asked or (line_end > high and text[end : end + 1] == ":" and start - line.start < 8)
    # "- back brace - bought one, wore it. No use"
    led = [h for h in all_hits[sentence.index][:1] if h[2:] == all_hits[sentence.index][-1][2:]]
    item = line_end > high and any(
        _is_item(reading, h[0], h[1], high) or _BULLET.fullmatch(text, line.start, h[0]) for h in led
    )
    asked = asked or (item and line_end - line.start < _LONGEST_ITEM)
    last = all_hits[sentence.index][-1]
    for following in reading.sentences[sentence.index + 1 : sentence.index + 7]:
        if following.index in all_hits:
            break
        if following.section is not sentence.section and not (
            following.start < line_end and _TOLD_LABEL.match(text, following.start)
        ):
            break
        if asked and following.end <= line_end:
            high = following.end
            continue
        new_line = "\n" in text[high : following.start]
        words = text[following.start : following.end]
        if (
            care.search(words)
            or _OTHER_MATTER.search(words)
            or len(words) > 200
            or not (bare or (not new_line and (continues.match(words) or _tells_more(reading, following, last))))
        ):
            break
        high = following.end
        bare = False
    return high


def _tells_more(reading: Reading, sentence: Sentence, named: tuple[int, int, str, str]) -> bool:
    """Whether a sentence tells what came of the treatment named before it or counts its visits, and names no other."""
    regexes, text = reading.patterns.regexes, reading.text
    if named[2] == "barrier" or named[3] in ("home_exercise", "activity_modification"):
        return False
    if regexes["tx_other_matter"].search(text, sentence.start, sentence.end):
        return False
    if regexes["tx_visits"].search(text, sentence.start, min(sentence.end, sentence.start + 40)):
        return True
    return any(
        value != "tolerated" for value, _ in reading.patterns.find("care_response", text, sentence.start, sentence.end)
    )


def _is_item(reading: Reading, start: int, end: int, high: int) -> bool:
    """Whether a treatment leads its line, and what is said of it follows: "b) SI belt - worn a month. Useless"."""
    line, text = reading.line_at(start), reading.text
    if _TICKED.fullmatch(text, line.start, start):
        return True
    return bool(_LED_BY.fullmatch(text, line.start, start) and _ITEM.match(text, end, high))


def question_and_answer(reading: Reading, position: int) -> Span | None:
    """Where the answer stands that a form gives, on the next line, to the question of this line."""
    line = reading.line_at(position)
    if not line.text.rstrip().endswith("?") or not _QUESTION.fullmatch(line.text):
        return None
    following = reading.line_index(position) + 1
    if following >= len(reading.lines):
        return None
    answer = reading.lines[following]
    m = _REPLY.match(answer.text)
    return (answer.start + m.end(), answer.end) if m else None


def is_glue(reading: Reading, words: str) -> bool:
    """Whether the words only join the items of a list: conjunctions, doses, articles, brackets."""
    regex = reading.patterns.regexes["tx_list_word"]
    return len(words) < 70 and all(
        token[0] == "(" or (not token[0].isalnum() and token not in ";:.") or bool(regex.fullmatch(token.strip(".")))
        for token in _TOKEN.findall(words)
    )


def same_list(group: list[Mention]) -> list[list[Mention]]:
    """The mentions of a sentence in runs that stand in one list."""
    runs: list[list[Mention]] = []
    for mention in group:
        if mention.joined and runs:
            runs[-1].append(mention)
        else:
            runs.append([mention])
    return runs
