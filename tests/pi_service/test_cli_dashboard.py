"""`repclip dashboard-password`, and what `repclip dashboard` says of its options."""

from __future__ import annotations

import io
import stat

import pytest

from pi_service.cli import run
from pi_service.dashboard.passwords import CREDENTIAL, default_file, read_secrets


@pytest.fixture
def file(tmp_path):
    return tmp_path / "kept" / "password"


def typed(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_password_from_stdin(file, monkeypatch, capsys):
    typed(monkeypatch, "correct horse\n")
    assert run(["dashboard-password", "--file", str(file)]) == 0
    assert f"Written to {file}" in capsys.readouterr().out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_secrets(file).is_password("correct horse")


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_a_password_that_is_no_utf_8_is_one_sentence(file, monkeypatch, capsys, errors):
    stdin = io.TextIOWrapper(io.BytesIO("pässword123\n".encode("latin-1")), encoding="utf-8", errors=errors)
    monkeypatch.setattr("sys.stdin", stdin)
    assert run(["dashboard-password", "--file", str(file)]) == 2
    assert "no UTF-8" in capsys.readouterr().err
    assert not file.exists()


def test_tokens_are_shown_once(file, monkeypatch, capsys):
    typed(monkeypatch, "correct horse\n")
    run(["dashboard-password", "--file", str(file)])
    capsys.readouterr()
    assert run(["dashboard-password", "--file", str(file), "--token", "backup"]) == 0
    token = capsys.readouterr().out.strip()
    assert read_secrets(file).is_token(token)
    assert run(["dashboard-password", "--file", str(file), "--list"]) == 0
    listed = capsys.readouterr().out
    assert listed == f"{file}: a password\ntoken backup\n"
    assert run(["dashboard-password", "--file", str(file), "--forget", "backup"]) == 0
    assert not read_secrets(file).is_token(token)
    assert read_secrets(file).is_password("correct horse")
    assert run(["dashboard-password", "--file", str(file), "--remove"]) == 0
    assert not read_secrets(file).any


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--forget", "none"], "There is no token 'none'"),
        (["--token", "a b"], "A token's name"),
        (["--list", "--remove"], "one at a time"),
        ([], "8 to 200 characters: take a longer one"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(file, monkeypatch, capsys, options, sentence):
    typed(monkeypatch, "short\n")
    assert run(["dashboard-password", "--file", str(file), *options]) == 2
    assert sentence in capsys.readouterr().err
    assert not file.exists()


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    typed(monkeypatch, "correct horse\n")
    assert run(["dashboard-password", "--file", str(tmp_path / "file" / "password")]) == 2
    assert "repclip: " in capsys.readouterr().err


def test_a_credential_of_systemds_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/repclip")
    assert str(default_file()) == "/var/lib/repclip/dashboard/password"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert str(default_file()) == "/var/lib/repclip/dashboard/password"
    (tmp_path / CREDENTIAL).touch()
    assert default_file() == tmp_path / CREDENTIAL


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--no-history", "--history", "x"], "contradict each other"),
        (["--keep-days", "0"], "--keep-days"),
    ],
)
def test_options_of_the_page_that_cannot_be(capsys, options, sentence):
    assert run(["dashboard", "--broker", "localhost:9", *options]) == 2
    assert sentence in capsys.readouterr().err


def test_a_password_that_everybody_can_read_is_told(tmp_path, capsys):
    file = tmp_path / "password"
    file.touch(mode=0o644)
    assert run(["dashboard", "--broker", "localhost:9", "--password-file", str(file)]) == 2
    assert "chmod 600" in capsys.readouterr().err
