"""How many notes an export holds, as far as that is told without reading them: for progress alone."""

from __future__ import annotations

from pathlib import Path

_LINES = {".jsonl", ".ndjson"}
_UNTOLD = {".csv", ".tsv", ".json", ".xml", ".gz", ".zip"}
_NO_NOTES = {"request.yaml", "request.yml"}


def expected_notes(source: Path) -> int | None:
    """About how many notes there are: rows of Parquet, lines of ndjson, other files one each; None where a file does
    not tell, such as a CSV."""
    try:
        files = [source] if source.is_file() else [p for p in source.rglob("*") if p.is_file() and _is_note(p, source)]
        counts = [_in_file(path) for path in files]
    except (OSError, ValueError):
        return None
    return None if None in counts else sum(count or 0 for count in counts)


def _is_note(path: Path, top: Path) -> bool:
    parts = path.relative_to(top).parts
    return path.name not in _NO_NOTES and "gold" not in parts[:-1] and not any(part.startswith(".") for part in parts)


def _in_file(path: Path) -> int | None:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        return int(pq.ParquetFile(path).metadata.num_rows)
    if suffix in _LINES:
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    return None if suffix in _UNTOLD else 1
