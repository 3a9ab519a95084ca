"""What a replay would send, to which subjects and for how long, before anything is sent."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from natstui.client.errors import BadHeaderError
from natstui.client.protocol.headers import Headers, encode_headers, parse_headers
from natstui.client.protocol.subjects import subject_matches, valid_publish_subject
from natstui.model.header_block import header_lines
from natstui.model.recording import Recording, is_broken
from natstui.model.tail import Record

DEFAULT_RATE = 1_000.0
_SUBJECTS = 10_000
_CLOCK_EVERY = 16  # lines
# Orders to a server, and what a server adds: sent again, they would expire, be refused for a
# sequence that has moved on, roll up a stream.
_CONTROL = "Nats-"


class MappingError(ValueError):
    """A mapping of subjects that cannot be."""


@dataclass(frozen=True)
class Mapping:
    """`source`, a subject that may have wildcards, becomes `target`.

    `$1`, `$2` in that stand for what the first and the second wildcard matched.
    """

    source: str
    target: str

    def apply(self, subject: str) -> str | None:
        """The subject that it becomes, None if it is another's."""
        if not subject_matches(self.source, subject):
            return None
        tokens = subject.split(".")
        places = [at for at, token in enumerate(self.source.split(".")) if token in "*>"]
        target = self.target
        for number in range(len(places), 0, -1):
            at = places[number - 1]
            is_rest = self.source.split(".")[at] == ">"
            value = ".".join(tokens[at:]) if is_rest else tokens[at]
            target = target.replace(f"${number}", value)
        return target


def parse_mapping(text: str) -> Mapping:
    """`orders.*.new=test.$1`; MappingError if it is none."""
    source, equals, target = text.partition("=")
    if not equals or not source or not target:
        raise MappingError(f"{text!r} is no mapping; write it like 'orders.>=test.$1'")
    return Mapping(source, target)


def parse_prefix(text: str) -> str:
    """`test.`, or `test` for the same; MappingError if no subject can begin like that."""
    prefix = text if not text or text.endswith(".") else f"{text}."
    if prefix.startswith("$"):
        raise MappingError("nothing is sent to subjects of the system ($…)")
    if prefix and not valid_publish_subject(f"{prefix}x"):
        raise MappingError(f"no subject begins with {text!r}")
    return prefix


@dataclass(frozen=True)
class ReplayOptions:
    """`prefix` goes in front of every subject, behind the first of `mappings` that matches it.

    `speed` is how many times as fast as it came, None: as fast as the `rate` allows, in messages a
    second (None: no limit). Reply subjects are left out without `replies`: nobody waits there any
    more. Headers that begin with `Nats-` are orders to a server, and left out without
    `control_headers`.
    """

    prefix: str = ""
    mappings: tuple[Mapping, ...] = ()
    speed: float | None = 1.0
    rate: float | None = DEFAULT_RATE
    replies: bool = False
    control_headers: bool = False

    def target(self, subject: str) -> str:
        """The subject that a message is sent to."""
        mapped = (mapping.apply(subject) for mapping in self.mappings)
        return self.prefix + next((each for each in mapped if each is not None), subject)

    def obstacle(self, record: Record) -> str:
        """Why a message is not sent, in few words, or ""."""
        target = self.target(record.subject)
        if target.startswith("$"):
            return "to subjects of the system ($…)"
        if record.subject.startswith("_INBOX."):
            return "answers to somebody's inbox"
        if not _is_subject(target):
            return "to what is no subject"
        try:
            encode_headers(self.headers(record))
        except BadHeaderError:
            return "with headers that cannot be sent"
        return ""

    def headers(self, record: Record) -> Headers:
        """The headers that are sent with it."""
        kept = Headers()
        if record.headers:
            for key, value in parse_headers(record.headers).headers.pairs():
                if self.control_headers or not key.startswith(_CONTROL):
                    kept.append(key, value)
        return kept


def _is_subject(target: str) -> bool:
    try:
        target.encode()
    except UnicodeEncodeError:  # what came was no UTF-8
        return False
    return valid_publish_subject(target)


class Schedule:
    """When each message is due, in seconds after the first one: as it came, but never faster than
    the rate. Clocks that were set back are taken to have stood still.
    """

    def __init__(self, options: ReplayOptions) -> None:
        self._speed = options.speed
        self._step = 1 / options.rate if options.rate else 0.0
        self._first: float | None = None
        self._due = -self._step

    def due(self, at: float) -> float:
        """For the next message, which came at `at`."""
        as_it_came = 0.0
        if self._first is None:
            self._first = at
        elif self._speed is not None:
            as_it_came = (at - self._first) / self._speed
        self._due = max(as_it_came, self._due + self._step)
        return self._due


@dataclass
class ReplayPlan:
    """A recording under some options, gone through a little at a time by `work`.

    `messages` will be sent, of `size` bytes, in `seconds`; `subjects` are where to, `others` those
    beyond 10,000. `left_out` are messages that are not sent, by why; `dropped_headers` are headers
    that are not, with how many messages have them.
    """

    recording: Recording
    options: ReplayOptions
    read: int = 0
    messages: int = 0
    size: int = 0
    seconds: float = 0.0
    recorded_seconds: float = 0.0
    replies: int = 0
    broken: int = 0
    others: int = 0
    subjects: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    dropped_headers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._schedule = Schedule(self.options)
        self._began: float | None = None

    @property
    def is_done(self) -> bool:
        return self.recording.is_indexed and self.read == self.recording.count

    @property
    def progress(self) -> float:
        """How much of it was gone through, 0 to 1."""
        count = self.recording.count
        return self.recording.progress * (self.read / count if count else 1.0)

    def work(self, seconds: float) -> bool:
        """Go on for about so long; False when all of it was gone through."""
        if self.recording.index(seconds):
            return True
        deadline = time.perf_counter() + seconds
        while self.read < self.recording.count:
            self._take(self.recording.read(self.read))
            self.read += 1
            if not self.read % _CLOCK_EVERY and time.perf_counter() > deadline:
                break
        return self.read < self.recording.count

    def _take(self, record: Record) -> None:
        if record.is_note:
            self.broken += is_broken(record)
        elif reason := self.options.obstacle(record):
            self.left_out[reason] += 1
        else:
            self._count(record)

    def _count(self, record: Record) -> None:
        self.messages += 1
        self.size += record.size
        self.replies += bool(record.reply)
        self.seconds = self._schedule.due(record.at)
        self._began = record.at if self._began is None else self._began
        self.recorded_seconds = max(self.recorded_seconds, record.at - self._began)
        target = self.options.target(record.subject)
        if target in self.subjects or len(self.subjects) < _SUBJECTS:
            self.subjects[target] += 1
        else:
            self.others += 1
        if record.headers and not self.options.control_headers:
            self._count_dropped(record.headers)

    def _count_dropped(self, block: bytes) -> None:
        if _CONTROL.encode() in block:
            keys = {key for key, _ in header_lines(block).pairs if key.startswith(_CONTROL)}
            self.dropped_headers.update(keys)
