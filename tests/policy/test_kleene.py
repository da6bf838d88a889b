"""The laws of strong Kleene logic."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth, all_of, any_of, at_least, negation

truth = st.sampled_from([MET, NOT_MET, UNSURE])
truths = st.lists(truth, max_size=6)


def _worlds(values: list[Truth]) -> list[list[Truth]]:
    """Every way in which the unsure values may turn out."""
    return [list(world) for world in product(*([v] if v != UNSURE else [MET, NOT_MET] for v in values))]


def test_tables() -> None:
    assert [[all_of([a, b]) for b in (MET, UNSURE, NOT_MET)] for a in (MET, UNSURE, NOT_MET)] == [
        [MET, UNSURE, NOT_MET],
        [UNSURE, UNSURE, NOT_MET],
        [NOT_MET, NOT_MET, NOT_MET],
    ]
    assert [[any_of([a, b]) for b in (MET, UNSURE, NOT_MET)] for a in (MET, UNSURE, NOT_MET)] == [
        [MET, MET, MET],
        [MET, UNSURE, UNSURE],
        [MET, UNSURE, NOT_MET],
    ]
    assert [negation(v) for v in (MET, UNSURE, NOT_MET)] == [NOT_MET, UNSURE, MET]


def test_of_no_values() -> None:
    assert all_of([]) == MET
    assert any_of([]) == NOT_MET


@given(truth)
def test_double_negation(value: Truth) -> None:
    assert negation(negation(value)) == value


@given(truths)
def test_de_morgan(values: list[Truth]) -> None:
    assert negation(all_of(values)) == any_of(negation(v) for v in values)
    assert negation(any_of(values)) == all_of(negation(v) for v in values)


@given(truths, st.randoms())
def test_order_does_not_matter(values: list[Truth], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert all_of(shuffled) == all_of(values)
    assert any_of(shuffled) == any_of(values)


@given(truths, truths)
def test_grouping_does_not_matter(left: list[Truth], right: list[Truth]) -> None:
    assert all_of([all_of(left), all_of(right)]) == all_of(left + right)
    assert any_of([any_of(left), any_of(right)]) == any_of(left + right)


@given(truth, truth, truth)
def test_distribution(a: Truth, b: Truth, c: Truth) -> None:
    assert all_of([a, any_of([b, c])]) == any_of([all_of([a, b]), all_of([a, c])])
    assert any_of([a, all_of([b, c])]) == all_of([any_of([a, b]), any_of([a, c])])


@given(st.integers(0, 7), truths)
def test_at_least_is_sure_exactly_where_every_world_agrees(n: int, values: list[Truth]) -> None:
    outcomes = {world.count(MET) >= n for world in _worlds(values)}
    expected = UNSURE if len(outcomes) == 2 else MET if outcomes == {True} else NOT_MET
    assert at_least(n, values) == expected


@given(truths, st.data())
def test_learning_more_never_turns_a_sure_answer(values: list[Truth], data: st.DataObject) -> None:
    """Monotone in knowledge: settling an unsure part can settle the whole, never reverse it."""
    world = data.draw(st.sampled_from(_worlds(values)))
    for operator in (all_of, any_of):
        if operator(values) != UNSURE:
            assert operator(world) == operator(values)
