"""What clinic notes, letters and asides of reports tell of studies: "MRI L-spine 12/10/24: severe L4-5 stenosis"."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from chartproof.extract.imaging.follow import goes_on, is_between, is_imaging, spoken_of
from chartproof.extract.imaging.named import regions_of_study
from chartproof.extract.imaging.statements import seen_in
from chartproof.extract.imaging.study import PAIRED, SPINE, Frame, Mention, Seen
from chartproof.extract.imaging.taken import date_told
from chartproof.extract.imaging.units import units_of
from chartproof.language.dates import DateMention
from chartproof.language.reading import Reading, Sentence
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality, NoteType

_ON_IT = re.compile(
    r"\b(?:on|by|per|in)\s+(?:the|his|her|your|this|that|recent|most recent|their|an?)?\s*(?:\w+\s+){0,2}$", re.I
)
_WHERE_TAKEN = re.compile(
    r"\b(?:of|a|an|on|with|this|visit|department|taken|obtained|done|performed|in|at|here|our|the|clinic|office"
    r"|were|was)\b|:",
    re.I,
)
_VIEW = re.compile(r"\b(?:AP|PA|lateral|inlet|outlet|obliques?|judet|ferguson|frog-?leg|views?)\b", re.I)
_ONE_LIST = re.compile(r"\s*(?:,|/|&|\+|,? and)\s*", re.I)
# "...; that film showed no fracture": one told of before
_SAME_ONE = re.compile(r"\b(?:that|this|the same|said)\s$", re.I)
_BY_WHOM = re.compile(r"\b(?:ordered|requested) (?:by|through|from)\b", re.I)
_OF_THE_HEART = re.compile(
    r"\b(?:gated|myocardial|perfusion|persantine|thallium|cardiolite|sestamibi|cardiac|heart|ejection)\b", re.I
)
_LIST_WORDS = re.compile(r"(?:\s|,|/|&|\+|\b(?:and|the|of|her|his|both|plain|as well as|together with|plus)\b)*", re.I)
_TELLS = re.compile(
    r"[^.:]{0,60}:\s|[\s,]*(?:(?:all|both|together|each|I reviewed|reviewed|today|in detail) ?){0,3}"
    r"(?:shows?|showed|demonstrat(?:es?|ed)|reveal(?:s|ed)?|confirm(?:s|ed)?|are|were|agree)\b",
    re.I,
)
_REPEAT = re.compile(
    r"\b(?:an?|the|his|her|its) (?:repeat|second|newer|updated|subsequent|follow-?up|(?:more|most) recent"
    r"|newest|latest)"
    r"(?: (?:one|study|scan|film|exam(?:ination)?))?"
    r"(?= (?:(?:was |is )?(?:on|from|of|in|dated|done|performed|obtained)\b|\())",
    re.I,
)
_REPEAT_REACH = 22  # characters from such words to the day of that study
_AND_THE = re.compile(r",? (?:and|as well as) (?:the |her |his |both )?$|$", re.I)
_BOTH_NORMAL = re.compile(
    r"[\s,]*(?:(?:were|are|both|all|also|reviewed|today|and|each|read as|reported as|reportedly) ){0,5}"
    r"(?:normal|negative|unremarkable|WNL|benign|clean)\b(?! (?:for(?! (?:his |her )?age)|except|other))",
    re.I,
)
# "The radiologist called it normal on both sides": of the study told before
_CALLED_NORMAL = re.compile(
    r"(?:\w+ ){0,2}(?:radiolog\w+|report|reader|they|he|she|it|this|that|which|study|scan|films?)"
    r" (?:(?:also|was|were|is|has|been|had) ){0,2}"
    r"(?:(?:called|read|reads|described|describes|reported|interpreted|considered|calls) (?:(?:it|this|them"
    r"|the \w+|as|out as|both|all) ){0,3})?"
    r"(?:(?:as|entirely|completely|essentially|grossly|being) ){0,2}(?:normal|unremarkable|negative)\b"
    r"(?! (?:for(?! (?:his |her )?age)|except|other|lordosis|alignment|signal))",
    re.I,
)
_TAILBONE = re.compile(r"\b(?:tail ?bone|coccy\w+)\b", re.I)
# "as on the plain films", "compared with the CT": no telling of that study
_COMPARED_WITH = re.compile(
    r"\b(?:as|like|unlike|than|compared (?:to|with)|similar to|consistent with|in keeping with"
    r"|(?:dis)?agree(?:s|ing)? with)"
    r" (?:(?:seen|shown|noted|already|was|it was|we saw|I saw) )*(?:on |in |by )?(?:(?:the|her|his|those"
    r"|earlier|prior|plain|previous) ){1,3}$",
    re.I,
)
# "CT pelvis 4/29/25 with reformats through the SI joints"
_THROUGH_SI = re.compile(
    r"[^.;:]{0,50}?\b(?:reformats?|reformations|reconstructions?|cuts|slices|windows|images|attention"
    r"|oblique coronals?|views)"
    r" (?:\w+ )?(?:through|to|of|at|along|for|on) (?:the |both )?(?:SI\b|SIJs?\b|sacro-?iliac)",
    re.I,
)
_SILENT_MOST = 2  # sentences in a row between two that tell of a study
_PLAN_SECTIONS = ("plan", "goals", "disposition")
_SILENT = ("education", "consent", "instructions", "policy", "family_history", "medications", "allergies")


def mentions_in(reading: Reading, spans: list[tuple[int, int]]) -> list[Mention]:
    """The studies told as done within the spans, each with what is told to be seen.

    Args:
        spans: the parts of the note that are no report of their own, in order.
    """
    out: list[Mention] = []
    previous: list[Mention] = []
    silent = 0  # sentences since one told of a study
    for sentence in _sentences(reading, spans):
        if sentence.section.category in _SILENT or sentence.zone in ("policy", "education", "hypothetical"):
            previous = []
            continue
        if reading.note.type == NoteType.PROCEDURE and sentence.section.category in ("procedure", "technique"):
            continue
        if reading.patterns.regexes["img_general_remark"].search(reading.text, sentence.start, sentence.end):
            if not reading.dates_in(sentence.start, sentence.end):
                previous = []
                continue  # "x-rays of the SI joint often look normal"
        told = _told(reading, sentence)
        if told:
            told = [m for m in told if _settle(reading, sentence, m)]
            _share_verdict(reading, sentence, told)
            out += told
            previous = told
            silent = 0
        elif previous and goes_on(reading, sentence, previous):
            previous = [m for m in previous if m.regions] or previous
            one = spoken_of(reading, sentence, previous)
            if one is not None:
                one.more.append((sentence.start, sentence.end))
            else:
                together = _together(previous, sentence)
                out.append(together)
                previous = [together]
            silent = 0
        elif silent < _SILENT_MOST and previous and is_between(reading, sentence):
            silent += 1  # "I went over the images with her." parts nothing
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
    hits = [hit for n, hit in enumerate(hits) if n == 0 or not _SAME_ONE.search(text, sentence.start, hit[1].start())]
    for n, (modality, m) in enumerate(hits):
        if _is_guidance(reading, sentence, modality, m) or patterns.regexes["img_form_no"].match(
            text, m.end(), sentence.end
        ):
            continue
        limit = hits[n + 1][1].start() if n + 1 < len(hits) else sentence.end
        regions, start, end = regions_of_study(reading, sentence, modality, m, limit, found[-1].end if found else 0)
        if modality == "ct" and set(regions) == {"pelvis"} and _THROUGH_SI.match(text, end, sentence.end):
            regions = {"si_joint": None}
        if modality == "ultrasound" and not regions:
            continue
        if modality == "spect_ct" and _OF_THE_HEART.search(text, max(0, m.start() - 150), m.end() + 100):
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
    found = [part for mention in found for part in _with_repeat(reading, mention)]
    together = _listed_together(reading, found, sentence)
    for mention in found:
        mention.date = date_told(reading, mention.start, mention.end, mention.low, mention.high)
    if together is not None and not any(mention.date and not mention.date.told for mention in found[-1:]):
        found[-1].high = together.low
        found.append(together)
    for a, b in pairwise(found):
        # "AP pelvis and left hip films today": named together, taken together
        if a.date is None and a.modality == b.modality and a.regions and _ONE_LIST.fullmatch(text, a.end, b.start):
            a.date = b.date
    return found


def _with_repeat(reading: Reading, mention: Mention) -> list[Mention]:
    """ "MRI of the lumbar spine in 2022 was normal; a repeat on 2/3/2025 shows ...": two studies."""
    m = _REPEAT.search(reading.text, mention.end, mention.high)
    if m is None or not mention.regions:
        return [mention]
    if not any(m.end() <= d.start <= m.end() + _REPEAT_REACH for d in reading.dates_in(m.end(), mention.high)):
        return [mention]
    again = replace(mention, start=m.start(), end=m.end(), low=m.start())
    return [replace(mention, high=m.start()), again]


def _listed_together(reading: Reading, found: list[Mention], sentence: Sentence) -> Mention | None:
    """ "Own review of the pelvis film, CT and lumbar MR: ...": what follows is told of all that the list names."""
    if len(found) < 2 or len({m.modality for m in found}) < 2:
        return None
    text, last = reading.text, found[-1]
    for a, b in pairwise(found):
        gap = text[a.end : b.start]
        for regex in reading.patterns.vocabulary["imaging_region"].values():
            gap = regex.sub(" ", gap)
        if not _LIST_WORDS.fullmatch(gap):
            return None
    tells = _TELLS.match(text, last.end, sentence.end)
    if tells is None:
        return None
    return Mention(None, {}, tells.end(), tells.end(), tells.end(), sentence.end)


def _share_verdict(reading: Reading, sentence: Sentence, told: list[Mention]) -> None:
    """ "Lumbar MRI and hip x-rays were negative": the verdict is of both."""
    for a, b in pairwise(told):
        verdict = _BOTH_NORMAL.match(reading.text, b.end, sentence.end)
        if verdict and a.regions and a.date is None and _AND_THE.fullmatch(reading.text, a.end, b.start):
            a.is_done = a.is_done or b.is_done
            a.more.append((b.end, verdict.end()))


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
            if m.group() == "AP" and reading.text[: m.start()].endswith("pelvis "):
                continue  # "X-rays: pelvis AP and lumbar 3v"
            gap = rest = reading.text[out[-1][1].end() : m.start()]
            if m.group().startswith("AP"):  # "X-rays today (AP pelvis ...)"
                for date in reading.dates_in(out[-1][1].end(), m.start()):
                    rest = rest.replace(reading.text[date.start : date.end], " ")
                if next(reading.patterns.find("imaging_region", gap), None) is None:
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
    if _COMPARED_WITH.search(text, max(sentence.start, m.start() - 60), m.start()):
        return not any(d.start - m.end() < 25 for d in reading.dates_in(m.end(), sentence.end))
    return modality in ("ct", "ultrasound") and bool(regexes["img_guided_mention"].search(ahead))


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
    if (
        planned
        and re.match(r"will|to be", planned[0], re.I)
        and not re.search(r"\b(?:show|reveal|demonstr)", after, re.I)
    ):
        return False
    by_whom = planned and re.match(r"(?:ordered|requested)", planned[0], re.I) and _BY_WHOM.search(after)
    if planned and not (
        (shows or by_whom)
        and mention.date
        and (by_whom or not re.search(r"order|schedul|pend|request", planned[0], re.I))
    ):
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
    mention.is_done = bool(mention.date or regexes["img_done"].search(text, low, high) or is_imaging(sentence))
    return True


def _look(reading: Reading, mention: Mention) -> None:
    """Read what is told to be seen in a study."""
    text = reading.text
    ahead = text[mention.low : mention.start]
    # words before the study count where they say what is on it ("no compressive lesion on the MRI") or grade it
    lead = mention.start
    told_ahead = _ON_IT.search(ahead) is not None
    if told_ahead:
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
        replace(u, head=u.start if told_ahead else head, label=None, own=False) if u.start < head < u.end else u
        for u in units_of(reading, spans)
    ]
    mention.seen = seen_in(reading, units, frame)
    if not reading.patterns.regexes["img_si_spoken_of"].search(text):
        mention.seen = [s for s in mention.seen if s.region != "si_joint"]  # the edema of a brain
    m = reading.patterns.regexes["img_study_normal"].match(text, head, mention.high)
    for low, high in mention.more if m is None else ():
        m = m or _BOTH_NORMAL.match(text, low, high)
    if m and not mention.seen and next(reading.patterns.find("imaging_finding", text, head, m.end()), None) is None:
        for region, side in mention.regions.items():
            both = Laterality.BILATERAL if region == "si_joint" else None
            mention.seen.append(Seen("normal", region, "present", side or both, None, mention.start, m.end()))
    for low, high in mention.more if m is None else ():
        called = _CALLED_NORMAL.match(text, low, high)
        if called is not None and not any(s.finding == "normal" for s in mention.seen):
            for region, side in mention.regions.items():
                both = Laterality.BILATERAL if region == "si_joint" else None
                mention.seen.append(Seen("normal", region, "present", side or both, None, low, called.end()))
    if mention.modality is not None and not mention.regions and mention.seen:
        spinal = {s.region for s in mention.seen if s.region in SPINE}
        paired = {s.region for s in mention.seen if s.region in PAIRED}
        # a radiograph that shows a joint may be of the pelvis or of the joint; a scan is of what it shows
        if mention.modality in ("mri", "ct", "spect_ct") and len(spinal | paired) == 1:
            mention.regions = {(spinal | paired).pop(): None}
