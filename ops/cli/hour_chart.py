"""Charts of how many recipients leave in each hour: bars of text, and a picture (SVG)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

_BAR: Final = 40  # signs of the longest bar of text
_WIDTH, _HEIGHT = 960, 360  # of the picture, without units
_LEFT, _BOTTOM, _TOP = 60, 70, 50
_MOST_LABELS: Final = 16
_COLOURS: Final = ("#9aa0a6", "#1a73e8")  # present, proposed
_LEGEND: Final = ("by the rules that hold", "with the ruleset proposed")


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour: its beginning in UTC, and how many leave by either set of rules."""

    begins: datetime
    present: int
    proposed: int


def text_lines(hours: Sequence[Hour], zone: ZoneInfo) -> Iterator[str]:
    """Give two bars for each hour in which anybody leaves: by the present rules, then proposed."""
    most = max((max(one.present, one.proposed) for one in hours), default=0)
    width = len(str(most))
    for one in hours:
        label = _label(one, zone)
        for name, count in (("now", one.present), ("then", one.proposed)):
            bar = "█" * -(-count * _BAR // most) if most else ""
            yield f"{label}  {name:<4}  {count:>{width}}  {bar}".rstrip()
            label = " " * len(label)


def picture(hours: Sequence[Hour], zone: ZoneInfo, title: str) -> str:
    """Return the same as a picture that stands for itself (SVG 1.1)."""
    root = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return "\n".join(
        (
            f'{root} font-family="sans-serif" font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            f'<text x="{_LEFT}" y="20" font-size="15">{escape(title)}</text>',
            *_legend(),
            *_columns(hours, zone),
            "</svg>\n",
        )
    )


def _label(one: Hour, zone: ZoneInfo) -> str:
    return one.begins.astimezone(zone).strftime("%a %d %b %H:%M")


def _legend() -> Iterator[str]:
    for place, (name, colour) in enumerate(zip(_LEGEND, _COLOURS, strict=True)):
        left = _LEFT + place * 220
        yield f'<rect x="{left}" y="28" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{left + 18}" y="38">{name}</text>'


def _columns(hours: Sequence[Hour], zone: ZoneInfo) -> Iterator[str]:
    floor, high = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    most = max((max(one.present, one.proposed) for one in hours), default=0)
    yield f'<line x1="{_LEFT}" y1="{floor}" x2="{_WIDTH - 20}" y2="{floor}" stroke="black"/>'
    yield f'<text x="{_LEFT - 8}" y="{_TOP + 4}" text-anchor="end">{most}</text>'
    yield f'<text x="{_LEFT - 8}" y="{floor}" text-anchor="end">0</text>'
    if not most:
        yield f'<text x="{_LEFT + 20}" y="{floor - high / 2}">nobody leaves</text>'
        return
    step = (_WIDTH - _LEFT - 20) / len(hours)
    every = -(-len(hours) // _MOST_LABELS)
    for place, one in enumerate(hours):
        left = _LEFT + place * step
        for side, (count, colour) in enumerate(
            zip((one.present, one.proposed), _COLOURS, strict=True)
        ):
            tall = high * count / most
            yield (
                f'<rect x="{left + step * (0.1 + 0.4 * side):.1f}" y="{floor - tall:.1f}"'
                f' width="{step * 0.4:.1f}" height="{tall:.1f}" fill="{colour}">'
                f"<title>{_label(one, zone)}: {count}</title></rect>"
            )
        if place % every == 0:
            x, y = left + step / 2, floor + 14
            yield (
                f'<text x="{x:.1f}" y="{y}" text-anchor="end"'
                f' transform="rotate(-35 {x:.1f} {y})">{_label(one, zone)}</text>'
            )
