from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import timedelta

import pytest
from support.scripted import curve, make_rep, scripted_set, scripted_workout, stream_info

from calibration.placement_kind import Side
from firmware.samples import SensorRole
from pi_service.errors import UsageError
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.session import session_id
from pi_service.workout.events import (
    Phase,
    PhaseChanged,
    PlacementChanged,
    RepCounted,
    SamplesLost,
    SetStarted,
    ZeroUnknown,
)
from pi_service.workout.notices import sentence
from pi_service.workout.sides import SideCount
from pi_service.workout.told import SetCorrected

NO_TURN = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
SLIP = PlacementChanged(40.0, SensorRole.LIMB, 33.44, 35.2, 35.84, NO_TURN)


def build(events, builder=None):
    builder = builder or MessageBuilder(stream_info())
    return [*builder.start(), *builder.build(list(events)), *builder.end()]


def of(messages, kind):
    return [json.loads(m.payload) for m in messages if m.topic == f"repclip/bay07/{kind}"]


def test_the_same_stream_gives_the_same_bytes():
    assert build(scripted_workout([3, 4])) == build(scripted_workout([3, 4]))


def test_where_a_call_ends_means_nothing():
    events = list(scripted_workout([3]))
    builder = MessageBuilder(stream_info())
    one_by_one = [message for event in events for message in builder.build([event])]
    assert one_by_one == MessageBuilder(stream_info()).build(events)


@pytest.mark.parametrize("cut", [0, 1, 17, 60])
def test_a_builder_saved_mid_stream_goes_on_the_same(cut):
    events = list(scripted_workout([3, 2]))
    builder = MessageBuilder(stream_info())
    first = builder.build(events[:cut])
    restored = pickle.loads(pickle.dumps(builder))  # noqa: S301
    rest = [*restored.build(events[cut:]), *restored.end()]
    whole = MessageBuilder(stream_info())
    assert [*first, *rest] == [*whole.build(events), *whole.end()]


def test_one_rep_message_a_rep_and_a_set_with_the_final_count():
    messages = build(scripted_set(1, 0.0, 5, withdrawn=(5,)))
    reps = of(messages, "rep")
    assert [(rep["rep"], rep["reps"], rep["source"]) for rep in reps] == [(n, n, "live") for n in range(1, 6)]
    assert reps[0]["duration_s"] == pytest.approx(reps[0]["out_s"] + reps[0]["back_s"])
    (correction,) = of(messages, "correction")
    assert (correction["withdrawn"], correction["added"], correction["reps"]) == ([5], [], 4)
    (finished,) = of(messages, "set")
    assert (finished["final_reps"], finished["live_reps"], finished["rep_ids"]) == (4, 5, [1, 2, 3, 4])
    assert of(messages, "set/last") == [finished]


def test_events_are_counted_without_holes():
    messages = build([*scripted_workout([3, 2]), SLIP])
    numbers = [
        e["seq"]
        for m in messages
        for e in [json.loads(m.payload)]
        if m.topic.endswith(("/rep", "/correction", "/set", "/gap", "/notice"))
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert of(messages, "state")[-1]["seq"] == numbers[-1]


def test_quality_of_service_and_retention():
    messages = build(
        [*scripted_set(1, 0.0, 3, withdrawn=(3,)), SamplesLost(90.0, 89.5, 90.0, SensorRole.LIMB), SLIP]
    )
    kinds = {m.topic.removeprefix("repclip/bay07/"): (m.qos, m.retain) for m in messages}
    assert kinds == {
        "state": (1, True),
        "rep": (1, False),
        "set": (1, False),
        "set/last": (1, True),
        "correction": (1, False),
        "curve": (0, False),
        "gap": (1, False),
        "notice": (1, False),
    }


def test_every_message_says_where_it_is_from():
    info = replace(stream_info(), simulated=True)
    for message in build(scripted_workout([2]), MessageBuilder(info)):
        said = json.loads(message.payload)
        assert (said["schema"], said["station"], said["session"]) == (1, "bay07", session_id(info))
        assert said["simulated"] is True
        assert said["ts"].endswith("Z")


def test_times_are_the_streams_own():
    builder = MessageBuilder(stream_info())
    rep = make_rep(1, 10.0)
    (message, _state) = builder.messages(RepCounted(12.55, 1, "row", rep, 1, "live"))
    said = json.loads(message.payload)
    assert said["ts"] == "2026-03-04T17:05:18.673Z"
    assert (said["start_s"], said["turn_s"], said["end_s"], said["detected_at_s"]) == (
        10.0,
        11.1,
        12.4,
        12.55,
    )


def test_the_state_follows_at_once():
    builder = MessageBuilder(stream_info())
    (first,) = builder.start()
    said = json.loads(first.payload)
    assert (said["exercise"], said["set"], said["reps"], said["seq"]) == ("vertical_pull", 0, 0, 0)
    assert not said["active"]
    (message,) = builder.messages(SetStarted(4.0, 1, "row", 3.5))
    said = json.loads(message.payload)
    assert (said["active"], said["set"], said["exercise"], said["count"]) == (True, 1, "row", "live")
    assert said["set_started_ts"] == "2026-03-04T17:05:09.623Z"
    (message,) = builder.messages(PhaseChanged(4.01, Phase.OUT))
    assert json.loads(message.payload)["phase"] == "out"
    assert builder.messages(PhaseChanged(4.02, Phase.OUT)) == []
    (_rep, message) = builder.messages(RepCounted(6.0, 1, "row", make_rep(1, 3.5), 1, "live"))
    assert json.loads(message.payload)["reps"] == 1


def test_the_state_after_a_set_is_final():
    state = of(build(scripted_set(1, 0.0, 5, withdrawn=(2,))), "state")[-1]
    assert (state["reps"], state["count"], state["active"], state["last_set_reps"]) == (4, "final", False, 4)
    assert (state["sets_done"], state["phase"], state["moving"]) == (1, "still", False)
    assert state["set_started_ts"] is None


def test_the_state_is_repeated_at_most_five_times_a_second_while_moving():
    # 50 pieces a second for 4 seconds, as no pipeline should send them.
    events = [piece for index in range(200) for piece in curve(index * 0.02, index * 0.02 + 0.2)[:1]]
    events = [
        replace(piece, at_s=index * 0.02, values=piece.values[:1]) for index, piece in enumerate(events)
    ]
    builder = MessageBuilder(stream_info())
    builder.messages(PhaseChanged(0.0, Phase.MOVING))
    states = of(builder.build(events), "state")
    assert 18 <= len(states) <= 20


def test_the_state_is_not_repeated_while_nothing_moves():
    assert of(MessageBuilder(stream_info()).build(curve(0.0, 10.0)), "state") == []


def test_the_curve_names_its_first_value():
    (piece, *_) = of(MessageBuilder(stream_info()).build(curve(2.0, 2.2, 90.0)), "curve")
    assert (piece["start_s"], piece["rate_hz"], len(piece["movement_deg"])) == (2.0, 25.0, 5)
    assert piece["ts"] == "2026-03-04T17:05:08.123Z"


def test_a_gap_has_a_duration():
    (gap,) = of(MessageBuilder(stream_info()).build([SamplesLost(7.25, 7.0, 7.25, SensorRole.TORSO)]), "gap")
    assert (gap["sensor"], gap["start_s"], gap["end_s"], gap["duration_s"]) == ("torso", 7.0, 7.25, 0.25)


def test_a_slip_is_a_notice():
    (notice,) = of(MessageBuilder(stream_info()).build([SLIP]), "notice")
    assert (notice["sensor"], notice["what"], notice["angle_deg"]) == ("limb", "placement_changed", 33.4)
    assert (notice["start_s"], notice["end_s"], notice["rate_dps"]) == (35.2, 35.84, None)
    assert notice["text"] == sentence(SLIP)
    assert notice["seq"] == 1


@pytest.mark.parametrize(("at_rest", "what"), [(False, "zero_unknown"), (True, "zero_too_far")])
def test_a_zero_that_is_not_known_is_a_notice(at_rest, what):
    event = ZeroUnknown(20.0, SensorRole.LIMB, 12.34, at_rest)
    (notice,) = of(MessageBuilder(stream_info()).build([event]), "notice")
    assert (notice["sensor"], notice["what"], notice["rate_dps"]) == ("limb", what, 12.3)
    assert (notice["angle_deg"], notice["start_s"], notice["end_s"]) == (None, None, None)
    assert notice["text"] == sentence(event)


def test_the_session_belongs_to_station_and_start():
    info = stream_info()
    assert session_id(info) == session_id(stream_info())
    assert session_id(info).startswith("20260304t170506-")
    others = {
        session_id(stream_info("bay08")),
        session_id(replace(info, started_at=info.started_at + timedelta(microseconds=1))),
    }
    assert len(others | {session_id(info)}) == 3


def test_a_stream_with_a_session_of_its_own_keeps_it():
    info = replace(stream_info(), session="2026-03-04-1")
    assert MessageBuilder(info).session == session_id(info) == "2026-03-04-1"
    assert {json.loads(m.payload)["session"] for m in build(scripted_workout([2]), MessageBuilder(info))} == {
        "2026-03-04-1"
    }


@pytest.mark.parametrize("session", ["", "two words", "a/b", "x" * 81, "line\n", "über"])
def test_what_cannot_be_a_session_is_said(session):
    with pytest.raises(UsageError, match="cannot be the id of a session"):
        MessageBuilder(replace(stream_info(), session=session))
    with pytest.raises(UsageError, match="cannot be the id of a session"):
        MessageBuilder(stream_info(), session)


def test_a_correction_of_alternating_sides_is_said_of_both_everywhere():
    builder = MessageBuilder(stream_info())
    sides = SideCount(Side.LEFT, 3, 4, 1)
    events = scripted_set(1, 0.0, 3)
    builder.build([*events[:-1], replace(events[-1], sides=sides)])
    corrected = SetCorrected(30.0, 1, "cross_band", 3, 7, "corrected", SideCount(Side.LEFT, 7, 8, 1))
    said = builder.build([corrected])
    assert [each.topic.removeprefix("repclip/bay07/") for each in said] == ["correction", "set/last", "state"]
    for each in said:
        told = json.loads(each.payload)
        assert (told["worn_side_reps"], told["other_side_reps"], told["total_reps"]) == (7, 8, 15), each.topic
    assert json.loads(said[-1].payload)["reps"] == 7
