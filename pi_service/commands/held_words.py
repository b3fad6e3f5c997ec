"""What a hold or a round of a carry came to, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_service.holding.found import Hold, Sway
    from pi_service.service import SetSummary
    from pi_service.workout.events import SetEnded
    from pi_service.workout.held import CarryTold, HoldTold, Round


def held_line(done: SetSummary | SetEnded) -> str | None:
    """Return what a hold or a round came to; None for a set of reps."""
    if done.hold is not None:
        return _hold(done.hold)
    return None if done.carry is None else _round(done.carry)


def going_words(event: HoldTold | CarryTold) -> str:
    """Return what a hold or a round has come to so far."""
    from pi_service.workout.held import HoldTold

    if isinstance(event, HoldTold):
        state = {"left": ", left", "resumed": ", resumed"}.get(event.change.value, "")
        return f"held {event.held_s:.0f} s{state}"
    return f"{_steps(event.steps)}, {event.distance.m:.1f} +- {event.distance.uncertainty_m:.1f} m"


def total_words(sets: Sequence[SetSummary]) -> str | None:
    """Return what holds or rounds came to together; None where there were none."""
    holds = [each.hold for each in sets if each.hold is not None]
    rounds = [each.carry for each in sets if each.carry is not None]
    if holds:
        return (
            f"{len(holds)} hold{'' if len(holds) == 1 else 's'}, {sum(each.held_s for each in holds):.1f} s"
        )
    if rounds:
        walked_m = sum(each.distance.m for each in rounds)
        # Steps of one length are wrong all the same way: their uncertainties add up.
        unsure_m = sum(each.distance.uncertainty_m for each in rounds)
        count = f"{len(rounds)} round{'' if len(rounds) == 1 else 's'}"
        return f"{count}, {walked_m:.1f} +- {unsure_m:.1f} m"
    return None


def _hold(hold: Hold) -> str:
    broken = ""
    if hold.breaks:
        times = "once" if hold.breaks == 1 else f"{hold.breaks} times"
        broken = f", broken {times}, {hold.longest_s:.1f} s at the longest"
    return (
        f"held {hold.held_s:.1f} s from {hold.parts[0].start_s:.1f} s to {hold.end_s:.1f} s{broken};"
        f" {hold.tilt_deg:.0f} deg from the start pose{_sway(hold.sway)}"
    )


def _round(walked: Round) -> str:
    carry, distance = walked.carry, walked.distance
    cadence_hz = carry.cadence_hz
    pace = "" if cadence_hz is None else f", {cadence_hz:.1f} steps a second"
    arm = "" if walked.arm.value == "unknown" else f", {walked.arm.value} arm"
    length = "measured" if walked.step_length.is_measured else "not measured: the usual one"
    return (
        f"{distance.m:.1f} +- {distance.uncertainty_m:.1f} m in {_steps(len(carry.steps_s))}"
        f" from {carry.start_s:.1f} s to {carry.end_s:.1f} s{arm}{pace}{_sway(carry.sway)};"
        f" steps of {walked.step_length.length_m:.2f} m ({length})"
    )


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def _sway(sway: Sway | None) -> str:
    return "" if sway is None else f"; sway {sway.rms_deg:.1f} deg rms, {sway.range_deg:.1f} deg in all"
