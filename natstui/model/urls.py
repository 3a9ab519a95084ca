"""Server URLs as people write them: lists, bare hosts, and secrets that must not be shown."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"nats": 4222, "tls": 4222, "ws": 80, "wss": 443}


class BadUrlError(ValueError):
    """A server URL that cannot be one; the message is a line for the user."""


def split_servers(text: str) -> tuple[str, ...]:
    """The URLs of a comma-separated list, each checked; BadUrlError names the one that is wrong."""
    urls = tuple(part for part in (piece.strip() for piece in text.split(",")) if part)
    for url in urls:
        server_address(url)
    return urls


def server_address(url: str) -> tuple[str, int]:
    """Host and port that `url` connects to; BadUrlError says what is wrong with it."""
    parts = _split(url)
    if parts.scheme not in DEFAULT_PORTS:
        known = ", ".join(f"{scheme}://" for scheme in DEFAULT_PORTS)
        raise BadUrlError(
            f"server URL {redacted(url)}: {parts.scheme}:// is not a NATS scheme; use {known}"
        )
    try:
        port = parts.port
    except ValueError:
        raise BadUrlError(
            f"server URL {redacted(url)}: the port is not a number from 1 to 65535"
        ) from None
    if not parts.hostname:
        raise BadUrlError(f"server URL {redacted(url)}: it names no host")
    return parts.hostname, DEFAULT_PORTS[parts.scheme] if port is None else port


def redacted(url: str) -> str:
    """`url` with its user, password or token replaced by `***`, fit for a screen or a log."""
    scheme, separator, rest = url.rpartition("://")
    userinfo, at, address = rest.rpartition("@")
    return f"{scheme}{separator}***@{address}" if at and userinfo else url


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url if "://" in url else f"nats://{url}")
    except ValueError as error:
        raise BadUrlError(f"server URL {redacted(url)}: {error}") from None
