"""The keys that look into a consumer and change it: the same in the table and in one consumer."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from natstui.model.consumer_row import ConsumerRow
from natstui.ui import consumer_changes as change
from natstui.ui.ack_tap import AckTapLevel
from natstui.ui.consumer_peek import PeekLevel
from natstui.ui.consumer_words import full_name
from natstui.ui.dead_letters import DeadLettersLevel
from natstui.ui.pane import Level

CHANGES = frozenset({"pause", "reset", "unpin", "edit", "delete"})


class ConsumerKeys(Level):
    """A level with a consumer that the keys act on."""

    WRITES = CHANGES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "peek", "next", tooltip="Peek at what comes next", id="consumers.peek"),
        Binding("a", "acks", "acks", tooltip="What clients answer, live", id="consumers.acks"),
        Binding(
            "X",
            "dead_letters",
            "dead letters",
            show=False,
            tooltip="Messages that were given up",
            id="consumers.dead-letters",
        ),
        Binding("P", "pause", "pause", tooltip="Pause, or resume", id="consumers.pause"),
        Binding("Z", "reset", "reset", tooltip="Reset: start over", id="consumers.reset"),
        Binding(
            "u",
            "unpin",
            "unpin",
            show=False,
            tooltip="Unpin a group's client",
            id="consumers.unpin",
        ),
        Binding("E", "edit", "edit", tooltip="Edit the configuration", id="consumers.edit"),
        Binding("D", "delete", "delete", tooltip="Delete the consumer", id="consumers.delete"),
    ]

    @property
    def row(self) -> ConsumerRow | None:
        """The consumer that the keys act on, None if there is none."""
        raise NotImplementedError

    def to_watch(self) -> str:
        row = self.row
        return f"consumer {row.stream} > {row.name}: pending>1000 for 30s" if row else ""

    def peek_crumb(self, row: ConsumerRow) -> str:
        """What the breadcrumb calls what comes next."""
        return f"next of {full_name(row)}"

    async def gone(self) -> None:
        """The consumer was deleted."""

    def action_peek(self) -> None:
        """Peek at what comes next, without a trace."""
        if (row := self.row) is not None:
            self.tui.start(self.pane.push(PeekLevel(self.desk, row.key, self.peek_crumb(row))))

    def action_acks(self) -> None:
        """Listen to what the consumer's clients answer, without a trace."""
        if (row := self.row) is not None:
            crumb = self.peek_crumb(row).replace("next", "acks", 1)
            self.tui.start(self.pane.push(AckTapLevel(self.desk, row, crumb)))

    def action_dead_letters(self) -> None:
        """Messages that were given up, of all streams."""
        self.tui.start(self.pane.push(DeadLettersLevel(self.desk)))

    def action_pause(self) -> None:
        """Pause the consumer until a time, or resume it."""
        if (row := self.row) is not None:
            change.pause_or_resume(self, row)

    def action_reset(self) -> None:
        """Let the consumer start over."""
        if (row := self.row) is not None:
            change.ask_reset(self, row)

    def action_unpin(self) -> None:
        """Let another client of a priority group have its turn."""
        if (row := self.row) is not None:
            change.ask_unpin(self, row)

    def action_edit(self) -> None:
        """Edit the configuration of the consumer."""
        if (row := self.row) is not None:
            self.tui.start(change.edit(self, row.key))

    def action_delete(self) -> None:
        """Delete the consumer."""
        if (row := self.row) is not None:
            self.tui.start(change.delete(self, row.key, self.gone))
