"""What is published of holds and carries, while they go on and when they are over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from support.scripted import scripted_set, stream_info

from calibration.placement_kind import Side
from calibration.step_length import USUAL, StepLength
from pi_service.holding.found import (
    Carry,
    CarryChange,
    HeldPart,
    Hold,
    HoldChange,
    Sway,
    distance_of,
    short_of,
)
from pi_service.publish.held_payloads import CarryPayload, HoldPayload
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.payloads import StatePayload
from pi_service.publish.set_payloads import SetPayload
from pi_service.workout.asked import Asked, Reach
from pi_service.workout.events import Event, SetEnded, SetStarted
from pi_service.workout.held import CarryTold, HoldTold, Round
from pi_service.workout.told import SetCompared, SetCorrected

HOLD, CARRY = "thoracic_extension", "overhead_carry"
SWAY = Sway(0.412, 1.633, 0.254, -2.71)
LENGTH = StepLength(0.5, 0.02, datetime(2026, 1, 1, tzinfo=UTC), 15.0, 30)


def hold_events() -> list[Event]:
    parts = (HeldPart(5.0, 15.5, 10.5), HeldPart(18.0, 30.0, 12.0))
    changes = (
        (10.2, HoldChange.ENTERED, 5.0, 0),
        (11.2, HoldChange.GOING, 6.0, 0),
        (17.0, HoldChange.LEFT, 10.5, 0),
    )
    told = [HoldTold(at_s, 1, HOLD, change, 3.5, held_s, breaks) for at_s, change, held_s, breaks in changes]
    told.append(HoldTold(18.4, 1, HOLD, HoldChange.RESUMED, 3.5, 10.5, 1))
    ended = SetEnded(35.5, 1, HOLD, 3.5, 30.0, 0, 0, (), hold=Hold(3.5, parts, 18.3, SWAY))
    return [SetStarted(10.2, 1, HOLD, 3.5), *told, ended]


def carry_events(length: StepLength = LENGTH, arm: Side = Side.LEFT) -> list[Event]:
    steps_s = tuple(6.0 + 0.6 * step for step in range(30))

    def told(at_s: float, change: CarryChange, steps: int) -> CarryTold:
        return CarryTold(at_s, 1, CARRY, change, 4.0, steps, distance_of(steps, length), arm)

    walked = Round(Carry(4.0, 26.0, steps_s, None), distance_of(30, length), length, arm)
    return [
        SetStarted(9.5, 1, CARRY, 4.0),
        told(9.5, CarryChange.STARTED, 0),
        told(9.5, CarryChange.STEP, 6),
        told(10.1, CarryChange.STEP, 7),
        SetEnded(26.4, 1, CARRY, 4.0, 26.0, 0, 0, (), carry=walked),
    ]


def said(events: Sequence[Event], kind: str) -> list[dict[str, Any]]:
    builder = MessageBuilder(stream_info())
    messages = [*builder.start(), *builder.build(events), *builder.end()]
    return [json.loads(each.payload) for each in messages if each.topic == f"repclip/bay07/{kind}"]


def test_a_hold_is_told_as_it_goes_on() -> None:
    told = said(hold_events(), "hold")
    assert [(each["what"], each["held_s"], each["hold_breaks"]) for each in told] == [
        ("entered", 5.0, 0),
        ("going", 6.0, 0),
        ("left", 10.5, 0),
        ("resumed", 10.5, 1),
    ]
    assert [each["seq"] for each in told] == [1, 2, 3, 4]
    assert HoldPayload.model_validate(told[0]).start_s == 3.5
    states = said(hold_events(), "state")
    assert "held_s" not in states[0]
    assert [each["held_s"] for each in states[2:7]] == [5.0, 6.0, 10.5, 10.5, 22.5]
    assert StatePayload.model_validate(states[-1]).hold_breaks == 1


def test_a_set_says_what_a_hold_came_to() -> None:
    (finished,) = said(hold_events(), "set")
    assert said(hold_events(), "set/last") == [finished]
    assert finished["final_reps"] == 0
    assert (finished["held_s"], finished["hold_longest_s"], finished["hold_breaks"]) == (22.5, 12.0, 1)
    assert finished["hold_part_start_s"] == [5.0, 18.0]
    assert (finished["sway_rms_deg"], finished["sway_sparc"]) == (0.41, -2.71)
    assert not {"steps", "distance_m", "arm", "worn_side"} & set(finished)
    assert SetPayload.model_validate(finished).hold_part_end_s == (15.5, 30.0)


def test_a_carry_is_told_step_by_step() -> None:
    told = said(carry_events(), "carry")
    assert [(each["what"], each["steps"], each["distance_m"]) for each in told] == [
        ("started", 0, 0.0),
        ("step", 6, 3.0),
        ("step", 7, 3.5),
    ]
    assert CarryPayload.model_validate(told[1]).arm == "left"
    assert said(carry_events(arm=Side.UNKNOWN), "carry")[0]["arm"] is None


@pytest.mark.parametrize(("length", "words"), [(LENGTH, "measured"), (USUAL, "usual")])
def test_a_set_says_what_a_round_came_to(length: StepLength, words: str) -> None:
    (finished,) = said(carry_events(length), "set")
    assert finished["steps"] == 30
    assert finished["distance_m"] == pytest.approx(30 * length.length_m)
    assert finished["step_length_is"] == words
    assert finished["cadence_hz"] == pytest.approx(1.67)
    assert finished["arm"] == "left"
    assert not {"held_s", "hold_tilt_deg", "sway_rms_deg"} & set(finished)


def test_sets_of_reps_say_nothing_of_it() -> None:
    for kind in ("set", "state"):
        for each in said(scripted_set(1, 0.0, 3), kind):
            assert not {"held_s", "steps", "distance_m", "step_length_m", "arm"} & set(each)


def test_a_builder_that_is_between_two_rounds_forgets_the_one_before() -> None:
    builder = MessageBuilder(stream_info())
    builder.build(carry_events())
    (state,) = builder.build([SetStarted(60.0, 2, CARRY, 55.0)])
    assert "steps" not in json.loads(state.payload)


def test_a_distance_is_short_only_if_it_surely_is() -> None:
    assert short_of(distance_of(27, LENGTH), 18.3) == pytest.approx(4.8)
    assert short_of(distance_of(36, LENGTH), 18.3) is None
    assert short_of(distance_of(26, USUAL), 18.3) is None


def test_the_target_in_the_state_is_that_of_the_set_it_speaks_of() -> None:
    asked = Asked(2, 3, "reps")

    def compared(number: int, reach: Reach) -> SetCompared:
        return SetCompared(60.0, number, "vertical_pull", number, asked, 3.0, reach, counts=True)

    events = [
        SetStarted(10.0, 1, "vertical_pull", 5.0),
        SetEnded(30.0, 1, "vertical_pull", 5.0, 20.0, 3, 3, ()),
        SetStarted(50.0, 2, "vertical_pull", 45.0),
        SetEnded(59.0, 2, "vertical_pull", 45.0, 50.0, 3, 3, ()),
        compared(2, Reach.REACHED),
        SetCorrected(60.0, 1, "vertical_pull", 3, 9, "corrected"),
        compared(1, Reach.OVER),
    ]
    assert said(events, "state")[-1]["target"] == "reached"
    assert said(events, "workout")[-1]["target"] == "over"
    discarded = SetCorrected(61.0, 2, "vertical_pull", 3, 0, "discarded")
    assert "target" not in said([*events, discarded], "state")[-1]
