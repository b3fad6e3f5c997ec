"""What was measured of a rep, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_service.workout.events import Rep


def tempo_words(rep: Rep) -> str:
    """Return the moving times and the pause between them, for people; empty where they were not measured."""
    measures = rep.measures
    if measures is None:
        return ""
    out, back = "out", "back"
    if rep.out_lifts is not None:
        out, back = ("lifting", "lowering") if rep.out_lifts else ("lowering", "lifting")
    about = "" if measures.back_is_over else "about "
    pause = f"pause {measures.turn_pause_s:.1f} s"
    return f"{out} {measures.out_s:.1f} s, {pause}, {back} {about}{measures.back_s:.1f} s"


def rep_line(rep: Rep) -> str:
    """Return what was measured of a rep, as a line for people."""
    measures = rep.measures
    parts = [f"rep {rep.number} at {rep.start_s:.1f} s"]
    if measures is None:
        return f"{parts[0]}: {rep.range_deg:.0f} deg"
    parts.append(tempo_words(rep))
    if measures.home_pause_s is not None:
        parts.append(f"{measures.home_pause_s:.1f} s after the one before")
    parts.append(f"{rep.range_deg:.0f} +- {measures.range_deg_uncertainty:.1f} deg")
    if rep.range_m is not None and measures.range_m_uncertainty is not None:
        parts.append(f"{rep.range_m * 100:.0f} +- {measures.range_m_uncertainty * 100:.0f} cm")
    if measures.out is not None:
        parts.append(f"{measures.out.mean_mps:+.2f} +- {measures.out.mean_uncertainty_mps:.2f} m/s out")
    return f"{parts[0]}: {', '.join(parts[1:])}"
