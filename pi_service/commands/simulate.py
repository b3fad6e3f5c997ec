"""`repclip simulate`: a labelled recording of an exercise that nobody did, and the truth of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Place(StrEnum):
    """Where a sensor sits."""

    WRIST = "wrist"
    BAR = "bar"
    TORSO = "torso"


class WornOn(StrEnum):
    """Which arm."""

    LEFT = "left"
    RIGHT = "right"


def simulate(
    exercise: Annotated[
        str, typer.Argument(metavar="EXERCISE", help="What is done: dead_lift, lat_pulldown, face_pull ...")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="TRACE", help="Where to write it: NAME.csv or NAME.csv.gz."),
    ],
    reps: Annotated[int, typer.Option(min=1, max=200, metavar="N", help="Repetitions of each set.")] = 10,
    hold_s: Annotated[
        float, typer.Option("--hold", min=3.0, max=600.0, metavar="S", help="Seconds of a hold.")
    ] = 40.0,
    distance_m: Annotated[
        float, typer.Option("--distance", min=2.0, max=500.0, metavar="M", help="Metres of a carry.")
    ] = 18.3,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:SIZE]", help="What is done wrong, e.g. rock or rock:15; several times."),
    ] = None,
    placement: Annotated[
        Place | None, typer.Option(help="Where the sensor sits; otherwise where it usually does.")
    ] = None,
    torso: Annotated[bool, typer.Option("--torso", help="A second sensor sits on the torso.")] = False,
    side: Annotated[WornOn | None, typer.Option(help="Which arm; otherwise drawn from the seed.")] = None,
    aligned: Annotated[
        bool, typer.Option("--aligned", help="Sensors sit along the limb, not any way round.")
    ] = False,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Who moves, and how: the same seed is the same file.")
    ] = 1,
    sets: Annotated[int, typer.Option(min=1, max=50, metavar="N", help="Sets, one after the other.")] = 1,
    rest_s: Annotated[
        float, typer.Option("--rest", min=1.0, max=600.0, metavar="S", help="Seconds between sets.")
    ] = 20.0,
    slower: Annotated[
        float, typer.Option(min=0.4, max=4.0, metavar="X", help="Factor on the time that every rep takes.")
    ] = 1.0,
    index: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Add a row to this index of labelled sets, for `repclip evaluate`."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Write a recording of an exercise that nobody did, with labels, and the truth beside it as JSON."""
    from calibration.placement_kind import Side
    from pi_service.athlete.movements import default_placement, fault_of, find_movement
    from pi_service.athlete.movements.base import Work
    from pi_service.athlete.recording import Order, index_cells, truth_path, write_recording
    from pi_service.athlete.task import Task
    from pi_service.errors import UsageError
    from pi_service.evaluation.index import add_row, rows_to_add_to

    where = None if placement is None else str(placement)
    movement = find_movement(exercise, where)
    if where is None:
        where = Place.TORSO if movement.work is Work.HOLD else default_placement(movement)
    task = Task(
        movement,
        reps=reps,
        hold_s=hold_s,
        distance_m=distance_m,
        faults=tuple(fault_of(movement, text) for text in fault or ()),
        slower=slower,
    )
    order = Order(
        task,
        str(where),
        torso=torso,
        seed=seed,
        sets=sets,
        rest_s=rest_s,
        side=None if side is None else Side(side),
        clip=not aligned,
    )
    if index is not None:
        # What cannot be written is told before a minute of samples is.
        if index.absolute() in (out.absolute(), truth_path(out).absolute()):
            raise UsageError(f"{index} cannot be the index and the recording at once: choose another name.")
        rows_to_add_to(index)
    truth = write_recording(out, order, overwrite=overwrite)
    if index is not None:
        add_row(index, out, index_cells(truth))
    typer.echo(f"{out}: {movement.variant}, {_done(truth)}, worn on {' and '.join(truth['placements'])}.")
    typer.echo(f"The truth is in {truth_path(out)}.")


def _done(truth: dict[str, Any]) -> str:
    """Say what the sets came to."""
    said = []
    for each in truth["sets"]:
        if each["reps"]:
            seen = sum(rep["seen"] for rep in each["reps"])
            more = "" if seen == len(each["reps"]) else f" ({seen} of them with the arm that wears it)"
            said.append(f"{len(each['reps'])} rep{'' if len(each['reps']) == 1 else 's'}{more}")
        said += [f"a hold of {hold['end_s'] - hold['start_s']:.1f} s" for hold in each["holds"]]
        said += [
            f"{len(carry['steps_s'])} steps over {carry['distance_m']:.1f} m" for carry in each["carries"]
        ]
    return ", ".join(said)
