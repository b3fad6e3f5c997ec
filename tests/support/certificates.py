"""Certificates of the test's own, made with the openssl command."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Signed:
    certificate: Path
    key: Path


class Authority:
    """Somebody who vouches for brokers and clients."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self.certificate, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        _openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", self._key, "-out", self.certificate, "-days", "30", "-subj", f"/CN={name}"),
        )

    def sign(self, name: str, *, days: int = 10, host: str = "127.0.0.1") -> Signed:
        """Return a certificate and its key; with days below 0 it has expired."""
        key, request = self._folder / f"{name}.key", self._folder / f"{name}.csr"
        certificate, more = self._folder / f"{name}.pem", self._folder / f"{name}.ext"
        _openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", request, "-subj", f"/CN={name}"),
        )
        more.write_text(f"subjectAltName=IP:{host}\n")
        _openssl(
            *(
                "x509",
                "-req",
                "-in",
                request,
                "-CA",
                self.certificate,
                "-CAkey",
                self._key,
                "-CAcreateserial",
            ),
            *("-out", certificate, "-days", str(days), "-extfile", more),
        )
        return Signed(certificate, key)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
