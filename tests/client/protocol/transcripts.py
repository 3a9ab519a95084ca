"""What a server says, as bytes, and what a parser made of it, in a form that compares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from natstui.client.protocol.events import Delivery, Event, Malformed
from natstui.client.protocol.parser import Parser

HEAD = b"NATS/1.0\r\nTrace: 7f\r\n\r\n"


def msg(subject: str, sid: int, payload: bytes = b"", reply: str = "") -> bytes:
    fields = ["MSG", subject, str(sid), *([reply] if reply else []), str(len(payload))]
    return " ".join(fields).encode() + b"\r\n" + payload + b"\r\n"


def hmsg(
    subject: str, sid: int, payload: bytes = b"", reply: str = "", head: bytes = HEAD
) -> bytes:
    sizes = [str(len(head)), str(len(head) + len(payload))]
    fields = ["HMSG", subject, str(sid), *([reply] if reply else []), *sizes]
    return " ".join(fields).encode() + b"\r\n" + head + payload + b"\r\n"


def parser_of(*sids: int) -> Parser:
    """A parser that delivers each of these subscription ids to an origin of its own, `sub <id>`."""
    parser = Parser()
    for sid in sids:
        parser.add_route(sid, f"sub {sid}")
    return parser


def flat(events: Iterable[Event]) -> list[object]:
    """An entry a message and a control event: how messages were bundled in runs does not show.

    A message is (origin, subject, reply, header block, payload). Every run is checked.
    """
    entries: list[object] = []
    for event in events:
        if isinstance(event, Delivery):
            assert event.messages
            assert event.size == sum(message.size for message in event.messages)
            for message in event.messages:
                assert message._origin is event.origin
                entries.append(
                    (
                        event.origin,
                        message.subject,
                        message.reply,
                        message.raw_headers,
                        message.data,
                    )
                )
        elif isinstance(event, Malformed):
            entries.append(("malformed", str(event.error)))
        else:
            entries.append(event)
    return entries


def feed_all(parser: Parser, pieces: Iterable[bytes]) -> list[Event]:
    return [event for piece in pieces for event in parser.feed(piece)]


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """`data` in pieces, some of them empty; places behind its end are its end."""
    ends = [*sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]
