"""Ways to watch stations: a screen that is drawn anew, or a line for each change where nobody draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console, RenderableType
from rich.live import Live

from pi_service.commands.say import say
from pi_service.commands.watch_view import StationScreen, waiting_words, wall
from pi_service.commands.watch_words import (
    amount_words,
    asked_words,
    cue_words,
    fault_words,
    harmless,
    link_words,
    set_words,
)
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.views import StationView
from pi_service.publish.message import Message, availability
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import ROOT
from pi_service.sources.base import StreamInfo
from pi_service.workout.events import Event

#: How often there is a look at what came: faster than a person sees.
LOOK_EVERY_S: Final = 0.1


class Watcher(Protocol):
    """Shows what a feed knows."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, feed: Feed, station: str | None) -> None:
        """Show what is known now: of one station, of the only one, or of all."""
        ...


def chosen(feed: Feed, station: str | None) -> str | None:
    """Return which station is shown by itself; None for all of them."""
    known = feed.stations()
    return known[0].name if station is None and len(known) == 1 else station


class Screen:
    """The whole terminal, drawn anew when something has changed.

    Parameters
    ----------
    console
        The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, screen=True, auto_refresh=False)
        self._shown: object = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, feed: Feed, station: str | None) -> None:
        """Draw, unless all is as it was."""
        name = chosen(feed, station)
        size = self._live.console.size
        picture: RenderableType
        if name is None and feed.stations():
            cards = [feed.card(each) for each in feed.names()]
            known: object = (cards, feed.broker_connected, size)
            picture = wall(cards, connected=feed.broker_connected)
        else:
            heard = feed.station(name) if name else None
            view = heard.view() if heard else None
            curve = heard.curve() if heard else []
            now = datetime.now(UTC).replace(microsecond=0)
            # The clock of a rest goes on without any message.
            clock = now if view and view.rest.running else None
            connected, problem = feed.broker_connected, feed.broker_problem
            known = (view, curve[-1] if curve else None, connected, problem, size, clock)
            picture = StationScreen(view, curve, connected=connected, now=now, problem=problem)
        if known != self._shown:
            self._shown = known
            self._live.update(picture, refresh=True)


class OwnScreen:
    """The same of a count in this very process, with or without a broker: a sink for its events.

    Parameters
    ----------
    console
        The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._screen = Screen(console)
        self._feed = Feed(ROOT)
        self._builder: MessageBuilder | None = None
        self._looked_s = 0.0

    def __enter__(self) -> Self:
        self._screen.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._screen.__exit__(kind, error, trace)

    def begin(self, info: StreamInfo) -> None:
        """Take note of who counts."""
        self._builder = MessageBuilder(info)
        self._feed.set_broker_connected(True)
        self._hear([availability(self._builder.topics, online=True), *self._builder.start()])

    def take(self, events: Sequence[Event]) -> None:
        """Take what happened."""
        if self._builder is not None:
            self._hear(self._builder.build(events))

    def end(self) -> None:
        """Nothing moves any more."""
        if self._builder is not None:
            self._hear(self._builder.end())

    def show_time(self, at_s: float) -> None:
        """Draw, as often as a person sees it."""
        if abs(at_s - self._looked_s) >= LOOK_EVERY_S:
            self._looked_s = at_s
            self._screen.show(self._feed, None)

    def _hear(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._feed.take(message.topic, message.payload, retained=False, now=datetime.now(UTC))


class Lines:
    """A line for each change of a count, a finished set, a cue, and of who is there."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to say."""

    def show(self, feed: Feed, station: str | None) -> None:
        """Say what is new."""
        if not feed.broker_connected or (station is not None and feed.station(station) is None):
            words = waiting_words(connected=feed.broker_connected, problem=feed.broker_problem)
            self._tell("", "waiting", words)
            if not feed.broker_connected:
                return
        for each in feed.stations():
            if station in (None, each.name):
                self._show(each.view(), connected=feed.broker_connected)

    def _show(self, view: StationView, *, connected: bool) -> None:
        self._tell(view.name, "link", link_words(view, connected=connected) or "station online")
        self._tell(view.name, "fault", fault_words(view))
        for done in view.sets:
            self._tell(view.name, f"set {done.session} {done.set}", set_words(done))
        if not view.active:
            return
        count = f"set {view.set}: {amount_words(view, view.reps)}"
        self._tell(view.name, "count", " ".join(each for each in (count, asked_words(view)) if each))
        self._tell(view.name, "cue", cue_words(view.cue))

    def _tell(self, name: str, what: str, text: str) -> None:
        if self._told.get((name, what), "") == text:
            return
        self._told[name, what] = text
        if text:
            say(harmless(f"{name}: {text}" if name else text))
