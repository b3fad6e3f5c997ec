"""The verdicts of a station that the page still needs: of its sets, and of the reps of the last one."""

from __future__ import annotations

from pi_service.dashboard.verdict_views import SetVerdictView, VerdictView, set_verdict_view, verdict_view
from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload

#: Verdicts on sets that are kept; the oldest go first.
SETS_KEPT = 60
#: Verdicts on the reps of a set that are kept; the oldest go first.
REPS_KEPT = 30

_SetId = tuple[str, int]


class Judged:
    """Verdicts under their ids, so that a message that comes twice changes nothing."""

    def __init__(self) -> None:
        self._sets: dict[_SetId, SetVerdictView] = {}
        self._of: _SetId | None = None
        self._seq = 0
        self._cue_seq = 0
        self._last: VerdictView | None = None
        self._cue: VerdictView | None = None
        self._reps: dict[int, VerdictView] = {}

    def take_rep(self, told: VerdictPayload) -> None:
        """Remember the verdict on a rep, or on a hold or round that goes on; the newest of its set counts."""
        set_id = (told.session, told.set)
        if set_id in self._sets:
            return  # a late repetition of a message from a set that is over
        if set_id != self._of:
            self._of, self._seq, self._cue_seq, self._last, self._cue = set_id, 0, 0, None, None
            self._reps.clear()
        view = verdict_view(told)
        if told.seq > self._seq:
            self._seq, self._last = told.seq, view
        if view.rep is not None:
            self._reps[view.rep] = view
            if len(self._reps) > REPS_KEPT:
                del self._reps[min(self._reps)]
        if told.cue is not None and told.seq > self._cue_seq:
            self._cue_seq, self._cue = told.seq, view

    def take_set(self, told: SetVerdictPayload) -> None:
        """Remember the verdict on a set."""
        self._sets[told.session, told.set] = set_verdict_view(told)
        while len(self._sets) > SETS_KEPT:
            del self._sets[next(iter(self._sets))]

    def forget(self, session: str) -> None:
        """Forget a session whose stream begins again."""
        self._sets = {set_id: view for set_id, view in self._sets.items() if set_id[0] != session}
        if self._of is not None and self._of[0] == session:
            self._of = self._last = self._cue = None
            self._reps.clear()

    def last_rep(self, set_id: _SetId) -> VerdictView | None:
        """Return the verdict on the last rep of a set, if it is the last set of which there are any."""
        return self._last if set_id == self._of else None

    def reps(self, set_id: _SetId) -> tuple[VerdictView, ...]:
        """Return the verdicts on the last reps of that set, in the order of their ids."""
        return tuple(self._reps[rep] for rep in sorted(self._reps)) if set_id == self._of else ()

    def last_cue(self, set_id: _SetId) -> VerdictView | None:
        """Return the last verdict of that set that said what to do."""
        return self._cue if set_id == self._of else None

    def of_set(self, set_id: _SetId) -> SetVerdictView | None:
        """Return the verdict on a finished set."""
        return self._sets.get(set_id)
