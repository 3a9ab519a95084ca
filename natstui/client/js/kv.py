"""Key-value buckets: the last messages of the subjects of a stream, as values of keys (ADR-8)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from natstui.client.js import api, kv_config, kv_entry
from natstui.client.js.api import DeliverPolicy, Header
from natstui.client.js.batch_get import MOST_SUBJECTS, BatchGet
from natstui.client.js.errors import (
    APIError,
    BadRequestError,
    BucketNotFoundError,
    Error,
    ErrorCode,
    KeyDeletedError,
    KeyNotFoundError,
    KeyWrongLastSequenceError,
    NoKeysError,
    NotFoundError,
)
from natstui.client.js.kv_entry import KV_DEL, KV_OP, KV_PURGE, EntryReader, is_deletion
from natstui.client.js.kv_names import check_filter, check_filters, check_key, check_revision
from natstui.client.js.publishing import TTL_LEVEL
from natstui.client.js.requester import DEFAULT_PREFIX, checked_count
from natstui.client.js.watching import WatchSubscription

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from natstui.client.js.client import JetStreamContext

ROLLUP_SUBJECT = "sub"
WRONG_LAST = (ErrorCode.WRONG_LAST_SEQUENCE, ErrorCode.WRONG_LAST_SEQUENCE_CONSTANT)
# Requests under way at a time, where one is needed for each of many keys.
CONCURRENCY = 64
BYTES_A_PAGE = 8 * 1024 * 1024  # what may be in memory at once, of many values


class WatchOptions(TypedDict, total=False):
    """The options of `KeyValue.watch`."""

    headers_only: bool
    include_history: bool
    ignore_deletes: bool
    meta_only: bool
    inactive_threshold: float | None
    updates_only: bool
    resume_from_revision: int | None


class KeyValue:
    """KeyValue uses the JetStream KeyValue functionality.

    Made by `JetStreamContext.key_value` and `create_key_value`. Keys are made of letters, digits
    and - / _ = with single dots between them. Every method raises InvalidKeyError for what is not a
    key (unless `validate_keys` is False), KeyValueError and other APIErrors for what the server
    refuses, `natstui.client.errors.TimeoutError` if it does not answer.
    """

    Entry: TypeAlias = kv_entry.Entry
    BucketStatus: TypeAlias = kv_config.BucketStatus
    KeyWatcher: TypeAlias = kv_entry.KeyWatcher

    def __init__(
        self,
        name: str,
        stream: str,
        pre: str,
        js: JetStreamContext,
        direct: bool,
        *,
        put_pre: str | None = None,
    ) -> None:
        """`pre` stands in front of keys in subjects; `put_pre` where they are written to, if that
        is another place; `direct`: any replica may answer reads."""
        self._name = name
        self._stream = stream
        self._pre = pre
        self._js = js
        self._direct = direct
        self._messages = BatchGet(js, stream)
        if put_pre is None:
            # Other domains and accounts are reached through the prefix of their API.
            put_pre = pre if js._prefix == DEFAULT_PREFIX else f"{js._prefix}.{pre}"
        self._put_pre = put_pre
        self._has_ttl = False  # as far as is known; once there, it cannot be taken away

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self._name

    # Reading.

    async def get(
        self, key: str, revision: int | None = None, *, validate_keys: bool = True
    ) -> Entry:
        """get returns the latest value for the key, or the one it had at a revision.

        Raises KeyNotFoundError; if the key was deleted it is a KeyDeletedError, with the mark of
        the deletion as its `entry`.
        """
        if validate_keys:
            check_key(key)
        check_revision("revision", revision)
        entry = await self._read(key, revision, self._direct)
        if entry.operation is not None:
            raise KeyDeletedError(entry, entry.operation)
        return entry

    async def _read(self, key: str, revision: int | None, direct: bool) -> Entry:
        subject = self._pre + key
        try:
            if direct and not revision:
                # As the manager does it, in fewer steps.
                answer = await self._js._request(f"DIRECT.GET.{self._stream}.{subject}", b"")
                return kv_entry.direct_entry(self._name, key, answer)
            if revision:
                stored = await self._js.get_msg(self._stream, seq=revision, direct=direct)
            else:
                stored = await self._js.get_last_msg(self._stream, subject)
        except NotFoundError as error:
            if error.err_code == ErrorCode.STREAM_NOT_FOUND:
                raise _no_bucket(self._name) from None
            raise KeyNotFoundError(message=f"key not found: {key}") from None
        if stored.subject != subject:
            raise KeyNotFoundError(message=f"revision {revision} is not of key {key}")
        return kv_entry.stored_entry(self._name, key, stored)

    async def get_many(self, keys: Sequence[str]) -> dict[str, Entry]:
        """The latest values of several keys, at one moment; keys without a value are left out.

        One request for 1,024 keys, or 8 MiB of values (server 2.11); a bucket that is not `direct`
        has no such reads, and raises ServiceUnavailableError.
        """
        for key in keys:
            check_key(key)
        subjects = [self._pre + key for key in keys]
        found: dict[str, kv_entry.Entry] = {}
        try:
            async for stored in self._messages.get_last_msgs(
                subjects, batch=MOST_SUBJECTS, max_bytes=BYTES_A_PAGE
            ):
                entry = self._entry(stored)
                if entry.operation is None:
                    found[entry.key] = entry
        except NotFoundError:
            raise _no_bucket(self._name) from None
        return found

    async def page(self, keys: str = ">", after: int = 0, limit: int = 256) -> list[Entry]:
        """Up to `limit` entries that match a filter, in the order of their revisions.

        All that are stored after that revision, older values and marks of deletions too; fewer
        than `limit` if they are large, none behind the last one. Nothing on the server changes by
        it, as no consumer is made. Needs what `get_many` needs.
        """
        checked_count("limit", limit)
        check_revision("after", after)
        check_filter(pattern := keys or ">")
        try:
            page = await self._messages.get_page(
                after + 1, subject=self._pre + pattern, batch=limit, max_bytes=BYTES_A_PAGE
            )
        except NotFoundError:
            raise _no_bucket(self._name) from None
        return [self._entry(message) for message in page.messages]

    def _entry(self, stored: api.RawStreamMsg) -> Entry:
        key = (stored.subject or "").removeprefix(self._pre)
        return kv_entry.stored_entry(self._name, key, stored)

    # Writing.

    async def put(self, key: str, value: bytes, *, validate_keys: bool = True) -> int:
        """put will place the new value for the key and return the revision number."""
        if validate_keys:
            check_key(key)
        return (await self._js.publish(self._put_pre + key, value)).seq

    async def create(
        self,
        key: str,
        value: bytes,
        *,
        validate_keys: bool = True,
        msg_ttl: float | str | None = None,
    ) -> int:
        """create will add the key/value pair iff it does not exist.

        A key that was deleted does not exist. `msg_ttl`: seconds until the value expires; the
        bucket needs a `limit_marker_ttl`, which is the shortest life too (ADR-48, server 2.11).
        Raises KeyWrongLastSequenceError if the key has a value.
        """
        if validate_keys:
            check_key(key)
        if msg_ttl is not None:
            await self._check_ttl()
        last = 0
        try:
            return await self._write(key, value, last, msg_ttl=msg_ttl)
        except KeyWrongLastSequenceError:
            last = await self._last_deletion(key)
        return await self._write(key, value, last, msg_ttl=msg_ttl)

    async def _last_deletion(self, key: str) -> int:
        """The revision at which the key was deleted; 0 if nothing is there any more.

        Raises KeyWrongLastSequenceError if it has a value.
        """
        try:
            # Not from a replica, which may not know yet.
            entry = await self._read(key, None, direct=False)
        except KeyNotFoundError:
            return 0
        if entry.operation is None:
            raise KeyWrongLastSequenceError(
                f"wrong last sequence: key {key} has a value, of revision {entry.revision}"
            )
        return entry.revision or 0

    async def update(
        self, key: str, value: bytes, last: int | None = None, *, validate_keys: bool = True
    ) -> int:
        """update will update the value iff the latest revision matches.

        Without `last`, or with 0: iff nothing is stored for the key. Raises
        KeyWrongLastSequenceError.
        """
        if validate_keys:
            check_key(key)
        return await self._write(key, value, last or 0)

    async def delete(
        self, key: str, last: int | None = None, *, validate_keys: bool = True
    ) -> bool:
        """delete will place a delete marker; earlier values stay in the history.

        With `last`, iff that is the latest revision: raises KeyWrongLastSequenceError.
        """
        if validate_keys:
            check_key(key)
        await self._write(key, b"", last, {KV_OP: KV_DEL})
        return True

    async def purge(
        self,
        key: str,
        *,
        last: int | None = None,
        msg_ttl: float | str | None = None,
        validate_keys: bool = True,
    ) -> bool:
        """purge will remove the key and all revisions; what is left is a marker.

        With `last`, iff that is the latest revision. `msg_ttl`: seconds until the marker goes too
        (the bucket needs a `limit_marker_ttl`).
        """
        if validate_keys:
            check_key(key)
        if msg_ttl is not None:
            await self._check_ttl()
        headers = {KV_OP: KV_PURGE, Header.ROLLUP: ROLLUP_SUBJECT}
        await self._write(key, b"", last, headers, msg_ttl)
        return True

    async def _write(
        self,
        key: str,
        value: bytes,
        last: int | None,
        headers: dict[str, str] | None = None,
        msg_ttl: float | str | None = None,
    ) -> int:
        if last is not None:
            check_revision("last", last)
            headers = {**(headers or {}), Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(last)}
        try:
            ack = await self._js.publish(
                self._put_pre + key, value, headers=headers, msg_ttl=msg_ttl
            )
        except APIError as error:
            if error.err_code in WRONG_LAST:
                raise KeyWrongLastSequenceError(error.description) from None
            raise
        return ack.seq

    async def _check_ttl(self) -> None:
        """A server before 2.11 would store the value, and keep it for ever."""
        self._js._check_level(TTL_LEVEL)
        if not self._has_ttl:
            self._has_ttl = bool((await self.status()).stream_info.config.allow_msg_ttl)
        if not self._has_ttl:
            raise BadRequestError(
                code=400,
                err_code=ErrorCode.MESSAGE_TTL_DISABLED,
                description=f"bucket {self._name} has no limit_marker_ttl, so its values have no "
                "lifetime of their own",
            )

    async def purge_deletes(self, olderthan: int = 1800) -> bool:
        """purge will remove all current delete markers older.

        :param olderthan: time in seconds

        Of younger ones the marker stays, and only what was before it goes. With a negative time,
        all of them go. What is written meanwhile is safe.
        """
        try:
            age = timedelta(seconds=olderthan)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"nats: olderthan is a time in seconds, not {olderthan!r}") from None
        config = self._consumer(
            ">", deliver_policy=DeliverPolicy.LAST_PER_SUBJECT, headers_only=True
        )
        read = EntryReader(self._name, self._pre)
        deleted = [
            entry
            async for run in (await self._initial(config)).initial()
            for entry in map(read, run)
            if entry is not None and entry.operation is not None
        ]
        # By the clock that the markers were made with.
        now = (await self.status()).stream_info.ts or datetime.now(UTC)
        limit = now - age
        try:
            for start in range(0, len(deleted), CONCURRENCY):
                async with asyncio.TaskGroup() as group:
                    for entry in deleted[start : start + CONCURRENCY]:
                        group.create_task(self._purge_marker(entry, limit, olderthan < 0))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return True

    async def _purge_marker(self, marker: Entry, limit: datetime, any_age: bool) -> None:
        assert marker.revision is not None
        assert marker.created is not None
        old = any_age or marker.created <= limit
        await self._js.purge_stream(
            self._stream,
            subject=self._pre + marker.key,
            seq=marker.revision + 1 if old else marker.revision,
        )

    # The bucket.

    async def status(self) -> BucketStatus:
        """status retrieves the status and configuration of a bucket."""
        try:
            info = await self._js.stream_info(self._stream)
        except NotFoundError:
            raise _no_bucket(self._name) from None
        return kv_config.BucketStatus(info, self._name)

    async def keys(
        self,
        *,
        filters: str | Sequence[str] | None = None,
        **options: Unpack[WatchOptions],
    ) -> list[str]:
        """keys will return a list of the keys from a KeyValue store.

        Those that have a value; with `filters`, those that match one of them: `*` stands for one
        token, `>` at the end for one or more. The server sends no others, and no values.
        `options` are those of `watch`, for programs that give them: the keys are the same.
        Raises NoKeysError if there are none.
        """
        config = self._consumer(
            filters or (), deliver_policy=DeliverPolicy.LAST_PER_SUBJECT, headers_only=True
        )
        starts = len(self._pre)
        found: dict[str, None] = {}
        async for run in (await self._initial(config)).initial():
            for message in run:
                key = message.subject[starts:]
                if is_deletion(message):
                    # It may have had a value when the consumer was replaced.
                    found.pop(key, None)
                else:
                    found[key] = None
        if not found:
            raise NoKeysError()
        return list(found)

    async def history(self, key: str) -> list[Entry]:
        """history retrieves a list of the entries so far, deletions included.

        Raises NoKeysError if there are none.
        """
        config = self._consumer(key, deliver_policy=DeliverPolicy.ALL)
        read = EntryReader(self._name, self._pre)
        entries = [
            entry
            async for run in (await self._initial(config)).initial()
            for entry in map(read, run)
            if entry is not None
        ]
        if not entries:
            raise NoKeysError()
        return entries

    # Watching.

    async def watch(
        self,
        keys: str | Sequence[str],
        headers_only: bool = False,
        include_history: bool = False,
        ignore_deletes: bool = False,
        meta_only: bool = False,
        inactive_threshold: float | None = None,
        *,
        updates_only: bool = False,
        resume_from_revision: int | None = None,
    ) -> KeyWatcher:
        """watch gives entries of the keys that match: first the latest of each, then one None, then
        each as it is written.

        `keys`: a key, a pattern (`*` stands for one token, `>` at the end for one or more) or
        several of them.
        `include_history`: first all entries that are stored, not only the latest ones.
        `updates_only`: first nothing but the None.
        `resume_from_revision`: first all entries of that revision and later ones.
        `ignore_deletes`: values only. `meta_only`, `headers_only`: entries without their values.
        `inactive_threshold`: seconds after which the server forgets a watcher that is gone.

        It goes on after the connection was lost, and leaves nothing out then. Stop it when you are
        done with it, or use it with `async with`.
        """
        if updates_only and (include_history or resume_from_revision):
            raise Error("a watcher for updates only has no history and nothing to resume")
        check_revision("resume_from_revision", resume_from_revision)
        policy = DeliverPolicy.LAST_PER_SUBJECT
        if resume_from_revision:
            policy = DeliverPolicy.BY_START_SEQUENCE
        elif updates_only:
            policy = DeliverPolicy.NEW
        elif include_history:
            policy = DeliverPolicy.ALL
        config = self._consumer(
            keys,
            deliver_policy=policy,
            opt_start_seq=resume_from_revision or None,
            headers_only=meta_only or headers_only or None,
            inactive_threshold=inactive_threshold,
        )
        sub = await self._open(WatchSubscription(self._js, self._stream, config))
        return kv_entry.KeyWatcher(sub, EntryReader(self._name, self._pre, ignore_deletes))

    async def watchall(self, **kwargs: Unpack[WatchOptions]) -> KeyWatcher:
        """watchall returns a KeyValue watcher that matches all the keys; the options of `watch`."""
        return await self.watch(">", **kwargs)

    def _consumer(self, keys: str | Sequence[str], **fields: object) -> api.ConsumerConfig:
        patterns = check_filters(keys)
        subjects = [self._pre + pattern for pattern in patterns]
        if len(subjects) == 1:
            fields["filter_subject"] = subjects[0]
        else:
            fields["filter_subjects"] = subjects
        return api.ConsumerConfig().evolve(**fields)

    async def _initial(self, config: api.ConsumerConfig) -> WatchSubscription:
        return await self._open(WatchSubscription(self._js, self._stream, config, once=True))

    async def _open(self, sub: WatchSubscription) -> WatchSubscription:
        try:
            return await sub.open()
        except NotFoundError:
            raise _no_bucket(self._name) from None


def _no_bucket(bucket: str) -> BucketNotFoundError:
    return BucketNotFoundError(
        code=404,
        description=f"bucket not found: {bucket}",
        err_code=ErrorCode.STREAM_NOT_FOUND,
    )
