"""Titles of studies: "XR PELVIS AP + XR HIP LEFT 2 VIEWS" -> a radiograph of the pelvis and one of the left hip."""

from __future__ import annotations

import re

from chartproof.extract.imaging.study import SPINE, Study
from chartproof.language.patterns import Patterns
from chartproof.language.reading import Cell, Line, Reading
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality, NoteType

_MARKS = re.compile(
    r"^(?:[\W_]|\d{1,2}[.)\]]|[A-Z][.)](?= )|[IVX]{1,4}[.)](?= )|(?:report|exam|study|result)s? ?#?\d{1,2}\b"
    r"|\((?:case|exam|study|acc(?:ession)?)[ #:]{1,3}[\w-]{1,16}\))*",
    re.I,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
_STOP = re.compile(
    r"\.\s+(?=[A-Z])|\s(?:FINDINGS|TECHNIQUE|INDICATION|HISTORY|COMPARISON|IMPRESSION):"
    r"|(?<=[\d)]):\s|\s-\s+(?=[A-Z][a-z]|[LTC]\d)"
)
_AND_THEN = re.compile(r"(?:And|Also|Plus|With)\b\s(?P<title>[^.;:]{4,80})\.?(?=\s|$)")
# contrast put into the joint for a scan of it
_MR_ARTHROGRAM = re.compile(r"\b(?:MRI?|CT)\b[^.;\n]{0,40}\barthrogra(?:m|phy)\b|\b(?:MRI?|CT) arthro\w*", re.I)
# what makes a statement of a line that names a study
_SAYS = re.compile(
    r"\b(?:normal|unremarkable|negative|clear|would|is|are|was|were|has|have|not|seen|there|requested|ordered|reviewed"
    r"|shows?)\b",
    re.I,
)
_VIEWS = re.compile(r"\b(?:views?|projections?)\b", re.I)
_ASKS = re.compile(r"\W*(?:exam|stud|test|procedure|service|investigation|scan|imaging)", re.I)
_LABEL = re.compile(r"^[A-Za-z][A-Za-z /&#'-]{1,40}\d{0,2} ?:")


def studies_named(patterns: Patterns, text: str, start: int, end: int) -> list[Study]:
    """The studies that the title ``text[start:end]`` names; none where modality or region is missing.

    Radiographs of two regions are two studies; a CT or MRI that names the SI joints is one of the SI joints, with or
    without the pelvis (corpora/GUIDE.md section 2, finer readings).
    """
    hits = list(patterns.find("imaging_modality", text, start, end))
    parts = [
        m.start() for _, m in hits if m.start() == start or text[m.start() - 2 : m.start()] in (", ", "; ", "+ ", "/ ")
    ]
    if len(parts) > 1 and len({value for value, _ in hits}) > 1:
        # "XR PELVIS AP, MRI L-SPINE WO": each with its own regions
        ends = [*parts[1:], end]
        each = [studies_named(patterns, text, a, b) for a, b in zip(parts, ends, strict=True)]
        if all(each):
            return [study for some in each for study in some]
    named = [value for value, _ in hits]
    modality = "spect_ct" if "spect_ct" in named else named[0] if named else None
    if modality is None and re.search(rf"\b(?:{patterns.regexes['img_view_words'].pattern})\b", text[start:end], re.I):
        modality = "radiograph"
    if modality is None:
        return []
    regions = regions_named(patterns, text, start, end)
    if not regions and modality in ("bone_scan", "spect_ct"):
        regions = {"other": None}
    if modality != "radiograph":
        if (
            modality == "mri"
            and next(iter(regions), None) == "pelvis"
            and patterns.regexes["img_si_protocol"].search(text, start, end)
        ):
            regions.pop("si_joint", None)  # "MRI of the pelvis, sacroiliac protocol" (corpora/CONVENTIONS.md)
        if "si_joint" in regions:
            regions = {r: s for r, s in regions.items() if r == "si_joint" or r in SPINE}
        elif "pelvis" in regions:
            regions = {r: s for r, s in regions.items() if r == "pelvis" or r in SPINE}
    return [Study(modality, region, side, None, [(start, end)]) for region, side in regions.items()]


def regions_named(patterns: Patterns, text: str, start: int, end: int) -> dict[str, Laterality | None]:
    """The regions named, with the side of a joint, in order."""
    out: dict[str, Laterality | None] = {}
    hits = list(patterns.find("imaging_region", text, start, end))
    sides = list(find_sides(text, start, end))
    for region, m in hits:
        near = [s for s in sides if 0 <= m.start() - s.end <= 10 or 0 <= s.start - m.end() <= 3]
        side = near[0].side if near else None
        if region == "hip" and side is None:
            if m.group().lower().rstrip().endswith("s"):
                side = Laterality.BILATERAL
            elif len({s.side for s in sides}) == 1:
                side = sides[0].side
        if region not in ("hip", "si_joint"):
            side = None
        out.setdefault(region, side)
        out[region] = out[region] or side
    if "sacrum" in out:  # a view of the sacrum belongs to the pelvis, with the coccyx it is a study of its own
        del out["sacrum"]
        if not out:
            out["pelvis"] = None
    return out


def is_title(reading: Reading, start: int, end: int, labelled: bool) -> bool:
    """Whether ``text[start:end]`` is made like a title: a modality or views, a region, and hardly another word."""
    text, patterns = reading.text, reading.patterns
    body = text[start:end]
    if len(body) > 160:
        return False
    guided = patterns.regexes["img_guidance"].search(body)
    if guided and not _MR_ARTHROGRAM.search(body):
        return False
    if not studies_named(patterns, text, start, end):
        return False
    if labelled:
        return True
    if next(patterns.find("imaging_finding", text, start, end), None) or _SAYS.search(body):
        return False
    masked = list(body)
    spans = [
        m.span() for name in ("imaging_modality", "imaging_region") for _, m in patterns.find(name, text, start, end)
    ]
    spans += [(d.start, d.end) for d in reading.dates_in(start, end)]
    for a, b in spans:
        masked[a - start : b - start] = " " * (b - a)
    rest = re.sub(r"\([^)]*\)", " ", "".join(masked))
    words = _WORD.findall(patterns.regexes["img_title_words"].sub(" ", rest))
    if reading.dates_in(start, end):
        words = [w for w in words if not w[0].isupper() or w.isupper()]  # with its day a title may name the hospital
    return len(words) <= 1


def titles_in(reading: Reading) -> list[tuple[int, int]]:
    """Spans of the titles of studies in a note, in order."""
    out: list[tuple[int, int]] = []
    for line in reading.lines:
        before, cell_end = "", -1
        for n, cell in enumerate(line.cells):
            ticked = cell.text.startswith("[x]") and bool(out) and out[-1][1] == cell_end
            found = _title_in_cell(reading, cell, before, n == 0 or ticked or not re.search(r"\w\w", before))
            out += found
            cell_end = cell.end
            before = cell.text
        if reading.is_report and 2 < len(line.cells) < 9 and (not out or out[-1][0] < line.start):
            out += _spread_title(reading, line)
    return out or (_title_in_parts(reading) if reading.note.type == NoteType.IMAGING else [])


def _spread_title(reading: Reading, line: Line) -> list[tuple[int, int]]:
    """A title that wide gaps cut up: "[1]  5/14/2024   MRI  L-SPINE  W/O     3 Tesla"."""
    start, end = line.cells[0].start, line.cells[-1].end
    marks = _MARKS.match(reading.text[start:end])
    start += marks.end() if marks else 0
    dated = next((d for d in reading.dates_in(start, end) if d.start - start < 2), None)
    start = dated.end if dated else start
    if ":" in reading.text[start:end] or reading.patterns.first("imaging_modality", reading.text, start, end) is None:
        return []
    return [(start, end)] if end - start < 110 and is_title(reading, start, end, False) else []


def _title_in_parts(reading: Reading) -> list[tuple[int, int]]:
    """A title whose words stand on lines of their own: "X-RAY REPORT", "Body part: pelvis", "Views: AP"."""
    text, patterns = reading.text, reading.patterns
    start = end = -1
    for line in [line for line in reading.lines if line.text.strip()][:9]:
        heading = patterns.regexes["img_heading"].match(line.text + ":")
        if heading and (heading["skip"] or heading["comparison"] or heading["aside"]):
            continue
        at, stop = line.start, line.end
        told = next(patterns.find("imaging_finding", text, at, stop), None)
        if told or patterns.regexes["img_normal_word"].search(text, at, stop) or stop - at > 90:
            break
        if _SAYS.search(text, at, stop):
            break
        if patterns.first("imaging_modality", text, at, stop) or patterns.first("imaging_region", text, at, stop):
            start, end = (at if start < 0 else start), stop
    if start < 0 or end - start > 240 or patterns.regexes["img_guidance"].search(text, start, end):
        return []
    return [(start, end)] if studies_named(patterns, text, start, end) else []


def _title_in_cell(reading: Reading, cell: Cell, before: str, leads: bool) -> list[tuple[int, int]]:
    """The title in a cell of a line (and a second one in its next sentence).

    Args:
        before: the text of the cell before it, which may be its label ("EXAMINATION    CT of the pelvis").
        leads: the cell is the first of its line that holds words.
    """
    text, patterns = reading.text, reading.patterns
    start, end = cell.start, cell.end
    if patterns.regexes["img_addendum"].match(text, start, end):
        return []  # what it names was made before
    dated = next((d for d in reading.dates_in(start, end) if d.start == start), None)
    if dated and re.match(r"\s?[:.,-]\s", text[dated.end : end]):
        start = dated.end + 2  # "03/10/2025: MRI LUMBAR SPINE", "October 8, 2024. PELVIS (AP)"
        leads = True
    exam_label = patterns.regexes["img_exam_label"]
    m = exam_label.match(text, start, end)
    labelled = m is not None and m.end() > start
    heading = patterns.regexes["img_heading"]
    if not leads and before and not before.rstrip().endswith((":", ".")):
        if exam_label.fullmatch(before + ":") and _ASKS.match(before):
            labelled, m = True, None
        else:
            told = heading.match(before + ":")
            if told and (told["comparison"] or told["skip"] or told["aside"]):
                return []
    if labelled and m is not None:
        start = m.end()
    elif not labelled:
        marks = _MARKS.match(text[start:end])
        start += marks.end() if marks else 0
        again = exam_label.match(text, start, end) if marks and reading.is_report else None
        if again is not None and again.end() > start and ":" in again[0]:
            start, labelled = again.end(), True  # "1) Procedure: PELVIS 1 VIEW"
    if not labelled:
        label = _LABEL.match(text[start:end])
        if label and patterns.first("imaging_modality", label[0]) is None:
            named = studies_named(patterns, text, start, start + label.end() - 1)  # "PELVIS AP:" names films
            stop = _STOP.search(text[start:end])
            whole = reading.is_report and is_title(reading, start, start + stop.start() if stop else end, False)
            if not named and not (whole and patterns.first("imaging_region", label[0])):  # "Pelvis: AP, inlet."
                if not reading.is_report or heading.match(label[0]):
                    return []
                start += label.end()  # "Service: magnetic resonance, pelvis"
                start += len(text[start:end]) - len(text[start:end].lstrip(" ☒☑[]xX"))
                if patterns.first("imaging_modality", text, start, end) is None:
                    return []
        if not leads and not patterns.first("imaging_modality", text, start, end):
            if not reading.is_report or not _VIEWS.search(text, start, end) or ":" in text[start:end]:
                return []
    stop = _STOP.search(text[start:end])
    rest = start + stop.end() if stop else end
    if stop:
        end = start + stop.start()
    colon = text.find(": ", start, end)
    if not labelled and colon > 0 and is_title(reading, start, colon, labelled):
        end = colon  # "03/10/2025 CT SI JOINTS W/O: Left ..."
    if start >= end or not is_title(reading, start, end, labelled):
        return []
    out = [(start, end)]
    also = _AND_THEN.match(text, rest, cell.end)
    if also and is_title(reading, also.start("title"), also.end("title"), False):
        out.append(also.span("title"))  # "Single view pelvis. And two views right hip."
    return out
