"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import datetime

from natstui.model.spread import Spread

_SIZES = ("KiB", "MiB", "GiB", "TiB")
_COUNTS = ("k", "M", "G", "T")
_BARS = " ▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"


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


def bar(share: float, cells: int) -> str:
    """A bar of `share` (0 to 1) of the cells, to an eighth of one; above zero it is never blank."""
    eighths = max(round(min(share, 1.0) * cells * 8), 1 if share > 0 else 0)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def percent(share: float) -> str:
    """A share in at most four cells: 41%, 0.3%, <.1%."""
    if 0 < share < 0.001:
        return "<.1%"
    if share < 0.0995:
        return f"{share * 100:.1f}%".replace(".0%", "%")
    # Almost all of them is not all of them.
    return f"{min(share * 100, 99 if share < 1 else 100):.0f}%"


def number(value: float) -> str:
    """A number of any kind in few characters: 12, 4.56, 12,345, 0.00123, 1.2e+30."""
    if value == 0 or not 1e-4 <= abs(value) < 1e12:
        return f"{value:.3g}"
    if value.is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    digits = 2 if abs(value) >= 1 else 5
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def gist(numbers: Spread, top: tuple[str, int] | None, messages: int, numeric: bool) -> str:
    """A field in a few words: how its numbers are spread, or the value that most messages have."""
    if numeric and numbers.low < numbers.high:
        middle = number(numbers.quantile(0.5))
        return f"{number(numbers.low)} … {number(numbers.high)}, p50 {middle}"
    return f"{percent(top[1] / messages)} {top[0]}" if top else ""


def _scaled(number: float, base: int, units: tuple[str, ...], space: str) -> str:
    scaled = number
    for unit in units:
        scaled /= base
        if scaled < 999.5 or unit == units[-1]:
            digits = 1 if scaled < 99.95 else 0
            return f"{scaled:.{digits}f}{space}{unit}"
    raise AssertionError("the last unit takes anything")
