"""Whether a chart speaks of the region at all: pain, limits and care of another complaint are no facts of this one.

The guide's scores, lengths, limits and courses of care are those of the pain of the SI joint or the low back
(corpora/GUIDE.md, section 2). In a warehouse most charts are about a knee, a stroke or a birth, and "cannot sleep",
"pain 7/10" or "bed rest" there are told in the same words.
"""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.language.reading import Reading

_OF_THE_PAIN = frozenset({
    "pain_score", "pain_duration", "pain_pattern", "functional_limitation", "tenderness",
    "therapy", "conservative_care",
})  # fmt: skip
# Characters over all notes. A call or a message may leave unsaid which pain it is about; so long a chart does not.
_SAYS_WHERE = 1000


def of_the_region(findings: list[Finding], readings: list[Reading]) -> list[Finding]:
    """The findings without those of another complaint: all of them, but in a chart that is long enough to say where it
    hurts and never names the SI joint, the low back, the sacrum or the buttock (``names_region`` in
    patterns/pattern.yaml).

    Args:
        findings: of every note of the chart.
        readings: its notes as read.
    """
    if not any(finding.kind in _OF_THE_PAIN for finding in findings):
        return findings
    if sum(len(reading.text) for reading in readings) < _SAYS_WHERE:
        return findings
    if any(reading.patterns.regexes["names_region"].search(reading.text) for reading in readings):
        return findings
    return [finding for finding in findings if finding.kind not in _OF_THE_PAIN]
