"""Headings of notes, found by their shape, and what they are headings of, by the titles in patterns/.

Known titles alone cover about a fifth of the capital-letter headings of real notes, and hit running text; so a
heading is found by how it is written (a short label at the start of a line, or capitals with a colon within a
one-line note) and only then looked up. A heading that is in no list still ends the section before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# "HPI:", "Past Medical History:", "SOCIAL HISTORY -", alone or before text, at the start of a line
_LINE_LABEL = re.compile(
    r"^[ \t]*(?:\d{1,2}[.)][ \t]+|[A-Z][.)][ \t]+|[-*=#]+[ \t]*)?(?P<title>[SOAP](?=:)|[A-Z][A-Za-z0-9 /&'(),.#+-]{1,60}?)[ \t]*(?P<end>:|\.{4,}|[ \t]-{1,2}[ \t](?=\S)|[ \t]{2,}(?=\S)|$)",
    re.M,
)
# "Opinion. Stenosis at L4-5 accounts for it.", as dictated
_DOT_LABEL = re.compile(r"^[ \t]*(?P<title>[A-Z][A-Za-z]{3,20}(?: [A-Za-z]{2,20}){0,2})\.(?=[ \t]+[A-Z0-9])", re.M)
_DICTATED = frozenset("assessment impression exam imaging plan hpi pmh social_history".split())
# within a line: capitals and a colon after the end of a sentence or the "," that one-line exports leave
_INLINE_CAPS = re.compile(
    r"(?:(?<=[.,;!?\])])|(?<=[0-9])(?=[ \t,]))[ \t]{0,4},?[ \t]*(?!(?:MG|MCG|GM|ML|MINS?|HRS?|TABS?|CAPS?|BID|TID|QID|QHS|PRN|PO)\b)(?P<title>[A-Z][A-Z0-9 /&'(),-]{2,50}[A-Z)])(?P<end>:)(?=[\s,]|$)"
)
# within a line: a known title with its colon
_INLINE_ANY = re.compile(
    r"(?:(?<=[.;!?|] )|(?<=[.;!?|]  )|(?<=   ))(?P<title>[A-Z][A-Za-z/&' -]{1,40}?)(?P<end>:)(?=\s)"
)

_FIRST_OF_TWO = re.compile(r"([a-z ]{3,20}?) ?(?:/|&|\band\b) ?[a-z ]{3,20}$")
# "Short-term goals to be completed in three weeks"
_GOALS = re.compile(
    r"(?:(?:short|long)[- ]term|stg|ltg|functional|treatment|therapy|pt|patient|rehab\w*) (?:\w+ )?goals?\b"
)
# "Surgical dx", "Post-visit assessment": whatever stands before it
_JUDGED = re.compile(r"(?:[\w/-]+ ){1,3}(?:dx|diagnos[ei]s|assessments?)$")
_NOT_JUDGED = re.compile(
    r"\b(?:pain|pre-?op\w*|post-?op\w*|preoperative|postoperative|functional|risk|social|fall|self|admitting|psych\w*)\b"
)
# levels of the spine label items of a list, they head no section: "L2-3 normal. L3-4 & L4-5: disc bulges"
_LEVELS = re.compile(r"\b[LTSC]\d{1,2}\s?[-/&]\s?[LTSC]?\d")
_ASKED = re.compile(
    r"^[ \t]*(?:\d{1,2}[.)][ \t]*|Q\d{0,2}[.:)]?[ \t]+)?(?:Do|Have|Are|Did|How)[ \t]+(?:you|often)\b", re.M
)


@dataclass(frozen=True)
class SectionSpan:
    """A section: its heading [start, body) and its body [body, end). The first section of a note may have no heading.

    ``parent`` is the category of the section that a label such as "SLR:" or "Worse with:" stands in: that of the last
    main heading (``MAIN``) before it, or its own where it is one.
    """

    title: str | None
    category: str
    start: int
    body: int
    end: int
    parent: str = "head"


# Categories that open a part of the note; the labels after them stand in that part.
MAIN = frozenset(
    "chief_complaint hpi treatment_history pmh psh medications allergies family_history social_history ros vitals exam scores labs "
    "imaging findings comparison technique exam_title impression assessment plan procedure preprocedure procedure_diagnosis "
    "indication consent instructions education policy home_program goals complications signature disposition".split()
)


def _lookup(title: str, titles: dict[str, str]) -> str | None:
    if title in ("Pt", "Pt."):
        return None  # the patient; in capitals it is physical therapy
    key = " ".join(re.sub(r"[^a-z0-9&/'() -]+", " ", title.lower()).split()).strip(" -")
    if key in titles:
        return titles[key]
    key = re.sub(r"\s*\(.*?\)\s*", " ", key).strip()
    if (
        key not in titles
        and (first := _FIRST_OF_TWO.match(key))
        and titles.get(first[1]) in ("assessment", "impression")
    ):
        return titles[first[1]]  # "Assessment/recommendations"
    if _GOALS.match(key):
        return "goals"
    if key not in titles and _JUDGED.match(key) and not _NOT_JUDGED.search(key):
        return "assessment"
    return titles.get(key)


def find_sections(text: str, titles: dict[str, str]) -> list[SectionSpan]:
    """The sections of a note, in order, covering the whole text.

    Args:
        text: the text as read.
        titles: title in lower case -> category (``Patterns.sections``).
    """
    found: dict[int, tuple[int, str, str]] = {}
    for m in _LINE_LABEL.finditer(text):
        title = m["title"].strip()
        category = _lookup(title, titles)
        if category is None and _LEVELS.search(title):
            continue
        alone = m["end"] == ""
        if alone:
            # a line of its own: a known title, or capitals of at most six words
            caps = title.isupper() and len(title.split()) <= 6 and len(title) >= 3 and not re.search(r"\d{3}", title)
            if category is None and not caps:
                continue
        elif m["end"].isspace() and (category not in MAIN or category == "findings"):
            continue  # a row of a table, unless it opens with a main heading ("Vitals  BP 120/80")
        elif (m["end"] != ":" and category is None) or (
            category is None and (len(title.split()) > 5 or not title[0].isupper())
        ):
            continue
        found[m.start("title")] = (m.end("end"), title, category or "other")
    for m in _DOT_LABEL.finditer(text):
        category = _lookup(m["title"], titles)
        if category in _DICTATED:
            found.setdefault(m.start("title"), (m.end(), m["title"], category))
    for pattern in (_INLINE_CAPS, _INLINE_ANY):
        for m in pattern.finditer(text):
            title = m["title"].strip()
            category = _lookup(title, titles)
            if category is None and (pattern is _INLINE_ANY or len(title.split()) > 6 or _LEVELS.search(title)):
                continue
            found.setdefault(m.start("title"), (m.end("end"), title, category or "other"))
    spans: list[SectionSpan] = []
    starts = sorted(found)
    if not starts or starts[0] > 0:
        spans.append(SectionSpan(None, "head", 0, 0, starts[0] if starts else len(text)))
    parent = "head"
    for i, start in enumerate(starts):
        body, title, category = found[start]
        end = starts[i + 1] if i + 1 < len(starts) else len(text)
        if category == "signature" and parent == "head":
            category = "other"  # "Provider:" at the head of a letter signs nothing; the account follows it
        parent = category if category in MAIN else parent
        asked = _ASKED.search(text, body, end) if category == "family_history" else None
        if asked:  # a form goes on to ask the patient
            spans.append(SectionSpan(title, category, start, min(body, end), asked.start(), parent))
            spans.append(SectionSpan(None, "other", asked.start(), asked.start(), end, "head"))
            continue
        spans.append(SectionSpan(title, category, start, min(body, end), end, parent))
    return spans
