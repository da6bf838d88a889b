"""The results as Markdown tables and a plot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Timing, ratio

_BEGIN, _END = "<!-- results: written by `make bench` -->", "<!-- end of results -->"


def rates(compared: Mapping[str, Mapping[str, Timing]], whole: str, floor: str, stock: str) -> str:
    """A table for each corpus: ms a note, and the rate against tokenising alone and against stock medspaCy."""
    out = []
    for corpus, timings in compared.items():
        notes = timings[whole].notes
        out.append(
            f"### {notes} {corpus} notes\n\n| | ms a note | x tokenising alone | x stock medspaCy |\n|---|--:|--:|--:|"
        )
        for name, timing in timings.items():
            cells = [
                "{:.3g} ({:.3g}-{:.3g})".format(*ratio(timing, timings[other])) if other in timings else "-"
                for other in (floor, stock)
            ]
            out[-1] += f"\n| {name} | {timing.milliseconds:.2f} | {' | '.join(cells)} |"
    return "\n\n".join(out)


def lengths(fixed: float, measured: Mapping[str, Mapping[int, float]]) -> str:
    """Milliseconds a kB, a row a kind of text, a column a length.

    Args:
        fixed: milliseconds that a note of one word takes, which are left out of how far the lengths lie apart.
    """
    sizes = sorted({n for row in measured.values() for n in row})
    head = "### Milliseconds a kB of one note, by its length\n\n| text | " + " | ".join(
        f"{n // 1000} kB" for n in sizes
    )
    rows = []
    for name, row in measured.items():
        beyond = [ms - fixed / (n / 1000) for n, ms in row.items()]
        apart = f"{max(beyond) / min(beyond):.2f}" if min(beyond) > 0 else "-"
        rows.append(f"| {name} | {' | '.join(f'{row[n]:.2f}' for n in sizes)} | {apart} |")
    said = (
        f"A note of one word takes {fixed:.2f} ms. What a note takes beyond that is what grows with it; the last "
        "column is the most of it a kB to the least."
    )
    return "\n".join([head + " | most to least |", "|---|" + "--:|" * (len(sizes) + 1), *rows, "", said])


def whole(notes: int, rate: float) -> str:
    """The whole job over many notes."""
    return f"- {notes} varied notes of corpora/dev, each read once: {rate:.0f} notes a second of CPU time."


def rules(ratio: float) -> str:
    """Time with more rules."""
    return f"- Five times the vocabularies: {ratio:.2f} x the time."


def memory(notes: int, early: float, late: float) -> str:
    """Memory of one process, in MB, after a tenth of the notes and at the end."""
    change = late / early - 1
    return f"- Memory over {notes} notes: {early:.0f} MB after a tenth, {late:.0f} MB at the end ({change:+.0%})."


def workers(rates: Mapping[int, float]) -> str:
    """Notes a second by number of workers."""
    return "- " + ", ".join(f"{n} worker(s) {rate:.0f} notes/s" for n, rate in rates.items()) + " (wall clock)."


def start_up(seconds: Mapping[str, float]) -> str:
    """CPU seconds of what is started."""
    told = ", ".join(f"{name} {value:.2f}" for name, value in seconds.items())
    most = 2 * seconds["import medspacy"] + 0.5
    return f"- CPU seconds: {told}; the first scored chart may take {most:.2f} (twice the import and 0.5)."


def write(path: Path, results: str) -> None:
    """Put the results between the marks of a page.

    Raises:
        ValueError: the page lacks the marks.
    """
    page = path.read_text(encoding="utf-8")
    before, mark, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not mark or not end:
        raise ValueError(f"{path.name} lacks the lines {_BEGIN} and {_END}")
    path.write_text(f"{before}{_BEGIN}\n\n{results}\n\n{_END}{after}", encoding="utf-8")


def plot(path: Path, compared: Mapping[str, Mapping[str, Timing]], measured: Mapping[str, Mapping[int, float]]) -> None:
    """Rates side by side, and time a kB against length."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    for i, (corpus, timings) in enumerate(compared.items()):
        places = [n + 0.4 * i for n in range(len(timings))]
        left.barh(places, [t.notes_per_second for t in timings.values()], height=0.38, label=corpus)
        left.set_yticks(places, list(timings))
    left.set_xscale("log")
    left.set_xlabel("notes a second of CPU time")
    left.legend()
    for name, row in measured.items():
        right.plot(list(row), list(row.values()), marker="o", label=name)
    right.set(xscale="log", yscale="log", xlabel="characters of one note", ylabel="ms a kB")
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
