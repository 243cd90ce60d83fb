"""Links in text messages: short, there before the message is, and the same way out."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine.gateway.serving import serving
from engine.store.privacy_tables import short_links
from tests.gateway.visitor import Visitor
from tests.scenarios.site import Site

TEXT = "Bonjour, -20 %. Stop : {{ unsubscribe_url }} {{ stop }}"
PEOPLE = [{"ref": f"c-{number}", "tel": f"+3363998{number:04d}"} for number in range(30)]
LINK = re.compile(r"http://localhost/out/s/([0-9A-Za-z]{11})\b")


def _content(text: str = TEXT) -> dict[str, dict[str, str]]:
    return {"sms": {"sender": "BOUTIQUE", "text": text}}


def _rows(site: Site) -> list[sa.Row[tuple[object, ...]]]:
    with site.app.db.read() as connection:
        return list(connection.execute(sa.select(short_links)))


@pytest.fixture
def shop(new_site: Callable[..., Site]) -> Site:
    return new_site(public_url="http://localhost/out", gateway_listen="127.0.0.1:0")


def _codes(folder: Path) -> dict[str, str]:
    """Return the codes that the outbox shows, by telephone number."""
    found = {}
    for path in folder.glob("*.json"):
        message = json.loads(path.read_text())
        match = LINK.search(message["text"])
        assert match is not None, message["text"]
        found[message["to"]] = match[1]
    return found


def test_the_outbox_shows_a_short_link_that_lets_its_person_out(shop: Site) -> None:
    folder = shop.outbox(Channel.SMS)
    campaign = shop.submit(*PEOPLE, route=["sms"], content=_content())
    shop.finish()
    assert campaign.outcomes == {"sent": len(PEOPLE)}
    codes = _codes(folder)
    assert len(set(codes.values())) == len(PEOPLE)
    assert {row.code for row in _rows(shop)} == set(codes.values())
    with serving(shop.app, lambda: None) as port:
        visitor = Visitor(port)
        path = "/out/s/" + codes["+33639980007"]
        assert "de SMS" in visitor.get(path).text
        assert visitor.click(path).status == 200
    second = shop.submit(*PEOPLE, route=["sms"], content=_content())
    shop.finish()
    assert second.outcomes == {"sent": len(PEOPLE) - 1, "suppressed": 1}
    (told,) = [event for event in shop.published if event["event"] == "opposed"]
    assert (told["ref"], told["channel"], told["campaign"]) == ("c-7", "sms", campaign.name)


def test_a_code_is_there_before_its_message_is(shop: Site) -> None:
    seen: list[int] = []
    shop.provider(Channel.SMS, heed=lambda _message: seen.append(len(_rows(shop))))
    shop.submit(*PEOPLE[:3], route=["sms"], content=_content())
    shop.finish()
    assert seen
    assert set(seen) == {3}


def test_a_message_that_is_tried_again_keeps_its_code(shop: Site) -> None:
    folder = shop.outbox(Channel.SMS)
    folder.write_text("in the way")  # a folder that cannot be entered: nobody is sent anything
    shop.submit(*PEOPLE[:3], route=["sms"], content=_content())
    shop.run()
    before = {row.code for row in _rows(shop)}
    assert len(before) == 3
    folder.unlink()
    shop.finish()
    assert set(_codes(folder).values()) == before
    assert len(_rows(shop)) == 3


def test_a_text_without_a_link_costs_no_row(shop: Site) -> None:
    shop.outbox(Channel.SMS)
    campaign = shop.submit(*PEOPLE[:3], route=["sms"], content=_content("Bonjour. {{ stop }}"))
    shop.finish()
    assert campaign.outcomes == {"sent": 3}
    assert _rows(shop) == []


def test_a_mail_carries_its_token_and_no_code(shop: Site) -> None:
    shop.outbox(Channel.EMAIL)
    shop.submit({"email": "ana@example.org"})
    shop.finish()
    assert _rows(shop) == []
