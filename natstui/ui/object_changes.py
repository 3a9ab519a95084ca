"""Moving and changing objects: each says what it does, and goes only over what was seen."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from natstui.client.js.api import ObjectInfo, ObjectLink
from natstui.client.js.errors import InvalidBucketNameError
from natstui.client.js.kv_names import check_bucket
from natstui.model import object_writing as writing
from natstui.model.explain import explain
from natstui.model.object_chunks import followed
from natstui.model.object_download import download
from natstui.model.object_download import verify as check_digest
from natstui.model.object_entry import ObjectEntry
from natstui.model.object_saving import MOST_SAVED, is_saved
from natstui.model.object_session import Kept, ObjectSession
from natstui.model.object_transfers import Transfer
from natstui.model.object_upload import CHUNK, Put, Upload, new_info
from natstui.model.paths import expanded, fit_name, free_name, source_problem, target_problem
from natstui.model.stream_edit import changes
from natstui.model.stream_reader import StreamReader
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.clipboard import copy_text
from natstui.ui.config_editor import ConfigEditor
from natstui.ui.confirm import Question
from natstui.ui.drawing import Span
from natstui.ui.object_words import short
from natstui.ui.pane import Level
from natstui.ui.stream_changes import Troubles, change_lines

__all__ = ["Troubles"]
_LONGEST_TYPED = 60
_MOST_ORPHANS = 12

Line = list[Span]


# Out of the bucket


async def ask_download(level: Level, entry: ObjectEntry) -> None:
    """Ask for a new file, and write the object into it."""
    try:
        source = await followed(level.desk.session, entry)
    except Troubles as error:
        level.pane.complain(error)
        return
    name = free_name(fit_name(entry.name), Path())
    level.pane.ask(
        f"download {words.size(source.size)} into the new file",
        name,
        lambda text: target_problem(text, source.size),
        lambda text: _download(level, entry, expanded(text)),
    )


def _download(level: Level, entry: ObjectEntry, path: Path) -> None:
    session = level.desk.session
    transfer = Transfer("down", entry.bucket, entry.name, str(path), total=entry.size)
    level.desk.transfers.begin(transfer, lambda: download(session, entry, path, transfer))


def verify(level: Level, entry: ObjectEntry) -> None:
    """Read it all and compare it with its digest."""
    session = level.desk.session
    transfer = Transfer("check", entry.bucket, entry.name, total=entry.size)
    level.desk.transfers.begin(transfer, lambda: check_digest(session, entry, transfer))


def copy_digest(level: Level, entry: ObjectEntry) -> None:
    """The digest, to the clipboard of the terminal."""
    said = copy_text(level.app, entry.digest) if entry.digest else "it has no digest"
    level.pane.say(said)


# Into the bucket


def ask_upload(level: Level, objects: ObjectSession, name: str = "") -> None:
    """Ask for a file, then for the name that it gets, then whether it should be put."""
    if _is_unchangeable(level, objects):
        return
    level.pane.ask(
        f"upload into {objects.name} the file",
        "",
        source_problem,
        lambda text: _ask_name(level, objects, expanded(text), name),
    )


def _ask_name(level: Level, objects: ObjectSession, path: Path, name: str) -> None:
    level.pane.ask(
        "as the object",
        name or path.name,
        _name_problem,
        lambda text: level.tui.start(_upload(level, objects, path, text)),
    )


def _name_problem(text: str) -> str | None:
    if not text:
        return "an object needs a name"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "that is no text that can be written"
    return None


async def _upload(level: Level, objects: ObjectSession, path: Path, name: str) -> None:
    try:
        replaced = await objects.latest(name)
        size = (await asyncio.to_thread(path.stat)).st_size
    except Troubles as error:
        level.pane.complain(error)
        return
    if replaced is not None and replaced.kind == "unreadable":
        level.pane.say(f"what is stored as {name} cannot be read: {replaced.problem}", bad=True)
        return
    shared = replaced is not None and objects.shares_chunks(replaced)
    question = upload_question(objects, path, name, size, replaced)
    if not await level.desk.ask_whether(question):
        return
    like = replaced.info if replaced and replaced.kind == "object" else None
    put = Put(objects.name, new_info(objects.name, name, like), replaced, chunks_are_shared=shared)
    transfer = Transfer("up", objects.name, name, str(path), total=size)
    transfer.nuid = put.meta.nuid
    upload = Upload(level.desk.writer, put, path, transfer)

    async def doing() -> str:
        started = time.monotonic()
        try:
            info = await upload.run()
        finally:
            transfer.aftermath = upload.aftermath
        seconds = max(time.monotonic() - started, 0.001)
        speed = words.size((info.size or 0) / seconds)
        return f"{name} is in {objects.name}: {info.size or 0:,} bytes, {speed}/s, {info.digest}"

    level.desk.transfers.begin(transfer, doing)


def upload_question(
    objects: ObjectSession, path: Path, name: str, size: int, replaced: ObjectEntry | None
) -> Question:
    """What will be put, and what that replaces."""
    lines: list[Line] = []
    typed = ""
    if replaced is None or replaced.kind == "deleted":
        lines.append([("good", "It is new: nothing is replaced.")])
    elif replaced.link is not None:
        lines.append([("bad", f"The link to {short(replaced.target)} is replaced.")])
        lines.append([("plain", "It is saved in the journal before: U restores it.")])
    else:
        old = f"{words.size(replaced.size)} of {words.day_and_time(replaced.at)}"
        lines.append([("bad", f"The object is replaced, {old}.")])
        lines.append([("plain", "Its description, headers and metadata stay.")])
        if is_saved(replaced):
            lines.append([("plain", "Its bytes are saved in the journal before: U restores them.")])
        else:
            lines.append([("alarm", f"{_too_large()}: this cannot be undone.")])
            typed = typable(name, objects.name)
    lines += _room_lines(objects, size)
    facts = {"file": str(path), "size": f"{words.size(size)}, {size:,} bytes"}
    facts["chunks"] = f"{-(-size // CHUNK):,}; {objects.name} has it all or nothing of it"
    return Question(
        f"Upload {short(name)} into bucket {objects.name}",
        lines,
        verb="replace it" if typed else "upload it",
        name=typed,
        facts=facts,
    )


def _room_lines(objects: ObjectSession, size: int) -> list[Line]:
    bucket = objects.bucket
    if bucket is None or bucket.max_bytes is None or bucket.bytes + size <= bucket.max_bytes:
        return []
    free = max(0, bucket.max_bytes - bucket.bytes)
    return [[("alarm", f"It does not fit: {words.size(free)} are free in the bucket.")]]


def _too_large() -> str:
    return f"Larger than {words.size(MOST_SAVED)}, so it is not saved before"


# Deleting


async def delete(level: Level, objects: ObjectSession, entry: ObjectEntry) -> None:
    """Delete an object or a link; what it was is in the journal, if it is not too large."""
    if _is_unchangeable(level, objects) or _is_nothing(level, entry):
        return
    shared = objects.shares_chunks(entry)
    if not await level.desk.ask_whether(delete_question(entry, shared=shared)):
        return
    work = Work(f"deleting {short(entry.name)}", total=entry.size, unit="B")
    writer = level.desk.writer

    async def doing() -> str:
        said = await writing.delete(writer, entry, work, chunks_are_shared=shared)
        level.refresh_now()
        return said

    level.pane.begin(work, doing())


def delete_question(entry: ObjectEntry, *, shared: bool = False) -> Question:
    """What will go."""
    lines: list[Line]
    if entry.link is not None:
        lines = [[("bad", "The link goes"), ("plain", "; what it leads to stays.")]]
    else:
        lines = [[("bad", f"Its {words.size(entry.size)} go; what stays is a mark of it.")]]
    if shared:
        lines.append([("warn", "Another object refers to its bytes: they stay.")])
    if is_saved(entry):
        lines.append([("plain", "It is saved in the journal before: U restores it.")])
    else:
        lines.append([("alarm", f"{_too_large()}: this cannot be undone.")])
    facts = {"written": words.day_and_time(entry.at), "digest": entry.digest or "none"}
    return Question(
        f"Delete {short(entry.name)} from bucket {entry.bucket}",
        lines,
        verb="delete it",
        name=typable(entry.name, entry.bucket),
        facts=facts,
    )


def typable(name: str, otherwise: str) -> str:
    """What has to be typed: the name, if a person can."""
    is_short = len(name) <= _LONGEST_TYPED and name == name.strip()
    return name if is_short and name.isprintable() else otherwise


async def remove_orphans(level: Level, objects: ObjectSession, orphans: list[Kept]) -> None:
    """Remove chunks that nothing refers to."""
    if _is_unchangeable(level, objects):
        return
    ours = {each.nuid for each in level.desk.transfers.running}
    nuids = [each.nuid for each in orphans if each.nuid not in ours]
    if not nuids:
        level.pane.say("there are no chunks that nothing refers to, but those being uploaded here")
        return
    try:
        ages = [await _age(objects, nuid) for nuid in nuids[:_MOST_ORPHANS]]
    except Troubles as error:
        level.pane.complain(error)
        return
    lines: list[Line] = [
        [("muted", f"{nuid}  newest chunk "), ("plain", f"{age} ago")]
        for nuid, age in zip(nuids, ages, strict=False)
    ]
    if (more := len(nuids) - _MOST_ORPHANS) > 0:
        lines.append([("muted", f"and of {more:,} more")])
    lines += [
        [("alarm", "This cannot be undone, and it breaks uploads that are under way elsewhere:")],
        [("alarm", "is the newest chunk old enough?")],
    ]
    question = Question(
        f"Remove the chunks that nothing refers to from bucket {objects.name}",
        lines,
        verb="remove them",
        name=objects.name,
    )
    if not await level.desk.ask_whether(question):
        return
    try:
        said = await writing.remove_chunks(level.desk.writer, objects.name, nuids)
    except Troubles as error:
        level.pane.complain(error)
    else:
        level.pane.say(said)
    level.refresh_now()


async def _age(objects: ObjectSession, nuid: str) -> str:
    subject = f"$O.{objects.name}.C.{nuid}"
    last = await StreamReader(objects.session, objects.stream, subject).last()
    return words.age(time.time() - last.at) if last else "gone"


# Links


def ask_link(level: Level, objects: ObjectSession, entry: ObjectEntry) -> None:
    """Ask for a bucket and a name, and let it stand for the object."""
    if entry.kind != "object":
        level.pane.say("a link leads to an object: this is none", bad=True)
        return
    level.pane.ask(
        f"link to {short(entry.name)}, in the bucket",
        objects.name,
        bucket_problem,
        lambda bucket: _ask_link_name(
            level, bucket, ObjectLink(entry.bucket, entry.name), f"link-to-{entry.name}"
        ),
    )


def ask_bucket_link(level: Level, objects: ObjectSession) -> None:
    """Ask for a bucket, and let a name in this one stand for it."""
    level.pane.ask(
        "link to the whole bucket",
        "",
        bucket_problem,
        lambda bucket: _ask_link_name(level, objects.name, ObjectLink(bucket), bucket),
    )


def bucket_problem(text: str) -> str | None:
    """Why that is no name of a bucket, or None."""
    try:
        check_bucket(text)
    except InvalidBucketNameError:
        return "a bucket's name is letters, digits, - and _"
    return None


def _ask_link_name(level: Level, bucket: str, link: ObjectLink, name: str) -> None:
    level.pane.ask(
        f"named, in {bucket},",
        name,
        _name_problem,
        lambda text: level.tui.start(_link(level, bucket, text, link)),
    )


async def _link(level: Level, bucket: str, name: str, link: ObjectLink) -> None:
    session = level.desk.session
    place = ObjectSession(session, bucket)
    try:
        await place.load()
        seen = place.find(name)
        if not link.name:
            await ObjectSession(session, link.bucket).load()  # it is there, or why not
    except Troubles as error:
        level.pane.complain(error)
        return
    if _is_unchangeable(level, place):
        return
    if seen is not None and seen.kind in ("object", "unreadable"):
        level.pane.say(f"there is an object {name} already, and a link replaces none", bad=True)
        return
    to = f"{link.bucket}/{link.name or ''}"
    lines: list[Line] = [[("plain", "It stands for "), ("accent", to)]]
    if seen is not None and seen.link is not None and seen.kind != "deleted":
        lines.append([("warn", f"and no longer for {short(seen.target)}: U restores that.")])
    question = Question(f"Link {short(name)} in bucket {bucket}", lines, verb="link it")
    if not await level.desk.ask_whether(question):
        return
    try:
        await writing.add_link(level.desk.writer, bucket, name, link, seen)
    except Troubles as error:
        level.pane.complain(error)
        return
    level.refresh_now()
    level.pane.say(f"{name} in {bucket} is a link to {to}")


# What is said of it


def edit(level: Level, objects: ObjectSession, entry: ObjectEntry) -> None:
    """Edit name, description, headers and metadata as text."""
    if _is_unchangeable(level, objects) or _is_nothing(level, entry):
        return
    info = entry.info
    assert info is not None
    before = writing.editable(info)

    async def save(said: dict[str, Any]) -> str:
        try:
            changed = writing.edited(info, said)
        except ValueError as error:
            return str(error)
        return await _save(level, entry, before, changed)

    title = f"What is said of {short(entry.name)}"
    level.app.push_screen(ConfigEditor(title, before, save, ()))


async def _save(
    level: Level, entry: ObjectEntry, before: dict[str, Any], changed: ObjectInfo
) -> str:
    """Show the differences and save them; "" or why not."""
    differences = changes(before, writing.editable(changed))
    if not differences:
        return "nothing was changed"
    lines = [line for each in differences for line in change_lines(each)]
    lines.append([("plain", "What was said before is in the journal: U restores it.")])
    title = f"Change what is said of {short(entry.name)}"
    if not await level.desk.ask_whether(Question(title, lines, verb="save it")):
        return "not saved"
    try:
        await writing.edit(level.desk.writer, entry, changed)
    except Troubles as error:
        return str(explain(error, settings=level.desk.session.settings))
    level.refresh_now()
    level.pane.say(f"{short(changed.name)} is saved")
    return ""


def _is_unchangeable(level: Level, objects: ObjectSession) -> bool:
    """Say so, if nothing in the bucket can be changed."""
    reason = objects.bucket.why_unchangeable if objects.bucket else ""
    if reason:
        level.pane.say(reason, bad=True)
    return bool(reason)


def _is_nothing(level: Level, entry: ObjectEntry) -> bool:
    """Say so, if there is nothing to be changed."""
    if entry.kind == "deleted":
        level.pane.say(f"{short(entry.name)} was deleted already")
    elif entry.kind == "unreadable":
        level.pane.say(f"nothing is done with it: {entry.problem}", bad=True)
    return entry.info is None or entry.kind == "deleted"
