"""Commands whose options are settings: what file, environment and command line say becomes one value."""

from __future__ import annotations

import inspect
import types
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Union, get_args, get_origin

import typer

from pi_service.commands.help_text import PlainCommand, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pi_service.config.effective import Effective
    from pi_service.config.files import Given
    from pi_service.config.telling import Setting

#: The configuration that a command reads.
CONFIG_ENV: Final = "REPCLIP_CONFIG"

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar=CONFIG_ENV,
        help="Take settings from this file and its drop-ins (docs/configuration.md).",
    ),
]


class SettingsCommand(PlainCommand):
    """A command that has the options of some tables of the settings beside its own.

    They are looked up when the command's parameters are wanted and not when it is made, because
    the settings need pydantic, and `repclip --version` does not. The command itself finds the settings in the
    context's `obj`, as `pi_service.config.effective.Effective`.
    """

    #: Tables of `pi_service.config.model.Settings`, or keys of single settings.
    tables: ClassVar[tuple[str, ...]] = ()

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the command's own parameters and those of the settings."""
        *own, help_option = super().get_params(ctx)
        return [*own, *plain(_options(self.tables).values()), help_option]

    def invoke(self, ctx: Any) -> Any:
        """Put the settings together, and call the command."""
        from pi_service.config.effective import effective

        spoken = self._spoken(ctx)
        ctx.obj = effective(ctx.params.get("config"), spoken)
        return super().invoke(ctx)

    def _spoken(self, ctx: Any) -> Mapping[str, Given]:
        """Take the settings out of the parameters; return those that were given, with where."""
        from pi_service.config.files import Given

        spoken: dict[str, Given] = {}
        for setting, option in _options(self.tables).items():
            value = ctx.params.pop(option.name)
            source = ctx.get_parameter_source(option.name)
            if source is not None and source.name == "ENVIRONMENT":
                spoken[setting.key] = Given(value, setting.env)
            elif source is not None and source.name == "COMMANDLINE":
                spoken[setting.key] = Given(value, setting.told.options[0])
        return spoken


def settings_command(*tables: str) -> type[SettingsCommand]:
    """Return the class of a command that has the options of these tables."""
    return type("SettingsCommand", (SettingsCommand,), {"tables": tables, "__doc__": SettingsCommand.__doc__})


def settings_in(context: typer.Context) -> Effective:
    """Return the settings of a `SettingsCommand` that runs."""
    from pi_service.config.effective import Effective

    if not isinstance(context.obj, Effective):
        raise TypeError("not the context of a command with settings")
    return context.obj


@cache
def _options(tables: tuple[str, ...]) -> Mapping[Setting, Any]:
    """Return the option of each setting, as Typer makes them."""
    from pi_service.config.model import Settings
    from pi_service.config.telling import settings_of

    settings = [each for each in settings_of(Settings, tables) if each.told.options]
    signature = inspect.Signature([_parameter(each) for each in settings])

    def takes_all(**_: object) -> None:
        """Have options; it is never called."""

    takes_all.__signature__ = signature  # type: ignore[attr-defined]
    takes_all.__annotations__ = {name: each.annotation for name, each in signature.parameters.items()}
    app = typer.Typer(add_completion=False)
    app.command()(takes_all)
    made = {option.name: option for option in typer.main.get_command(app).params}
    return {each: made[each.parameter] for each in settings}


def _parameter(setting: Setting) -> inspect.Parameter:
    told = setting.told
    names = list(told.options)
    kind = _plain_type(setting.field.annotation)
    if kind is bool:
        names = [f"{told.options[0]}/{told.back}"]
    option = typer.Option(
        *names,
        metavar=told.metavar,
        envvar=setting.env,
        help=setting.what,
        rich_help_panel=f"Settings: {setting.table}",
    )
    return inspect.Parameter(
        setting.parameter,
        inspect.Parameter.KEYWORD_ONLY,
        default=list(setting.default) if isinstance(setting.default, tuple) else setting.default,
        annotation=Annotated[kind, option],
    )


def _plain_type(annotation: Any) -> Any:
    """Return a type without what pydantic checks beside it."""
    if get_origin(annotation) is Annotated:
        return _plain_type(get_args(annotation)[0])
    if get_origin(annotation) is tuple:
        return list[_plain_type(get_args(annotation)[0])]  # type: ignore[misc]
    if get_origin(annotation) in (Union, types.UnionType):
        return Union[tuple(_plain_type(each) for each in get_args(annotation))]  # noqa: UP007 - made at run time
    return annotation
