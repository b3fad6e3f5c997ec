"""`repclip run` on simulated sensors: in virtual time in this process, in real time as a person starts it."""

from __future__ import annotations

import errno
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.subscriber import Subscriber
from support.virtual_bus import open_virtual_bus, use_virtual_time

from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, rocking, still
from pi_service.cli import run
from pi_service.commands.buses import OpenBus, worn_bus
from pi_service.sources.replay import ReplaySource
from pi_service.traces import TraceFileError, TraceWriter

COMMAND = [sys.executable, "-m", "pi_service.cli"]
ONE_SET_S = "65"


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    use_virtual_time(monkeypatch)


@pytest.mark.usefixtures("virtual")
def test_a_set_is_counted_recorded_and_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "set.csv.gz"
    assert run(["run", "--bus", "sim:", "--seconds", ONE_SET_S, "--record", str(recording)]) == 0
    shown = capsys.readouterr()
    # Nobody looks at a display here, so cues are lines of their own.
    cue = re.compile(r"  Rep \d+: .+ \([a-z ]+ .+; (measured|inferred)\)")
    lines = [line for line in shown.out.splitlines() if not cue.fullmatch(line)]
    assert (
        lines[0]
        == "Limb sensor: MPU-6050 at 0x68 on the simulated bus, 100 Hz, 8 g, 1000 deg/s, 44 Hz filter"
    )
    uncalibrated = "  not calibrated: tilt may be off by up to 5 degrees; run repclip calibrate --bus sim:"
    assert lines.pop(1) == uncalibrated
    assert lines.pop(1) == "No torso sensor answers: the limb's is read alone."
    assert lines[1] == "The sensors are simulated: no person moves."
    assert lines[2] == "Counting vertical_pull; Ctrl-C ends it."
    assert re.fullmatch(r"Set 1: 8 reps from \d+\.\d s to \d+\.\d s( \(\d counted live\))?", lines[3])
    assert lines.pop(4).startswith("  tempo ")
    assert lines.pop(4) == "  not judged: bar level: the sensor is not on the bar"
    assert lines.pop(4) == "  not judged: torso, side bend: it needs a torso sensor"
    assert lines.pop(4) == "  set 1: short of 10-15 reps"
    assert lines[4] == "8 reps in 1 set in 65 s, counted as vertical_pull"
    assert re.fullmatch(
        r"Limb sensor: 6[45]\d\d samples at \d+\.\d\d Hz \(chip clock [-+]\d+ ppm, jitter \d+ us\),"
        r" no gap, \d+ C",
        lines[5],
    )
    assert lines[6] == "The sensors were simulated: no person moved."
    assert lines[7] == f"{recording}: {lines[5].split()[2]} samples of the limb sensor in 65.0 s"
    assert shown.err == ""
    assert ReplaySource(recording).info.simulated
    assert run(["replay", str(recording), "--expect-reps", "8"]) == 0
    assert lines[3].replace("Set", "set") in capsys.readouterr().out


@pytest.mark.usefixtures("virtual")
def test_a_start_up_rest_that_was_none_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An uncalibrated chip that is off by 14 deg/s, on a person who stands but does not rest it."""
    recording = tmp_path / "set.csv.gz"
    said = (
        r"Put the limb sensor down still for two seconds: it has not been at rest yet, and its gyroscope is"
        r" off by about (9|1\d) deg/s\. Until then tilt and counts are rough\."
    )
    assert run(["run", "--bus", "sim:seed=2", "--seconds", "40", "--record", str(recording)]) == 0
    assert re.fullmatch(rf"repclip: {said}\n", capsys.readouterr().err)
    assert run(["replay", str(recording)]) == 0
    assert re.search(rf"^  {said}$", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.usefixtures("virtual")
def test_an_open_set_is_finished_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--bus", "sim:", "--seconds", "30"]) == 0
    assert re.search(r"^Set 1: \d reps from", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.usefixtures("virtual")
def test_both_sensors_and_their_troubles(capsys: pytest.CaptureFixture[str]) -> None:
    spec = "sim:sensors=2,fault=torso.nack@5+1"
    assert run(["run", "--bus", spec, "--seconds", "12", "--rate", "200", "--exercise", "row"]) == 0
    shown = capsys.readouterr()
    assert (
        "Torso sensor: MPU-6050 at 0x69 on the simulated bus, 200 Hz, 8 g, 1000 deg/s, 94 Hz filter"
        in shown.out
    )
    assert "Counting bent_over_row;" in shown.out
    assert re.search(r"^no set in 12 s, counted as bent_over_row$", shown.out, re.MULTILINE)
    assert re.search(r"^Torso sensor: .*, 1 gap \(about \d+ samples, 1\.\d\d s\)", shown.out, re.MULTILINE)
    assert re.search(r"^  \d+ bus errors, 1 FIFO reset, no restart of the chip$", shown.out, re.MULTILINE)
    told = shown.err.splitlines()
    assert all(re.match(r"repclip: (At|From \d+\.\d s to) \d+\.\d s: .*\.$", line) for line in told)
    assert [("Nothing answers" in line, "missing for" in line) for line in told].count((True, False)) == 1
    assert sum("missing for" in line for line in told) == 1


@pytest.mark.usefixtures("virtual")
def test_only_what_is_asked_for_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--bus", "sim:sensors=2", "--seconds", "2", "--sensors", "limb"]) == 0
    assert "Torso" not in capsys.readouterr().out
    at_69 = ["--sensors", "limb", "--limb-address", "0x69"]
    assert run(["run", "--bus", "sim:sensors=2", "--seconds", "2", *at_69]) == 0
    assert "Limb sensor: MPU-6050 at 0x69" in capsys.readouterr().out
    assert run(["run", "--bus", "sim:sensors=2", "--seconds", "2", "--limb-address", "0x69"]) == 0
    assert "Torso" not in capsys.readouterr().out, "one chip is one sensor"


@pytest.mark.usefixtures("virtual")
def test_an_unknown_chip_is_tried_when_it_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--bus", "sim:chip=0x55", "--allow-unknown-chip", "--seconds", "1"]) == 0
    assert "Limb sensor: unknown 0x55 at 0x68" in capsys.readouterr().out


def test_clipped_samples_are_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_quick_bus(_: str) -> OpenBus:
        clock = SimulatedClock()
        chip = SimulatedChip(motion=rocking(amplitude_deg=60.0, frequency_hz=2.0))
        return OpenBus(SimulatedBus({0x68: chip}, clock), clock, simulated=True, virtual=True)

    monkeypatch.setattr("pi_service.commands.sensors.open_bus", open_quick_bus)
    assert run(["run", "--seconds", "3"]) == 0
    assert "end of the range" not in capsys.readouterr().out
    assert run(["run", "--seconds", "3", "--gyro-range", "250"]) == 0
    advice = (
        r"^  \d+ samples at the end of the range: choose a larger one with --accel-range or --gyro-range$"
    )
    assert re.search(advice, capsys.readouterr().out, re.MULTILINE)


def test_what_answers_as_a_torso_but_is_none_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_odd_bus(_: str) -> OpenBus:
        clock = SimulatedClock()
        chips = {0x68: SimulatedChip(motion=still()), 0x69: SimulatedChip(0x33, motion=still())}
        return OpenBus(SimulatedBus(chips, clock), clock, simulated=True, virtual=True)

    monkeypatch.setattr("pi_service.commands.sensors.open_bus", open_odd_bus)
    assert run(["run", "--bus", "1", "--seconds", "1"]) == 0
    shown = capsys.readouterr()
    assert "Torso" not in shown.out
    assert shown.err.startswith(
        "repclip: No torso sensor is used. Address 0x69: The chip says WHO_AM_I 0x33;"
    )
    assert shown.err.count("\n") == 1
    assert run(["run", "--bus", "1", "--seconds", "1", "--sensors", "limb,torso"]) == 2


@pytest.mark.usefixtures("virtual")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--rate", "99"], "--rate must be one of 50, 100, .*, not 99"),
        (["--accel-range", "3"], "--accel-range must be one of 2, 4, 8, 16, not 3"),
        (["--gyro-range", "3"], "--gyro-range must be one of 250, 500"),
        (["--limb-address", "here"], "--limb-address must be 0x68 or 0x69, not here"),
        (["--limb-address", "0x70"], "--limb-address must be 0x68 or 0x69, not 0x70"),
        (["--sensors", "limb,torso", "--torso-address", "0x68"], "cannot have one address"),
        (["--sensors", "limb,torso"], "0x69"),
        (["--sensors", "torso"], "Invalid value for '--sensors'"),
        (["--seconds", "0"], "Invalid value for '--seconds'"),
        (["--seconds", "inf"], "it must be a number that has an end"),
        (
            ["--bus", "sim:sensors=2,fault=limb.absent@0"],
            "Nothing answers at 0x68 .* the one at 0x69 answers: .*, say --limb-address 0x69",
        ),
        (["--exercise", "facepul"], "did you mean face_pull?"),
        (["--station", "My gym"], "cannot be the name of a station"),
        (["--broker", "here:port"], "no port between"),
        (["--record", "trace.txt"], "let it end in .csv"),
        (["--record", "nowhere/trace.csv"], "There is no folder nowhere"),
        (["--bus", "sim:legs=3"], "knows nothing of 'legs=3'"),
        (["--bus", "sim:chip=0x55"], "--allow-unknown-chip"),
        (["--bus", "sim:fault=nack@0"], "0x68"),
        (["--bus", "sim:fault=stuck@0"], "."),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_sentence(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["run", "--bus", "sim:", *arguments]) == 2
    told = capsys.readouterr().err
    assert complaint in told or re.search(complaint, told)
    assert told.startswith("repclip: ")
    assert told.endswith(("." + "\n", "?\n"))
    assert told.count("\n") == 1


@pytest.mark.parametrize("bus", ["77", "/dev/i2c-77", "seven"])
def test_a_bus_that_is_not_there_is_one_sentence(bus: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "--bus", bus]) == 2
    told = capsys.readouterr().err
    assert told.startswith("repclip: ")
    assert told.count("\n") == 1


@pytest.mark.usefixtures("virtual")
def test_a_full_disk_ends_the_recording_but_not_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write = TraceWriter.write

    def write_until_full(writer: TraceWriter, block: object) -> None:
        if writer.n_rows > 2_000:
            raise TraceFileError.of(writer.path, "written", OSError(errno.ENOSPC, "No space left on device"))
        write(writer, block)  # type: ignore[arg-type]

    monkeypatch.setattr(TraceWriter, "write", write_until_full)
    recording = tmp_path / "set.csv"
    assert run(["run", "--bus", "sim:", "--seconds", ONE_SET_S, "--record", str(recording)]) == 2
    shown = capsys.readouterr()
    assert "8 reps in 1 set" in shown.out
    first, last = shown.err.splitlines()
    assert first.startswith("repclip: The recording ends here, and the count goes on. ")
    assert last == (
        f"repclip: The recording is not complete: {recording} cannot be written: the disk is full; free some"
        " space."
    )
    blocks = list(ReplaySource(recording).blocks())
    assert 2_000 < sum(map(len, blocks)) < 2_020, "what was written before stays readable"


@pytest.mark.broker
def test_live_and_replay_publish_the_same_bytes(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_virtual_time(monkeypatch)
    recording = tmp_path / "set.csv"
    topics = ("rep", "set", "correction", "gap")
    published: list[list[list[bytes]]] = []
    spec = "sim:fault=nack@22+1.5"
    for arguments in (
        ["run", "--bus", spec, "--seconds", ONE_SET_S, "--record", str(recording), "--station", "bay07"],
        ["replay", str(recording)],
    ):
        with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
            assert run([*arguments, "--broker", mosquitto.address]) == 0
            subscriber.wait_for("repclip/bay07/set")
            subscriber.wait_for("repclip/bay07/availability", 2)
            published.append([subscriber.payloads(f"repclip/bay07/{topic}") for topic in topics])
    live, replayed = published
    assert live == replayed
    assert len(live[0]) >= 5
    assert live[topics.index("set")]
    assert len(live[topics.index("gap")]) == 1


class Running:
    """A command in a process of its own, as a person starts it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def wait_until_it_counts(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "Ctrl-C ends it" in line:
                return
        raise AssertionError(self.process.communicate()[1])

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        try:
            out, err = self.process.communicate(timeout=20)
        finally:
            self.process.kill()
        return self.process.returncode, out, err


def test_a_signal_ends_it_at_once_and_sums_up() -> None:
    # Side by side: most of the time goes into starting them.
    cases = [(signal.SIGTERM, "sim:motion=still,sensors=2"), (signal.SIGINT, "sim:motion=still,fault=nack@3")]
    with ExitStack() as at_the_end:
        running = []
        for _, spec in cases:
            running.append(Running("run", "--bus", spec))
            at_the_end.callback(running[-1].process.kill)  # one that never counts does not run on for ever
        for each in running:
            each.wait_until_it_counts()
        time.sleep(3.2)
        for (number, spec), each in zip(cases, running, strict=True):
            began = time.monotonic()
            code, out, err = each.end(number)
            assert time.monotonic() - began < 2.0
            assert code == 0
            assert "no set in" in out
            assert re.search(r"Limb sensor: \d+ samples", out)
            assert "Traceback" not in err
            assert ("Nothing answers" in err) == ("nack" in spec)


def test_on_a_terminal_the_count_is_shown_as_it_goes() -> None:
    ours, theirs = pty.openpty()
    arguments = [*COMMAND, "run", "--bus", "sim:motion=still", "--seconds", "1.5"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says EIO when the other side has gone
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.communicate(timeout=20)[1] == b""
    assert process.returncode == 0
    assert b"waiting for a set" in shown
    assert b"no set in" in shown


def test_a_virtual_bus_is_opened_as_a_real_one() -> None:
    opened = open_virtual_bus("sim:motion=still")
    assert opened.exercise is None
    assert open_virtual_bus("sim:").exercise == "vertical_pull"
    assert opened.bus.read(0x68, 0x75, 1) == b"\x68"


@pytest.mark.usefixtures("virtual")
def test_the_stored_placement_says_which_arm_wears_it(capsys: pytest.CaptureFixture[str]) -> None:
    bus = ["--bus", "sim:seed=3"]
    assert run(["calibrate", "--placement", "wrist", *bus]) == 0
    assert "The sensor sits on the left wrist" in capsys.readouterr().out
    counting = ["run", *bus, "--exercise", "cross_band", "--seconds", ONE_SET_S]
    assert run(counting) == 0
    assert re.search(r"; left \d+, right \d+ \(inferred\), \d+ in all", capsys.readouterr().out)
    assert run([*counting, "--side", "right"]) == 0
    assert re.search(r"; right \d+, left \d+ \(inferred\), \d+ in all", capsys.readouterr().out)


@pytest.mark.usefixtures("virtual")
def test_what_is_to_be_counted_is_what_the_simulated_athlete_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "hold.csv.gz"
    hold = ["run", "--bus", "sim:", "--exercise", "thoracic_extension", "--seconds", "75"]
    assert run([*hold, "--record", str(recording)]) == 0
    assert re.search(r"^Set 1: held \d\d\.\d s from ", capsys.readouterr().out, re.MULTILINE)
    (sensor,) = ReplaySource(recording).trace.header.sensors
    assert sensor.placement == "torso"


def test_of_one_exercise_with_two_forms_it_does_the_one_that_was_named() -> None:
    assert worn_bus("sim:", "lat pulldown") == "sim:,exercise=lat_pulldown"
    assert worn_bus("sim:seed=2", "Lat pull-downs") == "sim:seed=2,exercise=lat_pulldown"
    assert worn_bus("sim:", "pull ups") == "sim:,exercise=pull_up"
    assert worn_bus("sim:", "barbell row") == "sim:,exercise=barbell_row"
    assert worn_bus("sim:exercise=face_pull", "row") == "sim:exercise=face_pull"
    for exercise in (None, "any", "walking", "mine.toml"):
        assert worn_bus("sim:", exercise) == "sim:"
    assert worn_bus("1", "row") == "1"
