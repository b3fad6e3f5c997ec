"""From messages to the pages that are open: the stations, and one subscription a page.

Everything here runs on the server's event loop. A page that is slow gets fewer, newer pictures and
never a backlog: a subscription holds what has changed, not what has happened.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from pi_service.dashboard.station import Station
from pi_service.dashboard.views import CurveView, StationSummary
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
#: Most stations that are listed; names come from the network.
MAX_STATIONS = 500
# A page that hears nothing for two of these knows that the line is dead.
_PING_S = 10.0
_PIECES_KEPT = 256


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
    """

    def __init__(self, root: str) -> None:
        self.refused = 0
        self.broker_connected = False
        self.closed = False
        self._root = root
        self._stations: dict[str, Station] = {}
        self._subscriptions: set[Subscription] = set()

    def station(self, name: str) -> Station | None:
        """Return a station by name."""
        return self._stations.get(name)

    def stations(self) -> list[Station]:
        """Return every station that was heard of."""
        return list(self._stations.values())

    def summaries(self) -> list[StationSummary]:
        """Return the list of stations, by name."""
        return [self._stations[name].summary() for name in sorted(self._stations)]

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
        for subscription in self._subscriptions:
            subscription.changed(name, kind, piece)

    def set_broker_connected(self, connected: bool) -> None:
        """Tell the pages whether the broker is there."""
        self.broker_connected = connected
        for subscription in self._subscriptions:
            subscription.broker_changed()

    def subscribe(self, name: str | None) -> Subscription:
        """Open a subscription of one station, or of whichever comes first."""
        subscription = Subscription(self, name)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End all subscriptions, so that the server can stop."""
        self.closed = True
        for subscription in self._subscriptions:
            subscription.wake()

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
            _read(NoticePayload, station, payload)  # checked; the page has no place for it yet
        case Kind.HOLD:
            station.take_hold(_read(HoldPayload, station, payload))
        case Kind.CARRY:
            _read(CarryPayload, station, payload)  # checked; the state says the same
        case Kind.VERDICT:
            station.judged.take_rep(_read(VerdictPayload, station, payload))
        case Kind.SET_VERDICT:
            station.judged.take_set(_read(SetVerdictPayload, station, payload))
        case Kind.INFO:
            _read(InfoPayload, station, payload)  # checked; the page has no place for it yet
        case Kind.WORKOUT:
            _read(WorkoutPayload, station, payload)
        case Kind.HEALTH:
            station.health = _read(HealthPayload, station, payload)
        case Kind.RECORDING:
            _read(RecordingPayload, station, payload)  # checked; the page has no place for it yet
        case Kind.FAULT:
            _read(FaultPayload, station, payload)
        case Kind.CURVE:
            return station.take_curve(_read(CurvePayload, station, payload))
    return None


def _read(model: type[_P], station: Station, payload: bytes) -> _P:
    message = model.from_bytes(payload)
    if message.station != station.name:
        raise ValueError("the station in the message is not the one in the topic")
    return message


class Subscription:
    """What one open page has not seen yet.

    Parameters
    ----------
    feed
        Where it comes from.
    name
        The station; None follows one that is there, and stays with it while it is.
    """

    def __init__(self, feed: Feed, name: str | None) -> None:
        self._feed = feed
        self._name = name
        self._asked = name is not None
        self._wake = asyncio.Event()
        self._broker = self._list = self._station = True
        self._pieces: deque[CurveView] = deque(maxlen=_PIECES_KEPT)
        self._listed: list[StationSummary] | None = None

    def changed(self, name: str, kind: Kind, piece: CurveView | None) -> None:
        """Take note that a message came for a station."""
        if kind is not Kind.CURVE:
            self._list = True
        if self._name is None or name == self._name:
            self._station = self._station or kind is not Kind.CURVE
            if piece is not None:
                self._pieces.append(piece)
        self._wake.set()

    def broker_changed(self) -> None:
        """Take note that the broker came or went."""
        self._broker = True
        self._wake.set()

    def wake(self) -> None:
        """Look again."""
        self._wake.set()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield server-sent events until the feed is closed: first how things are, then changes."""
        self._follow()
        while not self._feed.closed:
            # Cleared before the look, so that what comes while an event is sent is looked at again.
            self._wake.clear()
            for event in self._pending():
                yield event
            try:
                await asyncio.wait_for(self._wake.wait(), _PING_S)
            except TimeoutError:
                yield _event("ping", "{}")

    def _choose(self) -> None:
        """Settle on a station when none was asked for; leave it only for one that is there instead.

        What the broker has kept comes station by station: until the one that is shown has spoken
        itself, another may still turn out to be where the set is open.
        """
        if self._asked:
            return
        shown = self._feed.station(self._name) if self._name else None
        if shown is not None and shown.online and shown.heard_at is not None:
            return
        best = self._feed.default_station()
        if best == self._name or (shown is not None and not self._feed.is_online(best)):
            return
        self._name, self._station = best, True
        self._follow()

    def _follow(self) -> None:
        """Give the whole of the curve of the station that is shown."""
        station = self._feed.station(self._name) if self._name else None
        self._pieces.clear()
        self._pieces.extend(station.curve() if station else ())

    def _pending(self) -> list[bytes]:
        events: list[bytes] = []
        self._choose()
        if self._broker:
            self._broker = False
            events.append(_event("broker", json.dumps({"connected": self._feed.broker_connected})))
        if self._list:
            self._list = False
            summaries = self._feed.summaries()
            if summaries != self._listed:
                self._listed = summaries
                events.append(_event("stations", json.dumps([each.model_dump() for each in summaries])))
        if self._station:
            self._station = False
            station = self._feed.station(self._name) if self._name else None
            events.append(_event("station", station.view().model_dump_json() if station else "null"))
        if self._pieces:
            pieces = [piece.model_dump() for piece in self._pieces]
            self._pieces.clear()
            events.append(_event("curve", json.dumps(pieces)))
        return events


def _event(kind: str, data: str) -> bytes:
    return f"event: {kind}\ndata: {data}\n\n".encode()
