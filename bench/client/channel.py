"""The socket pair between a measured process and the process that feeds or answers it.

The peer says READY once. The measured process then orders runs of a number of blocks, and says
BLOCK_DONE for each block that it has received.
"""

from __future__ import annotations

import asyncio
import socket
import struct

READY = b"R"
BLOCK_DONE = b"."
_ORDER = struct.Struct("!I")


class Feed:
    """The measured end: orders blocks and reports each that was received."""

    def __init__(self, channel: socket.socket, block_messages: int) -> None:
        self.block_messages = block_messages
        self.finished = asyncio.Event()
        self._channel = channel
        self._blocks_left = 0

    def wait_ready(self) -> None:
        """Block until the peer is connected and has its bytes prepared."""
        if self._channel.recv(1) != READY:
            raise ConnectionError("the feeding process has died; see its output")

    def start(self, blocks: int) -> None:
        """Ask for `blocks` blocks."""
        self.finished.clear()
        self._blocks_left = blocks
        self._channel.sendall(_ORDER.pack(blocks))

    def block_done(self) -> int:
        """Report that a whole block was received; returns the number of messages of the next."""
        self._channel.send(BLOCK_DONE)
        self._blocks_left -= 1
        if not self._blocks_left:
            self.finished.set()
        return self.block_messages


def receive_order(channel: socket.socket) -> int:
    """The number of blocks asked for; 0 when the measured process is gone."""
    order = channel.recv(_ORDER.size, socket.MSG_WAITALL)
    return int(_ORDER.unpack(order)[0]) if len(order) == _ORDER.size else 0
