"""Who may change something: signed in by password, with a token, or at this very computer.

Everybody who reaches the page may read. Changing takes a password or a token, once there is one; without any,
only a page that is served to this computer alone may change something.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from pi_service.dashboard.passwords import Secrets

log = logging.getLogger(__name__)

#: Name of the cookie of somebody who has signed in, and how long it is good for (s) when it is not used.
COOKIE: Final = "repclip_session"
COOKIE_S: Final = 14 * 24 * 3600
#: So many are signed in at a time; the one who was longest away goes first.
_SESSIONS_KEPT: Final = 200
#: After so many wrong passwords the next one waits, twice as long each time, up to the longest wait (s).
_FREE_FAILURES: Final = 3
_LONGEST_WAIT_S: Final = 60.0
#: So many addresses that failed are remembered, and so many people wait for their password to be looked at.
_FAILURES_KEPT: Final = 1_000
_MOST_WAITING: Final = 8
#: What a proxy says of those it speaks for: they are not at this computer.
_FORWARDED: Final = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
)
_OPEN: Final = (
    "This page is open to the network and has no password, so that it only shows: "
    "set one with `repclip dashboard-password` and start it again."
)
_SIGN_IN: Final = "Sign in to change something."
_THROUGH_A_PROXY: Final = (
    "This page is read through a proxy and has no password, so that it only shows: "
    "set one with `repclip dashboard-password` and start it again."
)


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether whoever asks may change something; `why` not, in one sentence."""

    may_change: bool
    needs_password: bool
    why: str | None


@dataclass(slots=True)
class _Failures:
    """Wrong passwords in a row."""

    count: int = 0
    next_at_s: float = 0.0


@dataclass(slots=True)
class Access:
    """Knows the secrets and who has signed in.

    Parameters
    ----------
    said
        The password and the tokens.
    local
        True where the page is served to this computer alone.
    clock
        Monotonic clock (s).
    """

    said: Secrets
    local: bool
    clock: Callable[[], float] = time.monotonic
    _sessions: dict[str, float] = field(default_factory=dict)
    _failures: dict[str, _Failures] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _trying: set[str] = field(default_factory=set)

    def permission(self, headers: Mapping[str, str], cookie: str | None) -> Permission:
        """Return what whoever sent these headers may do."""
        if not self.said.any:
            if not self.local:
                return Permission(False, False, _OPEN)
            if any(name in headers for name in _FORWARDED):
                return Permission(False, False, _THROUGH_A_PROXY)
            return Permission(True, False, None)
        allowed = self._has_token(headers) or self._is_signed_in(cookie)
        return Permission(allowed, self.said.password is not None, None if allowed else _SIGN_IN)

    async def sign_in(self, password: str, address: str) -> str | None:
        """Return the cookie of whoever knows the password; None for everybody else at that address."""
        self._trying.add(address)
        try:
            # One at a time: each try takes memory and a tenth of a second of a core that counts, too.
            async with self._one_at_a_time:
                right = await asyncio.to_thread(self.said.is_password, password)
        finally:
            self._trying.discard(address)
        if not right:
            self._fail(address)
            return None
        self._failures.pop(address, None)
        cookie = secrets.token_urlsafe(32)
        self._sessions[_digest(cookie)] = self.clock()
        while len(self._sessions) > _SESSIONS_KEPT:
            del self._sessions[min(self._sessions, key=self._sessions.__getitem__)]
        return cookie

    def wait_s(self, address: str) -> float:
        """Return how long nobody at an address may try another password, because the last ones were wrong."""
        # One try of an address at a time, so that none slips in before the one before it has failed.
        if address in self._trying or len(self._trying) >= _MOST_WAITING:
            return 1.0
        failures = self._failures.get(address)
        return 0.0 if failures is None else max(failures.next_at_s - self.clock(), 0.0)

    def _fail(self, address: str) -> None:
        log.warning("A wrong password came from %s.", address or "somewhere")
        failures = self._failures.pop(address, None) or _Failures()
        failures.count += 1
        if failures.count >= _FREE_FAILURES:
            wait_s = 2.0 ** min(failures.count - _FREE_FAILURES, 10)
            failures.next_at_s = self.clock() + min(wait_s, _LONGEST_WAIT_S)
        self._failures[address] = failures
        if len(self._failures) > _FAILURES_KEPT:
            del self._failures[next(iter(self._failures))]

    def sign_out(self, cookie: str | None) -> None:
        """Forget somebody who had signed in."""
        if cookie is not None:
            self._sessions.pop(_digest(cookie), None)

    def _is_signed_in(self, cookie: str | None) -> bool:
        if cookie is None:
            return False
        digest, now_s = _digest(cookie), self.clock()
        used_s = self._sessions.get(digest)
        if used_s is None:
            return False
        if now_s - used_s > COOKIE_S:
            del self._sessions[digest]
            return False
        self._sessions[digest] = now_s
        return True

    def _has_token(self, headers: Mapping[str, str]) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.said.is_token(token.strip())


def is_local(host: str) -> bool:
    """Say whether an address is one of this computer's own that no other can reach."""
    name = host.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """Return the name in a ``Host`` header, without its port; empty where it is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def comes_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Say whether a browser tells that another site has sent its user here to change something."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    except ValueError:
        return True


def _digest(cookie: str) -> str:
    # Compared as a key: what is looked up must not be what the browser sent.
    return hashlib.sha256(cookie.encode(errors="surrogatepass")).hexdigest()
