"""Where rulesets are found: those that come with Chappe by their names, others by their files."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import typer

_PACKS = files("policy") / "packs"
_RULESET, _CASES = ".toml", ".cases.toml"


@dataclass(frozen=True, slots=True)
class Page:
    """A file as it is written.

    name  how people call it: the path that they gave, or its place in the package
    """

    name: str
    text: str


def names() -> tuple[str, ...]:
    """Return the names of the rulesets that come with Chappe."""
    return tuple(sorted(_packs()))


def ruleset(name: str) -> Page:
    """Return the ruleset that is called like this, or that is in this file.

    Raises typer.BadParameter where there is none, and OSError.
    """
    pack = _packs().get(name)
    if pack is not None:
        return _page(pack)
    path = Path(name)
    if not path.is_file():
        near = difflib.get_close_matches(name, names(), n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise typer.BadParameter(
            f"{name!r} is neither a file nor a ruleset that comes with Chappe"
            f" ({', '.join(names())}){meant}"
        )
    return read(path)


def cases(name: str) -> Page | None:
    """Return the cases kept beside a ruleset: ``NAME.cases.toml``; None where there are none."""
    if name in _packs():
        beside = _PACKS / f"{name}{_CASES}"
        return _page(beside) if beside.is_file() else None
    path = Path(name).with_suffix(_CASES)
    return read(path) if path.is_file() else None


def read(path: Path) -> Page:
    """Return a file of text. Raises typer.BadParameter where it is none, and OSError."""
    try:
        return Page(str(path), path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{path} is not written in UTF-8") from None


def _packs() -> dict[str, Traversable]:
    return dict(_named(_PACKS))


def _named(folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        if each.name.endswith(_RULESET) and not each.name.endswith(_CASES):
            yield each.name.removesuffix(_RULESET), each


def _page(pack: Traversable) -> Page:
    return Page(f"policy/packs/{pack.name}", pack.read_text(encoding="utf-8"))
