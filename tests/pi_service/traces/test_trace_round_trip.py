from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trace_making import bytes_by_sensor, raw_block, sensor_header, trace_header, trace_headers

from firmware.samples import SensorRole
from pi_service.traces import (
    Label,
    LabelKind,
    TraceError,
    TraceFileError,
    TraceHeader,
    TraceReader,
    TraceWriter,
)


@settings(deadline=None)
@given(
    header=trace_headers(),
    sizes=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30)), max_size=8),
    seed=st.integers(0, 1000),
    suffix=st.sampled_from([".csv", ".csv.gz"]),
    read_size=st.integers(1, 70),
)
def test_what_is_written_is_read_exactly(
    header: TraceHeader, sizes: list[tuple[int, int]], seed: int, suffix: str, read_size: int
) -> None:
    written = []
    ends_us = [0, 0]
    for number, (drawn, n) in enumerate(sizes):
        which = drawn % len(header.sensors)
        block = raw_block(n, seed=seed + number, start_us=ends_us[which], sensor=header.sensors[which])
        if n:
            ends_us[which] = int(block.t_us[-1])
        written.append(block)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"t{suffix}"
        with TraceWriter(path, header) as writer:
            for number, block in enumerate(written):
                writer.write(block)
                if number % 3 == 0:
                    writer.flush()
        reader = TraceReader(path)
        blocks = list(reader.blocks(read_size))
        assert reader.header == header
        assert reader.warnings == ()
    assert all(0 < len(block) <= read_size for block in blocks)
    assert bytes_by_sensor(blocks) == bytes_by_sensor(written)
    for block in blocks:
        sensor = next(s for s in header.sensors if s.role == block.sensor)
        assert (block.accel_range_g, block.gyro_range_dps) == (sensor.accel_range_g, sensor.gyro_range_dps)
        assert (block.temperature_counts is not None) == sensor.temperature


def test_a_long_recording_keeps_its_order_over_many_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.csv.gz"
    whole = raw_block(60_000)
    with TraceWriter(path, trace_header()) as writer:
        writer.write(whole)
    blocks = list(TraceReader(path).blocks(999))
    assert bytes_by_sensor(blocks) == bytes_by_sensor([whole])
    assert {len(block) for block in blocks[:-1]} == {999}


def test_the_same_recording_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.csv.gz", "b.csv.gz"):
        with TraceWriter(tmp_path / name, trace_header()) as writer:
            writer.write(raw_block(100))
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()).endswith(b"# end,100\n")


def test_two_sensors_stand_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    limb, torso = sensor_header(), sensor_header(SensorRole.TORSO, temperature=True)
    path = tmp_path / "two.csv"
    with TraceWriter(path, trace_header(limb, torso)) as writer:
        writer.write(raw_block(2, sensor=torso))
        writer.write(raw_block(1, sensor=limb))
        writer.write(raw_block(1, sensor=torso, start_us=100_000))
    lines = path.read_text().splitlines()
    top = lines.index("sensor,t_us,ax,ay,az,gx,gy,gz,flags,temperature")
    assert [line[0] for line in lines[top + 1 : -1]] == ["1", "1", "0", "1"]
    assert lines[top + 3].endswith(",0")


class TestRefusals:
    def test_an_existing_file_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text("precious")
        with pytest.raises(TraceFileError, match="exists already"):
            TraceWriter(path, trace_header())
        assert path.read_text() == "precious"
        TraceWriter(path, trace_header(), overwrite=True).close()
        assert path.read_text().startswith("# repclip-trace 1")

    def test_another_name_and_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(TraceFileError, match="end in"):
            TraceWriter(tmp_path / "t.txt", trace_header())
        with pytest.raises(TraceFileError, match="There is no folder"):
            TraceWriter(tmp_path / "none" / "t.csv", trace_header())

    def test_what_does_not_belong_into_the_recording(self, tmp_path: Path) -> None:
        torso = sensor_header(SensorRole.TORSO)
        warm = sensor_header(temperature=True)
        with TraceWriter(tmp_path / "t.csv", trace_header()) as writer:
            writer.write(raw_block(5))
            with pytest.raises(TraceError, match="records no torso sensor"):
                writer.write(raw_block(5, sensor=torso))
            with pytest.raises(TraceError, match="without temperature"):
                writer.write(raw_block(5, start_us=10**6, sensor=warm))
            with pytest.raises(TraceError, match="must increase"):
                writer.write(raw_block(5))
        assert sum(map(len, TraceReader(tmp_path / "t.csv").blocks())) == 5

    def test_a_full_disk_is_a_sentence(self, tmp_path: Path) -> None:
        full = tmp_path / "full.csv"
        full.symlink_to("/dev/full")
        with pytest.raises(TraceFileError, match="cannot be written: the disk is full"):
            TraceWriter(full, trace_header(), overwrite=True)

    def test_text_that_is_no_text(self, tmp_path: Path) -> None:
        with (
            TraceWriter(tmp_path / "t.csv", trace_header()) as writer,
            pytest.raises(TraceError, match="valid"),
        ):
            writer.add_label(Label(LabelKind.NOTE, 0.0, 0.0, text="\udcff"))


def test_leaving_with_an_exception_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"

    def record() -> None:
        with TraceWriter(path, trace_header()) as writer:
            writer.write(raw_block(5))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record()
    reader = TraceReader(path)
    assert sum(map(len, reader.blocks())) == 5
    assert "never closed" in str(reader.warnings[0])
