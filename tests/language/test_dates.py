from datetime import date

import pytest

from chartproof.language.dates import find_dates, find_ranges

NOTE = date(2025, 6, 12)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("on 3/4/25", ["2025-03-04"]),
        ("04MAR2025", ["2025-03-04"]),
        ("2-3-25", ["2025-02-03"]),
        ("2025.02.03", ["2025-02-03"]),
        ("March 4th, 2025", ["2025-03-04"]),
        ("4 March 2025", ["2025-03-04"]),
        ("Feb '25", ["2025-02"]),
        ("02/2025", ["2025-02"]),
        ("since 2017", ["2017"]),
        ("Q1 2025", ["2025"]),
        ("in spring 2024", ["2024"]),
        ("injected 6 weeks ago", ["2025-05-01"]),
        ("3 months ago", ["2025-03"]),
        ("2 years ago", ["2023"]),
        ("SIJI last Tuesday", ["2025-06-10"]),
        ("yesterday", ["2025-06-11"]),
        ("last October", ["2024-10"]),
        ("the middle of February of this year", ["2025-02"]),
        ("on November 21", ["2024-11-21"]),
        ("XR pelvis 2/6", ["2025-02-06"]),
        ("on 2/30/2025", []),
        ("pain 7/10", []),
        ("strength 5/5, 4/5", []),
        ("4/5 maneuvers positive", []),
        ("ODI 34/50", []),
        ("1/2 ppd", []),
        ("she may walk", []),
    ],
)
def test_dates(text, dates):
    assert [d.value for d in find_dates(text, NOTE)] == dates


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("8/7/2023 - 11/17/2023", "2023-08-07", "2023-11-17"),
        ("from January 9 through April 14 of this year", "2025-01-09", "2025-04-14"),
        ("Aug-Nov 2023", "2023-08", "2023-11"),
        ("Jan through mid-April", "2025-01", "2025-04"),
        ("between 02/04/2025 and 03/18/2025", "2025-02-04", "2025-03-18"),
        ("3/1/2025 to present", "2025-03-01", "2025-06-12"),
    ],
)
def test_ranges(text, first, last):
    dates = find_dates(text, NOTE)
    assert [(r.first, r.last) for r in find_ranges(text, dates, NOTE)] == [(first, last)]


def test_two_dates_of_two_events_are_no_range():
    text = "injections on 1/14/25 and 3/4/25"
    assert list(find_ranges(text, find_dates(text, NOTE), NOTE)) == []
