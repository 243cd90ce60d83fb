"""What a template, a list and an address mean is what arrives: nothing more, nobody else."""

from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import msgspec
import pytest

from channels.contract import Channel
from engine import oppositions
from engine.list_files import Note, RowFile
from engine.list_imports import ImportReport, ListImport, import_list
from engine.opposition_imports import Defaults, import_file
from engine.subjects import Subject
from tests.scenarios.campaign import Campaign, Json
from tests.scenarios.site import Site

# Values that were found to break messages elsewhere: quotes, markup, braces, nothing, none.
PEOPLE: list[Json] = [
    {
        "email": "a@example.org",
        "tel": "+33639980101",
        "prenom": "L'Hélène <b>&",
        "marque": "C&A d'été",
    },
    {"email": "b@example.org", "tel": "+33639980102", "marque": "x"},
    {"email": "c@example.org", "tel": "+33639980103", "prenom": "", "marque": "x"},
    {"email": "d@example.org", "tel": "+33639980104", "prenom": None, "marque": "x"},
    {
        "email": "e@example.org",
        "tel": "+33639980105",
        "prenom": "{{ marque }}",
        "marque": "{% for i in range(9) %}",
    },
]
CONTENT: Json = {
    "email": {
        "from": "Boutique <info@boutique.example.org>",
        "subject": "Pour {{ prenom }}",
        "text": "Bonjour {{ prenom }}, {{ marque }} & vous",
        "html": "<p>Bonjour {{ prenom }}</p>",
    },
    "sms": {"sender": "BOUTIQUE", "text": "Bonjour {{ prenom }} - {{ marque }} STOP au 36063"},
}


def sent_by(site: Site, channel: str) -> Campaign:
    address = {"email": "email", "sms": "tel"}[channel]
    wanted = (address, "prenom", "marque")
    rows = [{name: row[name] for name in wanted if name in row} for row in PEOPLE]
    campaign = site.submit(
        *rows,
        kind="service",
        purpose="rappels",
        route=[channel],
        content={channel: CONTENT[channel]},
    )
    site.finish()
    return campaign


def mails(folder: Path) -> dict[str, EmailMessage]:
    """Read every mail of an outbox, by recipient."""
    found = {}
    for path in folder.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(mail, EmailMessage)
        found[str(mail["To"])] = mail
    return found


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    text = body.get_content()
    assert isinstance(text, str)
    return text.strip()


def test_values_are_escaped_in_html_only_and_never_rendered_again(site: Site) -> None:
    folder = site.outbox(Channel.EMAIL)
    campaign = sent_by(site, "email")
    found = mails(folder)
    assert sorted(found) == ["a@example.org", "c@example.org", "e@example.org"]
    quoted, empty, braces = (found[f"{who}@example.org"] for who in "ace")
    assert quoted["Subject"] == "Pour L'Hélène <b>&"
    assert part(quoted, "plain") == "Bonjour L'Hélène <b>&, C&A d'été & vous"
    assert part(quoted, "html") == "<p>Bonjour L&#x27;Hélène &lt;b&gt;&amp;</p>"
    assert str(empty["Subject"]).strip() == "Pour"
    assert part(empty, "plain") == "Bonjour , x & vous"
    assert part(empty, "html") == "<p>Bonjour </p>"
    assert braces["Subject"] == "Pour {{ marque }}"
    assert part(braces, "plain") == "Bonjour {{ marque }}, {% for i in range(9) %} & vous"
    assert part(braces, "html") == "<p>Bonjour {{ marque }}</p>"
    assert campaign.reasons == {("sent", ""): 3, ("invalid", "missing:prenom"): 2}


def test_a_text_message_follows_the_same_rules(site: Site) -> None:
    folder = site.outbox(Channel.SMS)
    campaign = sent_by(site, "sms")
    texts = {}
    for path in folder.glob("*.json"):
        message = msgspec.json.decode(path.read_bytes())
        texts[message["to"]] = message["text"]
    assert texts == {
        "+33639980101": "Bonjour L'Hélène <b>& - C&A d'été STOP au 36063",
        "+33639980103": "Bonjour  - x STOP au 36063",
        "+33639980105": "Bonjour {{ marque }} - {% for i in range(9) %} STOP au 36063",
    }
    assert campaign.reasons == {("sent", ""): 3, ("invalid", "missing:prenom"): 2}


def test_no_value_adds_a_header(site: Site) -> None:
    folder = site.outbox(Channel.EMAIL)
    value = "x\r\nBcc: victim@example.org\r\n\r\nbody"
    content = {"email": CONTENT["email"] | {"text": "t", "html": "<p>t</p>"}}
    campaign = site.submit(
        {"email": "a@example.org", "prenom": value},
        kind="service",
        purpose="rappels",
        content=content,
    )
    site.finish()
    for mail in mails(folder).values():
        assert mail["Bcc"] is None
    assert sum(campaign.outcomes.values()) == 1


# --- lists ---------------------------------------------------------------------------------------


def imported(site: Site, name: str, text: str) -> tuple[ImportReport, list[Note]]:
    path = site.app.settings.home_folder / f"{name}.csv"
    path.write_text(text)
    notes: list[Note] = []
    wanted = ListImport(site.controller.name, name, RowFile(path), ("offres",))
    report = import_list(site.app, wanted, noted=notes.append, progress=lambda rows, size: None)
    return report, notes


def test_importing_people_again_does_not_undo_their_objection(site: Site) -> None:
    relay = site.provider()
    for address in ("opposed@example.org", "opposed2@example.org"):
        site.oppose(address)
    text = (
        "email,status,consent_at\n"
        "opposed@example.org,subscribed,\n"
        "OPPOSED2@Example.ORG,active,2020-01-01\n"
        "new@example.org,subscribed,2026-11-20\n"
    )
    for _ in range(2):
        report, notes = imported(site, "clients", text)
        assert [note.line for note in notes if note.what == "opposed"] == [2, 3]
        assert (report.accepted, report.opposed) == (3, 2)
    job = site.job()
    job["recipients"] = {"list": "clients"}
    campaign = site.submit_job(job)
    site.finish()
    assert relay.addresses == ["new@example.org"]
    assert campaign.outcomes == {"sent": 1, "suppressed": 2}
    for address in ("opposed@example.org", "opposed2@example.org"):
        assert oppositions.check(site.app, site.controller.name, [Subject("email", address)])


@pytest.mark.parametrize("way", ["by an operator", "from a file"])
def test_tags_and_dots_mean_other_people(site: Site, way: str) -> None:
    relay = site.provider()
    everybody = ["a+promo@example.org", "a.b@example.org", "a@example.org", "ab@example.org"]
    report, _ = imported(site, "quatre", "\n".join(["email", *everybody]))
    assert (report.accepted, report.duplicates) == (4, 0)
    job = site.job()
    job["recipients"] = {"list": "quatre"}
    site.submit_job(job)
    site.finish()
    assert sorted(relay.addresses) == everybody
    if way == "by an operator":
        site.oppose("A+promo@example.org")
    else:
        path = site.app.settings.home_folder / "oppositions.csv"
        path.write_text("email\nA+Promo@Example.org\n")
        import_file(
            site.app,
            site.controller.name,
            RowFile(path),
            Defaults(),
            noted=lambda note: None,
            progress=lambda rows, size: None,
        )
    opposed = [
        address
        for address in everybody
        if oppositions.check(site.app, site.controller.name, [Subject("email", address)])
    ]
    assert opposed == ["a+promo@example.org"]
    site.submit_job(job | {"id": "encore"})
    site.finish()
    assert Counter(relay.addresses) == {
        "a+promo@example.org": 1,
        "a.b@example.org": 2,
        "a@example.org": 2,
        "ab@example.org": 2,
    }
