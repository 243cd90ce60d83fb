"""What is found wrong between the rules of a ruleset."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (``error``), or probably not meant (``warning``).

    rule  the ``id`` of the rule; empty for the ruleset as a whole
    """

    severity: Literal["error", "warning"]
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.rule or 'ruleset'}: {self.sentence}"
