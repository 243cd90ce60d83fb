"""Controllers, and which account may speak for which of them."""

import msgspec
import pytest

from channels.contract import Channel
from engine import controllers
from engine.app import App
from engine.controllers import (
    Controller,
    ControllerExists,
    ControllerFault,
    ControllerSettings,
    UnknownController,
)
from engine.wire.job import Kind


def _may(app: App, account: str, controller: str) -> bool:
    with app.db.read() as connection:
        return controllers.may_speak_for(connection, account, controller)


def test_a_controller_is_found_by_name_and_by_number(app: App, shop: Controller) -> None:
    with app.db.read() as connection:
        assert controllers.find(connection, shop.name) == shop
        assert controllers.by_number(connection, shop.number) == shop
    assert shop in controllers.every(app)


def test_each_controller_has_pseudonyms_of_its_own(app: App, shop: Controller) -> None:
    other = controllers.create(app, f"{shop.name}-2", ControllerSettings())
    one, two = app.vault.pseudonyms(shop.name), app.vault.pseudonyms(other.name)
    assert one.contact("email", "ana@example.org") != two.contact("email", "ana@example.org")
    assert one.platform("email", "ana@example.org") == two.platform("email", "ana@example.org")


def test_a_name_is_given_once(app: App, shop: Controller) -> None:
    with pytest.raises(ControllerExists, match="chappe controller configure"):
        controllers.create(app, shop.name, ControllerSettings())


@pytest.mark.parametrize("name", ["", "Shop", "shop_1", "shop 1", "shop\n", "a" * 65, "*platform*"])
def test_a_name_that_cannot_travel_is_refused(app: App, name: str) -> None:
    with pytest.raises(ControllerFault, match="use 1 to 64 of"):
        controllers.create(app, name, ControllerSettings())


@pytest.mark.parametrize(
    "settings",
    [
        ControllerSettings(history="ten years"),
        ControllerSettings(stop_mention=""),
        ControllerSettings(return_domain="not a domain"),
        ControllerSettings(purposes={"Offres !": Kind.MARKETING}),
    ],
    ids=["history", "stop_mention", "return_domain", "purposes"],
)
def test_settings_that_cannot_be_right_are_refused(
    app: App, shop: Controller, settings: ControllerSettings
) -> None:
    with pytest.raises(ControllerFault, match="settings of the controller"):
        controllers.configure(app, shop.name, settings)


def test_settings_are_replaced_as_a_whole(app: App, shop: Controller) -> None:
    wanted = msgspec.structs.replace(
        shop.settings,
        history="P2Y",
        connectors={Channel.EMAIL: ("relay", "spare")},
        stop_mention="STOP au 36063",
    )
    assert controllers.configure(app, shop.name, wanted).settings == wanted


def test_an_ended_controller_is_no_longer_alive(app: App, shop: Controller) -> None:
    controllers.end(app, shop.name)
    with app.db.read() as connection:
        assert not controllers.find(connection, shop.name).alive


def test_an_unknown_controller_is_named(app: App) -> None:
    for act in (controllers.end, lambda a, n: controllers.configure(a, n, ControllerSettings())):
        with pytest.raises(UnknownController, match="no controller 'nobody'"):
            act(app, "nobody")
    with app.db.read() as connection, pytest.raises(UnknownController):
        controllers.by_number(connection, 2_000_000_000)


def test_an_account_speaks_only_for_whom_it_was_granted(app: App, shop: Controller) -> None:
    assert not _may(app, "crm", shop.name)
    controllers.grant(app, "crm", shop.name)
    controllers.grant(app, "crm", shop.name)  # twice is once
    assert _may(app, "crm", shop.name)
    assert not _may(app, "crm", "another")
    assert ("crm", shop.name) in controllers.grants(app)

    controllers.revoke(app, "crm", shop.name)
    assert not _may(app, "crm", shop.name)


def test_the_account_of_the_command_speaks_for_all(app: App, shop: Controller) -> None:
    controllers.grant(app, "chappe", controllers.EVERY_CONTROLLER)
    assert _may(app, "chappe", shop.name)


def test_a_grant_names_a_controller_that_exists(app: App) -> None:
    with pytest.raises(UnknownController):
        controllers.grant(app, "crm", "nobody")
    with pytest.raises(ControllerFault, match="broker account"):
        controllers.grant(app, "*", "nobody")
