"""``python -m ops.bench [NAME …]``: one JSON object per line, progress on standard error.

Real services are those that CHAPPE_DATABASE_URL, CHAPPE_KEYRING_URL and CHAPPE_BROKER_URL name;
`make bench` starts throwaway ones.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping

from engine.errors import EngineError
from ops.bench.deciding import policy_decide
from ops.bench.dispatching import (
    check_only,
    dispatch_beside_sweep,
    email_end_to_end,
    embedded_outbox,
    memory,
)
from ops.bench.erasing import erase_person
from ops.bench.gateway import gateway_unsubscribe
from ops.bench.measure import Result
from ops.bench.opposing import opposition_effect
from ops.bench.planning import plan
from ops.bench.retention import retention_sweep
from ops.bench.suppressing import opposition_import, suppression_check
from ops.logs import configure_logs

BENCHMARKS: Mapping[str, Callable[[], Iterator[Result]]] = {
    "plan": plan,
    "embedded": embedded_outbox,
    "check_only": check_only,
    "email_end_to_end": email_end_to_end,
    "memory": memory,
    "policy_decide": policy_decide,
    "gateway_unsubscribe": gateway_unsubscribe,
    "opposition_effect": opposition_effect,
    "suppression_check": suppression_check,
    "opposition_import": opposition_import,
    "erase_person": erase_person,
    "retention_sweep": retention_sweep,
    "dispatch_beside_sweep": dispatch_beside_sweep,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"bench: no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    configure_logs("console", level=logging.WARNING)
    for name in names or BENCHMARKS:
        print(f"bench: {name} …", file=sys.stderr)
        try:
            for result in BENCHMARKS[name]():
                print(result.line(), flush=True)
        except EngineError as fault:
            print(f"bench: {name}: {fault}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
