"""Who may change something: every request that may not changes nothing."""

from __future__ import annotations

import asyncio
import stat

import pytest
from fastapi.testclient import TestClient
from support.loops import run

from pi_service.dashboard.access import COOKIE, Access, comes_from_elsewhere, host_of, is_local
from pi_service.dashboard.app import create_app
from pi_service.dashboard.headers import MAX_BODY_BYTES
from pi_service.dashboard.passwords import Secrets, read_secrets, write_secrets
from pi_service.dashboard.settings import DashboardSettings
from pi_service.errors import UsageError
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.requests import Verb

PASSWORD = "correct horse"  # noqa: S105 - of nothing
WITH_PASSWORD = Secrets().with_password(PASSWORD)
ALL = "0.0.0.0"  # noqa: S104 - nothing listens there
NEVER = BrokerAddress("127.0.0.1", 9)
JSON = {"content-type": "application/json"}
CHANGES = [f"/api/stations/bay07/requests/{verb.value}" for verb in Verb]


def client(*, host="127.0.0.1", secrets=WITH_PASSWORD, base="http://localhost:8080", **more):
    app = create_app(DashboardSettings(NEVER, host=host, secrets=secrets, **more))
    # Without its lifespan: nothing here needs the broker.
    return TestClient(app, base_url=base, raise_server_exceptions=True)


@pytest.fixture
def page():
    return client()


@pytest.mark.parametrize("path", CHANGES)
def test_without_the_password_nothing_can_be_asked_for(page, path):
    assert page.post(path, json={}).status_code == 403
    assert page.post(path, json={}, headers={"cookie": f"{COOKIE}=made-up"}).status_code == 403
    assert page.post(path, json={}, headers={"authorization": "Bearer made-up"}).status_code == 403


def test_on_the_network_without_a_password_the_page_only_shows():
    page = client(host=ALL, secrets=Secrets(), base="http://gym.lan:8080")
    said = page.get("/api/session").json()
    assert (said["may_change"], said["needs_password"]) == (False, False)
    assert "repclip dashboard-password" in said["why"]
    assert {page.post(path, json={}).status_code for path in CHANGES} == {403}
    assert page.get("/api/stations").status_code == 200


def test_at_this_computer_without_a_password_things_can_be_changed():
    page = client(secrets=Secrets())
    assert page.get("/api/session").json() == {"may_change": True, "needs_password": False, "why": None}
    assert (
        page.post(CHANGES[0], json={"exercise": "any"}).status_code == 404
    )  # allowed, but there is no station


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-proto"])
def test_a_proxy_is_not_this_computer(header):
    page = client(secrets=Secrets())
    assert page.post(CHANGES[0], json={}, headers={header: "10.0.0.9"}).status_code == 403


def test_signing_in_and_out(page):
    answer = page.post("/api/login", json={"password": PASSWORD})
    assert answer.status_code == 204
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert "path=/" in said
    assert "secure" not in said
    assert page.get("/api/session").json()["may_change"]
    assert page.post(CHANGES[0], json={"exercise": "any"}).status_code == 404
    cookie = page.cookies[COOKIE]
    assert page.post("/api/logout").status_code == 204
    assert page.post(CHANGES[0], json={}, headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 403


def test_behind_https_the_cookie_never_goes_without():
    page = client(base="https://localhost")
    assert "secure" in page.post("/api/login", json={"password": PASSWORD}).headers["set-cookie"].lower()


def test_wrong_passwords_are_slowed_down_and_logged(page, caplog):
    codes = [page.post("/api/login", json={"password": "wrong"}).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    assert [each.getMessage() for each in caplog.records] == ["A wrong password came from testclient."] * 3
    answer = page.post("/api/login", json={"password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert page.get("/api/session").json()["may_change"] is False


def test_many_tries_at_once_are_no_way_round_the_wait():
    async def outcomes() -> list[str]:
        access = Access(WITH_PASSWORD, local=False)

        async def attempt() -> str:
            if access.wait_s("10.0.0.1") > 0:
                return "refused"
            return "tried" if await access.sign_in("wrong", "10.0.0.1") is None else "in"

        at_once = await asyncio.gather(*(attempt() for _ in range(20)))
        return [*at_once, await attempt()]

    assert run(outcomes()) == ["tried", *["refused"] * 19, "tried"]


def test_the_wait_doubles_ends_and_is_that_of_one_address():
    now = [0.0]
    access = Access(WITH_PASSWORD, local=False, clock=lambda: now[0])
    waits = []
    for _ in range(12):
        run(access.sign_in("wrong", "10.0.0.1"))
        waits.append(access.wait_s("10.0.0.1"))
    assert waits[:6] == [0, 0, 1, 2, 4, 8]
    assert max(waits) == 60
    assert access.wait_s("10.0.0.2") == 0
    now[0] += 61
    assert access.wait_s("10.0.0.1") == 0
    assert run(access.sign_in(PASSWORD, "10.0.0.1")) is not None
    run(access.sign_in("wrong", "10.0.0.1"))
    assert access.wait_s("10.0.0.1") == 0


def test_a_cookie_that_is_not_used_ends():
    now = [0.0]
    access = Access(WITH_PASSWORD, local=False, clock=lambda: now[0])
    cookie = run(access.sign_in(PASSWORD, ""))
    now[0] += 13 * 86400
    assert access.permission({}, cookie).may_change
    now[0] += 13 * 86400
    assert access.permission({}, cookie).may_change
    now[0] += 15 * 86400
    assert not access.permission({}, cookie).may_change


def test_a_token_is_for_programs():
    secrets, token = Secrets().with_token("backup")
    page = client(secrets=secrets, host=ALL)
    answer = page.post(CHANGES[0], json={"exercise": "any"}, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert page.post(CHANGES[0], json={}, headers={"authorization": f"Basic {token}"}).status_code == 403
    assert page.get("/api/session").json()["may_change"] is False
    assert not secrets.without("backup").any


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"origin": "http://[broken"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/api/login", "/api/logout", CHANGES[0]])
def test_another_site_changes_nothing(page, headers, path):
    page.post("/api/login", json={"password": PASSWORD})
    answer = page.post(path, json={"exercise": "any"}, headers=headers)
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "Another site must not change anything here."},
    )
    assert page.get("/api/session").json()["may_change"]


def test_our_own_pages_are_no_other_site():
    assert not comes_from_elsewhere({"origin": "http://gym.lan:8080", "host": "gym.lan:8080"})
    assert not comes_from_elsewhere({"sec-fetch-site": "same-origin"})
    assert not comes_from_elsewhere({})


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_of_another_site_could_send_is_not_read(page, kind):
    answer = page.post("/api/login", content=b'{"password": "correct horse"}', headers={"content-type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "localhost.evil.example", "10.0.0.5", "", "[::"]
)
def test_a_local_page_is_not_found_under_another_name(page, host):
    for path in ("/", "/api/stations", "/static/page.js"):
        assert page.get(path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "gym.lan"])
def test_a_local_page_has_its_names(host):
    assert client(names=("gym.lan",)).get("/api/stations", headers={"host": host}).status_code == 200


def test_names_and_addresses():
    assert [host_of(each) for each in ("a:1", "[::1]:1", "::", "[")] == ["a", "::1", "", ""]
    assert is_local("127.8.8.8")
    assert not is_local(ALL)
    assert not is_local("example.org")


def test_what_is_too_long_is_not_read(page):
    page.post("/api/login", json={"password": PASSWORD})
    long = b'{"plan": "' + b"x" * MAX_BODY_BYTES + b'"}'
    path = "/api/stations/bay07/requests/load_plan"
    assert page.post(path, content=long, headers=JSON).status_code == 413
    # One that does not say how long it is.
    chunks = (long[at : at + 1000] for at in range(0, len(long), 1000))
    assert page.post(path, content=chunks, headers=JSON).status_code in (400, 413)


def test_every_answer_has_its_headers(page):
    for path in ("/", "/api/stations", "/api/nothing", "/api/session", "/healthz"):
        headers = page.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == ("no-store" if path.startswith("/api/") else "no-cache")
    assert page.get("/", headers={"host": "evil.example"}).headers["x-content-type-options"] == "nosniff"


def test_there_is_no_documentation_from_elsewhere(page):
    assert page.get("/docs").status_code == 404
    assert page.get("/redoc").status_code == 404
    assert "http://" not in page.get("/openapi.json").text


def test_secrets_on_file(tmp_path):
    file = tmp_path / "folder" / "password"
    secrets, token = WITH_PASSWORD.with_token("backup")
    write_secrets(file, secrets)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    read = read_secrets(file)
    assert read == secrets
    assert read.is_password(PASSWORD)
    assert not read.is_password("correct hors")
    assert not read.is_password("x" * 10_000)
    assert read.is_token(token)
    assert PASSWORD not in file.read_text()
    assert token not in file.read_text()
    assert PASSWORD not in repr(secrets)
    assert read_secrets(tmp_path / "none") == Secrets()


def test_secrets_that_cannot_be_used(tmp_path):
    file = tmp_path / "password"
    file.write_text("password\n")
    file.chmod(0o600)
    with pytest.raises(UsageError, match=r"Line 1 .* is no password and no token"):
        read_secrets(file)
    file.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        read_secrets(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_secrets(tmp_path)
    with pytest.raises(UsageError, match="8 to 200"):
        Secrets().with_password("short")
    with pytest.raises(UsageError, match="token's name"):
        Secrets().with_token("a b")
    assert not Secrets("no hash").is_password("no hash")
