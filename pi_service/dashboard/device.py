"""What a station says of itself: what it can do, how it is, what is wrong, whether it records."""

from __future__ import annotations

from collections import deque
from typing import Final

from pi_service.dashboard.exercise_facts import facts_of
from pi_service.dashboard.now_views import (
    ExerciseView,
    FaultView,
    HealthView,
    NoticeView,
    RecordingView,
    SensorView,
)
from pi_service.publish.device_payloads import FaultPayload, HealthPayload, InfoPayload, RecordingPayload
from pi_service.publish.payloads import NoticePayload

#: Notices that are kept for the page.
NOTICES_KEPT: Final = 5
#: Faults that are kept; names come from the network.
FAULTS_KEPT: Final = 50
_SENSORS: Final = ("limb", "torso")
#: A sensor that has been silent for so long (s) is not well, though no fault has come yet.
_SILENT_S: Final = 2.0


class Device:
    """The messages `info`, `health`, `fault`, `notice` and `recording` of one station.

    Attributes
    ----------
    info
        What it is; None before it has said so.
    health
        How it said last that it was.
    recorded
        Whether it records.
    """

    def __init__(self) -> None:
        self.info: InfoPayload | None = None
        self.health: HealthPayload | None = None
        self.recorded: RecordingPayload | None = None
        self._faults: dict[str, FaultView] = {}
        self._faults_of = ("", 0)
        self._notices: deque[NoticePayload] = deque(maxlen=NOTICES_KEPT)

    def take_health(self, health: HealthPayload) -> None:
        """Remember how it is; what it names as wrong is all that is wrong now."""
        self.health = health
        self._faults = {
            what: self._faults.get(what) or _unheard(what) for what in health.faults[:FAULTS_KEPT]
        }

    def take_fault(self, fault: FaultPayload) -> None:
        """Remember that something is wrong, or no longer; a late repetition changes nothing."""
        session, number = self._faults_of
        if fault.session == session and fault.fault <= number:
            return
        if fault.session != session:
            self._faults.clear()
        self._faults_of = (fault.session, fault.fault)
        self._faults.pop(fault.what, None)
        if fault.active and len(self._faults) < FAULTS_KEPT:
            self._faults[fault.what] = FaultView(what=fault.what, text=fault.text, sensor=fault.sensor)

    def take_notice(self, notice: NoticePayload) -> None:
        """Remember a notice, unless it is known."""
        if all((notice.session, notice.seq) != (each.session, each.seq) for each in self._notices):
            self._notices.append(notice)

    def exercises(self) -> tuple[ExerciseView, ...]:
        """Return what can be selected, by name."""
        ids = self.info.exercises if self.info else ()
        told = ((each, facts_of(each)) for each in ids)
        views = (ExerciseView(id=each, name=facts.name, kind=facts.kind) for each, facts in told)
        return tuple(sorted(views, key=lambda each: each.name.casefold()))

    def requests(self) -> tuple[str, ...]:
        """Return what it can be asked for."""
        return self.info.requests if self.info else ()

    def recording(self) -> RecordingView:
        """Return whether it records."""
        told = self.recorded
        if told is None:
            return RecordingView(on=False, file=None, since_ts=None)
        return RecordingView(on=told.recording, file=told.file, since_ts=told.started_ts)

    def notices(self) -> tuple[NoticeView, ...]:
        """Return the last notices, oldest first."""
        return tuple(
            NoticeView(ts=each.ts, what=each.what, text=each.text, sensor=each.sensor)
            for each in self._notices
        )

    def view(self) -> HealthView:
        """Return how it is."""
        health = self.health
        sensors = tuple(view for name in _SENSORS if (view := self._sensor(name)) is not None)
        return HealthView(
            ok=not self._faults and all(each.ok for each in sensors),
            queue_s=health.queue_s if health else None,
            outbox_waiting=health.outbox_waiting if health else None,
            sensors=sensors,
            faults=tuple(self._faults.values()),
        )

    def _sensor(self, name: str) -> SensorView | None:
        """Return how a sensor is, if the station has it."""
        keys = ("rate_hz", "lost_samples", "bus_errors", "silent_s", "temperature_c")
        told = {key: getattr(self.health, f"{name}_{key}", None) for key in keys}
        faulty = any(each.sensor == name for each in self._faults.values())
        if not faulty and all(value is None for value in told.values()):
            return None
        silent_s = told["silent_s"]
        ok = not faulty and (silent_s is None or silent_s < _SILENT_S)
        return SensorView.model_validate({"sensor": name, "ok": ok, **told})


def _unheard(what: str) -> FaultView:
    """Return a fault of which no more than the name was heard."""
    words = what.replace("_", " ")
    text = f"{words[:1].upper()}{words[1:]}: the station's log says more."
    sensor = next((name for name in _SENSORS if what.startswith(f"{name}_")), None)
    return FaultView(what=what, text=text, sensor=sensor)
