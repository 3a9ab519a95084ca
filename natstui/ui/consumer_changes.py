"""Changing consumers: each change says what it does, saves what was, and is written down."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any

from natstui.client import errors
from natstui.client.js.api import ConsumerConfig
from natstui.client.js.client import JetStreamContext
from natstui.model import consumer_saving as saving
from natstui.model.asking import api
from natstui.model.consumer_edit import DURATIONS, NEW_CONSUMER, consumer_config, new_config
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.explain import explain
from natstui.model.moments import parse_until, until_words
from natstui.model.stream_edit import Change, Config, ConfigError, changes, to_text
from natstui.ui.config_editor import ConfigEditor
from natstui.ui.confirm import Question
from natstui.ui.drawing import Span
from natstui.ui.pane import Level

Line = list[Span]

_NOT_IN_NAMES = frozenset(" \t.*>/\\")
Troubles = (errors.Error, OSError, TimeoutError, ValueError)


# What they have in common


def named(key: Key) -> str:
    """As the nats tool writes it."""
    return f"{key.stream} > {key.name}"


async def looked_at(level: Level, key: Key) -> ConsumerRow:
    """The consumer as it is now."""
    row = ConsumerRow(key)
    row.take(0.0, await api(level.desk.session, f"CONSUMER.INFO.{key.stream}.{key.name}"))
    return row


async def change(
    level: Level,
    question: Question,
    what: str,
    do: Callable[[JetStreamContext], Coroutine[Any, Any, Any]],
    done: str,
    saved: tuple[str, ConsumerRow] | None = None,
) -> bool:
    """Ask, save what there was (a kind and the consumer), do it, and say so; False if it was not
    done."""
    writer = level.desk.writer
    if not await level.desk.ask_whether(question):
        return False
    try:
        entry = None
        if saved is not None:
            kind, row = saved
            entry = await writer.save(kind, saving.target(row.key), what, saving.saved(row))
        await writer.write(what, do, entry)
    except Troubles as error:
        level.pane.complain(error)
        return False
    level.refresh_now()
    level.pane.say(done)
    return True


def facts(row: ConsumerRow) -> dict[str, str]:
    """Where it is, for questions."""
    return {
        "delivered": f"up to {row.position:,}",
        "acknowledged": f"up to {row.ack_floor:,}, {row.outstanding:,} outstanding",
        "pending": f"{row.pending:,}",
    }


# Pausing


def pause_or_resume(level: Level, row: ConsumerRow) -> None:
    """Ask until when to pause it; one that is paused is resumed."""
    if row.paused_until:
        level.tui.start(_resume(level, row))
        return
    level.pane.ask(
        "pause it for, or until",
        "1h",
        _no_moment,
        lambda text: level.tui.start(_pause(level, row, parse_until(text))),
    )


def _no_moment(text: str) -> str | None:
    try:
        parse_until(text)
    except ValueError as error:
        return str(error)
    return None


async def _pause(level: Level, row: ConsumerRow, until: datetime) -> None:
    name, when = named(row.key), until_words(until.isoformat())
    question = Question(
        f"Pause {name}",
        [
            [("warn", f"It delivers nothing until {when}; what is delivered can be acknowledged.")],
            [("plain", "P resumes it before.")],
        ],
        verb="pause it",
        facts=facts(row),
    )
    await change(
        level,
        question,
        f"pause consumer {name} until {until.isoformat(timespec='seconds')}",
        lambda js: js.pause_consumer(row.stream, row.name, until),
        f"{name} is paused until {when}",
    )


async def _resume(level: Level, row: ConsumerRow) -> None:
    name = named(row.key)
    question = Question(
        f"Resume {name}",
        [[("plain", f"It was paused until {until_words(row.paused_until)}, and delivers again.")]],
        verb="resume it",
        facts=facts(row),
    )
    await change(
        level,
        question,
        f"resume consumer {name}",
        lambda js: js.resume_consumer(row.stream, row.name),
        f"{name} delivers again",
    )


# Starting over


def ask_reset(level: Level, row: ConsumerRow) -> None:
    """Ask where it should start over."""
    level.pane.ask(
        "start over at (empty: where it began)",
        "",
        _no_sequence,
        lambda text: level.tui.start(_reset(level, row.key, int(text) if text.strip() else None)),
    )


def _no_sequence(text: str) -> str | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and int(text)):
        return "a sequence is a number from 1 on"
    return None


async def _reset(level: Level, key: Key, seq: int | None) -> None:
    try:
        row = await looked_at(level, key)
    except Troubles as error:
        level.pane.complain(error)
        return
    name = named(key)
    where = "from where it began" if seq is None else f"from stream sequence {seq:,}"
    lines: list[Line] = [[("bad", f"It starts over {where}.")], _reset_means(row, seq)]
    lines.append([("plain", "Where it was is saved in the journal before: U restores it.")])
    await change(
        level,
        Question(f"Reset {name}", lines, verb="reset it", facts=facts(row)),
        f"reset consumer {name} {where}",
        lambda js: js.reset_consumer(key.stream, key.name, seq),
        f"{name} starts over {where}; U restores where it was",
        (saving.POSITION, row),
    )


def _reset_means(row: ConsumerRow, seq: int | None) -> Line:
    if seq is not None and seq > row.ack_floor + 1:
        return [("alarm", f"What lies between {row.ack_floor:,} and {seq:,} is skipped.")]
    return [("warn", "What was delivered since is delivered again, acknowledged or not.")]


def ask_unpin(level: Level, row: ConsumerRow) -> None:
    """Unpin the client of its priority group; of several groups, ask which."""
    groups = [str(group) for group in row.config.get("priority_groups") or []]
    if not groups or row.config.get("priority_policy") != "pinned_client":
        level.pane.say(f"{named(row.key)} pins no client: it has no group with that policy")
    elif len(groups) == 1:
        level.tui.start(_unpin(level, row, groups[0]))
    else:
        level.pane.ask(
            f"unpin the client of group {' or '.join(groups)}",
            groups[0],
            lambda text: None if text in groups else "there is no such group",
            lambda text: level.tui.start(_unpin(level, row, text)),
        )


async def _unpin(level: Level, row: ConsumerRow, group: str) -> None:
    name = named(row.key)
    question = Question(
        f"Unpin the client of group {group} of {name}",
        [[("warn", "Another client of the group may be pinned next, and gets the messages.")]],
        verb="unpin it",
        facts={"pinned": pinned_client(row, group) or "nobody"},
    )
    await change(
        level,
        question,
        f"unpin the client of group {group} of consumer {name}",
        lambda js: js.unpin_consumer(row.stream, row.name, group),
        f"the client of group {group} of {name} is unpinned",
    )


def pinned_client(row: ConsumerRow, group: str) -> str:
    """The id of the client that is pinned to the group, "" if there is none."""
    states = row.info.get("priority_groups") or []
    ids = (each.get("pinned_client_id") for each in states if each.get("group") == group)
    return str(next(ids, None) or "")


# Deleting


async def delete(level: Level, key: Key, gone: Callable[[], Awaitable[None]]) -> None:
    """Delete a consumer; its configuration and position are in the journal."""
    try:
        row = await looked_at(level, key)
        stream = await api(level.desk.session, f"STREAM.INFO.{key.stream}")
    except Troubles as error:
        level.pane.complain(error)
        return
    name = named(key)
    lines: list[Line] = [
        [("bad", "It is gone for all who read with it, and where it was.")],
        *_interest_lines(stream["config"]),
        [("plain", "Configuration and position are saved in the journal before: U restores them.")],
    ]
    question = Question(
        f"Delete consumer {name}", lines, verb="delete it", name=key.name, facts=facts(row)
    )
    if await change(
        level,
        question,
        f"delete consumer {name}",
        lambda js: js.delete_consumer(key.stream, key.name),
        f"{name} is deleted; U restores it",
        (saving.CONSUMER, row),
    ):
        await gone()


def _interest_lines(stream: Config) -> list[Line]:
    if stream.get("retention") != "interest":
        return []
    return [
        [
            ("alarm", "The stream keeps messages while somebody is interested: "),
            ("alarm", "what only this consumer waits for is deleted with it, and not saved."),
        ]
    ]


# Creating and editing


def ask_create(level: Level, stream: str) -> None:
    """Ask for the stream, then for the configuration."""
    level.pane.ask(
        "create a consumer of the stream",
        stream,
        _no_stream,
        lambda text: level.tui.start(_open_new(level, text.strip())),
    )


def _no_stream(text: str) -> str | None:
    name = text.strip()
    if not name:
        return "a name is needed"
    return "a name has no spaces, . * > or /" if set(name) & _NOT_IN_NAMES else None


async def _open_new(level: Level, stream: str) -> None:
    try:
        await api(level.desk.session, f"STREAM.INFO.{stream}")
    except Troubles as error:
        level.pane.complain(error)
        return

    async def save(config: Config) -> str:
        try:
            return await _save_new(level, stream, new_config(config))
        except ConfigError as error:
            return str(error)

    title = f"New consumer of stream {stream}"
    level.app.push_screen(ConfigEditor(title, NEW_CONSUMER, save, DURATIONS))


async def _save_new(level: Level, stream: str, config: Config) -> str:
    made = consumer_config(config)
    lines: list[Line] = [
        [("muted", f"{field:<20} "), ("plain", _text(value))]
        for field, value in readable(config).items()
    ]
    name = f"{stream} > {config['name']}"
    if not await level.desk.ask_whether(Question(f"Create consumer {name}", lines, "create it")):
        return "not created"
    return await _put(level, f"create consumer {name}", stream, made, "create")


async def edit(level: Level, key: Key) -> None:
    """Write another configuration for a consumer."""
    try:
        row = await looked_at(level, key)
    except Troubles as error:
        level.pane.complain(error)
        return

    async def save(config: Config) -> str:
        try:
            return await _save_changed(level, row, config)
        except ConfigError as error:
            return str(error)

    title = f"Edit consumer {named(key)}"
    level.app.push_screen(ConfigEditor(title, row.config, save, DURATIONS))


async def _save_changed(level: Level, before: ConsumerRow, after: Config) -> str:
    """Show the differences and save them, unless somebody else changed it meanwhile."""
    key = before.key
    try:
        now = await looked_at(level, key)
    except Troubles as error:
        return _why(level, error)
    if meanwhile := changes(before.config, now.config):
        fields = ", ".join(f"{each.field} is {_text(each.after)} now" for each in meanwhile)
        return f"somebody changed it meanwhile: {fields}; give up and begin anew"
    if after["name"] != key.name:
        return "a consumer cannot be renamed"
    made = consumer_config(after)
    differences = changes(readable(before.config), readable(after))
    if not differences:
        return "nothing was changed"
    lines = [line for each in differences for line in change_lines(each)]
    title = f"Change consumer {named(key)}"
    if not await level.desk.ask_whether(Question(title, lines, verb="save it")):
        return "not saved"
    fields = ", ".join(each.field for each in differences)
    what = f"change {fields} of consumer {named(key)}"
    return await _put(level, what, key.stream, made, "update", now)


async def _put(
    level: Level,
    what: str,
    stream: str,
    config: ConsumerConfig,
    action: str,
    saved: ConsumerRow | None = None,
) -> str:
    writer = level.desk.writer
    try:
        entry = None
        if saved is not None:
            kept = saving.saved(saved)
            entry = await writer.save(saving.CONFIG, saving.target(saved.key), what, kept)
        await writer.write(what, lambda js: js.add_consumer(stream, config, action=action), entry)
    except Troubles as error:
        return _why(level, error)
    level.refresh_now()
    level.pane.say(f"done: {what}")
    return ""


def readable(config: Config) -> Config:
    """The configuration with its durations as people write them."""
    shown: Config = json.loads(to_text(config, DURATIONS))
    return shown


def change_lines(change: Change) -> list[Line]:
    """A field, what it was, what it will be."""
    lines: list[Line] = [[("title", change.field)]]
    if change.before is not None:
        lines.append([("bad", "  - "), ("plain", _text(change.before))])
    if change.after is not None:
        lines.append([("good", "  + "), ("plain", _text(change.after))])
    return lines


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _why(level: Level, error: BaseException) -> str:
    return str(explain(error, settings=level.desk.session.settings))
