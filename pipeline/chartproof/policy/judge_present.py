"""Judge of what must be there: disorders, imaging findings, implant complications."""

from __future__ import annotations

from chartproof.model import facts as f
from chartproof.model.vocab import FindingName, Presence, Reason
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, not_met, turned, undocumented, unique, unsure
from chartproof.policy.judge_events import findings_told, presence_told
from chartproof.policy.kleene import MET, UNSURE
from chartproof.policy.operators_present import Asked, Present
from chartproof.policy.reading import Reading
from chartproof.policy.where import say


def present(rule: Present, reading: Reading) -> Answer:
    """One of the things named is there; see ``Present``."""
    by_name = _told(rule.present, reading)
    told = [answer for answers in by_name.values() for answer in answers]
    shown = [answer for answer in told if answer.status == MET]
    open_ = [answer for answer in told if answer.status == UNSURE]
    for answers, status in ((shown, MET), (open_, UNSURE)):
        if answers:
            conflict = status == UNSURE and any(a.reason == Reason.CONFLICTING for a in answers)
            facts = unique(fact for a in answers for fact in a.facts)
            found = "; ".join(dict.fromkeys(a.found for a in answers))
            one = turned(answers[0], status)
            reason = Reason.CONFLICTING if conflict else one.reason
            return Answer(status, reason, found, tuple(facts), kinds=answers[0].kinds)
    facts = unique(fact for a in told for fact in a.facts)
    silent = [say(name) for name, answers in by_name.items() if not answers]
    found = "; ".join(dict.fromkeys(a.found for a in told))
    kind = _kind(rule.present)
    if not silent:
        return not_met(found, facts, kind)
    if not told:
        return undocumented(" or ".join(silent), kind)
    return unsure(f"{found}; not documented: {', '.join(silent)}", facts, kind)


def _told(asked: Asked, reading: Reading) -> dict[str, list[Answer]]:
    """For each name asked for what the chart tells of it, met where it is present; nothing told: an empty list."""
    answers: dict[str, list[Answer]] = {name: [] for name in asked.names()}
    for name in asked.conditions:
        told = reading.latest(c for c in reading.facts(f.Condition) if c.name == name)
        if told:
            answers[name].append(_is_there(presence_told(told, say(name), "condition")))
    for complication in asked.complications:
        seen = reading.latest(c for c in reading.facts(f.ImplantComplication) if c.name == complication)
        if seen:
            answers[complication].append(_is_there(presence_told(seen, say(complication), "implant_complication")))
    for sort in asked.findings:
        for finding in sort.finding:
            one = sort.model_copy(update={"finding": [finding]})
            found = [_is_there(answer) for answer in findings_told(one, asked.within_days, reading)]
            normal = [
                x
                for x in reading.facts(f.ImagingFinding)
                if x.finding == FindingName.NORMAL and x.presence == Presence.PRESENT and x.region in sort.region
            ]
            if not found and normal:
                regions = " and ".join(dict.fromkeys(say(x.region) for x in normal))
                found = [not_met(f"{regions} called normal", normal, "imaging_finding")]
            answers[finding] += found
    return answers


def _is_there(absence: Answer) -> Answer:
    """The answer of an exclusion turned round."""
    return turned(absence, kleene.negation(absence.status))


def _kind(asked: Asked) -> str:
    if asked.conditions:
        return "condition"
    return "imaging_finding" if asked.findings else "implant_complication"
