"""`natstui objects BUCKET OBJECT --raw`: the bytes of an object to standard output, and checked."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from natstui.client import errors
from natstui.client.js.errors import NotFoundError
from natstui.headless.complaints import complain
from natstui.headless.objects import names_of
from natstui.headless.output import Output
from natstui.headless.request import OK, BadInputError, FailedError, Request
from natstui.model.explain import explain
from natstui.model.object_chunks import ChunkReader, followed
from natstui.model.object_entry import ObjectEntry
from natstui.model.object_session import ObjectSession
from natstui.model.session import Session
from natstui.model.timeline import Event
from natstui.model.work import Work


class ObjectBytes:
    """A few MiB of it are in memory; goes on where it was when a server comes back.

    What was written cannot be taken back: FailedError says when it is not the object, or not all
    of it.
    """

    def __init__(self, request: Request, session: Session) -> None:
        if len(request.words) != 2:
            raise BadInputError(
                "--raw: needs a bucket and an object, as in: natstui objects assets logo.png"
            )
        self.session = session
        self.bucket, self.name = names_of(request.words)

    async def prepare(self) -> None:
        """What happens to the connection is said."""
        self.session.listeners.append(_on_event)

    async def run(self, output: Output) -> int:
        """Write all of it; OK if the digest is right."""
        try:
            if output.is_terminal:
                raise BadInputError("--raw: standard output is a terminal; write > FILE behind it")
            await self._write(await self._find(), output)
            return OK
        except NotFoundError:
            raise FailedError(f"there is no bucket called {self.bucket}") from None
        except (errors.Error, TimeoutError) as error:
            raise FailedError(str(explain(error, settings=self.session.settings))) from None
        finally:
            self.session.listeners.remove(_on_event)

    async def _find(self) -> ObjectEntry:
        found = await ObjectSession(self.session, self.bucket).latest(self.name)
        if found is None:
            raise FailedError(f"there is no object called {self.name} in bucket {self.bucket}")
        return await followed(self.session, found)

    async def _write(self, entry: ObjectEntry, output: Output) -> None:
        reader = ChunkReader(self.session, entry, Work("reading"))
        async with aclosing(reader.runs()) as runs:
            async for chunks in runs:
                await asyncio.to_thread(reader.hash, chunks)
                output.write_bytes(b"".join(chunks))
                await output.room()
        await output.drained()
        reader.check()


def _on_event(event: Event) -> None:
    if event.kind in ("disconnected", "reconnected"):
        complain(f"{event.kind}: {event.text}")
