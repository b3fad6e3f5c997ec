"""Machines with a station on them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.boot import rootfs
from support.boot.installed import build_package, installed, this_architecture
from support.boot.machine import Machine, machine
from support.boot.watcher import Watcher


@pytest.fixture(scope="session")
def package() -> Path:
    """The package for this computer."""
    if os.geteuid() != 0:
        pytest.skip("only root can start whole systems")
    if not all(rootfs.is_ready(release) for release in rootfs.RELEASES):
        pytest.skip("there are no file systems to start: run make boot-test")
    return build_package(this_architecture())


@pytest.fixture(scope="session")
def station_root(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file system of Debian 12 with an installed station."""
    return installed(package, tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def station(station_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with an installed station, off at first; all tests of a module share it."""
    with machine(station_root, tmp_path_factory.mktemp("station")) as made:
        yield made


@pytest.fixture(scope="module")
def watcher(station: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watcher]:
    """Hears everything that the station's broker delivers, over all of its starts."""
    listening = Watcher(station.network, tmp_path_factory.mktemp("watcher"))
    yield listening
    listening.close()
