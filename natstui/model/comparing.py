"""What two systems have in common and what not: streams and consumers, field by field.

    comparison = StreamComparison(here, there)
    async for pair in comparison.pairs(work):
        pair.verdict, pair.differences

Nothing is created and nothing is changed in either. What moves while one looks may differ because
of that.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

from natstui.model.consumer_board import ConsumerBoard
from natstui.model.consumer_row import ConsumerRow
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.stream_board import StreamBoard, StreamRow
from natstui.model.told import ToldError
from natstui.model.work import Work

Verdict = Literal["same", "different", "only_a", "only_b"]

# What a server writes into the metadata about itself (ADR-44); two versions differ in it.
_OF_THE_SERVER = "_nats."
_NAMES = "natstui streams lists their names"
_SHOW_FROM = 100
_DEPTH = 20


class MissingError(ToldError):
    """What is to be compared is not there, or could not be seen; it says what, and where."""

    def __init__(self, what: str, do: str = "try again, or look at it in its pane") -> None:
        super().__init__(what, do)


class Difference(NamedTuple):
    """One field. `path` is that of the JSON ("config.max_age"); None is what a side lacks."""

    path: str
    a: Any
    b: Any


class Compared(Protocol):
    """One thing, of which at least one side has something."""

    @property
    def name(self) -> str: ...

    @property
    def verdict(self) -> Verdict: ...


P = TypeVar("P", bound=Compared)


class Comparison(Generic[P]):
    """`rows` are those that are not the same, `counts` how many there are of each verdict.

    `nouns`: what one is called, and several.
    """

    nouns: tuple[str, str]

    def __init__(self, a: Session, b: Session) -> None:
        self.a, self.b = a, b
        self.rows: Rows[P] = Rows(lambda pair: pair.name, lambda pair: pair.name)
        self.counts: Counter[Verdict] = Counter()

    @property
    def is_same(self) -> bool:
        """Whether nothing differs, of what was seen so far."""
        return self.counts.total() == self.counts["same"]

    def pairs(self, work: Work) -> AsyncIterator[P]:
        """Each thing that one of both has, the same ones too, by name.

        MissingError, and what a request to JetStream can raise.
        """
        raise NotImplementedError

    async def texts(self, pair: P) -> tuple[bytes, bytes]:
        """Both sides as something whose lines can be compared; one that is not there is empty."""
        raise NotImplementedError

    async def run(self, work: Work) -> str:
        """Compare everything; in words what came of it."""
        found: list[P] = []
        self.counts.clear()
        show_from = _SHOW_FROM
        async for pair in self.pairs(work):
            if pair.verdict != "same":
                found.append(pair)
            if len(found) >= show_from:
                # With each turn twice as many: sorting them again and again would take for ever.
                show_from = 2 * len(found)
                self.rows.set_items(found)
        self.rows.set_items(found)
        return self.summary

    @property
    def summary(self) -> str:
        """How much of it there is."""
        total, one_many = self.counts.total(), self.nouns[self.counts.total() != 1]
        if self.is_same:
            return f"{total:,} {one_many}: all the same"
        return f"{total - self.counts['same']:,} of {total:,} {one_many}: not the same"

    def count(self, pair: P) -> P:
        """Count it, as it comes by."""
        self.counts[pair.verdict] += 1
        return pair


@dataclass(frozen=True, slots=True)
class AssetPair:
    """A stream or a consumer. `a` and `b` are what is compared of it; None where it is not."""

    name: str
    a: Mapping[str, Any] | None
    b: Mapping[str, Any] | None
    differences: tuple[Difference, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.a is None or self.b is None:
            return "only_b" if self.a is None else "only_a"
        return "different" if self.differences else "same"


class AssetComparison(Comparison[AssetPair]):
    """Both sides are loaded at once. `config_only`: how it is configured, not what is in it."""

    def __init__(self, a: Session, b: Session, *, config_only: bool = False) -> None:
        super().__init__(a, b)
        self.config_only = config_only

    async def load(self, session: Session) -> dict[str, dict[str, Any]]:
        """By name what is compared."""
        raise NotImplementedError

    async def pairs(self, work: Work) -> AsyncIterator[AssetPair]:
        ours, theirs = await both(self.load(self.a), self.load(self.b))
        names = sorted(ours.keys() | theirs.keys())
        self.check(names)
        work.total = len(names)
        for number, name in enumerate(names, 1):
            yield self.count(asset_pair(name, ours.get(name), theirs.get(name)))
            work.advance(number)

    def check(self, names: Sequence[str]) -> None:
        """MissingError if what was asked for is on neither side."""

    async def texts(self, pair: AssetPair) -> tuple[bytes, bytes]:
        return _text(pair.a), _text(pair.b)


class StreamComparison(AssetComparison):
    """Streams, or those that are named: configuration, messages, bytes."""

    nouns = ("stream", "streams")

    def __init__(
        self, a: Session, b: Session, names: Sequence[str] = (), *, config_only: bool = False
    ) -> None:
        super().__init__(a, b, config_only=config_only)
        self.names = tuple(names)

    async def load(self, session: Session) -> dict[str, dict[str, Any]]:
        board = StreamBoard(session, only=self.names)
        await board.load()
        for row in board.rows.items:
            if row.problem:
                raise MissingError(f"{session.name}: stream {row.name}: {row.problem}")
        return {row.name: self._seen(row) for row in board.rows.items}

    def _seen(self, row: StreamRow) -> dict[str, Any]:
        seen: dict[str, Any] = {"config": row.config}
        return seen if self.config_only else seen | {"messages": row.messages, "bytes": row.bytes}

    def check(self, names: Sequence[str]) -> None:
        missing = [name for name in self.names if name not in names]
        if missing:
            raise MissingError(f"no stream is called {missing[0]} on either side", _NAMES)


class ConsumerComparison(AssetComparison):
    """Consumers of all streams, or of one: configuration, and how many messages are pending."""

    nouns = ("consumer", "consumers")

    def __init__(
        self, a: Session, b: Session, stream: str = "", *, config_only: bool = False
    ) -> None:
        super().__init__(a, b, config_only=config_only)
        self.stream = stream
        self._gone = 0

    async def load(self, session: Session) -> dict[str, dict[str, Any]]:
        board = ConsumerBoard(session, only=self.stream)
        await board.load()
        for stream, problem in board.problems.items():
            raise MissingError(f"{session.name}: stream {stream}: {problem}")
        self._gone += bool(self.stream) and board.is_gone
        for row in board.rows.items:
            if row.problem:
                raise MissingError(f"{session.name}: consumer {row.name}: {row.problem}")
        return {f"{row.stream} > {row.name}": self._seen(row) for row in board.rows.items}

    def _seen(self, row: ConsumerRow) -> dict[str, Any]:
        seen: dict[str, Any] = {"config": row.info.get("config") or {}}
        return seen if self.config_only else seen | {"pending": row.pending}

    async def pairs(self, work: Work) -> AsyncIterator[AssetPair]:
        self._gone = 0
        async for pair in super().pairs(work):
            yield pair

    def check(self, names: Sequence[str]) -> None:
        if self._gone == 2:
            raise MissingError(f"no stream is called {self.stream} on either side", _NAMES)


async def both(a: Any, b: Any) -> tuple[Any, Any]:
    """What two coroutines return; if one fails the other one is ended."""
    tasks = [asyncio.ensure_future(a), asyncio.ensure_future(b)]
    try:
        one, other = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return one, other


def asset_pair(name: str, a: dict[str, Any] | None, b: dict[str, Any] | None) -> AssetPair:
    """Two answers compared, but for what servers write into them about themselves."""
    ours, theirs = _without_server(a), _without_server(b)
    if ours is None or theirs is None:
        return AssetPair(name, ours, theirs)
    return AssetPair(name, ours, theirs, tuple(differences(ours, theirs)))


def differences(a: Any, b: Any, path: str = "", depth: int = 0) -> Iterator[Difference]:
    """Where two JSON values differ; a list is one value, an object as many as it has keys.

    1, 1.0 and true are three values, as they are in JSON.
    """
    if isinstance(a, Mapping) and isinstance(b, Mapping) and depth < _DEPTH:
        for key in sorted(a.keys() | b.keys()):
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(a.get(key), b.get(key), inner, depth + 1)
    elif json.dumps(a, sort_keys=True) != json.dumps(b, sort_keys=True):
        yield Difference(path, a, b)


def _without_server(seen: dict[str, Any] | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    config = dict(seen["config"])
    metadata = config.pop("metadata", None)
    if isinstance(metadata, Mapping):
        own = {key: text for key, text in metadata.items() if not key.startswith(_OF_THE_SERVER)}
        config |= {"metadata": own} if own else {}
    return {**seen, "config": config}


def _text(seen: Mapping[str, Any] | None) -> bytes:
    return b"{}" if seen is None else json.dumps(seen, sort_keys=True).encode()
