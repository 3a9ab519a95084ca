"""What of a context may be seen: everything that is no secret, and where the secrets are kept."""

from __future__ import annotations

import re
from typing import Any

from natstui.model.contexts import DEFAULTS, WINDOWS_KEYS, Context

HIDDEN = "(hidden)"
_SECRETS = {"token", "password", "user_jwt", "user_seed"}
_REFERENCE = re.compile(r"(?i)(env|file|op|nsc)://")
_DATA = re.compile(r"(?i)data:")
# From a scheme, or the start, up to the last @ before the next scheme.
_USER_INFO = re.compile(r"(^|\w+://)(?:(?!\w+://).)*@", re.DOTALL)


def shown(key: str, value: Any) -> str:
    """The value of a key as it may stand on a screen.

    A reference to a secret is none. What is in keys that nobody knows might be one.
    """
    if key not in DEFAULTS and key not in WINDOWS_KEYS:
        return HIDDEN
    text = value if isinstance(value, str) else str(value).lower()
    if _DATA.match(text) or (key in _SECRETS and not _REFERENCE.match(text)):
        return HIDDEN
    return without_user_info(text) if key in ("url", "socks_proxy") else text


def without_user_info(urls: str) -> str:
    """URLs with commas between them, without users, passwords and tokens; rather too little of
    one that is not well-formed."""
    return _USER_INFO.sub(r"\1***@", urls)


def who(context: Context) -> str:
    """How it says who we are, in a word or two."""
    if context.user:
        return f"user {context.user}"
    kinds = {"creds": "creds", "nkey": "nkey", "nsc": "nsc", "user_jwt": "JWT", "token": "token"}
    return next((word for key, word in kinds.items() if getattr(context, key)), "")
