"""A request to a service, and the two ways to answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ..aio.msg import Msg
from ..errors import Error
from ..protocol.headers import Headers, HeadersLike

ERROR_HEADER = "Nats-Service-Error"
ERROR_CODE_HEADER = "Nats-Service-Error-Code"


class ServiceError(Error):
    """A service could not do what it was asked for.

    A handler may raise it: it becomes the answer. Who asked finds it with `ServiceError.of`.
    `code` is a number, as text, by ADR-32; HTTP's are customary.
    """

    def __init__(self, code: str | int, description: str) -> None:
        super().__init__(code, description)
        self.code = str(code)
        self.description = description

    def __str__(self) -> str:
        return f"{self.code}:{self.description}"

    @classmethod
    def of(cls, answer: Msg) -> ServiceError | None:
        """The error that an answer of a service carries in its headers; None for a good one."""
        headers = answer.headers
        if not headers or not (ERROR_HEADER in headers or ERROR_CODE_HEADER in headers):
            return None
        return cls(headers.get(ERROR_CODE_HEADER, ""), headers.get(ERROR_HEADER, ""))

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "description": self.description}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ServiceError:
        return cls(data.get("code", ""), data.get("description", ""))


def error_headers(code: str | int, description: str) -> dict[str, str]:
    """The headers by which an answer says that it is an error (ADR-32)."""
    return {ERROR_CODE_HEADER: _one_line(str(code)), ERROR_HEADER: _one_line(description)}


def _one_line(text: str) -> str:
    """What a header can carry of a text, which may be that of any exception."""
    seen = text.encode("utf-8", "replace").decode().replace("\0", " ")
    return " ".join(seen.split())


class Request:
    """A request to an endpoint."""

    def __init__(self, msg: Msg) -> None:
        self._msg = msg
        self._error: ServiceError | None = None  # what it was answered with

    @property
    def msg(self) -> Msg:
        """The message itself."""
        return self._msg

    @property
    def subject(self) -> str:
        """The subject it was sent to."""
        return self._msg.subject

    @property
    def reply(self) -> str:
        """Where the answer goes; `""` when nobody waits for one."""
        return self._msg.reply

    @property
    def headers(self) -> Headers | None:
        """Its headers; None without any."""
        return self._msg.headers

    @property
    def data(self) -> bytes:
        """Its payload."""
        return self._msg.data

    async def respond(self, data: bytes = b"", headers: HeadersLike | None = None) -> None:
        """Answer; several times, if whoever asks knows how to take that (`request_many`).

        Raises Error when nobody waits for an answer, and what `Client.publish` raises.
        """
        await self._msg.respond(data, headers=headers or {})

    async def respond_error(
        self,
        code: str | int,
        description: str,
        data: bytes = b"",
        headers: HeadersLike | None = None,
    ) -> None:
        """Answer that it went wrong; the endpoint counts it.

        `code` is a number or the text of one, `description` is for people; line breaks in it
        become blanks. `data` and `headers` may say more. Raises what `respond` raises.
        """
        answer = Headers(headers or {})
        answer.update(error_headers(code, description))
        self._error = ServiceError(code, description)
        await self.respond(data, answer)


Handler = Callable[[Request], Awaitable[None]]
