"""Options of the smtp connector."""

import pytest

from channels.contract import Channel, ConnectorConfig
from channels.email.smtp_settings import SmtpSettings, StartTls, read_settings, split_password
from channels.errors import ConnectorFault
from channels.registry import build_connector


def read(url: str, **options: str) -> SmtpSettings:
    config = ConnectorConfig("relay", "smtp", Channel.EMAIL, {"url": url, **options}, 60.0)
    return read_settings(config, has_password=True)


@pytest.mark.parametrize(
    ("url", "port", "implicit", "starttls", "verify"),
    [
        ("smtp://relay.example.org", 25, False, StartTls.REQUIRED, True),
        ("smtp://relay.example.org:587", 587, False, StartTls.REQUIRED, True),
        ("smtps://relay.example.org", 465, True, StartTls.REQUIRED, True),
        ("smtp://127.0.0.1:2525", 2525, False, StartTls.IF_OFFERED, False),
        ("smtp://[::1]:2525", 2525, False, StartTls.IF_OFFERED, False),
        ("smtp://localhost", 25, False, StartTls.IF_OFFERED, False),
        ("smtp://relay.example.org?starttls=never", 25, False, StartTls.NEVER, True),
        ("smtp://localhost?starttls=required", 25, False, StartTls.REQUIRED, True),
        ("smtp://localhost?ca_file=/x.pem", 25, False, StartTls.IF_OFFERED, True),
    ],
)
def test_a_url_says_how_to_connect_and_certificates_are_verified(
    url: str, port: int, implicit: bool, starttls: StartTls, verify: bool
) -> None:
    found = read(url)
    assert (found.port, found.implicit_tls, found.starttls) == (port, implicit, starttls)
    assert found.verify is verify


def test_the_option_table_beats_the_query_of_the_url() -> None:
    found = read("smtp://localhost?connections=3&per_second=50", connections="5")
    assert (found.connections, found.per_second, found.answer_timeout) == (5, 50.0, 60.0)
    assert read("smtp://me%40x@localhost").username == "me@x"
    assert read("smtp://localhost").per_second is None


@pytest.mark.parametrize(
    ("url", "options", "fault"),
    [
        ("", {}, "url must be like"),
        ("http://relay.example.org", {}, "url must be like"),
        ("smtp://", {}, "url must be like"),
        ("smtp://relay.example.org/x", {}, "url must be like"),
        ("smtp://relay.example.org:99999", {}, "port"),
        ("smtp://u:secret@relay.example.org", {}, "does not belong into the url"),
        ("smtp://localhost", {"connections": "0"}, "connections"),
        ("smtp://localhost", {"connections": "many"}, "connections"),
        ("smtp://localhost", {"connect_timeout": "-1"}, "connect_timeout"),
        ("smtp://localhost", {"connect_timeout": "nan"}, "connect_timeout"),
        ("smtp://localhost", {"per_second": "0"}, "leave it out for no limit"),
        ("smtp://localhost?per_second=0.0", {}, "leave it out for no limit"),
        ("smtp://localhost", {"per_second": "-5"}, "leave it out for no limit"),
        ("smtp://localhost", {"per_second": "nan"}, "leave it out for no limit"),
        ("smtp://localhost", {"per_second": "inf"}, "leave it out for no limit"),
        ("smtp://localhost", {"per_second": "fast"}, "leave it out for no limit"),
        ("smtp://localhost", {"starttls": "maybe"}, "starttls"),
        ("smtp://localhost", {"colour": "red"}, "unknown option colour"),
        ("smtp://u@relay.example.org?starttls=never", {}, "only sent over verified TLS"),
        ("smtp://u@relay.example.org?starttls=if_offered", {}, "only sent over verified TLS"),
    ],
)
def test_wrong_options_are_told_and_no_secret_is(
    url: str, options: dict[str, str], fault: str
) -> None:
    with pytest.raises(ConnectorFault) as caught:
        read(url, **options)
    assert fault in str(caught.value)
    assert "relay" in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_a_user_without_a_password_is_refused() -> None:
    with pytest.raises(ConnectorFault, match="secret 'password' is missing"):
        build_connector(
            ConnectorConfig("relay", "smtp", Channel.EMAIL, {"url": "smtp://u@localhost"}), {}
        )


def test_a_password_is_split_off_a_url() -> None:
    assert split_password("smtp://u:p%40ss@h.test:25/?a=b") == ("smtp://u@h.test:25/?a=b", "p@ss")
    assert split_password("smtp://u@h.test") == ("smtp://u@h.test", None)


@pytest.mark.parametrize(
    ("kind", "channel", "options", "fault"),
    [
        ("pigeon", Channel.EMAIL, {}, "known: outbox, smtp"),
        ("smtp", Channel.SMS, {"url": "smtp://localhost"}, "email only"),
        ("outbox", Channel.SMS, {}, "folder is missing"),
        ("outbox", Channel.SMS, {"folder": "x", "colour": "red"}, "unknown option colour"),
        ("outbox", Channel.SMS, {"folder": "x", "fsync": "1"}, "yes or no"),
    ],
)
def test_a_connector_that_cannot_be_is_refused_by_name(
    kind: str, channel: Channel, options: dict[str, str], fault: str
) -> None:
    with pytest.raises(ConnectorFault, match=fault):
        build_connector(ConnectorConfig("relay", kind, channel, options), {})
