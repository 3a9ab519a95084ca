"""Colours: a calm dark theme of our own, and the few named inks that all lines are drawn in."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

NATSTUI_DARK = Theme(
    name="natstui-dark",
    dark=True,
    background="#11161d",
    surface="#171d26",
    panel="#1f2733",
    foreground="#d5dbe3",
    primary="#72b7f2",
    secondary="#8bd5ca",
    accent="#e2b86b",
    success="#8ccf9f",
    warning="#e2b86b",
    error="#f28b82",
    variables={
        "ink-muted": "#8793a3",
        "ink-faint": "#566070",
        "cursor-line": "#263244",
        "cursor-line-blurred": "#1d2530",
        "block-cursor-background": "#263244",
        "block-cursor-foreground": "#d5dbe3",
        "block-cursor-text-style": "bold",
        "input-cursor-background": "#e2b86b",
        "input-cursor-foreground": "#11161d",
        "border": "#72b7f2",
        "border-blurred": "#2a3442",
        "scrollbar": "#2a3442",
        "scrollbar-background": "#11161d",
    },
)

NATSTUI_LIGHT = Theme(
    name="natstui-light",
    dark=False,
    background="#fbfaf7",
    surface="#f1efe9",
    panel="#e6e3da",
    foreground="#252b33",
    primary="#1763a6",
    secondary="#0f766e",
    accent="#9a6700",
    success="#2d7a46",
    warning="#9a6700",
    error="#b3352c",
    variables={
        "ink-muted": "#646d78",
        "ink-faint": "#9aa1a9",
        "cursor-line": "#dbe6f2",
        "cursor-line-blurred": "#ebe9e2",
    },
)

# For terminals with few colours, or none: those of the user, and reverse video.
NATSTUI_PLAIN = Theme(
    name="natstui-plain",
    dark=True,
    ansi=True,
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    foreground="ansi_default",
    primary="ansi_cyan",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border": "ansi_cyan",
        "border-blurred": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "reverse",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-text-style": "reverse",
        "scrollbar": "ansi_white",
        "scrollbar-background": "ansi_default",
    },
)

THEMES = (NATSTUI_DARK, NATSTUI_LIGHT, NATSTUI_PLAIN)

# Ink: the theme variable of its colour, and how the letters are.
_INKS: dict[str, tuple[str, str]] = {
    "plain": ("foreground", ""),
    "strong": ("foreground", "bold"),
    "muted": ("ink-muted", ""),
    "faint": ("ink-faint", ""),
    "accent": ("primary", ""),
    "title": ("primary", "bold"),
    "good": ("success", ""),
    "warn": ("warning", ""),
    "bad": ("error", ""),
    "alarm": ("error", "bold"),
    # JSON
    "key": ("primary", ""),
    "string": ("success", ""),
    "number": ("accent", ""),
    "literal": ("secondary", ""),
    "punct": ("ink-muted", ""),
    "note": ("ink-faint", ""),
}

# Where there are no colours at all, what matters has to stand out by its letters.
_LETTERS_ALONE = {"warn": "bold", "bad": "bold", "alarm": "bold reverse", "title": "bold underline"}

# The colour schemes of a context, as the `nats` tool names them.
SCHEME_COLOURS = {
    "yellow": "#e5c453",
    "blue": "#5b9cf0",
    "cyan": "#4fc3c9",
    "green": "#6fc27c",
    "magenta": "#c98be0",
    "red": "#ef6a62",
}


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Our own variables, for themes that do not set them."""
    if theme.ansi:
        return {
            "ink-muted": "ansi_bright_black",
            "ink-faint": "ansi_bright_black",
            "cursor-line": "ansi_default",
            "cursor-line-blurred": "ansi_default",
        }
    fallback = "#e0e0e0" if theme.dark else "#202020"
    background = Color.parse(theme.background or ("#121212" if theme.dark else "#efefef"))
    foreground = Color.parse(theme.foreground or fallback)
    mixed = {"ink-muted": 0.6, "ink-faint": 0.35, "cursor-line": 0.17, "cursor-line-blurred": 0.09}
    return {name: background.blend(foreground, part).hex for name, part in mixed.items()}


class Inks:
    """The styles that lines are drawn in, for one theme.

    A variable `ink-NAME` of the theme is the colour of that ink, whatever it is by itself.

    `cursor` is laid under a whole line. An ANSI theme has no shades: there it is reverse video.
    """

    def __init__(
        self, theme: Theme, variables: Mapping[str, str], *, colourless: bool = False
    ) -> None:
        alone = _LETTERS_ALONE if colourless else {}
        self._styles = {
            name: _style(
                _readable(_colour_of(name, variable, variables), theme), alone.get(name, letters)
            )
            for name, (variable, letters) in _INKS.items()
        }
        for scheme in SCHEME_COLOURS:
            self._styles[f"scheme-{scheme}"] = scheme_colour(scheme) or Style()
        if theme.ansi:
            self.cursor = Style(reverse=True)
            self.cursor_blurred = Style(bold=True)
        else:
            self.cursor = _under(variables.get("cursor-line", ""))
            self.cursor_blurred = _under(variables.get("cursor-line-blurred", ""))

    def __getitem__(self, ink: str) -> Style:
        return self._styles[ink]


def _colour_of(ink: str, variable: str, variables: Mapping[str, str]) -> str:
    return variables.get(f"ink-{ink}") or variables.get(variable, "")


def _readable(colour: str, theme: Theme) -> str:
    """On black, the plain blue and red of most terminals cannot be read."""
    if theme.ansi and theme.dark:
        return {"ansi_blue": "ansi_cyan", "ansi_red": "ansi_bright_red"}.get(colour, colour)
    return colour


def _style(colour: str, letters: str) -> Style:
    style = Style.parse(letters)
    return style + Style(color=Color.parse(colour).rich_color) if colour else style


def _under(colour: str) -> Style:
    return Style(bgcolor=Color.parse(colour).rich_color) if colour else Style(reverse=True)


def scheme_colour(scheme: str) -> Style | None:
    """The colour that marks a context, None for schemes without one (rounded, double)."""
    colour = SCHEME_COLOURS.get(scheme.lower())
    return Style(color=colour, bold=True) if colour else None
