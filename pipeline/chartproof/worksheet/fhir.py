"""The worksheet as a FHIR R4 Bundle: the policy as a Questionnaire, its answers, the facts with their places, and who
made all that.

In the manner of Da Vinci DTR (STU 2.2): each answer of the QuestionnaireResponse says where it comes from with the
extension ``information-origin``. It is plain R4 and claims no profile of that guide: the resources a payer's system
would add (coverage, order, practitioner) are not in a chart's notes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from chartproof.model import Determination, Evidence, FactBase
from chartproof.model.spelling import spell
from chartproof.model.vocab import CriterionStatus
from chartproof.worksheet import words
from chartproof.worksheet.characters import showable
from chartproof.worksheet.reviews import VERDICTS
from chartproof.worksheet.scored import Paper
from chartproof.worksheet.sheet import CriterionRow, PolicySheet, Sheet

ORIGIN = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/information-origin"
"""Da Vinci DTR 2.2.0, extension information-origin: source is auto-client, auto-server, override or manual."""
STATUS_SYSTEM = "urn:chartproof:criterion-status"
REVIEW_SYSTEM = "urn:chartproof:review"
KIND_SYSTEM = "urn:chartproof:fact-kind"
ATTRIBUTE_SYSTEM = "urn:chartproof:fact-attribute"
SPAN = "urn:chartproof:evidence-span"
"""Extension of ``Observation.derivedFrom``: start and end count characters (code points) of the note's text as read."""
EVIDENCE = "urn:chartproof:answer-evidence"
"""Extension of an answer: the Observation it stands on."""

Resource = dict[str, Any]
_STATUSES = {status.value: words.STATUS[status] for status in CriterionStatus}


def render_fhir(sheet: Sheet, recorded: datetime) -> str:
    """The Bundle as JSON.

    Args:
        recorded: when it is made, with a time zone; the one thing in it that the chart does not settle.

    Raises:
        ValueError: ``recorded`` has no time zone.
    """
    if recorded.tzinfo is None:
        raise ValueError("the time needs a time zone")
    return json.dumps(bundle(sheet, recorded), ensure_ascii=False, indent=1) + "\n"


def bundle(sheet: Sheet, recorded: datetime) -> Resource:
    """The Bundle (type ``collection``) as plain data. Equal input gives equal ids."""
    return _clean(_Maker(sheet, recorded).make())


def questionnaire(determination: Determination) -> Resource:
    """The policy version as a Questionnaire: a group a criterion, asking status, finding, review and comment."""
    effective: Resource = {}
    if determination.effective_from:
        effective["start"] = determination.effective_from.isoformat()
    if determination.effective_to:
        effective["end"] = determination.effective_to.isoformat()
    return {
        "resourceType": "Questionnaire",
        "url": questionnaire_url(determination),
        "version": determination.version,
        "name": "Policy_" + re.sub(r"[^A-Za-z0-9]", "_", determination.policy),
        "title": determination.title,
        "status": "active",
        "publisher": determination.payer,
        "subjectType": ["Patient"],
        **({"effectivePeriod": effective} if effective else {}),
        "item": [
            {
                "linkId": result.id,
                "prefix": result.id,
                "text": result.label,
                "type": "group",
                "item": [
                    _question(f"{result.id}/status", "Status", STATUS_SYSTEM, _STATUSES),
                    {"linkId": f"{result.id}/required", "text": f"Required: {result.required}", "type": "display"},
                    {"linkId": f"{result.id}/found", "text": "What the chart shows", "type": "string"},
                    _question(f"{result.id}/review", "Reviewer's view", REVIEW_SYSTEM, VERDICTS),
                    {"linkId": f"{result.id}/comment", "text": "Reviewer's comment", "type": "text"},
                ],
            }
            for result in determination.criteria
        ],
    }


def questionnaire_url(determination: Determination) -> str:
    """The canonical URL of a policy version; a policy's id names one version."""
    return f"urn:chartproof:policy:{quote(determination.policy, safe='')}"


def _question(link: str, text: str, system: str, options: dict[str, str]) -> Resource:
    return {
        "linkId": link,
        "text": text,
        "type": "choice",
        "answerOption": [
            {"valueCoding": {"system": system, "code": code, "display": display}} for code, display in options.items()
        ],
    }


class _Maker:
    def __init__(self, sheet: Sheet, recorded: datetime) -> None:
        self.sheet, self.scored = sheet, sheet.scored
        self.recorded = recorded.isoformat(timespec="seconds")
        name = f"urn:chartproof:{self.scored.notes_hash}:{self.scored.chart_id}"
        self.namespace = uuid.uuid5(uuid.NAMESPACE_URL, name)
        self.place = {paper.id: f"note-{count}" for count, paper in enumerate(self.scored.papers, start=1)}
        request = self.scored.case.request
        self.subject: Resource = {"display": f"patient of chart {self.scored.chart_id}"}
        if request.patient_id:
            self.subject = {"type": "Patient", "identifier": {"value": request.patient_id}}

    def make(self) -> Resource:
        documents = [(self.place[paper.id], self._document(paper)) for paper in self.scored.papers]
        facts = [(f"fact-{n}", self._observation(fact)) for n, fact in enumerate(self.scored.case.facts, start=1)]
        forms = [(f"policy-{n}", questionnaire(p.determination)) for n, p in enumerate(self.sheet.policies, start=1)]
        answers = [(f"answers-{n}", self._response(policy)) for n, policy in enumerate(self.sheet.policies, start=1)]
        made = [name for name, _ in [*facts, *answers]]
        rest = [("device", self._device())]
        if made:
            rest.append(("provenance", self._provenance(made)))
        return {
            "resourceType": "Bundle",
            "id": str(self.namespace),
            "identifier": {"system": "urn:chartproof:chart", "value": self.scored.chart_id},
            "type": "collection",
            "timestamp": self.recorded,
            "entry": [
                {"fullUrl": self._url(name), "resource": {"resourceType": r["resourceType"], "id": self._id(name), **r}}
                for name, r in [*forms, *answers, *facts, *documents, *rest]
            ],
        }

    def _id(self, name: str) -> str:
        return str(uuid.uuid5(self.namespace, name))

    def _url(self, name: str) -> str:
        return f"urn:uuid:{self._id(name)}"

    def _document(self, paper: Paper) -> Resource:
        attachment: Resource = {"contentType": "text/plain; charset=utf-8", "title": paper.id}
        if paper.text is not None:
            told = paper.text.encode("utf-8", "surrogatepass")
            attachment["size"] = len(told)
            # R4 asks for SHA-1 here; the SHA-256 is the identifier.
            attachment["hash"] = base64.b64encode(hashlib.sha1(told, usedforsecurity=False).digest()).decode()
        return {
            "resourceType": "DocumentReference",
            "identifier": [{"system": "urn:chartproof:note-sha256", "value": paper.sha256}],
            "status": "current",
            "type": {"text": spell(paper.type)},
            "subject": self.subject,
            "description": paper.id,
            **({"author": [{"display": paper.role}]} if paper.role else {}),
            "content": [{"attachment": attachment}],
            "context": {"period": {"start": paper.date.isoformat(), "end": paper.date.isoformat()}},
        }

    def _observation(self, fact: FactBase) -> Resource:
        told = fact.attributes()
        kind: str = fact.kind  # type: ignore[attr-defined]
        when: Resource = {}
        if "date" in told:
            when = {"effectiveDateTime": told.pop("date")}
        elif "start" in told or "end" in told:
            when = {"effectivePeriod": {name: told.pop(name) for name in ("start", "end") if name in told}}
        return {
            "resourceType": "Observation",
            "status": "preliminary",
            "code": {"coding": [{"system": KIND_SYSTEM, "code": kind, "display": words.KIND[kind]}]},
            "subject": self.subject,
            **when,
            "valueString": words.fact_line(fact),
            "derivedFrom": [self._span(evidence) for evidence in fact.evidence],
            "component": [
                {"code": {"coding": [{"system": ATTRIBUTE_SYSTEM, "code": name}], "text": spell(name)}, **_value(value)}
                for name, value in told.items()
            ],
        }

    def _span(self, evidence: Evidence) -> Resource:
        parts: list[Resource] = [
            {"url": "start", "valueUnsignedInt": evidence.start},
            {"url": "end", "valueUnsignedInt": evidence.end},
            {"url": "quote", "valueString": evidence.quote},
        ]
        if evidence.section:
            parts.append({"url": "section", "valueString": evidence.section})
        if evidence.reading:
            parts.append({"url": "reading", "valueString": evidence.reading})
        return {"extension": [{"url": SPAN, "extension": parts}], "reference": self._url(self.place[evidence.note])}

    def _response(self, policy: PolicySheet) -> Resource:
        told = policy.determination
        return {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": questionnaire_url(told),
            "status": "in-progress",
            "subject": self.subject,
            "authored": self.recorded,
            "author": {"reference": self._url("device")},
            "item": [self._item(row) for row in policy.rows],
        }

    def _item(self, row: CriterionRow) -> Resource:
        result = row.result
        status = {"system": STATUS_SYSTEM, "code": result.status.value, "display": words.STATUS[result.status]}
        standing = [{"url": EVIDENCE, "valueReference": {"reference": self._url(name)}} for name in self._facts_of(row)]
        found = result.found or words.REASON[result.reason]
        answers: list[tuple[str, Resource]] = [
            ("status", {"extension": [_origin("auto-client"), *standing], "valueCoding": status}),
            ("found", {"extension": [_origin("auto-client")], "valueString": found}),
        ]
        if row.review and row.review_holds:
            origin = _origin("manual", row.review.reviewer)
            if row.review.verdict:
                coding = {"system": REVIEW_SYSTEM, "code": row.review.verdict, "display": VERDICTS[row.review.verdict]}
                answers.append(("review", {"extension": [origin], "valueCoding": coding}))
            if row.review.comment:
                answers.append(("comment", {"extension": [origin], "valueString": row.review.comment}))
        return {
            "linkId": result.id,
            "text": result.label,
            "item": [{"linkId": f"{result.id}/{name}", "answer": [answer]} for name, answer in answers],
        }

    def _facts_of(self, row: CriterionRow) -> Iterator[str]:
        for deciding in row.result.facts:
            for count, fact in enumerate(self.scored.case.facts, start=1):
                if fact is deciding or fact == deciding:
                    yield f"fact-{count}"
                    break

    def _device(self) -> Resource:
        return {
            "resourceType": "Device",
            "deviceName": [{"name": "chartproof", "type": "other"}],
            "version": [{"type": {"text": name}, "value": version} for name, version in self.scored.versions.items()],
        }

    def _provenance(self, made: list[str]) -> Resource:
        return {
            "resourceType": "Provenance",
            "target": [{"reference": self._url(name)} for name in made],
            "recorded": self.recorded,
            "agent": [
                {
                    "type": {
                        "coding": [
                            {
                                "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                                "code": "assembler",
                            }
                        ]
                    },
                    "who": {"reference": self._url("device")},
                }
            ],
            "entity": [
                {"role": "source", "what": {"reference": self._url(self.place[paper.id])}}
                for paper in self.scored.papers
            ],
        }


def _origin(source: str, author: str = "") -> Resource:
    parts: list[Resource] = [{"url": "source", "valueCode": source}]
    if author:
        practitioner = {"url": "practitioner", "valueReference": {"display": author}}
        parts.append({"url": "author", "extension": [practitioner]})
    return {"url": ORIGIN, "extension": parts}


def _value(value: Any) -> Resource:
    """A fact's attribute as one of the types of ``Observation.component.value[x]``."""
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int | float):
        return {"valueQuantity": {"value": value}}
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, int | float) for v in value):
        return {"valueRange": {"low": {"value": value[0]}, "high": {"value": value[1]}}}
    if isinstance(value, list):
        return {"valueString": ", ".join(map(str, value))}
    return {"valueString": str(value)}


def _clean(value: Any) -> Any:
    """The same without empty lists and texts, which FHIR forbids, and with texts that JSON readers take."""
    if isinstance(value, dict):
        return {key: cleaned for key, item in value.items() if (cleaned := _clean(item)) not in ("", [], {})}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return showable(value) if isinstance(value, str) else value
