"""The regexes that stand in the code, compiled once and not at every start.

There are a thousand of them beside those of the pattern files; to compile them takes a quarter of the start. They stand
where they are used, as ``re.compile`` of a text, and are kept as those of the files are (see regex_code.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chartproof.cache import digest, read_entry, write_entry
from chartproof.language.regex_code import INTERPRETER, Code, compile_code, pattern_of

_ENTRY = "regexes"
# Changes with what an entry looks like. What is kept is right for any version of the code, since a regex is looked up by
# its source and flags.
_FORM = "1"


@contextmanager
def kept_regexes() -> Iterator[None]:
    """While modules are imported under it, ``re.compile`` makes the regexes that are known of what was kept of them.

    ``re.compile`` itself is put in its place again afterwards. One that is not known is compiled, and kept.
    """
    key = digest(INTERPRETER, _FORM)
    known: dict[tuple[str, int], Any] = {}
    used: dict[tuple[str, int], Any] = {}
    try:
        known = {(source, flags): code for source, flags, code in read_entry(_ENTRY, key) or ()}
    except (TypeError, ValueError):
        pass  # not what was kept: compiled as if there were nothing
    ordinary = re.compile

    def compile_kept(source: Any, flags: int = 0) -> Any:
        if not isinstance(source, str):  # bytes, or a regex
            return ordinary(source, flags)
        about = source, int(flags)
        code = used.get(about) or known.get(about)
        if code is not None:
            try:
                made = pattern_of(source, Code(*code))
            except (AttributeError, LookupError, RuntimeError, TypeError, ValueError):
                code = None
        if code is None:
            made, code = compile_code(source, int(flags))
        if code is not None:
            used[about] = code
        return made

    re.compile = compile_kept  # type: ignore[assignment]
    try:
        yield
    finally:
        re.compile = ordinary
        if not used.keys() <= known.keys():
            write_entry(_ENTRY, key, [(*about, code) for about, code in used.items()])
