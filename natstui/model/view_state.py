"""How somebody looked at a system, to be shown again when they come back to it.

Subjects, names, filters, where the cursor was: never a payload, and nothing that says who we are.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from natstui.client.errors import Error
from natstui.client.urls import parse_url
from natstui.model.settings import Settings

VERSION = 1

Place = tuple[str | int, ...]
"""What an item of a table is known by, in as many parts as it has; () for none."""


class ViewStateError(ValueError):
    """It is no view state, or that of another version; the message says what is wrong with it."""


@dataclass(frozen=True)
class LevelState:
    """A level of a pane. `kind` says which, `name` of what ("ORDERS"), `only` which part of that.

    `at` is the item that the cursor is on; `order` the column that a table is sorted by.
    """

    kind: str = ""
    name: str = ""
    only: str = ""
    filter: str = ""
    order: str = ""
    descending: bool = False
    flat: bool = False
    at: Place = ()


@dataclass(frozen=True)
class TailState:
    """What is tailed and how it is looked at."""

    subjects: tuple[str, ...] = ()
    filter: str = ""
    paused: bool = False


@dataclass(frozen=True)
class ViewState:
    """All panes. `pane` is the name of the one that is seen; of the others each has its levels,
    the first one first, by the pane's name.
    """

    pane: str = ""
    tail: TailState = TailState()
    panes: dict[str, tuple[LevelState, ...]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Only ASCII, whatever the names hold."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> ViewState:
        """Back again; ViewStateError if that cannot be. What a newer version added is left out."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ViewStateError(f"not valid JSON: {error}") from None
        if _mapping(data, "it").get("version") != VERSION:
            raise ViewStateError(f"it is of version {data.get('version')}, not {VERSION}")
        panes = _mapping(data.get("panes", {}), "panes")
        return cls(
            pane=_text(data.get("pane", ""), "pane"),
            tail=_read(TailState, data.get("tail", {})),
            panes={
                name: tuple(_read(LevelState, each) for each in _list(levels, name))
                for name, levels in panes.items()
            },
        )


def view_name(settings: Settings) -> str:
    """What the view of these settings is kept under: the context, else the servers.

    Without user, password and whatever else a URL may hold beside the address.
    """
    if settings.context is not None:
        return f"context {settings.context}"
    return f"server {','.join(map(server_address, settings.servers))}"


def server_address(url: str) -> str:
    """scheme://host:port of a server, without what is secret."""
    try:
        parsed = parse_url(url)
    except Error:
        return "?"
    return f"{parsed.scheme}://{parsed.netloc.rpartition('@')[2]}"


def is_name(text: str) -> bool:
    """Whether it can be the name of a stream, consumer or bucket (ADR-6), and one word of a
    subject.
    """
    return bool(text) and not any(char.isspace() or char in ".*>/\\" for char in text)


T = TypeVar("T", LevelState, TailState)


def _read(kind: type[T], data: object) -> T:
    """Each field with a value of its type; a field that is missing has its default."""
    known = _mapping(data, kind.__name__)
    values: dict[str, Any] = {}
    for each in fields(kind):
        if each.name not in known:
            continue
        value = known[each.name]
        if isinstance(each.default, tuple):
            values[each.name] = _place(value, each.name)
        elif type(value) is type(each.default):
            values[each.name] = value
        else:
            raise ViewStateError(f"{each.name} is not what it should be")
    if kind is TailState and not all(isinstance(name, str) for name in values.get("subjects", ())):
        raise ViewStateError("subjects are not what they should be")
    return kind(**values)


def _place(value: object, what: str) -> Place:
    parts = _list(value, what)
    if not all(type(part) in (str, int) for part in parts):
        raise ViewStateError(f"{what} is not what it should be")
    return tuple(parts)


def _mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ViewStateError(f"{what} is not what it should be")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ViewStateError(f"{what} is not what it should be")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise ViewStateError(f"{what} is not what it should be")
    return value
