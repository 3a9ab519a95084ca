"""What the doctor found: servers, the steps to each, and what came of every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from natstui.model.explain_rules import Explanation

ALL_WELL, FAILED, ONLY_WARNINGS = 0, 1, 3


class Outcome(Enum):
    """Of a step, or of all to a server; the value is what is shown."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Fact:
    """Something that was seen: `value` is for programs, `text` (by default the same) for people."""

    label: str
    value: Any
    text: str = ""

    def __str__(self) -> str:
        if self.text:
            return self.text
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        if isinstance(self.value, list | tuple):
            return ", ".join(map(str, self.value))
        return str(self.value)


@dataclass(frozen=True)
class Step:
    """`seconds` is None for a step that was not tried; `said` is what is wrong, if anything is."""

    name: str
    outcome: Outcome
    seconds: float | None = None
    facts: tuple[Fact, ...] = ()
    said: Explanation | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; durations in milliseconds."""
        return {
            "step": self.name,
            "outcome": self.outcome.value,
            "ms": None if self.seconds is None else round(self.seconds * 1000, 3),
            "seen": {fact.label.lower().replace(" ", "_"): fact.value for fact in self.facts},
            "what": self.said.what if self.said else "",
            "do": self.said.do if self.said else "",
        }


@dataclass
class ServerReport:
    """The steps to one server, so far; `doing` is the one that is being taken, or "".

    `server` is its URL without user and password.
    """

    server: str
    steps: list[Step] = field(default_factory=list)
    doing: str = ""

    @property
    def outcome(self) -> Outcome:
        """The worst of all steps; OK while there are none."""
        return _worst(step.outcome for step in self.steps)

    def step(self, name: str) -> Step | None:
        """The step of this name, if it was come to."""
        return next((step for step in self.steps if step.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "server": self.server,
            "outcome": self.outcome.value,
            "steps": [step.as_dict() for step in self.steps],
        }


@dataclass
class Diagnosis:
    """Of all servers; `version` grows with everything that is found."""

    servers: list[ServerReport] = field(default_factory=list)
    version: int = 0
    is_done: bool = False

    @property
    def outcome(self) -> Outcome:
        """The worst of all servers."""
        return _worst(server.outcome for server in self.servers)

    @property
    def exit_code(self) -> int:
        """0 all is well, 1 something failed, 3 there are warnings only."""
        codes = {Outcome.FAILED: FAILED, Outcome.WARNING: ONLY_WARNINGS}
        return codes.get(self.outcome, ALL_WELL)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "outcome": self.outcome.value,
            "exit_code": self.exit_code,
            "servers": [server.as_dict() for server in self.servers],
        }


def _worst(outcomes: Iterator[Outcome]) -> Outcome:
    found = set(outcomes)
    for outcome in (Outcome.FAILED, Outcome.WARNING):
        if outcome in found:
            return outcome
    return Outcome.OK
