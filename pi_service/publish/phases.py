"""What the state says of the phase: only what the curve and the set bear out.

The pipeline tells the direction of the movement, and keeps telling it until it turns. Between sets, in a
pause and after the athlete has let go there is no repetition to be on the way of: then something moves,
and that is all that is said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from pi_service.workout.events import Phase

#: A curve that has stayed within bounds for this long is on no way out and on no way back.
PAUSE_S = 1.0
#: The bounds: at least so many degrees, or this share of the set's largest rep.
_PAUSE_DEG, _PAUSE_SHARE = 1.5, 0.08
#: A pause ends when the curve has moved by so many times that.
_RESUME = 3.5
#: Farther out than this many times the set's largest rep, and then some, no repetition goes.
_BEYOND, _BEYOND_DEG = 1.5, 10.0


@dataclass(slots=True)
class Phases:
    """Follows phase, curve and reps of one stream; `shown` is what the state says."""

    _phase: Phase = Phase.STILL
    _active: bool = False
    _range_deg: float = 0.0
    _highest_deg: float = 0.0
    _latest: deque[float] = field(default_factory=deque)
    _latest_s: float = 0.0
    _pausing: bool = False

    def change(self, phase: Phase) -> None:
        """Take the phase that the pipeline tells."""
        if phase is not self._phase:
            self._phase, self._pausing = phase, False

    def start_set(self) -> None:
        """Take note that a set is open: without reps yet, and the curve now starts from its pose."""
        self._active = True
        self._range_deg = self._highest_deg = 0.0
        self._latest.clear()
        self._latest_s, self._pausing = 0.0, False

    def count(self, range_deg: float) -> None:
        """Take note of a rep that was counted live: it goes so far, or as far as the curve has been."""
        self._range_deg = max(self._range_deg, range_deg, self._highest_deg)

    def end_set(self) -> None:
        """Take note that no set is open."""
        self._active = False

    def move(self, values: Sequence[float], rate_hz: float) -> None:
        """Take a piece of the curve (deg)."""
        self._latest.extend(values)
        self._latest_s += len(values) / rate_hz
        while self._latest and self._latest_s - 1.0 / rate_hz >= PAUSE_S:
            self._latest.popleft()
            self._latest_s -= 1.0 / rate_hz
        self._highest_deg = max(self._highest_deg, *values)
        if self._latest_s > PAUSE_S - 1e-6:
            spread_deg = max(self._latest) - min(self._latest)
            bound_deg = max(_PAUSE_DEG, _PAUSE_SHARE * self._range_deg)
            # What ends a pause may be the other way, which the pipeline tells a little later.
            self._pausing = spread_deg < (_RESUME * bound_deg if self._pausing else bound_deg)

    @property
    def shown(self) -> Phase:
        """The phase as far as it is borne out."""
        if self._phase not in (Phase.OUT, Phase.BACK):
            return self._phase
        return self._phase if self._active and not self._pausing and not self._beyond() else Phase.MOVING

    def _beyond(self) -> bool:
        reach_deg = _BEYOND * self._range_deg + _BEYOND_DEG
        return self._range_deg > 0 and bool(self._latest) and self._latest[-1] > reach_deg
