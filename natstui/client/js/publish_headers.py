"""The headers that make a publish more than a message."""

from __future__ import annotations

import math

from natstui.client.js.api import Header
from natstui.client.protocol.headers import Headers, HeadersLike


def publish_headers(
    headers: HeadersLike | None, stream: str | None, msg_ttl: float | str | None
) -> HeadersLike | None:
    """The headers of a publish; those of the caller stay as they are."""
    if stream is None and msg_ttl is None:
        return headers
    own = Headers(headers or {})
    if stream is not None:
        own[Header.EXPECTED_STREAM] = stream
    if msg_ttl is not None:
        own[Header.MSG_TTL] = ttl_text(msg_ttl)
    return own


def ttl_text(seconds: float | str) -> str:
    """A lifetime as the server reads it (ADR-43): whole seconds, a Go duration, or a word."""
    text = go_duration(seconds)
    return text if isinstance(seconds, str) or text.endswith("ms") else text.removesuffix("s")


def go_duration(seconds: float | str) -> str:
    """Text that Go reads as a duration: always with a unit. Raises ValueError for no time."""
    if isinstance(seconds, str):
        return seconds
    if not math.isfinite(seconds):
        raise ValueError(f"nats: a time is in seconds, or a Go duration, not {seconds!r}")
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{round(seconds * 1000)}ms"
