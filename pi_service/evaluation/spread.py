"""How much the figures differ from one person, or one exercise, to the next.

The thresholds of the counter are the same for everybody and are not fitted to a person or an exercise,
so there is nothing to fit anew with one left out. What stands in the place of leave-one-out figures is
how the groups differ: what the next person may expect is the mean over people, and it is as uncertain
as people differ. The thresholds were still chosen while looking at these people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.scoring import RowScore
from pi_service.evaluation.summary import Summary, summarise

NOT_SAID = "(not said)"


@dataclass(frozen=True, slots=True)
class Spread:
    """The final counts of groups of rows, each group counting the same.

    Attributes
    ----------
    by
        What a group is.
    groups
        Number of groups with labelled sets.
    mean_exact_percent
        Mean over the groups of the share of sets that are counted exactly.
    error_percent
        Standard error of that mean.
    median_exact_percent
        Median over the groups.
    mean_within_one_percent
        Mean over the groups of the share within one.
    worst
        The group with the lowest share exact; of those alike the one with most sets.
    """

    by: str
    groups: int
    mean_exact_percent: float
    error_percent: float
    median_exact_percent: float
    mean_within_one_percent: float
    worst: Summary


def subject_of(row: IndexRow) -> str:
    """Return a name for a row's subject that is not the same in two datasets."""
    return f"{row.dataset} {row.subject}".strip() if row.subject else NOT_SAID


def exercise_of_row(row: IndexRow) -> str:
    """Return a row's exercise as the index names it."""
    return row.exercise or NOT_SAID


def spread(scores: Sequence[RowScore], by: str, group_of: Callable[[IndexRow], str]) -> Spread | None:
    """Compare groups of rows; None where fewer than two have labelled sets."""
    groups = [each for each in summarise(scores, group_of) if each.sets and each.name != NOT_SAID]
    if len(groups) < 2:
        return None
    exact = np.array([exact_percent(each) for each in groups])
    return Spread(
        by=by,
        groups=len(groups),
        mean_exact_percent=float(exact.mean()),
        error_percent=float(exact.std(ddof=1)) / math.sqrt(len(groups)),
        median_exact_percent=float(np.median(exact)),
        mean_within_one_percent=float(
            np.mean([100.0 * each.final.within_one / each.sets for each in groups])
        ),
        worst=min(groups, key=lambda each: (exact_percent(each), -each.sets)),
    )


def exact_percent(group: Summary) -> float:
    """Return the share of a group's labelled sets that are counted exactly."""
    return 100.0 * group.final.exact / group.sets


def spread_sentence(found: Spread) -> str:
    """Say in words how much groups differ."""
    worst = found.worst
    return (
        f"Over {found.groups} {found.by}s, each counting the same: final exact "
        f"{found.mean_exact_percent:.1f} % +- {found.error_percent:.1f} (mean, standard error), "
        f"median {found.median_exact_percent:.1f} %, within one {found.mean_within_one_percent:.1f} %; "
        f"worst {worst.name}: {worst.final.exact} of {worst.sets} exact, {worst.final.within_one} within one."
    )
