"""Connector ``outbox``: writes every message into a folder instead of sending it.

Options:

- ``folder``  where files go; made with mode 0700 when missing
- ``fsync``   ``yes``: a message counts as sent only when the disk has it; default ``no``

An email becomes ``<reference>.eml``, everything else ``<reference>.json``. A file is written under
a temporary name; the rename to its final name is the point of no return. The name is the
message's identity: handing a reference over twice leaves one file.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from channels.contract import (
    Channel,
    ConnectorConfig,
    Effect,
    Idempotency,
    Message,
    SendKind,
    SendResult,
    Slice,
    Traits,
)
from channels.email.compose import EmailParts
from channels.errors import ConnectorFault, ConnectorUnavailable
from channels.plain import TextParts

SLICE_LIMIT = 500
_BREATH = 32  # files between two turns of the event loop
_OPTIONS = frozenset({"folder", "fsync"})
_REFERENCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_SENT = SendResult(SendKind.SENT)
_BAD_REFERENCE = SendResult(SendKind.REFUSED, "bad_reference")
_NOT_WRITTEN = SendResult(SendKind.NOT_ACCEPTED, "folder_unwritable", Effect.OPEN_BREAKER)
_MAYBE_WRITTEN = SendResult(SendKind.IN_DOUBT, "not_flushed", Effect.OPEN_BREAKER)


class OutboxConnector:
    """One folder. See the module's text for options."""

    def __init__(self, name: str, channel: Channel, folder: Path, *, fsync: bool = False) -> None:
        self.name = name
        self.channel = channel
        self.traits = Traits(slice_limit=SLICE_LIMIT, idempotency=Idempotency.NAME)
        self._folder = folder
        self._fsync = fsync
        self._suffix = ".eml" if channel is Channel.EMAIL else ".json"

    async def hand_over(self, slice: Slice) -> None:  # noqa: A002 (the contract's word)
        """Write what the slice gives.

        Raises ConnectorUnavailable: the folder cannot be made or entered.
        """
        directory = self._open_folder()
        try:
            await self._write_all(slice, directory)
        finally:
            os.close(directory)

    async def probe(self) -> SendResult:
        """Write and remove a file."""
        try:
            directory = self._open_folder()
        except ConnectorUnavailable as error:
            return SendResult(SendKind.NOT_ACCEPTED, error.reason, Effect.OPEN_BREAKER)
        try:
            self._write(directory, ".probe", b"")
            os.unlink(".probe", dir_fd=directory)
        except OSError:
            return _NOT_WRITTEN
        finally:
            os.close(directory)
        return _SENT

    async def close(self) -> None:
        """Nothing is kept open between slices."""

    async def _write_all(self, slice: Slice, directory: int) -> None:  # noqa: A002
        written = 0
        while (message := slice.take()) is not None:
            if not self._one(slice, message, directory):
                return
            written += 1
            if written % _BREATH == 0:
                await asyncio.sleep(0)

    def _one(self, slice: Slice, message: Message, directory: int) -> bool:  # noqa: A002
        """Write one message; False: the folder is at fault, go no further."""
        if not _REFERENCE.fullmatch(message.reference):
            slice.settle(message.position, _BAD_REFERENCE)
            return True
        final = message.reference + self._suffix
        draft = "." + final
        try:
            self._write(directory, draft, _content(message, self.channel))
        except OSError:
            _remove(directory, draft)
            slice.settle(message.position, _NOT_WRITTEN)
            return False
        if not slice.gate(message.position):
            _remove(directory, draft)
            return True
        result = self._publish(directory, draft, final)
        slice.settle(message.position, _sent(message) if result is _SENT else result)
        return result is _SENT

    def _publish(self, directory: int, draft: str, final: str) -> SendResult:
        try:
            os.rename(draft, final, src_dir_fd=directory, dst_dir_fd=directory)
        except OSError:
            _remove(directory, draft)
            return _NOT_WRITTEN
        try:
            if self._fsync:
                os.fsync(directory)
        except OSError:
            return _MAYBE_WRITTEN
        return _SENT

    def _write(self, directory: int, name: str, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        file = os.open(name, flags, 0o600, dir_fd=directory)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(file, view) :]
            if self._fsync:
                os.fsync(file)
        finally:
            os.close(file)

    def _open_folder(self) -> int:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            cause = f"cannot use the folder {self._folder}: {error.strerror}"
            raise ConnectorUnavailable("folder_unusable", cause, open_breaker=True) from error


def outbox_connector(config: ConnectorConfig, _secrets: Mapping[str, str]) -> OutboxConnector:
    """Build the connector from its options. Raises ConnectorFault."""
    unknown = sorted(config.options.keys() - _OPTIONS)
    if unknown:
        msg = f"connector {config.name}: unknown option {unknown[0]}; known: folder, fsync"
        raise ConnectorFault(msg)
    folder = config.options.get("folder")
    if not folder:
        msg = f"connector {config.name}: the option folder is missing"
        raise ConnectorFault(msg)
    fsync = config.options.get("fsync", "no")
    if fsync not in {"yes", "no"}:
        msg = f"connector {config.name}: fsync must be yes or no"
        raise ConnectorFault(msg)
    path = Path(folder).expanduser()
    return OutboxConnector(config.name, config.channel, path, fsync=fsync == "yes")


def _sent(message: Message) -> SendResult:
    parts = message.parts
    if isinstance(parts, TextParts) and parts.units != 1:
        return SendResult(SendKind.SENT, units=parts.units)
    return _SENT


def _remove(directory: int, name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=directory)


def _content(message: Message, channel: Channel) -> bytes:
    parts = message.parts
    if isinstance(parts, EmailParts):
        return parts.wire(eight_bit=False)
    if isinstance(parts, TextParts):
        return _json(message, channel, parts)
    msg = f"the outbox cannot write a {type(parts).__name__}"
    raise TypeError(msg)


def _json(message: Message, channel: Channel, parts: TextParts) -> bytes:
    fields: dict[str, str | int] = {
        "channel": channel.value,
        "reference": message.reference,
        "to": message.to,
        "sender": parts.sender,
        "text": parts.text,
        "units": parts.units,
    }
    if channel is Channel.VOICE:
        fields["number"] = parts.number
    return _encode(fields) + b"\n"


_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode
