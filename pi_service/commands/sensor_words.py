"""What `run` and `record` say of the sensors: what they are, what goes wrong, what it came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from pi_service.commands.say import tell_person
from pi_service.commands.sensor_options import Which
from pi_service.sources.live import LiveSource
from pi_service.sources.live_stats import Note, SensorLiveStats, sentence
from pi_service.sources.priority import RAISED_TO
from pi_service.sources.stored_calibrations import in_words, is_calibrated


def tell_note(note: Note, origin_ns: int) -> None:
    """Tell of a trouble, a gap or a recovery as it comes."""
    tell_person(sentence(note, origin_ns))


def described(source: LiveSource, sensors: Which) -> Iterator[str]:
    """Yield lines for each sensor of a started source: what it is, how it is set up and calibrated."""
    for role, words in _each(source):
        yield words
        yield f"  {_calibration(source, role)}"
    if sensors is Which.AUTO and SensorRole.TORSO not in source.settings:
        yield "No torso sensor answers: the limb's is read alone."
    yield from _simulated(source)


def described_alone(source: LiveSource) -> Iterator[str]:
    """Yield the same for a source of one sensor only."""
    return described(source, Which.LIMB)


def what_it_is(source: LiveSource) -> Iterator[str]:
    """Yield a line for each sensor of a started source: what it is and how it is set up."""
    for _, words in _each(source):
        yield words
    yield from _simulated(source)


def _each(source: LiveSource) -> Iterator[tuple[SensorRole, str]]:
    for role, settings in source.settings.items():
        identity = source.identities[role]
        words = (
            f"{role.capitalize()} sensor: {identity.chip} at 0x{identity.i2c_address:02x} on"
            f" {source.bus_name}, {settings.rate_hz} Hz, {settings.accel_range_g} g,"
            f" {settings.gyro_range_dps} deg/s, {settings.bandwidth_hz:g} Hz filter"
        )
        yield role, words


def _simulated(source: LiveSource) -> Iterator[str]:
    if source.info.simulated:
        yield "The sensors are simulated: no person moves."


def calibration_troubles(source: LiveSource, problems: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with the calibrations that were found, and what speaks against those in use."""
    yield from problems
    stats = source.stats().sensors
    for role, calibration in source.calibrations.items():
        temperature_c = stats[role].read.temperature_c if role in stats else None
        yield from calibration.warnings(datetime.now(UTC), temperature_c)


def _calibration(source: LiveSource, role: SensorRole) -> str:
    """Return what the calibration in use is worth, and what to do where there is none."""
    calibration = source.calibrations[role]
    words = in_words(calibration)
    if is_calibrated(calibration):
        return words
    bus = source.identities[role].i2c_bus
    options = {None: " --bus sim:", 1: ""}.get(bus, f" --bus {bus}")
    if role is SensorRole.TORSO:
        options += " --sensor torso"
    return f"{words}; run repclip calibrate{options}"


def summed_up(source: LiveSource) -> Iterator[str]:
    """Yield what the sensors of a source came to, as lines."""
    stats = source.stats()
    for role, each in stats.sensors.items():
        yield from _sensor_sum(role, each, source.settings[role])
    if stats.unheard:
        yield f"{counted(stats.unheard, 'message')} of the sensors were not told, because too many waited."
    if source.info.simulated:
        yield "The sensors were simulated: no person moved."
    elif stats.priority != RAISED_TO:
        yield f"They were read at {stats.priority} priority; repclip doctor says how to raise it."


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
    if stats.missing_from_s is not None:
        yield f"  samples are missing from {stats.missing_from_s:.1f} s to the end"
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
