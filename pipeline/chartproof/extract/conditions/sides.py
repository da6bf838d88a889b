"""The side of a disorder: told within its name, right before it, or right after it."""

from __future__ import annotations

import re

from chartproof.extract.conditions.mentions import Mention
from chartproof.extract.same_side import same_sides
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality

SIDED = frozenset(
    "si_joint_dysfunction sacroiliitis hip_osteoarthritis lumbar_radiculopathy piriformis_syndrome facet_syndrome "
    "neuropathy pelvic_fracture disc_herniation".split()
)
_PARTED = re.compile(r"[,;.:()]|\b(?:and|with|but|plus|also|without|or)\b", re.I)
_BOTH_FEET = re.compile(r"[^.;\n]{0,12}(?:\([^()\n]{0,12}\))?[^.;\n]{0,30}\bboth (?:feet|legs|hands)\b", re.I)
_PARTED_AFTER = re.compile(r"[;.:]|\b(?:and|with|but|plus|also|without|or|injection|block|fusion)\b", re.I)


def side_of(reading: Reading, mention: Mention) -> Laterality | None:
    """The side told for a disorder; None for one that has no side."""
    if mention.name not in SIDED:
        return None
    text = reading.text
    if re.search(r"\bR/O(?:'?d)? (?:\w+ ){0,3}$", text[max(0, mention.start - 30) : mention.start], re.I):
        text = (
            text[: mention.start].replace("R/O", "r-o").replace("R/o", "r-o").replace("r/o", "r-o")
            + text[mention.start :]
        )
    inside = list(find_sides(text, mention.start, mention.end))
    if inside:
        return inside[-1].side
    sentence = reading.sentence_at(mention.start)
    left = list(find_sides(text, max(sentence.start, mention.start - 50), mention.start))
    if left and not _PARTED.search(text[left[-1].end : mention.start]):
        if not reading.targets_of(
            "condition", left[-1].end, mention.start
        ):  # "R L5 radiculopathy on top of neuropathy"
            return left[-1].side
    high = min(sentence.end, mention.end + 40)
    right = next(find_sides(text, mention.end, high), None)
    if right and not _PARTED_AFTER.search(text[mention.end : right.start].lstrip(" ,(")):
        return right.side
    leaning = next(iter(same_sides(text, mention.end, high)), None)
    if leaning and not _PARTED_AFTER.search(text[mention.end : leaning.start].lstrip(" ,(")):
        return leaning.side  # "an L5 radiculopathy on the same side"
    if mention.name == "neuropathy" and _BOTH_FEET.match(text, mention.end, sentence.end):
        return Laterality.BILATERAL
    if mention.name == "si_joint_dysfunction":
        # "Right sacroiliac sprain, with probable joint dysfunction": one side in the whole sentence
        sides = {s.side for s in find_sides(text, sentence.start, mention.start)}
        return sides.pop() if len(sides) == 1 else None
    return None
