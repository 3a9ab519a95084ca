"""Programs that use buckets: keys that are created and watched, objects that are put and got."""

from __future__ import annotations

import asyncio
import os

from bench.faults.insisting import insist
from bench.faults.ledger import Broken, Ledger
from bench.faults.writers import PAUSE, TIMEOUT
from natstui.client.errors import Error
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import KeyWrongLastSequenceError
from natstui.client.js.kv import KeyValue
from natstui.client.js.object_store import ObjectStore

KEYS = 100
OBJECT_SIZE = 1024 * 1024  # bytes
CHUNK = 16 * 1024  # bytes: many chunks, so that a fault finds the object half read
PATIENCE = 60.0  # seconds in which the next update must come, or an object be read
REPLICAS = 3


async def open_buckets(js: JetStreamContext, name: str) -> tuple[KeyValue, ObjectStore]:
    """Create both."""
    keys = await js.create_key_value(bucket=name, replicas=REPLICAS)
    return keys, await js.create_object_store(name, replicas=REPLICAS)


async def create_keys(keys: KeyValue, ledger: Ledger) -> None:
    """Create each key once, however often that has to be tried."""
    for number in range(KEYS):
        while True:
            try:
                with ledger.deadline(f"create key {number}", 6 * TIMEOUT):
                    await keys.create(f"key.{number}", b"%d" % number)
            except KeyWrongLastSequenceError:
                break  # stored by an attempt whose acknowledgement was lost
            except Error:
                ledger.retries += 1
                await asyncio.sleep(PAUSE)
                continue
            break
        await asyncio.sleep(ledger.pace)


async def watch_keys(keys: KeyValue) -> None:
    """See every key once, in the order of the revisions. Raises Broken."""
    seen: dict[str, int] = {}
    last = 0
    async with await insist(keys.watchall) as watcher:
        while len(seen) < KEYS:
            entry = await watcher.updates(PATIENCE)
            if entry is None:
                continue
            revision = entry.revision or 0
            if entry.key in seen or revision <= last:
                raise Broken(f"watch: {entry.key} of revision {revision} came after {last}")
            seen[entry.key] = last = revision


async def objects(store: ObjectStore, ledger: Ledger, struck: asyncio.Future[str]) -> None:
    """Put and get an object over and over, until that went well after the fault. Raises Broken."""
    small_chunks = api.ObjectMeta(options=api.ObjectMetaOptions(max_chunk_size=CHUNK))
    done = False
    while not done:
        done = struck.done()
        data = os.urandom(OBJECT_SIZE)
        try:
            async with asyncio.timeout(PATIENCE):
                await store.put("object", data, small_chunks)
                got = await store.get("object")
        except Error:
            ledger.retries += 1
            done = False
            await asyncio.sleep(PAUSE)
            continue
        if got.data != data:
            raise Broken("an object is not what was put")
