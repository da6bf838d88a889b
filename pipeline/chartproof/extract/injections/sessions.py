"""One telling that is of several injections: a session of both joints, two blocks with a figure each."""

from __future__ import annotations

from dataclasses import replace

from chartproof.extract.injections.by_side import sides_told, split
from chartproof.extract.injections.cues import Cue
from chartproof.extract.injections.known import Known
from chartproof.extract.injections.mention import Mention
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import Laterality


class Sessions:
    """Parts the tellings of one note, as ``known`` holds them, where an outcome is told of each part."""

    def __init__(self, reading: Reading, known: Known):
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.known = known

    def sides_told(
        self, sentence: Sentence, anchors: list[tuple[int, int, list[Telling]]]
    ) -> list[tuple[int, int, list[Telling]]]:
        """ "The right gave 90% relief and the left 60%": each side's injection, where both were told of."""
        told = [t for t in self.known.tellings if t.status == "performed" and not t.group and t.target == "si_joint"]
        by_side = {side: [t for t in told if t.side is side] for side in (Laterality.LEFT, Laterality.RIGHT)}
        if not all(by_side.values()) or not self.known.focused(sentence):
            return []
        return [
            (m.start(), m.end(), by_side[Laterality(m["side"].lower())][-1:])
            for m in self.regexes["injection_by_side"].finditer(self.text, sentence.start, sentence.end)
            if not any(a[0] < m.end() and m.start() < a[1] for a in anchors)
        ]

    def session_by_side(
        self,
        sentence: Sentence,
        here: list[Telling],
        held: tuple[list[tuple[int, int, list[Telling]]], ...],
    ) -> list[tuple[int, int, list[Telling]]]:
        """ "s/p bilateral SI injection. Relief LEFT: 70%. Relief RIGHT: 30%": the session becomes one a side."""
        sides = sides_told(self.text, sentence.start, sentence.end)
        if not sides:
            return []
        about = [t for t in here if t.status == "performed"] or (
            self.known.focus if self.known.focused(sentence) else []
        )
        about = [t for t in about if not t.primary]
        twins = [t for t in about if t.twin]
        if not twins:
            both = [
                t
                for t in about
                if t.side is Laterality.BILATERAL or (t.side is None and len({side for _, _, side in sides}) == 2)
            ]
            if len(both) != 1 or both[0].target not in (None, "si_joint"):
                return []
            session = both[0]
            session.group = False
            twins = split(session)
            lists = [self.known.tellings, self.known.focus, here, *(a[2] for group in held for a in group)]
            for told in lists:
                if any(t is session for t in told):
                    told[:] = [t for t in told if t is not session] + twins
        return [(start, end, [t for t in twins if t.side is side]) for start, end, side in sides]

    def in_order(self, relief: list[Cue], mentions: list[Mention]) -> dict[int, Telling]:
        """ "On 3/4 and 4/22 ...; relief was 80% for five weeks and 90% for six hours": the telling of a"
        " cue, by its id."""
        listed = self.known.listed
        if not any(len(m.dates) == len(listed) > 1 for m in mentions):
            return {}
        out: dict[int, Telling] = {}
        for kind in ("percent", "days"):
            told = [c for c in relief if c.kind == kind]
            if len(told) == len(listed) and not any(c.name and " " in c.name for c in told):
                out.update({id(c): t for c, t in zip(told, listed, strict=True)})
        return out

    def one_each(
        self, relief: list[Cue], here: list[Telling], held: tuple[list[tuple[int, int, list[Telling]]], ...]
    ) -> None:
        """ "Two blocks with 80% and 90% relief": one each; they become the first and the second."""
        pair = next((c for c in relief if c.kind == "percent" and c.name), None)
        groups = [t for t in here if t.group and t.count == 2 and not t.partial and t.date is None]
        if pair is None or len(groups) != 1 or any(c.kind == "percent" and c is not pair for c in relief):
            return
        group = groups[0]
        group.group = False
        both = [
            replace(group, ordinal=n, values=dict(group.values), spans=list(group.spans), disputed=[]) for n in (1, 2)
        ]
        lists = [self.known.tellings, self.known.focus, here, *(a[2] for group_ in held for a in group_)]
        for told in lists:
            if any(t is group for t in told):
                told[:] = [t for t in told if t is not group] + both

    def per_side(self, sentence: Sentence, here: list[Telling]) -> None:
        """ "80% R, 40% L" of a bilateral injection: one for each side."""
        both = [t for t in here if t.side is Laterality.BILATERAL and t.status == "performed"]
        if len(both) != 1:
            return
        m = self.regexes["relief_per_side"].search(self.text, sentence.start, sentence.end)
        if m is None:
            return
        t = both[0]
        for side in (Laterality.LEFT, Laterality.RIGHT):
            told = next(
                (float(m[g]) for g in (f"{side.value}_{i}" for i in range(4)) if g in m.groupdict() and m[g]), None
            )
            if told is None:
                return
            one = Telling(
                t.target,
                t.status,
                side,
                t.date,
                t.date_form,
                t.ordinal,
                section=t.section,
                sentence=t.sentence,
                told_on=t.told_on,
            )
            one.values = {**t.values, "relief_percent": (told, told)}
            one.spans = [*t.spans, m.span()]
            self.known.tellings.append(one)
        self.known.tellings.remove(t)
        here[:] = [o for o in here if o is not t] + self.known.tellings[-2:]
