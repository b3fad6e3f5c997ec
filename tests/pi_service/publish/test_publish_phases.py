"""What the state says of the phase when the pipeline's last word is no longer true."""

from __future__ import annotations

import json

from support.scripted import curve, make_rep, scripted_set, stream_info

from pi_service.publish.messages import MessageBuilder
from pi_service.workout.events import Movement, Phase, PhaseChanged, RepCounted, SetStarted


def told(events):
    """The phases of the states of some events, each once, and after which time."""
    builder = MessageBuilder(stream_info())
    phases = []
    for event in events:
        for message in builder.messages(event):
            if message.topic.endswith("/state"):
                phase = json.loads(message.payload)["phase"]
                if not phases or phases[-1][0] != phase:
                    phases.append((phase, round(event.at_s, 2)))
    return phases


def flat(start_s, end_s, level_deg):
    """A curve that stays where it is but for half a degree."""
    pieces = round((end_s - start_s) / 0.2)
    values = (level_deg, level_deg + 0.5, level_deg, level_deg + 0.3, level_deg)
    return [Movement(start_s + 0.2 * (index + 1), 25.0, values) for index in range(pieces)]


def one_rep():
    return [
        SetStarted(0.0, 1, "row", 0.0),
        PhaseChanged(0.0, Phase.OUT),
        *curve(0.0, 1.1, 20.0),
        PhaseChanged(1.1, Phase.BACK),
        *[piece for piece in curve(0.0, 2.4, 20.0) if piece.at_s > 1.1],
        RepCounted(2.4, 1, "row", make_rep(1, 0.0, 20.0), 1, "live"),
    ]


def test_a_rep_goes_out_and_back():
    assert [phase for phase, _ in told(one_rep())] == ["still", "out", "back"]


def test_back_goes_out_in_a_pause():
    (*_, back, paused) = told([*one_rep(), *flat(2.4, 6.0, 1.0)])
    assert back[0] == "back"
    assert paused[0] == "moving"
    assert 3.0 < paused[1] < 4.0


def test_the_way_out_of_a_pause_is_not_told_as_back_before_it_is_told_as_out():
    # 0.2 s into the way out the pipeline still says "back".
    rising = Movement(6.2, 25.0, (1.0, 1.5, 2.0, 3.0, 4.0))
    after = [*flat(2.4, 6.0, 1.0), rising, PhaseChanged(6.4, Phase.OUT), *curve(6.2, 7.2, 20.0)]
    assert [phase for phase, _ in told([*one_rep(), *after])][-2:] == ["moving", "out"]


def test_an_arm_that_drops_far_beyond_the_reps_is_on_no_way_back():
    drop = [
        PhaseChanged(2.6, Phase.OUT),
        Movement(2.6, 25.0, (20.0, 60.0, 100.0, 140.0, 160.0)),
        Movement(2.8, 25.0, (165.0, 170.0, 178.0, 172.0, 168.0)),
        PhaseChanged(3.0, Phase.BACK),
        Movement(3.0, 25.0, (168.0, 164.0, 160.0, 158.0, 156.0)),
    ]
    after = [phase for phase, at_s in told([*one_rep(), *drop]) if at_s > 2.6 - 1e-6]
    assert after in (["moving"], ["out", "moving"])


def test_nothing_is_on_its_way_back_when_the_set_is_over():
    events = [
        event
        for event in scripted_set(1, 0.0, 3)
        if not (isinstance(event, PhaseChanged) and event.phase is Phase.STILL and event.at_s > 1.0)
    ]
    assert told(events)[-1][0] == "moving"
    builder = MessageBuilder(stream_info())
    (*_, after_the_set) = builder.build(events)
    said = json.loads(after_the_set.payload)
    assert (said["active"], said["phase"], said["moving"]) == (False, "moving", True)
