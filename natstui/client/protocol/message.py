"""The message as it comes off the wire, before anybody asks what is in its headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .headers import Headers, encode_headers, parse_headers, read_headers


class Message:
    """One MSG or HMSG.

    The parser makes millions of these, so it fills the slots itself and runs no `__init__`;
    headers stay bytes until somebody reads them. `_origin` is whatever the parser was told to
    associate with the subscription id (`Parser.routes`).

    Three slots are unset until somebody needs them: `_raw` (the block, once it was parsed),
    `_ackd` and `_metadata` (JetStream).
    """

    __slots__ = ("_ackd", "_head", "_metadata", "_origin", "_raw", "data", "reply", "subject")

    subject: str
    reply: str
    data: bytes
    _origin: object
    _head: bytes | Headers | None
    _raw: bytes

    @property
    def headers(self) -> Headers | None:
        """The headers; None when the message has none. Parsed at the first call, then kept.

        A status (`NATS/1.0 503 No Responders`) appears as the keys `Status` and `Description`.
        """
        head = self._head
        if isinstance(head, bytes):
            self._raw = head
            head = self._head = read_headers(head) or _headers_of(head)
        return head

    @headers.setter
    def headers(self, value: Mapping[str, str | Sequence[str]] | None) -> None:
        self._raw = b""
        self._head = None if value is None else Headers(value)

    @property
    def raw_headers(self) -> bytes:
        """The header block as received, `NATS/1.0` to its empty line; `b""` without headers."""
        head = self._head
        if isinstance(head, bytes):
            return head
        if head is None:
            return b""
        return self._raw or encode_headers(head)

    @property
    def status(self) -> int | None:
        """The status code of a message that the server made (503: no responders, 100: idle
        heartbeat, …); None for everybody else's."""
        block = self.raw_headers
        return parse_headers(block).status if block[8:9] == b" " else None

    @property
    def size(self) -> int:
        """Bytes of headers and payload, as the server counts them."""
        return len(self.raw_headers) + len(self.data)


def _headers_of(block: bytes) -> Headers:
    status, description, headers = parse_headers(block)
    if status is not None:
        headers["Status"] = str(status)
        if description:
            headers["Description"] = description
    return headers
