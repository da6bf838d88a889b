"""What a passage says came of an injection: percent of relief, how long, temporary, pain back; each with its place.

Sources: corpora/GUIDE.md section 2 (values with bounds; scores before and after; relief_temporary, relief_ended).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from chartproof.extract.injections.cue_lengths import LEAD, back_after, back_by, ended_then
from chartproof.language.dates import DateMention
from chartproof.language.patterns import Patterns
from chartproof.language.quantities import find_durations, find_percents
from chartproof.model.dates import DAYS_PER_MONTH

Kind = Literal["percent", "scores", "days", "until", "temporary", "ended", "detail"]

_FRACTIONS = {
    "nine_tenths": 90.0,
    "four_fifths": 80.0,
    "four_fifths_2": 80.0,
    "three_quarters": 75.0,
    "two_thirds": 66.7,
    "half": 50.0,
    "third": 33.3,
    "quarter": 25.0,
    "fifth": 20.0,
}
_AT_LEAST = re.compile(
    r"\b(?:(?<!no )(?<!not )(?:better|more) than|over|at least|upwards of|greater than|in excess of"
    r"|(?:no|not|never) (?:less|fewer) than)\s+(?:an? )?$",
    re.I,
)
_AT_MOST = re.compile(
    r"\b(?:(?<!no )(?<!not )less than|under|at most|up to|(?:no|not) (?:more|better) than|not even"
    r"|barely)\s+(?:an? )?$",
    re.I,
)
_NOT_LESS = re.compile(
    r"\b(?:no|not|never|n't)\s+(?:any\s+)?(?:less|fewer|under|below|short)(?: (?:than|of))?\s*$", re.I
)
_AND_BEFORE = re.compile(r"(?<![\d/.])(?P<n>\d{2}), ?(?:maybe |perhaps |say )?$", re.I)
_NO_MORE_THAN = re.compile(r"\b(?:no (?:more|better) than|(?:under|below|less than|short of)[ -]?)\s*$", re.I)
# "ten percent at the outside", "30% if that"
_UPPER_BEHIND = re.compile(
    r",?\s*(?:(?:of (?:the )?)?(?:relief|better|improve\w*|help|benefit),?\s*)?"
    r"(?:at (?:the )?(?:very )?(?:most|outside|best|max\w*)|tops|max(?:imum)?|if that(?: much)?)\b",
    re.I,
)
_LOWER_BEHIND = re.compile(
    r",?\s*(?:(?:of (?:the )?)?(?:relief|better|improve\w*|help|benefit),?\s*)?(?:at least"
    r"|at a minimum|if not more|and then some|(?:or|maybe) more)\b",
    re.I,
)
_PERCENT_BEHIND = re.compile(
    r"[^.;%\d]{0,30}?(?P<n>\d{1,3}) ?(?:%|per ?cent)", re.I
)  # "a third better - she says 30 percent"
_OF_WHAT_IT_WAS = re.compile(r"\s*of what it (?:was|had been|used to be)\b", re.I)
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_FAILED_TO_HOLD = re.compile(
    r"(?:\bnot|n't) (?:\w+ )?(?:h[eo]ld|stick|last(?:ed|ing)?|endured?|keep|kept up|stay|maintained|sustained|durable"
    r"|preserved"
    r"|retained|persist(?:ed)?|doing|helping|working|holding)\b",
    re.I,
)
# "she lost it all", "he was back at his usual" speak of the pain although a person is named
_OF_THE_PERSON = re.compile(
    r"(?:(?:(?:right |exactly |just )?(?:was|is|am|are) )(?:now\s|right\s|back\s){0,3}where|lost|ha[sd] nothing"
    r"|no longer|had a|has had a"
    r"|have nothing|back|slid|limping|hurting|aching|in pain|sore|suffering|square)\b",
    re.I,
)
_SCORE_PAIRS = (
    "injection_from_to",
    "injection_pre_post",
    "injection_down_from",
    "injection_diary_inline",
    "injection_down_to",
    "injection_down_to_plain",
    "injection_around",
)
UNIT_DAYS = {"d": 1.0, "w": 7.0, "m": DAYS_PER_MONTH, "h": 1 / 24}
_CARRIED_ON = re.compile(
    r"\W*(?:(?:that|it|this|relief|benefit|which) )?(?:(?:was |were )?(?:good |worth )?for|last(?:ed"
    r"|ing|s)|h[eo]ld(?:ing)?(?: for| up)?"
    r"|x|persisted(?: for)?|stayed that way(?: for)?|got|about|maybe|some)\s*"
    r"(?:about |roughly |only |nearly |almost |maybe |just |some |around |a good |a full |over |all of )?",
    re.I,
)
# "80% better. 5 wks of it.": a length of time alone
_ALONE_AFTER = re.compile(
    r"\s*(?:$|[.;]|,? ?(?:then|before|and then|until|till|and (?:it|now|the pain|gone|back))\b"
    r"|or thereabouts\b|of (?:it|that|this|relief|benefit|peace|improvement|help)\b|'?\s*worth\b|total\b"
    r"|(?:in )?all told\b|tops\b|or so\b|,)",
    re.I,
)
_RELIEF_JUST_TOLD = re.compile(
    r"\b(?:better|relie(?:f|ved)|improve\w*|pain[- ]free|helped|less pain|reduction|gone"
    r"|good)\b[^.;\n]{0,25}[.;,:?\n]\s*$"
    r"|\d ?(?:%|percent|pct)[^.;\n]{0,25}[.;,:?\n]\s*$",
    re.I,
)
# "her rash came back", "she returned"
_OTHER_RETURNED = re.compile(
    r"\b(?:rash|swelling|fever|bleeding|nausea|diarrh\w+|headaches?|cough|infection|neck|shoulder|knee|she|he|pt|patient|veteran|who"
    r"|numbness|tingling|weakness|depression|sugars?|glucose|fatigue|clot)(?: (?:has|had|have|then|since|again))?\s+$",
    re.I,
)
# "80% better. 5 wks of it. Gone now."
_GONE_ALONE = re.compile(
    r"\W*(?:(?:it|it's|it is|all|relief|now|that|but|and|is|has|been|since|then|right"
    r"|all) ){0,4}(?:gone|back|returned|over|wearing (?:off|out)|fading|waning|slipping|coming back"
    r"|creeping back|returning)"
    r"(?: now| again| since| already| by now| to (?:the )?same| in full)?\W*",
    re.I,
)
_RELIEF_OR_LENGTH = re.compile(
    r"\b(?:days?|weeks?|wks?|months?|mos?|hours?|hrs?|of it|relief|better)\b[^.;\n]{0,20}[.;,\n]\s*$", re.I
)
_NEVER_LONGER = re.compile(r"\b(?:none|neither|not|never)\b[^.;]{0,40}$|n't\b[^.;]{0,20}$", re.I)
_LONGER = re.compile(r"(?:more|longer|over|beyond|past|>)", re.I)
_LONGER_BEFORE = re.compile(r"\b(?:more|longer|over|beyond|past)(?: than)?(?: about| a full)?\s+$", re.I)
# "excellent relief, 2 mo"
_RELIEF_AT = re.compile(
    r"\b(?:relief|better|improve(?:d|ment)|benefit|response|helped)\s*(?:[,:(;/-]|x|for)?\s*(?:about |approx\w* |~)?$",
    re.I,
)
# "15 min 2, 1 h 1": times of a diary
_TIME_POINT = re.compile(
    r"\s*[:=-]?\s*(?:10|\d)(?:\s*/\s*10)?(?=\s*(?:[,;\n]|\.(?!\d)|$)|\s{2,}|\s+\d{1,2} ?(?:min\w*|hrs?|h)\b)"
)
_HELD = re.compile(r"\b(?:held|lasted|lasting|stayed|wore)\b[^.;%]{0,20}$", re.I)
_YET = re.compile(r"(?:when|once|until|till)\b", re.I)
_FOR = re.compile(
    r"\b(?:for|over|during|in) (?:about |roughly |only |just |some |the first |the next |the |the whole |a good "
    r"|nearly |almost |all of |close to )?$",
    re.I,
)
_UNTIL = re.compile(r"until|till|through|to\b", re.I)
_LATER = 240  # characters within which "no relief at first" goes on to the relief that came
_NTH = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_PASSED = re.compile(r"\s*(?:are|is|have|has|had)? ?(?:now )?(?:gone|passed|elapsed|gone by) (?:by )?since\b", re.I)
_IT_WAS = re.compile(
    r"\b(?:it|that) (?:was|took) (?:(?:about|some|a good|fully|only|nearly|almost|another|a full) ){0,2}$",
    re.I,
)
_SO = re.compile(r"\bso(?:,? (?:that|about|roughly|call it|that is|that's|it lasted|maybe|some))?,?\s+$", re.I)
_PAST = re.compile(
    r"\b(?:came|wore|worn|returned|recurred|faded|crept|was|were|had|gave|let|ebbed|slid|went|quit|stopped|relapsed"
    r"|dissipated|ran|died|ended|subsided|tapered|lost|rebounded|drifted|settled|set|petered|tailed|lapsed)\b",
    re.I,
)
_SECOND_LENGTH = re.compile(
    r"\b(?:second|other|latter|third|repeat)(?: one| injection| block| shot)?,? (?:(?:with )?\d{1,3} ?%(?: relief"
    r"| better)? )?(?:(?:lasted|held|persisted|stayed|good) )?(?:for )?"
    r"(?:about |only |just |roughly |nearly |almost )?"
    r"(?P<n>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?=\s*(?:[.;,)]|$|and\b|before\b|until\b))",
    re.I,
)
_NEXT_ENDED = re.compile(
    r"\b(?:second|third|other|latter|left|right)(?: one| side)?,? (?:after|at|by|in|within)\s+(?:about |only |just )?$",
    re.I,
)
# "not sustained and she is back to her usual pain": what is denied is over
_GOES_ON = re.compile(r"\b(?:not|never|no|without|n't)\b[^.;]*\s(?:and|but|so|then)\s", re.I)
_AHEAD = re.compile(r"\b(?:[Ww]ill|would|might|may|could|should)\b")
_WHERE_STARTED = re.compile(r"right back (?:where|to)|back (?:to )?where|(?:back (?:at|to|in) )?square", re.I)
_ABOUT_PAIN = re.compile(r"\b(?:pain|ache|symptoms?|discomfort|soreness)\b", re.I)


@dataclass(frozen=True)
class Cue:
    """A statement about an injection at [start, end).

    Attributes:
        kind: what it states; ``detail`` is an attribute of what was done (``name`` says which).
        value: percent (low, high), days, True, or the detail's value.
        strong: it speaks of relief by its own words; a weak one needs an injection named beside it.
    """

    kind: Kind
    start: int
    end: int
    value: Any
    strong: bool = True
    name: str = ""


def relief_from_scores(before: float, after: float) -> tuple[float, float] | None:
    """Percent of relief from scores before and after: (before - after) / before; None where it did not fall."""
    if before <= 0 or after > before:
        return None
    percent = round(100 * (before - after) / before, 1)
    return percent, percent


def score_pair(m: re.Match[str]) -> tuple[float, float]:
    """The scores before and after of a match: groups ``a`` and ``b``, or those of the alternative that matched."""
    told = {name[0]: float(value) for name, value in m.groupdict().items() if value and name[0] in "ab"}
    return told["a"], told["b"]


class CueFinder:
    """Finds cues in a text; built once per note."""

    def __init__(self, text: str, patterns: Patterns):
        self.text = text
        self.regexes = patterns.regexes
        self.patterns = patterns

    def relief(self, start: int, end: int, terse: bool = False) -> list[Cue]:
        """All cues on the outcome within [start, end), in order.

        Args:
            terse: the passage is a list item or a table row, where "80% x 5 wks" needs no words of relief.
        """
        cues = [*self._percents(start, end), *self._scores(start, end)]
        cues += self._days(start, end, cues, terse)
        cues += self._flags(start, end)
        held = [c for c in cues if c.kind == "days" and _HELD.search(self.text, max(start, c.start - 30), c.start)]
        cues = [
            replace(c, strong=True) if c.kind == "percent" and any(0 <= h.start - c.end <= 60 for h in held) else c
            for c in cues
        ]
        return sorted(cues, key=lambda c: (c.start, c.end))

    def until(self, dates: list[DateMention]) -> list[Cue]:
        """The days on which relief is told to have ended ("lasted until 4/15"), of these dates of one sentence."""
        return [
            Cue("until", d.start, d.end, d.value.first)
            for d in dates
            if d.value.day
            and (
                self.regexes["relief_until"].search(self.text, max(0, d.start - 90), d.start)
                or back_by(self.text, self.regexes, d)
            )
        ]

    # -- how much ----------------------------------------------------------------------------------------------------

    def _percents(self, start: int, end: int) -> list[Cue]:
        text, rx = self.text, self.regexes
        cues: list[Cue] = []
        opening = self._question(start)
        for p in find_percents(text, start, end):
            before, after = text[max(opening, p.start - 70) : p.start], text[p.end : min(end, p.end + 70)]
            follows, precedes = rx["relief_follows"].match(after), rx["relief_precedes"].search(before)
            if rx["relief_not_percent"].match(after) or rx["relief_not_percent_before"].search(before):
                continue
            if rx["relief_drug_before"].search(before) and not follows:
                continue
            if re.search(r"\d\s{2,}p", text[p.start : p.end], re.I):
                continue  # the number of a question: "2   Percent (0-100)?"
            if self._only_needed(start, p.start) or rx["relief_needs_after"].match(text, p.end, end):
                continue
            low, high = p.low, p.high
            if low < high and before.rstrip().endswith("#"):
                low = high  # "#1 - 85%"
            remaining = rx["relief_remaining"].match(after)
            if remaining:
                plainly = "what it" in remaining[0]
                if not (
                    plainly or rx["relief_remaining_before"].search(before) or re.search(r"\bpain\b", before, re.I)
                ):
                    continue
                cues.append(Cue("percent", p.start, p.end + remaining.end(), (100 - high, 100 - low)))
                continue
            left_with = rx["relief_left_with"].search(before) and rx["relief_of_pain"].match(after)
            if left_with or rx["relief_left_over"].match(after):
                cues.append(Cue("percent", p.start, p.end, (100 - high, 100 - low)))
                continue
            if re.match(
                r"\s*of (?:the |his |her )?(?:\w+ )?pain (?:remain|persist|is left|was left|still)", after, re.I
            ):
                cues.append(Cue("percent", p.start, p.end, (100 - high, 100 - low)))
                continue
            if _NO_MORE_THAN.search(before) or (high < 100 and _UPPER_BEHIND.match(after)):
                low = 0.0
            elif high < 100 and _LOWER_BEHIND.match(after):
                high = 100.0
            number = re.search(r"\d", text[p.start : p.end])
            if number and _NOT_LESS.search(text, max(opening, p.start - 12), p.start + number.start()):
                low, high = max(low, high) if low == 0 else low, 100.0
            several = _AND_BEFORE.search(before)
            if several and 0 < low - float(several["n"]) <= 20:
                low = float(several["n"])  # "75, 80 percent, something like it"
            stop = p.end + (follows.end() if follows else 0)
            begin = p.start - (len(before) - precedes.start() if precedes and not follows else 0)
            two = rx["relief_two_figures"].search(text[p.start : p.end])
            if two and not re.search(r"\bbetween\s*$", before, re.I):
                name = f"{two['a']} {two['b']}"  # one each where two injections are told of
            else:
                name = ""
            cues.append(Cue("percent", begin, stop, (low, high), strong=bool(follows or precedes), name=name))
        for m in rx["relief_labelled"].finditer(text, start, end):
            value = float(next(v for v in m.groups() if v))
            if value <= 100:
                cues.append(Cue("percent", m.start(), m.end(), (value, value)))
        for m in [*rx["relief_circled"].finditer(text, start, end), *rx["relief_answered"].finditer(text, start, end)]:
            low, high = float(m["a"]), float(m["b"] or m["a"])
            if low <= high <= 100:
                cues = [c for c in cues if c.end <= m.start() or c.start >= m.end()]
                cues.append(Cue("percent", m.start(), m.end(), (low, high)))
        for m in rx["relief_ticked"].finditer(text, start, end):
            low = float(m["a"])
            high = float(m["b"] or m["a"])
            if m["bound"]:
                low, high = (0.0, low) if m["bound"][0] in "<≤" else (low, 100.0)
            if low <= high <= 100:
                cues = [c for c in cues if c.end <= m.start() or c.start >= m.end()]
                cues.append(Cue("percent", m.start(), m.end(), (low, high)))
        for name, regex in (("complete", "relief_complete"), ("none", "relief_none")):
            for m in rx[regex].finditer(text, start, end):
                if self._only_needed(start, m.start()) or any(c.start < m.end() and m.start() < c.end for c in cues):
                    continue
                if name == "none" and rx["relief_none_at_first"].match(text, m.end(), m.end() + _LATER):
                    continue
                all_or_none = (100.0, 100.0) if name == "complete" else (0.0, 0.0)
                # "unchanged" is said of much else: only beside the injection
                cues.append(Cue("percent", m.start(), m.end(), all_or_none, "unchanged" not in m[0].lower()))
        for m in rx["relief_tenths"].finditer(text, start, end):
            tenths = 10 * float(m["n"])
            cues.append(Cue("percent", m.start(), m.end(), (tenths, tenths)))
        for m in rx["relief_fraction"].finditer(text, start, end):
            left = _OF_WHAT_IT_WAS.match(text, m.end(), end) or rx["relief_left_over"].match(text, m.end(), end)
            if left is None and rx["relief_left_with"].search(text, max(start, m.start() - 50), m.start()):
                left = rx["relief_of_pain"].match(text, m.end(), end)
            if left and not self._only_needed(start, m.start()):
                rest = 100 - _FRACTIONS[m.lastgroup or "half"]
                cues.append(Cue("percent", m.start(), left.end(), (rest, rest)))
                continue
            better = rx["relief_fraction_after"].match(text[m.end() : min(end, m.end() + 40)])
            cut = rx["relief_fraction_before"].search(text[max(start, m.start() - 40) : m.start()])
            if (
                not (better or cut)
                or self._only_needed(start, m.start())
                or any(c.start < m.end() and m.start() < c.end for c in cues)
            ):
                continue
            part = _FRACTIONS[m.lastgroup or "half"]
            told = _PERCENT_BEHIND.match(text, m.end(), end)
            if told and abs(float(told["n"]) - part) <= 10:
                part = float(told["n"])
                cues = [c for c in cues if not told.start("n") <= c.start <= told.end("n")]
            ahead = text[max(start, m.start() - 16) : m.start()]
            low, high = 0.0 if _AT_MOST.search(ahead) else part, 100.0 if _AT_LEAST.search(ahead) else part
            cues.append(Cue("percent", m.start(), m.end() + (better.end() if better else 0), (low, high)))
        return cues

    def _question(self, start: int) -> int:
        """Where the question begins that [start, ...) answers on a form ("How long did it last? 4 days")."""
        if not self.text[max(0, start - 50) : start].rstrip(" \t").endswith("?"):
            return start
        return max(0, start - 90, self.text.rfind("\n", 0, start) + 1)

    def _only_needed(self, start: int, at: int) -> bool:
        """The figure is one asked for, not one reached ("surgeons want to see 70% relief")."""
        return bool(self.regexes["relief_needs"].search(self.text, max(start, at - 90), at))

    def _scores(self, start: int, end: int) -> list[Cue]:
        """ "took her from 8 to 2", "8 -> 1", "pre 7/10, post 2/10"."""
        cues = []
        for name in _SCORE_PAIRS:
            for m in self.regexes[name].finditer(self.text, start, end):
                before, after = score_pair(m)
                value = relief_from_scores(before, after)
                if value is not None and before <= 10 and not self._only_needed(start, m.start()):
                    cues.append(Cue("scores", m.start(), m.end(), value))
        for m in self.regexes["injection_from_to_mm"].finditer(self.text, start, end):
            value = relief_from_scores(*score_pair(m))
            if value is not None and not self._only_needed(start, m.start()):
                cues.append(Cue("scores", m.start(), m.end(), value))
        return cues

    # -- how long ----------------------------------------------------------------------------------------------------

    def _days(self, start: int, end: int, cues: list[Cue], terse: bool) -> list[Cue]:
        text, rx = self.text, self.regexes
        out: list[Cue] = []
        opening = self._question(start)
        paired = [
            m
            for m in rx["relief_two_lengths"].finditer(text, start, end)
            if not m["unit_a"] or any(c.name for c in cues if c.kind == "percent")  # "5 weeks and 3 days" is one
        ]
        for m in paired:
            days = UNIT_DAYS[m["unit"][0].lower()]
            if re.search(r"\bbetween\s+$", text[max(start, m.start() - 10) : m.start()], re.I):
                middle = (float(m["a"]) + float(m["b"])) / 2
                out.append(Cue("days", m.start(), m.end(), round(middle * days, 3)))
                continue
            first = UNIT_DAYS[(m["unit_a"] or m["unit"])[0].lower()]
            figures = f"{float(m['a']) * first:g} {float(m['b']) * days:g}"
            out.append(Cue("days", m.start(), m.end(), round(float(m["b"]) * days, 3), name=figures))
        for d in find_durations(text, start, end):
            if any(m.start() < d.end and d.start < m.end() for m in paired):
                continue
            before, after = text[max(opening, d.start - 60) : d.start], text[d.end : min(end, d.end + 30)]
            if _NEVER_LONGER.search(before) and (_LONGER.match(text, d.start) or _LONGER_BEFORE.search(before)):
                continue  # "none of which lasted more than a month"
            stop = d.end
            if text[stop - 1] == ".":
                stop, after = stop - 1, ""  # "x 6 wks. S/P ..."
            held_for = re.search(r"\b(?:for|lasted|lasting|x|worth|held)\s+(?:about |roughly |only )?$", before, re.I)
            returned = ended_then(text, rx, start, d.start, stop, end)
            if (
                rx["relief_days_not"].match(after)
                and not (held_for and re.match(r"\s*(?:after|post|following)\b", after, re.I))
                and not (returned and re.match(r"\s*(?:later|after)\b", after, re.I))
                and not back_after(text, rx, start, d.start, stop, end)
            ):
                continue
            if rx["relief_days_else"].search(before) or rx["relief_days_else_after"].match(after):
                continue
            if self._only_needed(start, d.start) or _TIME_POINT.match(after):
                continue
            if d.unit == "minute" and not (_FOR.search(before) or rx["relief_days_strong"].search(before)):
                continue
            if _PASSED.match(after):
                continue  # "5 weeks are gone since the shot"
            if rx["injection_held"].search(text, start, d.start) and re.search(r"\bh[eo]ld\b", before, re.I):
                continue
            strong = rx["relief_days_strong"].search(before) is not None
            ended = rx["relief_days_ended"].search(before)
            of_relief = rx["relief_days_after"].match(after)
            returned = returned or back_after(text, rx, start, d.start, stop, end)
            plain = rx["relief_days_before"].search(before)
            near = any(
                0 <= d.start - c.end <= 70 and not re.search(r"[;]|\.\s", text[c.end : d.start])
                for c in cues
                if c.kind in ("percent", "scores")
            )
            worded = rx["relief_word"].search(text, max(start, d.start - 60), d.start)
            before_it = text[max(opening, d.start - 110) : d.start]
            led = self._leads_up(cues, start, d.start)
            state = rx["relief_days_state"].search(before_it)
            over = None if rx["relief_not_ended"].search(before_it) else rx["relief_days_over"].search(before_it)
            then = rx["relief_days_then"].match(text, stop, end)
            if then and not (near or worded or led or "which" in then[0] or _IT_WAS.search(before_it)):
                then = None
            ended = ended or over
            strong = bool(strong or led or state or then)
            if _NEXT_ENDED.search(before) and rx["relief_ended"].search(text, start, d.start):
                ended = ended or _NEXT_ENDED.search(before)  # "the first wore off at 4 weeks, the second after 6 hours"
                out.append(Cue("ended", d.start, stop, True))
            if re.search(r"\bi\.e\.,?\s*(?:about |roughly )?$", before, re.I):
                ended = ended or rx["relief_ended"].search(before)
            # "70% better", and on the next line "for 3 weeks, then it wore off"
            carried = _CARRIED_ON.fullmatch(text, start, d.start) and rx["relief_word"].search(
                text, max(0, start - 40), start
            )
            told_before = max(0, start - 60)
            alone = (
                (_CARRIED_ON.fullmatch(text, start, d.start) or LEAD.fullmatch(text, start, d.start))
                and _ALONE_AFTER.match(text, stop, end + 1)
                and _RELIEF_JUST_TOLD.search(text, told_before, start)
            )
            if _SO.search(before) and rx["relief_ended"].search(text, start, d.start):
                strong = strong or _SO.search(before) is not None  # "the pain returned last week, so 4 weeks"
            ahead = _FOR.search(before) and next((c for c in cues if 0 <= c.start - stop <= 60), None)
            if (
                ahead
                and ahead.kind == "percent"
                and not re.search(
                    r"[.;%:]|\b(?:ago|prior|before|of (?:PT|therapy|physical|pain|conservative))\b",
                    text[stop : ahead.start],
                )
            ):
                strong = strong or _FOR.search(before) is not None  # "for two weeks she was 30% better"
            told = bool(strong or ended or returned or of_relief or carried or alone)
            if not (told or (plain and (near or worded)) or (terse and (near or _RELIEF_AT.search(before)))):
                continue
            if re.search(
                r"\b(?:in|(?<!right )at|after|over the (?:past|last)|for the (?:past|last|next)|within)"
                r"\s+(?:about\s)?$",
                before,
                re.I,
            ) and not (ended or returned or strong):
                continue
            value = (d.low + d.high) / 2
            opens = of_relief and LEAD.fullmatch(text, start, d.start)  # "3 weeks pain free." by itself
            out.append(
                Cue(
                    "days",
                    d.start,
                    stop,
                    round(value, 3),
                    strong=bool(told or near or worded),
                    name="carried" if carried or alone or returned or ahead or opens else "",
                )
            )
        for m in rx["relief_day_number"].finditer(text, start, end):
            behind = rx["relief_ended"].search(text, m.end(), min(end, m.end() + 50))
            until = _UNTIL.match(m[0]) and rx["relief_word"].search(text, max(start, m.start() - 60), m.start())
            if (
                until
                or rx["relief_ended"].search(text, max(start, m.start() - 40), m.start())
                or (behind and not re.search(r"[.;%]", text[m.end() : behind.start()]))
            ):
                days = UNIT_DAYS[(m["unit"] or m["unit2"])[0].lower()]
                word = re.sub(r"(?<=\d)[a-z]{2}$", "", (m["nth"] or m["n"]).lower())
                number = (_NTH if m["nth"] else _NUMBERS).index(word) if word.isalpha() else int(word)
                out.append(Cue("days", m.start(), m.end(), round(number * days, 3), name="carried"))
        for m in _SECOND_LENGTH.finditer(text, start, end):
            unit = next((c for c in reversed(out) if c.end <= m.start()), None)
            told_unit = (
                re.search(r"(h(?:ou)?r|day|week|wk|month)s?\b", text[unit.start : unit.end], re.I) if unit else None
            )
            if told_unit:  # "the first for six weeks and the second for nine"
                word = m["n"].lower()
                number = _NUMBERS.index(word) if word.isalpha() else int(word)
                value = number * UNIT_DAYS[told_unit[1][0].lower()]
                out.append(Cue("days", m.start("n"), m.end("n"), round(value, 3), name="carried"))
        for m in rx["relief_good_time"].finditer(text, start, end):
            days = float(m["n"]) * UNIT_DAYS[m["unit"][0].lower()]
            out.append(Cue("days", m.start(), m.end(), round(days, 3)))
        for m in rx["relief_labelled_days"].finditer(text, start, end):
            days = float(m["n"]) * UNIT_DAYS[m["unit"][0].lower()]
            out.append(Cue("days", m.start(), m.end(), round(days, 3)))
        return out

    def _leads_up(self, cues: list[Cue], start: int, at: int) -> bool:
        """Whether a figure of relief, or a word for it, leads up to the length at ``at`` by words of lasting alone."""
        text, rx = self.text, self.regexes
        if rx["relief_days_link"].search(text, max(start, at - 60), at) is None:
            return False
        told = [c.end for c in cues if c.kind in ("percent", "scores") and 0 <= at - c.end <= 90]
        told += [m.end() for m in rx["relief_word"].finditer(text, max(start, at - 60), at)]
        if not told:
            return False
        gap = text[max(told) : at]
        return (
            re.search(r"[;]|\.\s|\bin\s+$|\bat\s+$", gap) is None
            and rx["relief_days_link_not"].search(gap) is None
            and next(self.patterns.find("injection_rival", gap), None) is None
        )

    # -- temporary, ended --------------------------------------------------------------------------------------------

    def _flags(self, start: int, end: int) -> list[Cue]:
        text, rx = self.text, self.regexes
        out = []
        for m in rx["relief_temporary"].finditer(text, start, end):
            if not self._only_needed(start, m.start()) and not re.search(
                r"\b(?:not|never)\s*$", text[max(start, m.start() - 6) : m.start()], re.I
            ):
                out.append(Cue("temporary", m.start(), m.end(), True))
        opening = self._question(start)
        by_class = list(rx["relief_ended_told"].finditer(text, opening, end))
        for m in [*rx["relief_ended"].finditer(text, opening, end), *by_class]:
            if m.end() <= start:
                continue
            denied = rx["relief_not_ended"].search(text, max(start, m.start() - 45), m.start())
            if denied and not _GOES_ON.search(denied[0]):
                continue
            if _AHEAD.search(m[0]) or rx["relief_ended_else"].search(text, max(0, m.start() - 40), m.end()):
                continue
            yet = rx["relief_not_ended_yet"].search(text, max(start, m.start() - 45), m.start() + 1)
            if (yet or _YET.match(m[0])) and not _PAST.search(m[0]):
                continue
            if re.search(r"\b(?:not|if|yet to)\b", m[0], re.I) and not _FAILED_TO_HOLD.search(m[0]):
                continue
            of_else = _OTHER_RETURNED.search(text[max(start, m.start() - 30) : m.start()])
            if of_else and m not in by_class and not _ABOUT_PAIN.search(m[0]) and not _OF_THE_PERSON.match(m[0]):
                continue
            if m in by_class and any(c.kind == "ended" and c.start < m.end() and m.start() < c.end for c in out):
                continue  # told already
            of_all = _ABOUT_PAIN.search(m[0]) or _WHERE_STARTED.match(m[0])
            out.append(Cue("ended", m.start(), m.end(), True, name="pain" if of_all else ""))
        alone = _GONE_ALONE.fullmatch(text, start, end)
        if alone and not out and _RELIEF_OR_LENGTH.search(text[max(0, start - 60) : start]):
            out.append(Cue("ended", start, end, True))
        return out
