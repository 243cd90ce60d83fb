"""What people get to see of a content: the words between tags, without the tags themselves."""

import re
from html import unescape
from typing import Final

# No expression here reads past the next beginning of what it looks for, so that time stays linear
# on any text; what is not recognised for that is read as words, which hides nothing.
_TEMPLATE_TAG: Final = re.compile(
    r"\{\{(?:[^{}]|\{(?!\{)|\}(?!\}))*+\}\}|\{%(?:[^%{]|%(?!\}))*+%\}|\{\#(?:[^\#{]|\#(?!\}))*+\#\}"
)
_QUOTED: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_UNSEEN: Final = re.compile(r"<(style|script)\b[^<>]*>[^<]*</\1\s*>", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?([a-z][a-z0-9:-]*)((?:\"[^\"<]*+\"|'[^'<]*+'|[^'\"<>])*+)>", re.IGNORECASE
)
_SHOWN_ATTRIBUTE: Final = re.compile(
    r"\b(?:alt|title|aria-label|placeholder|value|label|summary)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')",
    re.IGNORECASE,
)
_INLINE_NAMES: Final = """
    a abbr b bdi bdo big cite code em font i ins kbd mark q s small span strong sub sup tt u var
    wbr
    """
_BLOCK_NAMES: Final = """
    address area article aside audio base blockquote body br button canvas caption center col
    colgroup data datalist dd del details dfn dialog dir div dl dt fieldset figcaption figure
    footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe img input label
    legend li link main map menu meta nav noscript ol optgroup option output p picture pre
    progress samp script section select source strike style summary svg table tbody td template
    textarea tfoot th thead time title tr track ul video
    """
_INLINE: Final = frozenset(_INLINE_NAMES.split())
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())


def shown_text(content: str) -> str:
    """Return the words of a template, be it plain or HTML.

    Template tags give the texts that they quote; HTML gives what stands between tags, and what an
    attribute shows or reads aloud (``alt``, ``title`` …). Where something was taken out, a line
    ends: digits on both sides of it are no number.
    """
    text = _TEMPLATE_TAG.sub(_quoted, content)
    return unescape(_TAG.sub(_around, _UNSEEN.sub("\n", text)))


def _quoted(tag: re.Match[str]) -> str:
    said = [one or other for one, other in _QUOTED.findall(tag[0])]
    return "\n" + "\n".join(said) + "\n" if said else "\n"


def _around(tag: re.Match[str]) -> str:
    """Return what a tag leaves: nothing inside a word, else the end of a line."""
    name = tag[1].lower()
    if name not in _INLINE and name not in _BLOCKS and ":" not in name:
        return tag[0]  # no tag of HTML: words in angle brackets
    said = [one or other for one, other in _SHOWN_ATTRIBUTE.findall(tag[2])]
    if said:
        return "\n" + "\n".join(said) + "\n"
    return "" if name in _INLINE else "\n"
