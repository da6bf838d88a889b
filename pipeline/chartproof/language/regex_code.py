"""Compiled regexes that can be kept.

CPython compiles a regex in two steps: code in Python makes a list of numbers of it, which takes milliseconds for a long
one, and code in C a ``re.Pattern`` of these, which takes microseconds. The numbers are good for the interpreter that
made them. Where an interpreter has no such steps there is nothing to keep, and ``re.compile`` does it all.
"""

from __future__ import annotations

import re
import re._compiler as sre_compiler
import re._parser as sre_parser
import sys
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple

try:
    import _sre
except ImportError:
    _sre = None

INTERPRETER = "|".join(map(str, (sys.version, sys.platform, sys.byteorder, sys.maxsize)))
"""What the numbers are good for."""


class Code(NamedTuple):
    """What a regex is made of, as JSON can hold it.

    Attributes:
        flags: all of them, those that stand in the source too.
        numbers: compressed, in base 64.
        groups: number of its groups.
        names: name of a group -> its number.
    """

    flags: int
    numbers: str
    groups: int
    names: dict[str, int]


def compile_code(source: str, flags: int) -> tuple[re.Pattern[str], Code | None]:
    """A regex as ``re.compile`` makes it, and what to make it of again; None where this interpreter has no such thing.

    Raises:
        re.error: it does not compile.
    """
    try:
        tree = sre_parser.parse(source, int(flags))
        numbers = sre_compiler._code(tree, int(flags))
        state = tree.state
        code = Code(int(flags) | state.flags, _packed(numbers), state.groups - 1, dict(state.groupdict))
        return pattern_of(source, code), code
    except (AttributeError, TypeError, OverflowError):  # another interpreter
        return re.compile(source, flags), None


def pattern_of(source: str, code: Code) -> re.Pattern[str]:
    """The regex, made of what ``compile_code`` gave for it.

    Raises:
        AttributeError: this interpreter has no such thing.
        RuntimeError: the code is not sound.
    """
    by_number: list[str | None] = [None] * (code.groups + 1)
    for name, number in code.names.items():
        by_number[number] = name
    made: Any = _sre.compile(source, code.flags, _unpacked(code.numbers), code.groups, code.names, tuple(by_number))
    return made


class Lazy:
    """A regex that is made when it is first needed.

    Args:
        source: the regex.
        flags: those that it is compiled with.
        code: what to make it of; None where it cannot be made of anything but its source.
    """

    __slots__ = ("_made", "code", "flags", "source")

    def __init__(self, source: str, flags: int, code: Code | None):
        self.source, self.flags, self.code = source, flags, code
        self._made: re.Pattern[str] | None = None

    @classmethod
    def of(cls, regex: re.Pattern[str]) -> Lazy:
        """One that is made."""
        lazy = cls(regex.pattern, regex.flags, None)
        lazy._made = regex
        return lazy

    @classmethod
    def compiled(cls, source: str, flags: int) -> Lazy:
        """One made of its source, with what to make it of again.

        Raises:
            re.error: it does not compile.
        """
        made, code = compile_code(source, flags)
        lazy = cls(source, flags, code)
        lazy._made = made
        return lazy

    @property
    def pattern(self) -> re.Pattern[str]:
        """The regex."""
        if self._made is None:
            self._made = (
                re.compile(self.source, self.flags) if self.code is None else pattern_of(self.source, self.code)
            )
        return self._made

    def as_json(self) -> tuple[str, int, Code | None]:
        """What JSON can hold of it, for ``from_json``."""
        return self.source, self.flags, self.code

    @classmethod
    def from_json(cls, source: str, flags: int, code: Sequence[Any] | None) -> Lazy:
        """What ``as_json`` gave."""
        return cls(source, flags, None if code is None else Code(*code))


def _packed(numbers: list[int]) -> str:
    return b64encode(zlib.compress(array("I", numbers).tobytes(), 1)).decode("ascii")


def _unpacked(numbers: str) -> list[int]:
    unpacked = array("I")
    unpacked.frombytes(zlib.decompress(b64decode(numbers)))
    return unpacked.tolist()
