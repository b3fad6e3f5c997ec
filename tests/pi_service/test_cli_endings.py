"""How a command ends when the world does not wait: a full output, a signal, an interrupted import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-m", "pi_service.entry"]
FULL = "/dev/full"
#: Nobody moves: without an athlete a command is there in half the time.
STILL = "sim:motion=still"


def environment(*, buffered: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return kept if buffered else {**kept, "PYTHONUNBUFFERED": "1"}


@pytest.mark.skipif(not os.path.exists(FULL), reason="this system has no /dev/full")  # noqa: PTH110
def test_an_output_that_takes_nothing_is_one_sentence() -> None:
    cases = [
        (["run", "--bus", STILL, "--seconds", "0.3"], False),
        (["doctor", "--json", "--bus", f"{STILL},fault=absent@0"], True),
        (["doctor", "--bus", f"{STILL},fault=absent@0"], False),
    ]
    running = []
    for arguments, buffered in cases:
        with open(FULL, "w") as full:  # noqa: PTH123
            running.append(
                subprocess.Popen(
                    [*COMMAND, *arguments],
                    stdout=full,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=environment(buffered=buffered),
                )
            )
    for process in running:
        _, told = process.communicate(timeout=60)
        assert process.returncode == 2, told
        assert told == (
            "repclip: The output cannot be written: No space left on device; send it somewhere else.\n"
        )


def test_an_interrupted_import_is_no_traceback() -> None:
    code = (
        "import sys\n"
        "class Impatient:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "from pi_service.entry import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (130, "repclip: Interrupted.\n")


def test_the_doctor_ends_cleanly_when_it_is_told_to() -> None:
    """The sensors are put to sleep: the end is the program's own, not the kernel's."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    command = [*COMMAND, "doctor", "--bus", STILL, "--seconds", "60"]
    running = [
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(buffered=False),
        )
        for _ in numbers
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    time.sleep(0.3)
    for number, process in zip(numbers, running, strict=True):
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
        assert process.returncode == 128 + number, told
        assert "Traceback" not in told


def test_a_terminal_that_goes_away_ends_the_count_as_a_stop_does() -> None:
    command = [*COMMAND, "run", "--bus", STILL]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "Ctrl-C ends it" not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.3)
        process.send_signal(signal.SIGHUP)
        shown, told = process.communicate(timeout=20)
    assert (process.returncode, told.count("Traceback")) == (0, 0)
    assert "no set in" in shown
