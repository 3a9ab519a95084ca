"""What `config.toml` may say, and what holds where it says nothing.

The docstrings of these classes and of their fields are the text of `natstui help configuration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NamedTuple

from natstui.model.config_values import Name
from natstui.model.decoders import Decoders
from natstui.model.limits import Limits
from natstui.model.toml_lines import Path as KeyPath
from natstui.model.toml_lines import line_of


@dataclass(frozen=True)
class ThemeChoice:
    """Colours: a theme, what is different in it, and a stripe for each environment.

    `[theme.colors]` gives roles colours of their own, in the theme that `name` chooses;
    `[theme.stripes]` marks contexts at the left end of the status line, whatever colour their
    file names: `*` in a name stands for anything, the first line that fits counts.
    """

    name: Annotated[str, Name("the name of a theme")] = ""
    """The theme, `natstui-dark` if nothing is said; NATSTUI_THEME wins over this."""

    colors: Mapping[str, str] = field(default_factory=dict)
    stripes: Mapping[str, str] = field(default_factory=dict)


class Problem(NamedTuple):
    """Something wrong in a file, on a line; 0: in all of it."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.reason}"
            if self.line
            else f"{self.file}: {self.reason}"
        )


@dataclass(frozen=True)
class Source:
    """The file that a configuration was read from, and the lines that its keys stand on."""

    path: Path
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def problem(self, path: KeyPath, reason: str) -> Problem:
        """What is wrong with a key, and where that is."""
        name = ".".join(map(_quoted, path))
        return Problem(self.path.name, line_of(self.lines, path), f"{name}: {reason}")


@dataclass(frozen=True)
class Config:
    """All of a `config.toml`, without what was wrong in it: that is in `problems`.

    `keys` are the keys of bindings by id, `watches` what to alert about, as text. `source` is None
    where there is no file.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    theme: ThemeChoice = field(default_factory=ThemeChoice)
    limits: Limits = field(default_factory=Limits)
    decoders: Decoders = field(default_factory=Decoders)
    watches: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: Source | None = None


def _quoted(part: str | int) -> str:
    text = str(part)
    return text if text.replace("_", "").replace("-", "").isalnum() else f'"{text}"'
