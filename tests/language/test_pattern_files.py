"""Pattern files: what is wrong with one is told with file and line, and what the cache holds changes nothing."""

import os
import re
from pathlib import Path

import pytest

from chartproof import cache
from chartproof.language import pattern_files
from chartproof.language.alternatives import look
from chartproof.language.pattern_files import Content, PatternError, read_pattern_files
from chartproof.language.regex_code import compile_code, pattern_of
from chartproof.language.words import Words

GOOD = """fragments:
  number: (?:one|two|\\d+)
targets:
  - category: CONDITION
    value: scoliosis
    phrases: [scoliosis, curved spine]
  - category: TREATMENT
    value: physical_therapy
    regex: [\\bPT\\b]
    case_sensitive: true
context:
  - category: NEGATED
    direction: forward
    phrases: [denies]
    types: [CONDITION]
sections:
  - category: plan
    titles: ["PLAN:", What  next]
zones:
  - category: policy
    regex: [\\bis covered when\\b]
vocabulary:
  unit:
    week: [<number> weeks?, wks?]
regexes:
  pain: (?P<word>pain)\\s+<number>
"""

WRONG = [
    ("targets:\n  - value: x\n", 2, "a target has a category and a value"),
    ("targets:\n  - category: A\n    value: b\n    colour: c\n", 2, "unknown key 'colour' under targets"),
    ("targets:\n\n  - category: A\n    value: b\n    regex: ['(']\n", 3, "the regex '(' does not compile"),
    ("targets: [a]\n", 1, "every entry under targets is a mapping; found str"),
    ("\ncolour: []\n", 2, "unknown key 'colour'"),
    ("context:\n  - category: A\n    direction: up\n", 2, "direction is one of backward, bidirectional, forward"),
    ("context:\n  - category: A\n    direction: forward\n    phrases: [no]\n", 2, "put texts such as on, no and 5 in"),
    ("zones:\n  - category: a\n    regex: ['a', 'b)']\n", 2, "the regex 'b)' does not compile"),
    ("regexes:\n  a: x\n  b: y\n  a: z\n", 4, "a is given twice; put all that belongs to it under one key"),
    ("vocabulary:\n  unit:\n    day: [d]\n    week: ['(?<=w*)k']\n", 4, "look-behind requires fixed-width pattern"),
    ("vocabulary:\n  unit: [a]\n", 2, "unit is a mapping; found list"),
    ("regexes:\n  a: b\n  c: <nothing>\n", 3, "unknown fragment <nothing>; known: number"),
    ("fragments:\n  a: b\n  c: 5\n", 3, "fragment c is a text or a list of texts"),
    ("- a\n", 1, "a pattern file is a mapping with keys such as"),
    ("regexes:\n  a: 'b\n", 3, "not YAML:"),
    ("regexes:\n  a: b\x07\n", 1, "not YAML: it holds characters that YAML does not allow"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, still empty."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CHARTPROOF_CACHE", str(folder))
    return folder


@pytest.fixture
def patterns(tmp_path: Path) -> Path:
    """A folder with one file of patterns."""
    (tmp_path / "patterns").mkdir()
    (tmp_path / "patterns" / "a.yaml").write_text(GOOD)
    return tmp_path / "patterns"


def _read_anew(patterns: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    with monkeypatch.context() as m:
        m.setenv("CHARTPROOF_CACHE", "off")
        return read_pattern_files(patterns)


def _said(content: Content) -> dict:
    """All of a content but what it could be kept by; the regexes with all that makes them up."""
    pool = []
    for one in content.pool:
        searches, number, rest = one.known
        by_first = sorted((c, part.pattern.pattern) for c, part in one.by_first.items())
        made = one.regex.pattern, one.regex.pattern.groupindex
        pool.append((made, by_first, searches, number, [(part.pattern, of) for part, of in rest]))
    words = content.words
    looked_for = [(words.wanted(number), words.between(number)) for number in range(len(words))]
    again = {name: list(map(list, part)) if isinstance(part, list) else part for name, part in vars(content).items()}
    return {**again, "pool": pool, "words": (words.texts, looked_for)}


def _texts(words: Words, number: int) -> dict | None:
    """What is looked for for a regex."""
    return None if number < 0 else {words.texts[text]: how for text, how in words.wanted(number).items()}


def _must_not_read(*_):
    raise AssertionError("the files were read again")


@pytest.mark.parametrize(("text", "line", "problem"), WRONG)
def test_a_wrong_file_is_told_with_its_line(patterns, text, line, problem):
    read_pattern_files(patterns)
    (patterns / "b.yaml").write_text(text)
    for _ in range(2):  # what is wrong is not kept
        with pytest.raises(PatternError) as told:
            read_pattern_files(patterns)
        assert str(told.value).startswith(f"b.yaml, line {line}: ")
        assert problem in str(told.value)
    (patterns / "b.yaml").write_text("regexes:\n  b: c\n")
    assert set(read_pattern_files(patterns).regexes) == {"pain", "b"}


def test_a_file_that_is_not_utf8_is_told_with_its_line(patterns):
    (patterns / "b.yaml").write_bytes(b"regexes:\n  a: caf\xe9\n")
    with pytest.raises(PatternError, match=r"b\.yaml, line 2: not UTF-8"):
        read_pattern_files(patterns)


def test_a_folder_without_files_is_told(tmp_path):
    with pytest.raises(PatternError, match=r"no \.yaml file in"):
        read_pattern_files(tmp_path)


def test_what_the_files_say(patterns):
    content = read_pattern_files(patterns)
    assert content.targets[0] == ("CONDITION", "scoliosis", ["scoliosis", "curved spine"], None, False)
    category, value, phrases, regex, sensitive = content.targets[1]
    assert (category, value, phrases, sensitive) == ("TREATMENT", "physical_therapy", [], True)
    assert content.pool[regex].regex.pattern == re.compile(r"\bPT\b")
    assert content.context == [("NEGATED", "forward", ["denies"], None, None, ["CONDITION"])]
    assert content.sections == {"plan:": "plan", "what next": "plan"}
    assert content.pool[content.vocabulary["unit"]["week"]].regex.pattern == re.compile(
        r"(?:(?:(?:one|two|\d+)) weeks?)|(?:wks?)", re.IGNORECASE
    )
    pain = content.pool[content.regexes["pain"]].regex.pattern
    assert pain.search("PAIN  two")["word"] == "PAIN"


def test_the_second_reading_is_of_the_cache_and_says_the_same(patterns, folder, monkeypatch):
    first = read_pattern_files(patterns)
    monkeypatch.setattr(pattern_files, "_read_all", _must_not_read)
    assert _said(read_pattern_files(patterns)) == _said(first)
    (entry,) = folder.iterdir()
    if os.name == "posix":
        assert (entry.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_shipped_patterns_are_the_same_from_the_cache():
    first = read_pattern_files()
    assert len(first.pool) > 1000
    again = read_pattern_files()
    for one in again.pool[::5]:  # to compile them all takes seconds
        source, flags = one.regex.source, one.regex.flags
        assert one.regex.pattern == re.compile(source, flags)
        own = Words()
        expected = look(source, flags, own.add)
        assert expected.searches == one.known.searches
        numbers = (
            (expected.number, *(of for _, of in expected.rest)),
            (one.known.number, *(of for _, of in one.known.rest)),
        )
        for ours, theirs in zip(*numbers, strict=True):
            assert _texts(own, ours) == _texts(again.words, theirs)
        assert [part.pattern for part, _ in expected.rest] == [part.pattern for part, _ in one.known.rest]
    assert _said(again) == _said(first)


@pytest.mark.parametrize("change", ["a word", "a name", "a file more", "a file less", "moved between files"])
def test_any_change_of_the_files_is_read(patterns, monkeypatch, change):
    (patterns / "b.yaml").write_text("regexes:\n  b: c\n")
    before = _said(read_pattern_files(patterns))
    match change:
        case "a word":
            (patterns / "b.yaml").write_text("regexes:\n  b: d\n")
        case "a name":
            (patterns / "b.yaml").rename(patterns / "0.yaml")
        case "a file more":
            (patterns / "c.yaml").write_text("regexes:\n  c: c\n")
        case "a file less":
            (patterns / "b.yaml").unlink()
        case _:
            (patterns / "a.yaml").write_text(GOOD + "  b: c\n")
            (patterns / "b.yaml").write_text("")
    after = _said(read_pattern_files(patterns))
    assert after == _said(_read_anew(patterns, monkeypatch))
    assert (after != before) == (change != "moved between files")


@pytest.mark.parametrize("change", ["the code", "the interpreter"])
def test_another_program_or_python_reads_the_files_itself(patterns, monkeypatch, tmp_path, change):
    read_pattern_files(patterns)
    if change == "the code":
        other = tmp_path / "other.py"
        other.write_bytes(Path(pattern_files.__file__).read_bytes() + b"\n")
        monkeypatch.setattr(pattern_files, "__file__", str(other))
    else:
        monkeypatch.setattr(pattern_files, "INTERPRETER", "another")
    monkeypatch.setattr(pattern_files, "_read_all", _must_not_read)
    with pytest.raises(AssertionError, match="read again"):
        read_pattern_files(patterns)


def _flip(entry: Path, at: int) -> None:
    raw = bytearray(entry.read_bytes())
    raw[at] ^= 1
    entry.write_bytes(raw)


DAMAGE = {
    "emptied": lambda entry: entry.write_bytes(b""),
    "cut short": lambda entry: entry.write_bytes(entry.read_bytes()[:-1]),
    "a bit of the seal": lambda entry: _flip(entry, 3),
    "a bit of the content": lambda entry: _flip(entry, -20),
    "of another key": lambda entry: entry.write_bytes(cache._seal("other", b"{}") + b"{}"),
    "a folder": lambda entry: (entry.unlink(), entry.mkdir()),
    "writable by others": lambda entry: entry.chmod(0o666),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_no_entry(patterns, folder, monkeypatch, capfd, damage):
    expected = _said(_read_anew(patterns, monkeypatch))
    read_pattern_files(patterns)
    (entry,) = folder.iterdir()
    DAMAGE[damage](entry)
    assert _said(read_pattern_files(patterns)) == expected
    assert _said(read_pattern_files(patterns)) == expected
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "kept",
    [
        [1],
        {"targets": []},
        {"pool": [], "colours": []},
        {"pool": [], "words": [[]]},
        {"pool": [[["a", 0, [32, "no numbers", 0, {}]], False]], "words": [[], [], [], []]},
        {"pool": [[["a", 0, [32]], False, -1, [], []]], "words": [[], [], [], []]},
    ],
)
def test_an_entry_of_another_content_is_no_entry(patterns, monkeypatch, capfd, kept):
    expected = _said(_read_anew(patterns, monkeypatch))
    monkeypatch.setattr(pattern_files, "read_entry", lambda *_: kept)
    assert _said(read_pattern_files(patterns)) == expected
    assert capfd.readouterr() == ("", "")


def test_a_cache_that_cannot_be_written_is_not_missed(patterns, folder, monkeypatch, capfd):
    expected = _said(_read_anew(patterns, monkeypatch))
    folder.write_text("a file where the folder should be")
    assert _said(read_pattern_files(patterns)) == expected
    folder.unlink()
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    assert _said(read_pattern_files(patterns)) == expected
    assert list(folder.iterdir()) == []  # nothing half-written stays
    assert capfd.readouterr() == ("", "")


def test_off_keeps_nothing(patterns, folder, monkeypatch):
    monkeypatch.setenv("CHARTPROOF_CACHE", "off")
    read_pattern_files(patterns)
    assert not folder.exists()
    assert cache.cache_folder() is None


def test_only_the_newest_entries_stay(patterns, folder):
    for n in range(10):
        (patterns / "b.yaml").write_text(f"regexes:\n  b: c{n}\n")
        read_pattern_files(patterns)
        for entry in folder.iterdir():  # all of them older than the next
            os.utime(entry, (entry.stat().st_atime - 10, entry.stat().st_mtime - 10))
    assert len(list(folder.iterdir())) == 8


def test_the_cache_stands_where_the_system_has_caches(monkeypatch):
    monkeypatch.delenv("CHARTPROOF_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", "/home/nurse")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache.cache_folder() == Path("/home/nurse/.cache/chartproof")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/caches")
    assert cache.cache_folder() == Path("/var/caches/chartproof")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.cache_folder() == Path("/home/nurse/.cache/chartproof")
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == Path("/home/nurse/Library/Caches/chartproof")


@pytest.mark.parametrize(
    "source", [r"(?P<a>x)(?P<b>y)?z|\bw{2,3}\b", "", "(?i:a)b", "(?s).", "(a)(?=b)\\1", "é|\u212a"]
)
def test_a_regex_made_of_its_code_is_the_regex(source):
    for flags in (0, re.IGNORECASE):
        pattern, code = compile_code(source, flags)
        assert code is not None
        again = pattern_of(source, code)
        assert pattern == again == re.compile(source, flags)
        assert pattern.groupindex == again.groupindex == re.compile(source, flags).groupindex


def test_what_does_not_compile_says_so():
    with pytest.raises(re.error, match="unterminated"):
        compile_code("(a", 0)


def test_an_interpreter_without_such_code_compiles_as_ever(patterns, folder, monkeypatch):
    expected = _said(_read_anew(patterns, monkeypatch))
    monkeypatch.setattr("chartproof.language.regex_code._sre", None)
    assert _said(read_pattern_files(patterns)) == expected
    assert not folder.exists()
