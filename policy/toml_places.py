"""Finds the line on which a key or value stands in TOML text: the parser of Python tells none.

Only for text that ``tomllib`` has read without fault, so this scanner need not judge it: it follows
brackets, keys and strings, with a stack of its own, so that no depth of nesting is too much.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""Keys and places in lists (from 0), from the top: ``("rule", 3, "windows", 0, "start")``."""

DEEPEST = 16  # of a path that is noted; what lies deeper has the line of its parent

_TOKEN = re.compile(
    r'(?P<string>"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*')"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<newline>\n)"
    r"|(?P<mark>[\[\]{},=.])"
    r"|(?P<bare>[^\s\[\]{},=.\"'\#]+)",
    re.DOTALL,
)


def without_mark(text: str) -> str:
    """Return TOML text without a byte order mark and with plain line ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class Places:
    """Lines (from 1) of the key paths of a text."""

    lines: dict[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """Return the line of ``path``, or that of its nearest parent that is known."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def find_places(text: str) -> Places:
    """Return where the keys of ``text`` stand, which must be correct TOML."""
    scan = _Scan()
    for kind, word, line in _tokens(without_mark(text)):
        scan.take(kind, word, line)
    return Places(scan.lines)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        word = match[0]
        if match.lastgroup != "comment":
            yield match.lastgroup or "", word, line
        line += word.count("\n")
    yield "newline", "\n", line


def _name(kind: str, word: str) -> str:
    """Return a key as it is meant: quoted ones may hold escapes."""
    return str(tomllib.loads(f"key = {word}")["key"]) if kind == "string" else word


@dataclass(slots=True)
class _Open:
    """A list (with the place of the value that is being read) or an inline table (None)."""

    path: KeyPath
    place: int | None


@dataclass(slots=True)
class _Scan:
    """Where the scanner is. ``here`` is the path of the value that it reads."""

    lines: dict[KeyPath, int] = field(default_factory=dict)
    tables: dict[KeyPath, int] = field(default_factory=dict)
    table: KeyPath = ()
    here: KeyPath = ()
    around: list[_Open] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    header: int = 0
    in_value: bool = False

    def take(self, kind: str, word: str, line: int) -> None:
        if kind == "newline":
            if not self.around:  # line ends within brackets say nothing
                self._end_line(line)
        elif self.in_value:
            self._take_value(kind, word, line)
        else:
            self._take_key(kind, word, line)

    def _take_key(self, kind: str, word: str, line: int) -> None:
        if kind != "mark":
            self.key.append(_name(kind, word))
        elif word == "[":
            self.header += 1
        elif word == "=":
            base = self.around[-1].path if self.around else self.table
            self.here = (*base, *self.key)[:DEEPEST]
            self._note(self.here, line)
            self.key, self.in_value = [], True
        elif word == "}":
            self._close()

    def _take_value(self, kind: str, word: str, line: int) -> None:
        mark = word if kind == "mark" else ""
        if mark == ",":
            self._next()
        elif mark in {"]", "}"}:
            self._close()
        else:
            self._note(self.here, line)
            if mark == "[":
                self.around.append(_Open(self.here, 0))
                self.here = (*self.here, 0)[:DEEPEST]
            elif mark == "{":
                self.around.append(_Open(self.here, None))
                self.in_value = False

    def _next(self) -> None:
        top = self.around[-1]
        if top.place is None:
            self.in_value = False
        else:
            top.place += 1
            self.here = (*top.path, top.place)[:DEEPEST]

    def _close(self) -> None:
        self.here = self.around.pop().path
        self.in_value = True

    def _end_line(self, line: int) -> None:
        if self.header:
            path: KeyPath = ()
            for name in self.key[:DEEPEST]:
                path = (*self._latest(path), name)
            if self.header > 1:
                self.tables[path] = self.tables.get(path, -1) + 1
                path = (*path, self.tables[path])
            self.table = path
            self._note(path, line)
        self.key, self.header, self.in_value = [], 0, False

    def _latest(self, path: KeyPath) -> KeyPath:
        """Return the path that a header means by ``path``: of a list of tables, the latest."""
        return (*path, self.tables[path]) if path in self.tables else path

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)
