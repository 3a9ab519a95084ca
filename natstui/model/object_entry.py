"""An object, a link or a deletion, as the bucket keeps it: one message with an info (ADR-20)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from natstui.client.js.api import ObjectInfo, ObjectLink
from natstui.client.js.errors import BadObjectMetaError
from natstui.client.js.object_info import chunk_subject, decode_info, info_subject
from natstui.model.tail import Record

EntryKind = Literal["object", "link", "bucket link", "deleted", "unreadable"]


class ObjectEntry(NamedTuple):
    """`revision` is the sequence of its message, `at` when that was stored, in seconds since the
    epoch. `info` is None where `problem` says why it cannot be read: nothing is done with it then.
    """

    bucket: str
    subject: str
    revision: int
    at: float
    info: ObjectInfo | None
    problem: str
    headers: bytes

    @property
    def name(self) -> str:
        """It may hold anything."""
        return self.info.name if self.info else _name_in(self.subject)

    @property
    def kind(self) -> EntryKind:
        if self.info is None:
            return "unreadable"
        if self.info.deleted:
            return "deleted"
        if (link := self.link) is None:
            return "object"
        return "link" if link.name else "bucket link"

    @property
    def link(self) -> ObjectLink | None:
        """What it stands for, None if that is itself."""
        options = self.info.options if self.info else None
        return options.link if options else None

    @property
    def target(self) -> str:
        """What it stands for, in words; "" for itself."""
        link = self.link
        return "" if link is None else f"{link.bucket}/{link.name or ''}"

    @property
    def size(self) -> int:
        """In bytes, as its info says."""
        return (self.info.size or 0) if self.info else 0

    @property
    def chunks(self) -> int:
        """How many messages its bytes are in, as its info says."""
        return (self.info.chunks or 0) if self.info else 0

    @property
    def digest(self) -> str:
        """As it is stored ("SHA-256=…"), "" if there is none."""
        return (self.info.digest or "") if self.info else ""

    @property
    def description(self) -> str:
        return (self.info.description or "") if self.info else ""

    @property
    def chunk_subject(self) -> str:
        """Where its bytes are; "" where that is not known."""
        return chunk_subject(self.bucket, self.info.nuid) if self.info else ""

    @property
    def chunk_size(self) -> int:
        """What a chunk has at most, in bytes, or what they must have about."""
        options = self.info.options if self.info else None
        said = options.max_chunk_size if options else None
        return said or max(1, self.size // max(1, self.chunks))

    @property
    def words(self) -> str:
        """What a filter searches."""
        return f"{self.name} {self.kind} {self.target} {self.description}"


def entry_of(bucket: str, record: Record) -> ObjectEntry:
    """From the stored message."""
    when = datetime.fromtimestamp(record.at, UTC)
    info: ObjectInfo | None
    try:
        info = decode_info(record.payload, when)
        problem = _oddity(info, bucket, record.subject)
    except BadObjectMetaError as error:
        info, problem = None, str(error)
    return ObjectEntry(
        bucket,
        record.subject,
        record.seq,
        record.at,
        None if problem else info,
        problem,
        record.headers,
    )


def _name_in(subject: str) -> str:
    """The name that stands in a subject, or what stands there instead of one."""
    token = subject.rpartition(".")[2]
    try:
        return base64.b64decode(token, altchars="-_", validate=True).decode() or token
    except ValueError:
        return token


def _oddity(info: ObjectInfo, bucket: str, subject: str) -> str:
    """Why what an info says cannot be relied on, "" if it can."""
    link = info.options.link if info.options else None
    texts = (info.name, info.description, info.digest, *([link.bucket, link.name] if link else []))
    numbers = (info.size, info.chunks, info.options.max_chunk_size if info.options else None)
    if not all(text is None or isinstance(text, str) for text in texts):
        return "what should be text in its info is none"
    if not all(number is None or _is_count(number) for number in numbers):
        return "what should be a number in its info is none"
    said: Any = info.metadata or {}
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
        return "the metadata in its info are no texts"
    try:
        place = info_subject(bucket, info.name)
    except UnicodeEncodeError:
        return "its name is no text that can be written"
    return "" if place == subject else "its info says another name than its subject"


def _is_count(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0
