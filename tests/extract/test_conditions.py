"""What the phenomena of conditions cannot say: contradictions kept, form answers one by one, and the words quoted."""

from datetime import date

import pytest

from chartproof.assemble.conditions import assemble
from chartproof.extract.conditions import extract
from chartproof.extract.conditions.forms import answer_of
from chartproof.extract.finding import Finding
from chartproof.language.nlp import clinical
from chartproof.language.reading import Reading
from chartproof.model import Note, Request

DAY = date(2025, 6, 12)


def reading(text: str, note_id: str = "01.txt", day: date = DAY, type: str = "progress") -> Reading:
    return Reading(Note(id=note_id, date=day, type=type, text=text), clinical(None))


def found(text: str, **note) -> list[Finding]:
    return extract(reading(text, **note))


def answer(text: str, item: str) -> str | None:
    read = reading(text, type="intake")
    start = read.text.index(item)
    return answer_of(read, start, start + len(item))


@pytest.mark.parametrize(
    ("text", "item", "said"),
    [
        ("Diabetes: Yes", "Diabetes", "present"),
        ("Diabetes .......... N", "Diabetes", "absent"),
        ("Cancer N   Gout Y", "Cancer", "absent"),
        ("Cancer N   Gout Y", "Gout", "present"),
        ("[ ] cancer  [x] gout", "cancer", "nothing"),
        ("[ ] cancer  [x] gout", "gout", "present"),
        ("Cancer [ ]  Gout [x]", "Cancer", "nothing"),
        ("Cancer [ ]  Gout [x]", "Gout", "present"),
        ("Gout ( ) Y (X) N", "Gout", "absent"),
        ("Gout ( ) Y ( ) N", "Gout", "nothing"),
        ("Gout (X) Y (X) N", "Gout", "nothing"),
        ("Gout  YES / (NO)", "Gout", "absent"),
        ("Gout: Y / N", "Gout", "nothing"),
        ("Gout: unsure", "Gout", "possible"),
        ("Blood thinner: [ ] held  [x] none", "Blood thinner", "absent"),
        ("Do you have gout? no", "gout", "absent"),
        ("Do you have gout?", "gout", "nothing"),
        ("Gout was diagnosed in 2015.", "Gout", None),
        ("Depression: negative screen in March", "Depression", None),
    ],
)
def test_an_answer_of_a_form(text: str, item: str, said: str | None) -> None:
    assert answer(text, item) == said


def test_a_document_that_contradicts_itself_gives_both_facts_and_a_conflict() -> None:
    findings = found("She has fibromyalgia. Later in the interview: she has no fibromyalgia.")
    facts, conflicts = assemble(findings, Request(request_date=DAY))
    assert sorted(str(f.presence) for f in facts) == ["absent", "present"]
    assert [(c.kind, c.attribute, sorted(c.values)) for c in conflicts] == [
        ("condition", "presence of fibromyalgia", ["absent", "present"])
    ]
    assert [e.quote for e in conflicts[0].evidence] == ["She has fibromyalgia", "she has no fibromyalgia"]


def test_a_later_note_settles_without_a_conflict() -> None:
    findings = [
        *found("PMH: fibromyalgia.", note_id="01.txt", day=date(2025, 1, 2)),
        *found("Fibromyalgia was ruled out by rheumatology.", note_id="02.txt", day=date(2025, 3, 2)),
    ]
    facts, conflicts = assemble(findings, Request(request_date=DAY))
    assert [(f.name, f.presence) for f in facts] == [("fibromyalgia", "absent")]
    assert conflicts == []
    assert [e.note for e in facts[0].evidence] == ["02.txt"]


def test_a_fracture_seen_on_film_alone_is_no_condition() -> None:
    findings = found("IMPRESSION: Left sacral ala insufficiency fracture.", type="imaging")
    assert [f.hints for f in findings] == [{"film": True}]
    assert assemble(findings, Request(request_date=DAY)) == ([], [])


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("PMH: HTN, T2DM, gout.", "T2DM"),
        ("Assessment: R SIJ dysfunction, persistent.", "R SIJ dysfunction"),
        ("She takes no blood thinners and sleeps well.", "She takes no blood thinners"),
        ("Fibromyalgia was considered and ruled out in 2021.", "Fibromyalgia was considered and ruled out"),
    ],
)
def test_the_quote_is_the_item_with_the_words_that_decide(text: str, quote: str) -> None:
    assert quote in [e.quote for f in found(text) for e in f.fact.evidence]


def test_an_exclusion_quotes_the_whole_judgement() -> None:
    text = "The hip and the lumbar spine have been excluded as the source of her pain."
    quotes = {e.quote for f in found(text) for e in f.fact.evidence}
    assert quotes == {"The hip and the lumbar spine have been excluded as the source"}
