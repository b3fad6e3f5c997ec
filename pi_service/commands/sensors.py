"""What `run`, `record` and `calibrate` share: from a bus that a person named to sensors that deliver."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import typer

from calibration.placement_kind import PlacementKind, Side
from firmware.bus import Bus, Clock, SystemClock
from firmware.discovery import open_bus as open_real_bus
from firmware.driver import Sensors
from firmware.errors import BusInUseError, ChipError, NotRespondingError, TransferError
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import HostClock, Motion, SimClock, SimSpec, SimulatedBus, build, is_simulated, parse_spec
from firmware.start import identify
from pi_service.athlete.movements import default_placement, fault_of, find_movement, is_movement
from pi_service.athlete.movements.base import TORSO
from pi_service.athlete.placing import PlacingMotion
from pi_service.athlete.poses import PosesMotion
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.athlete.turning import TurningMotion
from pi_service.commands.calibration_folders import store_for
from pi_service.commands.sensor_options import SensorOptions, Which
from pi_service.commands.sensor_words import tell_calibrations, tell_note
from pi_service.errors import UsageError
from pi_service.exercises import Kind, find_exercise, is_exercise
from pi_service.sources.live import CalibrationFor, LiveOptions, LiveSource, nominal_for
from pi_service.sources.stored_calibrations import StoredCalibrations

#: Motions of the simulated person who shows how the sensor sits; those of an odd seed wear it left.
PLACING = "place-"
#: A torso's sensor that does not answer at first is asked again.
_ATTEMPTS = 3
_PAUSE_NS = 20_000_000


@dataclass(frozen=True, slots=True)
class OpenBus:
    """A bus, and what belongs to it.

    Attributes
    ----------
    bus, clock
        The bus and the clock of its host.
    simulated
        Whether nobody moves.
    virtual
        Whether the clock stands still while nobody reads the bus.
    exercise
        What the simulated athlete does; None where there is none.
    """

    bus: Bus
    clock: Clock
    simulated: bool = False
    virtual: bool = False
    exercise: str | None = None


def open_bus(text: str) -> OpenBus:
    """Open the bus that a person named: ``1``, ``/dev/i2c-1``, ``sim:`` or ``sim:key=value,...``.

    Raises
    ------
    SensorError
        There is no such bus, or it cannot be opened.
    """
    if not is_simulated(text):
        return OpenBus(open_real_bus(text), SystemClock())
    clock = HostClock()
    bus, exercise = simulated_bus(text, clock)
    return OpenBus(bus, clock, simulated=True, exercise=exercise)


def simulated_bus(text: str, clock: SimClock) -> tuple[SimulatedBus, str | None]:
    """Return a simulated bus, worn by the synthetic athlete unless the text names another motion.

    Returns
    -------
    SimulatedBus
        The bus.
    str or None
        What the athlete does; None where there is none.
    """
    spec = parse_spec(text)
    if "motion=" not in text:
        spec = replace(spec, motion="athlete")
    motions: dict[SensorRole, Motion] = {}
    done = None
    if spec.motion == "athlete":
        motions, done = _athlete(spec)
    elif spec.motion == "poses":
        motions = {role: PosesMotion(2 * spec.seed + number) for number, role in enumerate(spec.roles)}
    elif spec.motion == "turn":
        motions = {role: TurningMotion(2 * spec.seed + number) for number, role in enumerate(spec.roles)}
    elif spec.motion.startswith(PLACING):
        kind, side = PlacementKind(spec.motion.removeprefix(PLACING)), (Side.RIGHT, Side.LEFT)[spec.seed % 2]
        motions = {
            role: PlacingMotion(kind, 2 * spec.seed + number, side=side)
            for number, role in enumerate(spec.roles)
        }
    return build(spec, clock, motions), done


def _athlete(spec: SimSpec) -> tuple[dict[SensorRole, Motion], str]:
    """Return what the sensors of a simulated athlete feel, and the exercise that is done."""
    movement = find_movement(spec.exercise or "vertical_pull", spec.placement)
    faults = tuple(fault_of(movement, text) for text in spec.forms)
    # Walks up and begins: whoever tries a command out wants to see a set soon.
    session = Session(spec.seed, Task(movement, reps=spec.reps, faults=faults, drink_chance=0.0))
    limb = spec.placement or default_placement(movement)
    worn = {SensorRole.LIMB: session.worn(limb), SensorRole.TORSO: session.worn(TORSO)}
    return dict(worn), movement.exercise


def open_sensors(
    options: SensorOptions,
    *,
    station: str,
    exercise: str | None,
    stop: threading.Event,
    seconds: float | None = None,
) -> LiveSource:
    """Return a source that has been started, with stored calibrations; troubles are told on stderr.

    Parameters
    ----------
    options
        Which sensors, and how they are set up.
    station, exercise
        See `StreamInfo`.
    stop, seconds
        What ends the stream.

    Raises
    ------
    SensorError
        The bus cannot be opened or the sensors cannot be started.
    UsageError
        The options cannot be right.
    KeyboardInterrupt
        `stop` was set before the sensors delivered.
    """
    return _open_stored(options, None, station=station, exercise=exercise, stop=stop, seconds=seconds)


def _walks(exercise: str | None) -> bool:
    """Whether it matters how long a step is."""
    if exercise is None:
        return False
    # Of a file of one's own only the id is known here.
    return not is_exercise(exercise) or find_exercise(exercise).kind is Kind.CARRY


def open_calibrated(
    options: SensorOptions, role: SensorRole, *, stop: threading.Event, seconds: float | None = None
) -> LiveSource:
    """Return a source of one sensor that has been started, with its stored calibration.

    Parameters and errors are those of `open_sensors`.
    """
    return _open_stored(options, role, station="bench", exercise=None, stop=stop, seconds=seconds)


def _open_stored(
    options: SensorOptions,
    only: SensorRole | None,
    *,
    station: str,
    exercise: str | None,
    stop: threading.Event,
    seconds: float | None,
) -> LiveSource:
    store = store_for(options.bus, options.calibration_folder)
    stored = StoredCalibrations(store)
    source = _open(
        options,
        only,
        lambda identity, each: stored.find(identity, each.accel_range_g, each.gyro_range_dps),
        station=station,
        exercise=exercise,
        stop=stop,
        seconds=seconds,
    )
    length, problem = store.step_lengths.search()
    source.know_step_length(length)
    tell_calibrations(source, [*stored.problems, *([problem] if problem and _walks(exercise) else [])])
    return source


def open_uncalibrated(
    options: SensorOptions, role: SensorRole, *, stop: threading.Event, seconds: float | None = None
) -> LiveSource:
    """Return a source of one sensor that has been started, at the data sheet's scale.

    Parameters and errors are those of `open_sensors`.
    """
    return _open(options, role, nominal_for, station="bench", exercise=None, stop=stop, seconds=seconds)


def _open(
    options: SensorOptions,
    only: SensorRole | None,
    calibration_for: CalibrationFor,
    *,
    station: str,
    exercise: str | None,
    stop: threading.Event,
    seconds: float | None,
) -> LiveSource:
    addresses = _addresses(options)
    opened = open_bus(worn_bus(options.bus, exercise))
    try:
        settings = _settings(options, addresses, opened, only)
        source = LiveSource(
            opened.bus,
            Sensors(opened.bus, settings, opened.clock),
            settings,
            station=station,
            exercise=exercise or opened.exercise,
            simulated=opened.simulated,
            calibration_for=calibration_for,
            clock=opened.clock,
            stop=stop,
            on_note=lambda note: tell_note(note, source.origin_ns),
            options=LiveOptions(seconds=seconds, may_wait=opened.virtual, real_time=not opened.simulated),
        )
    except BaseException:
        opened.bus.close()
        raise
    try:
        started = source.start()
    except NotRespondingError as error:
        raise _with_way_out(error, addresses, settings, options) from error
    if not started:
        raise KeyboardInterrupt
    return source


def worn_bus(bus: str, exercise: str | None) -> str:
    """Return the name of a bus, on which a simulated athlete does what is to be counted if one can.

    Parameters
    ----------
    bus
        As a person named it.
    exercise
        As a person named it: of "lat pulldown" the athlete does pulldowns, though it is one exercise with the
        pull-up.
    """
    if not is_simulated(bus) or exercise is None or "exercise=" in bus:
        return bus
    if not is_movement(exercise):
        known = find_exercise(exercise).id if is_exercise(exercise) else None
        if known is None or not is_movement(known):
            return bus
    return f"{bus},exercise={find_movement(exercise).variant}"


def _with_way_out(
    error: NotRespondingError,
    addresses: dict[SensorRole, int],
    settings: list[SensorSettings],
    options: SensorOptions,
) -> NotRespondingError:
    """Return the error, with what to do when the only sensor has the address of the other one."""
    limb, torso = (f"0x{addresses[role]:02x}" for role in (SensorRole.LIMB, SensorRole.TORSO))
    both_asked = {each.role for each in settings} == {SensorRole.LIMB, SensorRole.TORSO}
    # The sentence begins with who is silent; further on it names both addresses in any case.
    if not (both_asked and options.sensors is Which.AUTO and f"at {limb} " in str(error)):
        return error
    words = (
        f"{str(error).rstrip('.')}; the one at {torso} answers: to count with it, say --limb-address {torso}."
    )
    return NotRespondingError(words, error.errno)


def _addresses(options: SensorOptions) -> dict[SensorRole, int]:
    addresses = {
        SensorRole.LIMB: _address("--limb-address", options.limb_address),
        SensorRole.TORSO: _address("--torso-address", options.torso_address),
    }
    if options.sensors is Which.BOTH and len(set(addresses.values())) == 1:
        raise UsageError(
            "Both sensors cannot have one address: wire AD0 of one of them to 3V3 (0x69) and of the other to"
            " ground (0x68)."
        )
    return addresses


def _address(option: str, text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no address: use 0x68 or 0x69.") from None


def _settings(
    options: SensorOptions, addresses: dict[SensorRole, int], opened: OpenBus, only: SensorRole | None
) -> list[SensorSettings]:
    def settings(role: SensorRole) -> SensorSettings:
        return SensorSettings(
            role,
            addresses[role],
            options.rate_hz,
            options.accel_range_g,
            options.gyro_range_dps,
            allow_unknown_chip=options.allow_unknown_chip,
        )

    if only is not None:
        return [settings(only)]
    # Made first: settings that no chip can have are told before anybody is asked.
    wanted = [settings(SensorRole.LIMB)]
    if options.sensors is Which.BOTH or (
        options.sensors is Which.AUTO and _torso_answers(options, addresses, opened)
    ):
        wanted.append(settings(SensorRole.TORSO))
    return wanted


def _torso_answers(options: SensorOptions, addresses: dict[SensorRole, int], opened: OpenBus) -> bool:
    """Whether there is a second sensor; what is there but cannot be used is told."""
    address = addresses[SensorRole.TORSO]
    if address == addresses[SensorRole.LIMB]:
        return False
    for attempt in range(_ATTEMPTS):
        try:
            identify(opened.bus, address, allow_unknown=options.allow_unknown_chip)
        except (ChipError, BusInUseError) as error:
            typer.echo(f"repclip: No torso sensor is used. {error}", err=True)
            return False
        except (NotRespondingError, TransferError) as error:
            # A disturbance on the bus is no answer either.
            if attempt < _ATTEMPTS - 1:
                opened.clock.sleep_until_ns(opened.clock.now_ns() + _PAUSE_NS)
            elif isinstance(error, TransferError):
                raise
        else:
            return True
    return False
