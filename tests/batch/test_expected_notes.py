"""How many notes an export is said to hold, before it is read."""

import pyarrow as pa
import pyarrow.parquet as pq

from chartproof.batch.expected import expected_notes
from stand_ins import write, write_charts


def test_chart_folders_count_their_notes_alone(tmp_path):
    write_charts(tmp_path, A="text", B="text")
    write(tmp_path / "A" / "gold" / "facts.yaml", "[]")
    write(tmp_path / ".DS_Store", "x")
    assert expected_notes(tmp_path) == 2


def test_rows_and_lines(tmp_path):
    pq.write_table(pa.table({"a": range(7)}), tmp_path / "a.parquet")
    assert expected_notes(tmp_path / "a.parquet") == 7
    write(tmp_path / "b.ndjson", "{}\n{}\n")
    assert expected_notes(tmp_path) == 9


def test_a_csv_does_not_tell(tmp_path):
    write(tmp_path / "a.csv", "note_id,text\n1,one\n")
    assert expected_notes(tmp_path / "a.csv") is None
