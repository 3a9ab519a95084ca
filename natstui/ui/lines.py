"""Lists and documents of any length: only the lines on the screen are ever drawn.

A source numbers its lines; a number stays with its line while others come and go, so a strip that
was drawn once is kept for as long as it is near. What changed is drawn and nothing else.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from natstui.ui.drawing import Span, draw
from natstui.ui.guarded import Guarded
from natstui.ui.theme import Inks

# What a strip is made of is many small objects, which the garbage collector goes through again
# and again: no more of them are kept than scrolling back a page needs.
_KEPT_PAGES = 2
_WHEEL_LINES = 3


class LineSource(Protocol):
    """Lines `first <= row < end`. Both numbers only grow, or a new source has begun."""

    @property
    def first(self) -> int: ...

    @property
    def end(self) -> int: ...

    def key(self, row: int) -> Hashable:
        """What the line is remembered by: the same key, the same line."""

    def line(self, row: int, width: int) -> list[Span]:
        """The spans of one line; what does not fit in `width` is cut off."""


class _Piece(Strip):
    """What goes to the compositor, which cuts each line where widgets overlap.

    Textual's own strip (8.2.8), when there is nothing to cut, remembers itself as its only piece:
    a circle that only the garbage collector undoes. In a flood that were thousands of objects a
    second for the collector to find, with pauses of 10 to 25 ms and megabytes waiting for it.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        places = list(cuts)
        return [self] if places == [self.cell_length] else super().divide(places)


class Inked(Guarded, Widget):
    """A widget that draws spans in the inks of the theme."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return [_Piece(strip, strip.cell_length) for strip in super().render_lines(crop)]

    @property
    def inks(self) -> Inks:
        """The inks of the current theme."""
        return self.tui.inks

    def one_line(self, spans: list[Span]) -> Strip:
        """The spans as one full line of this widget, on its background."""
        line = draw(spans, self.inks).adjust_cell_length(self.size.width)
        return line.apply_style(self.ground)

    @property
    def ground(self) -> Style:
        """The widget's background; the Line API leaves it to each line."""
        return Style(bgcolor=self.background_colors[1].rich_color)


class LineView(Inked, can_focus=True):
    """A document: scrolls, has no cursor.

    The first `HEAD` lines of the widget are the class's own and do not scroll: see `head_line`.
    """

    ALLOW_SELECT = False
    HEAD: ClassVar[int] = 0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "down", "Line down", show=False, id="list.down"),
        Binding("up,k", "up", "Line up", show=False, id="list.up"),
        Binding("ctrl+d", "half_down", "Half a page down", show=False, id="list.half-down"),
        Binding("ctrl+u", "half_up", "Half a page up", show=False, id="list.half-up"),
        Binding("pagedown,ctrl+f", "page_down", "Page down", show=False, id="list.page-down"),
        Binding("pageup,ctrl+b", "page_up", "Page up", show=False, id="list.page-up"),
        Binding("home,g", "first", "First line", show=False, id="list.first"),
        Binding("end,G", "last", "Last line", show=False, id="list.last"),
    ]

    def __init__(
        self, source: LineSource, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.source = source
        self.top = 0
        self.hint: list[list[Span]] = []
        self._strips: LRUCache[Hashable, Strip] = LRUCache(_KEPT_PAGES)
        self._drawn_end = 0
        self._was_empty = True

    @property
    def page(self) -> int:
        """How many lines are on the screen."""
        return max(1, self.size.height - self.HEAD)

    def show(self, source: LineSource) -> None:
        """Show another source, from its first line on."""
        self.source = source
        self.top = source.first
        self.redraw()

    def say_while_empty(self, hint: list[list[Span]]) -> None:
        """Show these lines for as long as there are none to show."""
        if hint != self.hint:
            self.hint = hint
            if self.source.end == self.source.first:
                self.refresh()

    def redraw(self) -> None:
        """Forget every drawn line: columns, colours or the whole source changed."""
        self._strips.clear()
        self._drawn_end = self.source.end
        self.refresh()

    def sync(self) -> None:
        """Draw what changed since the last time; call it once a frame."""
        before = self.top
        self._settle()
        end = self.source.end
        was_empty, self._was_empty = self._was_empty, end == self.source.first
        if self.top != before or end < self._drawn_end or was_empty != self._was_empty:
            self.refresh()
        else:
            self._refresh_rows(self._drawn_end, end)
        self._drawn_end = end

    def scroll_by(self, lines: int) -> None:
        """Move what is seen, down for positive numbers."""
        self._put_top(self.top + lines)

    def row_at(self, y: int) -> int | None:
        """The row at this height of the widget, None below the last one and above the first."""
        row = self.top + y - self.HEAD
        return row if y >= self.HEAD and row < self.source.end else None

    # Drawing

    def head_line(self, y: int) -> Strip:
        """One of the lines above those of the source."""
        return Strip.blank(self.size.width, self.ground)

    def render_line(self, y: int) -> Strip:
        if y < self.HEAD:
            return self.head_line(y)
        y -= self.HEAD
        width = self.size.width
        row = self.top + y
        if self.source.first <= row < self.source.end:
            return self._line(row, width)
        if self.source.first == self.source.end and 1 <= y <= len(self.hint):
            return self.one_line([("plain", "  "), *self.hint[y - 1]])
        return Strip.blank(width, self.ground)

    def _line(self, row: int, width: int) -> Strip:
        key = (self.source.key(row), width)
        strip = self._strips.get(key)
        if strip is None:
            strip = self.one_line(self._spans(row, width))
            self._strips[key] = strip
        return strip

    def _spans(self, row: int, width: int) -> list[Span]:
        try:
            return self.source.line(row, width)
        except Exception as error:  # a message that we cannot draw must not take the screen down
            self.tui.fault(error)
            return [("bad", " this line cannot be drawn: export still has it")]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def _refresh_rows(self, start: int, end: int) -> None:
        start = max(start, self.top)
        end = min(end, self.top + self.page)
        if start < end:
            y = start - self.top + self.HEAD
            self.refresh(Region(0, y, self.size.width, end - start))

    def _settle(self) -> None:
        """Keep what is seen within what there is."""
        highest = max(self.source.first, self.source.end - self.page)
        self.top = max(self.source.first, min(self.top, highest))

    def _put_top(self, top: int) -> None:
        before = self.top
        self.top = top
        self._settle()
        if self.top != before:
            self.refresh()

    # Keys and mouse

    def _move(self, lines: int) -> None:
        self.scroll_by(lines)

    def action_down(self) -> None:
        self._move(1)

    def action_up(self) -> None:
        self._move(-1)

    def action_half_down(self) -> None:
        self._move(max(1, self.page // 2))

    def action_half_up(self) -> None:
        self._move(-max(1, self.page // 2))

    def action_page_down(self) -> None:
        self._move(self.page)

    def action_page_up(self) -> None:
        self._move(-self.page)

    def action_first(self) -> None:
        self._put_top(self.source.first)

    def action_last(self) -> None:
        self._put_top(self.source.end)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._move(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._move(-_WHEEL_LINES)

    def on_resize(self) -> None:
        self._strips.maxsize = _KEPT_PAGES * self.page
        # The compositor may have drawn the new size already, from the old top.
        self._settle()
        self.refresh()


class LineList(LineView):
    """A list: a cursor moves over it, and while `following` it stays on the newest line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "detail", tooltip="Open the message", id="list.choose"),
    ]

    class Chosen(Message):
        """Enter, or two clicks, on a line."""

        def __init__(self, line_list: LineList, row: int) -> None:
            super().__init__()
            self.line_list = line_list
            self.row = row

        @property
        def control(self) -> LineList:
            return self.line_list

    class Moved(Message):
        """The cursor is on another line, by a key or the mouse."""

        def __init__(self, line_list: LineList, row: int) -> None:
            super().__init__()
            self.line_list = line_list
            self.row = row

        @property
        def control(self) -> LineList:
            return self.line_list

        def can_replace(self, message: Message) -> bool:
            """Of several moves in a row only the last is of interest."""
            return isinstance(message, LineList.Moved)

    def __init__(
        self,
        source: LineSource,
        *,
        following: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(source, id=id, classes=classes)
        self.following = following
        self.cursor = 0

    def go_to(self, row: int) -> None:
        """Put the cursor on `row`, or as near as there is a line."""
        before = self.cursor
        self.cursor = row
        top = self.top
        self._settle()
        if self.top != top:
            self.refresh()
        else:
            self._refresh_rows(before, before + 1)
            self._refresh_rows(self.cursor, self.cursor + 1)

    def follow(self) -> None:
        """Stay with the newest line from now on."""
        self.following = True
        self.go_to(self.source.end - 1)

    def _line(self, row: int, width: int) -> Strip:
        strip = super()._line(row, width)
        if row != self.cursor:
            return strip
        under = self.inks.cursor if self.has_focus else self.inks.cursor_blurred
        line = [Segment("▌", self.inks["accent"]), *strip.crop(1)]
        # Colours in reverse video would make a patchwork of it.
        plain = bool(under.reverse)
        return Strip(
            [
                Segment(text, under if plain or not style else style + under)
                for text, style, _ in line
            ]
        )

    def sync(self) -> None:
        before = self.cursor
        super().sync()
        if self.cursor != before:
            self._refresh_rows(before, before + 1)
            self._refresh_rows(self.cursor, self.cursor + 1)

    def _settle(self) -> None:
        first, end = self.source.first, self.source.end
        if self.following:
            self.cursor = end - 1
        self.cursor = max(first, min(self.cursor, end - 1))
        if self.cursor < self.top:
            self.top = self.cursor
        elif self.cursor >= self.top + self.page:
            self.top = self.cursor - self.page + 1
        super()._settle()

    def move(self, lines: int) -> None:
        """Move the cursor, down for positive numbers, as a key would."""
        self._moved_to(self.cursor + lines)

    def _move(self, lines: int) -> None:
        self.move(lines)

    def _moved_to(self, row: int) -> None:
        before = self.cursor
        if row < before:
            self.following = False
        self.go_to(row)
        if self.cursor != before:
            self.post_message(self.Moved(self, self.cursor))

    def action_first(self) -> None:
        self._moved_to(self.source.first)

    def action_last(self) -> None:
        self._moved_to(self.source.end - 1)

    def action_choose(self) -> None:
        if self.source.first <= self.cursor < self.source.end:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        row = self.row_at(event.y)
        if row is None:
            return
        self._moved_to(row)
        if event.chain == 2:
            self.action_choose()

    def on_focus(self) -> None:
        self._refresh_rows(self.cursor, self.cursor + 1)

    def on_blur(self) -> None:
        self._refresh_rows(self.cursor, self.cursor + 1)
