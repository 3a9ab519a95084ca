"""From a context to the options of `natstui.client.connect`: who we are, and TLS.

Files are checked and secrets looked up here, once, so that what is wrong is said before a screen
is opened; credentials in files are read again by the client at each reconnect.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from natstui.client.auth import Authenticator, RawCredentials
from natstui.client.errors import BadSubjectError, Error, InvalidUserCredentialsError
from natstui.client.protocol.subjects import check_inbox_prefix, check_publish_subject
from natstui.client.socks import parse_socks_proxy
from natstui.client.urls import parse_url
from natstui.model.contexts import Context, ContextError, place_of
from natstui.model.secret_refs import (
    CHECK_PATH,
    SecretError,
    file_path,
    resolve_document,
    resolve_literal,
)
from natstui.model.settings import DEFAULT_SERVER


def connect_options(context: Context, origins: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Keyword arguments for `connect`, of which only those that the context sets.

    `origins` maps a setting to what gave it, such as a flag; without, it is the context's own.
    ContextError names that origin and what to do. Reads files; may run `op` or `nsc`.
    """
    return _Options(context, origins or {}).build()


class _Options:
    def __init__(self, context: Context, origins: Mapping[str, str]) -> None:
        self.context = context
        self.origins = origins

    def build(self) -> dict[str, Any]:
        context = self.context
        options = self.identity() | self.tls() | self.proxy()
        if context.token:
            options["token"] = self.literal("token")
        if context.inbox_prefix:
            options["inbox_prefix"] = self.prefix("inbox_prefix", check_inbox_prefix)
        for setting in ("jetstream_domain", "jetstream_api_prefix", "jetstream_event_prefix"):
            if getattr(context, setting):
                self.prefix(setting, check_publish_subject)
        return options

    def prefix(self, setting: str, check: Callable[[str], object]) -> str:
        """What subjects begin with, without the dot that may end it."""
        value: str = getattr(self.context, setting).rstrip(".")
        try:
            check(value)
        except BadSubjectError as error:
            raise self.error(setting, str(error).removeprefix("nats: ")) from None
        return value

    def identity(self) -> dict[str, Any]:
        """The first identity that is set, in the order of the `nats` tool."""
        context = self.context
        if context.user:
            return {"user": context.user, "password": self.literal("password")}
        if context.creds:
            return self.checked("creds", self.credentials())
        if context.nkey:
            return self.checked("nkey", self.nkey())
        if context.user_jwt:
            return self.checked("user_seed" if context.user_seed else "user_jwt", self.jwt())
        return {}

    def checked(self, setting: str, identity: dict[str, Any]) -> dict[str, Any]:
        """The identity, after using it once as the client will at each connection."""
        try:
            Authenticator(**identity).connect_fields("nonce", parse_url(DEFAULT_SERVER))
            return identity
        except (InvalidUserCredentialsError, ValueError) as error:  # ValueError: NUL in a path
            said = str(error).removeprefix("nats: ")
            do = CHECK_PATH if said.startswith("cannot read") else "is it the right one?"
            raise self.error(setting, f"{said}; {do}") from None

    def credentials(self) -> dict[str, Any]:
        if path := file_path(self.context.creds):
            return {"user_credentials": path}
        return {"user_credentials": RawCredentials(self.document("creds"))}

    def nkey(self) -> dict[str, Any]:
        if path := file_path(self.context.nkey):
            return {"nkeys_seed": path}
        return {"nkeys_seed_str": self.document("nkey")}

    def jwt(self) -> dict[str, Any]:
        jwt = self.literal("user_jwt")
        if not self.context.user_seed:  # a bearer: the server asks for no signature
            return {"user_jwt_cb": lambda: jwt}
        return {"user_credentials": _credentials_text(jwt, self.literal("user_seed"))}

    def tls(self) -> dict[str, Any]:
        context = self.context
        if bool(context.cert) != bool(context.key):
            given, lacking = ("cert", "key") if context.cert else ("key", "cert")
            raise self.error(given, f"needs a {lacking} beside it: give both, or neither")
        if not (context.cert or context.ca or context.tls_first):
            return {}
        tls: dict[str, Any] = {"tls": self.ssl_context()}
        return tls | {"tls_handshake_first": True} if context.tls_first else tls

    def proxy(self) -> dict[str, Any]:
        """The SOCKS proxy; "none" and "-" clear that of a context, as in `nats`."""
        url = self.context.socks_proxy
        if url in ("", "none", "-"):
            return {}
        try:
            parse_socks_proxy(url)
        except Error as error:
            raise self.error("socks_proxy", str(error).removeprefix("nats: ")) from None
        return {"socks_proxy": url}

    def ssl_context(self) -> ssl.SSLContext:
        authority = self.pem("ca") if self.context.ca else None
        try:
            tls = ssl.create_default_context(cafile=authority)
        except ssl.SSLError:
            said = f"{authority} holds no certificates in PEM form; is it the right one?"
            raise self.error("ca", said) from None
        if self.context.cert:
            self.load_certificate(tls)
        return tls

    def load_certificate(self, tls: ssl.SSLContext) -> None:
        cert, key = self.pem("cert"), self.pem("key")
        try:
            # An empty password: without one, OpenSSL would ask for it on the terminal.
            tls.load_cert_chain(cert, key, password="")
        except ssl.SSLError as error:
            reason = error.reason or "not PEM, or the key has a password"
            raise self.error("cert", f"cannot use {cert} with {key}: {reason}") from None

    def pem(self, setting: str) -> str:
        path = file_path(getattr(self.context, setting))
        if path is None:
            raise self.error(setting, "only a path or file:// works here")
        return self.readable(setting, path)

    def readable(self, setting: str, path: str) -> str:
        try:
            with Path(path).open("rb"):
                return path
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.error(setting, f"{path!r}: {reason}; {CHECK_PATH}") from None

    def document(self, setting: str) -> str:
        return self.looked_up(setting, resolve_document)

    def literal(self, setting: str) -> str:
        return self.looked_up(setting, resolve_literal)

    def looked_up(self, setting: str, resolve: Callable[[str], str]) -> str:
        try:
            return resolve(getattr(self.context, setting))
        except SecretError as error:
            raise self.error(setting, str(error)) from None

    def error(self, setting: str, problem: str) -> ContextError:
        origin = self.origins.get(setting) or f"{place_of(self.context, setting)}: {setting}"
        return ContextError(f"{origin}: {problem}")


def _credentials_text(jwt: str, seed: str) -> RawCredentials:
    return RawCredentials(
        f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
