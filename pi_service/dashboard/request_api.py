"""Asking a station to do something: one operation for each request that it knows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from pi_service.dashboard.answers import SENT_PROBLEMS, problem, sentence
from pi_service.dashboard.asking import BrokerAwayError, NoAnswerError, TooManyError
from pi_service.dashboard.headers import MAX_BODY_BYTES
from pi_service.dashboard.state import CHANGING, State, StationName
from pi_service.publish.catalogue import request_schema, summary
from pi_service.publish.requests import MODELS, Verb

router = APIRouter(tags=["requests"], dependencies=[CHANGING])


class Answer(BaseModel):
    """What the station says: whether it was done and, if not, why not."""

    ok: bool
    error: str | None


_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    409: {"model": Answer, "description": "The station says no: nothing has changed."},
    **problem(404, "No station of this name has been heard."),
    **SENT_PROBLEMS,
    **problem(503, "The MQTT broker is away, or too many requests wait."),
    **problem(504, "The station has not answered."),
}


def _operation(verb: Verb) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def ask(name: StationName, request: Request, state: State) -> Any:
        try:
            body = await request.body()
        except ClientDisconnect as error:
            raise HTTPException(413, f"A request may have {MAX_BODY_BYTES} bytes: send less.") from error
        try:
            said = MODELS[verb].model_validate_json(body or b"{}")
        except ValidationError as error:
            raise HTTPException(422, sentence(error.errors(include_url=False))) from error
        station = state.feed.station(name)
        if station is None:
            raise HTTPException(404, "No station of this name has been heard.")
        if state.asker is None or not state.feed.broker_connected:
            raise HTTPException(503, "The MQTT broker is away: nothing can be asked for.")
        if not station.online:
            raise HTTPException(504, f"{name} is not there: switch it on, then ask again.")
        try:
            answer = await state.asker.ask(name, verb, said)
        except (BrokerAwayError, TooManyError) as error:
            raise HTTPException(503, str(error)) from error
        except NoAnswerError as error:
            raise HTTPException(504, str(error)) from error
        told = Answer(ok=answer.ok, error=answer.error)
        return told if answer.ok else JSONResponse(told.model_dump(), 409)

    return ask


def _body(verb: Verb) -> dict[str, Any]:
    """Return what the OpenAPI says of a request's body: the keys of the MQTT request."""
    schema = {key: value for key, value in request_schema(verb).items() if not key.startswith("$")}
    required = bool(schema.get("required"))
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


for _verb in Verb:
    router.add_api_route(
        f"/api/stations/{{name}}/requests/{_verb.value}",
        _operation(_verb),
        methods=["POST"],
        operation_id=f"request_{_verb.value}",
        summary=summary(MODELS[_verb]),
        response_model=Answer,
        responses=_ANSWERS,
        openapi_extra=_body(_verb),
    )
