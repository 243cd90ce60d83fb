"""The JSON Schema of the wire types, generated from them."""

from inspect import cleandoc
from typing import Any

import msgspec

from engine.wire.instants import DURATION_PATTERN, Duration
from engine.wire.job import JOB_SCHEMA, SOURCES, CampaignJob

DRAFT = "https://json-schema.org/draft/2020-12/schema"

JsonSchema = dict[str, Any]


def job_schema() -> JsonSchema:
    """Return the JSON Schema (2020-12) of a campaign message."""
    schema = describe(CampaignJob)
    recipients = schema["$defs"]["Recipients"]
    # "Exactly one of" cannot be said in the types: absent and null are the same to Python.
    recipients["oneOf"] = [{"required": [name]} for name in SOURCES]
    return {"$schema": DRAFT, "title": JOB_SCHEMA} | schema


def describe(*types: Any) -> JsonSchema:
    """Return one schema for a type, or for any of several, with ``$defs``."""
    kind: Any = types[0]
    for other in types[1:]:
        kind |= other
    schema: JsonSchema = msgspec.json.schema(kind, schema_hook=_custom)
    for definition in schema["$defs"].values():
        if "description" in definition:
            definition["description"] = cleandoc(definition["description"])
    return schema


def encode_hook(value: object) -> object:
    """Encode what msgspec does not know: durations.

    Raises NotImplementedError for anything else, as msgspec expects.
    """
    if isinstance(value, Duration):
        return str(value)
    raise NotImplementedError


def decode_hook(kind: type, value: object) -> object:
    """Decode what msgspec does not know: durations.

    Raises ValueError (or NotImplementedError for other types), which msgspec reports as a fault.
    """
    if kind is not Duration:
        raise NotImplementedError
    if not isinstance(value, str):
        msg = "expected a string"
        raise ValueError(msg)  # noqa: TRY004 (msgspec turns ValueError into ValidationError)
    return Duration.parse(value)


def _custom(kind: type) -> JsonSchema:
    if kind is not Duration:
        raise NotImplementedError
    return {"type": "string", "pattern": DURATION_PATTERN}
