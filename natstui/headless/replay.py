"""`natstui replay FILE`: says what it would send, and sends it when it is told to."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from natstui.client.errors import Error
from natstui.headless.complaints import complain
from natstui.headless.request import NOT_MET, OK, BadInputError, FailedError
from natstui.model.explain import address, explain
from natstui.model.reaching import UnreachableError
from natstui.model.recording import Recording, RecordingError
from natstui.model.replay_plan import ReplayOptions, ReplayPlan
from natstui.model.replay_run import ReplayRun
from natstui.model.replay_words import plan_facts
from natstui.model.safe_text import clean
from natstui.model.settings import Settings

_SLICE_SECONDS = 0.05
_SAY_EVERY = 5.0


@dataclass(frozen=True)
class ReplayRequest:
    """What was typed; without `send` it is only said what would be."""

    paths: tuple[Path, ...]
    options: ReplayOptions
    send: bool = False
    json: bool = False


def run(settings: Settings, request: ReplayRequest) -> int:
    """Do it; the exit code. BadInputError and FailedError say why it was not done."""
    return asyncio.run(replay(settings, request))


async def replay(settings: Settings, request: ReplayRequest) -> int:
    """As `run`, within a loop."""
    if request.send and settings.read_only:
        raise BadInputError("--yes and --read-only exclude each other")
    try:
        recording = Recording(request.paths)
    except RecordingError as error:
        raise FailedError(str(error)) from None
    with recording:
        plan = ReplayPlan(recording, request.options)
        while plan.work(_SLICE_SECONDS):
            pass
        _print(plan, _target(settings), as_json=request.json)
        if not request.send:
            complain("nothing was sent; --yes sends it")
            return OK
        return await _send(settings, plan)


def _target(settings: Settings) -> str:
    servers = ", ".join(address(server) for server in settings.servers)
    return f"{settings.context} ({servers})" if settings.context else servers


def _print(plan: ReplayPlan, target: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_as_json(plan, target)))
    else:
        before = ""
        for _, about, text in plan_facts(plan, target):
            print(clean(f"{'' if about == before else about:<9} {text}"))
            before = about
    sys.stdout.flush()


def _as_json(plan: ReplayPlan, target: str) -> dict[str, object]:
    return {
        "to": target,
        "messages": plan.messages,
        "bytes": plan.size,
        "seconds": round(plan.seconds, 3),
        "recorded_seconds": round(plan.recorded_seconds, 3),
        "subjects": dict(plan.subjects.most_common()),
        "left_out": dict(plan.left_out.most_common()),
        "broken_lines": plan.broken,
        "left_out_headers": dict(plan.dropped_headers.most_common()),
    }


async def _send(settings: Settings, plan: ReplayPlan) -> int:
    sending = ReplayRun(plan, settings)
    try:
        async with _said_meanwhile(sending):
            await sending.run()
    except UnreachableError as error:
        raise FailedError(str(error)) from None
    except (Error, OSError) as error:
        complain(sending.said)
        raise FailedError(str(explain(error, settings=settings))) from None
    except asyncio.CancelledError:
        complain(f"ended: {sending.said}")
        raise
    complain(sending.said)
    return OK if sending.is_complete else NOT_MET


@asynccontextmanager
async def _said_meanwhile(sending: ReplayRun) -> AsyncIterator[None]:
    """How far it is, now and then, and at once what it waits for."""

    async def say() -> None:
        replay, said_at, said = sending.replay, time.monotonic(), ""
        while True:
            await asyncio.sleep(0.2)
            now = time.monotonic()
            if replay.note != said or now - said_at > _SAY_EVERY:
                said_at, said = now, replay.note
                note = f"; {said}" if said else ""
                complain(f"{sending.said}{note}")

    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        saying.cancel()
