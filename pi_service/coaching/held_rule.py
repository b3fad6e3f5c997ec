"""Rules of holds and carries: one value of the whole, against its bound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from pi_service.coaching.facts import Worn
from pi_service.coaching.held_facts import HeldFacts, Steadiness
from pi_service.coaching.rule import verdict_of
from pi_service.coaching.verdict import Basis, Reading, SetVerdict, Unjudged
from pi_service.exercises import RuleName, RuleTerms


class HeldRule(ABC):
    """Judges one thing of a hold or of a round.

    Parameters
    ----------
    terms
        What the exercise asks for.
    worn
        How the sensors sit.
    """

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        self.terms, self.worn = terms, worn

    @abstractmethod
    def measure(self, held: HeldFacts) -> Reading | str:
        """Return the value, or why there is none."""

    def check(self, held: HeldFacts) -> SetVerdict | Unjudged:
        """Judge a hold or a round that is over."""
        reading = self.measure(held)
        if isinstance(reading, str):
            return Unjudged(self.terms.name, reading)
        verdict = verdict_of(self.terms, reading)
        return verdict if isinstance(verdict, Unjudged) else SetVerdict(verdict, 0, 0, ())


class HoldTimeRule(HeldRule):
    """How long a pose was held, without its breaks; short, or long, is only what surely is."""

    def measure(self, held: HeldFacts) -> Reading | str:
        """Return seconds."""
        if held.held_s is None:
            return "nothing was held"
        return Reading(held.held_s, Basis.MEASURED, held.unsure_s)


class BreaksRule(HeldRule):
    """How often a hold was given up and resumed."""

    def measure(self, held: HeldFacts) -> Reading | str:
        """Return a number of breaks."""
        return "nothing was held" if held.breaks is None else Reading(float(held.breaks), Basis.MEASURED)


class DistanceRule(HeldRule):
    """How far a weight was carried; short is only what is surely short.

    By the usual length of a step that is inferred.
    """

    def measure(self, held: HeldFacts) -> Reading | str:
        """Return metres."""
        walked = held.walked
        if walked is None:
            return "nothing was carried"
        basis = Basis.MEASURED if walked.is_measured else Basis.INFERRED
        return Reading(walked.distance_m, basis, walked.unsure_m)


class CadenceRule(HeldRule):
    """How quickly the steps follow each other."""

    def measure(self, held: HeldFacts) -> Reading | str:
        """Return steps a second."""
        if held.walked is None or held.walked.cadence_hz is None:
            return "it takes more than one step"
        return Reading(held.walked.cadence_hz, Basis.MEASURED)


class SteadinessRule(HeldRule):
    """How steady a pose was: its sway, or how much it shook."""

    def measure(self, held: HeldFacts) -> Reading | str:
        """Return degrees, or m/s3."""
        if held.steadiness is None:
            return "it was too short to show it"
        return Reading(_FIGURES[self.terms.name](held.steadiness), Basis.MEASURED)


_FIGURES: dict[RuleName, Callable[[Steadiness], float]] = {
    RuleName.SWAY: lambda steady: steady.rms_deg,
    RuleName.SWAY_RANGE: lambda steady: steady.range_deg,
    RuleName.SHAKE: lambda steady: steady.jerk_ms3,
}
