"""Help without Python's names of types: ``TRACE...`` and ``--once`` say it all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

_Parameter = TypeVar("_Parameter")


class PlainCommand(TyperCommand):
    """A command whose help shows no ``<bool>`` beside a flag and no ``<list[Path]>`` beside an argument."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, each without the name of its type where that tells nothing."""
        return plain(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same for what stands before a command."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, each without the name of its type where that tells nothing."""
        return plain(super().get_params(ctx))


def plain(parameters: Iterable[_Parameter]) -> list[_Parameter]:
    """Return parameters, each without the name of its type where that tells nothing."""
    kept = list(parameters)
    for each in kept:
        if isinstance(each, TyperOption) and each.is_flag and each.metavar is None:
            each.metavar = ""
        elif isinstance(each, TyperArgument):
            # Typer has no setting for it; its help asks this method of the instance.
            vars(each)["display_type_rich"] = lambda ctx: ""  # noqa: ARG005
    return kept
