"""What a sample costs on the bus, and what comes of it: this driver beside two packages and a burst read.

Everything runs in simulated time against a simulated bus and rocking chips, which know what they produced.

    python -m benchmarks.bus_use [--seconds N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from itertools import product

from benchmarks.counting import CASE_HEAD, NAMES, OURS, Case, Use, use_of, use_of_peer
from benchmarks.peers import PACKAGES, MissingPeerError, require_packages

#: What the project promises: transactions a sample of one sensor at most, and times fewer than the packages.
MOST_TRANSACTIONS = {100: 0.7, 200: 0.4}
TIMES_FEWER = 10.0


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def print_cost(all_uses: dict[Case, dict[str, Use]]) -> None:
    print(f"Cost of a sample on the bus: {' / '.join(NAMES)}\n")

    def each(uses: dict[str, Use], what: Callable[[Use], float], digits: int = 0) -> str:
        return " / ".join(f"{what(uses[name]):.{digits}f}" for name in NAMES)

    table(
        [*CASE_HEAD, "transactions", "bytes on the wire", "bus time (us)", "load of the bus (%)"],
        [
            [
                *case.cells(),
                each(uses, lambda use: use.transactions / use.samples, 2),
                each(uses, lambda use: use.wire_bytes / use.samples, 1),
                each(uses, lambda use: use.busy_ns / 1e3 / use.samples),
                each(uses, lambda use: use.busy_ns / 1e7 / use.seconds),
            ]
            for case, uses in all_uses.items()
        ],
    )
    starts = [
        use.start_transactions / case.sensors for case, uses in all_uses.items() for use in [uses[OURS]]
    ]
    print(f"Ours needs {min(starts):.0f} to {max(starts):.0f} transactions a sensor besides, to start.\n")


def print_outcome(all_uses: dict[Case, dict[str, Use]]) -> None:
    print("What came of the samples: in % of the readings, or of the samples produced\n")
    table(
        [
            *CASE_HEAD,
            "driver",
            "readings",
            "torn (%)",
            "invented (%)",
            "off by (counts)",
            "doubled (%)",
            "missed (%)",
            "whole and once (%)",
            "age (ms)",
        ],
        [
            [
                *case.cells(),
                name,
                str(what.readings),
                _percent(what.torn, what.readings),
                _percent(what.invented, what.readings),
                str(what.worst_counts),
                _percent(what.doubled, what.readings),
                _percent(what.missed, what.produced),
                _percent(what.whole_once, what.produced),
                f"{what.usual_age_ms:.1f}, at most {what.greatest_age_ms:.1f}",
            ]
            for case, uses in all_uses.items()
            for name, what in ((name, use.outcome) for name, use in uses.items())
        ],
    )


def print_as_delivered(seconds: float) -> None:
    print("Readings of the packages with the sample rate and the filter that they leave the chip at\n")
    rows = []
    for bit_rate_hz, name in product((100_000, 400_000), PACKAGES):
        case = Case(100, 1, False, bit_rate_hz)
        what = use_of_peer(name, case, seconds, divide=False).outcome
        torn, invented = _percent(what.torn, what.readings), _percent(what.invented, what.readings)
        rows.append([*case.cells(), name, str(what.readings), torn, invented, str(what.worst_counts)])
    table([*CASE_HEAD, "driver", "readings", "torn (%)", "invented (%)", "off by (counts)"], rows)


def _percent(part: int, whole: int) -> str:
    """Return a part in per cent; what is not 0 or 100 does not look like it."""
    percent = 100.0 * part / whole
    return f"{percent:.0f}" if part in (0, whole) else f"{min(max(percent, 0.1), 99.9):.1f}"


def times_fewer(uses: dict[str, Use]) -> float:
    """Return how many times fewer transactions ours needs than the thriftier of the packages."""
    return min(uses[name].transactions_a_sample for name in PACKAGES) / uses[OURS].transactions_a_sample


def broken_promises(all_uses: dict[Case, dict[str, Use]]) -> list[str]:
    """Return what the project promises and these figures do not show."""
    broken = []
    for case, uses in all_uses.items():
        ours = uses[OURS]
        what = ours.outcome
        if what.torn or what.doubled or what.missed or what.whole_once != what.produced:
            broken.append(f"{case}: not every sample came whole and once: {what}")
        if ours.transactions_a_sample > MOST_TRANSACTIONS[case.rate_hz]:
            broken.append(f"{case}: {ours.transactions_a_sample:.2f} transactions a sample")
        if times_fewer(uses) < TIMES_FEWER:
            broken.append(f"{case}: only {times_fewer(uses):.1f} times fewer transactions")
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="simulated time of each run (default 10)")
    seconds = parser.parse_args().seconds
    if not seconds >= 1.0:
        parser.error("--seconds must be 1 or more")
    try:
        versions = require_packages()
    except MissingPeerError as error:
        print(error, file=sys.stderr)
        return 2
    begun_s = time.monotonic()
    print(", ".join(f"{name} {number}" for name, number in versions.items()), end="; ")
    print(f"{seconds:g} simulated seconds a run\n")
    cases = [Case(*each) for each in product((100, 200), (1, 2), (False, True), (100_000, 400_000))]
    all_uses = {case: {name: use_of(name, case, seconds) for name in NAMES} for case in cases}
    print_cost(all_uses)
    print_outcome({case: uses for case, uses in all_uses.items() if not case.with_temperature})
    print_as_delivered(seconds)
    least = min(times_fewer(uses) for uses in all_uses.values())
    print(
        f"Ours needs at least {least:.1f} times fewer transactions than either package, and at least", end=" "
    )
    print(f"{TIMES_FEWER:g} are promised.")
    broken = broken_promises(all_uses)
    for each in broken:
        print(f"BROKEN: {each}")
    print(f"({time.monotonic() - begun_s:.0f} s)")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
