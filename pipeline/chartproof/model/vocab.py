"""The closed vocabularies of the guide (corpora/GUIDE.md, section 2), as string enums.

Every member's value is the word that output, gold and YAML use. Keep this list equal to the guide's.
"""

from enum import StrEnum


class Laterality(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Presence(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    POSSIBLE = "possible"


class NoteType(StrEnum):
    CONSULT = "consult"
    PROGRESS = "progress"
    PROCEDURE = "procedure"
    PT = "pt"
    IMAGING = "imaging"
    LAB = "lab"
    PREOP = "preop"
    TELEPHONE = "telephone"
    LETTER = "letter"
    INTAKE = "intake"
    OTHER = "other"


class EventStatus(StrEnum):
    """Status of an injection or a surgery."""

    PERFORMED = "performed"
    PLANNED = "planned"
    DECLINED = "declined"


class InjectionTarget(StrEnum):
    SI_JOINT = "si_joint"
    HIP_JOINT = "hip_joint"
    FACET_JOINT = "facet_joint"
    MEDIAL_BRANCH = "medial_branch"
    LATERAL_BRANCH = "lateral_branch"
    EPIDURAL = "epidural"
    TROCHANTERIC_BURSA = "trochanteric_bursa"
    PIRIFORMIS = "piriformis"
    TRIGGER_POINT = "trigger_point"
    OTHER = "other"


class Guidance(StrEnum):
    FLUOROSCOPY = "fluoroscopy"
    CT = "ct"
    ULTRASOUND = "ultrasound"
    NONE = "none"


class Route(StrEnum):
    INTRA_ARTICULAR = "intra_articular"
    PERI_ARTICULAR = "peri_articular"


class Purpose(StrEnum):
    DIAGNOSTIC = "diagnostic"
    THERAPEUTIC = "therapeutic"
    BOTH = "both"


class TherapyType(StrEnum):
    PHYSICAL_THERAPY = "physical_therapy"
    HOME_EXERCISE = "home_exercise"
    CHIROPRACTIC = "chiropractic"
    OSTEOPATHIC_MANIPULATION = "osteopathic_manipulation"
    MASSAGE = "massage"
    ACUPUNCTURE = "acupuncture"
    BRACING = "bracing"
    ACTIVITY_MODIFICATION = "activity_modification"
    REST = "rest"
    OTHER = "other"


class TherapyResponse(StrEnum):
    FAILED = "failed"
    PARTIAL = "partial"
    IMPROVED = "improved"
    WORSENED = "worsened"
    UNABLE = "unable"


class TherapyStatus(StrEnum):
    COMPLETED = "completed"
    ONGOING = "ongoing"
    PLANNED = "planned"
    DECLINED = "declined"


class DrugClass(StrEnum):
    NSAID = "nsaid"
    ACETAMINOPHEN = "acetaminophen"
    OPIOID = "opioid"
    MUSCLE_RELAXANT = "muscle_relaxant"
    NEUROPATHIC = "neuropathic"
    ORAL_STEROID = "oral_steroid"
    TOPICAL = "topical"
    OTHER = "other"


class DrugResponse(StrEnum):
    FAILED = "failed"
    PARTIAL = "partial"
    IMPROVED = "improved"
    INTOLERANT = "intolerant"


class DrugStatus(StrEnum):
    CURRENT = "current"
    PAST = "past"
    CONTRAINDICATED = "contraindicated"
    PLANNED = "planned"


class CareResponse(StrEnum):
    FAILED = "failed"
    PARTIAL = "partial"
    IMPROVED = "improved"
    WORSENED = "worsened"


class NicotineState(StrEnum):
    NEVER = "never"
    FORMER = "former"
    CURRENT = "current"


class NicotineProduct(StrEnum):
    CIGARETTES = "cigarettes"
    VAPE = "vape"
    SMOKELESS = "smokeless"
    OTHER = "other"


class Analyte(StrEnum):
    COTININE = "cotinine"
    NICOTINE = "nicotine"
    ANABASINE = "anabasine"
    HBA1C = "hba1c"


class Specimen(StrEnum):
    SERUM = "serum"
    URINE = "urine"
    SALIVA = "saliva"


class Comparator(StrEnum):
    LT = "<"
    LE = "<="
    EQ = "="
    GE = ">="
    GT = ">"


class Interpretation(StrEnum):
    NEGATIVE = "negative"
    POSITIVE = "positive"


class LabSource(StrEnum):
    LAB_REPORT = "lab_report"
    NARRATIVE = "narrative"


class TestName(StrEnum):
    __test__ = False  # not a pytest class

    FABER = "faber"
    THIGH_THRUST = "thigh_thrust"
    GAENSLEN = "gaenslen"
    COMPRESSION = "compression"
    DISTRACTION = "distraction"
    SACRAL_THRUST = "sacral_thrust"
    ASLR = "aslr"
    LONG_LIGAMENT = "long_ligament"
    YEOMAN = "yeoman"
    FORTIN_FINGER = "fortin_finger"


class TestResult(StrEnum):
    __test__ = False

    POSITIVE = "positive"
    NEGATIVE = "negative"
    EQUIVOCAL = "equivocal"


class Modality(StrEnum):
    RADIOGRAPH = "radiograph"
    CT = "ct"
    MRI = "mri"
    BONE_SCAN = "bone_scan"
    SPECT_CT = "spect_ct"
    ULTRASOUND = "ultrasound"


class Region(StrEnum):
    SI_JOINT = "si_joint"
    PELVIS = "pelvis"
    HIP = "hip"
    LUMBAR_SPINE = "lumbar_spine"
    THORACIC_SPINE = "thoracic_spine"
    CERVICAL_SPINE = "cervical_spine"
    OTHER = "other"


class FindingName(StrEnum):
    DEGENERATION = "degeneration"
    SCLEROSIS = "sclerosis"
    OSTEOPHYTES = "osteophytes"
    JOINT_SPACE_NARROWING = "joint_space_narrowing"
    EROSION = "erosion"
    VACUUM_PHENOMENON = "vacuum_phenomenon"
    ANKYLOSIS = "ankylosis"
    SUBCHONDRAL_CYST = "subchondral_cyst"
    BONE_MARROW_EDEMA = "bone_marrow_edema"
    FRACTURE = "fracture"
    TUMOR = "tumor"
    INFECTION = "infection"
    INSTABILITY = "instability"
    INFLAMMATORY_ARTHROPATHY = "inflammatory_arthropathy"
    OSTEOARTHRITIS = "osteoarthritis"
    DISC_DEGENERATION = "disc_degeneration"
    DISC_HERNIATION = "disc_herniation"
    STENOSIS = "stenosis"
    NEURAL_COMPRESSION = "neural_compression"
    SPONDYLOLISTHESIS = "spondylolisthesis"
    FACET_ARTHROPATHY = "facet_arthropathy"
    HARDWARE_LOOSENING = "hardware_loosening"
    LUCENCY = "lucency"
    NORMAL = "normal"


class Severity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class ScoreQualifier(StrEnum):
    CURRENT = "current"
    AVERAGE = "average"
    WORST = "worst"
    BEST = "best"
    BASELINE = "baseline"
    PRE_INJECTION = "pre_injection"
    POST_INJECTION = "post_injection"


class PainScale(StrEnum):
    NRS = "nrs"
    VAS = "vas"


class DisabilityInstrument(StrEnum):
    ODI = "odi"


class PainSite(StrEnum):
    SI_JOINT = "si_joint"
    BUTTOCK = "buttock"
    LOW_BACK = "low_back"
    GROIN = "groin"
    POSTERIOR_THIGH = "posterior_thigh"
    LOWER_LEG = "lower_leg"
    FOOT = "foot"
    HIP = "hip"


class TendernessSite(StrEnum):
    SI_JOINT = "si_joint"
    GREATER_TROCHANTER = "greater_trochanter"
    LUMBAR_SPINE = "lumbar_spine"
    COCCYX = "coccyx"
    PIRIFORMIS = "piriformis"
    GROIN = "groin"
    OTHER = "other"


class Activity(StrEnum):
    SITTING = "sitting"
    STANDING = "standing"
    WALKING = "walking"
    STAIRS = "stairs"
    SLEEP = "sleep"
    DRESSING = "dressing"
    BATHING = "bathing"
    HOUSEWORK = "housework"
    DRIVING = "driving"
    WORK = "work"
    LIFTING = "lifting"
    EXERCISE = "exercise"
    TRANSFERS = "transfers"
    CHILDCARE = "childcare"
    SEXUAL_ACTIVITY = "sexual_activity"
    OTHER = "other"


class ConditionName(StrEnum):
    SI_JOINT_DYSFUNCTION = "si_joint_dysfunction"
    SACROILIITIS = "sacroiliitis"
    FIBROMYALGIA = "fibromyalgia"
    SOMATOFORM_DISORDER = "somatoform_disorder"
    GENERALIZED_PAIN_DISORDER = "generalized_pain_disorder"
    ANKYLOSING_SPONDYLITIS = "ankylosing_spondylitis"
    RHEUMATOID_ARTHRITIS = "rheumatoid_arthritis"
    PSORIATIC_ARTHRITIS = "psoriatic_arthritis"
    GOUT = "gout"
    INFECTION = "infection"
    MALIGNANCY = "malignancy"
    PELVIC_FRACTURE = "pelvic_fracture"
    TRAUMATIC_INSTABILITY = "traumatic_instability"
    PREGNANCY = "pregnancy"
    OSTEOPOROSIS = "osteoporosis"
    DIABETES = "diabetes"
    HIP_OSTEOARTHRITIS = "hip_osteoarthritis"
    LUMBAR_RADICULOPATHY = "lumbar_radiculopathy"
    LUMBAR_STENOSIS = "lumbar_stenosis"
    DISC_HERNIATION = "disc_herniation"
    SPONDYLOLISTHESIS = "spondylolisthesis"
    FACET_SYNDROME = "facet_syndrome"
    SCOLIOSIS = "scoliosis"
    PIRIFORMIS_SYNDROME = "piriformis_syndrome"
    NEUROPATHY = "neuropathy"
    DEPRESSION = "depression"
    ANXIETY = "anxiety"
    OPIOID_USE_DISORDER = "opioid_use_disorder"
    SUBSTANCE_USE_DISORDER = "substance_use_disorder"
    ANTICOAGULATION = "anticoagulation"
    CONNECTIVE_TISSUE_DISORDER = "connective_tissue_disorder"


class ExcludedSource(StrEnum):
    LUMBAR_SPINE = "lumbar_spine"
    HIP = "hip"
    PELVIS = "pelvis"
    OTHER = "other"
    ALL = "all"


class MeasurementName(StrEnum):
    BMI = "bmi"


class Fixation(StrEnum):
    TRANSFIXING = "transfixing"
    BONE_GRAFT_ONLY = "bone_graft_only"


class Approach(StrEnum):
    LATERAL = "lateral"
    POSTERIOR = "posterior"


class DeviceStatus(StrEnum):
    PLANNED = "planned"
    IMPLANTED = "implanted"
    DECLINED = "declined"


class CodeSystem(StrEnum):
    CPT = "cpt"
    ICD10 = "icd10"


class SurgeryName(StrEnum):
    SI_FUSION = "si_fusion"
    LUMBAR_FUSION = "lumbar_fusion"
    LUMBAR_DECOMPRESSION = "lumbar_decompression"
    HIP_ARTHROPLASTY = "hip_arthroplasty"
    OTHER = "other"


class ComplicationName(StrEnum):
    PSEUDARTHROSIS = "pseudarthrosis"
    MALPOSITION = "malposition"
    INFECTION = "infection"
    LOOSENING = "loosening"
    BREAKAGE = "breakage"


class Setting(StrEnum):
    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"


class CriterionStatus(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNSURE = "unsure"


class Reason(StrEnum):
    """Why a criterion has its status."""

    SATISFIED = "satisfied"
    UNDOCUMENTED = "undocumented"
    INCOMPLETE = "incomplete"
    CONFLICTING = "conflicting"
    STALE = "stale"
    CONTRADICTED = "contradicted"
    EXTERNAL = "external"
    NOT_COVERED = "not_covered"


class Outcome(StrEnum):
    """What a policy's criteria come to together."""

    MEETS = "meets"
    DOES_NOT_MEET = "does_not_meet"
    NEEDS_DOCUMENTATION = "needs_documentation"
