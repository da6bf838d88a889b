"""What each step towards speed bought: ``python -m benchmarks.steps``.

Each commit is laid out in a folder of its own and reads the same notes in a process of its own, chart by chart in turn
with tokenising alone, in CPU time. Figures are times of tokenising alone: medians over the repetitions.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks.corpus import REAL_NOTES, REPO

STEPS = (
    ("400a0f2", "before"),
    ("4484ba9", "alternatives of a regex without a word near their beginning are looked for by themselves"),
    ("322f327", "totals of care only where care, or a length of time and treatments, are named"),
    ("5e047c4", "rules are put into words once; standing text is looked for at the beginning of a line alone"),
    ("6b6bc6a", "criteria of which a case says nothing take the answer given before"),
    ("a6b1adc", "Docs for phrases only where a phrase stands; alternatives between word boundaries"),
    ("797b42f", "operations elsewhere ask for their date first; with the readings added meanwhile"),
    ("12ce5b9", "one pass for all regexes, of those that are asked about texts; rare words"),
    ("HEAD", "what may stand before a word; vocabularies by window; long regexes by their first character"),
)
"""Commit and what it brought."""

_MEASURE = """
import json, sys
from pathlib import Path
from benchmarks import corpus, subjects
from benchmarks.measure import interleaved
notes, repetitions, real = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
compared = {"whole": subjects.whole_job(), "tokens": subjects.tokenising()}
all_real = corpus.real_charts(real)
corpora = {"real": all_real[:: max(1, len(all_real) // notes)][:notes], "dev": list(corpus.varied_charts(notes))}
out = {}
for name, charts in corpora.items():
    if charts:
        timed = interleaved(compared, charts, repetitions)
        out[name] = [a / b for a, b in zip(timed["whole"].seconds, timed["tokens"].seconds)]
print(json.dumps(out))
"""


def lay_out(commit: str, folder: Path) -> None:
    """Put the files of a commit into a folder.

    Raises:
        subprocess.CalledProcessError: there is no such commit here.
    """
    packed = subprocess.run(["git", "-C", str(REPO), "archive", commit], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def measure(folder: Path, notes: int, repetitions: int) -> dict[str, list[float]]:
    """For each corpus and repetition how many times as long as tokenising alone the whole job of that folder takes."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(notes), str(repetitions), str(REAL_NOTES)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "pipeline"), str(folder)])},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=80, help="of each corpus")
    parser.add_argument("--repetitions", type=int, default=2)
    options = parser.parse_args()
    print("| step | real notes | dev notes |\n|---|--:|--:|")
    for commit, brought in STEPS:
        with tempfile.TemporaryDirectory() as made:
            lay_out(commit, Path(made))
            told = measure(Path(made), options.notes, options.repetitions)
        cells = [f"{statistics.median(told[name]):.1f}" if name in told else "-" for name in ("real", "dev")]
        print(f"| {brought} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
