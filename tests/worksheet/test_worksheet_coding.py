"""Codes of the request and of the notes side by side."""

from worksheet_samples import determination, small_chart

from chartproof.model import FACT, Case
from chartproof.worksheet.coding import coding_checks


def checks(*facts: dict, told=(), **request: object) -> list[tuple]:
    chart = small_chart("text")  # CPT 27279, left
    case = Case(
        chart_id="T01",
        request=chart.request.model_copy(update=request),
        facts=[FACT.validate_python(fact) for fact in facts],
    )
    return [(c.about, c.requested, c.in_notes, c.agrees) for c in coding_checks(case, told)]


def code(value: str, system: str = "cpt", **told: object) -> dict:
    return {"kind": "code", "system": system, "value": value, **told}


def test_the_code_and_its_side():
    assert checks(code("27279", modifiers=["RT"])) == [
        ("Procedure", "CPT 27279", "27279-RT", True),
        ("Side, by the modifier of 27279", "left", "right", False),
    ]
    assert checks(code("27096", modifiers=["RT"])) == [("Procedure", "CPT 27279", "27096-RT", False)]


def test_what_is_not_stated_is_not_compared():
    assert checks() == [("Procedure", "CPT 27279", "not stated", None)]
    assert checks(code("M53.3", "icd10"), cpt=None) == [("Diagnosis", "not stated", "M53.3", None)]


def test_diagnoses_are_compared_without_their_dots():
    assert ("Diagnosis", "M53.3", "M533, M46.1", True) in checks(
        code("M533", "icd10"), code("M46.1", "icd10"), icd10=["M53.3"]
    )
    assert ("Diagnosis", "M53.3", "M46.1", False) in checks(code("M46.1", "icd10"), icd10=["M53.3"])


def test_the_device_fits_the_procedure_or_not():
    graft = {"kind": "device", "name": "linq", "fixation": "bone_graft_only"}
    assert ("Device and procedure", "CPT 27279 (transfixing)", "linq (bone graft only)", False) in checks(graft)
    assert ("Device and procedure", "CPT 27278 (bone graft only)", "linq (bone graft only)", True) in checks(
        graft, cpt="27278"
    )


def test_a_policy_for_another_code_says_so():
    notice = "The criteria are for CPT 27279; requested is 27280."
    assert ("Policy p-1", notice, "", False) in checks(told=[determination(notices=[notice, "other"])], cpt="27280")
