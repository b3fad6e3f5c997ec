"""What `run` and `record` say of the sensors: what they are, what goes wrong, what it came to."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from pi_service.sources.live import LiveSource
from pi_service.sources.live_stats import Note, SensorLiveStats, sentence


def tell_note(note: Note, origin_ns: int) -> None:
    """Tell of a trouble, a gap or a recovery as it comes."""
    typer.echo(f"repclip: {sentence(note, origin_ns)}", err=True)


def described(source: LiveSource) -> Iterator[str]:
    """Yield a line for each sensor of a started source: what it is and how it is set up."""
    for role, settings in source.settings.items():
        identity = source.identities[role]
        yield (
            f"{role.capitalize()} sensor: {identity.chip} at 0x{identity.i2c_address:02x} on"
            f" {source.bus_name}, {settings.rate_hz} Hz, {settings.accel_range_g} g,"
            f" {settings.gyro_range_dps} deg/s, {settings.bandwidth_hz:g} Hz filter"
        )
    if source.info.simulated:
        yield "The sensors are simulated: no person moves."


def summed_up(source: LiveSource) -> Iterator[str]:
    """Yield what the sensors of a source came to, as lines."""
    stats = source.stats()
    for role, each in stats.sensors.items():
        yield from _sensor_sum(role, each, source.settings[role])
    if stats.unheard:
        yield f"{counted(stats.unheard, 'message')} of the sensors were not told, because too many waited."


def counted(count: int, what: str) -> str:
    """Return a number with its noun: ``1 gap``, ``2 gaps``, ``no gap``."""
    return f"no {what}" if count == 0 else f"{count} {what}{'' if count == 1 else 's'}"


def _sensor_sum(role: SensorRole, stats: SensorLiveStats, settings: SensorSettings) -> Iterator[str]:
    read = stats.read
    line = f"{role.capitalize()} sensor: {counted(stats.delivered, 'sample')}"
    if read.clock is not None:
        line += (
            f" at {read.clock.rate_hz:.2f} Hz (chip clock {read.clock.drift_ppm:+.0f} ppm, jitter"
            f" {read.clock.jitter_us:.0f} us)"
        )
    line += f", {counted(stats.gaps, 'gap')}"
    if stats.gaps:
        lost_s = stats.lost_samples / settings.rate_hz
        line += f" (about {counted(stats.lost_samples, 'sample')}, {lost_s:.2f} s)"
    if read.temperature_c is not None:
        line += f", {read.temperature_c:.0f} C"
    yield line
    if stats.clipped:
        yield (
            f"  {counted(stats.clipped, 'sample')} at the end of the range: choose a larger one with"
            " --accel-range or --gyro-range"
        )
    if stats.dropped:
        yield f"  {counted(stats.dropped, 'sample')} dropped, because this program was too slow"
    if read.bus_errors or read.fifo_resets or read.restarts:
        yield (
            f"  {counted(read.bus_errors, 'bus error')}, {counted(read.fifo_resets, 'FIFO reset')},"
            f" {counted(read.restarts, 'restart')} of the chip"
        )
