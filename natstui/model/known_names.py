"""Names that a server knows, for who is typing one: what can be had in a moment, or nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from natstui.client.errors import Error
from natstui.model.asking import api
from natstui.model.reaching import UnreachableError, reach
from natstui.model.session import Session
from natstui.model.settings import Settings

MOMENT = 1.0  # seconds, for all of it
_PREFIXES = {"buckets": "KV_", "object buckets": "OBJ_"}

Names = Literal["streams", "buckets", "object buckets", "consumers"]


async def known_names(settings: Settings, what: Names, stream: str = "") -> list[str]:
    """Those that come in one answer (1,024 of them); consumers are those of `stream`."""
    session = Session(replace(settings, read_only=True, timeout=MOMENT))
    with suppress(Error, TimeoutError, UnreachableError):
        async with asyncio.timeout(MOMENT):
            try:
                await reach(session, MOMENT)
                return await _asked(session, what, stream)
            finally:
                await session.close()
    return []


async def _asked(session: Session, what: Names, stream: str) -> list[str]:
    if what == "consumers":
        return _texts(await api(session, f"CONSUMER.NAMES.{stream}", {"offset": 0}), "consumers")
    names = _texts(await api(session, "STREAM.NAMES", {"offset": 0}), "streams")
    if what == "streams":
        return names
    prefix = _PREFIXES[what]
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


def _texts(answer: dict[str, Any], key: str) -> list[str]:
    found = answer.get(key)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
