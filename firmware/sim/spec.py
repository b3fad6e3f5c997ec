"""What a person writes behind ``--bus``: ``sim:`` and what the simulated sensors are to be like.

Grammar
    ``sim:`` then ``key=value`` pairs with commas between them, in any order; without any, one MPU-6050 at
    rest. ``fault``, ``stall`` and ``form`` may be given several times.

    ======================  =====================================================================
    ``chip=MPU-6500``       name in the chip table, or a WHO_AM_I value such as 0x70 (MPU-6050)
    ``sensors=2``           1: the limb's at 0x68; 2: the torso's at 0x69 besides (1)
    ``seed=3``              which chips out of the bag: errors, noise, clock (0)
    ``motion=rocking``      still, rocking, athlete, poses, turn, place-wrist, -bar, -torso (still)
    ``exercise=dead_lift``  what the athlete does, by the id of an exercise or of a variant (pull-ups)
    ``placement=bar``       where the athlete wears the limb's sensor: wrist, bar or torso (what is usual)
    ``reps=10``             of each of the athlete's sets (8)
    ``form=rock:15``        a fault of the athlete's, with its size; may be given several times
    ``bit_rate=100000``     of the bus, in bit/s (400000)
    ``fifo=512``            bytes of the FIFO, where a forged chip has others than its kind
    ``clock_ppm=4000``      how much too fast the chip's clock runs (drawn from the seed)
    ``clock_jitter_us=5``   how far each sample is off an even spacing, rms (2; 0 with errors=no)
    ``ambient_c=22``        temperature of the room (22)
    ``self_test=30``        per cent by which the self-test's response is off; beyond 14 it fails (0)
    ``errors=no``           an ideal chip but for its noise (yes)
    ``stall=10+2``          the host does nothing for 2 s from second 10 on
    ``fault=nack@5+2``      see below
    ======================  =====================================================================

Faults
    ``[limb.|torso.]NAME@START[+DURATION][:VALUE]``, in seconds since the beginning; without a sensor both
    are hit, without a duration it stays. Names are those of `firmware.sim.faults.FaultKind`, and
    ``asleep``, which is a brown-out of an instant. For example ``fault=torso.nack@5+2:0.3``: for two
    seconds the torso's sensor does not acknowledge 3 of 10 transactions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from firmware.bus import SIMULATED, is_simulated
from firmware.chips import CHIPS
from firmware.errors import SettingsError
from firmware.roles import DEFAULT_I2C_ADDRESS, SensorRole
from firmware.sim.bus import SimulatedBus
from firmware.sim.chip import SimulatedChip
from firmware.sim.clock import SimClock
from firmware.sim.faults import INSTANT_KINDS, Fault, FaultKind
from firmware.sim.motion import Motion, rocking, still
from firmware.sim.traits import Traits

#: What a simulated sensor may feel; all but the first two have to be brought by the caller of `build`.
MOTIONS = ("still", "rocking", "athlete", "poses", "turn", "place-wrist", "place-bar", "place-torso")
_BROUGHT = {
    "athlete": "athlete",
    "poses": "hand that turns it",
    "turn": "hand that turns it",
} | dict.fromkeys(("place-wrist", "place-bar", "place-torso"), "person who makes the guided movement")
#: Where an athlete may wear the limb's sensor; what the athlete does is known to whoever brings one.
PLACEMENTS = ("wrist", "bar", "torso")
#: Faults by the names that a person writes.
FAULT_NAMES: Mapping[str, FaultKind] = {
    **{kind.value: kind for kind in FaultKind},
    "asleep": FaultKind.BROWN_OUT,
}
#: Other chips that say 0x68.
_MORE_CHIP_NAMES = {"MPU6000": 0x68, "MPU9150": 0x68}
_FAULT = re.compile(
    r"(?:(?P<sensor>[a-z]+)\.)?(?P<name>[a-z-]+)@(?P<start>[0-9.]+)(?:\+(?P<duration>[0-9.]+))?"
    r"(?::(?P<value>[-+0-9a-fx.]+))?"
)


@dataclass(frozen=True, slots=True)
class SimSpec:
    """What was asked for; the table at the top says what each means."""

    who_am_i: int = 0x68
    sensors: int = 1
    seed: int = 0
    motion: str = "still"
    bit_rate_hz: int = 400_000
    fifo_bytes: int | None = None
    clock_ppm: float | None = None
    clock_jitter_us: float | None = None
    ambient_c: float = 22.0
    self_test_off_percent: float = 0.0
    errors: bool = True
    stalls: tuple[tuple[float, float], ...] = ()
    faults: tuple[Fault, ...] = ()
    exercise: str | None = None
    placement: str | None = None
    reps: int = 8
    forms: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[SensorRole, ...]:
        """The sensors that there are."""
        return (SensorRole.LIMB, SensorRole.TORSO)[: self.sensors]


def parse_spec(text: str) -> SimSpec:
    """Return what a text such as ``sim:chip=MPU-6500,sensors=2`` asks for.

    Raises
    ------
    SettingsError
        It is not in the grammar; one sentence that says what is allowed.
    """
    if not is_simulated(text):
        raise SettingsError(f"The name of a simulated bus begins with {SIMULATED}, not {text!r}.")
    spec = SimSpec()
    seen: set[str] = set()
    for pair in text[len(SIMULATED) :].split(","):
        if not pair.strip():
            continue
        key, equals, value = (part.strip() for part in pair.partition("="))
        reader = _READERS.get(key)
        if reader is None or not equals:
            raise SettingsError(
                f"A simulated bus knows nothing of {pair.strip()!r}: write key=value, with a key out of"
                f" {', '.join(_READERS)}."
            )
        if key in seen and key not in ("fault", "stall", "form"):
            raise SettingsError(f"The simulated bus is given {key} twice: once is enough.")
        seen.add(key)
        spec = reader(spec, value)
    return spec


def build(
    spec: SimSpec,
    clock: SimClock,
    motions: Mapping[SensorRole, Motion] | None = None,
    *,
    keep_history: bool = False,
) -> SimulatedBus:
    """Return the bus that was asked for.

    Parameters
    ----------
    spec
        What was asked for.
    clock
        A `SimulatedClock`, or a `HostClock` for real time.
    motions
        What the sensors feel instead of the motion named in `spec`; needed for all but ``motion=still`` and
        ``motion=rocking``.
    keep_history
        Keep every sample for `SimulatedBus.history`.

    Raises
    ------
    SettingsError
        The athlete or the hand is asked for and was not brought.
    """
    for at_s, for_s in spec.stalls:
        clock.add_stall(at_s, for_s)
    chips = {
        DEFAULT_I2C_ADDRESS[role]: SimulatedChip(
            spec.who_am_i,
            motion=_motion(spec, role, motions or {}),
            seed=_chip_seed(spec, role),
            clock_ppm=spec.clock_ppm,
            traits=_traits(spec, role),
            fifo_bytes=spec.fifo_bytes,
            keep_history=keep_history,
        )
        for role in spec.roles
    }
    return SimulatedBus(chips, clock, bit_rate_hz=spec.bit_rate_hz, faults=spec.faults, seed=spec.seed)


def _chip_seed(spec: SimSpec, role: SensorRole) -> int:
    """Return the seed of one chip: no two of a bus are alike, nor those of neighbouring seeds."""
    return 2 * spec.seed + (role is SensorRole.TORSO)


def _traits(spec: SimSpec, role: SensorRole) -> Traits:
    seed = _chip_seed(spec, role)
    drawn = Traits.drawn(seed, ambient_c=spec.ambient_c)
    traits = drawn if spec.errors else replace(Traits.ideal(noise=1.0), ambient_c=spec.ambient_c)
    if spec.clock_jitter_us is not None:
        traits = replace(traits, clock_jitter_us=spec.clock_jitter_us)
    return replace(traits, self_test_off_percent=spec.self_test_off_percent)


def _motion(spec: SimSpec, role: SensorRole, motions: Mapping[SensorRole, Motion]) -> Motion:
    if role in motions:
        return motions[role]
    if spec.motion in _BROUGHT:
        raise SettingsError(
            f"There is no {_BROUGHT[spec.motion]} for the {role} sensor here: use motion=still or"
            " motion=rocking."
        )
    # The torso of somebody who rocks an arm stays upright.
    if spec.motion == "rocking" and role is SensorRole.LIMB:
        return rocking()
    return still((0.0, 0.0, 1.0) if role is SensorRole.LIMB else (1.0, 0.0, 0.0))


def _chip(value: str) -> int:
    names = {chip.name.upper().replace("-", ""): who_am_i for who_am_i, chip in CHIPS.items()}
    found = {**names, **_MORE_CHIP_NAMES}.get(value.upper().replace("-", ""))
    if found is not None:
        return found
    if re.fullmatch(r"0x[0-9a-fA-F]{1,2}", value):
        return int(value, 16)
    listed = ", ".join(chip.name for chip in CHIPS.values())
    raise SettingsError(
        f"There is no simulated chip {value!r}: choose one of {listed}, or a WHO_AM_I value such as 0x70."
    )


def _number(key: str, text: str, low: float, high: float) -> float:
    """Return a number in [low, high]."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise SettingsError(f"The simulated bus cannot have {key}={text}: give {low:g} to {high:g}.")
    return value


def _whole(key: str, text: str, low: int, high: int) -> int:
    value = _number(key, text, low, high)
    if value != int(value):
        raise SettingsError(f"The simulated bus cannot have {key}={text}: give a whole number.")
    return int(value)


def _choice(key: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise SettingsError(
            f"The simulated bus cannot have {key}={text}: choose one of {', '.join(allowed)}."
        )
    return text


def _stall(value: str) -> tuple[float, float]:
    at, plus, duration = value.partition("+")
    if not plus:
        raise SettingsError(f"The simulated bus cannot have stall={value}: write START+DURATION in seconds.")
    return _number("stall", at, 0.0, 1e6), _number("stall", duration, 1e-3, 1e6)


def _fault(value: str) -> Fault:
    match = _FAULT.fullmatch(value)
    kind = FAULT_NAMES.get(match["name"]) if match else None
    sensor = match["sensor"] if match else None
    if match is None or kind is None or sensor not in (None, *SensorRole):
        raise SettingsError(
            f"The simulated bus cannot have fault={value}: write [limb.|torso.]NAME@START[+DURATION][:VALUE]"
            f" in seconds, with a name out of {', '.join(sorted(FAULT_NAMES))}."
        )
    for_ever = 0.0 if kind in INSTANT_KINDS else math.inf
    duration, given = match["duration"], match["value"]
    amount = None
    if given is not None:
        is_hex = re.fullmatch(r"0x[0-9a-f]{1,2}", given) is not None
        amount = float(int(given, 16)) if is_hex else _number("fault", given, -1e6, 1e6)
    return Fault(
        kind,
        _number("fault", match["start"], 0.0, 1e6),
        for_ever if duration is None else _number("fault", duration, 0.0, 1e6),
        None if sensor is None else DEFAULT_I2C_ADDRESS[SensorRole(sensor)],
        amount,
    )


_READERS: dict[str, Callable[[SimSpec, str], SimSpec]] = {
    "chip": lambda spec, text: replace(spec, who_am_i=_chip(text)),
    "sensors": lambda spec, text: replace(spec, sensors=_whole("sensors", text, 1, 2)),
    "seed": lambda spec, text: replace(spec, seed=_whole("seed", text, 0, 2**31)),
    "motion": lambda spec, text: replace(spec, motion=_choice("motion", text, MOTIONS)),
    "bit_rate": lambda spec, text: replace(spec, bit_rate_hz=_whole("bit_rate", text, 1_000, 1_000_000)),
    "fifo": lambda spec, text: replace(spec, fifo_bytes=_whole("fifo", text, 64, 8192)),
    "clock_ppm": lambda spec, text: replace(spec, clock_ppm=_number("clock_ppm", text, -50_000, 50_000)),
    "clock_jitter_us": lambda spec, text: replace(
        spec, clock_jitter_us=_number("clock_jitter_us", text, 0, 100)
    ),
    "ambient_c": lambda spec, text: replace(spec, ambient_c=_number("ambient_c", text, -40, 85)),
    "self_test": lambda spec, text: replace(
        spec, self_test_off_percent=_number("self_test", text, -100, 200)
    ),
    "errors": lambda spec, text: replace(spec, errors=_choice("errors", text, ("yes", "no")) == "yes"),
    "stall": lambda spec, text: replace(spec, stalls=(*spec.stalls, _stall(text))),
    "fault": lambda spec, text: replace(spec, faults=(*spec.faults, _fault(text))),
    "exercise": lambda spec, text: replace(spec, exercise=text),
    "placement": lambda spec, text: replace(spec, placement=_choice("placement", text, PLACEMENTS)),
    "reps": lambda spec, text: replace(spec, reps=_whole("reps", text, 1, 1000)),
    "form": lambda spec, text: replace(spec, forms=(*spec.forms, text)),
}
