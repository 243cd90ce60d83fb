"""Connecting to relays that are wrongly set up, and to ones written by other people."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop
from aiosmtpd.controller import Controller

from channels.contract import Channel, ConnectorConfig, Effect, SendKind
from channels.email.smtp import SmtpConnector, smtp_connector
from channels.errors import ConnectorUnavailable
from tests.contract.connector_rigs import messages
from tests.contract.connector_slices import StrictSlice
from tests.relays.certificates import Certificates, make_certificates
from tests.relays.smtp_relay import SmtpRelay


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@contextlib.asynccontextmanager
async def connector(
    url: str, *, password: str | None = None, **options: str
) -> AsyncIterator[SmtpConnector]:
    config = ConnectorConfig("relay", "smtp", Channel.EMAIL, {"url": url, **options}, 5.0)
    secrets = {} if password is None else {"password": password}
    built = smtp_connector(config, secrets)
    yield built
    await built.close()


async def why(smtp: SmtpConnector) -> ConnectorUnavailable:
    """Hand a slice over and return why that could not be; nobody may be lost."""
    slice_ = StrictSlice(messages(1000))
    with pytest.raises(ConnectorUnavailable) as caught:
        await smtp.hand_over(slice_)
    assert not slice_.taken
    probed = await smtp.probe()
    assert (probed.kind, probed.reason) == (SendKind.NOT_ACCEPTED, caught.value.reason)
    assert (probed.effect is Effect.OPEN_BREAKER) is caught.value.open_breaker
    return caught.value


def test_a_refused_connection_is_told() -> None:
    async def scene() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        async with connector(f"smtp://127.0.0.1:{port}") as smtp:
            error = await why(smtp)
        assert error.reason == "connection_refused"
        assert str(port) in error.cause
        assert not error.open_breaker

    asyncio.run(scene())


def test_a_host_that_drops_everything_is_told_within_the_connect_timeout() -> None:
    async def scene() -> None:
        # A full backlog drops SYN packets, as a firewall does.
        with socket.socket() as deaf, contextlib.ExitStack() as stack:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            for _ in range(4):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    waiting.connect(deaf.getsockname())
            url = f"smtp://127.0.0.1:{deaf.getsockname()[1]}"
            async with asyncio.timeout(5), connector(url, connect_timeout="0.3") as smtp:
                error = await why(smtp)
        assert error.reason == "connect_timeout"
        assert not error.open_breaker

    asyncio.run(scene())


def test_a_relay_that_never_greets_is_told_within_the_connect_timeout() -> None:
    async def scene() -> None:
        with socket.socket() as mute:
            mute.bind(("127.0.0.1", 0))
            mute.listen(10)
            url = f"smtp://127.0.0.1:{mute.getsockname()[1]}"
            async with asyncio.timeout(5), connector(url, connect_timeout="0.3") as smtp:
                error = await why(smtp)
        assert error.reason == "connect_timeout"

    asyncio.run(scene())


def test_a_host_without_an_address_is_told() -> None:
    async def scene() -> None:
        async with connector("smtp://relay.invalid?starttls=never") as smtp:
            error = await why(smtp)
        assert error.reason == "host_unknown"
        assert "relay.invalid:25" in error.cause

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("greeting", "open_breaker"),
    [("554 5.7.1 go away", True), ("421 4.3.2 busy", False)],
)
def test_a_relay_that_turns_us_away_is_told(greeting: str, *, open_breaker: bool) -> None:
    async def scene() -> None:
        async with (
            SmtpRelay(greeting=greeting) as relay,
            connector(f"smtp://127.0.0.1:{relay.port}") as smtp,
        ):
            error = await why(smtp)
        assert error.reason == "greeting_refused"
        assert error.open_breaker is open_breaker

    asyncio.run(scene())


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_wrong_password_is_told_and_a_right_one_serves(
    certificates: Certificates, *, pipelining: bool
) -> None:
    async def scene() -> None:
        tls = certificates.server_context()
        async with SmtpRelay(tls=tls, password="right", pipelining=pipelining) as relay:
            url = f"smtp://relay@localhost:{relay.port}?starttls=required"
            options = {"ca_file": str(certificates.ca_file)}
            async with connector(url, password="wrong", **options) as smtp:
                error = await why(smtp)
            assert error.reason == "login_refused"
            assert error.open_breaker
            assert "wrong" not in str(error)
            async with connector(url, password="right", **options) as smtp:
                slice_ = StrictSlice(messages(5))
                await smtp.hand_over(slice_)
            assert slice_.count(SendKind.SENT) == 5

    asyncio.run(scene())


def test_a_relay_without_login_is_told_when_a_user_is_set() -> None:
    async def scene() -> None:
        async with SmtpRelay() as relay:
            url = f"smtp://relay@127.0.0.1:{relay.port}"
            async with connector(url, password="x") as smtp:
                error = await why(smtp)
        assert error.reason == "login_missing"
        assert error.open_breaker

    asyncio.run(scene())


def test_a_relay_without_starttls_is_told_where_it_is_required() -> None:
    async def scene() -> None:
        async with (
            SmtpRelay() as relay,
            connector(f"smtp://127.0.0.1:{relay.port}?starttls=required") as smtp,
        ):
            error = await why(smtp)
        assert error.reason == "starttls_missing"
        assert error.open_breaker

    asyncio.run(scene())


@pytest.mark.parametrize("loop", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_certificate_of_somebody_else_is_not_accepted(
    certificates: Certificates, loop: Any
) -> None:
    async def scene() -> None:
        async with SmtpRelay(tls=certificates.server_context()) as relay:
            trusting_nobody = f"smtp://localhost:{relay.port}?starttls=required"
            async with connector(trusting_nobody) as smtp:
                error = await why(smtp)
            assert (error.reason, error.open_breaker) == ("certificate_unverified", True)
            other_name = f"smtp://127.0.0.1:{relay.port}?starttls=required"
            async with connector(other_name, ca_file=str(certificates.ca_file)) as smtp:
                error = await why(smtp)
            assert (error.reason, error.open_breaker) == ("certificate_unverified", True)

    loop(scene())


def test_tls_to_a_relay_that_speaks_none_is_told() -> None:
    async def scene() -> None:
        async with (
            SmtpRelay() as relay,
            connector(f"smtps://127.0.0.1:{relay.port}") as smtp,
        ):
            error = await why(smtp)
        assert error.reason == "tls_failed"

    asyncio.run(scene())


def test_a_missing_file_of_certificates_is_told() -> None:
    async def scene() -> None:
        async with connector("smtps://127.0.0.1:1", ca_file="/nowhere/ca.pem") as smtp:
            error = await why(smtp)
        assert error.reason == "ca_file_unusable"
        assert error.open_breaker

    asyncio.run(scene())


def test_tls_is_used_where_a_loopback_relay_offers_it(certificates: Certificates) -> None:
    async def scene() -> None:
        async with (
            SmtpRelay(tls=certificates.server_context()) as relay,
            connector(f"smtp://127.0.0.1:{relay.port}") as smtp,
        ):
            slice_ = StrictSlice(messages(5))
            await smtp.hand_over(slice_)
            assert slice_.count(SendKind.SENT) == 5
            used = [dialogue for dialogue in relay.dialogues if "DATA" in dialogue]
            assert used
            assert all("STARTTLS" in dialogue for dialogue in used)

    asyncio.run(scene())


def test_closing_ends_a_hand_over_that_waits_for_ever() -> None:
    async def scene() -> None:
        async with SmtpRelay() as relay:
            relay.actions["content", "*"] = "hang"
            async with connector(f"smtp://127.0.0.1:{relay.port}") as smtp:
                all_wait = asyncio.Event()

                def on_take(position: int) -> None:
                    if position == 7:  # the eighth: the other seven have passed their gates
                        asyncio.get_running_loop().call_later(0.2, all_wait.set)

                slice_ = StrictSlice(messages(100), on_take=on_take)
                ended = asyncio.create_task(smtp.hand_over(slice_))
                async with asyncio.timeout(20):
                    await all_wait.wait()
                await smtp.close()
                with pytest.raises(ConnectorUnavailable, match="closed"):
                    await ended
                assert set(slice_.results) == set(slice_.taken)
                assert 1 <= slice_.count(SendKind.IN_DOUBT) <= 8  # one per connection

    asyncio.run(scene())


# -- relays written by other people


class _Box:
    """A handler of aiosmtpd that keeps recipients."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.recipients += envelope.rcpt_tos
        return "250 2.0.0 ok"


def test_aiosmtpd_takes_every_mail_once() -> None:
    box = _Box()
    controller = Controller(box, hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    try:

        async def scene() -> None:
            async with connector(f"smtp://127.0.0.1:{controller.port}") as smtp:
                slice_ = StrictSlice(messages(100))
                await smtp.hand_over(slice_)
                assert slice_.count(SendKind.SENT) == 100

        asyncio.run(scene())
    finally:
        controller.stop()
    assert sorted(box.recipients) == sorted(f"r{i}@example.org" for i in range(100))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
