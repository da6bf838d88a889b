"""Whether the document of a procedure tells that a drug was put in, or that the procedure was given up."""

from __future__ import annotations

import re

from chartproof.extract.injections.mention import says_nothing
from chartproof.extract.injections.procedure_parts import Parts
from chartproof.language.reading import Reading

_ELSEWHERE = frozenset("plan indication hpi instructions treatment_history".split())
_PUT_IN = re.compile(
    r"(?<!nothing was )(?<!nothing )(?<!not )"
    r"\b(?:inject|instill|deposit|deliver|given|placed|left|administ|put|infiltrat)",
    re.I,
)


def given_at_joint(reading: Reading) -> bool:
    """Whether a drug is told to have been put where an SI joint is named, with no word for injection or needle."""
    find, text = reading.patterns.find, reading.text
    if not any(value == "si_joint" for value, _ in find("injection_site", text)):
        return False
    return any(
        not says_nothing(reading, reading.sentence_at(m.start()))
        for name in ("injection_anesthetic", "injection_steroid")
        for value, m in find(name, text)
        if value != "none"
    )


def given_up(reading: Reading, parts: Parts) -> bool:
    """Whether the procedure was given up before anything was put in ("vagal; abandoned, nothing was injected")."""
    text, rx, find = reading.text, reading.patterns.regexes, reading.patterns.find
    told = [
        m
        for s in [*parts.before, *parts.body]
        if not says_nothing(reading, s) and s.section.category not in _ELSEWHERE
        for m in [rx["injection_given_up"].search(text, s.start, s.end)]
        if m is not None and not rx["injection_not_today"].search(text, s.start, m.start())
    ]
    if not told:
        return False
    nothing = any(m["nothing"] for m in told)
    low = 0 if nothing else told[0].end()
    high = parts.body[-1].end if parts.body else len(text)
    drugs = [
        m
        for name in ("injection_steroid", "injection_anesthetic")
        for value, m in find(name, text, low, high)
        if value != "none" and not rx["injection_skin"].search(text, max(low, m.start() - 40), m.end() + 30)
    ]
    given = [m for m in drugs if _PUT_IN.search(text, max(low, m.start() - 60), min(high, m.end() + 60))]
    return not given and not rx["injection_went_on"].search(text, low, high)
