"""Bytes in, events out: the server's half of the NATS protocol.

The grammar (https://docs.nats.io/reference/reference-protocols/nats-protocol), ops in any case,
fields separated by blanks or tabs, every line and every payload ended by CR LF (for a line, LF
alone will do, as it does for servers):

    INFO {json}
    MSG  subject sid [reply] size                 payload
    HMSG subject sid [reply] head-size total-size head payload
    PING | PONG | +OK | -ERR 'text'

A read holds hundreds of messages, so what is done for each is what a client costs. It is little:
take a line, split it, look its fields up in dictionaries (who is subscribed, which number a size
is, which text a subject is), take the payload by its length. In a flood of one subject and size
every line is the same bytes; then even that is left out for one comparison a message. Lines that
are written in another way are read in a way of their own.
"""

from __future__ import annotations

import re
from io import BytesIO

from ..errors import ProtocolError
from . import events
from .events import Delivery, Event, Malformed
from .message import Message

CRLF = b"\r\n"
MAX_LINE = 1024 * 1024  # an INFO of a large cluster lists many URLs; other lines are short
MAX_MESSAGE = 64 * 1024 * 1024  # the largest max_payload that a server accepts
_SUBJECTS_KEPT = 4096

# What a MSG or HMSG line means: size of headers and payload, size of headers alone, subject,
# reply, origin (None: nobody is subscribed).
_Line = tuple[int, int, str, str, object]

# What the size fields of a line mean, without a call; larger sizes take the longer way.
_LAST_FIELDS = {b"%d\r\n" % size: size for size in range(2048)}
_HEAD_SIZES = {b"%d" % size: size for size in range(1, 1024)}
_BLANK = b" \t\r\n"
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
        self._subjects: dict[bytes, str] = {}
        self._unrepeated: set[bytes] = set()
        self._rest: list[bytes] = []  # an incomplete line or message, as the pieces it came in
        self._missing = 0  # bytes to wait for before looking at the rest again
        self._incomplete = 0
        self._malformed = False

    def add_route(self, sid: int, origin: object, *, repeats: bool = True) -> None:
        """Deliver messages of this subscription id to `origin` from now on.

        `repeats` is False when every message has a subject of its own, as replies have: they are
        not worth remembering.
        """
        self.remove_route(sid)
        self.routes[b"%d" % sid] = origin
        if not repeats:
            self._unrepeated.add(b"%d" % sid)

    def remove_route(self, sid: int) -> None:
        """Deliver no further message of this subscription id; unknown ids are fine."""
        self.routes.pop(b"%d" % sid, None)
        self._unrepeated.discard(b"%d" % sid)

    @property
    def incomplete(self) -> int:
        """Bytes of the message that came in part, all of it; 0 between messages and in a line."""
        return self._incomplete

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
            self._incomplete = 0
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
        buffer = BytesIO(data)  # shares the bytes; its methods are the quickest way through them
        read, read_line = buffer.read, buffer.readline
        subject_of, origin_of = self._subjects.get, self.routes
        new, message_type = object.__new__, self._type
        run = Delivery(None, [], 0)
        append = run.messages.append
        line = b""
        while True:
            before, line = line, read_line()
            fields = line.split(b" ")
            try:
                # As servers write it, for a subscription that we have: nearly all there are.
                # The end of the line belongs to the last field, so an unended line has none.
                if fields[0] == b"MSG":
                    if len(fields) == 4:
                        _, field, sid, last = fields
                        reply = ""
                    else:
                        _, field, sid, reply_field, last = fields
                        reply = reply_field.decode()
                    size = _LAST_FIELDS[last]
                    head_size = 0
                elif fields[0] == b"HMSG":
                    if len(fields) == 5:
                        _, field, sid, head, last = fields
                        reply = ""
                    else:
                        _, field, sid, reply_field, head, last = fields
                        reply = reply_field.decode()
                    size = _LAST_FIELDS[last]
                    head_size = _HEAD_SIZES[head]
                    if head_size > size:
                        raise ValueError
                else:
                    raise ValueError
                origin = origin_of[sid]
                subject = subject_of(field) or self._learn(field, sid)
            except (KeyError, ValueError):
                if not line.endswith(b"\n"):
                    self._end_run(run, out)
                    self._keep_line(line)
                    return
                entry = self._any_line(line)
                if entry is None:
                    run = self._end_run(run, out)
                    append = run.messages.append
                    out.append(_read_control_line(line))
                    continue
                size, head_size, subject, reply, origin = entry
            if origin is not run.origin:
                run = self._end_run(run, out, origin)
                append = run.messages.append
            message = new(message_type)
            if head_size:
                message._head = read(head_size)
                message.data = read(size - head_size)
            else:
                message._head = None
                message.data = read(size)
            tail = read_line()
            if tail != CRLF:
                self._end_run(run, out)
                if len(tail) > 1 or read(1):
                    raise ProtocolError(
                        f"nats: no line end after the {size} bytes of {_excerpt(line)}"
                    )
                rest = b"".join((line, message._head or b"", message.data, tail))
                self._keep_message(rest, size, len(line) + size + 2)
                return
            message.subject = subject
            message.reply = reply
            message._origin = origin
            append(message)
            run.size += size
            if line == before:
                entry = (size, head_size, subject, reply, origin)
                buffer.seek(self._read_flood(data, buffer.tell(), line, entry, run))

    def _read_flood(
        self, data: bytes, position: int, line: bytes, entry: _Line, run: Delivery
    ) -> int:
        """Take the messages from `position` on that have `line` before and behind them.

        Gives the position of the first that has not.
        """
        size, head_size, subject, reply, origin = entry
        startswith, append = data.startswith, run.messages.append
        new, message_type = object.__new__, self._type
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
        if not rest:
            return
        if len(rest) > MAX_LINE:
            raise ProtocolError(f"nats: a line of more than {MAX_LINE} bytes: {_excerpt(rest)}")
        self._rest.append(rest)
        self._missing = 1

    def _keep_message(self, rest: bytes, size: int, whole: int) -> None:
        if size > self.max_message:
            raise ProtocolError(f"nats: a message of {size} bytes; {self.max_message} is the most")
        self._rest.append(rest)
        self._incomplete = whole
        self._missing = whole - len(rest)

    def _any_line(self, line: bytes) -> _Line | None:
        """What a MSG or HMSG line means; None for any other line."""
        fields = _BLANKS.split(line.strip(_BLANK))
        op = fields[0].upper()
        if op not in (b"MSG", b"HMSG"):
            return None
        try:
            entry = self._message_line(op == b"HMSG", fields)
        except ValueError:
            return None  # _read_control_line says what is wrong
        return entry

    def _message_line(self, with_headers: bool, fields: list[bytes]) -> _Line:
        """Raises ValueError when a field is missing, left over or not a size."""
        _, subject, sid, *between, last = fields
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

    def _learn(self, field: bytes, sid: bytes) -> str:
        """A subject that was not seen of late. Raises ValueError if the field is not as usual."""
        if b"\t" in field or not field:
            raise ValueError
        subject = field.decode()
        if sid not in self._unrepeated:
            if len(self._subjects) >= _SUBJECTS_KEPT:
                self._subjects.clear()
            self._subjects[field] = subject
        return subject


def _read_control_line(line: bytes) -> Event:
    op, *rest = _BLANKS.split(line.strip(_BLANK), maxsplit=1)
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
    line = line.rstrip(CRLF)
    return repr(line[:60])[1:] + ("…" if len(line) > 60 else "")
