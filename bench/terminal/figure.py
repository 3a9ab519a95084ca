"""What was measured, beside what it is meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

KEY_LIMIT = 0.1  # seconds that a key may take, of a hundred the slowest


@dataclass(frozen=True)
class Figure:
    """One line of a table. `within`: whether the value keeps to its bound, None without one."""

    name: str
    value: str
    bound: str = ""
    within: bool | None = None

    def __str__(self) -> str:
        verdict = "" if self.within is None else "yes" if self.within else "NO"
        return f"{self.name:56} {self.value:>28}   {self.bound:<16} {verdict}".rstrip()


def percentile(times: Sequence[float], share: int = 99) -> float:
    """So many of a hundred are no greater."""
    if len(times) == 1:
        return times[0]
    return quantiles(times, n=100, method="inclusive")[share - 1]


def keys(name: str, delays: Sequence[float]) -> Figure:
    """How long keys took to show their effect, in seconds."""
    p99 = percentile(delays)
    value = f"{ms(median(delays))}, {ms(p99)}, {ms(max(delays))}"
    return Figure(
        f"{name}, {len(delays)} keys: p50, p99, max", value, "p99 <= 100 ms", p99 <= KEY_LIMIT
    )


def ms(seconds: float) -> str:
    """Milliseconds, in words."""
    return f"{1000 * seconds:.0f} ms"


def exit_code(figures: Iterable[Figure]) -> int:
    """1 if one of them is beyond its bound."""
    return 1 if any(figure.within is False for figure in figures) else 0
