"""What a chart's result rests on, as digests: an equal key means an equal result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chartproof.batch.record import unreadable_record
from chartproof.model import Chart
from chartproof.readers import Unreadable


@dataclass(frozen=True)
class Keys:
    """Keys for the charts of one run.

    Args:
        code: digest of the software.
        patterns: digest of the patterns.
        policies: digest of the policies.
        policy_ids: those asked for by name.
    """

    code: str
    patterns: str
    policies: str
    policy_ids: tuple[str, ...] | None

    def case_key(self, chart: Chart) -> str:
        """What the facts of a chart rest on: its notes and request, the patterns, the software.

        Where in the export a note stood is no part of it: a row that is added moves all that follow.
        """
        content = chart.model_dump(exclude={"notes": {"__all__": {"source"}}})
        return _digest([self.code, self.patterns, content])

    def policy_key(self, chart: Chart, unread: Sequence[Unreadable]) -> str:
        """What its record rests on besides its facts: the policies, what could not be read, where its notes stood."""
        sources = [note.source for note in chart.notes]
        return _digest([self.policies, self.policy_ids, [unreadable_record(one) for one in unread], sources])


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, default=str).encode("ascii")).hexdigest()
