"""Asking again while a cluster is not ready to answer, as any program has to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from natstui.client.errors import TimeoutError
from natstui.client.js.errors import APIError

T = TypeVar("T")


async def insist(request: Callable[..., Awaitable[T]], *arguments: Any, **named: Any) -> T:
    """What `request` gives, sooner or later. Raises what is no matter of readiness."""
    while True:
        try:
            return await request(*arguments, **named)
        except TimeoutError:
            continue
        except APIError as error:
            if error.code not in (500, 503):
                raise
            await asyncio.sleep(0.1)
