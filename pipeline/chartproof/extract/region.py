"""Whether a chart, or a long note of it, speaks of the region at all.

The guide's scores, lengths, limits, tests and courses of care are those of the pain of the SI joint or the low back
(corpora/GUIDE.md, section 2). In a warehouse most charts are about a knee, a stroke or a birth, and "cannot sleep",
"pain 7/10" or "bed rest" there are told in the same words. What is told of another complaint is no fact of this one.
"""

from __future__ import annotations

from chartproof.language.reading import Reading

# Characters. A call or a message may leave unsaid which pain it is about; a chart or a note this long does not.
LONG_CHART, LONG_NOTE = 1000, 1200


def names_region(reading: Reading) -> bool:
    """Whether a note names the SI joint, the low back, the sacrum or the buttock (``names_region`` in
    patterns/pattern.yaml).
    """
    return reading.patterns.regexes["names_region"].search(reading.text) is not None


def is_of_here(reading: Reading) -> bool:
    """False for a long note that names no place of this pain nor one beside it, such as that of a knee or a chest."""
    return (
        len(reading.text) < LONG_NOTE
        or names_region(reading)
        or reading.patterns.regexes["names_neighbour"].search(reading.text) is not None
    )
