"""What a consumer's clients answer, as it goes by."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from natstui.model.ack_event import AckEvent
from natstui.model.ack_tap import AckTap, Spread
from natstui.model.consumer_row import ConsumerRow
from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.consumer_help import ACKS_HELP
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import LineList
from natstui.ui.note_line import NoteLine
from natstui.ui.stored_message import StoredMessageLevel
from natstui.ui.table import Column

# Only after a reconnect over another client is there anything new to subscribe to.
LISTEN_EVERY = 5.0
_INKS = {"ack": "good", "next": "good", "nak": "warn", "term": "bad", "gave up": "bad"}
_NAMES = {"ack": "+ACK", "next": "+NXT", "nak": "-NAK", "wpi": "+WPI", "term": "+TERM"}
_LABEL = 18


def _name(event: AckEvent) -> str:
    return _NAMES.get(event.kind, event.kind)


def _ink(event: AckEvent) -> str:
    return _INKS.get(event.kind, "accent")


def _columns(tap: AckTap) -> tuple[Column[AckEvent], ...]:
    def took(event: AckEvent) -> float | None:
        return tap.took.get(event.consumer_seq) if event.kind in ("ack", "next") else None

    def took_words(event: AckEvent) -> str:
        seconds = took(event)
        return "" if seconds is None else words.seconds(seconds)

    return (
        Column("time", lambda row: words.clock(row.at), 12, lambda row: -row.number, ink="muted"),
        Column("answer", _name, 7, lambda row: row.kind, ink=_ink),
        Column("sequence", lambda row: f"{row.seq:,}", 10, lambda row: row.seq, True, True),
        Column(
            "try",
            lambda row: f"{row.deliveries:,}",
            3,
            lambda row: row.deliveries,
            True,
            True,
            lambda row: "warn" if row.deliveries > 1 else "muted",
        ),
        Column("had it for", took_words, 10, lambda row: took(row) or -1.0, True, True, "strong"),
        Column("age", _age, 8, lambda row: row.age or -1.0, True, True),
        Column("said", lambda row: row.detail, ink="muted"),
    )


def _age(event: AckEvent) -> str:
    return "" if event.age is None else words.seconds(event.age)


def _words(event: AckEvent) -> str:
    tries = f"try {event.deliveries}"
    return f"{_name(event)} {event.kind} {event.seq} {tries} {event.detail}"


class AckTapLevel(FilteredTable):
    """The latest first; it listens until it is left, also while a message is open."""

    THING = "answer"
    HELP = ACKS_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="acks.filter"),
        Binding("space", "hold", "hold", tooltip="Hold the list, go on counting", id="acks.hold"),
    ]

    def __init__(self, desk: Desk, row: ConsumerRow, crumb: str) -> None:
        self.row = row
        self.tap = AckTap(desk.session, row.key)
        self._crumb = crumb
        self.poll = Poll(desk.session, self.tap.start, every=LISTEN_EVERY)
        super().__init__(desk, self.poll)
        self.shown_events: Rows[AckEvent] = Rows(lambda event: event.number, _words)
        self.table = BoardTable(self.shown_events, _columns(self.tap), id="acks")
        self.lines = (NoteLine(), NoteLine(), NoteLine())
        self.is_held = False
        self._drawn = self._told = -1

    def compose(self) -> ComposeResult:
        yield from self.lines
        yield from super().compose()

    async def on_unmount(self) -> None:
        await self.tap.stop()

    @property
    def crumb(self) -> str:
        return self._crumb

    def frame(self) -> None:
        tap = self.tap
        if tap.version != self._drawn and not self.is_held:
            self._drawn = tap.version
            self.shown_events.set_items(tap.newest())
        if tap.version != self._told:
            self._told = tap.version
            about = (self._kinds(), self._ages(), self._took())
            for line, said in zip(self.lines, about, strict=True):
                line.say(said)
        super().frame()

    # What there is to say

    def _kinds(self) -> list[Span]:
        tap = self.tap
        said: list[Span] = []
        for kind in ("ack", "next", "nak", "wpi", "term", "gave up", "other"):
            if count := tap.counts[kind]:
                said += [(_INKS.get(kind, "accent"), f"{count:,} {_NAMES.get(kind, kind)}")]
                said.append(("faint", " · "))
        return said[:-1] or [("muted", "no answer was heard yet")]

    def _ages(self) -> list[Span]:
        return _spread_line("stored → answered", self.tap.ages(), "")

    def _took(self) -> list[Span]:
        sampled = str(self.row.config.get("sample_freq") or "").removesuffix("%")
        found = self.tap.durations()
        if found is None and not sampled:
            return [
                ("muted", f"{'sent → answered':<{_LABEL}}"),
                ("muted", "measured by the server where sample_freq is set; it is not"),
            ]
        share = f" ({sampled} %)" if sampled.isdigit() else ""
        return _spread_line("sent → answered", found, share)

    def empty(self) -> list[list[Span]]:
        denied = [[("bad", f"may not subscribe to {each}")] for each in self._denied()]
        if not self.row.acknowledges:
            return [[("strong", "This consumer wants no answers: its ack_policy is none.")]]
        if denied:
            return [[("strong", "What clients answer cannot be seen by this user.")], *denied]
        return [
            [("strong", "Nobody answered yet; what is answered appears here by itself.")],
            [("muted", "nothing is asked and nothing sent for it: it is overheard")],
        ]

    def _denied(self) -> list[str]:
        listener = self.tap.listener
        return [subject for subject in listener.subjects if subject in listener.denied]

    def summary(self) -> list[Span]:
        held: list[Span] = [("warn", "held: space goes on  ")] if self.is_held else []
        return [*held, ("plain", f"{self.tap.heard:,}"), ("muted", " heard")]

    def counts(self) -> list[Span]:
        listener = self.tap.listener
        count = len(listener.subjects) - len(listener.denied)
        if not listener.is_listening:
            return [("warn", "not listening")]
        said: list[Span] = [
            ("good", "listening"),
            ("muted", f" since {_clock(listener.since)}"),
        ]
        if listener.gaps:
            said.append(("warn", f" · {words.plural(listener.gaps, 'gap')}"))
        return [*said, ("muted", f" · {words.plural(count, 'subject')}")]

    def trouble(self) -> str:
        denied = self._denied()
        if denied and len(self.table.rows):
            return f"may not subscribe to {', '.join(denied)}"
        return ""

    # Keys

    def action_hold(self) -> None:
        """Hold the list as it is, or let it go on; everything is counted either way."""
        self.is_held = not self.is_held

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        ack: AckEvent | None = self.table.item
        if ack is not None and ack.seq:
            said = f"answered {_name(ack)} at {words.clock(ack.at)}, delivery {ack.deliveries:,}"
            level = StoredMessageLevel(self.desk, self.row.stream, ack.seq, said)
            self.tui.start(self.pane.push(level))


def _clock(at: float) -> str:
    return words.clock(at)[:8]


def _spread_line(name: str, found: Spread | None, more: str) -> list[Span]:
    said: list[Span] = [("muted", f"{name:<{_LABEL}}")]
    if found is None:
        return [*said, ("muted", "-" + more)]
    for label, seconds in (("p50", found.p50), ("p90", found.p90), ("p99", found.p99)):
        said += [("muted", f"{label} "), ("plain", f"{words.seconds(seconds):<8}")]
    said += [("muted", "max "), ("plain", words.seconds(found.most))]
    return [*said, ("muted", f"  of {found.number:,}{more}")]
