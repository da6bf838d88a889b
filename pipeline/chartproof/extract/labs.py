"""Extracts nicotine and HbA1c laboratory values (lab), as laboratories print them and as notes tell them.

A laboratory's own report is read line by line: analyte, value with comparator, unit, flag, reference. In all other
notes a sentence must name analyte and result. Values are converted to the units of the policies (ng/mL, %).
"""

from __future__ import annotations

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import date

from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.dates import DateMention
from chartproof.language.reading import Line, Reading
from chartproof.model import Evidence, PartialDate
from chartproof.model.facts import Lab
from chartproof.model.vocab import Analyte, Comparator, Interpretation, LabSource, NoteType, Specimen

_CUTOFF = re.compile(r"\b(?:cut-?off|ref|limit|threshold|normal)\b", re.I)
_TESTED = re.compile(
    r"\b(?:levels?|test(?:ed|ing)?|serum|urine|blood|plasma|saliva\w*|results?|labs?|drawn|assay)\b", re.I
)
# "URINE" over the lines of what was found in it
_SPECIMEN_ALONE = re.compile(
    r"\W*(?:specimen\W{1,3})?(?:urine|serum|plasma|blood|saliva|oral fluid)"
    r"(?: (?:tests?|results?|chemistry|toxicology))?\W*",
    re.I,
)
# "None detected. Reporting limit: 5.0 ng/mL": the number is the method's
_FLAGGED_HIGH = re.compile(r"\s*\(?(?:H|HH|HIGH|\*H)\b\)?(?! ?(?:gb|b)\b)")
_LIMIT = re.compile(
    r"\b(?:reporting limit|detection limit|limit of (?:detection|quantitation)|LO[DQ]|cut-?off|threshold|ref(?:erence)?"
    r"(?: range)?)\b[^\d]{0,15}$",
    re.I,
)
_COMPARATORS = {
    "<": "<", "less than": "<", "under": "<", "below": "<", "<=": "<=", "=<": "<=", "less than or equal to": "<=",
    ">": ">", "greater than": ">", "over": ">", "above": ">", "more than": ">", ">=": ">=", "=>": ">=",
}  # fmt: skip
# factor to ng/mL; 1 nmol/L of cotinine is 0.1762 ng/mL (molar mass 176.2 g/mol), of nicotine 0.1622
_TO_NG_ML = {"ng/ml": 1.0, "ug/l": 1.0, "mcg/l": 1.0, "ng/dl": 0.01, "ug/ml": 1000.0, "mcg/ml": 1000.0, "pg/ml": 0.001}
_NMOL = {Analyte.COTININE: 0.1762, Analyte.NICOTINE: 0.1622, Analyte.ANABASINE: 0.1622}

# "Nicotine: quit 2008, 20 pack-years": how much somebody smoked, and no level
_HABIT = re.compile(
    r"\b(?:quit|stopp?ed|ceased|chew\w*|smok\w*|snuff|dip\w*|vap\w*|former\w*|never|since|packs?|cans?|tins?|cigar\w*|cigs?"
    r"|us(?:es|ed|er)|counsel\w*|ppd|current\w*|ex)\b",
    re.IGNORECASE,
)
_HABIT_BEHIND = re.compile(
    r"\s*-?\s*(?:(?:pack|pk|can|tin|cig\w*|pouch\w*|pod)s?\b|ppd\b|years?\b|yrs?\b|days?\b"
    r"|(?:a|per|x) ?/?(?:day|week)|/day|times)",
    re.IGNORECASE,
)
_A1C_LOW, _A1C_HIGH = 3.0, 20.0  # percent; anything else is no HbA1c


@dataclass(frozen=True)
class _Result:
    comparator: Comparator | None
    value: float | None
    unit: str | None
    interpretation: Interpretation | None
    start: int
    end: int


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    return _report(reading) if reading.note.type is NoteType.LAB else _narrative(reading)


def _convert(analyte: Analyte, value: float, unit: str | None) -> tuple[float, str | None]:
    """The value in ng/mL (nicotine, its metabolites) or % (HbA1c), with the unit's name."""
    if unit is None:
        return value, None
    name = unit.lower().replace("percent", "%")
    if analyte is Analyte.HBA1C:
        # IFCC mmol/mol to NGSP %
        return (round(value * 0.0915 + 2.15, 1), "%") if name == "mmol/mol" else (value, "%" if name == "%" else None)
    if name == "nmol/l":
        return round(value * _NMOL[analyte], 2), "ng/mL"
    return (round(value * _TO_NG_ML[name], 4), "ng/mL") if name in _TO_NG_ML else (value, None)


# -- laboratory reports ----------------------------------------------------------------------------------------------


def _report(reading: Reading) -> list[Finding]:
    regexes = reading.patterns.regexes
    out = _cumulative(reading)
    if out:
        return out
    header_specimen: Specimen | None = None
    for i, line in enumerate(reading.lines):
        if not line.text.strip():
            header_specimen = None
            continue
        hits = list(reading.patterns.find("analyte", line.text))
        if not hits or regexes["lab_comment"].search(line.text):
            if _is_panel_header(reading, line.text) or _SPECIMEN_ALONE.fullmatch(line.text):
                header_specimen = _specimen_word(reading, line.text)
            continue
        found = False
        for j, (name, m) in enumerate(hits):
            until = line.start + hits[j + 1][1].start() if j + 1 < len(hits) else line.end
            result = _line_result(reading, line.start + m.end(), until, Analyte(name))
            if result is None and len(hits) == 1:
                result = _stacked_result(reading, i, Analyte(name))
            if result is not None and not regexes["lab_comment_words"].search(reading.text, line.start, result.end):
                found = True
                out.append(_report_finding(reading, i, line.start + m.start(), Analyte(name), result, header_specimen))
        if not found and _is_panel_header(reading, line.text):
            header_specimen = _specimen_word(reading, line.text)
    return out


def _cumulative(reading: Reading) -> list[Finding]:
    """A table with a column for each day of collection."""
    out: list[Finding] = []
    for i, line in enumerate(reading.lines):
        dates = reading.dates_in(line.start, line.end)
        if len(dates) < 2 or reading.patterns.first("analyte", line.text):
            continue
        heads = [
            (
                cell.start + cell.end,
                next((d for d in dates if cell.text.strip() == reading.text[d.start : d.end]), None),
            )
            for cell in line.cells
        ]
        if sum(day is not None for _, day in heads) < 2:
            continue
        for row in reading.lines[i + 1 :]:
            hit = next(iter(reading.patterns.find("analyte", row.text)), None)
            if hit is None or not row.cells or hit[1].start() > row.cells[0].end - row.start:
                break
            out += _row_by_day(reading, row, Analyte(hit[0]), [(at - 2 * line.start, day) for at, day in heads])
    return out


def _row_by_day(
    reading: Reading, row: Line, analyte: Analyte, heads: list[tuple[int, DateMention | None]]
) -> list[Finding]:
    out: list[Finding] = []
    for n, cell in enumerate(row.cells[1:], start=1):
        _, day = min(heads, key=lambda head: abs(head[0] - (cell.start + cell.end - 2 * row.start)))
        flag = (
            row.cells[n + 1] if n + 1 < len(row.cells) and row.cells[n + 1].text in ("H", "HH", "HIGH", "*H") else None
        )
        result = _line_result(reading, cell.start, flag.end if flag else cell.end, analyte) if day else None
        if result is None or day is None:
            continue
        unit = result.unit or next((u for u in (_unit_column(row.text, analyte),) if u), None)
        specimen = _specimen_word(reading, row.cells[0].text) if analyte is not Analyte.HBA1C else None
        fact = Lab(
            analyte=analyte,
            date=day.value,
            specimen=specimen,
            comparator=result.comparator,
            value=result.value,
            unit=unit,
            interpretation=result.interpretation,
            source=LabSource.LAB_REPORT,
            evidence=[reading.evidence(row.start, cell.end), reading.evidence(day.start, day.end)],
        )
        out.append(finding(fact, reading.note, Strength.PRIMARY))
    return out


def _stacked_result(reading: Reading, index: int, analyte: Analyte) -> _Result | None:
    """A result on the lines below its analyte: "Result: <5", "Units: ng/mL"."""
    for following in reading.lines[index + 1 : index + 4]:
        if not following.text.strip() or reading.patterns.first("analyte", following.text):
            return None
        m = re.match(
            r"\s*(?:(?:quantitative |your |final )?(?:results?|values?|level|measured))\b\s*[:.]*", following.text, re.I
        )
        if m:
            return _line_result(reading, following.start + m.end(), following.end, analyte)
    return None


def _is_panel_header(reading: Reading, text: str) -> bool:
    """ "NICOTINE AND METABOLITES, SERUM (LC-MS/MS)": a panel's name with its specimen and no result."""
    return bool(re.search(r"nicotine|cotinine|tobacco|panel|screen", text, re.I)) and not re.search(
        r"\s\d+(?:\.\d+)?\s", text
    )


def _specimen_word(reading: Reading, text: str) -> Specimen | None:
    found = {value for value, _ in reading.patterns.find("specimen", text)}
    return Specimen(found.pop()) if len(found) == 1 else None


def _line_result(reading: Reading, at: int, until: int, analyte: Analyte) -> _Result | None:
    """The result printed after its analyte in [at, until): the first value or word that stands where results stand."""
    rest = reading.text[at:until]
    blank = re.sub(
        r"\([^)]*(?:LC|MS|GC|EIA|send|HPLC|NGSP|ref|cut)[^)]*\)", lambda p: " " * len(p[0]), rest, flags=re.I
    )
    value = reading.patterns.regexes["lab_result"].search(blank)
    if reading.patterns.regexes["lab_pending"].search(blank, 0, value.start() if value else len(blank)):
        return None
    word = next(iter(reading.patterns.find("lab_interpretation", blank)), None)
    if value is not None and _LIMIT.search(blank, 0, value.start("value")):
        value = None
    if value is not None and word is not None and word[1].start() < value.start():
        value = (
            None
            if re.search(r"\b(?:cut-?off|ref|<|>)", blank[word[1].end() : value.start() + 1], re.I) or value["cmp"]
            else value
        )
    flag = re.search(r"(?<=\s)(?:HH?|H\*|HIGH)(?=\s|$)|\((?:H|HIGH)\)", blank[value.end("value") :] if value else "")
    if value is None and word is None:
        return None
    comparator, number, unit, end = None, None, None, at + (word[1].end() if word else 0)
    if value is not None:
        number = float(value["value"].replace(",", ""))
        written = value["unit"] or _unit_column(blank[value.end() :], analyte)
        number, unit = _convert(analyte, number, written)
        if analyte is Analyte.HBA1C and not _A1C_LOW <= number <= _A1C_HIGH:
            return None
        comparator = Comparator(_COMPARATORS.get((value["cmp"] or "").lower(), "="))
        end = at + (value.end("unit") if value["unit"] else value.end("value"))
    interpretation = None
    if analyte is not Analyte.HBA1C:
        interpretation = _interpret(word[0] if word else None, flag is not None)
    return _Result(comparator, number, unit, interpretation, at, end)


def _unit_column(text: str, analyte: Analyte) -> str | None:
    m = re.search(r"\b(ng/mL|ug/L|mcg/L|ng/dL|pg/mL|nmol/L|mmol/mol)\b|(?<=\s)(%)(?=\s|$)", text, re.I)
    return (m[1] or m[2]) if m else None


def _interpret(word: str | None, high: bool) -> Interpretation | None:
    """Negative or positive as the report says it: by its word, else by its flag; never worked out from the value."""
    if word:
        return Interpretation(word)
    return Interpretation.POSITIVE if high else None


def _report_finding(
    reading: Reading, index: int, start: int, analyte: Analyte, result: _Result, header: Specimen | None
) -> Finding:
    line = reading.lines[index]
    specimen = _specimen_word(reading, reading.text[line.start : max(result.end + 1, start)]) or header
    if specimen is None and analyte is not Analyte.HBA1C:
        specimen = _note_specimen(reading)
    evidence = [reading.evidence(line.start if result.end <= line.end else start, max(result.end, start + 1))]
    interpretation = result.interpretation
    if analyte is not Analyte.HBA1C:
        for following in reading.lines[index + 1 : index + 3]:
            m = reading.patterns.regexes["lab_interp_line"].match(following.text)
            if m:
                said = (
                    Interpretation.NEGATIVE if m["word"].lower().startswith(("neg", "not")) else Interpretation.POSITIVE
                )
                interpretation = said
                evidence.append(reading.evidence(following.start + m.start(), following.start + m.end()))
                break
    date, span = _collected(reading, line.start)
    if span:
        evidence.append(span)
    fact = Lab(
        analyte=analyte,
        date=date,
        specimen=specimen if analyte is not Analyte.HBA1C else None,
        comparator=result.comparator,
        value=result.value,
        unit=result.unit,
        interpretation=interpretation,
        source=LabSource.LAB_REPORT,
        evidence=evidence,
    )
    return finding(fact, reading.note, Strength.PRIMARY)


def _note_specimen(reading: Reading) -> Specimen | None:
    """The one specimen that a "Specimen:" line names."""
    for line in reading.lines:
        m = re.search(r"\b(?:specimen(?: type| source)?|source|matrix)\s*:\s*([^\n]{1,40})", line.text, re.I)
        if m:
            return _specimen_word(reading, m[1].split("  ")[0])
    return None


def _collected(reading: Reading, position: int) -> tuple[PartialDate | None, Evidence | None]:
    """The collection date that goes for a line: the last one told before it, else the first after it."""
    dates = []
    for d in reading.dates:
        label = reading.patterns.regexes["lab_collected"].search(reading.text, max(0, d.start - 40), d.start)
        if label:
            dates.append((d, label.start()))
    if not dates:
        labelled = reading.patterns.regexes["lab_date_label"]
        dates = [(d, d.start) for d in reading.dates if labelled.search(reading.text, max(0, d.start - 30), d.start)]
        dates = [x for x in dates if abs((x[0].value.first - reading.note.date).days) <= 31]
    if not dates:
        return None, None
    before = [x for x in dates if x[0].start < position]
    date, start = before[-1] if before else dates[0]
    return date.value, reading.evidence(start, date.end)


# -- told in a note --------------------------------------------------------------------------------------------------


def _narrative(reading: Reading) -> list[Finding]:
    regexes, text = reading.patterns.regexes, reading.text
    out: list[Finding] = []
    for sentence in reading.sentences_with("analyte"):
        hits = list(reading.patterns.find("analyte", text, sentence.start, sentence.end))
        if not hits:
            continue
        for i, (name, m) in enumerate(hits):
            analyte = Analyte(name)
            assertion = reading.assertion(
                m.start(), m.end(), ignore=("negated", "possible", "historical", "planned", "other_person")
            )
            if assertion.says_nothing:
                continue
            until = hits[i + 1][1].start() if i + 1 < len(hits) else sentence.end
            told = _told(reading, analyte, m.end(), min(until, m.end() + 90))
            if (
                told is None
                and i + 1 < len(hits)
                and re.fullmatch(r"\s*(?:and|/|,|or)\s*", text[m.end() : hits[i + 1][1].start()])
            ):
                # "nicotine and cotinine test": one result for both
                told = _told(reading, analyte, hits[i + 1][1].end(), sentence.end)
            before = text[max(sentence.start, m.start() - 30) : m.start()]
            if told is None:
                clean = regexes["lab_result_before"].search(before)
                free = regexes["lab_confirms_free"].search(text[max(sentence.start, m.start() - 70) : m.start()])
                if clean or free:
                    positive = bool(clean and clean["pos"])
                    kind = Interpretation.POSITIVE if positive else Interpretation.NEGATIVE
                    told = _Result(None, None, None, kind if analyte is not Analyte.HBA1C else None, m.start(), m.end())
            if told is None or (told.value is None and told.interpretation is None):
                continue
            if regexes["lab_no_result"].search(text, m.start(), told.end) or regexes["lab_no_result"].search(before):
                continue
            date, date_end = _told_date(reading, m.start(), told.end)
            specimen = reading.patterns.first(
                "specimen", text, max(sentence.start, m.start() - 20), min(sentence.end, until, told.end + 40)
            )
            fact = Lab(
                analyte=analyte,
                date=date,
                specimen=Specimen(specimen) if specimen and analyte is not Analyte.HBA1C else None,
                comparator=told.comparator,
                value=told.value,
                unit=told.unit,
                interpretation=told.interpretation,
                source=LabSource.NARRATIVE,
                evidence=[
                    reading.evidence(_phrase_start(reading, sentence.start, m.start()), max(told.end, date_end or 0))
                ],
            )
            out.append(finding(fact, reading.note, Strength.SUMMARY))
    return out


def _phrase_start(reading: Reading, low: int, start: int) -> int:
    m = re.search(r"(?:^|[,;(.]\s?|\s{2,})((?:[\w'-]+\s){0,4})$", reading.text[max(low, start - 40) : start])
    return start - len(m[1]) if m else start


def _told(reading: Reading, analyte: Analyte, start: int, end: int) -> _Result | None:
    """The result told right after an analyte in a sentence."""
    text = reading.text
    word = next(iter(reading.patterns.find("lab_interpretation", text, start, end)), None)
    value = None
    for m in reading.patterns.regexes["lab_result"].finditer(text, start, end):
        inside_date = any(d.start <= m.start("value") < d.end for d in reading.dates)
        if inside_date:
            continue
        gap = _without_dates(reading, start, m.start()).replace("()", "")
        reach = 40 if m["unit"] is None else 75
        if re.search(r"\d/|\bon\b|\b(?:date|at age)\b", gap) or len(gap) > reach or ("(" in gap and m["unit"] is None):
            break
        value = m
        break
    if word and value and value.start() > word[1].end() and re.search(r"[(,]", text[word[1].end() : value.start()]):
        bracketed = value["cmp"] and value["unit"] and not _CUTOFF.search(text, word[1].end(), value.end())
        if not bracketed:  # but "neg (<5 ng/mL)"
            value = None  # "neg (cutoff 200)": the number is not the result
    if value is not None and analyte is not Analyte.HBA1C:
        used = re.search(
            r"\b(?:gum|patch\w*|lozenges?|pouch\w*|pieces?|pods?|down to)\b", text[start : value.end() + 12], re.I
        )
        bare = analyte is Analyte.NICOTINE and value["unit"] is None
        untold = bare and not _TESTED.search(text, max(0, start - 60), value.end() + 20)  # "Nicotine - counseled x 3"
        habit = analyte is Analyte.NICOTINE and (
            _HABIT.search(text, start, value.start()) or _HABIT_BEHIND.match(text, value.end("value"), value.end() + 25)
        )
        if used or habit or untold or value["unit"] in ("%", "percent"):
            value = None  # what is used, or the strength of a vape, and no level
    if value is None and word is None:
        return None
    interpretation = None
    if word and analyte is not Analyte.HBA1C and not re.search(r";|\.(?!\d)", text[start : word[1].start()]):
        negated = re.search(r"\b(?:not|n't)\s*$", text[start : word[1].start()])
        interpretation = Interpretation(word[0]) if not negated else None
    if value is None:
        return _Result(None, None, None, interpretation, start, word[1].end() if word else start)
    number = float(value["value"].replace(",", ""))
    number, unit = _convert(analyte, number, value["unit"])
    comparator = Comparator(_COMPARATORS.get((value["cmp"] or "").lower(), "="))
    if analyte is not Analyte.HBA1C and interpretation is None and _FLAGGED_HIGH.match(text, value.end()):
        interpretation = Interpretation.POSITIVE
    if analyte is Analyte.HBA1C and (comparator is not Comparator.EQ or not _A1C_LOW <= number <= _A1C_HIGH):
        return None  # "A1c <8" in a note is a goal
    end = value.end("unit") if value["unit"] else value.end("value")
    return _Result(comparator, number, unit, interpretation, start, end)


def _without_dates(reading: Reading, start: int, end: int) -> str:
    """The words between an analyte and its value, the date of drawing left out ("cotinine on 5/2/25 was 8")."""
    words = reading.text[start:end]
    for d in reversed(reading.dates_in(start, end)):
        words = re.sub(r"\bon\s*$", "", words[: d.start - start]) + words[d.end - start :]
    return words


def _bare_time(m: re.Match[str], note: date) -> PartialDate:
    """The last such month before the note; of a season only the year."""
    if m["season"]:
        return PartialDate.of(note.year)
    month = list(month_name).index(m["mon"].capitalize())
    return PartialDate.of(note.year if month <= note.month else note.year - 1, month)


def _told_date(reading: Reading, start: int, end: int) -> tuple[PartialDate | None, int | None]:
    """When it was drawn: a date beside it in the sentence, else the one heading its laboratory section."""
    sentence = reading.sentence_at(start)
    dates = [
        d for d in reading.dates_in(sentence.start, min(sentence.end, end + 60)) if d.value.first <= reading.note.date
    ]
    if dates:
        # a date after the analyte goes before one told earlier in the sentence
        after = [d for d in dates if d.start >= start and d.start - end <= 50]
        nearest = after[0] if after else dates[-1]
        if nearest.form != "today" or nearest in after:
            return nearest.value, nearest.end if nearest.start >= end else None
    section = reading.section_at(start)
    if section.category == "labs" or re.match(r"labs?\b", section.title or "", re.I):
        head = reading.dates_in(section.start, min(section.end, section.body + 15))
        if head:
            return head[0].value, None
    bare = reading.patterns.regexes["lab_bare_time"].search(reading.text, start, min(sentence.end, end + 50))
    if bare and not dates:
        return _bare_time(bare, reading.note.date), bare.end() if bare.start() >= end else None
    m = re.search(r"\blabs?\s*\(?(?=[^.;]{0,12}\d)", reading.text[max(0, start - 150) : start], re.I)
    if m:
        near = reading.dates_in(max(0, start - 150) + m.start(), start)
        if near:
            return near[0].value, None
    return None, None
