"""How time and memory grow: with the length of a note, the number of rules, of notes, and of workers."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
import yaml

from benchmarks.corpus import dev_charts, one_note, texts_of_length, varied_charts
from benchmarks.measure import interleaved
from chartproof.data import data_folder
from chartproof.model import Chart
from chartproof.pipeline import Pipeline

LENGTHS = (1_000, 10_000, 100_000, 2_000_000)  # characters
_SHORTEST = 20_000  # characters read of each kind
_LONGEST_TRY = 200.0  # seconds that a text may take, by the time a kB of the next shorter one


def length(longest: int) -> dict[str, dict[int, float]]:
    """Milliseconds a kB of one note of each kind and length up to ``longest`` characters.

    What is sure to take more than minutes is left out.
    """
    pipeline = Pipeline()
    out: dict[str, dict[int, float]] = {}
    for characters in (n for n in LENGTHS if n <= longest):
        # of one that is short so many that all lengths read about the same words
        for name, text in texts_of_length(max(characters, _SHORTEST)).items():
            charts = [one_note("length", text[at : at + characters]) for at in range(0, len(text), characters)]
            shorter = list(out.get(name, {}).values())
            if shorter and shorter[-1] * characters / 1e6 > _LONGEST_TRY:
                continue
            if characters < _SHORTEST:
                pipeline.case(charts[0])
            before = time.process_time()
            for chart in charts:
                pipeline.case(chart)
            spent = time.process_time() - before
            out.setdefault(name, {})[characters] = 1000 * spent / (len(text) / 1000)
    return out


def rules(times: int, notes: int, repetitions: int) -> float:
    """Time with so many times the rules, as a multiple of the time with ours.

    The added rules are ours with every word spelt so that no note holds it, as are most rules for most notes.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "patterns"
        shutil.copytree(data_folder("patterns", None), copy)
        for file in sorted(copy.glob("*.yaml")):
            content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            vocabulary = content.get("vocabulary") or {}
            more = {
                f"{name}_{n}": {f"v{i}": [f"\\bzq{n}{name}{i}\\w*"] for i, _ in enumerate(values)}
                for n in range(1, times)
                for name, values in vocabulary.items()
            }
            (copy / f"more_{file.name}").write_text(yaml.safe_dump({"vocabulary": more}), encoding="utf-8")
        subjects = {"ours": Pipeline().case, "more": Pipeline(copy).case}
        timings = interleaved(subjects, list(varied_charts(notes)), repetitions)
    return statistics.median(b / a for a, b in zip(timings["ours"].seconds, timings["more"].seconds, strict=True))


def memory(notes: int) -> tuple[float, float]:
    """Resident memory in MB after a tenth of the notes, and after all of them."""
    pipeline, process = Pipeline(), psutil.Process()
    early, done = 0.0, 0
    for chart in varied_charts(notes):
        pipeline.case(chart)
        done += len(chart.notes)
        if not early and done >= notes / 10:
            early = process.memory_info().rss / 1e6
    return early, process.memory_info().rss / 1e6


_pipeline: Pipeline | None = None


def _start() -> None:
    global _pipeline
    _pipeline = Pipeline()


def _work(chart: Chart) -> int:
    assert _pipeline is not None
    return len(_pipeline.case(chart).facts)


def workers(notes: int) -> dict[int, float]:
    """Notes a second of wall clock with 1 and 2 worker processes (only right on an idle machine)."""
    charts = list(varied_charts(notes))
    out = {}
    for count in (1, 2):
        with ProcessPoolExecutor(count, initializer=_start) as pool:
            list(pool.map(_work, charts[: 2 * count]))
            before = time.perf_counter()
            list(pool.map(_work, charts))
            out[count] = sum(len(c.notes) for c in charts) / (time.perf_counter() - before)
    return out


def _cpu(code: str, repetitions: int, **environment: str) -> float:
    """Median CPU seconds of a fresh Python that runs ``code``, with these variables in its environment."""
    wrapped = f"import time\n{code}\nprint('CPU', time.process_time())"
    told = []
    for _ in range(repetitions):
        done = subprocess.run(
            [sys.executable, "-c", wrapped], capture_output=True, text=True, check=True, env=os.environ | environment
        )
        told.append(float(done.stdout.rsplit("CPU", 1)[1]))
    return statistics.median(told)


def start_up(repetitions: int) -> dict[str, float]:
    """CPU seconds of ``import medspacy``, of start-up to the first scored chart, and of ``--help``."""
    chart = str(Path(__file__).resolve().parents[1] / "corpora" / "dev" / dev_charts()[0].chart_id)
    run = "from chartproof.cli import app\ntry:\n    app({})\nexcept SystemExit:\n    pass"
    score = run.format(["score", chart, "--format", "json"])
    first = _cpu(score, repetitions, CHARTPROOF_CACHE="off")
    _cpu(score, 1)  # fills the cache, where it is empty
    return {
        "import medspacy": _cpu("import medspacy", repetitions),
        "first scored chart": _cpu(score, repetitions),
        "the same with an empty cache": first,
        "--help": _cpu(run.format(["--help"]), repetitions),
    }
