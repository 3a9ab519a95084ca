"""The infos of the objects of a bucket, as they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natstui.client.js.api import ObjectInfo
from natstui.client.js.errors import BadObjectMetaError
from natstui.client.js.object_info import decode_info
from natstui.client.js.watching import Watcher

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg
    from natstui.client.js.manager import JetStreamManager


class ObjectWatcher(Watcher[ObjectInfo]):
    """First what is there, then what changes; see `ObjectStore.watch`."""


class InfoReader:
    """Makes infos of what a consumer delivers. What cannot be read is reported, and left out."""

    def __init__(self, js: JetStreamManager, ignore_deletes: bool = False) -> None:
        self._js = js
        self._ignore_deletes = ignore_deletes
        self._last = 0

    def __call__(self, message: Msg) -> ObjectInfo | None:
        """None for what was given before, and for deleted objects if they are to be ignored."""
        metadata = message.metadata
        if metadata.sequence.stream <= self._last:
            return None
        self._last = metadata.sequence.stream
        try:
            info = decode_info(message.data, metadata.timestamp)
        except BadObjectMetaError as error:
            self._js._nc._report(error)
            return None
        return None if info.deleted and self._ignore_deletes else info
