"""What a worker must know of a campaign to dispatch its batches; read once, then kept a while."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from channels.contract import Channel, Composer, Sender
from channels.registry import build_composer
from engine import controllers
from engine.app import App
from engine.clock import Millis
from engine.controllers import Controller
from engine.resealed import open_stored
from engine.send_facts import decode_stored, send_facts
from engine.signing import signer_for
from engine.store import approvals
from engine.store.tables import campaigns
from engine.tokens import TokenMint
from engine.vault import KeyDestroyed
from engine.wire.decode import decode_stored_job
from engine.wire.job import CampaignJob, Kind
from policy.send_facts import SendFacts

_KEPT_SECONDS = 30.0  # a controller's changed settings reach running campaigns within this time
_MOST_KEPT = 64
UNSUBSCRIBE_PATH = "/u/"
SHORT_PATH = "/s/"
PROOF_KEY = "proof"  # stands for a token or code in a message that goes to nobody's customer


@dataclass(frozen=True, slots=True)
class Briefing:
    """A campaign as its dispatch sees it.

    ``composers`` stands in the order of the route, one per leg (leg 1 first); ``fallback`` names
    what sends a recipient on to the next leg: no_address, invalid, failed. Both are empty where the
    key of the content is gone: such a campaign can be ended, and nobody of it contacted. ``sends``
    are the facts that rules look at, one per leg as well, without those of a connector.
    """

    campaign_id: int
    controller: int
    controller_name: str
    campaign_name: str
    purpose: str
    expiry_month: int
    not_after: Millis
    resend_doubt: bool
    urgent: bool
    route: tuple[Channel, ...]
    fallback: frozenset[str]
    composers: tuple[Composer, ...]
    sends: tuple[SendFacts, ...]
    connectors: Mapping[Channel, tuple[str, ...]]
    mint: TokenMint
    reference_key: bytes
    public_url: str

    @property
    def readable(self) -> bool:
        """Whether there is a content to be sent."""
        return bool(self.composers)


def public_base(public_url: str) -> str:
    """Return what the links of all channels begin with."""
    return public_url.rstrip("/")


def unsubscribe_link(public_url: str, channel: Channel, token_or_code: str) -> str:
    """Return a person's own link: by token in an email, by code where signs are paid for."""
    path = UNSUBSCRIBE_PATH if channel is Channel.EMAIL else SHORT_PATH
    return public_url + path + token_or_code


def campaign_scope(campaign_id: int) -> str:
    """Return the vault scope of a campaign's content and blocks."""
    return f"campaign:{campaign_id}"


def composer_for(app: App, controller: Controller, job: CampaignJob, channel: Channel) -> Composer:
    """Compile a campaign's content for one channel of its route.

    Raises UnusableContent naming every fault.
    """
    content = msgspec.to_builtins(getattr(job.content, channel.value))
    if channel is not Channel.EMAIL:
        content["stop"] = controller.settings.stop_mention
    domain = controller.settings.return_domain or app.settings.return_domain
    sender = Sender(
        controller=controller.name,
        campaign=job.id,
        return_domain=domain,
        marketing=job.kind is Kind.MARKETING,
    )
    given = {name: value for name, value in content.items() if value is not None}
    signer = signer_for(app.settings, domain) if channel is Channel.EMAIL else None
    return build_composer(channel, given, sender, now=app.clock.now, signer=signer)


class Briefings:
    """Reads briefings and keeps them a while; shared by the threads of a process."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._kept: dict[int, tuple[float, Briefing]] = {}
        self._lock = threading.Lock()

    def __call__(self, campaign_id: int) -> Briefing:
        """Return the briefing of a planned campaign.

        Raises VaultFault when its content was altered.
        """
        now = self._app.clock.boot()
        with self._lock:
            kept = self._kept.get(campaign_id)
            if kept is not None and now - kept[0] < _KEPT_SECONDS:
                return kept[1]
        briefing = read_briefing(self._app, campaign_id)
        with self._lock:
            while len(self._kept) >= _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[campaign_id] = (now, briefing)
        return briefing


def read_briefing(app: App, campaign_id: int) -> Briefing:
    """Read and compile what dispatch needs of a campaign."""
    with app.db.read() as connection:
        row = connection.execute(
            sa.select(
                campaigns.c.controller,
                campaigns.c.name,
                campaigns.c.purpose,
                campaigns.c.facts,
                campaigns.c.accepted,
                campaigns.c.route,
                campaigns.c.urgent,
                campaigns.c.resend_doubt,
                campaigns.c.expiry_month,
                campaigns.c.not_after,
            ).where(campaigns.c.id == campaign_id)
        ).one()
        controller = controllers.by_number(connection, row.controller)
        approved = approvals.count(connection, campaign_id)

    def stored() -> bytes:
        with app.db.read() as connection:
            found = sa.select(campaigns.c.sealed_job).where(campaigns.c.id == campaign_id)
            return connection.scalar(found) or b""

    scope = campaign_scope(campaign_id)
    fallback: frozenset[str] = frozenset()
    composers: tuple[Composer, ...] = ()
    sends: tuple[SendFacts, ...] = ()
    with suppress(KeyDestroyed):
        job = decode_stored_job(open_stored(app, controller.name, scope, stored))
        fallback = frozenset(reason.value for reason in job.fallback.on)
        composers = tuple(composer_for(app, controller, job, channel) for channel in job.route)
        known = decode_stored(row.facts)
        sends = tuple(
            send_facts(
                job,
                channel,
                controller.settings,
                composer.facts,
                known,
                size=row.accepted,
                approvals=approved,
            )
            for channel, composer in zip(job.route, composers, strict=True)
        )
    return Briefing(
        campaign_id=campaign_id,
        controller=controller.number,
        controller_name=controller.name,
        campaign_name=row.name,
        purpose=row.purpose,
        expiry_month=row.expiry_month,
        not_after=row.not_after,
        resend_doubt=row.resend_doubt,
        urgent=row.urgent,
        route=msgspec.json.decode(row.route, type=tuple[Channel, ...]),
        fallback=fallback,
        composers=composers,
        sends=sends,
        connectors=controller.settings.connectors,
        mint=TokenMint(
            controller.number, app.vault.token_key(controller.name), app.vault.reference_key()
        ),
        reference_key=app.vault.reference_key(),
        public_url=public_base(app.settings.public_url),
    )
