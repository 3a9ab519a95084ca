"""One message in full."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from natstui.model.decoders import Steps
from natstui.model.tail import Record
from natstui.ui.document import NARROWEST, VIEWS, MessageDocument, View
from natstui.ui.lines import LineView


class NoLines:
    """The source of a view that has nothing to show yet."""

    first = 0
    end = 0

    def key(self, row: int) -> int:
        return row

    def line(self, row: int, width: int) -> list[tuple[str, str]]:
        return []


class MessageView(LineView):
    """A message's document: scrolls, and switches between the views of its payload."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "next_view", "view", id="message.next-view"),
        Binding("J", "view('json')", "JSON", id="message.json"),
        Binding("t", "view('text')", "text", id="message.text"),
        Binding("x", "view('hex')", "hex", id="message.hex"),
        Binding("u", "toggle_unwrap", "unwrap", id="message.unwrap"),
        Binding("L", "load_all", "load all", show=False, id="message.load-all"),
    ]

    def __init__(self, *, origin: bool = True, id: str | None = None) -> None:
        super().__init__(NoLines(), id=id)
        self._origin = origin
        self.record: Record | None = None
        self._view: View | None = None
        self._unwrap = True
        self._everything = False
        self._about = ""

    @property
    def document(self) -> MessageDocument | None:
        """What is shown, None before the first message."""
        return self.source if isinstance(self.source, MessageDocument) else None

    def show_record(self, record: Record, about: str = "") -> None:
        """Show this message, in the view that suits its payload; `about` says where it is from."""
        if record is self.record:
            return
        self.record, self._about = record, about
        self._view, self._unwrap, self._everything = None, True, False
        self._rebuild(keep_place=False)

    def advance(self) -> None:
        """Make more lines of a long payload; call it each frame."""
        self._fit()
        if self.document is not None:
            self.document.advance()
        self.sync()

    def action_view(self, view: View) -> None:
        """Show the payload as `json`, `text` or `hex`."""
        self._view = view
        self._rebuild(keep_place=False)

    def action_next_view(self) -> None:
        """Go through the three views."""
        if self.document is not None:
            place = VIEWS.index(self.document.view)
            self.action_view(VIEWS[(place + 1) % len(VIEWS)])

    def action_toggle_unwrap(self) -> None:
        """Show the payload as it was on the wire, or unwrapped."""
        self._unwrap = not self._unwrap
        self._rebuild(keep_place=False)

    def action_load_all(self) -> None:
        """Load what lies beyond the first part."""
        self._everything = True
        self._rebuild(keep_place=True)

    def on_resize(self) -> None:
        self._fit()
        super().on_resize()

    def _fit(self) -> None:
        if self.document is None or self.document.width != max(NARROWEST, self.size.width):
            self._rebuild(keep_place=True)

    def steps_of(self, record: Record) -> Steps:
        """How to read the payload, where it does not say so itself."""
        return ()

    def _rebuild(self, *, keep_place: bool) -> None:
        if self.record is None or not self.size.width:
            return
        top, config = self.top, self.tui.session.settings.config
        self.show(
            MessageDocument(
                self.record,
                self.size.width,
                view=self._view,
                unwrap=self._unwrap,
                everything=self._everything,
                origin=self._origin,
                about=self._about,
                limits=config.limits,
                steps=self.steps_of(self.record),
            )
        )
        if keep_place:
            self._put_top(top)


class DetailView(MessageView):
    """The message that was chosen in a list; it closes, and goes on to the list's neighbours."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "back", id="detail.close"),
        Binding("right_square_bracket", "neighbour(1)", "next", key_display="]", id="detail.next"),
        Binding(
            "left_square_bracket",
            "neighbour(-1)",
            "previous",
            key_display="[",
            show=False,
            id="detail.previous",
        ),
    ]

    class Closed(Message):
        """Back to the list."""

    class Neighbour(Message):
        """Show the message that many lines further down in the list."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def steps_of(self, record: Record) -> Steps:
        return self.tui.session.settings.config.decoders.of(record.subject)

    def action_close(self) -> None:
        self.post_message(self.Closed())

    def action_neighbour(self, lines: int) -> None:
        self.post_message(self.Neighbour(lines))
