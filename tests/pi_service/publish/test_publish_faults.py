"""Nothing is lost, whatever happens to the broker, the wire, the disk and the station itself."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from support.certificates import Authority
from support.fault_station import event
from support.mosquitto import Mosquitto
from support.ports import free_port, wait_until
from support.proxy import Proxy
from support.subscriber import Subscriber

TOPIC = "repclip/bay07/gap"
TESTS = Path(__file__).parents[2]
PROJECT = TESTS.parent


class Gym:
    """A station, its broker, the wire between them, and somebody else who listens all the time."""

    def __init__(self, folder: Path, events: int, pause_s: float, patience_s: float) -> None:
        self.folder = folder
        self._authority = Authority(folder)
        self._good = self._authority.sign("broker")
        self._expired = self._authority.sign("expired", days=-1)
        self._passwords = folder / "passwords"
        self.secure_port = free_port()
        self.broker = Mosquitto(folder)
        self.proxy = Proxy(self.secure_port)
        self._told = {
            "folder": str(folder / "state"),
            "ca": str(self._authority.certificate),
            "port": self.proxy.port,
            "password": "right",
            "events": events,
            "pause_s": pause_s,
            "slow": 400,
            "patience_s": patience_s,
        }
        (folder / "state").mkdir()
        self.station: subprocess.Popen[bytes] | None = None
        self.set_password("right")

    def set_password(self, password: str) -> None:
        command = ["mosquitto_passwd", "-b", "-c", self._passwords, "bay07", password]
        subprocess.run(command, check=True, capture_output=True)

    def start_broker(self, *, expired: bool = False) -> None:
        signed = self._expired if expired else self._good
        self.broker.start(
            more=f"listener {self.secure_port} 127.0.0.1\nallow_anonymous false\n"
            f"password_file {self._passwords}\ncertfile {signed.certificate}\nkeyfile {signed.key}\n"
            # What is acknowledged has been written to the subscriber's socket: a kill takes nothing with it.
            "max_inflight_messages 0\n",
            before="per_listener_settings true\n",
        )

    def start_station(self) -> None:
        self.station = subprocess.Popen(
            [sys.executable, "-m", "support.fault_station", json.dumps(self._told)],
            cwd=TESTS,
            env={"PYTHONPATH": f"{TESTS}:{PROJECT}", "PATH": "/usr/bin:/bin"},
        )


class Faults:
    """What happens to it."""

    def __init__(self, gym: Gym, subscriber: Subscriber, *, silent_s: float) -> None:
        self._gym = gym
        self._subscriber = subscriber
        self._silent_s = silent_s

    def broker_stopped(self) -> None:
        self._gym.broker.stop()
        time.sleep(0.3)
        self._gym.start_broker()

    def broker_killed(self) -> None:
        # What the broker has acknowledged must be with the subscriber: a kill takes it from the broker.
        wait_until(self._subscriber.connected, "the subscriber", 20)
        time.sleep(0.5)
        self._gym.broker.kill()
        time.sleep(0.3)
        self._gym.start_broker()

    def station_killed(self) -> None:
        station = self._gym.station
        station.send_signal(signal.SIGKILL)
        station.wait()
        self._gym.start_station()

    def both_killed(self) -> None:
        self._gym.broker.stop()
        time.sleep(0.5)
        self.station_killed()
        time.sleep(0.5)
        self._gym.start_broker()

    def wire_silent(self) -> None:
        self._gym.proxy.swallowing = True
        time.sleep(self._silent_s)
        self._gym.proxy.swallowing = False

    def wire_cut(self) -> None:
        self._gym.proxy.cut()

    def password_wrong(self) -> None:
        self._gym.set_password("wrong")
        self._gym.broker.stop()
        self._gym.start_broker()
        time.sleep(1.5)
        self._gym.set_password("right")
        self._gym.broker.stop()
        self._gym.start_broker()

    def certificate_expired(self) -> None:
        self._gym.broker.stop()
        self._gym.start_broker(expired=True)
        time.sleep(1.5)
        self._gym.broker.stop()
        self._gym.start_broker()

    def disk_full(self) -> None:
        """No file of the station may grow any more; the broker goes on."""
        pid = self._gym.station.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4_096, hard))
        time.sleep(2.0)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        time.sleep(6.0)  # the disk is tried again every 5 s: until then a kill would take something


def check(
    tmp_path: Path, schedule: list[str], *, events: int, pause_s: float, silent_s: float
) -> dict[str, int]:
    """Run the station through a schedule of faults; return what came, after it was found to be right."""
    gym = Gym(tmp_path, events, pause_s, patience_s=60.0)
    gym.start_broker()
    try:
        with (
            gym.proxy,
            Subscriber(gym.broker.host, gym.broker.port, TOPIC, client_id="independent") as subscriber,
        ):
            gym.broker.save()
            gym.start_station()
            faults = Faults(gym, subscriber, silent_s=silent_s)
            for name in schedule:
                before = len(set(subscriber.payloads(TOPIC)))
                wait_until(
                    lambda before=before: len(set(subscriber.payloads(TOPIC))) >= min(before + 3, events),
                    f"events to arrive before {name}",
                    90,
                )
                assert len(set(subscriber.payloads(TOPIC))) < events, f"nothing is left for {name} to lose"
                getattr(faults, name)()
            (gym.folder / "state" / "over").touch()
            assert gym.station.wait(400) == 0
            expected = [event(number).payload for number in range(1, events + 1)]
            with suppress(AssertionError):  # which are missing says more
                wait_until(lambda: len(set(subscriber.payloads(TOPIC))) >= events, "every event", 60)
            time.sleep(0.5)
            seen = subscriber.payloads(TOPIC)
            missing = sorted(set(range(1, events + 1)) - {json.loads(each)["seq"] for each in seen})
            assert not missing, f"{len(missing)} events never came"
    finally:
        if gym.station is not None:
            gym.station.kill()
            gym.station.wait()
        gym.broker.stop()
    assert list(dict.fromkeys(seen)) == expected, "each at least once, in order, none invented"
    return {"arrived": len(seen), "twice": len(seen) - events}


@pytest.mark.broker
@pytest.mark.timeout(170)
def test_a_short_bad_day(tmp_path):
    schedule = [
        "broker_stopped",
        "station_killed",
        "wire_cut",
        "broker_killed",
        "both_killed",
        "password_wrong",
        "certificate_expired",
    ]
    check(tmp_path, schedule, events=900, pause_s=0.02, silent_s=1.0)


@pytest.mark.faults
@pytest.mark.broker
@pytest.mark.timeout(1_500)
def test_a_long_bad_day(tmp_path, capsys):
    """Ten thousand events over some minutes; what came is printed."""
    schedule = [
        *["broker_stopped"] * 20,
        *["broker_killed"] * 4,
        *["station_killed"] * 10,
        *["both_killed"] * 3,
        *["wire_cut"] * 4,
        *["password_wrong"] * 2,
        *["certificate_expired"] * 2,
        *["disk_full"] * 2,
    ]
    mixed = np.random.default_rng(6).permutation(schedule).tolist()
    # Twice beyond the keepalive: the client gives the connection up.
    schedule = ["wire_silent", *mixed, "wire_silent"]
    began_s = time.monotonic()
    came = check(tmp_path, schedule, events=10_000, pause_s=0.02, silent_s=40.0)
    with capsys.disabled():
        print(f"\n10000 events, {len(schedule)} faults in {time.monotonic() - began_s:.0f} s: {came}")
