"""Why something failed, in a line that a person can act on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from natstui.client.auth import RawCredentials, credentials_expiry
from natstui.client.errors import AuthorizationError, Error
from natstui.client.urls import parse_url
from natstui.model.explain_rules import RULES, Explanation, own_words
from natstui.model.settings import Settings
from natstui.model.told import ToldError

__all__ = ["Explanation", "address", "causes", "explain", "identity"]


def explain(
    error: BaseException, server: str = "", settings: Settings | None = None
) -> Explanation:
    """The explanation of `error`, which came from `server` (a URL), when connecting or later.

    Looks at the error, at what caused it and, in a group, at each: the first of RULES that knows
    one of them speaks. `settings` says who we said we are. Reads the credentials file, if there
    is one, when they were refused. Never shows a secret, never raises.
    """
    settings = settings or Settings()
    where = server or settings.servers[0]
    chain = list(causes(error))
    if isinstance(error, ToldError):
        return Explanation(error.what, error.do)
    if any(isinstance(one, AuthorizationError) for one in chain):
        about_who = _expired(settings) or _anonymous(settings, where)
        if about_who:
            return about_who
    host = settings.connect_options.get("tls_hostname") or _host(where)
    names = {"at": address(where), "host": host, "who": identity(settings, where)}
    known = (rule.explain(one, names) for rule in RULES for one in chain)
    return next((found for found in known if found), _unknown(chain[-1], names))


def address(server: str) -> str:
    """host:port of a server URL, fit for a screen: no scheme, no user, no secret."""
    try:
        return parse_url(server).netloc.rpartition("@")[2]
    except Error:
        return "the server"


def identity(settings: Settings, server: str = "") -> str:
    """Who the server was told that we are, without the secret; "" when it was told nothing."""
    options = settings.connect_options
    for option, description in _IDENTITIES.items():
        value = options.get(option)
        if value:
            secret = isinstance(value, RawCredentials)
            return "the given credentials" if secret else description.format(value)
    return _identity_in_url(server)


_IDENTITIES = {
    "user_credentials": "the credentials in {}",
    "user_jwt_cb": "the given JWT",
    "nkeys_seed": "the nkey in {}",
    "nkeys_seed_str": "the given nkey",
    "user": 'user "{}"',
    "token": "the given token",
}


def _identity_in_url(server: str) -> str:
    try:
        url = parse_url(server)
    except Error:
        return ""
    if url.password is not None:
        return f'user "{url.username}"'
    return "the token in the URL" if url.username else ""


def _host(server: str) -> str:
    try:
        return parse_url(server).hostname or "the server"
    except Error:
        return "the server"


def _expired(settings: Settings) -> Explanation | None:
    """A server only says that it refuses the credentials; whether they ran out, they say."""
    credentials = settings.connect_options.get("user_credentials")
    end = credentials_expiry(_credentials_text(credentials))
    if end is None or end > time.time():
        return None
    day = datetime.fromtimestamp(end, UTC)
    return Explanation(
        f"{identity(settings)} expired on {day:%Y-%m-%d %H:%M} UTC",
        "get fresh ones; a file is read again at each attempt",
    )


def _credentials_text(credentials: str | None) -> str:
    if credentials is None or isinstance(credentials, RawCredentials):
        return credentials or ""
    try:
        return Path(credentials).read_text()
    except (OSError, ValueError):
        return ""


def _anonymous(settings: Settings, server: str) -> Explanation | None:
    if identity(settings, server):
        return None
    return Explanation(
        f"{address(server)} wants to know who we are, and was told nothing",
        "choose a --context, or give --creds, --user and --password, --token or --nkey",
    )


def _unknown(error: BaseException, names: dict[str, str]) -> Explanation:
    return Explanation(f"{names['at']}: {own_words(error)}", "the server's log may say more")


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and the members of groups; each once."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        waiting += [cause] if cause else []
