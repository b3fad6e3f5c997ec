"""How the sensors sit: what was stored, said or recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from calibration.placement import Placement
    from calibration.placement_kind import PlacementKind
    from calibration.store import CalibrationStore
    from pi_service.coaching.facts import Worn
    from pi_service.exercises import Exercise
    from pi_service.sources.base import Source
    from pi_service.sources.live import LiveSource


def sits_live(source: LiveSource, store: CalibrationStore, said: str | None, exercise: Exercise) -> Worn:
    """Return how the sensors of a live source sit, by the newest stored placements.

    Parameters
    ----------
    source
        A source that has been started.
    store
        Where placements are.
    said
        Where the counting sensor sits, if somebody said it.
    exercise
        What is done: it says where the sensor sits otherwise.
    """
    from calibration.placement_kind import PlacementKind
    from firmware.samples import SensorRole
    from pi_service.coaching.facts import Worn

    on = _kind(said, exercise)
    return Worn(
        on,
        _stored(source, store, SensorRole.LIMB, on),
        _stored(source, store, SensorRole.TORSO, PlacementKind.TORSO),
    )


def sits_recorded(source: Source, exercise: Exercise) -> Worn:
    """Return how the sensors of a recording sat; of anything else only where the exercise wants them."""
    from firmware.samples import SensorRole
    from pi_service.coaching.facts import Worn
    from pi_service.sources.replay import ReplaySource
    from pi_service.traces.opening import RecordedTrace

    if not isinstance(source, ReplaySource) or not isinstance(source.trace, RecordedTrace):
        return Worn(_kind(None, exercise))
    sensors = {sensor.role: sensor for sensor in source.trace.header.sensors}
    limb, torso = sensors.get(SensorRole.LIMB), sensors.get(SensorRole.TORSO)
    return Worn(
        _kind(None if limb is None else limb.placement, exercise),
        None if limb is None else limb.sits,
        None if torso is None else torso.sits,
    )


def _kind(said: str | None, exercise: Exercise) -> PlacementKind:
    """Return what the counting sensor sits on; a recording may say any word."""
    from calibration.placement_kind import PlacementKind

    known = {kind.value for kind in PlacementKind}
    return PlacementKind(said if said in known else exercise.placements[0].value)


def _stored(source: LiveSource, store: CalibrationStore, role: str, kind: PlacementKind) -> Placement | None:
    from calibration.errors import CalibrationError
    from firmware.samples import SensorRole

    calibration = source.calibrations.get(SensorRole(role))
    if calibration is None:
        return None
    try:
        return store.latest_placement(calibration.sensor, kind)
    except CalibrationError as error:
        typer.echo(f"repclip: {error}", err=True)
        return None
