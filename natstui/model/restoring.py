"""Who can restore what: the kinds of journal entries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from natstui.model import (
    consumer_saving,
    kv_writing,
    object_saving,
    object_writing,
    stream_saving,
)
from natstui.model.journal import Entry
from natstui.model.work import Work
from natstui.model.writing import Writer

Restorer = Callable[[Writer, Entry, Work], Coroutine[Any, Any, str]]
"""Restores an entry and returns what was done, in words; raises what stood against it."""

RESTORERS: dict[str, Restorer] = {
    kv_writing.REVISIONS: kv_writing.restore_revisions,
    object_saving.OBJECT: object_writing.restore_object,
    object_saving.INFO: object_writing.restore_info,
    stream_saving.MESSAGES: stream_saving.restore_messages,
    stream_saving.STREAM: stream_saving.restore_stream,
    stream_saving.CONFIG: stream_saving.restore_config,
    stream_saving.CONTENTS: stream_saving.restore_contents,
    consumer_saving.CONSUMER: consumer_saving.restore_consumer,
    consumer_saving.CONFIG: consumer_saving.restore_config,
    consumer_saving.POSITION: consumer_saving.restore_position,
}
"""By `Entry.kind`. What is not here can be read in its file, and restored by hand."""

MEANING: dict[str, str] = {
    stream_saving.MESSAGES: "They are stored anew, at the end: consumers get them as new ones.",
    stream_saving.CONTENTS: "They are stored anew, with other sequences; consumers do not return.",
    stream_saving.CONFIG: "What was changed in the configuration since goes back too.",
}
"""What one should know before, by `Entry.kind`, where the words of the entry do not say it."""
