"""What changes to streams destroy, as journal entries, and how it is restored."""

from __future__ import annotations

import asyncio
import base64
import builtins
from collections.abc import AsyncIterator, Collection, Iterator
from itertools import islice
from typing import Any

from natstui.client import errors
from natstui.client.js.client import JetStreamContext
from natstui.client.js.requester import api_answer
from natstui.client.protocol.headers import Headers, parse_headers
from natstui.client.protocol.subjects import subject_matches
from natstui.model.asking import api, jetstream
from natstui.model.export import timestamp
from natstui.model.journal import Entry
from natstui.model.stream_backup import PATIENCE, what_came_back
from natstui.model.stream_reader import StreamReader
from natstui.model.tail import Record
from natstui.model.told import ToldError
from natstui.model.work import Work
from natstui.model.writing import Writer

MESSAGES, STREAM, CONFIG = "stream.messages", "stream", "stream.config"
CONTENTS = "stream.contents"  # configuration and messages, without sequences and consumers

# They told the server what to do when the message was published; told again, they would make it
# refuse the message, or delete others.
_ORDERS = ("Nats-Expected-", "Nats-Rollup", "Nats-Batch-", "Nats-Required-Api-Level")
_MESSAGE_ID = "Nats-Msg-Id"
_SOURCE = b"Nats-Stream-Source:"  # put in by the server where a message is copied
_A_TURN = 200  # lines of the journal


# Saving


def message_item(record: Record) -> dict[str, Any]:
    """A message as a line of the journal."""
    return {
        "seq": record.seq,
        "time": timestamp(record.at),
        "subject": record.subject,
        "headers": base64.b64encode(record.headers).decode("ascii"),
        "data": base64.b64encode(record.payload).decode("ascii"),
    }


async def messages_between(
    reader: StreamReader, first: int, end: int, work: Work | None = None
) -> AsyncIterator[dict[str, Any]]:
    """All messages from `first` on, below `end`."""
    async for records in reader.all_after(first, end=end):
        for record in records:
            yield message_item(record)
        if work is not None:
            work.advance(records[-1].seq + 1 - first)


async def one_item(item: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Just this."""
    yield item


async def contents(
    reader: StreamReader, config: dict[str, Any], work: Work
) -> AsyncIterator[dict[str, Any]]:
    """The configuration, and the messages that there are now."""
    yield {"config": config}
    first, end = await reader.bounds()
    async for item in messages_between(reader, first, end, work):
        yield item


async def whole_stream(writer: Writer, stream: str, work: Work) -> AsyncIterator[dict[str, Any]]:
    """A snapshot: configuration, state, and chunks of bytes."""
    js = jetstream(writer.session, PATIENCE)
    async with await js.snapshot_stream(stream) as snapshot:
        yield {"config": snapshot.config.as_dict(), "state": snapshot.state.as_dict()}
        async for chunk in snapshot:
            yield {"chunk": base64.b64encode(chunk).decode("ascii")}
            work.advance(snapshot.received)


# Restoring


def no_way_back(config: dict[str, Any], subjects: Collection[str]) -> str:
    """Why a stream of this configuration could not be given messages with these subjects again,
    by publishing them; "" if it could, or if there are none."""
    if not subjects:
        return ""
    if config.get("mirror"):
        return "it is a mirror, to which nothing can be published"
    if config.get("sealed"):
        return "it is sealed"
    transform = config.get("subject_transform") or {}
    for subject in subjects:
        if not any(subject_matches(each, subject) for each in config.get("subjects") or []):
            return f"{subject} is not among its subjects"
        if transform and subject_matches(transform.get("src") or ">", subject):
            return f"it would store {subject} under another subject"
    return ""


async def restore_messages(writer: Writer, entry: Entry, work: Work) -> str:
    """Publish the messages again: they are stored anew, at the end, in their old order.

    ToldError if the stream does not take all of them: then none is published.
    """
    config = (await api(writer.session, f"STREAM.INFO.{entry.target}"))["config"]
    subjects = await _subjects(writer.journal.items(entry))
    if reason := no_way_back(config, subjects):
        raise ToldError(
            f"nothing is restored to {entry.target}: {reason}",
            f"the messages stay in the journal, in {writer.journal.folder}",
        )
    items = writer.journal.items(entry)
    count = await writer.write(
        f"restore {entry.what}", lambda js: _publish_all(js, entry.target, items, work)
    )
    return f"{_are_back(count)} in {entry.target}, at its end"


async def _subjects(items: Iterator[dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    for number, item in enumerate(items):
        found.add(item["subject"])
        if number % _A_TURN == 0:
            await asyncio.sleep(0)  # there may be very many
    return found


async def restore_contents(writer: Writer, entry: Entry, work: Work) -> str:
    """Make the stream again and publish its messages, but for those that came from its sources:
    they come from there again.

    ToldError if the stream would not take all of them: then it is not made.
    """
    items = writer.journal.items(entry)
    config = next(items)["config"]
    if reason := no_way_back(config, await _subjects(_own(items, config))):
        raise ToldError(
            f"{entry.target} is not made again: {reason}",
            f"the messages stay in the journal, in {writer.journal.folder}",
        )
    messages = _own(islice(writer.journal.items(entry), 1, None), config)

    async def make(js: JetStreamContext) -> int:
        await api(writer.session, f"STREAM.CREATE.{entry.target}", config)
        return await _publish_all(js, entry.target, messages, work)

    count = await writer.write(f"restore {entry.what}", make)
    return f"{entry.target} is there again; {_are_back(count)}"


def _own(items: Iterator[dict[str, Any]], config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The messages that were published to the stream itself."""
    copies = bool(config.get("sources"))
    return (item for item in items if not (copies and _is_copy(item)))


def _is_copy(item: dict[str, Any]) -> bool:
    return b"\r\n" + _SOURCE in base64.b64decode(item["headers"])


def _are_back(count: int) -> str:
    return "1 message is back" if count == 1 else f"{count:,} messages are back"


async def _publish_all(
    js: JetStreamContext, stream: str, items: Iterator[dict[str, Any]], work: Work
) -> int:
    count = 0
    work.if_cancelled = "ended before the first message was back"
    for item in items:
        try:
            await _publish(js, stream, item)
        except (errors.Error, builtins.TimeoutError) as error:
            raise ToldError(
                f"only {_are_back(count)}, then: {error}",
                "look at the stream before the rest is restored: it would all come once more",
            ) from error
        count += 1
        work.if_cancelled = f"ended; {_are_back(count)} in {stream}"
        work.advance(count)
    return count


async def _publish(js: JetStreamContext, stream: str, item: dict[str, Any]) -> None:
    kept = headers_without(base64.b64decode(item["headers"]), _ORDERS)
    payload = base64.b64decode(item["data"])
    ack = await _acknowledged(js, item["subject"], payload, kept)
    if ack.get("duplicate"):
        # The stream still knows the id of the one that was deleted.
        kept.pop(_MESSAGE_ID, None)
        ack = await _acknowledged(js, item["subject"], payload, kept)
    if ack["stream"] != stream:
        raise ToldError(
            f"{item['subject']} is stored in {ack['stream']} now, not in {stream}",
            f"the message is in {ack['stream']}: it may have to be deleted there",
        )


def headers_without(block: bytes, begins: str | tuple[str, ...]) -> Headers:
    """The headers of a stored message, but for those whose names begin like that."""
    kept = Headers()
    headers = parse_headers(block).headers if block else None
    for name in headers or ():
        if headers is not None and not name.startswith(begins):
            for value in headers.get_all(name):
                kept.append(name, value)
    return kept


async def _acknowledged(
    js: JetStreamContext, subject: str, payload: bytes, headers: Headers
) -> dict[str, Any]:
    answer = await js._nc.request(subject, payload, timeout=js._timeout, headers=headers or None)
    return api_answer(answer)


async def restore_stream(writer: Writer, entry: Entry, work: Work) -> str:
    """Make the stream again, with its sequences and consumers."""
    items = writer.journal.items(entry)
    about = next(items)
    work.total, work.unit = 0, "B"
    info = await writer.write(
        f"restore {entry.what}",
        lambda js: js.restore_stream(
            about["config"], about["state"], _chunks(items), progress=work.advance
        ),
        timeout=PATIENCE,
    )
    return f"{entry.target} is back, with {what_came_back(info, about['state'])}"


async def _chunks(items: Iterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    for item in items:
        yield base64.b64decode(item["chunk"])


async def restore_config(writer: Writer, entry: Entry, work: Work) -> str:
    """Give the stream the configuration that it had."""
    config = next(writer.journal.items(entry))["config"]
    await writer.write(
        f"restore {entry.what}",
        lambda js: api(writer.session, f"STREAM.UPDATE.{entry.target}", config),
    )
    return f"{entry.target} is configured as it was"
