"""The keys of bindings as the user wants them: which there are, and what may not be.

A key that is pressed goes to what has the focus, then to what that is in, up to the app; the first
binding for it is done. So two bindings clash where both may be waiting for the same key. It may be
meant: `x` is hex in a message and export around it. What was given by us stays as it is; a key that
the user gives must be free.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from string import punctuation
from typing import NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys
from textual.screen import Screen

from natstui import ui
from natstui.model.config import Config, Problem
from natstui.model.config_reading import did_you_mean, without
from natstui.ui.pane import DrillPane, Level

MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})
_EVERYWHERE = ("list", "table")
"""Prefixes of the ids that every list has, in whatever level."""

_WHILE_TYPING = ("publish.", "call.call", "call.all", "editor.", "edit.", "prompt.")
"""How the ids of those begin that are wanted while a field has the focus."""


class Place(NamedTuple):
    """A class with bindings: those by id, and the classes that it has them from."""

    cls: type[DOMNode]
    bindings: dict[str, Binding]


def checked_keys(config: Config) -> Config:
    """The configuration without keys that cannot be, and with a problem for each of them."""
    problems: list[Problem] = []
    if (source := config.source) is None:
        return config
    good: dict[str, tuple[str, ...]] = {}
    for id, keys in config.keys.items():
        try:
            good[id] = _keys_of(id, keys)
        except ValueError as error:
            problems.append(source.problem(_path(source.lines, id), str(error)))
    while clash := _first_clash(good):
        id, reason = clash
        del good[id]
        problems.append(source.problem(_path(source.lines, id), reason))
    return without(config, problems, keys=good)


def keymap(config: Config) -> dict[str, str]:
    """As Textual takes it, of a checked configuration."""
    return {id: ",".join(keys) for id, keys in config.keys.items()}


def keys_of(id: str, config: Config) -> tuple[str, ...]:
    """The keys of a binding."""
    return config.keys.get(id) or tuple(bindings()[id].key.split(","))


def _path(lines: Mapping[tuple[str | int, ...], int], id: str) -> tuple[str, ...]:
    """As it was written: the id in quotes, or with a dot."""
    return ("keys", id) if ("keys", id) in lines else ("keys", *id.split("."))


@cache
def bindings() -> dict[str, Binding]:
    """All bindings of the explorer that have an id, as they are without a configuration."""
    return {id: binding for place in _places() for id, binding in place.bindings.items()}


def normal(key: str) -> str:
    """A key as Textual calls it: `/` is slash, `shift+a` is A. ValueError if there is none."""
    *modifiers, name = key.split("+") if key != "+" and not key.endswith("++") else _plus(key)
    if wrong := set(modifiers) - MODIFIERS:
        raise ValueError(f'unknown key name "{key}": there is no {min(wrong)}')
    if len(name) > 1:
        known = {*_key_names(), *(each for each in ("ctrl", "alt") if not modifiers)}
        if name not in _key_names():
            raise ValueError(f'unknown key name "{key}"{did_you_mean(name, known)}')
    elif "shift" in modifiers and name.isalpha():
        modifiers, name = [each for each in modifiers if each != "shift"], name.upper()
    (binding,) = Binding.make_bindings([Binding(name, "", "")])
    name = binding.key.lower() if "ctrl" in modifiers and len(name) == 1 else binding.key
    return "+".join([*sorted(modifiers), name])


def _plus(key: str) -> list[str]:
    return [*filter(None, key[:-1].split("+")), "plus"]


@cache
def _key_names() -> frozenset[str]:
    named = {key.value for key in Keys if "+" not in key.value and not key.value.startswith("<")}
    return _signs() | named


@cache
def _signs() -> frozenset[str]:
    """The names of what is typed and is neither a letter nor a digit."""
    signs = Binding.make_bindings(Binding(sign, "", "") for sign in punctuation if sign != ",")
    return frozenset({binding.key for binding in signs} | {"comma", "space"})


def _keys_of(id: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    if id not in bindings():
        raise ValueError(f"there is no such binding{did_you_mean(id, bindings())}")
    found = tuple(dict.fromkeys("comma" if key == "," else normal(key) for key in keys))
    if id.startswith(_WHILE_TYPING) or id.endswith("-while-typing"):
        for key in found:
            if len(key) == 1 or key in _signs():
                raise ValueError(f'"{key}" is typed into the field there; take one with ctrl+')
    return found


# Clashes


def _first_clash(wanted: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    """The id of ours that has to give way, and why."""
    for id in reversed(list(wanted)):
        for other in bindings():
            both = set(wanted[id]) & set(wanted.get(other, _own_keys(other)))
            if other == id or not both or not _may_meet(id, other):
                continue
            if both <= set(_own_keys(id)) & set(_own_keys(other)):
                continue
            about = bindings()[other].tooltip or bindings()[other].description
            stays = " ".join(_own_keys(id))
            return id, (
                f'"{min(both)}" is the key of {other} ({about}) {_where(id, other)}; '
                f"{id} stays on {stays}"
            )
    return None


def _own_keys(id: str) -> tuple[str, ...]:
    """Without a configuration."""
    keys = {
        key
        for place in _places()
        if (binding := place.bindings.get(id))
        for key in binding.key.split(",")
    }
    return tuple(sorted(keys))


@cache
def _may_meet(one: str, other: str) -> bool:
    """Whether there is a place where both are waiting for a key."""
    if any(one in place.bindings and other in place.bindings for place in _places()):
        return True
    return _is_around(one, other) or _is_around(other, one)


def _is_around(outer: str, inner: str) -> bool:
    """Whether what has `outer` may be around what has `inner`."""
    kinds = _kinds(inner)
    match outer.partition(".")[0]:
        case "app":
            return not all(issubclass(kind, Screen) for kind in kinds)
        case "pane":
            return any(issubclass(kind, Level) for kind in kinds) or _is_everywhere(inner)
    around = _kinds(outer)
    return _is_everywhere(inner) and not all(issubclass(kind, App | DrillPane) for kind in around)


def _is_everywhere(id: str) -> bool:
    return id.startswith(tuple(f"{prefix}." for prefix in _EVERYWHERE))


def _kinds(id: str) -> list[type[DOMNode]]:
    return [place.cls for place in _places() if id in place.bindings]


def _where(one: str, other: str) -> str:
    """The narrower of the places that they have."""
    prefixes = [id.partition(".")[0] for id in (one, other)]
    narrow = [each for each in prefixes if each not in ("app", "pane", *_EVERYWHERE)]
    if narrow:
        return f"where {narrow[0]}.* are"
    return "in every list" if set(prefixes) & {*_EVERYWHERE} else "everywhere"


@cache
def _places() -> tuple[Place, ...]:
    """All classes of the explorer that have bindings, their own and those of their parents."""
    places = []
    for cls in _classes():
        found: dict[str, Binding] = {}
        for parent in reversed(cls.__mro__):
            own = parent.__dict__.get("BINDINGS", ())
            found |= {each.id: each for each in own if isinstance(each, Binding) and each.id}
        if found:
            places.append(Place(cls, found))
    return tuple(places)


def _classes() -> Iterable[type[DOMNode]]:
    for module in pkgutil.iter_modules(ui.__path__, f"{ui.__name__}."):
        for each in vars(import_module(module.name)).values():
            if (
                inspect.isclass(each)
                and issubclass(each, DOMNode)
                and each.__module__ == module.name
            ):
                yield each
