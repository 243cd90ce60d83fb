"""SMTP replies: the table, code by code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Effect, SendKind
from channels.email.replies import Stage, classify

NONE, SUPPRESS, BREAKER = Effect.NONE, Effect.SUPPRESS, Effect.OPEN_BREAKER
SLOW, STOP = Effect.SLOW_DOWN, Effect.STOP_CAMPAIGN
INVALID, REFUSED, NOT_ACCEPTED = SendKind.INVALID, SendKind.REFUSED, SendKind.NOT_ACCEPTED


@pytest.mark.parametrize(
    ("reply", "kind", "effect", "reason"),
    [
        ("550 5.1.1 no such user", INVALID, SUPPRESS, "mailbox_unknown"),
        ("550 5.1.2 no such domain", INVALID, SUPPRESS, "domain_unknown"),
        ("553 5.1.3 odd", INVALID, SUPPRESS, "address_malformed"),
        ("556 5.1.10 null MX", INVALID, SUPPRESS, "domain_takes_no_mail"),
        ("550 5.2.1 disabled", INVALID, SUPPRESS, "mailbox_disabled"),
        ("552 5.2.2 full", REFUSED, NONE, "mailbox_full"),
        ("552 5.3.4 too big", REFUSED, STOP, "too_big"),
        ("554 5.6.1 media", REFUSED, STOP, "content"),
        ("554 5.6.0 media", REFUSED, STOP, "content"),
        ("550 5.7.1 blocked", REFUSED, NONE, "policy"),
        ("550 5.7.133 restricted", REFUSED, NONE, "policy"),
        ("550 5.7.26 unauthenticated", REFUSED, NONE, "policy"),
        ("535 5.7.8 login", NOT_ACCEPTED, BREAKER, "login_needed"),
        ("530 5.7.0 login first", NOT_ACCEPTED, BREAKER, "login_needed"),
        ("550 5.1.8 bad sender", NOT_ACCEPTED, BREAKER, "sender_refused"),
        ("550 no user here, they say", REFUSED, NONE, "mailbox_unavailable"),
        ("550 5.1.0 address", REFUSED, NONE, "mailbox_unavailable"),
        ("550 5.0.0 no", REFUSED, NONE, "mailbox_unavailable"),
        ("553 odd", INVALID, NONE, "address_malformed"),
        ("554 no", REFUSED, NONE, "refused"),
        ("554 5.9.9 future", REFUSED, NONE, "refused"),
        ("450 4.2.2 full", NOT_ACCEPTED, NONE, "mailbox_full"),
        ("451 4.3.2 busy", NOT_ACCEPTED, SLOW, "relay_busy"),
        ("451 4.4.2 cut", NOT_ACCEPTED, SLOW, "route_down"),
        ("450 4.7.1 greylisted", NOT_ACCEPTED, SLOW, "throttled"),
        ("452 4.5.3 too many", NOT_ACCEPTED, NONE, "too_many_recipients"),
        ("452 full", NOT_ACCEPTED, NONE, "relay_full"),
        ("421 4.7.0 enough", NOT_ACCEPTED, SLOW, "closing"),
        ("421 bye", NOT_ACCEPTED, SLOW, "closing"),
        ("499 odd", NOT_ACCEPTED, NONE, "deferred"),
        ("450 5.1.1 contradicts itself", NOT_ACCEPTED, NONE, "mailbox_busy"),
        ("550 5.1.1.1 no code", REFUSED, NONE, "mailbox_unavailable"),
        ("550 see 5.1.1", REFUSED, NONE, "mailbox_unavailable"),
    ],
)
def test_each_reply_to_a_recipient_has_its_outcome(
    reply: str, kind: SendKind, effect: Effect, reason: str
) -> None:
    result = classify(Stage.RCPT, int(reply[:3]), reply[4:].encode())
    assert (result.kind, result.effect, result.reason) == (kind, effect, reason)


@pytest.mark.parametrize("reply", ["550 5.1.1 x", "554 5.7.1 x", "501 x", "530 x"])
def test_a_refused_sender_is_a_fault_of_ours_and_loses_nobody(reply: str) -> None:
    result = classify(Stage.MAIL, int(reply[:3]), reply[4:].encode())
    assert (result.kind, result.effect) == (NOT_ACCEPTED, BREAKER)


@given(st.sampled_from(Stage), st.integers(-1, 1000), st.binary(max_size=20))
def test_any_reply_has_an_outcome_that_fits_the_stage(stage: Stage, code: int, text: bytes) -> None:
    result = classify(stage, code, text)
    assert result.kind is not SendKind.SENT
    if result.kind is SendKind.IN_DOUBT:
        assert stage is Stage.CONTENT
        assert not 400 <= code < 600
    if 400 <= code < 500:
        assert result.kind is NOT_ACCEPTED
    assert result.effect is not SUPPRESS or result.kind is INVALID
