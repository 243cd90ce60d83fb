"""Write dashboards and alert rules under ops/deploy: ``python -m ops.dashboards [--check]``.

With ``--check`` nothing is written; the exit code is 1 when a file is missing, not current, or
belongs to no dashboard.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.dashboards import DASHBOARDS
from ops.dashboards.grafana import page
from ops.dashboards.rules import rule_file

DEPLOY = Path(__file__).parents[1] / "deploy"
_PAGES = "grafana/dashboards"


def files() -> Mapping[str, str]:
    """Return every generated file: its path under ``ops/deploy``, and its content."""
    written = {
        f"{_PAGES}/{dashboard.uid}.json": json.dumps(page(dashboard), indent=1, ensure_ascii=False)
        + "\n"
        for dashboard in DASHBOARDS
    }
    return written | {"prometheus/alerts.yml": rule_file()}


def stale(folder: Path) -> list[str]:
    """Return the files that are missing, not current, or left from a dashboard that is gone."""
    wanted = files()
    found = [
        name
        for name, content in wanted.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != content
    ]
    there = (path.relative_to(folder).as_posix() for path in (folder / _PAGES).glob("*.json"))
    return found + [name for name in there if name not in wanted]


def write(folder: Path) -> list[str]:
    """Bring the files up to date; return the names of those that changed."""
    wanted, changed = files(), stale(folder)
    for name in changed:
        path = folder / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def main(arguments: Sequence[str] | None = None, folder: Path = DEPLOY) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args(arguments).check
    found = stale(folder) if check else write(folder)
    verdict = "is not current; run: python -m ops.dashboards" if check else "written"
    for name in found:
        sys.stderr.write(f"ops/deploy/{name} {verdict}\n")
    return 1 if found and check else 0


if __name__ == "__main__":
    sys.exit(main())
