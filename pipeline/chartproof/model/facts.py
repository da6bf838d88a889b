"""The facts of a chart, one model a kind, as corpora/GUIDE.md section 2 defines them.

``KEYS`` names the bold attributes of the guide's table: those that decide which gold fact an output fact is compared
with, and which facts may be the same event.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from chartproof.model import vocab as v
from chartproof.model.dates import PartialDate
from chartproof.model.evidence import Evidence


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError("the low end of a range is above its high end")
    return value


def _within(low: float, high: float) -> AfterValidator:
    def check(value: tuple[float, float]) -> tuple[float, float]:
        if not (low <= value[0] and value[1] <= high):
            raise ValueError(f"a range must lie within {low:g} and {high:g}")
        return value

    return AfterValidator(check)


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]
PercentRange = Annotated[Range, _within(0, 100)]
ScoreRange = Annotated[Range, _within(0, 10)]
Positive = Annotated[float, Field(ge=0)]


class FactBase(BaseModel):
    """What every fact has: the words that prove it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, validate_assignment=True)

    KEYS: ClassVar[tuple[str, ...]] = ()

    evidence: list[Evidence] = Field(default_factory=list)

    def attributes(self) -> dict[str, Any]:
        """The attributes that are stated, by their names in the guide, as plain JSON values (no kind, no evidence)."""
        dump = self.model_dump(mode="json", by_alias=True, exclude={"kind", "evidence"}, exclude_none=True)
        return {name: value for name, value in dump.items() if value != []}

    def to_json(self) -> dict[str, Any]:
        """The fact as ``cases.jsonl`` holds it: kind, stated attributes, evidence."""
        return {
            "kind": self.kind,  # type: ignore[attr-defined]
            **self.attributes(),
            "evidence": [e.model_dump(mode="json", exclude_none=True) for e in self.evidence],
        }


class Injection(FactBase):
    """An injection performed, planned or declined."""

    KEYS = ("target", "status", "date", "laterality")
    kind: Literal["injection"] = "injection"
    target: v.InjectionTarget
    status: v.EventStatus
    date: PartialDate | None = None
    laterality: v.Laterality | None = None
    guidance: v.Guidance | None = None
    contrast: bool | None = None
    route: v.Route | None = None
    purpose: v.Purpose | None = None
    anesthetic: str | None = Field(None, description="generic name, or 'none' where the note says so")
    steroid: str | None = Field(None, description="generic name, or 'none' where the note says so")
    relief_percent: PercentRange | None = None
    relief_days: Positive | None = None
    relief_temporary: Literal[True] | None = None
    relief_ended: Literal[True] | None = None
    concurrent: bool | None = Field(None, description="another site injected in the same session")


class InjectionCount(FactBase):
    """A stated total of injections."""

    KEYS = ("target", "laterality")
    kind: Literal["injection_count"] = "injection_count"
    target: v.InjectionTarget
    laterality: v.Laterality | None = None
    count: int = Field(ge=0)


class Therapy(FactBase):
    KEYS = ("type",)
    kind: Literal["therapy"] = "therapy"
    type: v.TherapyType
    duration_weeks: Positive | None = None
    sessions: int | None = Field(None, ge=0, description="completed visits")
    start: PartialDate | None = None
    end: PartialDate | None = None
    supervised: bool | None = None
    response: v.TherapyResponse | None = None
    status: v.TherapyStatus | None = None


class Medication(FactBase):
    KEYS = ("name",)
    kind: Literal["medication"] = "medication"
    name: str
    drug_class: v.DrugClass | None = Field(None, alias="class")
    response: v.DrugResponse | None = None
    status: v.DrugStatus | None = None
    start: PartialDate | None = None
    end: PartialDate | None = None
    duration_weeks: Positive | None = None


class ConservativeCare(FactBase):
    """A stated total of conservative care."""

    kind: Literal["conservative_care"] = "conservative_care"
    duration_weeks: Positive | None = None
    response: v.CareResponse | None = None


class NicotineStatus(FactBase):
    kind: Literal["nicotine_status"] = "nicotine_status"
    status: v.NicotineState
    product: v.NicotineProduct | None = None
    quit_date: PartialDate | None = None


class Lab(FactBase):
    KEYS = ("analyte", "date")
    kind: Literal["lab"] = "lab"
    analyte: v.Analyte
    date: PartialDate | None = Field(None, description="collection date")
    specimen: v.Specimen | None = None
    comparator: v.Comparator | None = None
    value: float | None = None
    unit: str | None = None
    interpretation: v.Interpretation | None = None
    source: v.LabSource | None = None


class ProvocativeTest(FactBase):
    KEYS = ("name", "laterality", "date")
    kind: Literal["provocative_test"] = "provocative_test"
    name: v.TestName
    laterality: v.Laterality | None = None
    date: PartialDate | None = None
    result: v.TestResult


class ProvocativeCount(FactBase):
    KEYS = ("date", "laterality")
    kind: Literal["provocative_count"] = "provocative_count"
    date: PartialDate | None = None
    laterality: v.Laterality | None = None
    positive: int = Field(ge=0)
    total: int | None = Field(None, ge=0)


class ImagingStudy(FactBase):
    KEYS = ("modality", "region", "date")
    kind: Literal["imaging_study"] = "imaging_study"
    modality: v.Modality
    region: v.Region
    date: PartialDate | None = None
    laterality: v.Laterality | None = None


class ImagingFinding(FactBase):
    KEYS = ("region", "finding", "date")
    kind: Literal["imaging_finding"] = "imaging_finding"
    region: v.Region
    finding: v.FindingName
    date: PartialDate | None = Field(None, description="date of the study")
    presence: v.Presence
    laterality: v.Laterality | None = None
    modality: v.Modality | None = None
    severity: v.Severity | None = None


class PainScore(FactBase):
    """Pain on 0-10; a VAS of 68 mm is 6.8."""

    KEYS = ("qualifier", "date")
    kind: Literal["pain_score"] = "pain_score"
    qualifier: v.ScoreQualifier
    date: PartialDate | None = None
    scale: v.PainScale | None = None
    value: ScoreRange


class DisabilityScore(FactBase):
    KEYS = ("instrument", "date")
    kind: Literal["disability_score"] = "disability_score"
    instrument: v.DisabilityInstrument
    date: PartialDate | None = None
    value: float = Field(ge=0, le=100, description="percent")


class PainDuration(FactBase):
    kind: Literal["pain_duration"] = "pain_duration"
    months: Positive


class PainPattern(FactBase):
    KEYS = ("date",)
    kind: Literal["pain_pattern"] = "pain_pattern"
    date: PartialDate | None = None
    laterality: v.Laterality | None = None
    radiating: bool | None = None
    site: list[v.PainSite] | None = None
    below_l5: bool | None = None


class Tenderness(FactBase):
    KEYS = ("site", "date")
    kind: Literal["tenderness"] = "tenderness"
    site: v.TendernessSite
    date: PartialDate | None = None
    presence: v.Presence
    laterality: v.Laterality | None = None


class FunctionalLimitation(FactBase):
    KEYS = ("activity",)
    kind: Literal["functional_limitation"] = "functional_limitation"
    activity: v.Activity


class Condition(FactBase):
    """The patient's own disorder."""

    KEYS = ("name",)
    kind: Literal["condition"] = "condition"
    name: v.ConditionName
    presence: v.Presence
    laterality: v.Laterality | None = None


class SourceExclusion(FactBase):
    """What the chart says was ruled out as a source of the pain."""

    KEYS = ("source",)
    kind: Literal["source_exclusion"] = "source_exclusion"
    source: v.ExcludedSource


class Measurement(FactBase):
    KEYS = ("name", "date")
    kind: Literal["measurement"] = "measurement"
    name: v.MeasurementName
    date: PartialDate | None = None
    value: float


class Device(FactBase):
    KEYS = ("name",)
    kind: Literal["device"] = "device"
    name: str = Field(description="as written, lower case")
    fixation: v.Fixation | None = None
    approach: v.Approach | None = None
    status: v.DeviceStatus | None = None


class Code(FactBase):
    KEYS = ("system", "value")
    kind: Literal["code"] = "code"
    system: v.CodeSystem
    value: str
    modifiers: list[str] | None = None


class Surgery(FactBase):
    KEYS = ("name", "date")
    kind: Literal["surgery"] = "surgery"
    name: v.SurgeryName
    date: PartialDate | None = None
    laterality: v.Laterality | None = None
    status: v.EventStatus


class ImplantComplication(FactBase):
    KEYS = ("name",)
    kind: Literal["implant_complication"] = "implant_complication"
    name: v.ComplicationName
    presence: v.Presence
    laterality: v.Laterality | None = None


Fact = Annotated[
    Injection
    | InjectionCount
    | Therapy
    | Medication
    | ConservativeCare
    | NicotineStatus
    | Lab
    | ProvocativeTest
    | ProvocativeCount
    | ImagingStudy
    | ImagingFinding
    | PainScore
    | DisabilityScore
    | PainDuration
    | PainPattern
    | Tenderness
    | FunctionalLimitation
    | Condition
    | SourceExclusion
    | Measurement
    | Device
    | Code
    | Surgery
    | ImplantComplication,
    Field(discriminator="kind"),
]

FACT: TypeAdapter[Any] = TypeAdapter(Fact)

FACT_MODELS: dict[str, type[FactBase]] = {
    model.model_fields["kind"].default: model for model in FactBase.__subclasses__()
}
KINDS: tuple[str, ...] = tuple(FACT_MODELS)
