"""What a station can be asked of recordings: the seam to whoever writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pi_service.publish.errors import RequestError
from pi_service.publish.message import Trouble


@dataclass(frozen=True, slots=True)
class TapeState:
    """Whether something is recorded; see `pi_service.publish.device_payloads.RecordingPayload`."""

    recording: bool = False
    file: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Tape(Protocol):
    """Records the samples of a live station. Everything is called by the thread that counts."""

    @property
    def state(self) -> TapeState:
        """What is recorded now, or was last."""
        ...

    def start(self, name: str | None) -> None:
        """Record from now on.

        Raises
        ------
        RepclipError
            It records already, or the file cannot be written.
        """
        ...

    def stop(self) -> None:
        """End the recording.

        Raises
        ------
        RepclipError
            None is going on that a request began, or it could not be ended well.
        """
        ...

    def end(self) -> None:
        """Take note that the station ends, and its recordings with it; raises nothing."""
        ...

    def troubles(self) -> tuple[Trouble, ...]:
        """Return why the last recording ended by itself, if it did."""
        ...


class NoTape:
    """Of a station that cannot record."""

    state = TapeState()

    def start(self, name: str | None) -> None:  # noqa: ARG002 - as the protocol has it
        """Refuse."""
        raise RequestError("This station does not record.")

    def stop(self) -> None:
        """Refuse."""
        raise RequestError("This station does not record.")

    def end(self) -> None:
        """Nothing ends."""

    def troubles(self) -> tuple[Trouble, ...]:
        """Nothing is wrong."""
        return ()
