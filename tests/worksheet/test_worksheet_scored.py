"""Worksheets from a row of cases.jsonl."""

import json
import re

import pytest
from worksheet_samples import at, corpus_chart, criterion, determination, gold_case, policy_determinations, small_chart

from chartproof.batch.record import case_record
from chartproof.model import FACT, Case
from chartproof.worksheet.build import build_sheet
from chartproof.worksheet.html import sheet_page
from chartproof.worksheet.scored import of_chart, of_record

VERSIONS = {"chartproof": "9", "patterns": "abc"}


@pytest.fixture(scope="module")
def d05():
    chart = corpus_chart("D05")
    case = gold_case(chart)
    told = policy_determinations(case)
    return chart, case, told, json.loads(json.dumps(case_record(chart, case, told, VERSIONS)))


def test_a_row_with_its_chart_gives_the_same_worksheet(d05):
    chart, case, told, record = d05
    direct, again = build_sheet(of_chart(chart, case, told, VERSIONS)), build_sheet(of_record(record, chart))
    assert [p.text for p in again.scored.papers] == [note.text for note in chart.notes]
    assert again.scored.notes_hash == direct.scored.notes_hash
    assert again.obtain == direct.obtain and again.request == direct.request
    assert [row.key for policy in again.policies for row in policy.rows] == [
        row.key for policy in direct.policies for row in policy.rows
    ]
    assert [e.label for e in again.timeline.events] == [e.label for e in direct.timeline.events]


def test_without_the_notes_quotes_stand_without_links(d05):
    page = sheet_page(build_sheet(of_record(d05[3])))
    assert re.findall(r'href="#s\d+"', page) == []
    assert page.count("The text of this note is not at hand.") == len(d05[0].notes)
    quote = next(e for f in d05[1].facts if f.kind == "injection" for e in f.evidence).quote
    assert " ".join(quote.split())[:20] in " ".join(page.split())


def test_a_note_that_has_changed_lends_no_text():
    chart = small_chart("left SI joint", "other")
    fact = FACT.validate_python({"kind": "device", "name": "x", "evidence": [at(chart, "n1.txt", 0, 4)]})
    case = Case(chart_id="T01", request=chart.request, facts=[fact])
    told = [determination(criterion("1", evidence=fact.evidence))]
    record = json.loads(json.dumps(case_record(chart, case, told, VERSIONS)))
    scored = of_record(record, small_chart("LEFT SI joint", "other"))
    assert [paper.text for paper in scored.papers] == [None, "other"]
    assert scored.determinations[0].criteria[0].facts == [fact]
    assert scored.versions == VERSIONS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chart_id": None}, None),
        ({"facts": [{"kind": "Zebulon"}]}, "facts is wrong"),
        ({"determinations": [{"policy": "Zebulon"}]}, "determinations is wrong at 0.title"),
        ({"notes": [{"id": "Zebulon", "date": "x"}]}, "has no 'sha256'|notes is wrong"),
        ({"request": {"Zebulon": 1}}, "request is wrong at request_date"),
    ],
)
def test_a_wrong_row_is_refused_without_its_words(d05, change, message):
    record = {**d05[3], **change}
    if message is None:
        del record["chart_id"]
        message = "it has no 'chart_id'"
    with pytest.raises(ValueError, match=message) as refused:
        of_record(record)
    assert "Zebulon" not in str(refused.value)


def test_the_hash_of_the_notes_changes_with_any_note():
    def hashed(*texts):
        chart = small_chart(*texts)
        return of_chart(chart, Case(chart_id="T01", request=chart.request, facts=[]), []).notes_hash

    assert hashed("a", "b") == hashed("a", "b")
    assert len({hashed("a", "b"), hashed("a", "c"), hashed("b", "a"), hashed("a")}) == 4
