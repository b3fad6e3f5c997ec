"""The settings of `run` and `dashboard`: names, types, defaults, what each is for, how else it can be told.

This is the only place where they are written down: options, help, the commented file of `repclip config
init` and the table in docs/configuration.md are made of it. A unit stands in the name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from firmware.settings import ACCEL_RANGES_G, ADDRESSES, GYRO_RANGES_DPS, RATES_HZ
from pi_service.config.telling import Told
from pi_service.errors import UsageError
from pi_service.publish.broker import parse_broker
from pi_service.publish.topics import ROOT, check_root, check_station


def _one_of(allowed: tuple[int, ...]) -> Callable[[int], int]:
    def check(value: int) -> int:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(map(str, allowed))}, not {value}")
        return value

    return check


def _checked(check: Callable[[str], object]) -> Callable[[str], str]:
    """Return a validator that leaves a text as it is when `check` takes it."""

    def validate(text: str) -> str:
        try:
            check(text)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return text

    return validate


def _as_address(value: Any) -> Any:
    """Take 0x68 as a number, as TOML reads it without quotes."""
    return f"0x{value:02x}" if _is_number(value) else value


def _as_bus(value: Any) -> Any:
    """Take 1 as a number, as TOML reads it without quotes."""
    return str(value) if _is_number(value) else value


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_address(text: str) -> None:
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if number not in ADDRESSES:
        raise ValueError(f"must be 0x68 or 0x69, not {text[:20]}")


def _check_host(text: str) -> None:
    parse_broker(text if text.startswith("[") or text.count(":") < 2 else f"[{text}]")


Address = Annotated[str, BeforeValidator(_as_address), AfterValidator(_checked(_check_address))]
Text = Annotated[str, Field(min_length=1)]
#: TOML knows no paths, only texts.
File = Annotated[Path, Field(strict=False)]
Port = Annotated[int, Field(ge=1, le=65535)]
Megabytes = Annotated[int, Field(ge=1, le=100_000_000)]
Days = Annotated[int, Field(ge=1, le=36500)]
Host = Annotated[str, AfterValidator(_checked(_check_host))]
Rate = Annotated[int, AfterValidator(_one_of(RATES_HZ))]
AccelRange = Annotated[int, AfterValidator(_one_of(ACCEL_RANGES_G))]
GyroRange = Annotated[int, AfterValidator(_one_of(GYRO_RANGES_DPS))]


class Table(BaseModel):
    """A table of the file: nothing is taken for something else, and nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Station(Table):
    """What this station is called, and what is done at it."""

    name: Annotated[
        str,
        AfterValidator(_checked(check_station)),
        Told(
            "Name of this station, part of every topic.", "--station", metavar="NAME", env="REPCLIP_STATION"
        ),
    ] = "bench"
    exercise: Annotated[
        Text | None,
        Told(
            "What is done; any otherwise, and vertical_pull with --bus sim: alone.",
            "--exercise",
            metavar="ID",
            example="vertical_pull",
            live=True,
        ),
    ] = None
    plan: Annotated[
        File | None,
        Told(
            "A workout plan: its exercises one after the other (docs/workout.md).",
            "--plan",
            metavar="FILE",
            example="plan.toml",
            live=True,
        ),
    ] = None
    side: Annotated[
        Literal["left", "right"] | None,
        Told(
            "Which arm wears the sensor, for exercises in which the arms alternate and carries; otherwise"
            " what its stored placement says, if there is one.",
            "--side",
            example="left",
            live=True,
        ),
    ] = None
    placement: Annotated[
        Text | None,
        Told(
            "Where the limb's sensor sits: wrist, bar or other words.",
            "--placement",
            metavar="PLACE",
            example="wrist",
        ),
    ] = None


class Sensors(Table):
    """Which sensors are read, and how they are set up."""

    bus: Annotated[
        Text,
        BeforeValidator(_as_bus),
        Told("1 or /dev/i2c-1 for a real bus, sim: for a simulated sensor.", "--bus", metavar="BUS"),
    ] = "1"
    which: Annotated[
        Literal["auto", "limb", "limb,torso"],
        Told("Which sensors are read; auto takes what answers.", "--sensors"),
    ] = "auto"
    limb_address: Annotated[
        Address,
        Told(
            "I2C address of the limb's sensor: 0x69 where AD0 is at 3V3.", "--limb-address", metavar="ADDRESS"
        ),
    ] = "0x68"
    torso_address: Annotated[
        Address, Told("I2C address of the torso's sensor.", "--torso-address", metavar="ADDRESS")
    ] = "0x69"
    rate_hz: Annotated[
        Rate, Told("Samples a second: 50, 100, 125, 200, 250, 500 or 1000.", "--rate", metavar="HZ")
    ] = 100
    accel_range_g: Annotated[
        AccelRange, Told("Largest acceleration: 2, 4, 8 or 16 g.", "--accel-range", metavar="G")
    ] = 8
    gyro_range_dps: Annotated[
        GyroRange,
        Told("Fastest rotation: 250, 500, 1000 or 2000 deg/s.", "--gyro-range", metavar="DPS"),
    ] = 1000
    allow_unknown_chip: Annotated[
        bool, Told("Try a chip of unknown WHO_AM_I as an MPU-6050.", "--allow-unknown-chip")
    ] = False


class Calibrations(Table):
    """Where `repclip calibrate` has put what it learned."""

    folder: Annotated[
        File | None,
        Told(
            "Where calibrations are; otherwise the user's folder and /etc/repclip/calibration.",
            "--calibration-folder --folder",
            metavar="DIR",
            example="/etc/repclip/calibration",
        ),
    ] = None


class Broker(Table):
    """The MQTT broker; without a host nothing is published. A password is only ever in a file of its own."""

    host: Annotated[
        Host | None,
        Told(
            "Where the MQTT broker is; without one, nothing is published.",
            "--broker",
            metavar="HOST:PORT",
            env="REPCLIP_BROKER",
            example="localhost",
        ),
    ] = None
    port: Annotated[
        Port | None,
        Told(
            "Its port, where the host does not say it; otherwise 1883, or 8883 where it is encrypted.",
            example="1883",
        ),
    ] = None
    user: Annotated[
        Text | None,
        Told("Who we are at the broker.", "--broker-user", metavar="NAME", example="repclip"),
    ] = None
    password_file: Annotated[
        File | None,
        Told(
            "File whose first line is the password; otherwise systemd's credential repclip-broker-password.",
            "--broker-password-file",
            metavar="FILE",
            example="broker-password",
        ),
    ] = None
    tls: Annotated[bool, Told("Encrypt; port 8883 if none is given.", "--broker-tls")] = False
    ca: Annotated[
        File | None,
        Told(
            "Who may vouch for the broker (PEM); encrypts, too.",
            "--broker-ca",
            metavar="FILE",
            example="ca.pem",
        ),
    ] = None
    cert: Annotated[
        File | None,
        Told("Our own certificate (PEM).", "--broker-cert", metavar="FILE", example="station.pem"),
    ] = None
    key: Annotated[
        File | None,
        Told("The key of our certificate (PEM).", "--broker-key", metavar="FILE", example="station.key"),
    ] = None
    mqtt: Annotated[
        Literal["3.1.1", "5"], Told("Version of MQTT that the broker speaks.", "--broker-mqtt")
    ] = "3.1.1"
    topic_root: Annotated[
        str,
        AfterValidator(_checked(check_root)),
        Told("What all topics begin with.", "--topic-root", metavar="TOPIC", env="REPCLIP_TOPIC_ROOT"),
    ] = ROOT

    @property
    def address(self) -> str | None:
        """Host and port as ``HOST:PORT``, of which the host may say both; None without a host."""
        if self.host is None or self.port is None or self.host.count(":") == 1 or "]:" in self.host:
            return self.host
        host = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
        return f"{host}:{self.port}"


class Outbox(Table):
    """Where events wait for a broker that is away."""

    folder: Annotated[
        File | None,
        Told(
            "Where events wait for a broker that is away; otherwise the service's state folder,"
            " /var/lib/repclip or the user's folder.",
            "--outbox",
            metavar="DIR",
            example="/var/lib/repclip/outbox",
        ),
    ] = None


class Recordings(Table):
    """Samples that are kept beside the count, to be counted again."""

    folder: Annotated[
        File | None,
        Told(
            "Where recordings go that a request begins; otherwise the service's state folder,"
            " /var/lib/repclip or the user's folder.",
            "--recordings",
            metavar="DIR",
            example="/var/lib/repclip/recordings",
        ),
    ] = None
    always: Annotated[
        bool,
        Told("Record each session there, from its beginning to its end.", "--record-always"),
    ] = False
    keep_mb: Annotated[
        Megabytes | None,
        Told(
            "How much of this station's recordings is kept: beyond it the oldest are deleted, but never the"
            " one being written. Otherwise none is deleted.",
            "--recordings-keep",
            metavar="MB",
            example="5000",
        ),
    ] = None


class HomeAssistant(Table):
    """Home Assistant, by way of the same broker."""

    enabled: Annotated[
        bool,
        Told(
            "Make this station a device of Home Assistant.",
            "--home-assistant",
            env="REPCLIP_HOME_ASSISTANT",
            live=True,
        ),
    ] = False


class Dashboard(Table):
    """The web page, which `repclip dashboard` serves."""

    host: Annotated[
        Text,
        Told("Where to serve the page; 0.0.0.0 shows it to the network.", "--host", metavar="ADDRESS"),
    ] = "127.0.0.1"
    port: Annotated[Port, Told("Port of the page.", "--port", metavar="PORT")] = 8080
    keep_history: Annotated[bool, Told("Keep a history of the sets.", "--keep-history/--no-history")] = True
    history_folder: Annotated[
        File | None,
        Told(
            "Where the history is kept; otherwise the service's state folder, /var/lib/repclip or the user's"
            " folder.",
            "--history",
            metavar="DIR",
            env="REPCLIP_HISTORY_FOLDER",
            example="/var/lib/repclip-dashboard/history",
        ),
    ] = None
    keep_days: Annotated[Days, Told("How long sets are kept.", "--keep-days", metavar="DAYS")] = 1095
    keep_curves_days: Annotated[
        Days, Told("How long the curves of sets are kept.", "--keep-curves-days", metavar="DAYS")
    ] = 90
    password_file: Annotated[
        File | None,
        Told(
            "Written by `repclip dashboard-password`; otherwise systemd's credential of that name.",
            "--password-file",
            metavar="FILE",
            example="dashboard-password",
        ),
    ] = None
    names: Annotated[
        tuple[Text, ...],
        Field(strict=False),
        Told("Names that a proxy asks for this page by.", "--name", metavar="NAME"),
    ] = ()


class Log(Table):
    """What a service writes into the journal, or to the terminal."""

    level: Annotated[
        Literal["error", "warning", "info", "debug"],
        Told("The least that is written: error, warning, info or debug.", "--log-level", live=True),
    ] = "info"


class Settings(Table):
    """All settings, in the tables of the file."""

    station: Station = Station()
    sensors: Sensors = Sensors()
    calibration: Calibrations = Calibrations()
    broker: Broker = Broker()
    outbox: Outbox = Outbox()
    recordings: Recordings = Recordings()
    home_assistant: HomeAssistant = HomeAssistant()
    dashboard: Dashboard = Dashboard()
    log: Log = Log()
