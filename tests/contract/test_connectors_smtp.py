"""What becomes of a recipient whatever a relay does, pipelined and in lockstep alike."""

import asyncio
import random

import pytest

from channels.contract import Effect, SendKind
from tests.contract.connector_rigs import (
    SMTP_KINDS,
    SmtpRig,
    SmtpStage,
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
def test_a_refused_recipient_gets_that_outcome_and_all_others_are_sent(
    stage: SmtpStage, when: str, reply: str, kind: SendKind, reason: str, effect: Effect
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
    stage: SmtpStage, odd: set[int], data_reply: str
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
    stage: SmtpStage, when: str, action: str
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
def test_a_letter_left_by_a_broken_line_goes_over_the_next_one(stage: SmtpStage, when: str) -> None:
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
def test_a_relay_that_hangs_before_the_content_loses_nobody(stage: SmtpStage, when: str) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell(when, ODD, "hang")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        result = slice_.results[ODD]
        assert (result.kind, result.reason) == (SendKind.NOT_ACCEPTED, "no_answer")
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene, command_timeout="0.5")


@pytest.mark.parametrize(
    ("when", "action", "at_peer", "reason"),
    [
        ("part", "cut", False, "connection_lost"),
        ("part", "hang", False, "no_answer"),
        ("content", "cut", False, "connection_lost"),
        ("content", "store cut", True, "connection_lost"),
        ("content", "hang", False, "no_answer"),
        ("content", "store hang", True, "no_answer"),
        ("content", "store hello", True, "protocol_error"),
        ("content", "store 354 what", True, "protocol_error"),
    ],
)
def test_after_the_final_dot_no_answer_is_a_doubt_and_only_for_that_recipient(
    stage: SmtpStage, when: str, action: str, *, at_peer: bool, reason: str
) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell(when, ODD, action)
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        result = slice_.results[ODD]
        assert (result.kind, result.reason) == (SendKind.IN_DOUBT, reason)
        assert (ODD in rig.at_peer()) is at_peer
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene, answer_timeout=0.5)


@pytest.mark.parametrize("when", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("nonsense", ["hello", "", "100 what", "999 what", "354 no"])
def test_a_reply_that_is_none_before_the_content_loses_nobody(
    stage: SmtpStage, when: str, nonsense: str
) -> None:
    async def scene(rig: SmtpRig) -> None:
        right_there = (when, nonsense) == ("data", "354 no")
        rig.tell(when, ODD, "250 odd" if right_there else nonsense or " ")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        assert slice_.results[ODD].kind is SendKind.NOT_ACCEPTED
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene)


ACTIONS = {
    "mail": ["cut", "421 bye", "451 4.3.2 later", "hang", "hello"],
    "rcpt": ["cut", "421 bye", "550 5.1.1 no", "450 4.2.2 full", "550 5.7.1 no", "hang"],
    "data": ["cut", "421 bye", "451 4.3.2 later", "554 5.7.1 no", "250 odd"],
    "part": ["cut", "hang"],
    "content": [
        "cut",
        "store cut",
        "451 4.3.0 no",
        "554 5.6.0 no",
        "421 bye",
        "hang",
        "store hang",
    ],
}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_together_the_account_is_right(stage: SmtpStage, seed: int) -> None:
    chance = random.Random(seed)

    async def scene(rig: SmtpRig) -> None:
        rig.relay.data_without_recipient = chance.choice(["354 go on", "503 no recipient"])
        rig.relay.per_connection = chance.choice([0, 0, 1, 2, 5])
        rig.relay.farewell_after = chance.choice([None, None, "421 4.3.2 bye"])
        for position in chance.sample(range(80), 16):
            when = chance.choice(list(ACTIONS))
            rig.tell(when, position, chance.choice(ACTIONS[when]))
        slices = [
            StrictSlice(messages(40), shut=set(chance.sample(range(40), 3))),
            StrictSlice(messages(40, start=40), stop_after=chance.choice([5, 39, 40])),
        ]
        await asyncio.gather(*map(rig.connector.hand_over, slices))
        check_account(slices[0], [p for p in rig.at_peer() if p < 40])
        check_account(slices[1], [p for p in rig.at_peer() if p >= 40])

    stage.play(scene, answer_timeout=0.2, command_timeout="0.2", connections="3")


def test_a_refusal_after_the_dot_is_believed_even_if_the_relay_kept_the_mail(
    stage: SmtpStage,
) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell("content", ODD, "store 451 late")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        assert slice_.results[ODD].kind is SendKind.NOT_ACCEPTED
        assert slice_.count(SendKind.SENT) == 19

    stage.play(scene)


def test_a_421_after_the_dot_is_not_sent_and_the_line_is_left(stage: SmtpStage) -> None:
    async def scene(rig: SmtpRig) -> None:
        rig.tell("content", ODD, "421 4.3.2 going down")
        slice_ = StrictSlice(messages(20))
        await rig.connector.hand_over(slice_)
        assert slice_.results[ODD].kind is SendKind.NOT_ACCEPTED
        assert slice_.results[ODD].effect is Effect.SLOW_DOWN
        assert slice_.count(SendKind.SENT) == 19
        check_account(slice_, rig.at_peer())

    stage.play(scene)
