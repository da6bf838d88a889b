"""Extracts imaging studies and what they show (imaging_study, imaging_finding)."""

from __future__ import annotations

from dataclasses import dataclass

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.extract.imaging.corrections import corrected, two_readers
from chartproof.extract.imaging.groups import Group, group
from chartproof.extract.imaging.mentions import Mention, mentions_in
from chartproof.extract.imaging.reports import Report, reports_in
from chartproof.extract.imaging.stance import reading_of
from chartproof.extract.imaging.statements import seen_in
from chartproof.extract.imaging.study import Frame, Seen, Study
from chartproof.extract.imaging.tables import tables_in
from chartproof.extract.imaging.units import units_of
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.facts import ImagingFinding, ImagingStudy

__all__ = ["extract"]


def extract(reading: Reading) -> list[Finding]:
    """The studies and findings of one note.

    A finding's hints hold ``study``, the region of the study it was seen in (None where that is not told).
    """
    names_imaging = reading.patterns.first("imaging_modality", reading.text) or reading.patterns.regexes[
        "img_anonymous"
    ].search(reading.text)
    if not names_imaging and not reading.is_report:
        return []
    reports = reports_in(reading)
    out: list[Finding] = []
    if len(reports) == 1 and not reports[0].studies:
        told = [m for m in mentions_in(reading, [(0, len(reading.text))]) if m.studies()]
        if len(told) > 1:  # a letter about several studies, with no titles
            return [found for m in told for found in _from_mention(reading, m, False, Strength.PRIMARY)]
    told_of = [_told_of(reading, report) for report in reports]
    _share_conclusion(told_of)
    for told_report in told_of:
        out += _from_report(reading, told_report)
    for mention in mentions_in(reading, _outside(reading, reports)):
        out += _from_mention(reading, mention, aside=bool(reports))
    return out


def _outside(reading: Reading, reports: list[Report]) -> list[tuple[int, int]]:
    """The parts of a note that are no report of their own: around the reports, and the asides within them."""
    spans: list[tuple[int, int]] = []
    at = 0
    for report in reports:
        if at < report.start and not reading.is_report:
            spans.append((at, report.start))
        spans += report.asides
        at = report.end
    if not reports or (at < len(reading.text) and not reading.is_report):
        spans.append((at, len(reading.text)))
    return spans


def _study(reading: Reading, study: Study, strength: Strength) -> Finding:
    fact = ImagingStudy.model_validate(
        {
            "modality": study.modality,
            "region": study.region,
            "date": study.date,
            "laterality": study.side,
            "evidence": [reading.evidence(start, end) for start, end in study.spans],
        }
    )
    return finding(fact, reading.note, strength)


def _facts(
    reading: Reading,
    groups: list[Group],
    studies: list[Study],
    modality: str | None,
    when: PartialDate | None,
    strength: Strength,
) -> list[Finding]:
    out = []
    of_si = reading.patterns.regexes["img_si_spoken_of"].search(reading.text)
    for g in groups:
        if g.region == "si_joint" and not of_si:
            continue  # sclerosis or edema of a region that no word names
        fact = ImagingFinding.model_validate(
            {
                "region": g.region,
                "finding": g.finding,
                "date": when,
                "presence": g.presence,
                "laterality": g.side,
                "modality": modality,
                "severity": g.severity,
                "evidence": [reading.evidence(s.start, s.end, reading_of(s)) for s in g.seen],
            }
        )
        own = next((s.region for s in studies if s.region == g.region), None) or next((s.region for s in studies), None)
        out.append(finding(fact, reading.note, strength, study=own))
    return out


def _told_in_text(reading: Reading) -> list[Study]:
    """The study of a report that has no title, from the first sentence that names one."""
    for mention in mentions_in(reading, [(0, len(reading.text))]):
        studies = mention.studies()
        for study in studies:
            study.date = study.date or reading.date
        if studies:
            return studies
    return []


@dataclass
class _Told:
    """A report with the study that its findings are of, and what it tells to be seen."""

    report: Report
    studies: list[Study]
    frame: Frame
    seen: list[Seen]


def _told_of(reading: Reading, report: Report) -> _Told:
    studies = report.studies or _told_in_text(reading)
    regions = [s.region for s in studies]
    region = "pelvis" if "pelvis" in regions else next(iter(regions), None)
    frame = Frame(region, studies[0].modality if studies else None)
    tables = tables_in(reading, report.spans, frame)
    units = [u for u in units_of(reading, report.spans) if not any(a <= u.start < b for a, b in tables.spans)]
    seen = tables.seen + seen_in(reading, sorted(units + tables.units, key=lambda u: u.start), frame)
    return _Told(report, studies, frame, corrected(reading, report, seen))


def _share_conclusion(told: list[_Told]) -> None:
    """One impression under several reports: what it says of a joint goes to the report that looked at it."""
    if len(told) < 2 or any(s.overall for t in told[:-1] for s in t.seen):
        return
    last = told[-1]
    own = {s.region for s in last.seen if not s.overall} | {study.region for study in last.studies}
    for seen in [s for s in last.seen if s.overall and s.region not in own]:
        earlier = [t for t in told[:-1] if any(s.region == seen.region for s in t.seen)]
        of_it = [t for t in earlier if any(study.region == seen.region for study in t.studies)]
        earlier = of_it[-1:] if len(earlier) > 1 and of_it else earlier
        if len(earlier) == 1:
            last.seen.remove(seen)
            earlier[0].seen.append(seen)


def _from_report(reading: Reading, told: _Told) -> list[Finding]:
    # a report pasted into another note may stand in the chart itself too
    strength = Strength.PRIMARY if reading.is_report else Strength.FIRST_HAND
    out = [_study(reading, study, strength) for study in told.studies]
    when = told.studies[0].date if told.studies else reading.date
    return out + _facts(reading, group(told.seen, told.studies), told.studies, told.frame.modality, when, strength)


def _from_mention(
    reading: Reading, mention: Mention, aside: bool, strength: Strength = Strength.SUMMARY
) -> list[Finding]:
    """An aside of a report (a comparison study) makes a study of its own only with what was seen in it."""
    studies = mention.studies()
    out: list[Finding] = []
    is_aside = aside and reading.is_report
    if is_aside and not (mention.seen and studies):
        return out
    if mention.modality is not None:
        out += [_study(reading, study, strength) for study in studies]
    when = mention.date.value if mention.date else None
    groups = group(mention.seen, studies, two_readers(reading, mention.seen))
    return out + _facts(reading, groups, studies, mention.modality, when, strength)
