"""The package for the Pi's processor, looked into on whatever computer builds it; nothing of it is run."""

from __future__ import annotations

import subprocess
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging import tags
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from support.boot.installed import build_package

pytestmark = [pytest.mark.boot, pytest.mark.timeout(600)]

#: In the head of a program or library: what it is, and for which processor (EM_AARCH64).
ELF, ELF_MACHINE, AARCH64 = b"\x7fELF", slice(18, 20), (183).to_bytes(2, "little")
#: Debian 12 has glibc 2.36, the older of the two.
GLIBC_MINOR = 36
PYTHONS = ("3.11", "3.13")
MOST_MB = 150


@pytest.fixture(scope="module")
def package() -> Path:
    return build_package("arm64")


@pytest.fixture(scope="module")
def wheels(package: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The Python packages in it."""
    folder = tmp_path_factory.mktemp("arm64")
    subprocess.run(["dpkg-deb", "--extract", package, folder], check=True, timeout=60)
    return sorted((folder / "usr/lib/repclip/wheels").glob("*.whl"))


def needs_of(wheel: Path) -> list[Requirement]:
    with zipfile.ZipFile(wheel) as opened:
        (metadata,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        told = Parser().parsestr(opened.read(metadata).decode())
    return [Requirement(each) for each in told.get_all("Requires-Dist", [])]


def environment(python: str, extra: str) -> dict[str, str]:
    """Return what a Pi with that Python says where a requirement asks."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.2",
        "platform_machine": "aarch64",
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": extra,
    }


def fitting(wheels: list[Path], python: str) -> dict[str, Path]:
    """Return the packages that a Pi with that Python can install, by their names."""
    version = tuple(map(int, python.split(".")))
    platforms = [f"manylinux_2_{minor}_aarch64" for minor in range(GLIBC_MINOR, 16, -1)]
    platforms += ["manylinux2014_aarch64", "linux_aarch64"]
    usable = {
        *tags.cpython_tags(version, platforms=platforms),
        *tags.compatible_tags(version, f"cp{python.replace('.', '')}", platforms),
    }
    found = {}
    for wheel in wheels:
        name, _, _, has = parse_wheel_filename(wheel.name)
        if usable & has:
            assert name not in found, f"{wheel.name} and {found[name].name}"
            found[name] = wheel
    return found


def test_it_is_a_package_for_64_bit_raspberry_pi_os(package: Path) -> None:
    told = subprocess.run(
        ["dpkg-deb", "--field", package, "Architecture"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "arm64"
    size_mb = package.stat().st_size / 1e6
    print(f"{package.name}: {size_mb:.1f} MB")
    assert size_mb < MOST_MB


def test_every_library_is_for_its_processor(wheels: list[Path]) -> None:
    number = 0
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            for name in opened.namelist():
                head = opened.open(name).read(20)
                if head.startswith(ELF):
                    number += 1
                    assert head[ELF_MACHINE] == AARCH64, f"{name} in {wheel.name}"
                else:
                    assert not name.endswith(".so"), f"{name} in {wheel.name}"
    print(f"{number} libraries in {len(wheels)} Python packages")
    assert number > 100


@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_needed_is_in_it(wheels: list[Path], python: str) -> None:
    """Also what is needed on that processor only, of which whoever builds it hears nothing."""
    there = fitting(wheels, python)
    wanted, seen = [Requirement("repclip[dashboard]")], set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        assert name in there, f"{one} is missing for Python {python}"
        _, version, _, _ = parse_wheel_filename(there[name].name)
        assert one.specifier.contains(version, prereleases=True), f"{one}: there is {version}"
        for extra in {"", *one.extras} - {given for known, given in seen if known == name}:
            seen.add((name, extra))
            wanted += [
                need
                for need in needs_of(there[name])
                if need.marker is None or need.marker.evaluate(environment(python, extra))
            ]
    assert {"numpy", "scipy", "smbus2", "fastapi"} <= {name for name, _ in seen}
