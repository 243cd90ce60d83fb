"""``chappe policy``: rules that restrict what leaves; shown, checked, tested and compared.

Nothing in this file needs a database: rulesets are files, or come with Chappe.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ops.cli import (
    output,
    packs,
    policy_changing,
    policy_explaining,
    policy_simulating,
    switching_off,
)
from ops.cli.options import JsonFlag, examples, new_app
from ops.cli.packs import Page
from ops.cli.policy_layers import UnderOption, loosened, put_together
from ops.cli.policy_shapes import CasesShown, ChangeShown, PackShown
from ops.cli.policy_showing import (
    case_shown,
    fault_shown,
    findings_shown,
    print_cases,
    print_faults,
    print_rule,
    print_rules,
    ruleset_shown,
)
from policy.cases import Case, CasesFault, read_cases, run_cases
from policy.differences import differences
from policy.evaluate import compile_ruleset
from policy.reading import RulesetFault, content_hash, read_ruleset
from policy.rule_kinds import Ruleset
from policy.typed_tree import meant

app = new_app(
    "Policy: rules that can only restrict, written down, tested and compared. Where to begin:"
    " ops/docs/policy/README.md."
)

_COLOURS: Mapping[str, str] = {"stricter": "green", "looser": "red", "other": ""}
RulesetArgument = Annotated[
    str,
    typer.Argument(
        metavar="RULESET", help="A name that `chappe policy list` shows, or the path of a file."
    ),
]


@app.command("list", epilog=examples("chappe policy list", "chappe policy list --json"))
def list_(json: JsonFlag = False) -> None:
    """List the rulesets that come with Chappe."""
    shown = [_pack_shown(name) for name in packs.names()]
    if json:
        output.document(shown)
        return
    output.table(
        ("ruleset", "title", "layer", "rules", "cases", "version"),
        [(one.ruleset, one.title, one.layer, one.rules, one.cases, one.version) for one in shown],
    )


@app.command(
    epilog=examples(
        "chappe policy show fr",
        "chappe policy show fr --rule fr.hours.sms",
        "chappe policy show fr --rule fr.hours",
        "chappe policy show ./ours.toml --json",
        "chappe policy show fr --text > ours.toml",
        "chappe policy show fr --cases > ours.cases.toml",
    )
)
def show(
    name: RulesetArgument,
    rule: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="One rule, in full; or the beginning of several, such as fr.hours."
        ),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="The file as it is written.")] = False,
    cases: Annotated[bool, typer.Option("--cases", help="Its cases as they are written.")] = False,
    json: JsonFlag = False,
) -> None:
    """Show the rules of a ruleset: which sends each is about, what it asks, since when, and why.

    With --text and --cases the files themselves, to read or to begin one's own with.
    """
    if text or cases:
        output.data((_cases_page(name, None) if cases else packs.ruleset(name)).text.rstrip("\n"))
        return
    ruleset = _ruleset(packs.ruleset(name))
    rules = [one for one in ruleset.rule if rule is None or f"{one.id}.".startswith(f"{rule}.")]
    if not rules and rule is not None:
        raise typer.BadParameter(
            f"{name} has no rule {rule!r}{meant(rule, [one.id for one in ruleset.rule])}"
        )
    shown = ruleset_shown(ruleset, rules)
    if json:
        output.document(shown)
    elif [one.id for one in rules] == [rule]:
        print_rule(shown.rules[0])
    else:
        print_rules(shown)


@app.command(
    epilog=examples(
        "chappe policy lint ./ours.toml",
        "chappe policy lint ./boutique.toml --under ./ours.toml",
        "chappe policy lint fr --json",
    )
)
def lint(
    name: Annotated[
        str, typer.Argument(metavar="FILE", help="A ruleset's file, or the name of one.")
    ],
    under: UnderOption = None,
    json: JsonFlag = False,
) -> None:
    """Check a ruleset: whether it can be read, and its rules make sense together.

    All that is wrong is told at once, with lines. Exit code 1 if anything is an error; a warning
    is about what is probably not meant.
    """
    page = packs.ruleset(name)
    try:
        ruleset = read_ruleset(page.text)
        shown = [*loosened(under, page, ruleset), *findings_shown(page, ruleset)]
    except RulesetFault as fault:
        shown = [fault_shown(page, one) for one in fault.faults]
    if json:
        output.document(shown)
    elif not shown:
        output.say(f"{page.name}: nothing is wrong")
    else:
        print_faults(shown)
    if any(one.severity == "error" for one in shown):
        raise typer.Exit(1)


@app.command(
    "test",
    epilog=examples(
        "chappe policy test fr",
        "chappe policy test ./ours.toml",
        "chappe policy test fr ./more.cases.toml --failed",
        "chappe policy test ./boutique.toml --under ./ours.toml",
    ),
)
def decide_cases(
    name: RulesetArgument,
    cases: Annotated[
        Path | None,
        typer.Argument(
            metavar="CASES",
            exists=True,
            dir_okay=False,
            help="A file of cases. Default: NAME.cases.toml, beside the ruleset.",
        ),
    ] = None,
    under: UnderOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="Show only what fails.")] = False,
    json: JsonFlag = False,
) -> None:
    """Decide the cases of a ruleset: what was expected, and what came. Exit code 1 if any fails.

    Cases are facts, an instant, and what must come of it: `chappe policy show fr --cases` has
    hundreds, and says at its beginning how they are written.
    """
    page = packs.ruleset(name)
    ruleset = _ruleset(page)
    errors = [one for one in findings_shown(page, ruleset) if one.severity == "error"]
    if errors:
        print_faults(errors)
        raise typer.Exit(1)
    whole = put_together(under, page, ruleset)
    version = content_hash(whole)
    results = run_cases(compile_ruleset(whole, version), _cases(name, cases))
    passed = sum(one.passed for one in results)
    shown = CasesShown(
        ruleset=ruleset.name,
        version=version,
        passed=passed,
        failed=len(results) - passed,
        cases=tuple(case_shown(one) for one in results if not (failed and one.passed)),
    )
    if json:
        output.document(shown)
    else:
        print_cases(shown)
    if shown.failed:
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "chappe policy diff fr ./ours.toml", "chappe policy diff old.toml new.toml --json"
    )
)
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A ruleset: a name, or a path.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    json: JsonFlag = False,
) -> None:
    """Say in words what B makes stricter or looser than A, rule by rule."""
    changes = differences(_ruleset(packs.ruleset(before)), _ruleset(packs.ruleset(after)))
    shown = [
        ChangeShown(rule=one.rule, direction=one.direction, sentence=one.sentence)
        for one in changes
    ]
    if json:
        output.document(shown)
    for one in () if json else shown:
        output.styled(one.sentence, _COLOURS[one.direction])
    if not shown:
        output.say("nothing differs")


app.add_typer(policy_changing.app)
app.add_typer(switching_off.app)
app.add_typer(policy_explaining.app)
app.add_typer(policy_simulating.app)


def _ruleset(page: Page) -> Ruleset:
    """Return a page as a ruleset; what is wrong in it is told, and ends the command."""
    try:
        return read_ruleset(page.text)
    except RulesetFault as fault:
        print_faults([fault_shown(page, one) for one in fault.faults])
        raise typer.Exit(1) from None


def _cases_page(name: str, path: Path | None) -> Page:
    page = packs.cases(name) if path is None else packs.read(path)
    if page is None:
        raise typer.BadParameter(
            f"there are no cases beside {name}: name a file of cases, or write"
            f" {Path(name).with_suffix('.cases.toml')}"
        )
    return page


def _cases(name: str, path: Path | None) -> tuple[Case, ...]:
    page = _cases_page(name, path)
    try:
        return read_cases(page.text)
    except CasesFault as fault:
        print_faults([fault_shown(page, one) for one in fault.faults])
        raise typer.Exit(1) from None


def _pack_shown(name: str) -> PackShown:
    ruleset = _ruleset(packs.ruleset(name))
    cases = packs.cases(name)
    return PackShown(
        ruleset=name,
        title=ruleset.title,
        layer=ruleset.layer,
        version=content_hash(ruleset),
        rules=len(ruleset.rule),
        cases=0 if cases is None else len(read_cases(cases.text)),
    )
