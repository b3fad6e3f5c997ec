"""Server-sent events of one open page: of a station, or of the wall.

A page that is slow gets fewer, newer pictures and never a backlog: a subscription holds what has changed,
not what has happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from pi_service.dashboard.feed import Feed
from pi_service.dashboard.views import CurveView, StationSummary, WallCard
from pi_service.publish.topics import Kind

#: A page that hears nothing for two of these knows that the line is dead.
PING_S: Final = 10.0
#: The list of stations and the cards of the wall come no more often than that: with fifty stations there is
#: a change every few milliseconds.
LIST_PERIOD_S: Final = 0.5
WALL_PERIOD_S: Final = 0.05
#: A card on which nothing but the time of its last message has changed comes again after so long.
CARD_PERIOD_S: Final = 5.0
_PIECES_KEPT: Final = 256


class _Subscription(ABC):
    """What one open page has not seen yet.

    Parameters
    ----------
    feed
        Where it comes from.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._wake = asyncio.Event()
        self._broker = True

    @abstractmethod
    def pending(self) -> list[bytes]:
        """Return the events that are due now."""

    @abstractmethod
    def pause_s(self) -> float:
        """Return how long to wait after each look; what comes meanwhile is sent together."""

    def due_in_s(self) -> float:
        """Return how soon something is due though nothing else comes."""
        return PING_S

    def broker_changed(self) -> None:
        """Take note that the broker came or went, or the history."""
        self._broker = True
        self._wake.set()

    def wake(self) -> None:
        """Look again."""
        self._wake.set()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield server-sent events until the feed is closed: first how things are, then changes."""
        spoken_at_s = time.monotonic()
        while not self._feed.closed:
            # Cleared before the look, so that what comes while an event is sent is looked at again.
            self._wake.clear()
            events = self.pending()
            for event in events:
                yield event
            if events:
                spoken_at_s = time.monotonic()
            await asyncio.sleep(self.pause_s())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), min(self.due_in_s(), PING_S))
            # Also where much happens that this page does not show.
            if time.monotonic() - spoken_at_s >= PING_S:
                spoken_at_s = time.monotonic()
                yield _event("ping", b"{}")

    def _broker_event(self) -> list[bytes]:
        if not self._broker:
            return []
        self._broker = False
        told: dict[str, bool | str] = {"connected": self._feed.broker_connected}
        if self._feed.history_problem is not None:
            told["history_problem"] = self._feed.history_problem
        return [_event("broker", json.dumps(told).encode())]


class StationSubscription(_Subscription):
    """One station, or whichever comes first, and the list of all.

    Parameters
    ----------
    feed
        Where it comes from.
    name
        The station; None follows one that is there, and stays with it while it is.
    """

    def __init__(self, feed: Feed, name: str | None) -> None:
        super().__init__(feed)
        self._name = name
        self._asked = name is not None
        self._list = self._station = True
        self._pieces: deque[CurveView] = deque(maxlen=_PIECES_KEPT)
        self._listed: list[StationSummary] | None = None
        self._listed_at_s = -LIST_PERIOD_S
        self._follow()

    def changed(self, name: str, kind: Kind, piece: CurveView | None) -> None:
        """Take note that a message came for a station."""
        if kind is not Kind.CURVE and not self._list:
            self._list = True
            self._wake.set()
        if self._name is None or name == self._name or not self._asked:
            self._wake.set()
        if self._name is None or name == self._name:
            self._station = self._station or kind is not Kind.CURVE
            if piece is not None:
                self._pieces.append(piece)

    def pending(self) -> list[bytes]:
        """Return the events that are due now."""
        self._choose()
        events = self._broker_event()
        if self._list and self._list_due_in_s() <= 0:
            self._list = False
            self._listed_at_s = time.monotonic()
            summaries = self._feed.summaries()
            if summaries != self._listed:
                self._listed = summaries
                events.append(_event("stations", _json_list(summaries)))
        if self._station:
            self._station = False
            events.append(_event("station", self._feed.view_json(self._name)))
        if self._pieces:
            pieces = list(self._pieces)
            self._pieces.clear()
            events.append(_event("curve", _json_list(pieces)))
        return events

    def pause_s(self) -> float:
        """Return no time: a figure that has changed is shown at once."""
        return 0.0

    def due_in_s(self) -> float:
        """Return how soon the list is due."""
        return max(self._list_due_in_s(), 0.0) if self._list else PING_S

    def _list_due_in_s(self) -> float:
        return self._listed_at_s + LIST_PERIOD_S - time.monotonic()

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


class WallSubscription(_Subscription):
    """The cards of all stations: first all, then those that have changed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._changed = set(feed.names())
        self._shown: dict[str, tuple[WallCard, float]] = {}
        self._first = True

    def changed(self, name: str, kind: Kind, piece: CurveView | None) -> None:  # noqa: ARG002 - no curves here
        """Take note that a message came for a station."""
        if kind is not Kind.CURVE:
            self._changed.add(name)
            self._wake.set()

    def pending(self) -> list[bytes]:
        """Return the events that are due now."""
        events = self._broker_event()
        now_s = time.monotonic()
        fresh = [
            card for name in sorted(self._changed) if self._is_news(card := self._feed.card(name), now_s)
        ]
        self._changed.clear()
        self._shown |= {card.name: (card, now_s) for card in fresh}
        if fresh or self._first:
            self._first = False
            events.append(_event("wall", _json_list(fresh)))
        return events

    def _is_news(self, card: WallCard, now_s: float) -> bool:
        """Say whether a person would see a change, or has seen none for some time."""
        if card.name not in self._shown:
            return True
        before, at_s = self._shown[card.name]
        same = before == card.model_copy(update={"heard_ts": before.heard_ts})
        return not same or now_s - at_s >= CARD_PERIOD_S

    def pause_s(self) -> float:
        """Return how long changes are gathered."""
        return WALL_PERIOD_S


def _json_list(views: list[StationSummary] | list[CurveView] | list[WallCard]) -> bytes:
    return b"[" + b",".join(each.model_dump_json().encode() for each in views) + b"]"


def _event(kind: str, data: bytes) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"
