"""The text that the rules read: the note with its noise evened out, and the way back to the note's own offsets.

Rules for one thing only have to be written once if quotes, dashes, ticked boxes, number words, hard line wraps and
unmistakable OCR slips look alike. ``ReadingText`` holds such a text together with, for each of its characters, the
offset in the note that it came from; evidence is always cut from the note itself.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from chartproof.language.gate import GatedRegex, gated
from chartproof.language.scanner import Scanner, default_engine

# One character of the note -> what the rules read. Lengths may differ; offsets are tracked.
_CHARACTERS = {
    "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\ufeff": "", "\u00ad": "",
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u2032": "'", "`": "'",
    "\u201c": '"', "\u201d": '"', "\u2033": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": " - ", "\u2212": "-",
    "\u2022": "-", "\u25cf": "-", "\u25aa": "-", "\u00b7": "-",
    "\u2610": "[ ]", "\u25a1": "[ ]", "\u2611": "[x]", "\u2612": "[x]", "\u2713": "[x]", "\u2714": "[x]", "\u2327": "[x]",
    "\u00d7": "x", "\u2264": "<=", "\u2265": ">=", "\u2192": "->", "\u2026": "...",
    "\u00bd": "1/2", "\u00bc": "1/4", "\u00be": "3/4", "\t": "  ", "\x0c": "\n", "\r": "\n", "\u00b5": "u", "\u03bc": "u",
    "\uff0b": "+", "\u2795": "+", "\u2796": "-",
    "\u25c9": "(x)", "\u29bf": "(x)", "\U0001f518": "(x)", "\u25cb": "( )", "\u25ef": "( )",
}  # fmt: skip
# A dot within brackets, or beside an empty circle, is a choice that was made, and no dash.
_CHOSEN = re.compile("(?<=[(\\[])[\u2022\u25cf\u25cb\u25aa\u25a0](?=[)\\]])|\u25cf")
_CHARACTER = re.compile("[" + "".join(map(re.escape, _CHARACTERS)) + "]")

# Words with an "m" that a scan may show as "rn"; none of them is a word with "rn".
_WORDS_WITH_M = (
    "fibromyalgia myofascial rheumatoid rheumatology rheumatologist rheum tumor tumors mass masses metastatic lumbar "
    "lumbosacral impression impingement imaging compression compressed compressive comparison complete completed "
    "complains complaint complaints inflammatory inflammation symptom symptoms symptomatic normal abnormal arthrogram "
    "myelogram minimal mild mildly moderate moderately marked months month medication medications meloxicam tramadol "
    "methylprednisolone methocarbamol omnipaque fluoroscopically maneuver maneuvers multiple muscle muscles spasm spasms "
    "remains small smoke smokes smoker smoked smoking treatment treatments demonstrates demonstrated removed femoral "
    "foramina foraminal trauma traumatic somatic somatoform malignancy lymphoma melanoma myeloma carcinoma stimulation "
    "improved improvement improve number numbness temporary temporarily permanent almost examination exam diminished "
    "arm arms limb limbs limited limits limitation home arthropathy hematoma edema marrow margin margins symmetric "
    "asymmetric ankylosing psoriatic image images from performed informed formal confirmed"
).split()
_SCANNED_M = re.compile(
    r"\b(?=[A-Za-z]{0,16}rn)(?:" + "|".join(w.replace("m", "(?:m|rn)") for w in _WORDS_WITH_M if "m" in w) + r")\b",
    re.I,
)

# OCR slips that have one reading only: a letter inside a number with its unit, a "1" inside "SI".
_OCR = [
    (re.compile(r"(?<![A-Za-z0-9])([0-9lI][0-9]?)O(?=\s?%)"), lambda m: m[1].replace("l", "1").replace("I", "1") + "0"),
    (re.compile(r"(?<![A-Za-z0-9])[lI](?=[0-9O]\s?(?:%|ng\b|mg\b|mL\b|/10\b|weeks?\b|wks?\b|visits?\b|sessions?\b|months?\b))"), lambda m: "1"),
    (re.compile(r"(?<=[0-9])[O](?=[O\s]?(?:\s?%|\s?ng\b|\s?mg\b|\s?mL\b|/10\b|\s?weeks?\b|\s?wks?\b|\s?visits?\b|\s?sessions?\b|\s?months?\b))"), lambda m: "0"),
    (re.compile(r"(?<![A-Za-z0-9])O(?=[0-9]/[0-9O]{2}/)|(?<=[0-9]/)O(?=[0-9]/[0-9])"), lambda m: "0"),
    (re.compile(r"(?<=[0-9])[O](?=[0-9]|/[0-9O])"), lambda m: "0"),
    (re.compile(r"(?<![A-Za-z])l(?=nflamm|njection|nfection|nferior|ntra-?articular|mpression|ndication|nterval)"), lambda m: "I"),
    (re.compile(r"(?<=[0-9]/)(?:[lI][0Oo]|1[Oo])(?![0-9A-Za-z/])"), lambda m: "10"),
    (re.compile(r"(?<![A-Za-z0-9])[lI](?=[0-9]\s?(?:years?|yrs?|weeks?|wks?|months?|mos?|days?|visits?|minutes?|min)\b)"), lambda m: "1"),
    (re.compile(r"\b(?:BM|MR|M)l(?=S?\b)(?<=BMl|MRl)|\bMl(?=S\b)"), lambda m: m[0][:-1] + "I"),
    (re.compile(r"\bS[l1](?=J\b| joints?\b)|\bSl(?= (?:inj|fusion|region|pain|block))"), lambda m: "SI"),
    (re.compile(r"(?<=[0-9])\s?[\u00b0o]/[o0]\b"), lambda m: "%"),
    (re.compile(r"(?<=\bng/)m[1I]\b"), lambda m: "mL"),
    (re.compile(r"(?<![A-Za-z])(?=[A-Z]*l)(?=l*(?:[A-Z]l*){3})[A-Zl]{4,}(?![A-Za-z])"), lambda m: m[0].replace("l", "I")),
    (re.compile(r"\brn(?=[aeiou][a-z])"), lambda m: "m"),
    (_SCANNED_M, lambda m: m[0].replace("rn", "m")),
    (re.compile(r"(?<=\b[Gg]rade )l\b"), lambda m: "I"),
    (re.compile(r"(?<=\bL5[-/])Sl\b|(?<=\bL5 on )Sl\b"), lambda m: "S1"),
    (re.compile(r"(?<=\bPELV)1(?=S\b)|(?<=\bpelv)1(?=s\b)|(?<=\b[Mm])1(?=ld\b)|(?<=\b[Jj]o)1(?=nt)"), lambda m: "I" if m.string[m.start() - 1].isupper() else "i"),
    (re.compile(r"\bS1(?=J\b)"), lambda m: "SI"),
    (re.compile(r"(?<=isits)(:?[ ]{1,9})[lI](?=[0-9]\b)"), lambda m: m[1] + "1"),
    (re.compile(r"(?<=[0-9]/)[lI](?=[0-9]/(?:[12][0-9])?[0-9]{2}\b)"), lambda m: "1"),
    (re.compile(r"(?<=[a-z])(?<!Mc)(?<!Mac)I(?=[a-z])|(?<=[a-z]{3})I(?![A-Za-z0-9])"), lambda m: "l"),  # "fIuoroscopy", "protocoI"
    (re.compile(r"(?<![A-Za-z0-9'])l(?=[bcdfgkmnpqrstvwxz][a-z]{3})"), lambda m: "I"),  # "lsovue": no word begins so
    (re.compile(r"(?<![A-Za-z0-9'])l(?=\s?(?:mL|mg|cc|%))"), lambda m: "1"),
    (re.compile(r"(?<=[A-Z])0(?=[A-Z]{2})"), lambda m: "O"),  # "N0TE"
]  # fmt: skip

# Where one of them may match: at a character that is misread, or right before one. Every branch begins with a plain
# character, which is what makes the search fast.
_SLIP = re.compile(
    r"O(?:(?<=[0-9/]O)|(?=[0-9]|\s?%))"
    r"|l(?:(?<![A-Za-z0-9]l)(?=[0-9O])|(?<=[0-9]/l)(?=o)|(?<![A-Za-z]l)(?=n[fjtd]|mp)|(?<=[MRS]l)|(?=[A-Z])|(?<=[A-Z]{3}l)|(?<=rade l)"
    r"|(?<![A-Za-z0-9']l)(?=[bcdfgkmnpqrstvwxz][a-z]{3}|\s?(?:mL|mg|cc|%)))"
    r"|I(?:(?<![A-Za-z0-9]I)(?=[0-9O])|(?<=[0-9]/I)(?=o)|(?<=[a-z]I)(?![A-Z0-9]))"
    r"|0(?<=[A-Z]0)(?=[A-Z]{2})"
    r"|1(?:(?<=S1)(?=J| j)|(?<=/1)(?=[Oo])|(?<=[VvMmo]1)(?=[Ssln]))"
    r"|r(?<!\wr)(?=n[aeiou])"
    r"|/(?:(?<=[o\u00b0]/)(?=[o0])|(?<=ng/)(?=m[1I]))"
)
# The character at which ``_SLIP`` matches -> which of the slips it may be, by their places in the list.
_SLIPS_AT = {
    "O": {0, 2, 3, 4, 6}, "l": {1, 5, 6, 7, 8, 9, 12, 15, 16, 19, 20, 22, 23}, "I": {1, 6, 7, 19, 20, 21},
    "1": {6, 9, 17, 18}, "r": {13}, "/": {10, 11}, "0": {24},
}  # fmt: skip
_SCANNED_AT = next(n for n, (pattern, _) in enumerate(_OCR) if pattern is _SCANNED_M)
# ``_WORDS_WITH_M`` in every spelling in which an "m" is "rn".
_SCANNED_WORDS = frozenset(
    "".join(letters)
    for word in _WORDS_WITH_M
    for letters in itertools.product(*(("m", "rn") if letter == "m" else (letter,) for letter in word))
    if "rn" in letters
)


def _slips(text: str) -> set[int]:
    """Which of the slips may stand in a text, by their places in the list."""
    found: set[int] = set()
    for m in _SLIP.finditer(text):
        found |= _SLIPS_AT[m[0]]
    if _may_hold_scanned(text):
        found.add(_SCANNED_AT)
    return found


def _may_hold_scanned(text: str) -> bool:
    """Whether a word with "rn" for "m" may stand in a text."""
    lower = text.lower()
    at = lower.find("rn")
    if at >= 0 and not text.isascii():
        return True  # letters that a regex takes for others
    while at >= 0:
        first = last = at
        while first > 0 and lower[first - 1].isalpha():
            first -= 1
            if at - first > _LONGEST_SCANNED:
                break
        while last < len(lower) and lower[last].isalpha() and last - at <= _LONGEST_SCANNED:
            last += 1
        if lower[first:last] in _SCANNED_WORDS:
            return True
        at = lower.find("rn", last)
    return False


_LONGEST_SCANNED = max(map(len, _SCANNED_WORDS))

_UNITS = {w: i for i, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve thirteen "
                                     "fourteen fifteen sixteen seventeen eighteen nineteen".split())}  # fmt: skip
_TENS = {w: 10 * (i + 2) for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())}
_SMALL = "|".join(w for w in sorted(_UNITS, key=len, reverse=True) if w not in ("zero", "one"))
_DIGIT = "one|two|three|four|five|six|seven|eight|nine"
_TEN = "|".join(_TENS)
# "one" alone stays a word ("one of the tests", "no one"), save before a unit or "out of".
_NUMBER = (
    rf"(?:(?P<tens>{_TEN})(?:[\s-]+(?P<ones>{_DIGIT}))?|(?P<small>{_SMALL}))"
    rf"|(?P<one>one|zero)(?=\s*(?:%|percent|out of|of ten|mL\b|ml\b|cc\b|milliliters?|weeks?\b|months?\b|years?\b|days?\b"
    rf"|hours?\b|visits?\b|sessions?\b|packs?\b|over ten|/\s*10))"
)
_NUMBER_NOT = r"\b(?!-(?:level|sided|handed|person|to-one|legged|finger))"
# The text is another before and after these are written in figures.
_NUMBERS = Scanner(default_engine())
_NUMBER_WORD = gated(rf"\b(?:{_NUMBER}){_NUMBER_NOT}", re.IGNORECASE, _NUMBERS)
# The same where the text holds a "hundred"; it may be the only word of its number.
_HUNDREDS_WORD = re.compile(
    rf"\b(?:(?:(?P<hundreds>one|two|three|a)\s+hundred(?:\s+and)?(?:[\s-]+)?)?(?:{_NUMBER.partition('|(?P<one>')[0]})"
    rf"|(?P<even>one|two|three|a)\s+hundred|(?P<one>{_NUMBER.partition('|(?P<one>')[2]}){_NUMBER_NOT}",
    re.IGNORECASE,
)


def _number(m: re.Match[str]) -> str:
    value = 0
    hundreds = (m["hundreds"] or m["even"]) if m.re is _HUNDREDS_WORD else None
    if hundreds:
        value += 100 * _UNITS.get(hundreds.lower(), 1)
    if m["tens"]:
        value += _TENS[m["tens"].lower()] + (_UNITS[m["ones"].lower()] if m["ones"] else 0)
    for name in ("small", "one"):
        if m[name]:
            value += _UNITS[m[name].lower()]
    return str(value)


# "August twenty-ninth", "the third of March": the day in digits
_MONTH_NAME = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|aug|sept?"
    r"|oct|nov|dec)"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_ORDINAL_DAYS = {w: i + 1 for i, w in enumerate(_ORDINALS)}
_ORDINAL_DAYS |= {f"twenty{join}{w}": i + 21 for i, w in enumerate(_ORDINALS[:9]) for join in "- "}
_ORDINAL_DAYS |= {"thirtieth": 30, "thirty-first": 31, "thirty first": 31}
_ORDINAL = "|".join(sorted(_ORDINAL_DAYS, key=len, reverse=True))
_ORDINAL_DAY = gated(
    rf"\b(?:(?P<month>{_MONTH_NAME})\.? (?:the )?(?P<day>{_ORDINAL})\b(?! (?:of|visit|week|injection|shot|block|one))"
    rf"|\bthe (?P<day2>{_ORDINAL})(?= (?:day )?of {_MONTH_NAME}\b))",
    re.IGNORECASE,
    _NUMBERS,
)


def _ordinal_day(m: re.Match[str]) -> str:
    day = _ORDINAL_DAYS[(m["day"] or m["day2"]).lower()]
    return f"{m['month']} {day}" if m["month"] else f"the {day}"


# Prefixes that keep their hyphen when a line breaks after it.
_KEEPS_HYPHEN = re.compile(
    r"\b(?:left|right|well|broad|weight|image|intra|peri|extra|non|post|pre|anti|multi|x|re|self|co|semi|mid|[a-z]*[0-9]+|[A-Z][0-9]+)$",
    re.I,
)
_LIST_ITEM = re.compile(r"\s*(?:[-*+]\s|\d{1,2}[.)]\s|[a-zA-Z][.)]\s|\[.?\]|\(.?\)\s|#\s?\d)")
_COLUMNS = re.compile(r"\S {3,}\S|\s\|\s|\.{4,}|_{3,}|-{4,}|={4,}")
_LABEL = re.compile(r"\s*[A-Z][A-Za-z0-9 /&'()#.-]{0,45}:(?:\s|$)")


@dataclass
class ReadingText:
    """The text to read and its way back.

    Attributes:
        text: what the rules read.
        repaired: spans of ``text`` in which an OCR slip was mended.
    """

    text: str
    _starts: Sequence[int]
    _ends: Sequence[int]
    repaired: list[tuple[int, int]] = field(default_factory=list)

    def to_note(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into the note for a span of ``text``."""
        if start >= end:
            at = self._starts[start] if start < len(self._starts) else (self._ends[-1] if self._ends else 0)
            return at, at
        return self._starts[start], self._ends[end - 1]

    def from_note(self, offset: int) -> int:
        """The position in ``text`` of an offset into the note (the nearest at or before it)."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def is_repaired(self, start: int, end: int) -> bool:
        return any(s < end and start < e for s, e in self.repaired)


class _Draft:
    """A text under rewriting, with the note offsets of every character."""

    def __init__(self, note: str):
        self.text = note
        self.starts: Sequence[int] = range(len(note))
        self.ends: Sequence[int] = range(1, len(note) + 1)

    def rewrite(self, edits: list[tuple[int, int, str]]) -> None:
        """Replace spans (start, end, new), given in order and without overlap."""
        if not edits:
            return
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, new in edits:
            text.append(self.text[at:start])
            starts += self.starts[at:start]
            ends += self.ends[at:start]
            if new:
                first, last = (self.starts[start], self.ends[end - 1])
                text.append(new)
                # every new character stands for the whole old span
                starts += [first] * len(new)
                ends += [last] * len(new)
            at = end
        text.append(self.text[at:])
        starts += self.starts[at:]
        ends += self.ends[at:]
        self.text, self.starts, self.ends = "".join(text), starts, ends

    def substitute(self, pattern: re.Pattern[str] | GatedRegex, new) -> list[tuple[int, int, str]]:
        edits = [(m.start(), m.end(), new(m)) for m in pattern.finditer(self.text) if m.end() > m.start()]
        edits = [e for e in edits if self.text[e[0] : e[1]] != e[2]]
        self.rewrite(edits)
        return edits


def _wrap_width(lines: list[str]) -> int:
    """The column at which the note's prose was wrapped: 0 where it was not."""
    lengths = sorted(len(line) for line in lines if len(line) > 50)
    if len(lengths) < 3:
        return 0
    high = lengths[int(len(lengths) * 0.9)]
    return high if high <= 135 else 0


# a line that ends so goes on in the next one, whatever that begins with
_BREAKS_OFF = re.compile(
    r"[a-z,] (?:the|an?|and|or|nor|of|with|without|while|whereas|but|that|which|who|whose|his|her|their|my|our|to|from|for|by"
    r"|into|over|between|than|is|are|was|were|has|had|have|be|been|both|either|neither|as|because|although|though)$"
)
# "  naproxen - yes, from the beginning": one of a column of items, each with what is said of it
_ANSWERED_ITEM = re.compile(r"( *)[A-Za-z][\w'/. ]{2,28}? (?:-|=) \S")


def _wraps(first: str, second: str, width: int) -> bool:
    """Whether ``second`` goes on with the sentence that ``first`` breaks off."""
    a, b = first.rstrip(), second.strip()
    if a and b and _hangs(a, second):
        return True
    if not a or not b or _LIST_ITEM.match(second) or _COLUMNS.search(a.lstrip()) or _COLUMNS.search(b):
        return False
    if a.endswith("-") and len(a) > 1 and a[-2].isalpha() and b[0].islower():
        return True
    if _LABEL.match(second) and not b[0].islower():
        return False
    if (item := _ANSWERED_ITEM.match(second)) and (above := _ANSWERED_ITEM.match(first)) and item[1] == above[1]:
        return False
    if len(a) > 40 and _BREAKS_OFF.search(a):
        return True
    next_word = len(b.split(None, 1)[0])
    full = width > 0 and len(a) + 1 + next_word > width - 4
    goes_on = b[0].islower() or b[0] in "0123456789(%\"'+/<>&" or a[-1] in ",;(/&+"
    if full:
        return True
    if a[-1] in ".:!?":
        return False
    # a short line that breaks off within a phrase, e.g. "thigh\nthrust" or "75\n%"
    indented = len(second) - len(second.lstrip()) > 2
    return b[0] == "%" or (goes_on and b[0].islower() and a[-1].isalnum() and (len(a) > 40 or not indented))


def _hangs(first: str, second: str) -> bool:
    """Whether ``second`` stands under the last column of ``first`` and goes on with its words."""
    indent = len(second) - len(second.lstrip())
    if indent < 12 or len(first) - indent < 20 or first[indent - 2 : indent] != "  " or first[indent] == " ":
        return False
    column, rest = first[indent:], second.strip()
    if _COLUMNS.search(column) or _COLUMNS.search(rest) or _LIST_ITEM.match(second) or _LABEL.match(second):
        return False
    return column[-1] in ",;(/&+" or (rest[0].islower() and column[-1] not in ".:!?")


def _join_wraps(draft: _Draft) -> None:
    lines: list[tuple[int, int]] = []
    at = 0
    for piece in draft.text.split("\n"):
        lines.append((at, at + len(piece)))
        at += len(piece) + 1
    texts = [draft.text[s:e] for s, e in lines]
    width = _wrap_width(texts)
    edits: list[tuple[int, int, str]] = []
    for (s1, e1), (s2, e2) in itertools.pairwise(lines):
        first, second = draft.text[s1:e1], draft.text[s2:e2]
        if not _wraps(first, second, width):
            continue
        end_first = s1 + len(first.rstrip())
        start_second = s2 + len(second) - len(second.lstrip())
        if draft.text[end_first - 1] == "-" and draft.text[end_first - 2].isalpha():
            word = re.search(r"[A-Za-z0-9]+(?=-$)", draft.text[max(s1, end_first - 25) : end_first])
            keep = word is None or _KEEPS_HYPHEN.search(word[0]) or len(word[0]) > 6
            edits.append((end_first if keep else end_first - 1, start_second, ""))
        else:
            edits.append((end_first, start_second, " "))
    draft.rewrite(edits)


def _chosen(m: re.Match[str], circles: bool) -> str:
    if m.start() and m.string[m.start() - 1] in "([":
        return " " if m[0] == "\u25cb" else "x"
    return "(x)" if circles else m[0]


def read_text(note: str) -> ReadingText:
    """Even out a note's text for the rules. The note itself is never changed."""
    draft = _Draft(note)
    if "\u2022" in note or "\u25cf" in note:
        circles = "\u25cb" in note or "\u25ef" in note
        draft.substitute(_CHOSEN, lambda m: _chosen(m, circles))
    draft.substitute(_CHARACTER, lambda m: _CHARACTERS[m[0]])
    _join_wraps(draft)
    repaired_notes: list[tuple[int, int]] = []
    slips = _slips(draft.text)
    for n, (pattern, new) in enumerate(_OCR) if slips else ():
        if n not in slips:
            continue
        hits = [(m.start(), m.end()) for m in pattern.finditer(draft.text)]
        repaired_notes += [(draft.starts[s], draft.ends[e - 1]) for s, e in hits if draft.text[s:e] != ""]
        if draft.substitute(pattern, new):
            slips = _slips(draft.text)  # one mended may show another
    _NUMBERS.read(draft.text)
    draft.substitute(_ORDINAL_DAY, _ordinal_day)
    draft.substitute(_HUNDREDS_WORD if "hundred" in draft.text.lower() else _NUMBER_WORD, _number)
    _NUMBERS.forget()
    reading = ReadingText(draft.text, draft.starts, draft.ends)
    for s, e in repaired_notes:
        first = reading.from_note(s)
        reading.repaired.append((first, max(first + 1, reading.from_note(e - 1) + 1)))
    return reading
