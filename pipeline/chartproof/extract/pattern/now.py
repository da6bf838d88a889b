"""The part of a sentence that tells where the pain is now: what was once, and is said to be so no more, is left out.

"The pain used to run down the leg, but now it stays in the left buttock"; "initially it went to the calf".
"""

from __future__ import annotations

import re

from chartproof.language.reading import Reading

_CLAUSE = re.compile(
    r"[;:]\s|\.\s|\s-{1,2}\s|,\s(?:but|and|while|whereas|which|it|she|he|now|since|as|although)\b|\bbut\b"
)


def part(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """The stretch of [start, end) about the pain of today; empty where all of it is about an earlier one."""
    regexes, text = reading.patterns.regexes, reading.text
    then = regexes["pain_then"].search(text, start, end)
    if then is None:
        return start, end
    turn = regexes["pain_now"].search(text, then.end(), end)
    if turn is not None and regexes["pain_now_too"].search(text, turn.start(), end):
        return start, end
    if turn is not None:
        begin = turn.start()
        while begin < end and not text[begin].isalpha():
            begin += 1
        return begin, end
    if then[0][:5].lower() in ("began", "start", "origi") and not then[0].lower().startswith("originally"):
        return start, end  # where the pain began, and nothing of where it went
    before = [m for m in _CLAUSE.finditer(text, start, then.start())]
    if before:
        return start, before[-1].start()
    behind = _CLAUSE.search(text, then.end(), end)
    return (behind.start(), end) if behind is not None else (end, end)
