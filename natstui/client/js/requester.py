"""One request to the API of JetStream, and what can go wrong with it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from natstui.client.errors import NoRespondersError
from natstui.client.js.api import Header
from natstui.client.js.errors import APIError, ApiLevelError, ServiceUnavailableError
from natstui.client.nuid import NUID
from natstui.client.protocol.subjects import check_subscribe_subject

if TYPE_CHECKING:
    from natstui.client.aio.client import Client
    from natstui.client.aio.msg import Msg
    from natstui.client.aio.subscription import Subscription

DEFAULT_PREFIX = "$JS.API"
# Characters that would make a name more than one token, or no file name on the server.
NOT_IN_NAMES = frozenset(" \t\r\n\f\v.*>/\\")


class Requester:
    """Asks the API that is reached by `prefix`; `timeout` in seconds, for each request.

    Raises ValueError for a timeout that is none.
    """

    def __init__(self, conn: Client, prefix: str = DEFAULT_PREFIX, timeout: float = 5) -> None:
        self._nc = conn
        self._prefix = prefix
        self._timeout = checked_seconds("timeout", timeout)
        self._nuid = NUID()

    def _seconds(self, timeout: float | None) -> float:
        """What a caller gave, or that of the context. Raises ValueError for what is no timeout."""
        return self._timeout if timeout is None else checked_seconds("timeout", timeout)

    async def _success(self, subject: str, body: dict[str, Any] | None = None) -> bool:
        return bool((await self._api_request(subject, body)).get("success"))

    async def _api_request(
        self,
        subject: str,
        body: dict[str, Any] | None = None,
        timeout: float | None = None,
        level: int = 0,
        sub: Subscription | None = None,
    ) -> dict[str, Any]:
        """One request to the JSON API; raises what the answer says is wrong.

        `sub`: where more comes than the answer.
        """
        payload = b"" if body is None else to_json(body)
        msg = await self._request(subject, payload, timeout, self._level_header(level), sub)
        return api_answer(msg)

    async def _request(
        self,
        subject: str,
        payload: bytes,
        timeout: float | None = None,
        headers: dict[str, str] | None = None,
        sub: Subscription | None = None,
    ) -> Msg:
        asked, seconds = f"{self._prefix}.{subject}", self._seconds(timeout)
        try:
            if sub is not None and sub._silent:
                return await self._nc._request_for(sub, asked, payload, seconds, headers)
            return await self._nc.request(asked, payload, seconds, headers=headers)
        except NoRespondersError:
            raise ServiceUnavailableError(
                code=503, description=f"nobody answers {subject}"
            ) from None

    def _level_header(self, level: int) -> dict[str, str] | None:
        """What makes a server refuse a request that it would half understand (ADR-44).

        Servers before 2.11 do not know the header: raises ApiLevelError if this one is too old.
        """
        if not level:
            return None
        self._check_level(level)
        return {Header.REQUIRED_API_LEVEL.value: str(level)}

    def _check_level(self, level: int) -> None:
        """Raises ApiLevelError if the connected server does not have that API level.

        Another one may answer behind another prefix; nothing is known of it here.
        """
        info = self._nc.server_info
        if info is None or info.api_lvl >= level:
            return
        domain = info.raw.get("domain")
        if self._prefix == (f"$JS.{domain}.API" if domain else DEFAULT_PREFIX) or (
            self._prefix == DEFAULT_PREFIX
        ):
            raise ApiLevelError.of(level, info.api_lvl)


def api_answer(msg: Msg) -> dict[str, Any]:
    """What the JSON API answered. Raises the error in it, by its class."""
    answer: dict[str, Any] = json.loads(msg.data)
    if "error" in answer:
        raise APIError.from_error(answer["error"])
    answer.pop("type", None)
    return answer


def to_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def checked_name(kind: str, name: object) -> str:
    """The name. Raises ValueError for what no stream or consumer can be called."""
    if not isinstance(name, str) or not name or not NOT_IN_NAMES.isdisjoint(name):
        raise ValueError(
            f"nats: invalid {kind} name {name!r}: no white space and none of . * > / \\"
        )
    return name


def checked_tokens(subject: Any) -> str:
    """The subject, as the end of one of the API's. Raises BadSubjectError if it cannot be that."""
    if not isinstance(subject, str) or "" in subject.split("."):
        check_subscribe_subject(subject)
    return str(subject)


def checked_count(name: str, count: object) -> int:
    """The number. Raises ValueError for what is none, or less than one."""
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"nats: {name} is a number, at least 1, not {count!r}")
    return count


def checked_seconds(name: str, seconds: object) -> float:
    """The time. Raises ValueError for what is none, or is over before it begins."""
    # Not `<=`: nothing compares with NaN, which would stop the timers of the event loop.
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError(f"nats: {name} is a time in seconds, above 0, not {seconds!r}")
    return seconds


def checked_lifetime(name: str, seconds: object) -> float:
    """The time. Raises ValueError as `checked_seconds` does, and for one that never ends."""
    checked = checked_seconds(name, seconds)
    if checked == math.inf:
        raise ValueError(f"nats: {name} is a time in seconds that ends, not {seconds!r}")
    return checked


def checked_consumer(stream: str, consumer: str) -> str:
    """Both names as the two tokens of a subject. Raises ValueError."""
    return f"{checked_name('stream', stream)}.{checked_name('consumer', consumer)}"
