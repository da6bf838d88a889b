"""What reviewers said of criteria, kept in ``reviews.jsonl`` and shown on worksheets made later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from chartproof.model import CriterionResult

FILE = "reviews.jsonl"
VERDICTS = {"agree": "agree", "disagree": "disagree", "na": "n.a."}


class Key(BaseModel):
    """What a review is about: a criterion of a policy version for a chart, and what it said when it was reviewed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chart_id: str
    policy: str
    version: str
    criterion: str
    reviewed: str

    @property
    def place(self) -> tuple[str, str, str, str]:
        """The criterion, whatever it said."""
        return self.chart_id, self.policy, self.version, self.criterion


class Review(Key):
    """A reviewer's word on one criterion."""

    verdict: Literal["agree", "disagree", "na"] | None = None
    comment: str = ""
    reviewer: str = ""
    date: str = ""

    @property
    def key(self) -> Key:
        return Key(**{name: getattr(self, name) for name in Key.model_fields})


def reviewed_hash(result: CriterionResult) -> str:
    """A digest of what a reviewer judges: status, required, found, and the words quoted with their notes.

    Offsets, numbers of quotes and everything else of the extraction are left out: where the reading stays the same, a
    review stays with it.
    """
    quotes = sorted({(e.note, e.quote) for e in result.evidence})
    told = json.dumps([result.status, result.required, result.found, quotes], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


class ReviewBook:
    """The reviews there are, to be looked up by criterion."""

    def __init__(self, reviews: Iterable[Review] = ()) -> None:
        self._by_place: dict[tuple[str, str, str, str], list[Review]] = {}
        for review in reviews:
            self._by_place.setdefault(review.place, []).append(review)

    def find(self, key: Key) -> Review | None:
        """The review of exactly what ``key`` names; else the last one of that criterion; else None."""
        told = self._by_place.get(key.place, [])
        same = [review for review in told if review.reviewed == key.reviewed]
        return (same or told or [None])[-1]  # type: ignore[list-item]


def read_reviews(path: Path) -> list[Review]:
    """The reviews of a file; none where there is no file.

    Raises:
        ValueError: a line is no review; the message says which line, and repeats nothing of it.
    """
    if not path.exists():
        return []
    reviews = []
    for count, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            reviews.append(Review.model_validate_json(line))
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
            raise ValueError(f"{path}:{count}: not a review{f': {where}' if where else ''}") from None
    return reviews


def merged(old: Iterable[Review], new: Iterable[Review]) -> list[Review]:
    """All reviews; a new one takes the place of an old one with the same key, and nothing else is lost."""
    by_key = {review.key: review for review in old}
    for review in new:
        by_key.pop(review.key, None)  # the latest stands last
        by_key[review.key] = review
    return list(by_key.values())


def as_lines(reviews: Iterable[Review]) -> str:
    """The text of ``reviews.jsonl``."""
    return "".join(review.model_dump_json() + "\n" for review in reviews)
