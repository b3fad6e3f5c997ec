"""Runs in the emulated machine: the installed station, from a missing sensor to an unplugged cable.

Writes what it saw as one line; what must hold of it is said in `tests/vm/test_vm_station.py`. Only Python's
own library: it runs beside the station, not in its environment.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NODE = Path("/dev/i2c-1")
HEARD = Path("/run/heard")
STATION = "repclip/bench"
ATHLETE = "sim:seed=3,reps=6"
PYTHON = "/opt/repclip/current/bin/python"
UNPLUGGED_S = 10.0
PATIENCE_S = 200.0


def said(text: str) -> None:
    sys.stdout.write(f"{time.monotonic():7.2f} s  {text}\n")
    sys.stdout.flush()


def ran(*command: str, timeout_s: float = PATIENCE_S) -> list[Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
    return [done.returncode, done.stdout.strip(), done.stderr.strip()]


def unit(name: str) -> str:
    return str(ran("systemctl", "show", f"--property={name}", "--value", "repclip.service")[1])


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited in vain: {what}")
        time.sleep(1.0)


class Node:
    """A simulated sensor behind the node, as long as the block lasts."""

    def __init__(self, bus: str) -> None:
        self._process = subprocess.Popen(
            [PYTHON, "/opt/check/node.py", "1", bus], stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.readline()
        wait_until(NODE.exists, "the node")
        ran("udevadm", "settle")

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        wait_until(lambda: not NODE.exists(), "the node to go")


def heard_texts(topic: str) -> list[str]:
    """Return the payloads of a topic so far, of mosquitto_sub's lines of topic and payload."""
    begin = f"{STATION}/{topic} "
    lines = HEARD.read_text(encoding="utf-8").splitlines(keepends=True)
    # A line that is just being written has no end yet.
    return [line.removeprefix(begin).strip() for line in lines if line.startswith(begin) and line[-1] == "\n"]


def heard(topic: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in heard_texts(topic)]


def without_sensor() -> dict[str, Any]:
    """What the station does that was started with the machine, and has no sensor."""
    wait_until(lambda: unit("ActiveState") == "active", "the station to run")
    return {"restarts": unit("NRestarts"), "status": unit("StatusText"), "sub": unit("SubState")}


def calibrated() -> dict[str, Any]:
    ran("systemctl", "stop", "repclip.service")
    with Node("sim:seed=3,motion=still"):
        node = [NODE.group(), oct(NODE.stat().st_mode & 0o777)]
        doctor = ran("repclip", "doctor", "--bus", "1", "--json")
        said(f"repclip doctor is done: {doctor[0]}")
    with Node("sim:seed=3,motion=poses"):
        calibrate = ran("repclip", "calibrate", "--bus", "1", "--quick", "--warm-up", "0")
        said(f"repclip calibrate is done: {calibrate[0]}")
    return {
        "node": node,
        "doctor": doctor,
        "calibrate": calibrate,
        "list": ran("repclip", "calibration", "list"),
    }


def counted() -> dict[str, Any]:
    """A set by the shipped service; then the cable is pulled and put back, and another one."""
    began = time.monotonic()
    ran("systemctl", "start", "repclip.service")
    result: dict[str, Any] = {"started_s": time.monotonic() - began}
    with Node(ATHLETE):
        wait_until(lambda: heard("set"), "a counted set")
        said(f"a set is counted: {heard('set')[-1]['final_reps']}")
        result["schedulers"] = ran("chrt", "--all-tasks", "--pid", unit("MainPID"))[1]
        result["status"] = unit("StatusText")
        before = len(heard("fault"))
    said("the cable is pulled")
    wait_until(lambda: any(each["active"] for each in heard("fault")[before:]), "the fault to be told")
    time.sleep(UNPLUGGED_S)
    with Node(ATHLETE):
        said("the cable is back")
        wait_until(lambda: len(heard("set")) >= 2, "a set after the cable is back")
        said(f"a set is counted: {heard('set')[-1]['final_reps']}")
    result |= {
        "sets": heard("set"),
        "faults": heard("fault")[before:],
        "gaps": heard("gap"),
        "events": [each["seq"] for topic in ("rep", "set", "correction", "gap") for each in heard(topic)],
        "restarts": unit("NRestarts"),
    }
    ran("systemctl", "stop", "repclip.service")
    result["stopped"] = unit("Result")
    return result


def main() -> int:
    said("the check begins")
    for module in ("fuse", "cuse"):
        ran("insmod", f"/opt/check/{module}.ko")
    with HEARD.open("w") as out:
        listener = subprocess.Popen(["mosquitto_sub", "-t", "repclip/#", "-q", "1", "-v"], stdout=out)
    result: dict[str, Any] = {"without_sensor": without_sensor()}
    said(f"without a sensor: {result['without_sensor']['status']}")
    result["calibrated"] = calibrated()
    result["counted"] = counted()
    listener.terminate()
    result["availability"] = heard_texts("availability")
    journal = ran("journalctl", "--no-pager", "--unit=repclip.service", "--output=short-monotonic")
    result["journal"] = journal[1][-6000:]
    sys.stdout.write(f"\nVM-RESULT {json.dumps(result)}\n")
    return 0


if __name__ == "__main__":
    code = 99
    try:
        code = main()
    finally:
        if code:
            said(f"the station says: {unit('StatusText')}")
            sys.stdout.write(str(ran("journalctl", "--no-pager", "--unit=repclip.service", "--lines=60")[1]))
        sys.stdout.write(f"\nVM-EXIT {code}\n")
        sys.stdout.flush()
