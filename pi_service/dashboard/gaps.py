"""How often and how long samples were missing in a session: sums that go on for weeks."""

from __future__ import annotations

from pi_service.publish.payloads import GapPayload

#: Numbers of gaps that are remembered to know a repeated message by.
GAPS_KNOWN = 1000


class Gaps:
    """The gaps of one session."""

    def __init__(self) -> None:
        self.count = 0
        self.lost_s = 0.0
        self._known: set[int] = set()
        self._known_up_to = 0

    def take(self, gap: GapPayload) -> None:
        """Add a gap, unless the message is a repetition."""
        if gap.seq in self._known or gap.seq <= self._known_up_to:
            return
        self.count += 1
        self.lost_s += gap.duration_s
        self._known.add(gap.seq)
        if len(self._known) > GAPS_KNOWN:
            self._known_up_to = min(self._known)
            self._known.remove(self._known_up_to)
