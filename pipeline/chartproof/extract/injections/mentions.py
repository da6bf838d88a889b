"""Where a note speaks of an injection: what was injected, which side, when, which of several, and whether it was done.

The word (injection, block, ESI ...) is a target rule; the site is looked for right beside it ("right SI joint steroid
injection", "block of the right SI joint"), so that a joint elsewhere in the sentence lends no target. A mention
without a site ("the block", "the second one") has target None; narrative.py finds out what it points back to.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

from chartproof.extract.injections import mention_signs as signs
from chartproof.extract.injections.form_fields import ANSWERED_YES, fill_from_form
from chartproof.extract.injections.mention import COORDINATES, LATEST, SAME_SESSION, Mention, Site
from chartproof.extract.injections.mention_dates import MONTHS, MentionDates
from chartproof.extract.injections.mention_links import (
    SIDED_JOINT,
    THE_JOINT,
    declined_next,
    dosed_by_hand,
    inherit_joint_side,
    repeat_declined,
    ticked_before,
    told_without_word,
)
from chartproof.extract.injections.mention_places import placed_in
from chartproof.extract.injections.mention_status import MentionStatus
from chartproof.extract.injections.mention_words import ORDINALS, MentionWords
from chartproof.extract.injections.other_uses import OtherUses
from chartproof.extract.injections.two_sites import dated_between, sites_of_session
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality, NoteType

# words for which of several that mean the one before now
_WHICH_LATEST = ("latest", "last", "most recent", "latter", "previous", "prior", "earlier")


class _Finder:
    """Finds the mentions of one note."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        # a procedure's own document describes one injection needle by needle
        described = reading.note.type is NoteType.PROCEDURE
        other = OtherUses(reading)
        self.words = [
            t
            for t in reading.targets_of("injection_word")
            if not other.has(t) and not (described and signs.DEED.fullmatch(self.text, t.start, t.end))
        ]
        self._word_starts = [t.start for t in self.words]
        self._thread = reading.note.type in (NoteType.TELEPHONE, NoteType.OTHER, NoteType.LETTER) or (
            reading.note.type is NoteType.PROGRESS
            and len(self.text) <= signs.SHORT
            and next(reading.patterns.find("injection_rival", self.text), None) is None
        )
        self.dates = MentionDates(reading, self.words)
        self.status = MentionStatus(reading)
        self.told = MentionWords(reading)
        self._of_si = self.regexes["injection_si_joint"].search(self.text) is not None
        self._labels = [m.start() for m in signs.LABEL.finditer(self.text)]
        self.left_filler = self.regexes["injection_left_filler"]
        self.right_filler = self.regexes["injection_right_filler"]

    def sites(self, start: int, end: int) -> list[Site]:
        hits = [
            Site(v, m.start(), m.end()) for v, m in self.reading.patterns.find("injection_site", self.text, start, end)
        ]
        hits += [
            Site("si_joint", m.start(), m.end())
            for rule in ((THE_JOINT, SIDED_JOINT) if self._of_si else (THE_JOINT,))
            for m in rule.finditer(self.text, start, end)
            if not any(h.start < m.end() and m.start() < h.end for h in hits)
        ]
        hits = [h for i, h in enumerate(hits) if not any(o.start < h.end and h.start < o.end for o in hits[:i])]
        return sorted(hits, key=lambda s: s.start)

    # -- the sites that belong to a word -----------------------------------------------------------------------------

    def _left(self, sites: list[Site], low: int, word_start: int) -> list[Site]:
        chain: list[Site] = []
        edge = word_start
        for site in reversed([s for s in sites if low <= s.start and s.end <= word_start]):
            gap = self.text[site.end : edge]
            if len(gap) > 60 or not (self.left_filler.fullmatch(gap) or (chain and COORDINATES.fullmatch(gap))):
                break
            chain.insert(0, site)
            edge = site.start
        return chain

    def _right(self, sites: list[Site], word_end: int, high: int) -> list[Site]:
        chain: list[Site] = []
        edge = word_end
        for site in (s for s in sites if s.start >= word_end and s.end <= high):
            gap = self.text[edge : site.start]
            if len(gap) > 90 or not (
                self.right_filler.fullmatch(gap) or signs.INTO.fullmatch(gap)
                if not chain
                else COORDINATES.fullmatch(gap)
            ):
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
        while at < start and self.text[at].isdigit() and re.match(r"\d[./-]", self.text[max(0, at - 2) : at]):
            at = re.compile(r"\d+").match(self.text, at).end()  # type: ignore[union-attr]  # the year of "06.10.25"
        inside = next((d for d in self.reading.dates_in(max(0, at - 14), start) if d.start < at < d.end), None)
        at = min(inside.end, start) if inside else at  # "Jul 5, 2024, R hip bursa"
        lead = signs.LEADING.match(self.text, at, start)
        return lead.end() if lead else at

    # -- one sentence ------------------------------------------------------------------------------------------------

    def in_sentence(self, sentence: Sentence, seen_before: bool) -> list[Mention]:
        low, high = sentence.start, sentence.end
        first = bisect_left(self._word_starts, low)
        near = self.words[first : bisect_left(self._word_starts, high, lo=first)]
        words = [(t.start, t.end, t.value) for t in near if t.end <= high]
        dosed = self.reading.may_hold(signs.BESIDE_A_JOINT, low, high + 40) and any(
            self.regexes[name].search(self.text, low, high + 40) for name in signs.BESIDE_A_JOINT
        )
        if not (
            words or seen_before or dosed or self._near_label(sentence) or signs.OPENS.search(self.text, low, high)
        ):
            return []
        if words and self.regexes["injection_other_procedure"].search(self.text, low, high):
            words = [w for w in words if not signs.DEED.fullmatch(self.text, w[0], w[1])]  # the needle of a biopsy
        line = self.reading.line_at(low)
        label = f"{sentence.section.title or ''} {line.text[:32]}"
        listed = bool(signs.LABEL.search(label)) or self._under_label(low) or self._answers_form(low)
        pronouns = (
            list(self.regexes["injection_pronoun"].finditer(self.text, low, high))
            if words or listed or seen_before or signs.OPENS.search(self.text, low, high)
            else []
        )
        alone = seen_before and signs.SITE_ALONE_WORD.search(self.text, low, high)
        if not (seen_before or words or listed or alone):
            described = self.reading.note.type is NoteType.PROCEDURE
            pronouns = [
                p
                for p in pronouns
                if p["bare"]
                or p["which11"]
                or (p["which12"] and described)
                or (self._thread and signs.SECOND_ONE.match(p[0]))
                or (described and p["number"])
            ]
        if not words and not listed and not alone and not pronouns and not dosed:
            return []
        sites = self.sites(low, high)
        mentions: list[Mention] = []
        used: set[Site] = set()
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
            chain = [s for s in chain or placed_in(self.text, sites, end, following) if s not in used]
            if not chain and signs.THERE.match(self.text, end, high):
                # "the lateral hip (her PCP's shot there last June)"
                before = [s for s in sites if low <= s.start and s.end <= start and start - s.end <= 45]
                chain = [s for s in before[-1:] if s not in used]
            if not chain and signs.DEED.fullmatch(self.text, start, end):
                continue  # a drug or a needle put anywhere else
            if not chain:
                repeated = self.regexes["injection_occasions"].match(self.text[end : min(high, end + 70)])
                form = signs.DATE_OF.search(self.text, max(low, start - 24), start) is not None
                told = signs.TOLD_BEHIND.match(self.text, end, min(high, end + 70))
                if form or repeated or told or not signs.NO_MENTION.match(self.text, start, min(high, end + 12)):
                    mentions.append(self._mention(sentence, edge, start, end, (start, end), None, None))
                    edge = end
                    if form or ANSWERED_YES.match(self.text, end):
                        fill_from_form(self.reading, mentions[-1], self.sites)
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
                if first and ANSWERED_YES.match(self.text, m.end):
                    fill_from_form(self.reading, m, self.sites)
                first = False
                previous_end = site.end
            edge = max(end, chain[-1].end)
        mentions = self._sessions(sentence, mentions, sites, used)
        for p in pronouns:
            if any(m.start < p.end() and p.start() < m.end for m in mentions):
                continue
            aside = re.fullmatch(r"(?:his|her|the|my) (?:first|second|third)", p[0], re.I)
            if aside and any(re.fullmatch(r"\s*,\s*", self.text[m.end : p.start()]) for m in mentions if not m.plural):
                continue  # "a right SI joint injection, his first"
            if any(self.text[m.end : p.start()].strip() == "(" for m in mentions if not m.plural):
                continue  # "CT-guided injection, right SI joint (the second on this side)"
            if signs.SMOKED.search(self.text, max(low, p.start() - 90), p.start()):
                continue  # "smoked a pack a day; last one 10/5/24"
            if p[0].lower().startswith("that ") and signs.OF_A_CALL.search(self.text, low, p.start()):
                continue  # "the nurse's call of 2/11 tells 85%, that of 3/6 none"
            if mentions and signs.COMPARED.search(self.text, low, p.start()):
                continue  # "did better than the first"
            named = [m.end for m in mentions] + [site.end for site in sites]
            if p["number"] and any(self.text[end : p.start()].isspace() for end in named if end < p.start()):
                continue  # "left SIJ block #2 (3/4/25)" is one
            numbered = p["number"] and self.reading.note.type is NoteType.PROCEDURE
            month = p["which11"] or (p["which12"] and self.reading.note.type is NoteType.PROCEDURE)
            if not (seen_before or mentions or listed or p["bare"] or month or self._thread or numbered):
                continue
            mention = self._next_day(sentence, p, mentions) if p["dated"] else self._pronoun(sentence, p, sites)
            if mention is not None:
                mentions.append(mention)
        taken = [m.site for m in mentions if m.site]
        for site in sites:
            if any(a < site.end and site.start < b for a, b in taken) or site in used:
                continue
            owner = next(
                (m for m in mentions if m.pronoun and m.target is None and 0 <= site.start - m.end <= 30), None
            )
            if owner and site.target == "si_joint" and not re.search(r"[.;:]", self.text[owner.end : site.start]):
                # "No. 2, 4/24, left joint with fluoro"
                owner.target, owner.site = site.target, (site.start, site.end)
                owner.side = owner.side or self.told.side(max(owner.end, site.start - 8), site.end, high)
                continue
            alone = signs.SITE_ALONE.match(self.text, site.end, high)
            if site.target == "si_joint" and self.regexes["injection_site_dated"].match(self.text, site.end, high):
                dated = self._mention(
                    sentence, low, site.start, site.end, (site.start, site.end), site.target, (site.start, site.end)
                )
                mentions.append(dated)
                continue
            if told_without_word(self.reading, site, low, high) and (not words or self._dated(site, high)):
                place = (site.start, site.end)
                mentions.append(self._mention(sentence, low, *place, place, site.target, place))
                continue
            if dosed_by_hand(self.reading, site, low, high) and not words and not listed:
                m = self._mention(
                    sentence, low, site.start, site.end, (site.start, site.end), site.target, (site.start, site.end)
                )
                line = self.reading.line_at(site.start)
                if not self.reading.dates_in(line.start, line.end):
                    m.date, m.date_form = m.date or self.reading.date, m.date_form or "today"
                mentions.append(m)
                continue
            if (alone and not any(w[0] < alone.end() + 12 and w[0] >= site.end for w in words)) or (
                listed
                and (self._dated(site, high) or self._answers_form(low) or ticked_before(self.reading, site))
                and not (seen_before and signs.THE.search(self.text, max(low, site.start - 5), site.start))
            ):
                finish = alone.end() if alone else site.end
                mentions.append(
                    self._mention(
                        sentence, low, site.start, finish, (site.start, finish), site.target, (site.start, site.end)
                    )
                )
        mentions.sort(key=lambda m: (m.start, m.end))
        self._merge_headed(mentions)
        self.dates.assign(sentence, mentions)
        for a, b in pairwise(mentions):
            if not b.pronoun and a.date == b.date and COORDINATES.fullmatch(self.text[a.end : b.start]):
                b.joined = True  # "hip injection and TFESI did nothing"
            span = a.date_span
            if (
                not b.pronoun
                and b.date is None
                and span is not None
                and a.end <= span[0] < b.start
                and SAME_SESSION.fullmatch(self.text[span[1] : b.start])
            ):
                b.joined, b.date, b.date_form = True, a.date, a.date_form
        for m in mentions:
            m.status = self.status.of(m, mentions)
        for a, b in pairwise(mentions):
            if b.joined and a.status in ("planned", "none") and b.status in ("performed", "unknown"):
                b.status = a.status  # "Plan: facet and SIJ injections"
        return mentions

    def _sessions(
        self, sentence: Sentence, mentions: list[Mention], sites: list[Site], used: set[Site]
    ) -> list[Mention]:
        """The mentions, with those of several sites of one session told apart by their sites."""
        out: list[Mention] = []
        told = 0  # where the last session's sites end
        for i, m in enumerate(mentions):
            if m.start < told:
                continue  # one of the sites of the session before it
            later = [o.start for o in mentions[i + 1 :] if not o.joined]
            run = sites_of_session(self.text, m, sites, later[0] if later else sentence.end)
            if not run:
                out.append(m)
                continue
            used.update(run)
            edge = m.word[1]
            for n, site in enumerate(run):
                span = (site.start, site.end)
                part = self._mention(sentence, edge, *span, m.word if n == 0 else span, site.target, span)
                part.start = m.start if n == 0 else part.start
                part.count, part.plural = None, False
                part.joined = n > 0 and not dated_between(self.text, run[n - 1], site)
                out.append(part)
                edge = told = site.end
        return out

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

    def may_find(self) -> bool:
        """False where the note holds no word without which there is no mention in it."""
        if self.words or self._labels or signs.OPENS.search(self.text) is not None:
            return True
        return any(self.regexes[name].search(self.text) for name in signs.BESIDE_A_JOINT)

    def _near_label(self, sentence: Sentence) -> bool:
        """Whether a sentence's heading, its line or one of the six before it may be a label of injections."""
        index = self.reading.line_index(sentence.start)
        first = self.reading.lines[max(0, index - 6)].start
        n = bisect_left(self._labels, first)
        if n < len(self._labels) and self._labels[n] < self.reading.lines[index].end:
            return True
        return bool(self._labels) and signs.LABEL.search(sentence.section.title or "") is not None

    def _under_label(self, at: int) -> bool:
        """An item of a list under "Prior injections (type, date, relief):"."""
        index = self.reading.line_index(at)
        for line in reversed(self.reading.lines[max(0, index - 6) : index]):
            if not line.text.strip():
                return False
            if line.text.rstrip().endswith(":"):
                return signs.LABEL.search(line.text) is not None
        return False

    def _answers_form(self, at: int) -> bool:
        """The lines under "Injections? [x] Yes" of a questionnaire tell of injections."""
        if self.reading.note.type is not NoteType.INTAKE:
            return False
        index = self.reading.line_index(at)
        yes = r"\[x\]\s*y|\(x\)\s*y|:\s*y(?:es)?\b|\?\s*y(?:es)?\b"
        told = self.text[self.reading.lines[index].start : at]
        if signs.LABEL.search(told) and re.search(yes, told, re.I):
            return True
        return any(
            signs.LABEL.search(line.text) and re.search(yes, line.text, re.I)
            for line in self.reading.lines[max(0, index - 2) : index]
        )

    def _dated(self, site: Site, high: int) -> bool:
        """In a list of injections a site with a date or a figure behind it is an injection."""
        line = self.reading.line_at(site.start)
        if signs.ANY_PROCEDURE.search(line.text[:32]) and not signs.LABEL_INJECTION.search(line.text[:32]):
            if re.search(
                r"[a-z]{4,}", re.sub(r"(?i)\b(?:left|right|bilateral)\b", "", self.text[line.start + 12 : site.start])
            ):
                return False  # "Procedures: ... debridement of left elbow (July 26)"
        if self.regexes["injection_site_else"].match(self.text, site.end, high):
            return False
        stop = min(high, site.end + 40)
        opens = max(self.reading.line_at(site.start).start, site.start - 24)
        if any(
            re.fullmatch(
                r"[\s,:;|-]*(?:left|right|bilateral|bilat|b/l|(?-i:[RL]T?))?[\s,:|-]*",
                self.text[d.end : site.start],
                re.I,
            )
            for d in self.reading.dates_in(opens, site.start)
        ):
            return True
        return bool(self.reading.dates_in(site.end, stop)) or bool(
            re.match(r"[^.;]{0,30}\d ?%", self.text[site.end : stop])
        )

    @staticmethod
    def _distinct(chain: list[Site]) -> list[Site]:
        """One site a target: "transforaminal epidural" is one, "right SI and left hip" are two."""
        out: list[Site] = []
        for site in chain:
            if out and out[-1].target == site.target:
                out[-1] = Site(site.target, out[-1].start, site.end)
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
        m.side = self.told.side(begin, end, sentence.end)
        m.ordinal = self.told.ordinal(begin, end, sentence.end)
        listing = bool(re.match(r"\s*[:?]", self.text[word[1] : word[1] + 3])) and (site is None or site[0] >= word[1])
        m.plural = not listing and bool(re.search(r"(?:s|\bESIs|xns)$", self.text[slice(*word)], re.I))
        first = min(word[0], site[0]) if site else word[0]
        m.count = self.told.count(max(sentence.start, low), first, word[0], max(end, word[1]), word[1])
        several = self.text[word[0] : word[1]].lower().rstrip(".").endswith("s")
        m.combined = (
            several and signs.TOGETHER.search(self.text, max(sentence.start, word[0] - 24), word[0]) is not None
        )
        m.partial = (
            self.regexes["injection_some_of"].search(self.text[max(sentence.start, low, word[0] - 90) : word[0]])
            is not None
        )
        if m.count is not None and m.count > 1:
            m.plural = True
        if m.count == 1 and m.plural:
            m.count = None
        return m

    def _next_day(self, sentence: Sentence, p: re.Match[str], mentions: list[Mention]) -> Mention | None:
        """A day with its relief, behind an injection with its day and its relief: the same site again."""
        start, end = p.span("dated")
        before = max((m for m in mentions if m.end <= start), key=lambda m: m.end, default=None)
        if before is None or before.target is None or before.plural or "%" not in self.text[before.end : start]:
            return None
        if not self.reading.dates_in(before.start, start) or not self.reading.dates_in(start, end):
            return None
        m = Mention(start, end, (start, end), sentence, pronoun=True)
        m.target, m.side = before.target, before.side
        return m

    def _pronoun(self, sentence: Sentence, p: re.Match[str], sites: list[Site]) -> Mention | None:
        start, end = p.span()
        while start < end and not self.text[start].isalnum():
            start += 1
        m = Mention(start, end, (start, end), sentence, pronoun=True)
        words = self.text[start:end].lower()
        if p["several"] or re.search(r"\bone (?:in|into|to|of|for|under|by)\b", words):
            chain = self._right(sites, end, sentence.end)
            if not chain:
                return None
            if p["several"]:
                m.plural, m.count = True, {"two": 2, "three": 3}.get(p["several"].lower()) or int(p["several"])
            m.target, m.site, m.end = chain[0].target, (chain[0].start, chain[0].end), chain[0].end
            m.side = self.told.side(start, m.end, sentence.end)
            return m
        groups = ("which", *(f"which{n}" for n in range(2, 15)))
        which = next((p[g] for g in groups if p[g]), "").lower()
        m.combined = "combined" in words
        m.bare = p["bare"] is not None
        if p["turn"]:
            m.side = Laterality(p["turn"].lower())
            return m
        if which[:3] in MONTHS and which not in ORDINALS:
            m.date, m.date_span, m.date_form = self.dates.month(which), (start, end), "month"
        elif p["number"] or p["number2"] or p["number3"]:
            told = (p["number"] or p["number2"] or p["number3"]).lower()
            m.ordinal = {"one": 1, "two": 2, "three": 3}.get(told) or int(told)
        elif which in ORDINALS:
            m.ordinal = ORDINALS[which]
        elif which == "repeat":
            m.ordinal = None
        elif which.endswith("day") or which in _WHICH_LATEST:
            m.ordinal = LATEST
        after = re.match(
            r"(?:[^.;]|(?<=Dr)\.){0,60}?\b(?:on|upon|into|of|to|in) (?:the |his |her )?(?=both|left|right|[RL]\b)",
            self.text[end : sentence.end],
            re.I,
        )
        if after:
            side = next(find_sides(self.text, end + after.end(), min(sentence.end, end + after.end() + 12)), None)
            m.side = side.side if side else None
        return m


def find_mentions(reading: Reading) -> list[Mention]:
    """The mentions of a note, in order."""
    finder = _Finder(reading)
    out: list[Mention] = []
    if not finder.may_find():
        return out
    for sentence in reading.sentences:
        out += finder.in_sentence(sentence, bool(out))
    inherit_joint_side(reading, out)
    declined_next(reading, out)
    out += repeat_declined(reading, out)
    return out
