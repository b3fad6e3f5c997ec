"""A torso whose sensor is the one that counts: good mornings, back extensions, sit-ups."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np
import pytest
from support.chunks import cut

from calibration.imu import ImuBlock
from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from firmware.samples import SensorRole
from pi_service.athlete.movements import find_movement
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.coaching.facts import Worn
from pi_service.coaching.verdict import Basis, Verdict
from pi_service.exercises import RuleName, exercise_of_text
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, RepJudged, SetJudged, TorsoTilted

RATE_HZ = 50.0


def _rule(name: str, most: float) -> str:
    return (
        f'[rules.{name}]\nmost = {most}\nbound_from = "own default"\ncue = "Mind it."\nwhy = "It matters."\n'
    )


BOWS = exercise_of_text(
    'id = "bow"\nname = "Bow"\nkind = "reps"\nplacements = ["torso"]\n[phases]\nout = "by_height"\n'
    + _rule("torso", 40.0)
    + _rule("side_bend", 10.0)
    + _rule("lean_back", 5.0)
    + _rule("hips_first", 8.0),
    "bow.toml",
)


@functools.cache
def bowing() -> tuple[ImuBlock, Worn]:
    """The torso of somebody who does dead lifts, and how its sensor sits; it is the only one."""
    session = Session(1003, Task(find_movement("dead_lift"), reps=6, walk=False, drink_chance=0.0))
    t_s = np.arange(round(session.bout(0).duration_s * RATE_HZ)) / RATE_HZ
    force_ms2, rate_rads = session.worn("torso")(t_s)
    x, y, z = ((float(a), float(b), float(c)) for a, b, c in session.person.clip("torso").T)
    sits = Worn(PlacementKind.TORSO, limb=Placement((x, y, z), PlacementKind.TORSO))
    return ImuBlock(SensorRole.LIMB, t_s, force_ms2, rate_rads, np.zeros(len(t_s), np.uint8)), sits


def events_of(size: int, pipeline: Pipeline | None = None) -> list[Event]:
    trace, sits = bowing()
    counter = pipeline or Pipeline(BOWS, sits=sits, main=SensorRole.LIMB)
    events: list[Event] = []
    for number, block in enumerate(cut([trace], [size])):
        events += counter.step(block)
        if pipeline is None and number % 5 == 4:
            saved, counter = counter.save(), Pipeline(BOWS, sits=sits, main=SensorRole.LIMB)
            counter.restore(saved)
    return events + counter.finish()


def judged(events: Iterable[Event]) -> dict[RuleName, Verdict | str]:
    (of_set,) = [event.judgement for event in events if isinstance(event, SetJudged)]
    found: dict[RuleName, Verdict | str] = {each.rule: each.reason for each in of_set.unjudged}
    return {**found, **{each.verdict.rule: each.verdict for each in of_set.verdicts}}


def test_it_is_judged_by_the_sensor_that_counts() -> None:
    events = events_of(50)
    found = judged(events)
    torso, back = found[RuleName.TORSO], found[RuleName.LEAN_BACK]
    assert isinstance(torso, Verdict)
    assert (torso.basis, torso.ok) == (Basis.MEASURED, False)
    assert torso.measured == pytest.approx(52.0, abs=4.0)
    assert isinstance(back, Verdict)
    assert back.measured == pytest.approx(-2.0, abs=3.0)
    assert isinstance(found[RuleName.SIDE_BEND], Verdict)
    assert found[RuleName.HIPS_FIRST] == "the counting sensor is not on the weight"
    assert max(event.tilt_deg for event in events if isinstance(event, TorsoTilted)) > 40.0
    assert any(isinstance(event, RepJudged) and event.cue is not None for event in events)


def test_any_blocks_and_saved_states_give_the_same() -> None:
    _, sits = bowing()
    whole = events_of(100_000, Pipeline(BOWS, sits=sits, main=SensorRole.LIMB))
    assert events_of(7) == events_of(50) == whole
