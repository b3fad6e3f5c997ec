"""Hold a discovery message (stdin) against Home Assistant's own schemas.

Run by a Python that has `homeassistant`. From release 2024.11 on the package knows the form of a device;
what it does with one after that is done here with earlier ones, too: each component gets the device, the
origin and the options that all share.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import tempfile
from typing import Any

from homeassistant.const import __version__
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame

SHARED = ("availability", "state_topic")


async def check(message: dict[str, Any]) -> None:
    # Templates are compiled for an instance, which is never started.
    home = HomeAssistant(tempfile.gettempdir())
    if hasattr(frame, "async_setup"):
        frame.async_setup(home)
    try:
        schemas = importlib.import_module("homeassistant.components.mqtt.schemas")
    except ModuleNotFoundError:
        how = "its components"
    else:
        schemas.DEVICE_DISCOVERY_SCHEMA(message)
        how = "the device and its components"
    for component in message["components"].values():
        platform = component.pop("platform")
        shared = {key: message[key] for key in SHARED if key not in component}
        whole = {**shared, **component, "device": message["device"], "origin": message["origin"]}
        importlib.import_module(f"homeassistant.components.mqtt.{platform}").DISCOVERY_SCHEMA(whole)
    print(f"homeassistant {__version__} accepts {how}: {len(message['components'])}")


if __name__ == "__main__":
    asyncio.run(check(json.load(sys.stdin)))
