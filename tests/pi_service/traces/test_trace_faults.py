from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from trace_making import bytes_by_sensor, raw_block, sensor_header, trace_header

from firmware.samples import RawBlock, SensorRole
from pi_service.traces import (
    TraceError,
    TraceFileError,
    TraceFormatError,
    TraceReader,
    TraceWriter,
    open_trace,
)


def write(path: Path, n: int = 20) -> bytes:
    with TraceWriter(path, trace_header()) as writer:
        writer.write(raw_block(n))
    return path.read_bytes()


def read(path: Path) -> list[RawBlock]:
    return list(TraceReader(path).blocks(7))


class TestNamesLineAndColumn:
    @pytest.mark.parametrize(
        ("field", "new", "says"),
        [
            (0, "x", r"column 1 \(t_us\): 'x' is not a whole number"),
            (0, "-5", r"column 1 \(t_us\): -5 is out of bounds"),
            (0, "1", r"column 1 \(t_us\): time 1 us is not after .* expected increasing"),
            (3, "40000", r"column 4 \(az\): 40000 is out of bounds; expected -32768 to 32767"),
            (3, "99999999999999999999", r"column 4 \(az\)"),
            (4, "1.5", r"column 5 \(gx\): '1.5' is not a whole number"),
            (4, "", r"column 5 \(gx\): '' is not a whole number"),
            (4, "1_0", r"column 5 \(gx\)"),
            (7, "256", r"column 8 \(flags\): 256 is out of bounds; expected 0 to 255"),
            (7, "0,0", r"9 fields where 8 are expected"),
            (7, None, r"7 fields where 8 are expected"),
        ],
    )
    @pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
    def test_one_wrong_field(
        self, tmp_path: Path, field: int, new: str | None, says: str, suffix: str
    ) -> None:
        path = tmp_path / f"t{suffix}"
        data = write(path)
        lines = (gzip.decompress(data) if suffix == ".csv.gz" else data).decode().split("\n")
        line = lines.index("t_us,ax,ay,az,gx,gy,gz,flags") + 12
        fields = lines[line].split(",")
        fields[field : field + 1] = [] if new is None else [new]
        lines[line] = ",".join(fields)
        text = "\n".join(lines).encode()
        path.write_bytes(gzip.compress(text) if suffix == ".csv.gz" else text)
        with pytest.raises(TraceFormatError, match=says) as caught:
            read(path)
        assert caught.value.line == line + 1
        assert f"line {line + 1}" in str(caught.value)

    def test_time_must_increase_for_each_sensor_by_itself(self, tmp_path: Path) -> None:
        limb, torso = sensor_header(), sensor_header(SensorRole.TORSO)
        path = tmp_path / "t.csv"
        with TraceWriter(path, trace_header(limb, torso)) as writer:
            writer.write(raw_block(3, start_us=10**6, sensor=limb))
            writer.write(raw_block(3, sensor=torso))
        assert len(read(path)) == 2
        text = path.read_text().replace("\n1,", "\n0,", 1)
        path.write_text(text)
        with pytest.raises(TraceFormatError, match=r"column 2 \(t_us\): time .* is not after"):
            read(path)

    def test_other_columns_than_the_header_promises(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        write(path)
        path.write_text(path.read_text().replace("gz,flags", "gz,flag"))
        with pytest.raises(TraceFormatError, match="expected t_us,ax,ay,az,gx,gy,gz,flags"):
            TraceReader(path)

    def test_an_edit_by_hand_that_lost_a_row_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        lines = write(path).decode().split("\n")
        del lines[-5]
        path.write_text("\n".join(lines))
        reader = TraceReader(path)
        assert sum(map(len, reader.blocks())) == 19
        assert "closed with 20 rows but holds 19" in str(reader.warnings[0])


def test_a_windows_editor_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    data = write(path)
    path.write_bytes(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n") + b"\r\n")
    reader = TraceReader(path)
    assert bytes_by_sensor(list(reader.blocks())) == bytes_by_sensor([raw_block(20)])
    assert reader.warnings == ()


class TestCutOff:
    """Whatever is left of a recording, the rows before the cut are read and the cut is told."""

    @pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
    @pytest.mark.parametrize("zeros", [0, 300])
    def test_anywhere(self, tmp_path: Path, suffix: str, zeros: int) -> None:
        path = tmp_path / f"t{suffix}"
        with TraceWriter(path, trace_header()) as writer:
            whole = raw_block(40)
            begun = path.stat().st_size
            writer.write(whole)
            writer.flush()
            flushed = path.stat().st_size
        data = path.read_bytes()
        want = bytes_by_sensor([whole])[SensorRole.LIMB]
        for cut in range(begun, len(data) - 1, 7):
            path.write_bytes(data[:cut] + bytes(zeros))
            reader = TraceReader(path)
            blocks = list(reader.blocks(9))
            n = sum(map(len, blocks))
            if blocks:
                got = bytes_by_sensor(blocks)[SensorRole.LIMB]
                assert all(g == w[: len(g)] for g, w in zip(got, want, strict=True))
            assert n == 40 or cut < flushed
            assert len(reader.warnings) == 1, cut
            assert str(path) in str(reader.warnings[0])

    def test_within_the_header_there_is_nothing_to_read(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        data = write(path)
        for cut in (0, 5, 40, 300):
            path.write_bytes(data[:cut])
            with pytest.raises(TraceFormatError, match=r"expected a trace|empty|not TOML|first line"):
                open_trace(path)

    def test_killed_while_recording(self, tmp_path: Path) -> None:
        path = tmp_path / "killed.csv.gz"
        program = (
            "import os, signal, sys; from pathlib import Path\n"
            "from trace_making import *; from pi_service.traces import TraceWriter\n"
            "w = TraceWriter(Path(sys.argv[1]), trace_header())\n"
            "w.write(raw_block(500)); w.flush()\n"
            "w.write(raw_block(70, start_us=10**8))\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        ended = subprocess.run([sys.executable, "-c", program, str(path)], env=environment, check=False)
        assert ended.returncode == -signal.SIGKILL
        reader = TraceReader(path)
        assert bytes_by_sensor(list(reader.blocks())) == bytes_by_sensor([raw_block(500)])
        assert "cut off" in str(reader.warnings[0])


class TestFilesThatAreNone:
    def test_missing_and_folder(self, tmp_path: Path) -> None:
        with pytest.raises(TraceFileError, match=r"There is no file .*none\.csv"):
            open_trace(tmp_path / "none.csv")
        with pytest.raises(TraceFileError, match="is a folder"):
            open_trace(tmp_path)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\0" * 100,
            b"\x89PNG\r\n\x1a\n\xff\xfe",
            b"a,b,c\n1,2,3\n",
            b"# only a comment\n",
            b"\x1f\x8b",
            gzip.compress(b"", mtime=0),  # its time would be part of the test's name
            gzip.compress(b"t_s,ax,ay,az\n0,1,2,3\n", mtime=0)[:14] + b"garbage" * 9,
            b"x" * 3_000_000,
        ],
    )
    def test_anything_else_is_one_sentence(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "t.csv.gz"
        path.write_bytes(content)
        with pytest.raises(TraceError, match=r"expected|damaged") as caught:
            list(open_trace(path).blocks())
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 600

    def test_a_letter_that_is_not_utf8_has_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        data = write(path)
        line = data[: data.index(b"# simulated")].count(b"\n") + 1
        path.write_bytes(data.replace(b"# simulated", b'# notes = "m\xfcde"\n# simulated'))
        with pytest.raises(
            TraceFormatError, match=f"line {line}: this line is not UTF-8 text; .*saved as UTF-8"
        ):
            open_trace(path)

    @pytest.mark.parametrize("kept", [10, 60])
    def test_cut_within_the_header_of_compressed_data(self, tmp_path: Path, kept: int) -> None:
        path = tmp_path / "t.csv.gz"
        path.write_bytes(gzip.compress(gzip.decompress(write(path)))[:kept])
        with pytest.raises(TraceFormatError, match="no line of column names, the compressed data is cut off"):
            open_trace(path)

    @pytest.mark.parametrize("text", ["recording", "si"])
    def test_a_flipped_byte_is_damage_whatever_it_makes_of_the_text(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "t.csv.gz"
        if text == "recording":
            data = gzip.decompress(write(path, 300))
        else:
            data = b"t_s,ax,ay,az\n" + b"".join(b"%.2f,0.%d,1,9.8\n" % (i / 50, i * 7919) for i in range(300))
        # Level 0 keeps the text as it is: every flip is one in the text, and only the checksum knows.
        stored = gzip.compress(data, compresslevel=0)
        for at in range(30, len(stored) - 8, 397):
            path.write_bytes(stored[:at] + bytes([stored[at] ^ 0x11]) + stored[at + 1 :])
            with pytest.raises(TraceFormatError, match=r"damaged .*copy the file again"):
                list(open_trace(path).blocks())

    def test_damage_inside_compressed_data_is_no_cut(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv.gz"
        data = bytearray(write(path, 400))
        data[-6] ^= 0x40  # in the member's checksum
        path.write_bytes(bytes(data))
        with pytest.raises(TraceFormatError, match=r"damaged .*copy the file again"):
            read(path)
