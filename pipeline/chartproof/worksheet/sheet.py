"""What a worksheet shows, arranged for reading, whatever it is then written to (page, document, table)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chartproof.model import Case, Chart, Conflict, CriterionResult, Determination, Evidence, FactBase, Note
from chartproof.model.vocab import CriterionStatus, Outcome
from chartproof.worksheet import words
from chartproof.worksheet.quotes import Quotes, Token, Use

MOST_DECIDING = 3


@dataclass(frozen=True)
class Cited:
    """A quote as the worksheet cites it."""

    number: int
    quote: str
    note: str
    section: str | None
    reading: str | None


@dataclass(frozen=True)
class QuoteGroup:
    """The quotes of one fact, or quotes that belong to no single fact (``fact`` empty)."""

    fact: str
    anchor: str
    quotes: list[Cited]


@dataclass(frozen=True)
class Ref:
    """A link to a criterion, with the letter of its policy."""

    anchor: str
    letter: str
    id: str


@dataclass(frozen=True)
class CriterionRow:
    """One criterion, or a part of one, ready to be written."""

    anchor: str
    result: CriterionResult
    groups: list[QuoteGroup]
    parts: list[CriterionRow]

    @property
    def open(self) -> bool:
        """True where the criterion is not met or unsure."""
        return self.result.status != CriterionStatus.MET


@dataclass(frozen=True)
class PolicySheet:
    """One determination: its letter (empty when it is the only one), its rows and what decides it."""

    letter: str
    anchor: str
    determination: Determination
    rows: list[CriterionRow]
    counts: dict[CriterionStatus, int]
    deciding: list[CriterionRow]

    @property
    def more_open(self) -> int:
        """How many criteria that are not met or unsure the summary leaves out."""
        return sum(row.open for row in self.rows) - sum(row.open for row in self.deciding)


@dataclass
class ToObtain:
    """Something to obtain, once however many criteria ask for it.

    ``missing`` says that a criterion is unsure for want of it. Where it is false, every criterion that names it is not
    met on what the notes say, and only a document that says more than they do could change that.
    """

    what: str
    source: str
    missing: bool = False
    whys: list[str] = field(default_factory=list)
    criteria: list[Ref] = field(default_factory=list)


@dataclass(frozen=True)
class ConflictSheet:
    """A contradiction: what it is about, and each telling with the words behind it."""

    about: str
    tellings: list[tuple[str, list[Cited]]]


@dataclass(frozen=True)
class FactRow:
    """One fact of the list of facts."""

    anchor: str
    date: str
    title: str
    details: str
    quotes: list[Cited]


@dataclass(frozen=True)
class RequestField:
    """One line of what is requested and where it was read (``note_anchor`` where that is a note)."""

    name: str
    value: str
    source: str
    note_anchor: str


@dataclass(frozen=True)
class NoteSheet:
    """A note with its quotes marked."""

    anchor: str
    place: int
    note: Note
    kind: str
    tokens: list[Token]


@dataclass(frozen=True)
class Sheet:
    """Everything that one worksheet shows."""

    chart: Chart
    case: Case
    request: list[RequestField]
    policies: list[PolicySheet]
    obtain: list[ToObtain]
    conflicts: list[ConflictSheet]
    facts: list[tuple[str, list[FactRow]]]
    notes: list[NoteSheet]
    quotes: Quotes


def build_sheet(chart: Chart, case: Case, determinations: list[Determination]) -> Sheet:
    """Arrange one chart's worksheet.

    Raises:
        ValueError: a quote does not stand at its offsets in its note, or a fact's kind is not of the guide; the
            message never holds words of a note.
    """
    return _Builder(chart, case, determinations).build()


def _walk(results: Iterable[CriterionResult]) -> Iterator[CriterionResult]:
    for result in results:
        yield result
        yield from _walk(result.parts)


class _Builder:
    def __init__(self, chart: Chart, case: Case, determinations: list[Determination]) -> None:
        self.chart, self.case, self.determinations = chart, case, determinations
        self.note_place = {note.id: place for place, note in enumerate(chart.notes, start=1)}
        self.note_label = {
            note.id: f"note {self.note_place[note.id]}, {note.date.isoformat()}, {words.spell(note.type)}"
            for note in chart.notes
        }
        self.quotes = Quotes.of(chart, self._all_evidence())
        self.anchors: set[str] = set()
        self.fact_anchor = {id(fact): f"f{place}" for place, fact in enumerate(case.facts, start=1)}
        # A policy may hand back copies of the case's facts: equal ones are found by what they say.
        self.fact_anchor_by_words: dict[str, str] = {}
        for fact in case.facts:
            self.fact_anchor_by_words.setdefault(fact.model_dump_json(), self.fact_anchor[id(fact)])

    def _all_evidence(self) -> Iterator[Evidence]:
        for fact in self.case.facts:
            yield from fact.evidence
        for conflict in self.case.conflicts:
            yield from conflict.evidence
        for determination in self.determinations:
            for result in _walk(determination.criteria):
                yield from result.evidence
                for deciding in result.facts:
                    yield from deciding.evidence

    def build(self) -> Sheet:
        policies = [self._policy(place, d) for place, d in enumerate(self.determinations)]
        facts = self._facts()
        conflicts = [self._conflict(conflict) for conflict in self.case.conflicts]
        return Sheet(
            chart=self.chart,
            case=self.case,
            request=self._request(),
            policies=policies,
            obtain=_to_obtain(policies),
            conflicts=conflicts,
            facts=facts,
            notes=[
                NoteSheet(f"n{place}", place, note, words.capital(words.spell(note.type)), self.quotes.tokens(note))
                for place, note in enumerate(self.chart.notes, start=1)
            ],
            quotes=self.quotes,
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
        rows = [self._row(result, stem, letter) for result in determination.criteria]
        counts = Counter(row.result.status for row in rows)
        return PolicySheet(
            letter=letter,
            anchor=self._anchor(f"p-{_letters(place)}"),
            determination=determination,
            rows=rows,
            counts={status: counts[status] for status in CriterionStatus},
            deciding=_deciding(determination.status, rows),
        )

    def _row(self, result: CriterionResult, stem: str, letter: str) -> CriterionRow:
        anchor = self._anchor(f"{stem}-{result.id}")
        own = self._own_quotes(result)
        use = Use(anchor, f"{letter} {result.id}".strip() + f", {words.STATUS[result.status].lower()}", True)
        for evidence in own.values():
            self.quotes.add_use(evidence, use)
        parts = [self._row(part, stem, letter) for part in result.parts]
        return CriterionRow(anchor, result, self._groups(result, own), parts)

    def _own_quotes(self, result: CriterionResult) -> dict[int, Evidence]:
        """The quotes that stand with the criterion itself; what its parts quote stands with the parts."""
        own = {self.quotes.number(e): e for e in result.evidence}
        for part in _walk(result.parts):
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
        )

    def _conflict(self, conflict: Conflict) -> ConflictSheet:
        about = f"{words.KIND.get(conflict.kind, words.spell(conflict.kind))}: {words.spell(conflict.attribute)}"
        cited = [self._cited(e) for e in conflict.evidence]
        if len(conflict.values) == len(cited):
            tellings = [(value, [quote]) for value, quote in zip(conflict.values, cited, strict=True)]
        else:  # which words belong to which value is not known: show all values, then all words
            tellings = [(value, []) for value in conflict.values[:-1]]
            tellings.append((conflict.values[-1] if conflict.values else "", cited))
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
            if gap.why not in item.whys:
                item.whys.append(gap.why)
            if ref not in item.criteria:
                item.criteria.append(ref)
        for part in row.parts:
            collect(part, ref)

    for policy in policies:
        for row in policy.rows:
            collect(row, Ref(row.anchor, policy.letter, row.result.id))
    return sorted(wanted.values(), key=lambda item: (not item.missing, -len(item.criteria)))
