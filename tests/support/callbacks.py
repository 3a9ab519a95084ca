"""Callbacks for a client that remember what it told, in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tests.support.waiting import eventually

E = TypeVar("E", bound=Exception)

NAMES = (
    "connected",
    "disconnected",
    "reconnected",
    "closed",
    "discovered_server",
    "lame_duck_mode",
)


class Callbacks:
    """`connect(url, **callbacks.options)`; then `told` has the names of what was called (without
    `_cb`), and `errors` what `error_cb` was given."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.errors: list[Exception] = []

    @property
    def options(self) -> dict[str, Any]:
        return {f"{name}_cb": self._callback(name) for name in NAMES} | {"error_cb": self._error}

    def _callback(self, name: str) -> Callable[[], Awaitable[None]]:
        async def callback() -> None:
            self.told.append(name)

        return callback

    async def _error(self, error: Exception) -> None:
        self.errors.append(error)

    async def until(self, name: str, count: int = 1) -> None:
        """Wait until this was told, `count` times in all."""
        await eventually(
            lambda: self.told.count(name) >= count,
            f"{name}_cb is called {count} times",
            last_seen=lambda: f"{self.told}\n{self.errors!r}",
        )

    async def until_error(self, kind: type[E]) -> E:
        """Wait for an error of this class, and return it."""
        await eventually(
            lambda: any(isinstance(error, kind) for error in self.errors),
            f"error_cb is given a {kind.__name__}",
            last_seen=lambda: repr(self.errors),
        )
        return next(error for error in self.errors if isinstance(error, kind))
