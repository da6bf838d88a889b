import pytest

from chartproof.language.quantities import find_durations, find_percents, find_scores


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("80-90% relief", 80, 90),
        ("80 to 90 percent", 80, 90),
        (">50% better", 50, 100),
        ("at least 75%", 75, 100),
        ("<50%", 0, 50),
        ("75 %", 75, 75),
        ("80% or more", 80, 100),
    ],
)
def test_percents(text, low, high):
    assert [(p.low, p.high) for p in find_percents(text)] == [(low, high)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("6 weeks", 42),
        ("2-3 days", 2),
        ("a year and a half", 547.5),
        ("3 months", 91.2),
        ("x 8 wks", 56),
        ("a couple of days", 2),
        ("6 hrs", 0.25),
        ("4 1/2 weeks", 31.5),
    ],
)
def test_durations(text, days):
    assert [d.days for d in find_durations(text)] == [pytest.approx(days)]


@pytest.mark.parametrize(
    ("text", "low", "high", "scale"),
    [
        ("7/10", 7, 7, "nrs"),
        ("6 to 8 out of 10", 6, 8, "nrs"),
        ("68 mm", 6.8, 6.8, "vas"),
        ("VAS 70/100", 7, 7, "vas"),
    ],
)
def test_scores(text, low, high, scale):
    assert [(s.low, s.high, s.scale) for s in find_scores(text)] == [(low, high, scale)]


def test_what_is_no_score():
    assert list(find_scores("on 7/10/2025, strength 5/5, 12/10")) == []
