"""How time and memory grow: with the length of a note, the number of rules, of notes, and of workers."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
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


def length(longest: int) -> tuple[float, dict[str, dict[int, float]]]:
    """Milliseconds that a note of one word takes, and those a kB of one note of each kind and length up to ``longest``.

    The shorter notes of a kind are read before and after its longest, so that what else runs troubles them alike; of
    short ones so many that all lengths but the longest read about the same words.
    """
    pipeline = Pipeline()

    def seconds(charts: Sequence[Chart]) -> float:
        before = time.process_time()
        for chart in charts:
            pipeline.case(chart)
        return time.process_time() - before

    one_word = [one_note("length", "word")] * 20
    lengths = [n for n in LENGTHS if n <= longest]
    fixed: list[float] = []
    out: dict[str, dict[int, float]] = {}
    for name, text in texts_of_length(lengths[-1]).items():
        charts: dict[int, list[Chart]] = {}
        for n in lengths:
            read = text[: max(n, _SHORTEST)]
            charts[n] = [one_note("length", read[at : at + n]) for at in range(0, len(read), n)]
        seconds(charts[lengths[0]])  # what is made on first use
        told: dict[int, list[float]] = {n: [] for n in lengths}
        for n in [*lengths, *reversed(lengths[:-1])]:
            kilobytes = sum(len(note.text) for chart in charts[n] for note in chart.notes) / 1000
            told[n].append(1000 * seconds(charts[n]) / kilobytes)
            if n == lengths[0]:
                fixed.append(1000 * seconds(one_word) / len(one_word))
        out[name] = {n: statistics.mean(each) for n, each in told.items()}
    return statistics.median(fixed), out


def rules(times: int, notes: int, repetitions: int) -> float:
    """Time with so many times the rules, as a multiple of the time with ours.

    The added rules are values more of each vocabulary, and targets more of each category, that every look at these
    considers; every word is spelt so that no note holds it, as are most rules for most notes.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "patterns"
        shutil.copytree(data_folder("patterns", None), copy)
        for file in sorted(copy.glob("*.yaml")):
            content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            vocabulary = content.get("vocabulary") or {}
            more = {
                name: {
                    f"added_{n}_{i}": [f"\\bzq{n}{name}{i}\\w*"] for n in range(1, times) for i, _ in enumerate(values)
                }
                for name, values in vocabulary.items()
            }
            targets = [
                {"category": target["category"], "value": f"added_{n}_{i}", "phrases": [f"zq{n}{phrase}"]}
                for n in range(1, times)
                for i, target in enumerate(content.get("targets") or [])
                for phrase in target.get("phrases", [])
            ]
            (copy / f"more_{file.name}").write_text(
                yaml.safe_dump({"vocabulary": more, "targets": targets}), encoding="utf-8"
            )
        subjects = {"ours": Pipeline().case, "more": Pipeline(copy).case}
        timings = interleaved(subjects, list(varied_charts(notes)), repetitions)
    return statistics.median(b / a for a, b in zip(timings["ours"].seconds, timings["more"].seconds, strict=True))


def memory(notes: int) -> tuple[float, float]:
    """Resident memory in MB after a tenth of the notes, and after all of them, of a process that reads these alone."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_memory, notes).result()


def _memory(notes: int) -> tuple[float, float]:
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


def _cpu(code: str, environment: Mapping[str, str]) -> float:
    """CPU seconds of a fresh Python that runs ``code``, with these variables in its environment."""
    wrapped = f"import time\n{code}\nprint('CPU', time.process_time())"
    done = subprocess.run(
        [sys.executable, "-c", wrapped], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return float(done.stdout.rsplit("CPU", 1)[1])


def start_up(repetitions: int) -> dict[str, float]:
    """Median CPU seconds of ``import medspacy``, of start-up to the first scored chart, and of ``--help``, run in turn.

    All of them find the modules compiled to bytecode, as an installed package has them, in a folder of this
    measurement; the cache of patterns stands in one of its own too.
    """
    chart = str(Path(__file__).resolve().parents[1] / "corpora" / "dev" / dev_charts()[0].chart_id)
    run = "from chartproof.cli import app\ntry:\n    app({})\nexcept SystemExit:\n    pass"
    score = run.format(["score", chart, "--format", "json"])
    with tempfile.TemporaryDirectory() as folder:
        warm = {
            "PYTHONDONTWRITEBYTECODE": "",  # an empty one is as none
            "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode")),
            "CHARTPROOF_CACHE": str(Path(folder, "cache")),
        }
        what = {
            "import medspacy": ("import medspacy", warm),
            "first scored chart": (score, warm),
            "the same without a cache": (score, {**warm, "CHARTPROOF_CACHE": "off"}),
            "--help": (run.format(["--help"]), warm),
        }
        for code, environment in what.values():
            _cpu(code, environment)  # writes bytecode and cache
        told: dict[str, list[float]] = {name: [] for name in what}
        for _ in range(repetitions):
            for name, (code, environment) in what.items():
                told[name].append(_cpu(code, environment))
    return {name: statistics.median(seconds) for name, seconds in told.items()}
