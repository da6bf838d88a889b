"""Raw notes of an export to charts, in bounded memory.

Notes of one patient may stand anywhere in an export, and a chart that lacks one of them may be answered wrongly. So the
order is found out first, by reading the patient of each row alone:

- where the rows are sorted by patient (as text or as numbers, up or down), one chart at a time is in memory;
- otherwise notes are put aside: the first 64 million characters of them in memory, more in a private file in the work
  folder
  (see ``spill``), and the charts come in the order of their ids. Without a work folder such an export is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from chartproof.model import Chart
from chartproof.readers.finish import finish_chart
from chartproof.readers.limits import MAX_CHART_CHARS, MAX_CHART_NOTES, SPILL_CHARS
from chartproof.readers.raw_note import RawNote
from chartproof.readers.request_yaml import RequestOverrides
from chartproof.readers.spill import Spill
from chartproof.readers.unreadable import Unreadable

Items = Iterator[RawNote | Unreadable]


def charts_of(
    read: Callable[[], Items],
    keys: Callable[[], Iterable[str]] | None,
    overrides: RequestOverrides,
    where: str,
    work_folder: Path | None,
) -> Iterator[Chart | Unreadable]:
    """The charts of an export, each after what of it could not be read; what belongs to no chart comes as it is met.

    Args:
        read: reads the export.
        keys: reads the chart id of each note in the same order; None where that is no faster than reading the notes.
        where: the export, for messages.
        work_folder: where notes may be put aside.

    Raises:
        OSError: the work folder cannot be written.
    """
    if keys is not None and is_sorted(keys()):
        yield from _sorted(read(), overrides)
    else:
        yield from _unsorted(read(), overrides, where, work_folder)


def is_sorted(keys: Iterable[str]) -> bool:
    """True where equal keys stand together because the keys go up or down, as text or as numbers."""
    orders = {"text up", "text down", "number up", "number down"}
    before: str | None = None
    for key in keys:
        if before is not None and key != before:
            orders.discard("text down" if key > before else "text up")
            if key.isdecimal() and before.isdecimal() and len(key) < 40 and len(before) < 40:
                # 7 and 07 are one number and two patients.
                up = (int(key), key) > (int(before), before)
                orders.discard("number down" if up else "number up")
            else:
                orders -= {"number up", "number down"}
            if not orders:
                return False
        before = key
    return True


def _sorted(items: Items, overrides: RequestOverrides) -> Iterator[Chart | Unreadable]:
    for key, group in groupby(_with_keys(items), key=lambda pair: pair[0]):
        if key == "":
            yield from (item for _, item in group if isinstance(item, Unreadable))
        else:
            yield from _chart(key, (item for _, item in group), overrides)


def _with_keys(items: Items) -> Iterator[tuple[str, RawNote | Unreadable]]:
    """Items with their chart. Rows without a patient go with the chart before them, so as not to split it."""
    before = ""
    for item in items:
        key = item.chart if isinstance(item, RawNote) else item.chart_id
        if key:
            before = key
        yield (key or before), item


def _unsorted(
    items: Items, overrides: RequestOverrides, where: str, work_folder: Path | None
) -> Iterator[Chart | Unreadable]:
    charts: dict[str, list[RawNote | Unreadable]] = {}
    size = 0
    for item in items:
        key = item.chart if isinstance(item, RawNote) else item.chart_id
        if not key:
            assert isinstance(item, Unreadable)
            yield item
            continue
        charts.setdefault(key, []).append(item)
        size += 500 + (item.size if isinstance(item, RawNote) else 0)
        if size > SPILL_CHARS:
            break
    else:
        for key in sorted(charts):
            yield from _chart(key, charts.pop(key), overrides)
        return
    if work_folder is None:
        reason = "it is not sorted by patient and too large to be sorted in memory; sort it, or use `chartproof batch`"
        yield Unreadable("", where, reason, "chart")
        return
    with Spill(work_folder) as spill:
        for key in list(charts):
            for item in charts.pop(key):
                spill.add(item)
        for item in items:
            if isinstance(item, Unreadable) and not item.chart_id:
                yield item
            else:
                spill.add(item)
        for key, notes in spill.charts():
            yield from _chart(key, notes, overrides)


def _chart(
    key: str, items: Iterable[RawNote | Unreadable], overrides: RequestOverrides
) -> Iterator[Chart | Unreadable]:
    notes: list[RawNote] = []
    size = count = 0
    for item in items:
        if isinstance(item, Unreadable):
            yield item
            continue
        count += 1
        size += item.size
        if count <= MAX_CHART_NOTES and size <= MAX_CHART_CHARS:
            notes.append(item)
        else:
            notes.clear()
    if count > MAX_CHART_NOTES or size > MAX_CHART_CHARS:
        reason = (
            f"a chart of more than {MAX_CHART_NOTES} notes or {MAX_CHART_CHARS // 1_000_000} million characters; "
            "is the column of the patient right?"
        )
        yield Unreadable(key, "", reason, "chart")
        return
    yield from finish_chart(key, notes, overrides)
