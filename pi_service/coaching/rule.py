"""What all rules have in common: from a value to a verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from statistics import median

from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.verdict import Basis, Reading, SetVerdict, Unjudged, Verdict
from pi_service.exercises import RuleTerms

#: More digits are nobody's business.
_DIGITS = 3
_CUT = "the rep was not seen whole"
NO_REPS = "there are no reps"


class Rule(ABC):
    """Judges one thing of a repetition, and of a set of them.

    Parameters
    ----------
    terms
        What the exercise asks for.
    worn
        How the sensors sit.
    """

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        self.terms = terms
        self.worn = worn

    @abstractmethod
    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return the value of a repetition, or why there is none.

        Parameters
        ----------
        rep
            The repetition, which was seen whole.
        before
            Those before it in its set, in the order of time.
        """

    def of_set(self, readings: Sequence[Reading | None]) -> float:
        """Return the value that stands for a set: the median, unless a rule knows better."""
        return median(each.value for each in readings if each is not None)

    def check(self, rep: RepFacts, before: Sequence[RepFacts] = ()) -> Verdict | Unjudged:
        """Judge a repetition; see `measure`."""
        reading = self._measured(rep, before)
        return self._unjudged(reading) if isinstance(reading, str) else self._verdict(reading)

    def check_set(self, reps: Sequence[RepFacts], earlier: Sequence[RepFacts] = ()) -> SetVerdict | Unjudged:
        """Judge a whole set.

        Parameters
        ----------
        reps
            In the order of time.
        earlier
            Those of a set that it goes on from.
        """
        found = [self._measured(rep, (*earlier, *reps[:number])) for number, rep in enumerate(reps)]
        known = [each for each in found if isinstance(each, Reading)]
        if not known:
            # A later repetition tells more than the first, of which many things are not known.
            reasons = [each for each in reversed(found) if isinstance(each, str)]
            whole = [each for each in reasons if each != _CUT]
            return self._unjudged((whole or reasons or [NO_REPS])[0])
        measured = sum(each.basis is Basis.MEASURED for each in known)
        basis = Basis.MEASURED if 2 * measured >= len(known) else Basis.INFERRED
        alike = [each if isinstance(each, Reading) and each.basis is basis else None for each in found]
        of_set = self._verdict(Reading(self.of_set(alike), basis))
        if isinstance(of_set, Unjudged):
            return of_set
        each_rep = [None if each is None else self._verdict(each) for each in alike]
        verdicts = [each for each in each_rep if isinstance(each, Verdict)]
        return SetVerdict(
            verdict=of_set,
            reps_ok=sum(each.ok for each in verdicts),
            reps_judged=len(verdicts),
            of_reps=tuple(each.measured if isinstance(each, Verdict) else None for each in each_rep),
        )

    def _measured(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        # When its phases began and ended is not known of a repetition that was cut.
        return _CUT if rep.range_deg is None else self.measure(rep, before)

    def _unjudged(self, reason: str) -> Unjudged:
        return Unjudged(self.terms.name, reason)

    def _verdict(self, reading: Reading) -> Verdict | Unjudged:
        return verdict_of(self.terms, reading)


def verdict_of(terms: RuleTerms, reading: Reading) -> Verdict | Unjudged:
    """Return what the terms of a rule say of a value."""
    bound = terms.bound if reading.basis is Basis.MEASURED else terms.inferred_bound
    if bound is None:
        return Unjudged(terms.name, "it can only be inferred here, and the exercise has no bound for that")
    value = round(reading.value, _DIGITS)
    ok = bound.holds(value) or bound.holds(value + reading.unsure) or bound.holds(value - reading.unsure)
    return Verdict(
        rule=terms.name,
        measured=value,
        bound=bound,
        unit=terms.unit,
        basis=reading.basis,
        ok=ok,
        cue=None if ok else terms.cue_for(value, bound),
    )
