"""Streams, key-value and object buckets: natstui.client beside nats-py, by the same calls."""
