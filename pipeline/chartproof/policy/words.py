"""A rule in words: what it asks for."""

from __future__ import annotations

from collections.abc import Mapping

from chartproof.policy import operators as o
from chartproof.policy import rules as r
from chartproof.policy.where import say


def words(rule: o.RuleBase, named: Mapping[str, o.RuleBase]) -> str:
    """What a rule asks for, in words; ``named`` are the policy's rules that ``see`` may lead to."""
    if rule.label:
        return rule.label
    match rule:
        case r.AllOf():
            return "all of: " + _list([words(part, named) for part in rule.all_of])
        case r.AnyOf():
            return "one of: " + _list([words(part, named) for part in rule.any_of])
        case r.AtLeast():
            return f"at least {rule.at_least.n} of: " + _list([words(part, named) for part in rule.at_least.of])
        case r.Not():
            return f"not: {words(rule.not_, named)}"
        case r.See():
            return words(named[rule.see], named)
        case o.CountEvents():
            return _count(rule.count_events)
        case o.EachEvent():
            return f"{say(rule.each_event.attribute)} documented for each {rule.each_event.name()} that qualifies"
        case o.LatestValue():
            asked = rule.latest_value
            return f"latest {say(asked.kind)} at least {asked.min:g}{asked.unit}"
        case o.Exclusion():
            asked_not = [str(name) for name in (*rule.exclusion.conditions, *rule.exclusion.unlocated)]
            asked_not += [str(name) for sort in rule.exclusion.findings for name in sort.finding]
            return "none present: " + _list([say(name) for name in dict.fromkeys(asked_not)])
        case o.RequestIs():
            return f"requested {rule.request.field}: {' or '.join(rule.request.among)}"
        case o.StudyExists():
            study = rule.imaging_study
            window = f" within {study.within_days} days" if study.within_days else ""
            return f"{' or '.join(say(m) for m in study.modality)} that reports on the {say(study.speaks_of)}{window}"
        case o.ImagingShows():
            shown = rule.imaging_shows
            return f"imaging of the {' or '.join(map(say, shown.region))} shows {' or '.join(map(say, shown.finding))}"
        case o.PositiveTest():
            return f"{say(rule.positive_test.name)} test positive"
        case o.PositiveTests():
            return f"at least {rule.positive_tests.n} positive of {_list([say(n) for n in rule.positive_tests.of])}"
        case o.Tenderness():
            return f"tenderness of the {say(rule.tenderness.site)}"
        case o.NoOtherTenderness():
            return f"other sites than the {say(rule.no_other_tenderness.site)} examined, and none tender"
        case o.PainPattern():
            asked_of = {
                "unilateral": "unilateral",
                "non_radiating": "not radiating",
                "at_joint": "below L5 or over the joint",
            }
            return "pain " + _list([asked_of[element] for element in rule.pain_pattern.elements])
        case o.CareDuration():
            return f"conservative care of at least {rule.care_duration.min_weeks:g} weeks"
        case o.CourseLength():
            course = rule.course_length
            kind = " or ".join(map(say, course.type)) + (f" ({course.where.words()})" if course.where.tests else "")
            return f"{kind} for at least {course.min_weeks:g} weeks"
        case o.NicotineFree():
            asked_n = rule.nicotine_free
            return (
                f"never a nicotine user, or free for {asked_n.free_days} days, or a lab report of the last "
                f"{asked_n.within_days} days with at most {asked_n.max_value:g} {asked_n.unit[0]}"
            )
        case _:
            return rule.OPERATOR


def _count(count: o.EventCount) -> str:
    said = f"at least {count.n} {count.name()}" + ("s" if count.n > 1 else "")
    if count.where.tests or count.where.any_of:
        said += f"{', each' if count.n > 1 else ':'} {count.where.words()}"
    if count.days_apart == 1:
        said += ", on separate dates"
    elif count.days_apart:
        said += f", at least {count.days_apart} days apart"
    return said + (f", one of them with {count.require_any.words()}" if count.require_any else "")


def _list(items: list[str]) -> str:
    return ", ".join(items)
