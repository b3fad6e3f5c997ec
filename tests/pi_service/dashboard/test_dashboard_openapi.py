"""Everything that the OpenAPI allows, and much that it does not: never an error of the server's own."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from support.told_sets import keep, said, session_messages, verdicts

from pi_service.dashboard.app import create_app
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish import examples
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.message import availability
from pi_service.publish.requests import Verb
from pi_service.publish.topics import Kind, StationTopics


@pytest.fixture
def schema(tmp_path):
    messages = session_messages()
    keep(tmp_path, [*messages, *verdicts(messages)])
    broker = BrokerAddress("127.0.0.1", 9)
    app = create_app(DashboardSettings(broker, history=tmp_path, names=("testserver",)))
    for message in (said(Kind.STATE, examples.STATE), availability(StationTopics("bay07"), online=True)):
        app.state.page.feed.take(message.topic, message.payload, retained=False, now=datetime.now(UTC))
    # The answer of the events never ends.
    return schemathesis.openapi.from_asgi("/openapi.json", app).exclude(path="/api/events")


def test_no_question_is_an_error_of_the_server(schema):
    operations = [each.ok() for each in schema.get_all_operations()]
    asked: Counter[str] = Counter()

    def ask(case):
        response = case.call()
        asked[case.path] += 1
        if response.status_code == 503 and "/requests/" in case.path:
            # There is no broker here, and that is what it says.
            assert response.json() == {"error": "The MQTT broker is away: nothing can be asked for."}
        else:
            checks = (not_a_server_error, response_schema_conformance, status_code_conformance)
            case.validate_response(response, checks=checks)

    for operation in operations:
        calm = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
        calm(given(operation.as_strategy())(ask))()
        if (
            operation.body
            or any(each.name != "name" for each in operation.path_parameters)
            or operation.query
        ):
            wrong = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
            calm(given(wrong)(ask))()
    assert len(asked) == len(operations) > len(Verb) + 10
