"""Changing keys: each change says what it does, and goes only over what was seen."""

from __future__ import annotations

import re
from pathlib import Path

from natstui.client.js.errors import KeyWrongLastSequenceError
from natstui.model import kv_writing
from natstui.model.json_lines import looks_like_json
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_edit import (
    Form,
    KeyEdit,
    as_edited,
    form_of,
    from_text,
    in_place_problem,
    no_json_any_more,
    to_text,
)
from natstui.model.kv_session import KeyValueSession
from natstui.model.state_folder import private_folder
from natstui.model.value_merge import ValueMerge
from natstui.model.writing import Writer
from natstui.ui import words
from natstui.ui.confirm import Question
from natstui.ui.drawing import Span
from natstui.ui.external_editor import EditorError, edit
from natstui.ui.kv_editor import EditLevel
from natstui.ui.kv_merge import MergeLevel
from natstui.ui.pane import Level
from natstui.ui.stream_changes import Troubles
from natstui.ui.value_diff import differences

_MOST_SHOWN = 400

Line = list[Span]


# Editing


async def edit_here(level: Level, kv: KeyValueSession, key: str, *, new: bool = False) -> None:
    """Edit the newest value on the screen; `new`: the key must have none."""
    try:
        entry = await kv.latest(key)
    except Troubles as error:
        level.pane.complain(error)
        return
    editing = KeyEdit(level.desk.writer, kv, key, entry)
    if new and entry is not None and not entry.is_deleted:
        level.pane.say(f"{key} has a value already: enter shows it, i edits it", bad=True)
        return
    form = form_of(editing.value)
    if problem := in_place_problem(editing.value, form):
        level.pane.say(f"{problem}: E opens it in $EDITOR", bad=True)
        return
    await level.pane.push(EditLevel(level.desk, editing, form, save))


async def edit_outside(level: Level, kv: KeyValueSession, key: str) -> None:
    """Edit the newest value in the user's editor, while everything else goes on."""
    try:
        entry = await kv.latest(key)
        editing = KeyEdit(level.desk.writer, kv, key, entry)
        value = await _edited(level, editing.value)
    except EditorError as error:
        level.pane.say(str(error), bad=True)
        return
    except Troubles as error:
        level.pane.complain(error)
        return
    if value == editing.value:
        level.pane.say("nothing was changed")
        return
    editing.draft = _keep(kv.name, key, value)
    if await save(level, editing, value, editing.ttl):
        _forget_draft(editing)
    else:
        level.pane.say(f"what you wrote is kept in {editing.draft}")


async def _edited(level: Level, value: bytes) -> bytes:
    """ValueError if the editor left what cannot be saved."""
    form: Form = form_of(value)
    content = to_text(value, form).encode()
    suffix = ".hex" if form == "hex" else ".json" if looks_like_json(value.decode()) else ".txt"
    after = as_edited(content, await edit(level.app, content, suffix))
    if after == content:
        return value
    try:
        return from_text(after.decode(), form)
    except UnicodeDecodeError:
        raise ValueError("the editor left bytes that are no UTF-8: nothing was saved") from None


def _keep(bucket: str, key: str, value: bytes) -> Path:
    """Write what was edited where it is found again, whatever becomes of the saving."""
    name = re.sub("[^-_.=A-Za-z0-9]", "_", f"{bucket}.{key}")[:200]
    path = private_folder("drafts") / name
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(value)
    return path


def _forget_draft(editing: KeyEdit) -> None:
    if editing.draft is not None:
        editing.draft.unlink(missing_ok=True)


async def save(level: Level, editing: KeyEdit, value: bytes, ttl: str) -> bool:
    """Ask, and save over the revision that was seen; False if it is not saved, or not yet."""
    if not await level.desk.ask_whether(await save_question(editing, value, ttl)):
        return False
    try:
        outcome = await editing.save(value, ttl)
    except Troubles as error:
        level.pane.complain(error)
        return False
    return await _saved(level, editing, outcome)


async def save_merged(level: MergeLevel, editing: KeyEdit, value: bytes | None) -> bool:
    """Save what was merged over the revision that is shown; it is merged anew if it must be."""
    seen = editing.rival.revision if editing.rival else 0
    try:
        outcome = await editing.save_merged(value)
    except Troubles as error:
        level.pane.complain(error)
        return False
    if isinstance(outcome, ValueMerge):
        level.merge_anew(outcome)
        return False
    _forget_draft(editing)
    pane = level.pane  # a level that was left has none
    await pane.pop()
    if isinstance(pane.level, EditLevel):
        await pane.pop()
    said = "left as it is" if outcome == seen else f"saved as revision {outcome:,}"
    pane.say(f"{editing.key} is {said}")
    return True


async def _saved(level: Level, editing: KeyEdit, outcome: int | ValueMerge) -> bool:
    if isinstance(outcome, ValueMerge):
        await level.pane.push(MergeLevel(level.desk, editing, outcome, save_merged))
        return False
    level.pane.say(f"{editing.key} is saved as revision {outcome:,}")
    _look_again(level)
    return True


async def save_question(editing: KeyEdit, value: bytes, ttl: str) -> Question:
    """What will change."""
    lines = _bounded(await differences(editing.value, value))
    if problem := no_json_any_more(editing.value, value):
        lines = [[("alarm", f"{problem}.")], [], *lines]
    facts = {
        "over": f"revision {editing.revision:,}" if editing.revision else "nothing: it is new",
        "size": words.size(len(value)),
    }
    if ttl or editing.ttl:
        facts["lifetime"] = ttl or "none: it stays"
    title = f"Save {editing.key} in bucket {editing.kv.name}"
    return Question(title, lines, verb="save it", facts=facts)


def _bounded(lines: list[Line]) -> list[Line]:
    if (more := len(lines) - _MOST_SHOWN) > 0:
        return [*lines[:_MOST_SHOWN], [("muted", f"and {words.plural(more, 'line')} more")]]
    return lines


# Deleting


async def delete(level: Level, kv: KeyValueSession, key: str, seen: KeyEntry | None = None) -> None:
    """Mark the key as deleted."""
    entry = await _newest(level, kv, key, seen)
    if entry is None:
        return
    question = Question(
        f"Delete {key} from bucket {kv.name}",
        [
            [("bad", "The key has no value after that; a mark of the deletion is written.")],
            [("plain", "Earlier values stay in its history for as long as the bucket keeps them.")],
        ],
        verb="delete it",
        facts=_facts(entry),
    )
    if await level.desk.ask_whether(question):
        what = f"{key} is deleted; enter and V bring a value back"
        await _change(level, kv_writing.delete, kv, entry, what)


async def purge(level: Level, kv: KeyValueSession, key: str, seen: KeyEntry | None = None) -> None:
    """Remove the key with its history."""
    entry = await _newest(level, kv, key, seen, also_deleted=True)
    if entry is None:
        return
    question = Question(
        f"Purge {key} from bucket {kv.name}",
        [
            [("bad", "All its revisions go; what stays is a mark of the purge.")],
            [("plain", "They are saved in the journal before: U restores them.")],
        ],
        verb="purge it",
        name=key,
        facts=_facts(entry),
    )
    if await level.desk.ask_whether(question):
        await _change(level, kv_writing.purge, kv, entry, f"{key} is purged; U restores it")


async def _change(
    level: Level, change: kv_writing.Change, kv: KeyValueSession, entry: KeyEntry, said: str
) -> None:
    try:
        await change(level.desk.writer, kv, entry.key, entry.revision)
    except KeyWrongLastSequenceError:
        level.pane.say(f"{entry.key} changed meanwhile: nothing was done, look again", bad=True)
    except Troubles as error:
        level.pane.complain(error)
    else:
        level.pane.say(said)
    _look_again(level)


def _look_again(level: Level) -> None:
    for poll in level.pane.level.polls:
        poll.now()


async def _newest(
    level: Level,
    kv: KeyValueSession,
    key: str,
    seen: KeyEntry | None,
    *,
    also_deleted: bool = False,
) -> KeyEntry | None:
    """The revision that was seen, or the newest one; None if there is nothing to do."""
    try:
        entry = seen or await kv.latest(key)
    except Troubles as error:
        level.pane.complain(error)
        return None
    if entry is None or (entry.is_deleted and not also_deleted):
        level.pane.say(f"{key} has no value")
        return None
    return entry


def _facts(entry: KeyEntry) -> dict[str, str]:
    facts = {
        "revision": f"{entry.revision:,}",
        "stored": words.day_and_time(entry.at),
        "size": words.size(len(entry.value)),
    }
    return {**facts, "was": f"deleted: {entry.operation}"} if entry.operation else facts


async def revert(level: Level, kv: KeyValueSession, entry: KeyEntry, newest: KeyEntry) -> None:
    """Write the value of an earlier revision again, over the newest one."""
    if entry.is_deleted:
        level.pane.say("that revision is a mark of a deletion: D deletes the key", bad=True)
        return
    if entry.revision == newest.revision:
        level.pane.say("that is the newest revision")
        return
    now = b"" if newest.is_deleted else newest.value
    facts = {
        "over": f"revision {newest.revision:,}",
        "written": f"the value of {words.day_and_time(entry.at)}, as a new revision",
    }
    if entry.ttl or newest.ttl:
        facts["lifetime"] = "none: it stays"
    question = Question(
        f"Revert {entry.key} to revision {entry.revision:,}",
        _bounded(await differences(now, entry.value)),
        verb="revert it",
        facts=facts,
    )
    if not await level.desk.ask_whether(question):
        return

    async def put(writer: Writer, kv: KeyValueSession, key: str, last: int) -> int:
        what = f"revert {key} in bucket {kv.name} to revision {entry.revision}"
        return await kv_writing.put(writer, kv, key, entry.value, last, what=what)

    await _change(level, put, kv, newest, f"{entry.key} is as it was at {entry.revision:,}")
