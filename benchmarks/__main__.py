"""Measure, write the results to docs/performance.md (between its marks) and docs/performance.svg, or check a ratio."""

from __future__ import annotations

import argparse
import json
import sys
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
    parser.add_argument("--notes", type=int, default=20_000, help="varied notes of corpora/dev for the whole job")
    parser.add_argument("--compared", type=int, default=120, help="notes of each corpus that all subjects read in turn")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--longest", type=int, default=2_000_000, help="characters of the longest note")
    parser.add_argument("--memory", type=int, default=50_000, help="notes for the memory measurement")
    return parser.parse_args()


def compare(notes: int, repetitions: int) -> dict[str, dict[str, Timing]]:
    """All subjects on the first so many notes of each corpus."""
    compared = {_WHOLE: subjects.whole_job(), **subjects.stages(), _TOKENISING: subjects.tokenising()}
    compared[_STOCK] = subjects.stock_medspacy()
    eds = subjects.edsnlp()
    if eds is not None:
        compared[_EDS] = eds
    corpora = {"real": real_charts()[:notes], "dev": list(varied_charts(notes))}
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
    compared = compare(options.compared, options.repetitions)
    whole = interleaved({_WHOLE: subjects.whole_job()}, list(varied_charts(options.notes)), 1)[_WHOLE]
    lengths = scaling.length(options.longest)
    parts = [
        report.rates(compared, _WHOLE, _TOKENISING, _STOCK),
        f"{whole.notes} varied notes of corpora/dev: {whole.notes_per_second:.0f} notes a second of CPU time.",
        report.lengths(lengths),
        report.others(
            rules=scaling.rules(5, 60, options.repetitions),
            memory=scaling.memory(options.memory),
            memory_notes=options.memory,
            workers=scaling.workers(400),
            start_up=scaling.start_up(3),
        ),
    ]
    report.write(REPO / "docs" / "performance.md", "\n\n".join(parts))
    report.plot(REPO / "docs" / "performance.svg", compared, lengths)
    print("\n\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
