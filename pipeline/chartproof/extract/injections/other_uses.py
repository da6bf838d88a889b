"""Words for an injection that speak of something else: insulin, a city block, an epidural in labor, local anesthesia of
an operation, contrast put into an artery."""

from __future__ import annotations

import re

from chartproof.language.reading import Reading, Target

_BLOCK_OF = re.compile(r"\bblocks?\s+(?:of|of the|gave|with)\b", re.I)
_OF_A_JOINT = re.compile(r"\b(?:SIJ?|joint|nerve|branch|facet|hip|sacro\w*|epidural|diagnostic|anesthetic)\b", re.I)
_BARE_EPIDURAL = re.compile(r"(?:epidurals?|blocks?)", re.I)
_PRE = re.compile(r"\bpre-?\s?$", re.I)
_REACH = 140  # characters around an epidural in which labor or anesthesia is looked for


class OtherUses:
    """Tells the hits of one note that are no injection for pain."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.text = reading.text
        self.regexes = reading.patterns.regexes
        signs = {m[0].lower() for m in self.regexes["injection_operation"].finditer(self.text)}
        self.operation = len(signs) >= 2  # the note tells an operation

    def has(self, hit: Target) -> bool:
        """Whether the words at this hit are no injection for pain."""
        start, end = hit.start, hit.end
        low = max(0, start - 45, self.text.rfind("\n", 0, start) + 1)
        if self.regexes["injection_irrelevant"].search(self.text, low, start):
            return True
        if self.regexes["injection_other_need"].match(self.text, end, end + 70):
            return True
        if _PRE.search(self.text, max(0, start - 5), start) and self.regexes["injection_level_before"].match(
            self.text[end : end + 14]
        ):
            return True  # "pain has returned to pre-injection level"
        if self.text[start:end].lower().startswith("shot") and self.regexes["injection_film_before"].search(
            self.text, low, start
        ):
            return True
        if self._anesthesia(start, end) or self._of_operation(hit):
            return True
        if not self.text[start:end].lower().startswith("block"):
            return False
        if self.regexes["injection_other_block"].search(self.text, low, start):
            return True
        if self.regexes["injection_walk_after"].match(self.text, end) and self.regexes["injection_walk_unit"].search(
            self.text, low, start
        ):
            return True
        if self.regexes["injection_of_bone"].match(self.text, end):
            return True
        walked = self.regexes["injection_walk"].search(self.text, low, start)
        if walked is not None and _OF_A_JOINT.search(self.text, walked.start(), start):
            return False  # "we talked about a right SI joint block"
        return walked is not None and not _BLOCK_OF.search(self.text[start : end + 12])

    def _anesthesia(self, start: int, end: int) -> bool:
        """An epidural or a caudal block for labor or an operation."""
        if not _BARE_EPIDURAL.fullmatch(self.text, start, end):
            return False
        if self.text[start:end].lower().startswith("block") and not self.text[:start].rstrip().lower().endswith(
            "caudal"
        ):
            return False
        low, high = max(0, start - _REACH), min(len(self.text), end + _REACH)
        return self.regexes["injection_labor"].search(self.text, low, high) is not None

    def _of_operation(self, hit: Target) -> bool:
        """Local anesthetic, saline or contrast given in the course of an operation or a catheterization."""
        sentence = self.reading.sentence_at(hit.start)
        low, high = sentence.start, sentence.end
        if self.regexes["injection_vessel"].search(self.text, low, high):
            return True
        if not self.operation or hit.value != "generic":
            return False
        find = self.reading.patterns.find
        for value, _ in find("injection_site", self.text, low, high):
            if value != "other":
                return False
        return next(find("injection_steroid", self.text, low, high), None) is None
