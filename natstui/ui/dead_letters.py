"""Messages that consumers will not get again, and what one may do about them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from natstui.client import errors
from natstui.model.dead_letter import DeadLetter
from natstui.model.dead_letter_export import export_letters
from natstui.model.decode import preview
from natstui.model.explain import Explanation, explain
from natstui.model.polling import Poll
from natstui.model.republishing import LEFT_OUT, MARK, republish, target_problem
from natstui.model.rows import Rows
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.confirm import Question
from natstui.ui.dead_letter_help import DEAD_LETTERS_HELP
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.lines import LineList
from natstui.ui.message_level import export_problem
from natstui.ui.note_line import NoteLine
from natstui.ui.stored_message import StoredMessageLevel
from natstui.ui.table import Column

LOAD_EVERY = 5.0
LOOK_AGAIN_AFTER = 5.0
_INKS = {"gave up": "bad", "terminated": "warn", "counted": "accent"}
_PREVIEW = 200
_DAY = 86_400


def _when(letter: DeadLetter) -> str:
    if not letter.at:
        return ""
    if time.time() - letter.at < _DAY:
        return words.clock(letter.at)[:8]
    return time.strftime("%m-%d", time.localtime(letter.at))


def _tries(letter: DeadLetter) -> str:
    return f"{letter.deliveries:,}" if letter.deliveries > 0 else ""


class DeadLettersLevel(FilteredTable):
    """Of all streams, or `only` of one; the latest first."""

    THING = "dead letter"
    HELP = DEAD_LETTERS_HELP
    WRITES = frozenset({"republish"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="dead.filter"),
        Binding("P", "republish", "republish", tooltip="Publish it again", id="dead.republish"),
        Binding("x", "export", "export", tooltip="Export as NDJSON", id="dead.export"),
    ]

    def __init__(self, desk: Desk, only: str = "") -> None:
        self.only = only
        self.letters = desk.dead_letters
        self.poll = Poll(desk.session, self.letters.load, every=LOAD_EVERY)
        super().__init__(desk, self.poll)
        self.shown_letters: Rows[DeadLetter] = Rows(
            lambda letter: letter.key, lambda letter: f"{letter.words} {self._subject(letter)}"
        )
        self.table = BoardTable(self.shown_letters, self._columns(), id="dead-letters")
        self.note = NoteLine()
        self._looking = False
        self._problem: Explanation | None = None
        self._again_at = 0.0
        self._drawn = -1

    def _columns(self) -> tuple[Column[DeadLetter], ...]:
        return (
            Column("when", _when, 8, lambda row: row.at, False, True, "muted"),
            Column("what", lambda row: row.kind, 10, ink=lambda row: _INKS[row.kind]),
            Column("consumer", lambda row: f"{row.stream} > {row.consumer}", 20, ink="strong"),
            Column(
                "sequence",
                lambda row: f"{row.seq:,}" if row.seq else "?",
                9,
                lambda row: row.seq,
                True,
                True,
            ),
            Column("try", _tries, 3, lambda row: row.deliveries, True, True, "muted"),
            Column("subject", self._subject, 24, ink="accent", leave_out=1),
            Column("message", self._text, ink=self._ink, at_least=16),
        )

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self.note

    @property
    def crumb(self) -> str:
        return f"dead letters of {self.only}" if self.only else "dead letters"

    # Drawing

    def frame(self) -> None:
        self.letters.arrange()
        if self.letters.version != self._drawn:
            self._drawn = self.letters.version
            rows = self.letters.rows.items
            self.shown_letters.set_items(
                row for row in rows if not self.only or row.stream == self.only
            )
        super().frame()
        self.note.say(self._note())
        self._look_at_what_is_seen()

    def _text(self, letter: DeadLetter) -> str:
        if letter.kind == "counted":
            return f"{letter.number:,} or more"
        place = letter.stream, letter.seq
        if place not in self.letters.messages:
            return "…"
        record = self.letters.messages[place]
        if record is None:
            return "gone from the stream"
        return preview(record.payload, _PREVIEW)[1]

    def _subject(self, letter: DeadLetter) -> str:
        record = self.letters.messages.get((letter.stream, letter.seq))
        return record.subject if record is not None else ""

    def _ink(self, letter: DeadLetter) -> str:
        is_there = self.letters.messages.get((letter.stream, letter.seq)) is not None
        return "plain" if is_there else "muted"

    def _note(self) -> list[Span]:
        letter: DeadLetter | None = self.table.item
        if letter is None:
            return []
        if letter.kind == "counted":
            said = f"at least {words.plural(letter.number, 'message')} given up before we listened"
            return [("accent", said), ("muted", "; which ones is not told")]
        ink, reason = _INKS[letter.kind], letter.reason
        if letter.kind == "gave up":
            reason = f"delivered {letter.deliveries:,} times, and never acknowledged"
        line: list[Span] = [(ink, letter.kind), ("plain", f"  {reason or 'no reason was given'}")]
        subject = self._subject(letter)
        return [*line, ("muted", f"  {subject}")] if subject else line

    def empty(self) -> list[list[Span]]:
        listener = self.letters.listener
        lines: list[list[Span]] = [
            [("strong", "No message was given up, as far as is known.")],
            [("muted", "what is advised from now on appears here by itself")],
        ]
        if not self.letters.captures:
            lines += [
                [("muted", "no stream captures advisories, so what came before is not known;")],
                [("muted", "one with the subject "), ("accent", "$JS.EVENT.ADVISORY.CONSUMER.>")],
            ]
        return [*lines, *([("bad", f"may not subscribe to {each}")] for each in listener.denied)]

    def summary(self) -> list[Span]:
        counts = dict.fromkeys(_INKS, 0)
        for letter in self.shown_letters.items:
            counts[letter.kind] += letter.number
        said: list[Span] = []
        for kind, number in counts.items():
            if number:
                said += [(_INKS[kind], f"{number:,} {kind}"), ("faint", " · ")]
        return said[:-1]

    def counts(self) -> list[Span]:
        listener = self.letters.listener
        said: list[Span] = []
        if listener.is_listening:
            said.append(("good", f"listening since {words.clock(listener.since)[:8]}"))
        else:
            said.append(("warn", "not listening"))
        if self.letters.captures:
            said.append(("muted", f" · from {', '.join(self.letters.captures)}"))
        if listener.gaps:
            said.append(("warn", f" · {words.plural(listener.gaps, 'gap')}"))
        if self.letters.forgotten:
            said.append(("warn", f" · {self.letters.forgotten:,} older ones not kept"))
        return said

    def trouble(self) -> str:
        if not self.table.rows.total:
            return ""
        if denied := sorted(self.letters.listener.denied):
            return f"may not subscribe to {', '.join(denied)}"
        problem = self.poll.problem or self._problem
        return problem.what if problem is not None else ""

    def refresh_now(self) -> None:
        self.letters.scan_anew()
        self._again_at = 0.0
        super().refresh_now()

    # Messages are read when their lines come into view

    def _in_view(self) -> list[DeadLetter]:
        table = self.table
        end = min(table.top + table.page, len(table.rows))
        return [table.rows[row] for row in range(table.top, end)]

    def _look_at_what_is_seen(self) -> None:
        can_ask = self.poll.state in ("ready", "loading") and self.desk.session.is_connected
        if self._looking or not can_ask or time.monotonic() < self._again_at:
            return
        if not all(map(self.letters.is_known, self._in_view())):
            self._looking = True
            self.tui.start(self._look())

    async def _look(self) -> None:
        try:
            await self.letters.look_at(self._in_view())
            self._problem = None
        except (errors.Error, TimeoutError) as error:
            self._problem = explain(error, settings=self.desk.session.settings)
            self._again_at = time.monotonic() + LOOK_AGAIN_AFTER
        finally:
            self._looking = False

    # Keys

    def _letter(self) -> DeadLetter | None:
        """The one under the cursor; of what is only counted it is said that there is none."""
        letter: DeadLetter | None = self.table.item
        if letter is not None and not letter.seq:
            self.pane.say("the server says how many there are, and not which ones")
            return None
        return letter

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (letter := self._letter()) is not None:
            said = f"{letter.kind} by {letter.consumer}, {words.day_and_time(letter.at)[:19]}"
            if letter.reason:
                said += f": {letter.reason}"
            level = StoredMessageLevel(self.desk, letter.stream, letter.seq, said)
            self.tui.start(self.pane.push(level))

    def action_republish(self) -> None:
        """Ask where to, say what will happen, and publish the message again."""
        if (letter := self._letter()) is None:
            return
        record = self.letters.messages.get((letter.stream, letter.seq))
        if record is None:
            self.pane.say("the message is not there: nothing can be published", bad=True)
            return
        self.pane.ask(
            "publish it to",
            record.subject,
            target_problem,
            lambda subject: self.tui.start(self._republish(letter, subject)),
        )

    async def _republish(self, letter: DeadLetter, subject: str) -> None:
        try:
            record = await self.letters.whole(letter)
            if record is None:
                self.pane.say("the message is gone meanwhile: nothing was published", bad=True)
                return
            question = Question(
                f"Publish message {letter.seq:,} of {letter.stream} again",
                [
                    [("plain", "Everybody who reads that subject gets it, not only the consumer")],
                    [("plain", f"{letter.consumer}. The old message stays where it is.")],
                    [("muted", f"Headers {LEFT_OUT}… are left out, {MARK}… say where it is from.")],
                ],
                verb="publish it",
                facts={
                    "to": subject,
                    "size": words.size(record.size),
                    "was stored": words.day_and_time(record.at),
                },
            )
            if not await self.desk.ask_whether(question):
                return
            ack = await republish(self.desk.writer, letter, record, subject)
        except (errors.Error, OSError, TimeoutError) as error:
            self.pane.complain(error)
        else:
            self.pane.say(f"it is message {ack.seq:,} of {ack.stream} now")

    def action_export(self) -> None:
        """Ask where to, then write what is listed, with the messages."""
        rows = self.shown_letters
        letters = [rows[row] for row in range(len(rows))]
        self.pane.ask(
            f"export {words.plural(len(letters), 'dead letter')} to",
            time.strftime("dead-letters-%Y%m%d-%H%M%S.ndjson"),
            export_problem,
            lambda path: self._export(letters, Path(path).expanduser()),
        )

    def _export(self, letters: list[DeadLetter], path: Path) -> None:
        work = Work("exporting dead letters", total=len(letters), unit="letters")

        async def export() -> str:
            written = await export_letters(self.letters, letters, path, work)
            return f"exported {words.plural(written, 'dead letter')} to {path}"

        self.pane.begin(work, export())
