"""Consumers with priority groups: which part of the messages is for whom (ADR-42)."""

from __future__ import annotations

from typing import Any, NamedTuple


class Share(NamedTuple):
    """Which part of the messages this client gets of a consumer with priority groups (ADR-42)."""

    group: str | None = None
    min_pending: int | None = None
    min_ack_pending: int | None = None
    priority: int | None = None

    def body(self) -> dict[str, Any]:
        """The fields of the pull. Raises ValueError for a priority that there is not."""
        if self.priority is not None and not 0 <= self.priority <= 9:
            raise ValueError("nats: priority must be 0 (first) to 9 (last)")
        return {name: value for name, value in self._asdict().items() if value is not None}

    @property
    def level(self) -> int:
        """The API level that it needs."""
        return 2 if self.priority is not None else int(self != WHOLE)


WHOLE = Share()  # of a consumer without groups
