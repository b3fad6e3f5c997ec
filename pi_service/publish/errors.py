"""What can go wrong on the way to the broker.

The tree::

RepclipError
+-- BrokerError       the MQTT broker cannot be reached or refuses us
"""

from __future__ import annotations

from pi_service.errors import RepclipError


class BrokerError(RepclipError):
    """The MQTT broker cannot be reached, refuses us, or cannot be started."""
