"""What every answer carries and every request must keep to, before anything of ours looks at it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pi_service.dashboard.access import comes_from_elsewhere, host_of, is_local

# Nothing from elsewhere, nothing inline: the page is these files and this server.
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Largest request; a plan is the largest that makes sense.
MAX_BODY_BYTES: Final = 64 * 1024
_READING: Final = ("GET", "HEAD", "OPTIONS")

_Answer = Callable[[], Awaitable[None]]


class Guard:
    """Adds the headers of every answer; refuses what no page of ours asks for.

    Parameters
    ----------
    app
        What answers everything else.
    local
        True where the page is served to this computer alone: then it must have been asked for by a name of
        this computer, so that no other site can pose as it (DNS rebinding).
    names
        More such names.
    """

    def __init__(self, app: ASGIApp, *, local: bool, names: tuple[str, ...] = ()) -> None:
        self._app = app
        self._local = local
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # Asked for again each time (and answered 304): after an update no old script meets a new
                # server. What the API says is not kept at all.
                kept = "no-store" if scope["path"].startswith("/api/") else "no-cache"
                headers.setdefault("Cache-Control", kept)
            await send(message)

        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None:
            await _refuse(send_with_headers, *refusal)
            return
        await self._app(scope, _bounded(receive), send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        if self._local and not self._is_ours(headers.get("host", "")):
            return 421, "This page is for this computer alone: open it as localhost, or start it with --name."
        if scope["method"] in _READING:
            return None
        if comes_from_elsewhere(headers):
            return 403, "Another site must not change anything here."
        size = headers.get("content-length", "0")
        if not size.isdecimal() or int(size[:20]) > MAX_BODY_BYTES:
            return 413, f"A request may have {MAX_BODY_BYTES} bytes: send less."
        says = headers.get("content-type", "").partition(";")[0].strip().lower()
        if (size != "0" or "transfer-encoding" in headers) and says != "application/json":
            return 415, "What is sent must be JSON: say Content-Type: application/json."
        return None

    def _is_ours(self, host: str) -> bool:
        name = host_of(host)
        return is_local(name) or name in self._names


def _bounded(receive: Receive) -> Receive:
    """Return a receiver that ends a body which is longer than it said, or never said how long it is."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY_BYTES:
            return {"type": "http.disconnect"}
        return message

    return bounded


async def _refuse(send: Send, status: int, error: str) -> None:
    body = json.dumps({"error": error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
