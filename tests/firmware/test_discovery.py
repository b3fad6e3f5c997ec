from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.i2c_device import DictBus, FakeNode, FakeNodes

from firmware.discovery import BusFound, find_buses, i2c_switched_on, kernel_driver_at, open_bus
from firmware.errors import BusForbiddenError, BusMissingError, NotRespondingError, SettingsError

PI = "Raspberry Pi 4 Model B Rev 1.4\0"


class Machine:
    """A made-up file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "dev").mkdir()

    def bus(self, number: int, adapter: str | None = None, clock_hz: int | None = None) -> Path:
        node = self.root / f"dev/i2c-{number}"
        node.touch()
        folder = self.root / f"sys/class/i2c-dev/i2c-{number}"
        folder.mkdir(parents=True)
        if adapter is not None:
            (folder / "name").write_text(f"{adapter}\n")
        if clock_hz is not None:
            (folder / "device/of_node").mkdir(parents=True)
            (folder / "device/of_node/clock-frequency").write_bytes(clock_hz.to_bytes(4, "big"))
        return node

    def file(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def model(self, text: str = PI) -> None:
        self.file("sys/firmware/devicetree/base/model", text)

    def config(self, text: str, name: str = "boot/firmware/config.txt") -> None:
        self.file(name, text)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_every_bus_is_found_in_the_order_of_its_number(machine: Machine) -> None:
    machine.bus(20, "fef04500.i2c")
    machine.bus(1, "bcm2835 (i2c@7e804000)", clock_hz=400_000)
    machine.bus(3)
    (machine.root / "dev/i2c-x").touch()
    (machine.root / "dev/spidev0.0").touch()
    first, second, third = find_buses(machine.root)
    assert first == BusFound(
        number=1,
        path=str(machine.root / "dev/i2c-1"),
        readable=True,
        writable=True,
        group=first.group,
        adapter="bcm2835 (i2c@7e804000)",
        clock_hz=400_000,
        is_header=True,
    )
    assert first.usable
    assert first.group
    assert (second.number, second.adapter, second.clock_hz, second.is_header) == (3, "", None, False)
    assert (third.number, third.adapter) == (20, "fef04500.i2c")


def test_a_machine_without_buses(machine: Machine) -> None:
    assert find_buses(machine.root) == []
    assert find_buses(machine.root / "nowhere") == []


@pytest.mark.parametrize(
    ("allowed", "usable"), [({os.R_OK}, False), ({os.R_OK, os.W_OK}, True), (set(), False)]
)
def test_what_this_user_may_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, allowed: set[int], usable: bool
) -> None:
    node = machine.bus(1)
    # Tests may run as root, who may everything.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) == node and mode in allowed)
    (found,) = find_buses(machine.root)
    assert (found.readable, found.writable, found.usable) == (os.R_OK in allowed, os.W_OK in allowed, usable)


def test_a_group_without_a_name_is_told_by_its_number(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = machine.bus(1)

    def nameless(path: Path) -> str:
        raise KeyError(path)

    monkeypatch.setattr(Path, "group", nameless)
    (found,) = find_buses(machine.root)
    assert found.group == str(node.stat().st_gid)


@pytest.mark.parametrize(
    ("text", "switched_on", "baudrate_hz"),
    [
        ("", None, None),
        ("#dtparam=i2c_arm=on\n", None, None),
        ("dtparam=i2c_arm=on\n", True, None),
        ("dtparam=i2c_arm\n", True, None),
        ("dtparam=i2c=on\n", True, None),
        ("  dtparam=i2c1=yes  # the sensor\n", True, None),
        ("dtparam=i2c_arm=off\n", False, None),
        ("dtparam=i2c_arm=Off   # not now\n", False, None),
        ("dtparam=i2c_arm=on,i2c_arm_baudrate=400000\n", True, 400_000),
        ("dtparam=spi=on\ndtparam=i2c_arm=on\ndtparam=i2c_arm_baudrate=50000\n", True, 50_000),
        ("dtparam=i2c_baudrate=400000\n", None, 400_000),
        ("dtparam=i2c_arm_baudrate=fast\n", None, None),
        ("dtparam=i2c_arm=on\n[all]\ndtparam=i2c_arm=off\n", False, None),
        ("dtparam=i2c_vc=on\ndtoverlay=i2c-gpio\n", None, None),
    ],
)
def test_what_config_txt_says(
    machine: Machine, text: str, switched_on: bool | None, baudrate_hz: int | None
) -> None:
    machine.config(text)
    setup = i2c_switched_on(machine.root)
    assert setup.switched_on is switched_on
    assert setup.baudrate_hz == baudrate_hz
    assert setup.config_file == str(machine.root / "boot/firmware/config.txt")


def test_an_overlay_that_gives_the_sensor_to_the_kernel_is_seen(machine: Machine) -> None:
    machine.config("dtoverlay=vc4-kms-v3d\ndtoverlay=mpu6050,interrupt=4,addr=0x68\n")
    assert i2c_switched_on(machine.root).driver_overlay == "dtoverlay=mpu6050,interrupt=4,addr=0x68"
    machine.config("#dtoverlay=mpu6050\ndtoverlay=mpu60\n")
    assert i2c_switched_on(machine.root).driver_overlay is None


def test_the_old_place_of_config_txt_is_the_second_choice(machine: Machine) -> None:
    machine.config("dtparam=i2c_arm=on\n", "boot/config.txt")
    assert i2c_switched_on(machine.root).switched_on is True
    machine.config("dtparam=i2c_arm=off\n")
    assert i2c_switched_on(machine.root).switched_on is False


@pytest.mark.parametrize(
    ("modules", "loaded"),
    [
        ("i2c_dev 16384 0 - Live 0x0\ni2c_bcm2835 16384 0 - Live 0x0\n", True),
        ("i2c_bcm2835 16384 0 - Live 0x0\ni2c_dev_other 1 0 i2c_dev, Live 0x0\n", False),
        ("", False),
    ],
)
def test_whether_the_module_is_loaded(machine: Machine, modules: str, loaded: bool) -> None:
    machine.file("proc/modules", modules)
    assert i2c_switched_on(machine.root).module_loaded is loaded


def test_a_module_that_is_built_in_counts_as_loaded(machine: Machine) -> None:
    machine.file("proc/modules", "snd 1 0 - Live 0x0\n")
    machine.bus(1)
    assert i2c_switched_on(machine.root).module_loaded


@pytest.mark.parametrize(
    ("config", "modules", "words"),
    [
        ("", "", ["switched off", "raspi-config", "boot/firmware/config.txt", "restart"]),
        ("dtparam=i2c_arm=off\n", "i2c_dev 1 0 - Live 0x0\n", ["switched off", "dtparam=i2c_arm=on"]),
        ("dtparam=i2c_arm=on\n", "", ["not loaded", "sudo modprobe i2c-dev", "/etc/modules"]),
        ("dtparam=i2c_arm=on\n", "i2c_dev 1 0 - Live 0x0\n", ["no bus yet", "restart the Pi"]),
    ],
)
def test_the_advice_on_a_pi_without_a_bus(
    machine: Machine, config: str, modules: str, words: list[str]
) -> None:
    machine.model()
    machine.config(config)
    machine.file("proc/modules", modules)
    setup = i2c_switched_on(machine.root)
    assert setup.is_raspberry_pi
    assert setup.model == "Raspberry Pi 4 Model B Rev 1.4"
    assert setup.advice is not None
    for word in words:
        assert word in setup.advice
    assert ". " not in setup.advice
    machine.bus(1)
    assert i2c_switched_on(machine.root).advice is None


def test_the_advice_on_another_machine(machine: Machine) -> None:
    setup = i2c_switched_on(machine.root)
    assert not setup.is_raspberry_pi
    assert setup.advice is not None
    assert "USB adapter" in setup.advice
    assert "--bus sim:" in setup.advice


def test_the_kernel_driver_at_an_address(machine: Machine) -> None:
    device = machine.root / "sys/bus/i2c/devices/1-0069"
    device.mkdir(parents=True)
    assert kernel_driver_at(1, 0x69, machine.root) is None
    (device / "driver").symlink_to("../../../../bus/i2c/drivers/inv-mpu6050-i2c")
    assert kernel_driver_at(1, 0x69, machine.root) == "inv-mpu6050-i2c"
    assert kernel_driver_at(1, 0x68, machine.root) is None
    assert kernel_driver_at(11, 0x69, machine.root) is None


@pytest.mark.parametrize("text", ["1", "01", "{root}/dev/i2c-1"])
def test_a_bus_opens_by_number_or_path(machine: Machine, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = str(machine.bus(1))
    FakeNodes(monkeypatch).add(path, FakeNode(DictBus(0x69)))
    with open_bus(text.format(root=machine.root), machine.root) as bus:
        assert bus.number == 1
        assert bus.name == path
        assert bus.read(0x69, 0x75, 1) == b"\x68"
        with pytest.raises(NotRespondingError):
            bus.read(0x68, 0x75, 1)


@pytest.mark.parametrize("text", ["", "i2c", "i2c-1", "-1", "1.0", "sim:", "dev/i2c-1"])
def test_what_is_neither_a_number_nor_a_path_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--bus 1 or --bus /dev/i2c-1") as caught:
        open_bus(text)
    assert repr(text) in str(caught.value)


def test_a_missing_bus_names_those_that_there_are(machine: Machine) -> None:
    machine.bus(1, "bcm2835 (i2c@7e804000)")
    machine.bus(20)
    with pytest.raises(BusMissingError) as caught:
        open_bus("7", machine.root)
    dev = machine.root / "dev"
    assert str(caught.value) == (
        f"There is no I2C bus {dev}/i2c-7: this machine has {dev}/i2c-1 (bcm2835 (i2c@7e804000)) and"
        f" {dev}/i2c-20; the sensor on the header's pins 3 and 5 is on bus 1."
    )
    assert caught.value.errno == 2


def test_a_missing_header_bus_on_a_pi_says_how_to_switch_it_on(machine: Machine) -> None:
    machine.bus(20)
    with pytest.raises(BusMissingError, match=r"this machine has \S*/i2c-20\.$"):
        open_bus("1", machine.root)
    machine.model()
    with pytest.raises(BusMissingError, match=r"i2c-20; .* needs dtparam=i2c_arm=on"):
        open_bus("1", machine.root)


def test_without_any_bus_it_says_why(machine: Machine) -> None:
    machine.model()
    machine.config("")
    with pytest.raises(BusMissingError, match="I2C is switched off: run sudo raspi-config"):
        open_bus("1", machine.root)


def test_a_bus_that_this_user_may_not_open(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(machine.bus(1))
    FakeNodes(monkeypatch).add(path, FakeNode(DictBus(), open_error=13))
    with pytest.raises(BusForbiddenError, match="usermod -aG i2c"):
        open_bus("1", machine.root)


def test_a_file_that_is_no_bus_is_told_as_such(machine: Machine) -> None:
    with pytest.raises(BusMissingError, match="is not an I2C bus"):
        open_bus(str(machine.bus(1)), machine.root)
