"""The lines of a recording, natstui's own and those of `nats sub --dump`, read back to messages.

A recording is NDJSON. Its messages are the lines of an export (`natstui.model.export`), so that an
export is a recording too. Lines with a `note` stand between them: the first says what was recorded,
others where a connection was lost or how many messages were, the last one how it ended.

    {"natstui_recording": 1, "ts": "2026-…Z", "note": "recorded from …", "server": "n2 2.15.1",
     "context": "prod", "subjects": ["orders.>"], "filter": ""}
    {"ts": "2026-…Z", "note": "17 messages were lost here: …", "lost": 17}
    {"ts": "2026-…Z", "note": "the recording ended: …", "messages": 48211, "lost": 17}

The `nats` tool writes objects with `Subject`, `Reply`, `Header` and `Data` in base64, each in a
file of its own or with a NUL behind it. It writes no time: of what comes from a stream that is in
the subject that acknowledges it, of the rest it has to be said from outside.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from natstui.model.export import timestamp
from natstui.model.header_block import header_block
from natstui.model.tail import Record

VERSION = 1
_MARK = "natstui_recording"
# Near the ends of the calendar there is no local time.
_LAST_TIME = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class BrokenLineError(ValueError):
    """A line that holds no message and no note; the message says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a recording says of itself: when it began, where, what of, and what it lets through.

    `server` is name and version, `context` what the connection was called; no secrets, no URL.
    """

    at: float
    server: str
    context: str
    subjects: tuple[str, ...]
    filter: str = ""
    version: int = VERSION

    def line(self) -> str:
        """As the first line of a recording, without its line end."""
        which = f", what {self.filter} lets through" if self.filter else ""
        note = f"recorded from {self.context}: {' '.join(self.subjects)}{which}"
        return json.dumps(
            {
                _MARK: self.version,
                "ts": timestamp(self.at),
                "note": note,
                "server": self.server,
                "context": self.context,
                "subjects": list(self.subjects),
                "filter": self.filter,
            }
        )


def note_line(at: float, text: str, **facts: int) -> str:
    """A line of ours between the messages; `facts` are for programs."""
    return json.dumps({"ts": timestamp(at), "note": text, **facts})


def parse_head(line: bytes) -> Head | None:
    """What the first line says of the recording; None if it is something else."""
    try:
        found = json.loads(line)
        if not isinstance(found, dict) or not isinstance(found.get(_MARK), int):
            return None
        return Head(
            at=_time(found.get("ts"), 0.0),
            server=str(found.get("server") or ""),
            context=str(found.get("context") or ""),
            subjects=tuple(map(str, found.get("subjects") or ())),
            filter=str(found.get("filter") or ""),
            version=found[_MARK],
        )
    except (ValueError, TypeError, RecursionError):
        return None


def parse_line(line: bytes, seq: int = 0, at: float = 0.0) -> Record:
    """The message in a line, or the note as a record without a subject; BrokenLineError if neither.

    `at` is the time of what has none.
    """
    if not line.strip():
        raise BrokenLineError("it is empty")
    try:
        # Decoded here: of bytes the module would guess the encoding, which takes as long.
        found = json.loads(line.decode())
    except RecursionError:
        raise BrokenLineError("it is nested too deeply") from None
    except ValueError:
        raise BrokenLineError("it is no JSON") from None
    if not isinstance(found, dict):
        raise BrokenLineError("it is no JSON object")
    try:
        return _record(found, seq, at)
    except BrokenLineError:
        raise
    except (TypeError, ValueError):  # also what is no base64, or no Unicode
        raise BrokenLineError("it is JSON, but no message") from None


def _record(found: dict[str, Any], seq: int, at: float) -> Record:
    if "subject" in found:
        return _message(found, seq, at)
    if "Subject" in found:
        return _dumped(found, seq, at)
    if "note" in found:
        text = _text(found["note"]).encode("utf-8", "replace")
        return Record(seq, _time(found.get("ts"), at), "", "", b"", text, 0)
    raise BrokenLineError("it is JSON, but no message")


def _message(found: dict[str, Any], seq: int, at: float) -> Record:
    if (encoded := found.get("data_base64")) is not None:
        payload = base64.b64decode(encoded, validate=True)
    else:
        payload = _text(found.get("data", "")).encode("utf-8", "surrogateescape")
    headers = b""
    if (encoded := found.get("headers_base64")) is not None:
        headers = base64.b64decode(encoded, validate=True)
    elif (given := found.get("headers")) or found.get("status"):
        headers = header_block(_pairs(given or {}), _text(found.get("status") or ""))
    reply = _text(found.get("reply") or "")
    return _made(seq, _time(found.get("ts"), at), found["subject"], reply, headers, payload)


def _dumped(found: dict[str, Any], seq: int, at: float) -> Record:
    reply = _text(found.get("Reply") or "")
    payload = base64.b64decode(found.get("Data") or "", validate=True)
    given = found.get("Header")
    headers = header_block(_pairs(given)) if given else b""
    return _made(seq, stored_at(reply) or at, found["Subject"], reply, headers, payload)


def _made(
    seq: int, at: float, subject: object, reply: str, headers: bytes, payload: bytes
) -> Record:
    name = _text(subject)
    if not name:
        raise BrokenLineError("its subject is empty")
    return Record(seq, at, name, reply, headers, payload, len(headers) + len(payload))


def stored_at(reply: str) -> float | None:
    """When a message was stored, from the subject that acknowledges it; None if it is another."""
    tokens = reply.split(".")
    if tokens[:2] != ["$JS", "ACK"]:
        return None
    # $JS.ACK.STREAM.CONSUMER.N.SEQ.SEQ.TIME.PENDING, or with domain and account in front of STREAM.
    place = 7 if len(tokens) == 9 else 9
    if len(tokens) <= place or not tokens[place].isdecimal() or len(tokens[place]) > 19:
        return None
    return int(tokens[place]) / 1e9


def _pairs(given: object) -> Mapping[str, list[str]]:
    if not isinstance(given, dict):
        raise TypeError("headers are an object")
    return {key: [_text(value) for value in values] for key, values in given.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is needed")
    return value


def _time(value: object, otherwise: float) -> float:
    if value is None:
        return otherwise
    try:
        at = datetime.fromisoformat(_text(value)).timestamp()
    except (ValueError, OverflowError):
        raise BrokenLineError("its time cannot be read") from None
    if not 0 <= at < _LAST_TIME:
        raise BrokenLineError("its time cannot be")
    return at
