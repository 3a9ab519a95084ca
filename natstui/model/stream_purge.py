"""What a purge would take away, before it does, and exactly that.

Up to `MOST_MESSAGES` the messages are read, from the leader and nobody else: how many, how many
bytes the stream counts for them, which subjects, and which consumers have not had them yet. Where
there are more, what the server says of the whole stream or of a subject is as exact; of a part of
it not all is known, and what is not known is not said. The purge that follows ends at a sequence:
it takes nothing that was stored in the meantime.
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
from natstui.model.wildcards import covers
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

    @property
    def is_whole(self) -> bool:
        """Whether it is for all messages of the subject."""
        return self.seq is None and not self.keep


@dataclass
class Loss:
    """What a consumer would not get: messages that were never delivered to it (with `at_most`, no
    more than so many), and messages that were delivered and not acknowledged (no more than so
    many: the server does not say which)."""

    consumer: str
    undelivered: int = 0
    unacknowledged: int = 0
    at_most: bool = False


@dataclass
class Preview:
    """What will go. `first` and `end` are the sequences between which it lies.

    `read`: every message was looked at, so all is known, and there are few enough to be saved.
    Otherwise `counted` says whether `messages` is all there are, or less than that; `bytes` is None
    and `subjects` empty where nobody tells.
    """

    purge: Purge
    config: dict[str, Any]
    first: int = 1
    end: int = 1
    messages: int = 0
    bytes: int | None = 0
    subjects: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    read: bool = True
    counted: bool = True

    def request(self) -> dict[str, Any]:
        """The body of the purge that takes this, and nothing that came later."""
        body: dict[str, Any] = {"seq": self.end}
        return body if self.purge.subject == ALL else {**body, "filter": self.purge.subject}


async def preview(session: Session, stream: str, purge: Purge, work: Work) -> Preview:
    """Find out; `work` shows how far it is. Raises what a request to JetStream can."""
    info = await _info(session, stream, purge)
    consumers = await _consumers(session, stream)
    reader = StreamReader(session, stream, purge.subject, exactly=True)
    found = await _place(reader, purge, info)
    count = await _count(session, stream, found, info)
    if count is not None and count > MOST_MESSAGES:
        found.messages = count
        _tell(found, info, consumers)
        return found
    work.total = found.end - found.first
    tally = _Tally(found, consumers, info["config"].get("storage"))
    async for records in reader.all_after(found.first, end=found.end):
        tally.add(records)
        work.advance(records[-1].seq + 1 - found.first)
        too_many = found.messages >= MOST_MESSAGES or tally.bytes >= MOST_BYTES
        if too_many and records[-1].seq + 1 < found.end:
            found.counted = count is not None
            found.messages = found.messages if count is None else count
            _tell(found, info, consumers)
            return found
    tally.finish()
    return found


async def _info(session: Session, stream: str, purge: Purge) -> dict[str, Any]:
    """The stream's, with subjects and their counts where they say what cannot be read."""
    call = f"STREAM.INFO.{stream}"
    info = await api(session, call)
    is_small = info["state"]["messages"] <= MOST_MESSAGES
    if not purge.is_whole or (purge.subject == ALL and is_small):
        return info
    return await api(session, call, {"subjects_filter": purge.subject})


async def _place(reader: StreamReader, purge: Purge, info: dict[str, Any]) -> Preview:
    """Between which sequences it lies."""
    state = info["state"]
    first, end = state["first_seq"], state["last_seq"] + 1
    if not state["messages"]:
        first = end
    found = Preview(purge, info["config"], first, end)
    if purge.seq is not None:
        found.end = min(max(purge.seq, first), end)
    elif purge.keep:
        found.end = await _end_that_keeps(reader, purge.keep, first, end)
    return found


async def _count(session: Session, stream: str, found: Preview, info: dict[str, Any]) -> int | None:
    """How many messages go; None if nobody tells."""
    state = info["state"]
    if not found.purge.is_whole:
        return await StreamReader(session, stream, found.purge.subject).count(
            found.first, found.end
        )
    if found.purge.subject == ALL:
        return int(state["messages"])
    return sum(state.get("subjects", {}).values()) if _has_all_subjects(info) else None


def _has_all_subjects(info: dict[str, Any]) -> bool:
    """Whether the answer has all subjects that were asked for: there is a limit to it."""
    subjects = info["state"].get("subjects") or {}
    return len(subjects) == int(info.get("total") or len(subjects))


def _tell(found: Preview, info: dict[str, Any], consumers: list[dict[str, Any]]) -> None:
    """There are too many to look at each: what the server says of them."""
    purge, state = found.purge, info["state"]
    everything = purge.is_whole and purge.subject == ALL
    found.read = False
    found.bytes = int(state["bytes"]) if everything else None
    found.subjects.clear()
    if purge.is_whole and _has_all_subjects(info):
        found.subjects.update(state.get("subjects") or {})
    found.losses = [
        Loss(
            str(each["name"]),
            int(each.get("num_pending") or 0),
            int(each.get("num_ack_pending") or 0),
            at_most=not (purge.is_whole and all(covers(purge.subject, f) for f in filters(each))),
        )
        for each in consumers
        if each.get("num_pending") or each.get("num_ack_pending")
    ]


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
        self.bytes = 0
        self.storage = storage
        self.consumers = consumers
        self.losses = [Loss(str(each["name"])) for each in consumers]
        self._wants: dict[str, list[int]] = {}

    def add(self, records: list[Record]) -> None:
        found = self.found
        found.messages += len(records)
        for record in records:
            self.bytes += stored_size(record, self.storage)
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
        self.found.bytes = self.bytes
        for consumer, loss in zip(self.consumers, self.losses, strict=True):
            most = int(consumer.get("num_ack_pending") or 0)
            loss.unacknowledged = min(loss.unacknowledged, most)
        self.found.losses = [
            loss for loss in self.losses if loss.undelivered or loss.unacknowledged
        ]


def filters(consumer: dict[str, Any]) -> list[str]:
    """The subjects that a consumer gets messages of."""
    config = consumer.get("config") or {}
    single = config.get("filter_subject")
    return list(config.get("filter_subjects") or ([single] if single else [ALL]))
