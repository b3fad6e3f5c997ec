"""Which way of a repetition lifts: as the exercise says, unless its height clearly shows the other way."""

from __future__ import annotations

from pi_service.exercises.model import Counting, OutWay, Phases, Way
from pi_service.reps.found import Measures

#: A mean velocity of so many of its standard deviations says which way it goes.
_CLEAR_SIGMAS = 4.0


class Ways:
    """Says whether the way out of a repetition lifts.

    Parameters
    ----------
    phases
        What the exercise says of it.
    counting
        Which way the sensor goes on the way out, if that is always so: a repetition that clearly goes the
        other way was counted from its turning point, and its way out is what should be its way back.
    """

    def __init__(self, phases: Phases, counting: Counting) -> None:
        self._phases = phases
        # By its height only where it does not say by itself which way lifts.
        self._out_goes = None if phases.out is OutWay.BY_HEIGHT else counting.out_goes
        self._least_m = counting.out_goes_from_m or 0.0

    def out_lifts(self, measures: Measures | None, range_m: float | None) -> bool | None:
        """Return whether the way out lifts; None where nobody says.

        Parameters
        ----------
        measures
            Of the repetition; None where it was not seen whole.
        range_m
            Its vertical travel; None where that is not known.
        """
        out = None if measures is None else measures.out
        rises = None if out is None else out.mean_mps > 0.0
        lifts = self._phases.out_lifts(rises)
        if lifts is None or out is None or self._out_goes is None or (range_m or 0.0) < self._least_m:
            return lifts
        clear = abs(out.mean_mps) > _CLEAR_SIGMAS * out.mean_uncertainty_mps
        return lifts is not (clear and rises is not (self._out_goes is Way.UP))
