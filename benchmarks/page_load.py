"""What the page's server takes with a gym full of stations, and how soon a message reaches a browser.

    python -m benchmarks.page_load [--stations 50] [--seconds 20] [--rate-hz 5]

A mosquitto of its own and a real `repclip dashboard`, with its history, run on the loopback interface. Each
station says so many messages a second: states, and now and then a repetition with its verdict. One wall and
two stations are being looked at. The time is from just before a state is published to when the last byte of
the event that shows it has been read.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.publish_latency import broker
from pi_service.publish import examples
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.payloads import Payload
from pi_service.publish.topics import Kind, StationTopics

#: What the project asks of itself.
MOST_CPU_PERCENT = 30.0
MOST_LATENCY_S = 0.15
#: One in so many messages of a station is a repetition, and the next one its verdict.
_REP_EVERY = 15
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def dashboard(address: BrokerAddress, folder: Path) -> Iterator[tuple[int, int]]:
    """Run the page; yields its process and its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--broker", str(address), "--port", str(port), "--history", str(folder / "history")]
    command = [sys.executable, "-m", "pi_service.cli", "dashboard", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is not None:
                process.stdout.readline()
            yield process.pid, port
        finally:
            process.terminate()


class Viewer(threading.Thread):
    """Reads server-sent events as a browser does.

    Attributes
    ----------
    seen
        When an event came with so many reps of a station, by station and count.
    bytes
        How much was read.
    """

    def __init__(self, port: int, query: str) -> None:
        super().__init__(daemon=True)
        self.seen: dict[tuple[str, int], float] = {}
        self.bytes = 0
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(f"GET /api/events?{query} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())

    def run(self) -> None:
        """Read until the connection ends."""
        with self._socket, self._socket.makefile("rb") as stream:
            kind = b""
            for line in stream:
                self.bytes += len(line)
                if line.startswith(b"event: "):
                    kind = line[7:].strip()
                elif line.startswith(b"data: ") and kind in (b"station", b"wall"):
                    self._see(json.loads(line[6:]))

    def _see(self, said: dict[str, object] | list[dict[str, object]] | None) -> None:
        now_s = time.perf_counter()
        for each in said if isinstance(said, list) else [said]:
            if each is not None:
                self.seen.setdefault((str(each["name"]), int(str(each["reps"]))), now_s)


def messages(station: str, number: int) -> list[tuple[Kind, Payload]]:
    """Return what a station says the so-many-th time."""
    whose = {"station": station, "session": "load", "seq": number}
    if number % _REP_EVERY == 0:
        rep = {**whose, "rep": number, "set": 1 + number // 150}
        return [
            (Kind.REP, examples.REP.model_copy(update=rep)),
            (Kind.VERDICT, examples.VERDICT.model_copy(update={**rep, "seq": number + 1})),
        ]
    moved = {**whose, "reps": number, "movement_deg": float(number % 90), "set": 1 + number // 150}
    return [(Kind.STATE, examples.STATE.model_copy(update=moved))]


def run(stations: int, seconds: float, rate_hz: float) -> dict[str, float]:
    """Load the page for some seconds; return what was measured."""
    names = [f"bay{number:02}" for number in range(stations)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(broker(folder))
        pid, port = stack.enter_context(dashboard(address, folder))
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.connect(address.host, address.port)
        client.loop_start()
        for name in names:
            client.publish(StationTopics(name).of(Kind.AVAILABILITY), b"online", 1, retain=True)
        time.sleep(1.0)
        viewers = [
            Viewer(port, query) for query in ("wall=true", f"station={names[0]}", f"station={names[-1]}")
        ]
        for each in viewers:
            each.start()
        sent: dict[tuple[str, int], float] = {}
        marks = []
        begun_s = time.perf_counter()
        for number in range(1, round(seconds * rate_hz) + 1):
            for index, name in enumerate(names):
                due_s = begun_s + (number + index / stations) / rate_hz
                time.sleep(max(0.0, due_s - time.perf_counter()))
                for kind, payload in messages(name, number):
                    if kind is Kind.STATE:
                        sent[name, number] = time.perf_counter()
                    client.publish(StationTopics(name).of(kind), payload.to_bytes(), 1, kind is Kind.STATE)
            marks.append((time.perf_counter(), _cpu_s(pid), _memory_mb(pid)))
        time.sleep(1.0)
        client.disconnect()
        client.loop_stop()
    # The first fifth warms up.
    first, last = marks[len(marks) // 5], marks[-1]
    page_s = [at - sent[key] for each in viewers[1:] for key, at in each.seen.items() if key in sent]
    wall_s = [at - sent[key] for key, at in viewers[0].seen.items() if key in sent]
    return {
        "messages a second": stations * rate_hz,
        "server CPU (% of a core)": 100.0 * (last[1] - first[1]) / (last[0] - first[0]),
        "server memory, after a fifth (MB)": first[2],
        "server memory, at the end (MB)": last[2],
        "to a page, median (ms)": 1e3 * statistics.median(page_s),
        "to a page, p99 (ms)": 1e3 * statistics.quantiles(page_s, n=100)[98],
        "to the wall, median (ms)": 1e3 * statistics.median(wall_s),
        "to the wall, p99 (ms)": 1e3 * statistics.quantiles(wall_s, n=100)[98],
        "to the wall (kB/s)": viewers[0].bytes / 1e3 / seconds,
    }


def _cpu_s(pid: int) -> float:
    """Return the processor time that a process has taken (s)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and say whether it is as light as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stations", type=int, default=50, help="how many stations speak")
    parser.add_argument("--seconds", type=float, default=20.0, help="for how long")
    parser.add_argument("--rate-hz", type=float, default=5.0, help="messages of each station a second")
    asked = parser.parse_args(arguments)
    figures = run(asked.stations, asked.seconds, asked.rate_hz)
    print(
        "\n".join(["| | |", "|---|---|", *(f"| {name} | {value:.1f} |" for name, value in figures.items())])
    )
    light = figures["server CPU (% of a core)"] <= MOST_CPU_PERCENT
    soon = figures["to a page, p99 (ms)"] <= 1e3 * MOST_LATENCY_S
    print(f"Asked for: at most {MOST_CPU_PERCENT:.0f} % of a core, {1e3 * MOST_LATENCY_S:.0f} ms to a page.")
    return 0 if light and soon else 1


if __name__ == "__main__":
    sys.exit(main())
