"""Write the pages that the code knows best: ``python -m ops.cli.docs [--check]``.

``ops/docs/commands.md`` from the verbs and the shapes of their JSON, ``ops/docs/metrics.md`` from
the registry of metrics, and the table of settings in ``README.md``. With ``--check`` nothing is written; the exit code is 1 when a page is not current.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import typer
from msgspec import Struct
from pydantic.fields import FieldInfo
from typer.core import TyperCommand, TyperGroup

from engine.settings import Settings
from ops.cli import (
    audit_shapes,
    campaign_shapes,
    consent_shapes,
    diagnosis_shapes,
    metric_shapes,
    opposition_list_shapes,
    policy_change_shapes,
    policy_reason_shapes,
    policy_shapes,
    retention_shapes,
    rights_shapes,
    shapes,
    top_shapes,
)
from ops.cli.app import app
from ops.metrics.page import metrics_page

PROJECT = Path(__file__).parents[2]
COMMANDS = PROJECT / "ops" / "docs" / "commands.md"
METRICS = PROJECT / "ops" / "docs" / "metrics.md"
README = PROJECT / "README.md"
_WIDTH = 96
_BEGIN = "<!-- settings: written by python -m ops.cli.docs -->"
_END = "<!-- end of settings -->"

# What --json prints: one document, an array of them, or one object per line.
ONE, ARRAY, LINES = "", "an array of ", "per line one "
PRINTS: Mapping[str, tuple[str, type[Struct]]] = {
    "init": (ONE, shapes.Installed),
    "migrate": (ARRAY, shapes.Migrated),
    "retention show": (ARRAY, retention_shapes.ClassShown),
    "retention plan": (ARRAY, retention_shapes.PlanShown),
    "retention run": (ARRAY, retention_shapes.SweptShown),
    "retention hold": (ARRAY, retention_shapes.HoldShown),
    "retention holds": (ARRAY, retention_shapes.HoldShown),
    "retention proof": (ONE, retention_shapes.ProofVerified),
    "policy list": (ARRAY, policy_shapes.PackShown),
    "policy show": (ONE, policy_shapes.RulesetShown),
    "policy lint": (ARRAY, policy_shapes.RulesetFaultShown),
    "policy test": (ONE, policy_shapes.CasesShown),
    "policy diff": (ARRAY, policy_shapes.ChangeShown),
    "policy apply": (ONE, policy_change_shapes.PolicyChanged),
    "policy rollback": (ONE, policy_change_shapes.PolicyChanged),
    "policy history": (ARRAY, policy_change_shapes.RulesetHeld),
    "policy current": (ARRAY, policy_change_shapes.RulesetHeld),
    "policy explain": (ONE, policy_reason_shapes.PolicyExplained),
    "policy simulate": (ONE, policy_reason_shapes.Simulated),
    "policy kill": (ONE, policy_change_shapes.KillShown),
    "policy kills": (ARRAY, policy_change_shapes.KillShown),
    "policy lift": (ONE, policy_change_shapes.KillShown),
    "doctor": (ARRAY, diagnosis_shapes.FindingShown),
    "audit verify": (ONE, audit_shapes.AuditVerified),
    "audit show": (ARRAY, audit_shapes.ActShown),
    "consent give": (ONE, consent_shapes.ConsentGiven),
    "consent withdraw": (ONE, consent_shapes.ConsentWithdrawn),
    "consent show": (ARRAY, consent_shapes.ConsentShown),
    "consent import": (ONE, consent_shapes.ConsentsImported),
    "opposition-list import": (ONE, opposition_list_shapes.OppositionListImported),
    "opposition-list list": (ARRAY, opposition_list_shapes.OppositionListShown),
    "rights open": (ONE, rights_shapes.RequestShown),
    "rights accept": (ONE, rights_shapes.RequestShown),
    "rights refuse": (ONE, rights_shapes.RequestShown),
    "rights run": (ARRAY, rights_shapes.RequestShown),
    "rights list": (ARRAY, rights_shapes.RequestShown),
    "rights show": (ONE, rights_shapes.RequestShown),
    "rights certificate": (ONE, rights_shapes.CertificateChecked),
    "top": (ONE, top_shapes.TopShown),
    "metrics": (ARRAY, metric_shapes.SeriesShown),
    "campaign submit": (ONE, campaign_shapes.Submitted),
    "campaign check": (ONE, campaign_shapes.Checked),
    "campaign list": (ARRAY, campaign_shapes.CampaignShown),
    "campaign show": (ONE, campaign_shapes.CampaignShown),
    "campaign watch": (LINES, campaign_shapes.CampaignShown),
    "campaign audit": (ONE, campaign_shapes.Audited),
    "campaign explain": (ONE, campaign_shapes.Explained),
    "campaign pause": (ONE, campaign_shapes.Switched),
    "campaign resume": (ONE, campaign_shapes.Switched),
    "campaign cancel": (ONE, campaign_shapes.Switched),
    "campaign approve": (ONE, campaign_shapes.ApprovedShown),
    "list import": (ONE, shapes.ListImported),
    "list show": (ONE, shapes.ListShown),
    "list attest": (ONE, shapes.ListShown),
    "list screen": (ONE, shapes.ListShown),
    "list list": (ARRAY, shapes.ListShown),
    "list undo": (ONE, shapes.ListShown),
    "suppress add": (ONE, shapes.SuppressionAdded),
    "suppress check": (ARRAY, shapes.SuppressionShown),
    "suppress import": (ONE, shapes.SuppressionsImported),
    "controller create": (ONE, shapes.ControllerShown),
    "controller configure": (ONE, shapes.ControllerShown),
    "controller show": (ONE, shapes.ControllerShown),
    "controller list": (ARRAY, shapes.ControllerShown),
    "connector create": (ONE, shapes.ConnectorShown),
    "connector configure": (ONE, shapes.ConnectorShown),
    "connector attest": (ONE, shapes.ConnectorShown),
    "connector enable": (ONE, shapes.ConnectorShown),
    "connector disable": (ONE, shapes.ConnectorShown),
    "connector show": (ONE, shapes.ConnectorShown),
    "connector list": (ARRAY, shapes.ConnectorShown),
    "connector test": (ONE, shapes.Probed),
    "account list": (ARRAY, shapes.Grant),
    "dead-letter list": (ARRAY, shapes.DeadLetterShown),
    "dead-letter show": (ONE, shapes.DeadLetterShown),
    "dead-letter replay": (ONE, shapes.Replayed),
}
_ALSO = {
    "policy apply": "for a ruleset that is refused, an array of"
    " [RulesetFaultShown](#rulesetfaultshown)",
    "suppress check": "for a file, per line one [LineScreened](#linescreened)",
    "campaign submit": "for a file that is no campaign, an array of [ReasonShown](#reasonshown)",
    "campaign check": "for a file that is no campaign, an array of [ReasonShown](#reasonshown)",
}

_HEAD = """\
# Commands

*Written by `python -m ops.cli.docs` from the commands themselves.*

Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 refused or
failed, 2 wrong use. `--json` prints the shapes at the end of this page. Colours and moving bars
come on a terminal only, and not with `NO_COLOR`. What is destroyed is asked for first, unless
`--yes` is given.
"""
_SHAPES_HEAD = """\
## Shapes

What `--json` prints. Fields may be added; none is renamed or removed. Instants are UTC, ISO 8601.
"""


def verbs() -> Iterator[tuple[str, TyperCommand, str]]:
    """Give every verb: its words, the command, and its help text."""
    root = typer.main.get_command(app)
    yield from _verbs(root, ())


def _verbs(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, TyperCommand, str]]:
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _verbs(inner, (*words, name))
    elif isinstance(command, TyperCommand):
        name = " ".join(words)
        context = command.make_context(
            f"chappe {name}", [], resilient_parsing=True, terminal_width=_WIDTH
        )
        yield name, command, command.get_help(context)


def prints_json(command: TyperCommand) -> bool:
    """Whether a verb takes ``--json``."""
    return any("--json" in parameter.opts for parameter in command.params)


def commands_page() -> str:
    """Return the page of all commands."""
    parts = [_HEAD]
    group = ""
    for name, _, help_text in verbs():
        first, _, rest = name.partition(" ")
        heading = first if rest else "the installation and its processes"
        if heading != group:
            group = heading
            parts.append(f"## {group}\n")
        lines = "\n".join(line.rstrip() for line in help_text.splitlines())
        parts.append(f"### chappe {name}\n\n```text\n{lines}\n```\n")
        if name in PRINTS:
            many, shape = PRINTS[name]
            link = f"[{shape.__name__}](#{shape.__name__.lower()})"
            also = f"; {_ALSO[name]}" if name in _ALSO else ""
            parts.append(f"`--json` prints {many}{link}{also}.\n")
    parts.append(_SHAPES_HEAD)
    parts += _shapes()
    return "\n".join(parts)


def _shapes() -> Iterator[str]:
    named = (*(shape for _, shape in PRINTS.values()), shapes.LineScreened)
    _, found = msgspec.json.schema_components(named, ref_template="{name}")
    for name, schema in sorted(found.items()):
        properties = schema["properties"]
        yield f"### {name}\n\n{schema.get('description', '')}\n"
        rows = [
            f"| `{field}` | {_type(inner)} | {inner.get('description', '')} |"
            for field, inner in properties.items()
        ]
        yield "\n".join(("| field | type | |", "|---|---|---|", *rows, ""))


def _type(schema: object) -> str:
    match schema:
        case {"anyOf": [*options]}:
            return " or ".join(dict.fromkeys(_type(option) for option in options))
        case {"$ref": str(name)}:
            return f"[{name}](#{name.lower()})"
        case {"type": "array", "items": dict(items)}:
            return f"array of {_type(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {_type(values)}"
        case {"format": "date-time"}:
            return "instant"
        case {"type": str(kind)}:
            return kind
    return "anything"


def settings_table() -> str:
    """Return the table of all settings, as the README shows it."""
    rows = [
        f"| `CHAPPE_{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(("| variable | default | |", "|---|---|---|", *rows))


def _default(field: FieldInfo) -> str:
    value = None if field.default_factory else field.default  # a factory's differs by machine
    if value is None or value in ({}, ""):
        return ""
    secret = getattr(value, "get_secret_value", None)
    return f"`{secret() if secret else value}`"


def readme() -> str:
    """Return the README with the current table of settings."""
    before, _, rest = README.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{settings_table()}\n\n{_END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.cli.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args(arguments).check
    stale = []
    pages = ((COMMANDS, commands_page()), (METRICS, metrics_page()), (README, readme()))
    for path, wanted in pages:
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale.append(path.relative_to(PROJECT).as_posix())
        if not check:
            path.write_text(wanted, encoding="utf-8")
    for name in stale:
        verdict = "is not current; run: python -m ops.cli.docs" if check else "written"
        sys.stderr.write(f"{name} {verdict}\n")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
