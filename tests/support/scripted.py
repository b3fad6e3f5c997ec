"""Scripted events: sets of plausible reps, as a pipeline would tell of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from support.mosquitto import Mosquitto

from firmware.samples import SensorRole
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.messages import MessageBuilder
from pi_service.reps.found import Measures, Velocity
from pi_service.sources.base import StreamInfo
from pi_service.workout.events import (
    Event,
    Movement,
    Phase,
    PhaseChanged,
    Rep,
    RepCounted,
    RepsCorrected,
    SetEnded,
    SetStarted,
)

CURVE_HZ = 25.0
_PIECE_S = 0.2
_REP_S = 2.4
_OUT_S = 1.1
_REST_S = 4.0
_RANGE_DEG = 84.0


def stream_info(station: str = "bay07", exercise: str | None = "vertical_pull") -> StreamInfo:
    started_at = datetime(2026, 3, 4, 17, 5, 6, 123456, tzinfo=UTC)
    return StreamInfo(station, started_at, exercise, {SensorRole.LIMB: 100.0})


def make_rep(number: int, start_s: float, range_deg: float = _RANGE_DEG) -> Rep:
    end_s = start_s + _REP_S
    measures = Measures(
        leaves_s=start_s,
        reaches_s=start_s + 1.0,
        returns_s=start_s + 1.2,
        arrives_s=end_s,
        back_is_over=True,
        range_deg_uncertainty=0.9,
        range_m_uncertainty=0.02,
        out=Velocity(0.433, 0.81, 0.02, 0.03),
        back=Velocity(-0.371, -0.7, 0.02, 0.03),
        home_pause_s=None if number == 1 else 0.0,
    )
    return Rep(
        number,
        start_s,
        start_s + _OUT_S,
        end_s,
        end_s + 0.15,
        range_deg,
        0.52,
        0.9,
        measures,
        out_lifts=True,
    )


def _way(since_s: float) -> float:
    """0 at the start and the end of a rep, 1 where it turns."""
    part = since_s / _OUT_S if since_s < _OUT_S else (_REP_S - since_s) / (_REP_S - _OUT_S)
    return math.sin(math.pi / 2 * max(0.0, part)) ** 2


def curve(start_s: float, end_s: float, range_deg: float = 0.0) -> list[Event]:
    """One rep's curve, or rest, in pieces."""
    pieces: list[Event] = []
    for index in range(round((end_s - start_s) / _PIECE_S)):
        at_s = start_s + index * _PIECE_S
        times = [at_s + step / CURVE_HZ for step in range(round(_PIECE_S * CURVE_HZ))]
        values = [
            range_deg * _way((time - start_s) % _REP_S) + 0.6 + 0.4 * math.sin(7.0 * time) for time in times
        ]
        pieces.append(Movement(at_s + _PIECE_S, CURVE_HZ, tuple(values)))
    return pieces


def scripted_set(
    set_number: int,
    start_s: float,
    reps: int,
    *,
    exercise: str = "vertical_pull",
    withdrawn: Sequence[int] = (),
    finished: bool = True,
) -> list[Event]:
    """A set and the rest before it, in the order of time; `start_s` is when the rest begins."""
    first_s = start_s + _REST_S
    events: list[Event] = [
        PhaseChanged(start_s, Phase.STILL),
        *curve(start_s, first_s),
        SetStarted(first_s, set_number, exercise, first_s),
    ]
    done: list[Rep] = []
    for number in range(1, reps + 1):
        rep_s = first_s + (number - 1) * _REP_S
        range_deg = _RANGE_DEG - 1.7 * number + 3.0 * math.sin(2.1 * number)
        pieces = curve(rep_s, rep_s + _REP_S, range_deg)
        rep = make_rep(number, rep_s, range_deg)
        done.append(rep)
        events += [PhaseChanged(rep_s, Phase.OUT), *[p for p in pieces if p.at_s <= rep.turn_s]]
        events += [PhaseChanged(rep.turn_s, Phase.BACK), *[p for p in pieces if p.at_s > rep.turn_s]]
        events.append(RepCounted(rep.end_s, set_number, exercise, rep, number, "live"))
    end_s = first_s + reps * _REP_S
    if not finished:
        return events
    kept = tuple(rep for rep in done if rep.number not in withdrawn)
    events += [PhaseChanged(end_s, Phase.STILL), *curve(end_s, end_s + 3.0)]
    over_s = end_s + 3.0
    if withdrawn:
        events.append(RepsCorrected(over_s, set_number, exercise, (), tuple(withdrawn), len(kept)))
    events.append(SetEnded(over_s, set_number, exercise, first_s, end_s, reps, len(kept), kept))
    return events


def scripted_workout(set_reps: Sequence[int]) -> Iterator[Event]:
    at_s = 0.0
    for number, reps in enumerate(set_reps, start=1):
        events = scripted_set(number, at_s, reps)
        at_s = events[-1].at_s
        yield from events


class ScriptedStation:
    """A station that publishes scripted events while it is entered; its `StreamInfo` may be changed."""

    def __init__(self, broker: Mosquitto, name: str = "bay07", **changes: Any) -> None:
        self.builder = MessageBuilder(replace(stream_info(name), **changes))
        self.publisher = MqttPublisher(BrokerAddress(broker.host, broker.port), self.builder.topics)

    def __enter__(self) -> ScriptedStation:
        self.publisher.open()
        self.publisher.publish(self.builder.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.publisher.close()

    def tell(self, events: Sequence[Event]) -> None:
        self.publisher.publish(self.builder.build(events))
