"""``decode_job``: the only door through which a campaign message comes in."""

from functools import cache
from typing import Any

import msgspec

from channels.struct_types import build_now
from engine.wire.coherence import Parts, incoherences, parts_of
from engine.wire.faults import MAX_FAULTS, Fault, FaultReason, JobFaults
from engine.wire.job import CampaignJob
from engine.wire.schema import decode_hook
from engine.wire.shape import ShapeCheck
from engine.wire.syntax import Tree, read_tree

MAX_JOB_BYTES = 8 * 1024 * 1024

build_now(CampaignJob, dec_hook=decode_hook)


def decode_job(body: bytes, *, max_bytes: int = MAX_JOB_BYTES) -> CampaignJob:
    """Decode a campaign message.

    Raises JobFaults, and nothing else, with everything that is wrong: broken syntax alone, since
    nothing can be said about the rest then; or else all faults of shape and between fields.
    """
    tree, faults = read_tree(body, max_bytes)
    job: CampaignJob | None = None
    try:
        job = msgspec.convert(tree, CampaignJob, dec_hook=decode_hook)
    except (msgspec.ValidationError, RecursionError):
        faults += _faults_of_shape(tree)
    parts = _right_parts(tree) if job is None else parts_of(job)
    faults += tuple(incoherences(parts))
    if faults or job is None:
        raise JobFaults(tuple(dict.fromkeys(faults))[:MAX_FAULTS])
    return job


def decode_stored_job(body: bytes) -> CampaignJob:
    """Decode a campaign that ``encode_job`` wrote, whose size was judged when it came in.

    Raises JobFaults when it is none.
    """
    return decode_job(body, max_bytes=len(body))


def _faults_of_shape(tree: Tree) -> tuple[Fault, ...]:
    found = _shape_check().faults(tree)
    if not found:  # the two readers disagree; the stricter one decides
        found = [Fault("", FaultReason.BAD_FORM, "the message is not as its schema says")]
    return tuple(found)


@cache
def _shape_check() -> ShapeCheck:
    return ShapeCheck()


def _right_parts(tree: Tree) -> Parts:
    """Convert each top-level field by itself and keep those that are right."""
    if not isinstance(tree, dict):
        return Parts()
    found: dict[str, Any] = {}
    wanted = set(Parts.__dataclass_fields__)
    for field in msgspec.structs.fields(CampaignJob):
        if field.encode_name in wanted and field.encode_name in tree:
            try:
                value = msgspec.convert(tree[field.encode_name], field.type, dec_hook=decode_hook)
            except (msgspec.ValidationError, RecursionError):
                continue
            found[field.name] = value
    given = tree.get("content")
    if isinstance(given, dict):
        found["content_given"] = frozenset(name for name in given if given[name] is not None)
    else:
        found.pop("route", None)  # without any content, naming each channel's helps nobody
    return Parts(**found)
