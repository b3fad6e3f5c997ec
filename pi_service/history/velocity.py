"""How fast repetitions were lifted, and how much slower they became within a set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


def lifting_mean(
    out_is: Literal["lifting", "lowering"] | None, out_mean_mps: float | None, back_mean_mps: float | None
) -> float | None:
    """Return the mean vertical velocity of the way that lifts (m/s); None where it was not measured.

    Where the exercise does not say which way lifts, it is the one that went up.

    Parameters
    ----------
    out_is
        What the way out does.
    out_mean_mps, back_mean_mps
        Mean vertical velocity on either way, upwards positive.
    """
    if out_is == "lifting":
        return None if out_mean_mps is None else abs(out_mean_mps)
    if out_is == "lowering":
        return None if back_mean_mps is None else abs(back_mean_mps)
    upwards = [each for each in (out_mean_mps, back_mean_mps) if each is not None and each > 0]
    return max(upwards, default=None)


def velocity_loss_percent(velocities_mps: Sequence[float | None]) -> float | None:
    """Return how much slower the last repetition was than the best one of the set.

    Parameters
    ----------
    velocities_mps
        Of each repetition, in the order of time; None where it was not measured.

    Returns
    -------
    float or None
        From 0 to 100; None with fewer than two that were measured, or when the last one was not.
    """
    known = [each for each in velocities_mps if each is not None]
    if len(known) < 2 or velocities_mps[-1] is None or max(known) <= 0:
        return None
    return round(100.0 * (1.0 - known[-1] / max(known)), 1)
