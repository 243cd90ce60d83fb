import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from channels.contract import Channel
from engine.wire import (
    CampaignJob,
    Fault,
    FaultReason,
    JobFaults,
    decode_job,
    encode_job,
    job_fingerprint,
)
from engine.wire.instants import Duration, to_millis
from engine.wire.schema import job_schema
from tests.unit.wire.campaigns import EXAMPLE, Json, any_json, body, example, unhurried, valid_jobs


def test_the_published_example_decodes_to_types() -> None:
    job = decode_job(EXAMPLE)
    assert job.route == (Channel.SMS, Channel.EMAIL)
    assert job.fallback.receipt_wait == Duration.parse("PT6H")
    assert job.content.email is not None
    assert job.content.email.sender == "Boutique <info@boutique.example.org>"
    assert job.schedule.not_before is not None
    assert to_millis(job.schedule.not_before) == 1_795_680_000_000
    assert job.history == Duration(months=24)


def test_what_is_left_out_has_documented_defaults() -> None:
    tree = example()
    for name in ("fallback", "schedule", "priority", "on_doubt", "history", "visits"):
        del tree[name]
    job = decode_job(body(tree))
    assert [reason.value for reason in job.fallback.on] == ["no_address", "invalid", "failed"]
    assert job.schedule.not_before is None
    assert (job.priority.value, job.on_doubt.value, job.visits) == ("normal", "record", False)


def test_a_byte_order_mark_in_front_is_forgiven() -> None:
    assert decode_job(b"\xef\xbb\xbf" + EXAMPLE) == decode_job(EXAMPLE)


@unhurried
@given(valid_jobs)
def test_any_valid_campaign_round_trips(tree: Json) -> None:
    job = decode_job(body(tree))
    assert decode_job(encode_job(job)) == job
    assert job_fingerprint(decode_job(encode_job(job))) == job_fingerprint(job)


@unhurried
@given(valid_jobs)
def test_any_valid_campaign_is_valid_by_the_published_schema(tree: Json) -> None:
    Draft202012Validator(job_schema()).validate(tree)


@unhurried
@given(valid_jobs, st.data())
def test_any_change_of_a_campaign_gives_faults_or_a_campaign(tree: Json, data: Any) -> None:
    tree = deepcopy(tree)
    for _ in range(data.draw(st.integers(1, 3))):
        _change(tree, data)
    for fault in faults_of(body(tree)):
        # The answer to a fault that only one of the two readers sees; never needed.
        assert fault.field or fault.reason is not FaultReason.BAD_FORM


def faults_of(message: bytes) -> tuple[Fault, ...]:
    """Return the faults of a message, none when it is a campaign; let other errors through."""
    try:
        job = decode_job(message)
    except JobFaults as refusal:
        return refusal.faults
    assert isinstance(job, CampaignJob)
    return ()


def _change(tree: Json, data: Any) -> None:
    """Replace, drop or add one field at any depth."""
    node: Any = tree
    while True:
        keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(node[key], dict | list) and data.draw(st.booleans()):
            node = node[key]
            continue
        break
    match data.draw(st.sampled_from(["replace", "drop", "add"])):
        case "replace":
            node[key] = data.draw(any_json)
        case "drop":
            del node[key]
        case "add" if isinstance(node, dict):
            node[data.draw(st.text(max_size=5))] = data.draw(any_json)
        case _:
            node.append(data.draw(any_json))


@unhurried
@given(st.binary(max_size=40) | any_json.map(lambda tree: json.dumps(tree).encode()))
def test_any_bytes_give_faults(data: bytes) -> None:
    with pytest.raises(JobFaults):
        decode_job(data)


@unhurried
@given(st.data())
def test_any_damage_to_the_bytes_gives_faults_or_a_campaign(data: Any) -> None:
    at = data.draw(st.integers(0, len(EXAMPLE) - 1))
    damaged = EXAMPLE[:at] + data.draw(st.binary(max_size=3)) + EXAMPLE[at + 1 :]
    faults_of(damaged)


_DEFAULTED = {"priority", "on_doubt", "visits"}
SAME = {
    "order": lambda tree: dict(reversed(tree.items())),
    "defaults left out": lambda tree: {k: v for k, v in tree.items() if k not in _DEFAULTED},
    "null for the default": lambda tree: tree | {"safety": False},
    "another way to write an instant": lambda tree: (
        tree | {"schedule": tree["schedule"] | {"not_before": "2026-11-26T08:00:00.000Z"}}
    ),
    "another way to write a duration": lambda tree: tree | {"history": "P24M"},
}
OTHER = {
    "text": lambda tree: tree | {"purpose": "offre"},
    "flag": lambda tree: tree | {"visits": True},
    "order of the route": lambda tree: tree | {"route": ["email", "sms"]},
    "list": lambda tree: tree | {"recipients": {"list": "clients-lyon"}},
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_a_campaign_written_otherwise_has_the_same_fingerprint(change: Any) -> None:
    assert job_fingerprint(decode_job(body(change(example())))) == job_fingerprint(
        decode_job(EXAMPLE)
    )


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER.keys())
def test_another_campaign_has_another_fingerprint(change: Any) -> None:
    assert job_fingerprint(decode_job(body(change(example())))) != job_fingerprint(
        decode_job(EXAMPLE)
    )


def test_the_fingerprint_of_the_example_never_changes() -> None:
    # It is stored with each campaign: a change would make every repeated campaign look altered.
    assert job_fingerprint(decode_job(EXAMPLE)).hex() == (
        "4ce97f3690cffaf09207d0d1be0f5019ef47a994eed17c8e69a843589c4e78d9"
    )
