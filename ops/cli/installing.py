"""``chappe init``: from nothing to an installation that can send.

Every step looks first: run again, it makes what is missing and says what was there.
"""

import sys
from typing import Annotated

import typer

from channels.contract import Channel
from engine import audit, bootstrap, connectors, controllers
from engine.app import App
from engine.audit import Act
from engine.connectors import Attestation, Setup
from engine.controllers import ControllerSettings
from engine.master_key import create_master_key
from engine.settings import OWN_CONFIG, Settings, load_settings
from engine.wire.job import Kind
from ops.cli import first_rules, output
from ops.cli.asking import asked, asked_words, require_options
from ops.cli.connecting import add
from ops.cli.controllers import (
    NoSectorsFlag,
    PurposeOption,
    SectorOption,
    read_purpose,
    read_sectors,
)
from ops.cli.options import JsonFlag, examples, new_app
from ops.cli.session import own_account
from ops.cli.shapes import Installed
from ops.cli.wishes import Log, Wishes

app = new_app("Set up.")

RELAY = "relay"
OUTBOX = "outbox"
_SECTORS = "Sectors that it advertises, such as energy_works training_account (empty: none of them)"
_NO_WAY_OUT = "give --relay URL, or --outbox to write files instead of sending"


@app.command(
    epilog=examples(
        "chappe init",
        "chappe init --controller boutique --no-sectors --outbox --attested-by 'J. Martin'",
        "chappe init --controller boutique --relay smtp://sender:secret@relay.example.org:587"
        " --attested-by 'J. Martin' --sub-processor 'Relay SAS' --country FR",
    )
)
def init(
    controller: Annotated[str | None, typer.Option(help="Name of the first client.")] = None,
    purpose: PurposeOption = None,
    relay: Annotated[
        str | None,
        typer.Option(metavar="URL", help="SMTP relay for email; a password in it is sealed."),
    ] = None,
    outbox: Annotated[
        bool, typer.Option("--outbox", help="Write files into the home folder instead of sending.")
    ] = False,
    attested_by: Annotated[
        str | None, typer.Option(help="Who answers for the relay being what you say it is.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="Where the relay processes data: ISO 3166-1, such as FR.")
    ] = None,
    sub_processor: Annotated[
        str | None, typer.Option(help="The company that runs the relay; your own for your own.")
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="Base of the links that recipients see.")
    ] = None,
    return_domain: Annotated[
        str | None, typer.Option(help="Domain of return paths and message ids.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="RULESET", help="Rules of the platform: a name or a file; default: fr."
        ),
    ] = None,
    sector: SectorOption = None,
    no_sectors: NoSectorsFlag = False,
    json: JsonFlag = False,
) -> None:
    """Set everything up: keys, databases, a first controller, an attested way out, first rules.

    Asks on a terminal for what no option says. Run again, it makes what is missing, changes
    nothing that is there, and says so.
    """
    settings = load_settings()
    wishes = Wishes(
        controller,
        tuple(purpose or ()),
        relay or (settings.smtp_url.get_secret_value() if settings.smtp_url else None),
        outbox,
        attested_by,
        country,
        sub_processor,
        public_url,
        return_domain,
        policy,
        read_sectors(sector, none=no_sectors),
    )
    _require_enough(settings, wishes)
    done = install(settings, wishes)
    if json:
        output.document(done)
        return
    for line in done.kept:
        output.say(f"there already: {line}")
    for line in done.made:
        output.say(f"made: {line}", style="green")
    _print_next(settings)


def _require_enough(settings: Settings, wishes: Wishes) -> None:
    """Say what is missing or cannot be before anything is made, where there is nobody to ask."""
    if wishes.country is not None:
        connectors.checked_country(wishes.country)
    if wishes.policy is not None:
        first_rules.require_usable(wishes.policy)
    if sys.stdin.isatty() or settings.master_key_path.exists():
        return
    if wishes.controller is None:
        raise typer.BadParameter("give --controller: there is nobody to ask")
    if wishes.relay is None and not wishes.outbox:
        raise typer.BadParameter(_NO_WAY_OUT)
    if wishes.relay is not None:
        _require_attestation(wishes)


def _require_attestation(wishes: Wishes) -> None:
    """Refuse a relay for which nobody answers: what an attestation says has no defaults."""
    said = {
        "--attested-by": wishes.attested_by,
        "--country": wishes.country,
        "--sub-processor": wishes.sub_processor,
    }
    require_options(said, "somebody answers for who runs the relay, and where")


def install(settings: Settings, wishes: Wishes) -> Installed:
    """Make what is missing of an installation."""
    log = Log()
    _keys(settings, log)
    before = bootstrap.revisions(settings)
    bootstrap.migrate(settings)
    current = None not in before.values() and before == bootstrap.revisions(settings)
    (log.kept if current else log.made).append("the schema of both databases")
    _config(settings, wishes, log)
    installation = bootstrap.build_app(settings)
    try:
        controllers.create_platform_keys(installation)
        _controller(installation, wishes, log)
        _way_out(installation, wishes, log)
        _grant(installation, log)
        first_rules.lay_down(installation, wishes, log)
        if None in before.values():
            with installation.db.write() as connection:
                audit.record(installation, connection, Act.INSTALLATION_MADE, "installation")
        audit.anchor(installation)
    finally:
        installation.close()
    return Installed(
        home=str(settings.home_folder),
        master_key=str(settings.master_key_path),
        made=tuple(log.made),
        kept=tuple(log.kept),
    )


def _keys(settings: Settings, log: Log) -> None:
    settings.home_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.master_key_path
    try:
        create_master_key(path, settings.keyring)
    except FileExistsError:
        log.kept.append(f"the master key, {path}")
    else:
        log.made.append(f"the master key, {path}: keep a copy apart from the databases")


def _config(settings: Settings, wishes: Wishes, log: Log) -> None:
    """Keep what only settings can say in the file that the home folder is read with."""
    given = {"public_url": wishes.public_url, "return_domain": wishes.return_domain}
    lines = [f'{name} = "{value}"\n' for name, value in given.items() if value is not None]
    if not lines:
        return
    load_settings(**{name: value for name, value in given.items() if value is not None})
    path = settings.home_folder / OWN_CONFIG
    if path.exists():
        log.kept.append(f"{path}, as it is; set public_url and return_domain there")
        return
    path.write_text("".join(lines))
    log.made.append(f"{path}")


def _controller(installation: App, wishes: Wishes, log: Log) -> None:
    known = [one.name for one in controllers.every(installation)]
    name = wishes.controller
    if name is None and known:
        log.kept.append(f"controllers: {', '.join(known)}")
        return
    name = name or asked("Name of the first controller (the client)", "--controller")
    if name in known:
        log.kept.append(f"controller {name}")
        return
    texts = wishes.purposes or (asked("What are campaigns for", "--purpose", "offers"),)
    purposes = {key: kind or Kind.MARKETING for key, kind in map(read_purpose, texts)}
    sectors = asked_words(_SECTORS) if wishes.sectors is None else wishes.sectors
    controllers.create(installation, name, ControllerSettings(purposes=purposes, sectors=sectors))
    log.made.append(f"controller {name}, for {', '.join(purposes)}")


def _way_out(installation: App, wishes: Wishes, log: Log) -> None:
    known = [one.name for one in connectors.every(installation)]
    relay, outbox = wishes.relay, wishes.outbox
    if relay is None and not outbox:
        if known:
            log.kept.append(f"connectors: {', '.join(known)}")
            return
        relay = _asked_relay()
    if relay is not None:
        if RELAY in known:
            log.kept.append(f"connector {RELAY}; see chappe connector --help to change it")
        else:
            _add_relay(installation, relay, wishes, log)
    if outbox or (relay is None and not known):
        _add_outbox(installation, wishes, known, log)


def _asked_relay() -> str | None:
    if not sys.stdin.isatty():
        raise typer.BadParameter(_NO_WAY_OUT)
    prompt = "SMTP relay, such as smtp://user@host:587 (empty: write files instead)"
    return typer.prompt(prompt, default="", show_default=False, err=True) or None


def _add_relay(installation: App, url: str, wishes: Wishes, log: Log) -> None:
    _require_attestation(wishes)
    bare, secrets = connectors.split_password(url)
    user, _, place = bare.rpartition("@")
    if user and not secrets and sys.stdin.isatty():
        secrets = {"password": typer.prompt("Its password", hide_input=True, err=True)}
    host = place.rpartition("//")[2]
    given = Attestation(
        wishes.attested_by or asked("Who answers for this relay", "--attested-by"),
        wishes.country or asked("In which country does it process data", "--country"),
        wishes.sub_processor or asked("Which company runs it", "--sub-processor", host),
    )
    said = connectors.checked_attestation(given)
    add(installation, Setup(RELAY, "smtp", Channel.EMAIL, {"url": bare}, secrets))
    connectors.attest(installation, RELAY, said)
    log.made.append(f"connector {RELAY} to {host}, attested by {said.by}, in {said.country}")


def _add_outbox(installation: App, wishes: Wishes, known: list[str], log: Log) -> None:
    """Make an outbox for every channel: nothing leaves this machine by one."""
    by = wishes.attested_by or "chappe init"
    folder = installation.settings.home_folder / OUTBOX
    for channel in Channel:
        name = OUTBOX if channel is Channel.EMAIL else f"{OUTBOX}-{channel}"
        if name in known:
            log.kept.append(f"connector {name}")
            continue
        options = {"folder": str(folder / channel)}
        add(installation, Setup(name, "outbox", channel, options))
        said = Attestation(by, wishes.country or "FR", "none: files on this machine")
        connectors.attest(installation, name, said)
        log.made.append(f"connector {name}, into {folder / channel}")


def _grant(installation: App, log: Log) -> None:
    account = own_account(installation.settings)
    every = controllers.EVERY_CONTROLLER
    known = (account, every) in controllers.grants(installation)
    controllers.grant(installation, account, every)
    (log.kept if known else log.made).append(f"account {account}: may put every campaign")


def _print_next(settings: Settings) -> None:
    output.say("")
    output.say("Next:")
    steps = [
        "chappe list import NAME FILE.csv --attested-by WHO",
        "chappe campaign check JOB.json          what would become of a campaign",
        "chappe up                               worker and scheduler, in another terminal",
        "chappe campaign submit JOB.json --wait  send it",
    ]
    if not settings.embedded:
        steps[2] = "chappe worker, chappe scheduler         on as many hosts as you like"
    for step in steps:
        output.say(f"  {step}")
