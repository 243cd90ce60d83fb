"""Whose policy is changed, and why: what every change of policy begins with."""

import re
from dataclasses import dataclass

import sqlalchemy as sa

from engine import controllers
from engine.controllers import PLATFORM_SCOPE
from engine.errors import EngineError
from engine.store import campaigns
from engine.store.campaigns import CampaignRow
from engine.store.rulesets import RulesetRow
from engine.wire.scalars import ID_PATTERN, PATTERN_WORDS
from policy.layers import ORDER
from policy.rule_kinds import Layer

_CAMPAIGN = re.compile(ID_PATTERN)
_NUMBER = re.compile(r"(?:\d[\s.\-]?){9,}")
_LONGEST_REASON = 200


class PolicyFault(EngineError):
    """Raised when policy cannot be changed as asked."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One layer of one controller or campaign; of the platform there is one.

    number      of the controller; 0: the platform
    controller  its name; empty: the platform
    campaign    its name; empty on the other layers
    """

    number: int
    controller: str
    campaign: str

    @property
    def layer(self) -> Layer:
        """The layer it is on."""
        if self.campaign:
            return "campaign"
        return "controller" if self.controller else "platform"

    @property
    def place(self) -> tuple[str, int, str]:
        """What rows of rulesets are found by."""
        return self.layer, self.number, self.campaign

    def __str__(self) -> str:
        """Return what it is called in sentences."""
        if self.campaign:
            return f"campaign {self.campaign} of {self.controller}"
        return f"controller {self.controller}" if self.controller else "the platform"

    def above(self) -> tuple[tuple[str, int, str], ...]:
        """Return the places of the layers above it, the platform's first."""
        upper = (("platform", PLATFORM_SCOPE, ""), ("controller", self.number, ""))
        return upper[: ORDER.index(self.layer)]


def place_of(row: RulesetRow) -> tuple[str, int, str]:
    """Return the place that a row is about."""
    return row.layer, row.scope, row.campaign


def scope_of(connection: sa.Connection, controller: str | None, campaign: str | None) -> Scope:
    """Return a layer by names; neither: the platform. The campaign may come later.

    Raises UnknownController, or PolicyFault for what can name no campaign, or lacks its controller.
    """
    if controller is None:
        if campaign is not None:
            raise PolicyFault("say whose campaign it is: --controller NAME")
        return Scope(PLATFORM_SCOPE, "", "")
    number = controllers.find(connection, controller).number
    if campaign is not None and not _CAMPAIGN.match(campaign):
        raise PolicyFault(f"a campaign's id is {PATTERN_WORDS[ID_PATTERN]}")
    return Scope(number, controller, campaign or "")


def campaign_of(connection: sa.Connection, scope: Scope) -> CampaignRow | None:
    """Return the campaign that a scope is about; None: it is about none, or it has yet to come."""
    if not scope.campaign:
        return None
    return campaigns.find(connection, scope.number, scope.campaign)


def checked_reason(text: str) -> str:
    """Return why policy is changed, as it is kept: one line for people, which names nobody.

    Raises PolicyFault.
    """
    said = " ".join(text.split())
    if not said:
        raise PolicyFault("say why: --reason")
    if len(said) > _LONGEST_REASON or not said.isprintable():
        raise PolicyFault(f"a reason is one line of at most {_LONGEST_REASON} signs")
    if "@" in said or _NUMBER.search(said):
        raise PolicyFault("a reason is kept for ever, so it names nobody: no address, no number")
    return said
