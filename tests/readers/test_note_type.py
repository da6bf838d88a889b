"""The type of a note."""

import pytest

from chartproof.readers.note_type import type_in_head, type_in_name


@pytest.mark.parametrize(
    ("stem", "note_type"),
    [
        ("01_2025-03-04_consult", "consult"),
        ("2025-03-04 Pre-Op visit", "preop"),
        ("physical_therapy_discharge", "pt"),
        ("MRI pelvis", "imaging"),
        ("P-48213", None),
    ],
)
def test_type_in_name(stem, note_type):
    assert type_in_name(stem) == note_type


@pytest.mark.parametrize(
    ("head", "note_type"),
    [
        ("RIVERBEND REHABILITATION - PHYSICAL THERAPY DISCHARGE SUMMARY", "pt"),
        ("CLINIC\nPROCEDURE: Right sacroiliac joint injection\nFailed physical therapy.", "procedure"),
        ("OPERATIVE REPORT\nPatient: X", "procedure"),
        ("CITY RADIOLOGY\nEXAM: MRI LUMBAR SPINE", "imaging"),
        ("KEYSTONE CLINICAL LABS\nNICOTINE, SERUM <2", "lab"),
        ("SPINE CENTER\nMarch 12, 2024\nTo whom it may concern:\nShe did physical therapy.", "letter"),
        ("TELEPHONE ENCOUNTER\nPost-procedure call", "telephone"),
        ("PATIENT HEALTH QUESTIONNAIRE", "intake"),
        ("SPINE\nNew Patient Consultation", "consult"),
        ("SPINE\nEstablished Patient Visit", "progress"),
        ("PRE-OPERATIVE MEDICAL EVALUATION", "preop"),
        ("Pain over the SI joint.", "other"),
    ],
)
def test_type_in_head(head, note_type):
    assert type_in_head(head) == note_type
