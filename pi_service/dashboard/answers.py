"""What the JSON API answers where it cannot do as asked, and how errors become that."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

_LONGEST_KEY: Final = 80


class Problem(BaseModel):
    """Why something could not be done, in one sentence."""

    error: str


#: Answers of every operation, for the OpenAPI.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    422: {"model": Problem, "description": "The request cannot be read."},
}


def problem(status: int, what: str) -> dict[int | str, dict[str, Any]]:
    """Return the description of an answer for the OpenAPI."""
    return {status: {"model": Problem, "description": what}}


#: Answers of every operation that changes something: see `pi_service.dashboard.headers`.
SENT_PROBLEMS: Final = (
    problem(400, "What is sent is no JSON.")
    | problem(403, "Whoever asks may change nothing, or another site asks.")
    | problem(413, "The request is too large.")
    | problem(415, "What is sent does not say that it is JSON.")
)


def tell_problems(app: FastAPI) -> None:
    """Let every error of an application be told as a `Problem`."""

    async def told(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)

    async def unreadable(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return JSONResponse({"error": sentence(error.errors())}, 422)

    app.add_exception_handler(HTTPException, told)
    app.add_exception_handler(RequestValidationError, unreadable)


def sentence(errors: Any) -> str:
    """Return the first thing that is wrong, without what was sent: it could be anything."""
    first = errors[0]
    key = ".".join(str(each) for each in first["loc"] if each not in ("body", "query", "path"))[:_LONGEST_KEY]
    what = str(first["msg"])[:200].removeprefix("Value error, ").rstrip(".")
    return f"The request cannot be read: {f'{key}: ' if key else ''}{what}."
