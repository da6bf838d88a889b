"""How the guide's words are written for people: ``si_joint`` as "SI joint"."""

from __future__ import annotations

SPELLED = {
    "aslr": "ASLR",
    "ct": "CT",
    "cpt": "CPT",
    "faber": "FABER",
    "fortin_finger": "Fortin finger test",
    "gaenslen": "Gaenslen",
    "hba1c": "HbA1c",
    "icd10": "ICD-10",
    "mri": "MRI",
    "bmi": "BMI",
    "nrs": "NRS",
    "nsaid": "NSAID",
    "odi": "ODI",
    "preop": "pre-op",
    "pt": "PT",
    "si_fusion": "SI joint fusion",
    "si_joint": "SI joint",
    "si_joint_dysfunction": "SI joint dysfunction",
    "spect_ct": "SPECT-CT",
    "vas": "VAS",
    "yeoman": "Yeoman",
    "peri_articular": "peri-articular",
    "intra_articular": "intra-articular",
    "pre_injection": "before an injection",
    "post_injection": "after an injection",
    "all": "all other sources",
}


def spell(value: object) -> str:
    """A word of the guide's vocabularies as a person writes it: ``si_joint`` as ``SI joint``."""
    word = str(value)
    return SPELLED.get(word) or word.replace("_", " ")
