"""A small world to dispatch in: one controller, some connectors, campaigns that were planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from channels.contract import ADDRESS_KIND, Addressee, Channel, ContentFacts, Message
from engine import connectors, controllers, oppositions
from engine.app import App
from engine.blocks import Block, Point, Recipient, encode_block, prefixes
from engine.briefing import Briefing, campaign_scope
from engine.connectors import Attestation, Setup
from engine.controllers import Controller, ControllerSettings
from engine.pseudonyms import Pseudonyms
from engine.settings import load_settings
from engine.store import partitions, schema
from engine.store.tables import campaigns
from engine.store.tables import connectors as connector_table
from engine.subjects import Subject
from engine.tokens import TokenMint
from engine.vault import Vault
from policy.facts import CampaignKind
from policy.send_facts import SendFacts
from tests.dispatching.stores import MONTH, Hands, Lane, TimedDatabase
from tests.open_rules import lay_down

CONTROLLER = "boutique"
KEY = bytes(range(32))
EMAIL, TEL = "email", "tel"
COUNTRY = "MQ"  # one place, and no public holiday that matters here
RELAYS = {"mail-a": Channel.EMAIL, "mail-b": Channel.EMAIL, "sms-a": Channel.SMS}
QUICK = {"slice_deadline": 5.0, "answer_timeout": 5.0, "lease_margin": 5.0}


@dataclass(frozen=True, slots=True)
class Someone:
    """A recipient as a test thinks of one; an address that starts with ! cannot be used."""

    ref: str
    email: str | None = None
    tel: str | None = None


@dataclass(frozen=True, slots=True)
class PlainComposer:
    """Composes messages without content: who gets one is all that matters here."""

    facts: ContentFacts = field(
        default_factory=lambda: ContentFacts(
            frozenset(), has_sender_identity=True, has_unsubscribe=True
        )
    )

    def compose(self, addressee: Addressee) -> Message:
        return Message(addressee.position, addressee.reference, addressee.address, "")


@dataclass(slots=True)
class World:
    """The parts of an installation, and the campaigns in it."""

    app: App
    db: TimedDatabase
    keyring: TimedDatabase
    hands: Hands
    controller: Controller
    briefings: dict[int, Briefing] = field(default_factory=dict)
    campaign_of_block: dict[int, int] = field(default_factory=dict)

    def close(self) -> None:
        self.db.close()
        self.keyring.close()

    @property
    def pseudonyms(self) -> Pseudonyms:
        return self.app.vault.pseudonyms(CONTROLLER)

    def brief(self, campaign: int) -> Briefing:
        return self.briefings[campaign]

    def plan(
        self,
        blocks: Sequence[Sequence[Someone]],
        route: tuple[Channel, ...] = (Channel.EMAIL,),
        fallback: frozenset[str] = frozenset({"no_address", "invalid", "failed"}),
        **changes: object,
    ) -> int:
        """Put a campaign there as planning leaves it; return its number."""
        lane = Lane(self.db, route[0].value)
        accepted = sum(len(block) for block in blocks)
        campaign = lane.campaign(len(blocks), accepted, self.controller.number)
        lane.change(campaign, **changes)
        for turn, block in enumerate(blocks):
            self._add_block(lane, campaign, turn, block)
        not_after: int = lane.campaign_row(campaign).not_after
        self.briefings[campaign] = Briefing(
            campaign_id=campaign,
            controller=self.controller.number,
            controller_name=CONTROLLER,
            campaign_name=f"c{campaign}",
            purpose="offres",
            expiry_month=MONTH,
            not_after=not_after,
            resend_doubt=False,
            urgent=False,
            route=route,
            fallback=fallback,
            composers=tuple(PlainComposer() for _ in route),
            sends=tuple(send_to(channel) for channel in route),
            connectors={},
            mint=TokenMint(
                self.controller.number,
                self.app.vault.token_key(CONTROLLER),
                self.app.vault.reference_key(),
            ),
            reference_key=self.app.vault.reference_key(),
            public_url="https://chappe.test",
        )
        return campaign

    def _add_block(self, lane: Lane, campaign: int, turn: float, people: Sequence[Someone]) -> None:
        recipients = [self._recipient(someone) for someone in people]
        block = Block((EMAIL, TEL), ("country",), list(recipients))
        sealed = self.app.vault.seal(
            CONTROLLER, campaign_scope(campaign), encode_block(block), self.hands.millis
        )
        batch = lane.row(lane.batch(campaign, len(people), turn, controller=self.controller.number))
        with self.db.write() as connection:
            connection.execute(
                sa.text(
                    "UPDATE blocks SET sealed = :sealed, person_prefixes = :keys WHERE id = :id"
                ),
                {
                    "sealed": sealed,
                    "keys": prefixes(recipient.person for recipient in recipients),
                    "id": batch.block_id,
                },
            )
        self.campaign_of_block[batch.block_id] = campaign

    def _recipient(self, someone: Someone) -> Recipient:
        points = (self._point(EMAIL, someone.email), self._point(TEL, someone.tel))
        return Recipient(self.pseudonyms.person(someone.ref), someone.ref, points, (COUNTRY,))

    def _point(self, kind: str, address: str | None) -> Point | None:
        if address is None:
            return None
        if address.startswith("!"):
            return Point(None, None, None, "malformed")
        return Point(
            address,
            self.pseudonyms.contact(kind, address),
            self.pseudonyms.platform(kind, address),
        )

    def oppose(self, address: str, channel: Channel = Channel.EMAIL) -> None:
        oppositions.add(
            self.app,
            CONTROLLER,
            Subject(ADDRESS_KIND[channel], address),
            channel=None,
            reason=oppositions.Reason.OBJECTION,
            source="test",
        )

    def change_all_connectors(self, **values: object) -> None:
        with self.db.write() as connection:
            connection.execute(sa.update(connector_table).values(values))

    def change(self, campaign: int, **values: object) -> None:
        with self.db.write() as connection:
            connection.execute(
                sa.update(campaigns).where(campaigns.c.id == campaign).values(values)
            )


def build_world(
    db: TimedDatabase,
    keyring: TimedDatabase,
    home: Path,
    relays: Mapping[str, Channel],
    **settings: object,
) -> World:
    """Set up a migrated pair of databases: platform keys, controller, attested connectors."""
    app = App(load_settings(home=home, **settings), db.hands, db, Vault(keyring, KEY))
    controllers.create_platform_keys(app)
    controller = controllers.create(app, CONTROLLER, ControllerSettings())
    for name, channel in relays.items():
        _add_relay(app, name, channel, home)
    partitions.ensure(db, MONTH)
    lay_down(app)
    return World(app, db, keyring, db.hands, controller)


def send_to(channel: Channel) -> SendFacts:
    """Return the facts of every campaign here, through no connector yet."""
    return SendFacts(
        controller=CONTROLLER,
        kind=CampaignKind.MARKETING,
        purpose="offres",
        relation="b2c_customer",
        basis="consent",
        channel=channel.value,
        voice_mode="automated" if channel is Channel.VOICE else None,
    )


def _add_relay(app: App, name: str, channel: Channel, home: Path) -> None:
    connectors.create(app, Setup(name, "outbox", channel, {"folder": str(home / name)}))
    connectors.attest(app, name, Attestation("test", "FR", "none"))


def migrate(url: str, keyring_url: str) -> None:
    schema.upgrade(url, "main")
    schema.upgrade(keyring_url, "keyring")
