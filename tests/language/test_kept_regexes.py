"""What is kept of the regexes of the code makes the same regexes, and ``re.compile`` is itself again afterwards."""

import re

import pytest

from chartproof.language import kept_regexes as kept
from chartproof.language.kept_regexes import kept_regexes

SOURCES = [(r"(?P<a>x)(?P<b>y)?z|\bw{2,3}\b", re.IGNORECASE), (r"(?s)a.b", 0), ("é|\u212a", re.I | re.M), ("(a)\\1", 0)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache of the test's own, still empty."""
    monkeypatch.setenv("CHARTPROOF_CACHE", str(tmp_path))
    return tmp_path


def _compiled():
    with kept_regexes():
        return [re.compile(source, flags) for source, flags in SOURCES]


def test_the_regexes_are_the_same_from_the_cache(folder, monkeypatch):
    ordinary = re.compile
    expected = [re.compile(source, flags) for source, flags in SOURCES]
    assert _compiled() == expected
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(kept, "compile_code", None)  # nothing is compiled any more
    again = _compiled()
    assert again == expected
    assert [one.groupindex for one in again] == [one.groupindex for one in expected]
    assert re.compile is ordinary


def test_a_new_regex_is_kept_beside_those_that_are_used(monkeypatch):
    _compiled()
    with kept_regexes():
        assert re.compile("new").search("anew")
        assert re.compile(b"bytes").search(b"bytes")
        assert re.compile(re.compile("made")).pattern == "made"
    monkeypatch.setattr(kept, "compile_code", None)
    with kept_regexes():
        assert re.compile("new").search("anew")


def test_what_does_not_compile_says_so_and_changes_nothing():
    ordinary = re.compile
    with pytest.raises(re.error, match="unterminated"), kept_regexes():
        re.compile("(a")
    assert re.compile is ordinary


@pytest.mark.parametrize("content", [[1], [["x", 0, [0]]], [[SOURCES[0][0], 2, [2, "no numbers", 0, {}]]], {"a": 1}])
def test_an_entry_of_another_content_is_no_entry(monkeypatch, content):
    monkeypatch.setattr(kept, "read_entry", lambda *_: content)
    assert _compiled() == [re.compile(source, flags) for source, flags in SOURCES]
