import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.broker.topology import DOORBELLS, EXCHANGES, QUEUES
from engine.event_bodies import event_name
from engine.events import EVENT_TYPES
from engine.wire.scalars import PATTERN_WORDS
from ops import schemas
from tests.unit.wire.campaigns import example


def nodes(tree: Any) -> list[Any]:
    found = [tree]
    for node in found:
        found += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return found


def test_the_published_files_are_current() -> None:
    assert schemas.stale(schemas.FOLDER) == []
    assert schemas.main(["--check"]) == 0


def test_a_stale_or_missing_file_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schemas, "FOLDER", tmp_path / "schemas")
    assert schemas.main(["--check"]) == 1
    assert schemas.main([]) == 0
    assert schemas.main(["--check"]) == 0
    (tmp_path / "schemas" / "event-1.json").write_text("{}")
    assert schemas.main(["--check"]) == 1
    assert "event-1.json is not current: run python -m ops.schemas" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["campaign-1.json", "event-1.json"])
def test_the_json_schemas_are_valid_themselves(name: str) -> None:
    Draft202012Validator.check_schema(schemas.documents()[name])


def test_the_published_example_follows_the_published_schema() -> None:
    published = json.loads((schemas.FOLDER / "campaign-1.json").read_text())
    Draft202012Validator(published).validate(example())


def test_every_pattern_of_the_schema_has_words_for_people() -> None:
    published = schemas.documents()["campaign-1.json"]
    patterns = {
        node["pattern"] for node in nodes(published) if isinstance(node, dict) and "pattern" in node
    }
    assert patterns == set(PATTERN_WORDS)


def test_every_field_of_a_campaign_says_what_it_is() -> None:
    definitions = schemas.documents()["campaign-1.json"]["$defs"]
    for name, definition in definitions.items():
        assert definition.get("description"), name


def test_the_asyncapi_document_is_whole() -> None:
    document = schemas.asyncapi()
    assert document["asyncapi"] == "3.0.0"
    for node in nodes(document):
        if isinstance(node, dict) and "$ref" in node:
            target: Any = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
    for operation in document["operations"].values():
        assert operation["action"] in {"receive", "send"}
    assert "discriminator" not in json.dumps(document)  # another meaning there than elsewhere
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_asyncapi_document_names_every_event_and_the_real_exchanges() -> None:
    document = schemas.asyncapi()
    names = {event_name(kind) for kind in EVENT_TYPES}
    assert set(document["channels"]["events"]["messages"]) == names
    assert set(document["channels"]["events"]["parameters"]["event"]["enum"]) == names
    bound = [channel["bindings"]["amqp"]["exchange"] for channel in document["channels"].values()]
    assert [(each["name"], each["type"]) for each in bound] == [
        (exchange.name, exchange.type) for exchange in EXCHANGES
    ]


def test_the_topology_has_a_doorbell_for_every_lane_and_no_name_twice() -> None:
    names = [queue.name for queue in QUEUES]
    assert len(set(names)) == len(names)
    assert set(DOORBELLS) < set(names)
    assert {"dispatch.email", "dispatch.email.urgent", "dispatch.post", "planning"} < set(names)


def test_the_command_runs_by_itself() -> None:
    command = [sys.executable, "-m", "ops.schemas", "--check"]
    assert subprocess.run(command, check=False, cwd=schemas.FOLDER.parents[2]).returncode == 0
