"""Whether credentials on disk are past their time: a server only says that it refuses them."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

_JWT = re.compile(r"\beyJ[\w-]*\.([\w-]+)\.[\w-]+")


def expired_since(path: str | Path) -> datetime | None:
    """When the JWT in the credentials file at `path` expired; None when it did not, or has no
    end, or there is no such file."""
    try:
        text = Path(path).read_text()
    except (OSError, ValueError):
        return None
    end = expiry_of(text)
    return end if end and end.timestamp() <= time.time() else None


def expiry_of(text: str) -> datetime | None:
    """The `exp` of the first JWT in `text`; None when there is none or it is valid for ever."""
    found = _JWT.search(text)
    if not found:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)))
        seconds = claims.get("exp")
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
