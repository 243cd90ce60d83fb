"""Templates of campaigns: compiled once, filled once per recipient.

A message has several parts (subject, text, HTML) that share most of their variables. Each part is
cut into literals and *slots*; equal slots of all parts are one slot, so that a recipient's values
are looked up, rendered and encoded once. A slot that is only a variable's name is a plain look-up;
all others are rendered by minijinja in a single call for all parts. A part with statements
(``{% if %}``) is one slot as a whole.

Rules, the same on every channel:

- a variable without a value (absent or None) makes the recipient unusable, unless the template
  says what to do (``{{ name|default("…") }}``, ``{% if name is defined %}``);
- an empty value renders empty;
- HTML parts are escaped, others are not; there is no way to switch that off;
- values are data: they are never rendered again;
- work per recipient is limited.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from minijinja import Environment, TemplateError

from channels.contract import UnusableContent, UnusableRecipient

FUEL = 50_000  # instructions per message: a long table of a thousand cells fits, a bomb does not

_SEPARATOR = "\x1f"  # no White_Space character, so that {{- cannot eat it
_TAG = re.compile(r"""\{\{((?:[^{}'"%#\\-]|'[^'{}\\]*'|"[^"{}\\]*")*)\}\}""")
_OPENING = re.compile(r"\{[{%#]")
_STATEMENT = re.compile(r"\{%[-+]?\s*(\w*)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ALLOWED_STATEMENTS = frozenset(
    [
        "if",
        "elif",
        "else",
        "endif",
        "for",
        "endfor",
        "set",
        "endset",
        "with",
        "endwith",
        "filter",
        "endfilter",
        "raw",
        "endraw",
    ]
)
_FOREIGN_GLOBALS = ("debug", "dict", "namespace", "cycler", "joiner", "lipsum")
_NO_VARIABLES = frozenset({"range", "loop", "self", "super"})
_KEYWORDS = _NO_VARIABLES | frozenset(
    ["true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else"]
)
_CONTENT_FAULTS = frozenset(
    {"UnknownFilter", "UnknownFunction", "UnknownMethod", "UnknownTest", "OutOfFuel"}
)


@dataclass(frozen=True, slots=True)
class Source:
    """One part of a message as its author wrote it.

    name  how faults call it, e.g. ``email.subject``
    """

    name: str
    text: str
    html: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A compiled part: ``literals[0] slots[0] literals[1] … slots[n-1] literals[n]``.

    slots  indexes into what ``Templates.fill`` returns
    """

    literals: tuple[str, ...]
    slots: tuple[int, ...]

    def text(self, filled: Sequence[str]) -> str:
        """Return the part for one recipient."""
        if not self.slots:
            return self.literals[0]
        pieces = [self.literals[0]]
        for slot, literal in zip(self.slots, self.literals[1:], strict=True):
            pieces += (filled[slot], literal)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class _Slot:
    expression: str
    html: bool
    whole: bool = False  # the expression is a whole part, not the inside of {{ }}

    @property
    def bare(self) -> bool:
        name = self.expression
        return not self.whole and bool(_NAME.fullmatch(name)) and name not in _KEYWORDS

    @property
    def source(self) -> str:
        if self.whole:  # a scope of its own: {% set %} does not leak into the next part
            text = self.expression
            if text.endswith("{"):  # or it would open a tag with what follows
                text = text[:-1] + "{{ '{' }}"
            return f"{{% with %}}{text}{{% endwith %}}"
        return f"{{{{ {self.expression} }}}}"


class Templates:
    """All parts of a message, compiled together.

    variables  every variable of the row that the parts mention, built-in ones included
    layouts    one per source, in order

    Raises UnusableContent naming each fault with its part and line.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._environment = _environment()
        faults = [fault for source in sources for fault in self._faults(source)]
        if faults:
            raise UnusableContent(faults)
        self.variables = frozenset[str]().union(*map(self.variables_of, sources))
        slots: dict[_Slot, int] = {}
        self.layouts = tuple(_layout(source, slots) for source in sources)
        self._slots = tuple(slots)
        self._bare = [(i, s.expression, s.html) for i, s in enumerate(slots) if s.bare]
        # Escaped slots last, so that one autoescape block serves them all.
        rendered = [(i, s) for i, s in enumerate(slots) if not s.bare]
        self._rendered = [i for i, s in sorted(rendered, key=lambda pair: pair[1].html)]
        if self._rendered:
            self._environment.add_template("message", self._joined())
        self._empty = [""] * len(slots)
        self._try_out(sources)

    def variables_of(self, source: Source) -> frozenset[str]:
        """Return the variables that one part mentions."""
        found = self._environment.undeclared_variables_in_str(source.text)
        return frozenset(found) - _NO_VARIABLES

    def fill(self, values: Mapping[str, str | None]) -> list[str]:
        """Return the text of every slot for one recipient.

        Raises UnusableRecipient: ``missing:<name>``, ``too_much_work``, ``template_error``,
        ``control_character``.
        """
        filled = self._empty.copy()
        for index, name, html in self._bare:
            value = values.get(name)
            if value is None:
                raise UnusableRecipient(f"missing:{name}")
            filled[index] = escape(value) if html and not value.isalnum() else value
        if self._rendered:
            self._render(values, filled)
        return filled

    def _render(self, values: Mapping[str, str | None], filled: list[str]) -> None:
        known = {name: value for name, value in values.items() if value is not None}
        try:
            texts = self._environment.render_template("message", **known).split(_SEPARATOR)
        except TemplateError as error:
            raise UnusableRecipient(self._reason(error, known)) from None
        if len(texts) != len(self._rendered):
            raise UnusableRecipient("control_character")
        for index, text in zip(self._rendered, texts, strict=True):
            filled[index] = text

    def _joined(self) -> str:
        plain = [self._slots[i].source for i in self._rendered if not self._slots[i].html]
        escaped = [self._slots[i].source for i in self._rendered if self._slots[i].html]
        blocks = [_SEPARATOR.join(plain)] if plain else []
        if escaped:
            inner = _SEPARATOR.join(escaped)
            blocks.append(f"{{% autoescape 'html' %}}{inner}{{% endautoescape %}}")
        return _SEPARATOR.join(blocks)

    def _reason(self, error: TemplateError, known: dict[str, str]) -> str:
        if error.kind == "OutOfFuel":
            return "too_much_work"
        if error.kind == "UndefinedError":
            return self._missing(known)
        return "template_error"

    def _missing(self, known: dict[str, str]) -> str:
        """Find out which variable was undefined: minijinja does not tell."""
        for index in self._rendered:
            source = self._slots[index].source
            absent = self._environment.undeclared_variables_in_str(source) - known.keys()
            names = sorted(absent - _NO_VARIABLES, key=source.find)
            if names and not self._renders(source, known):
                # Some may be absent: the one to blame fails when all others are there.
                others = {name: known | dict.fromkeys(set(names) - {name}, "x") for name in names}
                needed = [n for n in names if not self._renders(source, others[n])]
                return f"missing:{(needed or names)[0]}"
        return "template_error"

    def _renders(self, source: str, values: Mapping[str, str]) -> bool:
        try:
            self._environment.render_str(source, **values)
        except TemplateError:
            return False
        return True

    def _faults(self, source: Source) -> list[str]:
        faults = [
            f"{source.name}: the statement {{% {word} %}} is not allowed here"
            for word in sorted(set(_STATEMENT.findall(source.text)) - _ALLOWED_STATEMENTS)
        ]
        if _SEPARATOR in source.text:
            faults.append(f"{source.name}: the control character U+001F is not allowed")
        try:
            self._environment.add_template("check", source.text)
            self._environment.remove_template("check")
        except TemplateError as error:
            faults.append(_sentence(source, error))
        return faults

    def _try_out(self, sources: Sequence[Source]) -> None:
        """Find unknown filters and endless loops, which show only when rendering."""
        sample = dict.fromkeys(self.variables, "x")
        faults = []
        for source in sources:
            try:
                self._environment.render_str(source.text, **sample)
            except TemplateError as error:
                if error.kind in _CONTENT_FAULTS:
                    faults.append(_sentence(source, error))
        if faults:
            raise UnusableContent(faults)


def _environment() -> Environment:
    environment = Environment(
        undefined_behavior="strict",
        fuel=FUEL,
        keep_trailing_newline=True,
        pycompat=False,
        debug=False,
        auto_escape_callback=lambda _name: False,
    )
    environment.remove_filter("safe")  # "escaped in HTML" has no exception
    for name in _FOREIGN_GLOBALS:
        environment.remove_global(name)
    return environment


def _layout(source: Source, slots: dict[_Slot, int]) -> Layout:
    pieces = _TAG.split(source.text)  # literal, expression, literal, …
    literals = pieces[0::2]
    plain = not any(_OPENING.search(text) or text.endswith("{") for text in literals)
    if not plain:
        whole = _Slot(source.text, source.html, whole=True)
        return Layout(("", ""), (slots.setdefault(whole, len(slots)),))
    found = [_Slot(expression.strip(), source.html) for expression in pieces[1::2]]
    return Layout(tuple(literals), tuple(slots.setdefault(slot, len(slots)) for slot in found))


def _sentence(source: Source, error: TemplateError) -> str:
    where = f"{source.name}, line {error.line}" if error.line else source.name
    return f"{where}: {error.detail or error.kind}"
