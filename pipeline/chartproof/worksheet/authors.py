"""Who wrote a note, as far as its signature says: the role that goes with the credentials, never a name."""

from __future__ import annotations

import re

ROLES = {
    "MD": "physician",
    "DO": "physician",
    "MBBS": "physician",
    "PA": "physician assistant",
    "PA-C": "physician assistant",
    "NP": "nurse practitioner",
    "FNP": "nurse practitioner",
    "FNP-C": "nurse practitioner",
    "FNP-BC": "nurse practitioner",
    "APRN": "nurse practitioner",
    "CRNP": "nurse practitioner",
    "ARNP": "nurse practitioner",
    "DNP": "nurse practitioner",
    "CNS": "clinical nurse specialist",
    "CRNA": "nurse anesthetist",
    "RN": "nurse",
    "BSN": "nurse",
    "LPN": "nurse",
    "LVN": "nurse",
    "MA": "medical assistant",
    "CMA": "medical assistant",
    "RMA": "medical assistant",
    "PT": "physical therapist",
    "DPT": "physical therapist",
    "MPT": "physical therapist",
    "MSPT": "physical therapist",
    "PTA": "physical therapist assistant",
    "OT": "occupational therapist",
    "OTR": "occupational therapist",
    "DC": "chiropractor",
    "PsyD": "psychologist",
    "PharmD": "pharmacist",
}
_LETTERS = {credential.replace("-", "").upper(): role for credential, role in ROLES.items()}

# A credential as it follows a name: ", MD", ", M.D.", ", PA-C".
_CREDENTIAL = re.compile(
    r"(?<=[^\s,]),[ \t]{0,3}("
    + "|".join(sorted(map(re.escape, ROLES), key=len, reverse=True))
    + r"|M\.D\.|D\.O\.)(?![\w-])"
)
_SIGNED = re.compile(
    r"\b(?:signed|sign-off|signature|dictated|read|interpreted|authenticated)\b|/e?s/|\btherapist\s?:|\bradiologist\s?:",
    re.I,
)
# From here on a line names somebody other than the author.
_OTHER = re.compile(
    r"\b(?:order(?:ing|ed)(?::| by| provider| physician)|refer(?:ring|red|ral)|request(?:ed|ing)|reviewed by|ref:"
    r"|cc:|copy|routed|director|supervising|attn|dear|sent to|forwarded)",
    re.I,
)
_END = 12
_SHORT = 100


def author_role(text: str) -> str:
    """The role of the one who signed a note: ``physician``; empty where no signature with credentials is found.

    The last line that speaks of signing and holds credentials decides; else the last short line among the last
    twelve that does. What follows a word such as "referring" or "copy" is about others.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        if len(line) <= 4 * _SHORT and _SIGNED.search(line):
            if role := _role(line):
                return role
    for line in reversed(lines[-_END:]):
        if len(line) <= _SHORT:
            if role := _role(line):
                return role
    return ""


def _role(line: str) -> str:
    match = _CREDENTIAL.search(_OTHER.split(line, maxsplit=1)[0])
    return _LETTERS[re.sub(r"[.-]", "", match.group(1)).upper()] if match else ""
