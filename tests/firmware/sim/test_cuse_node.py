"""The node of the CUSE server: how it is made, kept and given up, and what its command tells of."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from support.i2c_device import DictBus

from firmware.sim.cuse import CuseError, main, serve_node


@pytest.fixture
def chips() -> DictBus:
    return DictBus(0x68, 0x69)


def test_without_the_module_it_says_how_to_load_it(chips: DictBus, tmp_path: Path) -> None:
    with pytest.raises(CuseError, match="sudo modprobe cuse and try again"):
        serve_node(chips, 7, dev=tmp_path)


def test_a_node_that_is_there_is_left_alone(chips: DictBus, tmp_path: Path) -> None:
    (tmp_path / "i2c-7").touch()
    with pytest.raises(CuseError, match=r"already a .*i2c-7: choose another number"):
        serve_node(chips, 7, dev=tmp_path)


@pytest.mark.parametrize(("number", "words"), [(13, "with sudo"), (16, "busy.*modprobe -r cuse")])
def test_a_cuse_that_does_not_open(
    chips: DictBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CuseError, match=words):
        serve_node(chips, 7, dev=tmp_path)


def test_a_kernel_that_hangs_up_is_told(chips: DictBus, tmp_path: Path) -> None:
    # An empty file ends at once, as the connection does when the kernel cannot make the node.
    (tmp_path / "cuse").touch()
    with pytest.raises(CuseError, match=r"would not make or keep .*i2c-7"):
        serve_node(chips, 7, dev=tmp_path)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_the_handlers_come_back(
    chips: DictBus, tmp_path: Path, kind: signal.Signals
) -> None:
    # A pipe that nobody writes to: it waits for the kernel's first request until the signal comes.
    os.mkfifo(tmp_path / "cuse")
    late: list[int] = []
    before = signal.signal(kind, lambda number, _: late.append(number))
    try:
        mine = signal.getsignal(kind)
        timer = threading.Timer(0.2, os.kill, (os.getpid(), kind))
        timer.start()
        serve_node(chips, 7, dev=tmp_path)
        timer.join()
        assert signal.getsignal(kind) is mine
    finally:
        signal.signal(kind, before)
    assert late == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--number", "-1"], "cannot be negative"),
        (["--bus", "sim:nonsense=1"], "nonsense"),
        (["--bus", "/dev/i2c-1"], "sim:"),
        ([], "modprobe cuse"),
    ],
)
def test_the_command_says_in_one_sentence_what_is_wrong(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(arguments, dev=tmp_path) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
