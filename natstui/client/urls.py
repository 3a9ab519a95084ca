"""Server URLs as people write them, made complete."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import ParseResult, urlparse

from natstui.client.errors import Error

__all__ = ["is_secure", "is_websocket", "parse_url", "parse_urls", "same_address"]

DEFAULT_PORTS = {"nats": 4222, "tls": 4222, "ws": 80, "wss": 443}
ACCEPTED = "host, host:port, or a URL with nats://, tls://, ws:// or wss:// before it"
# urlparse drops some of these without a word, and none belongs in a URL.
UNFIT = re.compile(r"[\s\x00-\x1f\x7f]")


def parse_urls(servers: str | Sequence[str]) -> list[ParseResult]:
    """One server, several with commas between them, or a list: the complete URLs, in order.

    What is listed twice comes once. Raises Error when there is none, when one is not a server URL,
    and when WebSocket URLs are mixed with others: the two have different addresses to discover.
    """
    texts = servers.split(",") if isinstance(servers, str) else list(servers)
    if isinstance(servers, str):
        texts = [text for text in texts if text.strip()]
    urls = list(dict.fromkeys(parse_url(text) for text in texts))
    if not urls:
        raise Error("nats: no server given")
    if len({is_websocket(url) for url in urls}) > 1:
        raise Error("nats: ws:// and wss:// servers cannot be mixed with nats:// and tls:// ones")
    return urls


def parse_url(text: str) -> ParseResult:
    """The complete URL of one server: scheme (default nats) and port (4222, ws 80, wss 443) filled
    in, user information kept as written.

    Raises Error, which names the URL without its user information.
    """
    if not isinstance(text, str):
        raise Error(f"nats: a server must be a str, not {type(text).__name__}: {ACCEPTED}")
    text = text.strip()
    complete = text if "://" in text else f"nats://{text}"
    try:
        url = urlparse(complete)
        fault = _fault(complete, url)
        if not fault:
            return _with_port(url)
    except ValueError:
        # The words of this error may hold a piece of the password.
        fault = "its host or port cannot be read"
        if "@" in text:
            fault += "; special characters in user and password must be percent-encoded"
    raise Error(f"nats: invalid server {_without_secrets(text)!r}: {fault} (accepted: {ACCEPTED})")


def _fault(text: str, url: ParseResult) -> str:
    if url.scheme not in DEFAULT_PORTS:
        return f"unknown scheme {url.scheme!r}"
    if UNFIT.search(text):
        return "it has white space or a control character"
    if not url.hostname:
        return "it has no host"
    if url.port == 0:
        return "port 0 is not a port to connect to"
    return ""


def _with_port(url: ParseResult) -> ParseResult:
    port = url.port or DEFAULT_PORTS[url.scheme]
    users, at, address = url.netloc.rpartition("@")
    host = address[: address.index("]") + 1] if "[" in address else address.partition(":")[0]
    return url._replace(netloc=f"{users}{at}{host}:{port}")


def _without_secrets(text: str) -> str:
    scheme, separator, rest = text.rpartition("://")
    users, at, address = rest.rpartition("@")
    return f"{scheme}{separator}{'***' if users else ''}{at}{address}"


def is_websocket(url: ParseResult) -> bool:
    return url.scheme in ("ws", "wss")


def is_secure(url: ParseResult) -> bool:
    """Whether the scheme itself asks for TLS."""
    return url.scheme in ("tls", "wss")


def same_address(one: ParseResult, other: ParseResult) -> bool:
    """Whether two complete URLs lead to the same host and port."""
    return (one.hostname, one.port) == (other.hostname, other.port)
