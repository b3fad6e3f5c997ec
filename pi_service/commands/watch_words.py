"""What `repclip watch` says of a station: one line each, the same on a terminal and in a pipe."""

from __future__ import annotations

from datetime import datetime

from pi_service.commands.sensor_words import counted
from pi_service.dashboard.now_views import RestView
from pi_service.dashboard.verdict_views import SetVerdictView, VerdictView
from pi_service.dashboard.views import DoneView, RepView, SetView, StationSummary, StationView, WallCard

_ASKED_UNIT = {"reps": "", "hold": " s", "carry": " m"}


def harmless(text: str) -> str:
    """Return a text as a terminal may show it: what comes from the network could command it otherwise."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def figure_words(done: DoneView | WallCard, reps: int) -> str:
    """Return what was done as the figure that is shown large: ``8``, ``38``, ``18.2``."""
    match done.kind:
        case "hold":
            return str(int(done.held_s or 0.0))
        case "carry":
            return f"{done.distance_m or 0.0:.1f}"
        case _:
            return str(reps if done.total_reps is None else done.total_reps)


def amount_words(done: DoneView | WallCard, reps: int) -> str:
    """Return what was done, with its unit: ``8 reps``, ``38 s``, ``18.2 m``."""
    figure = figure_words(done, reps)
    return counted(int(figure), "rep") if done.kind == "reps" else f"{figure}{_ASKED_UNIT[done.kind]}"


def asked_words(station: StationView) -> str:
    """Return how much is asked for: ``of 10-15``; empty where nothing is."""
    least, most = station.asked_least, station.asked_most
    if least is None:
        return ""
    span = f"{least:g}" if most in (None, least) else f"{least:g}-{most:g}"
    return f"of {span}{_ASKED_UNIT[station.kind]}"


def side_words(done: DoneView) -> str:
    """Return what each side did where they alternate; empty where they do not."""
    if done.total_reps is None or done.other_side_reps is None:
        return ""
    seen = done.total_reps - done.other_side_reps
    unsure = f" \u00b1{done.other_side_uncertain}" if done.other_side_uncertain else ""
    other = {"left": "right", "right": "left"}.get(done.worn_side or "")
    if other is None:
        return f"{seen} seen, {done.other_side_reps}{unsure} inferred"
    return f"{seen} {done.worn_side}, {done.other_side_reps}{unsure} {other}"


def phase_words(station: StationView) -> str:
    """Return what is done now: ``lifting`` and ``lowering`` where the exercise says which is which."""
    if station.kind == "hold":
        return "holding" if station.active and station.holding else station.phase
    out = station.out_is or "out"
    back = {"lifting": "lowering", "lowering": "lifting", "out": "back"}[out]
    return {"out": out, "back": back}.get(station.phase, station.phase)


def tempo_words(rep: RepView) -> str:
    """Return the four figures of a rep in seconds, and how far it went."""
    if rep.out_is is None:
        times = (rep.out_moving_s, rep.turn_pause_s, rep.back_moving_s, rep.home_pause_s)
        names = ("out", "pause", "back", "pause")
    else:
        times = (rep.lowering_s, rep.lowered_pause_s, rep.lifting_s, rep.lifted_pause_s)
        names = ("lowering", "pause", "lifting", "pause")
    told = [
        f"{name} {'?' if time is None else f'{time:.1f} s'}" for name, time in zip(names, times, strict=True)
    ]
    far = f"{rep.range_deg:.0f}\u00b0" if rep.range_m is None else f"{rep.range_m * 100:.0f} cm"
    return ", ".join([*told, f"range {far}"])


def cue_words(verdict: VerdictView | None) -> str:
    """Return what to do, and of which rep that is."""
    if verdict is None or verdict.cue is None:
        return ""
    return verdict.cue if verdict.rep is None else f"Rep {verdict.rep}: {verdict.cue}"


def place_words(station: StationView) -> str:
    """Return which set it is: ``set 2 of 3`` where so many are asked for."""
    if station.set_place is None:
        return f"set {station.set}" if station.set else ""
    most = station.sets_most or station.sets_least
    if most and station.set_place > most:
        return f"set {station.set_place}, with {most} asked for"
    return f"set {station.set_place}" + (f" of {most}" if most else "")


def torso_words(station: StationView) -> str:
    """Return how steady the torso or the pose is, and how that is known; empty where it is not judged."""
    steady = station.steadiness
    if steady is None:
        return ""
    told = [f"{steady.last_deg:.1f}\u00b0" + (" in the last rep" if station.kind == "reps" else "")]
    if steady.now_deg is not None:
        told.insert(0, f"{steady.now_deg:.1f}\u00b0 now")
    if steady.bound_deg is not None:
        told.append(f"at most {steady.bound_deg:g}\u00b0")
    return f"{steady.rule.replace('_', ' ')} {', '.join(told)}, {steady.basis}"


def rest_words(rest: RestView, now: datetime) -> str:
    """Return how long the rest is by now; empty while none goes on.

    Parameters
    ----------
    rest
        What the station said of it.
    now
        The present time, of the clock that the station's times are of.
    """
    if not rest.running or rest.since_ts is None:
        return ""
    rest_s = max(rest.s or 0.0, (now - datetime.fromisoformat(rest.since_ts)).total_seconds())
    least = "" if rest.least_s is None else f" of {rest.least_s:.0f} s"
    return f"rest {rest_s:.0f} s{least}"


def fault_words(station: StationView) -> str:
    """Return what is wrong with the station or its sensors, or was told of them last; empty if nothing."""
    faults, notices = station.health.faults, station.notices
    return faults[0].text if faults else notices[-1].text if notices else ""


def set_words(done: SetView) -> str:
    """Return what a finished set came to."""
    text = f"set {done.set}: {amount_words(done, done.reps)}, {done.exercise_name}, {done.duration_s:.0f} s"
    if done.corrected and done.kind == "reps":
        text += f" ({done.live_reps} counted live)"
    return text + _judged(done.verdict)


def _judged(verdict: SetVerdictView | None) -> str:
    if verdict is None:
        return ""
    tempo = f"; tempo {verdict.tempo}" if verdict.tempo else ""
    quality = "" if verdict.quality_percent is None else f"; {verdict.quality_percent:.0f} % right"
    return f"{tempo}{quality}"


def link_words(station: StationSummary | WallCard, *, connected: bool) -> str:
    """Return why nothing may come: empty while all is well."""
    if not connected:
        return "broker not reachable, trying again"
    return "" if station.online else "station offline"
