"""Live sources of scripted sensors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from support.sensors import FakeBus, ScriptedSensors

from calibration.imu import ImuBlock
from firmware.readings import Reading
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from pi_service.sources.live import LiveOptions, LiveSource

LIMB, TORSO = SensorRole.LIMB, SensorRole.TORSO


class StoppedClock:
    """A clock at 0 that nobody moves."""

    at_ns = 0

    def now_ns(self) -> int:
        return self.at_ns

    def sleep_until_ns(self, at_ns: int) -> None:
        self.at_ns = max(self.at_ns, at_ns)


def live(
    polls: Sequence[list[Reading] | BaseException] = (),
    roles: tuple[SensorRole, ...] = (LIMB,),
    *,
    sensors: ScriptedSensors | None = None,
    bus: FakeBus | None = None,
    **more: object,
) -> LiveSource:
    options = more.pop("options", LiveOptions(real_time=False))
    source = LiveSource(
        bus or FakeBus(),
        sensors or ScriptedSensors(polls, roles),
        [SensorSettings(role) for role in roles],
        station="bay07",
        clock=StoppedClock(),
        options=options,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )
    source.start()
    return source


def numbers(blocks: Sequence[ImuBlock]) -> list[int]:
    """The number that each sample of the script carries in its last word."""
    scale = math.radians(1000) / 32768
    return [
        round(float(value) / scale)
        for b in blocks
        if b.angular_rate_rads is not None
        for value in b.angular_rate_rads[:, 2]
    ]
