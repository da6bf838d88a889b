"""Knowing more: filling in what the chart left open settles an answer, and never turns met to unsure or to not met."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_operators import judge

INJECTION = {
    "guidance": ["fluoroscopy", "ct", "ultrasound", "none"],
    "contrast": [True, False],
    "route": ["intra_articular", "peri_articular"],
    "purpose": ["diagnostic", "therapeutic", "both"],
    "steroid": ["none", "triamcinolone"],
    "relief_percent": [[60, 60], [74, 74], [75, 75], [80, 80]],
    "relief_days": [1, 30, 90, 200],
    "concurrent": [True, False],
}
DAYS = ["2024-06-30", "2024-07-01", "2025-01-05", "2025-01-18", "2025-01-19", "2025-06-01"]

RULES: list[dict[str, Any]] = [
    {
        "count_events": {
            "kind": "injection",
            "of": {"target": "si_joint"},
            "where": {"guidance": ["fluoroscopy", "ct"], "contrast": True, "relief_percent": {"min": 75}},
            "n": 2,
            "days_apart": 14,
            "within": 365,
        }
    },
    {
        "count_events": {
            "kind": "injection",
            "of": {"target": "si_joint", "purpose": ["diagnostic", "both"]},
            "where": {"any_of": [{"relief_percent": {"below": 75}}, {"relief_days": {"below": 90}}]},
            "require_any": {"steroid": {"not_in": ["none"]}},
        }
    },
    {
        "sustained_relief": {
            "kind": "injection",
            "of": {"target": "si_joint"},
            "min_percent": 75,
            "for_days": 90,
        }
    },
    {
        "at_most": {
            "kind": "injection",
            "of": {"target": "si_joint", "status": "performed"},
            "where": {"purpose": ["therapeutic", "both"]},
            "max": 2,
            "days": 365,
            "per": "joint",
        }
    },
    {
        "none_after_failure": {
            "kind": "injection",
            "of": {"target": "si_joint"},
            "where": {"relief_percent": {"min": 75}},
        }
    },
    {
        "preceded_by": {
            "kind": "injection",
            "of_request": True,
            "by": {"of": {"target": "si_joint"}, "where": {"relief_percent": {"min": 75}, "guidance": ["ct"]}},
        }
    },
    {"performed_alone": {"of": {"target": "si_joint"}, "silence": "unsure"}},
    {
        "conditional": {
            "if": {"count_events": {"kind": "injection", "where": {"purpose": "diagnostic"}}},
            "then": {"count_events": {"kind": "injection", "where": {"contrast": True}}},
            "else": {"count_events": {"kind": "injection", "where": {"relief_percent": {"min": 75}}}},
        }
    },
]


@st.composite
def told_and_more(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Injections with some attributes unstated, and the same with some of them filled in."""
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
    told, more = [], []
    for day in days:
        full = {name: draw(st.sampled_from(values)) for name, values in INJECTION.items()}
        known = draw(st.sets(st.sampled_from(sorted(INJECTION))))
        added = draw(st.sets(st.sampled_from(sorted(INJECTION))))
        base = {"kind": "injection", "target": "si_joint", "status": "performed", "laterality": "right", "date": day}
        told.append(base | {name: full[name] for name in sorted(known)})
        more.append(base | {name: full[name] for name in sorted(known | added)})
    return told, more


def _status(rule: dict[str, Any], facts: list[dict[str, Any]]) -> str:
    return str(judge(rule, [json.dumps(fact)[1:-1] for fact in facts]).status)


@settings(max_examples=60, deadline=None)
@given(told_and_more(), st.sampled_from(range(len(RULES))))
def test_filling_in_attributes_never_unsettles(
    facts: tuple[list[dict[str, Any]], list[dict[str, Any]]], which: int
) -> None:
    before, after = (_status(RULES[which], some) for some in facts)
    assert before == "unsure" or after == before


@settings(max_examples=40, deadline=None)
@given(told_and_more(), told_and_more())
def test_another_event_never_takes_away_a_count(
    one: tuple[list[dict[str, Any]], Any], other: tuple[list[dict[str, Any]], Any]
) -> None:
    """More events, on other days, leave a count that is met met."""
    days = {fact["date"] for fact in one[0]}
    more = [*one[0], *(fact for fact in other[0] if fact["date"] not in days)]
    for rule in RULES[:3]:
        if _status(rule, one[0]) == "met":
            assert _status(rule, more) == "met"
