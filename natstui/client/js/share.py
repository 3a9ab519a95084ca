"""Consumers with priority groups: which part of the messages is for whom (ADR-42)."""

from __future__ import annotations

from typing import Any, NamedTuple

PRIORITIES = range(10)


class Share(NamedTuple):
    """Which part of the messages this client gets of a consumer with priority groups (ADR-42)."""

    group: str | None = None
    min_pending: int | None = None
    min_ack_pending: int | None = None
    priority: int | None = None

    def body(self) -> dict[str, Any]:
        """The fields of the pull. Raises ValueError for what the server would not understand."""
        for name in ("min_pending", "min_ack_pending"):
            least = getattr(self, name)
            if least is not None and (not isinstance(least, int) or least < 0):
                raise ValueError(f"nats: {name} is a number, at least 0, not {least!r}")
        if self.priority is not None and self.priority not in PRIORITIES:
            raise ValueError(f"nats: priority must be 0 (first) to 9 (last), not {self.priority!r}")
        return {name: value for name, value in self._asdict().items() if value is not None}

    @property
    def level(self) -> int:
        """The API level that it needs."""
        return 2 if self.priority is not None else int(self != WHOLE)


WHOLE = Share()  # of a consumer without groups
