"""Which verdict to speak of while a set goes on: one at a time, and only of what is likely.

One repetition alone may have been cut wrongly, or be the rack. So a cue takes two in a row that are wrong,
and the later of them like the others of its set. Two kinds of fault are their own: repetitions that become
short or slow are unlike the others for that very reason, so it takes three of them that are like each other;
and whoever overshoots does it now and then. Of the torso three in a row are enough, whatever they are like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pi_service.coaching.verdict import Basis, Verdict
from pi_service.exercises import RuleName

#: Of so many repetitions it is remembered what was wrong.
_KEPT = 3
#: Rules that judge a repetition against the first of its set.
_AGAINST_FIRST = frozenset({RuleName.RANGE_KEPT, RuleName.SPEED_KEPT})
#: Rules of the torso: where a repetition is cut matters little to them, and a body that swings is unsure.
_WHATEVER_THE_CUT = frozenset({RuleName.TORSO, RuleName.SIDE_BEND})
#: Less than this share is no repetition of the same kind; those that are alike differ by no more than this.
_LEAST_SHARE, _ALIKE = 0.3, 1.3


@dataclass(slots=True)
class CueState:
    """What is remembered of a set.

    Attributes
    ----------
    wrong
        Of each rule the values of the last repetitions; None where one was right, or was not judged.
    told
        How often each rule was spoken of.
    """

    wrong: dict[RuleName, tuple[float | None, ...]] = field(default_factory=dict)
    told: dict[RuleName, int] = field(default_factory=dict)


def cue_of(state: CueState, verdicts: Sequence[Verdict], *, sure: bool) -> Verdict | None:
    """Take note of a repetition; return the verdict to speak of, if there is one.

    Of several, that which was spoken of least, and what was measured before what was inferred.

    Parameters
    ----------
    state
        Changed by this.
    verdicts
        What the rules say of the repetition.
    sure
        Whether it is much like the others of its set.
    """
    now = {each.rule: None if each.ok else each.measured for each in verdicts}
    for rule in {*state.wrong, *now}:
        state.wrong[rule] = (*state.wrong.get(rule, ()), now.get(rule))[-_KEPT:]
    due = [each for each in verdicts if not each.ok and _is_due(each.rule, state.wrong[each.rule], sure=sure)]
    if not due:
        return None
    cue = min(due, key=lambda each: (state.told.get(each.rule, 0), each.basis is not Basis.MEASURED))
    state.told[cue.rule] = state.told.get(cue.rule, 0) + 1
    return cue


def _is_due(rule: RuleName, values: Sequence[float | None], *, sure: bool) -> bool:
    """Whether a rule that is missed now, by the last of the values, is worth a cue."""
    wrong = [value for value in values if value is not None]
    if rule in _AGAINST_FIRST:
        return len(wrong) == _KEPT and max(wrong) <= _ALIKE * min(wrong) and min(wrong) >= _LEAST_SHARE
    if rule is RuleName.OVERSHOOT:
        return sure and len(wrong) > 1
    if rule in _WHATEVER_THE_CUT and len(wrong) == _KEPT:
        return True
    return sure and len(values) > 1 and None not in values[-2:]
