"""Judges of imaging: which studies there are, and what they show."""

from __future__ import annotations

from chartproof.model import facts as f
from chartproof.model.vocab import FindingName, Laterality, Presence, Reason
from chartproof.policy.answer import Answer, met, not_met, undocumented, unsure
from chartproof.policy.kleene import MET, NOT_MET
from chartproof.policy.operators import ImagingShows, StudyExists
from chartproof.policy.reading import Reading
from chartproof.policy.where import say


def imaging_study(rule: StudyExists, reading: Reading) -> Answer:
    """A study that speaks of a region, in the window; see ``StudyExists``."""
    asked = rule.imaging_study
    good: list[tuple[f.ImagingStudy, str]] = []
    doubtful: list[tuple[f.ImagingStudy, str]] = []
    old: list[tuple[f.ImagingStudy, str]] = []
    for study in reading.facts(f.ImagingStudy):
        if study.modality not in asked.modality or study.region not in asked.region:
            continue
        name = f"{say(study.modality)} of {say(study.region)} {study.date or 'of unknown date'}"
        speaks = _speaks_of(study, asked.speaks_of, reading)
        window = reading.within(study.date, asked.within_days)
        if window == NOT_MET:
            # Only a study of the region itself can be an old study of it.
            if speaks or study.region == asked.speaks_of:
                old.append((study, f"{name}: older than {asked.within_days} days"))
        elif not speaks:
            doubtful.append((study, f"{name}: nothing reported on the {say(asked.speaks_of)}"))
        elif window == MET:
            good.append((study, name))
        else:
            doubtful.append((study, f"{name}: may lie outside the {asked.within_days} days"))
    for found, make in ((good, met), (doubtful, unsure)):
        if found:
            return make("; ".join(text for _, text in found), [study for study, _ in found], "imaging_study")
    if old:
        text = "; ".join(text for _, text in old)
        return not_met(text, [study for study, _ in old], "imaging_study", Reason.STALE)
    return undocumented(f"{' or '.join(say(m) for m in asked.modality)} of {say(asked.speaks_of)}", "imaging_study")


def imaging_shows(rule: ImagingShows, reading: Reading) -> Answer:
    """Imaging shows one of the findings; see ``ImagingShows``."""
    asked = rule.imaging_shows
    facts = [
        fact
        for fact in reading.facts(f.ImagingFinding)
        if fact.region in asked.region and reading.within(fact.date, asked.within_days) == MET
    ]
    shown: list[f.ImagingFinding] = []
    possible: list[f.ImagingFinding] = []
    conflicting: list[f.ImagingFinding] = []
    for finding in asked.finding:
        latest = reading.latest(fact for fact in facts if fact.finding == finding)
        present = [fact for fact in latest if fact.presence == Presence.PRESENT]
        absent = [fact for fact in latest if fact.presence == Presence.ABSENT]
        clash = [(p, a) for p in present for a in absent if p.modality == a.modality and p.laterality == a.laterality]
        if clash:
            conflicting += present + absent
        else:
            shown += present
        possible += [fact for fact in latest if fact.presence == Presence.POSSIBLE]
    normal = [fact for fact in facts if fact.finding == FindingName.NORMAL and fact.presence == Presence.PRESENT]
    if shown and _all_later(normal, shown, reading):
        text = f"{_say(shown)}; later called normal: {_say(normal)}"
        return unsure(text, [*shown, *normal], "imaging_finding", Reason.CONFLICTING)
    if shown and all(any(_same_study(fact, other) for other in normal) for fact in shown):
        text = f"{_say(shown)}; the same study is also called normal: {_say(normal)}"
        return unsure(text, [*shown, *normal], "imaging_finding", Reason.CONFLICTING)
    if shown:
        return met(_say(shown), shown, "imaging_finding")
    if conflicting:
        return unsure(
            "told as present and as absent: " + _say(conflicting), conflicting, "imaging_finding", Reason.CONFLICTING
        )
    if possible:
        return unsure("only possible: " + _say(possible), possible, "imaging_finding")
    if normal:
        return not_met(_say(normal), normal, "imaging_finding")
    if facts:
        return unsure("imaged; none of these findings, and not called normal", facts, "imaging_finding")
    return undocumented("imaging findings of " + " or ".join(say(r) for r in asked.region), "imaging_finding")


def _speaks_of(study: f.ImagingStudy, region: str, reading: Reading) -> bool:
    """True where a finding of the region, on the side that counts, is told from this study."""
    for finding in reading.facts(f.ImagingFinding):
        if finding.region != region or finding.modality not in (None, study.modality):
            continue
        if finding.date == study.date or (finding.date and study.date and finding.date.could_equal(study.date)):
            return True
    return False


def _all_later(normal: list[f.ImagingFinding], shown: list[f.ImagingFinding], reading: Reading) -> bool:
    """True where a study later than every one that shows something calls the joint normal."""
    normal_days, shown_days = reading.days(normal), reading.days(shown)
    return bool(normal_days and shown_days) and normal_days[-1].first > shown_days[-1].last


def _same_study(shown: f.ImagingFinding, normal: f.ImagingFinding) -> bool:
    """True where two readings are of one study and one side: a surgeon's against the radiologist's."""
    one_side = normal.laterality in (None, Laterality.BILATERAL, shown.laterality)
    return shown.modality == normal.modality and shown.date == normal.date and one_side


def _say(findings: list[f.ImagingFinding]) -> str:
    said = []
    for fact in findings:
        words = (fact.severity, fact.laterality, fact.finding, "of", fact.region, "on", fact.modality, fact.date)
        said.append(
            " ".join(say(word) for word in words if word is not None and not (word == "on" and not fact.modality))
        )
    return "; ".join(said)
