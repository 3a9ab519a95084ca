"""How a replay is asked for: as texts, from a command line or a dialog."""

from __future__ import annotations

from dataclasses import dataclass

from natstui.model.replay_plan import ReplayOptions, parse_mapping, parse_prefix


@dataclass
class ReplayForm:
    """`to` is a context or the URL of a server; `mappings` are separated by spaces."""

    to: str = ""
    prefix: str = "test."
    mappings: str = ""
    speed: str = "1"
    rate: str = "1000"

    def options(self) -> ReplayOptions:
        """What it comes to; ValueError says what is wrong with which field."""
        return ReplayOptions(
            prefix=parse_prefix(self.prefix.strip()),
            mappings=tuple(parse_mapping(text) for text in self.mappings.split()),
            speed=_number(self.speed, "speed", "max"),
            rate=_number(self.rate, "rate", "none"),
        )


def _number(text: str, name: str, unlimited: str) -> float | None:
    if text.strip() == unlimited:
        return None
    try:
        return parse_times(text)
    except ValueError:
        raise ValueError(f"{name}: a number above 0, or {unlimited}") from None


def parse_times(text: str) -> float:
    """A number above 0; ValueError if it is none."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise ValueError(f"{text!r} is no number above 0")
    return number
