"""Where the command `repclip` begins: nothing is imported yet, so that Ctrl-C meets no traceback."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that the process was started with."""
    try:
        from pi_service.cli import main as command  # noqa: PLC0415 - it takes a moment

        command()
    except KeyboardInterrupt:
        sys.stderr.write("repclip: Interrupted.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
