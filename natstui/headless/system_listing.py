"""What is listed of what servers tell: what a look costs, and what could not be seen."""

from __future__ import annotations

from typing import Generic, TypeVar

from natstui.headless.listing import Listing
from natstui.model import words
from natstui.model.rates import Rate
from natstui.model.system_board import SystemBoard

T = TypeVar("T")


def rate_words(rate: Rate) -> str:
    """Messages per second, a dash while that is not known."""
    return words.rate(rate.per_second) if rate.is_known else "-"


def bytes_words(rate: Rate) -> str:
    """Bytes per second, a dash while that is not known."""
    return f"{words.short_size(rate.per_second)}/s" if rate.is_known else "-"


class SystemListing(Listing[T], Generic[T]):
    """A listing of what `board` loads."""

    board: SystemBoard

    async def load(self) -> None:
        await self.board.load()

    def took(self) -> float:
        return self.board.took

    def problems(self) -> list[str]:
        return [f"{subject}: {problem}" for subject, problem in self.board.problems.items()]
