"""Streams, consumers and stored messages: the management API of JetStream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from natstui.client.errors import TimeoutError
from natstui.client.js import api
from natstui.client.js.admin import Administration
from natstui.client.js.errors import Error, ErrorCode, NotFoundError
from natstui.client.js.requester import checked_consumer, checked_name, checked_tokens, to_json
from natstui.client.js.stored import direct_message, stored_message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from natstui.client.aio.subscription import Subscription


class JetStreamManager(Administration):
    """JetStreamManager exposes management APIs for JetStream.

    `timeout`: seconds for each request. All methods raise `APIError` (by the server's code:
    `NotFoundError`, `BadRequestError`, ...), `ServiceUnavailableError` when nobody answers for
    JetStream, and `natstui.client.errors.TimeoutError`; ValueError, before anything is sent, for
    names that no stream or consumer can have.
    """

    async def account_info(self) -> api.AccountInfo:
        """What the account uses and may use."""
        return api.AccountInfo.from_response(await self._api_request("INFO"))

    async def find_stream_name_by_subject(self, subject: str) -> str:
        """Find the stream to which a subject belongs in an account.

        Raises NotFoundError if there is none, Error if a wildcard matches several.
        """
        answer = await self._api_request("STREAM.NAMES", {"subject": subject})
        names = answer.get("streams") or []
        if not names:
            raise NotFoundError(
                code=404,
                description=f"no stream has the subject {subject!r}",
                err_code=ErrorCode.STREAM_NOT_FOUND,
            )
        if len(names) > 1:
            raise Error(f"{subject!r} is in several streams ({', '.join(names)}): name one")
        return str(names[0])

    async def stream_info(self, name: str, subjects_filter: str | None = None) -> api.StreamInfo:
        """Get the latest StreamInfo by stream name.

        With `subjects_filter` (">" for all) `state.subjects` has the messages of each subject that
        matches.
        """
        subject = f"STREAM.INFO.{checked_name('stream', name)}"
        if subjects_filter is None:
            return api.StreamInfo.from_response(await self._api_request(subject))
        subjects: dict[str, int] = {}
        while True:
            answer = await self._api_request(
                subject, {"subjects_filter": subjects_filter, "offset": len(subjects)}
            )
            page = answer["state"].get("subjects") or {}
            subjects.update(page)
            # The server puts at most 100,000 subjects into an answer.
            if not page or len(subjects) >= answer.pop("total", 0):
                answer["state"]["subjects"] = subjects
                return api.StreamInfo.from_response(answer)

    async def add_stream(
        self, config: api.StreamConfig | None = None, *, pedantic: bool = False, **params: Any
    ) -> api.StreamInfo:
        """add_stream creates a stream.

        `params` are fields of `StreamConfig`, over those of `config`. `pedantic`: the server
        refuses what it would otherwise correct. Raises ValueError without a name.
        """
        return await self._write_stream("CREATE", config, pedantic, params)

    async def update_stream(
        self, config: api.StreamConfig | None = None, *, pedantic: bool = False, **params: Any
    ) -> api.StreamInfo:
        """update_stream updates a stream.

        What is written is the whole configuration: begin with the one of `stream_info`.
        """
        return await self._write_stream("UPDATE", config, pedantic, params)

    async def _write_stream(
        self,
        action: str,
        config: api.StreamConfig | None,
        pedantic: bool,
        params: dict[str, Any],
    ) -> api.StreamInfo:
        config = (config or api.StreamConfig()).evolve(**params)
        if not config.name:
            raise ValueError("nats: stream name is required")
        subject = f"STREAM.{action}.{checked_name('stream', config.name)}"
        body = config.as_dict() | ({"pedantic": True} if pedantic else {})
        answer = await self._api_request(subject, body, level=config.required_level())
        return api.StreamInfo.from_response(answer)

    async def delete_stream(self, name: str) -> bool:
        """Delete a stream by name."""
        return await self._success(f"STREAM.DELETE.{checked_name('stream', name)}")

    async def purge_stream(
        self,
        name: str,
        seq: int | None = None,
        subject: str | None = None,
        keep: int | None = None,
    ) -> bool:
        """Purge a stream by name.

        All messages; or those before `seq`; or all but the last `keep`; each of the messages that
        match `subject`. Raises ValueError for `seq` together with `keep`.
        """
        if seq is not None and keep is not None:
            raise ValueError("nats: purge takes seq or keep, not both")
        request = api.StreamPurgeRequest(seq=seq, filter=subject, keep=keep)
        subject = f"STREAM.PURGE.{checked_name('stream', name)}"
        return await self._success(subject, request.as_dict())

    async def streams_info(
        self, *, offset: int = 0, subject: str | None = None
    ) -> list[api.StreamInfo]:
        """streams_info retrieves a list of streams: all of them, or those with the subject."""
        return list(await self.streams_info_iterator(offset=offset, subject=subject))

    async def streams_info_iterator(
        self, *, offset: int = 0, subject: str | None = None
    ) -> api.StreamsListIterator:
        """All streams, decoded as they are asked for; also which ones could not be reached."""
        streams: list[dict[str, Any]] = []
        missing: list[str] = []
        offline: dict[str, str] = {}
        total = 0
        body = {} if subject is None else {"subject": subject}
        async for page in self._pages("STREAM.LIST", "streams", offset, body):
            streams += page.get("streams") or []
            missing += page.get("missing") or []
            offline |= page.get("offline") or {}
            total = page["total"]
        result = api.StreamsListIterator(offset, total, streams)
        result.missing, result.offline = missing, offline
        return result

    async def consumers_info(
        self, stream: str, offset: int | None = None
    ) -> list[api.ConsumerInfo]:
        """consumers_info retrieves a list of consumers: all of them.

        With an `offset`, only the page that starts there, of at most 256.
        """
        subject = f"CONSUMER.LIST.{checked_name('stream', stream)}"
        if offset is not None:
            answer = await self._api_request(subject, {"offset": offset})
            found = answer.get("consumers") or []
        else:
            found = [
                consumer
                async for page in self._pages(subject, "consumers")
                for consumer in page.get("consumers") or []
            ]
        return [api.ConsumerInfo.from_response(consumer) for consumer in found]

    async def _pages(
        self, subject: str, key: str, offset: int = 0, body: dict[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        while True:
            page = await self._api_request(subject, {**(body or {}), "offset": offset})
            yield page
            # Those that did not answer in time have been counted too.
            offset += len(page.get(key) or []) + len(page.get("missing") or [])
            if not page.get(key) or offset >= page["total"]:
                return

    async def add_consumer(
        self,
        stream: str,
        config: api.ConsumerConfig | None = None,
        timeout: float | None = None,
        *,
        action: str = "",
        pedantic: bool = False,
        **params: Any,
    ) -> api.ConsumerInfo:
        """Create a consumer, or update the one of that name.

        `params` are fields of `ConsumerConfig`, over those of `config`. Without a name it is
        ephemeral and gets one. `action="create"`: raises BadRequestError (10148) if there is a
        different one already; `"update"`: if there is none (10149).
        """
        config = (config or api.ConsumerConfig()).evolve(**params)
        return await self._create_consumer(stream, config, timeout, action, pedantic)

    async def _create_consumer(
        self,
        stream: str,
        config: api.ConsumerConfig,
        timeout: float | None = None,
        action: str = "",
        pedantic: bool = False,
        sub: Subscription | None = None,
    ) -> api.ConsumerInfo:
        """`sub`: what the consumer delivers to."""
        name = config.name or config.durable_name
        if not name:
            name = self._nuid.next().decode()
            config = config.evolve(name=name)
        body: dict[str, Any] = {
            "stream_name": checked_name("stream", stream),
            "config": config.as_dict(),
            "action": action,
        }
        if pedantic:
            body["pedantic"] = True
        subject = f"CONSUMER.CREATE.{stream}.{checked_name('consumer', name)}"
        if config.filter_subject:
            # So that permissions can allow consumers of some subjects only.
            subject += f".{checked_tokens(config.filter_subject)}"
        answer = await self._api_request(
            subject, body, timeout=timeout, level=config.required_level(), sub=sub
        )
        return api.ConsumerInfo.from_response(answer)

    async def update_consumer(
        self,
        stream: str,
        config: api.ConsumerConfig | None = None,
        timeout: float | None = None,
        **params: Any,
    ) -> api.ConsumerInfo:
        """Change a consumer. Raises BadRequestError (10149) if it does not exist."""
        return await self.add_consumer(stream, config, timeout, action="update", **params)

    async def consumer_info(
        self, stream: str, consumer: str, timeout: float | None = None
    ) -> api.ConsumerInfo:
        """Where a consumer is."""
        subject = f"CONSUMER.INFO.{checked_consumer(stream, consumer)}"
        return api.ConsumerInfo.from_response(await self._api_request(subject, timeout=timeout))

    async def delete_consumer(self, stream: str, consumer: str) -> bool:
        """Delete a consumer by name."""
        return await self._success(f"CONSUMER.DELETE.{checked_consumer(stream, consumer)}")

    async def pause_consumer(
        self,
        stream: str,
        consumer: str,
        pause_until: datetime | str,
        timeout: float | None = None,
    ) -> api.ConsumerPause:
        """Deliver nothing until a time (server 2.11). A time in the past resumes."""
        subject = f"CONSUMER.PAUSE.{checked_consumer(stream, consumer)}"
        body = {"pause_until": api.rfc3339(pause_until)}
        return api.ConsumerPause.from_response(
            await self._api_request(subject, body, timeout=timeout, level=1)
        )

    async def resume_consumer(
        self, stream: str, consumer: str, timeout: float | None = None
    ) -> api.ConsumerPause:
        """End a pause (server 2.11)."""
        subject = f"CONSUMER.PAUSE.{checked_consumer(stream, consumer)}"
        return api.ConsumerPause.from_response(
            await self._api_request(subject, timeout=timeout, level=1)
        )

    async def reset_consumer(
        self, stream: str, consumer: str, seq: int | None = None, timeout: float | None = None
    ) -> api.ConsumerReset:
        """Start over from stream sequence `seq` (server 2.14).

        Without it, from behind the last message of which, and before which, all are acknowledged
        (ADR-60): what was delivered since is delivered again, and counts as new.
        Raises ConsumerInvalidResetError for a sequence outside of its configuration.
        """
        subject = f"CONSUMER.RESET.{checked_consumer(stream, consumer)}"
        body = None if seq is None else {"seq": seq}
        try:
            answer = await self._api_request(subject, body, timeout=timeout, level=4)
        except TimeoutError:
            # Nobody answers for a consumer that does not exist: say so, if it is that.
            await self.consumer_info(stream, consumer, timeout)
            raise
        reset_seq = answer.pop("reset_seq")
        return api.ConsumerReset(api.ConsumerInfo.from_response(answer), reset_seq)

    async def unpin_consumer(self, stream: str, consumer: str, group: str) -> None:
        """Let another client be pinned to the priority group (ADR-42, server 2.11)."""
        subject = f"CONSUMER.UNPIN.{checked_consumer(stream, consumer)}"
        await self._api_request(subject, {"group": group}, level=1)

    async def get_msg(
        self,
        stream_name: str,
        seq: int | None = None,
        subject: str | None = None,
        direct: bool | None = False,
        next: bool | None = False,
        *,
        start_time: datetime | str | None = None,
    ) -> api.RawStreamMsg:
        """get_msg retrieves a message from a stream.

        The one with sequence `seq`; or the last one of `subject`; or, with `next`, the first one of
        `subject` (wildcards allowed) at or after `seq` or `start_time` (server 2.11). `direct`: any
        replica may answer, and may be behind the leader; the stream must allow it
        (ServiceUnavailableError).
        Raises NotFoundError (10037) if there is no such message.
        """
        checked_name("stream", stream_name)
        body: dict[str, Any] = {}
        level = 0
        if start_time is not None:
            body["start_time"] = api.rfc3339(start_time)
            level = 1
        elif seq is not None:
            body["seq"] = seq
        if next:
            body["next_by_subj"] = subject or ">"
        elif subject is not None and seq is None:
            body["last_by_subj"] = subject
        if direct:
            return await self._get_direct(stream_name, body, level)
        answer = await self._api_request(f"STREAM.MSG.GET.{stream_name}", body, level=level)
        return stored_message(stream_name, answer["message"])

    async def _get_direct(self, stream: str, body: dict[str, Any], level: int) -> api.RawStreamMsg:
        subject = f"DIRECT.GET.{stream}"
        if "last_by_subj" in body:
            # So that permissions can allow reading of some subjects only.
            msg = await self._request(f"{subject}.{checked_tokens(body['last_by_subj'])}", b"")
        else:
            headers = self._level_header(level)
            msg = await self._request(subject, to_json(body), headers=headers)
        return direct_message(msg)

    async def delete_msg(self, stream_name: str, seq: int, *, no_erase: bool = False) -> bool:
        """Delete the message with that sequence; its bytes are overwritten unless `no_erase`."""
        body = {"seq": seq} | ({"no_erase": True} if no_erase else {})
        return await self._success(f"STREAM.MSG.DELETE.{checked_name('stream', stream_name)}", body)

    async def get_last_msg(
        self, stream_name: str, subject: str, direct: bool | None = False
    ) -> api.RawStreamMsg:
        """get_last_msg retrieves the last message of a subject from a stream."""
        return await self.get_msg(stream_name, subject=subject, direct=direct)
