"""Changing streams: each change says what it does, saves what it destroys, and is written down."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

from natstui.client import errors
from natstui.model import stream_saving as saving
from natstui.model.asking import api
from natstui.model.explain import explain
from natstui.model.journal import Entry
from natstui.model.stream_backup import backup, read_meta, restore, what_came_back
from natstui.model.stream_edit import NEW_STREAM, Change, Config, changes, shown
from natstui.model.stream_purge import Preview, Purge, preview
from natstui.model.stream_reader import ALL, StreamReader
from natstui.model.tail import Record
from natstui.model.told import ToldError
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.config_editor import ConfigEditor
from natstui.ui.confirm import Question
from natstui.ui.drawing import Span
from natstui.ui.pane import Level
from natstui.ui.purge_form import parse_purge, purge_problem

# More than this is not saved before it is destroyed: a backup is the better place for it.
MOST_SAVED = 256 * 1024 * 1024
_SHOWN = 5

Line = list[Span]

Troubles = (errors.Error, OSError, TimeoutError, ValueError)


# Messages


async def delete_message(
    level: Level, reader: StreamReader, record: Record, deleted: Callable[[int], None]
) -> None:
    """Delete one message, for ever but for the journal."""
    writer, stream = level.desk.writer, reader.stream
    try:
        config = (await api(level.desk.session, f"STREAM.INFO.{stream}"))["config"]
    except Troubles as error:
        level.pane.complain(error)
        return
    question = Question(
        f"Delete message {record.seq:,} of {stream}",
        [
            [("bad", "It goes from the stream, and its bytes are overwritten.")],
            _way_back(config, [record.subject], "It is saved", "U restores it, at the end."),
        ],
        verb="delete it",
        facts={
            "subject": record.subject,
            "stored": words.day_and_time(record.at),
            "size": words.size(record.size),
        },
    )
    if not await level.desk.ask_whether(question):
        return
    what = f"delete message {record.seq} of stream {stream}"
    try:
        message = await _as_it_is(reader, record)
        saved = await writer.save(
            saving.MESSAGES, stream, what, saving.one_item(saving.message_item(message))
        )
        await writer.write(what, lambda js: js.delete_msg(stream, record.seq), saved)
    except Troubles as error:
        level.pane.complain(error)
        return
    deleted(record.seq)
    level.pane.say(f"message {record.seq:,} is deleted; U restores it")


async def _as_it_is(reader: StreamReader, record: Record) -> Record:
    """All of the message, from who has it to delete."""
    exact = StreamReader(reader.session, reader.stream, exactly=True)
    message = await exact.get(record.seq)
    if message is None:
        raise ToldError(f"message {record.seq:,} is not there any more", "nothing was deleted")
    return message


def _way_back(config: Config, subjects: Collection[str], saved: str, back: str) -> Line:
    """That it is saved, and whether it could come back."""
    if reason := saving.no_way_back(config, subjects):
        return [("alarm", f"{saved} in the journal, but cannot be put back: {reason}.")]
    return [("plain", f"{saved} in the journal before: {back}")]


def ask_purge(level: Level, stream: str, subject: str = ALL) -> None:
    """Ask what to purge, then show what that is, then do it."""
    text = "" if subject == ALL else subject
    level.pane.ask(
        f"purge {stream}: nothing for all, or SUBJECT, before:SEQ, keep:N",
        text,
        purge_problem,
        lambda said: _begin_purge(level, stream, parse_purge(said)),
    )


def _begin_purge(level: Level, stream: str, purge: Purge) -> None:
    work = Work(f"looking at what goes from {stream}")
    level.pane.begin(work, _look_then_purge(level, stream, purge, work))


async def _look_then_purge(level: Level, stream: str, purge: Purge, work: Work) -> str:
    found = await preview(level.desk.session, stream, purge, work)
    if found.messages == 0:
        return f"nothing of {stream} would go: no message is left to purge there"
    level.tui.start(_purge(level, stream, found))
    return ""


async def _purge(level: Level, stream: str, found: Preview) -> None:
    if not await level.desk.ask_whether(purge_question(stream, found)):
        return
    work = Work(f"purging {stream}", total=found.end - found.first)
    level.pane.begin(work, _do_purge(level, stream, found, work))


async def _do_purge(level: Level, stream: str, found: Preview, work: Work) -> str:
    writer = level.desk.writer
    which = "" if found.purge.subject == ALL else f" of {found.purge.subject}"
    what = f"purge {stream} of {found.messages} messages{which} before {found.end}"
    saved: Entry | None = None
    if found.read:
        reader = StreamReader(level.desk.session, stream, found.purge.subject, exactly=True)
        items = saving.messages_between(reader, found.first, found.end, work)
        saved = await writer.save(saving.MESSAGES, stream, what, items)
    call = f"STREAM.PURGE.{stream}"
    answer = await writer.write(
        what, lambda js: api(level.desk.session, call, found.request()), saved
    )
    level.refresh_now()
    gone = words.plural(answer["purged"], "message")
    return f"{gone} purged from {stream}" + ("; U restores them" if saved else "")


def purge_question(stream: str, found: Preview) -> Question:
    """What will go, and who loses by it."""
    known = f"{found.messages:,}" if found.counted else f"more than {found.messages:,}"
    noun = "message" if found.messages == 1 else "messages"
    size = "" if found.bytes is None else f", {words.size(found.bytes)}"
    lines: list[Line] = [[("bad", f"{known} {noun}{size} go")]]
    if found.bytes is not None:
        lines[0].append(("muted", f" ({found.bytes:,} bytes)"))
    if found.read:
        back = "U restores them, at the end."
        lines.append(_way_back(found.config, found.subjects, "They are saved", back))
    else:
        lines.append([("alarm", "Too many to be saved: this cannot be undone. (b backs it up)")])
    lines += _loss_lines(found)
    lines += _subject_lines(found)
    facts = {
        "subjects": "all" if found.purge.subject == ALL else found.purge.subject,
        "sequences": f"{found.first:,} to {found.end - 1:,}; what comes meanwhile stays",
    }
    if found.purge.keep:
        facts["kept"] = f"the newest {found.purge.keep:,}"
    return Question(f"Purge {stream}", lines, verb="purge it", facts=facts, name=stream)


def _subject_lines(found: Preview) -> list[Line]:
    lines: list[Line] = [
        [("muted", f"{count:>9,}  "), ("accent", subject)]
        for subject, count in found.subjects.most_common(_SHOWN)
    ]
    if (more := len(found.subjects) - _SHOWN) > 0:
        lines.append([("muted", f"           and {words.plural(more, 'subject')} more")])
    return lines


def _loss_lines(found: Preview) -> list[Line]:
    if not found.losses:
        return [[("good", "No consumer loses anything by it.")]]
    lines: list[Line] = []
    for loss in found.losses:
        parts = []
        if loss.undelivered:
            at_most = "at most " if loss.at_most else ""
            parts.append(f"{at_most}{loss.undelivered:,} that it never had")
        if loss.unacknowledged:
            parts.append(f"up to {loss.unacknowledged:,} that it has not acknowledged")
        lines.append([("warn", f"{loss.consumer} loses "), ("plain", ", ".join(parts))])
    return lines


# Configuration


def create(level: Level) -> None:
    """Write the configuration of a new stream."""

    async def save(config: Config) -> str:
        return await _save_new(level, config)

    level.app.push_screen(ConfigEditor("Create a stream", NEW_STREAM, save))


async def _save_new(level: Level, config: Config) -> str:
    name = str(config["name"])
    lines: list[Line] = [
        [("muted", f"{each.field}  "), ("plain", shown(each)[1])] for each in changes({}, config)
    ]
    question = Question(f"Create stream {name}", lines, verb="create it")
    if not await level.desk.ask_whether(question):
        return "not created"
    return await _write_config(
        level, f"create stream {name}", f"STREAM.CREATE.{name}", config, None
    )


async def edit(level: Level, stream: str) -> None:
    """Write another configuration for a stream."""
    session = level.desk.session
    try:
        before = (await api(session, f"STREAM.INFO.{stream}"))["config"]
    except Troubles as error:
        level.pane.complain(error)
        return

    async def save(config: Config) -> str:
        return await _save_changed(level, stream, before, config)

    level.app.push_screen(ConfigEditor(f"Edit stream {stream}", before, save))


async def _save_changed(level: Level, stream: str, before: Config, after: Config) -> str:
    """Show the differences and save them, unless somebody else changed it meanwhile."""
    try:
        now = (await api(level.desk.session, f"STREAM.INFO.{stream}"))["config"]
    except Troubles as error:
        return _why(level, error)
    if meanwhile := changes(before, now):
        fields = ", ".join(f"{each.field} is {shown(each)[1]} now" for each in meanwhile)
        return f"somebody changed it meanwhile: {fields}; give up and begin anew"
    if after["name"] != stream:
        return "a stream cannot be renamed"
    differences = changes(before, after)
    if not differences:
        return "nothing was changed"
    lines = [line for each in differences for line in change_lines(each)]
    if not await level.desk.ask_whether(Question(f"Change stream {stream}", lines, verb="save it")):
        return "not saved"
    what = f"change {', '.join(each.field for each in differences)} of stream {stream}"
    writer = level.desk.writer
    try:
        item = saving.one_item({"config": before})
        saved = await writer.save(saving.CONFIG, stream, what, item)
    except Troubles as error:
        return _why(level, error)
    return await _write_config(level, what, f"STREAM.UPDATE.{stream}", after, saved)


async def _write_config(
    level: Level, what: str, call: str, config: Config, saved: Entry | None
) -> str:
    session = level.desk.session
    try:
        await level.desk.writer.write(what, lambda js: api(session, call, config), saved)
    except Troubles as error:
        return _why(level, error)
    level.refresh_now()
    level.pane.say(f"done: {what}")
    return ""


def change_lines(change: Change) -> list[Line]:
    """A field, what it was, what it will be."""
    before, after = shown(change)
    lines: list[Line] = [[("title", change.field)]]
    if change.before is not None:
        lines.append([("bad", "  - "), ("plain", before)])
    if change.after is not None:
        lines.append([("good", "  + "), ("plain", after)])
    return lines


# The stream as a whole


async def delete_stream(
    level: Level, stream: str, gone: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Delete a stream, with a snapshot of it in the journal if it is not too large."""
    session = level.desk.session
    try:
        info = await api(session, f"STREAM.INFO.{stream}")
    except Troubles as error:
        level.pane.complain(error)
        return
    state = info["state"]
    small = state["bytes"] <= MOST_SAVED
    saved_words: Line = (
        [("plain", "All of it is saved in the journal before: U restores it.")]
        if small
        else [("alarm", "Too large to be saved: only its configuration is. (b backs it up)")]
    )
    question = Question(
        f"Delete stream {stream}",
        [
            [("bad", f"{state['messages']:,} messages, {words.size(state['bytes'])} go")],
            [("bad", f"with {words.plural(state['consumer_count'], 'consumer')}")],
            saved_words,
            *_bucket_line(stream),
        ],
        verb="delete it",
        name=stream,
        facts={"subjects": ", ".join(info["config"].get("subjects") or ["none of its own"])},
    )
    if await level.desk.ask_whether(question):
        work = Work(f"deleting {stream}", total=state["bytes"] if small else 0, unit="B")
        level.pane.begin(work, _delete(level, stream, info["config"], small, work, gone))


def _bucket_line(stream: str) -> list[Line]:
    for prefix, kind in (("KV_", "bucket of keys"), ("OBJ_", "bucket of objects")):
        if stream.startswith(prefix):
            return [[("alarm", f"It is the {kind} {stream.removeprefix(prefix)}.")]]
    return []


async def _delete(
    level: Level,
    stream: str,
    config: Config,
    small: bool,
    work: Work,
    gone: Callable[[], Awaitable[None]] | None,
) -> str:
    writer = level.desk.writer
    what = f"delete stream {stream}"
    if small and config.get("storage") != "memory":
        saved = await writer.save(
            saving.STREAM, stream, what, saving.whole_stream(writer, stream, work)
        )
    else:
        saved = await writer.save(
            saving.CONTENTS, stream, what, _contents(level, config, small, work)
        )
    await writer.write(what, lambda js: js.delete_stream(stream), saved)
    if gone is not None:
        await gone()
    level.refresh_now()
    return f"{stream} is deleted; U restores " + ("it" if small else "its configuration")


def _contents(
    level: Level, config: Config, small: bool, work: Work
) -> AsyncIterator[dict[str, Any]]:
    """What can be saved of a stream that the server makes no snapshot of.

    A mirror fills itself again.
    """
    if not small or config.get("mirror"):
        return saving.one_item({"config": config})
    reader = StreamReader(level.desk.session, str(config["name"]), exactly=True)
    return saving.contents(reader, config, work)


async def seal(level: Level, stream: str) -> None:
    """Let nothing be added, changed or deleted any more."""
    question = Question(
        f"Seal stream {stream}",
        [
            [("bad", "Nothing can be added, changed or deleted in it any more, not even by age.")],
            [("alarm", "There is no way back: a sealed stream can only be deleted.")],
        ],
        verb="seal it",
        name=stream,
    )
    if not await level.desk.ask_whether(question):
        return
    try:
        await level.desk.writer.write(f"seal stream {stream}", lambda js: js.seal_stream(stream))
    except Troubles as error:
        level.pane.complain(error)
    else:
        level.refresh_now()
        level.pane.say(f"{stream} is sealed")


# Backup


def ask_backup(level: Level, stream: str, size: int) -> None:
    """Ask for a new folder and write the stream into it."""
    name = time.strftime(f"{stream}-%Y%m%d-%H%M%S")
    level.pane.ask(
        f"back up {stream} into the new folder",
        name,
        _no_new_folder,
        lambda path: _begin_backup(level, stream, Path(path).expanduser(), size),
    )


def _begin_backup(level: Level, stream: str, folder: Path, size: int) -> None:
    work = Work(f"backing up {stream}", unit="B")
    level.pane.begin(work, backup(level.desk.session, stream, folder, work))


def ask_restore(level: Level) -> None:
    """Ask for the folder of a backup, and for the stream's name."""
    level.pane.ask(
        "restore the backup in the folder",
        "",
        _no_backup,
        lambda path: _ask_name(level, Path(path).expanduser()),
    )


def _ask_name(level: Level, folder: Path) -> None:
    name = str(read_meta(folder)["config"]["name"])
    level.pane.ask(
        "as the stream",
        name,
        lambda text: None if text.strip() else "a name is needed",
        lambda text: level.tui.start(_restore(level, folder, text.strip())),
    )


async def _restore(level: Level, folder: Path, name: str) -> None:
    about = read_meta(folder)
    question = Question(
        f"Restore stream {name}",
        [[("plain", f"{about['state']['messages']:,} messages are stored again in a new stream.")]],
        verb="restore it",
        facts={
            "from": str(folder),
            "was": str(about["config"]["name"]),
            "subjects": ", ".join(about["config"].get("subjects") or []),
        },
    )
    if await level.desk.ask_whether(question):
        work = Work(f"restoring {name}", unit="B")
        level.pane.begin(work, _do_restore(level, folder, name, work))


async def _do_restore(level: Level, folder: Path, name: str, work: Work) -> str:
    session = level.desk.session
    info = await level.desk.writer.write(
        f"restore stream {name} from {folder}", lambda js: restore(session, folder, name, work)
    )
    level.refresh_now()
    return f"{name} is restored, with {what_came_back(info, read_meta(folder)['state'])}"


def _no_new_folder(text: str) -> str | None:
    path = Path(text).expanduser()
    if not text.strip():
        return "a name is needed"
    if path.exists():
        return "that is there already, and nothing is overwritten"
    return None if path.parent.is_dir() else "there is no such folder to make it in"


def _no_backup(text: str) -> str | None:
    try:
        read_meta(Path(text).expanduser())
    except (OSError, ValueError):
        return "there is no backup.json of a stream in that folder"
    return None


def _why(level: Level, error: BaseException) -> str:
    return str(explain(error, settings=level.desk.session.settings))
