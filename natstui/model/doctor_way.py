"""The way in, a step at a time: name, address, greeting, TLS, WebSocket.

What the client does in one go (see `natstui.client.dialer`) is done here slowly, over a connection
of our own, so that it is known which part failed. Each step appends what it saw to `facts`, and
returns a warning, or raises what went wrong.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import ParseResult

from natstui.client import errors
from natstui.client.connection import error_of_server
from natstui.client.protocol import events
from natstui.client.protocol.info import ServerInfo
from natstui.client.protocol.parser import Parser
from natstui.client.socks import connect_through, parse_socks_proxy
from natstui.client.urls import is_secure, is_websocket
from natstui.client.websocket import connect_websocket
from natstui.model.certificate import (
    Certificate,
    certificate_facts,
    expires_soon,
    trusting_anybody,
    trusting_only,
)
from natstui.model.doctor_report import Fact
from natstui.model.explain import explain
from natstui.model.explain_rules import Explanation
from natstui.model.settings import Settings
from natstui.model.words import size

READ_SIZE = 65_536

Take = Callable[[list[Fact]], Awaitable[Explanation | None]]


@dataclass(frozen=True)
class _Address:
    family: int
    sockaddr: tuple[Any, ...]

    def __str__(self) -> str:
        host, port = self.sockaddr[:2]
        return f"[{host}]:{port}" if self.family == socket.AF_INET6 else f"{host}:{port}"

    @property
    def is_loopback(self) -> bool:
        return ip_address(str(self.sockaddr[0]).partition("%")[0]).is_loopback


class _Line:
    """A connection and what comes through it; TLS may be put on it later."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        self.protocol = asyncio.StreamReaderProtocol(self.reader)
        self.transport: asyncio.BaseTransport | None = None

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def tls(self) -> ssl.SSLObject:
        assert self.transport is not None
        tls: ssl.SSLObject = self.transport.get_extra_info("ssl_object")
        return tls


class Way:
    """To the server at `url`; each step within `timeout` seconds."""

    def __init__(self, url: ParseResult, settings: Settings, timeout: float) -> None:
        self.url = url
        self.settings = settings
        self.timeout = timeout
        self.info: ServerInfo | None = None
        self._options = settings.connect_options
        proxy = self._options.get("socks_proxy")
        self._proxy = parse_socks_proxy(proxy) if proxy else None
        self._found: list[_Address] = []
        self._reachable: _Address | None = None
        self._line: _Line | None = None

    @property
    def steps(self) -> list[tuple[str, Take]]:
        """Their names and what takes them, in the order in which this server wants them."""
        ways: list[tuple[str, Take]] = [("DNS", self.look_up), ("TCP", self.reach)]
        if self._proxy is not None:
            ways = [("proxy", self.reach_by_proxy)]
        if is_websocket(self.url):
            return [*ways, ("TLS", self.secure), ("WebSocket", self.upgrade), ("INFO", self.greet)]
        if self._is_tls_first:
            return [*ways, ("TLS", self.secure), ("INFO", self.greet)]
        return [*ways, ("INFO", self.greet), ("TLS", self.secure)]

    def close(self) -> None:
        """Leave whatever was opened."""
        if self._line is not None:
            self._line.abort()
            self._line = None

    # DNS

    async def look_up(self, facts: list[Fact]) -> None:
        """The addresses of the host."""
        async with self._limit("answer from the name service"):
            found = await _addresses(self._host, self.url.port or 0)
        self._found = list(dict.fromkeys(found))
        facts.append(Fact("addresses", [str(each.sockaddr[0]) for each in self._found]))

    # TCP

    async def reach(self, facts: list[Fact]) -> Explanation | None:
        """Connect to each of the addresses: the client takes any one of them."""
        ends = await asyncio.gather(*map(self._knock, self._found))
        met = list(zip(self._found, ends, strict=True))
        facts += [self._fact(address, error) for address, error in met]
        failures = [(address, error) for address, error in met if error is not None]
        reached = [address for address, error in met if error is None]
        if not reached:
            raise failures[0][1]
        self._reachable = reached[0]
        # "localhost" has two addresses, and few servers listen at both: that is no fault.
        missing = [one for one, _ in failures if not one.is_loopback]
        if not missing:
            return None
        return Explanation(
            f"{len(missing)} of {len(self._found)} addresses cannot be connected to",
            "mend those servers, or take their addresses out of the name",
        )

    def _fact(self, address: _Address, error: OSError | None) -> Fact:
        if error is None:
            return Fact(str(address), True, "connected")
        # With a single address it is what the whole step says.
        what = f": {self._explain(error, str(address)).what}" if len(self._found) > 1 else ""
        return Fact(str(address), False, f"no connection{what}")

    async def _knock(self, address: _Address) -> OSError | None:
        try:
            (await self._connect_socket(address)).close()
        except OSError as error:  # TimeoutError is one of them
            return error
        return None

    async def _connect_socket(self, address: _Address) -> socket.socket:
        sock = socket.socket(address.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            async with asyncio.timeout(self.timeout):
                await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
        except BaseException:
            sock.close()
            raise
        return sock

    async def reach_by_proxy(self, facts: list[Fact]) -> None:
        """Have the SOCKS proxy connect us: it looks up the name, and we learn no address."""
        facts.append(Fact("SOCKS proxy", str(self._proxy)))
        if self._proxy and self._proxy.user:
            facts.append(Fact("as", self._proxy.user, f'user "{self._proxy.user}"'))
        async with self._limit(f"connection through the SOCKS proxy {self._proxy}"):
            (await self._dial()).close()
        facts.append(Fact("server", self.url.netloc.rpartition("@")[2], "connected, by the proxy"))

    async def _dial(self) -> socket.socket:
        """Another connection to the server, the way that was found to work."""
        if self._proxy is not None:
            return await connect_through(self._proxy, self._host, self.url.port or 0)
        assert self._reachable is not None
        return await self._connect_socket(self._reachable)

    # The greeting

    async def greet(self, facts: list[Fact]) -> Explanation | None:
        """Wait for the server's INFO, which comes unasked."""
        async with self._limit("INFO"):
            self._line = self._line or await self._open()
            self.info = await _first_info(self._line)
        facts += _info_facts(self.info)
        if not self.info.ldm:
            return None
        return Explanation(
            "this server is about to shut down (lame duck mode)", "connect to another one"
        )

    # TLS

    async def secure(self, facts: list[Fact]) -> Explanation | None:
        """The handshake, if it is wanted, and the certificate, whether or not it is trusted."""
        if not self._wants_tls:
            said = "no: neither side asks for TLS" if self.info else "no: the URL says ws://"
            facts.append(Fact("encrypted", False, said))
            return None
        try:
            async with self._limit("TLS handshake"):
                await self._handshake(self._context)
        except ssl.SSLCertVerificationError:
            facts += certificate_facts(await self._untrusted_certificate())
            raise
        assert self._line is not None
        return self._look_at(self._line.tls(), facts)

    def _look_at(self, tls: ssl.SSLObject, facts: list[Fact]) -> Explanation | None:
        certificate: Certificate = tls.getpeercert() or {}
        cipher = tls.cipher()
        facts.append(Fact("encrypted", True, f"{tls.version()}, {cipher[0] if cipher else ''}"))
        facts.append(Fact("verified for", self._tls_name))
        facts += certificate_facts(certificate)
        return expires_soon(certificate)

    @property
    def _wants_tls(self) -> bool:
        """Whether there is to be a handshake; SecureConnWantedError if there cannot be one."""
        wanted = is_secure(self.url) or self._options.get("tls") is not None
        if is_websocket(self.url) or self._is_tls_first:
            return wanted or self._is_tls_first
        assert self.info is not None
        if wanted and not (self.info.tls_required or self.info.tls_available):
            raise errors.SecureConnWantedError
        return wanted or self.info.tls_required

    async def _handshake(self, context: ssl.SSLContext) -> None:
        if self._line is None:
            self._line = await self._open(context)
            return
        assert isinstance(self._line.transport, asyncio.WriteTransport)
        transport = await asyncio.get_running_loop().start_tls(
            self._line.transport,
            self._line.protocol,
            context,
            server_hostname=self._tls_name,
            ssl_handshake_timeout=self.timeout,
        )
        if transport is None:  # the peer left during the handshake
            raise errors.SecureConnFailedError("nats: the server closed the connection during TLS")
        self._line.transport = transport

    async def _untrusted_certificate(self) -> Certificate:
        """{} if it cannot be had: what is wrong is known already."""
        with suppress(errors.Error, OSError, ValueError):
            async with self._limit("TLS handshake"):
                der = (await self._again(trusting_anybody())).getpeercert(binary_form=True)
                if der:
                    return (await self._again(trusting_only(der))).getpeercert() or {}
        return {}

    async def _again(self, context: ssl.SSLContext) -> ssl.SSLObject:
        """Another connection up to the end of the handshake."""
        self.close()
        if self.info is not None:
            self._line = await self._open()
            await _first_info(self._line)
        await self._handshake(context)
        assert self._line is not None
        return self._line.tls()

    # WebSocket

    async def upgrade(self, facts: list[Fact]) -> None:
        """The handshake of WebSocket, over a new connection."""
        self.close()
        line = _Line()
        context = self._context if self._wants_tls else None
        path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
        async with self._limit("answer to the WebSocket upgrade"):
            line.transport, _ = await connect_websocket(
                lambda: line.protocol,
                host=self._host,
                port=self.url.port or 0,
                path=path,
                secure=context,
                server_hostname=self._tls_name if context else None,
                headers=self._options.get("ws_connection_headers"),
                sock=await self._dial(),
            )
        self._line = line
        facts.append(Fact("upgraded", True, "yes"))

    # What they stand on

    async def _open(self, context: ssl.SSLContext | None = None) -> _Line:
        sock = await self._dial()
        line = _Line()
        name = self._tls_name if context else None
        try:
            line.transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: line.protocol, sock=sock, ssl=context, server_hostname=name
            )
        except BaseException:
            sock.close()
            raise
        return line

    @asynccontextmanager
    async def _limit(self, step: str) -> AsyncIterator[None]:
        """The time that a step has; in the client's words when it runs out."""
        try:
            async with asyncio.timeout(self.timeout):
                yield
        except errors.Error:
            raise
        except TimeoutError:
            text = f"nats: no {step} within {self.timeout:g} s (connect_timeout)"
            raise errors.TimeoutError(text) from None

    def _explain(self, error: BaseException, at: str = "") -> Explanation:
        return explain(error, at or self.url.geturl(), self.settings)

    @property
    def _host(self) -> str:
        return self.url.hostname or ""

    @property
    def _tls_name(self) -> str:
        return self._options.get("tls_hostname") or self._host

    @property
    def _is_tls_first(self) -> bool:
        return bool(self._options.get("tls_handshake_first")) and not is_websocket(self.url)

    @property
    def _context(self) -> ssl.SSLContext:
        return self._options.get("tls") or ssl.create_default_context()


async def _addresses(host: str, port: int) -> list[_Address]:
    """In a thread that nobody waits for: a name service may take half a minute to give up."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[_Address]] = loop.create_future()

    def settle(found: list[_Address], error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def ask() -> None:
        found, fault = [], None
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = [_Address(family, sockaddr) for family, _, _, _, sockaddr in entries]
        except OSError as error:
            fault = error
        except UnicodeError:  # a label of more than 63 characters, or an empty one
            fault = socket.gaierror(socket.EAI_NONAME, "not a host name")
        with suppress(RuntimeError):  # the loop is gone, and whoever asked with it
            loop.call_soon_threadsafe(settle, found, fault)

    threading.Thread(target=ask, name="name-service", daemon=True).start()
    return await answer


async def _first_info(line: _Line) -> ServerInfo:
    parser = Parser()
    while data := await line.reader.read(READ_SIZE):
        for event in parser.feed(data):
            match event:
                case events.Info(json):
                    return ServerInfo.parse(json)
                case events.Malformed(error):
                    raise error
                case events.Err(text):
                    raise error_of_server(text)
                case _:
                    raise errors.ProtocolError("nats: it did not begin with INFO")
    raise errors.UnexpectedEOF


def _info_facts(info: ServerInfo) -> list[Fact]:
    tls = "required" if info.tls_required else "available" if info.tls_available else "no"
    if info.tls_verify:
        tls += ", asks for a certificate of ours"
    return [
        Fact("server", info.server_name or info.server_id),
        Fact("version", info.version),
        Fact("cluster", info.cluster, info.cluster or "none"),
        Fact("other servers", list(info.connect_urls), ", ".join(info.connect_urls) or "none told"),
        Fact("max payload", info.max_payload, size(info.max_payload)),
        Fact("headers", info.headers),
        Fact("JetStream", info.jetstream),
        Fact("API level", info.api_lvl),
        Fact("asks who we are", info.auth_required),
        Fact("TLS", tls),
        Fact("our address", info.client_ip, info.client_ip or "not told"),
    ]
