"""A whole engine in one process, with the clock and the providers in the hands of a test."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from channels.contract import Channel, Connector
from channels.registry import build_connector
from engine import campaign_audit, connectors, controllers, oppositions
from engine.app import App
from engine.bootstrap import build_dispatcher, build_planner
from engine.clock import Millis
from engine.connectors import Attestation, Setup
from engine.controllers import Controller, ControllerSettings
from engine.fleet import Fleet
from engine.intake import Taken, take
from engine.lanes import Dispatcher
from engine.scheduler import Scheduler
from engine.states import BatchState
from engine.store.connectors import ConnectorRow
from engine.store.schema import METADATA
from engine.store.tables import batches, campaigns
from engine.subjects import Subject
from engine.wire.instants import from_millis
from engine.wire.job import Kind
from tests.scenarios.campaign import Campaign, Json, told
from tests.scenarios.hands import NOON, HandClock, Rung
from tests.scenarios.provider import Provider, twin

ACCOUNT = "shop"
_ROUNDS = 100

_numbers = itertools.count(1)


@dataclass(slots=True)
class Site:
    """One installation with one controller; more can be added."""

    app: App
    clock: HandClock
    controller: Controller = field(init=False)
    providers: dict[str, Provider] = field(default_factory=dict)
    published: list[Json] = field(default_factory=list)
    fleet: Fleet = field(init=False)
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self._build)
        self.dispatcher = self.another_dispatcher()
        self.controller = self.new_controller()

    # --- furniture ---------------------------------------------------------------------------

    def new_controller(self, **changes: Any) -> Controller:
        """Add a controller for whom the account may speak."""
        agreed: Json = {"purposes": {"offres": Kind.MARKETING, "rappels": Kind.SERVICE}}
        name = f"boutique-{next(_numbers)}"
        made = controllers.create(self.app, name, ControllerSettings(**(agreed | changes)))
        controllers.grant(self.app, ACCOUNT, name)
        return made

    def provider(
        self,
        channel: Channel = Channel.EMAIL,
        *,
        name: str | None = None,
        attested: str | None = "FR",
        **facts: Any,
    ) -> Provider:
        """Add a connector to a provider in memory; ``facts`` are the provider's."""
        chosen = name or f"{channel.value}-{len(self.providers) + 1}"
        self._connector(chosen, channel, attested)
        made = Provider(chosen, channel, self.clock, **facts)
        self.providers[chosen] = made
        return made

    def outbox(self, channel: Channel) -> Path:
        """Add a real outbox; return its folder."""
        name = f"outbox-{channel.value}-{next(_numbers)}"
        self._connector(name, channel, "FR")
        return self._folder(name)

    def another_dispatcher(self) -> Dispatcher:
        """Return what a second worker process would have."""
        return build_dispatcher(self.app, self.fleet)

    def _connector(self, name: str, channel: Channel, attested: str | None) -> None:
        folder = str(self._folder(name))
        connectors.create(self.app, Setup(name, "outbox", channel, {"folder": folder}))
        if attested is not None:
            connectors.attest(self.app, name, Attestation("operator", attested, "Relais SAS"))

    def _folder(self, name: str) -> Path:
        return self.app.settings.home_folder / name

    def _build(self, row: ConnectorRow) -> Connector:
        if row.name in self.providers:
            return twin(self.providers[row.name])
        return build_connector(*connectors.load_config(self.app, row))

    def _publish(self, routing_key: str, body: bytes) -> None:
        event: Json = msgspec.json.decode(body)
        assert routing_key.startswith(f"campaign.{event['event']}.")
        self.published.append(event)

    def close(self) -> None:
        """End it, and see that nothing strange was noticed on the way."""
        self.fleet.close()
        for provider in self.providers.values():
            assert not provider.faults
        self.check_sums()

    # --- campaigns ---------------------------------------------------------------------------

    def job(self, *rows: Mapping[str, object], **fields: Any) -> Json:
        """Return a marketing campaign by email to some inline rows."""
        route = fields.get("route", ["email"])
        return {
            "schema": "chappe.campaign/1",
            "id": f"campagne-{next(_numbers)}",
            "controller": self.controller.name,
            "kind": "marketing",
            "purpose": "offres",
            "relation": "b2c_customer",
            "basis": {"type": "consent"},
            "recipients": {"inline": [dict(row) for row in rows]},
            "route": route,
            "content": {channel: CONTENT[channel] for channel in route},
            **fields,
        }

    def take(self, job: Mapping[str, object], account: str | None = ACCOUNT) -> Taken:
        """Put a campaign message before intake."""
        return take(self.app, msgspec.json.encode(job), account, "m-1")

    def submit(self, *rows: Mapping[str, object], **fields: Any) -> Campaign:
        """Enqueue a campaign of some rows."""
        return self.submit_job(self.job(*rows, **fields))

    def submit_job(self, job: Json) -> Campaign:
        taken = self.take(job)
        assert taken.campaign_id is not None, [str(fault) for fault in taken.faults]
        return Campaign(self.app, taken.campaign_id, job["id"], job["controller"])

    # --- what processes do -------------------------------------------------------------------

    def turn(self) -> tuple[list[str], list[int]]:
        """Take one turn of a scheduler; return the lanes and campaigns that it rang for.

        A new one each time: it remembers when it rang last, and here no time goes by.
        """
        rung = Rung()
        Scheduler(self.app, rung, self._publish).turn()
        return list(rung.lanes), list(rung.plans)

    def plan(self) -> None:
        """Admit and plan whatever waits for it."""
        self._plan(self.turn()[1])

    def _plan(self, campaign_ids: Iterable[int]) -> None:
        planner = build_planner(self.app)
        for campaign_id in campaign_ids:
            while planner(campaign_id):
                pass

    def work(self, lane: str = "email") -> int:
        """Work a lane until nothing in it is due."""
        worked = self.dispatcher.work(lane)
        self.check_sums()
        return worked

    def run(self) -> None:
        """Plan and dispatch everything that is due at this instant."""
        for _ in range(_ROUNDS):
            lanes, plans = self.turn()
            if not lanes and not plans:
                return
            self._plan(plans)
            for lane in lanes:
                self.work(lane)
        raise AssertionError("the same work comes again and again")

    def finish(self) -> None:
        """Run, moving the clock from one due instant to the next, until every batch is done."""
        for _ in range(_ROUNDS):
            self.run()
            waits = self.due_instants()
            if not waits:
                return
            self.clock.millis = max(self.clock.millis, waits[0])
        raise AssertionError("there is no end of it")

    def due_instants(self) -> list[Millis]:
        """Return when the open batches are due, soonest first."""
        open_batches = sa.select(batches.c.not_before).where(batches.c.state != BatchState.DONE)
        with self.app.db.read() as connection:
            return sorted(connection.scalars(open_batches))

    # --- oppositions and figures -------------------------------------------------------------

    def oppose(
        self,
        value: str,
        kind: str = "email",
        *,
        channel: Channel | None = None,
        purpose: str | None = None,
        platform: bool = False,
        controller: str | None = None,
    ) -> None:
        owner = None if platform else controller or self.controller.name
        oppositions.add(
            self.app,
            owner,
            Subject(kind, value),
            channel=channel,
            purpose=purpose,
            reason=oppositions.Reason.OBJECTION,
            source="test",
        )

    def check_sums(self) -> None:
        """Accepted = outcomes + waiting, tallies = deliveries: for every campaign, now."""
        with self.app.db.read() as connection:
            names = connection.execute(sa.select(campaigns.c.name, campaigns.c.controller)).all()
            owners = {
                row.number: row.name
                for row in connection.execute(sa.select(METADATA["main"].tables["controllers"]))
            }
        for name, number in names:
            audit = campaign_audit.audit(self.app, name, owners[number])
            assert audit.holds, [check for check in audit.checks if not check.holds]
            assert audit.gap == 0

    def events(self, kind: str | None = None) -> list[Json]:
        """Return every event so far, published or not, in order."""
        return told(self.app, kind)

    def stored(self) -> Iterator[bytes]:
        """Give everything that the main database holds, whatever its type."""
        with self.app.db.read() as connection:
            for table in METADATA["main"].sorted_tables:
                for row in connection.execute(sa.select(table)):
                    for value in row:
                        yield value if isinstance(value, bytes) else str(value).encode()
        if self.app.db.is_sqlite:
            file = Path(str(self.app.db.url.database))
            for path in (file, file.with_name(file.name + "-wal")):
                yield path.read_bytes()


CONTENT: Mapping[str, Mapping[str, str]] = {
    "email": {
        "from": "Boutique <info@boutique.example.org>",
        "subject": "-20 % samedi",
        "html": "<p>Bonjour</p><a href='{{ unsubscribe_url }}'>Se désabonner</a>",
    },
    "sms": {"sender": "BOUTIQUE", "text": "Bonjour, -20 %. {{ stop }}"},
}


def people(number: int, domain: str = "example.org") -> list[Json]:
    """Return rows of that many people with an email address each."""
    return [{"email": f"p{index}@{domain}"} for index in range(number)]


def addresses(rows: Iterable[Mapping[str, object]]) -> list[str]:
    return sorted(str(row["email"]) for row in rows)


def after(seconds: float, start: Millis = NOON) -> str:
    """Return an instant as a job writes it."""
    return (from_millis(start) + timedelta(seconds=seconds)).isoformat()
