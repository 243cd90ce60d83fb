"""A password given in a URL is taken out of it, to be sealed."""

import pytest

from engine.connectors import split_password


@pytest.mark.parametrize(
    ("url", "plain", "secrets"),
    [
        (
            "smtp://mailer:p%40ss@relay.example.org:587?starttls=required",
            "smtp://mailer@relay.example.org:587?starttls=required",
            {"password": "p@ss"},
        ),
        ("smtps://a%40b:x@[::1]:465", "smtps://a%40b@[::1]:465", {"password": "x"}),
        ("smtp://mailer@relay.example.org", "smtp://mailer@relay.example.org", {}),
        ("smtp://localhost:1025", "smtp://localhost:1025", {}),
    ],
    ids=["account", "address", "no_password", "no_account"],
)
def test_only_the_password_leaves_the_url(url: str, plain: str, secrets: dict[str, str]) -> None:
    assert split_password(url) == (plain, secrets)
