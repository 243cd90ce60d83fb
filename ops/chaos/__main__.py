"""``python -m ops.chaos [NAME …]``: one JSON object per line; exit code 1 when a promise broke."""

import sys
from collections.abc import Callable, Mapping

from ops.chaos import deferring, erasing, scenarios, scraped, steps, sweeping
from ops.chaos.field import Field, embedded_field, real_field
from ops.chaos.verdict import Verdict

RECIPIENTS = 20_000
Scenario = Callable[[Field, int], Verdict]

REAL: Mapping[str, Scenario] = {
    "killed_at_random": scenarios.killed_at_random,
    "frozen_past_their_lease": scenarios.frozen_past_their_lease,
    "stopped_politely": scenarios.stopped_politely,
    "broker_killed": scenarios.broker_killed,
    "database_killed": scenarios.database_killed,
    "everything_at_once": scenarios.everything_at_once,
    "killed_at_each_step": steps.killed_at_each_step,
    "killed_while_deferring": deferring.killed_while_deferring,
    "killed_under_scrape": scraped.killed_under_scrape,
    "killed_while_erasing": erasing.killed_while_erasing,
    "killed_while_sweeping": sweeping.killed_while_sweeping,
}
EMBEDDED: Mapping[str, Scenario] = {"embedded_killed": scenarios.embedded_killed}


def main(names: list[str]) -> int:
    """Play the named scenarios, or all of them."""
    known = {**REAL, **EMBEDDED}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"chaos: no {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    broken = False
    for place, chosen in ((real_field, REAL), (embedded_field, EMBEDDED)):
        wanted = [name for name in chosen if name in (names or known)]
        if not wanted:
            continue
        with place() as field:
            for name in wanted:
                print(f"chaos: {name} …", file=sys.stderr)
                verdict = chosen[name](field, RECIPIENTS)
                print(verdict.line(), flush=True)
                broken = broken or not verdict.ok
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
