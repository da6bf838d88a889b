"""The work on a note grows with its length and no faster, whatever is repeated in it.

CPU time of a text and of one four times as long, measured one after the other; a quadratic step would cost sixteen
times as much, and what is allowed leaves room for a busy machine.
"""

import random
import time
from datetime import date

import pytest

from chartproof.model import Chart, Note, Request
from chartproof.pipeline import Pipeline

SHORT, TIMES, MOST = 2_000, 4, 9
UNITS = [
    "injection ",
    "7/10 pain, ",
    "no pain but ",
    "3/4/2025 to 5/6/2025, ",
    "FABER positive on the right, ",
    "[ ] FABER [x] Gaenslen\n",
    "[ ] (",
    "x",
    ": ",
    "\n",
    "one hundred and ",
    "L5-S1 fusion in 2019; ",
    "tender over the left PSIS. ",
    "tried PT for 6 weeks and ibuprofen, ",
    "MRI of the pelvis showed no ",
]
WORDS = "pain left right SI joint injection 80% relief for 6 weeks , . ; ( ) / - \n no not FABER + tender over PSIS 7/10 3/4/2025 MRI showed fusion smoker denies and [ ] [x] : L5".split(" ")  # fmt: skip


def _chart(text: str, kind: str = "other") -> Chart:
    note = Note(id="n.txt", date=date(2025, 5, 1), type=kind, text=text)
    return Chart(chart_id="length", request=Request(request_date=date(2025, 6, 1)), notes=[note])


def _repeated(unit: str, characters: int) -> str:
    return (unit * (characters // len(unit) + 1))[:characters]


def _ratio(unit: str, kind: str = "other") -> float:
    """How many times the CPU time of a text one TIMES as long takes; the lesser of two measurements."""
    pipeline = Pipeline()
    pipeline.case(_chart(unit, kind))  # what is built on first use
    short, long = _chart(_repeated(unit, SHORT), kind), _chart(_repeated(unit, SHORT * TIMES), kind)
    least = []
    for chart in (short, long):
        spent = []
        for _ in range(2):
            before = time.process_time()
            pipeline.case(chart)
            spent.append(time.process_time() - before)
        least.append(min(spent))
    return least[1] / max(least[0], 0.005)


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_repeated_words(unit):
    assert _ratio(unit) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["procedure", "letter", "pt", "imaging"])
@pytest.mark.parametrize(
    "unit", ["7/10 pain, ", "We injected the left SI joint; 80% relief. ", "Seen 3/4/2025: pain 6. PT visit 4 of 12.\n"]
)
def test_repeated_words_of_other_documents(unit, kind):
    assert _ratio(unit, kind) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_repeated_phrases_made_up_at_random(seed):
    chance = random.Random(seed)
    unit = " ".join(chance.choice(WORDS) for _ in range(chance.randint(2, 9))) + chance.choice([" ", "\n", ". "])
    assert _ratio(unit) < MOST, unit
