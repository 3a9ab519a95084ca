"""One endpoint over all its instances, or one instance with its endpoints: all that is known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.service_board import ServiceBoard
from natstui.model.service_instance import Endpoint, Instance
from natstui.model.service_row import ServiceRow
from natstui.ui import words
from natstui.ui.confirm import TextView
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.pane import Level
from natstui.ui.service_call import open_call
from natstui.ui.service_help import SERVICE_HELP
from natstui.ui.service_words import (
    load_words,
    state_ink,
    state_words,
    time_words,
    trouble_words,
)

Line = list[Span]

_NAME = 13
_BAR_NAME = 9
_NUMBER = 7
_MOST_SHOWN = 200
_LONGEST = 400
_AXIS = f"{'60 s ago':<57}now"


class ServiceDetail(Level):
    """One page; scrolls."""

    HELP = SERVICE_HELP
    WRITES = frozenset({"call"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "call", "call", tooltip="Call the endpoint", id="endpoint.call"),
    ]

    def __init__(
        self,
        desk: Desk,
        board: ServiceBoard,
        poll: Poll,
        service: str,
        row: ServiceRow,
        *,
        whole: bool,
    ) -> None:
        """`whole`: an instance with all its endpoints, else one endpoint of all instances."""
        super().__init__(desk, poll)
        self.board = board
        self.poll = poll
        self.service = service
        self.row = row
        self.whole = whole
        self.text = TextView([])
        self._drawn = -1

    def compose(self) -> ComposeResult:
        yield self.text

    @property
    def crumb(self) -> str:
        return self.row.name

    def target(self) -> Widget:
        return self.text

    def frame(self) -> None:
        if self.board.version != self._drawn:
            self._drawn = self.board.version
            look_up = self.board.each_of if self.whole else self.board.endpoints
            rows = look_up(self.service)
            self.row = next((row for row in rows if row.key == self.row.key), self.row)
            self.text.set_lines(
                instance_lines(self.row) if self.whole else endpoint_lines(self.row)
            )
        self.text.sync()

    def about(self) -> list[Span]:
        return [(state_ink(self.row), state_words(self.row))]

    def counts(self) -> list[Span]:
        return load_words(self.board, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.board, self.poll)

    def action_call(self) -> None:
        """Call the endpoint, or the first one of the instance."""
        if self.row.endpoints:
            open_call(self, self.row.endpoints[0])


def endpoint_lines(row: ServiceRow) -> list[Line]:
    """One endpoint: its movement, then what each instance says of it."""
    lines = [
        _field("subject", row.subject),
        _field("queue group", row.queue_groups or "none: every instance gets every request"),
        *_metadata(row.endpoints[0].metadata if row.endpoints else {}),
        [],
        *_movement(row),
        [],
        [("title", "INSTANCES")],
        *_heads("instance"),
    ]
    for endpoint in row.endpoints[:_MOST_SHOWN]:
        lines += _numbers(endpoint.instance.key.id, endpoint)
    return [*lines, *_more(len(row.endpoints)), *_data(row.endpoints)]


def instance_lines(row: ServiceRow) -> list[Line]:
    """One instance: who it is, its movement, its endpoints."""
    instance = row.instances[0]
    lines = [
        *_identity(instance),
        *_metadata(instance.metadata),
        [],
        *_movement(row),
        [],
        [("title", "ENDPOINTS")],
        *_heads("endpoint"),
    ]
    for endpoint in row.endpoints[:_MOST_SHOWN]:
        lines += _numbers(endpoint.key.name, endpoint)
        group = endpoint.queue_group or "none"
        lines.append(
            [("muted", f"    {_short(endpoint.key.subject)}  queue group {_short(group)}")]
        )
        lines += [_indented(line) for line in _metadata(endpoint.metadata)]
    if instance.endpoints_cut:
        lines.append([("warn", f"  {instance.endpoints_cut:,} endpoints more are left out")])
    return [*lines, *_more(len(row.endpoints)), *_data(row.endpoints)]


def _identity(instance: Instance) -> list[Line]:
    lines = [
        _field("service", instance.key.service),
        _field("id", instance.key.id),
        _field("version", instance.version),
    ]
    if instance.description:
        lines.append(_field("description", instance.description))
    if instance.started:
        lines.append(_field("started", words.day_and_time(instance.started)))
    if instance.rtt is not None:
        lines.append(_field("ping", f"{words.seconds(instance.rtt)} until its answer was read"))
    if instance.is_silent:
        lines.append(_field("last heard", words.day_and_time(instance.heard_at)))
    return lines


def _movement(row: ServiceRow) -> list[Line]:
    said: list[Line] = [
        [(state_ink(row), state_words(row)), ("plain", f"  {row.state.reason}")],
        [],
        _bars("requests", words.rate(row.request_rate), _added(row, "request_bars"), "accent"),
        _bars("errors", words.rate(row.error_rate), _added(row, "error_bars"), "warn"),
        [("faint", f"{'':{_BAR_NAME + _NUMBER + 2}}{_AXIS}")],
        [
            ("muted", f"{'time':<{_BAR_NAME}}"),
            ("plain", f"{time_words(row.recent) or 'none':>{_NUMBER}}"),
            ("muted", "  each in the last ten seconds, "),
            ("plain", time_words(row.average) or "none"),
            ("muted", " since the start"),
        ],
        [
            ("muted", f"{'in all':<{_BAR_NAME}}"),
            ("plain", f"{words.count(row.requests):>{_NUMBER}}"),
            ("muted", "  requests, "),
            ("warn" if row.errors else "plain", f"{row.errors:,}"),
            ("muted", " errors"),
        ],
    ]
    return said


def _added(row: ServiceRow, name: str) -> list[int]:
    every = [getattr(each, name).bars for each in row.endpoints]
    return [sum(bars) for bars in zip(*every, strict=False)]


def _bars(name: str, number: str, bars: list[int], ink: str) -> Line:
    return [
        ("muted", f"{name:<{_BAR_NAME}}"),
        ("plain", f"{number:>{_NUMBER}}  "),
        (ink, words.bars(bars)),
    ]


def _heads(name: str) -> list[Line]:
    heads = f"  {name:<24}{'req/s':>8}{'err/s':>8}{'requests':>10}{'errors':>8}{'average':>10}"
    return [[("muted", heads)]]


def _numbers(name: str, endpoint: Endpoint) -> Iterator[Line]:
    spent = endpoint.nanoseconds / endpoint.requests / 1e9 if endpoint.requests else None
    silent = endpoint.instance.is_silent
    shown = name if len(name) <= 23 else f"{name[:22]}…"
    yield [
        ("faint" if silent else "plain", f"  {shown:<24}"),
        ("accent", f"{words.rate(0 if silent else endpoint.request_rate.per_second):>8}"),
        ("warn", f"{words.rate(0 if silent else endpoint.error_rate.per_second):>8}"),
        ("plain", f"{words.count(endpoint.requests):>10}"),
        ("warn" if endpoint.errors else "faint", f"{words.count(endpoint.errors):>8}"),
        ("muted", f"{time_words(spent):>10}"),
    ]
    if silent:
        heard = words.clock(endpoint.instance.heard_at)[:8]
        yield [("alarm", f"    silent, last heard {heard}")]
    if endpoint.last_error:
        yield [("muted", "    last error  "), ("bad", _short(endpoint.last_error))]


def _more(total: int) -> list[Line]:
    left = total - _MOST_SHOWN
    return [[("warn", f"  and {left:,} more")]] if left > 0 else []


def _data(endpoints: Sequence[Endpoint]) -> Iterator[Line]:
    """What the service itself adds to its statistics."""
    told = [each for each in endpoints[:_MOST_SHOWN] if each.data is not None]
    if told:
        yield []
        yield [("title", "DATA")]
    for each in told:
        said = json.dumps(each.data, ensure_ascii=False)
        yield [("muted", f"  {each.instance.key.id} {each.key.name}  "), ("plain", _short(said))]


def _metadata(pairs: dict[str, str]) -> Iterable[Line]:
    return [
        [("key", f"{_short(key):<{_NAME}} "), ("plain", _short(value))]
        for key, value in list(pairs.items())[:_MOST_SHOWN]
    ]


def _field(name: str, value: str) -> Line:
    return [("muted", f"{name:<{_NAME}} "), ("plain", _short(value))]


def _short(text: str) -> str:
    """One value must not push all others off the page."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _indented(line: Line) -> Line:
    return [("plain", "    "), *line]
