"""Real mails, a real gateway process, and what breaks between them."""

import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.client import HTTPException
from urllib.parse import urlsplit

import msgspec
import pytest

from engine import oppositions
from engine.intake import take
from engine.subjects import Subject
from ops.bench.campaign import job
from ops.bench.ground import CONTROLLER, account, new_campaign_id
from ops.chaos.field import Field, address, embedded_field, real_field, wait_for
from ops.chaos.verdict import await_end
from tests.gateway.served import answers, prepare
from tests.gateway.visitor import Visitor

pytestmark = [pytest.mark.timeout(180)]
FOUR = ("a+promo@example.org", "a@example.org", "a.b@example.org", "ab@example.org")


@pytest.fixture
def field() -> Iterator[Field]:
    """The embedded default, its relay a sink that counts."""
    with embedded_field() as made:
        yield made


@pytest.fixture
def real() -> Iterator[Field]:
    """RabbitMQ and PostgreSQL of this test's own, to be killed."""
    with real_field() as made:
        yield made


def _mails(field: Field) -> dict[str, EmailMessage]:
    """Return the kept mails by address."""
    found = {}
    for raw in field.sink.kept:
        mail = message_from_bytes(raw.removesuffix(b".\r\n"), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        found[str(mail["To"])] = mail
    return found


def _link(mail: EmailMessage) -> str:
    """Return the path of the one-click link in the header, which is also the one in the text."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    match = re.fullmatch(r"<(http://\S+)>", str(mail["List-Unsubscribe"]).replace("\r\n ", ""))
    assert match is not None
    html = mail.get_body(("html",))
    assert html is not None
    assert match[1] in html.get_content()
    return urlsplit(match[1]).path


def _publish_to(field: Field, addresses: tuple[str, ...]) -> str:
    campaign = new_campaign_id()
    message = msgspec.json.decode(job(campaign, "unused.csv", "0" * 64))
    values = {"prenom": "P", "ville": "V", "solde": "1"}
    message["recipients"] = {"inline": [{"email": each} | values for each in addresses]}
    taken = take(field.app, msgspec.json.encode(message), account(field.app), campaign)
    assert taken.campaign_id is not None, taken.faults
    return campaign


def _opposed(field: Field, address: str) -> bool:
    return bool(oppositions.check(field.app, CONTROLLER, [Subject("email", address)]))


@pytest.mark.parametrize("way", ["one_click", "page"])
def test_of_four_like_addresses_exactly_the_one_that_left_is_left_alone(
    field: Field, way: str
) -> None:
    visitor = prepare(field)
    field.start("up")
    first = _publish_to(field, FOUR)
    assert await_end(field, first, 60)
    mails = _mails(field)
    assert set(mails) == set(FOUR)
    links = {to: _link(mail) for to, mail in mails.items()}
    assert not any("promo" in link or "example" in link for link in links.values())
    assert all(visitor.get(link).status == 200 for link in links.values())
    leave = visitor.click if way == "one_click" else visitor.press
    assert leave(links[FOUR[0]]).status == 200
    assert [to for to in FOUR if _opposed(field, to)] == [FOUR[0]]
    field.sink.forget()
    second = _publish_to(field, FOUR)
    assert await_end(field, second, 60)
    assert set(field.sink.taken) == set(FOUR[1:])


def _campaign_of_mails(field: Field, number: int) -> tuple[str, dict[str, str]]:
    """Send a campaign; return its id and the link of each address."""
    campaign = field.publish(number)
    assert await_end(field, campaign, 90)
    return campaign, {to: _link(mail) for to, mail in _mails(field).items()}


class _Crowd:
    """Many who click at once and go on until told to stop; remembers who was told 200."""

    def __init__(self, visitor: Visitor, links: dict[str, str]) -> None:
        self.visitor = visitor
        self.left = list(links.items())
        self.acknowledged: list[str] = []
        self.refused = 0
        self.over = False

    def click(self, _number: int) -> None:
        while self.left and not self.over:
            with suppress(IndexError):
                to, link = self.left.pop()
                try:
                    status = self.visitor.click(link).status
                except (OSError, HTTPException):  # killed while it answered
                    status = 0
                if status == 200:
                    self.acknowledged.append(to)
                else:
                    assert status in {0, 503}, status
                    self.refused += 1
                    self.left.insert(0, (to, link))
                    time.sleep(0.02)


def _hold_all(field: Field, acknowledged: list[str]) -> None:
    subjects = [Subject("email", to) for to in acknowledged]
    missing = [one.value for one in subjects if not _opposed(field, one.value)]
    assert missing == [], "confirmed, and not there"


@pytest.mark.services
def test_every_confirmed_opposition_survives_kills_of_gateway_and_database(real: Field) -> None:
    visitor = prepare(real)
    real.start("scheduler", "worker", "gateway")
    wait_for(lambda: answers(visitor), "the gateway")
    _, links = _campaign_of_mails(real, 1_500)
    crowd = _Crowd(visitor, links)
    with ThreadPoolExecutor(8) as pool:
        clicking = [pool.submit(crowd.click, n) for n in range(8)]
        try:
            for _ in range(3):
                before = len(crowd.acknowledged)
                wait_for(lambda: len(crowd.acknowledged) > before + 60, "clicks")  # noqa: B023
                real.kill("gateway")
                real.start("gateway")
                wait_for(lambda: answers(visitor), "the gateway again")
            before = len(crowd.acknowledged)
            wait_for(lambda: len(crowd.acknowledged) > before + 60, "clicks")
            real.postgres.stop("immediate")
            time.sleep(0.5)
            told = visitor.get("/ready")
            assert (told.status, told.text.strip()) == (503, "database_away")
            assert visitor.get("/health").status == 200
            assert visitor.click(next(iter(links.values()))).status == 503
            real.postgres.start()
            real.app.close()  # this test's own connections are dead as well; new ones are opened
            wait_for(lambda: answers(visitor), "readiness again", 60)
            before = len(crowd.acknowledged)
            wait_for(lambda: len(crowd.acknowledged) > before + 60, "clicks again", 60)
        finally:
            crowd.over = True
        for done in clicking:
            done.result()
    assert crowd.refused > 0, "nothing was hurt: the test shows nothing"
    _hold_all(real, crowd.acknowledged)
    real.sink.forget()
    second = _publish_to(real, tuple(links)[:900])
    wait_for(lambda: await_end(real, second, 60), "the second campaign", 90)
    assert not set(crowd.acknowledged) & set(real.sink.taken), "contacted after a confirmed click"


def test_a_click_during_a_campaign_stops_what_did_not_leave_yet(field: Field) -> None:
    visitor = prepare(field)
    field.start("up")
    first = _publish_to(field, FOUR)
    assert await_end(field, first, 60)
    link = _link(_mails(field)[FOUR[0]])
    field.sink.forget()
    field.sink.hold()
    crowd = tuple(f"before{number}@example.org" for number in range(900))
    second = _publish_to(field, (*crowd, *FOUR))
    wait_for(lambda: field.sink.held > 0, "the first mails")
    assert visitor.click(link).status == 200
    already = dict(field.sink.taken)
    field.sink.release()
    assert await_end(field, second, 90)
    assert field.sink.taken[FOUR[0]] == already.get(FOUR[0], 0)
    assert all(field.sink.taken[to] == 1 for to in FOUR[1:])


def test_a_polite_stopanswers_whoever_is_inside(field: Field) -> None:
    visitor = prepare(field)
    field.start("up")
    campaign, links = _campaign_of_mails(field, 40)
    with ThreadPoolExecutor(8) as pool:
        clicking = [pool.submit(visitor.click, link) for link in links.values()]
        time.sleep(0.05)
        field.signal("up", signal.SIGTERM)
        statuses = []
        for done in clicking:
            with suppress(ConnectionError):
                statuses.append(done.result().status)
    assert field.end("up") == 0
    assert set(statuses) <= {200}
    opposed = sum(_opposed(field, address(campaign, n)) for n in range(40))
    assert opposed >= len(statuses) > 0
