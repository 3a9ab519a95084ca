"""A stream's configuration and state, all that the server says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.client.js.api import Timestamp
from natstui.client.js.api.base import NANOSECONDS
from natstui.model.asking import api
from natstui.model.polling import Poll
from natstui.model.stream_edit import DURATIONS, duration_text
from natstui.ui import stream_changes as change
from natstui.ui import words
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.pane import Level
from natstui.ui.polled import poll_hint

LOAD_EVERY = 2.0
_NAME_CELLS = 26
# No server counts further; whatever else says so need not be worked with.
_COUNTED = 2**64
_NOW = 5  # seconds: every second or so it is heard of
_BYTES = frozenset({"bytes", "max_bytes", "max_msg_size"})
_DURATIONS = frozenset(path[-1] for path in DURATIONS)
# Shown elsewhere, or about the answer and not about the stream.
_LEFT_OUT = frozenset({"config", "total", "offset", "limit", "ts"})
_UNLIMITED = frozenset(
    {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size", "max_consumers"}
)

Line = list[Span]


class InfoLevel(Level):
    """One page of it; scrolls."""

    WRITES = frozenset({"edit", "purge", "delete", "seal"})
    KIND = "stream"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "edit", "edit", tooltip="Edit the configuration", id="stream.edit"),
        Binding("P", "purge", "purge", tooltip="Purge the stream", id="stream.purge"),
        Binding("D", "delete", "delete", tooltip="Delete the stream", id="stream.delete"),
        Binding("L", "seal", "seal", show=False, tooltip="Seal the stream", id="stream.seal"),
        Binding("b", "backup", "backup", tooltip="Back it up", id="stream.backup"),
    ]

    def __init__(self, desk: Desk, stream: str) -> None:
        self.stream = stream
        self.info: dict[str, Any] = {}
        self.poll = Poll(desk.session, self._load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.text = TextView([])

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return f"{self.stream} info"

    @property
    def of(self) -> str:
        return self.stream

    def target(self) -> Widget:
        return self.text

    async def _load(self) -> None:
        self.info = await api(self.desk.session, f"STREAM.INFO.{self.stream}")

    def frame(self) -> None:
        self.text.say_while_empty(poll_hint(self.poll, []))
        if self.info:
            self.text.set_lines(info_lines(self.info))
        self.text.sync()

    def action_edit(self) -> None:
        """Edit the configuration."""
        self.tui.start(change.edit(self, self.stream))

    def action_purge(self) -> None:
        """Purge the stream, after a look at what goes."""
        change.ask_purge(self, self.stream)

    def action_delete(self) -> None:
        """Delete the stream."""
        self.tui.start(change.delete_stream(self, self.stream, gone=self.pane.pop))

    def action_seal(self) -> None:
        """Seal the stream for ever."""
        self.tui.start(change.seal(self, self.stream))

    def action_backup(self) -> None:
        """Write the stream into a folder."""
        size = int((self.info.get("state") or {}).get("bytes") or 0)
        change.ask_backup(self, self.stream, size)


def info_lines(info: dict[str, Any]) -> list[Line]:
    """State, cluster, what is copied, configuration; what we do not know by name comes last."""
    lines: list[Line] = []
    sections = {
        "STATE": info.get("state"),
        "CLUSTER": info.get("cluster"),
        "MIRROR": info.get("mirror"),
        "SOURCES": info.get("sources"),
        "CONFIGURATION": info.get("config"),
    }
    rest = {
        key: value for key, value in info.items() if key.upper() not in sections and key != "config"
    }
    for title, section in {**sections, "MORE": rest}.items():
        if section:
            lines += [[("title", title)], *fields(section), []]
    return lines


def fields(section: Any, depth: int = 1) -> Iterator[Line]:
    """A line for each field of some JSON, by its own name."""
    pairs = section.items() if isinstance(section, dict) else enumerate(section, 1)
    indent = "  " * depth
    for key, value in pairs:
        name = f"{indent}{key}"
        if isinstance(value, (dict, list)) and value and not _is_plain(value):
            yield [("muted", name)]
            yield from fields(value, depth + 1)
        else:
            yield [("muted", f"{name:<{_NAME_CELLS}} "), *_value(str(key), value)]


def _is_plain(value: Any) -> bool:
    return isinstance(value, list) and all(not isinstance(each, (dict, list)) for each in value)


def _value(key: str, value: Any) -> list[Span]:
    match value:
        case int() if abs(value) > _COUNTED:
            return [("plain", f"{str(value)[:20]}…")]
        case bool():
            return [("literal", "yes" if value else "no")]
        case list():
            return [("plain", ", ".join(map(str, value)))]
        case int() if key == "active":
            return [("plain", _heard(value))]
        case int() if value == -1 and key in _UNLIMITED:
            return [("faint", "unlimited")]
        case int() if key in _BYTES and value >= 0:
            return [("number", words.size(value)), ("faint", f"  {value:,}")]
        case int() if key in _DURATIONS:
            return [("number", str(duration_text(value)))]
        case int():
            return [("number", f"{value:,}")]
        case str() if key.endswith(("_ts", "created")) or key == "ts":
            return [("plain", _time(value))]
    return [("plain", str(value))]


def _heard(nanoseconds: int) -> str:
    """When a replica, a mirror's or a source's stream was last heard of."""
    if nanoseconds < 0:
        return "never"
    seconds = nanoseconds / NANOSECONDS
    return "now" if seconds < _NOW else f"{words.age(seconds)} ago"


def _time(text: str) -> str:
    try:
        when = Timestamp.parse(text)
    except ValueError:
        return text
    return "never" if when.year == 1 else words.day_and_time(when.timestamp())
