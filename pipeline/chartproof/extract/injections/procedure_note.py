"""Reads the document of a procedure: the injections of that day, how they were done, and the scores around them.

What the document tells of earlier injections (interval history) and what an addendum adds later is running text;
narrative.py reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from chartproof.extract.injections.cues import Cue, find_details, relief_from_scores
from chartproof.extract.injections.mentions import Mention
from chartproof.extract.injections.narrative import Narrative
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import SideMention, find_sides
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality, NoteType

_NOT_BODY = {
    "consent", "instructions", "policy", "education", "signature", "plan", "disposition", "medications", "allergies",
    "family_history", "social_history", "pmh", "psh", "ros", "preprocedure", "complications", "labs", "hpi", "assessment",
}  # fmt: skip
_TITLE_SECTIONS = ("procedure", "exam_title")
_AHEAD = re.compile(
    r"^\W*(?:plan|follow|if|should|he will|she will|we will|return|rtc|will|may|call|discussed)\b", re.I
)
_ONE_SIDE = {Laterality.LEFT, Laterality.RIGHT}
_OTHER_SIDE = re.compile(r"\b(?:not|opposite|contralateral|other|previous|prior|again)\b", re.I)
_RISKS = re.compile(r"\b(?:risks?|possib\w+|informed|consent|reaction to|told of)\b", re.I)
_DATE_LABEL = re.compile(
    r"\b(?:date of (?:procedure|service|operation|surgery|exam)|procedure date|operation date|DOS|date)\s*[:.]?\s*$",
    re.I,
)
_ARTICULAR = ("si_joint", "hip_joint", "facet_joint", "other")


def is_procedure_document(reading: Reading, mentions: list[Mention]) -> bool:
    """Whether the note was made of an injection: by its type, or because it describes needle work."""
    if not mentions:
        return False
    words = {m[0].lower() for m in reading.patterns.regexes["injection_needle"].finditer(reading.text)}
    if reading.note.type is NoteType.PROCEDURE:
        return True
    if reading.note.type in (NoteType.PT, NoteType.LAB, NoteType.TELEPHONE, NoteType.LETTER, NoteType.INTAKE):
        return False
    headed = any(m.sentence.section.category in _TITLE_SECTIONS for m in mentions)
    return len(words) >= (2 if headed else 3) and bool({"needle", "needles", "injectate"} & words)


@dataclass
class _Parts:
    before: list[Sentence]
    body: list[Sentence]
    addenda: list[tuple[date, list[Sentence]]]


class ProcedureNote:
    """Reads one procedure document."""

    def __init__(self, reading: Reading, mentions: list[Mention]):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.mentions = mentions
        self.parts = self._split()

    def read(self) -> list[Telling]:
        """All tellings of the document: the day's own injections first, then those of the rest of the text."""
        titles = self._titles()
        today = self._today(titles)
        narrative = Narrative(self.reading, [m for m in self.mentions if m not in titles])
        narrative.today = today
        narrative.today_mentions = {id(m) for m in self.mentions if m not in titles and self._is_today(m, today)}
        for t in today:
            self._side(t)
        self._details(today)
        self._scores(today)
        narrative.last_target = today[0] if today else None
        narrative.read(self.parts.before)
        narrative.focus, narrative.focus_sentence = list(today), self.parts.body[-1].index if self.parts.body else -100
        self._outcome(narrative, today)
        later: list[Telling] = []
        for told_on, sentences in self.parts.addenda:
            again = [Telling(t.target, "performed", t.side, t.date, told_on=told_on, spans=[]) for t in today]
            narrative.today, narrative.told_on = again, told_on
            narrative.today_mentions |= {
                id(m) for m in self.mentions if m.sentence in sentences and m.target is None and m.date is None
            }
            narrative.focus, narrative.focus_sentence, narrative.aside = (
                list(again),
                sentences[0].index if sentences else -100,
                False,
            )
            narrative.read(sentences)
            later += [t for t in again if t.values or t.scores]
        return today + later + narrative.tellings

    # -- the parts of the document -----------------------------------------------------------------------------------

    def _split(self) -> _Parts:
        """Sentences up to the description, the description, and the addenda with their dates."""
        reading, text = self.reading, self.text
        sentences = reading.sentences
        marks = [
            s
            for s in sentences
            if (m := self.regexes["injection_addendum"].search(text, s.start, s.end)) and m.start() - s.start <= 6
        ]
        first_addendum = marks[0].index if marks else len(sentences)
        start = next(
            (
                s.index
                for s in sentences[:first_addendum]
                if (
                    s.section.category in ("procedure", "technique", "findings", "other", "head", "narrative")
                    or s.section.category not in _NOT_BODY
                )
                and self.regexes["injection_body_start"].search(text, s.start, s.end)
                and not re.search(
                    r"\bconsent\b.{0,60}\b(?:reviewed|obtained|signed|given)\b", text[s.start : s.end], re.I
                )
            ),
            None,
        )
        if start is None:
            start = next(
                (
                    s.index
                    for s in sentences[:first_addendum]
                    if self.regexes["injection_needle"].search(text, s.start, s.end)
                ),
                first_addendum,
            )
        before, body = list(sentences[:start]), list(sentences[start:first_addendum])
        if not body:  # a form of short lines tells it all
            body = before
        addenda = []
        for i, mark in enumerate(marks):
            stop = marks[i + 1].index if i + 1 < len(marks) else len(sentences)
            told = [d for d in reading.dates_in(mark.start, min(len(text), mark.start + 80)) if d.value.day]
            day = told[0].value.first if told and told[0].value.first >= reading.note.date else reading.note.date
            addenda.append((day, list(sentences[mark.index : stop])))
        return _Parts(before, body, addenda)

    # -- what was injected that day ----------------------------------------------------------------------------------

    def _titles(self) -> list[Mention]:
        """The mentions that name the day's procedure: its title, or "here for a right SI joint injection"."""
        candidates = [
            m
            for m in self.mentions
            if m.target and not m.pronoun and not self._past(m) and m.sentence.zone not in ("policy", "education")
        ]
        addenda = {s.index for _, part in self.parts.addenda for s in part}
        candidates = [
            m
            for m in candidates
            if m.sentence.index not in addenda
            and m.sentence.section.category not in ("plan", "instructions", "consent", "complications")
        ]
        title = [m for m in candidates if self._in_title(m)]
        if title:
            return title
        here = [m for m in candidates if self._here_for(m)]
        if here:
            return here
        calm = [
            m
            for m in candidates
            if not self.regexes["injection_not_today"].search(self.text, m.sentence.start, m.sentence.end)
        ]
        needle = [m for m in calm if m.target == "si_joint"] or calm
        if needle and any(self.regexes["injection_needle"].search(self.text, s.start, s.end) for s in self.parts.body):
            return needle[:1]
        return []

    def _past(self, m: Mention) -> bool:
        return bool(m.dates) or (
            m.date is not None
            and m.date.last < self._document_date()
            and not m.date.could_equal(PartialDate(self._document_date()))
        )

    def _in_title(self, m: Mention) -> bool:
        line = self.reading.line_at(m.start)
        section = m.sentence.section
        if (
            re.search(r"\b(?:interval|history|hx|previous|prior)\b", self.text[line.start : m.start], re.I)
            and section.category != "procedure"
        ):
            return False
        if (
            section.category in _TITLE_SECTIONS
            and m.start - section.body < 300
            and not self.regexes["injection_body_start"].search(self.text, section.body, m.start)
        ):
            if (
                not self.regexes["injection_not_today"].search(self.text, m.sentence.start, m.start)
                or m.start - section.body < 60
            ):
                return True
        if re.match(
            r"\s*(?:procedures?|operations?|exam(?:ination)?|study|service|title|cpt)\b[^:.]{0,30}:", line.text, re.I
        ):
            return m.start - line.start < 220
        if (
            self.reading.line_index(m.start) <= 8
            and len(m.sentence and self.text[m.sentence.start : m.sentence.end]) <= 130
        ):
            letters = self.text[m.sentence.start : m.sentence.end]
            verbs = re.search(
                r"\b(?:he|she|patient|pt|who|is|was|has|had|gave|reports?|returns?|comes?|undergo\w*)\b", letters, re.I
            )
            return not verbs
        return False

    def _here_for(self, m: Mention) -> bool:
        before = self.text[m.sentence.start : m.start]
        return (
            m.sentence.index <= 14
            and bool(self.regexes["injection_here_for"].search(before))
            and m.status != "declined"
        )

    def _document_date(self) -> date:
        """The day of the procedure as the document's head gives it, else the note's."""
        note_day = self.reading.note.date
        for d in self.reading.dates[:6]:
            if d.value.day and _DATE_LABEL.search(self.text[max(0, d.start - 26) : d.start]):
                if abs((d.value.first - note_day).days) <= 30:
                    return d.value.first
                break
        return note_day

    def _today(self, titles: list[Mention]) -> list[Telling]:
        day = PartialDate(self._document_date())
        out: list[Telling] = []
        for m in titles:
            t = next(
                (t for t in out if t.target == m.target and (m.side is None or t.side is None or m.side == t.side)),
                None,
            )
            if t is None:
                t = Telling(
                    m.target,
                    "performed",
                    m.side,
                    day,
                    "day",
                    m.ordinal,
                    primary=True,
                    section=m.sentence.section.start,
                    sentence=m.sentence.index,
                )
                out.append(t)
            t.side = t.side or m.side
            t.ordinal = t.ordinal or m.ordinal
            t.spans.append((m.start, m.end))
        sides = [t for t in out if t.target == "si_joint"]
        if len(sides) == 2 and {t.side for t in sides} == {Laterality.LEFT, Laterality.RIGHT}:
            # "Left SI joint injection. Right SI joint injection." is one bilateral injection
            sides[0].side = Laterality.BILATERAL
            sides[0].spans += sides[1].spans
            out.remove(sides[1])
        return out

    def _is_today(self, m: Mention, today: list[Telling]) -> bool:
        """Whether a mention in the text speaks of the day's own injection."""
        if not today or self._past(m) or m.pronoun or m.status in ("none", "declined"):
            return False
        body = {s.index for s in self.parts.body}
        if m.target is not None and m.target not in {t.target for t in today}:
            return False
        if m.date is not None and not self._past(m):
            return True
        if any(m.sentence in part for _, part in self.parts.addenda):
            return m.target is None or m.target in {t.target for t in today}
        if m.sentence.index in body:
            return m.status != "planned"
        sentence = self.text[m.sentence.start : m.sentence.end]
        if re.search(r"\d ?%|\bpercent\b|\brelief\b|\bprevious|\bprior\b|\blast\b|\bafter\b|\bsince\b", sentence, re.I):
            return bool(self.regexes["injection_here_for"].search(self.text, m.sentence.start, m.start))
        return True

    # -- side --------------------------------------------------------------------------------------------------------

    def _side(self, t: Telling) -> None:
        """The side, as corrected in an addendum where there is one; else of the title, else of the description."""
        corrected = self._corrected_side()
        if corrected is not None:
            t.side, span = corrected
            t.spans.append(span)
            return
        ticked = re.search(r"\[x\]\s*(?P<side>left|right|bilateral)\b", self.text, re.I)
        if t.side is None and ticked:
            t.side = Laterality(ticked["side"].lower())
            t.spans.append(ticked.span())
        if t.side is None:
            sides = {s.side for sentence in self.parts.body[:12] for s in self._joint_sides(sentence)}
            if len(sides) == 1:
                t.side = sides.pop()
        if t.side is None:
            heads = {
                s.side
                for sentence in self.parts.before
                if sentence.section.category in ("procedure_diagnosis", "indication", "head", "procedure")
                for s in self._joint_sides(sentence)
            }
            if len(heads) == 1:
                t.side = heads.pop()

        told = [
            s
            for sentence in self.parts.body
            if not _OTHER_SIDE.search(self.text, sentence.start, sentence.end)
            for s in self._joint_sides(sentence)
        ]
        sides = {s.side for s in told}
        if t.side in _ONE_SIDE and len(sides) == 1 and sides <= _ONE_SIDE and t.side not in sides:
            t.other_side = (told[0].side, told[0].start, told[0].end)

    def _joint_sides(self, sentence: Sentence) -> Iterator[SideMention]:
        for s in find_sides(self.text, sentence.start, sentence.end):
            if re.match(
                r"\s*(?:(?:lower|inferior|posterior|\w+)\s+){0,2}(?:SI\b|SIJ|sacro|joint|buttock|side)",
                self.text[s.end : s.end + 40],
                re.I,
            ):
                yield s

    def _corrected_side(self) -> tuple[Laterality, tuple[int, int]] | None:
        for _, part in self.parts.addenda:
            if not part or not self.regexes["injection_correction"].search(self.text, part[0].start, part[-1].end):
                continue
            for sentence in part:
                m = re.search(
                    r"\b(?:side|injected|performed|procedure|joint|treated|should (?:read|be|say)|correct\w*)\b[^.;]{0,40}?\b(?P<side>left|right)\b(?! (?:is|was) (?:incorrect|wrong|in error))",
                    self.text[sentence.start : sentence.end],
                    re.I,
                )
                if m and not re.search(
                    r"\b(?:not|instead of|rather than)\s+(?:the\s+)?$", m[0][: m.start("side") - m.start()], re.I
                ):
                    return Laterality(m["side"].lower()), (sentence.start, sentence.end)
        return None

    # -- how it was done ---------------------------------------------------------------------------------------------

    def _told(self) -> list[Sentence]:
        """The sentences that tell how it was done: title, description, purpose; no consent, no outlook."""
        out = []
        for s in [*self.parts.before, *self.parts.body]:
            if s.zone in ("policy", "education") or s.section.category in (
                "consent",
                "instructions",
                "policy",
                "education",
                "allergies",
                "medications",
                "plan",
            ):
                continue
            words = self.text[s.start : s.end]
            if _AHEAD.match(words) or (
                _RISKS.search(words) and re.search(r"\b(?:infection|bleeding|allerg|nerve)\b", words, re.I)
            ):
                continue
            out.append(s)
        return out

    def _details(self, today: list[Telling]) -> None:
        if not today:
            return
        body = {s.index for s in self.parts.body}
        current = list(today)
        ranked: dict[int, dict[str, list[tuple[int, Cue]]]] = {id(t): {} for t in today}
        for sentence in self._told():
            in_body = sentence.index in body
            is_title = any(start <= sentence.end and sentence.start <= end for t in today for start, end in t.spans)
            purpose_only = not in_body and not is_title
            cuts = self._cuts(sentence, today)
            for cue in find_details(self.reading.patterns, self.text, sentence.start, sentence.end):
                owners = current
                for position, named in cuts:
                    if position <= cue.start:
                        owners = named
                if cue.name in ("guidance", "concurrent"):
                    owners = today
                ticked = re.search(r"\[x\]\s*$", self.text[max(0, cue.start - 5) : cue.start])
                if purpose_only and not ticked and not self._about_today(sentence, cue):
                    continue
                if not in_body and cue.name in ("anesthetic", "contrast", "route") and not is_title:
                    continue
                rank = self._rank(cue, sentence, is_title)
                if rank is None:
                    continue
                for t in owners:
                    ranked[id(t)].setdefault(cue.name, []).append((rank, cue))
            if cuts:
                current = cuts[-1][1]
        for t in today:
            self._settle(t, ranked[id(t)])
        if len(today) > 1 and len({t.target for t in today}) > 1:
            for t in today:
                t.values["concurrent"] = True

    def _cuts(self, sentence: Sentence, today: list[Telling]) -> list[tuple[int, list[Telling]]]:
        """Where the sentence turns to one of several targets."""
        if len(today) < 2:
            return []
        out = []
        for target, m in self.reading.patterns.find("injection_site", self.text, sentence.start, sentence.end):
            named = [t for t in today if t.target == target]
            if named:
                out.append((m.start(), named))
        if out:
            out[0] = (sentence.start, out[0][1])
        return out

    def _about_today(self, sentence: Sentence, cue: Cue) -> bool:
        """Before the description: the purpose and what else was injected, where the sentence is about today."""
        words = self.text[sentence.start : sentence.end]
        if cue.name == "purpose":
            return sentence.section.category in (
                "indication",
                "procedure",
                "head",
                "other",
                "procedure_diagnosis",
            ) and not re.search(r"\b(?:hip|epidural|medial branch|facet|prior|previous|last)\b", words, re.I)
        if cue.name == "concurrent":
            return True
        if cue.name == "steroid":
            return bool(
                re.search(r"\b(?:today|this (?:one|time|block|injection)|here|comes in|returns)\b", words, re.I)
            )
        if cue.name == "guidance":
            return (
                sentence.section.category in ("technique", "procedure", "exam_title", "head", "other")
                and bool(re.search(r"\b(?:guidance|imaging|fluoro (?:time)?|\[x\])\b|\[x\]", words, re.I))
                and len(words) < 140
            )
        return False

    def _rank(self, cue: Cue, sentence: Sentence, is_title: bool) -> int | None:
        """How well a cue fits: lower is better; None where it is no statement on the injectate."""
        text = self.text
        if cue.name in ("anesthetic", "steroid") and cue.value != "none":
            low = max(sentence.start, cue.start - 45)
            around = text[low : cue.start]
            behind = text[cue.end : min(sentence.end, cue.end + 30)]
            cut = re.split(
                r"\b(?:then|followed by|and then|after which|mixture|injectate|solution)\b|;|,(?! \d)", around
            )[-1]
            if self.regexes["injection_skin"].search(cut) or re.match(
                r"\s*(?:was used |used )?(?:to|for|into|in) (?:the )?(?:skin|overlying|subcut|superficial|local)|\s*(?:skin )?wheal|\s*(?:was |were )?(?:infiltrated|raised|used for (?:the )?skin)|\s*(?:skin|local)\b",
                behind,
                re.I,
            ):
                return None
            if re.search(r"\b(?:skin|wheal)\b", text[sentence.start : sentence.end], re.I) and not re.search(
                r"\b(?:joint|mixture|steroid|injectate|instill\w*|triamcinolone|methylpred\w*|betameth\w*|dexameth\w*|kenalog|depo\w*|celestone|decadron)\b",
                text[cue.start - 60 if cue.start > 60 else 0 : sentence.end],
                re.I,
            ):
                return None
            if re.search(r"\ballerg|held\b|intoleran", text[sentence.start : sentence.end], re.I):
                return None
            mixed = any(
                True
                for _ in self.reading.patterns.find(
                    "injection_steroid", text, max(sentence.start, cue.start - 90), min(sentence.end, cue.end + 90)
                )
            )
            return 0 if mixed else 1
        if cue.name == "guidance":
            return 0 if is_title else 1
        return 0 if not is_title else 1

    def _settle(self, t: Telling, found: dict[str, list[tuple[int, Cue]]]) -> None:
        for name, hits in found.items():
            best = min(rank for rank, _ in hits)
            chosen = [cue for rank, cue in hits if rank == best]
            cue = chosen[0]
            if name == "guidance":
                ranked = [c for c in chosen if c.value != "none"]
                cue = ranked[0] if ranked else cue
            elif name == "contrast":
                said = {c.value for _, c in hits}
                if said == {True, False}:
                    # "no contrast allergy" is no statement; a named agent that was injected is one
                    cue = next(c for _, c in hits if c.value is (not self._without_contrast(hits)))
            elif name == "route":
                if t.target not in _ARTICULAR and cue.value == "intra_articular":
                    continue
                cue = [c for _, c in hits][-1] if len({c.value for _, c in hits}) > 1 else cue
            elif name == "steroid":
                named = [c for _, c in hits if c.value != "none"]
                nothing = [c for _, c in hits if c.value == "none"]
                cue = nothing[-1] if nothing and not named else (named[0] if named else cue)
            elif name == "purpose":
                values = {c.value for _, c in hits}
                cue = next((c for _, c in hits if c.value == "both"), cue)
                if values == {"diagnostic", "therapeutic"}:
                    t.put("purpose", "both", cue.start, cue.end)
                    continue
            elif name == "concurrent":
                cue = next((c for _, c in hits if c.value is False), cue)
                if cue.value is True and not any(c.value is False for _, c in hits):
                    continue  # in one session with what, the title would say
            t.put(name, cue.value, *self._clause(cue))
        if t.values.get("purpose") is None and t.values.get("steroid") == "none" and self._confirmatory(t):
            t.values["purpose"] = "diagnostic"

    def _without_contrast(self, hits: list[tuple[int, Cue]]) -> bool:
        named = [
            c
            for _, c in hits
            if c.value is True
            and re.search(
                r"iohex|omnip|iopam|isovue|iodix|visip|gado|arthrogram|mL|cc",
                self.text[max(0, c.start - 15) : c.end],
                re.I,
            )
        ]
        return not named

    def _confirmatory(self, t: Telling) -> bool:
        """An anesthetic-only confirmatory block is diagnostic (corpora/GUIDE.md, finer readings)."""
        return any(re.search(r"\bconfirm(?:atory|ing)\b", self.text[max(0, a - 40) : b + 40], re.I) for a, b in t.spans)

    def _clause(self, cue: Cue) -> tuple[int, int]:
        """The words around a cue that prove it, within its clause."""
        start, end = self.reading.clause_at(cue.start)
        return max(start, cue.start - 40), min(max(end, cue.end), cue.end + 40)

    # -- what came of it in the room ---------------------------------------------------------------------------------

    def _scores(self, today: list[Telling]) -> None:
        """Relief from the scores before and after, told in the document (addenda apart)."""
        addenda = {s.index for _, part in self.parts.addenda for s in part}
        before: tuple[float, int, int] | None = None
        after: tuple[float, int, int] | None = None
        first_needle = self.parts.body[0].index if self.parts.body else 10**6
        for sentence in self.reading.sentences:
            if (
                sentence.index in addenda
                or sentence.zone in ("policy", "education")
                or sentence.section.category in ("instructions", "education", "policy", "consent")
            ):
                continue
            for value, kind, start, end in self._sentence_scores(sentence, first_needle):
                if kind == "before" and before is None and after is None:
                    before = (value, start, end)
                elif kind == "after" and after is None and before is not None:
                    after = (value, start, end)
        if before and after:
            relief = relief_from_scores(before[0], after[0])
            if relief is not None:
                for t in today:
                    t.scores = relief
                    t.spans += [before[1:], after[1:]]

    def _sentence_scores(self, sentence: Sentence, first_needle: int) -> Iterator[tuple[float, str, int, int]]:
        """(score, before or after, start, end) of the scores of one sentence."""
        text, rx = self.text, self.regexes
        words = text[sentence.start : sentence.end]
        if not re.search(
            r"\bpain|NRS|NPRS|VAS|VRS|VNRS|visual|score|rat(?:ed|es|ing)|out of 10|/10|\bmm\b", words, re.I
        ):
            return
        if re.search(r"\d ?%", words) and re.search(
            r"\b(?:previous|last|first|prior|january|february|march|april|june|july|august|september|october|november|december)\b",
            words,
            re.I,
        ):
            return
        hits = list(rx["injection_score"].finditer(text, sentence.start, sentence.end))
        edge = sentence.start
        for i, m in enumerate(hits):
            value = float(m["ten"]) if m["ten"] else float(m["mm"]) / 10 if m["mm"] else float(m["cm"] or m["bare"])
            if re.match(
                r"\s*(?:mL|mg|cc|G\b|gauge|inch|%|minutes|min\b|weeks|days|hours|years|L\b)",
                text[m.end() : m.end() + 8],
            ):
                continue
            first = (
                m.start("ten")
                if m["ten"]
                else m.start("mm")
                if m["mm"]
                else m.start("cm")
                if m["cm"]
                else m.start("bare")
            )
            left = text[edge:first]
            stop = hits[i + 1].start() if i + 1 < len(hits) else sentence.end
            right_m = re.match(r"[^,;.]*?(?=,|;|\.|\band\b|$)", text[m.end() : stop])
            right = right_m[0] if right_m else ""
            kind = None
            if rx["injection_after"].search(left):
                kind = "after"
            elif rx["injection_before"].search(left):
                kind = "before"
            elif rx["injection_after"].search(right):
                kind, edge = "after", m.end() + len(right)
            elif rx["injection_before"].search(right):
                kind, edge = "before", m.end() + len(right)
            elif sentence.index < first_needle or re.search(r"\bthis (?:morning|afternoon)\b|\btoday\b", words, re.I):
                kind = "before"
            if rx["injection_before"].search(left) and rx["injection_after"].search(left):
                last_b = [x.end() for x in rx["injection_before"].finditer(left)][-1]
                last_a = [x.end() for x in rx["injection_after"].finditer(left)][-1]
                kind = "after" if last_a > last_b else "before"
            edge = max(edge, m.end())
            if kind:
                yield value, kind, m.start(), m.end()

    def _outcome(self, narrative: Narrative, today: list[Telling]) -> None:
        """Relief told in words in the description or after it, the same day; earlier injections named there."""
        for sentence in self.parts.body:
            named = narrative.by_sentence.get(sentence.index, [])
            past = [m for m in named if id(m) not in narrative.today_mentions and m.status != "none"]
            if past:
                narrative.read([sentence])
                narrative.focus, narrative.focus_sentence = list(today), sentence.index
                continue
            if sentence.zone in ("policy", "education", "hypothetical") or sentence.section.category in (
                "instructions",
                "education",
                "policy",
                "consent",
                "plan",
                "indication",
            ):
                continue
            words = self.text[sentence.start : sentence.end]
            if _AHEAD.match(words) or re.search(r"\b(?:will|if|should)\b", words, re.I):
                continue
            for cue in narrative.cues.relief(sentence.start, sentence.end):
                if (
                    cue.kind == "percent"
                    and cue.strong
                    and not re.search(r"\b(?:resistance|complication|paresthesia|difficulty)\b", words, re.I)
                ):
                    for t in today:
                        if re.search(r"\bpain|relief|better|improve", words, re.I):
                            t.put("relief_percent", cue.value, cue.start, cue.end)
