"""Write the pages for whoever writes rules: ``ops/docs/policy/*.md``.

A page for each kind of rule, and pages of reasons, facts, and rulesets that come with Chappe. With
``--check`` nothing is written; the exit code is 1 when a page is not current.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.policy_pages.every_rule_page import every_rule_page
from ops.policy_pages.facts_page import examples_page, facts_page
from ops.policy_pages.kind_page import WRITTEN, kind_page
from ops.policy_pages.kinds import KINDS, kind_name
from ops.policy_pages.markdown import table
from ops.policy_pages.pack_page import pack_page
from ops.policy_pages.reasons_page import reasons_page

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "ops" / "docs" / "policy"
PACKS = PROJECT / "policy" / "packs"
BEGINNING = Path(__file__).with_name("beginning.md")
_CASES = ".cases.toml"
_MARK = "*Written by `python -m ops.policy_pages`"


def pages() -> Mapping[str, str]:
    """Return every page by the name of its file."""
    rulesets = {path.stem: path for path in _rulesets()}
    return {
        "README.md": beginning_page(),
        "every-rule.md": every_rule_page(),
        "reasons.md": reasons_page(),
        "facts.md": facts_page(),
        "examples.md": examples_page(),
        **{f"{kind_name(kind)}.md": kind_page(kind) for kind in KINDS},
        **{
            f"{name}.md": pack_page(
                path.relative_to(PROJECT).as_posix(), path.read_text(encoding="utf-8")
            )
            for name, path in rulesets.items()
        },
    }


def _rulesets() -> list[Path]:
    return sorted(path for path in PACKS.glob("*.toml") if not path.name.endswith(_CASES))


def beginning_page() -> str:
    """Return the page on which people begin."""
    rows = [(f"[`{kind_name(kind)}`]({kind_name(kind)}.md)", _first(kind)) for kind in KINDS]
    text = BEGINNING.read_text(encoding="utf-8")
    return text.replace("{written}", WRITTEN.strip()).replace("{kinds}", table(("kind", ""), rows))


def _first(kind: type[object]) -> str:
    sentences = " ".join((kind.__doc__ or "").split())
    return sentences.partition(". ")[0].removesuffix(".") + "."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.policy_pages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args(arguments).check
    wanted = dict(pages())
    FOLDER.mkdir(parents=True, exist_ok=True)
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    # Pages that people wrote themselves are left alone.
    there = {name: page for name, page in there.items() if name in wanted or _MARK in page}
    stale = sorted(name for name in there | wanted if there.get(name) != wanted.get(name))
    for name in stale:
        if not check:
            _write(FOLDER / name, wanted.get(name))
        verdict = "is not current; run: python -m ops.policy_pages" if check else "written"
        sys.stderr.write(f"{(FOLDER / name).relative_to(PROJECT).as_posix()} {verdict}\n")
    return 1 if stale and check else 0


def _write(path: Path, text: str | None) -> None:
    if text is None:  # of a kind or ruleset that is no more
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
