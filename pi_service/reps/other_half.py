"""The way out or back of a repetition that counts by its other one alone.

The first way out of a set may belong to a longer swing, of the limb that was brought to where the set began,
and so may the last way back. Such a swing is unlike the set's own, and is left out of the count. But if the
limb rested in the start pose, the way between there and the turning point is the repetition's all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from pi_service.reps.follow import Swing, Track

#: A way moves between these shares of it.
_LEAVES, _ARRIVES = 0.1, 0.9
#: Half a swing that goes so much farther beyond the turning point has another one.
_BEYOND = 0.15
#: The pose that it leads to is the one that the other way leads to, to within so much of the way, ...
_NEAR_HOME = 0.3
#: ... and the limb rests there: it is slower than this share of its fastest.
_SLOW_SHARE = 0.15
#: It takes at most so many times as long as the other one, its pause at the turning point included, and of
#: the rest so many frames are looked at.
_LONGEST, _REST_FRAMES = 4.0, 45


def other_half(track: Track, half: Swing, *, before: bool) -> Swing | None:
    """Find the way that is missing beside a swing.

    Parameters
    ----------
    track
        The stretch that the swing was found in.
    half
        The swing: a way back where the way out before it is looked for, and the other way round.
    before
        Whether the way lies before the swing.

    Returns
    -------
    Swing or None
        Its size and likeness are those of `half`. None where it leads to no rest in the start pose, or is not
        known as far.
    """
    first, values = track.path.first_frame, track.signal.tolist()
    if before:
        way = _way(values[: half.begin - first + 1][::-1], values[half.end - first], half.end - half.begin)
        frames = None if way is None else [half.begin - frame for frame in way]
    else:
        way = _way(values[half.end - first :], values[half.begin - first], half.end - half.begin)
        frames = None if way is None else [half.end + frame for frame in way]
    if frames is None:
        return None
    at_turn, near_turn, near_home, home = frames
    begin, leaves, arrives, end = (
        (home, near_home, near_turn, at_turn) if before else (at_turn, near_turn, near_home, home)
    )
    return Swing(begin, end, leaves, arrives, not half.rising, half.size, half.alike)


def _way(values: Sequence[float], home: float, frames: int) -> tuple[int, int, int, int] | None:
    """Follow a signal from a turning point to where it rests, about at a given level.

    Returns
    -------
    tuple of int or None
        The turning point itself, where the way leaves it, where it arrives, and until where it rests there.
    """
    size = abs(values[0] - home)
    sign = 1.0 if values[0] > home else -1.0
    come = [sign * (values[0] - value) for value in values[: round(_LONGEST * frames)]]
    fastest, arrived = 0.0, None
    for frame in range(1, len(come)):
        speed = come[frame] - come[frame - 1]
        fastest = max(fastest, speed)
        if come[frame] < -_BEYOND * size or come[frame] > (1.0 + _NEAR_HOME) * size:
            return None
        if come[frame] > (1.0 - _NEAR_HOME) * size and speed < _SLOW_SHARE * fastest:
            arrived = frame
            break
    if arrived is None:
        return None
    whole = come[arrived]
    leaves = next(frame for frame in range(arrived, -1, -1) if come[frame] <= _LEAVES * whole)
    arrives = next(frame for frame in range(leaves, arrived + 1) if come[frame] >= _ARRIVES * whole)
    rests = arrived
    while rests + 1 < min(len(come), arrived + _REST_FRAMES):
        if abs(come[rests + 1] - come[rests]) > _SLOW_SHARE * fastest:
            break
        rests += 1
    return 0, leaves, arrives, rests
