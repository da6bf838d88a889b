"""A batch over the stand-ins in processes of its own: what the fault tests start, kill and look at.

python -m batch_of_stand_ins INPUT OUT WORKERS [NOTE_SECONDS]
"""

import signal
import sys
from datetime import date
from pathlib import Path

import pytest

import stand_ins
from chartproof.batch import ChartProcess, Limits, Options, run_batch


def process(options: Options) -> ChartProcess:
    """The chart process over the stand-ins; called in each worker."""
    stand_ins.install(pytest.MonkeyPatch())
    return ChartProcess(options)


def run(source: Path, out: Path, workers: int, **named):
    return run_batch(source, out, workers=workers, process=process, nlp_date=date(2025, 6, 1), **named)


if __name__ == "__main__":
    from batch_of_stand_ins import run as run_it  # so that workers find `process` by this module's name

    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 60
    summary = run_it(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), limits=Limits(note=seconds))
    print(summary.manifest["counts"]["cases"])
