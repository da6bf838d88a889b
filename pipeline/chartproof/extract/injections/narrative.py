"""Reads what a note tells of injections in running text, lists and rows: which injection, and what came of it.

Sentence by sentence: every mention is one of the injections told before or a new one; every cue (relief, duration,
pain back, how it was done) goes to the injection it is told of: the one named in the same clause, else the one the
text is about at that point (the focus). A treatment of another sort named between takes the cue away.
"""

from __future__ import annotations

import re
from datetime import date

from chartproof.extract.injections import cue_links as links
from chartproof.extract.injections.cues import Cue, CueFinder, relief_from_scores
from chartproof.extract.injections.detail_cues import find_details
from chartproof.extract.injections.known import Known
from chartproof.extract.injections.mention import Mention, says_nothing
from chartproof.extract.injections.mention_links import other_sites
from chartproof.extract.injections.regions import by_region
from chartproof.extract.injections.sessions import Sessions
from chartproof.extract.injections.table_rows import row_cues
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading, Sentence
from chartproof.model import PartialDate
from chartproof.model.vocab import NoteType


class Narrative:
    """Reads the sentences of one note in order. ``known`` holds what they told so far."""

    def __init__(self, reading: Reading, mentions: list[Mention]):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.cues = CueFinder(reading.text, reading.patterns)
        self.by_sentence: dict[int, list[Mention]] = {}
        for m in mentions:
            self.by_sentence.setdefault(m.sentence.index, []).append(m)
        self.known = Known(reading, self.by_sentence)
        self.sessions = Sessions(reading, self.known)
        self.retracted = {
            (float(m["figure"]), float(m["figure"])) for m in self.regexes["relief_retracted"].finditer(self.text)
        }
        self.aside = False  # the text turned to another treatment since the focus was set

    # -- sentences ---------------------------------------------------------------------------------------------------

    def read(self, sentences: list[Sentence]) -> list[Telling]:
        """Read these sentences; returns all tellings so far."""
        if sentences and sentences[0].index == 0:
            self._presupposed()
        for sentence in sentences:
            self._sentence(sentence)
        if self.known.told_on is None and not self.known.today:
            self._diary()
        return self.known.tellings

    def _presupposed(self) -> None:
        """An injection that a note takes as known: its diary, or a call that ends with "second injection declined"."""
        follows = self.reading.note.type in links.VISITS and links.FOLLOWS_UP.search(self.text, 0, 260) is not None
        thread = self.reading.note.type in (NoteType.TELEPHONE, NoteType.OTHER, NoteType.PROGRESS)
        if not (thread or follows) or self.known.focus:
            return
        told = [m for group in self.by_sentence.values() for m in group]
        diary = links.ITS_DIARY.search(self.text) if thread else None
        again = next(
            (
                m
                for m in told
                if m.ordinal is not None and m.ordinal > 1 and m.status in ("declined", "planned", "none")
            ),
            None,
        )
        if any(m.status in ("performed", "unknown") and not m.pronoun for m in told):
            return
        if not (diary or again or follows):
            return
        t = Telling(again.target if again else None, certain=False, told_on=self.known.told_on)
        t.implicit = again is None and diary is None
        t.sentence = 0
        self.known.tellings.append(t)
        self.known.focus, self.known.focus_sentence = [t], 0
        if diary and again is None:
            self.known.focus_sentence = next(s.index for s in self.reading.sentences if s.end >= diary.end())

    def _diary(self) -> None:
        """A diary line by line: the first score after the injection against the one before."""
        m = self.regexes["injection_diary_lines"].search(self.text)
        told = [t for t in self.known.tellings if t.status == "performed" and not t.group]
        near = [t for t in told if t.spans and min(s for s, _ in t.spans) < (m.start() if m else 0)]
        if m is None or not near or near[-1].scores is not None:
            return
        near[-1].scores = relief_from_scores(float(m["a"]), float(m["b"]))
        if near[-1].scores is not None:
            near[-1].spans.append(m.span())
            near[-1].certain = True

    def _sentence(self, sentence: Sentence) -> None:
        mentions = self.by_sentence.get(sentence.index, [])
        silent = says_nothing(self.reading, sentence)
        anchors: list[tuple[int, int, list[Telling]]] = []
        previous: Telling | None = None
        here: list[Telling] = []
        own: list[tuple[int, int, list[Telling]]] = []
        if not mentions and not silent:
            dated = self.known.dated_of_group(sentence)
            if dated is not None:
                here.append(dated[2])
                anchors.append((dated[0], dated[1], [dated[2]]))
        for m in mentions:
            self.known.context = m.target or self.known.context
            if m.status == "none":
                anchors.append((m.start, m.end, []))
                continue
            found = self.known.tell(m)
            for t in found:
                t.spans.append(self._evidence_span(m))
            if m.joined and previous is not None and anchors:
                start, end, group = anchors[-1]
                anchors[-1] = (start, m.end, group + [t for t in found if t not in group])
                # what stands between two joined sites is told of both, but each site keeps its own words
            else:
                anchors.append((m.start, m.end, list(found)))
            here += [t for t in found if t not in here]
            own.append((m.start, m.end, list(found)))
            if len(m.date_spans) == len(found):
                anchors += [(start, end, [t]) for (start, end), t in zip(m.date_spans, found, strict=True)]
            previous = found[-1] if found else None
        elsewhere = not anchors and sentence.section.category in links.TOLD_ELSEWHERE
        if silent or elsewhere or (not anchors and not self.known.focused(sentence)):
            return
        rivals: list[tuple[int, int, list[Telling]]] = [
            (m.start(), m.end(), [])
            for _, m in self.reading.patterns.find("injection_rival", self.text, sentence.start, sentence.end)
            if not any(a.start <= m.start() < a.end for a in mentions)
            and not self.regexes["injection_rival_left_off"].search(
                self.text, max(sentence.start, m.start() - 50), m.start()
            )
        ]
        refs: list[tuple[int, int, list[Telling]]] = []
        if not anchors and self.known.focused(sentence):
            for target, start, end in other_sites(self.reading, sentence):
                same = [t for t in self.known.focus if t.target == target]
                if same and len({t.target for t in self.known.focus}) > 1:
                    refs.append((start, end, same))
        elif anchors and len({t.target for t in here}) > 1:
            spoken = [(a, b) for a, b, _ in anchors]
            for target, start, end in other_sites(self.reading, sentence):
                same = [t for t in here if t.target == target]
                if same and all(start >= b for _, b in spoken):
                    refs.append((start, end, same))
        refs += self.sessions.sides_told(sentence, anchors)
        if not refs:
            refs += self.sessions.session_by_side(sentence, here, (anchors, own))
        marks = sorted([*anchors, *rivals, *refs], key=lambda a: a[0])
        terse = self._terse(sentence)
        given = False
        relief = self.cues.relief(sentence.start, sentence.end, terse)
        relief = self._without_retracted(relief)
        relief += self.cues.until(self.reading.dates_in(sentence.start, sentence.end))
        self.sessions.one_each(relief, here, (anchors, own))
        relief += [
            c
            for c in row_cues(self.reading, sentence.start, sentence.end)
            if not any(c.start < o.end and o.start < c.end for o in relief)
        ]
        accepted: list[tuple[Cue, list[Telling]]] = []
        region: list[Telling] = []  # of whom the last outcome was told by the region it named
        ordered = {} if any(m.date_spans for m in mentions) else self.sessions.in_order(relief, mentions)
        for cue in relief:
            owners = self._owners(cue, sentence, marks, anchors, terse, accepted)
            if owners and owners[0].group and links.is_of_one_listed(self.text, anchors, cue.start, sentence.end):
                continue
            if id(cue) in ordered and len(owners) > 1:
                owners = [ordered[id(cue)]]
            if owners and cue.kind in ("percent", "days", "ended", "temporary"):
                told = [t for t in self.known.tellings if t.date == owners[0].date and not (t.primary or t.group)]
                told += [t for t in self.known.today if self.known.told_on is not None and t not in told]
                part = by_region(self.reading, cue.start, cue.end, owners, told)
                follows = part is owners and cue.kind != "percent" and accepted and region == accepted[-1][1]
                if follows and not any(accepted[-1][0].end <= a[0] < cue.start for a in marks):
                    part = region  # "buttock 40%, lasted 5 days"
                region = part if part is not owners or follows else []
                owners = part
            if owners:
                accepted.append((cue, owners))
                self._give(cue, owners, sentence)
                given = True
        detail_marks = sorted([*anchors, *refs], key=lambda a: a[0])
        for cue in find_details(self.reading.patterns, self.text, sentence.start, sentence.end):
            if cue.name == "concurrent" and self.known.today and self.known.told_on is None:
                continue  # said of the day's own injection
            inside = next((o[2] for o in own if o[0] <= cue.start < o[1]), None)
            for t in inside if inside is not None else self._detail_owners(cue, sentence, detail_marks, here):
                self._detail(t, cue)
        self.sessions.per_side(sentence, here)
        performed = [t for t in here if t.status == "performed"]
        group = [t for t in self.known.focus if t.group and t not in performed]
        if performed:
            self.known.focus = [*group, *performed] if not mentions else performed
            self.known.focus_sentence = sentence.index
            self.aside = False
        elif here:
            self.known.focus_sentence = -100 if not self.known.focus else self.known.focus_sentence
        elif given:
            self.known.focus_sentence = sentence.index
        elif rivals:
            self.aside = True

    def _without_retracted(self, relief: list[Cue]) -> list[Cue]:
        """The cues but those of a figure that the note itself calls an error, and of the time told with it."""
        wrong = [c for c in relief if c.kind == "percent" and c.value in self.retracted]
        return [
            c
            for c in relief
            if c not in wrong and not (c.kind == "days" and any(0 <= c.start - w.end <= 25 for w in wrong))
        ]

    def _terse(self, sentence: Sentence) -> bool:
        """A list item or a row of a table: few words, or wide gaps."""
        line = self.reading.line_at(sentence.start)
        words = re.findall(r"[a-z]{3,}", self.text[sentence.start : sentence.end].lower())
        return len(line.cells) >= 3 or len(words) <= 14

    def _evidence_span(self, m: Mention) -> tuple[int, int]:
        start, end = m.start, m.end
        if m.date_span and m.date_span[0] - end <= 90 and start - m.date_span[1] <= 60:
            start, end = min(start, m.date_span[0]), max(end, m.date_span[1])
        return start, end

    # -- which injection a cue is told of ----------------------------------------------------------------------------

    def _owners(
        self,
        cue: Cue,
        sentence: Sentence,
        marks: list[tuple[int, int, list[Telling]]],
        anchors: list[tuple[int, int, list[Telling]]],
        terse: bool,
        accepted: list[tuple[Cue, list[Telling]]],
    ) -> list[Telling]:
        text = self.text
        each = self._of_each(cue, sentence, marks, 45)
        before = [a for a in marks if a[0] <= cue.start]
        after = [a for a in marks if a[0] >= cue.end]
        previous = before[-1] if before else None
        following = next((a for a in after if a in anchors), None)
        within = next((a for a in marks if a[2] and cue.start <= a[0] and a[1] <= cue.end), None)
        owner: list[Telling] | None = within[2] if within else None  # "relief from the left SI injection is gone"
        if (
            owner is None
            and following is not None
            and following[2]
            and (not after or after[0] is following or after[0] in anchors)
        ):
            gap = links.POINT.sub("/", text[cue.end : following[0]])
            linked = (
                links.LINK.fullmatch(gap)
                if previous is not None
                else (links.LINK_FAR.fullmatch(gap) or (len(gap) <= 25 and not re.search(r"[.;]", gap)))
            )
            if links.OF_THE_NEXT.fullmatch(gap) or (
                linked
                and not (previous is not None and links.CLOSES_BRACKET.match(gap))
                and (
                    previous is None or not links.VERB.search(text[previous[1] : cue.start]) or previous not in anchors
                )
            ):
                owner = following[2]
        if owner is None and previous is not None:
            gap = text[previous[1] : cue.start]
            if not cue.strong and (len(gap) > 75 or re.search(r"[;]|(?<!Dr)(?<![A-Z])\.\s", gap)):
                return []
            if previous in anchors or previous[2]:
                owner = previous[2]
                if not owner:
                    return []
            else:
                return []  # another treatment's result
        if owner is None and previous is None and after and after[0] not in anchors and after[0][2]:
            gap = text[cue.end : after[0][0]]
            if len(gap) <= 30 and not re.search(r"[.;,:]", gap):
                owner = after[0][2]  # "for four days the SI part was better"
        if owner is None:
            lead = text[sentence.start : cue.start].rstrip(' ~>"')
            opens = terse and (
                links.OPENS.fullmatch(lead) is not None or (self.known.told_on is not None and lead.endswith(":"))
            )
            if not self.known.focused(sentence) or not (cue.strong or opens):
                return []
            if self.aside and links.POINTS_BACK.match(text, sentence.start, sentence.end):
                return []
            if cue.kind == "percent" and self.aside and cue.value == (0.0, 0.0):
                return []
            if (
                cue.kind == "days"
                and cue.name != "carried"
                and " of " not in text[cue.start : cue.end]  # "Hours of relief: 3"
                and not links.HOW_LONG.search(text, max(0, cue.start - 30), cue.start)
                and not any(c.kind in ("percent", "scores", "ended") for c, _ in accepted)
                and not self.regexes["relief_days_strong"].search(text, max(sentence.start, cue.start - 60), cue.start)
                and not self.regexes["relief_days_ended"].search(text, max(sentence.start, cue.start - 60), cue.start)
                and not links.FELT_BETTER.search(text, max(0, cue.start - 45), cue.start)
            ):
                return []
            owner = list(self.known.focus)
            if each and len(owner) == 1:
                owner = [
                    t
                    for t in self.known.tellings
                    if t.target == owner[0].target and not t.group and sentence.index - t.sentence <= 4
                ] or owner
            if self.known.told_on is not None and len({t.target for t in owner}) > 1 and not each:
                # of several sites of one session, what is told without a site is told of the joint
                joint = [t for t in owner if t.target == "si_joint"]
                if not re.search(
                    r"\b(?:overall|combined|injections|shots)\b", text[sentence.start : sentence.end], re.I
                ):
                    owner = joint or owner
            sessions = {(t.date, t.side if t.target == "si_joint" and not t.twin else None) for t in owner}
            if len(owner) > 1 and not each and len(sessions) > 1:
                owner = [owner[-1]] if cue.kind != "ended" else owner
            if cue.kind == "ended" and cue.name == "pain":
                section = sentence.section.start
                owner += [
                    t
                    for t in self.known.tellings
                    if t.status == "performed" and t not in owner and t.section == section and t.target == "si_joint"
                ]
        elif each and not any(t.group for t in owner):
            kin = [
                t
                for t in self.known.tellings
                if t.status == "performed"
                and t.sentence in (sentence.index, sentence.index - 1)
                and t not in owner
                and t.target == owner[0].target
            ]
            owner = owner + kin
        # the procedure's own document tells the day; what came of it later is told in other notes and in addenda
        if cue.name and cue.kind == "percent" and len(owner) == 1 and not owner[0].group:
            # "the first and the repeat injection produced 80% and 75% relief"
            told = [t for a in anchors if a[1] <= cue.start for t in a[2] if t.status == "performed" and not t.group]
            pair = [t for i, t in enumerate(told) if t not in told[:i]]
            if (
                len(pair) == 2
                and pair[0].target in (None, pair[1].target)
                and not any(t.values.get("relief_percent") for t in pair)
            ):
                owner = pair
        return [t for t in owner if t.status == "performed" and not t.primary and not t.partial]

    def _of_each(self, cue: Cue, sentence: Sentence, marks: list[tuple[int, int, list[Telling]]], reach: int) -> bool:
        """Whether the words by a cue say that it is told of each, with no other injection or figure in between."""
        if any(
            links.OF_THE_NEXT.fullmatch(self.text, cue.end, a[0]) for a in marks if a[2] and 0 <= a[0] - cue.end <= 24
        ):
            return False  # "both image-guided: 80% from the one in April"
        low, high = max(sentence.start, cue.start - reach), min(sentence.end, cue.end + reach)
        for hit in self.regexes["relief_each"].finditer(self.text, low, high):
            start, end = (hit.end(), cue.start) if hit.end() <= cue.start else (cue.end, hit.start())
            if "%" not in self.text[start:end] and not any(start <= a[0] < end for a in marks if a[2]):
                return True
        return False

    def _at_later_day(self, sentence: Sentence, day: PartialDate) -> bool:
        """ "At 07.01: 80% better": told of a day after the injection's, by the words that open the sentence."""
        opening = next(iter(self.reading.dates_in(sentence.start, min(sentence.end, sentence.start + 18))), None)
        return (
            opening is not None
            and opening.value.first > day.last
            and re.fullmatch(r"\W*(?:at|on|as of|by)\s*", self.text[sentence.start : opening.start], re.I) is not None
        )

    def _diary_day(self, sentence: Sentence) -> date | None:
        """ "9/17  7  shot was gone by then": the day that opens a line of a diary, which names no injection."""
        line = self.reading.line_at(sentence.start)
        if any(line.start <= m.start < line.end for m in self.by_sentence.get(sentence.index, ())):
            return None
        opening = next(iter(self.reading.dates_in(line.start, min(line.end, line.start + 16))), None)
        if opening is None or not opening.value.day or self.text[line.start : opening.start].strip(" -*\"'"):
            return None
        return opening.value.first if opening.value.first <= self.reading.note.date else None

    def _give(self, cue: Cue, owners: list[Telling], sentence: Sentence) -> None:
        if cue.kind == "percent" and cue.name and len(owners) == 2 and not any(t.group for t in owners):
            figures = [float(part) for part in cue.name.split()]
            for t, figure in zip(owners, figures, strict=True):
                self._give(Cue("percent", cue.start, cue.end, (figure, figure)), [t], sentence)
            return
        if cue.kind == "days" and " " in cue.name and len(owners) == 2 and not any(t.group for t in owners):
            for t, part in zip(owners, cue.name.split(), strict=True):
                self._give(Cue("days", cue.start, cue.end, float(part)), [t], sentence)
            return
        for t in owners:
            t.certain = True
            start, end = cue.start, cue.end
            if cue.kind == "percent":
                told = t.values.get("relief_percent")
                if t.group and told is not None and self._one_more_figure(t, cue):
                    t.values["relief_percent"] = (min(told[0], cue.value[0]), max(told[1], cue.value[1]))
                    t.spans.append((start, end))
                    continue
                if told is None and t.date is not None:
                    t.later = self._at_later_day(sentence, t.date)
                if told is not None and t.relief_section != sentence.section.start and self._disputes(told, cue.value):
                    t.disputed.append(cue.value)
                t.put("relief_percent", cue.value, start, end)
                if told is None:
                    t.relief_section = sentence.section.start
            elif cue.kind == "scores":
                if t.scores is None:
                    t.scores = cue.value
                    t.spans.append((start, end))
            elif cue.kind == "days":
                t.put("relief_days", cue.value, max(sentence.start, start - 8), end)
            elif cue.kind == "temporary":
                t.put("relief_temporary", True, start, end)
            elif cue.kind == "until":
                t.until = t.until or cue.value
                t.spans.append((start, end))
            elif cue.kind == "ended":
                t.put("relief_ended", True, start, end)
                t.until = t.until or self._diary_day(sentence)

    def _one_more_figure(self, t: Telling, cue: Cue) -> bool:
        """ "Two injections, 75-80% and 70-80%": a further one of several, told right behind the figure of another."""
        return any(
            0 <= cue.start - end <= 24 and links.AND_ONE.fullmatch(self.text, end, cue.start) is not None
            for _, end in t.spans
        )

    @staticmethod
    def _disputes(a: tuple[float, float], b: tuple[float, float]) -> bool:
        """The two ranges lie apart by more than the tolerance of 10%."""
        return a[1] * 1.1 < b[0] or b[1] * 1.1 < a[0]

    # -- how it was done ---------------------------------------------------------------------------------------------

    def _detail_owners(
        self, cue: Cue, sentence: Sentence, marks: list[tuple[int, int, list[Telling]]], here: list[Telling]
    ) -> list[Telling]:
        text = self.text
        each = self._of_each(cue, sentence, marks, 40)
        before = [a for a in marks if a[1] <= cue.start]
        if before:
            owners = before[-1][2]
            if each and here:
                return [t for t in here if t.status == "performed"]
            return owners
        if each and self.known.focused(sentence) and self.known.focus:
            return [
                t
                for t in self.known.tellings
                if t.status == "performed"
                and t.target == self.known.focus[-1].target
                and sentence.index - t.sentence <= 4
            ]
        after = [a for a in marks if a[0] >= cue.end]
        if after:
            gap = text[cue.end : after[0][0]]
            return after[0][2] if len(gap) <= 90 and not re.search(r"[;]|\.\s", gap) else []
        line = self.reading.line_at(sentence.start)
        same_line = self.reading.sentences[max(0, self.known.focus_sentence)].start >= line.start
        told = self.reading.sentences[max(0, self.known.focus_sentence)].start
        same_line = same_line or self.reading.line_index(told) == self.reading.line_index(sentence.start) - 1
        far = sentence.index - self.known.focus_sentence > (8 if same_line else 2)
        if not self.known.focused(sentence) or far or self.aside:
            return []
        if cue.name == "purpose":
            return []
        if self.known.today and self.known.told_on is None:
            return []  # what a procedure's document describes was done that day
        owners = list(self.known.focus)
        sessions = {t.date for t in owners}
        if len(owners) > 1 and len(sessions) > 1 and not each:
            owners = owners[-1:]
        return owners

    def _detail(self, t: Telling, cue: Cue) -> None:
        if t.primary:
            return  # the procedure's own description says what was done
        if cue.name in ("anesthetic", "steroid") and cue.value != "none":
            if self.regexes["injection_skin"].search(self.text, max(0, cue.start - 30), cue.start):
                return
        if (
            cue.name == "route"
            and cue.value == "intra_articular"
            and not links.TOLD_BY_FLOW.search(self.text, max(0, cue.start - 25), cue.end)
        ):
            return  # "an injection into the joint" is said of any
        if (
            cue.name == "route"
            and cue.value == "intra_articular"
            and t.target not in ("si_joint", "hip_joint", "facet_joint", "other")
        ):
            return
        if t.values.get(cue.name) is None:
            t.put(cue.name, cue.value, cue.start, cue.end)
