"""A rule in words: what it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chartproof.policy import operators as o
from chartproof.policy import operators_figures as of
from chartproof.policy import operators_order as oo
from chartproof.policy import operators_paper as op
from chartproof.policy import operators_present as opr
from chartproof.policy import rules as r
from chartproof.policy.where import both, either, say
from chartproof.policy.where import named as named_attribute


def words(rule: o.RuleBase, named: Mapping[str, o.RuleBase]) -> str:
    """What a rule asks for, in words; ``named`` are the policy's rules that ``see`` may lead to."""
    known = _said.get(id(rule))
    if known is not None:
        return known[1]
    said = rule.label or _by_operator(rule, named)
    said = f"{said} (not read in the policy: {rule.not_read})" if rule.not_read else said
    if not r.references(rule):
        if len(_said) >= _MOST_SAID:
            _said.clear()
        _said[id(rule)] = rule, said
    return said


# Rules that see no others say the same in every policy and for every case. The rule is kept with its words, so that
# no other one gets its id.
_said: dict[int, tuple[o.RuleBase, str]] = {}
_MOST_SAID = 20_000


def _by_operator(rule: o.RuleBase, named: Mapping[str, o.RuleBase]) -> str:
    match rule:
        case r.AllOf():
            return _all([words(part, named) for part in rule.all_of])
        case r.AnyOf():
            return _any([words(part, named) for part in rule.any_of])
        case r.AtLeast():
            return f"at least {rule.at_least.n} of: " + _listed([words(part, named) for part in rule.at_least.of])
        case r.Not():
            return f"not: {words(rule.not_, named)}"
        case r.NoneOf():
            return "none of: " + _listed([words(part, named) for part in rule.none_of])
        case r.Unless():
            return f"{words(rule.unless.required, named)}, unless {words(rule.unless.exception, named)}"
        case r.Conditional():
            choice = rule.conditional
            ways = [words(part, named) for part in (choice.if_, choice.then, choice.otherwise)]
            return f"if {ways[0]}: {ways[1]}; otherwise: {ways[2]}"
        case r.See():
            return words(named[rule.see], named)
        case o.CountEvents():
            return _count(rule.count_events)
        case o.EachEvent():
            asked_e = rule.each_event
            return f"for each {asked_e.name()} that counts, the {named_attribute(asked_e.attribute)} is documented"
        case o.LatestValue():
            asked = rule.latest_value
            return _figure("latest", asked.kind, f"at least {asked.min:g}", asked.unit)
        case opr.Present():
            return either(say(name) for name in rule.present.names()) + " present"
        case o.Exclusion():
            asked_not = [str(name) for name in (*rule.exclusion.conditions, *rule.exclusion.unlocated)]
            asked_not += [str(name) for sort in rule.exclusion.findings for name in sort.finding]
            return "no " + either(say(name) for name in dict.fromkeys(asked_not))
        case o.RequestIs():
            asked_r = rule.request
            wanted = asked_r.among if asked_r.among is not None else asked_r.not_in or []
            field = {"cpt": "CPT code", "laterality": "side"}.get(asked_r.field, asked_r.field)
            return f"requested {field}: {'' if asked_r.among is not None else 'not '}{either(wanted)}"
        case o.StudyExists():
            study = rule.imaging_study
            window = f", in the {study.within_days} days before the request" if study.within_days else ""
            return f"{either(map(say, study.modality))} that reports on the {say(study.speaks_of)}{window}"
        case o.ImagingShows():
            shown = rule.imaging_shows
            return f"imaging of the {either(map(say, shown.region))} shows {either(map(say, shown.finding))}"
        case o.PositiveTest():
            return f"{say(rule.positive_test.name).removesuffix(' test')} test positive"
        case o.PositiveTests():
            return (
                f"at least {rule.positive_tests.n} of these tests positive: {_list(map(say, rule.positive_tests.of))}"
            )
        case o.Tenderness():
            return f"tenderness of the {say(rule.tenderness.site)}"
        case o.NoOtherTenderness():
            return f"sites other than the {say(rule.no_other_tenderness.site)} examined and none of them tender"
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
            kind = either(map(say, course.type)) + (f" ({course.where.words()})" if course.where.tests else "")
            return f"{kind} for at least {course.min_weeks:g} weeks"
        case o.NicotineFree():
            asked_n = rule.nicotine_free
            free = f"free of it for {asked_n.free_days} days, or " if asked_n.free_days is not None else ""
            return (
                f"never a nicotine user, or {free}a lab report of the {asked_n.within_days} days before the request "
                f"with at most {asked_n.max_value:g} {asked_n.unit[0]}"
            )
        case _:
            return _more(rule)


def _more(rule: o.RuleBase) -> str:
    """The operators of order, figures and paper, in words."""
    match rule:
        case oo.AtMost():
            limit = rule.at_most
            per = "on this joint" if limit.per == "joint" else "sessions on either side"
            return f"at most {limit.max} {_sort(limit, limit.max)} in any {limit.days} days, {per}" + (
                ", the requested one counted" if limit.with_request else ""
            )
        case oo.PrecededBy():
            order = rule.preceded_by
            by = _sort(order.earlier())
            span = f" in the {order.max_days} days before" if order.max_days is not None else " before"
            return f"{by}{span} {'the request' if order.of_request else 'each ' + _sort(order)}"
        case oo.NoneAfterFailure():
            stop = rule.none_after_failure
            wanted = stop.where.words()
            return f"no further {stop.name()} after one without {wanted}"
        case oo.NewEpisode():
            return f"no {_sort(rule.new_episode)} in the {rule.new_episode.gap_days} days before the request"
        case oo.PerformedAlone():
            return "no other site injected in the same session"
        case of.Value():
            figure = rule.value
            when = f" before the {figure.before_event.name()}" if figure.before_event else ""
            when += f", {figure.within.words()}" if figure.within else ""
            return _figure(figure.select, figure.kind, figure.limits(), figure.unit, when)
        case of.LabIs():
            lab = rule.lab
            said = f"{either(map(say, lab.analyte))} {lab.limits()} {lab.unit}"
            said += f", {either(map(say, lab.source))}"
            said += "".join(f", {say(a)} in {' or '.join(say(s) for s in of_it)}" for a, of_it in lab.specimen.items())
            return said + (f", {lab.within.words()}" if lab.within else "")
        case of.SustainedRelief():
            relief = rule.sustained_relief
            how_long = f"{relief.for_days:g} days" if relief.for_days is not None else "the time the anesthetic works"
            return f"{_count(relief)}, at least {relief.min_percent:g}% relief for {how_long}"
        case of.RelievedByScores():
            change = rule.relief_by_scores
            scale = " on one scale" if change.same_scale else ""
            return f"{_count(change)}, {say(change.score)} lower by at least {change.min_percent:g}% afterwards{scale}"
        case of.Visits():
            seen = rule.visits
            said = f"{either(map(say, seen.type))}: at least {seen.min_visits} visits"
            said += f" over at least {seen.min_weeks:g} weeks" if seen.min_weeks is not None else ""
            said += f" over at most {seen.max_weeks:g} weeks" if seen.max_weeks is not None else ""
            return said + (f", {seen.within.words()}" if seen.within else "")
        case of.CareInPeriod():
            care = rule.care_in_period
            run = f" without a gap of more than {care.max_gap_days} days" if care.max_gap_days is not None else ""
            return f"care for at least {care.min_weeks:g} weeks{run}" + (
                f", {care.within.words()}" if care.within else ""
            )
        case op.Codes():
            return _codes(rule.codes)
        case op.Documented():
            paper = rule.documented
            said = ("each " if paper.every else "") + _sort(paper) + " documented"
            said += f" with {both(map(named_attribute, paper.states))}" if paper.states else ""
            said += f" in a note of type {either(map(say, paper.note_type))}" if paper.note_type else ""
            return said + (f", written by {paper.author}" if paper.author else "")
        case op.ByHand():
            return rule.by_hand.what
        case op.External():
            return f"to be judged by the payer: {rule.external.criteria}"
        case op.NeverCovered():
            return f"never covered: {rule.never_covered.why}"
        case _:
            return rule.OPERATOR


def _sort(sort: o.Events, number: int = 1) -> str:
    return _qualified(sort.name() + ("s" if number > 1 else ""), sort.where.words())


def _qualified(name: str, where: str) -> str:
    return f"{name} ({where})" if where else name


def _codes(asked: op.CodeList) -> str:
    said = []
    if asked.among is not None or asked.starts_with is not None:
        one_of = [*(asked.among or ()), *(f"{prefix}..." for prefix in asked.starts_with or ())]
        said.append(either(one_of))
    if asked.side_modifier is not None:
        said.append("with the modifier of the side")
    if asked.not_in is not None:
        said.append("not " + either(asked.not_in))
    said += [f"not {' and '.join(group)} together" for group in asked.not_together or ()]
    return f"{say(asked.system)} code: {'; '.join(said)}"


# What is asked for once reads better without a count: "home exercise, completed".
_UNCOUNTED = ("therapy", "medication", "conservative_care", "source_exclusion", "device", "condition")


def _count(count: o.EventCount) -> str:
    plain = count.n == 1 and count.kind in _UNCOUNTED
    said = count.name() if plain else f"at least {count.n} {count.name()}" + ("s" if count.n > 1 else "")
    if count.where.tests or count.where.any_of:
        said += f", each {count.where.words()}" if count.n > 1 else f", {count.where.words()}"
    if count.days_apart == 1:
        said += ", on separate dates"
    elif count.days_apart:
        said += f", at least {count.days_apart} days apart"
    said += f", with different {say(count.differ)}s" if count.differ else ""
    said += f", {count.within.words()}" if count.within else ""
    return said + (f", one of them with {count.require_any.words()}" if count.require_any else "")


def _figure(select: str, kind: str, limits: str, unit: str, when: str = "") -> str:
    """A figure and its limits: "pain for at least 6 months", "latest pain score at least 5/10"."""
    if kind == "pain_duration" and select == "latest":
        return f"pain for {limits}{unit}{when}"
    return f"{select} {say(kind)}{when} {limits}{unit}"


def _all(parts: list[str]) -> str:
    return _nested(parts, "and")


def _any(parts: list[str]) -> str:
    return _nested(parts, "or")


def _nested(parts: list[str], word: str) -> str:
    """Parts joined so that it stays clear what belongs together: "a and b", "a, b; and c", "(a; or b); and c"."""
    if len(parts) > 1 and not any(_is_long(part) for part in parts):
        return _joined_with(parts, word)
    return f"; {word} ".join(f"({part})" if "; " in part and len(parts) > 1 else part for part in parts)


def _joined_with(parts: list[str], word: str) -> str:
    return either(parts) if word == "or" else both(parts)


def _is_long(part: str) -> bool:
    """Whether a part holds commas or a connective, so that a plain list would blur where it ends."""
    return any(mark in part for mark in (", ", "; ", " and ", " or ", ": "))


def _listed(parts: list[str]) -> str:
    return "; ".join(parts) if any(_is_long(part) for part in parts) else ", ".join(parts)


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)
