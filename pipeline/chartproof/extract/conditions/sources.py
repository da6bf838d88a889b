"""Statements that a region is not the source of the pain: "the hip and the lumbar spine have been excluded".

They are a clinician's judgements. What is still to be excluded, what a policy asks for, and a disorder that was not
found ("hip fracture was ruled out") are none.
"""

from __future__ import annotations

from collections.abc import Iterator

from chartproof.extract.conditions.places import tells_nothing
from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import ExcludedSource, NoteType

Exclusion = tuple[ExcludedSource, int, int]


def exclusions_in(reading: Reading) -> list[Exclusion]:
    """The sources that a note says were excluded, with the span of the statement; each source once a statement."""
    if reading.is_report or reading.note.type is NoteType.INTAKE:
        return []
    out: list[Exclusion] = []
    for sentence in reading.sentences:
        if sentence.zone or tells_nothing(sentence.section):
            continue
        told = {source: (start, end) for source, start, end in _in_sentence(reading, sentence)}
        if len(told) > 1 and ExcludedSource.ALL in told:
            del told[ExcludedSource.ALL]  # "other sources, namely the hip and the lumbar spine"
        out += [(source, *span) for source, span in told.items()]
    return out


def _in_sentence(reading: Reading, sentence: Sentence) -> Iterator[Exclusion]:
    yield from _judged_after(reading, sentence)
    yield from _judged_before(reading, sentence)


def _judged_after(reading: Reading, sentence: Sentence) -> Iterator[Exclusion]:
    """ "The hip has been excluded", "L3-4 is not felt to be symptomatic", "hip: ruled out"."""
    regexes, text = reading.patterns.regexes, reading.text
    for verdict in regexes["source_after"].finditer(text, sentence.start, sentence.end):
        low = max(sentence.start, verdict.start() - 130)
        cuts = [c.end() for c in regexes["source_subject_cut"].finditer(text, low, verdict.start())]
        # "Hip: ruled out" names its region before the colon
        subject = cuts[-1] if cuts else low
        if subject >= verdict.start() - 1 and len(cuts) and text[cuts[-1] - 2 : cuts[-1]].strip() in (":", "-"):
            subject = cuts[-2] if len(cuts) > 1 else low
        negated = text[max(sentence.start, subject - 40) : verdict.end()]
        if regexes["source_not_yet"].search(negated):
            continue
        excluded = any(word in verdict[0].lower() for word in ("excluded", "ruled out", "eliminated", "discounted"))
        if excluded and _is_disorder(reading, subject, verdict.start(), verdict.end(), sentence.end):
            continue
        for source in _regions(reading, subject, verdict.start()):
            yield source, subject, _end(reading, verdict.end(), sentence.end)


def _judged_before(reading: Reading, sentence: Sentence) -> Iterator[Exclusion]:
    """ "We have ruled out the hip", "nothing in the lumbar spine explains it", "it does not come from the back"."""
    regexes, text = reading.patterns.regexes, reading.text
    for name in ("source_excluded", "source_nothing", "source_not_from", "source_no_belief", "source_neither"):
        for opening in regexes[name].finditer(text, sentence.start, sentence.end):
            rest = text[opening.end() : sentence.end]
            if regexes["source_not_yet"].search(text[max(sentence.start, opening.start() - 60) : opening.end()]):
                continue
            skip = 0
            if name == "source_no_belief" and rest.lstrip().lower().startswith("that "):
                skip = rest.lower().index("that ") + 5
            cut = regexes["source_object_cut"].search(rest, skip)
            stop = opening.end() + (cut.start() if cut else len(rest))
            if name in ("source_nothing", "source_no_belief", "source_neither"):
                if not regexes["source_verdict"].search(rest[:120]):
                    continue
            elif _is_disorder(reading, opening.end(), stop, stop, sentence.end):
                continue
            for source in _regions(reading, opening.end(), stop):
                yield source, opening.start(), _end(reading, stop, sentence.end)
    for none in regexes["source_no_noun"].finditer(text, sentence.start, sentence.end):
        for source in _regions(reading, none.start("regions"), none.end()):
            yield source, none.start(), none.end()
    for none in regexes["source_no_other"].finditer(text, sentence.start, sentence.end):
        yield ExcludedSource.ALL, none.start(), none.end()


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
