"""Bytes in, events out: the server's half of the NATS protocol.

The grammar (https://docs.nats.io/reference/reference-protocols/nats-protocol), ops in any case,
fields separated by blanks or tabs, every line and every payload ended by CR LF:

    INFO {json}
    MSG  subject sid [reply] size                 payload
    HMSG subject sid [reply] head-size total-size head payload
    PING | PONG | +OK | -ERR 'text'

There are two readers of the same grammar here.

`_scan` is the exact one: it goes from line to line and takes any op, any payload and any
fragmentation.

`_walk` is the quick one, for reads that are nothing but MSG, which is what a flood is. It splits
the whole read at CR LF at once, so that lines and payloads alternate, and takes (line, payload)
pairs for as long as each payload has the length its line announced. At the first pair that has
not (a payload with CR LF inside, another op, the tail of the read) it hands the rest over to
`_scan`. A payload that fits by length is the payload: its bytes are the ones after the line, and
CR LF stood behind them. Tests hold the two against each other on the same bytes.

Control lines repeat: the line `MSG metrics.cpu 1 128` is the same bytes for every message of that
subject and size. `_lines` remembers what a line means, bounded, for lines without a reply (those
that have one hardly ever repeat).
"""

from __future__ import annotations

import re
from operator import length_hint

from ..errors import ProtocolError
from . import events
from .events import Delivery, Event, Malformed
from .message import Message

CRLF = b"\r\n"
MAX_LINE = 1024 * 1024  # an INFO of a large cluster lists many URLs; other lines are short
MAX_MESSAGE = 64 * 1024 * 1024  # the largest max_payload that a server accepts
_LINES_KEPT = 2048
_MISSES_BEFORE_RENEWAL = 50_000  # then the kept lines are of yesterday's subjects: start afresh
_SCANS_AFTER_MISFIT = 8  # reads that skip the quick reader after one that did not suit it

# What a MSG or HMSG line means: size of headers and payload, size of headers alone, subject,
# reply, origin (None: nobody is subscribed).
_Line = tuple[int, int, str, str, object]

_SIZES = {b"%d" % n: n for n in range(2048)}
_BLANKS = re.compile(rb"[ \t]+")


class Parser:
    """The receiving side of one connection.

    `routes` says who gets a message: subscription id as the server sends it (`b"7"`) to any
    object, which comes back as `Delivery.origin`. Messages for ids that are not in it are
    counted in `orphans` and skipped (they were on their way when we unsubscribed).

    `message_type` is instantiated without calling its `__init__`.
    """

    def __init__(
        self, message_type: type[Message] = Message, *, max_message: int = MAX_MESSAGE
    ) -> None:
        self.routes: dict[bytes, object] = {}
        self.orphans = 0
        self.max_message = max_message
        self._type = message_type
        self._lines: dict[bytes, _Line] = {}
        self._misses = 0
        self._scans_left = 0  # reads for which the quick reader is not worth a try
        self._rest: list[bytes] = []  # an incomplete line or message, as the pieces it came in
        self._missing = 0  # bytes to wait for before looking at the rest again
        self._malformed = False

    def add_route(self, sid: int, origin: object) -> None:
        """Deliver messages of this subscription id to `origin` from now on."""
        self.remove_route(sid)
        self.routes[b"%d" % sid] = origin

    def remove_route(self, sid: int) -> None:
        """Deliver no further message of this subscription id; unknown ids are fine."""
        if self.routes.pop(b"%d" % sid, None) is not None:
            self._lines.clear()

    def feed(self, data: bytes) -> list[Event]:
        """Take what one read returned; return the events that it completed, in order.

        Bytes that no NATS server sends give `Malformed`, after whatever came before them. That is
        the last event: where the next line would start is anybody's guess.
        """
        if self._malformed:
            return []
        if self._rest:
            self._rest.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return []
            data = b"".join(self._rest)
            self._rest.clear()
        out: list[Event] = []
        try:
            if self._scans_left:
                self._scans_left -= 1
            elif data[:4] == b"MSG ":
                data = self._walk(data, out)
            self._scan(data, out)
        except ProtocolError as error:
            self._malformed = True
            out.append(Malformed(error))
        return out

    def _walk(self, data: bytes, out: list[Event]) -> bytes:
        """The quick reader; returns the bytes that are left for the exact one."""
        parts = data.split(CRLF)
        tail = parts.pop()  # what follows the last CR LF: nothing, or the start of something
        pairs = iter(parts)
        lines = self._lines
        new = object.__new__
        message_type = self._type
        known = None
        size = total = 0
        subject = reply = ""
        origin: object = None
        messages: list[Message] = []
        append = messages.append
        left = len(parts) & 1  # an odd one out is a line whose payload is in the tail
        for line, payload in zip(pairs, pairs, strict=False):
            if line != known:
                entry = lines.get(line) or self._read_message_line(line)
                if entry is None or entry[1]:  # not a message, or one with headers
                    left = length_hint(pairs) + 2
                    break
                known = line
                size, _, subject, reply, next_origin = entry
                if next_origin is not origin:
                    self._end_run(out, origin, messages, total)
                    origin, messages, total = next_origin, [], 0
                    append = messages.append
            if len(payload) != size:
                left = length_hint(pairs) + 2
                break
            message = new(message_type)
            message.subject = subject
            message.reply = reply
            message.data = payload
            message._head = None
            message._origin = origin
            append(message)
            total += size
        self._end_run(out, origin, messages, total)
        if not left:
            return tail
        if left > len(parts) // 2 + 1:
            self._scans_left = _SCANS_AFTER_MISFIT
        return CRLF.join((*parts[-left:], tail))

    def _scan(self, data: bytes, out: list[Event]) -> None:
        """The exact reader; keeps what is incomplete for the next read."""
        lines = self._lines
        new = object.__new__
        message_type = self._type
        origin: object = None
        messages: list[Message] = []
        total = position = 0
        end = len(data)
        while position < end:
            line_end = data.find(CRLF, position)
            if line_end < 0:
                self._end_run(out, origin, messages, total)
                self._keep_line(data[position:])
                return
            line = data[position:line_end]
            entry = lines.get(line) or self._read_message_line(line)
            if entry is None:
                self._end_run(out, origin, messages, total)
                messages, total = [], 0
                out.append(_read_control_line(line))
                position = line_end + 2
                continue
            size, head_size, subject, reply, next_origin = entry
            start = line_end + 2
            stop = start + size
            if stop + 2 > end:
                self._end_run(out, origin, messages, total)
                self._keep_message(data[position:], size, stop + 2 - end)
                return
            if data[stop : stop + 2] != CRLF:
                self._end_run(out, origin, messages, total)
                raise ProtocolError(f"nats: no line end after the {size} bytes of {_excerpt(line)}")
            position = stop + 2
            if next_origin is not origin:
                self._end_run(out, origin, messages, total)
                origin, messages, total = next_origin, [], 0
            message = new(message_type)
            message.subject = subject
            message.reply = reply
            message._origin = origin
            if head_size:
                message._head = data[start : start + head_size]
                message.data = data[start + head_size : stop]
            else:
                message._head = None
                message.data = data[start:stop]
            messages.append(message)
            total += size
        self._end_run(out, origin, messages, total)

    def _end_run(
        self, out: list[Event], origin: object, messages: list[Message], size: int
    ) -> None:
        if origin is None:
            self.orphans += len(messages)
        elif messages:
            out.append(Delivery(origin, messages, size))

    def _keep_line(self, rest: bytes) -> None:
        if len(rest) > MAX_LINE:
            raise ProtocolError(f"nats: a line of more than {MAX_LINE} bytes: {_excerpt(rest)}")
        self._rest.append(rest)
        self._missing = 1

    def _keep_message(self, rest: bytes, size: int, missing: int) -> None:
        if size > self.max_message:
            raise ProtocolError(f"nats: a message of {size} bytes; {self.max_message} is the most")
        self._rest.append(rest)
        self._missing = missing

    def _read_message_line(self, line: bytes) -> _Line | None:
        """What a MSG or HMSG line means; None for any other line."""
        fields = line.split(b" ")
        if b"\t" in line or b"" in fields:
            fields = _BLANKS.split(line.strip(b" \t"))
        op = fields[0].upper()
        if op not in (b"MSG", b"HMSG"):
            return None
        try:
            entry = self._message_line(op == b"HMSG", fields)
        except ValueError:
            return None  # _read_control_line says what is wrong
        # Who gets an orphan may be said any time: its line is read anew each time.
        if not entry[3] and entry[4] is not None:
            self._remember(line, entry)
        return entry

    def _message_line(self, with_headers: bool, fields: list[bytes]) -> _Line:
        """Raises ValueError when a field is missing, left over or not a size."""
        _, subject, sid, *between, last = fields
        size = _SIZES.get(last)
        if size is None:
            size = _size(last)
        head_size = _size(between.pop()) if with_headers and between else 0
        if len(between) > 1 or head_size > size or with_headers != bool(head_size):
            raise ValueError
        reply = between[0].decode("utf-8", "surrogateescape") if between else ""
        return (
            size,
            head_size,
            subject.decode("utf-8", "surrogateescape"),
            reply,
            self.routes.get(sid),
        )

    def _remember(self, line: bytes, entry: _Line) -> None:
        lines = self._lines
        if len(lines) < _LINES_KEPT:
            lines[line] = entry
            return
        self._misses += 1
        if self._misses > _MISSES_BEFORE_RENEWAL:
            self._misses = 0
            lines.clear()


def _read_control_line(line: bytes) -> Event:
    op, *rest = _BLANKS.split(line.strip(b" \t"), maxsplit=1)
    text = rest[0] if rest else b""
    match op.upper():
        case b"PING":
            return events.PING
        case b"PONG":
            return events.PONG
        case b"+OK":
            return events.OK
        case b"INFO":
            return events.Info(text)
        case b"-ERR":
            return events.Err(text.strip(b"'").decode("utf-8", "replace"))
    raise ProtocolError(f"nats: not the NATS protocol: {_excerpt(line)}")


def _size(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 10:
        raise ValueError
    return int(digits)


def _excerpt(line: bytes) -> str:
    return repr(line[:60])[1:] + ("…" if len(line) > 60 else "")
