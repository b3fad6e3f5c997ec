"""What can go wrong on the way to the broker, and back.

The tree::

RepclipError
+-- BrokerError       the MQTT broker cannot be reached or refuses us
+-- RequestError      a request that came by MQTT and cannot be met
"""

from __future__ import annotations

from pi_service.errors import RepclipError


class BrokerError(RepclipError):
    """The MQTT broker cannot be reached, refuses us, or cannot be started."""


class RequestError(RepclipError):
    """A request that cannot be met; keeps the id to answer to, where it could be read."""

    def __init__(self, sentence: str, request_id: str | None = None) -> None:
        super().__init__(sentence)
        self.request_id = request_id
