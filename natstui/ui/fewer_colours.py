"""Colours for terminals that do not have them all: the nearest one that there is, or none."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.color import ColorSystem, ColorType
from rich.color_triplet import ColorTriplet
from rich.palette import Palette
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from natstui.model.terminal import Colors

_LEVELS = (0, 95, 135, 175, 215, 255)
_CUBE = [(red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS]
_GREYS = [(level, level, level) for level in range(8, 248, 10)]
# The first 16 are whatever the user made of them; the others are the same everywhere.
_FIXED = 16
_PALETTE = Palette([*_CUBE, *_GREYS])


class FewerColours(LineFilter):
    """Only as many colours as `colors` says; bold and reverse video stay.

    Rich can do that, too, but it has dark shades end as black or as full blue: the line with the
    cursor could not be told from the others.
    """

    def __init__(self, colors: Colors) -> None:
        super().__init__(enabled=colors != "truecolor")
        self._reduced = lru_cache(4096)(_REDUCE.get(colors, _as_it_is))

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace the colours."""
        return [
            Segment(text, style and self._reduced(style), control)
            for text, style, control in segments
        ]


def _as_it_is(style: Style) -> Style:
    return style


def _without_colour(style: Style) -> Style:
    return style.without_color


def _of_256(style: Style) -> Style:
    return style + Style(color=_nearest(style.color), bgcolor=_nearest(style.bgcolor))


def _of_16(style: Style) -> Style:
    return style + Style(color=_standard(style.color), bgcolor=_standard(style.bgcolor))


_REDUCE = {"256": _of_256, "16": _of_16, "none": _without_colour}


def _nearest(color: RichColor | None) -> RichColor | None:
    if color is None or color.type is not ColorType.TRUECOLOR or color.triplet is None:
        return color
    return _nearest_of_256(color.triplet)


@lru_cache(1024)
def _nearest_of_256(triplet: ColorTriplet) -> RichColor:
    return RichColor.from_ansi(_FIXED + _PALETTE.match(triplet))


def _standard(color: RichColor | None) -> RichColor | None:
    return None if color is None else color.downgrade(ColorSystem.STANDARD)
