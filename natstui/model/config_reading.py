"""`config.toml` into a `Config`: what is wrong in it is said, with its line, and left out."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from natstui.model.config import Config, Problem, Source, ThemeChoice
from natstui.model.decoders import Decoders, Steps, parse_steps
from natstui.model.field_docs import documented_fields
from natstui.model.limits import Limits
from natstui.model.toml_lines import Path as KeyPath
from natstui.model.toml_lines import key_lines
from natstui.model.wildcards import pattern_problem

SECTIONS = ("keys", "theme", "limits", "decoders", "watch")

CheckWatch = Callable[[str], object]
"""Raises ValueError if a text is no watch."""


def config_path() -> Path:
    """`$XDG_CONFIG_HOME/natstui/config.toml`, by default in `~/.config`; it need not exist."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "natstui" / "config.toml"


def read_config(path: Path, check_watch: CheckWatch = str) -> Config:
    """What the file says. OSError if it cannot be read; whatever else is wrong is in `problems`."""
    text = path.read_bytes()
    try:
        return parse_config(text.decode(), path, check_watch)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        problem = Problem(path.name, line, "this is no UTF-8; nothing of this file is used")
        return Config(problems=(problem,), source=Source(path))


def parse_config(text: str, path: Path, check_watch: CheckWatch = str) -> Config:
    """As `read_config`, of a text that is in `path`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem(path.name, *_syntax_problem(str(error), text))
        return Config(problems=(problem,), source=Source(path))
    return _Reading(Source(path, key_lines(text)), check_watch).config(content)


def did_you_mean(name: str, names: Collection[str]) -> str:
    """`; did you mean "…"?`, or nothing where nothing is like it."""
    alike = get_close_matches(name, names, n=1)
    return f'; did you mean "{alike[0]}"?' if alike else ""


def _syntax_problem(error: str, text: str) -> tuple[int, str]:
    """The line, and what `tomllib` says; after the last line it names none."""
    found = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", error, re.DOTALL)
    said, line = (found[1], int(found[2])) if found else (error, text.count("\n") + 1)
    reason = said.removesuffix(" (at end of document)")
    return line, f"{reason[:1].lower()}{reason[1:]}; nothing of this file is used"


class _Reading:
    """One pass over the content of a file."""

    def __init__(self, source: Source, check_watch: CheckWatch) -> None:
        self.source = source
        self.check_watch = check_watch
        self.problems: list[Problem] = []

    def config(self, content: dict[str, Any]) -> Config:
        for name in content:
            if name not in SECTIONS:
                self.refuse((name,), f"there is no such section{did_you_mean(name, SECTIONS)}")
        return Config(
            keys=self.keys(self.table(content, "keys")),
            theme=self.theme(self.table(content, "theme")),
            limits=Limits(**self.fields(Limits, "limits", self.table(content, "limits"))),
            decoders=self.decoders(self.table(content, "decoders")),
            watches=self.watches(content.get("watch", [])),
            problems=tuple(sorted(self.problems)),
            source=self.source,
        )

    def refuse(self, path: KeyPath, reason: str) -> None:
        self.problems.append(self.source.problem(path, reason))

    def table(self, content: dict[str, Any], *path: str) -> dict[str, Any]:
        table = content.get(path[-1], {})
        if isinstance(table, dict):
            return table
        self.refuse(path, f"this is a section: write [{'.'.join(path)}] above its lines")
        return {}

    def fields(self, cls: type, section: str, table: dict[str, Any]) -> dict[str, Any]:
        """Those of a dataclass."""
        known = {field.name: field for field in documented_fields(cls)}
        values = {}
        for name, value in table.items():
            if name not in known:
                reason = f"there is no such setting{did_you_mean(name, known)}"
                self.refuse((section, name), reason)
                continue
            try:
                values[name] = known[name].kind.parse(value)
            except ValueError as error:
                self.refuse((section, name), str(error))
        return values

    def keys(self, table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
        """By id; `tail.pause = …` without quotes is a table in a table, and means the same."""
        found = {}
        for path, value in _leaves(table, ("keys",)):
            keys = value if isinstance(value, list) else [value]
            if keys and all(isinstance(key, str) and key for key in keys):
                found[".".join(map(str, path[1:]))] = tuple(keys)
            else:
                self.refuse(path, 'write a key, like "ctrl+t", or a list of keys')
        return found

    def theme(self, table: dict[str, Any]) -> ThemeChoice:
        tables: dict[str, Any] = {
            name: self.texts(("theme", name), self.table({name: table[name]}, "theme", name))
            for name in ("colors", "stripes")
            if name in table
        }
        rest = {name: value for name, value in table.items() if name not in tables}
        return ThemeChoice(**self.fields(ThemeChoice, "theme", rest), **tables)

    def texts(self, path: KeyPath, table: dict[str, Any]) -> dict[str, str]:
        for name, value in table.items():
            if not isinstance(value, str):
                self.refuse((*path, name), "write a text, in quotes")
        return {name: value for name, value in table.items() if isinstance(value, str)}

    def decoders(self, table: dict[str, Any]) -> Decoders:
        rules: list[tuple[str, Steps]] = []
        for path, value in _leaves(table, ("decoders",)):
            pattern = ".".join(map(str, path[1:]))
            try:
                if problem := pattern_problem(pattern):
                    raise ValueError(f"this is no pattern of subjects: {problem}")
                rules.append((pattern, parse_steps(value)))
            except ValueError as error:
                self.refuse(path, str(error))
        return Decoders(tuple(rules))

    def watches(self, tables: object) -> tuple[str, ...]:
        if not isinstance(tables, list):
            self.refuse(("watch",), 'write [[watch]], and below it: when = "…"')
            return ()
        return tuple(
            when
            for number, table in enumerate(tables)
            if (when := self.watch(("watch", number), table)) is not None
        )

    def watch(self, path: KeyPath, table: object) -> str | None:
        when = table.get("when") if isinstance(table, dict) else None
        if not isinstance(when, str) or not isinstance(table, dict):
            self.refuse(path, 'a watch needs a line: when = "…"')
            return None
        for name in table.keys() - {"when"}:
            self.refuse((*path, name), "a watch has nothing but when")
        try:
            self.check_watch(when)
        except ValueError as error:
            self.refuse((*path, "when"), str(error))
            return None
        return when


def _leaves(table: dict[str, Any], path: KeyPath) -> list[tuple[KeyPath, Any]]:
    """What is no table, with where it is."""
    found: list[tuple[KeyPath, Any]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found.extend(_leaves(value, (*path, name)))
        else:
            found.append(((*path, name), value))
    return found


def without(config: Config, problems: Collection[Problem], **changed: Any) -> Config:
    """The configuration as changed, with more problems than before."""
    return replace(config, problems=tuple(sorted([*config.problems, *problems])), **changed)
