"""What to get, and from whom, where a criterion is not met and its policy does not say."""

from __future__ import annotations

from chartproof.policy.operators import Obtain

DEFAULTS: dict[str, Obtain] = {
    "injection": Obtain(
        what="procedure note and pain record: side, guidance, contrast, needle position, drugs, relief and its length",
        source="clinic that did the injection",
    ),
    "therapy": Obtain(what="therapy records with start, end, visits and discharge summary", source="therapy clinic"),
    "medication": Obtain(what="medication list with what was tried and how it worked", source="treating clinician"),
    "conservative_care": Obtain(what="dates and length of each conservative treatment", source="treating clinician"),
    "nicotine_status": Obtain(what="nicotine history with the date of quitting", source="treating clinician"),
    "lab": Obtain(what="laboratory report of nicotine or cotinine", source="laboratory"),
    "provocative_test": Obtain(
        what="examination that names each provocative test with result and side", source="treating clinician"
    ),
    "tenderness": Obtain(
        what="examination with palpation of the SI joint and of other sites", source="treating clinician"
    ),
    "pain_pattern": Obtain(what="note that places the pain: side, level, radiation", source="treating clinician"),
    "imaging_study": Obtain(what="imaging report with its date", source="imaging center"),
    "imaging_finding": Obtain(what="imaging report that speaks to the finding", source="imaging center"),
    "pain_score": Obtain(what="current pain score on a 0-10 scale", source="treating clinician"),
    "disability_score": Obtain(
        what="completed Oswestry questionnaire with its score", source="patient or treating clinician"
    ),
    "pain_duration": Obtain(what="date of onset of the pain", source="treating clinician"),
    "functional_limitation": Obtain(
        what="note of the daily activities that the pain limits", source="treating clinician"
    ),
    "condition": Obtain(what="statement whether the disorder is present", source="treating clinician"),
    "source_exclusion": Obtain(what="statement of the pain sources ruled out, and how", source="treating clinician"),
    "device": Obtain(what="name of the implant and how it fixes the joint", source="surgeon"),
}
