"""Find the charts under a path, whatever form they have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from chartproof.model import Chart
from chartproof.readers.chart_folder import is_chart_folder, read_chart_folder, visible, within
from chartproof.readers.document import KINDS
from chartproof.readers.exports import FORMATS, format_of, read_exports
from chartproof.readers.note_file import ONE_CELL, TEXT, is_note_name
from chartproof.readers.request_yaml import RequestOverrides
from chartproof.readers.text_folder import group_by_chart, read_text_folder
from chartproof.readers.unreadable import Unreadable, os_reason

FOLDER, AUTO = "folder", "auto"
READERS = (AUTO, FOLDER, TEXT, ONE_CELL, "csv", "parquet", "jsonl", "fhir", "ccda", "rtf", "html", "pdf", "docx")
# What Spark and its kin put beside their files.
_MARKS = re.compile(r"_(?:SUCCESS|metadata|common_metadata|committed_\w+|started_\w+|temporary|spark_metadata)$")
_NOTE_FORMS = (TEXT, ONE_CELL, *(kind for kind in KINDS if kind not in FORMATS))


def read_charts(
    path: Path,
    overrides: RequestOverrides | None = None,
    *,
    one_chart: bool = False,
    reader: str = AUTO,
    mapping: Mapping[str, str] | None = None,
    work_folder: Path | None = None,
) -> Iterator[Chart | Unreadable]:
    """The charts under a path; before each what of it could not be read.

    A path may be a chart folder (``request.yaml``, ``notes/``), a folder of such folders at any depth, a folder of
    texts and documents, or a single one; or an export of many patients: CSV, Parquet, JSONL, FHIR, C-CDA, or a folder
    of such files, which are taken together. Charts in exports come first, the others by name. Nothing that is found is
    passed over in silence, hidden files apart, and nothing found stops the iteration. One chart is in memory at a time;
    see ``by_chart`` for exports.

    Args:
        path: where to look.
        overrides: fields of the request that go before what the files say.
        one_chart: take all texts of a folder without a request as the notes of one chart, whatever their names.
        reader: one of ``READERS``: what to take every file for, whatever its name and content. ``auto`` finds it out;
            ``folder`` reads chart folders, texts and documents alone.
        mapping: the columns of tables by role (``columns.parse_map``), before those that are known.
        work_folder: where notes of an unsorted export may be put aside, in a private folder that is removed at the end.

    Raises:
        FileNotFoundError: there is no such path.
        ValueError: there is no such reader.
        OSError: the work folder cannot be written.
    """
    overrides = overrides or RequestOverrides()
    if reader not in READERS:
        raise ValueError(f"there is no reader {reader!r}; there are: {', '.join(READERS)}")
    if not path.exists():
        raise FileNotFoundError(f"no such file or folder: {path}")
    form = reader if reader in _NOTE_FORMS else None
    if reader in (AUTO, *FORMATS):
        unread: list[Unreadable] = []
        exports = list(_exports(path, "", None if reader == AUTO else reader, unread, frozenset()))
        yield from unread
        if exports:
            yield from read_exports(exports, overrides, mapping, work_folder)
        if reader != AUTO:
            if not exports and not unread:
                yield Unreadable(path.resolve().name, ".", "no files in this folder", "chart")
            return
        if (exports or unread) and (path.is_file() or not _has_notes(path, frozenset())):
            return
    if path.is_dir():
        yield from _folder(path, overrides, "", one_chart, frozenset(), form, reader == AUTO)
    else:
        yield from read_text_folder(path.stem, [path], overrides, "", form)


def _exports(
    path: Path, where: str, forced: str | None, unread: list[Unreadable], above: frozenset[Path]
) -> Iterator[tuple[Path, str, str]]:
    """The export files under a path by name, with their format and their name for messages. Chart folders hold none."""
    if not path.is_dir():
        found = forced or format_of(path)
        if found:
            yield path, found, where or path.name
        return
    try:
        if forced is None and is_chart_folder(path):
            return
        children = visible(path)
    except OSError as error:
        if forced is not None:  # otherwise the search for notes tells it
            unread.append(Unreadable(path.name, where or ".", os_reason(error), "chart"))
        return
    if any(child.name == "_delta_log" for child in children):
        reason = "it is a Delta table, whose files hold deleted rows too; write it out as plain Parquet"
        unread.append(Unreadable(path.resolve().name, where or ".", reason, "chart"))
        return
    here = above | {path.resolve()}
    for child in children:
        if _MARKS.match(child.name):
            continue
        if not (child.is_dir() and child.resolve() in here):
            yield from _exports(child, within(where, child.name), forced, unread, here)


def _has_notes(folder: Path, above: frozenset[Path]) -> bool:
    """True where there is anything but export files under a folder."""
    try:
        if is_chart_folder(folder):
            return True
        children = visible(folder)
    except OSError:
        return True
    here = above | {folder.resolve()}
    for child in children:
        if child.is_dir():
            if child.resolve() in here or _has_notes(child, here):
                return True
        elif not _MARKS.match(child.name) and format_of(child) is None:
            return True
    return False


def _folder(
    folder: Path,
    overrides: RequestOverrides,
    where: str,
    one_chart: bool,
    above: frozenset[Path],
    form: str | None,
    exports_are_read: bool,
) -> Iterator[Chart | Unreadable]:
    """The charts of one folder. ``above`` holds the folders it lies in, so that a link to one of them ends there.

    Args:
        form: what to take each file for; None finds it out.
        exports_are_read: export files are read already.
    """
    name = folder.resolve().name
    try:
        if is_chart_folder(folder):
            yield from read_chart_folder(folder, overrides, where)
            return
        entries = visible(folder)
        folders = [p for p in entries if p.is_dir()]
        files = [p for p in entries if not p.is_dir()]
        exports = [p for p in files if exports_are_read and format_of(p)]
    except OSError as error:
        yield Unreadable(name, where or ".", os_reason(error), "chart")
        return
    files = [p for p in files if p not in exports]
    texts = files if form else [p for p in files if is_note_name(p)]
    if not texts and not folders:
        for path in files:
            yield Unreadable(
                name, within(where, path.name), f"not read: {path.suffix} is no text file; save it as .txt"
            )
        if not exports:
            yield Unreadable(name, where or ".", "no notes in this folder", "chart")
        return
    if not texts:
        for path in files:
            yield Unreadable(
                name, within(where, path.name), f"not read: {path.suffix} is no text file; save it as .txt"
            )
    elif one_chart or where:  # a folder below the one asked for is a chart
        yield from read_text_folder(name, files, overrides, where, form)
    else:
        groups = group_by_chart(files)
        for key in sorted(groups, key=lambda k: k or name):
            yield from read_text_folder(key or name, groups[key], overrides, where, form)
    here = above | {folder.resolve()}
    for child in folders:
        if child.resolve() in here:
            yield Unreadable(child.name, within(where, child.name), "a link back to a folder it lies in", "chart")
        else:
            yield from _folder(child, overrides, within(where, child.name), one_chart, here, form, exports_are_read)
