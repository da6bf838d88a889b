"""Files that their owner alone can read, whole or not at all."""

import os

import pytest

from chartproof.batch.private_files import make_private_folder, private_file, safe_name, write_private


def mode(path) -> int:
    return path.stat().st_mode & 0o777


def test_modes_do_not_follow_the_umask(tmp_path):
    old = os.umask(0)
    try:
        make_private_folder(tmp_path / "out")
        write_private(tmp_path / "out" / "a.txt", "é\n")
    finally:
        os.umask(old)
    assert mode(tmp_path / "out") == 0o700
    assert mode(tmp_path / "out" / "a.txt") == 0o600
    assert (tmp_path / "out" / "a.txt").read_bytes() == "é\n".encode()


def test_a_file_that_others_could_read_is_replaced_by_a_private_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    write_private(tmp_path / "a.txt", "old")
    with pytest.raises(RuntimeError), private_file(tmp_path / "a.txt") as file:
        file.write("half")
        raise RuntimeError
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_an_existing_folder_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path)
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("chart_id", ["D01", "P-48213", "a.b_c"])
def test_a_plain_id_is_its_own_name(chart_id):
    assert safe_name(chart_id) == chart_id


@pytest.mark.parametrize("chart_id", ["../../etc/passwd", "a/b", "..", "", ".hidden", "con", "é", "a\0b", "x" * 500])
def test_any_other_id_gets_a_safe_name_of_its_own(chart_id):
    name = safe_name(chart_id)
    assert name.isascii() and not set(name) & set("/\\\0 ") and not name.startswith(".") and 9 <= len(name) <= 89
    assert name != safe_name(chart_id + "!")
