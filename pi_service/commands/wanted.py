"""What `run` is to do: the settings, with everything in them looked up that can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pi_service.commands.broker_options import BrokerOptions, MqttVersion
from pi_service.commands.buses import check_bus, worn_bus
from pi_service.commands.looking_up import LookingUp
from pi_service.commands.plan import chosen_plan
from pi_service.commands.sensor_options import SensorOptions, Which
from pi_service.commands.worn import Arm
from pi_service.exercises import Exercise, find_exercise

if TYPE_CHECKING:
    from pi_service.config.effective import Effective
    from pi_service.config.model import Broker, Sensors
    from pi_service.publish.settings import BrokerSettings
    from pi_service.workout.plan import Plan


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded, and where.

    Attributes
    ----------
    file
        What is counted goes there, from the beginning to the end.
    overwrite
        Whether that file may be there already.
    folder
        Where recordings go that a request begins; None for the usual place.
    always
        Whether each session is recorded into a file of its own in that folder.
    keep_mb
        Of the recordings in that folder no more is kept; None for all.
    """

    file: Path | None = None
    overwrite: bool = False
    folder: Path | None = None
    always: bool = False
    keep_mb: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a station counts, of which sensors, and whom it tells.

    Attributes
    ----------
    station
        Its name.
    exercise
        What is done first; None for whatever the stream says.
    plan
        What is done, one exercise after the other.
    side
        Which arm wears the sensor.
    placement
        Where the limb's sensor sits.
    sensors
        Which sensors, and how they are set up.
    broker
        Who is told; None for nobody.
    outbox
        Where events wait; None for the usual place.
    home_assistant
        Whether Home Assistant is told of the station.
    recorded
        Where the samples are kept.
    seconds
        When it ends by itself; None for never.
    """

    station: str
    exercise: Exercise | None
    plan: Plan | None
    side: Arm | None
    placement: str | None
    sensors: SensorOptions
    broker: BrokerSettings | None
    outbox: Path | None
    home_assistant: bool
    recorded: Recorded
    seconds: float | None

    @property
    def own_exercises(self) -> dict[str, Exercise]:
        """Exercises of somebody's own that are done, by their ids."""
        steps = [] if self.plan is None else [step.exercise for step in self.plan.steps]
        known = [*([] if self.exercise is None else [self.exercise]), *steps]
        return {each.id: each for each in known if each.text is not None}

    @classmethod
    def of(cls, config: Effective, record: Recorded | None = None, seconds: float | None = None) -> Self:
        """Return what settings ask for.

        Raises
        ------
        RepclipError, SensorError
            An exercise, a plan, a bus or a file that they name cannot be used.
        """
        record = record or Recorded()
        if record.file is not None:
            from pi_service.traces import check_new_trace

            check_new_trace(record.file, overwrite=record.overwrite)
        settings = config.settings
        station, bus = settings.station, settings.sensors.bus
        options = sensor_options(settings.sensors, settings.calibration.folder)
        looking = LookingUp(config)
        plan = looking.up(
            lambda: chosen_plan(station.plan, station.exercise), "station.plan", "station.exercise"
        )
        exercise = looking.up(
            lambda: None if station.exercise is None else find_exercise(station.exercise), "station.exercise"
        )
        looking.up(lambda: check_bus(bus), "sensors.bus")
        looking.up(options.addresses, "sensors.torso_address", "sensors.limb_address")
        broker = looking.up(broker_options(settings.broker).settings)
        looking.end()
        return cls(
            station.name,
            exercise if plan is None else plan.steps[0].exercise,
            plan,
            None if station.side is None else Arm(station.side),
            station.placement,
            replace(options, bus=worn_bus(bus, station.exercise)),
            broker,
            settings.outbox.folder,
            settings.home_assistant.enabled,
            replace(
                record,
                folder=settings.recordings.folder,
                always=settings.recordings.always,
                keep_mb=settings.recordings.keep_mb,
            ),
            seconds,
        )


def sensor_options(sensors: Sensors, calibrations: Path | None) -> SensorOptions:
    """Return the settings of the sensors as the other commands have them."""
    return SensorOptions(
        sensors.bus,
        Which(sensors.which),
        sensors.limb_address,
        sensors.torso_address,
        sensors.rate_hz,
        sensors.accel_range_g,
        sensors.gyro_range_dps,
        sensors.allow_unknown_chip,
        calibrations,
    )


def broker_options(broker: Broker) -> BrokerOptions:
    """Return the settings of the broker as the other commands have them."""
    return BrokerOptions(
        broker.address,
        broker.user,
        broker.password_file,
        broker.tls,
        broker.ca,
        broker.cert,
        broker.key,
        MqttVersion(broker.mqtt),
        broker.topic_root,
    )
