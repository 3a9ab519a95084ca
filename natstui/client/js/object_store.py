"""Object buckets: bytes of any size under names, as chunks in a stream (ADR-20)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import natstui.client.errors
from natstui.client.errors import TimeoutError
from natstui.client.js import api, object_config
from natstui.client.js.api import DeliverPolicy, Header
from natstui.client.js.errors import (
    APIError,
    BadObjectMetaError,
    BucketNotFoundError,
    ErrorCode,
    LinkIsABucketError,
    NotFoundError,
    ObjectAlreadyExists,
    ObjectDeletedError,
    ObjectNotFoundError,
)
from natstui.client.js.object_info import (
    check_name,
    chunk_subject,
    decode_info,
    encode_info,
    info_subject,
)
from natstui.client.js.object_reader import ObjectReader
from natstui.client.js.object_source import read_chunks
from natstui.client.js.object_upload import Upload, purge_chunks
from natstui.client.js.object_watcher import InfoReader, ObjectWatcher
from natstui.client.js.requester import checked_count
from natstui.client.js.watching import WatchSubscription
from natstui.client.protocol.headers import Headers

if TYPE_CHECKING:
    from natstui.client.js.client import JetStreamContext
    from natstui.client.js.object_reader import Target
    from natstui.client.js.object_source import Source

DEFAULT_CHUNK_SIZE = 128 * 1024
ROLLUP_SUBJECT = "sub"
WRONG_LAST = (ErrorCode.WRONG_LAST_SEQUENCE, ErrorCode.WRONG_LAST_SEQUENCE_CONSTANT)
Infos = list[api.ObjectInfo]


class ObjectStore:
    """ObjectStore keeps bytes of any size under names.

    Made by `JetStreamContext.object_store` and `create_object_store`. Every method raises
    InvalidObjectNameError for the empty name, APIErrors for what the server refuses,
    `natstui.client.errors.TimeoutError` if it does not answer.
    """

    @dataclass
    class ObjectResult:
        """An object: `info` about it, and its bytes, unless they went into a file."""

        info: api.ObjectInfo
        data: bytes | None = b""

    ObjectStoreStatus: TypeAlias = object_config.ObjectStoreStatus
    ObjectWatcher: TypeAlias = ObjectWatcher
    ObjectReader: TypeAlias = ObjectReader

    def __init__(self, name: str, stream: str, js: JetStreamContext) -> None:
        self._name = name
        self._stream = stream
        self._js = js

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self._name

    # Bytes.

    async def put(
        self, name: str, data: Source, meta: api.ObjectMeta | None = None
    ) -> api.ObjectInfo:
        """put will place the contents from the reader into this object-store.

        `data`: bytes, text (UTF-8), a file, something with an awaitable `read`, or an iterator of
        bytes, asynchronous or not. Of these, a few MiB are in memory at a time. `meta`:
        description, headers and metadata; its `options.max_chunk_size` in bytes (128 KiB). An empty
        `name` stands for the one in `meta`.

        An object of that name is replaced, once all bytes are stored: until then it is read as it
        was. If it fails, nothing is left of it, unless the connection is gone for good: then chunks
        that nobody refers to. Raises BadObjectMetaError for a link.
        """
        info = self._new_info(name, meta or api.ObjectMeta())
        assert info.options is not None
        assert info.options.max_chunk_size is not None
        upload = Upload(self._js, self._stream, chunk_subject(self._name, info.nuid))
        try:
            async for chunk in read_chunks(data, info.options.max_chunk_size):
                await upload.send(chunk)
            # Asked while the last chunks are under way.
            replaced = await self._read(info.name)
            await upload.finish()
        except BaseException:
            await upload.discard()
            raise
        info.size, info.chunks, info.digest = upload.size, upload.chunks, upload.digest
        commit = asyncio.ensure_future(self._commit(info, replaced, upload))
        try:
            return await asyncio.shield(commit)
        except asyncio.CancelledError:
            # Half of it would be an object without bytes.
            await asyncio.wait([commit])
            raise

    def _new_info(self, name: str, meta: api.ObjectMeta) -> api.ObjectInfo:
        options = meta.options or api.ObjectMetaOptions()
        if options.link is not None:
            raise BadObjectMetaError("a link has no bytes of its own: see add_link")
        size = checked_count("max_chunk_size", options.max_chunk_size or DEFAULT_CHUNK_SIZE)
        return api.ObjectInfo(
            name=check_name(name or meta.name),
            bucket=self._name,
            nuid=self._js._nuid.next().decode(),
            description=meta.description,
            headers=_headers(meta),
            options=options.evolve(max_chunk_size=size),
            metadata=meta.metadata,
        )

    async def _commit(
        self, info: api.ObjectInfo, replaced: _Stored | None, upload: Upload
    ) -> api.ObjectInfo:
        """All chunks are stored: put the info in the place of the one before."""
        try:
            while (written := await self._write(info, replaced)) is None:
                replaced = await self._read(info.name)
        except natstui.client.errors.Error as error:
            # It may have been stored all the same.
            if not isinstance(error, TimeoutError) or not await self._has(info):
                await upload.discard()
                raise
            written = info
        await self._purge_chunks(replaced)
        return written

    async def _has(self, info: api.ObjectInfo) -> bool:
        found = await self._read(info.name)
        return found is not None and found.info.nuid == info.nuid

    async def get(
        self,
        name: str,
        writeinto: Target | None = None,
        show_deleted: bool | None = False,
    ) -> ObjectResult:
        """get will pull the object from the underlying stream.

        With `writeinto`, a file or something with an awaitable `write`, its bytes go there. Raises
        what `open` does, and DigestMismatchError if what came is not what was put.
        """
        async with await self.open(name, show_deleted=show_deleted) as reader:
            if writeinto is None:
                return self.ObjectResult(reader.info, await reader.read())
            await reader.write_into(writeinto)
            return self.ObjectResult(reader.info)

    async def open(self, name: str, *, show_deleted: bool | None = False) -> ObjectReader:
        """An object to be read as its bytes arrive::

            async with await store.open("film.mp4") as film:
                async for chunk in film: ...

        What a link stands for is opened. Raises ObjectNotFoundError, LinkIsABucketError,
        BucketNotFoundError if a link leads nowhere, BadObjectMetaError if it leads to a link.
        """
        info = await self.get_info(name, show_deleted)
        store = self
        if info.is_link() and not info.deleted:
            store, info = await self._follow(info)
        return await ObjectReader(self._js, store._stream, info).open()

    async def _follow(self, info: api.ObjectInfo) -> tuple[ObjectStore, api.ObjectInfo]:
        assert info.options is not None
        link = info.options.link
        assert link is not None
        if not link.name:
            raise LinkIsABucketError(f"{info.name!r} is a link to the bucket {link.bucket}")
        store = self if link.bucket == self._name else await self._js.object_store(link.bucket)
        target = await store.get_info(link.name)
        if target.is_link():
            raise BadObjectMetaError(f"{info.name!r} is a link to a link, {link.name!r}")
        return store, target

    # Info.

    async def get_info(self, name: str, show_deleted: bool | None = False) -> api.ObjectInfo:
        """get_info is what is known of an object; of a link, itself.

        Raises ObjectNotFoundError; for a deleted one too, unless `show_deleted`.
        """
        found = await self._read(check_name(name))
        if found is None or (found.info.deleted and not show_deleted):
            raise _not_found(name)
        return found.info

    async def _read(self, name: str) -> _Stored | None:
        subject = info_subject(self._name, name)
        try:
            # Not from a replica, which may not have what was put a moment ago.
            stored = await self._js.get_last_msg(self._stream, subject)
        except NotFoundError as error:
            if error.err_code == ErrorCode.STREAM_NOT_FOUND:
                raise _no_bucket(self._name) from None
            return None
        return _Stored(decode_info(stored.data or b"", stored.time), stored.seq or 0)

    async def _write(self, info: api.ObjectInfo, replaced: _Stored | None) -> api.ObjectInfo | None:
        """Store an info in the place of what was read. None if that is no longer the last one."""
        last = 0 if replaced is None else replaced.seq
        try:
            await self._js.publish(
                info_subject(self._name, info.name),
                encode_info(info),
                headers={
                    Header.ROLLUP: ROLLUP_SUBJECT,
                    Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(last),
                },
            )
        except APIError as error:
            if error.err_code in WRONG_LAST:
                return None
            raise
        return info.evolve(mtime=datetime.now(UTC))

    async def _purge_chunks(self, replaced: _Stored | None) -> None:
        if replaced is None or not replaced.info.chunks:
            return
        subject = chunk_subject(self._name, replaced.info.nuid)
        await purge_chunks(self._js, self._stream, subject)

    async def update_meta(self, name: str, meta: api.ObjectMeta) -> api.ObjectInfo:
        """update_meta changes what is said of an object, not its bytes.

        Description and headers become those of `meta`; metadata too if it has any; and with another
        name, the object is renamed. Raises ObjectNotFoundError, ObjectDeletedError for a deleted
        one, ObjectAlreadyExists if there is one of the new name.
        """
        check_name(name)
        while True:
            current = await self._read(name)
            if current is None:
                raise _not_found(name)
            if current.info.deleted:
                raise ObjectDeletedError(code=404, description=f"object {name!r} was deleted")
            changed = current.info.evolve(
                name=meta.name or name,
                description=meta.description,
                headers=_headers(meta),
                metadata=current.info.metadata if meta.metadata is None else meta.metadata,
            )
            place: _Stored | None = current
            if changed.name != name:
                place = await self._free_place(changed.name, links_too=False)
            if written := await self._write(changed, place):
                break
        if changed.name != name:
            subject = info_subject(self._name, name)
            await self._js.purge_stream(self._stream, subject=subject, seq=current.seq + 1)
        return written

    async def _free_place(self, name: str, links_too: bool) -> _Stored | None:
        """What is stored for a name that may be taken: nothing, or a deleted object, or a link.

        Raises ObjectAlreadyExists.
        """
        found = await self._read(name)
        if found is None or found.info.deleted or (links_too and found.info.is_link()):
            return found
        raise ObjectAlreadyExists(f"there is an object {name!r} already")

    async def delete(self, name: str) -> api.ObjectInfo:
        """delete will delete the object; its info stays, marked as deleted.

        Raises ObjectNotFoundError.
        """
        check_name(name)
        while True:
            current = await self._read(name)
            if current is None or current.info.deleted:
                raise _not_found(name)
            gone = current.info.evolve(deleted=True, size=0, chunks=0, digest=None)
            if written := await self._write(gone, current):
                break
        await self._purge_chunks(current)
        return written

    # Links.

    async def add_link(self, name: str, obj: api.ObjectInfo) -> api.ObjectInfo:
        """add_link gives another name to an object, of this or of another bucket.

        Raises ObjectDeletedError if it was deleted, BadObjectMetaError if it is a link itself,
        ObjectAlreadyExists if the name is that of an object. Other links of that name are replaced.
        """
        if obj.deleted:
            raise ObjectDeletedError(code=404, description=f"object {obj.name!r} was deleted")
        if obj.is_link():
            raise BadObjectMetaError(f"{obj.name!r} is a link; add one to what it stands for")
        return await self._add_link(name, api.ObjectLink(obj.bucket, check_name(obj.name)))

    async def add_bucket_link(self, name: str, bucket: ObjectStore) -> api.ObjectInfo:
        """add_bucket_link lets a name stand for a whole bucket; see `add_link`."""
        return await self._add_link(name, api.ObjectLink(bucket.bucket))

    async def _add_link(self, name: str, link: api.ObjectLink) -> api.ObjectInfo:
        info = api.ObjectInfo(
            name=check_name(name),
            bucket=self._name,
            nuid=self._js._nuid.next().decode(),
            size=0,
            chunks=0,
            options=api.ObjectMetaOptions(link=link),
        )
        while True:
            place = await self._free_place(name, links_too=True)
            if written := await self._write(info, place):
                return written

    # The bucket.

    async def list(self, ignore_deletes: bool = False) -> Infos:
        """list will list all the objects in this store, deleted ones too unless `ignore_deletes`.

        Raises NotFoundError if there are none.
        """
        read = InfoReader(self._js, ignore_deletes)
        sub = await self._watch(DeliverPolicy.LAST_PER_SUBJECT, once=True)
        # By name: what changes meanwhile may come twice.
        found: dict[str, api.ObjectInfo] = {}
        async for run in sub.initial():
            for info in map(read, run):
                if info is not None:
                    found[info.name] = info
        if not found:
            raise NotFoundError(code=404, description=f"no objects in {self._name}")
        return [*found.values()]

    async def watch(
        self,
        ignore_deletes: bool = False,
        include_history: bool = False,
        meta_only: bool = False,
        updates_only: bool = False,
    ) -> ObjectWatcher:
        """watch gives the infos of all objects, then one None, then each as it changes.

        `updates_only`: the None first. `ignore_deletes`: none of deleted objects. There is no
        history, and nothing but infos: the other two are for programs that ask for them.
        """
        policy = DeliverPolicy.NEW if updates_only else DeliverPolicy.LAST_PER_SUBJECT
        if include_history and not updates_only:
            policy = DeliverPolicy.ALL
        return ObjectWatcher(await self._watch(policy), InfoReader(self._js, ignore_deletes))

    async def _watch(self, policy: DeliverPolicy, once: bool = False) -> WatchSubscription:
        config = api.ConsumerConfig(deliver_policy=policy, filter_subject=f"$O.{self._name}.M.>")
        try:
            return await WatchSubscription(self._js, self._stream, config, once=once).open()
        except NotFoundError:
            raise _no_bucket(self._name) from None

    async def status(self) -> ObjectStoreStatus:
        """status is how the bucket is configured, and how full it is."""
        return object_config.ObjectStoreStatus(await self._info(), self._name)

    async def seal(self) -> None:
        """seal makes it read-only, for ever."""
        info = await self._info()
        await self._js.update_stream(info.config, sealed=True)

    async def _info(self) -> api.StreamInfo:
        try:
            return await self._js.stream_info(self._stream)
        except NotFoundError:
            raise _no_bucket(self._name) from None


@dataclass(slots=True)
class _Stored:
    """An info, and the sequence of the message that it is."""

    info: api.ObjectInfo
    seq: int


def _headers(meta: api.ObjectMeta) -> Headers | None:
    return Headers(meta.headers) if meta.headers else None


def _not_found(name: str) -> ObjectNotFoundError:
    return ObjectNotFoundError(code=404, description=f"object not found: {name!r}")


def _no_bucket(bucket: str) -> BucketNotFoundError:
    return BucketNotFoundError(
        code=404,
        description=f"bucket not found: {bucket}",
        err_code=ErrorCode.STREAM_NOT_FOUND,
    )
