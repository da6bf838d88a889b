"""Arrange a scored chart for reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from chartproof.model import Conflict, CriterionResult, Determination, Evidence, FactBase
from chartproof.model.vocab import CriterionStatus, Outcome
from chartproof.worksheet import words
from chartproof.worksheet.coding import coding_checks
from chartproof.worksheet.passages import passages
from chartproof.worksheet.quotes import Quotes, Use
from chartproof.worksheet.reviews import Key, ReviewBook, reviewed_hash
from chartproof.worksheet.scored import Paper, Scored, walk
from chartproof.worksheet.sheet import (
    Cited,
    ConflictSheet,
    CriterionRow,
    FactRow,
    NoteSheet,
    PolicySheet,
    QuoteGroup,
    Ref,
    RequestField,
    Sheet,
    ToObtain,
)
from chartproof.worksheet.timeline import build_timeline

MOST_DECIDING = 3


def build_sheet(scored: Scored, reviews: ReviewBook | None = None) -> Sheet:
    """Arrange one chart's worksheet.

    Args:
        reviews: what reviewers said before.

    Raises:
        ValueError: a quote does not stand at its offsets in its note, or a fact's kind is not of the guide; the
            message never holds words of a note.
    """
    return _Builder(scored, reviews or ReviewBook()).build()


class _Builder:
    def __init__(self, scored: Scored, reviews: ReviewBook) -> None:
        self.scored, self.reviews = scored, reviews
        self.case, self.determinations = scored.case, scored.determinations
        self.note_place = {paper.id: place for place, paper in enumerate(scored.papers, start=1)}
        self.note_label = {paper.id: self._label(paper) for paper in scored.papers}
        self.with_text = {paper.id for paper in scored.papers if paper.text is not None}
        self.quotes = Quotes.of(scored.papers, self._all_evidence())
        self.anchors: set[str] = set()
        self.fact_anchor = {id(fact): f"f{place}" for place, fact in enumerate(self.case.facts, start=1)}
        # A policy may hand back copies of the case's facts: equal ones are found by what they say.
        self.fact_anchor_by_words: dict[str, str] = {}
        for fact in self.case.facts:
            self.fact_anchor_by_words.setdefault(fact.model_dump_json(), self.fact_anchor[id(fact)])

    def _all_evidence(self) -> Iterator[Evidence]:
        for fact in self.case.facts:
            yield from fact.evidence
        for conflict in self.case.conflicts:
            yield from conflict.evidence
        for determination in self.determinations:
            for result in walk(determination.criteria):
                yield from result.evidence
                for deciding in result.facts:
                    yield from deciding.evidence

    def build(self) -> Sheet:
        policies = [self._policy(place, d) for place, d in enumerate(self.determinations)]
        facts = self._facts()
        anchors = [(fact, self.fact_anchor[id(fact)]) for fact in self.case.facts]
        return Sheet(
            scored=self.scored,
            request=self._request(),
            policies=policies,
            obtain=_to_obtain(policies),
            conflicts=[self._conflict(conflict) for conflict in self.case.conflicts],
            timeline=build_timeline(self.case, anchors),
            coding=coding_checks(self.case, self.determinations, anchors),
            facts=facts,
            notes=[self._note(paper) for paper in self.scored.papers],
            quotes=self.quotes,
        )

    def _label(self, paper: Paper) -> str:
        role = f", {paper.role}" if paper.role else ""
        return f"note {self.note_place[paper.id]}, {paper.date.isoformat()}, {words.spell(paper.type)}{role}"

    def _note(self, paper: Paper) -> NoteSheet:
        return NoteSheet(
            anchor=f"n{self.note_place[paper.id]}",
            place=self.note_place[paper.id],
            paper=paper,
            kind=words.capital(words.spell(paper.type)),
            label=self.note_label[paper.id],
            tokens=self.quotes.tokens(paper),
            passages=passages(self.quotes, paper),
        )

    def _request(self) -> list[RequestField]:
        request = self.case.request
        told = [
            ("Patient", "patient_id", request.patient_id),
            ("Procedure", "cpt", f"CPT {request.cpt}" if request.cpt else None),
            ("Side", "laterality", request.laterality and str(request.laterality)),
            ("Setting", "setting", request.setting and str(request.setting)),
            ("Diagnosis", "icd10", "ICD-10 " + ", ".join(request.icd10) if request.icd10 else None),
            ("Device", "device", request.device),
            ("Request date", "request_date", request.request_date.isoformat()),
            ("Payer", "payer", request.payer),
        ]
        fields = []
        for name, key, value in told:
            if value is None and key == "payer":
                continue
            source = request.sources.get(key, "") if value else ""
            place = self.note_place.get(source)
            fields.append(RequestField(name, value or "not stated", source, f"n{place}" if place is not None else ""))
        return fields

    def _anchor(self, text: str) -> str:
        """An id that is unique on the page, from a policy's own letters where they allow it."""
        stem = re.sub(r"[^A-Za-z0-9.-]+", "_", text)
        anchor, again = stem, 1
        while anchor in self.anchors:
            again += 1
            anchor = f"{stem}~{again}"
        self.anchors.add(anchor)
        return anchor

    def _policy(self, place: int, determination: Determination) -> PolicySheet:
        letter = _letters(place) if len(self.determinations) > 1 else ""
        stem = f"c-{_letters(place)}"
        rows = [self._row(result, stem, letter, determination) for result in determination.criteria]
        counts = Counter(row.result.status for row in rows)
        return PolicySheet(
            letter=letter,
            anchor=self._anchor(f"p-{_letters(place)}"),
            determination=determination,
            rows=rows,
            counts={status: counts[status] for status in CriterionStatus},
            deciding=_deciding(determination.status, rows),
        )

    def _row(self, result: CriterionResult, stem: str, letter: str, determination: Determination) -> CriterionRow:
        anchor = self._anchor(f"{stem}-{result.id}")
        own = self._own_quotes(result)
        use = Use(anchor, f"{letter} {result.id}".strip() + f", {words.STATUS[result.status].lower()}", True)
        for evidence in own.values():
            self.quotes.add_use(evidence, use)
        parts = [self._row(part, stem, letter, determination) for part in result.parts]
        key = Key(
            chart_id=self.scored.chart_id,
            policy=determination.policy,
            version=determination.version,
            criterion=result.id,
            reviewed=reviewed_hash(result),
        )
        return CriterionRow(anchor, result, self._groups(result, own), parts, key, self.reviews.find(key))

    def _own_quotes(self, result: CriterionResult) -> dict[int, Evidence]:
        """The quotes that stand with the criterion itself; what its parts quote stands with the parts."""
        own = {self.quotes.number(e): e for e in result.evidence}
        for part in walk(result.parts):
            for e in part.evidence:
                own.pop(self.quotes.number(e), None)
        return own

    def _groups(self, result: CriterionResult, shown: dict[int, Evidence]) -> list[QuoteGroup]:
        """The quotes under the facts they prove."""
        groups, grouped = [], set()
        for fact in result.facts:
            numbers = sorted({self.quotes.number(e) for e in fact.evidence} & set(shown))
            if numbers:
                line, anchor = words.fact_line(fact), self._anchor_of(fact)
                groups.append(QuoteGroup(line, anchor, [self._cited(shown[n]) for n in numbers]))
                grouped.update(numbers)
        rest = [self._cited(shown[n]) for n in sorted(set(shown) - grouped)]
        if rest:
            groups.append(QuoteGroup("", "", rest))
        return _merged(groups)

    def _anchor_of(self, fact: FactBase) -> str:
        return self.fact_anchor.get(id(fact)) or self.fact_anchor_by_words.get(fact.model_dump_json(), "")

    def _cited(self, evidence: Evidence) -> Cited:
        return Cited(
            self.quotes.number(evidence),
            evidence.quote,
            self.note_label[evidence.note],
            evidence.section,
            evidence.reading,
            in_text=evidence.note in self.with_text,
        )

    def _conflict(self, conflict: Conflict) -> ConflictSheet:
        about = f"{words.KIND.get(conflict.kind, words.spell(conflict.kind))}: {words.spell(conflict.attribute)}"
        cited = [self._cited(e) for e in conflict.evidence]
        if len(conflict.values) == len(cited):
            tellings = [(value, [quote]) for value, quote in zip(conflict.values, cited, strict=True)]
        else:  # which words belong to which value is not known: all values over all words
            tellings = [(" or ".join(conflict.values), cited)]
        return ConflictSheet(about, tellings)

    def _facts(self) -> list[tuple[str, list[FactRow]]]:
        kinds: dict[str, list[FactRow]] = {kind: [] for kind in words.KIND}
        for fact in self.case.facts:
            anchor = self.fact_anchor[id(fact)]
            title = words.fact_title(fact)
            use = Use(anchor, f"{words.KIND[fact.kind]}: {title}", False)
            for evidence in fact.evidence:
                self.quotes.add_use(evidence, use)
            quotes = {self.quotes.number(e): self._cited(e) for e in fact.evidence}
            kinds[fact.kind].append(
                FactRow(
                    anchor,
                    words.fact_date(fact),
                    words.capital(title),
                    "; ".join(words.fact_details(fact)),
                    [quotes[n] for n in sorted(quotes)],
                )
            )
        return [(words.KIND[kind], rows) for kind, rows in kinds.items() if rows]


def _merged(groups: list[QuoteGroup]) -> list[QuoteGroup]:
    """Groups with the same quotes as one: a line that tells five tests is quoted once, under the five."""
    together: dict[tuple[int, ...], list[QuoteGroup]] = {}
    for group in groups:
        together.setdefault(tuple(quote.number for quote in group.quotes), []).append(group)
    return [
        QuoteGroup("; ".join(dict.fromkeys(g.fact for g in same if g.fact)), same[0].anchor, same[0].quotes)
        for same in together.values()
    ]


def _letters(place: int) -> str:
    """0 as ``A``, 25 as ``Z``, 26 as ``AA``."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _deciding(outcome: Outcome, rows: list[CriterionRow]) -> list[CriterionRow]:
    """The few criteria that the summary names.

    Not met goes before unsure; of those, what no document could mend goes first; then the policy's order.
    """
    if outcome == Outcome.MEETS:
        return []
    rank = {CriterionStatus.NOT_MET: 0, CriterionStatus.UNSURE: 1}
    still_open = [row for row in rows if row.open]
    still_open.sort(key=lambda row: (rank[row.result.status], bool(row.result.obtain)))
    return still_open[:MOST_DECIDING]


def _to_obtain(policies: list[PolicySheet]) -> list[ToObtain]:
    """What to obtain, merged over criteria and policies; what is missing first, then what serves most criteria."""
    wanted: dict[tuple[str, str], ToObtain] = {}

    def collect(row: CriterionRow, ref: Ref) -> None:
        if not row.open:
            return
        for gap in row.result.obtain:
            item = wanted.setdefault((gap.what.casefold(), gap.source.casefold()), ToObtain(gap.what, gap.source))
            item.missing = item.missing or row.result.status == CriterionStatus.UNSURE
            # Policies find much the same: what one has said already is not said again.
            said = {part for why in item.whys for part in why.split("; ")}
            if new := [part for part in gap.why.split("; ") if part not in said]:
                item.whys.append("; ".join(new))
            if ref not in item.criteria:
                item.criteria.append(ref)
        for part in row.parts:
            collect(part, ref)

    for policy in policies:
        for row in policy.rows:
            collect(row, Ref(row.anchor, policy.letter, row.result.id))
    return sorted(wanted.values(), key=lambda item: (not item.missing, -len(item.criteria)))
