"""What was measured of reps, and both sides, as keys of messages."""

from __future__ import annotations

import json
from dataclasses import replace

from support.scripted import make_rep, stream_info

from calibration.placement_kind import Side
from pi_service.publish.measured import rep_keys, set_keys, side_keys
from pi_service.publish.message import Message
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.payloads import StatePayload
from pi_service.publish.set_payloads import RepPayload, SetPayload
from pi_service.workout.events import RepCounted, RepsCorrected, SetEnded, SetStarted
from pi_service.workout.sides import SideCount

REP, NEXT = make_rep(1, 10.0), make_rep(2, 12.4)
SIDES = SideCount(Side.LEFT, 2, 1, 1)
SIDE_KEYS = {"worn_side", "worn_side_reps", "other_side_reps", "other_side_uncertain", "total_reps"}


def said(messages: list[Message], kind: str) -> dict[str, object]:
    (payload,) = (each.payload for each in messages if each.topic == f"repclip/bay07/{kind}")
    message: dict[str, object] = json.loads(payload)
    return message


def test_a_rep_tells_its_phases_its_velocity_and_how_certain_they_are() -> None:
    keys = rep_keys(NEXT)
    assert (keys["out_moving_s"], keys["turn_pause_s"], keys["back_moving_s"]) == (1.0, 0.2, 1.2)
    assert (keys["lifting_s"], keys["lifted_pause_s"], keys["lowering_s"], keys["lowered_pause_s"]) == (
        1.0,
        0.2,
        1.2,
        0.0,
    )
    assert (keys["out_is"], keys["back_is_over"]) == ("lifting", True)
    assert (keys["out_mean_mps"], keys["back_peak_mps"], keys["back_peak_uncertainty_mps"]) == (
        0.433,
        -0.7,
        0.03,
    )
    assert keys.keys() <= RepPayload.model_fields.keys()


def test_lowering_first_is_told_the_other_way_round() -> None:
    keys = rep_keys(replace(NEXT, out_lifts=False))
    assert (keys["out_is"], keys["lowering_s"], keys["lifting_s"]) == ("lowering", 1.0, 1.2)
    assert (keys["lowered_pause_s"], keys["lifted_pause_s"]) == (0.2, 0.0)


def test_what_is_not_known_is_null() -> None:
    builder = MessageBuilder(stream_info())
    rep = replace(REP, measures=None, out_lifts=None)
    message = said(builder.messages(RepCounted(12.5, 1, "any", rep, 1, "live")), "rep")
    assert {message[key] for key in rep_keys(NEXT)} == {None}
    keys = rep_keys(replace(REP, out_lifts=None))
    assert (keys["out_is"], keys["lifting_s"], keys["lowered_pause_s"]) == (None, None, None)


def test_a_set_lists_what_the_review_measured() -> None:
    reps = (REP, NEXT, replace(make_rep(3, 14.8), measures=None))
    keys = set_keys(reps)
    assert keys["rep_out_moving_s"] == (1.0, 1.0, None)
    assert keys["rep_home_pause_s"] == (None, 0.0, None)
    assert keys["rep_range_m"] == (0.52, 0.52, 0.52)
    assert keys["out_is"] == "lifting"
    assert set_keys((REP, replace(NEXT, out_lifts=None)))["out_is"] is None
    assert keys.keys() <= SetPayload.model_fields.keys()


def test_both_sides_are_told_by_every_message_that_counts() -> None:
    builder = MessageBuilder(stream_info())
    builder.messages(SetStarted(12.5, 1, "cross_band", 10.0))
    live = builder.messages(RepCounted(12.5, 1, "cross_band", REP, 1, "live", SIDES))
    corrected = builder.messages(RepsCorrected(30.0, 1, "cross_band", (), (), 2, SIDES))
    ended = builder.messages(SetEnded(30.0, 1, "cross_band", 10.0, 14.8, 2, 2, (REP, NEXT), SIDES))
    expected = {
        "worn_side": "left",
        "worn_side_reps": 2,
        "other_side_reps": 1,
        "other_side_uncertain": 1,
        "total_reps": 3,
    }
    for messages, kind in ((live, "rep"), (live, "state"), (corrected, "correction"), (ended, "set")):
        message = said(messages, kind)
        assert {key: message[key] for key in SIDE_KEYS} == expected
    # The next set begins with nothing.
    assert not SIDE_KEYS & said(builder.messages(SetStarted(60.0, 2, "cross_band", 58.0)), "state").keys()


def test_without_alternating_sides_no_message_speaks_of_them() -> None:
    builder = MessageBuilder(stream_info())
    messages = builder.messages(RepCounted(12.5, 1, "row", REP, 1, "live"))
    for kind in ("rep", "state"):
        assert not SIDE_KEYS & said(messages, kind).keys()
    assert side_keys(None) == {}
    state = StatePayload.from_bytes(messages[-1].payload)
    assert state.total_reps is None


def test_a_side_that_nobody_named_is_null() -> None:
    assert side_keys(replace(SIDES, worn=Side.UNKNOWN))["worn_side"] is None
