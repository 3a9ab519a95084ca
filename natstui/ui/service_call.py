"""The dialog to call an endpoint of a service, and every answer with how long it took."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from natstui.model.draft import Draft, DraftError
from natstui.model.explain import explain
from natstui.model.service_call import ServiceCall
from natstui.model.service_instance import Endpoint
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.detail import MessageView
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.pane import Level
from natstui.ui.prompt import QuietInput
from natstui.ui.publish import QuietTextArea
from natstui.ui.safe import Words


def open_call(level: Level, endpoint: Endpoint | None) -> None:
    """Open the dialog to call an endpoint, if there is one."""
    if endpoint is not None:
        level.app.push_screen(CallDialog(level.desk, endpoint))


class CallDialog(Guarded, ModalScreen[None]):
    """Subject, headers, payload, timeout; below them the answers, one at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "call(False)", "call", id="call.call"),
        Binding("ctrl+r", "call(True)", "call, all answers", id="call.all"),
        Binding("escape", "close", "close", id="call.close"),
        Binding("right_square_bracket", "next(1)", "next", key_display="]", id="call.next"),
        Binding(
            "left_square_bracket",
            "next(-1)",
            "previous",
            key_display="[",
            show=False,
            id="call.previous",
        ),
    ]

    def __init__(self, desk: Desk, endpoint: Endpoint) -> None:
        super().__init__()
        self.desk = desk
        self.service_call = ServiceCall(
            Draft(subject=endpoint.key.subject), f"{desk.session.settings.timeout:g}s"
        )
        self.queue_group = endpoint.queue_group
        self.service = endpoint.instance.key.service
        self.subject = QuietInput(
            endpoint.key.subject, id="call-subject", compact=True, select_on_focus=False
        )
        self.limit = QuietInput(
            self.service_call.timeout, id="call-timeout", compact=True, select_on_focus=False
        )
        self.headers = QuietTextArea(id="call-headers", compact=True, tab_behavior="focus")
        self.headers.placeholder = "Name: value, one a line"
        self.payload = QuietTextArea(id="call-payload", compact=True, tab_behavior="focus")
        self.outcome = Words(id="call-outcome")
        self.answer = MessageView(origin=False, id="call-answer")
        self.at = 0
        self._drawn = -1

    def compose(self) -> ComposeResult:
        with Vertical(id="call-dialog") as dialog:
            dialog.border_title = "Call"
            with Horizontal(classes="field"):
                yield Static("Subject", classes="field-label")
                yield self.subject
            with Horizontal(classes="field"):
                yield Static("Timeout", classes="field-label")
                yield self.limit
            with Horizontal(classes="field", id="call-headers-field"):
                yield Static("Headers", classes="field-label")
                yield self.headers
            with Horizontal(classes="field", id="call-payload-field"):
                yield Static("Payload", classes="field-label")
                yield self.payload
            yield self.outcome
            yield self.answer
            yield KeyLine()

    def on_mount(self) -> None:
        self.answer.display = False
        wildcards = any(token in "*>" for token in self.subject.value.split("."))
        if wildcards:
            self._say("it has wildcards: write a subject that it stands for")
        elif not self.queue_group:
            self._say("in no queue group: every instance answers; ctrl+r waits for all of them")
        (self.subject if wildcards else self.payload).focus()

    # Calling

    def action_call(self, every: bool) -> None:
        """Call it, and wait for one answer, or for every one within the timeout."""
        call = self.service_call
        if call.is_running:
            return
        call.draft.subject, call.draft.headers = self.subject.value, self.headers.text
        call.draft.payload, call.timeout = self.payload.text, self.limit.value
        try:
            call.check()
        except DraftError as error:
            self._say(str(error), bad=True)
            return
        self.at = 0
        self._say("waiting for answers…" if every else "waiting for an answer…")
        self.tui.start(self._call(every))

    async def _call(self, every: bool) -> None:
        try:
            await self.service_call.run(self.desk.writer, every=every)
        except Exception as error:  # whatever it is belongs into the dialog, beside the call
            said = str(explain(error, settings=self.desk.session.settings))
            if self.is_current:
                self._say(said, bad=True)
            else:
                self.tui.say(said, "error")

    # What came of it

    def frame(self) -> None:
        """Draw what changed; called each frame."""
        if self.service_call.version != self._drawn:
            self._drawn = self.service_call.version
            self._show()
        self.answer.advance()

    def _show(self) -> None:
        replies = self.service_call.replies
        self.answer.display = bool(replies)
        if not replies:
            return
        self.at = max(0, min(self.at, len(replies) - 1))
        reply = replies[self.at]
        said = f"answered after {words.seconds(reply.seconds)}"
        if len(replies) > 1:
            last = words.seconds(replies[-1].seconds)
            said = (
                f"answer {self.at + 1} of {len(replies)}, after {words.seconds(reply.seconds)}; "
                f"the last one after {last}"
            )
        if self.service_call.is_running:
            said += ", waiting for more…"
        if reply.error:
            said += f"; the service says: {reply.error}"
        self._say(said, bad=bool(reply.error))
        self.answer.show_record(reply.record)

    def action_next(self, step: int) -> None:
        """Show another answer."""
        self.at += step
        self._show()

    def action_close(self) -> None:
        """Back to the pane."""
        self.dismiss()

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.outcome.set_class(bad, "-bad")
        self.outcome.say(text)
