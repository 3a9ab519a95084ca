"""A terminal explorer for NATS, with its own full asyncio client inside."""

__version__ = "0.1.0"
