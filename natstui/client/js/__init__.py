"""JetStream: streams, consumers, key-value and object buckets."""

from __future__ import annotations

from natstui.client.js.client import JetStreamContext
from natstui.client.js.manager import JetStreamManager

__all__ = ["JetStreamContext", "JetStreamManager"]
