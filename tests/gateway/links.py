"""Links as messages carry them, made for tests that send no message."""

from dataclasses import dataclass

from channels.contract import ADDRESS_KIND, Channel
from engine.app import App
from engine.controllers import Controller
from engine.tokens import Bearer, TokenMint


@dataclass(frozen=True)
class Minter:
    """Mints tokens of one controller, as dispatch does."""

    app: App
    controller: Controller
    campaign: int = 1

    def bearer(self, address: str, ref: str | None = None, channel: str = "email") -> Bearer:
        pseudonyms = self.app.vault.pseudonyms(self.controller.name)
        contact = pseudonyms.contact(ADDRESS_KIND[Channel(channel)].value, address)
        person = pseudonyms.person(ref) if ref else contact
        return Bearer(self.campaign, channel, contact, person, ref, None if ref else address)

    def token(self, address: str, ref: str | None = None, channel: str = "email") -> str:
        mint = TokenMint(
            self.controller.number,
            self.app.vault.token_key(self.controller.name),
            self.app.vault.reference_key(),
        )
        return mint.mint(self.bearer(address, ref, channel))
