"""Signing in and out, and what whoever asks may do."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from pi_service.dashboard.access import COOKIE, COOKIE_S
from pi_service.dashboard.answers import SENT_PROBLEMS, problem
from pi_service.dashboard.passwords import LONGEST_PASSWORD
from pi_service.dashboard.state import State, permission_of

router = APIRouter(tags=["access"])


class SessionView(BaseModel):
    """Whether whoever asks may change something; `why` not, in one sentence."""

    may_change: bool
    needs_password: bool
    why: str | None


class Login(BaseModel):
    """What signs somebody in."""

    password: Annotated[str, Field(max_length=LONGEST_PASSWORD)]


@router.get("/api/session")
async def session(request: Request) -> SessionView:
    """Say what whoever asks may do."""
    allowed = permission_of(request)
    return SessionView(may_change=allowed.may_change, needs_password=allowed.needs_password, why=allowed.why)


@router.post(
    "/api/login",
    status_code=204,
    responses=SENT_PROBLEMS
    | problem(401, "The password is wrong.")
    | problem(429, "Too many wrong passwords: wait."),
)
async def login(said: Login, request: Request, response: Response, state: State) -> None:
    """Sign in; the cookie that comes back lets this browser change things."""
    address = request.client.host if request.client else ""
    wait_s = state.access.wait_s(address)
    if wait_s > 0:
        seconds = math.ceil(wait_s)
        raise HTTPException(
            429,
            f"Too many wrong passwords: try again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )
    cookie = await state.access.sign_in(said.password, address)
    if cookie is None:
        raise HTTPException(401, "That is not the password.")
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=COOKIE_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


@router.post("/api/logout", status_code=204, responses=SENT_PROBLEMS)
async def logout(request: Request, response: Response, state: State) -> None:
    """Sign out."""
    state.access.sign_out(request.cookies.get(COOKIE))
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
