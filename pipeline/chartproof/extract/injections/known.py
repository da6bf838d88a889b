"""The injections a note has told of so far, and what a mention points back to."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

from chartproof.extract.injections.mention import LATEST, Mention
from chartproof.extract.injections.telling import Telling
from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality, NoteType

_FOCUS_REACH = 6  # sentences
_WORDS = re.compile(r"[a-z]{4,}", re.I)
_EARLIER = re.compile(r"\b(?:prior|previous|earlier|last|past|most recent)\b", re.I)
_ANOTHER = re.compile(r"\b(?:another|the repeat|one more|a (?:further|second|third))\b", re.I)
_ITEM = re.compile(r"\W{0,3}(?:\(?[2-6][).:]|#\s?[2-6]\b)\s*(?:on |in )?")
_SEVERAL = re.compile(r"\b(?:inj\w*s|blocks|shots)\b", re.I)
_LIST_OPENS = re.compile(
    r"[ \t]*(?:\(?(?:on|of|in)?[ \t]?(?:the )?(?:left|right|[LR])(?: side| SI joint| joint)?\)?)?[ \t]*[:-]\s*", re.I
)
_THREADS = (NoteType.TELEPHONE,)


class Known:
    """What is known of a note's injections while it is read.

    Attributes:
        tellings: all so far; ``today`` those that a procedure's document was made of.
        focus: what the text is about, set in sentence ``focus_sentence``.
        told_on: the date of the addendum being read.
    """

    def __init__(self, reading: Reading, by_sentence: dict[int, list[Mention]]):
        self.reading = reading
        self.text = reading.text
        self.by_sentence = by_sentence
        self.tellings: list[Telling] = []
        self.focus: list[Telling] = []
        self.focus_sentence = -100
        self.last_target: Telling | None = None
        self.today: list[Telling] = []
        self.today_mentions: set[int] = set()
        self.told_on: date | None = None
        self.context: str | None = None  # the target last spoken of, whatever was said of it
        self.listed: list[Telling] = []  # "injections on 1/14/25 and 3/4/25"

    def focused(self, sentence: Sentence) -> bool:
        if not self.focus:
            return False
        reach = 40 if self.reading.note.type in _THREADS else _FOCUS_REACH
        if sentence.index - self.focus_sentence <= reach:
            return True
        between = self.reading.sentences[max(0, self.focus_sentence) + 1 : sentence.index]
        if len(between) > 3 * reach:
            return False
        # the rows of a diary take nothing away from what the text is about
        return sum(len(_WORDS.findall(self.text, s.start, s.end)) > 2 for s in between) < reach

    def tell(self, m: Mention) -> list[Telling]:
        """The tellings a mention speaks of, made where it is a new one."""
        if id(m) in self.today_mentions:
            return [t for t in self.today if t.target == (m.target or t.target)] or self.today
        target, side, of_group = m.target, m.side, False
        if target is None and not m.combined and not m.bare:
            last = self.last_target
            if m.ordinal is not None and m.ordinal > 1:
                # "the second" of those of which the first was told
                last = next((t for t in reversed(self.tellings) if t.ordinal == m.ordinal - 1 and t.target), last)
            if last is not None:
                target = last.target
                another = _ANOTHER.search(self.text, m.start, m.end) is not None
                if (
                    side is None
                    and (m.pronoun or m.ordinal is not None)
                    and m.status in ("performed", "unknown", "planned")
                    and (last.group or last.of_group or another or self._next_of(last, m))
                ):
                    side, of_group = last.side, True
            elif m.pronoun:
                target = self.context
        status = m.status if m.status != "unknown" else "performed"
        if status == "declined" and side is None:
            side = self._offered_side(m, target)
        certain = m.status != "unknown"
        if m.pronoun and m.date is None and m.ordinal is not None and len(self.listed) > 1:
            known = (
                self.listed[-1]
                if m.ordinal == LATEST
                else self.listed[m.ordinal - 1]
                if m.ordinal <= len(self.listed)
                else None
            )
            if known is not None and known in self.tellings:
                return [known]
        if m.dates:
            out = []
            for n, day in enumerate(m.dates):
                side = m.date_sides[n] if m.date_sides else side
                t = self.find(target, side, day, None, "performed") or self._new(m, target, side, "performed", certain)
                t.date, t.group, t.count = day, False, None
                out.append(t)
            self.listed = list(out)
            if m.count and len(m.dates) < m.count:
                every = self.find(target, side, None, None, "performed", True) or self._new(
                    m, target, side, "performed", certain
                )
                every.group, every.count, every.date = True, m.count, None
                out.insert(0, every)
            return out
        one_date = m.date is None or (m.date.month is None and (m.count or 1) > 1)  # "two injections in 2021"
        group = (
            m.plural
            and not m.combined
            and one_date
            and m.ordinal is None
            and status == "performed"
            and (m.count or 2) > 1
        )
        if not group and m.combined:
            own = [t for t in self.today if t.status == "performed"]
            if own and self.told_on:
                return own
        found: Telling | None = None
        if status == "performed":
            if not m.pronoun and m.target is None and m.date is None and m.ordinal is None and not group:
                found = self._antecedent()
            if found is None:
                found = self.find(target, side, m.date, m.ordinal, status, group)
        else:
            found = next(
                (
                    t
                    for t in self.tellings
                    if t.status == status and t.target == target and (side is None or t.side in (None, side))
                ),
                None,
            )
        if found is None:
            found = self._new(m, target, side, status, certain)
            found.group, found.partial = group, m.partial and m.plural
            found.count = m.count
            of_session = m.plural and m.target is None and m.date is not None and not m.count
            found.combined, found.of_group = m.combined or of_session, of_group
            found.bare = m.bare
        else:
            found.certain = found.certain or certain
            if found.date is None and m.date is not None:
                found.date, found.date_form = m.date, m.date_form
            if found.side is None and side is not None:
                found.side = side
            found.ordinal = found.ordinal or m.ordinal
        if found.target is not None:
            self.last_target = found
        return [found]

    @staticmethod
    def _next_of(last: Telling, m: Mention) -> bool:
        """ "First right SIJ injection ...; second one ...": the next of the same row."""
        return m.pronoun and m.ordinal is not None and m.ordinal > 1 and last.ordinal in (None, m.ordinal - 1)

    def _offered_side(self, m: Mention, target: str | None) -> Laterality | None:
        """The side of what was declined: told at the head of its sentence, or where it was offered before."""
        head = {s.side for s in find_sides(self.text, m.sentence.start, m.start)}
        if len(head) == 1:
            return head.pop()
        for index in range(m.sentence.index, m.sentence.index - 4, -1):
            for o in reversed(self.by_sentence.get(index, [])):
                if (
                    o is not m
                    and o.start < m.start
                    and o.target == target
                    and o.side is not None
                    and o.status in ("none", "planned")
                ):
                    return o.side
        return None

    def _antecedent(self) -> Telling | None:
        """What "the block" points back to: the focus, or today's injection."""
        if self.told_on is not None and self.today:
            return self.today[0]
        performed = [t for t in self.focus if t.status == "performed" and not t.group]
        return performed[-1] if performed else None

    def find(
        self, target: str | None, side: Laterality | None, day, ordinal: int | None, status: str, group: bool = False
    ) -> Telling | None:
        fits = [
            t
            for t in self.tellings
            if t.status == status
            and t.target == target
            and t.group == group
            and not t.primary
            and (t.told_on == self.told_on)
            and (side is None or t.side is None or t.side == side)
        ]
        if day is not None:
            return next(
                (
                    t
                    for t in fits
                    if t.date is not None
                    and t.date.could_equal(day)
                    and (ordinal in (None, LATEST) or t.ordinal in (None, LATEST, ordinal))
                ),
                None,
            )
        if ordinal == LATEST:
            dated = [t for t in fits if t.date is not None]
            last = fits[-1] if fits and fits[-1].ordinal in (None, LATEST) else None  # "the first ...; Wednesday's ..."
            return max(dated, key=lambda t: t.date, default=last)  # type: ignore[arg-type, return-value]
        if ordinal is not None:
            return next((t for t in fits if t.ordinal == ordinal), None)
        if group:
            return fits[-1] if fits else None
        undated = [t for t in fits if t.ordinal is None and t.date is None]
        return undated[-1] if undated else (fits[-1] if len(fits) == 1 else None)

    def _new(self, m: Mention, target: str | None, side: Laterality | None, status: str, certain: bool) -> Telling:
        t = Telling(target, status, side, m.date, m.date_form, m.ordinal, certain=certain, told_on=self.told_on)
        t.section, t.sentence = m.sentence.section.start, m.sentence.index
        t.earlier = _EARLIER.search(self.text, max(m.sentence.start, m.start - 24), m.end) is not None
        if status != "performed" and m.date is not None and m.date_form in ("today",):
            t.date = None
        self.tellings.append(t)
        return t

    def dated_of_group(self, sentence: Sentence) -> tuple[int, int, Telling] | None:
        """ "Two left SI injections were performed. On March 5, 2024 ...": a date opens the account of one of them."""
        group = next((t for t in self.focus if t.group and t.status == "performed"), None)
        if group is None and self.focused(sentence):
            return self._next_of_list(sentence)
        if group is None or not self.focused(sentence):
            return None
        dates = [d for d in self.reading.dates_in(sentence.start, sentence.end) if d.value.day]
        if len(dates) > 1 and group.count == len(dates) and all(d.value.first <= self.reading.note.date for d in dates):
            return self._dates_of_group(sentence, group, dates)
        d = next(iter(self.reading.dates_in(sentence.start, min(sentence.end, sentence.start + 40))), None)
        if d is None or d.value.day is None or d.value.first > self.reading.note.date or d.form == "today":
            return None
        if not re.fullmatch(
            r"\W*(?:(?:the )?(?:first|second|third|1|2|3)\W+(?:was\s+)?)?(?:on|in|#?\d[.):]?)?\s*",
            self.text[sentence.start : d.start],
            re.I,
        ):
            return None
        found = self.find(group.target, group.side, d.value, None, "performed")
        if found is None:
            found = Telling(group.target, "performed", group.side, d.value, d.form, told_on=self.told_on)
            found.section, found.sentence = sentence.section.start, sentence.index
            self.tellings.append(found)
        found.spans.append((d.start, d.end))
        return d.start, d.end, found

    def _next_of_list(self, sentence: Sentence) -> tuple[int, int, Telling] | None:
        """ "SI injections, right: (1) 06/2024 ... 3 months. (2) 11/2024 ...": the next item of a dated list."""
        item = _ITEM.match(self.text, sentence.start, sentence.end)
        first = next((t for t in reversed(self.focus) if t.status == "performed" and t.date and t.target), None)
        bare = item is None and self._dated_row(sentence, first)
        if (item is None and not bare) or first is None or first.primary or sentence.index - self.focus_sentence > 3:
            return None
        begin = item.end() if item else sentence.start
        d = next(iter(self.reading.dates_in(begin, min(sentence.end, begin + 14))), None)
        if d is None or d.value.month is None or d.value.first > self.reading.note.date or d.value == first.date:
            return None
        if self.text[begin : d.start].strip(" :-,("):
            return None
        found = self.find(first.target, first.side, d.value, None, "performed")
        if found is None:
            found = Telling(first.target, "performed", first.side, d.value, d.form, told_on=self.told_on)
            found.section, found.sentence = sentence.section.start, sentence.index
            self.tellings.append(found)
        found.spans.append((d.start, d.end))
        return d.start, d.end, found

    def _dated_row(self, sentence: Sentence, first: Telling | None) -> bool:
        """ "SI injections, left: 1/16/24, 80%, five weeks. 3/12/24: ...": days that open the sentences of one list."""
        if first is None or first.primary or self.by_sentence.get(sentence.index):
            return False
        listed = [m for m in self.by_sentence.get(first.sentence, ()) if m.date is not None and m.date_span]
        return bool(listed) and any(
            _SEVERAL.search(self.text, m.start, m.end)
            and m.date_span is not None
            and _LIST_OPENS.fullmatch(self.text, m.end, m.date_span[0])
            for m in listed
        )

    def _dates_of_group(
        self, sentence: Sentence, group: Telling, dates: list[DateMention]
    ) -> tuple[int, int, Telling] | None:
        """ "These were on January 14 and March 25": the dates of injections counted before."""
        run = self.reading.patterns.regexes["injection_date_run"]
        if not all(run.fullmatch(self.text, a.end, b.start) for a, b in pairwise(dates)):
            return None
        self.listed = []
        for d in dates:
            t = Telling(group.target, "performed", group.side, d.value, d.form, told_on=self.told_on)
            t.section, t.sentence, t.of_group = sentence.section.start, sentence.index, True
            t.spans.append((d.start, d.end))
            self.tellings.append(t)
            self.listed.append(t)
        return dates[-1].start, dates[-1].end, self.listed[-1]
