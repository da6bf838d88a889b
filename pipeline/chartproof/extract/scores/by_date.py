"""Rows that tell each value behind its day: "2/26: 6   3/25: 6", "ODI:  DEC 11: 40   FEB 12: 38"."""

from __future__ import annotations

import re

from chartproof.extract.finding import finding
from chartproof.extract.scores.tables import Found
from chartproof.extract.scores.visits import day_told
from chartproof.language.reading import Line, Reading
from chartproof.model.facts import DisabilityScore, PainScore
from chartproof.model.vocab import DisabilityInstrument, NoteType, PainScale, ScoreQualifier

_PAIR = re.compile(
    r"(?P<day>\d{1,2}/\d{1,2}(?:/\d{2,4})?|[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?"
    r"|[A-Z]{3} \d{1,2}|\d{1,2} [A-Z][a-z]{2,8})"
    r"\s?(?::|=|,|-{1,2}>?|\()\s?(?P<value>\d{1,3}(?:\.\d)?)(?:\s?/\s?(?P<total>10|50|100))?(?P<percent>\s?%)?\)?(?!\d|[/.:]\d)"
)
# a ledger of visits, a line a visit: "9/16/24 S 6   O ..."
LEDGER = re.compile(
    r"\W{0,3}(?P<day>\d{1,2}/\d{1,2}(?:/\d{2,4})?)\s{1,4}(?:S|[Pp]ain|NRS|NPRS)\s?[:=]?\s?(?P<n>10|\d)(?:\s?/\s?10)?(?![\w/.%])"
)
_LONGEST_PAIR = 60  # characters
_LABEL_BEFORE = 120  # characters of a line before its first pair, at most: a paragraph is no row
_LABEL_REACH = 60  # characters of a label on the line above, at most


def extract(reading: Reading) -> Found:
    """The scores of lines with two such pairs at least, under or behind a label that names the measure."""
    out = Found()
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB, NoteType.PROCEDURE):
        return out
    above = ""
    _read_ledger(reading, out)
    for line in reading.lines:
        # no row where the first pair stands further on
        pairs = list(_PAIR.finditer(line.text)) if _PAIR.search(line.text, 0, _LABEL_BEFORE + _LONGEST_PAIR) else []
        if len(pairs) >= 2 and pairs[0].start() <= _LABEL_BEFORE:
            head = line.text[: pairs[0].start()].strip(" :-|*")
            found = len(out.findings)
            _read(reading, line, pairs, head or above, out)
            if len(out.findings) > found:
                out.lines.append(line.start)
        elif line.text.strip():
            above = line.text.strip()[:_LABEL_REACH]
    return out


def _read_ledger(reading: Reading, out: Found) -> None:
    """The scores of a ledger's lines, where the note speaks of pain and holds two such lines at least."""
    rows = [(line, m) for line in reading.lines if (m := LEDGER.match(line.text)) is not None]
    if len(rows) < 2 or not reading.patterns.regexes["score_pain_word"].search(reading.text):
        return
    for line, m in rows:
        dates = [d.value for d in reading.dates_in(line.start, line.start + m.end("day")) if d.value.precision == "day"]
        day = dates[0] if dates else day_told(reading, m["day"])
        if day is None:
            continue
        fact = PainScore(
            qualifier=ScoreQualifier.CURRENT,
            date=day,
            scale=PainScale.NRS,
            value=(float(m["n"]), float(m["n"])),
            evidence=[reading.evidence(line.start + m.start("day"), line.start + m.end())],
        )
        out.findings.append(finding(fact, reading.note, at=line.start + m.start("n")))
        out.lines.append(line.start)


def _read(reading: Reading, line: Line, pairs: list[re.Match[str]], label: str, out: Found) -> None:
    regexes = reading.patterns.regexes
    is_odi = regexes["odi_name"].search(label) is not None
    is_pain = regexes["score_pain_word"].search(label) and not regexes["score_measure"].search(label)
    other_site = any(value == "other" for value, _ in reading.patterns.find("score_site", label))
    diary = regexes["score_diary"].search(label) or regexes["score_injection_word"].search(label)
    if not is_odi and (not is_pain or other_site or diary):
        return
    qualifier = reading.patterns.first("score_qualifier", label)
    is_vas = regexes["score_vas_word"].search(label) is not None
    for m in pairs:
        day = day_told(reading, m["day"])
        value = float(m["value"])
        if day is None:
            continue
        evidence = [reading.evidence(line.start + m.start(), line.start + m.end())]
        if is_odi:
            raw = m["total"] == "50" or (not m["percent"] and regexes["odi_raw"].search(label) and value <= 50)
            percent = 2 * value if raw else value
            if percent <= 100:
                odi = DisabilityInstrument.ODI
                fact = DisabilityScore(instrument=odi, date=day, value=percent, evidence=evidence)
                out.findings.append(finding(fact, reading.note))
            continue
        if m["percent"]:
            continue
        value = value / 10 if is_vas and value > 10 else value
        if value <= 10:
            named = ScoreQualifier(qualifier) if qualifier in ("average", "worst", "best") else ScoreQualifier.CURRENT
            scale = PainScale.VAS if is_vas else PainScale.NRS
            pain = PainScore(qualifier=named, date=day, scale=scale, value=(value, value), evidence=evidence)
            out.findings.append(finding(pain, reading.note, at=line.start + m.start()))
