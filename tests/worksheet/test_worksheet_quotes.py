"""Quotes numbered and marked in the notes."""

import pytest
from worksheet_samples import at, small_chart

from chartproof.model import Case, Chart, Evidence
from chartproof.worksheet.quotes import Quotes, cut, numbers_in_words
from chartproof.worksheet.scored import Paper, of_chart


def papers(chart: Chart) -> list[Paper]:
    return of_chart(chart, Case(chart_id="T01", request=chart.request, facts=[]), []).papers


def written(text: str, *spans: tuple[int, int]) -> str:
    """The cut text with marks as brackets: ``[1 ... ]`` opens quote 1, ``[+1`` opens it again, ``{1}`` refers to it."""
    out = []
    for token in cut(text, [(start, end, number) for number, (start, end) in enumerate(spans, start=1)]):
        if token.kind == "text":
            out.append(token.text)
        elif token.kind == "open":
            out.append(f"[{'' if token.first else '+'}{token.number} ")
        elif token.kind == "close":
            out.append("]")
        else:
            out.append("{" + ",".join(map(str, token.numbers)) + "}")
    return "".join(out)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "abcdefgh"),
        ([(0, 8)], "[1 abcdefgh]{1}"),
        ([(2, 4)], "ab[1 cd]{1}efgh"),
        ([(0, 2), (2, 4)], "[1 ab]{1}[2 cd]{2}efgh"),
        ([(1, 6), (2, 4)], "a[1 b[2 cd]ef]{1,2}gh"),
        ([(1, 6), (1, 4)], "a[1 [2 bcd]ef]{1,2}gh"),
        ([(1, 6), (4, 6)], "a[1 bcd[2 ef]]{1,2}gh"),
        ([(1, 4), (3, 6)], "a[1 bc[2 d]][+2 ef]{1,2}gh"),
        ([(0, 5), (1, 6), (2, 7)], "[1 a[2 b[3 cde]]][+3 [+2 f]g]{1,2,3}h"),
        ([(0, 4), (2, 6), (4, 8)], "[1 ab[2 cd]][+2 [3 ef]][+3 gh]{1,2,3}"),
    ],
)
def test_marks_nest_and_split_where_quotes_cross(spans, expected):
    assert written("abcdefgh", *spans) == expected


def test_every_mark_opens_once_closes_and_no_text_is_lost():
    tokens = cut("abcdefgh", [(0, 4, 1), (2, 6, 2), (4, 8, 3)])
    opened = [t.number for t in tokens if t.kind == "open" and t.first]
    assert sorted(opened) == [1, 2, 3]
    assert sum(t.kind == "open" for t in tokens) == sum(t.kind == "close" for t in tokens)
    assert "".join(t.text for t in tokens) == "abcdefgh"


def test_quotes_are_numbered_in_the_order_of_the_notes_and_once_each():
    chart = small_chart("left SI joint injected", "80% relief")
    later, first = at(chart, "n2.txt", 0, 3), at(chart, "n1.txt", 5, 13)
    whole = at(chart, "n1.txt", 5, 22)
    quotes = Quotes.of(papers(chart), [later, first, whole, first])
    assert [quotes.number(e) for e in (whole, first, later)] == [1, 2, 3]


@pytest.mark.parametrize(("note", "start"), [("n1.txt", 6), ("n1.txt", 400), ("other.txt", 5)])
def test_a_quote_that_does_not_stand_in_its_note_is_refused_without_its_words(note, start):
    chart = small_chart("left SI joint injected")
    wrong = Evidence(note=note, start=start, end=start + 8, quote="SI joint")
    with pytest.raises(ValueError, match=rf"{note} at {start}-{start + 8}") as refused:
        Quotes.of(papers(chart), [wrong])
    assert "joint" not in str(refused.value)


def test_numbers_in_words():
    assert numbers_in_words([9, 3, 5, 4]) == "3–5, 9"
    assert numbers_in_words([7]) == "7"
