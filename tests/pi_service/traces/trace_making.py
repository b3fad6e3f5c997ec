"""Headers and blocks for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from hypothesis import strategies as st

from calibration.step_length import StepLength
from calibration.value import ACCEL_RANGES_G, GYRO_RANGES_DPS, Calibration
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock, SensorRole
from pi_service.traces import SensorHeader, TraceHeader

STARTED_AT = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def sensor_header(role: SensorRole = SensorRole.LIMB, *, temperature: bool = False) -> SensorHeader:
    identity = SensorIdentity(role, 1, 0x68 if role is SensorRole.LIMB else 0x69, "MPU-6050", 0x68)
    return SensorHeader(
        identity, "wrist", 8, 1000, 100.0, Calibration.nominal(identity), 3, 44.0, temperature=temperature
    )


def trace_header(*sensors: SensorHeader) -> TraceHeader:
    return TraceHeader("bay-7", STARTED_AT, "s-1", sensors or (sensor_header(),), "repclip test", "dead_lift")


def raw_block(n: int, *, seed: int = 0, start_us: int = 0, sensor: SensorHeader | None = None) -> RawBlock:
    sensor = sensor or sensor_header()
    rng = np.random.default_rng(seed)
    return RawBlock(
        sensor.role,
        start_us + np.cumsum(rng.integers(1, 20_000, n)),
        rng.integers(-32768, 32768, (n, 3)).astype(np.int16),
        rng.integers(-32768, 32768, (n, 3)).astype(np.int16),
        sensor.accel_range_g,
        sensor.gyro_range_dps,
        rng.integers(0, 256, n).astype(np.uint8),
        rng.integers(-32768, 32768, n).astype(np.int16) if sensor.temperature else None,
    )


def bytes_by_sensor(blocks: list[RawBlock]) -> dict[SensorRole, list[bytes]]:
    """Return each sensor's columns joined over all blocks."""
    out = {}
    for role in {block.sensor for block in blocks if len(block)}:
        own = [block for block in blocks if block.sensor == role]
        columns = ["t_us", "accel_counts", "gyro_counts", "flags"]
        if own[0].temperature_counts is not None:
            columns.append("temperature_counts")
        out[role] = [np.concatenate([getattr(b, c) for b in own]).tobytes() for c in columns]
    return out


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
MATRICES = st.tuples(VECTORS, VECTORS, VECTORS)
TIMES = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 (the strategy adds the zone)
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(minutes=345))]),
)


@st.composite
def sensor_headers(draw: st.DrawFn, role: SensorRole) -> SensorHeader:
    identity = SensorIdentity(
        role,
        draw(st.none() | st.integers(0, 99)),
        draw(st.integers(0, 127)),
        draw(st.text(max_size=12)),
        draw(st.none() | st.integers(0, 255)),
    )
    ranges = draw(st.sampled_from(ACCEL_RANGES_G)), draw(st.sampled_from(GYRO_RANGES_DPS))
    owner = draw(st.just(identity) | st.just(SensorIdentity(role, 3, 0x11, "borrowed")))
    calibration = Calibration(
        owner,
        *ranges,
        draw(MATRICES),
        draw(VECTORS),
        draw(MATRICES),
        draw(VECTORS),
        draw(st.text(max_size=8)),
    )
    return SensorHeader(
        identity,
        draw(st.text(max_size=12)),
        *ranges,
        draw(st.floats(0.1, 8000.0)),
        calibration,
        draw(st.none() | st.integers(0, 7)),
        draw(st.none() | st.floats(1.0, 300.0)),
        draw(st.booleans()),
    )


@st.composite
def trace_headers(draw: st.DrawFn) -> TraceHeader:
    roles = draw(st.permutations(list(SensorRole)))[: draw(st.integers(1, 2))]
    return TraceHeader(
        draw(st.text(max_size=20)),
        draw(TIMES),
        draw(st.text(max_size=20)),
        tuple(draw(sensor_headers(role)) for role in roles),
        draw(st.text(max_size=20)),
        draw(st.none() | st.text(max_size=20)),
        draw(st.booleans()),
        draw(st.text(max_size=40)),
        draw(st.none() | st.just(StepLength(0.51, 0.02, STARTED_AT.replace(microsecond=0), 18.3, 36))),
    )
