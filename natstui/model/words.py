"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import datetime

_SIZES = ("KiB", "MiB", "GiB", "TiB")
_COUNTS = ("k", "M", "G", "T")
_BARS = " ▁▂▃▄▅▆▇█"


def size(count: float) -> str:
    """Bytes: 212 B, 1.2 KiB."""
    return f"{count:.0f} B" if count < 1000 else _scaled(count, 1024, _SIZES, " ")


def short_size(count: float) -> str:
    """Bytes in at most six cells, for columns: 212 B, 1.2 K, 34 M."""
    return size(count).removesuffix("iB") if count >= 1000 else size(count)


def count(number: float) -> str:
    """A count in few characters: 812, 12.3k."""
    return f"{number:.0f}" if number < 1000 else _scaled(number, 1000, _COUNTS, "")


def rate(per_second: float) -> str:
    """Messages per second: 0/s, 0.3/s, 812/s, 12.3k/s."""
    if 0 < per_second < 9.95:
        return f"{per_second:.1f}/s"
    return f"{count(per_second)}/s"


def seconds(duration: float) -> str:
    """A duration: 0.84 ms, 1.2 ms, 340 ms, 2.1 s."""
    if duration < 0.001:
        return f"{duration * 1000:.2f} ms"
    if duration < 0.01:
        return f"{duration * 1000:.1f} ms"
    return f"{duration * 1000:.0f} ms" if duration < 1 else f"{duration:.1f} s"


def age(seconds: float) -> str:
    """How long ago, in at most four cells: 3s, 12m, 5h, 40d."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"


def clock(at: float) -> str:
    """The local time of day, to the millisecond."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S.%f")[:-3]


def day_and_time(at: float) -> str:
    """The local date and time with its distance from UTC."""
    when = datetime.fromtimestamp(at).astimezone()
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + when.strftime(" %z")


def plural(number: int, noun: str) -> str:
    """1 message, 2 messages."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def bars(values: list[int]) -> str:
    """A bar a value, the highest one full; a value above zero is never blank."""
    top = max(values, default=0)
    if not top:
        return ""
    return "".join(_BARS[-(-value * 8 // top)] for value in values)


def _scaled(number: float, base: int, units: tuple[str, ...], space: str) -> str:
    scaled = number
    for unit in units:
        scaled /= base
        if scaled < 999.5 or unit == units[-1]:
            digits = 1 if scaled < 99.95 else 0
            return f"{scaled:.{digits}f}{space}{unit}"
    raise AssertionError("the last unit takes anything")
