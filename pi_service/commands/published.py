"""What `run` tells the broker, and what it is asked: the station, wired to the sensors that it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_service.publish.client import MqttPublisher
    from pi_service.publish.desk import Doing, RequestDesk
    from pi_service.publish.home_assistant import Announcer
    from pi_service.publish.live_station import LiveStation
    from pi_service.publish.settings import BrokerSettings
    from pi_service.publish.tape import Tape
    from pi_service.sources.live import LiveSource
    from pi_service.sources.live_stats import Note


@dataclass(frozen=True, slots=True)
class Outlet:
    """A station's way to the broker, and what comes back on it."""

    settings: BrokerSettings
    publisher: MqttPublisher
    desk: RequestDesk
    announcer: Announcer | None
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
        from pi_service.publish.live_station import LiveStation
        from pi_service.publish.monitor import StationFacts
        from pi_service.publish.requests import Verb

        facts = StationFacts(
            source.identities,
            source.calibrations,
            self.exercises,
            tuple(each.value for each in Verb),
            self.settings.version,
        )
        station = LiveStation(
            self.publisher,
            facts,
            source.stats,
            self.settings.root,
            desk=self.desk,
            do=do,
            announcer=self.announcer,
            tape=tape,
        )
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


@contextmanager
def opened_outlet(
    settings: BrokerSettings | None,
    station: str,
    folder: Path | None,
    *,
    home_assistant: bool,
    own: Collection[str] = (),
) -> Iterator[Outlet | None]:
    """Give the way to the broker, if there is one; what it does not take now waits on disk.

    Parameters
    ----------
    settings
        How the broker is spoken to; None for no broker.
    station
        Name of the station.
    folder
        Where the outbox is; None for the usual place.
    home_assistant
        Whether Home Assistant is told of the station.
    own
        Ids of exercises of somebody's own that can be selected, too.
    """
    if settings is None:
        yield None
        return
    from pi_service.exercises import load_exercises
    from pi_service.publish.client import MqttPublisher
    from pi_service.publish.desk import RequestDesk
    from pi_service.publish.home_assistant import Announcer, birth_topic, discovery
    from pi_service.publish.kept_outbox import KeptOutbox
    from pi_service.publish.state_folder import state_folder
    from pi_service.publish.topics import StationTopics

    topics = StationTopics(station, settings.root)
    desk = RequestDesk()
    exercises = tuple(dict.fromkeys([*load_exercises(), *own]))
    announcer = Announcer(discovery(topics, exercises)) if home_assistant else None
    subscriptions = [(topics.requests(), desk.hear)]
    if announcer is not None:
        subscriptions.append((birth_topic(), announcer.hear))
    publisher = MqttPublisher(
        settings,
        topics,
        outbox=KeptOutbox(folder or state_folder("outbox"), station),
        broker_may_be_away=True,
        subscriptions=subscriptions,
    )
    with publisher:
        yield Outlet(settings, publisher, desk, announcer, exercises)
