"""Loads patterns/*.yaml: phrases for the target matcher, context rules, section titles, and regexes with fragments.

A file holds any of these keys (all optional):

``fragments``   name -> regex text; ``<name>`` in any regex of any file stands for ``(?:regex text)``.
``targets``     list of {category, value, phrases?, regex?, case_sensitive?}: what is looked for in notes.
``context``     list of {category, direction, phrases, max_scope?, reach_back?, types?}: ConText modifiers.
``sections``    list of {category, titles}: headings of notes.
``zones``       list of {category, regex}: sentences that assert nothing of the patient (policy quotes, teaching).
``vocabulary``  name -> value -> list of regexes: word lists for the parsers in ``extract/``.
``regexes``     name -> regex: single expressions for the parsers in ``extract/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from chartproof.data import data_folder
from chartproof.language.gate import Engine, GatedRegex, Scanner, Spans, cuts_word, default_engine

_KEYS = {
    "targets": {"category", "value", "phrases", "regex", "case_sensitive"},
    "context": {"category", "direction", "phrases", "max_scope", "reach_back", "types"},
    "sections": {"category", "titles"},
    "zones": {"category", "regex"},
}
_DIRECTIONS = {"forward", "backward", "bidirectional", "terminate"}
_FRAGMENT = re.compile(r"<([a-z][a-z0-9_]*)>")


class PatternError(ValueError):
    """A pattern file is wrong; the message says file, line, what, and how to mend it."""


@dataclass(frozen=True)
class TargetPattern:
    category: str
    value: str
    phrases: tuple[str, ...] = ()
    regex: GatedRegex | None = None
    case_sensitive: bool = False


@dataclass(frozen=True)
class ContextPattern:
    category: str
    direction: str
    phrases: tuple[str, ...]
    max_scope: int | None = None
    reach_back: int | None = None  # tokens between what stands before and a bidirectional modifier
    types: frozenset[str] | None = None


def _all_bits(regexes: list[GatedRegex]) -> int:
    """The bits of several regexes; 0 where one of them always runs, or there is none."""
    return sum(regex.bit for regex in regexes) if all(regex.bit for regex in regexes) else 0


@dataclass
class Patterns:
    """All that patterns/*.yaml say, compiled. The regexes share one scanner, so that a text is scanned once for all."""

    scanner: Scanner
    targets: list[TargetPattern] = field(default_factory=list)
    context: list[ContextPattern] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)  # title in lower case -> category
    zones: list[tuple[str, GatedRegex]] = field(default_factory=list)
    vocabulary: dict[str, dict[str, GatedRegex]] = field(default_factory=dict)
    regexes: dict[str, GatedRegex] = field(default_factory=dict)
    _bits: dict[tuple[str, ...], int] = field(default_factory=dict)

    def find(
        self, vocabulary: str, text: str, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[str, re.Match[str]]]:
        """All hits of a vocabulary in ``text[start:end]`` in order of position, longest first, without overlap.

        Yields (value, match); offsets count from the start of ``text``.

        Raises:
            KeyError: no pattern file defines that vocabulary.
        """
        words = self.vocabulary[vocabulary]
        end = len(text) if end is None else end
        scan = self.scanner.scan(text)
        items = words.items() if scan is None else scan.possible(vocabulary, words, start, end)
        hits = [(m.start(), -m.end(), value, m) for value, regex in items for m in regex.finditer(text, start, end)]
        if not hits:
            return
        at = start
        for first, minus_last, value, m in sorted(hits, key=lambda h: h[:2]):
            if first >= at and -minus_last > first:
                yield value, m
                at = -minus_last

    def may_hold(self, names: tuple[str, ...], text: str, start: int, end: int) -> bool:
        """False where nothing of these vocabularies and regexes matches within ``text[start:end]``."""
        return self._may_match(self._bits_of(names), text, start, end)

    def spans_with(self, names: tuple[str, ...], spans: Spans) -> Sequence[int]:
        """The numbers of the spans in which something of these vocabularies and regexes may match."""
        bits = self._bits_of(names)
        scan = self.scanner.scan_at_once(spans.text) if bits else None
        if scan is None:
            return range(len(spans.spans))
        return spans.with_any(scan.places_of(bits)) if scan.mask & bits else spans.cut

    def _may_match(self, bits: int, text: str, start: int, end: int) -> bool:
        scan = self.scanner.scan_at_once(text) if bits else None
        if scan is None:
            return True
        if not scan.mask & bits:
            return False
        return cuts_word(text, start) or cuts_word(text, end) or scan.places_of(bits).any_in(start, end)

    def _bits_of(self, names: tuple[str, ...]) -> int:
        bits = self._bits.get(names)
        if bits is None:
            bits = self._bits[names] = _all_bits([regex for name in names for regex in self._named(name)])
        return bits

    def _named(self, name: str) -> Iterable[GatedRegex]:
        """The regexes of a vocabulary, of one value of it ("pain_site.hip"), or the one regex of that name."""
        vocabulary, _, value = name.partition(".")
        if value:
            return (self.vocabulary[vocabulary][value],)
        return self.vocabulary[name].values() if name in self.vocabulary else (self.regexes[name],)

    def first(self, vocabulary: str, text: str, start: int = 0, end: int | None = None) -> str | None:
        """The value of the first hit of a vocabulary, or None."""
        return next((value for value, _ in self.find(vocabulary, text, start, end)), None)


class _Lines(yaml.SafeLoader):
    """A loader that notes the line of every mapping (key ``__line__``)."""


def _mapping(loader: _Lines, node: yaml.MappingNode) -> dict[str, Any]:
    mapping: dict[str, Any] = {str(k): v for k, v in loader.construct_mapping(node, deep=True).items()}
    mapping["__line__"] = node.start_mark.line + 1
    return mapping


_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _fail(path: Path, line: int, what: str) -> PatternError:
    return PatternError(f"{path.name}, line {line}: {what}")


def _regex(
    source: str, fragments: dict[str, str], path: Path, line: int, scanner: Scanner, flags: int = re.IGNORECASE
) -> GatedRegex:
    def insert(m: re.Match[str]) -> str:
        if m[1] not in fragments:
            raise _fail(path, line, f"unknown fragment <{m[1]}>; known: {', '.join(sorted(fragments)) or 'none'}")
        return f"(?:{fragments[m[1]]})"

    text = source
    for _ in range(5):  # fragments may use fragments
        # (?P<name>...) is a group of the regex, no fragment
        new = re.sub(r"(?<!\?P)(?<!\\k)<([a-z][a-z0-9_]*)>", insert, text)
        if new == text:
            break
        text = new
    try:
        return GatedRegex(re.compile(text, flags), scanner)
    except re.error as e:
        raise _fail(path, line, f"the regex {source!r} does not compile: {e}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Lines)  # a SafeLoader
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise _fail(path, line, f"not YAML: {e.problem}; check indentation and quotes") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _fail(path, 1, "a pattern file is a mapping with keys such as targets, vocabulary, regexes")
    content.pop("__line__", None)
    return content


def _check_item(item: Any, kind: str, path: Path) -> int:
    if not isinstance(item, dict):
        raise _fail(path, 1, f"every entry under {kind} is a mapping; found {type(item).__name__}")
    line = int(item.pop("__line__", 1))
    unknown = set(item) - _KEYS[kind]
    if unknown:
        raise _fail(
            path, line, f"unknown key {sorted(unknown)[0]!r} under {kind}; known: {', '.join(sorted(_KEYS[kind]))}"
        )
    return line


def _strings(value: Any, what: str, path: Path, line: int) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise _fail(path, line, f"{what} is a text or a list of texts; put texts such as on, no and 5 in quotes")
    return values


@lru_cache(maxsize=4)
def load_patterns(folder: Path | None = None, engine: Engine | None = None) -> Patterns:
    """Load and compile every pattern file.

    Args:
        folder: a folder of pattern files; None for those that ship with chartproof.
        engine: what looks for the words of the regexes; None for ``default_engine()``.

    Raises:
        PatternError: a file is wrong; the message says where and how to mend it.
    """
    root = data_folder("patterns", folder)
    files = [(path, _read(path)) for path in sorted(root.rglob("*.yaml"))]
    if not files:
        raise PatternError(f"no .yaml file in {root}; a patterns folder holds one or more")
    fragments: dict[str, str] = {}
    for path, content in files:
        part = dict(content.get("fragments") or {})
        line = part.pop("__line__", 1)
        for name, text in part.items():
            fragments[name] = "|".join(_strings(text, f"fragment {name}", path, line))
    out = Patterns(Scanner(engine or default_engine()))
    for path, content in files:
        unknown = set(content) - {"fragments", "targets", "context", "sections", "zones", "vocabulary", "regexes"}
        if unknown:
            raise _fail(path, 1, f"unknown key {sorted(unknown)[0]!r}")
        for item in content.get("targets") or []:
            line = _check_item(item, "targets", path)
            if "category" not in item or "value" not in item:
                raise _fail(path, line, "a target has a category and a value")
            sensitive = bool(item.get("case_sensitive", False))
            sources = _strings(item.get("regex", []), "regex", path, line)
            regex = None
            if sources:
                regex = _regex("|".join(sources), fragments, path, line, out.scanner, 0 if sensitive else re.IGNORECASE)
            phrases = tuple(_strings(item.get("phrases", []), "phrases", path, line))
            out.targets.append(TargetPattern(item["category"], str(item["value"]), phrases, regex, sensitive))
        for item in content.get("context") or []:
            line = _check_item(item, "context", path)
            if item.get("direction") not in _DIRECTIONS:
                raise _fail(path, line, f"direction is one of {', '.join(sorted(_DIRECTIONS))}")
            types = item.get("types")
            out.context.append(
                ContextPattern(
                    item["category"],
                    item["direction"],
                    tuple(_strings(item.get("phrases", []), "phrases", path, line)),
                    item.get("max_scope"),
                    item.get("reach_back"),
                    frozenset(_strings(types, "types", path, line)) if types else None,
                )
            )
        for item in content.get("sections") or []:
            line = _check_item(item, "sections", path)
            for title in _strings(item.get("titles", []), "titles", path, line):
                out.sections[" ".join(title.lower().split())] = item["category"]
        for item in content.get("zones") or []:
            line = _check_item(item, "zones", path)
            for source in _strings(item.get("regex", []), "regex", path, line):
                out.zones.append((item["category"], _regex(source, fragments, path, line, out.scanner)))
        for name, values in (content.get("vocabulary") or {}).items():
            if name == "__line__":
                continue
            line = values.pop("__line__", 1)
            table = out.vocabulary.setdefault(name, {})
            for value, sources in values.items():
                source = "|".join(f"(?:{s})" for s in _strings(sources, f"{name}.{value}", path, line))
                table[str(value)] = _regex(source, fragments, path, line, out.scanner)
        for name, source in (content.get("regexes") or {}).items():
            if name != "__line__":
                out.regexes[name] = _regex("|".join(_strings(source, name, path, 1)), fragments, path, 1, out.scanner)
    return out
