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
from array import array
from base64 import b64decode, b64encode
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
        numbers: in base 64.
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
    """A regex that is made when it is first needed."""

    __slots__ = ("_code", "_made", "_source")

    def __init__(self, source: str, code: Code):
        self._source, self._code = source, code
        self._made: re.Pattern[str] | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        if self._made is None:
            self._made = pattern_of(self._source, self._code)
        return self._made

    def as_json(self) -> tuple[str, Code]:
        """What JSON can hold of it."""
        return self._source, self._code


def _packed(numbers: list[int]) -> str:
    return b64encode(array("I", numbers).tobytes()).decode("ascii")


def _unpacked(numbers: str) -> list[int]:
    unpacked = array("I")
    unpacked.frombytes(b64decode(numbers))
    return unpacked.tolist()
