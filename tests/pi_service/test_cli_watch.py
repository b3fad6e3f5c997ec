"""`repclip watch` beside a real broker: on a terminal and in a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

from support.mosquitto import Mosquitto
from support.scripted import scripted_set, stream_info

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import StationTopics

REPCLIP = str(Path(sys.executable).with_name("repclip"))
_WITHIN_S = 30.0


def published(mosquitto: Mosquitto, station: str, *, reps: int) -> None:
    builder = MessageBuilder(stream_info(station))
    messages = [*builder.start(), *builder.build(scripted_set(1, 0.0, reps))]
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    with MqttPublisher(address, StationTopics(station), may_wait=True) as publisher:
        publisher.publish(messages)


def read_until(descriptor: int, enough: Callable[[str], bool]) -> str:
    """Read what a command says until that is enough, or fail with what came."""
    said, until = b"", time.monotonic() + _WITHIN_S
    while not enough(said.decode(errors="replace")):
        left_s = until - time.monotonic()
        assert left_s > 0, said.decode(errors="replace")
        if select.select([descriptor], [], [], left_s)[0]:
            said += os.read(descriptor, 65536)
    return said.decode(errors="replace")


def test_in_a_pipe_it_says_what_changes(mosquitto: Mosquitto) -> None:
    published(mosquitto, "bay07", reps=8)
    command = [REPCLIP, "watch", "--broker", mosquitto.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        assert watching.stdout is not None
        said = read_until(watching.stdout.fileno(), lambda text: "8 reps" in text and "offline" in text)
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=_WITHIN_S)
    assert "bay07: set 1: 8 reps, Vertical pull" in said
    assert watching.returncode == 0
    assert errors == b""


def test_on_a_terminal_it_draws_and_leaves_it_as_it_was(mosquitto: Mosquitto) -> None:
    published(mosquitto, "bay07", reps=8)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    command = [REPCLIP, "watch", "bay07", "--broker", mosquitto.address]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as watching:
        os.close(theirs)
        read_until(ours, lambda text: "\u2588\u2588\u2588" in text and "Set 1: 8 reps" in text)
        watching.send_signal(signal.SIGTERM)
        read_until(ours, lambda text: "\x1b[?1049l" in text)
        assert watching.wait(_WITHIN_S) == 0
    os.close(ours)


def test_a_station_that_cannot_be_is_refused() -> None:
    command = [REPCLIP, "watch", "No/Such", "--broker", "127.0.0.1:1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_service_has_no_screen() -> None:
    command = [REPCLIP, "run", "--watch", "--wait-for-sensor", "--bus", "sim:"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--watch" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
