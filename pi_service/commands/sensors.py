"""What `run`, `record` and `calibrate` share: from what a person said of sensors to sensors that deliver."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.driver import POLL_S, Sensors
from firmware.errors import BusInUseError, ChipError, NotRespondingError, TransferError
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.start import identify
from pi_service.commands.buses import OpenBus, open_bus, worn_bus
from pi_service.commands.calibration_folders import store_for
from pi_service.commands.say import tell_person
from pi_service.commands.sensor_options import SensorOptions, Which
from pi_service.commands.sensor_words import calibration_troubles, tell_note
from pi_service.exercises import Kind, find_exercise, is_exercise
from pi_service.sources.live import CalibrationFor, LiveOptions, LiveSource, nominal_for
from pi_service.sources.stored_calibrations import StoredCalibrations

#: A torso's sensor that does not answer at first is asked again.
_ATTEMPTS = 3
_PAUSE_NS = 20_000_000
#: Whoever counts looks five or ten times a second: to read the FIFO twice as often only costs. It holds 73
#: samples, so that a high rate leaves no time for it.
_CALM_POLL_S, _CALM_RATE_HZ = 0.08, 200


@dataclass(frozen=True, slots=True)
class Opening:
    """What a stream is opened for; see `StreamInfo` for the first two.

    Attributes
    ----------
    station, exercise
        Whose stream it is.
    stop, seconds
        What ends it.
    tell
        Takes sentences about calibrations, and about a sensor that is left out.
    opener
        Opens the bus; `open_bus` if None.
    on_wait
        Called again and again while the sensors are being started.
    """

    station: str
    exercise: str | None
    stop: threading.Event
    seconds: float | None = None
    tell: Callable[[str], None] = tell_person
    opener: Callable[[str], OpenBus] | None = None
    on_wait: Callable[[], None] | None = None


def open_sensors(options: SensorOptions, opening: Opening) -> LiveSource:
    """Return a source that has been started, with stored calibrations; troubles are told on stderr.

    Raises
    ------
    SensorError
        The bus cannot be opened or the sensors cannot be started.
    UsageError
        The options cannot be right.
    KeyboardInterrupt
        `stop` was set before the sensors delivered.
    """
    return _open_stored(options, None, opening)


def open_calibrated(
    options: SensorOptions, role: SensorRole, *, stop: threading.Event, seconds: float | None = None
) -> LiveSource:
    """Return a source of one sensor that has been started, with its stored calibration.

    Errors are those of `open_sensors`.
    """
    return _open_stored(options, role, Opening("bench", None, stop, seconds))


def open_uncalibrated(
    options: SensorOptions, role: SensorRole, *, stop: threading.Event, seconds: float | None = None
) -> LiveSource:
    """Return a source of one sensor that has been started, at the data sheet's scale.

    Errors are those of `open_sensors`.
    """
    return _open(options, role, nominal_for, Opening("bench", None, stop, seconds))


def _open_stored(options: SensorOptions, only: SensorRole | None, opening: Opening) -> LiveSource:
    store = store_for(options.bus, options.calibration_folder)
    stored = StoredCalibrations(store)
    source = _open(
        options,
        only,
        lambda identity, each: stored.find(identity, each.accel_range_g, each.gyro_range_dps),
        opening,
    )
    length, problem = store.step_lengths.search()
    source.know_step_length(length)
    problems = [*stored.problems, *([problem] if problem and _walks(opening.exercise) else [])]
    for each in calibration_troubles(source, problems):
        opening.tell(each)
    return source


def _walks(exercise: str | None) -> bool:
    """Whether it matters how long a step is."""
    if exercise is None:
        return False
    # Of a file of one's own only the id is known here.
    return not is_exercise(exercise) or find_exercise(exercise).kind is Kind.CARRY


def _poll_s(settings: Sequence[SensorSettings]) -> float:
    """Return how often the sensors are read."""
    return _CALM_POLL_S if all(each.rate_hz <= _CALM_RATE_HZ for each in settings) else POLL_S


def _open(
    options: SensorOptions, only: SensorRole | None, calibration_for: CalibrationFor, opening: Opening
) -> LiveSource:
    addresses = options.addresses()
    opened = (opening.opener or open_bus)(worn_bus(options.bus, opening.exercise))
    try:
        settings = _settings(options, addresses, opened, only, opening.tell)
        source = LiveSource(
            opened.bus,
            Sensors(opened.bus, settings, opened.clock, poll_s=_poll_s(settings)),
            settings,
            station=opening.station,
            exercise=opening.exercise or opened.exercise,
            simulated=opened.simulated,
            calibration_for=calibration_for,
            clock=opened.clock,
            stop=opening.stop,
            on_note=lambda note: tell_note(note, source.origin_ns),
            options=LiveOptions(
                seconds=opening.seconds, may_wait=opened.virtual, real_time=not opened.simulated
            ),
        )
    except BaseException:
        opened.bus.close()
        raise
    try:
        started = source.start(opening.on_wait)
    except NotRespondingError as error:
        raise _with_way_out(error, addresses, settings, options) from error
    if not started:
        raise KeyboardInterrupt
    return source


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


def _settings(
    options: SensorOptions,
    addresses: dict[SensorRole, int],
    opened: OpenBus,
    only: SensorRole | None,
    tell: Callable[[str], None],
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
        options.sensors is Which.AUTO and _torso_answers(options, addresses, opened, tell)
    ):
        wanted.append(settings(SensorRole.TORSO))
    return wanted


def _torso_answers(
    options: SensorOptions,
    addresses: dict[SensorRole, int],
    opened: OpenBus,
    tell: Callable[[str], None],
) -> bool:
    """Whether there is a second sensor; what is there but cannot be used is told."""
    address = addresses[SensorRole.TORSO]
    if address == addresses[SensorRole.LIMB]:
        return False
    for attempt in range(_ATTEMPTS):
        try:
            identify(opened.bus, address, allow_unknown=options.allow_unknown_chip)
        except (ChipError, BusInUseError) as error:
            tell(f"No torso sensor is used. {error}")
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
