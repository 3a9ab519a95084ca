"""What is known of errors, from the specific to the general: one table, read from its top."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from natstui.client import errors
from natstui.client.js.errors import (
    APIError,
    ApiLevelError,
    NotFoundError,
    ServiceUnavailableError,
)


@dataclass(frozen=True)
class Explanation:
    """`what` happened, naming the thing, and what to `do`; neither ends in a full stop."""

    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what}; {self.do}"


@dataclass(frozen=True)
class Rule:
    """Knows the errors of `kind` whose text has `pattern` and that `fits`, and what to say.

    The texts may name {at} (host and port), {host}, {who} (the identity), {said} (the error's own
    words), {file}, {limit} (the server's payload limit) and the named groups of `pattern`.
    """

    kind: type[BaseException]
    what: str
    do: str
    pattern: str = ""
    fits: Callable[[BaseException], bool] = lambda error: True

    def explain(self, error: BaseException, names: Mapping[str, str]) -> Explanation | None:
        if not isinstance(error, self.kind) or not self.fits(error):
            return None
        found = re.search(self.pattern, str(error), re.IGNORECASE)
        if found is None:
            return None
        file = str(getattr(error, "filename", ""))
        values = {**names, "said": own_words(error), "file": file, **found.groupdict(default="")}
        return Explanation(self.what.format_map(values), self.do.format_map(values))


def own_words(error: BaseException) -> str:
    """The text of `error` without the prefixes of its library; its class when it has no text."""
    if isinstance(error, APIError) and error.description:
        return error.description
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = re.sub(r"^nats: |^\[SSL[^]]*\] | \(_ssl\.c:\d+\)$", "", text.strip())
    return text or type(error).__name__


def _errno(*numbers: int) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, OSError) and error.errno in numbers


def _verify(*codes: int) -> Callable[[BaseException], bool]:
    """OpenSSL's X509_V_ERR_ numbers."""
    return lambda error: getattr(error, "verify_code", None) in codes


_NO_DNS = (socket.EAI_AGAIN, getattr(socket, "EAI_SYSTEM", socket.EAI_AGAIN))
_UNTRUSTED = (18, 19, 20, 21)  # self-signed leaf, self-signed in chain, no issuer, no leaf issuer
_EXPIRED, _NOT_YET = 10, 9
_NAMES_OTHERS = (62, 64)  # host name, IP address

_TRUST = "give the authority that signed it with --tlsca, or fix the certificate"

_ASK = "ask for the permission, or use another user"

RULES: tuple[Rule, ...] = (
    # The proxy on the way; before what is said of servers.
    Rule(
        errors.ProxyError,
        "{said}",
        "is the server running, and may the proxy connect to it?",
        fits=lambda error: isinstance(error, errors.ProxyError) and error.is_about_server,
    ),
    Rule(
        errors.ProxyError,
        "{said}",
        "is the proxy running there? --socks-proxy none does without it; "
        "its user and password: socks5://user:password@host:port",
    ),
    Rule(
        errors.TimeoutError,
        "the SOCKS proxy {proxy} did not connect us to {at} in time",
        "check both addresses; --socks-proxy none does without the proxy",
        pattern=r"no connection through the SOCKS proxy (?P<proxy>\S+)",
    ),
    # Finding the server.
    Rule(
        socket.gaierror,
        "the name {host} could not be looked up: {said}",
        "is the network up? is there a VPN to switch on?",
        fits=_errno(*_NO_DNS),
    ),
    Rule(socket.gaierror, "there is no host called {host}", "check the spelling in the URL"),
    Rule(
        ConnectionRefusedError,
        "nothing listens on {at}",
        "is the server running, and is this its port? (NATS: 4222 unless configured)",
    ),
    Rule(
        OSError,
        "there is no route to {at}: {said}",
        "check the address; is there a VPN or a firewall in between?",
        fits=_errno(errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN),
    ),
    # TLS.
    Rule(
        ssl.SSLCertVerificationError,
        "the certificate of {at} is for another name than {host}",
        "use the name that it was issued for in the URL",
        fits=_verify(*_NAMES_OTHERS),
    ),
    Rule(
        ssl.SSLCertVerificationError,
        "the certificate of {at} has expired",
        "renew it on the server",
        fits=_verify(_EXPIRED),
    ),
    Rule(
        ssl.SSLCertVerificationError,
        "the certificate of {at} is not valid yet",
        "check the clocks of this machine and of the server",
        fits=_verify(_NOT_YET),
    ),
    Rule(
        ssl.SSLCertVerificationError,
        "the certificate of {at} is signed by an authority that is not trusted here",
        _TRUST,
        fits=_verify(*_UNTRUSTED),
    ),
    Rule(ssl.SSLCertVerificationError, "the certificate of {at} is refused: {said}", _TRUST),
    Rule(
        ssl.SSLError,
        "{at} wants to see a certificate of ours",
        "give it with --tlscert and --tlskey",
        pattern="ALERT_CERTIFICATE_REQUIRED",
    ),
    Rule(
        ssl.SSLError,
        "{at} does not accept our certificate: {said}",
        "give one that it trusts with --tlscert and --tlskey",
        pattern=r"ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE|ACCESS_DENIED)",
    ),
    Rule(
        ssl.SSLError,
        "{at} does not answer in TLS",
        "drop --tlsfirst (tls_first in the context) or wss://; is this the right port?",
        pattern="WRONG_VERSION_NUMBER|RECORD_LAYER|UNEXPECTED_MESSAGE|PACKET_LENGTH",
    ),
    Rule(ssl.SSLError, "the TLS handshake with {at} failed: {said}", "check both sides' versions"),
    Rule(
        errors.SecureConnWantedError,
        "TLS was asked for, and {at} offers none",
        "use nats:// and no TLS flags, or turn TLS on at the server",
    ),
    Rule(
        errors.SecureConnRequiredError,
        "{at} takes only TLS connections",
        "use tls:// in the URL, with --tlsca if its authority is your own",
    ),
    Rule(errors.SecureConnFailedError, "the TLS handshake with {at} failed: {said}", _TRUST),
    # Who we are.
    Rule(
        errors.AuthorizationError,
        "the credentials that {at} accepted have expired",
        "get fresh ones; they are read again at each reconnect",
        pattern="authentication expired",
    ),
    Rule(
        errors.AuthorizationError,
        "{at} got no answer in time to who we are",
        "the link is very slow, or the clock of the server is off",
        pattern="authentication timeout",
    ),
    Rule(
        errors.AuthorizationError,
        "{at} refuses {who}: {said}",
        "check it, or choose a --context; flags: --creds, --user and --password, --token, --nkey",
    ),
    Rule(
        errors.InvalidUserCredentialsError,
        "{who}: {said}",
        "get a fresh file, for example with `nsc generate creds`",
    ),
    # What we may do.
    Rule(
        errors.Error,
        'this user may not publish to "{subject}"',
        _ASK,
        pattern=r'permissions violation for publish to "(?P<subject>[^"]*)"',
    ),
    Rule(
        errors.Error,
        'this user may not ask for replies on "{subject}"',
        _ASK,
        pattern=r'permissions violation for publish with reply of "(?P<subject>[^"]*)"',
    ),
    Rule(
        errors.Error,
        'this user may not subscribe to "{subject}", where answers would come',
        "ask for the permission, or give an --inbox-prefix that is permitted",
        pattern=r'permissions violation for subscription to "(?P<subject>_INBOX\.[^"]*)"',
    ),
    Rule(
        errors.Error,
        'this user may not subscribe to "{subject}"',
        _ASK,
        pattern=r'permissions violation for subscription to "(?P<subject>[^"]*)"',
    ),
    Rule(
        errors.PublishRefusedError,
        "refused, because natstui is read-only: {said}",
        "start it without --read-only to change things",
    ),
    # Limits of the server.
    Rule(
        errors.MaxPayloadError,
        "the message is larger than the server takes: {said}",
        "send less, or raise max_payload at the server",
    ),
    Rule(
        errors.Error,
        "{at} has all the connections that it takes: {said}",
        "close some, or raise the limit of the server or account",
        pattern="maximum (account active )?connections exceeded",
    ),
    Rule(
        errors.Error,
        "this connection has all the subscriptions that it may: {said}",
        "tail fewer subjects, or use wildcards",
        pattern="maximum subscriptions exceeded",
    ),
    Rule(
        errors.SlowConsumerError,
        "messages came faster than they were taken, and some were dropped: {said}",
        "tail a narrower subject",
    ),
    Rule(
        errors.OutboundBufferLimitError,
        "too much was published while there is no connection",
        "wait for the connection, then send it again",
    ),
    # What we wrote.
    Rule(
        errors.BadSubjectError,
        "{said}",
        "a subject is words with dots between them; * stands for one, > at the end for the rest",
    ),
    Rule(
        errors.Error,
        "the server does not accept that subject: {said}",
        "a subject is words with dots between them, and wildcards only subscribe",
        pattern="invalid (publish )?subject",
    ),
    Rule(errors.BadHeaderError, "{said}", "a header is KEY: VALUE on one line"),
    # What JetStream says. (What is not there may have been noticed because nobody answered.)
    Rule(ApiLevelError, "{said}", "it takes a newer nats-server"),
    Rule(NotFoundError, "{said}", "it may have been deleted meanwhile"),
    Rule(
        ServiceUnavailableError,
        "JetStream is not enabled: {said}",
        "use an account that has it, or enable it at the server",
        pattern="not enabled",
    ),
    Rule(
        ServiceUnavailableError,
        "JetStream does not answer: {said}",
        "is it enabled here, in this account? is the domain right (--js-domain)?",
    ),
    Rule(APIError, "the server refuses it: {said}", "change what was asked for, and try again"),
    # Answers that did not come.
    Rule(
        errors.NoRespondersError,
        "nobody answers on that subject",
        "is the service running, in this account? (for JetStream: is it enabled?)",
    ),
    Rule(
        errors.TimeoutError,
        "the name {host} was not looked up in time",
        "is the network up? is there a VPN to switch on?",
        pattern="no answer from the name service",
    ),
    Rule(
        errors.TimeoutError,
        "the TLS handshake with {at} was not finished in time",
        "is this a TLS port? a proxy or a firewall in between may hold it up",
        pattern="no TLS handshake",
    ),
    Rule(
        errors.TimeoutError,
        "{at} does not answer the WebSocket upgrade in time",
        "is this the WebSocket port?",
        pattern="no answer to the WebSocket upgrade",
    ),
    Rule(
        errors.TimeoutError,
        "{at} greeted us, and did not say in time whether it accepts us",
        "is it overloaded, or a proxy in between holding things up? allow more with --timeout",
        pattern="no answer to CONNECT",
    ),
    Rule(
        errors.TimeoutError,
        "{at} did not answer in time",
        "is this the port for clients? a monitoring (8222), WebSocket or TLS port says nothing, "
        "and a firewall may swallow what is sent",
        pattern="connect_timeout",
    ),
    Rule(errors.TimeoutError, "no answer in time", "try again, or allow more with --timeout"),
    Rule(
        TimeoutError,
        "{at} did not answer in time",
        "check the address; a firewall may swallow what is sent to it",
    ),
    # What the peer is.
    Rule(
        errors.ProtocolError,
        "{at} does not speak NATS: it sent {bytes}",
        "is this the right port? (NATS: 4222 unless configured)",
        pattern="not the NATS protocol: (?P<bytes>.*)",
    ),
    Rule(errors.ProtocolError, "{at} broke the NATS protocol: {said}", "is a proxy in between?"),
    Rule(errors.JsonParseError, "{at} does not speak NATS: {said}", "is this the right port?"),
    # Connections that ended.
    Rule(
        errors.UnexpectedEOF,
        "{at} closed the connection without a word",
        "its log says why; does it want TLS, or another kind of client?",
    ),
    Rule(
        errors.StaleConnectionError,
        "the link to {at} went silent",
        "it is being opened again; is the network down?",
    ),
    Rule(
        ConnectionError,
        "the connection to {at} broke: {said}",
        "it is being opened again; the server's log may say more",
    ),
    Rule(errors.ConnectionClosedError, "the connection is closed", "start natstui again"),
    Rule(errors.ConnectionReconnectingError, "there is no connection now", "wait until it is back"),
    Rule(errors.NoServersError, "no server could be reached: {at}", "check the URL"),
    Rule(
        OSError,
        "{file}: {said}",
        "check the file and its folder, and who may write there",
        fits=lambda error: isinstance(error, OSError) and error.filename is not None,
    ),
    Rule(OSError, "{at}: {said}", "check the address and the network"),
)
