"""The last line: the keys that do something here."""

from __future__ import annotations

from textual import events
from textual.screen import Screen
from textual.strip import Strip

from natstui.ui.drawing import Span, spread, width_of
from natstui.ui.lines import Inked

_ALWAYS = ("app.palette", "app.help")


class KeyLine(Inked):
    """One line of keys, the first ones first; the palette and the help are always there."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: list[tuple[str, list[Span]]] = []
        self._places: list[tuple[int, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self._look(self.screen)

    def _look(self, screen: Screen[object]) -> None:
        last: list[tuple[str, list[Span]]] = []
        keys: list[tuple[str, list[Span]]] = []
        seen: set[str] = set()
        for _, binding, enabled, _ in screen.active_bindings.values():
            if not binding.show or binding.action in seen:
                continue
            seen.add(binding.action)
            ink = "accent" if enabled else "faint"
            words = "muted" if enabled else "faint"
            key = self.app.get_key_display(binding)
            spans = [(ink, key), (words, f" {binding.description}")]
            (last if binding.id in _ALWAYS else keys).append((binding.key, spans))
        if (keys + last) != self._keys:
            self._keys = keys + last
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        always = [each for each in self._keys if each in self._keys[-len(_ALWAYS) :]]
        right = self._joined(always)
        room = width - width_of(right) - 3
        left: list[Span] = [("plain", " ")]
        self._places = []
        for key, spans in self._keys[: -len(_ALWAYS)]:
            if width_of(left) + width_of(spans) > room:
                break
            self._places.append((width_of(left), key))
            left.extend([*spans, ("plain", "  ")])
        at = max(width_of(left) + 1, width - width_of(right) - 1)
        for key, spans in always:
            self._places.append((at, key))
            at += width_of(spans) + 2
        return self.one_line(spread(left, right, width - 1))

    def _joined(self, keys: list[tuple[str, list[Span]]]) -> list[Span]:
        joined: list[Span] = []
        for _, spans in keys:
            joined.extend([*spans, ("plain", "  ")])
        return joined[:-1]

    def on_click(self, event: events.Click) -> None:
        under = [key for place, key in self._places if place <= event.x]
        if under:
            self.app.simulate_key(under[-1])
