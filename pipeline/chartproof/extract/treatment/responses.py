"""Reads what came of a treatment: failed, partial, improved, worsened, unable; for drugs also intolerant."""

from __future__ import annotations

import re

from chartproof.extract.treatment.mentions import Mention, Span, same_list
from chartproof.language.patterns import Patterns
from chartproof.language.quantities import Percent, find_percents
from chartproof.language.reading import Reading

Response = tuple[str, Span]

# Of several results in a clinic's own document the first of these that is told counts.
RANKED = ("unable", "worsened", "partial", "failed", "improved")

_SHARES = re.compile(r"\b(?:neither|none|both|all|any of|each)\b", re.IGNORECASE)
_NOT_MUCH = re.compile(
    r"(?:not (?:a lot|much|enough|really|very much|a great deal)|no carry-?over|no (?:lasting )?effect)", re.IGNORECASE
)
_NOT_KEPT = re.compile(r"no carry-?over|no (?:lasting )?effect", re.IGNORECASE)
_SLEEPY = re.compile(
    r"\W*(?:(?:made|makes|put|puts|only|just) )*(?:(?:her|him|me) )?(?:to )?"
    r"(?:groggy|sleepy|sleep|drows\w+|tired|sedat\w+|somnol\w+|knock\w+)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:none|nothing|neither|never|not|hardly|nor|fail\w*)\b[^.;,:()]{0,25}$|n't[^.;,:()]{0,25}$", re.IGNORECASE
)
_ALL = re.compile(
    r"(?:,|;|:|\s-)\s*(?:and |but |yet )?(?:all|none|nothing) (?:of (?:which|these|them|this|it|those) )?"
    r"(?:were |was |have |has )?",
    re.IGNORECASE,
)
_NEITHER = re.compile(
    r"(?:,|;|:|\s-|\.)\s*(?:and |but |yet )?(?:neither|both)\b|\b(?:from|with|of|to) (?:either|both)\b", re.IGNORECASE
)
_MADE_UP_OF = re.compile(
    r"[,;:( ]{0,3}(?:and |which |that |has |have )*"
    r"(?:includ(?:ing|ed|es)|compris(?:ing|ed|es)(?: of)?|consist(?:ing|ed|s) (?:of|in)|in the form of|made up of"
    r"|such as|namely|with|involv(?:ing|ed|es)|encompass(?:ing|ed|es)|composed of|to include|incl\.?|[:(])",
    re.IGNORECASE,
)
_NEW_MATTER = re.compile(
    r"[;.]|\b(?:is|are|was|were|has|have|had|he|she|they|takes?|taking|took|tak(?:es|en)|now|currently|will|continu\w+"
    r"|start\w*|but|except|although|while|help\w*|plan\w*|recommend\w*|offer\w*|declin\w*|still|remains?|use[sd]?"
    r"|using|refus\w*|wants?|would|should|next|today)\b",
    re.IGNORECASE,
)
_LIST_END = re.compile(r"\b(?:and|or|nor|plus)\b|&|/", re.IGNORECASE)
_PERCENT_IS_RELIEF = re.compile(
    r"\s*(?:\w+\s+)?(?:relief|better|improve\w*|reduction|benefit|help|less pain|decrease)", re.IGNORECASE
)
_RELIEF_OF_PERCENT = re.compile(
    r"\b(?:help(?:s|ed|ing)?|relie(?:f|ves|ved)|better|improve[sd]?|improvement|benefit|reduce[sd]?|eas(?:es|ed))"
    r"(?: (?:of|by|about|maybe|only|perhaps|her|him|it|the|pain|is|was)| ?[:=~])* ?$",
    re.IGNORECASE,
)
# "from an 8 to a 6", of pain
_FROM_TO = re.compile(
    r"\b(?:pain|it|scores?|NPRS|NRS|VAS|her|him|me)\b[^.;:\d]{0,25}\bfrom (?:an? |about )?"
    r"(?P<first>\d{1,2})(?: ?/ ?10)?"
    r" (?:down )?to (?:an? |about )?(?P<last>\d{1,2})(?!\d|\.\d|/(?!10)| ?(?:%|weeks?|months?|visits?|mg|reps|min))",
    re.IGNORECASE,
)
_OF_INJECTION = re.compile(r"[^.;]{0,60}\b(?:injections?|blocks?|SIJI)\b", re.IGNORECASE)
_PERCENT_WITH = re.compile(
    r"\s*(?:pain )?(?:relief|better|improve\w*|reduction|benefit) (?:with|from|after|using)\b", re.IGNORECASE
)
# Between a result and the treatment named after it stand only words that count or describe the treatment.
_ONLY_MODIFIERS = re.compile(r"\s*:?[^.;:,]{0,45}$")


_INDICATION = re.compile(r"\bfor (?:an? |the |his |her )?(?:\w+ )?$", re.IGNORECASE)
_STOPPED_FOR = re.compile(r"\b(?:stop|quit|d/?c|discontinu|held|off|gave)\w*", re.IGNORECASE)
_ANY_BOX = re.compile(r"[\[(]\s?[xX*]?\s?[\])]")
_RESULT_HEAD = re.compile(
    r"(?:did it help|help(?:ed|ful|s)?|results?|response|outcome|relief|benefit|effect(?:ive(?:ness)?)?"
    r"|how (?:much|well)[^|]{0,20}|improve(?:d|ment))\s*\??",
    re.IGNORECASE,
)
_NONE_OF_IT = re.compile(
    r"(?:\d|gel|cream|patch(?:es)?)[^.;:,]{0,18}[:=,] ?(?P<none>none|nil|nothing|zero)\s*(?=$|[.;)])", re.I
)
_HELPED = re.compile(
    r"(?:did (?:it|they|this) (?:help|work)|does (?:it|this) help|help(?:ed|ful)?|any (?:help|relief|benefit))\s?\?\s*"
    r"(?:[-:=]\s*)?(?:A[.:)]?\s+)?[\"'(]*(?P<told>[A-Za-z0-9][A-Za-z0-9 ,%'-]{0,24}?)[\"')]*\s*(?=$|[.;|\n]|\s{2})",
    re.IGNORECASE,
)
# What a cell under such a head says in one word.
_CELL_RESULTS = (
    ("failed", re.compile(r"no|none|n|not at all|not really|nothing|nope|0|0 ?%|nil|zero|didn't|no help|no relief")),
    (
        "partial",
        re.compile(
            r"(?:yes,? )?(?:a (?:little|bit)|some|somewhat|slightly?|partial(?:ly)?|temporar(?:y|ily)|brief(?:ly)?"
            r"|short[- ]term|minimal(?:ly)?|mild(?:ly)?|sometimes|so-so|moderate(?:ly)?)"
        ),
    ),
    ("improved", re.compile(r"yes|y|a lot|very much|great|good|yes,? a lot|much|significant(?:ly)?")),
    ("worsened", re.compile(r"(?:made (?:it )?)?worse|hurt more|flared(?: it)?")),
)


def read_responses(reading: Reading, group: list[Mention]) -> dict[Mention, Response]:
    """The response to each treatment of a sentence, where one is told.

    In a list, a result told before the first item holds for all of it ("failed naproxen, tramadol and PT"), and one
    told after the last item does so too, unless it stands in brackets ("tramadol (nauseated)") or the list goes on by
    "then".
    """
    out: dict[Mention, Response] = {}
    for run in same_list(group):
        own = [_after(reading, mention) for mention in run]
        before = [_before(reading, mention) for mention in run]
        inherited: Response | None = None
        for i, mention in enumerate(run):
            inherited = before[i] or inherited
            told = own[i] or inherited
            if told:
                out[mention] = told
        if len(run) > 1 and own[-1] and not any(own[:-1]) and not any(before) and _is_shared(reading, run, own[-1]):
            for mention in run:
                out.setdefault(mention, own[-1])
    for mention in group:
        if mention.kind != "barrier" and (in_table := _in_table(reading, mention)):
            out[mention] = in_table
    told = out.get(group[-1])
    if told and _ALL.search(reading.text[group[-1].end : told[1][1]]):
        for mention in group:  # "..., all without sustained relief"
            if mention.kind != "barrier":
                out.setdefault(mention, told)
    for mention in _parts_of_failed_care(reading, group, out):
        out.setdefault(mention, out[group[0]])
    pair = [m for m in group if m.kind != "barrier"][-2:]
    if told and len(pair) == 2 and _NEITHER.search(reading.text, group[-1].end, told[1][1] + 15):
        out.setdefault(pair[0], told)  # "Motrin first, Relafen second: neither did her any good"
    title = group[0].sentence.section.title
    if title and reading.patterns.regexes["tx_title_failed"].search(title):
        section = group[0].sentence.section
        for mention in group:
            if mention.kind != "barrier":
                out.setdefault(mention, ("failed", (section.start, section.body)))
    return {m: (value, told[1]) for m, told in out.items() if (value := _as_of(m, told[0]))}


def _parts_of_failed_care(reading: Reading, group: list[Mention], told: dict[Mention, Response]) -> list[Mention]:
    """The treatments that failed conservative care is said to have been made up of, as far as that list goes.

    "Failed nine months of conservative care comprising PT, two anti-inflammatories, namely naproxen and meloxicam, and
    a belt": what failed is the whole, and so each part of it.
    """
    first, text = group[0], reading.text
    if len(group) < 2 or told.get(first, ("", (0, 0)))[0] != "failed" or told[first][1][1] > first.start:
        return []
    totals = list(reading.patterns.regexes["care_total_noun"].finditer(text, first.sentence.start, first.start))
    if not totals or not _MADE_UP_OF.match(text, totals[-1].end(), first.start):
        return []
    parts: list[Mention] = []
    for mention in group[1:]:
        if mention.kind == "barrier" or _NEW_MATTER.search(
            mention.joint or text[parts[-1].end if parts else first.end : mention.start]
        ):
            break
        parts.append(mention)
    return parts


def _as_of(mention: Mention, value: str) -> str | None:
    """A result told of a list, as it is said of a drug or of a therapy; None where it is told of the other sort."""
    if mention.kind == "therapy":
        return None if value == "intolerant" else value
    return {"unable": "intolerant", "worsened": "failed"}.get(value, value)


def is_summed_up(responses: dict[Mention, Response], mention: Mention) -> bool:
    """Whether one result is told of three or more treatments at once, the one at hand among them."""
    told = responses.get(mention)
    return told is not None and sum(other[1] == told[1] for other in responses.values()) >= 3


def _in_table(reading: Reading, mention: Mention) -> Response | None:
    """The result in the column headed "Helped?" or "Response" of the table row that begins with the treatment."""
    index = reading.line_index(mention.start)
    row = reading.lines[index].cells
    if len(row) < 2 or not any(c.start <= mention.start < c.end for c in row[:-1]):
        return None
    for above in range(index - 1, max(-1, index - 16), -1):
        heads = reading.lines[above].cells
        if _ANY_BOX.search(reading.lines[above].text):
            continue  # an item of a form, no heading
        for i, head in enumerate(heads):
            if i == 0 or not _RESULT_HEAD.fullmatch(head.text.strip()):
                continue
            cell = row[i] if len(row) == len(heads) else min(row[1:], key=lambda c: abs(c.column - head.column))
            if abs(cell.column - head.column) > 6 and len(row) != len(heads):
                return None
            if cell.start <= mention.start:
                return None  # the treatment stands in that column itself
            words = cell.text.strip().strip("\"'.\u201c\u201d").lower()
            for value, regex in _CELL_RESULTS:
                if regex.fullmatch(words):
                    return value, (cell.start, cell.end)
            hits = find_responses(reading, cell.start, cell.end, drug=mention.kind != "therapy")
            return best_response(hits, reading.text)
    return None


def is_negated(reading: Reading, mention: Mention, response: Response | None) -> bool:
    """Whether the words say that the patient did not have this treatment; "no relief with" is no such thing."""
    if response is not None:
        return False
    text, regexes = reading.text, reading.patterns.regexes
    before = text[mention.before[0] : mention.start]
    return bool(
        regexes["tx_not_had"].search(before) or regexes["tx_not_after"].match(text[mention.end : mention.after[1]])
    )


def best_response(hits: list[Response], words: str) -> Response | None:
    """The one that counts among several in one passage: not tolerated, worse, else the last one told."""
    if {"failed", "intolerant"} == {value for value, _ in hits} and all(
        _SLEEPY.match(words[slice(*span)]) for value, span in hits if value == "intolerant"
    ):
        return next(hit for hit in hits if hit[0] == "failed")  # "groggy, no help": not given up for the grogginess
    for value in ("intolerant", "unable", "worsened"):
        for hit in hits:
            if hit[0] == value:
                return hit
    return hits[-1] if hits else None


def find_responses(reading: Reading, low: int, high: int, *, drug: bool = False) -> list[Response]:
    """Every response told in [low, high), in order."""
    patterns: Patterns = reading.patterns
    hits: list[Response] = []
    if drug:
        for value, m in patterns.find("drug_intolerant", reading.text, low, high):
            # "on methadone, hepatitis C, and headaches": a list of disorders tells of no side effect
            front = reading.text[max(low, m.start() - 50) : m.start()]
            if _INDICATION.search(front) and not _STOPPED_FOR.search(front):
                continue  # "prednisone for an urticarial rash"
            if value == "yes" and reading.section_at(m.start()).category != "pmh":
                hits.append(("intolerant", m.span()))
    for value, m in patterns.find("care_response", reading.text, low, high):
        if value == "tolerated" or (drug and value in ("worsened", "unable")):
            continue
        if patterns.regexes["tx_no_answer"].match(reading.text, m.end(), high):
            continue  # "no response to phone calls"
        if value in ("improved", "partial") and _DENIED.search(reading.text[max(low, m.start() - 35) : m.start()]):
            value = "failed"
        if value == "failed" and patterns.regexes["tx_when_off"].match(reading.text, m.end(), min(high, m.end() + 40)):
            value = "partial"  # "helped while it was on and did nothing afterward"
        if (
            value == "failed"
            and hits
            and hits[-1][0] == "partial"
            and _NOT_MUCH.fullmatch(reading.text[m.start() : m.end()])
        ):
            apart = m.start() - hits[-1][1][1]
            if apart <= 6 or (apart <= 60 and _NOT_KEPT.fullmatch(reading.text[m.start() : m.end()])):
                continue  # "helped some, not a lot"; "some relief while it was on, no carry-over"
        hits.append((value, m.span()))
    for percent in find_percents(reading.text, low, high):
        told = _PERCENT_IS_RELIEF.match(reading.text, percent.end, high) or _RELIEF_OF_PERCENT.search(
            reading.text, low, percent.start
        )
        if told and not _OF_INJECTION.match(reading.text, percent.end, high):
            hits.append((_of_percent(percent), (percent.start, percent.end)))
    for m in _FROM_TO.finditer(reading.text, low, high):
        first, last = int(m["first"]), int(m["last"])
        if 0 < first <= 10 and last <= first:
            value = "failed" if last == first else "improved" if last <= first / 4 else "partial"
            hits.append((value, m.span()))
    if drug and not hits and (bare := _NONE_OF_IT.search(reading.text, low, min(high, low + 45))):
        hits.append(("failed", bare.span("none")))  # "gabapentin to 900 a day: none"
    return sorted(hits, key=lambda h: h[1])


def _of_percent(percent: Percent) -> str:
    return "improved" if percent.low >= 75 else "failed" if percent.high <= 10 else "partial"


def _after(reading: Reading, mention: Mention) -> Response | None:
    if mention.kind == "barrier":
        return None
    return _answered(reading, *mention.after) or best_response(
        find_responses(reading, *mention.after, drug=mention.kind != "therapy"), reading.text
    )


def _answered(reading: Reading, low: int, high: int) -> Response | None:
    """What a form's "Did it help?" was answered with, where that is one word or two."""
    for m in _HELPED.finditer(reading.text, low, high):
        for value, regex in _CELL_RESULTS:
            if regex.fullmatch(m["told"].lower()):
                return value, m.span("told")
    return None


def _before(reading: Reading, mention: Mention) -> Response | None:
    if mention.kind == "barrier":
        return None
    low, high = mention.before
    best: Response | None = None
    for value, m in reading.patterns.find("care_response_before", reading.text, low, high):
        if not _ONLY_MODIFIERS.match(reading.text[m.end() : high]):
            continue
        if mention.kind != "therapy":
            value = {"unable": "intolerant", "worsened": "failed"}.get(value, value)
        best = (value, m.span())
    for percent in find_percents(reading.text, low, high):
        joined = _PERCENT_WITH.match(reading.text, percent.end, high)
        if joined and _ONLY_MODIFIERS.match(reading.text[joined.end() : high]):
            best = (_of_percent(percent), (percent.start, percent.end))  # "40% improvement with PT"
    if best is None and mention.kind != "therapy":
        for value, m in reading.patterns.find("drug_intolerant", reading.text, max(low, high - 60), high):
            if value == "yes" and re.match(
                r"[^.;:,]{0,12}\b(?:with|from|to|on|of|due to)\b[^.;:,]{0,20}$", reading.text[m.end() : high], re.I
            ):
                best = ("intolerant", m.span())
    return best


def _is_shared(reading: Reading, run: list[Mention], told: Response) -> bool:
    if any(_ANY_BOX.search(mention.joint) for mention in run[1:]):
        return False  # "[x] ice [x] Aleve - helps a little": each box has its own answer
    start = told[1][0]
    words = reading.text[run[-1].end : start]
    if words.count("(") > words.count(")"):
        return False
    if (
        words.lstrip().startswith(")")
        and "(" in "".join(m.joint for m in run) + reading.text[run[0].start - 2 : run[0].start]
    ):
        return True  # "NSAIDs (ibuprofen, naproxen): minimal relief"
    if re.match(r"[^,;()]{0,15}(?:\s-|:|\s?[-=]+>|\s?=)\s", words):
        return True  # "ibuprofen, Tylenol, Flexeril - minimal relief"
    if len(run) >= 3 and re.match(r"\s*,?\s*(?:all )?(?:without|w/o)\b", words + reading.text[start : start + 8]):
        return True  # "tried PT, HEP, TENS without relief"
    clause = reading.text[run[-1].end : told[1][1]]
    if _SHARES.search(clause):
        return True
    last = run[-1].joint + reading.text[run[-1].start : run[-1].end]
    return bool(_LIST_END.search(last)) and "then" not in run[-1].joint and len(words) < 45
