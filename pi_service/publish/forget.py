"""Taking back what a station has left at the broker: for one that got another name."""

from __future__ import annotations

import secrets
from typing import Final

from pi_service.publish.broker import connection_failed
from pi_service.publish.connection import make_client
from pi_service.publish.errors import BrokerError
from pi_service.publish.home_assistant import removal
from pi_service.publish.settings import BrokerSettings
from pi_service.publish.topics import Kind, StationTopics

_RETAINED: Final = (Kind.STATE, Kind.SET_LAST, Kind.INFO, Kind.RECORDING, Kind.AVAILABILITY)
_PATIENCE_S: Final = 5.0


def forget_station(settings: BrokerSettings, topics: StationTopics) -> None:
    """Remove every retained message of a station, and its device from Home Assistant.

    Raises
    ------
    BrokerError
        The broker cannot be reached, or did not take it.
    """
    # A client of its own, which says neither `online` nor `offline`.
    client = make_client(settings, f"repclip-forget-{secrets.token_hex(3)}")
    address = settings.address
    try:
        client.connect(address.host, address.port)
    except (OSError, ValueError) as error:
        raise connection_failed(address, error) from error
    client.loop_start()
    try:
        # An empty retained message makes the broker forget the one before it.
        gone = [removal(topics).topic, *(topics.of(kind) for kind in _RETAINED)]
        for sent in [client.publish(topic, b"", qos=1, retain=True) for topic in gone]:
            sent.wait_for_publish(_PATIENCE_S)
            if not sent.is_published():
                raise BrokerError(f"The MQTT broker {address} did not take it: see whether it lets us in.")
    except (RuntimeError, ValueError) as error:
        raise BrokerError(f"The MQTT broker {address} did not take it ({error}): try again.") from error
    finally:
        client.disconnect()
        client.loop_stop()
