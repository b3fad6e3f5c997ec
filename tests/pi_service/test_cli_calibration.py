"""`repclip calibration`, and what run, record and doctor make of stored calibrations."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.calibrations import LIMB, all_files, calibration, on_bus_1, store
from support.virtual_bus import open_virtual_bus, use_virtual_time

from calibration.store import CalibrationStore
from calibration.value import IDENTITY, ZERO, Calibration
from firmware.roles import SensorRole
from firmware.sim import SimulatedClock
from pi_service.cli import run
from pi_service.sources.replay import ReplaySource
from pi_service.traces import TraceReader

TORSO = replace(LIMB, role=SensorRole.TORSO, i2c_address=0x69)
MET = "gravity is met within 0.4 mg (rms)."
UNSEEN = (
    "Gravity cannot tell how the whole chip is turned in its housing: against the printed axes, angles may be"
    " off by another degree."
)
RUN = ["run", "--bus", "1", "--seconds", "1"]


@pytest.fixture(autouse=True)
def _virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--bus 1` is a simulated sensor that lies still and says that it is on /dev/i2c-1."""
    use_virtual_time(monkeypatch)
    on_bus_1(monkeypatch)
    monkeypatch.setattr(
        "pi_service.commands.sensors.open_bus",
        lambda text: open_virtual_bus("sim:motion=still" if text == "1" else text),
    )


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "plain.csv"
    assert run(["record", str(path), "--bus", "1", "--seconds", "3"]) == 0
    return path


def opening(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str]]:
    """Return what a run says of its sensor's calibration, and what it tells on stderr."""
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("Limb sensor: "))
    return lines[place + 1].strip(), shown.err.splitlines()


def test_nothing_is_there_at_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calibration", "list"]) == 0
    assert capsys.readouterr().out == (
        f"There is no calibration yet: run repclip calibrate. Looked in {tmp_path / 'calibration'}.\n"
    )
    assert run(["calibration", "show", "limb"]) == 2
    assert "There is no calibration of the limb sensor in " in capsys.readouterr().err
    assert run(RUN) == 0
    assert opening(capsys) == (
        "not calibrated: tilt may be off by up to 5 degrees; run repclip calibrate",
        [],
    )


def test_the_newest_that_fits_is_used_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path).save(calibration(days_old=40.5))
    store(tmp_path).save(calibration(days_old=12.5))
    store(tmp_path).save(calibration(TORSO, days_old=1.5))
    store(tmp_path).save(calibration(replace(LIMB, chip="MPU-6500", who_am_i=0x70), days_old=0.5))
    store(tmp_path).save(calibration(replace(LIMB, i2c_bus=3), days_old=0.5))
    assert run(RUN) == 0
    assert opening(capsys) == ("calibrated 12 days ago, tilt error 0.2 degrees", [])


@pytest.mark.parametrize(
    ("stored", "words", "told"),
    [
        (calibration(days_old=120.5), "calibrated 120 days ago, tilt error", "is 120 days old: run repclip"),
        (calibration(temperature_c=45.0), "calibrated 12 days ago", "its calibration was made at 45 C"),
        (calibration(days_old=-400.0), "calibrated on 20", "which is still to come"),
        (
            calibration(accel_range_g=4),
            "not calibrated",
            "was calibrated at 4 g and 1000 deg/s, which does not hold at 8 g and 1000 deg/s",
        ),
        (
            Calibration(
                LIMB, 8, 1000, IDENTITY, ZERO, IDENTITY, (0.1, 0.0, 0.0), "gyro rest",
                made_at=datetime.now(UTC),
            ),
            "gyroscope calibrated today, accelerometer not: tilt may be off by up to 5 degrees",
            None,
        ),
    ],
    ids=["stale", "temperature", "future", "range", "gyroscope alone"],
)  # fmt: skip
def test_what_speaks_against_a_calibration_is_told_and_the_count_goes_on(
    stored: Calibration, words: str, told: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(stored)
    assert run(RUN) == 0
    said, errors = opening(capsys)
    assert said.startswith(words)
    assert len(errors) == (told is not None)
    assert told is None or told in errors[0]


BROKEN = [
    pytest.param(lambda text: text[: len(text) // 2], "cannot be used", id="half a file"),
    pytest.param(lambda _: "", "cannot be used", id="empty"),
    pytest.param(lambda text: text.replace("accel_matrix", "acel_matrix"), "accel_matrix", id="misspelt"),
    pytest.param(lambda text: text.replace("1.01", "10.1"), "cannot be right", id="impossible"),
    pytest.param(lambda text: text.replace("format = 2", "format = 9"), "update repclip", id="newer format"),
    pytest.param(lambda text: text.replace("= 8", "= 'eight'"), "whole number", id="no number"),
]


@pytest.mark.parametrize(("edit", "complaint"), BROKEN)
@pytest.mark.parametrize("older", [True, False], ids=["with an older one", "alone"])
def test_a_file_that_somebody_broke_is_told_and_the_older_one_is_used(
    edit, complaint: str, older: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if older:
        store(tmp_path).save(calibration(days_old=30.5))
    path = store(tmp_path).save(calibration(days_old=2.5))
    path.write_text(edit(path.read_text()))
    assert run(RUN) == 0
    said, (told,) = opening(capsys)
    assert said.startswith("calibrated 30 days ago" if older else "not calibrated")
    assert told.startswith(f"repclip: A calibration is left aside: {path}")
    assert complaint in told
    assert run(["calibration", "list"]) == 0
    assert complaint in capsys.readouterr().err
    assert run(["calibration", "show", path.name]) == 2
    shown = capsys.readouterr()
    assert complaint in shown.err
    assert shown.err.count("\n") == 1


def test_a_folder_that_is_none_does_not_keep_it_from_counting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "calibration").write_text("not a folder")
    assert run(RUN) == 0
    said, told = opening(capsys)
    assert said.startswith("not calibrated")
    assert len(told) == 2
    for what, line in zip(("calibration", "placement"), told, strict=True):
        assert re.match(rf"repclip: The {what} cannot be read: .*: Not a directory\.", line)


def test_a_recording_holds_the_calibration_and_replay_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sloped = calibration(gyro_slope_rads_per_c=(0.001, -0.002, 0.0005))
    store(tmp_path).save(sloped)
    live: list[bytes] = []
    apply = Calibration.apply

    def apply_and_keep(self, raw):
        block = apply(self, raw)
        live.append(block.specific_force_ms2.tobytes() + block.angular_rate_rads.tobytes())
        return block

    monkeypatch.setattr(Calibration, "apply", apply_and_keep)
    path = tmp_path / "t.csv"
    assert run(["run", "--bus", "1", "--seconds", "5", "--record", str(path)]) == 0
    monkeypatch.setattr(Calibration, "apply", apply)
    assert TraceReader(path).header.sensors[0].calibration == sloped
    blocks = list(ReplaySource(path).blocks())
    size = sum(map(len, live))
    assert size > 20_000
    for kind in ("specific_force_ms2", "angular_rate_rads"):
        replayed = b"".join(getattr(block, kind).tobytes() for block in blocks)
        part = 0 if kind == "specific_force_ms2" else 1
        assert replayed == b"".join(
            each[: len(each) // 2] if part == 0 else each[len(each) // 2 :] for each in live
        )


def test_a_date_that_is_still_to_come_is_told_in_the_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(calibration(days_old=-700.0))
    assert run(["calibration", "list"]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if "MPU-6050" in line)
    assert row.endswith(" dated ahead")


def test_the_list_and_what_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = store(tmp_path).save(calibration(days_old=100.5))
    new = store(tmp_path).save(calibration(days_old=12.5))
    torso = store(tmp_path).save(calibration(TORSO, days_old=95.5))
    assert run(["calibration", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines if line.endswith(".toml")] == [new.name, torso.name, old.name]
    assert max(map(len, lines[:-1])) < 90
    rows = [line for line in lines if "MPU-6050" in line]
    assert [("*" in row[:3], row.endswith(" old")) for row in rows] == [
        (True, False),
        (True, True),
        (False, True),
    ]
    assert all(
        re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d .* days .*8 g, 1000 deg.s .*3\.1 -> 0\.2", row) for row in rows
    )
    assert run(["calibration", "show", "limb"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Limb sensor (MPU-6050, bus 1, address 0x68), 8 g and 1000 deg/s"
    assert re.fullmatch(r"  Made 20\d\d-\d\d-\d\d \d\d:\d\d UTC, 12 days ago\.", lines[1])
    assert lines[2:] == [
        "  Tilt error was 3.1 degrees, now 0.2.",
        "  Made of 12 rests: all six sides up.",
        f"  Accelerometer (x, y, z): reads +31, -20, +51 mg too much, and -1.0, +1.0, +0.0 % in scale; {MET}",
        f"  {UNSEEN}",
        "  Gyroscope (x, y, z): reads +0.57, -1.15, +1.72 deg/s at rest at 24 C.",
        f"  File: {new}",
    ]
    assert run(["calibration", "show"]) == 0
    out = capsys.readouterr().out
    assert f"File: {torso}" in out
    assert "is 95 days old" in out
    for name in (old.name, str(old)):
        assert run(["calibration", "show", name]) == 0
        assert "(not in use)" in capsys.readouterr().out
    assert run(["calibration", "show", "leg"]) == 2
    assert "leg is neither limb nor torso nor a file" in capsys.readouterr().err


def rows_of(path: Path) -> list[str]:
    return [
        line
        for line in path.read_text().splitlines()
        if line[0].isdigit() or line.startswith(("# end", "# l"))
    ]


def test_a_recording_gets_a_calibration_and_keeps_its_samples(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = recording.read_bytes()
    store(tmp_path).save(calibration(days_old=3.5))
    assert run(["calibration", "apply-to", str(recording)]) == 0
    out = capsys.readouterr().out
    assert "Limb sensor: was not calibrated: tilt may be off by up to 5 degrees." in out
    assert re.search(r"^  Now the calibration made .* UTC, 3 days ago\.$", out, re.MULTILINE)
    assert re.search(r"^  A direction changes by up to \d\.\d degrees\.$", out, re.MULTILINE)
    assert re.search(
        r"^  Near rest the force is 1\.00\d g .* and 0\.9\d\d g with the new one\.$", out, re.MULTILINE
    )
    assert out.endswith("Nothing is written without --out.\n")
    new = tmp_path / "new.csv"
    assert run(["calibration", "apply-to", str(recording), "--out", str(new)]) == 0
    assert rows_of(new) == rows_of(recording)
    held = TraceReader(new).header
    assert held.sensors[0].calibration == store(tmp_path).all()[0].calibration
    plain = TraceReader(recording).header
    assert replace(held, sensors=plain.sensors) == plain
    assert run(["calibration", "apply-to", str(recording), "--out", str(new)]) == 2
    assert "exists already: choose another name, or replace it with --overwrite." in capsys.readouterr().err
    assert run(["calibration", "apply-to", str(new), "--out", str(tmp_path / "again.csv")]) == 2
    assert "holds this calibration already" in capsys.readouterr().err
    zipped = tmp_path / "new.csv.gz"
    assert run(["calibration", "apply-to", str(recording), "--out", str(zipped)]) == 0
    assert TraceReader(zipped).header == held
    assert recording.read_bytes() == before
    assert run(["calibration", "apply-to", str(recording), "--out", str(recording), "--overwrite"]) == 0
    assert recording.read_bytes() == new.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("stored", "complaint"),
    [
        (calibration(replace(LIMB, chip="MPU-6500", who_am_i=0x70)), "belongs to the limb sensor (MPU-6500"),
        (calibration(replace(LIMB, i2c_bus=3)), "bus 3"),
        (calibration(gyro_range_dps=500), "was made at 8 g and 500 deg/s"),
    ],
    ids=["chip", "bus", "range"],
)
def test_a_calibration_of_another_chip_is_refused(
    stored: Calibration, complaint: str, recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = store(tmp_path).save(stored)
    before = all_files(tmp_path)
    arguments = ["calibration", "apply-to", str(recording), "--out", str(tmp_path / "new.csv")]
    capsys.readouterr()
    assert run([*arguments, "--use", str(path)]) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1
    assert run(arguments) == 2
    assert "There is no calibration of a sensor of" in capsys.readouterr().err
    assert all_files(tmp_path) == before


def test_what_cannot_be_written_leaves_nothing(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(calibration())
    for name, complaint in (("new.txt", "let it end in .csv"), ("nowhere/new.csv", "There is no folder")):
        assert run(["calibration", "apply-to", str(recording), "--out", str(tmp_path / name)]) == 2
        assert complaint in capsys.readouterr().err
    si = tmp_path / "si.csv"
    si.write_text("t_s,ax,ay,az\n0.0,0,0,9.8\n0.01,0,0,9.8\n")
    assert run(["calibration", "apply-to", str(si)]) == 2
    assert "is not a recording of repclip" in capsys.readouterr().err
    assert run(["calibration", "apply-to", str(recording), "--use", "nothing.toml"]) == 2
    assert "nothing.toml is neither" in capsys.readouterr().err


def doctor_says(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the line on the calibration, and what follows it."""
    assert run(["doctor", "--bus", "sim:", "--seconds", "1"]) == 0
    out = capsys.readouterr().out
    found = re.search(r"^  (\w+ +calibration .*?)(?=^  \w|\n\n)", out, re.MULTILINE | re.DOTALL)
    assert found, out
    return " ".join(found[1].split())


def test_doctor_has_a_line_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("firmware.sim.HostClock", SimulatedClock)
    simulated = CalibrationStore(tmp_path / "calibration" / "simulated" / "seed-0")
    assert doctor_says(capsys) == (
        "ok calibration Not calibrated: tilt may be off by up to 5 degrees."
        " Run repclip calibrate: it takes two minutes."
    )
    assert run(["calibrate", "--bus", "sim:"]) == 0
    capsys.readouterr()
    assert doctor_says(capsys).startswith("ok calibration Calibrated today, tilt error 0.")
    (mine,) = simulated.all()
    assert mine.calibration is not None
    mine.path.unlink()
    simulated.save(replace(mine.calibration, made_at=calibration(days_old=100.0).made_at))
    assert "warning calibration Calibrated 100 days ago" in doctor_says(capsys)
    x, y, z = mine.calibration.accel_offset_ms2
    simulated.save(replace(mine.calibration, accel_offset_ms2=(x, y, z + 0.6)))
    said = doctor_says(capsys)
    assert said.startswith("warning calibration Calibrated today")
    assert "it seems to be another sensor's" in said
    broken = simulated.save(replace(mine.calibration, made_at=calibration(days_old=-0.01).made_at))
    broken.write_text("format = 2")
    assert "warning calibration Calibrated today" in (said := doctor_says(capsys))
    assert "left aside" in said


def test_a_failed_copy_leaves_the_old_file(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path).save(calibration())
    before = all_files(tmp_path)

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pi_service.traces.rewriting.os.fsync", interrupted)
    out = ["--out", str(recording), "--overwrite"]
    assert run(["calibration", "apply-to", str(recording), *out]) == 130
    assert all_files(tmp_path) == before


def test_a_recording_that_was_cut_off_stays_so(recording: Path, tmp_path: Path) -> None:
    store(tmp_path).save(calibration())
    cut = tmp_path / "cut.csv"
    cut.write_bytes(recording.read_bytes()[:-40])
    new = tmp_path / "new.csv"
    assert run(["calibration", "apply-to", str(cut), "--out", str(new)]) == 0
    reader = TraceReader(new)
    assert sum(map(len, reader.blocks())) > 250
    assert "never closed" in str(reader.warnings[0])
