from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.samples import SampleFlag, SensorRole
from pi_service.traces import TraceFormatError, open_trace
from pi_service.traces.rows import FINITE, parse_careful, parse_fast
from pi_service.traces.si import SiTrace

HEAD = "t_s,ax,ay,az,gx,gy,gz\n"


def trace_text(n: int, rate_hz: float = 100.0, seed: int = 0) -> str:
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 5, (n, 6))
    return HEAD + "".join(
        f"{i / rate_hz:.4f}," + ",".join(f"{v:.4f}" for v in row) + "\n" for i, row in enumerate(rows)
    )


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_values_are_as_they_stand(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, trace_text(500), name)
    trace = open_trace(path)
    assert trace.info.format == "si"
    assert trace.info.rates_hz == {SensorRole.LIMB: 100.0}
    assert trace.info.has_gyro
    assert trace.info.started_at is None
    assert trace.labels() == ()
    assert trace.warnings == ()
    want = np.loadtxt(trace_text(500).splitlines(), delimiter=",", skiprows=1)
    blocks = list(trace.blocks(33))
    assert {len(block) for block in blocks} == {33, 500 % 33}
    np.testing.assert_array_equal(np.concatenate([b.t_s for b in blocks]), want[:, 0])
    np.testing.assert_array_equal(np.concatenate([b.specific_force_ms2 for b in blocks]), want[:, 1:4])
    np.testing.assert_array_equal(np.concatenate([b.angular_rate_rads for b in blocks]), want[:, 4:7])
    assert not any(block.flags.any() for block in blocks)


def test_columns_go_by_their_names(tmp_path: Path) -> None:
    text = 'heart, az,"ax" ,t_s,ay\n60,9,1,0.0,2\n61,6,4,0.02,5\n'
    trace = open_trace(write(tmp_path, text))
    (block,) = trace.blocks()
    assert block.t_s.tolist() == [0.0, 0.02]
    assert block.specific_force_ms2.tolist() == [[1, 2, 9], [4, 5, 6]]
    assert block.angular_rate_rads is None
    assert not trace.info.has_gyro
    assert trace.info.rates_hz == {SensorRole.LIMB: 50.0}


def test_blank_lines_spaces_and_a_missing_last_line_break_are_no_fault(tmp_path: Path) -> None:
    text = "\ufefft_s,ax,ay,az\r\n0, 1,2,9\r\n\r\n0.1,+1e1,.5,-2.\r\n.2,1,1,1"
    (block,) = open_trace(write(tmp_path, text)).blocks()
    assert block.t_s.tolist() == [0, 0.1, 0.2]
    assert block.specific_force_ms2.tolist() == [[1, 2, 9], [10, 0.5, -2], [1, 1, 1]]


@pytest.mark.parametrize(
    ("rate_hz", "step_s", "gap"),
    [
        (100.0, 0.15, False),
        (100.0, 0.16, True),
        (12.5, 0.2, False),
        (12.5, 0.25, True),
        (1000.0, 0.05, False),
    ],
)
def test_gaps_are_marked(tmp_path: Path, rate_hz: float, step_s: float, gap: bool) -> None:
    t_s = np.arange(20) / rate_hz
    t_s[7:] += step_s - 1 / rate_hz
    text = "t_s,ax,ay,az\n" + "".join(f"{t:.6f},0,0,9.8\n" for t in t_s)
    (block,) = open_trace(write(tmp_path, text)).blocks()
    assert np.flatnonzero(block.flags & SampleFlag.GAP_BEFORE).tolist() == ([7] if gap else [])


def test_repeated_times_are_left_out_and_told(tmp_path: Path) -> None:
    text = "t_s,ax,ay,az\n0,7,0,0\n0.1,8,0,0\n0.1,9,0,0\n0.1,10,0,0\n0.2,11,0,0\n"
    trace = open_trace(write(tmp_path, text))
    (block,) = trace.blocks()
    assert block.t_s.tolist() == [0, 0.1, 0.2]
    assert block.specific_force_ms2[:, 0].tolist() == [7, 8, 11]
    assert "2 samples that repeat the time before them are left out" in str(trace.warnings[0])


def test_a_single_repeated_time_is_told_in_the_singular(tmp_path: Path) -> None:
    trace = open_trace(write(tmp_path, "t_s,ax,ay,az\n0,0,0,9.8\n0.1,0,0,9.8\n0.1,0,0,9.8\n"))
    assert "1 sample that repeats the time before it is left out" in str(trace.warnings[0])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("0.125,1,2,3,4,5,nan", r"line 14, column 7 \(gz\): 'nan' is not a finite number"),
        ("0.125,1,inf,3,4,5,6", r"line 14, column 3 \(ay\): 'inf' is not a finite number"),
        ("0.125,1,1e999,3,4,5,6", r"line 14, column 3 \(ay\): '1e999' is too large"),
        ("0.125,1,2,3,4,5,abc", r"line 14, column 7 \(gz\): 'abc' is not a number"),
        ("0.125,1,2,3,4,5,", r"line 14, column 7 \(gz\): '' is not a number"),
        ("0.125,1,2,3,4,5,1_0", r"line 14, column 7 \(gz\): '1_0' is not"),
        ("0.125,1,2,3,4,5", r"line 14: 6 fields where 7 are expected \(t_s,ax"),
        ("0.125,1,2,3,4,5,6,7", r"line 14: 8 fields where 7"),
        ("0.05,1,2,3,4,5,6", r"line 14, column 1 \(t_s\): time 0.05 s comes after 0.11 s"),
        ("0,125;1;2;3;4;5;6", r"line 14: 2 fields where 7"),
        ("0.125", r"line 14: 1 field where 7 are expected"),
    ],
)
def test_names_line_and_column(tmp_path: Path, row: str, says: str) -> None:
    lines = trace_text(40).splitlines(keepends=True)
    lines.insert(13, row + "\n")
    with pytest.raises(TraceFormatError, match=says):
        SiTrace(write(tmp_path, "".join(lines), "t.csv.gz"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("t_s,ax,ay\n0,1,2\n", "line 1: column az is missing"),
        ("t_s,ax,ay,az,gx\n", "column gy is missing"),
        ("t_s,ax,ay,az,az\n", "column az is named twice"),
        ("# made by me\nt_s,ax,ay\n", "line 2: column az"),
        ("t_s,ax,ay,az\n", "a file without samples is no trace"),
        ("t_s,ax,ay,az\n0,0,0,0\n", "one sample is no trace"),
        ("t_s,ax,ay,az\n0,0,0,0\n0,0,0,0\n", "same time"),
        ("t_s;ax;ay;az\n0;0;0;9,8\n", "gx,gy,gz; columns are separated by commas"),
        ("time,x,y,z\n0,0,0,0\n", "line 1: neither a recording"),
    ],
)
def test_names_what_the_file_lacks(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(TraceFormatError, match=says):
        open_trace(write(tmp_path, text))


def swinging(n: int = 400, rate_hz: float = 100.0) -> np.ndarray:
    """Rows of an arm that swings through a right angle, in the units of the format."""
    t_s = np.arange(n) / rate_hz
    angle = np.pi / 4 * np.sin(2 * np.pi * 0.4 * t_s)
    turn_rads = np.gradient(angle, t_s)
    zero = np.zeros(n)
    return np.column_stack([t_s, 9.8 * np.sin(angle), zero, 9.8 * np.cos(angle), zero, turn_rads, zero])


def table_text(rows: np.ndarray) -> str:
    return HEAD + "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())


def test_the_units_of_the_format_are_no_reason_for_a_word(tmp_path: Path) -> None:
    assert open_trace(write(tmp_path, table_text(swinging()))).warnings == ()


@pytest.mark.parametrize(
    ("columns", "factor", "says"),
    [
        (slice(1, 4), 1 / 9.80665, r"expected specific force in m/s2.* looks like g: multiply by 9\.80665"),
        (slice(1, 4), 1000 / 9.80665, r"looks like thousandths of g: multiply by 0\.00980665"),
        (slice(1, 4), 0.0, r"is 0; expected specific force in m/s2, which is 9\.8 at rest\."),
        (slice(1, 4), 4096.0, r"expected specific force in m/s2, which is 9\.8 at rest\."),
        (
            slice(0, 1),
            1e3,
            r"are 10 apart; expected seconds.* if they are milliseconds, divide them by 1000\.",
        ),
        (slice(0, 1), 1e6, r"if they are microseconds, divide them by 1000000\."),
        (slice(0, 1), 1e9, r"if they are nanoseconds, divide them by 1000000000\."),
        (slice(0, 1), 1 / 60, r"expected seconds, at 5 to 2000 samples a second\."),
    ],
)
def test_other_units_are_refused(tmp_path: Path, columns: slice, factor: float, says: str) -> None:
    rows = swinging()
    rows[:, columns] *= factor
    with pytest.raises(TraceFormatError, match=says):
        open_trace(write(tmp_path, table_text(rows)))


@pytest.mark.parametrize("rate_hz", [5.0, 12.5, 2000.0])
def test_the_rates_of_the_documentation_are_read(tmp_path: Path, rate_hz: float) -> None:
    trace = open_trace(write(tmp_path, table_text(swinging(rate_hz=rate_hz))))
    assert trace.info.rates_hz == {SensorRole.LIMB: rate_hz}


def test_degrees_and_violent_movements_are_told(tmp_path: Path) -> None:
    degrees, violent = swinging(), swinging()
    degrees[:, 4:7] = np.rad2deg(degrees[:, 4:7])
    violent[:, 1:4] *= 2.4
    (said,) = open_trace(write(tmp_path, table_text(degrees))).warnings
    assert "if it is deg/s, divide it by 57.29578" in str(said)
    (said,) = open_trace(write(tmp_path, table_text(violent))).warnings
    assert "check the unit if no movement was violent" in str(said)


def test_a_fault_far_into_a_file_has_the_right_line(tmp_path: Path) -> None:
    lines = trace_text(20_000).splitlines(keepends=True)
    lines[17_000] = lines[17_000].replace(",", ";", 1)
    with pytest.raises(TraceFormatError, match="line 17001: 6 fields"):
        SiTrace(write(tmp_path, "".join(lines)))


def test_a_cut_download_is_read_up_to_the_cut(tmp_path: Path) -> None:
    path = write(tmp_path, trace_text(2000), "t.csv.gz")
    path.write_bytes(path.read_bytes()[:20_000])
    trace = open_trace(path)
    n = sum(map(len, trace.blocks()))
    assert 100 < n < 2000
    assert f"cut off; {n} rows before" in str(trace.warnings[0])


@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3), min_size=1, max_size=20))
def test_both_parsers_read_the_same(rows: list[tuple[float, ...]]) -> None:
    piece = "".join(",".join(map(repr, row)) + "\n" for row in rows).encode()
    fast = parse_fast(piece, 3, FINITE)
    careful = parse_careful(Path("x"), 1, piece, ["a", "b", "c"], FINITE, lambda _line, _row: None)
    assert fast is not None
    assert fast.tobytes() == careful.tobytes() == np.array(rows).tobytes()


def test_is_fast(tmp_path: Path) -> None:
    path = write(tmp_path, trace_text(20_000), "t.csv.gz")
    best_s = min(_seconds_to_load(path) for _ in range(3))
    assert best_s < 0.3


def _seconds_to_load(path: Path) -> float:
    begun = time.process_time()  # other tests run meanwhile
    assert sum(map(len, open_trace(path).blocks())) == 20_000
    return time.process_time() - begun


@pytest.mark.parametrize("moment", ["1e300", "1e308", "-1e200"])
def test_a_time_beyond_all_sense_is_refused_with_its_line(tmp_path: Path, moment: str) -> None:
    rows = [f"{0.02 * i:.2f},0,0,9.81" for i in range(20)]
    place = 0 if moment.startswith("-") else 20
    path = tmp_path / "far.csv"
    path.write_text("\n".join(["t_s,ax,ay,az", *rows[:place], f"{moment},0,0,9.81", *rows[place:]]) + "\n")
    with pytest.raises(TraceFormatError, match=rf"line {place + 2}.*is no time"):
        open_trace(path)
