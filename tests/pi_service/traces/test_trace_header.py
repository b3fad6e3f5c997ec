from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_making import sensor_header, trace_header, trace_headers

from firmware.samples import SensorRole
from pi_service.traces import TraceFormatError, TraceHeader
from pi_service.traces.header import parse_header
from pi_service.traces.toml_text import toml_lines

PATH = Path("x.csv")


def top_lines(header: TraceHeader) -> list[str]:
    lines = header.to_text().split("\n")
    return [line for line in lines if line.startswith("#")]


@given(trace_headers())
def test_what_is_written_is_read(header: TraceHeader) -> None:
    text = header.to_text()
    assert text.endswith(",".join(header.columns) + "\n")
    assert parse_header(PATH, top_lines(header)) == header


@given(st.text())
def test_any_text_survives_in_one_line(text: str) -> None:
    (line,) = toml_lines({"key": text})
    assert "\n" not in line
    assert tomllib.loads(line) == {"key": text}


def test_numbers_that_toml_readers_need_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="nan"):
        toml_lines({"key": float("nan")})


def test_the_header_is_readable() -> None:
    text = trace_header().to_text()
    assert text.startswith("# repclip-trace 1\n")
    assert "# started_at = 2026-03-04T05:06:07.890123Z\n" in text
    assert "# i2c_address = 0x68\n" in text
    assert text.splitlines()[-1] == "t_us,ax,ay,az,gx,gy,gz,flags"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# repclip-trace 1", "# repclip-trace 2", "line 1: .*format 2.*update"),
        ("# repclip-trace 1", "# repclip-trace one", "line 1: the first line must be"),
        ('# station = "bay-7"\n', "", "station is missing; expected a text"),
        ('# station = "bay-7"', "# station = bay-7", "line 2: the header is not TOML"),
        ("# simulated = false", "# simulated = 0", "simulated is 0; expected true or false"),
        ("# simulated = false", "# simulated = false\n#= = 3", r"line 7: the header is not TOML"),
        ("T05:06:07.890123Z", "T05:06:07.890123", "started_at has no time zone"),
        ('# role = "limb"', '# role = "leg"', "sensor 1: role is 'leg'; expected one of limb, torso"),
        ("# accel_range_g = 8", "# accel_range_g = true", "accel_range_g is True; expected a whole number"),
        ("# accel_range_g = 8", "# accel_range_g = 16", "different ranges"),
        ("# rate_hz = 100.0", "# rate_hz = 0", "rate_hz"),
        ("# rate_hz = 100.0", "# rate_hz = inf", "rate_hz"),
        ('# kind = "nominal"', "# kind = 5", "calibration cannot be read: kind"),
        ("# [[sensor]]", "# [sensor]", "sensor is .*; expected a list of tables"),
    ],
)
def test_names_what_is_wrong(old: str, new: str, says: str) -> None:
    text = trace_header().to_text()
    assert old in text
    lines = text.replace(old, new, 1).split("\n")
    with pytest.raises(TraceFormatError, match=says) as caught:
        parse_header(PATH, [line for line in lines if line.startswith("#")])
    assert str(caught.value).startswith("x.csv")


def test_what_it_does_not_know_is_left_aside() -> None:
    lines = top_lines(trace_header())
    lines.insert(1, '# gym = "cellar"')
    assert parse_header(PATH, lines) == trace_header()


def test_two_sensors_of_one_role_are_refused() -> None:
    with pytest.raises(ValueError, match="different roles"):
        trace_header(sensor_header(), sensor_header())
    text = trace_header(sensor_header(), sensor_header(SensorRole.TORSO)).to_text()
    twice = re.sub('role = "torso"', 'role = "limb"', text).split("\n")
    with pytest.raises(TraceFormatError, match="different roles"):
        parse_header(PATH, [line for line in twice if line.startswith("#")])
