"""Reads and checks patterns/*.yaml: every regex with its fragments put in, compiled, and what it needs to match.

To compile and to analyse a thousand regexes takes seconds. What comes out is kept (see cache.py) under a key made of the
files, of the code that reads them and of the interpreter: files that were found good once are good while none of these
change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from chartproof.cache import digest, read_entry, write_entry
from chartproof.data import data_folder
from chartproof.language import alternatives, common_words, literals, regex_code, words
from chartproof.language.alternatives import Known, by_first_character, look
from chartproof.language.regex_code import INTERPRETER, Lazy
from chartproof.language.words import Words

_KEYS = {
    "targets": {"category", "value", "phrases", "regex", "case_sensitive"},
    "context": {"category", "direction", "phrases", "max_scope", "reach_back", "types"},
    "sections": {"category", "titles"},
    "zones": {"category", "regex"},
}
_DIRECTIONS = {"forward", "backward", "bidirectional", "terminate"}
_ENTRY = "patterns"
# The parser in C where PyYAML was built with it; a SafeLoader too.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PatternError(ValueError):
    """A pattern file is wrong; the message says file, line, what, and how to mend it."""


class Regex(NamedTuple):
    """A regex with its fragments put in.

    Attributes:
        regex: made when it is needed.
        known: its words, by their number in ``Content.words``.
        by_first: of a long one: a character -> the alternatives that can begin with it.
    """

    regex: Lazy
    known: Known
    by_first: dict[str, Lazy] = {}


@dataclass
class Content:
    """All that a folder of pattern files says, checked. Where a regex is meant, its number in ``pool`` stands.

    Attributes:
        words: those of all regexes of ``pool``.
        targets: category, value, phrases, regex or None, whether upper and lower case differ.
        context: category, direction, phrases, max_scope, reach_back, types.
        sections: title in lower case -> category.
        zones: category, regex.
        vocabulary: name -> value -> regex.
        regexes: name -> regex.
    """

    pool: list[Regex] = field(default_factory=list)
    words: Words = field(default_factory=Words)
    targets: list[tuple[str, str, list[str], int | None, bool]] = field(default_factory=list)
    context: list[tuple[str, str, list[str], int | None, int | None, list[str] | None]] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)
    zones: list[tuple[str, int]] = field(default_factory=list)
    vocabulary: dict[str, dict[str, int]] = field(default_factory=dict)
    regexes: dict[str, int] = field(default_factory=dict)


def read_pattern_files(folder: Path | None = None) -> Content:
    """What the pattern files of a folder say, from the cache where they were read before.

    Args:
        folder: a folder of pattern files; None for those that ship with chartproof.

    Raises:
        FileNotFoundError: there is no such folder.
        PatternError: a file is wrong.
    """
    root = data_folder("patterns", folder)
    files = [(path, path.read_bytes()) for path in sorted(root.rglob("*.yaml"))]
    if not files:
        raise PatternError(f"no .yaml file in {root}; a patterns folder holds one or more")
    try:
        modules = (__file__, *(m.__file__ for m in (alternatives, common_words, literals, regex_code, words)))
        code = [Path(str(module)).read_bytes() for module in modules]
    except OSError:  # in an archive: nothing to tell by whether the code is the same
        return _read_all([(path, _read(path, raw)) for path, raw in files])
    names = [str(path.relative_to(root)) for path, _ in files]
    key = digest(INTERPRETER, *code, "\0".join(names), *(raw for _, raw in files))
    kept = read_entry(_ENTRY, key)
    if kept is not None:
        try:
            return _from_json(kept)
        except (AttributeError, LookupError, RuntimeError, TypeError, ValueError):
            pass  # not what was kept: read as if there were nothing
    content = _read_all([(path, _read(path, raw)) for path, raw in files])
    if all(one.code is not None for regex in content.pool for one in _parts(regex)):
        pool = [_to_json(one) for one in content.pool]
        write_entry(_ENTRY, key, {**vars(content), "pool": pool, "words": content.words.as_json()})
    return content


def _parts(regex: Regex) -> Iterator[Lazy]:
    """A regex, and those of its alternatives that are made by themselves."""
    yield regex.regex
    yield from (one for one, _ in regex.known.rest)
    yield from regex.by_first.values()


def _to_json(regex: Regex) -> tuple[Any, ...]:
    searches, number, rest = regex.known
    parts: dict[Lazy, list[str]] = {}  # characters may share their alternatives
    for c, one in regex.by_first.items():
        parts.setdefault(one, []).append(c)
    by_first = [(one.as_json(), characters) for one, characters in parts.items()]
    return regex.regex.as_json(), searches, number, [(one.as_json(), of) for one, of in rest], by_first


def _from_json(kept: dict[str, Any]) -> Content:
    pool = [_regex_from_json(*one) for one in kept.pop("pool")]
    return Content(pool, Words.from_json(kept.pop("words")), **kept)


def _regex_from_json(
    regex: list[Any], searches: bool, number: int, rest: list[list[Any]], by_first: list[list[Any]]
) -> Regex:
    known = Known(searches, number, tuple((Lazy.from_json(*one), of) for one, of in rest))
    parts = {c: one for part, cs in by_first for one in (Lazy.from_json(*part),) for c in cs}
    return Regex(Lazy.from_json(*regex), known, parts)


class _Mapping(dict[str, Any]):
    """A mapping of a file, with the line where it begins and those of its keys."""

    line: int
    lines: dict[str, int]


class _Lines(_LOADER):
    """A loader of plain data that notes lines."""


class _GivenTwice(yaml.MarkedYAMLError):
    """A key stands twice in a mapping; YAML would keep the last alone."""


def _mapping(loader: Any, node: yaml.MappingNode) -> _Mapping:
    keys = set()
    for key, _ in node.value:
        if key.value in keys:
            raise _GivenTwice(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
        keys.add(key.value)
    mapping = _Mapping({str(k): v for k, v in loader.construct_mapping(node, deep=True).items()})
    mapping.line = node.start_mark.line + 1
    mapping.lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    return mapping


_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _fail(path: Path, line: int, what: str) -> PatternError:
    return PatternError(f"{path.name}, line {line}: {what}")


def _read(path: Path, raw: bytes) -> _Mapping:
    try:
        content = yaml.load(raw.decode("utf-8"), Loader=_Lines)  # a SafeLoader
    except UnicodeDecodeError as e:
        line = raw[: e.start].count(b"\n") + 1
        raise _fail(path, line, "not UTF-8; save the file with that encoding") from None
    except _GivenTwice as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise _fail(path, line, f"{e.problem}; put all that belongs to it under one key") from None
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise _fail(path, line, f"not YAML: {e.problem}; check indentation and quotes") from None
    except yaml.YAMLError:
        raise _fail(path, 1, "not YAML: it holds characters that YAML does not allow") from None
    if content is None:
        return _Mapping()
    if not isinstance(content, _Mapping):
        raise _fail(path, 1, "a pattern file is a mapping with keys such as targets, vocabulary, regexes")
    return content


def _check_item(item: Any, kind: str, path: Path) -> int:
    if not isinstance(item, _Mapping):
        raise _fail(path, 1, f"every entry under {kind} is a mapping; found {type(item).__name__}")
    unknown = set(item) - _KEYS[kind]
    if unknown:
        known = ", ".join(sorted(_KEYS[kind]))
        raise _fail(path, item.line, f"unknown key {sorted(unknown)[0]!r} under {kind}; known: {known}")
    return item.line


def _table(content: _Mapping, key: str, path: Path) -> _Mapping:
    """What stands under a key that holds a mapping; empty where the key is not there."""
    table = content.get(key)
    if table is None:
        table = _Mapping()
        table.lines = {}
    if not isinstance(table, _Mapping):
        raise _fail(path, content.lines[key], f"{key} is a mapping; found {type(table).__name__}")
    return table


def _strings(value: Any, what: str, path: Path, line: int) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise _fail(path, line, f"{what} is a text or a list of texts; put texts such as on, no and 5 in quotes")
    return values


def _read_all(files: list[tuple[Path, _Mapping]]) -> Content:
    """Check what stands in the files and compile their regexes."""
    fragments: dict[str, str] = {}
    for path, content in files:
        part = _table(content, "fragments", path)
        for name, text in part.items():
            fragments[name] = "|".join(_strings(text, f"fragment {name}", path, part.lines[name]))
    out = Content()
    for path, content in files:
        unknown = set(content) - {"fragments", "targets", "context", "sections", "zones", "vocabulary", "regexes"}
        if unknown:
            raise _fail(path, content.lines[sorted(unknown)[0]], f"unknown key {sorted(unknown)[0]!r}")
        _Reader(path, fragments, out).read(content)
    return out


def _by_first(source: str, flags: int) -> dict[str, Lazy]:
    made: dict[str, Lazy] = {}  # characters may share their alternatives
    out = {}
    for c, part in by_first_character(source, flags).items():
        if part not in made:
            made[part] = Lazy.compiled(part, flags)
        out[c] = made[part]
    return out


class _Reader:
    """Adds one file to the content of all."""

    def __init__(self, path: Path, fragments: dict[str, str], out: Content):
        self._path = path
        self._fragments = fragments
        self._out = out

    def read(self, content: _Mapping) -> None:
        out, path = self._out, self._path
        for item in content.get("targets") or []:
            line = _check_item(item, "targets", path)
            if "category" not in item or "value" not in item:
                raise _fail(path, line, "a target has a category and a value")
            sensitive = bool(item.get("case_sensitive", False))
            sources = _strings(item.get("regex", []), "regex", path, line)
            regex = self._regex("|".join(sources), line, 0 if sensitive else re.IGNORECASE) if sources else None
            phrases = _strings(item.get("phrases", []), "phrases", path, line)
            out.targets.append((item["category"], str(item["value"]), phrases, regex, sensitive))
        for item in content.get("context") or []:
            line = _check_item(item, "context", path)
            if item.get("direction") not in _DIRECTIONS:
                raise _fail(path, line, f"direction is one of {', '.join(sorted(_DIRECTIONS))}")
            phrases = _strings(item.get("phrases", []), "phrases", path, line)
            types = _strings(item["types"], "types", path, line) if item.get("types") else None
            reach = item.get("max_scope"), item.get("reach_back")
            out.context.append((item["category"], item["direction"], phrases, *reach, types))
        for item in content.get("sections") or []:
            line = _check_item(item, "sections", path)
            for title in _strings(item.get("titles", []), "titles", path, line):
                out.sections[" ".join(title.lower().split())] = item["category"]
        for item in content.get("zones") or []:
            line = _check_item(item, "zones", path)
            for source in _strings(item.get("regex", []), "regex", path, line):
                out.zones.append((item["category"], self._regex(source, line)))
        vocabularies = _table(content, "vocabulary", path)
        for name in vocabularies:
            values = _table(vocabularies, name, path)
            table = out.vocabulary.setdefault(name, {})
            for value, sources in values.items():
                texts = _strings(sources, f"{name}.{value}", path, values.lines[value])
                table[value] = self._regex("|".join(f"(?:{text})" for text in texts), values.lines[value])
        regexes = _table(content, "regexes", path)
        for name, source in regexes.items():
            line = regexes.lines[name]
            out.regexes[name] = self._regex("|".join(_strings(source, name, path, line)), line)

    def _regex(self, source: str, line: int, flags: int = re.IGNORECASE) -> int:
        """The number of a regex, its fragments put in."""
        text = source
        for _ in range(5):  # fragments may use fragments
            # (?P<name>...) is a group of the regex, no fragment
            new = re.sub(r"(?<!\?P)(?<!\\k)<([a-z][a-z0-9_]*)>", lambda m: self._fragment(m[1], line), text)
            if new == text:
                break
            text = new
        try:
            regex = Lazy.compiled(text, flags)
        except re.error as e:
            raise _fail(self._path, line, f"the regex {source!r} does not compile: {e}") from None
        out = self._out
        out.pool.append(Regex(regex, look(text, flags, out.words.add), _by_first(text, flags)))
        return len(out.pool) - 1

    def _fragment(self, name: str, line: int) -> str:
        if name not in self._fragments:
            known = ", ".join(sorted(self._fragments)) or "none"
            raise _fail(self._path, line, f"unknown fragment <{name}>; known: {known}")
        return f"(?:{self._fragments[name]})"
