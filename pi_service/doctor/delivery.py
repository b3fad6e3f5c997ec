"""Whether the samples of a sensor arrive: transfers, gaps, rate."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.bus_errors import ETIMEDOUT
from firmware.readings import Cause
from pi_service.doctor.checks import Check, Measured, ok, parted, problem, told, warning
from pi_service.doctor.watching import Watched

#: One failed transfer in so many is more than a disturbance now and then.
_MANY_FAILURES_PERCENT = 1.0
#: With the clock of its gyroscope a chip is within 1 % when new and 1 % over temperature (PS, 6.6, 7.15).
_CLOCK_TOLERANCE_PERCENT = 2.0

#: Fewer than this part of the samples due is more than the chip's clock and the last poll explain.
_FEW = 0.85

#: Against transfers that fail.
CABLE = (
    "Shorten the cable (50 cm or less at 400 kHz), twist SDA and SCL with a ground wire each, check plugs and"
    " pull-ups, and keep motors and servos off the sensor's supply."
)
_SUPPLY = (
    "Check the wires of 3V3 and GND and their plugs, and put 0.1 uF between VCC and GND at the sensor; motors"
    " and servos need a supply of their own."
)
#: Against a chip that is not right itself.
REPLACE = "Switch the sensor's power off and on; use another sensor if it comes again."

_TOO_SLOW = "Let the computer do less at the same time, make the bus faster (400 kHz) or take a lower rate."
_BUSY = (
    "Mend what is wrong with the other sensor and the bus, let the computer do less at the same time, make"
    " the bus faster (400 kHz) or take a lower rate."
)

#: What is to be done about each cause of missing samples.
ADVICE = {
    Cause.BUS: CABLE,
    Cause.OVERFLOW: _TOO_SLOW,
    Cause.MISALIGNED: CABLE,
    Cause.FROZEN: REPLACE,
    Cause.ASLEEP: _SUPPLY,
    Cause.SETTINGS: _SUPPLY,
    Cause.LOST: REPLACE,
    Cause.BACKLOG: "Let the computer do less at the same time, or take a lower rate.",
    Cause.CHIP: "Check the wires of the sensor; start again if it was exchanged.",
}

#: What was seen for each cause.
SEEN = {
    Cause.BUS: "a transfer broke off",
    Cause.OVERFLOW: "the FIFO ran full before it was read",
    Cause.MISALIGNED: "the FIFO lost the beginning of its frames",
    Cause.FROZEN: "it gave the same values again and again",
    Cause.ASLEEP: "it fell asleep, as after a moment without supply",
    Cause.SETTINGS: "its registers did not hold what was written",
    Cause.LOST: "more or fewer samples came than the time allows",
    Cause.BACKLOG: "the program took them more slowly than they came",
    Cause.CHIP: "another chip, or none, answered at its address",
}


#: Causes of which the driver says itself what was wrong, because there are many kinds of it.
_OWN_WORDS = (Cause.BUS, Cause.CHIP)
#: While transfers fail, nobody knows what the chip itself would do.
_BUS_CAUSES = frozenset({Cause.BUS, Cause.MISALIGNED})


def check_delivery(subject: str, watched: Watched) -> Iterator[Check]:
    """Yield what there is to say about how samples arrive."""
    told_below = any(cause in _OWN_WORDS for cause in watched.causes)
    yield _transfers(subject, watched, told_below=told_below)
    yield _samples(subject, watched)
    yield from _rate(subject, watched)


def bus_advice(watched: Watched) -> tuple[str, str] | None:
    """Return what is wrong with the bus and what to do, if an error of it says more than that it is noisy."""
    error = watched.last_error
    if error is None or (error.errno != ETIMEDOUT and not watched.stopped):
        return None
    seen, advice = told(error)
    return _inside(seen), advice or CABLE


def _transfers(subject: str, watched: Watched, *, told_below: bool) -> Check:
    transfers, failures = watched.transfers, watched.failures
    measured: dict[str, Measured] = {"transfers": transfers, "failed_transfers": failures}
    if not failures:
        return ok(subject, "transfers", f"All {transfers} transfers went through.", **measured)
    found = f"{failures} of {transfers} transfers failed."
    said = bus_advice(watched)
    if said is not None and not told_below:
        seen, advice = said
        found += f" {seen[:1].upper()}{seen[1:]}."
        return problem(subject, "transfers", found, advice, **measured)
    if 100.0 * failures > _MANY_FAILURES_PERCENT * transfers:
        advice = "Do what is said of the samples, below." if told_below else CABLE
        return problem(subject, "transfers", found, advice, **measured)
    return warning(subject, "transfers", found, CABLE, **measured)


def _samples(subject: str, watched: Watched) -> Check:
    stats, samples = watched.stats, len(watched.accel_g)
    measured: dict[str, Measured] = {
        "samples": samples,
        "gaps": stats.gaps,
        "lost_samples": stats.lost_samples,
        "lost_s": round(sum(gap.lost_s for gap in watched.gaps), 3),
        "fifo_resets": stats.fifo_resets,
        "restarts": stats.restarts,
        "duration_s": round(watched.duration_s, 3),
    }
    expected = watched.duration_s * watched.settings.rate_hz
    measured["causes"] = [str(cause) for cause in watched.causes]
    if watched.causes:
        words = _words(watched)
        lost = (
            "No samples come any more" if watched.stopped else f"About {stats.lost_samples} samples are lost"
        )
        return problem(
            subject,
            "samples",
            f"{lost}: {'; '.join(seen for seen, _ in words)}.",
            " ".join(dict.fromkeys(advice for _, advice in words)),
            **measured,
        )
    arrived = f"{samples} samples in {watched.duration_s:.1f} s"
    if samples < _FEW * expected:
        found = f"Only {arrived}: the bus or the computer was busy with something else."
        return problem(subject, "samples", found, _TOO_SLOW if watched.alone else _BUSY, **measured)
    return ok(subject, "samples", f"{arrived}, none lost.", **measured)


def _words(watched: Watched) -> list[tuple[str, str]]:
    """Return what was seen and what to do, for each cause of missing samples."""
    words = {cause: (SEEN[cause], ADVICE[cause]) for cause in watched.causes}
    if not _BUS_CAUSES.isdisjoint(words):
        words = {cause: (seen, CABLE if what == REPLACE else what) for cause, (seen, what) in words.items()}
    said = bus_advice(watched)
    if Cause.BUS in words and said is not None:
        words[Cause.BUS] = said
    for trouble in watched.troubles:
        if trouble.cause in _OWN_WORDS:
            # It begins with which sensor it is, then says what is wrong and what to do.
            _, rest = parted(trouble.advice)
            seen, advice = parted(rest or trouble.advice)
            words[trouble.cause] = (_inside(seen), advice or ADVICE[trouble.cause])
    return list(words.values())


def _inside(sentence: str) -> str:
    """Return a sentence as it stands inside another one; names keep their capitals."""
    words = sentence.rstrip(".")
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words


def _rate(subject: str, watched: Watched) -> Iterator[Check]:
    fit, nominal_hz = watched.stats.clock, watched.settings.rate_hz
    if fit is None or fit.uncertainty_us > 0.5e6 / nominal_hz:
        return
    off_percent = fit.drift_ppm / 1e4
    measured: dict[str, Measured] = {
        "rate_hz": round(fit.rate_hz, 4),
        "nominal_rate_hz": nominal_hz,
        "clock_error_ppm": round(fit.drift_ppm, 1),
        "clock_uncertainty_us": round(fit.uncertainty_us, 1),
        "clock_jitter_us": round(fit.jitter_us, 1),
    }
    found = (
        f"{fit.rate_hz:.2f} Hz for the {nominal_hz} Hz asked for (the chip's clock is"
        f" {abs(off_percent):.2f} % {'fast' if off_percent >= 0 else 'slow'});"
        f" times are right within {fit.uncertainty_us / 1000:.1f} ms."
    )
    if abs(off_percent) <= _CLOCK_TOLERANCE_PERCENT:
        yield ok(subject, "rate", found, **measured)
    else:
        yield warning(
            subject,
            "rate",
            found,
            "More than 2 % is outside the data sheet. repclip measures the clock, so that times are right all"
            " the same; use another sensor if it differs from start to start.",
            **measured,
        )
