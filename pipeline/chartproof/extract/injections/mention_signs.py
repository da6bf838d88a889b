"""Signs in the text around the mentions of injections, as mentions.py looks for them."""

from __future__ import annotations

import re

from chartproof.language.gate import gated

# words that tell an injection only by what goes where ("bupivacaine into the left SI joint")
DEED = re.compile(
    r"(?!.*(?:needles|session|sitting|inj|block|shot|infiltr|ESI|MBB|LBB|SIJI|FJI|TPI|epidural|SNRB"
    r"|(?:was|were) (?:done|treated)))[\w -]+",
    re.I,
)
OPENS = gated(
    r"\b(?:after|following|from) (?:the )?\d{1,2}/\d|\bthe (?:first|second|last|latest) one\b|#\s?[1-4]\s?\(\d{1,2}/\d"
    r"|(?:^|(?<=\n)|(?<=[.;:!?]\s))\W{0,3}"
    r"(?:first|second|last|latest|1st|2nd) (?:one|had|gave|helped|only|lasted|was|did)\b"
    r"|\b(?:from|after|with|for) #[1-4]\b"
    r"|\b(?:for|about|from|of|in) (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}:\s*\W?\d",
    re.I,
)
SMOKED = re.compile(r"\b(?:smok\w+|cigar\w*|tobacco|pack|drink\w*|beer)\b", re.I)
SECOND_ONE = re.compile(r"(?:the )?(?:first|second|last|latest) (?:one|had|only|did|gave|helped)\b", re.I)
DATE_OF = re.compile(r"\bdate of (?:the |your |last |this |most recent )?$", re.I)
BESIDE_A_JOINT = (
    "injection_dose_given",
    "injection_site_dated",
    "injection_site_told",
)  # a joint is enough beside these
SHORT = 400  # characters of a note that is about what it takes as known
# "Shot: maybe half better", "2nd shot: 80% relief": a heading for what came of it
TOLD_BEHIND = re.compile(
    r"(?<!s)\s*:\s*[^:\n]{0,40}?(?:\d ?(?:%|percent|pct)|\b(?:better|relief|helped|no (?:help|change"
    r"|relief)|lasted|worked)\b)",
    re.I,
)
TOGETHER = re.compile(
    r"\b(?:combined|combination|paired|same-day|same day)\s+(?:\w+\s+)?$|\bpair of\s+(?:\w+\s+)?$", re.I
)
OF_A_CALL = re.compile(
    r"\b(?:calls?|notes?|visits?|letters?|reports?|records?|messages?|films?|MRI|CT|appointments?|entry|entries|encounter)"
    r" (?:of|on|from|dated)\b(?:(?!inj|block|shot)[^.])*$",
    re.I,
)
COMPARED = re.compile(r"\b(?:than|unlike|compared (?:to|with)|as opposed to)\s+(?:with\s+|from\s+)?$", re.I)
LEADING = re.compile(
    r"(?:[^\w#]|\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?,?\s+(?=(?:and|plus|then)\b)|(?:and|or|plus|with|which|that|under)\b(?=\s))*"
)
SITE_ALONE = re.compile(
    r"\s*(?:#\s?\d|(?:cortico)?steroids?\b(?! (?:use|flare))|cortisone\b|one\b(?! (?:of|side)))", re.I
)
SITE_ALONE_WORD = re.compile(r"#\s?\d|steroid|cortisone|\bone\b", re.I)
# "a shot in March by her family doctor, into the left hip bursa"
INTO = re.compile(
    r"(?:[^.;]|(?<=Dr)\.){0,70}?\b(?:into|placed in|given in)\s+(?:(?:the|his|her|my|left|right|both"
    r"|(?-i:[LR]T?))\s+){0,3}",
    re.I,
)
TICKED = re.compile(r"(?:\[x\]|\(x\)|[☒☑✓✔])\s*(?:left |right |[LR] )?$", re.I)
THERE = re.compile(r"\s+there\b", re.I)
THE = re.compile(r"\bthe\s+$", re.I)  # "the bursa was no better" speaks of one told before
# "Injections:" heads a list, "was injected" says nothing of where
NO_MENTION = re.compile(
    r"\w+\s*[:?](?!\S)|(?:(?:was|were|been) )?(?:injected|blocked)\b|infiltrations?\b"
    r"|\w+ (?:records?|results?|reports?|notes?|response)\b",
    re.I,
)
ANY_PROCEDURE = gated(r"\b(?:procedures|interventions?)\b", re.I)
LABEL_INJECTION = gated(r"\b(?:injections?|shots?|blocks?)\b", re.I)
LABEL = gated(r"\b(?:injections?|shots?|blocks?|interventions?|procedures)\b", re.I)
