"""Programs that publish, and do not give up before everything is acknowledged."""

from __future__ import annotations

import asyncio

from bench.faults.ledger import Ledger
from natstui.client.errors import Error
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext

TIMEOUT = 2.0  # seconds for an acknowledgement
PAUSE = 0.05  # seconds before a message is sent again
AT_A_TIME = 20  # messages


async def publish_one_by_one(js: JetStreamContext, ledger: Ledger, subject: str) -> None:
    """Wait for each acknowledgement; the next message follows."""
    for name in ledger.names(subject):
        while True:
            try:
                with ledger.deadline(f"publish {name!r}", 3 * TIMEOUT):
                    ack = await js.publish(
                        subject, ledger.payload(name), timeout=TIMEOUT, headers=once(name)
                    )
            except Error:
                ledger.retries += 1
                await asyncio.sleep(PAUSE)
                continue
            ledger.acknowledged(name, ack)
            break
        await asyncio.sleep(ledger.pace)


async def publish_many_at_a_time(js: JetStreamContext, ledger: Ledger, subject: str) -> None:
    """Send a group, then again what of it was not acknowledged."""
    names = ledger.names(subject)
    for start in range(0, len(names), AT_A_TIME):
        missing = names[start : start + AT_A_TIME]
        while missing:
            missing = await _send(js, ledger, subject, missing)
        await asyncio.sleep(ledger.pace * AT_A_TIME)


async def _send(
    js: JetStreamContext, ledger: Ledger, subject: str, names: list[bytes]
) -> list[bytes]:
    """Returns those that were not acknowledged."""
    sent = []
    failed = []
    for name in names:
        try:
            with ledger.deadline(f"publish_async {name!r}", TIMEOUT):
                future = await js.publish_async(
                    subject, ledger.payload(name), wait_stall=TIMEOUT, headers=once(name)
                )
        except Error:
            failed.append(name)
        else:
            sent.append((name, future))
    for name, future in sent:
        try:
            with ledger.deadline(f"acknowledgement of {name!r}", 6 * TIMEOUT):
                ledger.acknowledged(name, await future)
        except Error:
            failed.append(name)
    ledger.retries += len(failed)
    if failed:
        await asyncio.sleep(PAUSE)
    return failed


def once(name: bytes) -> dict[str, str]:
    """The stream stores a message once, however often it is sent with the same id."""
    return {api.Header.MSG_ID.value: name.decode()}
