# ruff: noqa: S105, S106 - the secrets of a test
from __future__ import annotations

import logging
import subprocess

import pytest
from support.certificates import Authority
from support.ports import wait_until
from support.subscriber import Subscriber

from pi_service.cli import run
from pi_service.commands.broker_options import BrokerOptions, MqttVersion
from pi_service.errors import UsageError
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.errors import BrokerError
from pi_service.publish.message import Message
from pi_service.publish.settings import BrokerSettings, Tls, read_password
from pi_service.publish.state_folder import state_folder
from pi_service.publish.topics import StationTopics

ADDRESS = BrokerAddress("gym", 1883)
SECRET = "open sesame"
TOPICS = StationTopics("bay07")
REP = Message("repclip/bay07/rep", b"1", 1, retain=False)


def password_file(folder, content=None, mode=0o600):
    file = folder / "password"
    file.write_bytes(f"{SECRET}\n".encode() if content is None else content)
    file.chmod(mode)
    return file


def test_a_secret_shows_nowhere():
    settings = BrokerSettings(ADDRESS, user="bay07", password=SECRET)
    assert SECRET not in f"{settings} {settings!r}"
    assert settings != BrokerSettings(ADDRESS, user="bay07", password="other")


def test_a_password_is_the_first_line_of_a_file_that_not_everybody_reads(tmp_path):
    assert read_password(password_file(tmp_path)) == SECRET
    assert read_password(password_file(tmp_path, mode=0o640, content=b"a\r\nsecond line")) == "a"
    with pytest.raises(UsageError, match="chmod 600"):
        read_password(password_file(tmp_path, mode=0o644))


@pytest.mark.parametrize("content", [b"", b"\nsecond", b"\xff\xfe\n", b"x" * 2_000])
def test_what_is_no_password_is_said_without_repeating_it(tmp_path, content):
    with pytest.raises(UsageError, match=r"is no (password|UTF-8)") as caught:
        read_password(password_file(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_missing_password_file_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        read_password(tmp_path / "none")


def test_the_credential_of_systemd_is_found(tmp_path, monkeypatch):
    options = BrokerOptions("gym", user="bay07")
    assert options.settings().password is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    password_file(tmp_path, mode=0o400).rename(tmp_path / "repclip-broker-password")
    assert options.settings().password == SECRET
    other = tmp_path / "other"
    other.mkdir()
    named = BrokerOptions("gym", user="bay07", password_file=password_file(other, b"named"))
    assert named.settings().password == "named"


def test_an_encrypted_connection_has_a_port_of_its_own():
    assert BrokerOptions("gym").settings().address.port == 1883
    assert BrokerOptions("gym", tls=True).settings().address.port == 8883
    assert BrokerOptions("gym:1234", tls=True).settings().address.port == 1234
    assert BrokerOptions("gym", version=MqttVersion.V5, root="gym/1").settings().version == "5"
    assert BrokerOptions(None).settings() is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (BrokerOptions(None, user="bay07"), "There is no broker"),
        (BrokerOptions("gym", root="a/#"), "cannot be the beginning of a topic"),
        (BrokerOptions("gym", user="a\nb"), "printable"),
        (BrokerOptions("gym", certificate="a.pem"), "give both or none"),
    ],
)
def test_what_cannot_be_right_is_said(options, told):
    with pytest.raises(UsageError, match=told):
        options.settings()


def test_a_password_without_a_user_is_said(tmp_path):
    with pytest.raises(UsageError, match="needs a user"):
        BrokerOptions("gym", password_file=password_file(tmp_path)).settings()


def test_files_that_are_no_certificates_are_told_before_anything_starts(tmp_path, capsys):
    (tmp_path / "ca.pem").write_text("no")
    for command in (["run"], ["dashboard"], ["replay", "x.csv"]):
        assert run([*command, "--broker", "gym", "--broker-ca", str(tmp_path / "ca.pem")]) == 2
        assert run([*command, "--broker", "gym", "--broker-ca", str(tmp_path / "none.pem")]) == 2
        first, second = capsys.readouterr().err.splitlines()
        assert "holds no certificates that could be read" in first
        assert "no such file" in second


def test_the_outbox_has_a_place(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}/a:{tmp_path}/b")
    assert state_folder("outbox") == tmp_path / "a" / "outbox"
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder("outbox") == tmp_path / "repclip" / "outbox"


@pytest.mark.broker
def test_user_and_password_let_us_in_and_are_in_no_log(mosquitto, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "bay07", SECRET], check=True)
    mosquitto.stop()
    mosquitto.start(allow_anonymous=False, more=f"password_file {passwords}\n")
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    with MqttPublisher(BrokerSettings(address, user="bay07", password=SECRET), TOPICS) as client:
        client.publish([REP])
        assert client.flush(5)
    with pytest.raises(BrokerError, match=r"refuses us .*not auth") as caught:
        MqttPublisher(BrokerSettings(address, user="bay07", password="else, but secret"), TOPICS).open()
    assert "else, but secret" not in f"{caught.value}{caplog.text}"
    assert SECRET not in caplog.text


@pytest.mark.broker
def test_tls_with_certificates_on_both_sides(mosquitto, tmp_path):
    ours, theirs = Authority(tmp_path), Authority(tmp_path, "stranger")
    broker, client = ours.sign("broker"), ours.sign("bay07")
    mosquitto.stop()
    secured = (
        f"cafile {ours.certificate}\ncertfile {{}}\nkeyfile {{}}\n"
        "require_certificate true\nuse_identity_as_username true\n"
    )
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    mosquitto.start(more=secured.format(broker.certificate, broker.key))
    tls = Tls(ours.certificate, client.certificate, client.key)
    with MqttPublisher(BrokerSettings(address, tls=tls), TOPICS) as publisher:
        publisher.publish([REP])
        assert publisher.flush(5)
    refused = {
        "is not accepted .*(self.signed|issuer)": Tls(theirs.certificate, client.certificate, client.key),
        "(no encryption|does not speak|cannot be reached)": Tls(ours.certificate),
    }
    for told, wrong in refused.items():
        with pytest.raises(BrokerError, match=told):
            MqttPublisher(BrokerSettings(address, tls=wrong), TOPICS, connect_timeout_s=1.0).open()
    with pytest.raises(BrokerError, match=r"does not speak MQTT|is gone"):
        MqttPublisher(address, TOPICS, connect_timeout_s=1.0).open()


@pytest.mark.broker
def test_an_expired_certificate_and_a_wrong_name_are_told_and_waited_out(mosquitto, tmp_path, caplog):
    authority = Authority(tmp_path)
    expired, elsewhere = authority.sign("expired", days=-1), authority.sign("elsewhere", host="10.9.8.7")
    good = authority.sign("broker")
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    settings = BrokerSettings(address, tls=Tls(authority.certificate))
    for wrong, told in ((expired, "has expired"), (elsewhere, "IP address mismatch")):
        mosquitto.stop()
        mosquitto.start(more=f"certfile {wrong.certificate}\nkeyfile {wrong.key}\n")
        with pytest.raises(BrokerError, match=told):
            MqttPublisher(settings, TOPICS).open()
    with MqttPublisher(settings, TOPICS, broker_may_be_away=True) as publisher:
        publisher.publish([REP])
        wait_until(lambda: "IP address mismatch" in caplog.text, "the refusal")
        mosquitto.stop()
        mosquitto.start(more=f"certfile {good.certificate}\nkeyfile {good.key}\n")
        assert publisher.flush(20)


@pytest.mark.broker
def test_with_mqtt_5_live_states_expire_and_json_says_that_it_is(mosquitto):
    settings = BrokerSettings(BrokerAddress(mosquitto.host, mosquitto.port), version="5")
    messages = [
        Message("repclip/bay07/rep", b'{"a":1}', 1, retain=False),
        Message("repclip/bay07/state", b'{"a":2}', 1, retain=True, live=True, expires_s=60),
    ]
    with Subscriber(mosquitto.host, mosquitto.port, version="5") as subscriber:
        with MqttPublisher(settings, TOPICS) as publisher:
            publisher.publish(messages)
            assert publisher.flush(5)
        subscriber.wait_for("repclip/bay07/availability", 2)
        of = {message.topic.rpartition("/")[2]: message.properties for message in subscriber.messages}
    assert of["rep"].ContentType == of["state"].ContentType == "application/json"
    assert 0 < of["state"].MessageExpiryInterval <= 60
    assert not hasattr(of["rep"], "MessageExpiryInterval")
    assert not hasattr(of["availability"], "ContentType")


@pytest.mark.broker
def test_with_mqtt_5_events_outlast_an_outage_in_order(mosquitto):
    settings = BrokerSettings(BrokerAddress(mosquitto.host, mosquitto.port), version="5")
    numbered = [Message("repclip/bay07/rep", b"%d" % number, 1, retain=False) for number in range(40)]
    topic = "repclip/bay07/rep"
    with (
        Subscriber(mosquitto.host, mosquitto.port, topic, client_id="independent") as subscriber,
        MqttPublisher(settings, TOPICS) as publisher,
    ):
        publisher.publish(numbered[:10])
        assert publisher.flush(5)
        mosquitto.stop()
        wait_until(lambda: not publisher.connected, "the publisher to notice")
        publisher.publish(numbered[10:])
        mosquitto.start()
        assert publisher.flush(20)
        wait_until(lambda: len(set(subscriber.payloads(topic))) == 40, "all of them")
        assert list(dict.fromkeys(subscriber.payloads(topic))) == [each.payload for each in numbered]
