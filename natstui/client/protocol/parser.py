"""Bytes in, events out: the server's half of the NATS protocol.

The grammar (https://docs.nats.io/reference/reference-protocols/nats-protocol), ops in any case,
fields separated by blanks or tabs, every line and every payload ended by CR LF:

    INFO {json}
    MSG  subject sid [reply] size                 payload
    HMSG subject sid [reply] head-size total-size head payload
    PING | PONG | +OK | -ERR 'text'

Control lines repeat: in a flood of one subject and size, every line is the same bytes. So after a
message the reader first looks for CR LF and the same line once more, which is one comparison, and
finds, cuts and reads a line only when it differs. What lines mean is remembered too, bounded, for
those without a reply (those that have one hardly ever repeat). Payloads are skipped by their
length, never searched.
"""

from __future__ import annotations

import re

from ..errors import ProtocolError
from . import events
from .events import Delivery, Event, Malformed
from .message import Message

CRLF = b"\r\n"
MAX_LINE = 1024 * 1024  # an INFO of a large cluster lists many URLs; other lines are short
MAX_MESSAGE = 64 * 1024 * 1024  # the largest max_payload that a server accepts
_LINES_KEPT = 2048
_MISSES_BEFORE_RENEWAL = 50_000  # then the kept lines are of yesterday's subjects: start afresh

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
        self._unrepeated: set[bytes] = set()
        self._misses = 0
        self._rest: list[bytes] = []  # an incomplete line or message, as the pieces it came in
        self._missing = 0  # bytes to wait for before looking at the rest again
        self._malformed = False

    def add_route(self, sid: int, origin: object, *, repeats: bool = True) -> None:
        """Deliver messages of this subscription id to `origin` from now on.

        `repeats` is False when every message has a subject of its own, as replies have: their
        lines are not worth remembering.
        """
        self.remove_route(sid)
        self.routes[b"%d" % sid] = origin
        if not repeats:
            self._unrepeated.add(b"%d" % sid)

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
            self._read(data, out)
        except ProtocolError as error:
            self._malformed = True
            out.append(Malformed(error))
        return out

    def _read(self, data: bytes, out: list[Event]) -> None:
        """Read line after line; keep what is incomplete for the next call."""
        # All of it in one function: what a call costs, a message costs.
        find, startswith = data.find, data.startswith
        line_known, size_of, origin_of = self._lines.get, _SIZES.get, self.routes.get
        new, message_type = object.__new__, self._type
        run = Delivery(None, [], 0)
        append = run.messages.append
        line, position, end = b"", 0, len(data)
        size = head_size = 0
        subject = reply = ""
        origin: object = None
        while position < end:
            line_end = find(CRLF, position)
            if line_end < 0:
                self._end_run(run, out)
                self._keep_line(data[position:])
                return
            before, line = line, data[position:line_end]
            stop = line_end + 2
            entry = line_known(line)
            if entry is None:
                # As servers write it, for a subscription that we have: nearly all there are.
                subject_field = reply_field = b""
                fields = line.split(b" ")
                wanted = b"MSG"
                head_size = 0
                if len(fields) == 5:
                    op, subject_field, sid, reply_field, last = fields
                    if op == b"HMSG":
                        wanted = op
                        head_size = size_of(reply_field, 0)
                        reply_field = b""
                elif len(fields) == 4:
                    op, subject_field, sid, last = fields
                elif len(fields) == 6:
                    op, subject_field, sid, reply_field, head, last = fields
                    wanted = b"HMSG"
                    head_size = size_of(head, 0)
                else:
                    op = last = sid = b""
                size = size_of(last, -1)
                origin = origin_of(sid)
                if (
                    size >= head_size
                    and origin is not None
                    and op == wanted
                    and (head_size or wanted == b"MSG")
                    and b"\t" not in line
                    and line.isascii()
                ):
                    subject = subject_field.decode()
                    if reply_field:
                        reply = reply_field.decode()
                    else:
                        reply = ""
                        if sid not in self._unrepeated:
                            self._remember(line, (size, head_size, subject, reply, origin))
                else:
                    entry = self._any_line(line)
                    if entry is None:
                        run = self._end_run(run, out)
                        append = run.messages.append
                        out.append(_read_control_line(line))
                        position = stop
                        continue
            if entry is not None:
                size, head_size, subject, reply, origin = entry
            if origin is not run.origin:
                run = self._end_run(run, out, origin)
                append = run.messages.append
            stop += size
            if not startswith(CRLF, stop):
                self._end_run(run, out)
                self._keep_message(data[position:], size, stop + 2 - end)
                return
            message = new(message_type)
            message.subject = subject
            message.reply = reply
            message._origin = origin
            if head_size:
                start = stop - size
                message._head = data[start : start + head_size]
                message.data = data[start + head_size : stop]
            else:
                message._head = None
                message.data = data[stop - size : stop]
            append(message)
            run.size += size
            position = stop + 2
            if line == before:
                entry = (size, head_size, subject, reply, origin)
                position = self._read_flood(data, position, line, entry, run)
        self._end_run(run, out)

    def _read_flood(
        self, data: bytes, position: int, line: bytes, entry: _Line, run: Delivery
    ) -> int:
        """Take the messages from `position` on that have `line` before and behind them.

        Gives the position of the first that has not.
        """
        size, head_size, subject, reply, origin = entry
        startswith, append = data.startswith, run.messages.append
        new, message_type = object.__new__, self._type
        line += CRLF
        if not startswith(line, position):
            return position
        count = len(run.messages)
        same_line = CRLF + line
        stride = len(same_line) + size
        stop = position + len(line) + size
        while startswith(same_line, stop):
            message = new(message_type)
            message.subject = subject
            message.reply = reply
            message._origin = origin
            if head_size:
                start = stop - size
                message._head = data[start : start + head_size]
                message.data = data[start + head_size : stop]
            else:
                message._head = None
                message.data = data[stop - size : stop]
            append(message)
            stop += stride
        run.size += size * (len(run.messages) - count)
        return stop + 2 - stride

    def _end_run(self, run: Delivery, out: list[Event], origin: object = None) -> Delivery:
        """Put out the run if there is anything in it; a new one, for `origin`."""
        if run.origin is None:
            self.orphans += len(run.messages)
        elif run.messages:
            out.append(run)
        return Delivery(origin, [], 0)

    def _keep_line(self, rest: bytes) -> None:
        if len(rest) > MAX_LINE:
            raise ProtocolError(f"nats: a line of more than {MAX_LINE} bytes: {_excerpt(rest)}")
        self._rest.append(rest)
        self._missing = 1

    def _keep_message(self, rest: bytes, size: int, missing: int) -> None:
        if missing <= 0:
            line = rest.partition(CRLF)[0]
            raise ProtocolError(f"nats: no line end after the {size} bytes of {_excerpt(line)}")
        if size > self.max_message:
            raise ProtocolError(f"nats: a message of {size} bytes; {self.max_message} is the most")
        self._rest.append(rest)
        self._missing = missing

    def _any_line(self, line: bytes) -> _Line | None:
        """What a MSG or HMSG line means; None for any other line."""
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
