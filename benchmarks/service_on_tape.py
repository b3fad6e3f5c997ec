"""`repclip run` on sensors that play tapes: what `benchmarks.service_use` starts.

    python -m benchmarks.service_on_tape FOLDER

The folder holds `config.toml` and a tape for each sensor. Nothing is imported here that the command does not
import itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

from benchmarks.tape_bus import TapeBus, TapeChip
from firmware.bus import SystemClock
from firmware.roles import DEFAULT_I2C_ADDRESS
from pi_service.cli import run
from pi_service.commands.buses import Buses, OpenBus

RATE_HZ = 100


def main(folder: Path) -> int:
    """Count until a signal comes."""

    def opened(_buses: Buses, _name: str) -> OpenBus:
        chips = {
            address: TapeChip((folder / f"{role.value}.tape").read_bytes(), RATE_HZ)
            for role, address in DEFAULT_I2C_ADDRESS.items()
        }
        return OpenBus(TapeBus(chips), SystemClock())

    with patch.object(Buses, "open", opened):
        return run(["run", "--config", str(folder / "config.toml")])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
