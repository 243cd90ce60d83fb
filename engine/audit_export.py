"""The audit as a file: one act a line, with its hashes, so that it can be verified elsewhere later."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from engine.app import App
from engine.audit import details_of, seal_key, written
from engine.audit_walk import Verdict, Walk, head, in_chunks
from engine.errors import EngineError
from engine.store import acts
from engine.store.acts import ActRow


class AuditFault(EngineError):
    """Raised when a file is not an export of the audit."""


_Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One act in an export: NDJSON, hashes in hexadecimal digits.

    ``details`` is text where it is not what an act says: somebody changed it, and it stays as found.
    """

    number: _Integer
    at: _Integer
    actor: str
    act: str
    controller: str
    subject: str
    details: dict[str, str | int | bool] | str
    previous: str
    hash: str
    seal: str


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Line)


def export(app: App) -> Iterator[bytes]:
    """Give every act as a line."""
    for chunk in in_chunks(app):
        for row in chunk:
            yield _ENCODER.encode(line_of(row)) + b"\n"


def line_of(row: ActRow) -> Line:
    """Return an act as exports show it."""
    details = details_of(row)
    return Line(
        *row[:6],
        row.details if details is None or written(details) != row.details else details,
        row.previous.hex(),
        row.hash.hex(),
        row.seal.hex(),
    )


def _rows(lines: Iterable[bytes]) -> Iterator[ActRow]:
    for position, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = _DECODER.decode(text)
            hashes = [bytes.fromhex(one) for one in (line.previous, line.hash, line.seal)]
        except (msgspec.MsgspecError, ValueError):
            msg = f"line {position} is no act; expected a file that `chappe audit export` wrote"
            raise AuditFault(msg) from None
        details = line.details if isinstance(line.details, str) else written(line.details)
        yield ActRow(
            line.number,
            line.at,
            line.actor,
            line.act,
            line.controller,
            line.subject,
            details,
            *hashes,
        )


def verify_export(app: App, lines: Iterable[bytes]) -> Verdict:
    """Walk an export, by the same rules and in the order of its lines.

    It may end before the audit does: then it is a part, and not whole. Whether somebody cut it, or
    wrote it before the acts that it lacks, cannot be told from it.
    Raises AuditFault naming the line that is no act, or where there is no line at all.
    """
    with app.vault.keyring.read() as keyring:
        anchors = acts.anchors(keyring)
    newest = head(app)
    walk = Walk(seal_key(app), anchors)
    walk.look(_rows(lines))
    if not walk.verdict.acts:
        msg = "the file is empty: it proves nothing; expected one that `chappe audit export` wrote"
        raise AuditFault(msg)
    return walk.end_early(0 if newest is None else newest.number)
