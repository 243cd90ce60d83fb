"""Contact lists as they are shown: what became of a file, where it comes from, what it holds."""

from collections.abc import Mapping, Sequence
from typing import Final

from engine.list_imports import ImportReport
from engine.lists import ListSummary
from ops.cli import output
from ops.cli.notes import Notes, reasons_in_words
from ops.cli.shapes import ImportShown, ListImported, ListShown

_NUMBERS: Final[Mapping[str, str]] = {
    "nir": "social security numbers",
    "card": "numbers of payment cards",
}


def findings_in_words(findings: Mapping[str, int] | None) -> str:
    """Return what was found, in words; None: nobody has looked."""
    if findings is None:
        return "not screened"
    told = (f"{_kind_in_words(kind)} ({count})" for kind, count in sorted(findings.items()))
    return ", ".join(told) or "none found"


def _kind_in_words(kind: str) -> str:
    return _NUMBERS.get(kind) or f"columns about {kind.removeprefix('words:')}"


def warn_of_import(done: ListImported) -> None:
    """Say what rulesets may refuse the list for, and what to do about it."""
    if done.findings:
        output.warn(
            f"sensitive data in this file: {findings_in_words(done.findings)}; rulesets may refuse"
            f" campaigns to the list. To take it out: chappe list undo {done.list}, then import"
            " the file without it (--without COLUMN)"
        )
    if not done.attested:
        output.warn(
            "nobody answers for where all of this list comes from; rulesets may refuse marketing"
            f" to it. Once it is known: chappe list attest {done.list} --by WHO"
        )


def origin_in_words(one: ListShown) -> str:
    """Return where a list comes from, in words."""
    origin = f"supplied by {one.supplier}" if one.supplier else "collected by the controller"
    return origin if one.attested_by else f"not attested, {origin}"


def print_list(one: ListShown) -> None:
    """Print one list."""
    output.facts(
        {
            "list": one.list,
            "controller": one.controller,
            "purposes": ", ".join(one.purposes),
            "columns": ", ".join(one.columns),
            "rows": one.rows,
            "created": output.readable(one.created_at),
            "comes from": origin_in_words(one),
            "attested by": one.attested_by,
            "attested": output.readable(one.attested_at),
            "sensitive data": findings_in_words(one.findings)
            + ("" if one.findings is not None else f"; to do so: chappe list screen {one.list}"),
        }
    )
    output.table(
        ("imported", "finished", "accepted", "rejected", "opposed"),
        [
            (
                output.readable(done.created_at),
                output.readable(done.finished_at),
                done.accepted,
                done.rejected,
                done.opposed,
            )
            for done in one.imports
        ],
    )


def print_lists(found: Sequence[ListShown]) -> None:
    """Print several lists, a line each."""
    output.table(
        ("list", "rows", "purposes", "columns", "comes from", "sensitive data", "created"),
        [
            (
                one.list,
                one.rows,
                ", ".join(one.purposes),
                ", ".join(one.columns),
                origin_in_words(one),
                findings_in_words(one.findings),
                output.readable(one.created_at),
            )
            for one in found
        ],
    )


def list_imported(owner: str, name: str, done: ImportReport, notes: Notes) -> ListImported:
    """Return what became of an imported file."""
    return ListImported(
        controller=owner,
        list=name,
        rows=done.rows,
        accepted=done.accepted,
        rejected=done.rejected,
        duplicates=done.duplicates,
        opposed=done.opposed,
        repaired=done.repaired,
        unusable=done.unusable,
        resumed=done.resumed,
        columns=done.columns,
        attested=done.attested,
        findings=dict(done.findings),
        reasons=dict(done.reasons),
        notes=notes.shapes(),
    )


def print_import(done: ListImported) -> None:
    """Print what became of an imported file."""
    output.facts(
        {
            "list": f"{done.list} of {done.controller}",
            "rows": done.rows,
            "accepted": done.accepted,
            "rejected": done.rejected,
            "rejected because": reasons_in_words(list(done.reasons.items())),
            "duplicates": f"{done.duplicates} (a campaign writes to each person once)",
            "opposed": f"{done.opposed} (never contacted, whatever the file says)",
            "addresses mended": done.repaired,
            "addresses left out": done.unusable,
            "columns": ", ".join(done.columns),
            "sensitive data": findings_in_words(done.findings),
        }
    )


def list_shown(owner: str, summary: ListSummary) -> ListShown:
    """Return a list as it is shown."""
    known = summary.provenance
    return ListShown(
        controller=owner,
        list=summary.name,
        purposes=summary.purposes,
        columns=summary.columns,
        rows=summary.rows,
        attested_by=known.attested_by,
        attested_at=output.perhaps(known.attested_at),
        supplier=known.supplier,
        findings=None if summary.findings is None else dict(summary.findings),
        created_at=output.moment(summary.created_at),
        imports=tuple(
            ImportShown(
                accepted=done.rows,
                rejected=done.rejected,
                opposed=done.opposed,
                created_at=output.moment(done.created_at),
                finished_at=output.perhaps(done.finished_at),
            )
            for done in summary.imports
        ),
    )
