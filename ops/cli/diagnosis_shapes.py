"""What ``chappe doctor`` prints with ``--json``."""

from typing import Annotated

from ops.cli.shapes import Shape, says


class FindingShown(Shape, frozen=True, kw_only=True):
    """One thing that the doctor looked at."""

    check: str
    level: Annotated[str, says("ok, warning or fault")]
    sentence: str
    remedy: Annotated[str | None, says("What to do; null where there is nothing to do.")]
