"""What a watch has to say, and the things that it looks at."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from natstui.model.alarm import Alarm, AlarmState, Growth
from natstui.model.fields import Value
from natstui.model.watch import ANY, Watch
from natstui.model.words import age

SAID_AT_ONCE = 5
"""Of all things for which a watch fires at the same time, so many are named."""
MATCH_CALM = 60.0
"""Seconds without another message before it is said that no more match."""

Names = tuple[str, ...]
Thing = tuple[Names, Mapping[str, Value]]


@dataclass(frozen=True)
class Alert:
    """A watch fired for a thing, or what it fired for is over.

    `values` are what the watch asks for, `at` the wall clock, `seconds` for how long it was so.
    `more`: so many other things at the same moment, which are not named.
    """

    watch: Watch
    kind: Literal["fired", "recovered"]
    thing: str
    values: Mapping[str, Value]
    at: float
    seconds: float = 0.0
    more: int = 0

    @property
    def text(self) -> str:
        """In one line. It names things of others: to be made safe where it is shown."""
        what = self.watch.text.partition(": ")[2]
        values = ", ".join(f"{name} {_shown(value)}" for name, value in self.values.items())
        said = [f"{self.watch.kind} {self.thing}: {what}"]
        if self.kind == "recovered":
            said.append(f"is over after {age(self.seconds)}")
        if values:
            said.append(f"({values})")
        if self.more:
            said.append(f"and {self.more:,} more")
        return " ".join(said)


def _shown(value: Value) -> str:
    if isinstance(value, bool) or value is None:
        return "unknown" if value is None else str(value).lower()
    return f"{value:,}" if isinstance(value, int | float) else str(value)


class Watched:
    """A watch and how it stands. `problem` says why nothing is known, or "". `looks` counts them;
    `unsearched` are messages that came too fast for a filter."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.problem = ""
        self.looks = 0
        self.unsearched = 0
        self.last: Alert | None = None
        self._alarms: dict[Names, Alarm] = {}
        self._growths: dict[Names, Growth] = {}
        self._values: dict[Names, dict[str, Value]] = {}

    @property
    def firing(self) -> list[str]:
        """The things for which it fires."""
        return [_joined(names) for names, alarm in self._alarms.items() if alarm.state == "firing"]

    @property
    def state(self) -> AlarmState | Literal["unknown"]:
        """The worst of all its things."""
        states = {alarm.state for alarm in self._alarms.values()}
        if "firing" in states:
            return "firing"
        if self.problem or not self.looks:
            return "unknown"
        return "waiting" if "waiting" in states else "fine"

    @property
    def known(self) -> str:
        """What was seen lastly, in a few words."""
        if self.unsearched:
            return f"{self.unsearched:,} came too fast to be searched"
        if len(self._values) == 1:
            values = next(iter(self._values.values()))
            return ", ".join(f"{name} {_shown(value)}" for name, value in values.items())
        return f"{len(self._values):,} watched"

    def look(self, now: float, things: Iterable[Thing]) -> list[Alert]:
        """Look at all of them, at a monotonic time; what there is to say."""
        self.looks += 1
        self._values = {}
        alerts = []
        for names, values in things:
            if self.watch.is_about(names):
                self._values[names] = {name: values.get(name) for name in self.watch.asked}
                alerts += self._look_at(now, names, holds=self._holds(now, names, values))
        for names in self._alarms.keys() - self._values.keys():
            alerts += self._look_at(now, names, holds=False)  # it is gone
        self.problem = "" if self._values or ANY in self.watch.names else "it is not there"
        return _bounded(alerts)

    def _holds(self, now: float, names: Names, values: Mapping[str, Value]) -> bool:
        if self.watch.rising:
            growth = self._growths.setdefault(names, Growth())
            return growth.look(now, values.get(self.watch.rising))
        if self.watch.condition is not None:
            return self.watch.condition.holds(values)
        return bool(values.get("matched"))

    def _look_at(self, now: float, names: Names, *, holds: bool) -> list[Alert]:
        alarm = self._alarms.get(names)
        if alarm is None:
            if not holds:
                return []
            alarm = self._alarms[names] = self._new_alarm()
        change, since = alarm.look(now, holds), alarm.since
        if alarm.state == "fine":
            del self._alarms[names]
        if not change:
            return []
        values = self._values.get(names, {})
        lasted = now - since if change == "recovered" else 0.0
        self.last = Alert(self.watch, change, _joined(names), values, time.time(), lasted)
        return [self.last]

    def _new_alarm(self) -> Alarm:
        if self.watch.matches is not None:
            return Alarm(calm=MATCH_CALM)
        return Alarm(self.watch.duration)


def _joined(names: Names) -> str:
    return " > ".join(names)


def _bounded(alerts: list[Alert]) -> list[Alert]:
    if len(alerts) <= SAID_AT_ONCE:
        return alerts
    said = alerts[:SAID_AT_ONCE]
    return [*said[:-1], replace(said[-1], more=len(alerts) - SAID_AT_ONCE)]
