"""A person is erased while real processes work; then everything that was written is searched."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from channels.contract import Channel
from engine import connectors, rights
from engine.broker.publisher import Publisher
from engine.campaign_audit import audit
from engine.connectors import Attestation, Setup
from engine.control import cancel
from engine.intake import take
from engine.store.database import Database
from engine.vault import KeyDestroyed, Vault, VaultFault
from ops.bench.campaign import job
from ops.bench.ground import CONTROLLER, PURPOSE, account
from ops.chaos.field import QUICK, Field, embedded_field, real_field, wait_for
from ops.chaos.verdict import finished
from ops.services.running import PROJECT
from policy.rights import RequestState

pytestmark = [pytest.mark.timeout(240)]

WHO, NAME, REF = "zqforgotten", "Zqvorname", "zqref-77"
ADDRESS = f"{WHO}@example.org"
MARKS = {WHO, NAME.lower(), REF}
PEOPLE = 500
SEALED = ("blocks", "list_chunks", "suppression_chunks", "dead_letters")


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.services)])
def field(request: pytest.FixtureRequest) -> Iterator[Field]:
    if request.param == "real" and request.config.getoption("--without-services"):
        pytest.skip("--without-services was asked for")
    with embedded_field() if request.param == "embedded" else real_field() as made:
        yield made


def chappe(field: Field, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", *map(str, arguments)],
        cwd=PROJECT,
        env={**field.ground.env, **QUICK, "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def publish(field: Field, body: bytes, message_id: str) -> None:
    if field.app.settings.embedded:
        take(field.app, body, account(field.app), message_id)
        return
    publisher = Publisher(field.app.settings.broker_url.get_secret_value())
    publisher.publish_job(body, message_id=message_id)
    publisher.close()


def to_the_list(campaign: str, **more: object) -> bytes:
    message = msgspec.json.decode(job(campaign, "x.csv", "0" * 64))
    message["recipients"] = {"list": "people"}
    return msgspec.json.encode(message | more)


def write_people(path: Path) -> Path:
    rows = [f"c{number};p{number}@example.org;P{number};Évry;1" for number in range(PEOPLE)]
    rows.insert(PEOPLE // 2, f"{REF};{ADDRESS};{NAME};Évry;1")
    path.write_text("\n".join(("ref;email;prenom;ville;solde", *rows)) + "\n")
    return path


def outbox(field: Field) -> Path:
    """Put an outbox before the relay; return its folder."""
    folder = field.ground.home / "outbox"
    options = {"folder": str(folder)}
    connectors.create(field.app, Setup("box", "outbox", Channel.EMAIL, options))
    connectors.attest(field.app, "box", Attestation("test", "FR", "a folder"))
    connectors.disable(field.app, "relay")
    return folder


def mentions(folder: Path) -> list[tuple[str, str]]:
    found = []
    for path in (one for one in folder.rglob("*") if one.is_file()):
        with suppress(OSError):
            data = path.read_bytes().lower()
            found += [(path.name, mark) for mark in MARKS if mark.encode() in data]
    return found


def everything_sealed(db: Database) -> list[bytes]:
    found = []
    with db.read() as connection:
        for table in SEALED:
            query = f"SELECT sealed FROM {table} WHERE sealed IS NOT NULL"  # noqa: S608 (our own names)
            found += [bytes(blob) for blob in connection.scalars(sa.text(query))]
        found += [
            bytes(blob)
            for blob in connection.scalars(
                sa.text(
                    "SELECT sealed_subject FROM rights_requests WHERE sealed_subject IS NOT NULL"
                )
            )
        ]
    return found


def readable(vault: Vault, sealed: list[bytes]) -> list[bytes]:
    """Return what can still be opened of these, whatever it is."""
    scopes = ["suppressions", "rights", "dead letters"]
    scopes += [f"{kind}:{number}" for kind in ("campaign", "list") for number in range(1, 9)]
    found = []
    for blob in sealed:
        for scope in scopes:
            for owner in (CONTROLLER, "*platform*"):
                with suppress(KeyDestroyed, VaultFault):
                    found.append(vault.open(owner, scope, blob).lower())
    return found


def test_a_person_is_gone_everywhere_within_the_minute(field: Field, tmp_path: Path) -> None:
    folder = outbox(field)
    clients = write_people(tmp_path / "people.csv")
    assert chappe(field, "list", "import", "people", clients, "--purpose", PURPOSE).returncode == 0
    field.start(*(("up",) if field.app.settings.embedded else ("scheduler", "worker")))
    publish(field, to_the_list("c-before"), "1")
    publish(field, b'{"id": "' + ADDRESS.encode() + b'", "controller": 7,', "2")
    wait_for(lambda: finished(field, "c-before"), "the first campaign", 60)
    assert len(mentions(folder)) >= 1, "nobody was reached: nothing is proven"
    connectors.enable(field.app, "relay")
    connectors.disable(field.app, "box")
    publish(field, to_the_list("c-runs", schedule={"spread": "PT1H"}), "3")
    wait_for(lambda: field.sink.mails >= 1, "a mail of the second campaign", 30)
    before = everything_sealed(field.app.db)
    assert any(WHO.encode() in plain for plain in readable(field.app.vault, before))
    if field.app.settings.embedded:
        field.app.db.empty_log()
        shutil.copy(field.ground.home / "chappe.db", tmp_path / "copy.db")

    who = tmp_path / "person.txt"
    who.write_text(f"email: {ADDRESS}\n")
    assert chappe(field, "rights", "open", "--kind", "erasure", "--from", who).returncode == 0
    subject = everything_sealed(field.app.db)
    wait_for(lambda: rights.show(field.app, 1).state is RequestState.DONE, "the certificate", 60)

    reached = sum(WHO in mail for mail in field.sink.taken)  # by the second one, before the request

    found = rights.show(field.app, 1).progress.found
    assert found["lists"] == 1
    assert found["blocks"] >= 1  # those of a campaign that is over may be gone already
    assert (found["dead_letters"], found["deliveries"] >= 1, found["outbox"]) == (1, True, 1)
    again = chappe(field, "list", "import", "again", clients, "--purpose", PURPOSE, "--json")
    assert msgspec.json.decode(again.stdout)["reasons"] == {"erased": 1}
    assert cancel(field.app, "c-runs", CONTROLLER)
    wait_for(lambda: finished(field, "c-runs"), "the end of the second campaign", 60)
    for campaign in ("c-before", "c-runs"):
        proven = audit(field.app, campaign, CONTROLLER)
        assert proven.holds
        assert proven.gap == 0
    assert sum(WHO in mail for mail in field.sink.taken) == reached
    field.end_all()

    assert mentions(field.ground.home) == []
    now = everything_sealed(field.app.db)
    for sealed in (before, subject, now):
        for plain in readable(field.app.vault, sealed):
            assert not [mark for mark in MARKS if mark.encode() in plain]
    if field.app.settings.embedded:
        copy = Database(f"sqlite:///{tmp_path}/copy.db")
        assert len(everything_sealed(copy)) == len(before)
        copy.close()
    elif field.servers is not None:
        with field.app.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
            link.exec_driver_sql("CHECKPOINT")
        assert mentions(field.postgres.folder) == []
