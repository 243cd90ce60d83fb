"""Connectors as an operator sets them up."""

from uuid import uuid4

import pytest

from channels.contract import Channel, ConnectorConfig
from engine import connectors
from engine.app import App
from engine.connectors import (
    Attestation,
    ConnectorExists,
    ConnectorFault,
    Setup,
    UnknownConnector,
)
from engine.vault import KeyDestroyed

RELAY = {"url": "smtp://mailer@relay.example.org:587"}


@pytest.fixture
def name(app: App) -> str:
    """A connector with a password."""
    name = f"relay-{uuid4().hex[:8]}"
    setup = Setup(name, "smtp", Channel.EMAIL, RELAY, {"password": "correct horse"})
    connectors.create(app, setup)
    return name


def test_a_connector_comes_back_as_it_was_set_up(app: App, name: str) -> None:
    config, secrets = connectors.load_config(app, connectors.get(app, name))
    assert config == ConnectorConfig(
        name, "smtp", Channel.EMAIL, RELAY, app.settings.answer_timeout
    )
    assert secrets == {"password": "correct horse"}


def test_the_password_is_sealed(app: App, name: str) -> None:
    assert b"correct" not in (connectors.get(app, name).sealed_secrets or b"")


def test_a_password_in_a_url_is_refused(app: App) -> None:
    setup = Setup("leaky", "smtp", Channel.EMAIL, {"url": "smtp://me:secret@relay.example.org"})
    with pytest.raises(ConnectorFault, match="give it as a secret") as refused:
        connectors.create(app, setup)
    assert "secret@" not in str(refused.value)


def test_a_connector_without_secrets_has_none(app: App) -> None:
    row = connectors.create(app, Setup(f"outbox-{uuid4().hex[:8]}", "outbox", Channel.SMS))
    assert row.sealed_secrets is None
    assert connectors.load_config(app, row)[1] == {}


def test_a_new_connector_is_not_attested(app: App, name: str) -> None:
    row = connectors.get(app, name)
    assert row.enabled
    assert row.attested_at is None


def test_an_attestation_says_who_where_and_when(app: App, name: str) -> None:
    row = connectors.attest(app, name, Attestation("ops", "fr", "Relay SAS"))
    assert (row.country, row.sub_processor, row.attested_by) == ("FR", "Relay SAS", "ops")
    assert row.attested_at == app.clock.now()


@pytest.mark.parametrize(
    "attestation",
    [
        Attestation("ops", "France", "Relay"),
        Attestation("", "FR", "R"),
        Attestation("a", "FR", " "),
    ],
    ids=["country", "by", "sub_processor"],
)
def test_an_attestation_is_whole(app: App, name: str, attestation: Attestation) -> None:
    with pytest.raises(ConnectorFault):
        connectors.attest(app, name, attestation)


def test_a_connector_is_disabled_and_enabled(app: App, name: str) -> None:
    assert not connectors.disable(app, name).enabled
    assert connectors.enable(app, name).enabled


def test_connectors_of_a_channel_stand_in_the_order_they_were_made(app: App) -> None:
    made = [f"fax-{uuid4().hex[:8]}" for _ in range(3)]
    for name in made[:2]:
        connectors.create(app, Setup(name, "outbox", Channel.FAX))
    connectors.create(app, Setup(made[2], "outbox", Channel.FAX, rank=0))
    order = [row.name for row in connectors.every(app) if row.name in made]
    assert order == [made[2], made[0], made[1]]


def test_new_secrets_replace_the_old_ones_for_good(app: App, name: str) -> None:
    old = connectors.get(app, name)
    connectors.attest(app, name, Attestation("ops", "FR", "Relay SAS"))

    row = connectors.reconfigure(app, name, {"url": "smtp://relay"}, {"password": "new"})

    assert connectors.load_config(app, row)[1] == {"password": "new"}
    assert row.attested_by == "ops"
    with pytest.raises(KeyDestroyed):
        connectors.load_config(app, old)


def test_options_change_without_the_secrets(app: App, name: str) -> None:
    row = connectors.reconfigure(app, name, {"url": "smtp://relay"})
    assert connectors.options_of(row) == {"url": "smtp://relay"}
    assert connectors.load_config(app, row)[1] == {"password": "correct horse"}


def test_a_name_is_given_once(app: App, name: str) -> None:
    with pytest.raises(ConnectorExists):
        connectors.create(app, Setup(name, "outbox", Channel.EMAIL))
    with pytest.raises(ConnectorFault, match="use 1 to 64"):
        connectors.create(app, Setup("Relay !", "outbox", Channel.EMAIL))


def test_an_unknown_connector_is_named(app: App) -> None:
    for act in (connectors.get, connectors.enable, connectors.disable):
        with pytest.raises(UnknownConnector, match="no connector 'nothing'"):
            act(app, "nothing")
