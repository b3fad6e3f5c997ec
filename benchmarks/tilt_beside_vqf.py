"""Tilt beside the `vqf` package's, on recordings: python -m benchmarks.tilt_beside_vqf INDEX.

Both get the same cells of the uniform grid. They differ in three things by design, told apart here:

* The moment: `VQF.update` turns a sample's force by the pose at the sample's end, `TiltFilter` by that in the
  middle of its cell. VQF is always called so here, too: half of the turn, the force, the other half.
* The bias of the gyroscope: each follows it in its own way (see `pi_service.motion.bias`). With *same bias*
  both get the same one to keep.
* The low pass of the specific force: two of first order, one behind the other, in the place of a second-order
  Butterworth filter. With *same filter* the package's own code gets the coefficients of the former besides.

*Same filter* is like beside like: there the promise holds. *Same bias* says what the other low pass does.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from calibration.imu import FloatArray, ImuBlock, Vector
from firmware.samples import SensorRole
from pi_service.evaluation.index import read_index
from pi_service.motion.bias import BiasState, BiasTracker, Quaternion
from pi_service.motion.grid import Grid, GridBlock, GridParams
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter, TiltParams
from pi_service.sources.replay import ReplaySource

CELL_S = 1.0 / GridParams().rate_hz
#: Both filters begin with a plain mean, of other lengths; what is left of it is gone after this time (s).
SETTLING_S = 10.0
#: Stretches without a long gap that are shorter say nothing.
_SHORTEST_S = 12.0
#: How far apart the two may be, like beside like (deg rms): the promise.
BOUND_DEG = 0.1


class KnownBias(BiasTracker):
    """A bias that is known and stays."""

    def __init__(self, rads: Vector) -> None:
        super().__init__(CELL_S, TiltParams().time_constant_s)
        self.state.rads = rads

    def restart(self) -> None:
        self.state = BiasState(rads=self.state.rads, covariance=self.state.covariance)

    def look(self, orientation: Quaternion, gravity: Vector) -> Vector:  # noqa: ARG002 - it is known
        return self.state.rads

    def look_first(self, orientation: Quaternion, force: Vector) -> Vector | None:  # noqa: ARG002
        return None


def our_up(cells: GridBlock, still: npt.NDArray[np.bool_], known: Vector | None = None) -> FloatArray:
    """Up in the sensor frame by the pipeline's filter; with a bias that is known, or one that it follows."""
    tilt = TiltFilter()
    if known is not None:
        tilt._tracker = KnownBias(known)
    return tilt.step(cells, still).up


def our_bias(cells: GridBlock, still: npt.NDArray[np.bool_]) -> Vector:
    """The bias as the pipeline's filter knows it at the end."""
    tilt = TiltFilter()
    tilt.step(cells, still)
    return tilt.state.bias.rads


def vqf_up(cells: GridBlock, known: Vector | None = None, *, our_low_pass: bool = False) -> FloatArray:
    """Up in the sensor frame by the vqf package, in the middle of each cell."""
    from vqf import VQF  # noqa: PLC0415 - a package for development only

    follows = known is None
    make = _with_our_low_pass() if our_low_pass else VQF
    filter_ = make(
        CELL_S / 2.0,
        CELL_S,
        tauAcc=TiltParams().time_constant_s,
        restBiasEstEnabled=follows,
        motionBiasEstEnabled=follows,
    )
    if known is not None:
        filter_.setBiasEstimate(np.array(known), 0.0)
    assert cells.angular_rate_rads is not None
    poses = np.empty((len(cells), 4))
    force, rate = (np.ascontiguousarray(each) for each in (cells.specific_force_ms2, cells.angular_rate_rads))
    for i in range(len(cells)):
        filter_.updateGyr(rate[i])
        filter_.updateAcc(force[i])
        poses[i] = filter_.getQuat6D()
        filter_.updateGyr(rate[i])
    w, x, y, z = poses.T
    return np.stack((2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)), axis=1)


def _with_our_low_pass() -> Any:
    """Return the package's own Python version with other coefficients for its low passes."""
    from vqf import PyVQF  # noqa: PLC0415

    class OurLowPass(PyVQF):  # type: ignore[misc]
        @staticmethod
        def filterCoeffs(tau: float, Ts: float) -> tuple[FloatArray, FloatArray]:  # noqa: N802, N803 - theirs
            gain = 1.0 - math.exp(-2.0 * Ts / tau)
            return np.array([gain * gain, 0.0, 0.0]), np.array([2.0 * (gain - 1.0), (gain - 1.0) ** 2])

    return OurLowPass


def between_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    """Angles between unit vectors, exact for small ones."""
    return np.asarray(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), np.sum(a * b, axis=1))))


def rms_deg(a: FloatArray, b: FloatArray) -> float:
    """How far two directions are apart after both filters have settled (deg rms)."""
    angles = between_deg(a, b)[round(SETTLING_S / CELL_S) :]
    return float(np.sqrt(np.mean(angles**2)))


@dataclass(frozen=True, slots=True)
class Apart:
    """How far the two are apart on one recording (deg rms)."""

    file: str
    same_filter_deg: float
    same_bias_deg: float
    own_bias_deg: float


def stretches_of(blocks: Iterable[ImuBlock]) -> list[GridBlock]:
    """The cells of a recording, joined between long gaps."""
    grid, parts = Grid(), list[list[GridBlock]]()
    for block in blocks:
        if block.sensor is not SensorRole.LIMB:
            continue
        for cells in grid.step(block):
            if cells.restart or not parts:
                parts.append([])
            parts[-1].append(cells)
    return [_joined(part) for part in parts if part[0].angular_rate_rads is not None]


def _joined(part: list[GridBlock]) -> GridBlock:
    rates = [cells.angular_rate_rads for cells in part if cells.angular_rate_rads is not None]
    force = np.concatenate([cells.specific_force_ms2 for cells in part])
    return GridBlock(part[0].first_cell, force, np.concatenate(rates), restart=True)


def apart(file: str, blocks: Iterable[ImuBlock]) -> Apart | None:
    """Compare on a recording's longest stretch; None if that is short or has no gyroscope."""
    stretches = stretches_of(blocks)
    cells = max(stretches, key=len, default=None)
    if cells is None or len(cells) < _SHORTEST_S / CELL_S:
        return None
    still = Stillness().step(cells)
    known = our_bias(cells, still)
    return Apart(
        file,
        rms_deg(our_up(cells, still, known), vqf_up(cells, known, our_low_pass=True)),
        rms_deg(our_up(cells, still, known), vqf_up(cells, known)),
        rms_deg(our_up(cells, still), vqf_up(cells)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Tilt beside the vqf package's, on recordings.")
    parser.add_argument(
        "index", type=Path, help="CSV file that names the recordings, as for repclip evaluate"
    )
    rows = read_index(parser.parse_args().index)
    files = {row.file: row for row in rows}
    found: dict[str, list[Apart]] = {}
    for file, row in files.items():
        source = ReplaySource(row.path)
        try:
            each = apart(file, source.blocks())
        finally:
            source.close()
        if each is not None:
            found.setdefault(row.dataset or "(not said)", []).append(each)
    every = [each for group in found.values() for each in group]
    if not every:
        print("No recording has a gyroscope and is long enough.", file=sys.stderr)
        return 2
    kinds = {"same filter": "same_filter_deg", "same bias": "same_bias_deg", "own bias": "own_bias_deg"}
    heads = [f"{kind}\n{what}" for kind in kinds for what in ("median", "95 %", "most")]
    table = Table("recordings", "number", *heads)
    for name, group in (*found.items(), ("all", every)):
        figures = [_figures([getattr(each, kind) for each in group]) for kind in kinds.values()]
        table.add_row(name, str(len(group)), *(each for three in figures for each in three))
    console = Console(width=140)
    console.print("Tilt of TiltFilter and of vqf, apart by (deg rms of a recording)")
    console.print(table)
    beyond = [each for each in every if each.same_filter_deg > BOUND_DEG]
    console.print(f"{len(every) - len(beyond)} of {len(every)} within {BOUND_DEG} deg with the same filter.")
    for each in sorted(beyond, key=lambda each: -each.same_filter_deg)[:10]:
        console.print(f"  {each.file}: {each.same_filter_deg:.3f}", highlight=False)
    return 0


def _figures(values: list[float]) -> tuple[str, str, str]:
    median, most = float(np.median(values)), max(values)
    return f"{median:.3f}", f"{float(np.percentile(values, 95)):.3f}", f"{most:.3f}"


if __name__ == "__main__":
    sys.exit(main())
