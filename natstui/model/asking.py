"""Asking JetStream so that a missing permission is an answer, and names the subject.

A server that does not permit something says so in an error about the connection, and what waits
for an answer may only run into its timeout. Here the two are brought together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from natstui.client.aio.client import Client
from natstui.client.errors import Error, NoRespondersError
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import ServiceUnavailableError
from natstui.client.js.requester import api_answer, to_json
from natstui.model.denied import denied
from natstui.model.publish_guard import published_here
from natstui.model.session import NotConnectedError, Session
from natstui.model.timeline import Event

T = TypeVar("T")


class DeniedError(Error):
    """The server does not permit this user to publish or subscribe to `subject`."""

    def __init__(self, kind: str, subject: str) -> None:
        super().__init__(f'nats: permissions violation for {kind} to "{subject}"')
        self.kind = kind
        self.subject = subject


def jetstream(session: Session, timeout: float | None = None) -> JetStreamContext:
    """JetStream of the session's connection, domain or prefix; NotConnectedError without one.

    Get it anew for each piece of work: the client is another one after some reconnects.
    """
    settings = session.settings
    return connected(session).jetstream(
        prefix=settings.api_prefix, timeout=timeout or settings.timeout
    )


def connected(session: Session) -> Client:
    """The session's client; NotConnectedError while it has no connection."""
    if session.client is None or not session.is_connected:
        raise NotConnectedError("not connected: it is asked again once there is a connection")
    return session.client


async def api(
    session: Session, call: str, body: dict[str, Any] | None = None, timeout: float | None = None
) -> dict[str, Any]:
    """The answer to one call of the API ("STREAM.INFO.ORDERS"), as it came: nothing is left out.

    Raises what `ask` and `jetstream` do, and the APIError in the answer.
    """
    client = connected(session)
    subject = f"{session.settings.api_prefix}.{call}"
    payload = b"" if body is None else to_json(body)
    request = client.request(subject, payload, timeout or session.settings.timeout)
    try:
        return api_answer(await ask(session, request))
    except NoRespondersError:
        raise ServiceUnavailableError(code=503, description=f"nobody answers {call}") from None


async def ask(session: Session, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; DeniedError as soon as the server refuses something that it published.

    `work` is a task of its own, and is cancelled with whoever awaits this.
    """
    published: set[str] = set()
    refusals: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def listen(event: Event) -> None:
        refusal = event.denied
        if refusal is None or refusals.done():
            return
        if refusal.subject in published or _is_inbox(session, refusal.subject):
            refusals.set_exception(DeniedError(refusal.kind, refusal.subject))

    token = published_here.set(published)
    task = asyncio.create_task(work)  # with the context as it is now
    published_here.reset(token)
    session.listeners.append(listen)
    try:
        done, _ = await asyncio.wait((task, refusals), return_when=asyncio.FIRST_COMPLETED)
        return (task if task in done else refusals).result()
    except DeniedError:
        raise
    except Error as error:
        if (refusal := denied(error)) is not None:
            raise DeniedError(*refusal) from error
        raise
    finally:
        session.listeners.remove(listen)
        if not refusals.cancel():
            refusals.exception()  # looked at, so that nobody complains that it was not
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError, Error):
                await task


def _is_inbox(session: Session, subject: str) -> bool:
    """Whether answers come by it: without the subscription there will be none."""
    prefix = session.settings.connect_options.get("inbox_prefix") or "_INBOX"
    if isinstance(prefix, bytes):
        prefix = prefix.decode()
    return subject.startswith(prefix)
