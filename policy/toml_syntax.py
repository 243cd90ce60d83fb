"""Says what to do about a text that is no TOML: the parser only says what it met.

A table of what people write: what the line looks like, what the parser said, and the remedy. The
first row that fits is taken; where none does, the parser's words stand alone.
"""

import re
from dataclasses import dataclass

_AT = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_LISTED = r"(?:rule|exemption|local_holiday|case)"


@dataclass(frozen=True, slots=True)
class _Remedy:
    """What to do where a line looks like this and the parser said that."""

    line: str
    met: str
    do: str


_REMEDIES = (
    _Remedy(r"\r(?!\n)", "", "lines end in an old way; save the file with plain line ends"),
    _Remedy(r"^\s*[<{]", "", 'this is another format; a ruleset begins with name = "…"'),
    _Remedy(r"=\s*[\[{\s]*[“”„«\u2018’]", "", 'write straight quotes: "…"'),
    _Remedy(r"[\u00a0\u2002-\u200b\u202f]", "", "a space here is no plain one; type it anew"),
    _Remedy(
        rf"^\s*\[+\s*{_LISTED}\s*\]",
        "Cannot",
        "each of them stands under its own [[…]] with two brackets; one of them has a single one",
    ),
    _Remedy(r"^\s*\[", "Expected '?\\]", "write two brackets on both sides: [[rule]]"),
    _Remedy("", "Cannot overwrite", "it is written twice; delete one"),
    _Remedy(r"=\s*(yes|no|on|off|oui|non|true|false)\b", "Invalid value", "write true or false"),
    _Remedy("", "Invalid date", "there is no such day"),
    _Remedy(r"=\s*\d{1,4}[-/.]\d{1,2}[-/.]\d", "", "write dates as 2026-08-10"),
    _Remedy(r"=\s*\d{1,2}[:h]\d*", "", 'times of day stand in quotes: "08:00"'),
    _Remedy(r"^\s*[\w.-]+\s*:", "Expected '='", "write = after a key, not a colon"),
    _Remedy(
        "", r"Illegal character '\\n'|Expected '\"'", "a quote is missing at the end of a text"
    ),
    _Remedy(r"=\s*\d+[ ']\d", "Expected newline", "write numbers without spaces: 10000"),
    _Remedy(r"(//|;|--)", "Expected newline", "nothing follows a value, and comments begin with #"),
    _Remedy("", "Unclosed array", "a comma, or the closing bracket ], is missing"),
    _Remedy(r"\{[^}]*$", "Invalid initial", "a table in braces stands on one line"),
    _Remedy("", "Unclosed inline table", "a comma, or the closing brace }, is missing"),
    _Remedy(r"=\s*[^\W\d]", "Invalid value", 'text stands in quotes: "…"'),
    _Remedy(r"=\s*(#.*)?$", "Invalid value", "the value is missing"),
)


def syntax_fault(text: str, fault: ValueError) -> tuple[int, str]:
    """Return the line (from 1) of a fault that ``tomllib`` found, what it is, and what to do."""
    at = _AT.search(str(fault))
    lines = text.rstrip("\n").split("\n")
    line = int(at["line"]) if at and at["line"] else len(lines)
    met = _AT.sub("", str(fault))
    if not at:  # of Python itself, which refuses thousands of digits
        return 1, "no correct TOML: a number has too many digits"
    written = lines[line - 1] if line <= len(lines) else ""
    return line, f"no correct TOML: {met}{_remedy(written, met)}"


def _remedy(written: str, met: str) -> str:
    for one in _REMEDIES:
        if re.search(one.met, met) and re.search(one.line, written, re.IGNORECASE):
            return f"; {one.do}"
    return ""
