"""What one may go over to: the contexts of the `nats` tool, and servers by their URL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from natstui.client.errors import Error
from natstui.client.urls import parse_urls
from natstui.model.contexts import Context, ContextError, context_names, load_context
from natstui.model.rows import Rows
from natstui.model.settings import DEFAULT_SERVER, Settings
from natstui.model.view_state import server_address, view_name

SettingsOf = Callable[[str, str], Settings]
"""The settings of a context by its name or, where that is "", of the servers in a URL.

ContextError says why there are none. It may take a while: secrets may be kept in other tools.
"""


@dataclass(frozen=True)
class Choice:
    """A context, or a server without one. `address` has no secrets in it, `url` may have.

    `problem` says why it cannot be chosen, "" if it can.
    """

    kind: Literal["context", "server"]
    name: str
    address: str = ""
    description: str = ""
    color_scheme: str = ""
    problem: str = ""
    url: str = ""
    settings: Settings | None = None

    def __repr__(self) -> str:
        return f"Choice({self.kind!r}, {self.name!r})"


class ContextChoices:
    """All of them, read anew with each `load`. `start` is what this run began with.

    Its settings are kept as they are: flags and environment may have had a say in them.
    """

    def __init__(self, start: Settings, settings_of: SettingsOf | None = None) -> None:
        self.rows: Rows[Choice] = Rows(
            lambda each: (each.kind, each.name),
            lambda each: f"{each.name} {each.description} {each.address} {each.url}",
        )
        self._settings_of = settings_of
        self._config = start.config
        self._known: list[Choice] = []
        self._kept = {view_name(start): start}

    async def load(self) -> None:
        """Read the files again; that is done beside the loop, because `nsc` may have a say."""
        self._known = await asyncio.to_thread(self._read)
        self.find(self.rows.filter)

    def find(self, text: str) -> None:
        """Only those that match; and where the text is the URL of a server, that one, too."""
        self.rows.set_items(self._known)
        self.rows.set_filter(text)
        typed = self.typed(text)
        known = {(each.kind, each.name) for each in self._known}
        if typed is None or (typed.kind, typed.name) in known:
            return
        if any(char in text for char in ":./") or not len(self.rows):
            self.rows.set_items([*self._known, typed])

    def is_current(self, choice: Choice, settings: Settings) -> bool:
        """Whether it is what these settings are of."""
        return choice.name == (settings.context or _address(settings.servers)) and (
            (choice.kind == "context") == (settings.context is not None)
        )

    def typed(self, text: str) -> Choice | None:
        """The server that a typed text is the URL of, None if it is none."""
        url = text.strip()
        try:
            parse_urls(url)
        except Error:
            return None
        servers = tuple(part.strip() for part in url.split(",") if part.strip())
        return Choice("server", _address(servers), _address(servers), "without a context", url=url)

    async def settings(self, choice: Choice) -> Settings:
        """What to connect with; ContextError says why that cannot be."""
        if choice.settings is not None:
            return choice.settings
        if self._settings_of is None:
            raise ContextError("there is no other one here")
        name = choice.name if choice.kind == "context" else ""
        settings = await asyncio.to_thread(self._settings_of, name, choice.url)
        settings = replace(settings, config=self._config)
        if choice.kind == "server":
            self._kept[view_name(settings)] = settings
        return settings

    def _read(self) -> list[Choice]:
        names = context_names() if self._settings_of is not None else []
        found = {f"context {name}": _context_choice(name) for name in names}
        for key, settings in self._kept.items():
            found[key] = _kept_choice(settings, found.get(key))
        return list(found.values())


def _context_choice(name: str) -> Choice:
    try:
        context = load_context(name)
        address = _address(_servers(context))
    except ContextError as error:
        return Choice("context", name, problem=str(error))
    except Error as error:
        problem = f"url: {str(error).removeprefix('nats: ')}"
        return Choice("context", name, problem=problem)
    return Choice("context", name, address, context.description, context.color_scheme)


def _kept_choice(settings: Settings, known: Choice | None) -> Choice:
    address = _address(settings.servers)
    return Choice(
        "server" if settings.context is None else "context",
        settings.context or address,
        address,
        known.description if known else "" if settings.context else "without a context",
        settings.color_scheme,
        settings=settings,
    )


def _servers(context: Context) -> tuple[str, ...]:
    if not context.url.strip(", "):
        return (DEFAULT_SERVER,)
    parse_urls(context.url)
    return tuple(url.strip() for url in context.url.split(",") if url.strip())


def _address(servers: tuple[str, ...]) -> str:
    return ", ".join(map(server_address, servers))
