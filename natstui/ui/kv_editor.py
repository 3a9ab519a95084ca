"""The editor of a value on the screen, with an eye on what others do to the key meanwhile."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from natstui.model.json_lines import json_lines, looks_like_json
from natstui.model.kv_edit import (
    Form,
    KeyEdit,
    from_text,
    in_place_problem,
    no_json_any_more,
    to_text,
    ttl_problem,
)
from natstui.model.polling import Poll
from natstui.ui import words
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.kv_help import EDIT_HELP
from natstui.ui.pane import Level
from natstui.ui.prompt import QuietInput
from natstui.ui.publish import QuietTextArea
from natstui.ui.safe import Words

LOOK_EVERY = 1.0

Save = Callable[[Level, KeyEdit, bytes, str], Awaitable[bool]]
"""Asks and saves; False if it is not saved, or not yet."""


class EditLevel(Level):
    """A text, a lifetime, and a line above them that says against what it will be saved."""

    HELP = EDIT_HELP
    WRITES = frozenset({"save"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", id="edit.save"),
        Binding("ctrl+o", "lay_out", "lay out", tooltip="Lay out the JSON", id="edit.lay-out"),
    ]

    def __init__(self, desk: Desk, edit: KeyEdit, form: Form, save: Save) -> None:
        self.edit = edit
        self.form = form
        super().__init__(desk, Poll(desk.session, edit.look, every=LOOK_EVERY))
        self.note = Words(classes="kv-note")
        before = to_text(edit.value, form)
        self.area = QuietTextArea(before, id="kv-text", compact=True, tab_behavior="focus")
        self.lifetime = QuietInput(edit.ttl, id="kv-ttl", compact=True, select_on_focus=False)
        self._before = (before, edit.ttl)
        self._save = save
        self._saving = False
        self._leaving = False
        self._said = ""
        self.problem = Words(classes="kv-problem", id="kv-text-problem")
        self.lifetime_problem = Words(classes="prompt-problem")

    def compose(self) -> ComposeResult:
        yield self.note
        yield self.area
        self.problem.display = False
        yield self.problem
        with Horizontal(classes="field", id="kv-ttl-field") as field:
            field.display = bool(self.edit.kv.bucket and self.edit.kv.bucket.allows_ttl)
            yield Static("Lifetime", classes="field-label")
            yield self.lifetime
            yield self.lifetime_problem

    @property
    def crumb(self) -> str:
        if not self.edit.revision:
            return f"{self.edit.key} (new)"
        above = self.pane.levels[self.pane.levels.index(self) - 1]
        return "edit" if above.crumb == self.edit.key else f"edit {self.edit.key}"

    def target(self) -> Widget:
        return self.area

    # Drawing

    def frame(self) -> None:
        self.note.set_class(self.edit.is_behind, "-bad")
        said = self._behind() if self.edit.is_behind else self._usual()
        if said != self._said:
            self._said = said
            self.note.say(said)

    def _usual(self) -> str:
        revision = self.edit.revision
        over = f"over revision {revision:,}" if revision else "as a new key"
        said = f"ctrl+s saves {over}, if nobody else writes to it before"
        return said if self.form == "text" else f"bytes as hex digits · {said}"

    def _behind(self) -> str:
        theirs = self.edit.theirs
        if theirs is None:
            return "changed under you: the key is gone; ctrl+s asks what to do"
        what = f"it was deleted ({theirs.operation})" if theirs.operation else "it has a new value"
        ago = words.age(time.time() - theirs.at)
        return f"changed under you: {what}, revision {theirs.revision:,}, {ago} ago; ctrl+s merges"

    def trouble(self) -> str:
        """Without looking, nobody knows whether somebody else writes to it."""
        return next((poll.problem.what for poll in self.polls if poll.problem is not None), "")

    def about(self) -> list[Span]:
        length = len(self.area.text.encode("utf-8", "surrogatepass"))
        dirty = self._now() != self._before
        return [("warn", "not saved · " if dirty else ""), ("muted", words.size(length))]

    # What was written

    def _now(self) -> tuple[str, str]:
        return self.area.text, self.lifetime.value.strip()

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._leaving = False
        problem = self._text_problem()
        self.problem.say(problem)
        self.problem.display = bool(problem)

    def _text_problem(self) -> str:
        """What the text is not that it should be, or ""."""
        try:
            value = from_text(self.area.text, self.form)
        except ValueError as error:
            return str(error)
        unseen = in_place_problem(value, "text") if self.form == "text" else None
        return unseen or no_json_any_more(self.edit.value, value) or ""

    @on(Input.Changed)
    def _typed_lifetime(self, event: Input.Changed) -> None:
        event.stop()
        self._leaving = False
        self.lifetime_problem.say(ttl_problem(event.value) or "")

    def action_lay_out(self) -> None:
        """Put each member of the JSON on a line of its own; every literal stays as it is."""
        if self.form == "text" and looks_like_json(self.area.text):
            lines = ("".join(text for _, text in line) for line in json_lines(self.area.text))
            document = self.area.document
            self.area.replace("\n".join(lines), document.start, document.end)
        else:
            self.pane.say("that is no JSON")

    def action_save(self) -> None:
        """Say what will change, and save it over the revision that was seen."""
        self._leaving = False
        text, ttl = self._now()
        if self._now() == self._before and self.edit.revision:
            self.pane.say("nothing was changed")
            return
        if problem := ttl_problem(ttl):
            self.lifetime_problem.say(problem)
            self.lifetime.focus()
            return
        try:
            value = from_text(text, self.form)
        except ValueError as error:
            self.problem.say(str(error))
            return
        if not self._saving:
            self._saving = True
            self.tui.start(self._try(value, ttl))

    async def _try(self, value: bytes, ttl: str) -> None:
        try:
            if await self._save(self, self.edit, value, ttl):
                await self.pane.pop()
        finally:
            self._saving = False

    def out(self) -> bool:
        if self._now() == self._before or self._leaving:
            return False
        self._leaving = True
        self.pane.say("not saved: esc once more gives it up, ctrl+s saves it", bad=True)
        return True
