"""The campaign messages of the demo, as an upstream system would put them on RabbitMQ."""

from datetime import datetime, timedelta

import msgspec

CONTROLLER = "boutique"
LIST = "clients"
OFFERS = "offers"
RECALLS = "recalls"
SENDER = "BOUTIQUE"
LETTER = "autumn-letter"
SALE = "winter-sale"
RECALL = "kettle-recall"
FLASH = "noon-flash"
HERBS = "herbal-teas"

_SALE_HTML = """\
<!doctype html>
<html lang="en"><body style="font-family: sans-serif; max-width: 32rem">
<h1 style="color: #7a1f3d">Minus 20 % on Saturday</h1>
<p>Hello {{ prenom }},</p>
<p>on Saturday everything in our shop costs a fifth less. We look forward to your visit.</p>
<p>Your Boutique</p>
<p style="font-size: 80%">You get this because you asked for our offers.
<a href="{{ unsubscribe_url }}">No more of these</a></p>
</body></html>
"""

_LETTER_HTML = """\
<!doctype html>
<html lang="en"><body style="font-family: sans-serif; max-width: 32rem">
<h1 style="color: #7a4b1f">Autumn in our shop</h1>
<p>Hello {{ prenom }},</p>
<p>new teas have come in. And soon there will be a sale: we shall write to you.</p>
<p>Your Boutique</p>
<p style="font-size: 80%">You get this because you asked for our offers.
<a href="{{ unsubscribe_url }}">No more of these</a></p>
</body></html>
"""

# The rules refuse it: whoever gets this is told, and shown, to be ill.
_HERBS_HTML = """\
<p>Hello {{ prenom }}, our herbal teas help people with diabetes.
<a href="{{ unsubscribe_url }}">No more of these</a></p>
"""

_RECALL_HTML = """\
<!doctype html>
<html lang="en"><body style="font-family: sans-serif; max-width: 32rem">
<h1>Please bring your kettle back</h1>
<p>Hello {{ prenom }},</p>
<p>the handle of the kettle that you bought in our shop may come off. Please do not use it any
more, and bring it back: you get a new one.</p>
<p>Your Boutique</p>
</body></html>
"""


def letter_job() -> bytes:
    """Return a marketing campaign by email to a hosted list, all at once."""
    return _marketing(LETTER, "{{ prenom }}, autumn in our shop", _LETTER_HTML)


def sale_job() -> bytes:
    """Return a marketing campaign by email to the same list, spread over ten minutes."""
    return _marketing(
        SALE, "{{ prenom }}, minus 20 % on Saturday", _SALE_HTML, schedule={"spread": "PT10M"}
    )


def herbs_job() -> bytes:
    """Return a marketing campaign whose words say that its recipients are ill."""
    return _marketing(HERBS, "{{ prenom }}, teas for you", _HERBS_HTML)


def flash_job(checksum: str) -> bytes:
    """Return a marketing campaign by SMS to a dropped file, for whose source somebody answers."""
    file = {"name": "regulars.csv", "sha256": checksum}
    text = "{{ prenom }}, until 6 pm: a tea on the house. Boutique. {{ stop }}"
    return msgspec.json.encode(
        _offer(FLASH, "sms", {"sender": SENDER, "text": text})
        | {"recipients": {"file": file, "provenance": {"attested_by": "the demo"}}}
    )


def _marketing(name: str, subject: str, html: str, **more: object) -> bytes:
    mail = {"from": "Boutique <info@boutique.example.org>", "subject": subject, "html": html}
    return msgspec.json.encode(_offer(name, "email", mail) | more)


def _offer(name: str, channel: str, content: dict[str, str]) -> dict[str, object]:
    """Return what every offer says of itself: who consented, how that is proven, what is sold."""
    return {
        "schema": "chappe.campaign/1",
        "id": name,
        "controller": CONTROLLER,
        "kind": "marketing",
        "purpose": OFFERS,
        "relation": "b2c_customer",
        "basis": {
            "type": "consent",
            "proof": {
                "given_at": "2024-03-02",
                "method": "unticked_box",
                "text_version": "2024-03",
                "source": "site",
                "channels": [channel],
            },
        },
        "sectors": [],
        "recipients": {"list": LIST},
        "route": [channel],
        "content": {channel: content},
    }


def recall_job(checksum: str, now: datetime) -> bytes:
    """Return an urgent service campaign to a dropped file: by SMS, else by email.

    A matter of safety: it leaves at night and on Sundays, too.
    """
    return msgspec.json.encode(
        {
            "schema": "chappe.campaign/1",
            "id": RECALL,
            "controller": CONTROLLER,
            "kind": "service",
            "purpose": RECALLS,
            "safety": True,
            "relation": "b2c_customer",
            "basis": {
                "type": "contract",
                "proof": {"contract_ref": "sale of the kettle", "related": True},
            },
            "recipients": {
                "file": {"name": "buyers.csv", "sha256": checksum},
                "provenance": {"attested_by": "the demo"},
            },
            "route": ["sms", "email"],
            "fallback": {"on": ["no_address", "invalid"]},
            "content": {
                "sms": {
                    "sender": SENDER,
                    "text": "{{ prenom }}, please bring your kettle back: its handle may come off.",
                },
                "email": {
                    "from": "Boutique <info@boutique.example.org>",
                    "subject": "Please bring your kettle back",
                    "html": _RECALL_HTML,
                },
            },
            "schedule": {"not_after": now + timedelta(days=1)},
            "priority": "urgent",
        }
    )
