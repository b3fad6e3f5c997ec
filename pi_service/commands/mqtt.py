"""`repclip mqtt`: what repclip says on MQTT, and what it leaves there."""

from __future__ import annotations

from typing import Annotated

import typer

from pi_service.commands.help_text import PlainCommand, PlainGroup
from pi_service.commands.settings_command import ConfigOption, settings_command, settings_in

mqtt = typer.Typer(name="mqtt", cls=PlainGroup, help="Tell what repclip says on MQTT.", no_args_is_help=True)


@mqtt.callback()
def _plain() -> None:
    """Tell what repclip says on MQTT."""


@mqtt.command("schema", cls=PlainCommand)
def schema(
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="Such as rep or set/last; lists them if left out.")
    ] = None,
) -> None:
    """Print the JSON Schema of a message or a request, or list them."""
    from pi_service.errors import UsageError
    from pi_service.publish.catalogue import MESSAGES, schema_files, summary
    from pi_service.publish.requests import MODELS, ResponsePayload

    if topic is None:
        told = {each.kind.value: each.when for each in MESSAGES}
        told |= {f"request/{verb.value}": summary(model) for verb, model in MODELS.items()}
        told["response"] = summary(ResponsePayload)
        width = max(map(len, told))
        for name, when in told.items():
            typer.echo(f"{name:{width}}  {when}")
        return
    text = schema_files().get(f"{topic.replace('/', '-')}.json")
    if text is None:
        raise UsageError(f"No message has the topic {topic[:60]!r}: repclip mqtt schema lists them.")
    typer.echo(text, nl=False)


@mqtt.command("forget", cls=settings_command("broker"))
def forget(
    context: typer.Context,
    station: Annotated[str, typer.Argument(metavar="STATION", help="The name that is used no more.")],
    config: ConfigOption = None,  # noqa: ARG001 - its settings are in the context
) -> None:
    """Take back what a station that got another name has left at the broker and in Home Assistant."""
    from pi_service.commands.wanted import broker_options
    from pi_service.publish.forget import forget_station
    from pi_service.publish.topics import StationTopics

    settings = broker_options(settings_in(context).settings.broker).needed()
    forget_station(settings, StationTopics(station, settings.root))
    typer.echo(f"The station {station} is forgotten.")
