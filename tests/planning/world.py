"""An installation with one controller, ready to admit and plan campaigns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from channels.contract import Channel
from engine import connectors, controllers
from engine.admission import Admission, admit, receive
from engine.app import App
from engine.blocks import Recipient, decode_block
from engine.briefing import campaign_scope
from engine.clock import Millis
from engine.connectors import Attestation, Setup
from engine.controllers import Controller, ControllerSettings
from engine.planning import plan_chunk
from engine.settings import Settings
from engine.store import campaigns, schema
from engine.store.campaigns import CampaignRow
from engine.store.database import Database
from engine.store.keyring_tables import sealed_keys
from engine.store.tables import batches, blocks, events, spills
from engine.vault import Vault
from engine.wire.decode import decode_job
from engine.wire.instants import from_millis
from engine.wire.job import CampaignJob, Kind
from tests.open_rules import lay_down

NOON: Millis = 1_795_608_000_000
PURPOSE = "offres"


@dataclass(slots=True)
class HandClock:
    """A clock that a test moves; ``steps`` is what every look at the boot clock adds, in seconds."""

    millis: Millis = NOON
    steps: float = 0.0
    booted: float = 0.0

    def now(self) -> Millis:
        return self.millis

    def boot(self) -> float:
        self.booted += self.steps
        return self.booted

    def wait(self, seconds: float) -> None:
        self.millis += round(seconds * 1000)


@dataclass(slots=True)
class World:
    """One installation; ``keyring`` is there to look whether keys are gone."""

    app: App
    keyring: Database
    clock: HandClock
    number: int = 0
    controller: Controller = field(init=False)

    def __post_init__(self) -> None:
        self.controller = self.new_controller("boutique")

    def new_controller(self, name: str, **settings: object) -> Controller:
        agreed: dict[str, Any] = {
            "purposes": {PURPOSE: Kind.MARKETING, "rappels": Kind.SERVICE},
            **settings,
        }
        return controllers.create(self.app, name, ControllerSettings(**agreed))

    def connector(self, channel: Channel, country: str = "FR", **options: str) -> str:
        self.number += 1
        name = f"{channel.value}-{self.number}"
        folder = str(self.app.settings.home_folder / "outbox")
        connectors.create(self.app, Setup(name, "outbox", channel, {"folder": folder, **options}))
        connectors.attest(self.app, name, Attestation("operator", country, "Relais SAS"))
        return name

    # --- campaigns ---------------------------------------------------------------------------

    def job(self, recipients: Mapping[str, object], **fields: object) -> CampaignJob:
        self.number += 1
        route = fields.get("route", ["email"])
        job: dict[str, object] = {
            "schema": "chappe.campaign/1",
            "id": f"campagne-{self.number}",
            "controller": self.controller.name,
            "kind": "marketing",
            "purpose": PURPOSE,
            "relation": "b2c_customer",
            "basis": {"type": "consent"},
            "recipients": recipients,
            "route": route,
            "content": {name: CONTENT[name] for name in _words(route)},
            **fields,
        }
        return decode_job(msgspec.json.encode(job))

    def drop(self, name: str, content: bytes) -> dict[str, object]:
        """Put a file into the controller's drop folder; return what a job says of it."""
        folder = self.app.settings.drop_folder / self.controller.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return {"file": {"name": name, "sha256": sha256(content).hexdigest()}}

    def dropped(self, name: str) -> Path:
        return self.app.settings.drop_folder / self.controller.name / name

    def receive(self, job: CampaignJob) -> int:
        campaign_id = receive(self.app, self.controller, job, "shop")
        assert campaign_id is not None
        return campaign_id

    def admit(self, job: CampaignJob) -> tuple[int, Admission]:
        campaign_id = self.receive(job)
        return campaign_id, admit(self.app, campaign_id)

    def admitted(self, job: CampaignJob) -> int:
        campaign_id, admission = self.admit(job)
        assert admission.admitted, [refusal.sentence() for refusal in admission.refusals]
        return campaign_id

    def planned(self, job: CampaignJob) -> int:
        campaign_id = self.admitted(job)
        self.plan(campaign_id)
        return campaign_id

    def plan(self, campaign_id: int) -> None:
        while plan_chunk(self.app, campaign_id):
            pass

    # --- what is stored ----------------------------------------------------------------------

    def row(self, campaign_id: int) -> CampaignRow:
        with self.app.db.read() as connection:
            found = campaigns.by_id(connection, campaign_id)
        assert found is not None
        return found

    def counts(self, campaign_id: int) -> tuple[int, int, int, int]:
        row = self.row(campaign_id)
        return row.rows_read, row.accepted, row.duplicates, row.rejected

    def recipients(self, campaign_id: int) -> list[Recipient]:
        """Every recipient of a campaign, block by block."""
        with self.app.db.read() as connection:
            sealed = connection.scalars(
                sa.select(blocks.c.sealed)
                .where(blocks.c.campaign_id == campaign_id)
                .order_by(blocks.c.id)
            ).all()
        opened = self.app.vault.open_many(self.controller.name, campaign_scope(campaign_id), sealed)
        found = []
        for plain in opened:
            found += [who for who in decode_block(plain).recipients if who is not None]
        return found

    def addresses(self, campaign_id: int) -> list[str | None]:
        """The address of the first kind of every recipient, sorted; None: none or unusable."""
        firsts = [who.points[0] for who in self.recipients(campaign_id)]
        found = [None if point is None else point.address for point in firsts]
        return sorted(found, key=lambda address: address or "")

    def batches(self, campaign_id: int) -> list[sa.Row[Any]]:
        with self.app.db.read() as connection:
            return list(
                connection.execute(
                    sa.select(batches)
                    .where(batches.c.campaign_id == campaign_id)
                    .order_by(batches.c.turn)
                )
            )

    def events(self, campaign_id: int) -> list[dict[str, Any]]:
        name = self.row(campaign_id).name
        with self.app.db.read() as connection:
            bodies = connection.scalars(sa.select(events.c.body).order_by(events.c.id)).all()
        told = [msgspec.json.decode(body) for body in bodies]
        return [event for event in told if event["campaign"] == name]

    def left(self, campaign_id: int) -> tuple[int, int, int, int]:
        """Spills, blocks and batches that a campaign still has, and keys of its own."""
        with self.app.db.read() as connection:
            rows = [
                connection.scalar(
                    sa.select(sa.func.count()).where(table.c.campaign_id == campaign_id)
                )
                for table in (spills, blocks, batches)
            ]
        scope = campaign_scope(campaign_id)
        with self.keyring.read() as connection:
            keys = connection.scalar(
                sa.select(sa.func.count()).where(
                    sealed_keys.c.scope.in_((scope, f"{scope}:spills"))
                )
            )
        counted = (*rows, keys)
        return tuple(int(number or 0) for number in counted)  # type: ignore[return-value]


CONTENT: dict[str, dict[str, str]] = {
    "email": {
        "from": "Boutique <info@boutique.example.org>",
        "subject": "-20 % samedi",
        "html": "<p>Bonjour {{ prenom }}</p><a href='{{ unsubscribe_url }}'>Se désabonner</a>",
    },
    "sms": {"sender": "BOUTIQUE", "text": "Bonjour {{ prenom }}, -20 %. {{ stop }}"},
    "voice": {"text": "Bonjour {{ prenom }}"},
    "fax": {"text": "Bonjour {{ prenom }}"},
    "post": {"text": "Bonjour {{ prenom }}"},
}


def _words(route: object) -> Iterable[str]:
    assert isinstance(route, list)
    return [str(word) for word in route]


def emails(number: int, start: int = 0) -> list[dict[str, Any]]:
    return [
        {"email": f"r{index}@example.org", "prenom": f"P{index}"}
        for index in range(start, start + number)
    ]


def csv(*rows: str, header: str = "email;prenom") -> bytes:
    return "\n".join((header, *rows)).encode()


def after(seconds: float, start: Millis = NOON) -> str:
    """An instant as a job writes it."""
    return (from_millis(start) + timedelta(seconds=seconds)).isoformat()


def build_world(main: str, keyring: str, home: Path, **settings: object) -> World:
    """Make an installation in two empty databases."""
    schema.upgrade(main, "main")
    schema.upgrade(keyring, "keyring")
    db, keys = Database(main), Database(keyring)
    clock = HandClock()
    app = App(Settings(home=home, **settings), clock, db, Vault(keys, bytes(range(32))))  # type: ignore[arg-type]
    controllers.create_platform_keys(app)
    lay_down(app)
    return World(app, keys, clock)
