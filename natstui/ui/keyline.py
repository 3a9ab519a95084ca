"""The last line: the keys that do something here."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Input, TextArea

from natstui.ui.drawing import Span, width_of
from natstui.ui.lines import Inked

_GAP: Span = ("plain", "  ")
_ALWAYS = (
    "app.palette",
    "app.help",
    "app.palette-while-typing",
    "app.help-while-typing",
    "recording.palette",
    "recording.help",
)
# Where there is no room for all, those of the focused widget come first, then these.
_FIRST = (
    "list.choose",
    "keys.filter",
    "keys.flat",
    "keys.edit",
    "keys.editor",
    "keys.create",
    "key.edit",
    "key.editor",
    "key.diff",
    "key.revert",
    "key.mark",
    "merge.mine",
    "merge.theirs",
    "merge.save",
    "import.create",
    "import.all",
    "objects.filter",
    "objects.upload",
    "objects.download",
    "objects.verify",
    "object.download",
    "object.verify",
    "object.upload",
    "transfers.end",
    "kept.purge",
    "groups.histogram",
    "groups.spreads",
    "tail.pause",
    "tail.filter",
    "app.publish",
    "tail.add-subject",
    "tail.export",
    "app.events",
)
_LEVEL = _FIRST.index("app.publish") - 0.5


class _Key(NamedTuple):
    key: str
    spans: list[Span]
    is_always_there: bool


class KeyLine(Inked):
    """One line of keys, the first ones first; the palette and the help are always there."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: list[_Key] = []
        self._places: list[tuple[int, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self._look(self.screen)

    def _look(self, screen: Screen[object]) -> None:
        shown: dict[str, _Key] = {}
        active = sorted(
            screen.active_bindings.values(),
            key=lambda each: (each.node is not screen.focused, _place(each)),
        )
        for _, binding, enabled, _ in active:
            if binding.show and binding.action not in shown and not _is_typed(binding.key, screen):
                key_ink, words_ink = ("accent", "muted") if enabled else ("faint", "faint")
                name = self.app.get_key_display(binding)
                spans = [(key_ink, name), (words_ink, f" {binding.description}"), _GAP]
                shown[binding.action] = _Key(binding.key, spans, binding.id in _ALWAYS)
        keys = list(shown.values())
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width - 1
        always = [each for each in self._keys if each.is_always_there]
        right = sum(width_of(each.spans) for each in always)
        line: list[Span] = [("plain", " ")]
        self._places = []
        for each in self._keys:
            if each.is_always_there:
                continue
            if width_of(line) + width_of(each.spans) > width - right:
                break
            self._put(line, each)
        line.append(("plain", " " * (width + width_of([_GAP]) - right - width_of(line))))
        for each in always:
            self._put(line, each)
        return self.one_line(line)

    def _put(self, line: list[Span], key: _Key) -> None:
        self._places.append((width_of(line), key.key))
        line.extend(key.spans)

    def on_click(self, event: events.Click) -> None:
        under = [key for place, key in self._places if place <= event.x]
        if under:
            self.app.simulate_key(under[-1])


def _place(active: ActiveBinding) -> float:
    id = active.binding.id or ""
    if id in _FIRST:
        return _FIRST.index(id)
    # The keys of a pane's level come before those that are always the same.
    return len(_FIRST) if id.startswith(("app.", "tail.", "pane.")) else _LEVEL


def _is_typed(key: str, screen: Screen[object]) -> bool:
    """Whether the key is a letter for whatever is being written."""
    writing = isinstance(screen.focused, (Input, TextArea))
    return writing and "+" not in key and key not in ("escape", "enter", "tab", "f1")
