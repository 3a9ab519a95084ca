"""`natstui record FILE SUBJECT…`: what these subjects bring, into a file, until it is ended."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, replace
from pathlib import Path

from natstui.headless.complaints import complain
from natstui.headless.racing import unless
from natstui.headless.request import NOT_MET, OK, BadInputError, FailedError
from natstui.headless.subjects import Failure, filter_of, subjects_of
from natstui.model import words
from natstui.model.filter import Filter
from natstui.model.reaching import UnreachableError, reach
from natstui.model.recorder import Recorder, head_of
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tailing import Tailing
from natstui.model.trace import tell_stderr

_LOOK_EVERY = 1.0


@dataclass(frozen=True)
class RecordRequest:
    """What was typed. `timeout` is in seconds, `max_bytes` of the file; None without a limit."""

    path: Path
    subjects: tuple[str, ...]
    filter: str = ""
    count: int | None = None
    timeout: float | None = None
    max_bytes: int | None = None


def run(settings: Settings, request: RecordRequest) -> int:
    """Do it; the exit code. BadInputError and FailedError say why it was not done."""
    return asyncio.run(record(settings, request))


async def record(settings: Settings, request: RecordRequest) -> int:
    """As `run`, within a loop."""
    subjects = subjects_of(request.subjects, "natstui record orders.ndjson 'orders.>'")
    wanted = filter_of(request.filter)
    session = Session(replace(settings, read_only=True), tell=tell_stderr)
    try:
        return await _record(session, request, subjects, wanted)
    finally:
        await session.close()


async def _record(
    session: Session, request: RecordRequest, subjects: tuple[str, ...], wanted: Filter | None
) -> int:
    try:
        await reach(session, session.settings.timeout)
    except UnreachableError as error:
        raise FailedError(str(error)) from None
    recorder = _recorder(session, request, subjects, wanted)
    tailing = Tailing(session, recorder)
    failure = Failure(session, tailing)
    assert session.client is not None, "it was reached"
    try:
        for subject in subjects:
            await tailing.subjects.add(subject, session.client)
        await session.client.flush()
        complain(f"recording {' '.join(subjects)} to {request.path}; ctrl-c ends it")
        return await _until_ended(recorder, failure, request)
    finally:
        await recorder.stop()
        _account(recorder)


def _recorder(
    session: Session, request: RecordRequest, subjects: tuple[str, ...], wanted: Filter | None
) -> Recorder:
    head = head_of(session, subjects, request.filter)
    try:
        return Recorder(
            request.path, head, wanted, count=request.count, max_bytes=request.max_bytes
        )
    except FileExistsError:
        raise BadInputError(f"{request.path} exists, and nothing is overwritten") from None
    except OSError as error:
        raise FailedError(f"{request.path}: {error.strerror or error}") from None


async def _until_ended(recorder: Recorder, failure: Failure, request: RecordRequest) -> int:
    gc.freeze()  # what is here stays; messages are plain tuples that die young
    try:
        async with asyncio.timeout(request.timeout):
            await unless(failure.wait(), _watched(recorder))
    except TimeoutError:
        await recorder.stop()
        if request.count is None or recorder.messages == request.count:
            return OK
        complain(f"{recorder.messages} of {request.count} within {request.timeout:g} s")
        return NOT_MET
    if recorder.problem is not None:
        raise FailedError(f"{request.path}: {recorder.outcome}")
    return OK


async def _watched(recorder: Recorder) -> None:
    """Until it ends by itself; what is lost meanwhile is said as it happens."""
    said = 0
    ended = asyncio.create_task(recorder.ended())
    try:
        while not (await asyncio.wait([ended], timeout=_LOOK_EVERY))[0]:
            if recorder.lost > said:
                said = recorder.lost
                complain(f"lost {said:,} messages: the disk is too slow")
    finally:
        ended.cancel()


def _account(recorder: Recorder) -> None:
    lost = f", lost {recorder.lost:,}" if recorder.lost else ", nothing lost"
    written = f"{words.plural(recorder.messages, 'message')}, {words.size(recorder.size)}"
    complain(f"{recorder.path}: {written}{lost}")
