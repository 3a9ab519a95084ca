"""What a purge would take away, to the last message, before it does.

The messages are read, so what is said is exact: how many, how many bytes the stream counts for
them, which subjects, and which consumers have not had them yet. And the purge that follows takes
exactly these: it ends at a sequence, whatever was stored in the meantime.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from natstui.client.protocol.subjects import subject_matches
from natstui.model.asking import api
from natstui.model.session import Session
from natstui.model.stored import stored_size
from natstui.model.stream_reader import ALL, PAGE, StreamReader
from natstui.model.tail import Record
from natstui.model.work import Work

MOST_MESSAGES = 100_000
MOST_BYTES = 64 * 1024 * 1024
MOST_SUBJECTS = 10_000


@dataclass(frozen=True)
class Purge:
    """What was asked for: messages of `subject`, all of them, those before `seq`, or all but the
    newest `keep`."""

    subject: str = ALL
    seq: int | None = None
    keep: int | None = None


@dataclass
class Loss:
    """What a consumer would not get: messages that were never delivered to it, and messages that
    were delivered and not acknowledged (at most so many: the server does not say which)."""

    consumer: str
    undelivered: int = 0
    unacknowledged: int = 0


@dataclass
class Preview:
    """What will go. `first` and `end` are the sequences between which it lies.

    `exact`: every message was looked at. Otherwise there are too many: `messages` is exact still,
    if it is `counted`, and the losses are at most what is said; nothing else is known.
    """

    purge: Purge
    first: int = 1
    end: int = 1
    messages: int = 0
    bytes: int = 0
    subjects: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    exact: bool = True
    counted: bool = True

    def request(self) -> dict[str, Any]:
        """The body of the purge that takes this, and nothing that came later."""
        body: dict[str, Any] = {"seq": self.end}
        return body if self.purge.subject == ALL else {**body, "filter": self.purge.subject}


async def preview(session: Session, stream: str, purge: Purge, work: Work) -> Preview:
    """Find out; `work` shows how far it is. Raises what a request to JetStream can."""
    info = await api(session, f"STREAM.INFO.{stream}")
    consumers = await _consumers(session, stream)
    reader = StreamReader(session, stream, purge.subject)
    first, last_end = await reader.bounds()
    found = Preview(purge, first, last_end)
    if purge.seq is not None:
        found.end = min(max(purge.seq, first), last_end)
    elif purge.keep:
        found.end = await _end_that_keeps(reader, purge.keep, first, last_end)
    work.total = found.end - found.first
    tally = _Tally(found, consumers, info["config"].get("storage"))
    async for records in reader.all_after(found.first, end=found.end):
        tally.add(records)
        work.advance(records[-1].seq + 1 - found.first)
        too_many = found.messages >= MOST_MESSAGES or found.bytes >= MOST_BYTES
        if too_many and records[-1].seq + 1 < found.end:
            await _estimate(found, reader, info, consumers)
            return found
    tally.finish()
    return found


async def _consumers(session: Session, stream: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    total = 1
    while len(found) < total:
        page = await api(session, f"CONSUMER.LIST.{stream}", {"offset": len(found)})
        found += page.get("consumers") or []
        total = page["total"] if page.get("consumers") else 0
    return found


async def _end_that_keeps(reader: StreamReader, keep: int, first: int, end: int) -> int:
    """The sequence of the oldest of the messages that are kept."""
    while keep > 0 and end > first:
        page = await reader.before(end, min(keep, PAGE), first=first)
        keep -= len(page.records)
        end = page.records[0].seq if page.records else first
        if not page.more:
            break
    return end if keep <= 0 else first


class _Tally:
    def __init__(self, found: Preview, consumers: list[dict[str, Any]], storage: Any) -> None:
        self.found = found
        self.storage = storage
        self.consumers = consumers
        self.losses = [Loss(str(each["name"])) for each in consumers]
        self._wants: dict[str, list[int]] = {}

    def add(self, records: list[Record]) -> None:
        found = self.found
        found.messages += len(records)
        for record in records:
            found.bytes += stored_size(record, self.storage)
            if record.subject in found.subjects or len(found.subjects) < MOST_SUBJECTS:
                found.subjects[record.subject] += 1
            for place in self._wanting(record.subject):
                self._lose(place, record.seq)

    def _wanting(self, subject: str) -> list[int]:
        """The consumers, by their places, that get messages of the subject."""
        known = self._wants.get(subject)
        if known is None:
            known = [
                place
                for place, consumer in enumerate(self.consumers)
                if any(subject_matches(each, subject) for each in filters(consumer))
            ]
            if len(self._wants) < MOST_SUBJECTS:
                self._wants[subject] = known
        return known

    def _lose(self, place: int, seq: int) -> None:
        consumer = self.consumers[place]
        if seq > consumer["delivered"].get("stream_seq", 0):
            self.losses[place].undelivered += 1
        elif seq > consumer["ack_floor"].get("stream_seq", 0):
            self.losses[place].unacknowledged += 1

    def finish(self) -> None:
        for consumer, loss in zip(self.consumers, self.losses, strict=True):
            most = int(consumer.get("num_ack_pending") or 0)
            loss.unacknowledged = min(loss.unacknowledged, most)
        self.found.losses = [
            loss for loss in self.losses if loss.undelivered or loss.unacknowledged
        ]


async def _estimate(
    found: Preview, reader: StreamReader, info: dict[str, Any], consumers: list[dict[str, Any]]
) -> None:
    """There are too many to look at each."""
    state = info["state"]
    everything = found.purge.subject == ALL and found.end > state["last_seq"]
    found.exact = False
    found.subjects.clear()
    count = state["messages"] if everything else await reader.count(found.first, found.end)
    found.messages, found.counted = count or found.messages, count is not None
    found.bytes = state["bytes"] if everything else 0
    found.losses = [
        Loss(
            str(each["name"]),
            int(each.get("num_pending") or 0),
            int(each.get("num_ack_pending") or 0),
        )
        for each in consumers
        if each.get("num_pending") or each.get("num_ack_pending")
    ]


def filters(consumer: dict[str, Any]) -> list[str]:
    """The subjects that a consumer gets messages of."""
    config = consumer.get("config") or {}
    single = config.get("filter_subject")
    return list(config.get("filter_subjects") or ([single] if single else [ALL]))
