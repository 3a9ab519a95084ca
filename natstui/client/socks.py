"""Connections through a SOCKS5 proxy (RFC 1928; user and password: RFC 1929).

The proxy looks up the servers' names, so that those which only it knows work too. The protocol is
that of the `python-socks` package (the extra `natstui[socks]`), which is imported when the first
connection is made.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlparse

from .errors import Error, ProxyError
from .urls import UNFIT

__all__ = ["SocksProxy", "connect_through", "parse_socks_proxy"]

DEFAULT_PORT = 1080
# Both leave names to the proxy here; "socks5" alone does elsewhere too, as in Go's clients.
SCHEMES = ("socks5", "socks5h")
ACCEPTED = "socks5://host:port, socks5://user:password@host:port"
MOST_CHARACTERS = 255  # of a user or a password, in the protocol


@dataclass(frozen=True)
class SocksProxy:
    """Where the proxy is and who we are there; "" for nobody."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_socks_proxy(text: str) -> SocksProxy:
    """The proxy that a URL names; port 1080 unless it has one.

    Raises Error, whose words have nothing of the user information.
    """
    text = text.strip()
    try:
        proxy, fault = _parse(text)
    except ValueError:  # whose words may hold a piece of the password
        proxy, fault = None, "its host or port cannot be read"
    if proxy is None:
        shown = text.rpartition("@")[2] if "@" in text else text
        raise Error(f"nats: invalid SOCKS proxy {shown!r}: {fault} (accepted: {ACCEPTED})")
    return proxy


def _parse(text: str) -> tuple[SocksProxy | None, str]:
    url = urlparse(text)
    if "://" not in text or url.scheme not in SCHEMES:
        return None, "its scheme is not socks5"
    if UNFIT.search(text) or url.path not in ("", "/") or url.query or url.fragment:
        return None, "there is more in it than user, password, host and port"
    if not url.hostname or url.port == 0:
        return None, "it has no host" if not url.hostname else "port 0 is not a port"
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if bool(user) != bool(password):
        return None, "user and password go together"
    if not (user + password).isascii() or max(len(user), len(password)) > MOST_CHARACTERS:
        return None, f"user and password are of at most {MOST_CHARACTERS} ASCII characters"
    return SocksProxy(url.hostname, url.port or DEFAULT_PORT, user, password), ""


async def connect_through(proxy: SocksProxy, host: str, port: int) -> socket.socket:
    """A non-blocking socket that the proxy has connected to `host` and `port`.

    There is no timeout: cancelling closes the socket. Raises ProxyError when the proxy cannot be
    reached, does not want us, or cannot reach the server; `is_about_server` tells the last from the
    others. Raises Error when the `python-socks` package is missing.
    """
    try:
        import python_socks  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise Error(
            "nats: a SOCKS proxy needs the python-socks package: pip install 'natstui[socks]'"
        ) from error
    try:
        return await _dial(proxy, host, port)
    except UnicodeError:  # a label of more than 63 characters, or an empty one
        raise ProxyError(f"nats: {host!r} is not a host name", is_about_server=True) from None
    except OSError as error:
        reason = _reason(error)
        raise ProxyError(f"nats: the SOCKS proxy {proxy} cannot be reached: {reason}") from None


async def _dial(proxy: SocksProxy, host: str, port: int) -> socket.socket:
    """By the first of the proxy's addresses that takes us."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    failure: OSError = OSError(f"no address for {proxy.host}")
    for *_, address in found:
        try:
            return await _dial_at(str(address[0]), proxy, host, port)
        except OSError as error:
            failure = error
    raise failure


async def _dial_at(address: str, proxy: SocksProxy, host: str, port: int) -> socket.socket:
    from python_socks import ProxyError as Refusal
    from python_socks import ProxyType
    from python_socks.async_.asyncio import Proxy

    dialer = Proxy.create(
        ProxyType.SOCKS5, address, proxy.port, proxy.user, proxy.password, rdns=True
    )
    try:
        # Its own timeout is the default 60 s; the callers have shorter ones.
        return await dialer.connect(host, port)
    except Refusal as error:
        about_server = error.error_code is not None
        said = f"cannot reach {host}:{port}" if about_server else "does not let us through"
        raise ProxyError(
            f"nats: the SOCKS proxy {proxy} {said}: {error}", is_about_server=about_server
        ) from None


def _reason(error: OSError) -> str:
    """In the system's own words; python-socks and asyncio add the address to them."""
    if error.errno and error.errno > 0:  # those of the name service are below
        return os.strerror(error.errno)
    return error.strerror or str(error) or type(error).__name__
