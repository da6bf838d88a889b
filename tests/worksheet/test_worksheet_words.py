"""Facts in plain words."""

import pytest

from chartproof.model import FACT, FACT_MODELS
from chartproof.worksheet import words


def fact(kind, **told):
    return FACT.validate_python({"kind": kind, **told})


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            fact(
                "injection",
                target="si_joint",
                status="performed",
                date="2024-03-12",
                laterality="left",
                guidance="fluoroscopy",
                contrast=True,
                steroid="none",
                relief_percent=[80, 90],
                relief_days=0.25,
                concurrent=False,
            ),
            "left SI joint, 2024-03-12: performed, guidance: fluoroscopy, contrast used, steroid: none, relief 80–90%, "
            "relief lasted 6 hours, no other site injected",
        ),
        (fact("injection", target="epidural", status="declined"), "epidural: declined"),
        (
            fact(
                "therapy", type="physical_therapy", start="2023-08-07", end="2023-11-17", sessions=24, response="failed"
            ),
            "physical therapy, 2023-08-07 to 2023-11-17: 24 visits, response: failed",
        ),
        (
            fact("imaging_finding", region="si_joint", finding="erosion", date="2024-04-02", presence="absent"),
            "SI joint: erosion, 2024-04-02: absent",
        ),
        (fact("lab", analyte="cotinine", comparator="<", value=2, unit="ng/mL"), "cotinine: < 2 ng/mL"),
        (fact("lab", analyte="hba1c", comparator="=", value=7.4, unit="%"), "HbA1c: 7.4 %"),
        (fact("pain_score", qualifier="worst", scale="nrs", value=[7, 8]), "worst: 7–8/10, NRS"),
        (fact("nicotine_status", status="former", quit_date="2024-10"), "nicotine status: former, quit 2024-10"),
        (
            fact("pain_pattern", laterality="left", radiating=False, site=["buttock", "si_joint"]),
            "left: not radiating, buttock, SI joint",
        ),
        (fact("provocative_count", positive=4, total=5), "provocative count: 4 positive of 5"),
        (fact("measurement", name="bmi", value=27.6), "BMI: 27.6"),
    ],
)
def test_a_fact_in_one_line(told, line):
    assert words.fact_line(told) == line


def test_every_kind_of_the_guide_has_a_heading():
    assert set(words.KIND) == set(FACT_MODELS)
