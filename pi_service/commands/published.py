"""What `run` tells the broker, and what it is asked: the station, wired to the sensors that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pi_service.publish.desk import Done

if TYPE_CHECKING:
    from calibration.value import Calibration
    from firmware.identity import SensorIdentity
    from firmware.roles import SensorRole
    from pi_service.commands.wanted import Wanted
    from pi_service.publish.client import MqttPublisher
    from pi_service.publish.desk import Doing, RequestDesk
    from pi_service.publish.home_assistant import Announcer
    from pi_service.publish.live_station import LiveStation
    from pi_service.publish.more_troubles import MoreTroubles
    from pi_service.publish.settings import BrokerSettings
    from pi_service.publish.tape import Tape
    from pi_service.publish.topics import StationTopics
    from pi_service.sources.live import LiveSource
    from pi_service.sources.live_stats import LiveStats, Note


@dataclass(frozen=True, slots=True)
class Outlet:
    """A station's way to the broker, and what comes back on it.

    Attributes
    ----------
    settings, topics
        How the broker is spoken to, and where the station says what.
    publisher
        The way itself.
    way
        The same with the troubles of a station that has no sensors yet.
    desk
        Where requests wait.
    announcer
        Tells Home Assistant of the station, or not.
    exercises
        Ids of those that can be selected.
    """

    settings: BrokerSettings
    topics: StationTopics
    publisher: MqttPublisher
    way: MoreTroubles
    desk: RequestDesk
    announcer: Announcer
    exercises: tuple[str, ...]

    def station_of(self, source: LiveSource, do: Doing, tape: Tape | None = None) -> LiveStation:
        """Return the station of a live source; it hears of the source's troubles from now on.

        Parameters
        ----------
        source
            What it reads.
        do
            Does what is asked for.
        tape
            Records the samples; None for a station that does not.
        """
        station = self._station(source.identities, source.calibrations, source.stats, do, tape)
        told, idle = source.on_note, source.on_idle

        def heard(note: Note) -> None:
            station.hear(note)
            if told is not None:
                told(note)

        def waiting() -> None:
            if idle is not None:
                idle()
            station.tick()

        source.on_note, source.on_idle = heard, waiting
        return station

    def waiting_station(self, exercise: str | None) -> LiveStation:
        """Return a station that has no sensor yet, and has begun: it can only say how it is."""
        from pi_service.publish.errors import RequestError
        from pi_service.publish.requests import Health, Request
        from pi_service.sources.base import StreamInfo
        from pi_service.sources.live_stats import LiveStats

        def only_health(request: Request) -> Done:
            if not isinstance(request, Health):
                raise RequestError("No sensor answers: plug it in, then ask again.")
            return Done()

        nothing = LiveStats({}, 0.0, 0, "")
        station = self._station({}, {}, lambda: nothing, only_health)
        station.begin(StreamInfo(self.topics.station, datetime.now(UTC), exercise, {}))
        return station

    def _station(
        self,
        identities: Mapping[SensorRole, SensorIdentity],
        calibrations: Mapping[SensorRole, Calibration],
        stats: Callable[[], LiveStats],
        do: Doing,
        tape: Tape | None = None,
    ) -> LiveStation:
        from pi_service.publish.live_station import LiveStation
        from pi_service.publish.monitor import StationFacts
        from pi_service.publish.requests import Verb

        facts = StationFacts(
            identities,
            calibrations,
            self.exercises,
            tuple(each.value for each in Verb),
            self.settings.version,
        )
        return LiveStation(
            self.way,
            facts,
            stats,
            self.settings.root,
            desk=self.desk,
            do=do,
            announcer=self.announcer,
            tape=tape,
        )


@contextmanager
def opened_outlet(wanted: Wanted) -> Iterator[Outlet | None]:
    """Give the way to the broker, if there is one; what it does not take now waits on disk."""
    settings = wanted.broker
    if settings is None:
        yield None
        return
    from pi_service.exercises import load_exercises
    from pi_service.publish.client import MqttPublisher
    from pi_service.publish.desk import RequestDesk
    from pi_service.publish.home_assistant import Announcer, birth_topic, discovery, removal
    from pi_service.publish.kept_outbox import KeptOutbox
    from pi_service.publish.more_troubles import MoreTroubles
    from pi_service.publish.state_folder import state_folder
    from pi_service.publish.topics import StationTopics

    topics = StationTopics(wanted.station, settings.root)
    desk = RequestDesk()
    exercises = tuple(dict.fromkeys([*load_exercises(), *wanted.own_exercises]))
    announcer = Announcer(discovery(topics, exercises), removal(topics), announces=wanted.home_assistant)
    publisher = MqttPublisher(
        settings,
        topics,
        outbox=KeptOutbox(wanted.outbox or state_folder("outbox"), wanted.station),
        broker_may_be_away=True,
        subscriptions=[(topics.requests(), desk.hear), (birth_topic(), announcer.hear)],
    )
    with publisher:
        yield Outlet(settings, topics, publisher, MoreTroubles(publisher), desk, announcer, exercises)
