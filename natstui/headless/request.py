"""What a headless command was asked for, and what it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["table", "json", "ndjson", "names"]

OK, NOT_MET, BAD_INPUT, FAILED = 0, 1, 2, 3
"""Exit codes: it worked; the condition was not met in time; what was typed cannot be; it failed."""


class BadInputError(ValueError):
    """A name, expression or filter that cannot be; the message is one line that says which."""


class FailedError(Exception):
    """It did not work out; the message says why, and what to do."""


@dataclass(frozen=True)
class Request:
    """`command` with what was typed. Times are in seconds, None where they were not given.

    `timeout` is how long to wait in all; how long each answer may take is in the settings.
    """

    command: str
    words: tuple[str, ...] = ()
    form: Form = "table"
    filter: str = ""
    sort: str = ""
    reverse: bool = False
    limit: int | None = None
    rates: bool = False
    watch: float | None = None
    wait: str = ""
    any: bool = False
    timeout: float | None = None
    check: bool = False
    warning: str = ""
    critical: str = ""
    count: int | None = None
    history: bool = False
    raw: bool = False
    instances: bool = False
    closed: bool = False
    queue: str = ""
    headers_only: bool = False
    as_of: str = ""
    diff: bool = False
    once: bool = False
    stream: str = ""
    group_by: str = ""
    values: str = ""
