"""What becomes of a recipient whatever a relay does, pipelined and in lockstep alike."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from channels.contract import Addressee, ConnectorConfig, Channel, Effect, SendKind
from channels.email.lockstep import Lockstep
from channels.email.pipeline import Pipeline
from channels.errors import ConnectorUnavailable
from channels.registry import build_connector
from tests.contract.connector_rigs import (
    SMTP_KINDS,
    RigKind,
    SmtpRig,
    composer,
    messages,
)
from tests.contract.connector_slices import StrictSlice, check_account
from tests.relays.certificates import Certificates, make_certificates
from tests.relays.smtp_relay import SmtpRelay

Scene = Callable[[SmtpRig], Awaitable[None]]
ODD = 7  # the recipient with whom it happens


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class Stage:
    """Plays one scene with a rig of the kind under test."""

    def __init__(self, kind: RigKind, certificates: Certificates) -> None:
        self.kind = kind
        self._certificates = certificates

    def play(self, scene: Scene, *, answer_timeout: float = 5.0, **options: str) -> None:
        async def run() -> None:
            smtp = self.kind.smtp(self._certificates, answer_timeout=answer_timeout, **options)
            async with smtp as rig:
                await scene(rig)

        self.kind.loop(run())


@pytest.fixture(params=SMTP_KINDS, ids=lambda kind: kind.name)
def stage(request: pytest.FixtureRequest, certificates: Certificates) -> Stage:
    return Stage(request.param, certificates)


@pytest.mark.parametrize(
    ("when", "reply", "kind", "reason", "effect"),
    [
        ("rcpt", "550 5.1.1 unknown", SendKind.INVALID, "mailbox_unknown", Effect.SUPPRESS),
        ("rcpt", "550 5.7.1 blocked", SendKind.REFUSED, "policy", Effect.NONE),
        ("rcpt", "452 4.2.2 full", SendKind.NOT_ACCEPTED, "mailbox_full", Effect.NONE),
        ("rcpt", "452 4.5.3 many", SendKind.NOT_ACCEPTED, "too_many_recipients", Effect.NONE),
        ("rcpt", "451 4.7.1 greylisted", SendKind.NOT_ACCEPTED, "throttled", Effect.SLOW_DOWN),
        ("data", "451 4.3.2 busy", SendKind.NOT_ACCEPTED, "relay_busy", Effect.SLOW_DOWN),
        ("data", "554 5.7.1 blocked", SendKind.REFUSED, "policy", Effect.NONE),
        ("content", "451 4.4.1 later", SendKind.NOT_ACCEPTED, "route_down", Effect.SLOW_DOWN),
        ("content", "554 5.6.0 bad", SendKind.REFUSED, "content", Effect.STOP_CAMPAIGN),
        ("content", "552 5.3.4 big", SendKind.REFUSED, "too_big", Effect.STOP_CAMPAIGN),
        ("content", "550 5.1.1 unknown", SendKind.INVALID, "mailbox_unknown", Effect.SUPPRESS),
        ("mail", "451 4.3.0 not now", SendKind.NOT_ACCEPTED, "relay_error", Effect.NONE),
    ],
)
def test_a_refused_recipient_gets_that_outcome_and_all_others_are_sent(  # noqa: PLR0913
    stage: Stage, when: str, reply: str, kind: SendKind, reason: str, effect: Effect
) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell(when, ODD, reply)
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        result = slice_.results[ODD]
        assert (result.kind, result.reason, result.effect) == (kind, reason, effect)
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene)


@pytest.mark.parametrize("odd", [{0}, {19}, {0, 1, 2}, {5, 6, 7, 8, 9}, set(range(20))], ids=str)
@pytest.mark.parametrize("data_reply", ["354 go on", "503 5.5.1 no recipient"])
def test_refused_recipients_anywhere_leave_no_empty_mail(
    stage: Stage, odd: set[int], data_reply: str
) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.data_without_recipient = data_reply
        for position in odd:
            rig.tell("rcpt", position, "550 5.1.1 unknown")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        assert {p for p, k in slice_.kinds().items() if k is SendKind.INVALID} == odd
        assert slice_.count(SendKind.SENT) == 20 - len(odd)
        assert all(b"Bonjour" in mail.content for mail in rig.relay.stored)
        check_account(slice_, rig.at_peer())

    stage.play(scene)


@pytest.mark.parametrize("when", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("action", ["cut", "421 4.3.2 going down"])
def test_a_line_that_breaks_before_the_content_loses_nobody(
    stage: Stage, when: str, action: str
) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell(when, ODD, action)  # on every connection
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        assert slice_.results[ODD].kind is SendKind.NOT_ACCEPTED
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene)


@pytest.mark.parametrize("when", ["mail", "rcpt", "data"])
def test_a_letter_left_by_a_broken_line_goes_over_the_next_one(stage: Stage, when: str) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell(when, ODD, "cut")

        def mend(position: int) -> None:
            if position == ODD + 3:
                rig.relay.actions.clear()

        slice_ = StrictSlice(messages(40), on_take=mend)
        await rig.connector.hand_over(slice_)
        assert slice_.results[ODD].kind in {SendKind.SENT, SendKind.NOT_ACCEPTED}
        assert slice_.count(SendKind.SENT) >= 39
        check_account(slice_, rig.at_peer())

    stage.play(scene)


@pytest.mark.parametrize("when", ["mail", "rcpt", "data"])
def test_a_relay_that_hangs_before_the_content_loses_nobody(stage: Stage, when: str) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell(when, ODD, "hang")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        result = slice_.results[ODD]
        assert (result.kind, result.reason) == (SendKind.NOT_ACCEPTED, "no_answer")
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene, command_timeout="0.2")


@pytest.mark.parametrize("when", ["part", "content"])
@pytest.mark.parametrize(
    ("action", "at_peer", "reason"),
    [
        ("cut", False, "connection_lost"),
        ("store cut", True, "connection_lost"),
        ("hang", False, "no_answer"),
        ("store hang", True, "no_answer"),
        ("store hello", True, "protocol_error"),
    ],
)
def test_after_the_final_dot_no_answer_is_a_doubt_and_only_for_that_recipient(
    stage: Stage, when: str, action: str, *, at_peer: bool, reason: str
) -> None:
    if when == "part" and action not in {"cut", "hang"}:
        pytest.skip("nothing is stored in the midst of the content")

    async def scene(rig: SmtpRig) -> None:
        rig.tell(when, ODD, action)
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        result = slice_.results[ODD]
        assert (result.kind, result.reason) == (SendKind.IN_DOUBT, reason)
        assert (ODD in rig.at_peer()) is at_peer
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene, answer_timeout=0.3)


def test_a_refusal_after_the_dot_is_believed_even_if_the_relay_kept_the_mail(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell("content", ODD, "store 451 late")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        assert slice_.results[ODD].kind is SendKind.NOT_ACCEPTED
        assert slice_.count(SendKind.SENT) == 19

    stage.play(scene)


def test_a_421_after_the_dot_is_not_sent_and_the_line_is_left(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell("content", ODD, "421 4.3.2 going down")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        assert slice_.results[ODD].kind is SendKind.NOT_ACCEPTED
        assert slice_.results[ODD].effect is Effect.SLOW_DOWN
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene)


def test_a_relay_that_takes_few_mails_a_connection_costs_nobody(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.per_connection = 3
        slice_ = StrictSlice(messages(40))
        await rig.connector.hand_over(slice_)
        assert slice_.count(SendKind.SENT) == 40
        check_account(slice_, rig.at_peer())
        assert rig.relay.connections >= 13

    stage.play(scene)


def test_an_unasked_farewell_after_each_mail_costs_nobody(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.farewell_after = "421 4.3.2 bye"
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        check_account(slice_, rig.at_peer())
        assert slice_.count(SendKind.SENT) == 20

    stage.play(scene)


def test_connections_are_renewed_after_so_many_mails(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        slice_ = StrictSlice(messages(40))
        await rig.connector.hand_over(slice_)
        check_account(slice_, rig.at_peer())
        assert slice_.count(SendKind.SENT) == 40
        assert rig.relay.connections >= 4

    stage.play(scene, messages="10")


def test_an_idle_connection_that_the_relay_closed_is_noticed_without_loss(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(10)))
        for session in list(rig.relay._sessions):
            session.cancel()
        slice_ = StrictSlice(messages(10, start=10))
        await rig.connector.hand_over(slice_)
        assert slice_.count(SendKind.SENT) == 10
        assert sorted(rig.at_peer()) == list(range(20))

    stage.play(scene)


def test_idle_connections_are_kept_for_a_while_and_then_closed(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(10)))
        opened = rig.relay.connections
        await rig.connector.hand_over(StrictSlice(messages(10, start=10)))
        assert rig.relay.connections == opened <= 2
        async with asyncio.timeout(5):
            while rig.relay._sessions:
                await asyncio.sleep(0.02)
        assert {dialogue[-1] for dialogue in rig.relay.dialogues} == {"QUIT"}

    stage.play(scene, idle="0.2")


def test_a_relay_that_refuses_our_sender_loses_nobody_and_opens_the_breaker(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.actions["mail", "*"] = "550 5.7.1 we do not like you"
        slice_ = StrictSlice(messages(2000))
        await rig.connector.hand_over(slice_)
        assert set(slice_.kinds().values()) == {SendKind.NOT_ACCEPTED}
        assert {result.effect for result in slice_.results.values()} == {Effect.OPEN_BREAKER}
        assert len(slice_.taken) <= 4  # no more than were under way
        assert rig.at_peer() == []

    stage.play(scene)


def test_dots_at_line_starts_arrive_as_they_were(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(3)))
        for mail in rig.relay.stored:
            assert b"\r\n.<a href" in mail.content or b"\r\n=2E<a href" in mail.content
            assert b"\r\n.." not in mail.content

    stage.play(scene)


def test_8bit_is_declared_and_used_only_where_announced(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(3)))
        for mail in rig.relay.stored:
            assert mail.options == ("BODY=8BITMIME" if rig.relay.eight_bit else "")
            assert ("Zoé".encode() in mail.content) is rig.relay.eight_bit

    stage.play(scene)


@pytest.mark.parametrize("offered", [True, False])
def test_an_address_beyond_ascii_needs_a_relay_that_takes_it(
    stage: Stage, *, offered: bool
) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.utf8 = offered
        odd = Addressee(0, "zoé@example.org", "0.0a1b2c3d", {"prenom": "Zoé"}, "https://x.test/u")
        slice_ = StrictSlice([composer().compose(odd), *messages(3, start=1)])
        await rig.connector.hand_over(slice_)
        if offered:
            assert slice_.count(SendKind.SENT) == 4
            mail = next(m for m in rig.relay.stored if m.recipient == "zoé@example.org")
            assert "SMTPUTF8" in mail.options
        else:
            assert slice_.results[0].kind is SendKind.INVALID
            assert slice_.results[0].reason == "smtputf8_unsupported"
            assert slice_.count(SendKind.SENT) == 3

    stage.play(scene)


def test_an_answer_that_comes_late_but_in_time_is_believed(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell("content", ODD, "store wait")
        slice_ = StrictSlice(messages(20))
        ended = asyncio.create_task(rig.connector.hand_over(slice_))
        await asyncio.sleep(0.1)
        assert not ended.done()
        await ended
        assert slice_.count(SendKind.SENT) == 20
        check_account(slice_, rig.at_peer())

    stage.play(scene)


def test_a_relay_gone_midway_ends_the_hand_over_and_loses_nobody(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        def vanish(position: int) -> None:
            if position == 10:
                assert rig.relay._server is not None
                rig.relay._server.close()
                for session in list(rig.relay._sessions):
                    session.cancel()

        slice_ = StrictSlice(messages(2000), on_take=vanish)
        with pytest.raises(ConnectorUnavailable) as caught:
            await rig.connector.hand_over(slice_)
        assert caught.value.reason == "connection_refused"
        assert not caught.value.open_breaker
        assert len(slice_.taken) < 50
        check_account(slice_, rig.at_peer())

    stage.play(scene)


def test_pipelining_is_used_where_announced_whatever_the_event_loop(stage: Stage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(4)))
        await asyncio.sleep(0.02)
        lines = {type(line) for line, _ in rig.connector._idle}  # type: ignore[attr-defined]
        assert lines == {Pipeline if rig.relay.pipelining else Lockstep}

    stage.play(scene)
