"""Keys and the audit: everything sealed can be opened, and the audit is anchored."""

from collections.abc import Iterator

from engine import audit_walk, controllers
from engine.app import App
from engine.clock import MINUTE
from engine.errors import EngineError
from ops.doctor.findings import Finding, fault, ok

_ANCHORED_WITHIN = 5 * MINUTE


def of_controllers(app: App) -> Iterator[Finding]:
    """Look whether every controller that is served has its keys, and the master key opens them."""
    without = []
    every = controllers.every(app)
    for controller in every:
        try:
            app.vault.require_keys(controller.name)
            app.vault.pseudonyms(controller.name)
            app.vault.token_key(controller.name)
        except EngineError:
            without.append(controller.name)
    if without:
        yield fault(
            f"no usable keys for: {', '.join(without)}",
            "restore the keyring from its backup; without it their data cannot be read",
        )
    else:
        yield ok(f"keys of {len(every)} controllers open")


def audit_anchored(app: App) -> Iterator[Finding]:
    """Look whether the keyring vouches for the audit, up to its newest acts."""
    head = audit_walk.head(app)
    anchor = audit_walk.last_anchor(app)
    reached = 0 if anchor is None else anchor.number
    if head is None:
        if reached:
            yield fault(
                f"the audit is empty, and the keyring remembers {reached} acts",
                "run: chappe audit verify, and find out who deleted them",
            )
        else:
            yield ok("nothing is on record yet")
    elif head.number < reached or (
        anchor is not None and head.number == reached and head.hash != anchor.hash
    ):
        yield fault(
            "the audit is not the one that the keyring remembers", "run: chappe audit verify"
        )
    elif head.number > reached and app.clock.now() - head.at > _ANCHORED_WITHIN:
        yield fault(
            f"acts {reached + 1}-{head.number} are not anchored in the keyring",
            "is the scheduler running, and may it write to the keyring?",
        )
    else:
        yield ok(f"{head.number} acts, anchored")
