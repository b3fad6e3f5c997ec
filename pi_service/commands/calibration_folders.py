"""Where calibrations are: the folders of a bus, real or simulated."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from calibration.store import CalibrationStore
from firmware.bus import is_simulated

_SIMULATED: Final = "simulated"


def store_for(bus: str, folder: Path | None) -> CalibrationStore:
    """Return the calibrations that sensors of a bus may have.

    Each simulated chip has a folder of its own: nothing but the seed tells it from the next, and none
    of them has a place among the real ones.

    Parameters
    ----------
    bus
        As a person names it.
    folder
        Where to look and to save; None for the usual places.
    """
    store = CalibrationStore.default() if folder is None else CalibrationStore(folder)
    if not is_simulated(bus):
        return store
    from firmware.sim import parse_spec

    spec = parse_spec(bus)
    chip = Path(_SIMULATED, f"seed-{spec.seed}" if spec.errors else "ideal")
    return CalibrationStore(store.folder / chip, [each / chip for each in store.folders])


def simulated_stores(store: CalibrationStore) -> dict[str, CalibrationStore]:
    """Return the stores of simulated sensors inside a store's folders, by name: ``seed-3``, ``ideal``."""
    names: set[str] = set()
    for folder in store.folders:
        with contextlib.suppress(OSError):  # not there, or not ours: none are in it
            names |= {each.name for each in (folder / _SIMULATED).iterdir() if each.is_dir()}
    return {
        name: CalibrationStore(
            store.folder / _SIMULATED / name, [each / _SIMULATED / name for each in store.folders]
        )
        for name in sorted(names)
    }
