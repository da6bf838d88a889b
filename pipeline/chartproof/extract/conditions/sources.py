"""Statements that a region is not the source of the pain: "the hip and the lumbar spine have been excluded".

They are a clinician's judgements. What is still to be excluded, what a policy asks for, and a disorder that was not
found ("hip fracture was ruled out") are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.conditions.places import tells_nothing
from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import ExcludedSource, NoteType

_CONJUNCTIONS = frozenset("because although though while since when that which so".split())

_BOX = re.compile(r"\[[ x]?\]|\([ x]\)", re.I)
_TICKED = re.compile(r"(?:\[x\]|\(x\))\s*(?P<item>[^\[\]()|\n]{3,60})", re.I)
_EXCLUDED = re.compile(
    r"\b(?:excluded|ruled out|r/o|eliminated|not (?:the |a )?(?:pain )?(?:source|generator|cause))\b", re.I
)
_SOURCES = re.compile(r"\b(?:sources?|generators?|causes?|etiolog\w+)\b", re.I)
_THESE = re.compile(r"\s*(?:,|and|but)?\s*(?:these|those|both|they|each|all|all of (?:these|them|which))\s*", re.I)
_THIS = re.compile(r"\b(?:this|it|that)\b[^.;]{0,45}$", re.I)
_FINE = re.compile(
    r"\b(?:the |her |his )?[\w-]+(?: [\w-]+)? (?:is|are|looks?|appears?) (?:both )?(?:fine|clean|normal|ok(?:ay)?|good"
    r"|quiet|benign|unremarkable) and (?=(?:her|his|the)\b)",
    re.I,
)
_IT = re.compile(
    r"\s*(?:that )?(?:it|this|these|them|they|either|those|that)\b (?:as|to be|is|are|was|were|has|have|the|an?"
    r"|her|his|responsible|to blame|contribut\w+"
    r"|explains?|accounts?|plays?|causes?|generates?|produces?|drives?)\b",
    re.I,
)
_SI = re.compile(r"\b(?:SI|SIJ|sacro-?iliac)\b", re.I)
_RELATIVE = re.compile(r"\b(?:mother|father|sister|brother|wife|husband|son|daughter|aunt|uncle)(?:'s)?\b", re.I)

_LABELLED = re.compile(r"\b[A-Za-z/ -]{3,30}:\s*(?:neg(?:ative)?|normal|none)?(?: ?(?:and|&|,|/) ?)?$", re.I)
# of the arm, and so of no disc of the lumbar spine
_UPPER = re.compile(r"\b(?:cervical|neck|arms?|shoulders?|hands?|chest|headaches?|C[2-7])\b", re.I)
_LOWER = re.compile(
    r"\b(?:lumb\w+|L-?S?[ -]?spine|L[1-5]|S1|back|legs?|buttocks?|hips?|SI|SIJ|sacro\w+|sciatic\w*)\b", re.I
)
_DISPUTED = re.compile(r"[^.;]{0,80}\bbut (?:I|we) (?:disagree|doubt|do not agree|don't agree|am not|are not)\b", re.I)

_OPENINGS = (
    "source_excluded",
    "source_nothing",
    "source_not_from",
    "source_no_belief",
    "source_neither",
    "source_no_part",
)
Exclusion = tuple[ExcludedSource, int, int]


def exclusions_in(reading: Reading) -> list[Exclusion]:
    """The sources that a note says were excluded, with the span of the statement; each source once a statement."""
    if reading.is_report or reading.note.type is NoteType.INTAKE:
        return []
    out: list[Exclusion] = []
    for sentence in reading.sentences_with(*_OPENINGS, "source_after", "source_no_noun", "source_no_other"):
        if sentence.zone or tells_nothing(reading, sentence.section, sentence.start):
            continue
        if not reading.may_hold(("source_region", "source_no_other"), sentence.start, sentence.end):
            continue
        if reading.patterns.regexes["condition_denial"].search(reading.text, sentence.start, sentence.end):
            continue
        if _BOX.search(reading.text, sentence.start, sentence.end):
            out += _ticked(reading, sentence)
            continue
        told: dict[ExcludedSource, tuple[int, int]] = {}
        for source, start, end in _in_sentence(reading, sentence):
            if source is ExcludedSource.LUMBAR_SPINE and _of_the_neck(reading, sentence):
                continue
            if not _RELATIVE.search(reading.text, sentence.start, end) and not _DISPUTED.match(
                reading.text, end, sentence.end
            ):
                known = told.get(source, (start, end))
                told[source] = (min(known[0], start), max(known[1], end))
        if len(told) > 1 and ExcludedSource.ALL in told:
            del told[ExcludedSource.ALL]  # "other sources, namely the hip and the lumbar spine"
        out += [(source, *span) for source, span in told.items()]
    return out


def _of_the_neck(reading: Reading, sentence: Sentence) -> bool:
    """ "Neck: disc ruled out as cause of arm pain"."""
    span = sentence.start, sentence.end
    return bool(_UPPER.search(reading.text, *span)) and not _LOWER.search(reading.text, *span)


def _ticked(reading: Reading, sentence: Sentence) -> Iterator[Exclusion]:
    """ "[x] Hip excluded as source  [ ] Pelvis excluded as source": only what is ticked."""
    items = list(_TICKED.finditer(reading.text, sentence.start, sentence.end))
    box = _BOX.search(reading.text, sentence.start, sentence.end)
    heading = reading.text[max(0, sentence.start - 60) : box.start() if box else sentence.start].rpartition("\n")[2]
    headed = _EXCLUDED.search(heading) and _SOURCES.search(heading)  # "Sources excluded: [x] lumbar [x] hip"
    for item in items:
        if headed or _EXCLUDED.search(item["item"]):
            for source in _regions(reading, item.start("item"), item.end("item")):
                yield source, item.start(), item.end()


def _in_sentence(reading: Reading, sentence: Sentence) -> Iterator[Exclusion]:
    yield from _judged_after(reading, sentence)
    yield from _judged_before(reading, sentence)


def _judged_after(reading: Reading, sentence: Sentence) -> Iterator[Exclusion]:
    """ "The hip has been excluded", "L3-4 is not felt to be symptomatic", "hip: ruled out"."""
    regexes, text = reading.patterns.regexes, reading.text
    for verdict in regexes["source_after"].finditer(text, sentence.start, sentence.end):
        start, stop = _subject(reading, sentence, verdict.start())
        if regexes["source_not_yet"].search(text[max(sentence.start, start - 40) : verdict.end()]):
            continue
        if (
            verdict[0].lower() == "cleared"
            and reading.note.type is NoteType.PT
            and not _SOURCES.search(text[stop : sentence.end])
        ):
            continue  # looked at by a therapist, before the joint is
        if "contrib" in verdict[0].lower() and _LABELLED.search(text, max(0, verdict.start() - 60), verdict.start()):
            continue  # "Vascular: negative and noncontributory", in a review of systems
        excluded = any(word in verdict[0].lower() for word in ("excluded", "ruled out", "eliminated", "discounted"))
        if excluded and _is_disorder(reading, start, stop, verdict.end(), sentence.end):
            continue
        sources = _regions(reading, start, stop)
        if not sources and _THESE.fullmatch(text, start, stop):
            # "the hip and the spine were looked at; these have been excluded"
            low = start if start - sentence.start > 15 else reading.sentences[max(0, sentence.index - 1)].start
            sources = _regions(reading, min(low, sentence.start), stop)
        elif not sources and text[sentence.start : start].rstrip()[-1:] in (";", ":") and stop - start < 40:
            if not _SI.search(text, sentence.start, start):
                sources = _regions(reading, sentence.start, start)  # "Lumbar MRI: mild; not what is causing this"
        elif not sources and _THIS.search(text, start, stop) and _regions(reading, sentence.start, start):
            # "the MRI of the spine shows little, and in my judgment it does not account for her pain"
            if not _SI.search(text, sentence.start, start):
                sources = _regions(reading, sentence.start, start)
        elif not sources and sentence.index and _THIS.search(text, start, stop):
            # "L4-5 bulge. I regard this as incidental and not the source of the pain"
            before = reading.sentences[sentence.index - 1]
            if before.section is sentence.section and not _SI.search(text, before.start, before.end):
                sources = _regions(reading, before.start, before.end)
        end = _end(reading, verdict.end(), sentence.end)
        if ExcludedSource.ALL in sources and text[verdict.end() : verdict.end() + 3].lstrip()[:1] in (":", "-"):
            # "Other sources excluded: lumbar (MRI), hip (films)"
            named = _regions(reading, verdict.end(), sentence.end)
            sources, end = (named, sentence.end) if named else (sources, end)
        if sources and (fine := _FINE.search(text, max(sentence.start, start - 60), stop)):
            # "her hips are fine and her lumbar spine is not the cause"
            sources = list(dict.fromkeys([*_regions(reading, fine.start(), fine.end()), *sources]))
            start = min(start, fine.start())
        for source in sources:
            yield source, start, end
        likewise = regexes["source_likewise"].search(text, verdict.end(), min(sentence.end, verdict.end() + 60))
        if sources and likewise:
            for source in _regions(reading, likewise.end(), min(sentence.end, likewise.end() + 40)):
                yield source, likewise.start(), min(sentence.end, likewise.end() + 40)


def _subject(reading: Reading, sentence: Sentence, verdict: int) -> tuple[int, int]:
    """The words that a judgement is about: those before it, back to the last verb or conjunction.

    Where a first predicate comes between ("the lumbar findings are mild and are not ..."), its subject.
    """
    text = reading.text
    low = max(sentence.start, verdict - 130)
    cuts = list(reading.patterns.regexes["source_subject_cut"].finditer(text, low, verdict))
    start = cuts[-1].end() if cuts else low
    if cuts and text[start:verdict].strip(" -") == "" and cuts[-1][0].strip() in (":", ";", "."):
        return (cuts[-2].end() if len(cuts) > 1 else low), start  # "Hip: ruled out"
    goes_on = re.search(r"(?:,|\b(?:and|but))\s*$", text[start:verdict])
    if cuts and goes_on and not _regions(reading, start, verdict):
        earlier = [c for c in cuts if c[0].strip() in (":", ";", ".") or c[0].lower() in _CONJUNCTIONS]
        first = earlier[-1].end() if earlier else low
        verb = next((c for c in cuts if c.start() >= first), None)
        return first, verb.start() if verb else verdict
    return start, verdict


def _judged_before(reading: Reading, sentence: Sentence) -> Iterator[Exclusion]:
    """ "We have ruled out the hip", "nothing in the lumbar spine explains it", "it does not come from the back"."""
    regexes, text = reading.patterns.regexes, reading.text
    for name in _OPENINGS:
        for opening in regexes[name].finditer(text, sentence.start, sentence.end):
            rest = text[opening.end() : sentence.end]
            # "cannot be attributed to the hip" is itself the judgement
            told = opening.start() if name == "source_not_from" else opening.end()
            if regexes["source_not_yet"].search(text[max(sentence.start, opening.start() - 60) : told]):
                continue
            skip = 0
            if name == "source_no_belief" and rest.lstrip().lower().startswith("that "):
                skip = rest.lower().index("that ") + 5
            cut = regexes["source_object_cut"].search(rest, skip)
            stop = opening.end() + (cut.start() if cut else len(rest))
            if name == "source_no_belief" and _IT.match(rest):
                yield from _told_before(reading, sentence, opening.start(), stop, rest)
                continue
            if name in ("source_nothing", "source_no_belief", "source_neither"):
                if not regexes["source_verdict"].search(rest[:120]):
                    continue
            elif _is_disorder(reading, opening.end(), stop, stop, sentence.end):
                continue
            sources = _regions(reading, opening.end(), stop)
            if name == "source_neither" and not sources and opening.start() - sentence.start < 40:
                # "... the hip and the spine. Neither is generating her pain"
                before = reading.sentences[max(0, sentence.index - 1)]
                sources = _regions(reading, before.start, opening.start())
                if len(sources) == 1 and sentence.index > 1:  # two are meant
                    earlier = reading.sentences[sentence.index - 2]
                    if earlier.section is sentence.section:
                        sources = _regions(reading, earlier.start, opening.start())
            elif name == "source_neither" and not sources:
                sources = _regions(reading, sentence.start, opening.start())
            listed = text[stop : stop + 1] == ":" and not _is_disorder(reading, stop, sentence.end, stop, sentence.end)
            if listed and (not sources or sources == [ExcludedSource.ALL]):
                sources = _regions(reading, stop, sentence.end) or sources
                stop = sentence.end
            for source in sources:
                yield source, opening.start(), _end(reading, stop, sentence.end)
    for none in regexes["source_no_noun"].finditer(text, sentence.start, sentence.end):
        for source in _regions(reading, none.start("regions"), none.end()):
            yield source, none.start(), none.end()
    for none in regexes["source_no_other"].finditer(text, sentence.start, sentence.end):
        yield ExcludedSource.ALL, none.start(), none.end()


def _told_before(reading: Reading, sentence: Sentence, opening: int, stop: int, rest: str) -> Iterator[Exclusion]:
    """ "Mild arthrosis of the hip, but I do not believe that it is symptomatic": what "it" is was named before."""
    verdict = reading.patterns.regexes["source_verdict"].search(rest[:60])
    if verdict is None:
        return
    low = sentence.start
    if opening - low < 15 and sentence.index and reading.sentences[sentence.index - 1].section is sentence.section:
        low = reading.sentences[sentence.index - 1].start
    if _SI.search(reading.text, low, opening) or _SI.search(rest[:60]):
        return
    for source in _regions(reading, low, opening):
        yield source, opening, max(stop, opening)


def _regions(reading: Reading, start: int, end: int) -> list[ExcludedSource]:
    found = dict.fromkeys(source for source, _ in reading.patterns.find("source_region", reading.text, start, end))
    return [ExcludedSource(source) for source in found]


def _is_disorder(reading: Reading, start: int, end: int, verdict_end: int, sentence_end: int) -> bool:
    """A disorder, and not a region, is what was excluded, unless it is said: as the source."""
    regexes, text = reading.patterns.regexes, reading.text
    return bool(regexes["source_disorder"].search(text, start, end)) and not regexes["source_as"].search(
        text[verdict_end:sentence_end]
    )


def _end(reading: Reading, start: int, sentence_end: int) -> int:
    """The end of the statement, with "as the source of her pain" where it follows."""
    told = reading.patterns.regexes["source_as"].search(reading.text[start:sentence_end])
    return start + told.end() if told else start
