"""Looking up what settings name: exercises, plans, buses, files; what is wrong is told with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from firmware.errors import SensorError
from pi_service.config.effective import DEFAULT, Effective
from pi_service.config.errors import ConfigError
from pi_service.errors import RepclipError

T = TypeVar("T")


class LookingUp:
    """Looks up one after the other, and keeps what is wrong: all of it is told at once.

    Parameters
    ----------
    config
        The settings, and where each comes from.
    """

    def __init__(self, config: Effective) -> None:
        self._config = config
        self._problems: list[str] = []

    def up(self, look: Callable[[], T], *keys: str) -> T | None:
        """Return what is found; None if it cannot be.

        Parameters
        ----------
        look
            Finds it.
        keys
            The settings that name it: the first of them that was given is the place of what is wrong.

        Raises
        ------
        RepclipError, SensorError
            It cannot be found, and there is no configuration that more could be wrong with.
        """
        try:
            return look()
        except (RepclipError, SensorError) as error:
            if self._config.file is None:
                raise
            self._problems.append(f"{self._place(keys)}{error}")
            return None

    def end(self) -> None:
        """Tell what is wrong.

        Raises
        ------
        ConfigError
            Something is.
        """
        if self._problems:
            raise ConfigError(self._problems, self._config.file)

    def _place(self, keys: tuple[str, ...]) -> str:
        for key in keys:
            origin = self._config.origins[key]
            if origin != DEFAULT:
                # An option is named by the sentence itself.
                return "" if origin.startswith("--") else f"{origin}: "
        return ""
