"""The Spark engine on a real cluster of this machine: executors are processes of their own."""

import json
import os
import shutil
import stat
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batch_of_stand_ins import process, run

from chartproof.batch import Limits, Options
from chartproof.batch.tables import SCHEMAS
from stand_ins import WORDS

pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("java") is None and "JAVA_HOME" not in os.environ,
        reason="there is no Java; on Debian: apt-get install openjdk-17-jre-headless",
    ),
]

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def spark():
    from chartproof.batch.spark import start_session

    patch = pytest.MonkeyPatch()
    path = os.pathsep.join([str(HERE), str(HERE.parent), *filter(None, sys.path)])
    patch.setenv("PYTHONPATH", path)
    patch.setenv("PYSPARK_PYTHON", sys.executable)
    patch.setenv(
        "PYSPARK_SUBMIT_ARGS", f"--conf spark.executorEnv.PYTHONPATH={path} --conf spark.ui.enabled=false pyspark-shell"
    )
    session = start_session("local-cluster[2,1,1024]")
    yield session
    session.stop()
    patch.undo()


def notes_table(path: Path, texts: dict[str, list[str]]) -> Path:
    """A table of notes, two files of it, the rows of a patient apart."""
    rows = [
        {
            "PAT_ID": patient,
            "NOTE_ID": f"{patient}-{number}",
            "NOTE_TEXT": text,
            "NOTE_DATE": date(2025, 1, number + 1),
            "REQUEST_CPT": "27279",
        }
        for number in range(max(map(len, texts.values())))
        for patient, own in texts.items()
        for text in own[number : number + 1]
    ]
    path.mkdir()
    half = len(rows) // 2
    pq.write_table(pa.Table.from_pylist(rows[:half]), path / "a.parquet")
    pq.write_table(pa.Table.from_pylist(rows[half:]), path / "b.parquet")
    return path


def sorted_rows(path: Path, name: str):
    keys = {"facts": ["chart_id", "fact"], "criteria": ["chart_id", "policy", "position"], "note_nlp": ["note_nlp_id"]}
    table = pq.read_table(path / f"{name}.parquet")
    return table.sort_by([(key, "ascending") for key in keys.get(name, ["chart_id", "note_id"])]).to_pylist()


def json_rows(path: Path):
    files = [path] if path.is_file() else sorted(path.glob("part-*"))
    return sorted((json.loads(line) for file in files for line in file.read_text().splitlines()), key=json.dumps)


def test_spark_gives_the_tables_of_the_local_engine(tmp_path, spark):
    from chartproof.batch.spark import run_spark

    texts = {f"P{i:02}": [f"Left {WORDS} {i}.", "no more", f"{WORDS} again"][: 1 + i % 3] for i in range(30)}
    texts |= {"P40": ["BOOM"], "P41": [""], "P42": [WORDS, ""], "": ["whose is this?"]}
    source = notes_table(tmp_path / "notes", texts)
    content = run_spark(spark, str(source), str(tmp_path / "spark"), nlp_date=date(2025, 6, 1), process=process)
    run(source, tmp_path / "local", 1, options=Options(worksheets=False))
    for name in SCHEMAS:
        rows = sorted_rows(tmp_path / "spark", name)
        assert rows == sorted_rows(tmp_path / "local", name), name
        assert content["counts"][name] == len(rows)
    for name in ("cases.jsonl", "quarantine.jsonl"):
        assert json_rows(tmp_path / "spark" / name) == json_rows(tmp_path / "local" / name)
    assert len(json_rows(tmp_path / "spark" / "quarantine.jsonl")) == content["counts"]["quarantine"] > 3
    assert content["counts"]["cases"] == 31
    assert content["master"] == "local-cluster[2,1,1024]"
    (written,) = (tmp_path / "spark" / "manifest.json").glob("part-*")
    assert json.loads(written.read_text()) == content
    modes = {stat.filemode(p.stat().st_mode) for p in (tmp_path / "spark").rglob("*")}
    assert modes == {"-rw-------", "drwx------"}


def test_a_note_that_hangs_is_set_aside(tmp_path, spark):
    from chartproof.batch.spark import run_spark

    source = notes_table(tmp_path / "notes", {"P1": [WORDS], "P2": ["HANG"]})
    content = run_spark(spark, str(source), str(tmp_path / "out"), limits=Limits(note=2), process=process)
    (row,) = json_rows(tmp_path / "out" / "quarantine.jsonl")
    assert (row["chart_id"], row["stage"]) == ("P2", "time")
    assert row["reason"] == "a note took longer than 2 s, or the chart than 600 s"
    assert content["counts"]["cases"] == 1


def test_columns_that_cannot_be_used_are_told(tmp_path, spark):
    from chartproof.batch.spark import run_spark
    from chartproof.readers import BadColumns

    source = notes_table(tmp_path / "notes", {"P1": [WORDS]})
    with pytest.raises(BadColumns, match="no column NOPE for text"):
        run_spark(spark, str(source), str(tmp_path / "out"), mapping={"text": "NOPE"}, process=process)


def test_a_table_that_is_not_there_is_told(tmp_path, spark):
    from chartproof.batch.spark import run_spark

    with pytest.raises(FileNotFoundError, match="nowhere as Parquet: PATH_NOT_FOUND"):
        run_spark(spark, str(tmp_path / "nowhere"), str(tmp_path / "out"), process=process)


def test_wrong_policies_are_told_before_anything_is_read(tmp_path, spark):
    from chartproof.batch.spark import run_spark

    with pytest.raises(FileNotFoundError, match="no folder of policies"):
        run_spark(spark, "nowhere", str(tmp_path / "out"), Options(policies=tmp_path / "none"), process=process)


@pytest.mark.parametrize(("notes", "cores", "tasks"), [(0, 2, 4), (1999, 2, 4), (20_000, 2, 40), (20_001, 64, 128)])
def test_tasks_are_long_enough_to_be_worth_their_start(notes: int, cores: int, tasks: int) -> None:
    from chartproof.batch.spark import _tasks

    assert _tasks(notes, cores) == tasks
