"""Which date of a sentence belongs to which injection it speaks of."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

from chartproof.extract.injections.mention import COORDINATES, Mention
from chartproof.extract.injections.series import series_number
from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading, Sentence, Target
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality

_SINCE = re.compile(
    r"(?<![\d.-])(?P<n>\d{1,2})[ -]?(?P<unit>days?|wks?|weeks?)\.? "
    r"(?P<link>s/p|status post|post|out from|after|following)\s+"
    r"(?:(?:the|his|her|a|left|right|repeat|fluoro\w*|CT|guided|[LR]|SI|SIJ|\d(?:st|nd|rd))[\s-]+){0,6}$",
    re.I,
)
_LENGTH = re.compile(r"\b(?:for|lasted|lasting|x|first|over|relief|within)\s+(?:about |the )?$", re.I)
_BEEN = re.compile(
    r"\b(?:been|now) (?:about |almost |just over |nearly |over )?(?P<n>\d{1,2})[ -]?(?P<unit>days?|wks?|weeks?) since "
    r"(?:(?:the|my|his|her|a|last|left|right|repeat|SI|SIJ|[LR]|\d(?:st|nd|rd))[\s-]+){0,6}$",
    re.I,
)
# "Dec 2022, Dr. Hatcher: ultrasound-guided ..."
_BY_WHOM = re.compile(
    r",?\s*\(?(?:by |with |at )?(?:Dr\.? )?[A-Z][\w.' -]{1,36}(?:\([^()\n]{2,24}\))?\)?:\s*[\w -]{0,24}"
)
# "Sep 24, 2024, clinic room, single sitting, ultrasound for both: LEFT SI joint and ..."
_SETTING = re.compile(
    r"[^.;:]{0,70}\b(?:ultrasound|fluoro\w*|sitting|session|guid\w+|C-?arm|(?-i:US|CT))\b"
    r"[^.;:]{0,24}:\s*[\w ]{0,12}",
    re.I,
)
# "Hip was tested on June 20: I placed a diagnostic injection"
_DEED_BEHIND = re.compile(
    r"\s*:\s*(?:I|we|he|she|they|Dr\.? [A-Z][\w-]{1,20})\s+(?:then\s+)?(?:placed|did|gave|put"
    r"|performed|injected|carried out|administered)\b[^.;:]{0,50}",
    re.I,
)
# "09/11 injection    Held 4 weeks": the day opens the sentence
_SLASH_OPENS = re.compile(
    r"[\s*-]{0,6}(?P<m>0?[1-9]|1[0-2])/(?P<d>0?[5-9]|[12]\d|3[01])\s+"
    r"(?:(?:left|right|bilateral|SI|SIJ|sacroiliac|joint|steroid|diagnostic|CT|fluoroscopic|R|L)[\s-]+){0,4}",
    re.I,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
# "two injections that Dr. Lee performed in March and April"
_TWO_MONTHS = re.compile(
    rf"(?:[^.;:]|(?<=Dr)\.){{0,50}}?\b(?:in|of|from)\s+(?P<a>{_MONTH})\s+and\s+(?:in\s+"
    rf"|again in\s+)?(?P<b>{_MONTH})\b(?!\s+\d{{1,2}}\b)(?:\s+(?:of\s+)?(?P<year>20\d\d))?",
    re.I,
)
# "I went over the diary of the second injection with her this morning"
_GONE_OVER = re.compile(
    r"\b(?:went over|gone over|going over|review\w*|read through|looked (?:at|over)|discuss\w*"
    r"|asked (?:him|her|about)|spoke)\b"
    r"[^.;]{0,60}$",
    re.I,
)
# "R SIJ inj #2, AUG, High Desert Pain"
_MONTH_BEHIND = re.compile(
    r"\s*(?:#\s?\d)?\s?(?:,\s*|\(\s*|- )(?:in\s+|last\s+)?"
    r"(?P<month>(?i:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}|May|MAY)\b\.?(?=\s*(?:[,;:)]|$|-\s))"
)
_SIDE_BEFORE = re.compile(
    r"\b(?P<side>left|right|(?-i:[LR]))\b(?: (?:side|one|joint|SI|SIJ|SI joint))?,?\s*(?:\(|on |in "
    r"|done |was |-|:|of )*\s*$",
    re.I,
)
_SIDE_BEHIND = re.compile(r"\s*\(?(?:on the |the )?(?P<side>left|right|(?-i:[LR]))\b", re.I)
# the words that turn to the next injection before its date, and those between the date and it
_TURNS = re.compile(
    r"(?:[,;:]|\b(?:and|but|then|finally|later|followed by|next|lastly))\s*(?:(?:and|then|but|finally|lastly|again"
    r"|later"
    r"|most recently|subsequently|next|another),?\s+){0,3}(?:(?:on|in|around|about)\s+)?$",
    re.I,
)
_NEXT_HAD = re.compile(
    r",?\s+(?:(?:she|he|I|we|they|Dr\.? [\w-]{2,20}|there|the patient|a second|one)\s+){0,2}"
    r"(?:(?:had|has had|underwent|received|got|gave|performed|did|was|were|given|came|followed|also|then|again|by|my"
    r"|partner)\s+){0,3}"
    r"(?:(?:an?|the|another|her|his|my|for|fluoroscopic|diagnostic|repeat|second|first)\s*){0,3}",
    re.I,
)
_THAT_YEAR = re.compile(r",? (?:of )?(?:that|the same|that same) year\b", re.I)
_COMES = re.compile(
    r"\b(?:here|back|returns?|returned|seen|now|presents|calls?|called|today)\s+(?:today,? )?(?:about )?$", re.I
)
# "today it is as it was before the injection"
_BEFORE_IT = re.compile(
    r"\b(?:before|prior to|since|than|pre)\s+(?:the |his |her |my |that |this |your )?(?!today)", re.I
)
_SCORED_TODAY = re.compile(r"\d(?:\s?/\s?10)?\W{0,3}$")  # "NRS 6 today"
_PARTS = ("1/2", "1/3", "2/3", "1/4", "3/4")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


class MentionDates:
    """Dates the mentions of one note.

    Args:
        words: the hits of the target rules for injections.
    """

    def __init__(self, reading: Reading, words: list[Target]):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.words = words

    def month(self, word: str) -> PartialDate:
        """The latest such month on or before the note's date."""
        month = MONTHS.index(word[:3]) + 1
        note = self.reading.note.date
        return PartialDate.of(note.year if month <= note.month else note.year - 1, month)

    def assign(self, sentence: Sentence, mentions: list[Mention]) -> None:
        """Each date of the sentence to the mention it dates: the nearest before it, or the first after it."""
        text = self.text
        for m in mentions:
            if m.date is None:
                month = self.regexes["injection_month_before"].search(
                    text, max(sentence.start, m.start - 40), min(m.site[0], m.word[0]) if m.site else m.word[0]
                )
                slash = self.regexes["injection_slash_before"].search(
                    text, max(sentence.start, m.start - 30), min(m.site[0], m.word[0]) if m.site else m.word[0]
                )
                if slash is None:
                    stop = min(m.site[0], m.word[0]) if m.site else m.word[0]
                    slash = _SLASH_OPENS.fullmatch(text, sentence.start, stop)
                behind = self.regexes["injection_slash_after"].match(text, m.end, sentence.end)
                if (
                    behind
                    and not series_number(self.reading, m.end, sentence.end)
                    and behind["d"] not in ("10", "5")
                    and not self.reading.dates_in(behind.start("m"), behind.end("d"))
                ):
                    self._slash(m, behind)
                    continue
                if slash and not self.reading.dates_in(slash.start("m"), slash.end("d")):
                    self._slash(m, slash)
                    continue
                if month and "\n" in text[month.end("month") : m.start]:
                    month = None  # "PT, five visits, May" on the line before
                if month and month["day"] and m.plural and m.count is None and "." in month[0]:
                    m.count = int(month["day"]) if int(month["day"]) <= 4 else None  # "gone by Jan. Two shots now"
                    continue
                if month and month["day"] and not re.match(r"\w*,?\s+(?:19|20)\d\d", text[month.end("day") :][:9]):
                    self._month_day(m, month)
                    continue
                if (
                    month
                    and not month["day"]
                    and month["month"] != "may"
                    and not self._in_day(month.start("month"))
                    and not re.match(r"\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}", text[month.end("month") :])
                ):
                    year = re.match(r"\.?\s+(\d{4})\b", text[month.end("month") :])
                    found = self.month(month["month"].lower())
                    m.date = PartialDate.of(int(year[1]), found.month) if year else found
                    m.date_span, m.date_form = (month.start("month"), month.end("month")), "month"
            pair = _TWO_MONTHS.match(text, m.end, sentence.end) if m.plural and m.date is None and not m.dates else None
            if pair:
                m.dates = [self.month(pair[name].lower()) for name in "ab"]
                if pair["year"]:
                    m.dates = [PartialDate.of(int(pair["year"]), d.month) for d in m.dates]
                continue
            if m.date is None and not self.reading.dates_in(m.end, min(sentence.end, m.end + 14)):
                alone = _MONTH_BEHIND.match(text, m.end, sentence.end)
                if alone:
                    m.date, m.date_form = self.month(alone["month"].lower()), "month"
                    m.date_span = alone.span("month")
            if m.date is None and m.target is not None and not m.pronoun:
                self._weeks_after(m, sentence)
        self._log_line(sentence, mentions)
        taken = [m.date_span for m in mentions if m.date_span]
        series = [told for m in mentions if (told := series_number(self.reading, m.end, sentence.end))]
        taken += [(start, end) for _, start, end in series]
        totals = {text[start:end].split("/")[-1] for _, start, end in series if "/" in text[start:end]}
        dates = [
            d
            for d in self.reading.dates_in(sentence.start, sentence.end)
            if not any(a < d.end and d.start < b for a, b in taken)
            and not self.regexes["injection_date_not_before"].search(text, max(sentence.start, d.start - 40), d.start)
            and not self.regexes["injection_date_not_after"].match(text[d.end : d.end + 16])
            and not self._is_score(d)
            and not (d.form == "m/d" and text[d.start : d.end].split("/")[-1] in totals)
            and not self._is_part(d)
            and not (d.form == "today" and mentions and _GONE_OVER.search(text, sentence.start, mentions[0].start))
            and not (d.form == "today" and any(_BEFORE_IT.search(text, m.start - 24, m.start + 4) for m in mentions))
            and not (d.form == "today" and _SCORED_TODAY.search(text, max(sentence.start, d.start - 12), d.start))
            and "\n" not in text[d.start : d.end]  # "May" and the "2 injections" of the next line
            and d.value.year > self.reading.note.date.year - 30  # a birth date is none
            and not self._of_rival(max(sentence.start, d.start - 50), d.start)
        ]
        if not dates or not mentions:
            self._shared(mentions)
            return
        heads = [m for m in mentions if not m.joined]
        for m in heads:
            # "3/3/25 R LBB: 60%; 4/9/25 R SI RFA: 40%"
            cut = max(sentence.start, text.rfind(";", sentence.start, m.start) + 1)
            opening = next((d for d in dates if cut <= d.start <= cut + 3 and d.end <= m.start), None)
            run = opening and any(
                self.regexes["injection_date_run"].fullmatch(text, opening.end, d.start) and d.end <= m.start
                for d in dates
            )
            if opening and not run and m.date is None and ";" in text[sentence.start : sentence.end]:
                self._date(m, [opening])
                dates = [d for d in dates if d is not opening]
        leading = [d for d in dates if d.end <= heads[0].start and self._leads(d, heads[0])]
        if (
            leading
            and len(heads) > 1
            and all(any(a.end <= d.start and d.end <= b.start for d in dates) for a, b in pairwise(heads))
            and not any(d.start >= heads[-1].end for d in dates)
        ):
            # "1/5/24 R SI injection 80%; 3/2/24 L SI injection": every date before its injection
            for i, m in enumerate(heads):
                edge = heads[i - 1].end if i else sentence.start
                self._date(m, [d for d in dates if edge <= d.start and d.end <= m.start][-1:])
        else:
            for i, m in enumerate(heads):
                stop = heads[i + 1].start if i + 1 < len(heads) else sentence.end
                after = [d for d in dates if m.end <= d.start < stop or (m.start <= d.start and d.end <= m.end)]
                if i + 1 < len(heads) and after and self._opens_next(m, after[-1], heads[i + 1]):
                    # "an epidural that did nothing, and on 12/17/24 a left SI joint injection"
                    self._date(heads[i + 1], [after.pop()])
                if i == 0 and leading and after and m.start - leading[-1].end < after[0].start - m.end and not m.plural:
                    continue  # "on 2/3/25 she had a right SI joint injection with 80% relief, and on 4/7 ..."
                counted = m.plural and m.count is not None and m.count > 1 and len(after) == m.count
                near = after if counted else [d for d in after if d.start - m.end <= 90]
                self._date(m, near, allow_many=m.plural)
            first = heads[0]
            if first.date is None and not first.dates and leading:
                many = first.plural or text[slice(*first.word)].lower().endswith("injected")
                self._date(first, leading if many and len(leading) > 1 else leading[-1:], many)
            self._shared(heads)
        for a, b in pairwise(mentions):
            if b.joined and b.date is None:
                b.date, b.date_form = a.date, a.date_form

    def _opens_next(self, m: Mention, d: DateMention, following: Mention) -> bool:
        """Whether a date between two injections opens what is told of the second one."""
        if following.date is not None or following.dates or following.pronoun:
            return False
        run = self.regexes["injection_date_run"]
        if any(run.fullmatch(self.text, o.end, d.start) for o in self.reading.dates_in(m.end, d.start)):
            return False
        before, behind = self.text[m.end : d.start], self.text[d.end : following.start]
        return _TURNS.search(before) is not None and _NEXT_HAD.fullmatch(behind) is not None

    def _shared(self, heads: list[Mention]) -> None:
        """One date for injections told together."""
        for a, b in pairwise(heads):
            if not COORDINATES.fullmatch(self.text[a.end : b.start]):
                continue
            if a.date is None and b.date is not None:
                a.date, a.date_form = b.date, b.date_form
            elif b.date is None and a.date is not None:
                b.date, b.date_form = a.date, a.date_form

    def _side_each(self, m: Mention, dates: list[DateMention]) -> None:
        """ "Right on 3/4/25 and left on 4/8/25": the side of each of several."""
        told = [_SIDE_BEFORE.search(self.text, max(0, d.start - 24), d.start) for d in dates]
        told = [
            before or _SIDE_BEHIND.match(self.text, d.end, d.end + 16) for before, d in zip(told, dates, strict=True)
        ]
        sides = [Laterality.LEFT if t["side"][0] in "lL" else Laterality.RIGHT for t in told if t]
        if len(sides) == len(dates) and len(set(sides)) > 1:
            m.side, m.date_sides = None, sides

    def _of_that_year(self, d: DateMention) -> PartialDate:
        """ "In October of that year": the year told last before."""
        told = _THAT_YEAR.match(self.text, d.end)
        if told is None or d.value.month is None:
            return d.value
        before = [e.value.year for e in self.reading.dates if e.end <= d.start and e.form != "today"]
        return PartialDate.of(before[-1], d.value.month) if before else d.value

    def _in_day(self, at: int) -> bool:
        """Whether the month named at ``at`` is part of a day ("the 23rd of March")."""
        return any(d.start <= at < d.end and d.value.day for d in self.reading.dates_in(max(0, at - 16), at + 9))

    def _log_line(self, sentence: Sentence, mentions: list[Mention]) -> None:
        """ "06.10.25  R SI inj": a date that opens the line and was cut from its sentence."""
        first = mentions[0] if mentions else None
        if first is None or first.date is not None or first.target is None:
            return
        line = self.reading.line_at(sentence.start)
        for d in self.reading.dates_in(line.start, first.start):
            if d.start < sentence.start <= d.end and d.value.day:
                first.date, first.date_span, first.date_form = d.value, (d.start, d.end), d.form

    def _weeks_after(self, m: Mention, sentence: Sentence) -> None:
        """ "4 wks s/p left SIJ injection": counted back from the note."""
        low = max(sentence.start, m.start - 45)
        told = _SINCE.search(self.text, low, min(m.word[0], m.site[0] if m.site else m.word[0]))
        been = None if told else _BEEN.search(self.text, low, min(m.word[0], m.site[0] if m.site else m.word[0]))
        if been:
            m.date, m.date_form, m.date_span = self._before_note(been), "s/p", been.span()
            return
        before = self.text[max(sentence.start, told.start() - 24) : told.start()] if told else ""
        if told is None or _LENGTH.search(before):
            return
        if told["link"].lower() in ("after", "following") and not _COMES.search(before):
            return
        if self.reading.dates_in(m.start, min(sentence.end, m.end + 25)):
            return
        m.date, m.date_form, m.date_span = self._before_note(told), "s/p", told.span()

    def _before_note(self, told: re.Match[str]) -> PartialDate:
        """The day that lies the told days or weeks before the note's."""
        days = int(told["n"]) * (7 if told["unit"].lower().startswith("w") else 1)
        return PartialDate(self.reading.note.date - timedelta(days=days))

    def _month_day(self, m: Mention, told: re.Match[str]) -> None:
        """ "The May 6 injection": month and day right before it."""
        try:
            day = date(self.reading.note.date.year, MONTHS.index(told["month"].lower()[:3]) + 1, int(told["day"]))
        except ValueError:
            return
        if day > self.reading.note.date:
            day = day.replace(year=day.year - 1)
        m.date, m.date_form, m.date_span = PartialDate(day), "md", (told.start("month"), told.end("day"))

    def _slash(self, m: Mention, slash: re.Match[str]) -> None:
        """ "The 8/29 injection": month and day right before it."""
        note = self.reading.note.date
        try:
            day = date(note.year, int(slash["m"]), int(slash["d"]))
        except ValueError:
            return
        if day > note:
            day = day.replace(year=note.year - 1)
        m.date, m.date_form, m.date_span = PartialDate(day), "m/d", (slash.start("m"), slash.end("d"))

    def _is_score(self, d: DateMention) -> bool:
        """ "Pain down from 8/10 to 2/10"."""
        if d.form != "m/d" or not self.text[d.start : d.end].endswith("/10"):
            return False
        return bool(
            re.match(r"\s*(?:to|down|->)", self.text[d.end : d.end + 8])
            or re.search(r"\b(?:pain|NRS|VAS|score)\b", self.text[max(0, d.start - 30) : d.start], re.I)
        )

    def _is_part(self, d: DateMention) -> bool:
        """ "Helped 2/3 of the pain", "3/4 better": a part of the pain."""
        after = self.regexes["relief_fraction_after"].match(self.text[d.end : d.end + 40])
        return d.form == "m/d" and after is not None and self.text[d.start : d.end] in _PARTS

    def _leads(self, d: DateMention, m: Mention) -> bool:
        """A date before an injection is its date where no heading and no long way lies between."""
        gap = self.text[d.end : m.start]
        if "\n" in gap and not gap.rsplit("\n", 1)[-1].strip(" -*"):
            line = self.reading.line_at(d.start)
            if self.text[line.start : d.start].strip(" -*(") and self.text[line.start : d.start].rstrip()[-1:] in ",;":
                return False
        if len(gap) <= 60 and (_BY_WHOM.fullmatch(gap) or _DEED_BEHIND.fullmatch(gap)):
            return True
        if m.word == m.site and len(gap) <= 90 and _SETTING.fullmatch(gap):
            return True
        return len(gap) <= 90 and (":" not in gap or not gap.strip(" :-"))

    def _of_rival(self, low: int, at: int) -> bool:
        """A date right after another treatment ("five visits of PT in May, and two injections") is that one's."""
        words = re.split(r"[,;.:]", self.text[low:at])[-1]
        return next(self.reading.patterns.find("injection_rival", words), None) is not None and not any(
            low <= t.start and t.end <= at and t.start >= at - len(words) for t in self.words
        )

    def _date(self, m: Mention, dates: list[DateMention], allow_many: bool = False) -> None:
        text, regexes = self.text, self.regexes
        if not dates or m.date is not None:
            return
        run = [dates[0]]
        for d in dates[1:]:
            if not regexes["injection_date_run"].fullmatch(text, run[-1].end, d.start):
                break
            run.append(d)
        pair = len(run) == 2 and re.search(r"\band\b|&", text[run[0].end : run[1].start]) is not None
        if (allow_many or pair) and len(run) > 1 and (not m.count or m.count == len(run)):
            m.dates = [d.value for d in run]
            m.date_form = run[0].form if len({d.form for d in run}) == 1 and run[0].form != "today" else None
            if any("(" in text[a.end : b.start] for a, b in pairwise(run)):
                m.date_spans = [(d.start, d.end) for d in run]  # each with what is told of it in brackets
            self._side_each(m, run)
            sides = {s.side for d in run for s in find_sides(text, d.end, d.end + 6) if text[d.end : s.start].isspace()}
            if m.side is None and len(sides) == 1:
                m.side = sides.pop()
            return
        if allow_many and m.count and m.count > 1:
            if len(dates) == m.count:
                m.dates, m.date_spans = [d.value for d in dates], [(d.start, d.end) for d in dates]
                self._side_each(m, dates)
            elif len(dates) == 1 and dates[0].form == "year" and dates[0].start - m.end <= 12:
                m.date, m.date_span, m.date_form = dates[0].value, (dates[0].start, dates[0].end), dates[0].form
            elif regexes["injection_most_recent"].search(text, max(m.end - 2, dates[0].start - 30), dates[0].start):
                m.dates = [dates[0].value]
            return
        m.date, m.date_span = self._of_that_year(dates[0]), (dates[0].start, dates[0].end)
        m.date_form = dates[0].form if m.date == dates[0].value else "my"
