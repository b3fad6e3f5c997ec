"""Shows a count as it goes on: a line for each set, and on a terminal the reps of the set that runs."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from pi_service.coaching.words import judgement_lines, verdict_words
from pi_service.commands.held_words import going_words
from pi_service.commands.progress import count_display
from pi_service.commands.rep_words import tempo_words
from pi_service.commands.replay import set_line
from pi_service.commands.say import say
from pi_service.commands.sensor_words import counted
from pi_service.sources.base import StreamInfo
from pi_service.workout.events import (
    Event,
    PlacementChanged,
    RepCounted,
    RepJudged,
    RepsCorrected,
    SetEnded,
    SetJudged,
    ZeroUnknown,
)
from pi_service.workout.held import CarryTold, HoldTold
from pi_service.workout.notices import sentence
from pi_service.workout.sides import side_words

_WAITING = "waiting for a set"


class CountView:
    """A sink that shows; used as a context manager."""

    def __init__(self) -> None:
        self._display = count_display()
        self._task = self._display.add_task(_WAITING, total=None)
        self._now_s = 0.0
        self._count, self._cue = _WAITING, ""

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.stop()

    def begin(self, info: StreamInfo) -> None:
        """Nothing is known yet."""

    def take(self, events: Sequence[Event]) -> None:
        """Show what is counted, and write a line for each set that ended and each notice."""
        for event in events:
            if isinstance(event, SetEnded):
                self._count, self._cue = _WAITING, ""
                say(set_line(event).capitalize())
            elif isinstance(event, SetJudged):
                for line in judgement_lines(event.judgement):
                    say(f"  {line}")
            elif isinstance(event, RepJudged):
                self._cue = "" if event.cue is None else f"  {verdict_words(event.cue)}"
            elif isinstance(event, PlacementChanged | ZeroUnknown):
                say(f"repclip: {sentence(event)}", err=True)
            elif isinstance(event, HoldTold | CarryTold):
                self._count = f"set {event.set_number}: {going_words(event)}"
            elif isinstance(event, RepCounted | RepsCorrected):
                sides = "" if event.sides is None else f" ({side_words(event.sides)})"
                self._count = f"set {event.set_number}: {counted(event.count, 'rep')}{sides}"
                if isinstance(event, RepCounted) and event.rep.measures is not None:
                    self._count += f"; {tempo_words(event.rep)}"
        self._show()

    def end(self) -> None:
        """Nothing is left to show."""

    def show_time(self, at_s: float) -> None:
        """Show how far the stream is."""
        self._now_s = at_s
        self._show()

    def _show(self) -> None:
        self._display.update(self._task, description=f"{self._now_s:.0f} s  {self._count}{self._cue}")
