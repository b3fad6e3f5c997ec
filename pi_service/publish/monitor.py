"""What a live station says about itself: `info` first, `health` every 10 s, each `fault` that comes or goes.

None of it is in a recording: it depends on the day, on the broker and on the computer.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, Protocol

from calibration.value import Calibration
from firmware.identity import SensorIdentity
from firmware.readings import Recovered
from firmware.readings import Trouble as SensorTrouble
from firmware.roles import SensorRole
from pi_service import __version__
from pi_service.publish.device_payloads import FaultPayload, HealthPayload, InfoPayload, RecordingPayload
from pi_service.publish.message import Message, Trouble
from pi_service.publish.payloads import utc_text
from pi_service.publish.process_use import ProcessUse, memory_mb
from pi_service.publish.tape import NoTape, Tape, TapeState
from pi_service.publish.topics import Kind, StationTopics
from pi_service.publish.wall_clock import WallClock
from pi_service.sources.base import StreamInfo
from pi_service.sources.live_stats import LiveStats, Note, SensorLiveStats

#: A station says so often how it is (s).
HEALTH_PERIOD_S: Final = 10.0
#: So often the samples are counted for their rate (s).
_COUNTED_S: Final = 1.0
#: With MQTT 5 the broker forgets that after so long.
_EXPIRES_S: Final = 60


class Way(Protocol):
    """What the monitor has to know of the way to the broker."""

    @property
    def dropped(self) -> int:
        """Events that are lost."""
        ...

    def waiting(self) -> int:
        """Return how many messages have not arrived yet."""
        ...

    def troubles(self) -> Sequence[Trouble]:
        """Return what is wrong with it now."""
        ...


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What a station is.

    Attributes
    ----------
    sensors
        The sensors that are read.
    calibrations
        What their counts become SI units with.
    exercises
        Ids of the exercises that can be selected.
    requests
        What can be asked for.
    mqtt
        Version of MQTT.
    """

    sensors: Mapping[SensorRole, SensorIdentity]
    calibrations: Mapping[SensorRole, Calibration]
    exercises: tuple[str, ...]
    requests: tuple[str, ...] = ()
    mqtt: Literal["3.1.1", "5"] = "3.1.1"


class Monitor:
    """Watches a live station.

    Parameters
    ----------
    info
        The stream.
    topics, session
        Where it is told, and as which session.
    way
        The way to the broker.
    stats
        Gives what happened to the sensors so far.
    tape
        Records the samples.
    clock, now
        Monotonic clock (s), and wall clock.
    """

    def __init__(
        self,
        info: StreamInfo,
        topics: StationTopics,
        session: str,
        *,
        way: Way,
        stats: Callable[[], LiveStats],
        tape: Tape | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._info = info
        self._topics = topics
        self._session = session
        self._way = way
        self._stats = stats
        self._tape: Tape = NoTape() if tape is None else tape
        self._said_of_tape = TapeState() if tape is None else None
        self._clock = clock
        self._now = now
        self._begun_s = self._said_s = clock()
        self._use = ProcessUse()
        # How many samples there were, about once a second: a rate is that of the last 10 s, whoever asks.
        self._delivered: deque[tuple[float, dict[SensorRole, int]]] = deque([(self._begun_s, {})])
        self._wall = WallClock(clock, now)
        self._facts: StationFacts | None = None
        self._heard: list[SensorTrouble | Recovered] = []
        self._active: dict[str, FaultPayload] = {}
        self._faults = 0

    def info(self, facts: StationFacts) -> Message:
        """Return the message that says what the station is."""
        self._facts = facts
        sensors = list(facts.sensors)
        used = [facts.calibrations[role] for role in sensors]
        payload = InfoPayload(
            **self.envelope(),
            software=f"repclip {__version__}",
            started_ts=utc_text(self._info.started_at),
            clock_offset_s=self._wall.offset_s,
            mqtt=facts.mqtt,
            exercise=self._info.exercise,
            exercises=facts.exercises,
            requests=facts.requests,
            sensors=tuple(role.value for role in sensors),
            sensor_chip=tuple(facts.sensors[role].chip for role in sensors),
            sensor_rate_hz=tuple(self._info.rates_hz[role] for role in sensors),
            sensor_accel_range_g=tuple(each.accel_range_g for each in used),
            sensor_gyro_range_dps=tuple(each.gyro_range_dps for each in used),
            sensor_calibration=tuple(each.kind for each in used),
            sensor_calibrated_ts=tuple(
                None if each.made_at is None else utc_text(each.made_at) for each in used
            ),
        )
        return Message(self._topics.of(Kind.INFO), payload.to_bytes(), 1, retain=True)

    def hear(self, note: Note) -> None:
        """Take note of what the sensors tell."""
        if isinstance(note, SensorTrouble | Recovered):
            self._heard.append(note)

    def due(self) -> list[Message]:
        """Return what is to be said now.

        What it is where its clock was put right, whether it records, faults that came or went, and every 10 s
        how the station is.
        """
        messages = [*self._put_right(), *self.recording_due(), *self._faults_due()]
        at_s = self._clock()
        is_due = at_s - self._said_s >= HEALTH_PERIOD_S
        if is_due:
            messages.append(self.health())
        if is_due or at_s - self._delivered[-1][0] >= _COUNTED_S:
            self._delivered.append(
                (at_s, {role: each.delivered for role, each in self._stats().sensors.items()})
            )
        return messages

    def _put_right(self) -> list[Message]:
        changed = self._wall.look()
        return [self.info(self._facts)] if changed and self._facts is not None else []

    def recording_due(self) -> list[Message]:
        """Return the message that says whether it records, if that has not been said."""
        state = self._tape.state
        if state == self._said_of_tape:
            return []
        self._said_of_tape = state
        payload = RecordingPayload(
            **self.envelope(),
            recording=state.recording,
            file=state.file,
            started_ts=None if state.started_at is None else utc_text(state.started_at),
            ended_ts=None if state.ended_at is None else utc_text(state.ended_at),
        )
        # Not kept on disk: the next process says its own when it begins.
        return [Message(self._topics.of(Kind.RECORDING), payload.to_bytes(), 1, retain=True, live=True)]

    def health(self) -> Message:
        """Return the message that says how the station is."""
        at_s = self._clock()
        self._said_s = at_s
        while len(self._delivered) > 1 and at_s - self._delivered[1][0] >= HEALTH_PERIOD_S:
            self._delivered.popleft()
        stats = self._stats()
        keys: dict[str, Any] = {}
        for role, each in stats.sensors.items():
            keys |= self._sensor_keys(role, each, at_s)
        payload = HealthPayload(
            **self.envelope(),
            up_s=round(at_s - self._begun_s, 1),
            queue_s=round(stats.waiting_s, 3),
            cpu_percent=round(self._use.cpu_percent(), 1),
            memory_mb=round(memory_mb(), 1),
            outbox_waiting=self._way.waiting(),
            outbox_dropped=self._way.dropped,
            faults=tuple(self._active),
            **keys,
        )
        return Message(
            self._topics.of(Kind.HEALTH),
            payload.to_bytes(),
            qos=0,
            retain=False,
            live=True,
            expires_s=_EXPIRES_S,
        )

    def _sensor_keys(self, role: SensorRole, each: SensorLiveStats, at_s: float) -> dict[str, Any]:
        since_s, before = self._delivered[0]
        new, passed_s = each.delivered - before.get(role, 0), at_s - since_s
        read, clock = each.read, each.read.clock
        temperature_c = read.temperature_c
        keys = {
            "rate_hz": None if passed_s <= 0 else round(new / passed_s, 2),
            "gaps": each.gaps,
            "lost_samples": each.lost_samples,
            "bus_errors": read.bus_errors,
            "restarts": read.restarts,
            "clipped": each.clipped,
            "temperature_c": None if temperature_c is None else round(temperature_c, 2),
            "silent_s": round(read.silent_s, 2),
            "clock_ppm": None if clock is None else round(clock.drift_ppm, 1),
            "clock_uncertainty_us": None if clock is None else round(clock.uncertainty_us, 1),
        }
        return {f"{role.value}_{key}": value for key, value in keys.items()}

    def _faults_due(self) -> list[Message]:
        heard, self._heard = self._heard, []
        messages: list[Message] = []
        for note in heard:
            if isinstance(note, SensorTrouble):
                messages += self._begin(f"{note.role.value}_{note.cause.value}", note.advice, note.role.value)
            else:
                ended = [each.what for each in self._active.values() if each.sensor == note.role.value]
                messages += [self._end(what) for what in ended]
        troubles = (*self._way.troubles(), *self._tape.troubles(), *self._wall.troubles())
        now = {each.what: each.text for each in troubles}
        for each in list(self._active.values()):
            if each.sensor is None and each.what not in now:
                messages.append(self._end(each.what))
        for what, text in now.items():
            messages += self._begin(what, text, None)
        return messages

    def _begin(self, what: str, text: str, sensor: str | None) -> list[Message]:
        if what in self._active:
            return []
        payload = self._fault(what, text, sensor, active=True)
        self._active[what] = payload
        return [self._message_of(payload)]

    def _end(self, what: str) -> Message:
        over = self._active.pop(what)
        return self._message_of(self._fault(what, over.text, over.sensor, active=False))

    def _fault(self, what: str, text: str, sensor: str | None, *, active: bool) -> FaultPayload:
        self._faults += 1
        return FaultPayload(
            **self.envelope(), fault=self._faults, what=what, active=active, text=text[:600], sensor=sensor
        )

    def _message_of(self, payload: FaultPayload) -> Message:
        return Message(self._topics.of(Kind.FAULT), payload.to_bytes(), 1, retain=False, vital=True)

    def envelope(self) -> dict[str, Any]:
        """Return what every message says that is of now."""
        return {
            "station": self._info.station,
            "session": self._session,
            "ts": utc_text(self._now()),
            "simulated": self._info.simulated,
        }
