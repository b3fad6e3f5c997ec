"""What the counter finds: repetitions without a set number, exercise or name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Velocity:
    """How fast the sensor went up or down on one way of a repetition; upwards positive.

    Attributes
    ----------
    mean_mps
        Vertical travel over the way's moving time.
    peak_mps
        The vertical velocity where it is largest, with its sign.
    mean_uncertainty_mps, peak_uncertainty_mps
        One standard deviation of each.
    """

    mean_mps: float
    peak_mps: float
    mean_uncertainty_mps: float
    peak_uncertainty_mps: float


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of a repetition; see `pi_service.reps.measure` for how.

    Uncertainties are one standard deviation.

    Attributes
    ----------
    leaves_s, reaches_s
        Between these it moves from the start pose to the turning point.
    returns_s, arrives_s
        Between these it moves back.
    back_is_over
        False for a repetition that was measured before it was back: `arrives_s` is then foretold from the
        form of a human movement, and nothing that needs the end is known better than that.
    range_deg_uncertainty
        Of `FoundRep.range_deg`.
    range_m_uncertainty
        Of `FoundRep.range_m`; None where that is None.
    out, back
        Vertical velocity on either way; None where it cannot be told from its uncertainty.
    home_pause_s
        Rest since the repetition before arrived; None for the first of a set.
    """

    leaves_s: float
    reaches_s: float
    returns_s: float
    arrives_s: float
    back_is_over: bool
    range_deg_uncertainty: float
    range_m_uncertainty: float | None
    out: Velocity | None
    back: Velocity | None
    home_pause_s: float | None = None

    @property
    def out_s(self) -> float:
        """Moving time of the way out."""
        return self.reaches_s - self.leaves_s

    @property
    def turn_pause_s(self) -> float:
        """Pause at the turning point."""
        return self.returns_s - self.reaches_s

    @property
    def back_s(self) -> float:
        """Moving time of the way back."""
        return self.arrives_s - self.returns_s


@dataclass(frozen=True, slots=True)
class FoundRep:
    """A repetition as the movement shows it; times and ranges as in `pi_service.workout.events.Rep`."""

    start_s: float
    turn_s: float
    end_s: float
    range_deg: float
    range_m: float | None
    confidence: float
    measures: Measures | None = None


@dataclass(frozen=True, slots=True)
class RepSeen:
    """A repetition was seen as it ended (or, for the first ones of a set, soon after)."""

    at_s: float
    rep: FoundRep


@dataclass(frozen=True, slots=True)
class SetReviewed:
    """The set is over; these are its repetitions, in the order of time (none: it was no set)."""

    at_s: float
    reps: tuple[FoundRep, ...]


@dataclass(frozen=True, slots=True)
class SlipSeen:
    """The sensor turned on the limb, and stays so.

    Attributes
    ----------
    start_s, end_s
        Between these it turned.
    angle_deg
        By how much.
    rotation
        Three rows: turn directions in the sensor frame from before into the frame from now on.
    """

    at_s: float
    start_s: float
    end_s: float
    angle_deg: float
    rotation: tuple[tuple[float, float, float], ...]


Finding = RepSeen | SetReviewed | SlipSeen
