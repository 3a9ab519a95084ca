"""Work that something else may put an end to."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


async def unless(spoiler: Coroutine[Any, Any, NoReturn], work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns or raises, unless `spoiler` raises first: that cancels it."""
    working, spoiling = asyncio.create_task(work), asyncio.create_task(spoiler)
    try:
        await asyncio.wait((working, spoiling), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else spoiling.result()
    finally:
        for task in (working, spoiling):
            task.cancel()
        await asyncio.gather(working, spoiling, return_exceptions=True)
