"""What the page of a machine answers."""

from __future__ import annotations

import subprocess
import sys

from support.boot.machine import Machine
from support.ports import wait_until

_FETCH = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())
"""


def page_says(station: Machine, path: str) -> str:
    """Return what the page answers; empty if it does not."""
    done = subprocess.run(
        station.network.inside(sys.executable, "-c", _FETCH, f"http://127.0.0.1:8080{path}"),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def wait_for_page(station: Machine) -> None:
    """Wait until the page knows the station."""
    wait_until(
        lambda: 'station="bench"' in page_says(station, "/metrics"), "the page to know the station", 60
    )
