"""Applies the rules of an exercise to repetitions and sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pi_service.coaching.bar_level import BarLevelRule
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.forearm import ForearmRule
from pi_service.coaching.hips_first import HipsFirstRule
from pi_service.coaching.kept import RangeKeptRule, SpeedKeptRule
from pi_service.coaching.lean_back import LeanBackRule
from pi_service.coaching.overshoot import OvershootRule
from pi_service.coaching.quality import Quality, quality_of
from pi_service.coaching.rule import Rule
from pi_service.coaching.shrug import ShrugRule
from pi_service.coaching.side_bend import SideBendRule
from pi_service.coaching.sideways import SidewaysRule
from pi_service.coaching.tempo import LoweringRatioRule, Tempo, TempoRule, tempo_of
from pi_service.coaching.torso import TorsoRule
from pi_service.coaching.turn_out import TurnOutRule
from pi_service.coaching.verdict import SetVerdict, Unjudged, Verdict
from pi_service.exercises import Exercise, RuleName, RuleTerms

#: Which class checks which rule.
CHECKS: Mapping[RuleName, Callable[[RuleTerms, Worn], Rule]] = {
    RuleName.LOWERING: TempoRule,
    RuleName.LIFTING: TempoRule,
    RuleName.TOP_PAUSE: TempoRule,
    RuleName.STRETCH_PAUSE: TempoRule,
    RuleName.LOWERING_RATIO: LoweringRatioRule,
    RuleName.RANGE_KEPT: RangeKeptRule,
    RuleName.OVERSHOOT: OvershootRule,
    RuleName.SPEED_KEPT: SpeedKeptRule,
    RuleName.FOREARM: ForearmRule,
    RuleName.TURN_OUT: TurnOutRule,
    RuleName.TORSO: TorsoRule,
    RuleName.SIDE_BEND: SideBendRule,
    RuleName.SHRUG: ShrugRule,
    RuleName.SIDEWAYS: SidewaysRule,
    RuleName.LEAN_BACK: LeanBackRule,
    RuleName.HIPS_FIRST: HipsFirstRule,
    RuleName.BAR_LEVEL: BarLevelRule,
}


@dataclass(frozen=True, slots=True)
class SetJudgement:
    """What the rules say of a set.

    Attributes
    ----------
    tempo
        Its four figures; None where nobody says which way lifts.
    verdicts
        Of the rules that could be applied, in the order of the exercise's file.
    unjudged
        The others, each with the reason.
    quality
        How much was right; None where nothing could be judged.
    """

    tempo: Tempo | None
    verdicts: tuple[SetVerdict, ...]
    unjudged: tuple[Unjudged, ...]
    quality: Quality | None


class Judge:
    """The rules of an exercise of kind `reps`.

    Parameters
    ----------
    exercise
        What is done.
    worn
        How the sensors sit.
    """

    def __init__(self, exercise: Exercise, worn: Worn) -> None:
        self.rules = tuple(CHECKS[terms.name](terms, worn) for terms in exercise.rules)

    def rep(
        self, rep: RepFacts, before: Sequence[RepFacts]
    ) -> tuple[tuple[Verdict, ...], tuple[Unjudged, ...]]:
        """Judge a repetition by those before it in its set."""
        found = [rule.check(rep, before) for rule in self.rules]
        return (
            tuple(each for each in found if isinstance(each, Verdict)),
            tuple(each for each in found if isinstance(each, Unjudged)),
        )

    def set_of(self, reps: Sequence[RepFacts], earlier: Sequence[RepFacts] = ()) -> SetJudgement:
        """Judge a whole set; `earlier` are repetitions of a set that it goes on from."""
        found = [rule.check_set(reps, earlier) for rule in self.rules]
        verdicts = tuple(each for each in found if isinstance(each, SetVerdict))
        return SetJudgement(
            tempo=tempo_of(reps),
            verdicts=verdicts,
            unjudged=tuple(each for each in found if isinstance(each, Unjudged)),
            quality=quality_of(verdicts),
        )
