"""What is in force: who goes before whom, and what is said of what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from pi_service.config.effective import effective
from pi_service.config.errors import ConfigError
from pi_service.config.files import Given
from pi_service.errors import UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def problems_of(file: Path, text: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        effective(file, {})
    return [each.removeprefix(f"{file} ") for each in caught.value.problems]


def test_without_anything_the_defaults_hold() -> None:
    found = effective(None, {})
    assert found.value("sensors.rate_hz") == 100
    assert found.value("broker.host") is None
    assert set(found.origins.values()) == {"default"}


def test_later_ones_go_before_earlier_ones(file: Path, tmp_path: Path) -> None:
    file.write_text('[station]\nname = "a"\nexercise = "face_pull"\n[sensors]\nrate_hz = 200\n')
    more = tmp_path / "config.toml.d"
    more.mkdir()
    (more / "20-b.toml").write_text('[station]\nname = "c"\n')
    (more / "10-a.toml").write_text('[station]\nname = "b"\nplacement = "bar"\n')
    (more / "30-c.txt").write_text("not one of them")
    found = effective(file, {"sensors.rate_hz": Given(50, "--rate")})
    assert found.value("station.name") == "c"
    assert found.origins["station.name"] == f"{more / '20-b.toml'} line 2"
    assert found.value("station.placement") == "bar"
    assert found.value("station.exercise") == "face_pull"
    assert found.origins["station.exercise"] == f"{file} line 3"
    assert found.value("sensors.rate_hz") == 50
    assert found.origins["sensors.rate_hz"] == "--rate"
    assert found.origins["log.level"] == "default"


def test_a_broker_that_is_said_at_once_replaces_the_port_of_a_file(file: Path) -> None:
    file.write_text('[broker]\nhost = "::1"\nport = 1884\n')
    assert effective(file, {}).settings.broker.address == "[::1]:1884"
    said = effective(file, {"broker.host": Given("other:1885", "--broker")})
    assert said.settings.broker.address == "other:1885"


@pytest.mark.parametrize("host", ["gym.local:1885", "[::1]:1885"])
def test_a_host_that_says_its_port_needs_no_other(file: Path, host: str) -> None:
    file.write_text(f'[broker]\nhost = "{host}"\nport = 1883\n')
    assert effective(file, {}).settings.broker.address == host


def test_a_path_is_relative_to_the_file_that_says_it(file: Path, tmp_path: Path) -> None:
    file.write_text('[broker]\nca = "ca.pem"\ncert = "/etc/cert.pem"\n')
    found = effective(file, {"station.plan": Given(Path("plan.toml"), "--plan")})
    assert found.value("broker.ca") == tmp_path / "ca.pem"
    assert found.value("broker.cert") == Path("/etc/cert.pem")
    assert found.value("station.plan") == Path("plan.toml"), "that of the command line stays where it is"


def test_numbers_of_buses_and_addresses_need_no_quotes(file: Path) -> None:
    file.write_text("[sensors]\nbus = 3\nlimb_address = 0x69\n")
    found = effective(file, {})
    assert found.value("sensors.bus") == "3"
    assert found.value("sensors.limb_address") == "0x69"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[sensor]\n", "line 1: There is no table [sensor]: did you mean [sensors]?"),
        ("\n[xyz]\n", "line 2: There is no table [xyz]: there are station, sensors,"),
        ("rate_hz = 1\n", "line 1: rate_hz stands in no table: write it below [sensors]."),
        ("sensors = 1\n", "line 1: sensors is a table: write [sensors]"),
        ("colour = 1\n", "line 1: colour is no setting, and it stands in no table"),
        ("[sensors]\nrate_khz = 1\n", "line 2: [sensors] has no setting rate_khz: it is rate_hz, in Hz."),
        ("[sensors]\nrate = 100\n", "line 2: [sensors] has no setting rate: it is rate_hz, in Hz."),
        ("[sensors]\ngyro_range_rads = 17\n", "it is gyro_range_dps, in deg/s."),
        (
            "[sensors]\nrate_hz = 101\n",
            "line 2: sensors.rate_hz must be one of 50, 100, 125, 200,",
        ),
        ('[sensors]\nrate_hz = "100"\n', "line 2: sensors.rate_hz must be a whole number (Hz)."),
        ("[sensors]\nrate_hz = 100.0\n", "line 2: sensors.rate_hz must be a whole number (Hz)."),
        ("[sensors]\nrate_hz = true\n", "line 2: sensors.rate_hz must be a whole number (Hz)."),
        ("[sensors]\nrate_hz = [100]\n", "line 2: sensors.rate_hz must be a whole number (Hz)."),
        ("[sensors.rate_hz]\na = 1\n", "line 1: sensors.rate_hz must be a whole number (Hz)."),
        ('[sensors]\nbus = ""\n', "line 2: sensors.bus must not be empty."),
        ("[sensors]\nlimb_address = 0x70\n", "line 2: sensors.limb_address must be 0x68 or 0x69, not 0x70."),
        ("[sensors]\nlimb_address = true\n", "line 2: sensors.limb_address must be a text in quotes."),
        ("[broker]\ntls = 1\n", "line 2: broker.tls must be true or false."),
        ("[broker]\nca = 1\n", "line 2: broker.ca must be a path in quotes."),
        ("[broker]\nport = 70000\n", "line 2: broker.port must be 65535 or less."),
        ("[broker]\nport = 0\n", "line 2: broker.port must be 1 or more."),
        ('[broker]\nmqtt = "4"\n', "line 2: broker.mqtt must be '3.1.1' or '5'."),
        ('[broker]\nhsot = "a"\n', "line 2: [broker] has no setting hsot: did you mean host?"),
        ('[broker]\nstation = "a"\n', "line 2: [broker] has no setting station: "),
        ('[broker]\nexercise = "a"\n', "line 2: [broker] has no setting exercise: it belongs to [station]."),
        ('[broker]\nhost = "u:secret@here"\n', "line 2: broker.host cannot be used: The broker"),
        ('[station]\nname = "My gym"\n', "line 2: station.name cannot be used: 'My gym' cannot be the name"),
        ('"st\\u0007x" = 1\n', "line 1: st?x is no setting"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(file: Path, text: str, complaint: str) -> None:
    (problem,) = problems_of(file, text)
    assert complaint in problem
    assert problem.endswith((".", "?"))
    assert "secret" not in problem


def test_all_that_is_wrong_is_told_at_once(file: Path) -> None:
    file.write_text("[sensors]\nrate_khz = 1\n[broker]\nport = 0\ntls = 1\n")
    with pytest.raises(ConfigError) as caught:
        effective(file, {})
    assert len(caught.value.problems) == 3
    assert str(caught.value).endswith(f"And 2 more: repclip config check {file} tells them.")
    assert caught.value.exit_code == 78


def test_what_was_said_elsewhere_is_named(file: Path) -> None:
    with pytest.raises(UsageError, match=r"^--rate must be one of 50, .*, not 99\.$"):
        effective(None, {"sensors.rate_hz": Given(99, "--rate")})
    with pytest.raises(UsageError, match=r"^REPCLIP_SENSORS_RATE_HZ: sensors\.rate_hz must be one of"):
        effective(None, {"sensors.rate_hz": Given(99, "REPCLIP_SENSORS_RATE_HZ")})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "There is no configuration .*: repclip config init .* writes one with every setting"),
        (b"[station\n", r"is no TOML: .*line 1"),
        (b"[station]\nname = 'a'\nname = 'b'\n", "is no TOML: .*line 3"),
        (b"\xff\xfe", "is no UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    file: Path, content: bytes | None, complaint: str
) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=complaint):
        effective(file, {})


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        effective(tmp_path, {})


def test_only_some_values_can_be_taken_over(file: Path) -> None:
    file.write_text("[sensors]\nrate_hz = 50\n")
    old = effective(file, {})
    file.write_text('[sensors]\nrate_hz = 200\n[log]\nlevel = "debug"\n')
    new = old.read_again()
    mixed = old.with_values_of(new, ["log.level"])
    assert (mixed.value("log.level"), mixed.value("sensors.rate_hz")) == ("debug", 50)
    assert mixed.origins["log.level"] == f"{file} line 4"
    assert old.value("log.level") == "info"
