"""What a sentence makes of an injection it speaks of: done, planned, declined, or nothing.

ConText alone would erase "no relief from the injection" and affirm "will schedule an injection"; so the words around
a mention are read here, with the zones and sections of the note. What goes before what: text that asserts nothing of
the patient, "no injections", declined, hypothetical, planned, done.
"""

from __future__ import annotations

import re

from chartproof.extract.injections.form_fields import box_before
from chartproof.extract.injections.mention import LATEST, Mention, Status, says_nothing
from chartproof.language.reading import Reading
from chartproof.model import PartialDate

_NUMBER_FELL = re.compile(r"\s+(?:from|to \d|by \d|over)\b")  # "pain declined from 8"
_NOT_BEFORE = re.compile(r"\b(?:not|no|never)\s*$|n't\s*$", re.I)
_CALLED_OFF = re.compile(r"\b(?:cancel\w*|calling off|called off|postpon\w+|reschedul\w+|skip\w*)\b", re.I)
_ANSWERED_YES = re.compile(
    r"(?:\s+for this (?:pain|problem))?\s*\?\s*(?:\[x\]\s*y(?:es)?\b|yes\s*\[x\]|yes\b(?!\s*\[)|y\b(?!\s*[\[/]))", re.I
)
_OTHER_SIDE = re.compile(r"\s+(?:it on )?the (?:left|right|other|second)\b", re.I)
_NOT_OFFERED = re.compile(r"(?:does|do|did)(?: not|n't) want|wants? no|had enough", re.I)
_NOT_JUST_BEFORE = re.compile(r"(?:\b(?:not|never|cannot)|n't)\s+(?:\w+\s)?$", re.I)
_DONE_TODAY = re.compile(
    r",? (?:which|that) (?:was|were) (?:performed|done|given|administered|carried out) (?:today|here|at this visit)\b",
    re.I,
)
_TO_BE = re.compile(r"[^.;]{0,12}\b(?:to be (?:done|performed|scheduled|arranged|repeated)|planned|will be)\b", re.I)
_OUTCOME = re.compile(r"\d ?%|\b(?:relief|gave|help|better|worked|wore|lasted|improv)", re.I)
_AGAIN = re.compile(r"(?:repeat|re-?do|another|schedule|order)\b", re.I)
_SERVICE_FOR = re.compile(
    r"(?:^|[-.;:*)>]\s*)(?:refer\w* (?:to )?|back to |to |send to )?(?:the )?"
    r"(?:pain|IR|PM&R|physiatry|anesthesia|interventional|radiology)\b[\w /&]{0,25} for\s+(?:an? |the )?$",
    re.I,
)
_PLAN_TITLE = re.compile(
    r"\W*(?:(?:assessment|impression|imp|treatment|tx|care|diagnosis|dx|follow-?up|medical|management|next)\b"
    r"[ /&,and]{0,6})?"
    r"(?:plans?|orders?|recommendations?|recs|disposition|steps?|to[- ]do)\b|\W*A\s?[/&]\s?P\b",
    re.I,
)
# "Request consult with pain management for R SI joint injection", "we are requesting left SIJ injection x2"
_REQUESTED = re.compile(
    r"\b(?:request\w*|ask\w*|plac\w+|submit\w*|obtain\w*|arrang\w+|set up|needs?|get|made|put in|sent|send)\s"
    r"(?:an? |the |her |his )?(?:\w+ )?(?:consult\w*|referral|eval\w*|auth\w*|appointment|appt|approval|order)"
    r"[^.;]{0,60}\b(?:for|of)\s+(?:an? |the |one |repeat |another |second )*$"
    r"|\b(?:requesting|seeking|applying for|asking for|awaiting|pursuing)\s+"
    r"(?:(?:an?|the|one|two|\d|approval|auth\w*|coverage|for|of|repeat|another|second)\s+){0,4}$",
    re.I,
)
# "would benefit from an injection"
_WOULD = re.compile(
    r"\b(?:would|may|might|could|will|should|can)\s+(?:\w+\s)?(?:benefit|profit|gain|be helped|respond"
    r"|do well)\b[^.;]{0,30}$",
    re.I,
)
_RETURN = re.compile(
    r"(?:^|[-.)*:;,\d]\s{0,3})(?P<back>return|re-?turn|rtc)?(?:f/?u|follow[- ]?up|revisit|appointment|appt|visit)?\b"
    r"[^.;]{0,30}\b(?:after|following|post)\W*(?:the |his |her |this |that |each |SI |SIJ )*$",
    re.I,
)
_SPOKEN_OF_BEFORE = re.compile(
    r"\b(?:floated|offered|suggested|proposed|brought up|raised|mentioned|recommended|pushed(?: for)?|advised)\s+"
    r"(?:(?:him|her|me|them)\s+)?(?:(?:to\s+)?(?:do|doing|perform|performing|giv(?:e|ing)|try|trying|repeat|repeating|have|having)\s+)?"
    r"(?:(?:an?|the|another|SI|joint|left|right|some)\s+)*$",
    re.I,
)
_CAME_OF_IT = re.compile(
    r"\d ?%|\b(?:relief|helped|better|worked|lasted|improv\w+|was (?:done|performed|given)|done|performed)\b", re.I
)
# "Right SIJ injection if PT does not help"
_IF_BEHIND = re.compile(
    r"\s*(?:\([^)\n]{0,40}\)\s*)?,?\s*(?:if|should|unless|in case)\b[^.;\n]{0,40}?(?:\b(?:not|fails?"
    r"|failed|persist\w*|continu\w*"
    r"|no (?:better|relief|improvement|change|help|response)|remain\w*|recur\w*|worse\w*|plateau\w*"
    r"|inadequate|insufficient"
    r"|needed|necessary|required)\b|n't\b)",
    re.I,
)
# what was put to the patient may be refused a long way behind
_WAS_OFFERED = re.compile(
    r"\b(?:offer(?:ed|s)?|propos(?:ed|es)|suggest(?:ed|s)?|recommend(?:ed|s)?|ordered|scheduled|booked|advised"
    r"|arranged|set up)\b",
    re.I,
)
_COULD = re.compile(
    r"\b(?:could|might|may|would|can)\s+(?:then |also |still |next )?(?:discuss|consider|try|offer|think about"
    r"|talk about|order|proceed with|add|entertain)\s+(?:(?!injection|block|shot)[\w-]+\s+){0,3}$"
    r"|\bto (?:talk over|discuss|consider) (?:an?|the|another)\s+$",
    re.I,
)
_AFTER_THAT = re.compile(
    r"\s*(?:after (?:that|this|which|PT|physical therapy|therapy|\d+ (?:weeks|wks"
    r"|visits)[\w ]{0,20})|thereafter|afterwards?|next)\W*",
    re.I,
)
_ONLY_SPOKEN_OF = re.compile(
    r"\s*(?:was|were|is|has been|had been) (?:also |again |then )?"
    r"(?:discussed|offered|suggested|proposed|raised|considered|brought up|mentioned|talked about)\b",
    re.I,
)
# "was authorized 4/1", "has been ordered"
_AUTHORIZED = re.compile(
    r"\s*(?:(?:was|were|is|are|has been|have been|had been) )(?:also |now |already |finally )?"
    r"(?:authori[sz]ed|approved|certified|ordered|scheduled|booked|requested|pre-?authori[sz]ed|pending)\b"
    r"(?![^.;]{0,80}(?:\d ?%|\brelief|\bhelped|\bbetter|\b(?:was|and) (?:done|performed|given)|\bgave\b))",
    re.I,
)
_HOW_IT_DID = re.compile(
    r"\b(?:how (?:did|was|has|have|is|are|much|long)|what (?:did|was|has)|did|has|any (?:relief"
    r"|benefit|help|change)|percent)\b"
    r"[^?.;]{0,50}?\b(?:the|your|that|this|last|her|his)\s[^?.;]{0,30}$",
    re.I,
)
_HAD_ONE = re.compile(r"(?:had|got|tried|did) one\b|(?:had|got|gotten|underwent|received) (?:it|that|this) \w+", re.I)


class MentionStatus:
    """Reads the status of the mentions of one note."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        self.words = reading.patterns.vocabulary["injection_status"]
        self.today = reading.note.date

    def of(self, m: Mention, mentions: list[Mention]) -> Status:
        """The status of one mention.

        Args:
            mentions: all mentions of its sentence, in order.
        """
        if self._asserts_nothing(m, mentions) or box_before(self.reading, m.word[0]) is False:
            return "none"
        if m.pronoun and _HAD_ONE.match(self.text, m.start, m.end):
            return "performed"
        if self._declined(m, mentions):
            self._ahead(m)
            return "declined"
        if self._not_done(m):
            return "none"
        self._ahead(m)
        past = bool(m.dates) or (
            m.date is not None and m.date.first <= self.today and m.date_form not in ("today", "ahead")
        )
        if _ANSWERED_YES.match(self.text, m.end, min(len(self.text), m.end + 60)):
            return "performed"
        if self._asked_how_it_did(m) or _DONE_TODAY.match(self.text, m.end, m.sentence.end):
            return "performed"
        before = self.text[max(m.sentence.start, m.start - 90) : m.start]
        if _COULD.search(before[-60:]) or _WOULD.search(before[-70:]):
            return "none"  # "still bad come Thanksgiving: could discuss an injection"
        if not past and _AUTHORIZED.match(self.text, m.end, m.sentence.end):
            return "planned"
        if not past and _ONLY_SPOKEN_OF.match(self.text, m.end, m.sentence.end):
            return "none"
        vague = m.date is not None and m.date.month is None and m.date_form == "lastseason"
        if vague and self._hypothetical(m) and not _OUTCOME.search(self.text, m.end, m.sentence.end):
            return "none"  # "if still bad by late fall discuss an injection"
        if not past and (
            _IF_BEHIND.match(self.text, m.end, m.sentence.end)
            or self._hypothetical(m)
            or self.regexes["injection_risks_of"].match(self.text, m.end, m.sentence.end)
        ):
            return "none"
        if not past or (m.date is not None and m.date.first == self.today):
            planned = self._planned(m, past)
            if planned is not None:
                return planned
            if self._asked_for(m):
                return "planned"
        if past and re.search(r"\bschedul\w+ (?:for|on)\W*(?:the )?$", self._before_date(m), re.I):
            return "unknown"  # whether it took place is not said
        if past or m.pronoun or m.ordinal == LATEST or (m.date_form == "today" and self._gave_drug(m)):
            return "performed"
        if m.date is not None and (m.date.first > self.today or m.date_form == "ahead"):
            return "planned"
        low, high = max(m.sentence.start, m.start - 80), min(m.sentence.end, m.end + 90)
        if _SPOKEN_OF_BEFORE.search(self.text, max(m.sentence.start, m.start - 50), m.start) and not _CAME_OF_IT.search(
            self.text, m.end, high
        ):
            return "unknown"  # "he offered to do an epidural before anything else, given the calf"
        if self.words["performed"].search(self.text, low, high):
            return "performed"
        if _SPOKEN_OF_BEFORE.search(self.text, max(m.sentence.start, m.start - 40), m.start):
            return "unknown"  # "urgent care floated an ESI"
        history = m.sentence.section.category in ("treatment_history", "psh") and not self._in_plan(m)
        return "performed" if history else "unknown"

    def _ahead(self, m: Mention) -> None:
        """A day without a year that was planned or called off is the next such day, not the last one."""
        if m.date is None or m.date.first > self.today:
            return
        if m.date.day is None:
            self._month_ahead(m)
            return
        if m.date_form not in ("md", "dm", "m/d"):
            return
        low = max(m.sentence.start, min(m.start, m.date_span[0] if m.date_span else m.start) - 70)
        before = self.text[low : m.start]
        hits = [h.end() for h in self.words["planned"].finditer(before)]
        hits += [h.end() for h in _CALLED_OFF.finditer(before)]
        if m.date_span and m.end < m.date_span[0] and _AUTHORIZED.match(self.text, m.end, m.date_span[0]):
            hits.append(len(before))  # "a second injection is booked for August 27"
        if m.sentence.section.category == "plan":
            hits.append(0)
        if not hits or self.regexes["injection_done_between"].search(before, hits[-1]):
            return
        end = max(m.end, m.date_span[1] if m.date_span else 0)
        if _OUTCOME.search(self.text, end, min(m.sentence.end, end + 60)):
            return
        day = m.date.first
        try:
            day = day.replace(year=self.today.year)
            day = day if day >= self.today else day.replace(year=self.today.year + 1)
        except ValueError:  # February 29
            return
        if (day - self.today).days <= 150:
            m.date = PartialDate(day)

    def _month_ahead(self, m: Mention) -> None:
        """ "Second injection in the summer", "to be done in October": a plan's month or season is the next one."""
        if m.date is None or m.date_form not in ("lastmonth", "lastseason", "month") or m.date_span is None:
            return
        if re.match(r"last|this past|since", self.text[slice(*m.date_span)], re.I):
            return
        end = min(m.sentence.end, max(m.end, m.date_span[1]) + 60)
        if _OUTCOME.search(self.text, m.start, end) or not (self._is_plan(m) or _TO_BE.match(self.text, m.end, end)):
            return
        if m.date.month is None or m.date_form == "lastseason":
            m.date = None
            return
        month, year = m.date.month, self.today.year
        m.date = PartialDate.of(year if month >= self.today.month else year + 1, month)
        m.date_form = "ahead"

    @staticmethod
    def _in_plan(m: Mention) -> bool:
        """In a plan by its section, or by a title such as "PLAN / ORDERS"."""
        section = m.sentence.section
        return section.category == "plan" or _PLAN_TITLE.match(section.title or "") is not None

    def _is_plan(self, m: Mention) -> bool:
        """An item of the plan: by its section, or right behind a bare "Plan."."""
        if self._in_plan(m):
            return self.regexes["injection_plan_item"].fullmatch(self.text[m.sentence.start : m.start]) is not None
        if m.sentence.index == 0:
            return False
        before = self.reading.sentences[m.sentence.index - 1]
        return (
            re.fullmatch(r"\W*plans?\W*", self.text[before.start : before.end], re.I) is not None
            and self.regexes["injection_plan_item"].fullmatch(self.text[m.sentence.start : m.start]) is not None
        )

    def _asserts_nothing(self, m: Mention, mentions: list[Mention]) -> bool:
        """Policy text, teaching, other people, "no injections", an unticked box, injections in general."""
        text, sentence, rx = self.text, m.sentence, self.regexes
        if says_nothing(self.reading, sentence):
            return True
        before = text[sentence.start : m.start]
        if rx["injection_relative"].search(before) or rx["injection_general"].search(before):
            return True
        if m.date is None and (rx["injection_return_after"].search(before) or self._return_after(m, before)):
            return True
        later = [o.start for o in mentions if o.start >= m.end and not o.joined and o.target != m.target]
        after = text[m.end : min(sentence.end, later[0] if later else sentence.end)]
        negation = rx["injection_negated"]
        if negation.search(text, max(sentence.start, m.start - 70), m.start):
            return True
        if (
            _NOT_JUST_BEFORE.search(text, max(sentence.start, m.word[0] - 24), m.word[0])
            and text[slice(*m.word)].lower() == "inject"
        ):
            return True  # "we did not inject the piriformis"
        if negation.search(text, max(sentence.start, m.word[0] - 90), m.word[0]):
            return True
        if not m.pronoun and rx["injection_negated_after"].match(after):
            return True
        if re.search(r"(?:\[ \]|☐|□|\( \))\s*$", text[max(0, m.start - 5) : m.start]):
            return True
        line = max(sentence.start, m.start - 110)
        if rx["injection_authorized"].search(text, line, m.word[0]):
            return True
        if m.date is None and m.side is None and rx["injection_rule"].search(text, line, m.start):
            return True
        undated = m.date is None and not m.dates
        if undated and m.side is None and self._wanted(m):
            return True
        if undated and m.side is None and rx["injection_asked_for"].search(text, line, m.start):
            return True
        if rx["injection_answered_no"].match(text[m.end : m.end + 24]):
            return True
        if m.date is None and not m.dates and rx["injection_not_shown"].search(text, line, m.start):
            return True
        if m.date is None and re.search(r"\bif (?:the |his |her |an? )?$", text[max(0, m.start - 9) : m.start], re.I):
            return True
        if m.count and m.date is None and rx["injection_per_protocol"].match(after):
            return True
        dated = m.date is not None and m.date_form != "today"
        if m.target is None and m.plural and not m.count and m.ordinal is None and not dated:
            return not rx["injection_definite"].search(text, max(sentence.start, m.start - 30), m.word[0])
        return False

    def _return_after(self, m: Mention, before: str) -> bool:
        """ "Return after injection", and in a plan "f/u 2 weeks after injection", speak of one to come."""
        hit = _RETURN.search(before)
        if hit is None or _OUTCOME.search(self.text, m.end, m.sentence.end):
            return False
        return hit["back"] is not None or self._in_plan(m)

    def _wanted(self, m: Mention) -> bool:
        """Others ask for it: "the guideline wants two blocks", "two more blocks would change my mind"."""
        rx = self.regexes
        low = max(0, m.start - 420)
        low = max(low, self.text.rfind(". ", low, m.start) + 1, self.text.rfind("\n\n", low, m.start) + 1)
        if m.plural and m.count is None and rx["injection_listed"].search(self.text, low, m.start):
            return True
        return bool(
            rx["injection_wanted"].search(self.text, low, m.start)
            or rx["injection_wanted_after"].match(self.text, m.end, m.sentence.end)
        )

    def _declined(self, m: Mention, mentions: list[Mention]) -> bool:
        text = self.text
        for hit in self.words["declined"].finditer(text, m.sentence.start, m.sentence.end):
            if _NUMBER_FELL.match(text, hit.end()):
                continue
            after = hit.start() >= m.end
            gap = text[m.end : hit.start()] if after else text[hit.end() : m.start]
            reach = (190 if _WAS_OFFERED.search(text, m.sentence.start, hit.start()) else 95) if after else 30
            if len(gap) > reach or "." in gap.replace("Dr.", ""):
                continue
            if any(m.end <= o.start < hit.start() and o.target not in (None, m.target) for o in mentions):
                continue
            if after and self.regexes["injection_else_declined"].search(gap):
                continue
            if m.target is None and m.ordinal is None and _NOT_OFFERED.match(hit[0]):
                continue  # "does not want another shot": none was offered
            if after and ";" in gap and _OTHER_SIDE.match(text, hit.end()):
                continue  # "a right SIJ injection; he declined the left"
            return True
        return False

    def _not_done(self, m: Mention) -> bool:
        """Cancelled, denied, postponed."""
        stop = min(m.sentence.end, m.end + 75)
        hit = self.words["not_done"].search(self.text, m.end, stop)
        if hit is None or ";" in self.text[m.end : hit.start()]:
            return False
        return not self.regexes["injection_else_declined"].search(self.text, m.end, hit.start())

    def _before_date(self, m: Mention) -> str:
        return self.text[max(m.sentence.start, m.date_span[0] - 20) : m.date_span[0]] if m.date_span else ""

    def _hypothetical(self, m: Mention) -> bool:
        text, done = self.text, self.regexes["injection_done_between"]
        for hit in self.words["hypothetical"].finditer(text, m.sentence.start, m.sentence.end):
            if hit.end() <= m.start:
                if m.start - hit.end() <= 110 and not done.search(text, hit.end(), m.start):
                    return True
            elif m.end <= hit.start() <= m.end + 45:
                told_of_more = hit[0].lower() in ("until", "if", "discussed", "unless")
                if not told_of_more and not done.search(text[m.end : hit.start()] + " "):
                    return True
        return False

    def _planned(self, m: Mention, past: bool) -> Status | None:
        """Planned by the words around it, or as an item of the plan; "none" where "not planned" is said."""
        text, done = self.text, self.regexes["injection_done_between"]
        clause = self.reading.clause_at(m.start)[0]
        for hit in self.words["planned"].finditer(text, m.sentence.start, m.sentence.end):
            if clause - 40 <= hit.start() and hit.end() <= m.start:
                gap = text[hit.end() : m.start]
                if len(gap) <= 90 and not done.search(gap):
                    return "none" if _NOT_BEFORE.search(text[max(0, hit.start() - 10) : hit.start()]) else "planned"
            elif m.end <= hit.start() <= m.end + 60:
                gap = text[m.end : hit.start()]
                if _NOT_BEFORE.search(gap):
                    return "none"
                if re.search(r"\d ?%", gap):
                    continue  # "two injections: April, 80% relief; August, awaiting his diary"
                told = re.sub(
                    r"\b(?:was|were|has been)\s+(?:requested|submitted|ordered|recommended|discussed|offered)\b"
                    r"|\b(?:was|were)\s*$",
                    "",
                    gap,
                )
                if not done.search(told) and self.regexes["injection_planned_after"].match(hit[0]):
                    return "planned"
        near = text[max(m.sentence.start, clause) : m.start]
        if not past and self._is_plan(m) and not _OUTCOME.search(text, m.end, m.sentence.end):
            return "planned"
        came = _OUTCOME.search(text, m.end, m.sentence.end)
        if self._in_plan(m) and not past and not came and self.regexes["injection_plan_item"].fullmatch(near):
            return "planned"
        item = m.sentence.section.category == "assessment" and _AGAIN.match(self.text, m.start, m.end)
        if item and not past and re.fullmatch(r"[\s\d.)*#-]*", near):
            return "planned"
        return None

    def _asked_for(self, m: Mention) -> bool:
        """ "Pain service for R SIJ block x2", "image-guided SI injection after that": an item of what is to come."""
        before = self.text[m.sentence.start : m.start]
        if _SERVICE_FOR.search(before) or _REQUESTED.search(before):
            return True
        after = self.text[m.end : m.sentence.end]
        return bool(_AFTER_THAT.fullmatch(after)) and not self.regexes["injection_done_between"].search(before)

    def _asked_how_it_did(self, m: Mention) -> bool:
        """ "How did the left SI injection do?" asks of one that was done."""
        low, high = m.sentence.start, m.sentence.end
        return bool(
            _HOW_IT_DID.search(self.text, low, m.start + 1)
            and not m.plural
            and re.search(r"\?", self.text[m.end : min(high + 2, m.end + 90)])
            and not re.search(
                r"\b(?:if|next|schedul\w+|plan\w*|would|will|could|should|can)\b", self.text[low:high], re.I
            )
        )

    def _gave_drug(self, m: Mention) -> bool:
        """What was put in is told."""
        find = self.reading.patterns.find
        return any(
            next(find(name, self.text, m.sentence.start, m.sentence.end), None)
            for name in ("injection_anesthetic", "injection_steroid")
        )
