"""The page's password and its tokens: how they are kept in a file, and how one is recognised.

A line of the file is ``password HASH`` (argon2id) or ``token NAME HASH`` (SHA-256: a token is 256 random
bits, which nobody can try out). The file is for its owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pi_service.errors import UsageError
from pi_service.publish.state_folder import state_folder

#: The credential of systemd's that is the file, if no other is named.
CREDENTIAL: Final = "repclip-dashboard-password"
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 200
_FOLDER: Final = "dashboard"
_LARGEST_FILE: Final = 100_000
_TOKEN_HASH: Final = re.compile(r"[0-9a-f]{64}")
_TOKEN_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TOKEN_PREFIX: Final = "repclip_"  # noqa: S105 - what tokens begin with, so that they are known in a log

# 19 MiB and two passes are OWASP's least for argon2id (Password Storage Cheat Sheet); argon2-cffi's own
# 64 MiB and four threads are much for a Pi with 512 MB that counts meanwhile.
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What lets somebody change things.

    Attributes
    ----------
    password
        Hash of the password; None where there is none.
    tokens
        Hashes of tokens, by name.
    """

    password: str | None = field(default=None, repr=False)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def any(self) -> bool:
        """True when there is a password or a token."""
        return self.password is not None or bool(self.tokens)

    def is_password(self, text: str) -> bool:
        """Say whether a text is the password; takes a tenth of a second and 19 MiB, on purpose."""
        if self.password is None or len(text) > LONGEST_PASSWORD:
            return False
        try:
            return _hasher.verify(self.password, text)
        except (VerificationError, InvalidHashError):
            return False

    def is_token(self, text: str) -> bool:
        """Say whether a text is one of the tokens."""
        hashed = _token_hash(text)
        # Not `any`: how long it takes should not say which it was.
        return sum(hmac.compare_digest(hashed, each) for each in self.tokens.values()) > 0

    def with_password(self, text: str) -> Secrets:
        """Return secrets with another password.

        Raises
        ------
        UsageError
            If it is too short or too long.
        """
        if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
            raise UsageError(
                f"A password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters: take a longer one."
                if len(text) < SHORTEST_PASSWORD
                else f"A password may have {LONGEST_PASSWORD} characters: take a shorter one."
            )
        return replace(self, password=_hasher.hash(text))

    def with_token(self, name: str) -> tuple[Secrets, str]:
        """Return secrets with one more token, and the token itself, which nobody can tell again.

        Raises
        ------
        UsageError
            If the name is taken, or is none.
        """
        if not _TOKEN_NAME.fullmatch(name):
            raise UsageError("A token's name is 1 to 40 letters, digits, _ and -: choose another.")
        if name in self.tokens:
            raise UsageError(f"There is a token {name!r} already: choose another name, or --forget it first.")
        token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
        return replace(self, tokens={**self.tokens, name: _token_hash(token)}), token

    def without(self, name: str) -> Secrets:
        """Return secrets without a token.

        Raises
        ------
        UsageError
            If there is none of this name.
        """
        if name not in self.tokens:
            known = ", ".join(sorted(self.tokens)) or "none"
            raise UsageError(f"There is no token {name!r}: there are {known}.")
        return replace(self, tokens={each: kept for each, kept in self.tokens.items() if each != name})


def default_file() -> Path:
    """Return the file that is used where no other is named: systemd's credential, else that in our folder."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(folder, CREDENTIAL)
    if folder.startswith("/") and file.is_file():
        return file
    return state_folder(_FOLDER) / "password"


def read_secrets(file: Path) -> Secrets:
    """Read the file; one that is not there holds nothing.

    Raises
    ------
    UsageError
        If it cannot be read, if others can read it, or if it is none of ours.
    """
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        return Secrets()
    except OSError as error:
        raise UsageError(
            f"The page's password cannot be read from {file} ({(error.strerror or str(error)).lower()}): "
            "name another file with --password-file."
        ) from error
    if mode & 0o007:
        raise UsageError(f"Everybody on this computer can read {file}: chmod 600 {file}")
    if len(content) > _LARGEST_FILE:
        raise UsageError(f"{file} is too large for a file of passwords: name another with --password-file.")
    found = Secrets()
    for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
        match line.split():
            case []:
                continue
            case ["password", hashed]:
                found = replace(found, password=hashed)
            case ["token", name, hashed] if _TOKEN_NAME.fullmatch(name) and _TOKEN_HASH.fullmatch(hashed):
                found = replace(found, tokens={**found.tokens, name: hashed})
            case _:
                raise UsageError(
                    f"Line {number} of {file} is no password and no token: "
                    "write the file with `repclip dashboard-password`."
                )
    return found


def write_secrets(file: Path, said: Secrets) -> None:
    """Write the file anew, for its owner alone; whatever goes wrong, the old one stays whole.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    lines = [f"password {said.password}"] if said.password else []
    lines += [f"token {name} {hashed}" for name, hashed in said.tokens.items()]
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes it 0600 from its first byte on.
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                opened.write("".join(f"{line}\n" for line in lines))
                opened.flush()
                os.fsync(opened.fileno())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written ({(error.strerror or str(error)).lower()}): name another with --file."
        ) from error


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
