"""A campaign of real, personalised, multipart mails, and how it is followed to its end."""

import time
from dataclasses import dataclass

import msgspec

from engine import statistics
from engine.admission import UnknownCampaign
from engine.app import App
from engine.clock import SECOND
from engine.states import CampaignState
from ops.bench.ground import CONTROLLER, PURPOSE

_POLL = 0.05
_PARAGRAPH = "<p>Bonjour {{ prenom }}, vous habitez {{ ville }} et votre solde est de {{ solde }} points.</p>"
_FILLER = "<p>Nos boutiques sont ouvertes samedi de dix heures à dix-neuf heures, à bientôt.</p>\n"


@dataclass(frozen=True, slots=True)
class Ended:
    """When a campaign was planned and finished, in seconds of the epoch, and how it ended."""

    planned_at: float
    finished_at: float
    outcomes: dict[str, int]


def job(campaign: str, file_name: str, sha256: str) -> bytes:
    """Return the message that enqueues a campaign over a dropped file."""
    return msgspec.json.encode(
        {
            "schema": "chappe.campaign/1",
            "id": campaign,
            "controller": CONTROLLER,
            "kind": "marketing",
            "purpose": PURPOSE,
            "relation": "b2c_prospect",
            "basis": {
                "type": "consent",
                "proof": {
                    "given_at": "2024-03-02",
                    "method": "unticked_box",
                    "text_version": "2024-03",
                    "source": "site",
                    "channels": ["email"],
                },
            },
            "sectors": [],
            "recipients": {
                "file": {"name": file_name, "sha256": sha256},
                "provenance": {"attested_by": "the bench"},
            },
            "route": ["email"],
            "content": {
                "email": {
                    "from": "Boutique <info@boutique.example.org>",
                    "subject": "-20 % samedi, {{ prenom }}",
                    "html": f"<html><body>{_PARAGRAPH}{_FILLER * 8}"
                    "<a href='{{ unsubscribe_url }}'>Se désabonner</a></body></html>",
                }
            },
        }
    )


def await_planning(app: App, campaign: str, patience: float) -> None:
    """Wait until somebody plans a campaign, or has done so. Raises TimeoutError."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            state = statistics.overview(app, campaign, CONTROLLER).found.row.state
            if state is not CampaignState.RECEIVED:
                return
        except UnknownCampaign:
            pass
        time.sleep(_POLL)
    raise TimeoutError(f"nobody took {campaign} in within {patience} s")


def follow(app: App, campaign: str, patience: float) -> Ended:
    """Wait until a campaign has finished.

    Raises TimeoutError when it takes longer than ``patience`` seconds, RuntimeError when it was
    refused.
    """
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            now = statistics.overview(app, campaign, CONTROLLER)
        except UnknownCampaign:
            time.sleep(_POLL)
            continue
        row = now.found.row
        if row.state is CampaignState.REFUSED:
            msg = f"refused: {', '.join(row.reasons)}"
            raise RuntimeError(msg)
        if row.finished_at is not None and row.planned_at is not None:
            return Ended(row.planned_at / SECOND, row.finished_at / SECOND, dict(now.outcomes))
        time.sleep(_POLL)
    msg = f"campaign {campaign} did not finish within {patience} s"
    raise TimeoutError(msg)
