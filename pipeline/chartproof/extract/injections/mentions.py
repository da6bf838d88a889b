"""Where a note speaks of an injection: what was injected, which side, when, which of several, and whether it was done.

The word (injection, block, ESI ...) is a target rule; the site is looked for right beside it ("right SI joint steroid
injection", "block of the right SI joint"), so that a joint elsewhere in the sentence lends no target. A mention
without a site ("the block", "the second one") has target None; narrative.py finds out what it points back to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality, NoteType

Status = Literal["performed", "planned", "declined", "unknown", "none"]

LATEST = -1  # "the last one", "the latter"
_COUNT_WORDS = {"one": 1, "a single": 1, "single": 1, "two": 2, "three": 3}
_ORDINALS = {
    "first": 1,
    "initial": 1,
    "1st": 1,
    "former": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_ASSERTS_NOTHING = ("policy", "education", "instructions", "consent", "family_history")
_RELATIVE = re.compile(
    r"\b(?:mother|father|sister|brother|wife|husband|spouse|aunt|uncle|cousin|friend|neighbor|daughter|son|coworker)"
    r"(?: of (?:his|hers|her|mine|theirs))?(?:'s|\s+(?:\w+ )?(?:has|had|have|got|gets|received|underwent|with|did|swears|recommended))\b[^.;]{0,40}$",
    re.I,
)
_COORDINATES = re.compile(
    r"[\s,]*(?:and|&|\+|plus|/|as well as|with)[\s,]*(?:(?:an?|the|in-office|left|right|[RL]|his|her)\s+)*", re.I
)
_SIDE_AFTER = re.compile(
    r"\s*[,(:-]{0,2}\s*(?:[\d/.-]{4,10},?\s*)?(?:(?:on|in|into|to|at|for|of|the|his|her|both|performed|done|which|that|was|I|we|he|she|did|sides?:?)\s+){0,5}$"
    r"|[^.;()]{0,22}\($",
    re.I,
)
_SIDE_IN_COMMAS = re.compile(r"[^.;()]{0,30},\s*$")
_FIRST_AFTER = re.compile(r"\s*,?\s*(?:his|her|the|my|patient's) (?P<word>first|second|third|fourth)\b", re.I)
_NOT_INJECTED = re.compile(
    r"\s*(?:joints?\s*)?(?:RFA?\b|RFN|radiofrequency|ablation|fusion|arthrodesis|MRI|CT\b|x-?rays?|pain|dysfunction|tender|belt|replac|arthro|surgery)",
    re.I,
)
_LEADING = re.compile(r"(?:[^\w#]|(?:and|or|plus|with|which|that|under)\b(?=\s))*")
_SITE_ALONE = re.compile(
    r"\s*(?:#\s?\d|(?:cortico)?steroids?\b(?! (?:use|flare))|cortisone\b|one\b(?! (?:of|side)))", re.I
)
# "Injections:" heads a list, "was injected" says nothing of where
_NO_MENTION = re.compile(r"\w+\s*[:?](?!\S)|was injected|infiltrations?\b", re.I)
_LABEL = re.compile(r"\b(?:injections?|blocks?|interventions?|procedures)\b", re.I)
_THE_JOINT = re.compile(r"\b(?:the|this|that|same|each|his|her)\s+(?:(?P<side>left|right)\s+)?joints?\b", re.I)


@dataclass
class Mention:
    """Words that speak of an injection.

    Attributes:
        start, end: the phrase, from its first modifier to the site or word that ends it.
        word: span of the word itself (injection, block, "the first one").
        site: span of the site, None where no site stands beside the word.
        target: the guide's target, or None.
        ordinal: 1, 2 ... where told ("second", "#2"), ``LATEST`` for "the last one".
        count: a stated number of injections ("two SI joint injections").
        plural: more than one injection is spoken of.
        joined: the same words speak of the mention before it too ("right SI and piriformis injections").
        pronoun: stands for an injection told before ("the first one").
        status: what the sentence makes of it.
    """

    start: int
    end: int
    word: tuple[int, int]
    sentence: Sentence
    target: str | None = None
    site: tuple[int, int] | None = None
    side: Laterality | None = None
    date: PartialDate | None = None
    date_span: tuple[int, int] | None = None
    date_form: str | None = None
    ordinal: int | None = None
    count: int | None = None
    plural: bool = False
    joined: bool = False
    pronoun: bool = False
    combined: bool = False
    status: Status = "unknown"
    dates: list[PartialDate] = field(default_factory=list)


@dataclass(frozen=True)
class _Site:
    target: str
    start: int
    end: int


class _Finder:
    """Finds the mentions of one note."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.words = [
            t for t in reading.targets if t.category == "injection_word" and not self._irrelevant(t.start, t.end)
        ]
        self.left_filler = self.regexes["injection_left_filler"]
        self.right_filler = self.regexes["injection_right_filler"]

    def _irrelevant(self, start: int, end: int) -> bool:
        """An injection of insulin, a city block."""
        line = max(0, start - 45, self.text.rfind("\n", 0, start) + 1)
        if self.regexes["injection_irrelevant"].search(self.text, line, start):
            return True
        if not self.text[start:end].lower().startswith("block"):
            return False
        walked = self.regexes["injection_walk"].search(self.text, line, start)
        return walked is not None and not re.search(
            r"\bblocks?\s+(?:of|of the|gave|with)\b", self.text[start : end + 12], re.I
        )

    def sites(self, start: int, end: int) -> list[_Site]:
        hits = [
            _Site(v, m.start(), m.end()) for v, m in self.reading.patterns.find("injection_site", self.text, start, end)
        ]
        hits += [
            _Site("si_joint", m.start(), m.end())
            for m in _THE_JOINT.finditer(self.text, start, end)
            if not any(h.start < m.end() and m.start() < h.end for h in hits)
        ]
        return sorted(hits, key=lambda s: s.start)

    # -- the sites that belong to a word -----------------------------------------------------------------------------

    def _left(self, sites: list[_Site], low: int, word_start: int) -> list[_Site]:
        chain: list[_Site] = []
        edge = word_start
        for site in reversed([s for s in sites if low <= s.start and s.end <= word_start]):
            gap = self.text[site.end : edge]
            if len(gap) > 60 or not self.left_filler.fullmatch(gap):
                break
            chain.insert(0, site)
            edge = site.start
        return chain

    def _right(self, sites: list[_Site], word_end: int, high: int) -> list[_Site]:
        chain: list[_Site] = []
        edge = word_end
        for site in (s for s in sites if s.start >= word_end and s.end <= high):
            gap = self.text[edge : site.start]
            if len(gap) > 70 or not (self.right_filler.fullmatch(gap) if not chain else _COORDINATES.fullmatch(gap)):
                break
            chain.append(site)
            edge = site.end
        return chain

    def _phrase_start(self, low: int, start: int) -> int:
        """Where the modifiers that lead up to ``start`` begin ("CT-guided right " SI joint injection)."""
        low = max(low, start - 70)
        m = self.regexes["injection_left_filler_end"].search(self.text, low, start)
        at = m.start() if m else start
        while at < start and self.text[at - 1 : at].isalnum():
            at += 1  # "f-or"
        lead = _LEADING.match(self.text, at, start)
        return lead.end() if lead else at

    # -- one sentence ------------------------------------------------------------------------------------------------

    def in_sentence(self, sentence: Sentence, seen_before: bool) -> list[Mention]:
        low, high = sentence.start, sentence.end
        words = [(t.start, t.end, t.value) for t in self.words if low <= t.start and t.end <= high]
        pronouns = [m for m in self.regexes["injection_pronoun"].finditer(self.text, low, high)]
        line = self.reading.line_at(low)
        label = f"{sentence.section.title or ''} {line.text[:32]}"
        listed = bool(_LABEL.search(label)) or self._answers_form(low)
        if not words and not (pronouns and (seen_before or listed)) and not listed and not seen_before:
            return []
        sites = self.sites(low, high)
        mentions: list[Mention] = []
        used: set[_Site] = set()
        edge = low
        for i, (start, end, value) in enumerate(words):
            following = words[i + 1][0] if i + 1 < len(words) else high
            left = [s for s in self._left(sites, edge, start) if s not in used]
            if value != "generic":
                around = [s for s in sites if s.start < start < s.end]  # "transforaminal epidural"
                left = left or self._left(sites, edge, around[0].start) if around else left
                begin = left[0].start if left else around[0].start if around else start
                own = self._mention(sentence, edge, begin, end, (start, end), value, (start, end))
                mentions.append(own)
                used.update(left)
                edge = end
                continue
            chain = left or [s for s in self._right(sites, end, high) if s.end <= following or s.start < following]
            chain = [s for s in chain if s not in used]
            if not chain:
                if not _NO_MENTION.match(self.text, start, min(high, end + 3)):
                    mentions.append(self._mention(sentence, edge, start, end, (start, end), None, None))
                    edge = end
                continue
            used.update(chain)
            first = True
            previous_end = edge
            for site in self._distinct(chain):
                begin = min(site.start, start) if first else site.start
                finish = max(end, site.end) if left else site.end
                m = self._mention(
                    sentence, previous_end, begin, finish, (start, end), site.target, (site.start, site.end)
                )
                m.joined = not first
                if not first and m.side is None and mentions:
                    m.side = mentions[-1].side
                mentions.append(m)
                first = False
                previous_end = site.end
            edge = max(end, chain[-1].end)
        for p in pronouns:
            if any(m.start < p.end() and p.start() < m.end for m in mentions):
                continue
            if not (seen_before or mentions or listed):
                continue
            mention = self._pronoun(sentence, p, sites)
            if mention is not None:
                mentions.append(mention)
        taken = [m.site for m in mentions if m.site]
        for site in sites:
            if any(a < site.end and site.start < b for a, b in taken) or site in used:
                continue
            alone = _SITE_ALONE.match(self.text, site.end, high)
            if (alone and not any(w[0] < alone.end() + 12 and w[0] >= site.end for w in words)) or (
                listed and self._dated(site, high)
            ):
                finish = alone.end() if alone else site.end
                mentions.append(
                    self._mention(
                        sentence, low, site.start, finish, (site.start, finish), site.target, (site.start, site.end)
                    )
                )
        mentions.sort(key=lambda m: (m.start, m.end))
        self._merge_headed(mentions)
        self._assign_dates(sentence, mentions)
        for a, b in zip(mentions, mentions[1:], strict=False):
            if not b.pronoun and a.date == b.date and _COORDINATES.fullmatch(self.text[a.end : b.start]):
                b.joined = True  # "hip injection and TFESI did nothing"
        for m in mentions:
            m.status = self._status(m, mentions)
        return mentions

    def _merge_headed(self, mentions: list[Mention]) -> None:
        """ "Injection #1: 1/14/25, left SIJ, ..." is one mention."""
        if len(mentions) != 2:
            return
        head, item = mentions
        between = self.text[head.end : item.start]
        if (
            head.target is None
            and not head.pronoun
            and item.word == item.site
            and re.fullmatch(r"[^.;]{0,60}", between)
            and head.ordinal is not None
        ):
            item.start, item.ordinal, item.word = head.start, head.ordinal, head.word
            item.date_span = None
            mentions.pop(0)

    def _answers_form(self, at: int) -> bool:
        """The lines under "Injections? [x] Yes" of a questionnaire tell of injections."""
        if self.reading.note.type is not NoteType.INTAKE:
            return False
        index = self.reading.line_index(at)
        return any(
            _LABEL.search(line.text)
            and re.search(r"\[x\]\s*y|\(x\)\s*y|:\s*y(?:es)?\b|\?\s*y(?:es)?\b", line.text, re.I)
            for line in self.reading.lines[max(0, index - 2) : index]
        )

    def _dated(self, site: _Site, high: int) -> bool:
        """In a list of injections a site with a date or a figure behind it is an injection."""
        if _NOT_INJECTED.match(self.text, site.end, high):
            return False
        stop = min(high, site.end + 40)
        return bool(self.reading.dates_in(site.end, stop)) or bool(
            re.match(r"[^.;]{0,30}\d ?%", self.text[site.end : stop])
        )

    @staticmethod
    def _distinct(chain: list[_Site]) -> list[_Site]:
        """One site a target: "transforaminal epidural" is one, "right SI and left hip" are two."""
        out: list[_Site] = []
        for site in chain:
            if out and out[-1].target == site.target:
                out[-1] = _Site(site.target, out[-1].start, site.end)
            else:
                out.append(site)
        return out

    def _mention(
        self,
        sentence: Sentence,
        low: int,
        start: int,
        end: int,
        word: tuple[int, int],
        target: str | None,
        site: tuple[int, int] | None,
    ) -> Mention:
        begin = self._phrase_start(low, start)
        m = Mention(begin, end, word, sentence, target, site)
        m.side = self._side(begin, end, sentence.end)
        m.ordinal = self._ordinal(begin, end, sentence.end)
        m.plural = bool(re.search(r"(?:s|\bESIs|xns)$", self.text[slice(*word)], re.I)) and not re.match(
            r"\s*[:?]", self.text[end : end + 3]
        )
        m.count = self._count(max(sentence.start, low), min(word[0], site[0] if site else word[0]), max(end, word[1]))
        if m.count is not None and m.count > 1:
            m.plural = True
        if m.count == 1 and m.plural:
            m.count = None
        return m

    def _pronoun(self, sentence: Sentence, p: re.Match[str], sites: list[_Site]) -> Mention | None:
        start, end = p.span()
        while start < end and not self.text[start].isalnum():
            start += 1
        m = Mention(start, end, (start, end), sentence, pronoun=True)
        words = self.text[start:end].lower()
        if re.search(r"\bone (?:in|into|to|of|for|under|by)\b", words):
            chain = self._right(sites, end, sentence.end)
            if not chain:
                return None
            m.target, m.site, m.end = chain[0].target, (chain[0].start, chain[0].end), chain[0].end
            m.side = self._side(start, m.end, sentence.end)
            return m
        which = (p["which"] or p["which2"] or p["which3"] or p["which4"] or "").lower()
        m.combined = "combined" in words
        if which[:3] in _MONTHS and which not in _ORDINALS:
            m.date, m.date_span, m.date_form = self._month(which), (start, end), "month"
        elif which in _ORDINALS:
            m.ordinal = _ORDINALS[which]
        elif which in ("latest", "last", "most recent", "latter", "previous", "prior", "earlier"):
            m.ordinal = LATEST
        after = re.match(
            r"[^.;]{0,60}?\b(?:on|into|of|to|in) (?:the |his |her )?(?=both|left|right|[RL]\b)",
            self.text[end : sentence.end],
            re.I,
        )
        if after:
            side = next(find_sides(self.text, end + after.end(), min(sentence.end, end + after.end() + 12)), None)
            m.side = side.side if side else None
        return m

    # -- attributes --------------------------------------------------------------------------------------------------

    def _side(self, start: int, end: int, high: int) -> Laterality | None:
        inside = {s.side for s in find_sides(self.text, start, end)}
        if len(inside) > 1:
            return Laterality.BILATERAL
        if inside:
            return inside.pop()
        for s in find_sides(self.text, end, min(high, end + 32)):
            gap = self.text[end : s.start]
            if _SIDE_AFTER.fullmatch(gap) or (_SIDE_IN_COMMAS.fullmatch(gap) and self.text[s.end : s.end + 1] in ",."):
                return s.side
            break
        return None

    def _ordinal(self, start: int, end: int, high: int) -> int | None:
        m = self.regexes["injection_ordinal"].search(self.text, start, min(high, end + 5))
        if m:
            return _ORDINALS.get((m["word"] or "").lower()) or int(m["number"] or m["no"])
        after = _FIRST_AFTER.match(self.text, end, high)
        if after:
            return _ORDINALS[after["word"].lower()]
        before = re.search(r"\b(?P<which>last|latest|most recent)\s+$", self.text[max(0, start - 14) : start], re.I)
        return LATEST if before else None

    def _count(self, low: int, start: int, end: int) -> int | None:
        before = self.regexes["injection_count"].search(self.text, max(low, start - 90), start)
        if before:
            told = before["count"].lower()
            number = _COUNT_WORDS.get(told)
            if number is None:
                number = int(re.search(r"\d+", told)[0])  # type: ignore[index]
            return number if 1 <= number <= 12 else None
        times = self.regexes["injection_times"].match(self.text[end : end + 14])
        if times:
            number = int(times["count"] or times["count2"] or 2)
            return number if number <= 12 else None
        return None

    def _month(self, word: str) -> PartialDate:
        month = _MONTHS.index(word[:3]) + 1
        note = self.reading.note.date
        return PartialDate.of(note.year if month <= note.month else note.year - 1, month)

    # -- dates -------------------------------------------------------------------------------------------------------

    def _assign_dates(self, sentence: Sentence, mentions: list[Mention]) -> None:
        """Each date of the sentence to the mention it dates: the nearest before it, or the first after it."""
        text = self.text
        for m in mentions:
            if m.date is None:
                month = self.regexes["injection_month_before"].search(
                    text, max(sentence.start, m.start - 40), max(m.site[0] if m.site else 0, m.word[0])
                )
                if (
                    month
                    and not (month["month"] == "may")
                    and not re.match(r"\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}", text[month.end("month") :])
                ):
                    year = re.match(r"\.?\s+(\d{4})\b", text[month.end("month") :])
                    found = self._month(month["month"].lower())
                    m.date = PartialDate.of(int(year[1]), found.month) if year else found
                    m.date_span, m.date_form = (month.start("month"), month.end("month")), "month"
        taken = [m.date_span for m in mentions if m.date_span]
        dates = [
            d
            for d in self.reading.dates_in(sentence.start, sentence.end)
            if not any(a < d.end and d.start < b for a, b in taken)
            and not self.regexes["injection_date_not_before"].search(text, max(sentence.start, d.start - 40), d.start)
            and not self.regexes["injection_date_not_after"].match(text[d.end : d.end + 16])
            and not self._of_rival(max(sentence.start, d.start - 50), d.start)
        ]
        if not dates or not mentions:
            return
        heads = [m for m in mentions if not m.joined]
        for m in heads:
            # "3/3/25 R LBB: 60%; 4/9/25 R SI RFA: 40%"
            cut = max(sentence.start, text.rfind(";", sentence.start, m.start) + 1)
            opening = next((d for d in dates if cut <= d.start <= cut + 3 and d.end <= m.start), None)
            if opening and m.date is None and ";" in text[sentence.start : sentence.end]:
                self._date(m, [opening])
                dates = [d for d in dates if d is not opening]
        leading = [d for d in dates if d.end <= heads[0].start]
        if (
            leading
            and len(heads) > 1
            and all(
                any(a.end <= d.start and d.end <= b.start for d in dates)
                for a, b in zip(heads, heads[1:], strict=False)
            )
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
                if i == 0 and leading and after and m.start - leading[-1].end < after[0].start - m.end and not m.plural:
                    continue  # "on 2/3/25 she had a right SI joint injection with 80% relief, and on 4/7 ..."
                self._date(m, [d for d in after if d.start - m.end <= 90], allow_many=m.plural)
            first = heads[0]
            if first.date is None and not first.dates and leading:
                self._date(first, leading[-1:])
            # one date for injections told together
            for a, b in zip(heads, heads[1:], strict=False):
                if not _COORDINATES.fullmatch(text[a.end : b.start]):
                    continue
                if a.date is None and b.date is not None:
                    a.date, a.date_form = b.date, b.date_form
                elif b.date is None and a.date is not None:
                    b.date, b.date_form = a.date, a.date_form
        for a, b in zip(mentions, mentions[1:], strict=False):
            if b.joined and b.date is None:
                b.date, b.date_form = a.date, a.date_form

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
        if allow_many and m.count and m.count > 1:
            if len(dates) == m.count:
                m.dates = [d.value for d in dates]
            elif regexes["injection_most_recent"].search(text, max(m.end - 2, dates[0].start - 30), dates[0].start):
                m.dates = [dates[0].value]
            return
        run = [dates[0]]
        for d in dates[1:]:
            if not re.fullmatch(r"\s*(?:,|and|&|,\s*and)\s*", text[run[-1].end : d.start]):
                break
            run.append(d)
        if allow_many and len(run) > 1:
            m.dates = [d.value for d in run]
            return
        m.date, m.date_span, m.date_form = dates[0].value, (dates[0].start, dates[0].end), dates[0].form

    # -- done, planned, declined, or nothing -------------------------------------------------------------------------

    def _status(self, m: Mention, mentions: list[Mention]) -> Status:
        text, sentence, find = self.text, m.sentence, self.reading.patterns.vocabulary["injection_status"]
        note_day = PartialDate(self.reading.note.date)
        if sentence.zone in ("policy", "education") or sentence.section.category in _ASSERTS_NOTHING:
            return "none"
        before = text[sentence.start : m.start]
        later = [o.start for o in mentions if o.start >= m.end and not o.joined and o.target != m.target]
        after = text[m.end : min(sentence.end, later[0] if later else sentence.end)]
        if _RELATIVE.search(before) or self.regexes["injection_general"].search(before):
            return "none"
        if m.date is None and self.regexes["injection_return_after"].search(before):
            return "none"
        clause_start = self.reading.clause_at(m.start)[0]
        near = text[max(sentence.start, clause_start) : m.start]
        negation = self.regexes["injection_negated"]
        if negation.search(text, max(sentence.start, m.start - 70), m.start) or negation.search(
            text, max(sentence.start, m.word[0] - 90), m.word[0]
        ):
            return "none"
        if not m.pronoun and self.regexes["injection_negated_after"].match(after):
            return "none"
        if re.match(r"\s*\(?\s*\)", after[:6]) and "[ ]" in near[-6:]:
            return "none"
        if re.search(r"\[ \]\s*$", text[max(0, m.start - 5) : m.start]):
            return "none"
        past = m.date is not None and m.date.first <= note_day.first and not (m.date_form == "today")
        if bool(m.dates):
            past = True
        if m.pronoun and re.match(r"(?:had|got|tried|did) one\b", text[m.start : m.end], re.I):
            return "performed"
        if (
            m.target is None
            and m.plural
            and not m.count
            and m.ordinal is None
            and (m.date is None or m.date_form == "today")
        ):
            if not self.regexes["injection_definite"].search(text, max(sentence.start, m.start - 30), m.word[0]):
                return "none"  # injections in general
        declined = find["declined"]
        for hit in declined.finditer(text, sentence.start, sentence.end):
            if re.match(r"\s+(?:from|to \d|by \d|over)\b", text[hit.end() : hit.end() + 12]):
                continue
            gap = text[m.end : hit.start()] if hit.start() >= m.end else text[hit.end() : m.start]
            limit = 95 if hit.start() >= m.end else 30
            if (
                len(gap) <= limit
                and "." not in gap.replace("Dr.", "")
                and not any(m.end <= o.start < hit.start() and o.target not in (None, m.target) for o in mentions)
            ):
                if hit.start() >= m.end and re.search(
                    r"\b(?:surgery|fusion|ablation|RFA|therapy|PT|belt|brace|medications?)\b", gap
                ):
                    continue
                return "declined"
        hypothetical, planned = find["hypothetical"], find["planned"]
        done_between = re.compile(
            r"\b(?:had|has had|underwent|received|got|after|following|s/p|status post|response to|relief (?:from|with|after|of)|since|did|was|gave|outcome|results? (?:of|from)|despite)\b",
            re.I,
        )
        if not past:
            for hit in hypothetical.finditer(text, sentence.start, sentence.end):
                if hit.end() <= m.start:
                    if not done_between.search(text[hit.end() : m.start]) and m.start - hit.end() <= 110:
                        return "none"
                elif (
                    hit.start() >= m.end
                    and hit.start() - m.end <= 45
                    and hit[0].lower() not in ("until", "if", "discussed", "unless", "or")
                ):
                    if not done_between.search(text[m.end : hit.start()] + " "):
                        return "none"
        if not past or (m.date is not None and m.date.first == note_day.first):
            for hit in planned.finditer(text, sentence.start, sentence.end):
                if hit.end() <= m.start and hit.start() >= clause_start - 40:
                    gap = text[hit.end() : m.start]
                    if len(gap) <= 90 and not done_between.search(gap):
                        return "planned"
                elif hit.start() >= m.end and hit.start() - m.end <= 60:
                    gap = text[m.end : hit.start()]
                    if re.search(r"\b(?:not|no|never)\s*$|n't\s*$", gap):
                        return "none"
                    if not done_between.search(re.sub(r"\b(?:was|were)\s*$", "", gap)) and not re.match(
                        r"recommend|refer", hit[0], re.I
                    ):
                        return "planned"
            if (
                sentence.section.category in ("plan",)
                and re.fullmatch(
                    r"[\s\d.)*#-]*(?:(?:repeat|re-?do|second|third|another|for|re:|plan:?|plan|orders?:?|a|an|the)[\s:]*)*",
                    near,
                    re.I,
                )
                and not past
            ):
                return "planned"
        if m.date_form == "today" and self._gave_drug(sentence):
            return "performed"
        if past or m.pronoun or m.ordinal == LATEST:
            return "performed"
        if m.date is not None and m.date.first > note_day.first:
            return "planned"
        if find["performed"].search(text, max(sentence.start, m.start - 80), min(sentence.end, m.end + 90)):
            return "performed"
        if sentence.section.category in ("treatment_history", "psh"):
            return "performed"
        return "unknown"

    def _gave_drug(self, sentence: Sentence) -> bool:
        """What was put in is told."""
        find = self.reading.patterns.find
        return any(
            next(find(v, self.text, sentence.start, sentence.end), None)
            for v in ("injection_anesthetic", "injection_steroid")
        )


def find_mentions(reading: Reading) -> list[Mention]:
    """The mentions of a note, in order."""
    finder = _Finder(reading)
    out: list[Mention] = []
    for sentence in reading.sentences:
        out += finder.in_sentence(sentence, bool(out))
    _inherit_joint_side(reading, out)
    return out


def _inherit_joint_side(reading: Reading, mentions: list[Mention]) -> None:
    """ "Injections of the joint" are of the joint spoken of before: its side, where it was told, is theirs."""
    for m in mentions:
        if m.target == "si_joint" and m.side is None and m.site and _THE_JOINT.fullmatch(reading.text[slice(*m.site)]):
            before = reading.text[: m.site[0]]
            told = list(re.finditer(r"\b(left|right)\s+(?:SI\b|SIJ|sacro-?iliac)", before, re.I))
            sides = {t[1].lower() for t in told}
            if len(sides) == 1:
                m.side = Laterality(sides.pop())


def other_sites(reading: Reading, sentence: Sentence) -> Iterator[tuple[str, int, int]]:
    """Sites named without a word for injection ("the bursa was no different"): (target, start, end)."""
    for value, m in reading.patterns.find("injection_site", reading.text, sentence.start, sentence.end):
        yield value, m.start(), m.end()
