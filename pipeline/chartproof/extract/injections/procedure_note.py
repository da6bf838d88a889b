"""Reads the document of a procedure: the injections of that day, how they were done, and the scores around them.

What the document tells of earlier injections (interval history) and what an addendum adds later is running text;
narrative.py reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.injections.cues import Cue
from chartproof.extract.injections.mention import Mention, says_nothing
from chartproof.extract.injections.narrative import Narrative
from chartproof.extract.injections.other_uses import OtherUses
from chartproof.extract.injections.procedure_details import ProcedureDetails
from chartproof.extract.injections.procedure_done import given_at_joint, given_up
from chartproof.extract.injections.procedure_parts import find_parts
from chartproof.extract.injections.procedure_scores import relief_in_the_room
from chartproof.extract.injections.procedure_titles import TITLE_SECTIONS, ProcedureTitles
from chartproof.extract.injections.regions import by_region
from chartproof.extract.injections.table_rows import row_cues
from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import SideMention, find_sides
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality, NoteType

_ONE_SIDE = {Laterality.LEFT, Laterality.RIGHT}
_OTHER_SIDE = re.compile(
    r"\b(?:not|opposite|contralateral|other|previous|prior|again|neither|nor|left alone|untouched|spared|no)\b", re.I
)
_ALSO_AFTER = re.compile(
    r"\s*(?:muscle |bursa |joint )?(?:(?:was|were) )?(?:also|likewise|additionally|too) (?:was |were )?"
    r"(?:injected|treated|done|blocked|infiltrated|given)"
    r"|\s*(?:muscle |bursa |joint )?(?:was|were) (?:injected|treated|done|blocked) (?:also|too"
    r"|as well|likewise|next)\b",
    re.I,
)
# "PM&R PROCEDURE CLINIC NOTE" heads the document of one
_HEADED = re.compile(r"(?-i:PROCEDURE)\b(?: CLINIC)?(?: NOTE| REPORT| RECORD|\s*:)", re.I)
_DOSE = re.compile(r"\d ?(?:mL|cc|mg)\b", re.I)
# "It is his second.", "This is the first such injection"
_THIS_IS = re.compile(r"\W*(?:this|it|today)(?:'s| is| was| will be| being)? (?:his|her|the|their|a)\b", re.I)
_TOLD_LATER = re.compile(
    r"\b(?:(?:tele)?phone|called|calls?|hour(?:ly)? sheet|calendar|journal|at home"
    r"|next (?:day|morning)|following (?:day|morning)|diary|log"
    r"|(?:that|same) (?:evening|night)|later that)\b",
    re.I,
)
# "Text-message diary (uploaded 8/7)"
_DIARY_BELOW = re.compile(
    r"\W*(?:[\w-]+ ){0,4}(?:diary|log|messages?|call|follow-?up|hour(?:ly)? sheet|calendar|journal)\b"
    r"[^.;]{0,40}(?:[:)]|$)",
    re.I,
)


def is_procedure_document(reading: Reading, mentions: list[Mention]) -> bool:
    """Whether the note was made of an injection: by its type, or because it describes needle work."""
    words = {m[0].lower() for m in reading.patterns.regexes["injection_needle"].finditer(reading.text)}
    if reading.note.type is NoteType.PROCEDURE:
        return bool(words or mentions or given_at_joint(reading)) and not _is_log(reading, mentions)
    if not mentions:
        return False
    if reading.note.type is NoteType.LETTER:
        # the operator's letter of the day: "she came this morning ... I passed a needle into the joint"
        today = any(m.date_form == "today" for m in mentions)
        return (
            today
            and "needle" in words
            and reading.patterns.regexes["injection_letter_deed"].search(reading.text) is not None
        )
    if reading.note.type in (NoteType.PT, NoteType.LAB, NoteType.TELEPHONE, NoteType.LETTER, NoteType.INTAKE):
        return False
    if _HEADED.search(reading.text, 0, 240) and reading.patterns.regexes["injection_dose_given"].search(reading.text):
        return any(m.target is not None and m.sentence.index <= 12 and m.date is None for m in mentions)
    headed = any(m.sentence.section.category in TITLE_SECTIONS for m in mentions)
    if not headed and OtherUses(reading).operation:
        return False
    return len(words) >= (2 if headed else 3) and bool({"needle", "needles", "injectate"} & words)


def _is_log(reading: Reading, mentions: list[Mention]) -> bool:
    """A running log of one doctor's procedures, each line opening with its day."""
    days = set()
    for m in mentions:
        line = reading.line_at(m.start)
        opening = next(iter(reading.dates_in(line.start, min(line.end, line.start + 16))), None)
        if (
            opening is not None
            and opening.value.day
            and m.target is not None
            and not reading.text[line.start : opening.start].strip(" -*.")
            and re.fullmatch(r"[\s:-]*[^.;:%]{0,40}", reading.text[opening.end : m.start])
        ):
            days.add(opening.value)
    return len(days) > 1


def _is_of(m: Mention, sentences: list[Sentence]) -> bool:
    """Whether a mention stands in one of these sentences, which follow one another."""
    at = m.sentence.index - sentences[0].index if sentences else -1
    return 0 <= at < len(sentences) and sentences[at] == m.sentence


class ProcedureNote:
    """Reads one procedure document."""

    def __init__(self, reading: Reading, mentions: list[Mention]):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.mentions = mentions
        self.parts = find_parts(reading)
        self._body = {s.index for s in self.parts.body}
        self.titles = ProcedureTitles(reading, mentions, self.parts)

    def read(self) -> list[Telling]:
        """All tellings of the document: the day's own injections first, then those of the rest of the text."""
        titles = self.titles.find()
        of_titles = {m.start for m in titles}  # a mention is compared with others only where it may be one of them
        beside = [m for m in self.mentions if m.start not in of_titles or m not in titles]
        today = [] if given_up(self.reading, self.parts) else self._today(titles)
        narrative = Narrative(self.reading, beside)
        narrative.known.today = today
        narrative.known.today_mentions = {id(m) for m in beside if self._is_today(m, today)}
        for t in today:
            self._side(t)
        ProcedureDetails(self.reading, self.parts).give(today)
        relief_in_the_room(self.reading, self.parts, today)
        narrative.known.last_target = today[0] if today else None
        named = {m.sentence.index for m in titles} - {m.sentence.index for m in beside}
        narrative.read([s for s in self.parts.before if s.index not in named])
        narrative.known.focus, narrative.known.focus_sentence = (
            list(today),
            self.parts.body[-1].index if self.parts.body else -100,
        )
        self._outcome(narrative, today)
        later: list[Telling] = []
        for told_on, sentences in self.parts.addenda:
            again = [Telling(t.target, "performed", t.side, t.date, told_on=told_on, spans=[]) for t in today]
            narrative.known.today, narrative.known.told_on = again, told_on
            narrative.known.today_mentions |= {
                id(m) for m in self.mentions if m.target is None and m.date is None and _is_of(m, sentences)
            }
            narrative.known.focus, narrative.known.focus_sentence, narrative.aside = (
                list(again),
                sentences[0].index if sentences else -100,
                False,
            )
            narrative.read(sentences)
            later += [t for t in again if t.values or t.scores]
        return today + later + narrative.known.tellings

    # -- what was injected that day ----------------------------------------------------------------------------------

    def _today(self, titles: list[Mention]) -> list[Telling]:
        day = PartialDate(self.titles.document_date())
        dated = next((m.date for m in titles if m.date and m.date.day and self.titles.past(m)), None)
        day = dated or day
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
        out += self._also(out, day)
        sides = [t for t in out if t.target == "si_joint"]
        if len(sides) == 2 and {t.side for t in sides} == {Laterality.LEFT, Laterality.RIGHT}:
            # "Left SI joint injection. Right SI joint injection." is one bilateral injection
            sides[0].side = Laterality.BILATERAL
            sides[0].spans += sides[1].spans
            out.remove(sides[1])
        return out

    def _also(self, today: list[Telling], day: PartialDate) -> list[Telling]:
        """Another site that the description names with "also" and a drug."""
        if not today:
            return []
        out: list[Telling] = []
        find = self.reading.patterns.find
        for sentence in self.parts.body:
            low, high = sentence.start, sentence.end
            drug = next(find("injection_steroid", self.text, low, high), None)
            drug = drug or next(find("injection_anesthetic", self.text, low, high), None)
            alike = self.regexes["injection_same_drugs"].search(self.text, low, high)
            if (drug is None and not alike and not _DOSE.search(self.text, low, high)) or self.text[
                low:high
            ].strip().lower().startswith(("if", "consider", "may", "plan")):
                continue
            for target, m in find("injection_site", self.text, low, high):
                known = {t.target for t in [*today, *out]}
                also = self.regexes["injection_also"].search(self.text, low, m.start()) or _ALSO_AFTER.match(
                    self.text, m.end(), high
                )
                if target not in known and also:
                    side = next((s.side for s in find_sides(self.text, max(low, m.start() - 12), m.start())), None)
                    another = Telling(target, "performed", side, day, "day", primary=True)
                    another.aside = (
                        re.search(r"\bseparate(?:ly)?\b|\bown needle\b", self.text[low:high], re.I) is not None
                    )
                    another.section, another.sentence = sentence.section.start, sentence.index
                    out.append(another)
                    out[-1].spans.append((max(low, m.start() - 12), m.end()))
        return out

    def _is_today(self, m: Mention, today: list[Telling]) -> bool:
        """Whether a mention in the text speaks of the day's own injection."""
        if not today or self.titles.past(m) or m.status in ("none", "declined"):
            return False
        if m.pronoun:
            return _THIS_IS.match(self.text, m.sentence.start, m.end) is not None and m.date is None
        if m.target is not None and m.target not in {t.target for t in today}:
            return False
        if m.date is not None and not self.titles.past(m):
            return True
        if any(_is_of(m, part) for _, part in self.parts.addenda):
            return m.target is None or m.target in {t.target for t in today}
        if m.sentence.index in self._body:
            earlier = m.sentence.section.category == "indication" and self.regexes["injection_not_today"].search(
                self.text, m.sentence.start, m.sentence.end
            )
            return m.status != "planned" and not earlier
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
        ticked = re.search(r"(?:\[x\]|\(x\)|☒|☑)\s*(?P<side>left|right|bilat(?:eral)?|[LR])\b", self.text, re.I)
        if t.side is None and ticked:
            t.side = {"l": Laterality.LEFT, "r": Laterality.RIGHT}.get(ticked["side"][0].lower(), Laterality.BILATERAL)
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
                m = self.regexes["injection_side_corrected"].search(self.text, sentence.start, sentence.end)
                if m:
                    return Laterality((m["side"] or m["side2"] or m["side3"]).lower()), (sentence.start, sentence.end)
        return None

    @staticmethod
    def _hours(cues: list[Cue], today: list[Telling]) -> None:
        """ "80% improved, back to usual at 3 hours": hours told beside the figure are those of the day."""
        hours = [c for c in cues if c.kind == "days" and c.strong and 1 / 24 <= c.value <= 1]
        if len(hours) != 1:
            return
        for t in today:
            t.put("relief_days", hours[0].value, hours[0].start, hours[0].end)
            for cue in cues:
                if cue.kind == "ended":
                    t.put("relief_ended", True, cue.start, cue.end)

    # -- what came of it in the room ----------------------------------------------------------------------------------

    def _outcome(self, narrative: Narrative, today: list[Telling]) -> None:
        """Relief told in words in the description or after it, the same day; earlier injections named there."""
        diary = -100
        for sentence in self.parts.body:
            named = narrative.by_sentence.get(sentence.index, [])
            past = [m for m in named if id(m) not in narrative.known.today_mentions and m.status != "none"]
            if past:
                narrative.read([sentence])
                narrative.known.focus, narrative.known.focus_sentence = list(today), sentence.index
                continue
            words = self.text[sentence.start : sentence.end]
            if says_nothing(self.reading, sentence) or self.regexes["injection_risks"].search(words):
                continue
            if _DIARY_BELOW.match(words):
                diary = sentence.index
            below = diary < sentence.index <= diary + 8 and sentence.section.category == "plan"
            if sentence.zone in ("policy", "education", "hypothetical") or (
                not below
                and sentence.section.category
                in (
                    "instructions",
                    "education",
                    "policy",
                    "consent",
                    "plan",
                    "indication",
                )
            ):
                continue
            if sentence.index <= min((t.sentence for t in today), default=-1) - 1:
                continue  # what led up to it
            if (_TOLD_LATER.search(words) or sentence.index - diary <= 8) and not re.search(
                r"\b(?:will|if|should|to call|instruct\w*|asked)\b", words, re.I
            ):
                rows = row_cues(self.reading, sentence.start, sentence.end)
                for cue in [*narrative.cues.relief(sentence.start, sentence.end, True), *rows]:
                    if cue.kind in ("days", "ended", "temporary") or (cue.kind == "percent" and cue.strong):
                        for t in by_region(self.reading, cue.start, cue.end, today, today):
                            name = {"days": "relief_days", "ended": "relief_ended", "temporary": "relief_temporary"}
                            t.put(name.get(cue.kind, "relief_percent"), cue.value, cue.start, cue.end)
                continue
            if self.regexes["injection_ahead"].match(words) or re.search(r"\b(?:will|if|should)\b", words, re.I):
                continue
            if next(self.reading.patterns.find("injection_rival", self.text, sentence.start, sentence.end), None):
                continue  # "PT: 18 visits, pain no different"
            cues = narrative.cues.relief(sentence.start, sentence.end)
            if any(c.kind in ("percent", "scores") for c in cues):
                self._hours(cues, today)
            for cue in cues:
                if (
                    cue.kind == "percent"
                    and cue.strong
                    and not re.search(r"\b(?:resistance|complication|paresthesia|difficulty)\b", words, re.I)
                ):
                    for t in by_region(self.reading, cue.start, cue.end, today, today):
                        if re.search(r"\bpain|relief|better|improve", words, re.I):
                            t.put("relief_percent", cue.value, cue.start, cue.end)
