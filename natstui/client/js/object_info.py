"""What is stored of an object beside its bytes: names, subjects, and the JSON of its info (ADR-20).

Other clients read what is written here, Go's with a strict schema: headers have lists of values,
and the time of the last change is not in it, because the server knows it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from natstui.client.js.api import ObjectInfo
from natstui.client.js.errors import BadObjectMetaError, InvalidObjectNameError
from natstui.client.js.kv_names import check_bucket
from natstui.client.protocol.headers import Headers

if TYPE_CHECKING:
    from datetime import datetime

STREAM_PREFIX = "OBJ_"
_NUID = re.compile(r"[^\s.*>]+")
DIGEST = "SHA-256="


def stream_name(bucket: str | None) -> str:
    """Raises InvalidBucketNameError."""
    return STREAM_PREFIX + check_bucket(bucket)


def chunk_subject(bucket: str, nuid: str) -> str:
    """Where the bytes of one version of an object are."""
    return f"$O.{bucket}.C.{nuid}"


def info_subject(bucket: str, name: str) -> str:
    """Where the info of an object is."""
    return f"$O.{bucket}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"


def check_name(name: str | None) -> str:
    """Raises InvalidObjectNameError; any text is a name, but not none."""
    if not name:
        raise InvalidObjectNameError("an object needs a name")
    if not isinstance(name, str):
        raise InvalidObjectNameError(f"the name of an object is text, not {name!r}")
    return name


def encode_info(info: ObjectInfo) -> bytes:
    """The JSON that is stored."""
    body = info.as_dict()
    body.pop("mtime", None)
    for name in ("digest", "deleted", "headers"):
        if not body.get(name):
            body.pop(name, None)
    if info.headers:
        headers = Headers(info.headers)
        body["headers"] = {key: headers.get_all(key) for key in headers}
    return json.dumps(body, separators=(",", ":")).encode()


def decode_info(payload: bytes, mtime: datetime | None) -> ObjectInfo:
    """From what is stored, by any client. Raises BadObjectMetaError."""
    try:
        body: dict[str, Any] = json.loads(payload)
        # Some write it, in forms that others cannot read.
        body.pop("mtime", None)
        if headers := body.pop("headers", None):
            body["headers"] = Headers(headers)
        info = ObjectInfo.from_response(body)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadObjectMetaError(f"the info of an object cannot be read: {error}") from error
    if not info.nuid or not info.name:
        raise BadObjectMetaError("the info of an object has no nuid or no name")
    nuid: object = info.nuid
    if not isinstance(nuid, str) or not _NUID.fullmatch(nuid):
        # As a subject it would stand for the chunks of other objects: they are purged by it.
        raise BadObjectMetaError(f"the info of an object has a nuid that cannot be: {nuid!r}")
    info.mtime = mtime
    return info


def digest_text(sha256: bytes) -> str:
    """A digest as it is stored."""
    return DIGEST + base64.urlsafe_b64encode(sha256).decode()


def digest_bytes(text: str) -> bytes:
    """From what is stored, padded or not. Raises BadObjectMetaError for what is not SHA-256."""
    kind, _, value = text.partition("=")
    value = value.rstrip("=")
    try:
        digest = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except binascii.Error:
        digest = b""
    if f"{kind.upper()}=" != DIGEST or not digest:
        raise BadObjectMetaError(f"not a digest that is known: {text!r}")
    return digest
