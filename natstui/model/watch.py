"""Watches as they are typed: what is watched, what it is watched for, and for how long.

    watch    = thing ": " what ["for" time]
    thing    = "stream" NAME | "consumer" STREAM [">" CONSUMER] | "bucket" NAME | "subject" PATTERN
    what     = condition | field "rising" | "silent" time
             | "matches" filter | "/" regex "/"           (of a subject, without "for")

    consumer ORDERS > billing: pending>1000 for 30s
    consumer *: redelivered rising
    stream ORDERS: silent 60s
    subject orders.>: matches /fail|refused/i

A name may be `*`: all of them, each for itself. Conditions are those of `--wait`, over the fields
of the headless commands, filters those of the tail pane.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from natstui.client.js.requester import checked_name
from natstui.model.condition import Condition, parse_condition
from natstui.model.consumer_fields import CONSUMER_FIELDS
from natstui.model.durations import parse_duration
from natstui.model.fields import Field
from natstui.model.filter import Filter, parse_filter
from natstui.model.kv_fields import BUCKET_FIELDS
from natstui.model.safe_text import clean
from natstui.model.stream_fields import STREAM_FIELDS
from natstui.model.wildcards import pattern_problem

WatchKind = Literal["stream", "consumer", "bucket", "subject"]
KINDS: tuple[WatchKind, ...] = get_args(WatchKind)
ANY = "*"
EXAMPLE = "consumer ORDERS > billing: pending>1000 for 30s"

_FOR = re.compile(r"^(?P<what>.*?)\s+for\s+(?P<time>[\d.]\S*)$", re.DOTALL)
_RISING = re.compile(r"^(?P<field>\w+)\s+rising$")
_SILENT = re.compile(r"^silent\s+(?P<time>\S+)$")
_MATCHES = re.compile(r"^(?:matches\s+(?P<filter>.*)|(?P<regex>/.*))$", re.DOTALL)


@dataclass(frozen=True)
class SubjectLook:
    """What is known of a subject: `messages` since it is watched, how many a second, and for how
    long there was none."""

    messages: int
    rate: float
    quiet: float


SUBJECT_FIELDS: tuple[Field[SubjectLook], ...] = (
    Field("messages", "number", lambda look: look.messages),
    Field("rate", "number", lambda look: round(look.rate, 3)),
    Field("quiet", "number", lambda look: round(look.quiet, 3)),
)
_FIELDS: dict[WatchKind, Sequence[Field[Any]]] = {
    "stream": STREAM_FIELDS,
    "consumer": CONSUMER_FIELDS,
    "bucket": BUCKET_FIELDS,
    "subject": SUBJECT_FIELDS,
}
# The field that says for how long nothing happened.
_STILL: dict[WatchKind, str] = {
    "stream": "age",
    "consumer": "quiet",
    "bucket": "age",
    "subject": "quiet",
}


@dataclass(frozen=True)
class Watch:
    """`text` as it was typed. One of `condition`, `rising` (a field) and `matches` says for what;
    `names` are those of the thing, `ANY` for all; `duration` is in seconds."""

    text: str
    kind: WatchKind
    names: tuple[str, ...]
    condition: Condition | None = None
    rising: str = ""
    matches: Filter | None = None
    duration: float = 0.0

    @property
    def fields(self) -> Sequence[Field[Any]]:
        """What there is to know of the thing."""
        return _FIELDS[self.kind]

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the fields that matter."""
        if self.rising:
            return (self.rising,)
        wanted = self.condition.fields if self.condition else ()
        return tuple(field.name for field in self.fields if field.name in wanted)

    def is_about(self, names: tuple[str, ...]) -> bool:
        """Whether the thing with these names is watched."""
        return all(wanted in (ANY, name) for wanted, name in zip(self.names, names, strict=True))


def parse_watch(text: str) -> Watch:
    """The watch in `text`. ValueError, one line, if it cannot be."""
    thing, colon, what = text.strip().partition(": ")
    if not colon or not what.strip():
        raise ValueError(f"a watch is written like: {EXAMPLE}")
    word, _, named = thing.strip().partition(" ")
    kind = next((kind for kind in KINDS if word in (kind, f"{kind}s")), None)
    if kind is None:
        raise ValueError(f"{clean(word)!r} cannot be watched; there are: {', '.join(KINDS)}")
    names = _names(kind, named.strip())
    what, duration = _duration(kind, what.strip())
    try:
        return _about(text.strip(), kind, names, what, duration)
    except ValueError as error:
        raise ValueError(f"{clean(what)}: {error}") from None


def _names(kind: WatchKind, named: str) -> tuple[str, ...]:
    if not named:
        raise ValueError(f"which {kind}? {ANY} for all")
    if kind == "subject":
        if problem := pattern_problem(named):
            raise ValueError(f"{clean(named)!r} cannot be watched: {problem}")
        return (named,)
    names = [name.strip() for name in named.split(">")] if kind == "consumer" else [named]
    if len(names) > 2:
        raise ValueError(f"{clean(named)!r}: a consumer is written like ORDERS > billing")
    for name in names:
        if name != ANY:
            _check(kind, name)
    return (*names, ANY)[:2] if kind == "consumer" else tuple(names)


def _check(kind: WatchKind, name: str) -> None:
    try:
        checked_name(kind, name)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("nats: ")) from None


def _duration(kind: WatchKind, what: str) -> tuple[str, float]:
    """A message is there or not, for no time: what a filter says is all the filter's."""
    found = None if kind == "subject" and _MATCHES.match(what) else _FOR.match(what)
    return (found["what"], parse_duration(found["time"])) if found else (what, 0.0)


def _about(text: str, kind: WatchKind, names: tuple[str, ...], what: str, duration: float) -> Watch:
    if found := _SILENT.match(what):
        seconds = parse_duration(found["time"])
        condition = parse_condition(f"{_STILL[kind]}>={seconds:.3f}", _FIELDS[kind])
        return Watch(text, kind, names, condition, duration=duration)
    if found := _RISING.match(what):
        return Watch(text, kind, names, rising=_number(kind, found["field"]), duration=duration)
    if kind == "subject" and (found := _MATCHES.match(what)):
        wanted = parse_filter(found["filter"] or found["regex"] or "")
        if wanted is None:
            raise ValueError("the filter is empty")
        return Watch(text, kind, names, matches=wanted)
    return Watch(text, kind, names, parse_condition(what, _FIELDS[kind]), duration=duration)


def _number(kind: WatchKind, name: str) -> str:
    numbers = [field.name for field in _FIELDS[kind] if field.kind == "number"]
    if name not in numbers:
        raise ValueError(f"there is no number {name!r}; there are: {', '.join(numbers)}")
    return name
