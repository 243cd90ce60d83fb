"""Connections to a relay: how they begin and end, what they announce and are told."""

import asyncio

import pytest

from channels.contract import Addressee, Effect, SendKind
from channels.email.lockstep import Lockstep
from channels.email.pipeline import Pipeline
from channels.errors import ConnectorUnavailable
from tests.contract.connector_rigs import (
    SMTP_KINDS,
    SmtpRig,
    SmtpStage,
    composer,
    messages,
)
from tests.contract.connector_slices import StrictSlice, check_account
from tests.relays.certificates import Certificates, make_certificates

ODD = 7  # the recipient with whom it happens


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(params=SMTP_KINDS, ids=lambda kind: kind.name)
def stage(request: pytest.FixtureRequest, certificates: Certificates) -> SmtpStage:
    return SmtpStage(request.param, certificates)


def test_a_relay_that_takes_few_mails_a_connection_costs_nobody(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.per_connection = 3
        slice_ = StrictSlice(messages(40))
        await rig.connector.hand_over(slice_)
        assert slice_.count(SendKind.SENT) == 40
        check_account(slice_, rig.at_peer())
        assert rig.relay.connections >= 13

    stage.play(scene)


def test_an_unasked_farewell_after_each_mail_costs_nobody(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.farewell_after = "421 4.3.2 bye"
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        check_account(slice_, rig.at_peer())
        assert slice_.count(SendKind.SENT) == 20

    stage.play(scene)


def test_connections_are_renewed_after_so_many_mails(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        slice_ = StrictSlice(messages(40))
        await rig.connector.hand_over(slice_)
        check_account(slice_, rig.at_peer())
        assert slice_.count(SendKind.SENT) == 40
        assert rig.relay.connections >= 4

    stage.play(scene, messages="10")


def test_an_idle_connection_that_the_relay_closed_is_noticed_without_loss(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(10)))
        for session in list(rig.relay._sessions):
            session.cancel()
        slice_ = StrictSlice(messages(10, start=10))
        await rig.connector.hand_over(slice_)
        assert slice_.count(SendKind.SENT) == 10
        assert sorted(rig.at_peer()) == list(range(20))

    stage.play(scene)


def test_idle_connections_are_kept_for_a_while_and_then_closed(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(10)))
        await rig.connector.hand_over(StrictSlice(messages(10, start=10)))
        assert rig.relay.connections <= 2  # as many as may be at a time: none was closed
        async with asyncio.timeout(20):
            await asyncio.gather(*rig.relay._sessions)
        assert {dialogue[-1] for dialogue in rig.relay.dialogues} == {"QUIT"}

    stage.play(scene, idle="1")


def test_a_relay_that_refuses_our_sender_loses_nobody_and_opens_the_breaker(
    stage: SmtpStage,
) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.relay.actions["mail", "*"] = "550 5.7.1 we do not like you"
        slice_ = StrictSlice(messages(2000))
        await rig.connector.hand_over(slice_)
        assert set(slice_.kinds().values()) == {SendKind.NOT_ACCEPTED}
        assert {result.effect for result in slice_.results.values()} == {Effect.OPEN_BREAKER}
        assert len(slice_.taken) <= 4  # no more than were under way
        assert rig.at_peer() == []

    stage.play(scene)


def test_dots_at_line_starts_arrive_as_they_were(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(3)))
        for mail in rig.relay.stored:
            assert b"\r\n.<a href" in mail.content or b"\r\n=2E<a href" in mail.content
            assert b"\r\n.." not in mail.content

    stage.play(scene)


def test_8bit_is_declared_and_used_only_where_announced(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(3)))
        for mail in rig.relay.stored:
            assert mail.options == ("BODY=8BITMIME" if rig.relay.eight_bit else "")
            assert ("Zoé".encode() in mail.content) is rig.relay.eight_bit

    stage.play(scene)


@pytest.mark.parametrize("offered", [True, False])
def test_an_address_beyond_ascii_needs_a_relay_that_takes_it(
    stage: SmtpStage, *, offered: bool
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


def test_an_answer_that_comes_late_but_in_time_is_believed(stage: SmtpStage) -> None:
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


def test_a_relay_gone_midway_ends_the_hand_over_and_loses_nobody(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        def vanish(position: int) -> None:
            if position == 10:
                rig.relay.vanish()

        slice_ = StrictSlice(messages(2000), on_take=vanish)
        with pytest.raises(ConnectorUnavailable) as caught:
            await rig.connector.hand_over(slice_)
        assert caught.value.reason == "connection_refused"
        assert not caught.value.open_breaker
        assert len(slice_.taken) < 50
        check_account(slice_, rig.at_peer())

    stage.play(scene)


def test_pipelining_is_used_where_announced_whatever_the_event_loop(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(4)))
        await asyncio.sleep(0.02)
        lines = {type(line) for line, _ in rig.connector._idle}  # type: ignore[attr-defined]
        assert lines == {Pipeline if rig.relay.pipelining else Lockstep}

    stage.play(scene)
