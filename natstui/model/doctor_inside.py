"""What comes once the server has greeted: who we are, what we may, JetStream, the round trip.

Over the client, as everything else does it, so that what works here works there. Each step appends
what it saw to `facts`, and returns a warning, or raises what went wrong.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Any
from urllib.parse import ParseResult

from natstui.client import errors
from natstui.client.aio.client import Client
from natstui.client.auth import Authenticator
from natstui.client.js.errors import ServiceUnavailableError
from natstui.model.asking import DeniedError, api, ask, connected
from natstui.model.doctor_report import Fact
from natstui.model.explain import explain, identity
from natstui.model.explain_rules import Explanation
from natstui.model.session import NotConnectedError, Session
from natstui.model.settings import Settings
from natstui.model.timeline import Event
from natstui.model.trace import Tell
from natstui.model.words import size

PINGS = 5
SLOW_TRIP = 0.25
_USER_INFO = "$SYS.REQ.USER.INFO"
_IDENTITY = (
    "user_jwt_cb",
    "user_credentials",
)


class ExplainedError(Exception):
    """What went wrong, in words already; `cause` is what it was."""

    def __init__(self, explanation: Explanation, cause: BaseException | None) -> None:
        super().__init__(str(explanation))
        self.explanation = explanation
        self.cause = cause


class Inside:
    """The server at `url`; each question has `timeout` seconds."""

    def __init__(
        self, url: ParseResult, settings: Settings, timeout: float, tell: Tell | None = None
    ) -> None:
        self.url = url
        self.timeout = timeout
        # One attempt at one server; and the guard of --read-only would refuse the echo, which
        # changes nothing.
        options = {
            **settings.connect_options,
            "connect_timeout": timeout,
            "retry_on_failed_connect": False,
            "allow_reconnect": False,
            "ignore_discovered_servers": True,
        }
        self.settings = replace(
            settings,
            servers=(url.geturl(),),
            connect_options=options,
            read_only=False,
            trace=tell is not None,
            notes=(),
            timeout=timeout,
        )
        self.session = Session(self.settings, tell=tell)

    async def close(self) -> None:
        """Drain, and close the connection."""
        await self.session.close()

    def reason_of(self, error: Exception) -> Exception:
        """Why there is no connection any more, if that is what `error` says; or else `error`."""
        client = self.session.client
        if isinstance(error, NotConnectedError | errors.ConnectionClosedError) and client:
            return client.last_error or error
        return error

    # Who we are

    async def authenticate(self, facts: list[Fact]) -> None:
        """CONNECT, and the PONG that says that we are in."""
        who = identity(self.settings)
        facts.append(Fact("as", who or None, who or "nobody: no identity was given"))
        facts += self._expiry()
        arrived = asyncio.Event()

        def listen(event: Event) -> None:
            if event.kind in ("connected", "closed"):
                arrived.set()

        self.session.listeners.append(listen)
        self.session.open()
        await arrived.wait()  # the client keeps to its own time
        self.session.listeners.remove(listen)
        client = self.session.client
        if not self.session.is_connected:
            said = Explanation(self.session.last_error, self.session.advice)
            raise ExplainedError(said, client.last_error if client else None)

    def _expiry(self) -> list[Fact]:
        options = self.settings.connect_options
        given = {name: options[name] for name in _IDENTITY if options.get(name)}
        with suppress(errors.Error):  # the server is about to say so, too
            if (end := Authenticator(**given).expiry()) is not None:
                day = datetime.fromtimestamp(end, UTC)
                text = f"{day:%Y-%m-%d %H:%M} UTC"
                return [Fact("credentials expire", f"{day:%Y-%m-%dT%H:%M:%SZ}", text)]
        return []

    # What we may

    async def may(self, facts: list[Fact]) -> Explanation | None:
        """Send ourselves a message: answers come that way. Then ask what the server knows of us."""
        client = connected(self.session)
        try:
            await ask(self.session, self._echo(client))
            facts.append(Fact("own inbox", "both", "may subscribe and publish"))
            warning = None
        except DeniedError as refusal:
            if refusal.kind == "subscription":
                facts.append(Fact("own inbox", "neither", "may not subscribe"))
                raise
            facts.append(Fact("own inbox", "subscribe", "may subscribe, but not publish"))
            warning = explain(refusal, self.url.geturl(), self.settings)
        facts += await self._told(client)
        return warning

    async def _echo(self, client: Client) -> None:
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox)
        await client.publish(inbox, b"")
        await subscription.next_msg(self.timeout)
        await subscription.unsubscribe()

    async def _told(self, client: Client) -> list[Fact]:
        try:
            request = client.request(_USER_INFO, b"", self.timeout)
            answer = await ask(self.session, request)
            about = json.loads(answer.data)["data"]
            return _user_facts(about, named=not self._is_token)
        except DeniedError:
            return [Fact("server tells", None, f"nothing: we may not ask {_USER_INFO}")]
        except (errors.Error, ValueError, LookupError, TypeError, AttributeError):
            return [Fact("server tells", None, f"nothing: no answer to {_USER_INFO}")]

    @property
    def _is_token(self) -> bool:
        """Some servers call who came with a token by that token."""
        has_user = {"user", "nkeys_seed", "nkeys_seed_str", *_IDENTITY}
        options = self.settings.connect_options
        if any(options.get(name) for name in has_user):
            return False
        return bool(options.get("token")) or (bool(self.url.username) and self.url.password is None)

    # JetStream

    async def jetstream(self, facts: list[Fact]) -> Explanation | None:
        """Ask for the account's own numbers. That it is not there is a fault only if it was
        asked for, by a domain or a prefix."""
        prefix = self.settings.api_prefix
        facts.append(Fact("API", prefix))
        try:
            facts += _account_facts(await api(self.session, "INFO", timeout=self.timeout))
            return None
        except (DeniedError, ServiceUnavailableError) as error:
            if self.settings.js_domain or self.settings.js_api_prefix:
                raise
            return explain(error, self.url.geturl(), self.settings)
        except (TypeError, AttributeError, LookupError, ValueError):
            raise errors.Error("nats: what JetStream answers makes no sense") from None

    # The round trip

    async def round_trip(self, facts: list[Fact]) -> Explanation | None:
        """A few pings, one after another."""
        client = connected(self.session)
        trips = [await client.rtt(self.timeout) for _ in range(PINGS)]
        middle = median(trips)
        for label, seconds in (("min", min(trips)), ("median", middle), ("max", max(trips))):
            milliseconds = round(seconds * 1000, 3)
            facts.append(Fact(label, milliseconds, f"{milliseconds:.1f} ms"))
        if middle <= SLOW_TRIP:
            return None
        return Explanation(
            f"a round trip takes {middle * 1000:.0f} ms",
            "is the server far away, or the link or this machine busy? is there a nearer server?",
        )


def _user_facts(about: dict[str, Any], *, named: bool) -> list[Fact]:
    facts = [Fact("user", about["user"])] if named and about.get("user") else []
    if about.get("account"):
        facts.append(Fact("account", about["account"]))
    permissions = about.get("permissions") or {}
    for kind in ("publish", "subscribe"):
        facts.append(_permission(kind, permissions.get(kind) or {}))
    return facts


def _permission(kind: str, of: dict[str, list[str]]) -> Fact:
    allow, deny = (sorted(map(str, of.get(which) or [])) for which in ("allow", "deny"))
    text = ", ".join(allow) or "everything"
    if deny:
        text += f"{'; not' if allow else ' but'} {', '.join(deny)}"
    return Fact(f"may {kind}", {"allow": allow, "deny": deny}, text)


def _account_facts(answer: dict[str, Any]) -> list[Fact]:
    limits = answer.get("limits") or {}
    facts = [Fact("domain", answer["domain"])] if answer.get("domain") else []
    for label, used, limit, shown in (
        ("streams", "streams", "max_streams", "{:,}".format),
        ("consumers", "consumers", "max_consumers", "{:,}".format),
        ("file storage", "storage", "max_storage", size),
        ("memory", "memory", "max_memory", size),
    ):
        count, most = answer.get(used, 0), limits.get(limit, -1)
        of = f" of {shown(most)}" if most > 0 else ""
        facts.append(Fact(label, count, f"{shown(count)}{of}"))
    return facts
