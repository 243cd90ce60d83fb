"""``chappe migrate``: the schema of both databases, and what to do with a copy of them."""

from typing import Annotated

import typer

from engine import adoption, bootstrap
from engine.adoption import Adopted
from engine.settings import load_settings
from ops.cli import output
from ops.cli.options import JsonFlag, YesFlag, examples, new_app
from ops.cli.session import opened
from ops.cli.shapes import Migrated
from ops.lacking_rules import REMEDY, SENTENCE

app = new_app("Schema.")


@app.command(
    epilog=examples(
        "chappe migrate",
        "chappe migrate --down --yes",
        "chappe migrate --adopt restored --yes",
        "chappe migrate --app chappe_app --reader chappe_reader",
    )
)
def migrate(
    down: Annotated[
        bool, typer.Option("--down", help="Take both schemas away, with everything in them.")
    ] = False,
    adopt: Annotated[
        Adopted | None,
        typer.Option(
            help="Let a copied database send: moved (the first one is gone and sent nothing"
            " since), or restored (what was open becomes in doubt)."
        ),
    ] = None,
    app_role: Annotated[
        str | None,
        typer.Option(
            "--app",
            metavar="ROLE",
            help="PostgreSQL role that may work rows, but neither change the audit nor the schema.",
        ),
    ] = None,
    reader_role: Annotated[
        str | None,
        typer.Option("--reader", metavar="ROLE", help="PostgreSQL role that may only read."),
    ] = None,
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Bring both databases to the schema that this version needs."""
    settings = load_settings()
    before = bootstrap.revisions(settings)
    if down:
        output.confirmed("Destroy both databases, keys and data, for good?", yes=yes)
        bootstrap.unmigrate(settings)
    else:
        bootstrap.migrate(settings)
        if app_role or reader_role:
            bootstrap.grant_roles(settings, app_role, reader_role)
        if bootstrap.lacks_rules(settings):
            output.warn(f"{SENTENCE}; `chappe init` lays down the first, or: {REMEDY}")
    if adopt is not None and not down:
        _adopt(adopt, yes=yes)
    after = bootstrap.revisions(settings)
    found = [
        Migrated(database=name, before=before[name], after=after[name])
        for name in ("main", "keyring")
    ]
    if json:
        output.document(found)
        return
    output.table(
        ("database", "before", "after"), [(one.database, one.before, one.after) for one in found]
    )


def _adopt(what: Adopted, *, yes: bool) -> None:
    with opened() as installation:
        question = f"Is this database {what}, and no other one sending?"
        output.confirmed(question, yes=yes)
        doubted = adoption.adopt(installation, what)
    output.say(f"adopted; {doubted} batches became in doubt")
