"""How the injections of a procedure's document were done: guidance, contrast, route, drugs, purpose, other sites."""

from __future__ import annotations

import re
from itertools import pairwise

from chartproof.extract.injections.cues import Cue
from chartproof.extract.injections.detail_cues import find_details
from chartproof.extract.injections.mention import of_its_heading
from chartproof.extract.injections.procedure_parts import Parts
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading, Sentence

_SAYS_NOTHING = ("instructions", "policy", "education")
_OWN_LINE = ("consent", "allergies")  # the description may follow without a heading of its own
_PURPOSE_SECTIONS = ("indication", "procedure", "head", "other", "procedure_diagnosis")
_FORM_LINE = re.compile(
    r"\W*(?:contrast|arthrogram|injectate|local\b(?=\s*:)|(?:local )?anesthetic|(?:cortico)?steroid"
    r"|medications? injected|intent|purpose)"
    r"\b(?! (?:allerg|reaction))",
    re.I,
)
_JOINT_NUMBED = re.compile(r"\b(?:joint|SIJ) (?:was |were |is )?(?:then )?(?:anesthetized|blocked|numbed)\b", re.I)
_LISTED = re.compile(r"(?:^|\s)\(?1[).] .{10,400}?\s\(?2[).] ")  # "1) R SI joint inj, fluoro ... 2) bursa inj ..."
_LOCAL_FIELD = re.compile(r"\blocal\s*:\s*$", re.I)  # what is long acting is not for the skin
_OF_ALL = re.compile(r"\b(?:both|each|all)\b", re.I)
_GIVEN_TODAY = re.compile(r"\b(?:given|used|injected|today|this time)\b", re.I)
_EACH = re.compile(r"\b(?:to|in|into|at|for|confirmed|outlined|filled) (?:each|both)\b", re.I)
_TITLED = ("technique", "procedure", "exam_title", "head", "other", "procedure_diagnosis")
_ROW_DOSE = re.compile(r"\d ?(?:mL|cc|mg|mcg)\b", re.I)
_ARTICULAR = ("si_joint", "hip_joint", "facet_joint", "other")
_PLAINLY_NOT = re.compile(r"\b(?:not (?:used|given|injected|administered)|withheld|omitted|left out)\b", re.I)


class ProcedureDetails:
    """Reads the details of one procedure document."""

    def __init__(self, reading: Reading, parts: Parts):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.parts = parts

    def _told(self) -> list[Sentence]:
        """The sentences that tell how it was done: title, description, purpose; no consent, no outlook."""
        out, rx = [], self.regexes
        described = {s.section.start for s in self.parts.body[:1]}
        for s in [*self.parts.before, *self.parts.body]:
            if s.zone in ("policy", "education") or s.section.category in _SAYS_NOTHING:
                continue
            if s.section.category in _OWN_LINE and of_its_heading(self.reading, s) and not self._left_out(s):
                continue
            if s.section.category == "plan" and s.section.start not in described:
                continue
            words = self.text[s.start : s.end]
            if rx["injection_ahead"].match(words) or rx["injection_risks"].search(words):
                continue
            out.append(s)
        return out

    def _given_by_row(self, sentence: Sentence) -> bool:
        """A row of the drugs given that names the joint: "Ropivacaine 0.5%    2 mL    L SI joint    MTO"."""
        line = self.reading.line_at(sentence.start)
        if len(line.cells) < 3 or not _ROW_DOSE.search(line.text):
            return False
        sites = self.reading.patterns.find("injection_site", self.text, line.start, line.end)
        return any(value == "si_joint" for value, _ in sites)

    def _near(self, sentence: Sentence, cue: Cue) -> str:
        return self.text[max(sentence.start, cue.start - 24) : min(sentence.end, cue.end + 24)]

    def _left_out(self, sentence: Sentence) -> bool:
        """Contrast that was left out is often told beside the allergy ("no dye was given today")."""
        told = self.reading.patterns.find("injection_contrast", self.text, sentence.start, sentence.end)
        given = _GIVEN_TODAY.search(self.text, sentence.start, sentence.end)
        return given is not None and any(value == "no" for value, _ in told)

    def give(self, today: list[Telling]) -> None:
        """Put what was done into the day's tellings."""
        if not today:
            return
        body = {s.index for s in self.parts.body}
        current = list(today)
        ranked: dict[int, dict[str, list[tuple[int, Cue]]]] = {id(t): {} for t in today}
        same: list[Telling] = []
        for sentence in self._told():
            in_body = sentence.index in body or _FORM_LINE.match(self.text, sentence.start, sentence.end) is not None
            in_body = in_body or self._given_by_row(sentence)
            is_title = any(start <= sentence.end and sentence.start <= end for t in today for start, end in t.spans)
            purpose_only = not in_body and not is_title
            cuts = self._cuts(sentence, today)
            listed = _LISTED.search(self.reading.line_at(sentence.start).text) is not None
            for cue in find_details(self.reading.patterns, self.text, sentence.start, sentence.end):
                owners = current
                for position, named in cuts:
                    if position <= cue.start:
                        owners = named
                if _EACH.search(self.text, sentence.start, sentence.end):
                    owners = today
                in_item = cue.name == "guidance" and cuts and listed and not _OF_ALL.search(self._near(sentence, cue))
                if cue.name in ("guidance", "concurrent") and not in_item:
                    # a second site may be injected by feel in the same session
                    owners = [t for t in today if not t.aside or t.sentence == sentence.index or cue.name != "guidance"]
                ticked = re.search(r"(?:\[x\]|☒|☑|✓|✔)\s*$", self.text[max(0, cue.start - 5) : cue.start], re.I)
                if (
                    purpose_only
                    and not ticked
                    and not self._about_today(sentence, cue)
                    and not self._left_out(sentence)
                ):
                    continue
                left_out = cue.name == "contrast" and cue.value is False and self._left_out(sentence)
                if not in_body and cue.name in ("anesthetic", "contrast", "route") and not is_title and not left_out:
                    continue
                rank = self._rank(cue, sentence, is_title)
                if rank is None:
                    continue
                for t in owners:
                    ranked[id(t)].setdefault(cue.name, []).append((rank, cue))
            if cuts and not (is_title and len(cuts) > 1):  # a title names all sites
                current = cuts[-1][1]
            if self.regexes["injection_same_drugs"].search(self.text, sentence.start, sentence.end):
                same += [t for t in current if t not in same]
        for t in today:
            self._settle(t, ranked[id(t)])
        self._share_drugs(same, today)
        if len(today) > 1 and len({t.target for t in today}) > 1:
            for t in today:
                t.values["concurrent"] = True

    def _cuts(self, sentence: Sentence, today: list[Telling]) -> list[tuple[int, list[Telling]]]:
        """Where the sentence turns to one of several targets."""
        if len(today) < 2:
            return []
        named_at = [
            (m.start(), target)
            for target, m in self.reading.patterns.find("injection_site", self.text, sentence.start, sentence.end)
        ]
        named_at += [  # "S1 TFESI: dexamethasone 10 mg"
            (hit.start, hit.value)
            for hit in self.reading.targets_of("injection_word")
            if hit.value != "generic" and sentence.start <= hit.start < sentence.end
        ]
        out = []
        for at, target in sorted(named_at):
            named = [t for t in today if t.target == target]
            if named:
                out.append((at, named))
        if not out:
            return out
        cuts = [(sentence.start, out[0][1])]
        for (before, _), (position, named) in pairwise(out):
            # "triamcinolone to the joint; bupivacaine alone to the piriformis"
            turn = max(self.text.rfind(";", before, position), self.text.rfind(". ", before, position))
            cuts.append((turn if turn >= 0 else position, named))
        return cuts

    @staticmethod
    def _share_drugs(same: list[Telling], today: list[Telling]) -> None:
        """ "The same mixture" put into a second site: the drugs of the first."""
        for t in same:
            first = next((o for o in today if o is not t and o.values.get("anesthetic")), None)
            if first is None:
                continue
            for name in ("anesthetic", "steroid"):
                if t.values.get(name) is None and first.values.get(name) is not None:
                    t.values[name] = first.values[name]

    def _about_today(self, sentence: Sentence, cue: Cue) -> bool:
        """Before the description: the purpose and what else was injected, where the sentence is about today."""
        words, rx = self.text[sentence.start : sentence.end], self.regexes
        if cue.name == "purpose":
            return sentence.section.category in _PURPOSE_SECTIONS and not rx["injection_of_else"].search(words)
        if cue.name == "concurrent":
            return True
        if cue.name == "steroid":
            return bool(rx["injection_today"].search(words)) or (
                cue.value == "none" and not rx["injection_of_else"].search(words)
            )
        if cue.name == "guidance":
            return (
                sentence.section.category in _TITLED
                and bool(rx["injection_guided_by"].search(words))
                and len(words) < 140
            )
        return False

    def _rank(self, cue: Cue, sentence: Sentence, is_title: bool) -> int | None:
        """How well a cue fits: lower is better; None where it is no statement on the injectate."""
        text, rx = self.text, self.regexes
        if cue.name in ("anesthetic", "steroid") and cue.value != "none":
            low = max(sentence.start, cue.start - 45)
            around = text[low : cue.start]
            behind = text[cue.end : min(sentence.end, cue.end + 30)]
            step = rx["injection_next_step"].split(around)[-1]
            deep = cue.value in ("bupivacaine", "ropivacaine") and _LOCAL_FIELD.search(around) is not None
            numbed = not deep and _JOINT_NUMBED.search(around) is None and rx["injection_skin"].search(step)
            if numbed or rx["injection_skin_after"].match(behind) or rx["injection_skin_behind"].match(behind):
                return None
            skin = rx["injection_skin_sentence"].search(text, sentence.start, sentence.end)
            if skin and not rx["injection_into_joint"].search(text, max(0, cue.start - 60), sentence.end):
                return None
            if rx["injection_not_given"].search(text, sentence.start, sentence.end):
                return None
            low, high = max(sentence.start, cue.start - 90), min(sentence.end, cue.end + 90)
            mixed = next(self.reading.patterns.find("injection_steroid", text, low, high), None)
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
                    plainly = any(c.value is False and _PLAINLY_NOT.search(self.text, c.start, c.end) for _, c in hits)
                    if plainly and not self._without_contrast(hits):
                        continue  # the document contradicts itself
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
            and self.regexes["injection_named_contrast"].search(self.text, max(0, c.start - 15), c.end)
        ]
        return not named

    def _confirmatory(self, t: Telling) -> bool:
        """An anesthetic-only confirmatory block is diagnostic (corpora/GUIDE.md, finer readings)."""
        return any(
            re.search(r"\bconfirm(?:atory|ing)?\b", self.text[max(0, a - 40) : b + 40], re.I) for a, b in t.spans
        )

    def _clause(self, cue: Cue) -> tuple[int, int]:
        """The words around a cue that prove it, within its clause."""
        start, end = self.reading.clause_at(cue.start)
        return max(start, cue.start - 40), min(max(end, cue.end), cue.end + 40)
