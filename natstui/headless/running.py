"""A headless command from what was asked for to an exit code.

What is asked is checked before there is a connection. The session is read-only whatever the command
line says: the client refuses what would change anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from natstui.headless.check import Status, Verdict
from natstui.headless.consumers import ConsumerListing
from natstui.headless.dead_letters import DeadLetterListing
from natstui.headless.events import EventsCommand
from natstui.headless.fields import fields_command
from natstui.headless.kv import kv_listing
from natstui.headless.listing import Listing
from natstui.headless.looking import Looker
from natstui.headless.object_bytes import ObjectBytes
from natstui.headless.objects import objects_listing
from natstui.headless.output import Output
from natstui.headless.racing import unless
from natstui.headless.request import OK, FailedError, Request
from natstui.headless.server import server_listing
from natstui.headless.services import ServiceListing
from natstui.headless.streams import StreamListing
from natstui.headless.tail import TailCommand
from natstui.headless.watch import WatchCommand
from natstui.model.reaching import UnreachableError, reach
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.trace import tell_stderr

LISTINGS: dict[str, Callable[[Request, Session], Listing[Any]]] = {
    "streams": StreamListing,
    "consumers": ConsumerListing,
    "dead-letters": DeadLetterListing,
    "kv": kv_listing,
    "objects": objects_listing,
    "services": ServiceListing,
    "server": server_listing,
}


def run(settings: Settings, request: Request) -> int:
    """Do it; the exit code. BadInputError and FailedError say why it was not done."""
    return asyncio.run(run_async(settings, request))


async def run_async(settings: Settings, request: Request, descriptor: int | None = None) -> int:
    """As `run`, within a loop; `descriptor` is where answers go, standard output by default."""
    session = Session(replace(settings, read_only=True), tell=tell_stderr)
    command = _command(request, session)
    output = Output(descriptor)
    try:
        return await unless(output.ended(), _do(command, session, request, output))
    except BrokenPipeError:  # natstui tail … | head: whoever reads has had enough
        return OK
    finally:
        await session.close()
        await output.close()


class Streaming(Protocol):
    """A command that gives what comes, as it comes; `prepare` is called before the connection."""

    async def prepare(self) -> None: ...

    async def run(self, output: Output) -> int: ...


def _command(request: Request, session: Session) -> Streaming | Looker:
    if request.command == "tail":
        return TailCommand(request, session)
    if request.command == "fields":
        return fields_command(request, session)
    if request.command == "watch":
        return WatchCommand(request, session)
    if request.command == "events":
        return EventsCommand(request, session)
    if request.command == "objects" and request.raw:
        return ObjectBytes(request, session)
    return Looker(request, LISTINGS[request.command](request, session), session)


async def _do(
    command: Streaming | Looker, session: Session, request: Request, output: Output
) -> int:
    if isinstance(command, Looker) and request.check:
        return await _check(command, session, output)
    if not isinstance(command, Looker):
        await command.prepare()
        await _reach(session, request)
        return await command.run(output)
    await _reach(session, request)
    if request.raw:
        return await command.raw(output)
    if request.wait:
        return await command.wait(output)
    if request.watch is not None:
        return await command.watch(output)
    return await command.once(output)


async def _reach(session: Session, request: Request) -> None:
    """Who waits for something waits for the server, too."""
    patient = bool(request.wait) and request.timeout is not None
    timeout = request.timeout if patient else None
    try:
        await reach(session, timeout or session.settings.timeout, patient=patient)
    except UnreachableError as error:
        raise FailedError(str(error)) from None


async def _check(looker: Looker, session: Session, output: Output) -> int:
    try:
        await reach(session, session.settings.timeout)
        found = await looker.check()
    except UnreachableError as error:
        # The system is down, as far as can be seen from here: that is what checks are for.
        found = Verdict(Status.CRITICAL, str(error))
    except FailedError as error:
        found = Verdict(Status.UNKNOWN, str(error))
    output.write(f"{found.line}\n")
    await output.drained()
    return found.status


def not_checked(problem: str) -> int:
    """What `--check` says of a command line that cannot be: code 2 would alarm somebody."""
    print(Verdict(Status.UNKNOWN, problem).line)
    return Status.UNKNOWN
