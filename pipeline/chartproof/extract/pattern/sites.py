"""The places of pain that a stretch of text names, and whether it says that it hurts there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartproof.language.reading import Reading

# What makes a place that of a treatment, a study or an injury, right behind it or right before it.
_BEHIND = re.compile(
    r"\s*(?:joints?|regions?|areas?|sides?|steroid|intra-?articular|corticosteroid|diagnostic|anesthetic)?\s*(?:\w+ )?(?:injections?|blocks?|steroids?|fusions?|surgery|arthrodesis|replacement|"
    r"arthroplasty|mri|films?|x-?rays?|radiographs?|belt|brace|bursa\w*|bursitis|dysfunction|degenerat\w+|osteoarthritis|arthritis|strength|flexion|rotation|"
    r"abduct\w*|rom\b|tenderness|stenosis|radiculopathy|fracture|clinic|surgeon|specialist|exercises?|strengthening|stabilization|stretch\w*|pathology|disease|referral|cushion|pillow|roll\b)",
    re.I,
)
_BEFORE = re.compile(
    r"\b(?:consistent with|suggestive of|suspicious for|suspected|diagnosis of|inject\w*|blocks?|fall|falling|landed|landing|fell|belt|tender\w*|mri|ct|films?|fusion|surgery|numb\w*|tingl\w*|paresthes\w*|weak\w*|swelling|cramp\w*|lock\w*|spasm\w*|"
    r"rod|rods|weight on|st(?:ands?|ood|anding) on|lying on|lies? on the|sleep\w* on|roll\w* (?:on|to|onto)|turn\w* (?:on|to)|leading with|stepped|struck|hit|bursa of|strength in|works? on|leg with the)"
    r"\s?(?:\w+ ){0,3}?(?:in|on|of|over|into|to|at|onto|around|across|with|down on)?\s?(?:the |her |his |both |my |a |an |that |this )*(?:right |left |r |l |bilateral )?$",
    re.I,
)
_NO = re.compile(r"\b(?:no|not|never|without|denies|denied|denying|nor|none|neither|nothing|negative for|free of|absent|rather than|instead of)\b[^.;]{0,60}$", re.I)
_TURN = re.compile(r"\b(?:but|however|only|although|though|except|just)\b|,\s(?:is|it|and (?:is|it|goes|radiates))", re.I)
_PAIN_BEHIND = re.compile(
    r"(?:[\s,/&+-]*(?:and|or|region|area|areas|joints?|side|sided|girdle|posterior|anterior|lateral|deep|chronic|constant|persistent|low|lower|back|right|left|bilateral|upper|buttock|buttocks|hip|hips|groin|si|sij|sacroiliac|leg|"
    r"thigh|pelvic|l|r|gluteal|lumbar|still|also|always|really|now|constantly|continues to|is where it|mediated|related)[\s,/&+-]*){0,6}[\s,/&+-]*(?:pains?|aches?|aching|discomfort|soreness|hurts?|hurting|bothers|is (?:painful|sore)|has (?:hurt|ached|been (?:hurting|painful|sore|aching)))\b",
    re.I,
)


@dataclass(frozen=True)
class Site:
    """A place named; ``low`` is where its phrase begins, ``has_pain`` that a word of pain follows it directly."""

    value: str
    start: int
    end: int
    low: int
    has_pain: bool


def find_sites(reading: Reading, start: int, end: int) -> list[Site]:
    """The places named in [start, end), those of treatments, studies, falls and numbness left out."""
    text = reading.text
    out: list[Site] = []
    for value, m in reading.patterns.find("pain_site", text, start, end):
        if value == "elsewhere":
            continue
        if _BEHIND.match(text[m.end() : m.end() + 60]) or _BEFORE.search(text[max(start, m.start() - 60) : m.start()]):
            continue
        before = re.search(r"(?:\b(?:the|her|his|my|both|right|left|bilateral|r|l|over|in|posterior|chronic|constant|lower|upper)\b[\s-]*(?:sided?\s)?)*$", text[max(start, m.start() - 40) : m.start()], re.I)
        low = m.start() - len(before[0]) if before else m.start()
        has_pain = bool(_PAIN_BEHIND.match(text[m.end() : min(end, m.end() + 70)]))
        out.append(Site(value, m.start(), m.end(), low, has_pain))
    return _without_strays(reading, out, start, end)


def _without_strays(reading: Reading, sites: list[Site], start: int, end: int) -> list[Site]:
    """Legs that ache together with shoulders or the neck are no place of this pain."""
    text = reading.text
    elsewhere = [m for value, m in reading.patterns.find("pain_site", text, start, end) if value == "elsewhere"]
    return [
        s
        for s in sites
        if not (s.value == "leg" and any(re.fullmatch(r"[\s,]*(?:and|or|&)?[\s,]*(?:the |both |his |her )?", text[min(m.end(), s.end) : max(m.start(), s.start)]) for m in elsewhere))
    ]


def is_denied(reading: Reading, site: Site, start: int, end: int) -> bool:
    """Whether the words about a site say that it does not hurt there, or no longer does."""
    text = reading.text
    # from the last mark that parts statements
    part = max((m.end() for m in re.finditer(r"[;.]|\bbut\b|\balthough\b|\bwhile\b|\bexcept\b", text[start : site.start], re.I)), default=0) + start
    before = text[part : site.start]
    no = _NO.search(before)
    if no and not _TURN.search(no[0]):
        return True
    after = text[site.end : min(end, site.end + 70)]
    return bool(
        re.match(r"[^.;,]{0,40}\b(?:resolved|gone|settled|cleared|subsided|never (?:bothers|hurts)|not (?:bothered|affected|painful|involved)|no longer|is (?:fine|perfect|good|asymptomatic|spared)|pain[- ]free)\b", after, re.I)
        or re.search(r"\b(?:former|old|previous|prior)\s(?:\w+ )?$", before, re.I)
        or re.search(r"\b(?:numb\w*|tingl\w*|paresthes\w*|pins and needles|weak\w*|sensation)\b[^.;,]{0,40}$", before, re.I)
        and not re.search(r"\bpain\b[^.;,]{0,20}$", before, re.I)
    )
