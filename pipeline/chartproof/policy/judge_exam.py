"""Judges of the examination: provocative tests, tenderness, and the pattern of the pain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chartproof.model import facts as f
from chartproof.model.dates import PartialDate
from chartproof.model.facts import FactBase
from chartproof.model.vocab import Laterality, Presence, Reason, TenderSite, TestName, TestResult
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, composed, met, not_met, undocumented, unsure
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.reading import Reading
from chartproof.policy.rules import NoOtherTenderness, PainPattern, PositiveTest, PositiveTests, Tenderness
from chartproof.policy.where import say
