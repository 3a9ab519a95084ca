"""Lines as spans: a named ink and a text, made safe on the way to the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from natstui.ui.safe import clean
from natstui.ui.theme import Inks

_PIECE = 4096

Span = tuple[str, str]
"""The name of an ink, and a text that may hold anything."""


def draw(spans: Iterable[Span], inks: Inks) -> Strip:
    """A strip of the spans, every text made safe."""
    return Strip([Segment(clean(text), inks[ink]) for ink, text in spans if text])


def width_of(spans: Iterable[Span]) -> int:
    """The cells that the spans take."""
    return sum(cell_len(clean(text)) for _, text in spans)


def fit(text: str, width: int) -> str:
    """`text`, made safe, in exactly `width` cells: cut with an ellipsis or padded."""
    # Cut before cleaning: of a megabyte only what may be seen is worth the work.
    shown = clean(text[: width + 1])
    cells = cell_len(shown)
    if cells <= width and len(text) <= width + 1:
        return shown + " " * (width - cells)
    return cut(shown, width - 1) + "…" if width > 0 else ""


def cut(text: str, width: int) -> str:
    """As much of a clean `text` as fits in `width` cells, padded if a wide character did not."""
    if text.isascii():
        return text[:width].ljust(width)
    used = 0
    for place, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return text[:place] + " " * (width - used + cell_len(char))
    return text + " " * (width - used)


def wrap(spans: Iterable[Span], width: int) -> Iterator[list[Span]]:
    """The spans over as many lines of `width` cells as they need, cut wherever a line is full.

    Made as they are asked for: a single line may be megabytes long.
    """
    line: list[Span] = []
    room = width
    for ink, text in _pieces(spans):
        at = 0
        while at < len(text):
            taken, cells = _fitting(text, at, room)
            if not taken and line:
                yield line
                line, room = [], width
                continue
            # A wide character on a line of one cell fits nowhere, and must not stop the rest.
            taken = max(taken, 1)
            line.append((ink, text[at : at + taken]))
            room -= cells
            at += taken
    yield line


def fold(spans: Iterable[Span], width: int) -> Iterator[list[Span]]:
    """As `wrap`, for what people read: a line ends between two words if it can. All is kept."""
    pieces = [(ink, clean(text)) for ink, text in spans]
    text = "".join(text for _, text in pieces)
    if len(text) > _PIECE:
        yield from wrap(pieces, width)
        return
    start = 0
    while start < len(text) or not start:
        end = start + max(1, _fitting(text, start, width)[0])
        if end < len(text) and text[end] != " ":
            space = text.rfind(" ", start + (end - start) // 2, end)
            end = space + 1 if space >= 0 else end
        yield _part(pieces, start, end)
        start = end


def _part(pieces: list[Span], start: int, end: int) -> list[Span]:
    part = []
    for ink, text in pieces:
        if taken := text[max(0, start) : max(0, end)]:
            part.append((ink, taken))
        start, end = start - len(text), end - len(text)
    return part


def _pieces(spans: Iterable[Span]) -> Iterator[Span]:
    for ink, text in spans:
        for at in range(0, len(text), _PIECE):
            yield ink, clean(text[at : at + _PIECE])


def _fitting(text: str, at: int, room: int) -> tuple[int, int]:
    """How many characters from `at` on fit in `room` cells, and how many cells they take."""
    head = text[at : at + room]
    if head.isascii():
        return len(head), len(head)
    used = 0
    for place in range(at, len(text)):
        cells = cell_len(text[place])
        if used + cells > room:
            return place - at, used
        used += cells
    return len(text) - at, used


def spread(left: list[Span], right: list[Span], width: int) -> list[Span]:
    """`left` at the left end, `right` at the right one, at least one space between."""
    gap = width - width_of(left) - width_of(right)
    return [*left, ("plain", " " * max(1, gap)), *right]
