"""What clinic notes, letters and asides of reports tell of studies: "MRI L-spine 12/10/24: severe L4-5 stenosis"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from chartproof.extract.imaging.statements import seen_in
from chartproof.extract.imaging.study import PAIRED, SPINE, Frame, Seen, Study
from chartproof.extract.imaging.taken import date_of_the_list, taken_here, told_as_taken_here
from chartproof.extract.imaging.titles import regions_named
from chartproof.extract.imaging.units import units_of
from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading, Sentence
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality, NoteType

_JOIN = re.compile(
    r"\s*(?:,|/|&|\+|and|or|with (?:special )?attention to|including|to include|(?<=lumbo))\s*"
    r"(?:the |of |both |bilateral |left |right |AP |PA |lateral |oblique |standing )*",
    re.I,
)
# what ends the name of a study: "L-spine, narrow disc ...", "AP pelvis. Mild ...", "L-spine 2v - "
_TITLE_END = re.compile(r"\s*(?:[,.;:(]|-\s|$|(?:\d ?)?(?:views?|v)\b|with\b|shows?\b|AP\b|lat|films?\b)", re.I)
_SIDED = re.compile(r"\b(?:L|R|left|right|bilateral|bilat|both)\s*$", re.I)
_SIDE_AFTER = re.compile(r"\s*\(?(?:L|R|left|right|bilateral)\)?(?=\s*(?:[,:(]|\d))", re.I)
_SIDE_AFTER_NAME = re.compile(r"\s*\(?(?-i:L|R|left|right|LEFT|RIGHT)\)?(?=\s*(?:[,:(]|\d|today|films?|views?))", re.I)
_VIEWS_AHEAD = re.compile(r"\s*(?:joints? )?(?:views?|x-?rays?|films?|radiographs?|\(?\d{1,2}[/-])", re.I)
_BEFORE_GAP = re.compile(
    r"\s*(?:(?:joints?|spine|plain|AP|PA|lateral|digital|outside|standing|recent|repeat|prior|region|protocol|flexion|extension|flex|ext|dynamic|views?|[-/&(:])[\s/:(-]*)*",
    re.I,
)
_VIEW_GAP = re.compile(
    r"[\s,(]*(?:(?:AP|PA|lateral|inlet|outlet|obliques?|Judet|Ferguson|frog|frog-leg|standing|views?|and|with|weight-bearing|plain)\b[\s,/&)]*)+",
    re.I,
)
_DATE_GAP = re.compile(
    r"[\s,:|()\[\]/-]*(?:(?:from|on|of|dated|done|performed|obtained|taken|acquired|x|in|was|were|completed|date|dos|at|the|end|w/?o?|without|with|contrast|and|IV|gad\w*|report|scan|arthrogram|views?|AP|lateral|\d|outside|by|films?|study|here|our|my|this|office|clinic|\d\s?v(?:iews?|ws?)?|two|three|that|which|we|I|she|he|did|had|got|done|flamingo|stress|single-leg|stance|inlet|outlet|obliques?|Ferguson|Judet|flexion|extension|flex|ext|standing|weight-bearing|PA|lat|frog(?:-?leg)?|bilaterally|both|hips?|back|again|L|R|left|right|bilateral|bilat)\b[\s,:()|\[\]/-]*)*",
    re.I,
)
_BEFORE_DATE_GAP = re.compile(
    r"(?:'s\b)?[\s,:()\[\]-]*(?:(?:an?|the|my|read|his|her|had|have|and|outside|plain|AP|w/?o?|she|he|patient|pt|underwent|obtained|for|of|recent|he|lateral|standing|there|was|with|our|my|office|in|clinic)\b[\s,:()\[\]-]*)*",
    re.I,
)
# "(Outside Facility, 02/12/2025"; "01/15/2025 - Regional Imaging - MRI"
_IN_BRACKETS = re.compile(r"[^().;:]{0,40}\((?:[A-Za-z][\w.&' -]{0,50}[,;:-]? ?(?:on |dated )?)?")
_LISTED = re.compile(r"\s*[-:|,]?\s*(?:[A-Z][\w.&']*\s+(?:of\s+|and\s+)?){0,6}[-:|,]\s*")
_ON_IT = re.compile(
    r"\b(?:on|by|per|in)\s+(?:the|his|her|your|this|that|recent|most recent|their|an?)?\s*(?:\w+\s+){0,2}$", re.I
)
_OR_MONTH = r"\s*(?:and|or|&|/)\s*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_WHERE_TAKEN = re.compile(
    r"\b(?:of|a|an|on|with|this|visit|department|taken|obtained|done|performed|in|at|here|our|the|clinic|office|were|was)\b|:",
    re.I,
)
_VIEW = re.compile(r"\b(?:AP|PA|lateral|inlet|outlet|obliques?|judet|ferguson|frog-?leg|views?)\b", re.I)
_PLAIN_NORMAL = re.compile(
    r"\b(?:normal|unremarkable|preserved|intact|maintained|patent|WNL|nl|negative|clear|clean|spared|healthy)\b", re.I
)
_ONE_LIST = re.compile(r"\s*(?:,|/|&|\+|,? and)\s*", re.I)
_TAILBONE = re.compile(r"\b(?:tail ?bone|coccy\w+)\b", re.I)
_STUDY_SECTIONS = ("imaging", "labs", "findings")
_PLAN_SECTIONS = ("plan", "goals", "disposition")
_SILENT = ("education", "consent", "instructions", "policy", "family_history", "medications", "allergies")


@dataclass
class Mention:
    """A study as a note tells it, with the span [low, high) of the words that belong to it."""

    modality: str | None
    regions: dict[str, Laterality | None]
    start: int
    end: int
    low: int
    high: int
    date: DateMention | None = None
    seen: list[Seen] = field(default_factory=list)
    is_done: bool = False
    more: list[tuple[int, int]] = field(default_factory=list)

    def studies(self) -> list[Study]:
        """The studies told, where modality and region are."""
        if self.modality is None:
            return []
        when = self.date.value if self.date else None
        regions = self.regions
        if self.modality != "radiograph" and len(regions) > 1 and set(regions) & {"si_joint", "pelvis"}:
            keep = "si_joint" if "si_joint" in regions else "pelvis"
            regions = {r: s for r, s in regions.items() if r == keep or r in SPINE}
        end = max(self.end, self.date.end) if self.date and self.date.end - self.end < 40 else self.end
        start = min(self.start, self.date.start) if self.date and self.start - self.date.start < 40 else self.start
        return [Study(self.modality, r, s, when, [(start, end)]) for r, s in regions.items()]


def mentions_in(reading: Reading, spans: list[tuple[int, int]]) -> list[Mention]:
    """The studies told as done within the spans, each with what is told to be seen.

    Args:
        spans: the parts of the note that are no report of their own, in order.
    """
    out: list[Mention] = []
    previous: list[Mention] = []
    for sentence in _sentences(reading, spans):
        if sentence.section.category in _SILENT or sentence.zone in ("policy", "education", "hypothetical"):
            previous = []
            continue
        if reading.note.type == NoteType.PROCEDURE and sentence.section.category in ("procedure", "technique"):
            continue
        told = _told(reading, sentence)
        if told:
            told = [m for m in told if _settle(reading, sentence, m)]
            out += told
            previous = told
        elif previous and _goes_on(reading, sentence, previous):
            previous = [m for m in previous if m.regions] or previous
            if len(previous) > 1:
                previous = [_together(previous, sentence)]
                out += previous
            else:
                previous[0].more.append((sentence.start, sentence.end))
        else:
            previous = []
    if _is_of_one_day(reading):
        out = [replace(m, date=_of_the_day(reading, m)) for m in out]
    for mention in out:
        _look(reading, mention)
    return [m for m in out if m.is_done or m.seen]


def _is_of_one_day(reading: Reading) -> bool:
    """Whether a note is that of an emergency visit, whose studies were made at that visit."""
    regex = reading.patterns.regexes["img_same_day_note"]
    if reading.note.type not in (NoteType.OTHER, NoteType.PROGRESS, NoteType.CONSULT):
        return False
    head = [line for line in reading.lines if line.text.strip()][:4]
    return any(regex.search(line.text) for line in head)


def _of_the_day(reading: Reading, mention: Mention) -> DateMention | None:
    """The date of a study; that of the note where none is told, and none of the words tell of an earlier one."""
    if mention.date is not None or mention.modality is None:
        return mention.date
    words = reading.text[max(mention.low, mention.start - 60) : min(mention.high, mention.end + 40)]
    if reading.patterns.regexes["img_earlier"].search(words):
        return None
    return DateMention(mention.start, mention.end, PartialDate(reading.note.date), "today", True)


def _together(several: list[Mention], sentence: Sentence) -> Mention:
    """What is told of several studies together: which one showed it is left open, save what they share."""
    modality = several[0].modality if len({m.modality for m in several}) == 1 else None
    same_day = len({m.date.value if m.date else None for m in several}) == 1
    date = several[0].date if modality and same_day else None
    return Mention(modality, {}, sentence.start, sentence.start, sentence.start, sentence.end, date)


def _sentences(reading: Reading, spans: list[tuple[int, int]]) -> list[Sentence]:
    return [
        s
        for s in reading.sentences
        if any(low <= s.start < high for low, high in spans) and any(map(str.isalnum, reading.text[s.start : s.end]))
    ]


def _told(reading: Reading, sentence: Sentence) -> list[Mention]:
    """The studies that a sentence names, each with its own stretch of the sentence."""
    text, patterns = reading.text, reading.patterns
    found: list[Mention] = []
    hits = _names(reading, list(patterns.find("imaging_modality", text, sentence.start, sentence.end)))
    for n, (modality, m) in enumerate(hits):
        if _is_guidance(reading, sentence, modality, m) or patterns.regexes["img_form_no"].match(
            text, m.end(), sentence.end
        ):
            continue
        limit = hits[n + 1][1].start() if n + 1 < len(hits) else sentence.end
        regions, start, end = _regions(reading, sentence, modality, m, limit, found[-1].end if found else 0)
        if modality == "ultrasound" and not regions:
            continue
        if modality in ("bone_scan", "spect_ct") and not regions:
            regions = {"other": None}
        if "other" in regions and not _TAILBONE.search(text, start, end) and modality not in ("bone_scan", "spect_ct"):
            continue  # chest, brain, knee: no study of this pain
        if found and found[-1].end >= start and found[-1].modality == modality:
            continue
        found.append(Mention(modality, regions, start, end, sentence.start, sentence.end))
    if not found:
        nameless = patterns.regexes["img_anonymous"].search(text, sentence.start, sentence.end)
        if nameless:
            found.append(Mention(None, {}, *nameless.span(), sentence.start, sentence.end))
    if len(found) == 2 and _is_one_study(reading, *found):
        found = found[1:]
        found[0].low = sentence.start
        found[0].start = hits[0][1].start()
    for a, b in pairwise(found):
        cut = max(
            (c.end() for c in re.finditer(r",|;|\band\b|\. |(?<!\d)/(?!\d)|\n", text[a.end : b.start])),
            default=b.start - a.end,
        )
        a.high = b.low = a.end + cut
    for mention in found:
        mention.date = _date(reading, mention)
    for a, b in pairwise(found):
        # "AP pelvis and left hip films today": named together, taken together
        if a.date is None and a.modality == b.modality and a.regions and _ONE_LIST.fullmatch(text, a.end, b.start):
            a.date = b.date
    return found


def _is_one_study(reading: Reading, first: Mention, second: Mention) -> bool:
    """ "X-rays in the office today, AP pelvis": the views told after the study, and where it was taken."""
    if first.regions or not second.regions or first.modality != second.modality:
        return False
    gap = reading.text[first.end : second.start]
    for date in reading.dates_in(first.end, second.start):
        gap = gap.replace(reading.text[date.start : date.end], " ")
    return len(gap) < 60 and not re.search(r"[A-Za-z]", _WHERE_TAKEN.sub(" ", gap))


def _names(reading: Reading, hits: list[tuple[str, re.Match[str]]]) -> list[tuple[str, re.Match[str]]]:
    """One hit for each study named: "AP pelvis radiograph" and "XR AP pelvis" name one with two words."""
    out: list[tuple[str, re.Match[str]]] = []
    for value, m in hits:
        if out and out[-1][0] == value:
            gap = rest = reading.text[out[-1][1].end() : m.start()]
            if m.group().startswith("AP"):  # "X-rays today (AP pelvis ...)"
                for date in reading.dates_in(out[-1][1].end(), m.start()):
                    rest = rest.replace(reading.text[date.start : date.end], " ")
                gap = rest = _WHERE_TAKEN.sub(" ", re.sub(r"[(,]", " ", rest))
            for regex in reading.patterns.vocabulary["imaging_region"].values():
                rest = regex.sub(" ", rest)
            commas = r"|," if _VIEW.search(gap) else ""
            if not re.sub(
                rf"\b(?:of|the|and|plain|spine|joints?|left|right|both|bilateral)\b|:|{_VIEW.pattern}{commas}",
                " ",
                rest,
                flags=re.I,
            ).strip():
                if rest != gap:
                    out[-1] = (value, m)  # the later word stands next to the date and to what is seen
                continue
        out.append((value, m))
    return out


def _is_guidance(reading: Reading, sentence: Sentence, modality: str, m: re.Match[str]) -> bool:
    text, regexes = reading.text, reading.patterns.regexes
    if regexes["img_guided_after"].match(text[m.end() : m.end() + 30]):
        return True
    ahead = text[max(sentence.start, m.start() - 25) : m.start()]
    if regexes["img_intraoperative"].search(ahead):
        return True
    return modality in ("ct", "ultrasound") and bool(regexes["img_guided_mention"].search(ahead))


def _regions(
    reading: Reading, sentence: Sentence, modality: str, m: re.Match[str], limit: int, taken: int
) -> tuple[dict[str, Laterality | None], int, int]:
    """The regions told after the modality ("MRI of the lumbar spine") or before it ("pelvis and hip films")."""
    text, patterns = reading.text, reading.patterns
    start, end = m.start(), m.end()
    first = last = None
    at = m.end()
    low = max(sentence.start, taken)
    # to the end of the modality, which "LS" looks ahead for
    before = [h for _, h in patterns.find("imaging_region", text, low, m.end()) if h.end() <= m.start()]
    lead_gap = text[before[-1].end() : m.start()] if before else ""
    if before and (_BEFORE_GAP.fullmatch(lead_gap) or (modality == "radiograph" and _VIEW_GAP.fullmatch(lead_gap))):
        first_at = before[-1]
        for h in reversed(before[:-1]):
            if not _JOIN.fullmatch(text[h.end() : first_at.start()]):
                break
            first_at = h
        lead = re.search(r"(?:(?<!\w)(?:left|right|bilateral|both|AP|L|R)\s+)+$", text[low : first_at.start()], re.I)
        start = low + lead.start() if lead else first_at.start()
        named = regions_named(patterns, text, start, m.end())
        sided = _SIDE_AFTER.match(text, end, limit)
        if sided and len(named) == 1 and set(named) <= set(PAIRED) and not any(named.values()):
            named = dict.fromkeys(named, next(find_sides(sided[0])).side)
        return named, start, end
    form = patterns.regexes["img_form_yes"].match(text, m.end(), limit)
    if form:
        # "X-ray: Y   body part: pelvis   date: 4/1/25"
        hits = [h for _, h in patterns.find("imaging_region", text, form.end(), limit)]
        if hits:
            return regions_named(patterns, text, hits[0].start(), hits[0].end()), start, hits[0].end()
    for _, hit in patterns.find("imaging_region", text, m.end(), min(limit, m.end() + 140)):
        gap = text[at : hit.start()]
        if limit < sentence.end and hit.end() <= limit and _BEFORE_GAP.fullmatch(text[hit.end() : limit]):
            break  # the next study's region
        if ":" in gap and _SIDED.search(gap) and not _VIEWS_AHEAD.match(text, hit.end()):
            break  # "CT: L SI joint with sclerosis" tells what is seen
        fits = (
            _is_filler(reading, at, hit.start()) or _heads_a_study(reading, at, hit, limit)
            if first is None
            else bool(_JOIN.fullmatch(gap)) or _is_joined(reading, at, hit.start())
        )
        if not fits:
            break
        first = m.end() if first is None else first
        last = at = hit.end()
    if last is not None:
        named = regions_named(patterns, text, m.end(), last)
        sided = _SIDE_AFTER_NAME.match(text, last, limit)
        if sided and len(named) == 1 and set(named) <= set(PAIRED) and not any(named.values()):
            named = dict.fromkeys(named, next(find_sides(sided[0])).side)
        return named, start, last
    return {}, start, end


def _is_filler(reading: Reading, start: int, end: int) -> bool:
    text = reading.text[start:end]
    if len(text) > 60 or re.search(r"[;:=]\s|\. ", re.sub(r"^\s*:", "", text)):
        return False
    for d in reading.dates_in(start, end):
        text = text.replace(reading.text[d.start : d.end], " ")
    rest = reading.patterns.regexes["img_title_words"].sub(
        " ", re.sub(r"\b(?:his|her|our|my|your|their|taken|obtained|today|L|R)\b", " ", text)
    )
    return not re.search(r"[A-Za-z]{2,}", rest) and text.count(",") <= 2


def _heads_a_study(reading: Reading, start: int, hit: re.Match[str], limit: int) -> bool:
    """Whether a region behind "Films here today:" is that of the study, told like a title and not of what is seen."""
    text = reading.text
    if not _TITLE_END.match(text, hit.end(), limit):
        return False
    gap = re.sub(r"(?:AP|PA|lat(?:eral)?|[\d/ ,-])+$", "", text[start : hit.start()], flags=re.I).rstrip()
    colon = start + len(gap) - 1
    return gap.endswith(":") and bool(reading.dates_in(start, colon)) and _is_filler(reading, start, colon)


def _is_joined(reading: Reading, start: int, end: int) -> bool:
    gap = reading.text[start:end]
    for d in reading.dates_in(start, end):
        gap = gap.replace(reading.text[d.start : d.end], " ")
    return len(gap) < 40 and bool(re.search(r"\band\b|[&+/]", gap)) and _is_filler(reading, start, end)


def _date(reading: Reading, mention: Mention) -> DateMention | None:
    """The date told with the study: right after it, or right before it."""
    text = reading.text
    for d in reading.dates_in(mention.start, mention.high):
        gap = text[mention.end : d.start]
        if d.start >= mention.end and not (_DATE_GAP.fullmatch(gap) or _IN_BRACKETS.fullmatch(gap)):
            break
        if d.value.first <= reading.note.date and not _is_one_of_two(reading, d):
            return d
        break
    before = reading.dates_in(mention.low, mention.start)
    if not before and mention.low == reading.sentence_at(mention.start).start:
        before = reading.dates_in(reading.line_at(mention.start).start, mention.start)
    if (
        before
        and (
            _BEFORE_DATE_GAP.fullmatch(text[before[-1].end : mention.start])
            or (_LISTED.fullmatch(text[before[-1].end : mention.start]) and _opens_sentence(reading, before[-1]))
        )
        and before[-1].value.first <= reading.note.date
    ):
        return before[-1]
    if re.search(
        r"\bthat (?:same )?(?:very )?(?:day|evening|night|afternoon|morning|week)\b",
        text[mention.low : mention.high],
        re.I,
    ):
        earlier = [d for d in reading.dates if d.end <= mention.low and mention.low - d.end < 200]
        if earlier:
            return earlier[-1]
    # "was taken at the urgent care on 2/3": the only date of a stretch that tells of taking pictures
    stretch = reading.dates_in(mention.end, mention.high)
    if (
        len(stretch) == 1
        and not _is_one_of_two(reading, stretch[0])
        and re.search(
            r"\b(?:obtained|taken|performed|done|completed|from|dated|reviewed)\b[^.;]{0,40}$",
            text[mention.end : stretch[0].start],
            re.I,
        )
    ):
        gap = text[mention.end : stretch[0].start]
        if not re.search(r"\b(?:after|since|following|injur\w+|fall|accident|surgery|show\w*|order\w*)\b", gap, re.I):
            return stretch[0] if stretch[0].value.first <= reading.note.date else None
    if taken_here(text, mention.end, mention.high) or told_as_taken_here(text, mention.low, mention.start):
        return DateMention(mention.start, mention.end, PartialDate(reading.note.date), "today", True)
    return date_of_the_list(reading, mention.start)


def _opens_sentence(reading: Reading, date: DateMention) -> bool:
    """Whether a date stands at the head: an entry of a list of records."""
    return not any(map(str.isalnum, reading.text[reading.sentence_at(date.start).start : date.start]))


def _is_one_of_two(reading: Reading, date: DateMention) -> bool:
    """ "from January and February": two months for several studies."""
    return bool(re.match(_OR_MONTH, reading.text[date.end : date.end + 20], re.I))


def _settle(reading: Reading, sentence: Sentence, mention: Mention) -> bool:
    """Whether the study was done; a plan, an order or a refusal is no fact."""
    text, regexes = reading.text, reading.patterns.regexes
    low, high = mention.low, mention.high
    clause_low, clause_high = reading.clause_at(mention.start)
    low, high = max(low, clause_low), max(mention.end, min(high, clause_high))
    ahead, after = text[low : mention.start], text[mention.end : high]
    shows = re.search(
        r"\b(?:show|reveal|demonstrat|review|read\b|negative|normal|unremarkable|consistent|impression|:)",
        after[:60] + ahead[-20:],
        re.I,
    )
    if re.search(r"\bno (?:prior |recent |previous |new |current |formal |advanced )*$", ahead, re.I):
        return False
    planned = regexes["img_planned"].search(ahead) or regexes["img_planned"].search(after[:70])
    if planned and not (shows and mention.date and not re.search(r"order|schedul|pend|request", planned[0], re.I)):
        if re.match(r"no\b|never|has not|have not|none|denied|declin|refus", planned[0], re.I) or not re.search(
            r"\b(?:show|reveal|demonstrat)", after, re.I
        ):
            return False
    if mention.date is None and regexes["img_orders_listed"].search(text, sentence.start, mention.start):
        return False
    assertion = reading.assertion(mention.start, mention.end, ignore=("negated", "possible", "historical"))
    if assertion.says_nothing or assertion.kind in ("declined",):
        return False
    if assertion.kind == "planned" and not (shows or mention.date):
        return False
    told_day = mention.date is not None and mention.date.form != "today"
    if sentence.section.category in _PLAN_SECTIONS and not (
        told_day or re.search(r"\b(?:show|reveal|demonstrat)", after, re.I)
    ):
        return False
    mention.is_done = bool(mention.date or regexes["img_done"].search(text, low, high) or _is_imaging(sentence))
    return True


def _goes_on(reading: Reading, sentence: Sentence, previous: list[Mention]) -> bool:
    """Whether a sentence without a study of its own still tells of the one before."""
    text, patterns = reading.text, reading.patterns
    last = reading.sentence_at(previous[-1].start)
    runs_on = (
        sentence.section.category in ("impression", "findings")
        and "\n" not in text[_before(reading, sentence).end : sentence.start]
    )
    if sentence.section is not last.section and not runs_on and not _is_labelled_region(reading, sentence, last):
        if sentence.section.category not in ("findings", "impression", "other") or not _is_imaging(last):
            return False
    says_normal = patterns.regexes["img_normal_word"].search(text, sentence.start, sentence.end) and (
        next(patterns.find("imaging_anatomy", text, sentence.start, sentence.end), None)
        or _PLAIN_NORMAL.search(text, sentence.start, sentence.end)
    )
    if next(patterns.find("imaging_finding", text, sentence.start, sentence.end), None) is None and not says_normal:
        return _is_imaging(sentence) and "\n" not in text[last.end : sentence.start]
    if _is_imaging(sentence):
        return True
    own = patterns.regexes["img_own_reading"].match(text, sentence.start, sentence.end)
    start = sentence.start if own is None else own.end()  # "I see some sclerosis at the bottom of the joint"
    return not patterns.regexes["img_not_report"].search(text, start, sentence.end)


def _before(reading: Reading, sentence: Sentence) -> Sentence:
    return reading.sentences[max(0, sentence.index - 1)]


def _is_labelled_region(reading: Reading, sentence: Sentence, last: Sentence) -> bool:
    """ "Radiographs of the pelvis were obtained. Pelvis: the SI joints ...": a label in the run of the text."""
    if "\n" in reading.text[last.end : sentence.start]:
        return False
    return reading.patterns.first("imaging_region", sentence.section.title or "") is not None


def _is_imaging(sentence: Sentence) -> bool:
    """Whether a sentence stands under a heading for studies, or under a label within one."""
    section = sentence.section
    return section.category in _STUDY_SECTIONS or (section.category == "other" and section.parent in _STUDY_SECTIONS)


def _look(reading: Reading, mention: Mention) -> None:
    """Read what is told to be seen in a study."""
    text = reading.text
    ahead = text[mention.low : mention.start]
    # words before the study count where they say what is on it ("no compressive lesion on the MRI") or grade it
    lead = mention.start
    if _ON_IT.search(ahead):
        lead = max(mention.low, reading.clause_at(mention.start)[0])
    elif re.search(r"\b(?:normal|negative|unremarkable|clean)\s+(?:\w+\s+){0,3}$", ahead, re.I):
        lead = mention.low
    spans = [(lead, mention.high, False)] + [(a, b, False) for a, b in mention.more]
    regions = [study.region for study in mention.studies()] or list(mention.regions)
    frame = Frame(regions[0] if regions else None, mention.modality)
    head = mention.end
    if mention.date is not None and 0 <= mention.date.start - head < 30:
        head = mention.date.end
    contrast = reading.patterns.regexes["img_contrast"].match(text, head, mention.high)
    head = contrast.end() if contrast else head
    units = [
        replace(u, head=head, label=None, own=False) if u.start < head < u.end else u for u in units_of(reading, spans)
    ]
    mention.seen = seen_in(reading, units, frame)
    if not reading.patterns.regexes["img_si_spoken_of"].search(text):
        mention.seen = [s for s in mention.seen if s.region != "si_joint"]  # the edema of a brain
    m = reading.patterns.regexes["img_study_normal"].match(text, head, mention.high)
    if m and not mention.seen and next(reading.patterns.find("imaging_finding", text, head, m.end()), None) is None:
        for region, side in mention.regions.items():
            both = Laterality.BILATERAL if region == "si_joint" else None
            mention.seen.append(Seen("normal", region, "present", side or both, None, mention.start, m.end()))
    if mention.modality is not None and not mention.regions and mention.seen:
        spinal = {s.region for s in mention.seen if s.region in SPINE}
        paired = {s.region for s in mention.seen if s.region in PAIRED}
        # a radiograph that shows a joint may be of the pelvis or of the joint; a scan is of what it shows
        if mention.modality in ("mri", "ct", "spect_ct") and len(spinal | paired) == 1:
            mention.regions = {(spinal | paired).pop(): None}
