"""The colours that a configuration gives to roles, and the stripe of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from natstui.model.config import Config
from natstui.model.config_reading import did_you_mean, without
from natstui.model.settings import Settings
from natstui.model.toml_lines import Path as KeyPath
from natstui.ui.theme import SCHEME_COLOURS, THEMES, scheme_colour

# Roles that are no ink, but what lies under it.
GROUNDS = ("background", "surface", "panel", "cursor")
ROLES = {
    "plain": "what is read",
    "strong": "what is read first",
    "muted": "beside it",
    "faint": "what can be left unread",
    "accent": "keys, subjects, names",
    "title": "headings",
    "good": "all is well",
    "warn": "somebody should look",
    "bad": "something is wrong",
    "alarm": "and somebody must look",
    "key": "names in JSON",
    "string": "texts in JSON",
    "number": "numbers in JSON",
    "literal": "true, false and null in JSON",
    "punct": "brackets and commas in JSON",
    "note": "offsets in hex",
    "background": "what everything stands on",
    "surface": "fields and dialogs",
    "panel": "what is raised above it",
    "cursor": "the line that is chosen",
}
"""What can have a colour of its own, and what it is for."""
# Inks that Textual's own widgets are to follow.
_FIELDS = {
    "plain": "foreground",
    "accent": "primary",
    "good": "success",
    "warn": "warning",
    "bad": "error",
}


def themes() -> dict[str, Theme]:
    """All that can be chosen, ours first."""
    return {theme.name: theme for theme in THEMES} | BUILTIN_THEMES


def checked_colours(config: Config) -> Config:
    """The configuration without colours and themes that cannot be, with a problem for each."""
    theme = config.theme
    if (source := config.source) is None:
        return config
    problems: list[tuple[KeyPath, str]] = []
    if theme.name and theme.name not in themes():
        problems.append((("theme", "name"), _no(f'theme "{theme.name}"', theme.name, [*themes()])))
        theme = replace(theme, name="")
    for role in theme.colors:
        if role not in ROLES:
            problems.append((("theme", "colors", role), _no("such role", role, [*ROLES])))
    for table, colours in (("colors", theme.colors), ("stripes", theme.stripes)):
        for name, colour in colours.items():
            if not _is_colour(colour):
                reason = f'"{colour}" is no colour; write "#e2b86b" or a name like "red"'
                problems.append((("theme", table, name), reason))
    bad = {path for path, _ in problems}

    def good(table: str, colours: Mapping[str, str]) -> dict[str, str]:
        return {name: each for name, each in colours.items() if ("theme", table, name) not in bad}

    theme = replace(
        theme, colors=good("colors", theme.colors), stripes=good("stripes", theme.stripes)
    )
    said = [source.problem(path, reason) for path, reason in problems]
    return without(config, said, theme=theme)


def coloured(theme: Theme, colors: Mapping[str, str]) -> Theme:
    """The theme with these colours for roles."""
    colours = {role: _hex(colour) for role, colour in colors.items()}
    variables = {f"ink-{role}": each for role, each in colours.items() if role not in GROUNDS}
    if cursor := colours.get("cursor"):
        variables |= {"cursor-line": cursor, "block-cursor-background": cursor}
    fields: dict[str, Any] = {
        field: colours[role] for role, field in _FIELDS.items() if role in colours
    }
    fields |= {
        role: colours[role] for role in ("background", "surface", "panel") if role in colours
    }
    return replace(theme, variables={**theme.variables, **variables}, **fields)


def stripe_of(settings: Settings) -> Style | None:
    """What marks the system at the left end of the status line, None for nothing of its own."""
    name = settings.context or ""
    for pattern, colour in settings.config.theme.stripes.items():
        if fnmatchcase(name, pattern):
            return scheme_colour(colour) or Style(color=_hex(colour), bold=True)
    return scheme_colour(settings.color_scheme)


def _no(what: str, name: str, names: list[str]) -> str:
    return f"there is no {what}{did_you_mean(name, names)}"


def _is_colour(text: str) -> bool:
    if text in SCHEME_COLOURS:
        return True
    try:
        Color.parse(text)
    except ColorParseError:
        return False
    return True


def _hex(text: str) -> str:
    return Color.parse(SCHEME_COLOURS.get(text, text)).hex
