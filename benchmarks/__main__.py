"""Measure, write the results to docs/performance.md (between its marks) and docs/performance.svg, or check a ratio.

All parts take about half an hour of CPU time; a part by itself (``--only``) is printed and changes no file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from pathlib import Path

from benchmarks import report, scaling, subjects
from benchmarks.corpus import REPO, real_charts, varied_charts
from benchmarks.measure import Timing, interleaved, ratio

RECORDED = Path(__file__).parent / "recorded.json"
_WHOLE, _TOKENISING, _STOCK, _EDS = "chartproof, whole job", "tokenising alone", "stock medspaCy", "EDS-NLP"
_LOST = 0.30  # so much less than the recorded ratio fails the check


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="only the ratio to tokenising alone, against the recorded one"
    )
    parser.add_argument("--record", action="store_true", help="with --check: record the ratio instead")
    parser.add_argument("--only", choices=PARTS, help="one part alone, printed")
    parser.add_argument("--notes", type=int, default=3000, help="varied notes of corpora/dev for the whole job")
    parser.add_argument("--compared", type=int, default=80, help="notes of each corpus that all subjects read in turn")
    parser.add_argument("--repetitions", type=int, default=3, help="after one that warms all up")
    parser.add_argument("--longest", type=int, default=2_000_000, help="characters of the longest note")
    parser.add_argument("--memory", type=int, default=3000, help="notes for the memory measurement")
    return parser.parse_args()


PARTS = ("rates", "whole", "lengths", "rules", "memory", "workers", "start")


def compare(notes: int, repetitions: int) -> dict[str, dict[str, Timing]]:
    """All subjects on the first so many notes of each corpus."""
    compared = {_WHOLE: subjects.whole_job(), **subjects.stages(), _TOKENISING: subjects.tokenising()}
    compared[_STOCK] = subjects.stock_medspacy()
    eds = subjects.edsnlp()
    if eds is not None:
        compared[_EDS] = eds
    real = real_charts()
    corpora = {"real": real[:: max(1, len(real) // notes)][:notes], "dev": list(varied_charts(notes))}
    return {name: interleaved(compared, charts, repetitions) for name, charts in corpora.items() if charts}


def check(repetitions: int, record: bool) -> int:
    """Compare the rate of the whole job to that of tokenising alone; 1 where it fell too far below the recorded."""
    compared = {_WHOLE: subjects.whole_job(), _TOKENISING: subjects.tokenising()}
    timings = interleaved(compared, list(varied_charts(100)), repetitions)
    now, least, most = ratio(timings[_WHOLE], timings[_TOKENISING])
    print(f"whole job: {now:.3f} x the rate of tokenising alone ({least:.3f}-{most:.3f})")
    if record:
        RECORDED.write_text(json.dumps({"whole_job_to_tokenising": round(now, 3)}) + "\n", encoding="utf-8")
        return 0
    before = json.loads(RECORDED.read_text(encoding="utf-8"))["whole_job_to_tokenising"]
    if now < before * (1 - _LOST):
        print(f"slower than recorded ({before:.3f}) by more than {_LOST:.0%}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    options = _options()
    if options.check:
        return check(options.repetitions, options.record)
    wanted = [options.only] if options.only else PARTS
    parts: list[str] = []
    compared: dict[str, dict[str, Timing]] = {}
    lengths: dict[str, dict[int, float]] = {}
    failed = False
    for part in wanted:
        before = time.perf_counter()
        try:
            match part:
                case "rates":
                    compared = compare(options.compared, options.repetitions)
                    parts.append(report.rates(compared, _WHOLE, _TOKENISING, _STOCK))
                case "whole":
                    parts.append(report.whole(*whole(options.notes)))
                case "lengths":
                    fixed, lengths = scaling.length(options.longest)
                    parts.append(report.lengths(fixed, lengths))
                case "rules":
                    parts.append(report.rules(scaling.rules(5, 60, options.repetitions)))
                case "memory":
                    parts.append(report.memory(options.memory, *scaling.memory(options.memory)))
                case "workers":
                    parts.append(report.workers(scaling.workers(400)))
                case "start":
                    parts.append(report.start_up(scaling.start_up(5)))
        except Exception:  # of half an hour of measurements the rest is not lost
            traceback.print_exc()
            parts.append(f"- {part}: could not be measured.")
            failed = True
        print(parts[-1], flush=True)
        print(f"{part}: {time.perf_counter() - before:.0f} s", file=sys.stderr)
    if not options.only:
        report.write(REPO / "docs" / "performance.md", "\n\n".join(parts))
        report.plot(REPO / "docs" / "performance.svg", compared, lengths)
    return int(failed)


def whole(notes: int) -> tuple[int, float]:
    """How many varied notes of corpora/dev were read, each once, and how many a second of CPU time."""
    run, read = subjects.whole_job(), 0
    before = time.process_time()
    for chart in varied_charts(notes):
        run(chart)
        read += len(chart.notes)
    return read, read / (time.process_time() - before)


if __name__ == "__main__":
    sys.exit(main())
