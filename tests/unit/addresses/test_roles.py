"""Addresses of duties, of functions and of persons are told apart by what stands before the @."""

import pytest

from channels.email.roles import role_of


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *((name, "technical") for name in ("abuse", "postmaster", "noc", "security")),
        *((name, "technical") for name in ("mailer-daemon", "noreply", "no-reply", "hostmaster")),
        *((name, "technical") for name in ("webmaster", "root", "ne-pas-repondre", "Abuse")),
        *((name, "technical") for name in ("noreply-orders", "no-reply.shop", "bounces.42")),
        *((name, "technical") for name in ("noreply+42", "bounce+ana", "abuse-fr")),
        *((name, "role") for name in ("info", "contact", "sales", "support", "accueil")),
        *((name, "role") for name in ("direction", "compta", "INFO", "info+boutique", "contact2")),
        *((name, "role") for name in ("contact-paris", "service-client", "rh", "sav.lyon")),
        *((name, "person") for name in ("ana", "ana.info", "infographiste", "contactana", "salsa")),
        *((name, "person") for name in ("rootbeer", "abused", "ana+noreply", "serviceman", "+")),
    ],
)
def test_the_part_before_the_at_says_whose_an_address_is(name: str, role: str) -> None:
    assert role_of(f"{name}@example.org") == role
