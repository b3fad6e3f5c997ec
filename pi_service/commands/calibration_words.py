"""What a calibration is, what it was made of and what it is worth, in words."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import typer

from calibration.store import CalibrationStore
from calibration.value import IDENTITY, OLD_AFTER, STANDARD_GRAVITY_MS2, Calibration
from pi_service.commands.face_words import FACES, listed
from pi_service.commands.sensor_words import counted
from pi_service.sources.stored_calibrations import age_words, is_calibrated

_UNSEEN = (
    "Gravity cannot tell how the whole chip is turned in its housing: against the printed axes, angles may be"
    " off by another degree."
)


def tell_saved(
    calibration: Calibration,
    path: Path,
    store: CalibrationStore,
    *,
    live: bool,
    before: Calibration | None = None,
    folder: Path | None = None,
) -> None:
    """Tell what a new calibration is worth, where it is, and what uses it.

    Parameters
    ----------
    calibration, path, store
        It, its file, and where that is.
    live
        Whether there is a sensor that it belongs to; a simulated one of a recording is gone.
    before
        The one that was in use.
    folder
        The folder that the person named, if so: nothing looks there by itself.
    """
    for line in (gain(calibration), *measured(calibration)):
        typer.echo(line)
    typer.echo(f"Saved as {path}.")
    ranges = f"{calibration.accel_range_g} g and {calibration.gyro_range_dps} deg/s"
    found = store.search(calibration.sensor, calibration.accel_range_g, calibration.gyro_range_dps)
    if not live:
        typer.echo("That sensor was simulated: repclip calibration apply-to gives it to its recordings.")
    elif found.path == path:
        where = "" if folder is None else f" with --calibration-folder {shlex.quote(str(folder))}"
        typer.echo(f"repclip run and record use it from now on{where}, at {ranges}.")
        if before is not None and _surer(before, calibration):
            typer.echo(
                f"The one before was surer, within {_bound_deg(before):.1f} degrees, made {dated(before)}: to"
                " have it back, delete the new file."
            )
    elif found.calibration is not None:
        typer.echo(f"A newer one stays in use, made {dated(found.calibration)}.")


def _bound_deg(calibration: Calibration) -> float:
    quality = calibration.quality
    return math.inf if quality is None or not is_calibrated(calibration) else quality.tilt_error_after_deg


def _surer(calibration: Calibration, other: Calibration) -> bool:
    """Return whether the tilt is clearly surer with one calibration than with another."""
    return _bound_deg(calibration) + 0.05 < _bound_deg(other)


def gain(calibration: Calibration) -> str:
    """Return what a calibration brings: ``Tilt error was 3.1 degrees, now 0.2.``."""
    quality = calibration.quality
    if not is_calibrated(calibration):
        return "The accelerometer is not calibrated: tilt may be off by up to 5 degrees."
    if quality is None:
        return "How much is left of the tilt error is not known."
    if quality.tilt_error_after_deg >= quality.tilt_error_before_deg:
        # An error and a bound of one: nobody could know before that the sensor happened to be good.
        return (
            f"Tilt is within {quality.tilt_error_after_deg:.1f} degrees; the data sheet's scale was off by"
            f" about {quality.tilt_error_before_deg:.1f}."
        )
    return (
        f"Tilt error was {quality.tilt_error_before_deg:.1f} degrees, now {quality.tilt_error_after_deg:.1f}."
    )


def measured(calibration: Calibration) -> Iterator[str]:
    """Yield what was found, as lines."""
    quality = calibration.quality
    if quality is not None:
        faces = [face for face in FACES if face in quality.faces]
        sides = "all six sides" if len(faces) == len(FACES) else (listed(faces) if faces else "no side")
        yield f"Made of {counted(quality.rests, 'rest')}: {sides} up."
    if is_calibrated(calibration):
        scale = ", ".join(f"{100 * (1 / calibration.accel_matrix[n][n] - 1):+.1f}" for n in range(3))
        offset = ", ".join(f"{_mg(each):+.0f}" for each in calibration.accel_offset_ms2)
        line = f"Accelerometer (x, y, z): reads {offset} mg too much, and {scale} % in scale"
        if quality is not None:
            line += f"; gravity is met within {_mg(quality.accel_residual_ms2):.1f} mg (rms)"
        yield f"{line}."
        yield _UNSEEN
    bias = ", ".join(f"{math.degrees(each):+.2f}" for each in calibration.gyro_offset_rads)
    at = "" if calibration.temperature_c is None else f" at {calibration.temperature_c:.0f} C"
    line = f"Gyroscope (x, y, z): reads {bias} deg/s at rest{at}"
    if any(calibration.gyro_slope_rads_per_c):
        slope = ", ".join(f"{math.degrees(each):+.3f}" for each in calibration.gyro_slope_rads_per_c)
        line += f", and {slope} deg/s more for each degree"
    if calibration.gyro_matrix != IDENTITY:
        matrix = np.linalg.inv(np.array(calibration.gyro_matrix))
        line += f", and {', '.join(f'{100 * (matrix[n, n] - 1):+.1f}' for n in range(3))} % in scale"
    yield f"{line}."


def heading(calibration: Calibration) -> str:
    """Return which sensor a calibration belongs to, with its ranges."""
    sensor = str(calibration.sensor)
    ranges = f"{calibration.accel_range_g} g and {calibration.gyro_range_dps} deg/s"
    return f"{sensor[:1].upper()}{sensor[1:]}, {ranges}"


def dated(calibration: Calibration, now: datetime | None = None) -> str:
    """Return when a calibration was made: ``2026-11-10 14:02 UTC, 12 days ago``."""
    if calibration.made_at is None:
        return "nobody knows when"
    return f"{calibration.made_at:%Y-%m-%d %H:%M} UTC, {age_words(calibration.made_at, now)}"


def listed_as(calibration: Calibration) -> tuple[str, ...]:
    """Return what a list tells of a calibration: date, age, sensor, ranges, tilt error, remarks."""
    sensor, quality = calibration.sensor, calibration.quality
    made = calibration.made_at
    tilt = "-"
    if quality is not None and is_calibrated(calibration):
        tilt = f"{quality.tilt_error_before_deg:.1f} -> {quality.tilt_error_after_deg:.1f} deg"
    age = None if made is None else datetime.now(UTC) - made
    remark = "old" if age is not None and age > OLD_AFTER else ""
    if age is not None and age < -timedelta(days=1):
        remark = "dated ahead"
    return (
        "?" if made is None else f"{made:%Y-%m-%d %H:%M}",
        "?" if made is None else age_words(made),
        str(sensor.role),
        sensor.chip,
        f"{calibration.accel_range_g} g, {calibration.gyro_range_dps} deg/s",
        tilt,
        remark,
    )


#: What the columns of `listed_as` are.
COLUMNS = ("made (UTC)", "", "sensor", "chip", "ranges", "tilt error", "")


def aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def shown(calibration: Calibration, path: Path | None, *, in_use: bool) -> Iterator[str]:
    """Yield everything about a calibration, as lines."""
    yield heading(calibration) + ("" if in_use else " (not in use)")
    yield f"  Made {dated(calibration)}."
    yield f"  {gain(calibration)}"
    for line in measured(calibration):
        yield f"  {line}"
    if path is not None:
        yield f"  File: {path}"
    for warning in calibration.warnings(datetime.now(UTC), None):
        yield f"  {warning}"


def turned_deg(calibration: Calibration, other: Calibration) -> float:
    """Return by how much a direction differs between two calibrations, in the worst of many poses (deg)."""
    directions = _DIRECTIONS * STANDARD_GRAVITY_MS2
    felt = [
        (directions - np.array(each.accel_offset_ms2)) @ np.array(each.accel_matrix).T
        for each in (calibration, other)
    ]
    one, two = (each / np.linalg.norm(each, axis=1)[:, None] for each in felt)
    return math.degrees(float(np.arccos(np.clip((one * two).sum(axis=1), -1.0, 1.0)).max()))


#: Faces, edges and corners of a cube.
_DIRECTIONS = np.array(
    [
        np.array((x, y, z)) / math.sqrt(x * x + y * y + z * z)
        for x in (-1, 0, 1)
        for y in (-1, 0, 1)
        for z in (-1, 0, 1)
        if (x, y, z) != (0, 0, 0)
    ]
)


def _mg(accel_ms2: float) -> float:
    """Return an acceleration in thousandths of g."""
    return 1000.0 * accel_ms2 / STANDARD_GRAVITY_MS2
