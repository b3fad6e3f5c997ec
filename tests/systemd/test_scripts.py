"""The scripts that install the station, and those of continuous integration."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path
    for folder in ("systemd", ".ci")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and (path.suffix == ".sh" or path.read_bytes().startswith(b"#!/bin/bash"))
)


def test_the_scripts_are_found() -> None:
    assert {"install", "uninstall", "common.sh", "postinst", "python-env"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shellcheck_has_nothing_to_say(path: Path) -> None:
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("there is no shellcheck here")
    done = subprocess.run(
        [shellcheck, "--external-sources", path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["install", "uninstall"])
def test_somebody_who_is_not_root_is_told_so(name: str) -> None:
    # Nobody (65534) may read the project on most machines, not on all.
    done = subprocess.run(
        ["unshare", "--user", "--map-user=1000", ROOT / "systemd/install" / name],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip(f"no other user can be tried here: {done.stderr}")
    assert done.returncode == 1
    assert done.stderr.startswith("repclip: ")
    assert f"sudo make {name}" in done.stderr


def in_common(folder: Path, script: str) -> int:
    """Run a script with what the installation's scripts share, on paths in a folder; return its exit code."""
    places = f"""
        OPT={folder}/opt CONFIG={folder}/etc/config.toml RELEASE={folder}/opt/releases/new
        BROKER_CONF={folder}/etc/broker.conf BROKER_ACL={folder}/etc/broker.acl
        BROKER_UNIT={folder}/etc/unit.d/broker.conf
        has_package() {{ return 1; }}
    """
    # Its systemctl, sed and so on must be ours where a test says so: functions go before programs.
    done = subprocess.run(
        ["bash", "-c", f". systemd/install/common.sh\n{places}\n{script}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 9), done.stderr
    return done.returncode


def test_an_installation_that_is_interrupted_leaves_no_half_of_the_settings(tmp_path: Path) -> None:
    program = tmp_path / "opt/releases/new/bin/repclip"
    program.parent.mkdir(parents=True)
    program.write_text("""#!/bin/sh\n[ "$2" = check ] || echo '#host = "localhost"' > "$3"\n""")
    program.chmod(0o755)
    config = tmp_path / "etc/config.toml"
    assert in_common(tmp_path, "sed() { exit 9; }; make_settings local") == 9
    assert in_common(tmp_path, "make_settings local") == 0
    assert config.read_text() == 'host = "localhost"\n'
    assert [path.name for path in config.parent.iterdir()] == ["config.toml"]


def test_an_installation_that_is_interrupted_does_not_remove_what_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "opt/releases/new").mkdir(parents=True)
    script = """
        trap 'rm -rf "$RELEASE"' EXIT
        point_to() { ln -s "$1" "$OPT/current"; exit 9; }
        use_environment
    """
    assert in_common(tmp_path, script) == 9
    assert (tmp_path / "opt/current").is_dir()


def test_a_broker_is_never_left_with_settings_and_without_its_list_of_rights(tmp_path: Path) -> None:
    script = """
        grep() { return 1; }
        install() { command install "$@"; exit 9; }
        set_up_broker systemd/mosquitto
    """
    assert in_common(tmp_path, script) == 9
    assert not (tmp_path / "etc/broker.conf").exists()
    assert in_common(tmp_path, "grep() { return 1; }; set_up_broker systemd/mosquitto") == 0
    assert {path.name for path in (tmp_path / "etc").iterdir()} == {"broker.acl", "broker.conf", "unit.d"}


@pytest.mark.parametrize(
    ("settings", "here"),
    [
        ('host = "localhost"', True),
        ('host = "127.0.0.1:1883"', True),
        ('host = "::1"', True),
        ('host = "[::1]:1883"', True),
        ('host = "localhost"\nport = 1883', True),
        ('host = "localhost"\nport = 8884', False),
        ('host = "localhost:1884"', False),
        ('host = "localhost"\ntls = true', False),
        ('host = "localhost"\nca = "/etc/ssl/certs/ca.pem"', False),
        ('host = "broker.local"', False),
        ("", False),
    ],
)
def test_a_broker_is_set_up_only_where_the_settings_mean_it(
    tmp_path: Path, settings: str, here: bool
) -> None:
    program = tmp_path / "opt/current/bin/repclip"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pi_service.cli "$@"\n')
    program.chmod(0o755)
    config = tmp_path / "etc/config.toml"
    config.parent.mkdir()
    config.write_text(f"[broker]\n{settings}\n")
    assert in_common(tmp_path, "broker_is_here || exit 9") == (0 if here else 9)
