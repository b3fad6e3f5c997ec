"""A torso's sensor that is plugged in after its station began to count with the limb's alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from firmware.bus import is_simulated
from firmware.errors import SensorError
from firmware.roles import SensorRole
from firmware.start import identify
from pi_service.commands.buses import OpenBus
from pi_service.commands.sensor_options import SensorOptions, Which
from pi_service.sources.live import LiveSource

#: It is looked for so often (s): each time costs the bus a transfer that nobody answers.
_LOOK_S: Final = 10.0


class SecondSensor:
    """Looks for a torso's sensor where one would be read if it answered, and none is.

    On a simulated bus nobody plugs one in.

    Parameters
    ----------
    options
        Which sensors are wanted.
    source
        Those that are read.
    opener
        Opens the bus once more: the kernel keeps transfers apart. It stays open until `close`, since whoever
        closes a device gives up all locks of the process on it, those of the sensors that are read as well.
    clock
        Monotonic clock (s).
    """

    def __init__(
        self,
        options: SensorOptions,
        source: LiveSource,
        opener: Callable[[str], OpenBus],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options, self._opener, self._clock = options, opener, clock
        self._address = options.addresses()[SensorRole.TORSO]
        may_come = (
            options.sensors is Which.AUTO
            and not is_simulated(options.bus)
            and SensorRole.TORSO not in source.settings
            and self._address != options.addresses()[SensorRole.LIMB]
        )
        self._due_s = clock() + _LOOK_S if may_come else math.inf
        self._came = False
        self._opened: OpenBus | None = None

    def close(self) -> None:
        """Let go of the bus, when the sensors are not read any more; may be called twice."""
        if self._opened is not None:
            self._opened.bus.close()
            self._opened = None

    def came(self) -> bool:
        """Return whether it has answered once; asks it if that is due."""
        if not self._came and self._clock() >= self._due_s:
            self._due_s = self._clock() + _LOOK_S
            self._came = self._answers()
        return self._came

    def _answers(self) -> bool:
        try:
            self._opened = self._opened or self._opener(self._options.bus)
            identify(self._opened.bus, self._address, allow_unknown=self._options.allow_unknown_chip)
        except SensorError:
            return False
        return True
