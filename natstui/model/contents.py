"""What is in a message, taken apart when somebody asks: its document, its headers, its text.

The document is what the payload says as JSON, unwrapped as in the detail of a message: a gzipped
one, or one in base64, is as good as a plain one.
"""

from __future__ import annotations

import json
from typing import Final, cast

from natstui.model.decode import decode
from natstui.model.header_block import header_lines
from natstui.model.json_path import Json
from natstui.model.tail import Record

SEARCH_LIMIT = 256 * 1024
_MISSING: Final = object()


class NotWholeError(ValueError):
    """The payload is larger than what is looked at, so nobody knows whether it is JSON."""


def payload_document(payload: bytes) -> Json:
    """The payload as JSON, unwrapped if it is compressed or encoded.

    ValueError if it is none; NotWholeError if there is more of it than 256 KiB.
    """
    if len(payload) > SEARCH_LIMIT:
        raise NotWholeError("too large")
    try:
        return cast(Json, json.loads(payload))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError:
        return _unwrapped(payload)


def _unwrapped(payload: bytes) -> Json:
    decoded = decode(payload, SEARCH_LIMIT)
    if not decoded.layers:
        raise ValueError("no JSON")
    if not decoded.whole:
        raise NotWholeError("too large when unwrapped")
    try:
        return cast(Json, json.loads(decoded.text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class Contents:
    """One record, each part of it made once."""

    __slots__ = ("_document", "_headers", "is_too_large", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.is_too_large = False
        self._headers: list[tuple[str, str]] | None = None
        self._document: object = _MISSING

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Keys and values in their order, as they stand."""
        if self._headers is None:
            block = self.record.headers
            self._headers = header_lines(block).pairs if block else []
        return self._headers

    @property
    def document(self) -> dict[str, Json] | list[Json] | None:
        """The object or array that the payload is; None if it is neither."""
        if self._document is _MISSING:
            self._document = self._read()
        return cast("dict[str, Json] | list[Json] | None", self._document)

    @property
    def text(self) -> str | None:
        """A payload that is plain text and no document; None if it is anything else."""
        if self.document is not None or self.is_too_large or not self.record.payload:
            return None
        try:
            text = self.record.payload.decode()
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    def _read(self) -> object:
        if not self.record.payload:
            return None
        try:
            document = payload_document(self.record.payload)
        except NotWholeError:
            self.is_too_large = True
            return None
        except ValueError:
            return None
        return document if isinstance(document, dict | list) else None
