"""Applies the rules of an exercise to a hold or to a round of a carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pi_service.coaching.carried_forearm import CarriedForearmRule
from pi_service.coaching.facts import Worn
from pi_service.coaching.held_facts import HeldFacts
from pi_service.coaching.held_rule import (
    BreaksRule,
    CadenceRule,
    DistanceRule,
    HeldRule,
    HoldTimeRule,
    SteadinessRule,
)
from pi_service.coaching.judge import SetJudgement
from pi_service.coaching.quality import quality_of
from pi_service.coaching.verdict import SetVerdict, Unjudged
from pi_service.exercises import Exercise, RuleName, RuleTerms

#: Which class checks which rule.
HELD_CHECKS: Mapping[RuleName, Callable[[RuleTerms, Worn], HeldRule]] = {
    RuleName.HOLD_TIME: HoldTimeRule,
    RuleName.BREAKS: BreaksRule,
    RuleName.DISTANCE: DistanceRule,
    RuleName.CADENCE: CadenceRule,
    RuleName.FOREARM: CarriedForearmRule,
    RuleName.SWAY: SteadinessRule,
    RuleName.SWAY_RANGE: SteadinessRule,
    RuleName.SHAKE: SteadinessRule,
}


class HeldJudge:
    """The rules of a hold or a carry.

    Parameters
    ----------
    exercise
        What is done.
    worn
        How the sensors sit.
    """

    def __init__(self, exercise: Exercise, worn: Worn) -> None:
        self.rules = tuple(HELD_CHECKS[terms.name](terms, worn) for terms in exercise.rules)

    def judge(self, held: HeldFacts) -> SetJudgement:
        """Judge a hold or a round that is over."""
        found = [rule.check(held) for rule in self.rules]
        verdicts = tuple(each for each in found if isinstance(each, SetVerdict))
        return SetJudgement(
            tempo=None,
            verdicts=verdicts,
            unjudged=tuple(each for each in found if isinstance(each, Unjudged)),
            quality=quality_of(verdicts),
        )
