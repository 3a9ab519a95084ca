"""Schedules: messages that a stream publishes into itself, later (ADR-51).

Servers 2.12 know messages for one time; those that come again, with a time zone, from another
subject or in place of earlier ones, from 2.14 on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from natstui.client.js.api import Header, rfc3339
from natstui.client.js.publish_headers import go_duration, ttl_text
from natstui.client.protocol.headers import Headers

if TYPE_CHECKING:
    from datetime import datetime

    from natstui.client.protocol.headers import HeadersLike

SCHEDULE_LEVEL = 2
NEWER_SCHEDULE_LEVEL = 4
NEWER = (Header.SCHEDULE_TIME_ZONE, Header.SCHEDULE_SOURCE, Header.SCHEDULE_ROLLUP)


def schedule_headers(
    target: str,
    at: datetime | str | None,
    every: float | str | None,
    cron: str | None,
    time_zone: str | None,
    source: str | None,
    msg_ttl: float | str | None,
    rollup: bool,
    headers: HeadersLike | None,
) -> Headers:
    """What makes a message a schedule; see `JetStreamContext.schedule`."""
    if not isinstance(target, str):
        raise ValueError(f"nats: the target of a schedule is a subject, not {target!r}")
    own = Headers(headers or {})
    own[Header.SCHEDULE] = schedule_text(at, every, cron)
    own[Header.SCHEDULE_TARGET] = target
    if time_zone is not None:
        own[Header.SCHEDULE_TIME_ZONE] = time_zone
    if source is not None:
        own[Header.SCHEDULE_SOURCE] = source
    if msg_ttl is not None:
        own[Header.SCHEDULE_TTL] = ttl_text(msg_ttl)
    if rollup:
        own[Header.SCHEDULE_ROLLUP] = "sub"
    return own


def schedule_level(headers: Headers) -> int:
    """The API level that a server needs to do what these headers say."""
    once = headers[Header.SCHEDULE].startswith("@at ")
    return SCHEDULE_LEVEL if once and headers.keys().isdisjoint(NEWER) else NEWER_SCHEDULE_LEVEL


def schedule_text(
    at: datetime | str | None = None,
    every: float | str | None = None,
    cron: str | None = None,
) -> str:
    """When, as the server reads it. Raises ValueError unless it is exactly one of the three."""
    given = [
        None if at is None else f"@at {rfc3339(at)}",
        None if every is None else f"@every {go_duration(every)}",
        cron,
    ]
    texts = [text for text in given if text is not None]
    if len(texts) != 1 or not texts[0]:
        raise ValueError("nats: a schedule needs one of at, every and cron")
    return texts[0]
