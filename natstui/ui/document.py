"""A message as a document: where it came from, its headers, its payload in one of three views.

The payload's lines are made as they are needed: a frame's worth at a time, so that a large one
opens at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from time import perf_counter
from typing import Literal

from natstui.model.decode import (
    HEX_WIDTH,
    Decoded,
    decode,
    hex_line,
    hex_rows,
    lines,
)
from natstui.model.decoders import Steps
from natstui.model.header_block import header_lines
from natstui.model.limits import Limits
from natstui.model.tail import Record
from natstui.ui import words
from natstui.ui.drawing import Span, cut, wrap
from natstui.ui.safe import clean

View = Literal["json", "text", "hex"]
VIEWS: tuple[View, ...] = ("json", "text", "hex")
NARROWEST = 20
FIRST_SECONDS = 0.02
FRAME_SECONDS = 0.01
_WIDE_HEX = 2 * HEX_WIDTH
_WIDE_HEX_NEEDS = 148
_MOST_KEY_CELLS = 32


class MessageDocument:
    """The lines of one message at one width; a line source.

    `view` None takes the one that suits the payload. `unwrap` False shows the payload as it was on
    the wire. `everything` loads beyond `limits.payload_shown`, up to `limits.payload_loaded`.
    `origin` False leaves out subject, time and reply; `about` says more of where it came from.
    `steps` is how to read the payload, if it does not say so itself.
    """

    def __init__(
        self,
        record: Record,
        width: int,
        *,
        view: View | None = None,
        unwrap: bool = True,
        everything: bool = False,
        origin: bool = True,
        about: str = "",
        limits: Limits | None = None,
        steps: Steps = (),
    ) -> None:
        self.record = record
        self.about = about
        self.width = max(NARROWEST, width)
        limits = limits or Limits()
        limit = limits.payload_loaded if everything else limits.payload_shown
        self.decoded: Decoded = decode(record.payload, limit, unwrap=unwrap, steps=steps)
        self.view: View = view or _suiting(self.decoded)
        self.everything = everything
        self._rows: list[list[Span]] = []
        self._hex_width = _WIDE_HEX if width >= _WIDE_HEX_NEEDS else HEX_WIDTH
        self._pending: Iterator[list[Span]] = iter(())
        if origin:
            self._add_origin()
        self._add_headers()
        self._add_payload_head()
        if self.view != "hex":
            self._pending = self._wrapped(lines(self.decoded, self.view))
        self.advance(FIRST_SECONDS)

    @property
    def first(self) -> int:
        return 0

    @property
    def end(self) -> int:
        if self.view == "hex":
            return len(self._rows) + hex_rows(self.decoded.data, self._hex_width)
        return len(self._rows)

    def key(self, row: int) -> Hashable:
        return row

    def line(self, row: int, width: int) -> list[Span]:
        if row < len(self._rows):
            return self._rows[row]
        return [
            ("plain", " "),
            *hex_line(self.decoded.data, row - len(self._rows), self._hex_width),
        ]

    def advance(self, seconds: float = FRAME_SECONDS) -> bool:
        """Make more lines for about `seconds`; True if there are more to make."""
        deadline = perf_counter() + seconds
        for row in self._pending:
            self._rows.append(row)
            if perf_counter() > deadline:
                return True
        return False

    def _wrapped(self, logical: Iterable[list[Span]]) -> Iterator[list[Span]]:
        for line in logical:
            for part in wrap(line, self.width - 2):
                yield [("plain", " "), *part]

    def _add(self, *line: Span) -> None:
        self._rows.extend(self._wrapped([list(line)]))

    def _add_origin(self) -> None:
        record = self.record
        self._add(("title", record.subject))
        about = f"{words.day_and_time(record.at)}  {words.size(record.size)}"
        self._add(("muted", about))
        if self.about:
            self._add(("muted", self.about))
        if record.reply:
            self._add(("muted", "reply to  "), ("plain", record.reply))

    def _add_payload_head(self) -> None:
        self._rows.append([("faint", _rule(self._payload_words(), self.width))])
        for note in self._notes():
            self._add(("warn", note))

    def _add_headers(self) -> None:
        block = header_lines(self.record.headers)
        if not (block.pairs or block.status):
            return
        self._rows.append([("faint", _rule("headers", self.width))])
        if block.status:
            self._add(("warn", block.status))
        longest = max((len(clean(key)) for key, _ in block.pairs), default=0)
        cells = min(longest, _MOST_KEY_CELLS, self.width // 2)
        for key, value in block.pairs:
            shown = clean(key)
            if len(shown) <= cells:
                shown = cut(shown, cells)
            self._add(("key", shown), ("plain", "  "), ("plain", value))
        if block.hidden:
            self._add(("warn", f"{words.plural(block.hidden, 'header')} more not shown"))

    def _payload_words(self) -> str:
        decoded = self.decoded
        parts = [f"payload as {_NAMES[self.view]}"]
        if decoded.layers:
            parts.append(f"unwrapped from {' in '.join(reversed(decoded.layers))}")
        parts.append(words.size(len(self.record.payload)))
        return " · ".join(parts)

    def _notes(self) -> Iterator[str]:
        decoded = self.decoded
        if decoded.kind == "empty":
            yield "no payload"
        if decoded.problem:
            yield decoded.problem
        if not decoded.whole and not decoded.problem:
            shown = words.size(len(decoded.data))
            if self.everything:
                yield f"showing the first {shown}: more is never loaded, export keeps it all"
            else:
                yield f"showing the first {shown}, L to load all"


_NAMES: dict[View, str] = {"json": "JSON", "text": "text", "hex": "hex"}


def _suiting(decoded: Decoded) -> View:
    if decoded.kind == "json":
        return "json"
    return "hex" if decoded.kind == "binary" else "text"


def _rule(text: str, width: int) -> str:
    return f"── {text} ".ljust(width, "─")
