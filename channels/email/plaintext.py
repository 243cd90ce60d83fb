"""The text part of a mail, derived from its HTML template when the author gives none.

Template tags pass through unharmed, so that both parts show the same values.
"""

import re
from html.parser import HTMLParser

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_MARK = re.compile("\ue000([0-9]+)\ue001")
_OPENING = re.compile(r"\{(?=[{%#])")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_PARAGRAPHS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "table",
        "ul",
        "ol",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
    ]
)
_LINES = frozenset(["br", "tr", "li", "dt", "dd"])
_SILENT = frozenset(["head", "style", "script", "title", "template"])


def text_from_html(html: str) -> str:
    """Return a text template for an HTML template: blocks, list items, links and alt texts."""
    tags: list[str] = []

    def mark(found: re.Match[str]) -> str:
        tags.append(found.group())
        return f"\ue000{len(tags) - 1}\ue001"

    reader = _Reader()
    reader.feed(_TAG.sub(mark, html.replace("\ue000", "").replace("\ue001", "")))
    reader.close()
    # What entities spell (&#123;&#123;) is text and must not become a tag.
    literal = _OPENING.sub("{{ '{' }}", reader.text())
    return _MARK.sub(lambda found: tags[int(found.group(1))], literal)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._links: list[str] = []
        self._silent = 0

    def text(self) -> str:
        lines = (line.strip(" ") for line in "".join(self._pieces).split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag in _PARAGRAPHS:
            self._pieces.append("\n\n")
        elif tag in _LINES:
            self._pieces.append("\n- " if tag == "li" else "\n")
        elif tag == "a":
            self._links.append(found.get("href") or "")
        elif tag == "img":
            self._pieces.append(found.get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in _SILENT or tag == "a":
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _PARAGRAPHS:
            self._pieces.append("\n\n")
        elif tag in {"td", "th"}:
            self._pieces.append(" ")
        elif tag == "a" and self._links:
            link = self._links.pop()
            if link and not link.startswith("#"):
                self._pieces.append(f" ({link})")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._pieces.append(_BLANKS.sub(" ", data))
