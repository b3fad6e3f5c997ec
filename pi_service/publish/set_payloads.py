"""What the messages of reps and sets say; see `pi_service.publish.payloads`."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from pi_service.publish.held_keys import HeldSetKeys
from pi_service.publish.payloads import AthletePayload, EventPayload, Name, SidesPayload, Timestamp


class RepPayload(AthletePayload, SidesPayload, EventPayload):
    """One repetition. Times in ``_s`` are on the stream's clock.

    What was measured of it is None where it was not: uncertainties are one standard deviation, velocities are
    of the sensor, vertical, upwards positive.

    Attributes
    ----------
    exercise, set
        Id of the exercise, and number of the set within the session.
    rep
        Identity of the rep within its set; never used twice, may have holes after a correction.
    reps
        Reps of the set so far, this one included.
    source
        ``live`` as it ended, or ``review`` when the review at the end of the set found it.
    start_s, turn_s, end_s
        When it left the start pose, was at the turning point, and was back.
    detected_at_s
        When that was known.
    duration_s
        From `start_s` to `end_s`.
    out_s, back_s
        From when it left the start pose to the turning point, and from there to the end: with a part of the
        pause at the turning point each.
    range_deg, range_m
        How far the sensor turned and, or null, how far it rose or sank.
    range_deg_uncertainty, range_m_uncertainty
        Of these, one standard deviation.
    confidence
        From 0 to 1.
    out_moving_s, turn_pause_s, back_moving_s
        How long it moved out, paused there, and moved back.
    home_pause_s
        Pause in the start pose since the rep before; None for the first of a set.
    back_is_over
        False where the rep was measured before it was back: `back_moving_s` is foretold then.
    out_is
        Whether the way out is the one that lifts or the one that lowers, where the exercise says so.
    lifting_s, lowering_s
        The moving times by what they are.
    lifted_pause_s, lowered_pause_s
        The pause after lifting and the one after lowering; of the two, the one in the start pose is the one
        before the rep.
    out_mean_mps, out_peak_mps, back_mean_mps, back_peak_mps
        Vertical velocity on either way, upwards positive.
    out_mean_uncertainty_mps, out_peak_uncertainty_mps, back_mean_uncertainty_mps, back_peak_uncertainty_mps
        Of these, one standard deviation.
    """

    exercise: Name
    set: PositiveInt
    rep: PositiveInt
    reps: NonNegativeInt
    source: Literal["live", "review"]
    start_s: float
    turn_s: float
    end_s: float
    detected_at_s: float
    duration_s: float
    out_s: float
    back_s: float
    range_deg: float
    range_m: float | None
    confidence: float
    range_deg_uncertainty: NonNegativeFloat | None = None
    range_m_uncertainty: NonNegativeFloat | None = None
    out_moving_s: NonNegativeFloat | None = None
    turn_pause_s: NonNegativeFloat | None = None
    back_moving_s: NonNegativeFloat | None = None
    home_pause_s: NonNegativeFloat | None = None
    back_is_over: bool | None = None
    out_is: Literal["lifting", "lowering"] | None = None
    lifting_s: NonNegativeFloat | None = None
    lowering_s: NonNegativeFloat | None = None
    lifted_pause_s: NonNegativeFloat | None = None
    lowered_pause_s: NonNegativeFloat | None = None
    out_mean_mps: float | None = None
    out_peak_mps: float | None = None
    out_mean_uncertainty_mps: NonNegativeFloat | None = None
    out_peak_uncertainty_mps: NonNegativeFloat | None = None
    back_mean_mps: float | None = None
    back_peak_mps: float | None = None
    back_mean_uncertainty_mps: NonNegativeFloat | None = None
    back_peak_uncertainty_mps: NonNegativeFloat | None = None


class SetPayload(HeldSetKeys, AthletePayload, SidesPayload, EventPayload):
    """A set is over and reviewed; `final_reps` is what it is remembered by.

    Attributes
    ----------
    exercise, set
        Id of the exercise, and number of the set within the session.
    final_reps
        The final count.
    live_reps
        What had been counted live.
    rep_ids
        Identities of the reps of the final count in the order of time.
    start_ts, end_ts, start_s, end_s
        When it began and ended, on the wall clock and on the stream's.
    duration_s
        From one to the other.
    rep_out_moving_s, rep_turn_pause_s, rep_back_moving_s, rep_home_pause_s, rep_range_deg, rep_range_m
        What the review measured of each of them, in the same order: see `rep`.
    out_is
        What the way out is; None where that is not known, or differs from rep to rep.
    corrected
        In `set/last` only, and left out otherwise: a person has ``corrected`` or ``discarded`` the set, and
        `final_reps` is what that person said.
    """

    exercise: Name
    set: PositiveInt
    final_reps: NonNegativeInt
    live_reps: NonNegativeInt
    rep_ids: tuple[PositiveInt, ...]
    start_ts: Timestamp
    end_ts: Timestamp
    start_s: float
    end_s: float
    duration_s: float
    rep_out_moving_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_turn_pause_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_back_moving_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_home_pause_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_range_deg: tuple[float, ...] = ()
    rep_range_m: tuple[float | None, ...] = ()
    out_is: Literal["lifting", "lowering"] | None = None
    corrected: Literal["corrected", "discarded"] | None = None

    def _unsaid(self) -> frozenset[str]:
        unsaid = super()._unsaid() | self.unsaid()
        return unsaid if self.corrected is not None else unsaid | {"corrected"}


class CorrectionPayload(SidesPayload, EventPayload):
    """The review added or withdrew reps of a set, before its `set` comes; or a person corrected one after.

    Attributes
    ----------
    exercise, set
        Id of the exercise, and number of the set within the session.
    added, withdrawn
        Identities of reps; none where a person said how many there were.
    reps
        The count after it; 0 for a set that was discarded.
    by
        ``review`` or ``user``.
    reason
        Of a person: whether the count was wrong (``corrected``) or it was no set (``discarded``).
    """

    exercise: Name
    set: PositiveInt
    added: tuple[PositiveInt, ...]
    withdrawn: tuple[PositiveInt, ...]
    reps: NonNegativeInt
    by: Literal["review", "user"] = "review"
    reason: Literal["corrected", "discarded"] | None = None
