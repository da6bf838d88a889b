"""Who wrote a note."""

import pytest

from chartproof.worksheet.authors import author_role


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Plan: fusion.\nElectronically signed: A. B. Carr, MD   11/12/2024", "physician"),
        ("Provider: M. T., PA-C (supervising V. S., MD)\nseen today\nM. T., PA-C  08/05/2025", "physician assistant"),
        ("Referring: A. B., NP\n\nO. H., PT    11/17/2023", "physical therapist"),
        ("Therapist: B. L., PT, DPT  Lic #1", "physical therapist"),
        ("note\nD.C., RN / cosigned Q.H., MD", "nurse"),
        ("/es/ T. O., M.D.", "physician"),
        ("Ordering: Q.H., MD\nSODIUM 139", ""),
        ("I certify this. Signature: B.Y.C.  Reviewed by: T. A., MA", ""),
        ("Lab director: B.O., PhD", ""),
        ("Copy to K.O., NP.", ""),
        ("MD to decide, maybe", ""),
        ("", ""),
    ],
)
def test_the_signature_tells_the_role(text, role):
    assert author_role(text) == role


def test_a_long_line_of_commas_ends_soon():
    assert author_role(", " * 200_000) == ""
