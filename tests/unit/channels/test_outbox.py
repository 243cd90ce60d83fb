"""The outbox: files that one can open."""

import asyncio
import email
import email.policy
import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from channels.contract import (
    Addressee,
    Channel,
    ConnectorConfig,
    Effect,
    Idempotency,
    Message,
    Sender,
    SendKind,
)
from channels.errors import ConnectorUnavailable
from channels.outbox import OutboxConnector, outbox_connector
from channels.plain import TextParts
from channels.registry import build_composer
from tests.contract.connector_rigs import messages
from tests.contract.connector_slices import StrictSlice


def outbox(folder: Path, channel: Channel = Channel.EMAIL, **options: str) -> OutboxConnector:
    config = ConnectorConfig("outbox", "outbox", channel, {"folder": str(folder), **options})
    return outbox_connector(config, {})


def hand_over(connector: OutboxConnector, slice_: StrictSlice) -> None:
    asyncio.run(connector.hand_over(slice_))


def failing(number: int) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("fsync", ["yes", "no"])
def test_an_email_is_a_file_that_mail_programs_open(tmp_path: Path, fsync: str) -> None:
    hand_over(outbox(tmp_path / "out", fsync=fsync), StrictSlice(messages(2)))
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["00000000.0a1b2c3d.eml", "00000001.0a1b2c3d.eml"]
    read = email.message_from_bytes(files[1].read_bytes(), policy=email.policy.default)
    assert read["To"] == "r1@example.org"
    assert read["Subject"] == "Bonjour Zoé"


def test_an_sms_is_a_json_file_with_its_size(tmp_path: Path) -> None:
    sender = Sender("boutique", "noel", "bounce.example.org")
    content = {"sender": "BOUTIQUE", "text": "ê{{ v }}"}
    composer = build_composer(Channel.SMS, content, sender, now=lambda: 0)
    message = composer.compose(Addressee(0, "+33639980101", "ab.cd", {"v": "x" * 100}))
    slice_ = StrictSlice([message])
    hand_over(outbox(tmp_path, Channel.SMS), slice_)
    assert slice_.results[0].units == 2
    assert json.loads((tmp_path / "ab.cd.json").read_text()) == {
        "channel": "sms",
        "reference": "ab.cd",
        "to": "+33639980101",
        "sender": "BOUTIQUE",
        "text": "ê" + "x" * 100,
        "units": 2,
    }


def test_a_call_is_a_json_file_with_the_number_that_it_shows(tmp_path: Path) -> None:
    sender = Sender("boutique", "noel", "bounce.example.org")
    content = {"text": "Bonjour. {{ stop }}", "number": "0199 00 12 34"}
    composer = build_composer(Channel.VOICE, content, sender, now=lambda: 0)
    slice_ = StrictSlice([composer.compose(Addressee(0, "+33639980101", "ab.cd", {}))])
    hand_over(outbox(tmp_path, Channel.VOICE), slice_)
    written = json.loads((tmp_path / "ab.cd.json").read_text())
    assert (written["channel"], written["number"]) == ("voice", "+33199001234")


def test_only_the_owner_reads_what_is_written(tmp_path: Path) -> None:
    hand_over(outbox(tmp_path / "a" / "b"), StrictSlice(messages(1)))
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    file = next((tmp_path / "a" / "b").iterdir())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_same_reference_twice_leaves_one_file(tmp_path: Path) -> None:
    connector = outbox(tmp_path)
    assert connector.traits.idempotency is Idempotency.NAME
    hand_over(connector, StrictSlice(messages(3)))
    hand_over(connector, StrictSlice(messages(3)))
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("reference", ["../x", "a/b", "", ".x", "A", "a\x00b"])
def test_a_reference_cannot_leave_the_folder(tmp_path: Path, reference: str) -> None:
    slice_ = StrictSlice([Message(0, reference, "+33639980101", TextParts("x"))])
    hand_over(outbox(tmp_path / "out", Channel.SMS), slice_)
    assert slice_.results[0].kind is SendKind.REFUSED
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("call", ["write", "rename", "open"])
def test_a_full_disk_loses_nobody_and_stops_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    connector = outbox(tmp_path)
    real = getattr(os, call)
    fail = failing(errno.ENOSPC)

    def sometimes(*args: Any, **kwargs: Any) -> Any:
        target = args[0] == tmp_path  # the folder itself can be opened
        return real(*args, **kwargs) if target else fail()

    monkeypatch.setattr(os, call, sometimes)
    slice_ = StrictSlice(messages(5))
    hand_over(connector, slice_)
    assert slice_.taken == [0]
    result = slice_.results[0]
    assert (result.kind, result.effect) == (SendKind.NOT_ACCEPTED, Effect.OPEN_BREAKER)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_after_the_rename_leaves_a_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = outbox(tmp_path, fsync="yes")
    calls: list[int] = []

    def second_fails(file: int) -> None:
        calls.append(file)
        if len(calls) == 2:
            raise OSError(errno.EIO, "disk")

    monkeypatch.setattr(os, "fsync", second_fails)
    slice_ = StrictSlice(messages(3))
    hand_over(connector, slice_)
    assert slice_.kinds() == {0: SendKind.IN_DOUBT}


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    connector = outbox(tmp_path / "file")
    slice_ = StrictSlice(messages(3))
    with pytest.raises(ConnectorUnavailable, match="folder_unusable") as caught:
        hand_over(connector, slice_)
    assert caught.value.open_breaker
    assert slice_.taken == []
    assert asyncio.run(connector.probe()).reason == "folder_unusable"


def test_a_probe_notices_a_folder_in_which_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = outbox(tmp_path)
    monkeypatch.setattr(os, "write", failing(errno.EROFS))
    monkeypatch.setattr(os, "unlink", failing(errno.EROFS))
    assert asyncio.run(connector.probe()).reason == "folder_unwritable"


def test_a_payload_of_another_channel_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    slice_ = StrictSlice([Message(0, "a", "x", object())])
    with pytest.raises(TypeError, match="cannot write"):
        hand_over(outbox(tmp_path), slice_)
