"""Find the charts under a path, whatever form they have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chartproof.model import Chart
from chartproof.readers.chart_folder import is_chart_folder, read_chart_folder, visible, within
from chartproof.readers.note_file import is_text_name
from chartproof.readers.request_yaml import RequestOverrides
from chartproof.readers.text_folder import group_by_chart, read_text_folder
from chartproof.readers.unreadable import Unreadable, os_reason


def read_charts(
    path: Path, overrides: RequestOverrides | None = None, *, one_chart: bool = False
) -> Iterator[Chart | Unreadable]:
    """The charts under a path, by name; before each what of it could not be read.

    A path may be a chart folder (``request.yaml``, ``notes/``), a folder of such folders at any depth, a folder of text
    files, or a single text file. Nothing that is found is passed over in silence, hidden files apart, and nothing found
    stops the iteration.

    Args:
        path: where to look.
        overrides: fields of the request that go before what the files say.
        one_chart: take all text files of a folder without a request as the notes of one chart, whatever their names.

    Raises:
        FileNotFoundError: there is no such path.
    """
    overrides = overrides or RequestOverrides()
    if not path.exists():
        raise FileNotFoundError(f"no such file or folder: {path}")
    if path.is_dir():
        yield from _folder(path, overrides, "", one_chart, frozenset())
    else:
        yield from read_text_folder(path.stem, [path], overrides, "")


def _folder(
    folder: Path, overrides: RequestOverrides, where: str, one_chart: bool, above: frozenset[Path]
) -> Iterator[Chart | Unreadable]:
    """The charts of one folder. ``above`` holds the folders it lies in, so that a link to one of them ends there."""
    name = folder.resolve().name
    try:
        if is_chart_folder(folder):
            yield from read_chart_folder(folder, overrides, where)
            return
        entries = visible(folder)
        folders = [p for p in entries if p.is_dir()]
        files = [p for p in entries if not p.is_dir()]
    except OSError as error:
        yield Unreadable(name, where or ".", os_reason(error), "chart")
        return
    texts = [p for p in files if is_text_name(p)]
    if not texts and not folders:
        for path in files:
            yield Unreadable(
                name, within(where, path.name), f"not read: {path.suffix} is no text file; save it as .txt"
            )
        yield Unreadable(name, where or ".", "no notes in this folder", "chart")
        return
    if not texts:
        for path in files:
            yield Unreadable(
                name, within(where, path.name), f"not read: {path.suffix} is no text file; save it as .txt"
            )
    elif one_chart or where:  # a folder below the one asked for is a chart
        yield from read_text_folder(name, files, overrides, where)
    else:
        groups = group_by_chart(files)
        for key in sorted(groups, key=lambda k: k or name):
            yield from read_text_folder(key or name, groups[key], overrides, where)
    here = above | {folder.resolve()}
    for child in folders:
        if child.resolve() in here:
            yield Unreadable(child.name, within(where, child.name), "a link back to a folder it lies in", "chart")
        else:
            yield from _folder(child, overrides, within(where, child.name), one_chart, here)
