"""Write the published schemas from the wire types: ``python -m ops.schemas [--check]``.

Three files under ``ops/docs/schemas``: the JSON Schema of a campaign, that of the events, and an
AsyncAPI 3.0 document that says where both travel. With ``--check`` nothing is written; the exit
code is 1 when a file is not current.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.broker.topology import EVENTS_EXCHANGE, JOB_KEY, WORK_EXCHANGE
from engine.event_bodies import event_name
from engine.events import EVENT_SCHEMA, EVENT_TYPES
from engine.wire.job import JOB_SCHEMA, CampaignJob
from engine.wire.schema import DRAFT, JsonSchema, describe, job_schema

FOLDER = Path(__file__).parent / "docs" / "schemas"

_JOB_NOTE = (
    "Put by upstream systems, persistent and mandatory, with the property user_id set to the "
    "account that puts it. Any language: plain JSON, no envelope."
)
_EVENT_NOTE = (
    "At least once: know an event again by its id. Bind a queue of your own with a key such as "
    "campaign.*.<controller>."
)


def documents() -> Mapping[str, JsonSchema]:
    """Return every generated document by file name."""
    return {
        "campaign-1.json": job_schema(),
        "event-1.json": event_schema(),
        "asyncapi.json": asyncapi(),
    }


def event_schema() -> JsonSchema:
    """Return the JSON Schema (2020-12) of any event."""
    return {"$schema": DRAFT, "title": EVENT_SCHEMA} | describe(*EVENT_TYPES)


def asyncapi() -> JsonSchema:
    """Return the AsyncAPI 3.0 document, from Chappe's point of view."""
    events = {event_name(kind): kind.__name__ for kind in EVENT_TYPES}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chappe",
            "version": "1.0.0",
            "description": "Campaigns go in, events about them come out, over RabbitMQ.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "campaigns": {
                "address": JOB_KEY,
                "description": _JOB_NOTE,
                "messages": {"campaign": _ref("messages", "campaign")},
                "bindings": _binding(WORK_EXCHANGE),
            },
            "events": {
                "address": "campaign.{event}.{controller}",
                "description": _EVENT_NOTE,
                "parameters": {
                    "event": {"enum": list(events)},
                    "controller": {"description": "The client's id; _ when there is none."},
                },
                "messages": {name: _ref("messages", name) for name in events},
                "bindings": _binding(EVENTS_EXCHANGE),
            },
        },
        "operations": {
            "receiveCampaign": {"action": "receive", "channel": {"$ref": "#/channels/campaigns"}},
            "sendEvent": {"action": "send", "channel": {"$ref": "#/channels/events"}},
        },
        "components": {
            "messages": {"campaign": _message("campaign", JOB_SCHEMA, CampaignJob.__name__)}
            | {name: _message(name, EVENT_SCHEMA, schema) for name, schema in events.items()},
            "schemas": _moved(job_schema()["$defs"] | event_schema()["$defs"]),
        },
    }


def _message(name: str, title: str, schema: str) -> JsonSchema:
    return {"name": name, "title": title, "payload": _ref("schemas", schema)}


def _ref(kind: str, name: str) -> JsonSchema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _binding(exchange: str) -> JsonSchema:
    described = {"name": exchange, "type": "topic", "durable": True, "autoDelete": False}
    return {"amqp": {"is": "routingKey", "exchange": described}}


def _moved(node: JsonSchema) -> JsonSchema:
    """Return schemas whose references point into an AsyncAPI document."""
    text = json.dumps(node).replace('"#/$defs/', '"#/components/schemas/')
    moved: JsonSchema = json.loads(text)
    return moved


def stale(folder: Path) -> list[str]:
    """Return the names of the files that are missing or not current."""
    return [
        name
        for name, document in documents().items()
        if not (folder / name).is_file() or (folder / name).read_text() != _text(document)
    ]


def write(folder: Path) -> None:
    """Write every file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        (folder / name).write_text(_text(document))


def _text(document: JsonSchema) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or check them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    if not parser.parse_args(arguments).check:
        write(FOLDER)
        return 0
    found = stale(FOLDER)
    for name in found:
        print(f"{FOLDER / name} is not current: run python -m ops.schemas", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
