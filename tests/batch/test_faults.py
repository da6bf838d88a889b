"""What may go wrong in a batch: workers and parents killed, notes that hang, full disks, files that cannot be read.

Each ends with what an undisturbed run gives, or says what it lacks. The stand-ins read the notes: the faults are the
point here.
"""

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from batch_of_stand_ins import run

from chartproof.batch import Limits
from chartproof.batch.local import WorkerError, run_local
from stand_ins import SECRET, WORDS, write, write_charts

HERE = Path(__file__).resolve().parent
TABLES = ("facts", "criteria", "notes", "note_text", "note_nlp")


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def set_aside(out):
    return [(row["chart_id"], row["stage"], row["where"], row["reason"]) for row in lines(out / "quarantine.jsonl")]


def everything(out):
    """The files of a batch but for manifest and store."""
    paths = [p for p in sorted(out.rglob("*")) if p.is_file() and not p.name.startswith(("manifest", "work."))]
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in paths}


def start(*args, **named):
    """A batch in a process of its own."""
    path = os.pathsep.join([str(HERE), str(HERE.parent), *filter(None, sys.path)])
    command = [sys.executable, "-m", "batch_of_stand_ins", *map(str, args)]
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **named
    )


NOTE = "2025-01-02_procedure.txt"


def test_a_worker_that_is_killed_once_loses_nothing(tmp_path):
    charts = {f"C{i:02}": WORDS for i in range(20)}
    charts["C07"] = f"{WORDS} ONCE {tmp_path / 'killed'} and on"
    write_charts(tmp_path / "in", **charts)
    run(tmp_path / "in", tmp_path / "out", 2)
    assert (tmp_path / "killed").exists()
    assert [row["chart_id"] for row in lines(tmp_path / "out" / "cases.jsonl")] == sorted(charts)
    assert set_aside(tmp_path / "out") == []
    run(tmp_path / "in", tmp_path / "whole", 2)
    assert everything(tmp_path / "out") == everything(tmp_path / "whole")


def test_one_poisoned_note_among_thousands(tmp_path):
    """It ends the worker that reads it, at each try; only its chart is lost."""
    folder = tmp_path / "in"
    for chart in range(300):
        write(folder / f"C{chart:03}" / "request.yaml", f"chart_id: C{chart:03}\nprocedure: {{cpt: 27279}}\n")
        for day in range(1, 8):
            write(folder / f"C{chart:03}" / "notes" / f"2025-01-{day:02}_progress.txt", f"{WORDS} {chart} {day}")
    write(folder / "C123" / "notes" / "2025-01-05_progress.txt", f"KILL {SECRET}")
    summary = run(folder, tmp_path / "out", 2)
    reason = "the worker process ended while it was at this chart, twice; perhaps for want of memory"
    assert set_aside(tmp_path / "out") == [("C123", "process", "2025-01-05_progress.txt", reason)]
    assert (summary.manifest["counts"]["cases"], summary.manifest["counts"]["notes"]) == (299, 299 * 7)
    assert SECRET not in (tmp_path / "out" / "quarantine.jsonl").read_text()
    assert not (tmp_path / "out" / "worksheets" / "C123.html").exists()


def test_a_note_that_hangs_is_given_up(tmp_path):
    """A regular expression that never ends holds the interpreter: only the end of the process helps."""
    write_charts(tmp_path / "in", A=WORDS, B="HANG", C=WORDS)
    run(tmp_path / "in", tmp_path / "out", 2, limits=Limits(note=3))
    assert set_aside(tmp_path / "out") == [("B", "time", NOTE, "the note took longer than 3 s, twice")]
    assert [row["chart_id"] for row in lines(tmp_path / "out" / "cases.jsonl")] == ["A", "C"]


def test_a_chart_that_takes_too_long_is_given_up(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    for number in range(200):
        write(tmp_path / "in" / "B" / "notes" / f"2025-01-02_{number}.txt", "SLOW")
    run(tmp_path / "in", tmp_path / "out", 1, limits=Limits(chart=2))
    ((chart, stage, _, reason),) = set_aside(tmp_path / "out")
    assert (chart, stage, reason) == ("B", "time", "the chart took longer than 2 s, twice")


def test_a_worker_that_was_stopped_is_noticed(tmp_path):
    """SIGSTOP: the process is there and does nothing."""
    write_charts(tmp_path / "in", **{f"C{i:02}": "SLOW" for i in range(60)})
    stopped = []

    def stop_one(state):
        if not stopped and state.charts == 3:
            stopped.append(children()[-1])
            os.kill(stopped[0], signal.SIGSTOP)

    run(tmp_path / "in", tmp_path / "out", 2, limits=Limits(note=3, chart=6), on_progress=stop_one)
    assert len(lines(tmp_path / "out" / "cases.jsonl")) == 60
    assert set_aside(tmp_path / "out") == []
    assert stopped[0] not in children()


def children():
    """The worker processes of this one."""
    import multiprocessing

    return [p.pid for p in multiprocessing.active_children()]


def test_the_parent_killed_at_ten_points_and_resumed(tmp_path):
    """kill -9 of parent and, by that, workers; the tables are those of an undisturbed run."""
    charts = {f"C{i:03}": f"{WORDS} SLOW {i}" if i % 3 else f"SLOW {i}" for i in range(150)}
    write_charts(tmp_path / "in", **charts)
    write(tmp_path / "in" / "C050" / "notes" / "undated.txt", "no date")
    started = time.monotonic()
    whole = start(tmp_path / "in", tmp_path / "whole", 2)
    whole.communicate()
    took = time.monotonic() - started
    chance = random.Random(5)
    out = tmp_path / "out"
    kills = 0
    while kills < 10:
        batch = start(tmp_path / "in", out, 2)
        try:
            batch.wait(chance.uniform(0.2, 1.0) * took)
        except subprocess.TimeoutExpired:
            batch.kill()
        kills += 1
        batch.communicate()
    last = start(tmp_path / "in", out, 2)
    said, complaints = last.communicate()
    assert (said, complaints, last.returncode) == (b"150\n", b"", 0)
    assert everything(out) == everything(tmp_path / "whole")
    ids = pq.read_table(out / "facts.parquet")["chart_id"].to_pylist()
    assert ids == sorted(i for i in charts if int(i[1:]) % 3)
    assert not [p for p in out.rglob(".*")]
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["exit_reason"], manifest["counts"]["charts"]) == ("finished", 150)


def test_workers_end_with_their_parent(tmp_path):
    write_charts(tmp_path / "in", **{f"C{i:03}": "SLOW" for i in range(300)})
    batch = start(tmp_path / "in", tmp_path / "out", 2)
    workers = wait_for(lambda: len(found := children_of(batch.pid)) >= 2 and found)
    batch.kill()
    batch.communicate()
    wait_for(lambda: not any(is_alive(pid) for pid in workers))


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def test_ctrl_c_stops_cleanly_and_goes_on(tmp_path):
    charts = {f"C{i:03}": f"{WORDS} SLOW" for i in range(80)}
    charts["C060"] = f"{WORDS} UNTIL {tmp_path / 'interrupted'} and on"
    write_charts(tmp_path / "in", **charts)
    batch = start(tmp_path / "in", tmp_path / "out", 2, start_new_session=True)
    wait_for(lambda: len(list((tmp_path / "out" / "worksheets").glob("*.html"))) >= 10)
    os.killpg(batch.pid, signal.SIGINT)  # a terminal tells the whole group
    batch.communicate(timeout=60)
    (tmp_path / "interrupted").touch()
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["exit_reason"] == "interrupted"
    assert not (tmp_path / "out" / "cases.jsonl").exists()
    summary = run(tmp_path / "in", tmp_path / "out", 2)
    assert summary.manifest["counts"]["reused"] > 0
    run(tmp_path / "in", tmp_path / "whole", 2)
    assert everything(tmp_path / "out") == everything(tmp_path / "whole")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    mounted = (
        mounted
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=300k,mode=0700", "tmpfs", str(folder)], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("no right to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_stops_the_batch_and_loses_nothing(tmp_path, small_disk):
    write_charts(
        tmp_path / "in", **{f"C{i:03}": f"{WORDS} {random.Random(i).randbytes(2000).hex()}" for i in range(100)}
    )
    with pytest.raises(OSError) as error:
        run(tmp_path / "in", small_disk / "out", 2)
    assert error.value.errno == errno.ENOSPC
    assert not (small_disk / "out" / "cases.jsonl").exists()
    subprocess.run(["mount", "-o", "remount,size=30M", str(small_disk)], check=True)
    summary = run(tmp_path / "in", small_disk / "out", 2)
    assert summary.manifest["counts"]["cases"] == 100
    assert summary.manifest["counts"]["reused"] > 0
    run(tmp_path / "in", tmp_path / "whole", 2)
    assert everything(small_disk / "out") == everything(tmp_path / "whole")


def test_a_file_that_may_not_grow_stops_the_batch_and_loses_nothing(tmp_path):
    """As a full disk, where no file system can be mounted: a limit on the size of a file."""
    write_charts(
        tmp_path / "in", **{f"C{i:03}": f"{WORDS} {random.Random(i).randbytes(2000).hex()}" for i in range(100)}
    )
    batch = start(
        tmp_path / "in",
        tmp_path / "out",
        1,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    said = batch.communicate()[1].decode()
    assert batch.returncode == 1 and "OSError" in said.splitlines()[-1]
    assert WORDS not in said
    run(tmp_path / "in", tmp_path / "out", 2)
    run(tmp_path / "in", tmp_path / "whole", 2)
    assert everything(tmp_path / "out") == everything(tmp_path / "whole")


def test_a_full_disk_while_tables_are_written_leaves_the_old_ones(tmp_path, monkeypatch):
    write_charts(tmp_path / "in", A=WORDS)
    run(tmp_path / "in", tmp_path / "out", 1)
    before = everything(tmp_path / "out")
    write_charts(tmp_path / "in", B=WORDS)

    def full(self, table):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
        with pytest.raises(OSError):
            run(tmp_path / "in", tmp_path / "out", 1)
    after = everything(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["exit_reason"] == "error: OSError"
    summary = run(tmp_path / "in", tmp_path / "out", 1)
    assert summary.manifest["counts"]["reused"] == 2


def test_files_that_cannot_be_read_are_set_aside(tmp_path):
    write_charts(tmp_path / "in", A=WORDS, B=WORDS, C=WORDS)
    (tmp_path / "in" / "B" / "notes" / "2025-01-03_gone.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "in" / "C" / "notes" / "2025-01-03_pipe.txt")
    run(tmp_path / "in", tmp_path / "out", 1)
    assert [row["chart_id"] for row in lines(tmp_path / "out" / "cases.jsonl")] == ["A", "B", "C"]
    rows = set_aside(tmp_path / "out")
    assert [(chart, stage, where) for chart, stage, where, _ in rows] == [
        ("B", "read", "B/notes/2025-01-03_gone.txt"),
        ("C", "read", "C/notes/2025-01-03_pipe.txt"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write and read everywhere")
def test_no_permission(tmp_path):
    write_charts(tmp_path / "in", A=WORDS, B=WORDS)
    (tmp_path / "in" / "B" / "notes" / NOTE).chmod(0)
    run(tmp_path / "in", tmp_path / "out", 1)
    assert set_aside(tmp_path / "out")[0][3] == "no permission to read it"
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(PermissionError):
        run(tmp_path / "in", tmp_path / "closed" / "out", 1)


def test_no_permission_to_write_is_told_at_once(tmp_path, monkeypatch):
    """For root too: what the system says where a folder may not be written."""
    write_charts(tmp_path / "in", A=WORDS)

    def refuse(*args, **named):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("chartproof.batch.store.os.open", refuse)
    with pytest.raises(PermissionError):
        run(tmp_path / "in", tmp_path / "out", 1)


def broken():
    raise ValueError("patterns/a.yaml:3: unknown key")


def dies():
    os._exit(1)


def test_wrong_patterns_are_told_by_the_workers():
    from chartproof.batch.work import Work

    with pytest.raises(ValueError, match=r"a\.yaml:3"):
        list(run_local([Work(0, chart("A"))], broken, 1))


def test_workers_that_cannot_begin_are_given_up():
    from chartproof.batch.work import Work

    with pytest.raises(WorkerError, match="end before they do anything"):
        list(run_local([Work(0, chart("A"))], dies, 1))


def chart(chart_id):
    from datetime import date

    from chartproof.model import Chart, Note, Request

    note = Note(id="n", date=date(2025, 1, 2), type="progress", text="text")
    return Chart(chart_id=chart_id, request=Request(request_date=date(2025, 4, 14)), notes=[note])


def grows():
    kept = []

    def work(one, on_note):
        from chartproof.batch.process import Failed
        from chartproof.batch.work import SetAside

        kept.append(bytearray(os.urandom(1 << 20) * 8))
        return SetAside(one.position, Failed(str(os.getpid()), "case", ""))

    return work


def test_a_worker_that_grows_is_replaced():
    from chartproof.batch.work import Work

    limits = Limits(growth=30 * 2**20, chunk=2)
    results = list(run_local((Work(i, chart(str(i))) for i in range(24)), grows, 1, limits))
    assert sorted(result.position for result in results) == list(range(24))
    pids = [result.failed.chart_id for result in results]
    assert len(set(pids)) >= 3
    assert max(map(pids.count, pids)) <= 8
