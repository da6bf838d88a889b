"""Comparing facts: equality of values, pairing, and the counts that precision and recall are made of."""

from datetime import date
from itertools import permutations
from random import Random

import pytest

from chartproof.evaluate.compare import (
    ComparableFact,
    Pair,
    Quote,
    best_assignment,
    normal_attributes,
    pair_facts,
    same_value,
    score,
)


def fact(kind: str, *quotes: Quote, **attributes) -> ComparableFact:
    return ComparableFact(kind, normal_attributes({"kind": kind, **attributes}), quotes)


def counts(gold: list[ComparableFact], output: list[ComparableFact]) -> tuple[int, int, int]:
    total = score(pair_facts(gold, output))
    return total.true_positives, total.false_positives, total.false_negatives


@pytest.mark.parametrize(
    ("gold", "output"),
    [
        (100, 110),
        (100, 90),
        (13, 13.0),
        (0, 0),
        ([80, 90], [80.0, 90.0]),
        ([75, 75], [71.4, 71.4]),
        ([0, 50], [0, 49]),
        (["buttock", "groin"], ["groin", "buttock"]),
        (["rt"], ["rt"]),
        ("2025-03", "2025-03"),
        (True, True),
    ],
)
def test_same_values(gold, output):
    assert same_value(gold, output)


@pytest.mark.parametrize(
    ("gold", "output"),
    [
        (100, 111),
        (100, 89),
        (0, 0.1),
        (1, True),
        (0, False),
        ([80, 90], [80, 100]),
        ([80, 80], [80]),
        ([0, 0], [0, 50]),
        (["buttock"], ["buttock", "groin"]),
        ("2025-03", "2025-03-04"),
        (True, False),
        ("7", 7),
        ("left", "bilateral"),
    ],
)
def test_different_values(gold, output):
    assert not same_value(gold, output)


def test_normal_form_of_yaml_values():
    told = {
        "kind": "injection",
        "date": date(2025, 3, 4),
        "anesthetic": " Bupivacaine ",
        "steroid": None,
        "relief_percent": (80, 90),
        "evidence": [{"note": "x", "quote": "y"}],
    }
    assert normal_attributes(told) == {"date": "2025-03-04", "anesthetic": "bupivacaine", "relief_percent": [80, 90]}
    assert normal_attributes({"kind": "medication", "start": 2024, "end": "2025-06"}) == {
        "start": "2024",
        "end": "2025-06",
    }
    assert normal_attributes({"kind": "code", "value": 27279, "modifiers": ["RT", 50]}) == {
        "value": "27279",
        "modifiers": ["rt", "50"],
    }
    assert normal_attributes({"kind": "pain_pattern", "site": [], "radiating": False}) == {"radiating": False}


def test_equal_facts_count_every_attribute_once():
    one = fact("injection", target="si_joint", status="performed", date="2025-03-04", contrast=True)
    assert counts([one], [one]) == (4, 0, 0)


def test_missing_spurious_and_different_attributes():
    gold = fact("injection", target="si_joint", status="performed", laterality="right", relief_percent=[80, 80])
    output = fact("injection", target="si_joint", status="performed", laterality="left", guidance="ct")
    # target and status agree; laterality differs (both FP and FN); relief is missed; guidance is spurious
    assert counts([gold], [output]) == (2, 2, 2)


def test_unpaired_facts_count_with_all_their_attributes():
    gold = fact("therapy", type="physical_therapy", sessions=9, status="completed")
    output = fact("therapy", type="massage", status="completed")
    assert counts([gold], [output]) == (0, 2, 3)


def test_a_pair_agrees_on_status_and_target_but_not_on_date_or_side():
    gold = fact("injection", target="si_joint", status="performed", date="2025-03-04", laterality="left")
    assert counts(
        [gold], [fact("injection", target="si_joint", status="planned", date="2025-03-04", laterality="left")]
    ) == (0, 4, 4)
    assert counts(
        [gold], [fact("injection", target="hip_joint", status="performed", date="2025-03-04", laterality="left")]
    ) == (0, 4, 4)
    assert counts(
        [gold], [fact("injection", target="si_joint", status="performed", date="2024", laterality="right")]
    ) == (2, 2, 2)


def test_facts_of_different_kinds_never_pair():
    gold = fact("condition", name="infection", presence="absent")
    output = fact("implant_complication", name="infection", presence="absent")
    assert counts([gold], [output]) == (0, 2, 2)


def test_pairing_takes_the_highest_sum_not_the_first_best_pair():
    # Taking the first best pair (g1-o1, 3 agree) leaves g2-o2 with 2: a sum of 5. Crosswise, 3 + 3 agree.
    g1 = fact("pain_pattern", date="2025-01-01", laterality="left", radiating=True)
    g2 = fact("pain_pattern", date="2025-01-01", laterality="left", below_l5=True)
    o1 = fact("pain_pattern", date="2025-01-01", laterality="left", radiating=True, below_l5=True)
    o2 = fact("pain_pattern", date="2025-01-01", laterality="left", radiating=True)
    pairs = pair_facts([g1, g2], [o1, o2])
    assert [(pair.gold, pair.output) for pair in pairs] == [(g1, o2), (g2, o1)]
    assert counts([g1, g2], [o1, o2]) == (6, 1, 0)


def test_one_output_fact_does_not_answer_two_gold_facts():
    sides = [
        fact("provocative_test", name="faber", laterality=side, date="2025-01-01", result="positive")
        for side in ("left", "right")
    ]
    assert counts(sides, sides[:1]) == (4, 0, 4)
    assert counts(sides[:1], sides) == (4, 4, 0)
    assert counts(sides[:1], sides[:1] * 2) == (4, 4, 0)  # the same fact twice: the second is spurious


def test_facts_that_agree_in_nothing_pair_only_over_the_same_words():
    here, there = Quote("n", "a year", ((0, 6),)), Quote("n", "two years", ((20, 29),))
    gold = fact("pain_duration", here, months=12)
    apart = pair_facts([gold], [fact("pain_duration", there, months=24)])
    assert sorted((pair.gold is None, pair.output is None) for pair in apart) == [(False, True), (True, False)]
    together = pair_facts([gold], [fact("pain_duration", here, months=24)])
    assert [(pair.different, pair.missed, pair.spurious) for pair in together] == [(["months"], [], [])]
    for pairs in (apart, together):
        total = score(pairs)
        assert (total.true_positives, total.false_positives, total.false_negatives) == (0, 1, 1)
        assert total.evidence_pairs == 0  # nothing agreed, so there is nothing to prove


def test_evidence_decides_between_pairs_that_agree_equally():
    first, second = Quote("a", "x", ((0, 1),)), Quote("b", "x", ((0, 1),))
    gold = [
        fact("condition", first, name="gout", presence="present"),
        fact("condition", second, name="gout", presence="present"),
    ]
    output = [
        fact("condition", second, name="gout", presence="present"),
        fact("condition", first, name="gout", presence="present"),
    ]
    total = score(pair_facts(gold, output))
    assert (total.evidence_right, total.evidence_pairs) == (2, 2)


def test_evidence_is_right_where_a_span_overlaps_any_place_of_a_gold_quote():
    gold = fact("condition", Quote("a", "gout", ((10, 14), (90, 94))), name="gout", presence="present")

    def share(*quotes: Quote) -> float | None:
        return score(pair_facts([gold], [fact("condition", *quotes, name="gout", presence="absent")])).evidence

    assert share(Quote("a", "gout", ((90, 94),))) == 1.0
    assert share(Quote("a", "history of gout", ((79, 94),))) == 1.0
    assert share(Quote("a", "nothing", ((14, 21),))) == 0.0  # begins where the quote ends
    assert share(Quote("b", "gout", ((10, 14),))) == 0.0  # another note
    assert share() == 0.0


def test_ratios():
    gold = [fact("lab", analyte="cotinine", value=3, unit="ng/ml"), fact("lab", analyte="nicotine", value=1)]
    output = [fact("lab", analyte="cotinine", value=3, specimen="urine")]
    total = score(pair_facts(gold, output))
    assert (total.true_positives, total.false_positives, total.false_negatives) == (2, 1, 3)
    assert total.precision == pytest.approx(2 / 3)
    assert total.recall == pytest.approx(2 / 5)
    assert total.f1 == pytest.approx(4 / 8)
    assert (total.gold_facts, total.output_facts, total.paired, total.exact) == (2, 1, 1, 0)


def test_ratios_of_nothing_are_none():
    total = score([])
    assert (total.precision, total.recall, total.f1, total.evidence) == (None, None, None, None)
    spurious = score([Pair(None, fact("pain_duration", months=3))])
    assert (spurious.precision, spurious.recall, spurious.f1) == (0.0, None, 0.0)


def test_assignment_equals_the_best_of_all():
    random = Random(7)
    for _ in range(200):
        rows, columns = random.randint(1, 5), random.randint(1, 5)
        weights = [[random.randint(0, 9) for _ in range(columns)] for _ in range(rows)]
        chosen = best_assignment(weights)
        given = [column for column in chosen if column is not None]
        assert len(given) == len(set(given)) == min(rows, columns)
        if rows <= columns:
            best = max(sum(weights[r][c] for r, c in enumerate(way)) for way in permutations(range(columns), rows))
        else:
            best = max(sum(weights[r][c] for c, r in enumerate(way)) for way in permutations(range(rows), columns))
        assert sum(weights[row][column] for row, column in enumerate(chosen) if column is not None) == best


def test_assignment_of_nothing():
    assert best_assignment([]) == []
    assert best_assignment([[], []]) == [None, None]
