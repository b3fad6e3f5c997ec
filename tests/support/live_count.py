"""A station that counts for a test: a real pipeline, its requests answered, the first minutes at once.

The sets that a test needs are counted as fast as they can be; after that the stream goes on in real time with
an athlete at rest, so that somebody can ask for something.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Iterator

import numpy as np
from paho.mqtt.client import MQTTMessage
from support.ports import wait_until

from calibration.imu import ImuBlock
from firmware.readings import Recovered, Trouble
from pi_service.athlete.recording import Order
from pi_service.athlete.task import Task
from pi_service.control import Control
from pi_service.exercises import find_exercise, load_exercises
from pi_service.pipeline import Pipeline
from pi_service.publish.actions import Actions
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.desk import RequestDesk
from pi_service.publish.live_station import LiveStation
from pi_service.publish.monitor import StationFacts
from pi_service.publish.requests import Verb
from pi_service.publish.topics import StationTopics
from pi_service.service import RunSummary, run_stream
from pi_service.sources.base import StreamInfo
from pi_service.sources.live_stats import LiveStats
from pi_service.sources.pacing import Pacer
from pi_service.sources.synthetic import SyntheticSource

#: A set is over and reviewed so long after its last repetition.
_SET_OVER_S = 15.0


class HurriedSource:
    """A simulated athlete's sets as fast as possible; then the athlete rests in real time, without end."""

    def __init__(self, station: str, sets: int, reps: int) -> None:
        order = Order(Task(reps=reps, drink_chance=0.0), sets=sets)
        self._source = SyntheticSource(order, speed=None, station=station)
        self._pacer = Pacer(1.0)
        self.caught_up = threading.Event()

    @property
    def info(self) -> StreamInfo:
        return self._source.info

    def blocks(self) -> Iterator[ImuBlock]:
        for block in self._source.blocks():
            last = block
            yield block
        over_s = float(last.t_s[-1]) + _SET_OVER_S
        for rest in _still(last):
            if rest.t_s[-1] > over_s:
                self.caught_up.set()
                if not self._pacer.due(over_s, float(rest.t_s[-1])):
                    return
            yield rest

    def close(self) -> None:
        self._pacer.close()
        self._source.close()


def _still(block: ImuBlock) -> Iterator[ImuBlock]:
    """Go on from a block with its last sample, a fifth of a second at a time."""
    period_s = float(block.t_s[-1] - block.t_s[-2])
    count = round(0.2 / period_s)
    steps = np.arange(1, count + 1)
    for turn in itertools.count():
        yield ImuBlock(
            block.sensor,
            block.t_s[-1] + period_s * (steps + turn * count),
            np.repeat(block.specific_force_ms2[-1:], count, axis=0),
            np.zeros((count, 3)),
            np.repeat(block.flags[-1:], count),
        )


class LiveCount:
    """Counts on a thread of its own while it is entered; the sets that a test needs are counted by then.

    Parameters
    ----------
    broker
        Where it publishes, and hears requests.
    station
        Its name.
    sets, reps
        How many sets of how many repetitions are done before.

    Attributes
    ----------
    deaf
        While it is set, requests are not heard.
    """

    def __init__(
        self, broker: BrokerAddress, station: str = "bay07", *, sets: int = 1, reps: int = 6
    ) -> None:
        self._source = HurriedSource(station, sets, reps)
        self._desk = RequestDesk()
        topics = StationTopics(station)
        self.deaf = threading.Event()
        self._notes: deque[Trouble | Recovered] = deque()
        self._publisher = MqttPublisher(broker, topics, subscriptions=[(topics.requests(), self._hear)])
        self._thread = threading.Thread(target=self._count, name=f"count-{station}", daemon=True)
        self.summary: RunSummary | None = None

    def __enter__(self) -> LiveCount:
        self._publisher.open()
        self._thread.start()
        wait_until(lambda: self._source.caught_up.is_set() or not self._thread.is_alive(), "the sets", 90.0)
        assert self._thread.is_alive()
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()
        self._thread.join(20.0)
        self._publisher.close()
        assert not self._thread.is_alive()

    def hear(self, note: Trouble | Recovered) -> None:
        """Let the station know what its driver noticed of a sensor."""
        self._notes.append(note)

    def _hear(self, message: MQTTMessage) -> None:
        if not self.deaf.is_set():
            self._desk.hear(message)

    def _count(self) -> None:
        pipeline = Pipeline(find_exercise("vertical_pull"))
        facts = StationFacts({}, {}, tuple(load_exercises()), tuple(each.value for each in Verb))
        station = LiveStation(
            self._publisher,
            facts,
            lambda: LiveStats({}, 0.0, 0, "ordinary"),
            desk=self._desk,
            do=Actions(Control(pipeline)),
        )

        def passed(_at_s: float) -> None:
            while self._notes:
                station.hear(self._notes.popleft())
            station.tick()

        self.summary = run_stream(
            self._source,
            pipeline,
            [station],
            on_progress=passed,
            on_begin=station.deliver_with,
        )
