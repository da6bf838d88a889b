"""The operators of the rule language that read facts; the logic over them is in ``rules``.

Thresholds, windows and lists of tests and findings stand in the YAML; how an operator reads the chart is told here and
follows corpora/GUIDE.md section 3. Here are those on events, imaging, exam and care; ``operators_order`` has order and
number, ``operators_figures`` figures, laboratory values and relief, ``operators_paper`` codes and documents. A new
operator is one model there, its line in ``rules.Rule``, one judge in a ``judge_*`` module, one line in
``evaluate.JUDGES`` and one in ``words``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chartproof.model import vocab as v
from chartproof.policy.errors import RuleFault
from chartproof.policy.where import AttributeTest, Where, allowed_values, check_kind, check_where, say

# The attribute that says which thing a fact is.
SUBJECT = {
    "injection": "target",
    "therapy": "type",
    "medication": "name",
    "functional_limitation": "activity",
    "source_exclusion": "source",
    "device": "name",
    "condition": "name",
}


class Strict(BaseModel):
    # Deferred: the validator of Policy, built when the first is read, holds those of all rules. One more for each model
    # would take a quarter of a second to build, and none of them would be used.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)


class Obtain(Strict):
    """Something to get, and who has it."""

    what: str
    source: str


class RuleBase(Strict):
    """What may stand beside the operator."""

    OPERATOR: ClassVar[str]

    label: str | None = None  # the rule in plain words
    not_read: str | None = Field(
        default=None, description="a figure of the policy that was not read: what would be met is unsure until it is"
    )
    obtain: list[Obtain] = Field(default_factory=list)


# --- facts ------------------------------------------------------------------------------------------------------------


class Window(Strict):
    """The days before an anchor. A bare number in YAML stands for so many days before the request.

    ``surgery_date`` is the date of a planned surgery; where none is stated, a date in the window of the request is
    unsure (the surgery is later) and an older one is outside. ``last_injection`` is the last injection performed.
    """

    days: int = Field(ge=1)
    before: Literal["request_date", "surgery_date", "last_injection"] = "request_date"

    @model_validator(mode="before")
    @classmethod
    def _bare_number(cls, value: Any) -> Any:
        return {"days": value} if isinstance(value, int) else value

    def words(self) -> str:
        """The window in words: "within 365 days before the request"."""
        anchor = {"request_date": "request", "surgery_date": "surgery", "last_injection": "last injection"}
        return f"within {self.days} days before the {anchor[self.before]}"


class Events(Strict):
    """Facts of one kind. ``of`` says which are events of the sort at all, ``where`` which of them qualify."""

    kind: str
    of: Where = Field(default_factory=Where)
    where: Where = Field(default_factory=Where)
    within: Window | None = Field(default=None, description="an event outside the window does not qualify")
    side: Literal["requested", "either"] = Field(
        default="requested", description="whose events count: see the guide, Sides"
    )
    episode_gap_days: int | None = Field(
        default=None, ge=1, description="events before a gap of so many days, or more, belong to an earlier episode"
    )

    def name(self) -> str:
        """What sort of event, in words: "si joint injection", "home exercise"."""
        subject = SUBJECT.get(self.kind)
        told = self.of.tests.get(subject) if subject else None
        if self.kind == "source_exclusion":
            return _ruled_out(told)
        if told is None:
            return say(self.kind)
        return f"{told.words()} {say(self.kind)}" if self.kind == "injection" else told.words()

    @model_validator(mode="before")
    @classmethod
    def _known_words(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            model = check_kind(value.get("kind"))
            for part in ("of", "where", "require_any", "fails_if"):
                if part in value:
                    check_where(model, value[part], (part,))
        return value


def _ruled_out(source: AttributeTest | None) -> str:
    """What a source exclusion states: of one source, or of all but the SI joint."""
    if source is None or source.among is None:
        return "statement of the sources of pain ruled out"
    if source.among == ["all"]:
        return "statement that all other sources of the pain are ruled out"
    return f"statement that the {source.words()} is ruled out as the source of the pain"


class EventCount(Events):
    n: int = Field(1, ge=1)
    days_apart: int | None = Field(None, ge=1, description="between any two counted; 1: on separate dates")
    require_any: Where | None = Field(None, description="at least one of the counted must also be this")
    differ: str | None = Field(None, description="an attribute that must differ between any two counted")
    stated_count: bool = Field(False, description="a stated total (injection_count) tells of events not described")
    silence: v.CriterionStatus = Field(v.CriterionStatus.UNSURE, description="answer where no such event is documented")
    otherwise: v.CriterionStatus = Field(
        v.CriterionStatus.NOT_MET, description="answer where events are documented and none can qualify"
    )

    @model_validator(mode="after")
    def _known_difference(self) -> EventCount:
        if self.differ is not None:
            check_attribute(self.kind, self.differ, "differ")
        return self


def check_attribute(kind: str, attribute: str, path: str) -> None:
    """Make sure that a kind has an attribute.

    Raises:
        RuleFault: it has not; ``path`` is the key that names it.
    """
    try:
        allowed_values(check_kind(kind), attribute)
    except RuleFault as fault:
        raise RuleFault((path,), fault.problem) from None


class CountEvents(RuleBase):
    """Count of events: q qualify, u might, n needed. q >= n met; q + u >= n unsure; else ``otherwise`` or ``silence``.

    Source: corpora/GUIDE.md section 3, "Count of events". Two facts of one date and side are one event.
    """

    OPERATOR = "count_events"
    count_events: EventCount


class EventAttribute(Events):
    attribute: str
    fails_if: Where | None = Field(None, description="with the attribute unstated: not_met if this, else unsure")

    @model_validator(mode="after")
    def _known_attribute(self) -> EventAttribute:
        check_attribute(self.kind, self.attribute, "attribute")
        return self


class EachEvent(RuleBase):
    """Every qualifying event (and if none qualifies, every event of the sort) states the attribute.

    Source: corpora/GUIDE.md section 3, nrs70 criterion 2.
    """

    OPERATOR = "each_event"
    each_event: EventAttribute


class ValueThreshold(Strict):
    kind: Literal["pain_score", "disability_score", "pain_duration", "measurement"]
    attribute: str
    of: Where = Field(default_factory=Where)
    min: float
    unit: str = ""

    @model_validator(mode="before")
    @classmethod
    def _known_words(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            model = check_kind(value.get("kind"))
            check_where(model, value.get("of", {}), ("of",))
            if isinstance(value.get("attribute"), str):
                check_attribute(value["kind"], value["attribute"], "attribute")
        return value


class LatestValue(RuleBase):
    """The latest figure reaches a threshold; of several on the latest date the highest counts.

    Source: corpora/GUIDE.md section 3, "Latest wins".
    """

    OPERATOR = "latest_value"
    latest_value: ValueThreshold


class FindingFilter(Strict):
    """Imaging findings that count against a criterion. ``worse_than: mild`` passes over mild ones; a severity that is
    not stated counts as worse (GUIDE, II.F.3)."""

    finding: list[v.FindingName]
    region: list[v.Region]
    modality: list[v.Modality] | None = None
    worse_than: v.Severity | None = None


class Excluded(Strict):
    conditions: list[v.ConditionName] = Field(default_factory=list)
    unlocated: list[v.ConditionName] = Field(
        default_factory=list, description="conditions that may be elsewhere or long past: present reads as unsure"
    )
    findings: list[FindingFilter] = Field(default_factory=list)
    within_days: int | None = Field(None, description="only findings of studies of the last so many days")
    silence: Literal["met", "unsure"] = Field("met", description="how a disorder or finding never told of reads")


class Exclusion(RuleBase):
    """Met unless the chart shows a disorder or finding present (not_met) or possible (unsure). Silence is absence,
    unless ``silence: unsure`` asks that each is said to be absent.

    Source: corpora/GUIDE.md section 3, "Exclusions".
    """

    OPERATOR = "exclusion"
    exclusion: Excluded


class Asked(Strict):
    field: Literal["setting", "cpt", "device", "laterality"]
    among: list[str] | None = Field(None, alias="in")
    not_in: list[str] | None = None

    @model_validator(mode="after")
    def _one_list(self) -> Asked:
        if (self.among is None) == (self.not_in is None):
            raise RuleFault((), "give one of: in, not_in")
        return self


class RequestIs(RuleBase):
    """A field of the request has one of the values (``in``) or none of them (``not_in``); not stated: unsure."""

    OPERATOR = "request"
    request: Asked


# --- imaging ----------------------------------------------------------------------------------------------------------


class Study(Strict):
    modality: list[v.Modality]
    region: list[v.Region] = Field(description="regions of the studies that may serve")
    speaks_of: v.Region = Field(description="what the report must tell of, on the requested side")
    within_days: int | None = None


class StudyExists(RuleBase):
    """A study of the modality whose report speaks of the region, in the window.

    Only outside the window: not_met (stale). None, one of unknown date, or one silent on the region: unsure.
    Source: corpora/GUIDE.md section 3, "Windows", "A pelvis radiograph", "SI joint CT/MRI".
    """

    OPERATOR = "imaging_study"
    imaging_study: Study


class Shown(Strict):
    region: list[v.Region]
    finding: list[v.FindingName]
    within_days: int | None = Field(None, description="only findings of studies of the last so many days")


class ImagingShows(RuleBase):
    """Imaging of the region shows one of the findings; imaged and called normal: not_met.

    Source: corpora/GUIDE.md section 3, AIM 4.degeneration and "Latest wins".
    """

    OPERATOR = "imaging_shows"
    imaging_shows: Shown


# --- exam -------------------------------------------------------------------------------------------------------------


class OneTest(Strict):
    name: v.TestName
    stale_days: int = Field(description="a positive test so much older than the latest exam no longer counts")


class PositiveTest(RuleBase):
    """The latest result of a test is positive. Not documented, or equivocal: unsure (GUIDE, "Latest wins", II.D)."""

    OPERATOR = "positive_test"
    positive_test: OneTest


class ManyTests(Strict):
    n: int = Field(ge=1)
    of: list[v.TestName]
    stale_days: int
    documented: int = Field(description="with so many documented and fewer than n positive: not_met")


class PositiveTests(RuleBase):
    """At least n tests of a list are positive; a stated count decides where its exam names no single test.

    Source: corpora/GUIDE.md section 3, AIM 3.provocative.
    """

    OPERATOR = "positive_tests"
    positive_tests: ManyTests

    @model_validator(mode="after")
    def _no_pain_map(self) -> PositiveTests:
        # Pointing to the spot is a sign of its own and never one of the provocative tests.
        if v.TestName.FORTIN_FINGER in self.positive_tests.of:
            raise RuleFault(("positive_tests", "of"), "fortin_finger is no provocative test; use positive_test")
        return self


class Tender(Strict):
    site: v.TendernessSite


class Tenderness(RuleBase):
    """The site was tender when last examined."""

    OPERATOR = "tenderness"
    tenderness: Tender


class NoOtherTenderness(RuleBase):
    """At least one other site was examined, and none was tender when last examined.

    Source: corpora/GUIDE.md section 3, II.C and AIM 3.tenderness.
    """

    OPERATOR = "no_other_tenderness"
    no_other_tenderness: Tender


class Pattern(Strict):
    elements: list[Literal["unilateral", "non_radiating", "at_joint"]] = Field(min_length=1)
    at_joint: list[v.PainSite] = Field(description="sites that are over the joint")
    near_joint: list[v.PainSite] = Field(description="sites that neither show nor refute that the pain is at the joint")


class PainPattern(RuleBase):
    """The latest pain pattern, element by element (GUIDE, II.B and AIM 3.pattern)."""

    OPERATOR = "pain_pattern"
    pain_pattern: Pattern


# --- care -------------------------------------------------------------------------------------------------------------


class CareLength(Strict):
    min_weeks: float = Field(
        description="a stated total, or a course with a length and no dates, of at least so many weeks"
    )
    min_days: int = Field(description="a span of dated courses of at least so many days")
    injections: list[v.InjectionTarget] = Field(description="injections that are part of the care of this pain")


class CareDuration(RuleBase):
    """Length of conservative care: a stated total decides, else the span of the dated courses before the request.

    The span runs from the earliest start to the latest end of therapy, medication and injections; an ongoing course
    runs to the latest note that tells it; a course with a length and no dates counts its length; courses before this
    pain do not count. A stated shorter total is not_met, a shorter span unsure.
    Source: corpora/GUIDE.md section 3, II.A.duration.
    """

    OPERATOR = "care_duration"
    care_duration: CareLength


class Course(Strict):
    type: list[v.TherapyType]
    where: Where = Field(default_factory=Where)
    min_weeks: float
    combine: Literal["longest", "sum"] = Field(description="how several courses count together")

    @model_validator(mode="before")
    @classmethod
    def _known_words(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            check_where(check_kind("therapy"), value.get("where", {}), ("where",))
        return value


class CourseLength(RuleBase):
    """Courses of therapy lasted at least so many weeks. Length only from a stated start, end or length; a course cut
    short because it was not tolerated (response ``unable``) and of no stated length adds nothing.

    Source: corpora/GUIDE.md section 3, II.A.3 and nrs70 6.pt.
    """

    OPERATOR = "course_length"
    course_length: Course


class Nicotine(Strict):
    free_days: int | None = Field(description="so long since quitting needs no lab; null: a lab in any case")
    analyte: list[v.Analyte] = Field(description="analytes whose low value shows abstinence")
    positive_analyte: list[v.Analyte] = Field(description="analytes whose positive result shows use")
    max_value: float
    unit: list[str] = Field(description="spellings of the unit")
    within_days: int
    source: list[v.LabSource]
    specimen: dict[v.Analyte, list[v.Specimen]] = Field(
        default_factory=dict, description="specimens that serve, by analyte; an analyte not named: any"
    )


class NicotineFree(RuleBase):
    """Never a user, or nicotine-free long enough, or (for later quitters) a low value in a recent lab report.

    A current user, or a positive test after quitting: not_met. Source: corpora/GUIDE.md section 3, nrs70 criterion 5.
    """

    OPERATOR = "nicotine_free"
    nicotine_free: Nicotine
