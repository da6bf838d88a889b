"""Strong Kleene logic over ``met``, ``not_met`` and ``unsure``.

``unsure`` is an answer not known yet, so a compound has a definite value exactly where it has that value however its
unsure parts turn out. Source: corpora/GUIDE.md section 3, "Composite".
"""

from __future__ import annotations

from collections.abc import Iterable

from chartproof.model.vocab import CriterionStatus

Truth = CriterionStatus

MET = CriterionStatus.MET
NOT_MET = CriterionStatus.NOT_MET
UNSURE = CriterionStatus.UNSURE


def negation(value: Truth) -> Truth:
    """``met`` and ``not_met`` change places; ``unsure`` stays."""
    return {MET: NOT_MET, NOT_MET: MET, UNSURE: UNSURE}[value]


def all_of(values: Iterable[Truth]) -> Truth:
    """One ``not_met`` settles it; else one ``unsure`` leaves it open. Of no values: ``met``."""
    seen = list(values)
    return at_least(len(seen), seen)


def any_of(values: Iterable[Truth]) -> Truth:
    """One ``met`` settles it; else one ``unsure`` leaves it open. Of no values: ``not_met``."""
    return at_least(1, values)


def at_least(n: int, values: Iterable[Truth]) -> Truth:
    """``met`` with n values met; ``not_met`` where even all unsure ones turning out met would not make n."""
    seen = list(values)
    met, unsure = seen.count(MET), seen.count(UNSURE)
    if met >= n:
        return MET
    return UNSURE if met + unsure >= n else NOT_MET
