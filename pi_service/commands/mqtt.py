"""`repclip mqtt`: what repclip says on MQTT, and what it leaves there."""

from __future__ import annotations

from typing import Annotated

import typer

from pi_service.commands.broker_options import (
    BrokerOptions,
    CaOption,
    CertificateOption,
    KeyOption,
    MqttOption,
    MqttVersion,
    PasswordFileOption,
    RootOption,
    TlsOption,
    UserOption,
)
from pi_service.commands.help_text import PlainCommand, PlainGroup

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


@mqtt.command("forget", cls=PlainCommand)
def forget(
    station: Annotated[str, typer.Argument(metavar="STATION", help="The name that is used no more.")],
    broker: Annotated[
        str, typer.Option(metavar="HOST:PORT", envvar="REPCLIP_BROKER", help="Where the MQTT broker is.")
    ],
    broker_user: UserOption = None,
    broker_password_file: PasswordFileOption = None,
    broker_tls: TlsOption = False,
    broker_ca: CaOption = None,
    broker_cert: CertificateOption = None,
    broker_key: KeyOption = None,
    broker_mqtt: MqttOption = MqttVersion.V311,
    topic_root: RootOption = None,
) -> None:
    """Take back what a station that got another name has left at the broker and in Home Assistant."""
    from pi_service.publish.forget import forget_station
    from pi_service.publish.topics import StationTopics

    settings = BrokerOptions(
        broker,
        broker_user,
        broker_password_file,
        broker_tls,
        broker_ca,
        broker_cert,
        broker_key,
        broker_mqtt,
        topic_root,
    ).needed()
    forget_station(settings, StationTopics(station, settings.root))
    typer.echo(f"The station {station} is forgotten.")
