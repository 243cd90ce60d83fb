"""What ``chappe init`` is asked for, and what it says it did."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the first installation is asked to be; None: ask, or take the default."""

    controller: str | None = None
    purposes: tuple[str, ...] = ()
    relay: str | None = None
    outbox: bool = False
    attested_by: str | None = None
    country: str | None = None
    sub_processor: str | None = None
    public_url: str | None = None
    return_domain: str | None = None
    policy: str | None = None
    sectors: tuple[str, ...] | None = None


@dataclass(slots=True)
class Log:
    """What was made, and what was there and is left as it is; in words."""

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
