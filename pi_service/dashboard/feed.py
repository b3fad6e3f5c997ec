"""From messages to the pages that are open: the stations, and who is told that one has changed.

Everything here runs on the server's event loop.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import ValidationError

from pi_service.dashboard.station import Station
from pi_service.dashboard.views import CurveView, StationSummary, WallCard
from pi_service.publish.device_payloads import FaultPayload, HealthPayload, InfoPayload, RecordingPayload
from pi_service.publish.held_payloads import CarryPayload, HoldPayload
from pi_service.publish.payloads import CurvePayload, GapPayload, NoticePayload, Payload, StatePayload
from pi_service.publish.set_payloads import CorrectionPayload, RepPayload, SetPayload
from pi_service.publish.topics import OFFLINE, ONLINE, Kind, parse_topic
from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload
from pi_service.publish.workout_payloads import WorkoutPayload

_P = TypeVar("_P", bound=Payload)

log = logging.getLogger(__name__)

#: Longest message that is read; a set of 100,000 steps names them in 700 KB.
MAX_PAYLOAD_BYTES = 1024 * 1024
#: Most pages that are open at a time.
MAX_PAGES = 200
#: Most stations that are listed; names come from the network.
MAX_STATIONS = 500


class Subscriber(Protocol):
    """Somebody who is told that something has changed, and looks when there is time."""

    def changed(self, name: str, kind: Kind, piece: CurveView | None) -> None:
        """Take note that a message came for a station."""
        ...

    def broker_changed(self) -> None:
        """Take note that the broker came or went, or the history."""
        ...

    def wake(self) -> None:
        """Look again."""
        ...


class _Pictures:
    """What a station looks like now, made once for all pages that show it."""

    def __init__(self) -> None:
        self.view: bytes | None = None
        self.card: WallCard | None = None


class Feed:
    """What is known of all stations, and the pages that look at it.

    Parameters
    ----------
    root
        What the topics begin with.

    Attributes
    ----------
    refused
        Messages that were not understood.
    history_problem
        Why no history is written at the moment.
    broker_problem
        Why the broker is not connected, as far as that is known.
    """

    def __init__(self, root: str) -> None:
        self.refused = 0
        self.broker_connected = False
        self.broker_problem = ""
        self.history_problem: str | None = None
        self.closed = False
        self._root = root
        self._stations: dict[str, Station] = {}
        self._pictures: dict[str, _Pictures] = {}
        self._subscribers: set[Subscriber] = set()

    def station(self, name: str) -> Station | None:
        """Return a station by name."""
        return self._stations.get(name)

    def stations(self) -> list[Station]:
        """Return every station that was heard of."""
        return list(self._stations.values())

    def summaries(self) -> list[StationSummary]:
        """Return the list of stations, by name."""
        return [self._stations[name].summary() for name in sorted(self._stations)]

    def names(self) -> list[str]:
        """Return the names of all stations in the order of the alphabet."""
        return sorted(self._stations)

    def view_json(self, name: str | None) -> bytes:
        """Return everything about a station but its curve, as JSON; ``null`` for one that is not known."""
        station = self._stations.get(name) if name else None
        if station is None:
            return b"null"
        pictures = self._pictures.setdefault(station.name, _Pictures())
        if pictures.view is None:
            pictures.view = station.view().model_dump_json().encode()
        return pictures.view

    def card(self, name: str) -> WallCard:
        """Return the card of a station that is known."""
        pictures = self._pictures.setdefault(name, _Pictures())
        if pictures.card is None:
            pictures.card = self._stations[name].card()
        return pictures.card

    def default_station(self) -> str | None:
        """Return the station that a page shows when none was asked for.

        Where a set is open comes first, then who is there at all, then the alphabet.
        """
        return min(self._stations, key=self._rank, default=None)

    def _rank(self, name: str) -> tuple[bool, bool, str]:
        station = self._stations[name]
        return (not station.online, not (station.online and station.active), name)

    def is_online(self, name: str | None) -> bool:
        """Say whether a station is there."""
        station = self._stations.get(name) if name else None
        return station is not None and station.online

    def take(self, topic: str, payload: bytes, *, retained: bool, now: datetime) -> None:
        """Take a message from the broker; what is not understood is counted and left out."""
        parsed = parse_topic(topic, self._root)
        if parsed is None or len(payload) > MAX_PAYLOAD_BYTES:
            self._refuse(topic, "not one of ours")
            return
        name, kind = parsed
        known = self._stations.get(name)
        if known is None and len(self._stations) >= MAX_STATIONS:
            self._refuse(topic, "too many stations")
            return
        station = known or Station(name)
        try:
            piece = _apply(station, kind, payload)
        except (ValidationError, ValueError) as error:
            self._refuse(topic, str(error))
            return
        self._stations[name] = station
        # A retained message tells what was, not that somebody is there.
        if not retained and payload != OFFLINE:
            station.heard_at = now
        if kind is not Kind.CURVE:
            self._pictures.pop(name, None)
        for subscriber in self._subscribers:
            subscriber.changed(name, kind, piece)

    def set_broker_connected(self, connected: bool, problem: str = "") -> None:
        """Tell the pages whether the broker is there, or keep in mind what keeps it away."""
        self.broker_problem = problem
        if connected is self.broker_connected:
            return
        self.broker_connected = connected
        for subscriber in self._subscribers:
            subscriber.broker_changed()

    def set_history_problem(self, problem: str | None) -> None:
        """Tell the pages why no history is written, or that it is again."""
        self.history_problem = problem
        for subscriber in self._subscribers:
            subscriber.broker_changed()

    @property
    def full(self) -> bool:
        """True while as many pages are open as may be."""
        return len(self._subscribers) >= MAX_PAGES

    def add(self, subscriber: Subscriber) -> None:
        """Tell somebody of changes from now on."""
        self._subscribers.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Tell somebody no more."""
        self._subscribers.discard(subscriber)

    def close(self) -> None:
        """End all subscriptions, so that the server can stop."""
        self.closed = True
        for subscriber in self._subscribers:
            subscriber.wake()

    def _refuse(self, topic: str, reason: str) -> None:
        self.refused += 1
        log.debug("A message on %r was left out: %s", topic[:200], reason)


def _apply(station: Station, kind: Kind, payload: bytes) -> CurveView | None:
    match kind:
        case Kind.AVAILABILITY:
            if payload not in (ONLINE, OFFLINE):
                raise ValueError("neither online nor offline")
            station.online = payload == ONLINE
        case Kind.STATE:
            station.take_state(_read(StatePayload, station, payload))
        case Kind.REP:
            station.take_rep(_read(RepPayload, station, payload))
        case Kind.SET | Kind.SET_LAST:
            station.take_set(_read(SetPayload, station, payload))
        case Kind.CORRECTION:
            station.take_correction(_read(CorrectionPayload, station, payload))
        case Kind.GAP:
            station.take_gap(_read(GapPayload, station, payload))
        case Kind.NOTICE:
            station.device.take_notice(_read(NoticePayload, station, payload))
        case Kind.HOLD:
            station.take_hold(_read(HoldPayload, station, payload))
        case Kind.CARRY:
            _read(CarryPayload, station, payload)  # checked; the state says the same
        case Kind.VERDICT:
            station.judged.take_rep(_read(VerdictPayload, station, payload))
        case Kind.SET_VERDICT:
            station.judged.take_set(_read(SetVerdictPayload, station, payload))
        case Kind.INFO:
            station.device.info = _read(InfoPayload, station, payload)
        case Kind.WORKOUT:
            _read(WorkoutPayload, station, payload)  # checked; the state says the same
        case Kind.HEALTH:
            station.device.take_health(_read(HealthPayload, station, payload))
        case Kind.RECORDING:
            station.device.recorded = _read(RecordingPayload, station, payload)
        case Kind.FAULT:
            station.device.take_fault(_read(FaultPayload, station, payload))
        case Kind.CURVE:
            return station.take_curve(_read(CurvePayload, station, payload))
    return None


def _read(model: type[_P], station: Station, payload: bytes) -> _P:
    message = model.from_bytes(payload)
    if message.station != station.name:
        raise ValueError("the station in the message is not the one in the topic")
    return message
