"""A calibration as the text of a file: TOML with a comment at each value, and strict when it is read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from calibration.errors import CalibrationFormatError
from calibration.limits import require_plausible
from calibration.toml_reading import NotTomlError, read_toml
from calibration.value import Calibration

_HEAD: Final = """\
# A calibration of repclip: calibrated = matrix @ (nominal - offset), in the sensor's own frame.
# "nominal" is the data sheet's scale: counts * range / 32768.
"""
_NOTES: Final = {
    "kind": "how it was found",
    "accel_range_g": "full-scale range that it was made at",
    "gyro_range_dps": "full-scale range that it was made at (deg/s)",
    "accel_matrix": "from nominal m/s2, after the offset, to true m/s2",
    "accel_offset_ms2": "what the nominal specific force reads too much (m/s2)",
    "gyro_matrix": "from nominal rad/s, after the offset, to true rad/s",
    "gyro_offset_rads": "what the nominal angular rate reads at rest (rad/s), at temperature_c",
    "gyro_slope_rads_per_c": "how that grows with the temperature (rad/s per degree)",
    "temperature_c": "of the chip, as it shows it",
    "made_at": "when it was made (UTC)",
    "rests": "how many it was made of",
    "faces": "which axes pointed up",
    "accel_residual_ms2": "rms of what the rests differ from gravity by, afterwards (m/s2)",
    "tilt_error_before_deg": "in the worst direction, uncalibrated",
    "tilt_error_after_deg": "in the worst direction: bound of what remains (two standard deviations)",
    "gyro_residual_rads": "rms of what the rests differ from zero by, afterwards (rad/s)",
    "temperature_span_c": "from the coldest rest to the warmest",
}


def text_of_calibration(calibration: Calibration) -> str:
    """Return the text of a file."""
    table = calibration.to_dict()
    lines = [_HEAD, *toml_lines({key: value for key, value in table.items() if not isinstance(value, dict)})]
    for name in ("sensor", "quality"):
        if name in table:
            lines += ["", f"[{name}]", *toml_lines(table[name])]
    return "\n".join(lines) + "\n"


def calibration_of_text(text: str, source: str) -> Calibration:
    """Return the calibration of a file's text.

    Other than `Calibration.from_dict` it refuses keys that it does not know (a misspelt one would be
    ignored in silence) and values that no sensor can have.

    Parameters
    ----------
    text
        The text.
    source
        What to call it in the sentence: the file's path.

    Raises
    ------
    CalibrationFormatError
        It is no calibration; the sentence names `source` and what is wrong.
    """
    try:
        table = read_toml(text)
    except NotTomlError as error:
        raise CalibrationFormatError(f"{source} is no calibration: {error}.") from error
    try:
        calibration = Calibration.from_dict(table)
    except CalibrationFormatError as error:
        raise CalibrationFormatError(f"{source} cannot be used: {error}") from error
    known = calibration.to_dict()
    _require_known(table, known | {"temperature_c": 0, "made_at": 0}, source, "")
    for name in ("sensor", "quality"):
        optional = {"i2c_bus": 0, "who_am_i": 0} if name == "sensor" else {}
        _require_known(table.get(name, {}), known.get(name, {}) | optional, source, f" of [{name}]")
    require_plausible(calibration, source)
    return calibration


def _require_known(table: Mapping[str, Any], known: Mapping[str, Any], source: str, where: str) -> None:
    for key in table:
        if key not in known:
            raise CalibrationFormatError(
                f"{source} cannot be used: {key!r}{where} is no value of a calibration; correct its name or"
                " take it out."
            )


def toml_lines(table: Mapping[str, Any], notes: Mapping[str, str] = _NOTES) -> list[str]:
    """Return a table without tables as lines of TOML, with a comment at what needs one."""
    lines: list[str] = []
    for key, value in table.items():
        if key in notes:
            lines.append(f"# {notes[key]}")
        lines.append(f"{key} = {_value(key, value)}")
    return lines


def _value(key: str, value: Any) -> str:
    """Return a value in TOML: what JSON writes is TOML, too, but for one character of texts."""
    if key in ("i2c_address", "who_am_i"):
        return f"0x{value:02x}"
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
