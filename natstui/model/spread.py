"""How numbers are spread: percentiles and a histogram of any number of them, in bounded memory.

Up to a thousand different ones are counted as they are. Beyond that they are counted in buckets
that grow by 2% each, so that a percentile is off by at most 1% of its value; where the numbers span
so much that the buckets get too many, two neighbours become one, again and again, and `error` says
so.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

EXACTLY = 1_000
MOST_BUCKETS = 512
FINEST = 1.02
MOST_BINS = 16
_FEW = 0.05
_LOG_FROM = 200  # so many times the median is the largest, or its square the smallest but a few
_ZERO = 1 << 20  # beyond every index of a positive number


@dataclass(frozen=True, slots=True)
class Bin:
    """`count` numbers of `low <= number < high`."""

    low: float
    high: float
    count: int


class Spread:
    """`add` numbers; `count`, `low`, `high` and `mean` are exact, whatever `error` is."""

    def __init__(self) -> None:
        self.count = 0
        self.low = math.inf
        self.high = -math.inf
        self._sum = 0.0
        self._whole = True
        self._growth = 1.0
        self._exact: dict[float, int] = {}
        self._buckets: dict[int, int] = {}
        self._points: list[tuple[float, int]] = []
        self._sorted_at = 0

    @property
    def error(self) -> float:
        """How far a percentile may be off, as a share of its value; 0 while all are known."""
        return (self._growth - 1) / (self._growth + 1)

    @property
    def mean(self) -> float:
        """0 if there are none; of huge numbers possibly infinite."""
        return self._sum / self.count if self.count else 0.0

    def add(self, number: float) -> None:
        """Take one number, which must be finite."""
        self.count += 1
        self._sum += number
        self.low = min(self.low, number)
        self.high = max(self.high, number)
        self._whole = self._whole and number.is_integer()
        if not self._buckets:
            self._exact[number] = self._exact.get(number, 0) + 1
            if len(self._exact) > EXACTLY:
                self._sum_up()
            return
        self._count_in_bucket(number)

    def quantile(self, share: float) -> float:
        """The smallest number that is not less than `share` (0 to 1) of them; 0 if there are none.

        Of those below and above it, it is the nearest rank: a number that was added, or near one.
        """
        if not self.count:
            return 0.0
        left = max(1, math.ceil(share * self.count - 1e-9))
        if left == self.count:
            return self.high
        for number, count in self.points():
            left -= count
            if left <= 0:
                return number
        return self.high

    def points(self) -> list[tuple[float, int]]:
        """The numbers, smallest first, each with how often it was added."""
        if self._sorted_at != self.count:
            self._sorted_at = self.count
            self._points = self._sorted()
        return self._points

    def bins(self, most: int = MOST_BINS) -> list[Bin]:
        """A histogram with round borders; those far apart grow by factors, not by steps."""
        if not self.count:
            return []
        edges = self._edges(most)
        counts = [0] * (len(edges) - 1)
        for number, count in self.points():
            counts[min(max(0, bisect_right(edges, number) - 1), len(counts) - 1)] += count
        return [
            Bin(low, high, count)
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ]

    # Buckets

    def _sum_up(self) -> None:
        numbers, self._exact = self._exact, {}
        self._growth = FINEST
        for number, count in numbers.items():
            self._count_in_bucket(number, count)

    def _count_in_bucket(self, number: float, count: int = 1) -> None:
        key = self._key(number)
        self._buckets[key] = self._buckets.get(key, 0) + count
        while len(self._buckets) > MOST_BUCKETS:
            self._merge_neighbours()

    def _key(self, number: float) -> int:
        """Keys are in the order of the numbers: those below zero, zero, those above."""
        if not number:
            return 0
        index = math.ceil(math.log(abs(number)) / math.log(self._growth))
        return index + _ZERO if number > 0 else -index - _ZERO

    def _merge_neighbours(self) -> None:
        # The bucket i holds what is above growth^(i-1), up to growth^i: with the growth squared,
        # 2i-1 and 2i become i.
        buckets: dict[int, int] = {}
        for key, count in self._buckets.items():
            new = 0
            if key:
                index = -(-(abs(key) - _ZERO) // 2) + _ZERO
                new = index if key > 0 else -index
            buckets[new] = buckets.get(new, 0) + count
        self._buckets, self._growth = buckets, self._growth**2

    def _sorted(self) -> list[tuple[float, int]]:
        if not self._buckets:
            return sorted(self._exact.items())
        return [(self._middle(key), self._buckets[key]) for key in sorted(self._buckets)]

    def _middle(self, key: int) -> float:
        """The number that is nearest to all of a bucket, in shares of them."""
        if not key:
            return 0.0
        exponent = (abs(key) - _ZERO) * math.log(self._growth) + math.log(2 / (self._growth + 1))
        size = math.exp(min(exponent, 709.0))
        return min(max(size if key > 0 else -size, self.low), self.high)

    # Borders

    def _edges(self, most: int) -> list[float]:
        low, high = self.low, self.high
        if low == high:
            return [low, math.nextafter(high, math.inf)]
        middle = self.quantile(0.5)
        smallest = next((number for number, _ in self.points() if number > 0), 0.0)
        small = self.quantile(_FEW) or smallest
        if low >= 0 and smallest and high / _LOG_FROM > min(middle or high, small * _LOG_FROM):
            return _factors(low, smallest, high, most)
        return _steps(low, high, most, whole=self._whole)


def _steps(low: float, high: float, most: int, *, whole: bool) -> list[float]:
    """Round borders at equal distances, the first not above `low`, the last above `high`."""
    step = _round_up(high / (most - 1) - low / (most - 1))
    if whole:
        step = max(1.0, step)
    first = math.floor(low / step)
    last = math.floor(high / step) + 1
    edges = [float(f"{number * step:.12g}") for number in range(first, last + 1)]
    return edges if edges[-1] > high else [*edges, math.inf]


def _factors(low: float, smallest: float, high: float, most: int) -> list[float]:
    """Borders at powers of ten, of 1000 if there would be too many; zero has a range to itself."""
    first, last = math.floor(math.log10(smallest)), math.floor(math.log10(high)) + 1
    by = max(1, -(-(last - first) // (most - 1)))
    edges = [0.0] if not low else []
    edges += [float(f"1e{power}") for power in range(first, last + by, by) if power < 308]
    return edges if edges[-1] > high else [*edges, math.inf]


def _round_up(number: float) -> float:
    """The next larger of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(number)) if number > 1e-300 else 1e-300
    return next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= number * (1 - 1e-9))
