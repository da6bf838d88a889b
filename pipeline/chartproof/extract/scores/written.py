"""Numbers in a sentence that are pain scores by how they are written or by the words right beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from chartproof.extract.scores.visits import first_visit
from chartproof.language.gate import gated
from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import NoteType

_INITIALS = {"C": "current", "B": "best", "W": "worst", "A": "average"}
_INITIAL = re.compile(r"\b(?P<name>[CBWA])[:= ]\s?(?P<n>10|\d)")
_OCR_TEN = gated(r"(\d\s?(?:/|out of|of)\s?)(?:[1lI|][0Oo]|1O)(?!\w)")  # "6/l0"
_MM_CHANGE = re.compile(
    r"(?<![\d/.-])(?P<a>100|\d{1,2})\s?(?:mm\s?)?(?:-{1,2}>|=>|\u2192|down to|to)\s?(?P<b>100|\d{1,2})\s?mm\b", re.I
)
_WORDS = {"one": 1.0, "zero": 0.0}
_SCALE = ("score_scale_words",)
_COUNTED_UP = re.compile(r"\d[ ]+\d{1,2}[ ]+\d{1,2}[ ]+\d{1,2}[ ]+\d")  # "0 1 2 3 4 5 6 7 8 9 10"
_LABEL = 48  # characters from a number to the word that says which score it is
_OPENS = re.compile(r"(?:^|[.,;:|(/]|\band|\bor|\bthen|\bbut|\ban?|-)\s*$", re.I)  # what a number alone may follow
_AROUND = ("pre_injection", "post_injection")
# a noun right behind a number makes it a count ("average 6 visits")
_COUNTED = re.compile(
    r"\s?(?!(?:and|but|with|on|at|to|in|over|for|or|which|as|of|since|by|today|now|while|best|worst|average|least|most|if"
    r"|out|she|he|it|is|was|the|before|after|pre|post|prior|when|right|this|usual|typical|going|coming|half|later|past|last|per|this|i"
    r"|documented|recorded|noted|reported|by|lying|sitting|standing|walking|just|all|most|every|lately|overall|usually|climbing|rising|goes|gets|hits)\b)[A-Za-z]{2,}"
    r"|\s?[°%]|\s?/\s?(?!10\b)\d"
)
_BRACKET = re.compile(r"\s?\([^()]{0,60}\)(?=\s?[:=]\s?$)")
# A number that closes its clause is named by a qualifier further off ("worst, after work, 8") unless the words
# between are those of a count, a length of time or another statement.
_CLOSES = re.compile(r"\s?\+?\s?(?:[.,;:)\"|]|/(?!\s?\d)|$|(?:and|but|then|or|while)\b)")
_NO_LABEL = re.compile(
    r"[.;|\d]|\b(?:tried|took|had|has|have|age|since|grade|least|by|with|wakes?|woken|up|rises)\s[^,]{0,40}$", re.I
)
_CLOCK = re.compile(r"\b(?:wakes?|woken?|awake\w*|gets? up|rises?) [^.;,\d]{0,16}\bat\s*$", re.I)  # "wakes her at 3"
_NO_ONE = re.compile(  # "the second one"
    r"\b(?:the|this|that|second|first|third|last|next|other|another|each|every|any|no|which|good|bad|same|new)\s*$",
    re.I,
)
_EVENTS = re.compile(
    r"\s?(?:flares?|flare-?ups?|spikes|peaks|episodes|(?:good|bad|usual|typical|average) days)\b", re.I
)
_LED_TO = re.compile(
    r"(?:[,:=(-]|\b(?:is|was|at|an?|about|around|of|to|roughly|maybe|perhaps|say|it|scored?|scores|reaches|hits|gets|runs?"
    r"|near|pain|as|then|be|than|even|still|only|just))\s*$",
    re.I,
)
# Words without which a sentence with no word of pain tells no score; those of procedure notes, where more is read.
_SIGNS = (
    "score_vas_word", "score_series", "score_series_initials", "score_initials", "score_change", "score_ten",
    "score_sure_before", "score_strong_before", "score_strong_after", "score_days",
)  # fmt: skip
_ENDS = ("score_course", "score_in_out")
_OF_PROCEDURE = ("score_pre_post", "score_before_after")


@dataclass(frozen=True)
class Written:
    """A score as written.

    Attributes:
        low, high: on 0-10.
        is_vas: written in millimetres or centimetres, or beside the name of a visual analog scale.
        plain: a bare number, which needs words of pain about it.
        change: "before" or "after" where it is one end of a change ("from 8 to 2").
        when: "pre" or "post" of a procedure note's "Pre 7 ... Post 3".
        name: what a series calls it ("worst" in "avg/worst: 6/9").
    """

    start: int
    end: int
    low: float
    high: float
    is_vas: bool = False
    plain: bool = False
    change: str | None = None
    name: str | None = None
    when: str | None = None


def find_written(reading: Reading, sentence: Sentence) -> list[Written]:
    """The scores in a sentence, in order and without overlap."""
    regexes = reading.patterns.regexes
    has_pain = has_pain_context(reading, sentence) or _names_days(reading, sentence)
    may_tell = has_pain or _says_score(reading, sentence)
    text = masked(reading, sentence.start, sentence.end) if may_tell else ""
    has_vas = bool(may_tell and regexes["score_vas_word"].search(reading.text, sentence.start, sentence.end))
    found: list[Written] = []
    for m in regexes["score_circled"].finditer(reading.text, sentence.start, sentence.end):
        value = float(m["n"] or m["first"])
        group = "n" if m["n"] else "first"
        found.append(Written(m.start(group), m.end(group), value, value))
    if not may_tell:
        return sorted(found, key=lambda w: w.start)
    if reading.note.type is NoteType.PROCEDURE:
        found += _before_and_after(reading, sentence, text)
    found += _series(reading, sentence, text)
    found += _changes(reading, sentence, text, has_pain)
    for m in regexes["score_between"].finditer(text):
        if has_pain:
            _add(found, sentence, m, float(m["n"]), float(m["n2"]))
    for m in regexes["score_ten"].finditer(text):
        low, high = float(m["n"] or m["n2"]), float(m["n2"])
        if low > high:  # "from 8/10 to 2/10" is two scores
            _add(found, sentence, m, high, high, span=m.span("n2"))
            continue
        if (
            m["n"]
            and re.search(r"\bfrom\s*$", text[max(0, m.start() - 6) : m.start()])
            and not regexes["score_ranges"].search(text[max(0, m.start() - 30) : m.start()])
        ):
            _add(found, sentence, m, high, high, span=(m.start("n2"), m.end()))
            continue
        _add(found, sentence, m, low, high)
    if has_vas:
        for m in _MM_CHANGE.finditer(text):  # "VAS 71 -> 14 mm"
            for group, end in (("a", "before"), ("b", "after")):
                at = (sentence.start + m.start(group), sentence.start + m.end(group))
                value = float(m[group]) / 10
                if value <= 10 and not any(f.start < at[1] and at[0] < f.end for f in found):
                    found.append(Written(*at, value, value, is_vas=True, change=end))
        for m in regexes["score_mm"].finditer(text):
            _add(found, sentence, m, float(m["n"] or m["n2"]) / 10, float(m["n2"]) / 10, is_vas=True)
        for m in regexes["score_cm"].finditer(text):
            _add(found, sentence, m, float(m["n2"]), float(m["n2"]), is_vas=True)
        for m in re.finditer(
            r"(?<![\d/.])(?P<n2>\d{2})(?![\d/%]|\.\d|\s?(?:%|percent|points?|mg|weeks?|months?|days?|years?|min|y/?o|-year))",
            text,
        ):
            if regexes["score_slot"].search(text[max(0, m.start() - 90) : m.start()]) and int(m["n2"]) > 10:
                _add(found, sentence, m, float(m["n2"]) / 10, float(m["n2"]) / 10, is_vas=True, plain=True)
    for m in regexes["score_bare"].finditer(text):
        at = (sentence.start + m.start("n2"), sentence.start + m.end("n2"))
        if any(f.start < at[1] and at[0] < f.end for f in found):
            continue
        if _is_score(reading, text, m, has_pain or _is_sure(reading, sentence, text, m)) or (
            (has_pain or reading.note.type is NoteType.PROCEDURE) and _is_named(reading, text, m, has_pain)
        ):
            word = m["n2"].lower()
            top = _WORDS[word] if word in _WORDS else float(word)
            if m["n"] and float(m["n"]) > top:  # "NRS 8 to 2"
                for group, value, end in (("n", float(m["n"]), "before"), ("n2", top, "after")):
                    at = (sentence.start + m.start(group), sentence.start + m.end(group))
                    found.append(Written(*at, value, value, change=end))
                continue
            _add(found, sentence, m, float(m["n"]) if m["n"] else top, top, plain=True)
    if any(w.is_vas and w.plain for w in found):  # "VAS 65 before, 10 after" is told in millimetres
        found = [
            replace(w, low=w.low / 10, high=w.high / 10, is_vas=True) if w.plain and not w.is_vas else w for w in found
        ]
    return sorted(found, key=lambda w: w.start)


def _says_score(reading: Reading, sentence: Sentence) -> bool:
    """False where no score can stand in a sentence about which nothing speaks of pain."""
    names = _SIGNS + _OF_PROCEDURE if reading.note.type is NoteType.PROCEDURE else _SIGNS
    start, end = sentence.start, sentence.end
    if "_" in reading.text[start:end] or _OCR_TEN.search(reading.text, start, end):
        return True  # what is read then is not what is written
    return reading.may_hold(names, start, end)


def _names_days(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence rates days or extremes by itself: "at its best a 3, at its worst a 9, mostly a 6"."""
    regexes, text = reading.patterns.regexes, reading.text
    named = {m[0].lower() for m in regexes["score_days"].finditer(text, sentence.start, sentence.end)}
    if not named:
        return False
    return (
        len(named) >= 2
        or regexes["score_pain_word"].search(text, max(0, sentence.start - 900), sentence.start) is not None
    )


def masked(reading: Reading, start: int, end: int) -> str:
    """The words of [start, end) with what a scale says of itself ("0-10", "10 = worst") blotted out."""
    text = reading.text[start:end]
    if _OCR_TEN.search(reading.text, start, end):
        text = _OCR_TEN.sub(r"\g<1>10", text)
    elif not (reading.may_hold(_SCALE, start, end) or _COUNTED_UP.search(text)):
        return text.replace("_", " ")
    return reading.patterns.regexes["score_scale"].sub(lambda m: " " * len(m[0]), text).replace("_", " ")


def has_pain_context(reading: Reading, sentence: Sentence) -> bool:
    """Whether the sentence, its heading, or the lines right before it speak of pain."""
    word = reading.patterns.regexes["score_pain_word"]
    if word.search(reading.text, sentence.start, sentence.end) or word.search(sentence.section.title or ""):
        return True
    before = reading.sentences[max(0, sentence.index - 3) : sentence.index]
    return any(word.search(reading.text, s.start, s.end) for s in before if sentence.start - s.end < 160)


def _add(
    found: list[Written],
    sentence: Sentence,
    m: re.Match[str],
    low: float,
    high: float,
    *,
    span: tuple[int, int] | None = None,
    is_vas: bool = False,
    plain: bool = False,
) -> None:
    start, end = span or m.span()
    start, end = sentence.start + start, sentence.start + end
    if low <= high <= 10 and not any(w.start < end and start < w.end for w in found):
        found.append(Written(start, end, low, high, is_vas, plain))


def _series(reading: Reading, sentence: Sentence, text: str) -> list[Written]:
    """The scores of "avg/worst/best: 6/9/3", each with its name."""
    out = []
    regexes = reading.patterns.regexes
    told = [*regexes["score_series"].finditer(text), *regexes["score_series_initials"].finditer(text)]
    for m in told:
        names = [_INITIALS.get(name, name) for name in re.split(r"\s?/\s?", m["names"])]
        values = list(re.finditer(r"\d+", m["values"]))
        if len(names) != len(values):
            continue
        for name, v in zip(names, values, strict=True):
            start = sentence.start + m.start("values")
            value = float(v[0])
            out.append(Written(start + v.start(), start + v.end(), value, value, name=name))
    for m in regexes["score_initials"].finditer(text):
        for one in _INITIAL.finditer(m[0]):
            start, value = sentence.start + m.start() + one.start("n"), float(one["n"])
            out.append(Written(start, start + len(one["n"]), value, value, name=_INITIALS[one["name"]]))
    return out


def _before_and_after(reading: Reading, sentence: Sentence, text: str) -> list[Written]:
    """ "Pre 7", "Post 3": scores of a procedure note that have no word of pain beside them."""
    out = []
    for m in reading.patterns.regexes["score_pre_post"].finditer(text):
        when = "pre" if re.match(r"pre|prior|before", m["when"], re.I) else "post"
        start, end = sentence.start + m.start("n"), sentence.start + m.end("n")
        out.append(Written(start, end, float(m["n"]), float(m["n"]), plain=True, when=when))
    for m in reading.patterns.regexes["score_before_after"].finditer(text):
        for group, when in (("n", "pre"), ("n2", "post")):
            start, end = sentence.start + m.start(group), sentence.start + m.end(group)
            if not any(w.start < end and start < w.end for w in out):
                out.append(Written(start, end, float(m[group]), float(m[group]), plain=True, when=when))
    return out


def _changes(reading: Reading, sentence: Sentence, text: str, has_pain: bool) -> list[Written]:
    """The two ends of "from 8 to 2" and "8 -> 1"."""
    out = []
    injection = reading.patterns.regexes["score_injection_word"].search(text)
    for name in _ENDS if reading.note.type in (NoteType.PT, NoteType.PROCEDURE) and (has_pain or injection) else ():
        if (name == "score_course") != (reading.note.type is NoteType.PT):
            continue
        if name == "score_course" and first_visit(reading) is None:
            continue
        for m in reading.patterns.regexes[name].finditer(text):
            for key, end in (("a", "before"), ("b", "after")):
                group = next(g for g in (key, f"{key}2", f"{key}3", f"{key}4") if g in m.re.groupindex and m[g])
                start, stop = sentence.start + m.start(group), sentence.start + m.end(group)
                if float(m[group]) <= 10:
                    out.append(Written(start, stop, float(m[group]), float(m[group]), change=end))
    if out:
        return out
    for m in reading.patterns.regexes["score_change_back"].finditer(text):
        if (has_pain or injection) and float(m["a"]) > float(m["b"]):
            for group, end in (("b", "after"), ("a", "before")):
                span = (sentence.start + m.start(group), sentence.start + m.end(group))
                out.append(Written(*span, float(m[group]), float(m[group]), change=end))
    for m in reading.patterns.regexes["score_change"].finditer(text):
        first, second = ("a", "b") if m["a"] else ("a2", "b2")
        before, after = float(m[first]), float(m[second])
        if before <= after or not (has_pain or injection or "/" in m[0] or reading.note.type is NoteType.PROCEDURE):
            continue
        for group, value, end in ((first, before, "before"), (second, after, "after")):
            out.append(
                Written(sentence.start + m.start(group), sentence.start + m.end(group), value, value, change=end)
            )
    return out


def _is_sure(reading: Reading, sentence: Sentence, text: str, m: re.Match[str]) -> bool:
    """A bare number behind "today a" or "currently", closing its clause, in a note that spoke of pain or injecting."""
    regexes = reading.patterns.regexes
    if not regexes["score_sure_before"].search(text[max(0, m.start() - 60) : m.start()]):
        return False
    if not re.match(r"\s*(?:[.,;)!\"]|$|and\b|but\b|on\b|today|now)", text[m.end() :]):
        return False
    low = max(0, sentence.start - 900)
    return any(
        regexes[name].search(reading.text, low, sentence.end) for name in ("score_pain_word", "score_injection_word")
    )


def _is_named(reading: Reading, text: str, m: re.Match[str], has_pain: bool) -> bool:
    """Whether a word beside a bare number says which score it is: "usual 6, high 8", "8 when it is bad".

    Without a word of pain (in a procedure note) only words of before and after the procedure do.
    """
    regexes = reading.patterns.regexes
    before, after = _without_bracket(text, m.start(), _LABEL), text[m.end() : m.end() + _LABEL]
    if m["n2"].lower() == "one" or regexes["score_bound"].search(before) or regexes["score_counter"].search(before):
        return False
    if _EVENTS.match(after):
        return False
    gap, gap_behind = regexes["score_label_gap"], regexes["score_label_gap_behind"]
    if _OPENS.search(before):
        value, told = next(reading.patterns.find("score_qualifier", after), ("", None))
        if told is not None and (has_pain or value in _AROUND) and gap_behind.match(after[: told.start()]):
            return True
    if _COUNTED.match(after):
        return False
    labels = [m for value, m in reading.patterns.find("score_qualifier", before) if has_pain or value in _AROUND]
    if any(gap.match(before, label.end()) for label in labels):
        return True
    if not labels or not _CLOSES.match(after) or not _LED_TO.search(before):
        return False
    return not _NO_LABEL.search(before[max(label.end() for label in labels) :])


def _without_bracket(text: str, end: int, reach: int) -> str:
    """The words before a score, without a bracket that stands between a label and its colon."""
    before = text[max(0, end - reach - 70) : end]
    bare = _BRACKET.sub("", before)
    return bare[-reach:]


def _is_score(reading: Reading, text: str, m: re.Match[str], has_pain: bool) -> bool:
    """Whether a bare number is a pain score: by the words right before or right behind it."""
    regexes = reading.patterns.regexes
    before = _without_bracket(text, m.start(), 100)
    after = text[m.end() : m.end() + 40]
    word = m["n2"].lower() in _WORDS
    if not before.strip() and not word:
        # "7 on a bad day.", "5 today."
        return has_pain and regexes["score_whole"].match(text[m.end() :]) is not None
    if (
        not before.strip()
        or regexes["score_bound"].search(before)
        or regexes["score_counter"].search(before)
        or before.endswith("(range ")
        or _CLOCK.search(before)
        or (re.match(r"\s?[)\]](?!\s*(?:[.,;)]|$))", after) and not before.rstrip().endswith("("))
    ):
        return False
    slot = regexes["score_slot"].search(before)
    told = regexes["score_after"].match(after)
    if word and _NO_ONE.search(before):
        return False
    if word and not (slot and not re.match(r"\s?[a-z]", after)) and not told:
        return False
    if told and regexes["score_strong_before"].search(before):
        return True
    if has_pain and regexes["score_sure_before"].search(before) and re.match(r"\s*(?:[.,;)!\"]|$)", after):
        return True
    if slot and has_pain:
        # a noun right behind makes it a count ("rates 3 areas"); function words, marks and qualifiers do not
        return bool(told) or not re.match(
            r"\s?(?!and\b|but\b|with\b|on\b|at\b|to\b|in\b|over\b|for\b|or\b|which\b|as\b|of\b|since\b|by\b|today\b|now\b|while\b|best\b|worst\b|average\b|least\b|most\b|if\b|today\b|out\b|she\b|he\b|is\b|was\b|the\b|plus\b|again\b|despite\b|even\b|without\b|documented\b|recorded\b|noted\b|reported\b|obtained\b|entered\b|charted\b|given\b|overall\b|constant(?:ly)?\b|throughout\b|every\b|all\b|these\b|just\b|right\b|when\b|lying\b|sitting\b|standing\b|walking\b|from\b|per\b|this\b|during\b|after\b|before\b|prior\b|post\b|pre\b|because\b|that\b|although\b|so\b|then\b|then\b|max\b|current\b|nrs\b|vas\b|pain\b|or\b|than\b)[a-z]{2,}",
            after,
        )
    return bool(
        told
        and re.search(
            r"(?:\b(?:is|was|it|an?|at|herself|himself|and|to|been|perhaps|about|around|of|as)|[(,;:-])\s*$", before
        )
        and (has_pain or regexes["score_strong_after"].match(after))
    )
