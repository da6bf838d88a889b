"""What ties a note's mentions to its other sentences: an answer behind an offer, a side told before, bare sites."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.injections import mention_signs as signs
from chartproof.extract.injections.mention import COORDINATES, Mention, Site
from chartproof.language.reading import Reading, Sentence
from chartproof.model.vocab import Laterality, NoteType

_OFFERED = re.compile(
    r"\b(?:discussed|talked (?:about|over)|raised|brought up|mentioned|went over|considered"
    r"|offer(?:ed|s)?|propos(?:ed|es)|floated|held out|put forward|pushed(?: for)?"
    r"|on the table|could (?:come|be|do|try|have)|suggest(?:ed|s)?|recommend(?:ed|s)?|advis(?:ed|es))\b",
    re.I,
)
_OFFERED_AGAIN = re.compile(
    r"\b(?:offer(?:ed|s)?|propos(?:ed|es)|suggest(?:ed|s)?|recommend(?:ed|s)?|discussed|raised|advised|ordered|scheduled|booked"
    r"|wanted|would like|talked about|brought up|mentioned|invited (?:her"
    r"|him))\b[^.;]{0,40}?\b(?:repeat(?:ing)? (?:it|this|that|them)|another(?: one)?"
    r"|a (?:second|third|repeat|further)(?: one)?|one more|(?:do|doing|try|trying|have|having) (?:it|one|this"
    r"|that) (?:again|over)"
    r"|(?:to|for) (?:it|one) again)(?=\W|$)(?! (?:MRI|CT|x-?ray|film|opinion|visit|course|round of (?:PT|therapy)"
    r"|month|week))",
    re.I,
)
_WOULD_NOT_AGAIN = re.compile(
    r"\b(?:would|does|did|will|do)(?: not|n't) (?:care|want|wish|like|choose|agree|consent) (?:to|for) "
    r"(?:(?:repeat|redo|have|undergo|try|get|go through|do)(?:ing)? )?(?:it|that|this|one|another)(?: one| again)?"
    r"(?=\s*(?:[.,;]|$|again|and|or|because))",
    re.I,
)
_THE_PATIENT = re.compile(
    r"\W*(?:she|he|they|pt|the patient|patient|mr|mrs|ms|veteran|the veteran|this (?:was|is)|but|however)\b", re.I
)
_SEEN_IN = re.compile(r"\b(?:inside|within|in|outlin\w*|fill\w*|enter\w*)\s+$", re.I)
_GUIDED = re.compile(r"\b(?:ultrasound|fluoro\w*|C-?arm|sitting|session|(?-i:US|CT)|x-?ray)\b", re.I)
# "LEFT SI joint and LEFT bursa. Kenalog 40 mg + lidocaine in each place."
_DRUG_NEXT = re.compile(r"[^.;\n]{0,45}\.\s{1,3}(?=\S)")
_FIGURE = re.compile(r"\d ?%|\b(?:per ?cent|relief)\b", re.I)
_SIDE_OF_JOINT = re.compile(r"\b(left|right)\s+(?:SI\b|SIJ|sacro-?iliac|joint)", re.I)
THE_JOINT = re.compile(r"\b(?:the|this|that|same|each|his|her)\s+(?:(?P<side>left|right)\s+)?joints?\b", re.I)
SIDED_JOINT = re.compile(r"(?:\b(?:left|right)|(?-i:\b[RL]))\s+joints?\b(?! (?:line|space|pain|replac|arthro))", re.I)


def declined_next(reading: Reading, mentions: list[Mention]) -> None:
    """ "We offered a right SI joint injection. She would prefer not to.": declined in the sentence after."""
    rx, declined = reading.patterns.regexes, reading.patterns.vocabulary["injection_status"]["declined"]
    for m in mentions:
        after = m.sentence.index + 1
        dated = m.date is not None and m.date_form != "today"
        if m.status == "performed" or m.status == "declined" or dated or m.target is None:
            continue
        if after >= len(reading.sentences):
            continue
        if not _OFFERED.search(reading.text, m.sentence.start, m.start) and not _OFFERED.search(
            reading.text, m.end, m.sentence.end
        ):
            continue
        answer = reading.sentences[after]
        words = reading.text[answer.start : answer.end]
        hit = declined.search(words[:120])
        if hit and any(answer.start <= o.start < answer.start + hit.end() for o in mentions):
            continue  # said of another one
        if (
            hit
            and (_THE_PATIENT.match(words) or not words[: hit.start()].strip())
            and not rx["injection_else_declined"].search(re.split(r'[:;"]', words[: hit.end() + 40])[0])
        ):
            m.status = "declined"


def repeat_declined(reading: Reading, mentions: list[Mention]) -> list[Mention]:
    """ "I offered to repeat it, and he would rather not": the refusal of another one of what was told before."""
    declined = reading.patterns.vocabulary["injection_status"]["declined"]
    out: list[Mention] = []
    for sentence in reading.sentences:
        refused = list(_WOULD_NOT_AGAIN.finditer(reading.text, sentence.start, sentence.end))
        for offer in [*_OFFERED_AGAIN.finditer(reading.text, sentence.start, sentence.end), *refused]:
            stop = min(len(reading.text), offer.end() + 130)
            hit = offer if offer in refused else declined.search(reading.text, offer.end(), stop)
            before = [m for m in mentions if m.start < offer.start()]
            own = any(offer.start() <= m.start < (hit.end() if hit else offer.end()) for m in mentions)
            if hit is None or own or not before or sentence.index - before[-1].sentence.index > 2:
                continue
            if reading.text.count(".", offer.end(), hit.start()) > 1:
                continue
            if reading.patterns.regexes["injection_else_declined"].search(reading.text, offer.start(), hit.end() + 40):
                continue
            last = before[-1]
            out.append(
                Mention(
                    offer.start(), offer.end(), offer.span(), sentence, last.target, None, last.side, status="declined"
                )
            )
    return out


def inherit_joint_side(reading: Reading, mentions: list[Mention]) -> None:
    """ "Injections of the joint" are of the joint spoken of before: its side, where it was told, is theirs."""
    for m in mentions:
        if m.target == "si_joint" and m.side is None and m.site and THE_JOINT.fullmatch(reading.text[slice(*m.site)]):
            sides = [side for side, end in reading.once(_sides_of_joints).items() if end <= m.site[0]]
            if len(sides) == 1:
                m.side = Laterality(sides[0])


def _sides_of_joints(reading: Reading) -> dict[str, int]:
    """The sides of joints that a note names, each with where the first such words end."""
    first: dict[str, int] = {}
    for told in _SIDE_OF_JOINT.finditer(reading.text):
        first.setdefault(told[1].lower(), told.end())
    return first


def other_sites(reading: Reading, sentence: Sentence) -> Iterator[tuple[str, int, int]]:
    """Sites named without a word for injection ("the bursa was no different"): (target, start, end)."""
    for value, m in reading.patterns.find("injection_site", reading.text, sentence.start, sentence.end):
        yield value, m.start(), m.end()


def told_without_word(reading: Reading, site: Site, low: int, high: int) -> bool:
    """ "3/4/25 L SIJ, fluoro, Kenalog: 80%", "did the R hip under US": injected by what was put there, or how."""
    if _put_there(reading, site, low, high):
        return True
    beside = next(reading.patterns.find("injection_site", reading.text, site.end, min(high, site.end + 60)), None)
    if beside is None or COORDINATES.fullmatch(reading.text, site.end, beside[1].start()) is None:
        return False
    second = Site(beside[0], beside[1].start(), beside[1].end())
    return second.target != site.target and _put_there(reading, second, low, high)


def _put_there(reading: Reading, site: Site, low: int, high: int) -> bool:
    """Whether what was put into a site, or how it was done, is told beside it."""
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return False
    if reading.note.type is NoteType.PROCEDURE and not _before_today(reading, site, low, high):
        return False
    rx = reading.patterns.regexes
    done = rx["injection_site_done"].match(reading.text, site.end, high)
    if done and rx["injection_site_done_before"].search(reading.text, max(low, site.start - 40), site.start):
        return True
    line = reading.line_at(site.start)
    near = max(low, line.start)
    dates = reading.dates_in(near, min(high, line.end))
    if dates and _GUIDED.search(reading.text, near, site.start):
        following = _DRUG_NEXT.match(reading.text, site.end, line.end)
        told = rx["injection_site_told"].match(reading.text, following.end()) if following else None
        if told:
            return True
    if rx["injection_site_given"].match(reading.text, site.end, high) is None:
        return False
    if THE_JOINT.match(reading.text, site.start):
        return False  # "contrast seen inside the joint, bupivacaine 0.5%"
    return bool(dates) or _FIGURE.search(reading.text, site.end, high) is not None


def _before_today(reading: Reading, site: Site, low: int, high: int) -> bool:
    """ "Since last: R hip, 6/20, US, ropivacaine - no change": a day before the document's right beside the site."""
    return any(
        d.value.day and d.value.first < reading.note.date
        for d in reading.dates_in(max(low, site.start - 24), min(high, site.end + 16))
    )


def ticked_before(reading: Reading, site: Site) -> bool:
    """A questionnaire's "Injections: [x] SI joint  [ ] epidural"."""
    if reading.note.type is not NoteType.INTAKE:
        return False
    return signs.TICKED.search(reading.text, max(0, site.start - 12), site.start) is not None


def dosed_by_hand(reading: Reading, site: Site, low: int, high: int) -> bool:
    """ "L SI area, found by feel, 3 mL 1% lido + Kenalog 40": a dose of a steroid put where the site says."""
    if site.target != "si_joint" or reading.note.type in (NoteType.PROCEDURE, NoteType.IMAGING, NoteType.LAB):
        return False
    if THE_JOINT.match(reading.text, site.start) and _SEEN_IN.search(
        reading.text, max(low, site.start - 14), site.start
    ):
        return False  # "contrast showed the needle inside the joint, 0.5% bupivacaine ..."
    dose = reading.patterns.regexes["injection_dose_given"].search(reading.text, low, high)
    return dose is not None and 0 <= dose.start() - site.end <= 60
