"""The dialog to publish a message, or to request an answer to one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from natstui.model.draft import Draft, DraftError
from natstui.model.explain import explain
from natstui.model.session import Session
from natstui.ui import words
from natstui.ui.detail import MessageView
from natstui.ui.guarded import Guarded
from natstui.ui.keyline import KeyLine
from natstui.ui.prompt import QuietInput
from natstui.ui.safe import Words, title


class QuietTextArea(TextArea):
    """A text area whose cursor does not blink."""

    def on_mount(self) -> None:
        self.cursor_blink = False


class PublishDialog(Guarded, ModalScreen[None]):
    """Subject, reply, headers, payload; below them what came of it. Made once, shown often: what
    was written is there again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "publish", "publish", id="publish.publish"),
        Binding("ctrl+r", "request", "request", id="publish.request"),
        Binding("escape", "close", "close", id="publish.close"),
    ]

    def __init__(self, session: Session, draft: Draft) -> None:
        super().__init__()
        self.session = session
        self.draft = draft
        self.dialog = Vertical(id="publish-dialog")
        self.subject = _line("publish-subject", draft.subject)
        self.reply = _line("publish-reply", draft.reply)
        self.headers = _area("publish-headers", draft.headers)
        self.headers.placeholder = "Name: value, one a line"
        self.payload = _area("publish-payload", draft.payload)
        self.outcome = Words(id="publish-outcome")
        self.answer = MessageView(origin=False, id="publish-answer")

    def compose(self) -> ComposeResult:
        with self.dialog:
            with Horizontal(classes="field"):
                yield Static("Subject", classes="field-label")
                yield self.subject
            with Horizontal(classes="field"):
                yield Static("Reply to", classes="field-label")
                yield self.reply
            with Horizontal(classes="field", id="publish-headers-field"):
                yield Static("Headers", classes="field-label")
                yield self.headers
            with Horizontal(classes="field", id="publish-payload-field"):
                yield Static("Payload", classes="field-label")
                yield self.payload
            yield self.outcome
            yield self.answer
            yield KeyLine()

    def belong_to(self, session: Session, draft: Draft) -> None:
        """Publish there from now on, and begin with this draft; call it while it is closed."""
        self._read()
        self.session, self.draft = session, draft
        self.subject.value, self.reply.value = draft.subject, draft.reply
        self.headers.text, self.payload.text = draft.headers, draft.payload

    def on_screen_resume(self) -> None:
        # Contexts change, and on a narrow terminal the dialog hides the line that names ours.
        title(self.dialog, f"Publish to {self.session.name}")
        self.subject.focus()
        self._say("")
        self._show_answer()

    def frame(self) -> None:
        """Draw what changed; called each frame."""
        self.answer.advance()

    # What was typed

    def _read(self) -> Draft:
        draft = self.draft
        draft.subject, draft.reply = self.subject.value, self.reply.value
        draft.headers, draft.payload = self.headers.text, self.payload.text
        return draft

    def action_close(self) -> None:
        """Back to the pane; the draft is kept."""
        self._read()
        self.dismiss()

    # What is sent

    def action_publish(self) -> None:
        """Publish the draft."""
        self._send(self._publish, "publishing…")

    def action_request(self) -> None:
        """Publish the draft and wait for an answer."""
        self._send(self._request, "waiting for an answer…")

    def _send(self, send: Callable[[Draft], Awaitable[str]], meanwhile: str) -> None:
        draft = self._read()
        try:
            draft.check()
        except DraftError as error:
            self._say(str(error), bad=True)
            return
        self._say(meanwhile)
        # The app's worker: an answer that comes after the dialog was closed is kept in the draft.
        self.tui.start(self._attempt(send, draft))

    async def _attempt(self, send: Callable[[Draft], Awaitable[str]], draft: Draft) -> None:
        try:
            outcome, bad = await send(draft), False
        except Exception as error:  # whatever it is belongs into the dialog, beside the draft
            outcome, bad = str(explain(error)), True
        if self.is_current:
            self._say(outcome, bad=bad)
            self._show_answer()
        else:
            self.tui.say(outcome, "error" if bad else "information")

    async def _publish(self, draft: Draft) -> str:
        payload = draft.payload.encode()
        draft.answer = None
        await self.session.publish(
            draft.subject.strip(), payload, draft.reply.strip(), draft.header_map()
        )
        return f"published {words.size(len(payload))} to {draft.subject.strip()}"

    async def _request(self, draft: Draft) -> str:
        draft.answer = None
        draft.answer = await self.session.request(
            draft.subject.strip(), draft.payload.encode(), draft.header_map()
        )
        return f"answered after {words.seconds(draft.answer.seconds)}"

    # What came of it

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.outcome.set_class(bad, "-bad")
        self.outcome.say(text)

    def _show_answer(self) -> None:
        answer = self.draft.answer
        self.answer.display = answer is not None
        if answer is not None:
            self.answer.show_record(answer.record)


def _line(id: str, text: str) -> QuietInput:
    return QuietInput(text, id=id, compact=True, select_on_focus=False)


def _area(id: str, text: str) -> QuietTextArea:
    return QuietTextArea(text, id=id, compact=True, tab_behavior="focus")
