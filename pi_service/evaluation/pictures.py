"""Draws what was counted into the movement, so that a person can see who is right.

The only module that needs matplotlib (the extra `plots`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from calibration.imu import FloatArray
from pi_service.errors import RepclipError
from pi_service.evaluation.curves import Curves, curves_of, motion_of
from pi_service.evaluation.errors import EvaluationError
from pi_service.evaluation.picture_list import headline, subtitle
from pi_service.evaluation.scoring import RowScore, in_window
from pi_service.evaluation.tally import CountedRep
from pi_service.sources.replay import ReplaySource

#: What is drawn before and after the window of a row.
_MARGIN_S = 15.0
#: Longest stretch in one line of a picture, and lines in one picture.
_STRETCH_S, _LINES = 60.0, 6
_WIDTH_IN, _STRETCH_IN, _HEAD_IN, _DPI = 16.0, 4.6, 0.8, 80
#: The smallest height of the panels: deg, cm, deg. A quiet sensor shall look quiet.
_LEAST = {"tilt (deg)": 2.5, "up (cm)": 4.0, "turn (deg)": 4.0}
#: Corner of the integrals' high pass, times the period of the reps.
_CORNER = 0.4
_CORNERS_HZ = (0.06, 0.4)
_CURVE, _FINAL, _ADDED, _LIVE, _PEAK, _WINDOW = (
    "#1f3b57",
    "#2a9d5c",
    "#7ac79b",
    "#d1495b",
    "#e08e0b",
    "#5b3f8c",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn.

    Attributes
    ----------
    score
        The row and how it was counted.
    peaks_s
        Labelled moments in its reps; empty where there are none.
    path
        Where the picture goes. A very long one goes on in files with ``-2``, ``-3`` at the end of the name.
    """

    score: RowScore
    peaks_s: tuple[float, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Drawn:
    """The files of a picture, or why there is none."""

    paths: tuple[Path, ...] = ()
    error: str | None = None


def draw(picture: Picture) -> Drawn:
    """Draw one picture; a trace that cannot be read is a result with its error.

    Raises
    ------
    EvaluationError
        If the picture cannot be written.
    """
    row = picture.score.row
    try:
        source = ReplaySource(row.path)
        try:
            motion = motion_of(source.blocks())
        finally:
            source.close()
    except RepclipError as error:
        return Drawn(error=str(error))
    core_s, period_s = _reps_lie(picture)
    corner_hz = 2.0 * _CORNERS_HZ[0] if period_s is None else np.clip(_CORNER / period_s, *_CORNERS_HZ)
    curves = curves_of(motion, *core_s, float(corner_hz))
    curves = curves.between(row.start_s - _MARGIN_S, row.end_s + _MARGIN_S)
    if not len(curves.t_s):
        return Drawn(error=f"{row.path}: too short for a picture.")
    begin_s, end_s = float(curves.t_s[0]), float(curves.t_s[-1])
    lines = max(1, math.ceil((end_s - begin_s) / _STRETCH_S))
    edges_s = np.linspace(begin_s, end_s, lines + 1)
    paths = []
    for number, first in enumerate(range(0, lines, _LINES)):
        path = picture.path if not number else picture.path.with_stem(f"{picture.path.stem}-{number + 1}")
        _draw_page(path, picture, curves, edges_s[first : first + _LINES + 1], core_s)
        paths.append(path)
    return Drawn(tuple(paths))


def _reps_lie(picture: Picture) -> tuple[tuple[float, float], float | None]:
    """Return where the reps of the row lie, as labelled or else as counted, and their period if it is known.

    Picking up and putting down turn the sensor more than the reps do: the pictures are made for the reps.
    """
    row = picture.score.row
    turns_s = sorted(picture.peaks_s)
    if len(turns_s) < 2:
        reps = [rep for rep in _final_reps(picture.score) if in_window(picture.score.row, rep)]
        turns_s = sorted(rep.turn_s for rep in reps)
    if len(turns_s) < 2:
        return (row.start_s, row.end_s), None
    period_s = float(np.median(np.diff(turns_s)))
    return (
        max(row.start_s, turns_s[0] - 0.6 * period_s),
        min(row.end_s, turns_s[-1] + 0.6 * period_s),
    ), period_s


def _draw_page(
    path: Path, picture: Picture, curves: Curves, edges_s: FloatArray, core_s: tuple[float, float]
) -> None:
    panels = {"tilt (deg)": curves.tilt_deg, "up (cm)": curves.height_cm}
    if curves.turns:
        panels["turn (deg)"] = curves.turn_deg
    lines = len(edges_s) - 1
    inside = (curves.t_s >= core_s[0]) & (curves.t_s < core_s[1])
    limits = {
        name: _limits(values[inside] if inside.any() else values, _LEAST[name])
        for name, values in panels.items()
    }
    height_in = _HEAD_IN + _STRETCH_IN * lines
    figure = Figure(figsize=(_WIDTH_IN, height_in), dpi=_DPI)
    FigureCanvasAgg(figure)
    outer = figure.add_gridspec(
        lines, 1, hspace=0.12, left=0.05, right=0.99, top=1.0 - _HEAD_IN / height_in, bottom=0.35 / height_in
    )
    for line in range(lines):
        ratios = [0.6, *(2.0 if name.startswith("tilt") else 1.0 for name in panels)]
        grid = outer[line].subgridspec(len(ratios), 1, height_ratios=ratios, hspace=0.06)
        begin_s, end_s = float(edges_s[line]), float(edges_s[line + 1])
        strip: Axes = figure.add_subplot(grid[0])
        _draw_bars(strip, picture)
        for place, (name, values) in enumerate(panels.items(), start=1):
            axes: Axes = figure.add_subplot(grid[place], sharex=strip)
            _draw_curve(axes, curves, values, picture)
            axes.set_ylabel(name)
            axes.set_ylim(*limits[name])
            axes.tick_params(labelbottom=place == len(panels))
            if place == len(panels):
                axes.xaxis.set_major_formatter("{x:g} s")
        strip.set_xlim(begin_s, end_s)
    figure.text(
        0.05, 1.0 - 0.27 / height_in, headline(picture.score), fontsize=15, weight="bold", va="center"
    )
    figure.text(0.05, 1.0 - 0.59 / height_in, subtitle(picture.score), fontsize=10, va="center")
    figure.legend(
        handles=_legend(picture),
        loc="center right",
        bbox_to_anchor=(0.99, 1.0 - 0.27 / height_in),
        ncols=4,
        fontsize=9,
        frameon=False,
    )
    try:
        # Without the version of the library the same counts give the same file.
        figure.savefig(path, metadata={"Software": None})
    except OSError as error:
        raise EvaluationError(f"{path}: the picture cannot be written ({error.strerror}).") from error


def _draw_bars(strip: Axes, picture: Picture) -> None:
    strip.set_ylim(0.0, 2.0)
    strip.set_yticks([0.5, 1.5], ["live", "final"])
    strip.tick_params(labelbottom=False, bottom=False, left=False)
    number = 0
    for rep in _final_reps(picture.score):
        color = _FINAL if rep.live else _ADDED
        strip.barh(1.5, rep.end_s - rep.start_s, 0.7, rep.start_s, color=color, edgecolor="white")
        strip.plot([rep.turn_s] * 2, [1.15, 1.85], color="white", linewidth=2.0)
        if in_window(picture.score.row, rep):
            number += 1
            wider_s = rep.start_s if rep.turn_s - rep.start_s > rep.end_s - rep.turn_s else rep.end_s
            middle_s = 0.5 * (wider_s + rep.turn_s)
            text = strip.text(middle_s, 1.48, str(number), color="white", fontsize=8, clip_on=True)
            text.set(ha="center", va="center")
    for rep in picture.score.result.counts.reps:
        if not rep.live:
            continue
        if rep.final:
            strip.plot(rep.turn_s, 0.5, marker="|", color=_FINAL, markersize=9, markeredgewidth=2)
        else:
            strip.barh(
                0.5, rep.end_s - rep.start_s, 0.6, rep.start_s,
                facecolor="none", edgecolor=_LIVE, hatch="////", linewidth=1.2,
            )  # fmt: skip
            strip.plot(rep.turn_s, 0.5, marker="x", color=_LIVE, markersize=7, markeredgewidth=2)
    if picture.peaks_s:
        strip.plot(
            picture.peaks_s, [1.96] * len(picture.peaks_s), "v", color=_PEAK, markersize=7, clip_on=True
        )
    _draw_window(strip, picture.score)


def _draw_curve(axes: Axes, curves: Curves, values: FloatArray, picture: Picture) -> None:
    axes.margins(x=0.0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for begin_s, end_s in _stretches(curves):
        axes.axvspan(begin_s, end_s, color="#d5dbe1", linewidth=0)
    for rep in _final_reps(picture.score):
        axes.axvspan(rep.start_s, rep.end_s, color=_FINAL if rep.live else _ADDED, alpha=0.10, linewidth=0)
        axes.axvline(rep.start_s, color=_FINAL, linewidth=0.5, alpha=0.7)
        axes.axvline(rep.end_s, color=_FINAL, linewidth=0.5, alpha=0.7)
    for rep in picture.score.result.counts.reps:
        if rep.live and not rep.final:
            axes.axvspan(
                rep.start_s,
                rep.end_s,
                facecolor="none",
                edgecolor=_LIVE,
                hatch="////",
                alpha=0.18,
                linewidth=0,
            )
    for peak_s in picture.peaks_s:
        axes.axvline(peak_s, color=_PEAK, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.plot(curves.t_s, values, color=_CURVE, linewidth=1.3)
    for rep in _final_reps(picture.score):
        at = float(np.interp(rep.turn_s, curves.t_s, values))
        axes.plot(rep.turn_s, at, "o", color=_FINAL, markersize=5, markeredgecolor="white")
    _draw_window(axes, picture.score)


def _draw_window(axes: Axes, score: RowScore) -> None:
    """Grey out what is not of the row, and draw its edges."""
    low_s, high_s = score.row.start_s, score.row.end_s
    if math.isfinite(low_s):
        axes.axvspan(low_s - 1e4, low_s, facecolor="white", alpha=0.55, linewidth=0, zorder=3)
        axes.axvline(low_s, color=_WINDOW, linewidth=2.0, zorder=4)
    if math.isfinite(high_s):
        axes.axvspan(high_s, high_s + 1e4, facecolor="white", alpha=0.55, linewidth=0, zorder=3)
        axes.axvline(high_s, color=_WINDOW, linewidth=2.0, zorder=4)


def _legend(picture: Picture) -> list[Patch | Line2D]:
    handles: list[Patch | Line2D] = [
        Patch(color=_FINAL, label="final rep, counted live"),
        Patch(color=_ADDED, label="final rep, added by the review"),
        Patch(facecolor="none", edgecolor=_LIVE, hatch="////", label="live only: withdrawn"),
        Line2D([], [], marker="o", color=_FINAL, linestyle="", label="turning point"),
        Patch(color="#d5dbe1", label="at rest"),
    ]
    if picture.peaks_s:
        handles.append(Line2D([], [], color=_PEAK, linestyle="--", marker="v", label="labelled peak"))
    if math.isfinite(picture.score.row.start_s) or math.isfinite(picture.score.row.end_s):
        handles.append(Line2D([], [], color=_WINDOW, linewidth=2, label="window of the row"))
    return handles


def _final_reps(score: RowScore) -> list[CountedRep]:
    return [rep for rep in score.result.counts.reps if rep.final]


def _stretches(curves: Curves) -> list[tuple[float, float]]:
    """Return when the sensor was at rest."""
    change = np.diff(np.concatenate(([0], curves.still.astype(int), [0])))
    begins, ends = np.flatnonzero(change > 0), np.flatnonzero(change < 0) - 1
    return [(float(curves.t_s[i]), float(curves.t_s[j])) for i, j in zip(begins, ends, strict=True)]


def _limits(values: FloatArray, least: float) -> tuple[float, float]:
    """Return limits that show the movement, and not one blow that would flatten it."""
    known = values[np.isfinite(values)]
    if not len(known):
        return -0.5 * least, 0.5 * least
    low, high = np.percentile(known, (0.3, 99.7))
    middle, span = 0.5 * (low + high), max(1.16 * float(high - low), least)
    return float(middle - 0.5 * span), float(middle + 0.5 * span)
