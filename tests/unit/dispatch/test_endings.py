"""What each answer of a connector means for a recipient: one row of a table each."""

from collections import Counter
from dataclasses import dataclass, field
from typing import cast

import pytest

from channels.contract import Channel, Effect, Idempotency, SendKind, SendResult, Traits
from engine.app import App
from engine.blocks import Block, Point, Recipient
from engine.briefing import Briefing
from engine.endings import BACK_OFF, Landing, follow_ups, land
from engine.open_batch import OpenBatch
from engine.protocol import Holder
from engine.slices import LiveSlice, Window
from engine.states import Outcome
from engine.store.claims import Claim
from engine.tokens import TokenMint

NOW = 1_800_000_000_000
KEY = bytes(range(32))
SENT, REFUSED, INVALID, DOUBT = (
    SendKind.SENT,
    SendKind.REFUSED,
    SendKind.INVALID,
    SendKind.IN_DOUBT,
)
NO = SendKind.NOT_ACCEPTED
ALL = frozenset({"no_address", "invalid", "failed"})


@dataclass(frozen=True, slots=True)
class Case:
    """One answer, in which round and leg, and what becomes of the recipient."""

    result: SendResult
    outcome: Outcome | None = None
    again: int | None = None  # milliseconds until the next round
    onward: bool = False
    back: bool = False  # to this very batch
    round: int = 1
    legs: int = 1
    usable: int = 1
    fallback: frozenset[str] = ALL
    resend: bool = False
    idempotency: Idempotency = Idempotency.NONE
    also: dict[str, object] = field(default_factory=dict)


LAST = len(BACK_OFF)
CASES = {
    "sent": Case(SendResult(SENT), Outcome.SENT, also={"served": True}),
    "refused": Case(SendResult(REFUSED, "policy"), Outcome.FAILED, also={"served": True}),
    "refused, another leg": Case(
        SendResult(REFUSED, "policy"), Outcome.PASSED_ON, onward=True, legs=2
    ),
    "refused, another leg, but not for failures": Case(
        SendResult(REFUSED), Outcome.FAILED, legs=2, fallback=frozenset({"invalid"})
    ),
    "invalid": Case(SendResult(INVALID, "mailbox_unknown"), Outcome.INVALID),
    "invalid, another leg": Case(SendResult(INVALID), Outcome.PASSED_ON, onward=True, legs=2),
    "invalid and dead": Case(
        SendResult(INVALID, "unknown", Effect.SUPPRESS), Outcome.INVALID, also={"suppress": [0]}
    ),
    "in doubt": Case(SendResult(DOUBT, "no_answer"), Outcome.IN_DOUBT),
    "in doubt never goes on": Case(SendResult(DOUBT), Outcome.IN_DOUBT, legs=2),
    "in doubt, to be sent again, without a key": Case(
        SendResult(DOUBT), Outcome.IN_DOUBT, resend=True
    ),
    "in doubt, to be sent again, with a key": Case(
        SendResult(DOUBT), again=BACK_OFF[0], resend=True, idempotency=Idempotency.KEY
    ),
    "in doubt, with a key, not to be sent again": Case(
        SendResult(DOUBT), Outcome.IN_DOUBT, idempotency=Idempotency.KEY
    ),
    "not accepted": Case(SendResult(NO, "busy"), again=BACK_OFF[0], also={"served": True}),
    "not accepted, second round": Case(SendResult(NO), again=BACK_OFF[1], round=2),
    "not accepted, another connector": Case(SendResult(NO), again=0, usable=2),
    "not accepted by either of two": Case(SendResult(NO), again=BACK_OFF[0], usable=2, round=2),
    "not accepted, told when": Case(SendResult(NO, retry_after=7200.0), again=7_200_000),
    "not accepted, last round": Case(SendResult(NO), again=BACK_OFF[-1], round=LAST),
    "not accepted once too often": Case(SendResult(NO, "busy"), Outcome.FAILED, round=LAST + 1),
    "not accepted once too often, another leg": Case(
        SendResult(NO), Outcome.PASSED_ON, onward=True, round=LAST + 1, legs=2
    ),
    "our set-up is at fault, in the last round": Case(
        SendResult(NO, "auth_refused", Effect.OPEN_BREAKER), back=True, round=LAST + 1
    ),
    "our set-up is at fault": Case(
        SendResult(NO, "auth_refused", Effect.OPEN_BREAKER),
        back=True,
        also={"breaker": "auth_refused", "served": False},
    ),
    "throttled": Case(
        SendResult(NO, "slow", Effect.SLOW_DOWN), again=BACK_OFF[0], also={"throttled": 1}
    ),
    "the content is at fault": Case(
        SendResult(REFUSED, "content", Effect.STOP_CAMPAIGN),
        Outcome.FAILED,
        also={"stop_campaign": "content"},
    ),
}


def _batch(case: Case, leg: int = 1) -> OpenBatch:
    briefing = Briefing(
        campaign_id=5,
        controller=1,
        controller_name="boutique",
        campaign_name="c",
        purpose="offres",
        expiry_month=203611,
        not_after=NOW + 86_400_000,
        resend_doubt=case.resend,
        urgent=False,
        route=(Channel.EMAIL, Channel.SMS)[: case.legs],
        fallback=case.fallback,
        composers=(),
        sends=(),
        connectors={},
        mint=TokenMint(1, KEY, KEY),
        reference_key=KEY,
        public_url="https://chappe.test",
    )
    claim = Claim(9, 5, 1, 3, leg, case.round, "email", 2.5, b"t", 1, b"\x01", b"", b"", 0, 0)
    point = Point("a@example.org", b"c" * 16, b"p" * 16)
    block = Block(("email", "tel"), (), [Recipient(b"q" * 16, "r", (point, None), ())])
    return OpenBatch(claim, briefing, block, 0)


def _land(case: Case) -> Landing:
    batch = _batch(case)
    live = LiveSlice([0], batch.compose, Window(10.0, 10.0), lambda: 0.0)
    live._taken.add(0)
    live.settle(0, case.result)
    return land(batch, live, Traits(1, case.idempotency), 4, case.usable, NOW)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_answer_has_one_meaning(case: Case) -> None:
    landing = _land(case)
    assert [row.outcome for row in landing.rows] == ([case.outcome] if case.outcome else [])
    assert landing.again == ([0] if case.again is not None else [])
    assert landing.onward == ([0] if case.onward else [])
    assert landing.back == ([0] if case.back else [])
    if case.again is not None:
        assert landing.again_at == NOW + case.again
    for name, value in case.also.items():
        assert getattr(landing, name) == value


def test_units_are_billed_for_what_was_or_may_have_been_sent() -> None:
    def units(kind: SendKind) -> list[int]:
        return [row.units for row in _land(Case(SendResult(kind, units=3))).rows]

    assert units(SENT) == [3]
    assert units(DOUBT) == [3]
    assert units(REFUSED) == [0]


def test_a_row_names_connector_reference_and_keys_and_nobody() -> None:
    (row,) = _land(Case(SendResult(SENT, provider_ref="x-1"))).rows
    assert (row.connector, row.provider_ref, row.at) == (4, "x-1", NOW)
    assert (row.contact_key, row.person_key) == (b"c" * 16, b"q" * 16)
    assert "example.org" not in repr(row)


def _holder(batch: OpenBatch) -> Holder:
    return Holder(cast("App", None), batch.claim, 1, lambda: False)  # nothing is written here


def test_another_round_comes_due_at_the_campaigns_end_at_the_latest() -> None:
    batch = _batch(Case(SendResult(NO)))
    holder = _holder(batch)
    holder.again, holder.again_at = {0}, NOW + 10**10
    (born,) = follow_ups(batch, holder, NOW)
    assert born.not_before == batch.briefing.not_after
    assert (born.leg, born.round, born.lane) == (1, 2, "email")


def test_whoever_goes_on_starts_at_once_in_the_next_channels_lane() -> None:
    batch = _batch(Case(SendResult(NO), legs=2))
    holder = _holder(batch)
    holder.onward = {0}
    (born,) = follow_ups(batch, holder, NOW)
    assert (born.leg, born.round, born.lane, born.not_before) == (2, 1, "sms", NOW)


def test_another_round_says_why_most_were_not_accepted() -> None:
    batch = _batch(Case(SendResult(NO)))
    holder = _holder(batch)
    for reason in ("busy", "throttled", "throttled"):
        holder.again_reasons.update(_land(Case(SendResult(NO, reason))).again_reasons)
    holder.again = {0, 1, 2}
    (born,) = follow_ups(batch, holder, NOW)
    assert born.again_reason == "throttled"


def test_who_gave_no_reason_was_not_accepted() -> None:
    assert _land(Case(SendResult(NO))).again_reasons == Counter({"not_accepted": 1})
