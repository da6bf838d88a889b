"""The date of a note."""

from datetime import date

import pytest

from chartproof.readers.note_date import date_in_head, date_in_name, parse_date


@pytest.mark.parametrize(
    ("stem", "day"),
    [
        ("01_2025-03-04_consult", date(2025, 3, 4)),
        ("2025_03_04 pt", date(2025, 3, 4)),
        ("1_02_2025-03-04", date(2025, 3, 4)),
        ("mri20250304", date(2025, 3, 4)),
        ("op 03-04-2025", date(2025, 3, 4)),
        ("op_03.04.2025", date(2025, 3, 4)),
        ("visit_03042025", date(2025, 3, 4)),
        ("Mar 4 2025 letter", date(2025, 3, 4)),
        ("4Mar2025", date(2025, 3, 4)),
        ("13-04-2025", date(2025, 4, 13)),
        ("2025-13-40", None),
        ("P-48213", None),
        ("mrn 1234567890", None),
    ],
)
def test_date_in_name(stem, day):
    found = date_in_name(stem)
    assert (found.day if found else None) == day


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("Date of Service: 03/04/2025", date(2025, 3, 4)),
        ("CLINIC\nDOB: 05/11/1986   DOS 3/4/25", date(2025, 3, 4)),
        ("DOB: 05/11/1986", None),
        ("CLINIC\n\nMarch 4, 2025\n\nDear Dr. Lee,\nshe was first seen on January 2, 2025", date(2025, 3, 4)),
        ("CLINIC - Follow up          03/04/2025", date(2025, 3, 4)),
        ("Encounter: 3/4/2025 1:40 PM", date(2025, 3, 4)),
        ("Exam date: 03/04/2025   Printed 03/06/2025", date(2025, 3, 4)),
        ("Printed 03/06/2025", date(2025, 3, 6)),
        ("Collected: 03/04/2025 07:50  Received: 03/04/2025  Reported: 03/06/2025", date(2025, 3, 6)),
        ("Collected: 03/04/2025 07:50", date(2025, 3, 4)),
        ("Date of injury: 03/04/2025", None),
        ("Last visit: 02/01/2025", None),
        ("Next appointment 05/01/2025", None),
        ("She had an injection on 3/4/2025 and did well.", None),
        ("It began on 8/16/2025 while moving a couch.", None),
        ("4 March 2025", date(2025, 3, 4)),
        ("no date here, BP 120/80, pain 7/10", None),
    ],
)
def test_date_in_head(head, day):
    found = date_in_head(head + "\nPain is 7/10.")
    assert (found.day if found else None) == day


def test_the_place_of_a_date_is_told():
    found = date_in_head("CLINIC\nDate: 03/04/2025\n")
    assert found is not None
    assert (found.source, found.start, found.end) == ("text, line 2", 13, 23)


def test_parse_date_wants_a_full_date():
    assert parse_date(" 04/14/2025 ") == date(2025, 4, 14)
    for text in ("2025-04", "soon", "2025-02-30", "14"):
        with pytest.raises(ValueError, match="YYYY-MM-DD"):
            parse_date(text)
