"""Whose cancellation it is."""

from __future__ import annotations

import asyncio


def being_cancelled() -> bool:
    """Whether a CancelledError that is caught now was meant for the current task.

    It may also come from something that was awaited and cancelled by others, which is no reason
    for the task to end.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def end_within(seconds: float, tasks: set[asyncio.Task[None]]) -> None:
    """Wait for the end of `tasks`; cancel those that are left after so many seconds."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1)
