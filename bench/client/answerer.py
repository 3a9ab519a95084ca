"""Process that answers every request with its own payload, by the client that is measured.

python -m bench.client.answerer MODULE URL CASE FD
"""

from __future__ import annotations

import asyncio
import socket
import sys

from bench.client.api import Message, connect
from bench.client.cases import CASES
from bench.client.channel import READY
from bench.client.load import subject


async def _answer(message: Message) -> None:
    await message.respond(message.data)


async def main(module: str, url: str, case_key: str, fd: str) -> None:
    client = await connect(module, url)
    await client.subscribe(subject(CASES[case_key]), cb=_answer)
    await client.flush()
    with socket.socket(fileno=int(fd)) as channel:
        channel.sendall(READY)
        await asyncio.Event().wait()  # until it is terminated


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
