"""Malformed campaigns: each gives its own clear faults, all at once, and quotes no value."""

import json
from collections.abc import Callable

import pytest

from engine.wire import MAX_JOB_BYTES, JobFaults, decode_job
from engine.wire.faults import MAX_FAULTS
from tests.unit.wire.campaigns import EXAMPLE, Json, body, example
from tests.unit.wire.faulty import PERSON, drop, faults, inline, set_at

BODIES: dict[str, tuple[bytes, str, int | None]] = {
    "empty": (b"", "empty_body", None),
    "blank": (b" \r\n\t", "empty_body", None),
    "not UTF-8": (b'{"id":\n"caf\xe9"}', "not_utf8", 2),
    "UTF-16": ('{"id": "x"}'.encode("utf-16"), "not_utf8", 1),
    "cut off": (EXAMPLE[:400], "syntax", None),
    "trailing comma": (b'{"id": "a",\n}', "syntax", 2),
    "single quotes": (b"{'id': 'a'}", "syntax", 1),
    "comment": (b'{"id": "a" // mine\n}', "syntax", 1),
    "two documents": (b'{}\n\n{"id": 1}', "syntax", 3),
    "raw line break in a string": (b'{"id": "a\nb"}', "syntax", 1),
    "NaN": (b'{"a": "NaN",\n"b":\nNaN}', "syntax", 3),
    "infinity": (b'{"b": -Infinity}', "syntax", 1),
    "YAML": (b"id: noel\n", "syntax", 1),
    "nested too deeply": (b"[" * 100_000, "too_deep", None),
    "objects nested too deeply": (b'{"a":' * 100_000, "too_deep", None),
    "number without end": (b'{"id": ' + b"9" * 5000 + b"}", "number_out_of_range", None),
    "float out of range": (b'{"id": 1e999}', "number_out_of_range", None),
    "list": (b"[]", "wrong_type", None),
    "string": (b'"campaign"', "wrong_type", None),
    "null": (b"null", "wrong_type", None),
    "NUL": (EXAMPLE.replace(b"BOUTIQUE", b"BOU\\u0000QUE"), "bad_character", None),
    "half a surrogate pair": (EXAMPLE.replace(b"BOUTIQUE", b"\\ud83d"), "bad_character", None),
}


@pytest.mark.parametrize(("message", "reason", "line"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_campaign_at_all(message: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(JobFaults) as refusal:
        decode_job(message)
    (fault,) = refusal.value.faults
    assert fault.reason.value == reason
    if line is not None:
        assert fault.line == line


def test_a_body_larger_than_allowed() -> None:
    assert faults(b" " * MAX_JOB_BYTES + b"{}") == [("", "too_big")]
    with pytest.raises(JobFaults, match="larger than 100 bytes"):
        decode_job(EXAMPLE, max_bytes=100)


SHAPES: dict[str, tuple[Callable[[Json], None], list[tuple[str, str]]]] = {
    "other schema": (
        set_at("schema", "chappe.campaign/9"),
        [("schema", "not_allowed")],
    ),
    "no schema": (drop("schema"), [("schema", "missing")]),
    "no id, no content": (drop("id", "content"), [("id", "missing"), ("content", "missing")]),
    "id of blanks": (set_at("id", "noel 2026"), [("id", "bad_form")]),
    "id with a line break at its end": (set_at("id", "noel\n"), [("id", "bad_form")]),
    "id that is a number": (set_at("id", 12), [("id", "wrong_type")]),
    "controller in capitals": (set_at("controller", "Boutique"), [("controller", "bad_form")]),
    "controller too long": (set_at("controller", "a" * 65), [("controller", "bad_form")]),
    "unknown kind": (set_at("kind", "promo"), [("kind", "not_allowed")]),
    "unknown relation": (set_at("relation", "friend"), [("relation", "not_allowed")]),
    "unknown field": (set_at("sujet", 1), [("sujet", "unknown_field")]),
    "unknown field, named like a person": (
        lambda tree: tree.update({PERSON: 1}),
        [("*", "unknown_field")],
    ),
    "basis is a word": (set_at("basis", "consent"), [("basis", "wrong_type")]),
    "unknown basis": (set_at("basis.type", "cgu"), [("basis.type", "not_allowed")]),
    "pre-ticked box": (
        set_at("basis.proof.method", "ticked_box"),
        [("basis.proof.method", "not_allowed")],
    ),
    "day of consent that is none": (
        set_at("basis.proof.given_at", "2026-02-30"),
        [("basis.proof.given_at", "bad_form")],
    ),
    "proof of another basis": (
        set_at("basis.proof.contract_ref", "c-1"),
        [("basis.proof.contract_ref", "contradiction")],
    ),
    "nobody to reach": (set_at("recipients", {}), [("recipients", "missing")]),
    "two sources": (
        set_at("recipients.inline", [{"email": PERSON}]),
        [("recipients", "contradiction")],
    ),
    "file outside the drop folder": (
        set_at("recipients", {"file": {"name": "../etc/passwd", "sha256": "0" * 64}}),
        [("recipients.file.name", "bad_form")],
    ),
    "file without its hash": (
        set_at("recipients", {"file": {"name": "a.csv"}}),
        [("recipients.file.sha256", "missing")],
    ),
    "no inline row": (inline(), [("recipients.inline", "too_short")]),
    "too many inline rows": (
        inline(*[{"email": PERSON}] * 1001),
        [("recipients.inline", "too_long")],
    ),
    "row without an address": (
        inline({"email": PERSON}, {"ref": "c-2", "tel": "", "post": None}),
        [("recipients.inline.1", "missing")],
    ),
    "row that is a string": (inline(PERSON), [("recipients.inline.0", "wrong_type")]),
    "row with an object": (
        inline({"email": PERSON, "prenom": {"fr": PERSON}}),
        [("recipients.inline.0.*", "wrong_type")],
    ),
    "row with a fraction": (
        inline({"tel": 33639980123.0}),
        [("recipients.inline.0.tel", "wrong_type")],
    ),
    "row with a column that is a name": (
        inline({"email": PERSON, PERSON: "x"}),
        [("recipients.inline.0", "bad_form")],
    ),
    "no channel": (set_at("route", []), [("route", "too_short")]),
    "channel twice": (set_at("route", ["sms", "email", "sms"]), [("route", "repeated")]),
    "unknown channel": (set_at("route", ["sms", "pigeon"]), [("route.1", "not_allowed")]),
    "route without content": (set_at("route", ["sms", "fax"]), [("content.fax", "missing")]),
    "content without a field": (
        set_at("content.sms", {"sender": "BOUTIQUE"}),
        [("content.sms.text", "missing")],
    ),
    "empty text": (set_at("content.sms.text", ""), [("content.sms.text", "too_short")]),
    "sender too long": (
        set_at("content.sms.sender", "B" * 17),
        [("content.sms.sender", "too_long")],
    ),
    "header injected": (
        set_at("content.email.subject", f"Hello\r\nBcc: {PERSON}"),
        [("content.email.subject", "bad_form")],
    ),
    "sender without an address": (
        set_at("content.email.from", "Boutique"),
        [("content.email.from", "bad_form")],
    ),
    "two senders": (
        set_at("content.email.from", f"a@example.org, {PERSON}"),
        [("content.email.from", "bad_form")],
    ),
    "reply to nobody": (
        set_at("content.email.reply_to", "@"),
        [("content.email.reply_to", "bad_form")],
    ),
    "unknown fallback": (
        set_at("fallback.on", ["failed", "denied"]),
        [("fallback.on.1", "not_allowed")],
    ),
    "fallback twice": (
        set_at("fallback.on", ["failed", "failed"]),
        [("fallback.on", "repeated")],
    ),
    "instant without its offset": (
        set_at("schedule.not_before", "2026-11-26T09:00:00"),
        [("schedule.not_before", "bad_form")],
    ),
    "end before the start": (
        set_at("schedule.not_after", "2026-11-26T08:59:00+01:00"),
        [("schedule.not_after", "contradiction")],
    ),
    "spread over the end": (
        set_at("schedule.spread", "P3D"),
        [("schedule.spread", "contradiction")],
    ),
    "spread in words": (
        set_at("schedule.spread", "2 hours"),
        [("schedule.spread", "bad_form")],
    ),
    "urgent, but spread": (set_at("priority", "urgent"), [("schedule.spread", "contradiction")]),
    "safety for marketing": (set_at("safety", True), [("safety", "contradiction")]),
    "history of no time": (set_at("history", "PT0S"), [("history", "too_short")]),
    "history for ever": (set_at("history", "P99Y"), [("history", "too_long")]),
    "flag as a word": (set_at("visits", "yes"), [("visits", "wrong_type")]),
    "flag as a number": (set_at("visits", 1), [("visits", "wrong_type")]),
    "null where a value is due": (set_at("purpose", None), [("purpose", "wrong_type")]),
}


@pytest.mark.parametrize(("change", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_a_fault_is_named_with_its_field(
    change: Callable[[Json], None], expected: list[tuple[str, str]]
) -> None:
    tree = example()
    change(tree)
    assert faults(body(tree)) == expected


def test_every_fault_is_named_at_once() -> None:
    tree = example()
    tree["id"] = "a b"
    tree["content"]["email"]["subject"] = 7
    tree["content"]["sms"]["tekst"] = PERSON
    tree["schedule"]["not_after"] = "2026-11-25T00:00:00Z"
    tree["recipients"] = {"list": "a", "inline": [{"email": PERSON}, {"ref": "x"}]}
    del tree["kind"]
    assert set(faults(body(tree))) == {
        ("id", "bad_form"),
        ("content.email.subject", "wrong_type"),
        ("content.sms.tekst", "unknown_field"),
        ("schedule.not_after", "contradiction"),
        ("recipients", "contradiction"),
        ("recipients.inline.1", "missing"),
        ("kind", "missing"),
    }


def test_a_field_given_twice_is_refused_and_named_by_its_path() -> None:
    twice = EXAMPLE.replace(b'"subject":', b'"subject": "first", "subject":')
    assert faults(twice) == [("content.email.subject", "duplicate_field")]
    both = twice.replace(b'"kind": "marketing"', b'"kind": "marketing", "kind": "x"')
    assert set(faults(both)) == {
        ("content.email.subject", "duplicate_field"),
        ("kind", "duplicate_field"),
        ("kind", "not_allowed"),
    }


def test_the_number_of_faults_is_bounded() -> None:
    tree = example()
    tree["recipients"] = {"inline": [{"prenom": PERSON}] * 1000}
    assert len(faults(body(tree))) == MAX_FAULTS
    tree["recipients"] = {"inline": [[]] * 100_000}
    assert len(faults(body(tree))) == MAX_FAULTS


def test_a_hostile_list_of_a_million_values_is_answered() -> None:
    mixed = json.dumps(["sms", 1, None, {}] * 250_000)
    text = EXAMPLE.decode().replace('["sms", "email"],\n "fallback"', f'{mixed},\n "fallback"')
    assert len(faults(text.encode())) == MAX_FAULTS


def test_a_fault_reads_as_one_line_for_people() -> None:
    with pytest.raises(JobFaults) as refusal:
        decode_job(b"{\n")
    (fault,) = refusal.value.faults
    assert str(fault).startswith("message, line 2: broken JSON at column 1: ")
    assert str(fault).endswith("(syntax)")
