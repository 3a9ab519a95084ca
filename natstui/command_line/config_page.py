"""What is said about config.toml: a page of documentation and a file to begin with.

Both are made of the docstrings of the classes that the file is read into, so that they cannot be
out of date; `docs/configuration.md` is this page, written by `scripts/document_configuration.py`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from natstui.model.config import ThemeChoice
from natstui.model.decoders import Decoders
from natstui.model.field_docs import documented_fields
from natstui.model.limits import Limits

HEAD = """\
# Configuration

`~/.config/natstui/config.toml` (in `$XDG_CONFIG_HOME`, if that is set) says how the explorer is to
be: its keys, its colours, how much it keeps. It need not exist, and says nothing about where to
connect: that is in the contexts of the `nats` tool. `--config FILE` or `NATSTUI_CONFIG` takes
another one.

    natstui config default > ~/.config/natstui/config.toml   # all there is, commented out
    natstui config check                                     # is it right? exit code 1 if not
    natstui config show                                      # what holds now
    natstui config path                                      # where it is
    natstui config keys                                      # all bindings with their ids
    natstui config themes                                    # all themes

What is wrong in the file is said with its line, before the explorer starts and in its event drawer
(`e`), and left out; the rest holds:

    config.toml:12: keys."tail.pause": unknown key name "spacee"; did you mean "space"?
"""

KEYS = """\
Each binding has an id, shown by `?` behind what it does, by `natstui config keys` and in
[keys.md](keys.md). Give it a key, or a list of keys; those it had are free then. The help, the line
of keys and the palette show what holds; guides and explanations name the keys that natstui comes
with.

```toml
[keys]
"tail.pause" = "ctrl+t"
"app.quit" = ["Q", "ctrl+q"]
```

A key is what a terminal sends: a character (`"/"`, `"Q"`), a name (`"space"`, `"enter"`, `"f5"`,
`"pagedown"`), or one with `ctrl+`, `alt+` or `shift+` before it. What is pressed goes to what has
the focus, then to what is around it. A key that is taken where it could be pressed is a clash: it
is reported with both bindings, and the new one keeps the keys that it had. Two bindings may swap
their keys.
"""

COLOURS = """\
Colours are `"#rrggbb"` or names. The roles:

"""

WATCHES = """\
What to be told about from the start, a text each, as `W` in the explorer and `natstui watch` take
it ([alerts](alerts.md)):

```toml
[[watch]]
when = "consumer ORDERS > billing: pending>1000 for 30s"
```
"""


def page() -> str:
    """The documentation, as Markdown."""
    return "\n".join(
        [
            HEAD,
            "## Keys\n",
            KEYS,
            "## Theme\n",
            _about(ThemeChoice),
            '```toml\n[theme]\nname = "natstui-light"\n\n[theme.colors]\naccent = "#7a3e9d"\n\n'
            '[theme.stripes]\n"prod*" = "red"\nstaging = "yellow"\n```\n',
            _table(ThemeChoice),
            COLOURS + _roles(),
            "## Limits\n",
            _about(Limits),
            '```toml\n[limits]\ntail_messages = 200_000\ntail_bytes = "256 MiB"\n```\n',
            _table(Limits),
            "## Decoders\n",
            _about(Decoders),
            '```toml\n[decoders]\n"telemetry.>" = "msgpack"\n'
            '"audit.*" = ["base64", "gzip", "json"]\n```\n',
            "## Watches\n",
            WATCHES,
        ]
    )


def default_text() -> str:
    """A file that changes nothing: what may be changed is commented out."""
    lines = [
        "# Configuration of natstui. Lines that are commented out say what holds without them.",
        *_HINTS,
    ]
    lines += ["", "[keys]", '# "tail.pause" = "space"', '# "app.quit" = ["q", "ctrl+q"]']
    lines += ["", *_comment(_about(ThemeChoice)), "[theme]", *_fields(ThemeChoice)]
    lines += ["", "[theme.colors]", '# accent = "#72b7f2"']
    lines += ["", "[theme.stripes]", '# "prod*" = "red"']
    lines += ["", *_comment(_about(Limits)), "[limits]", *_fields(Limits)]
    lines += ["", *_comment(_about(Decoders)), "[decoders]", '# "telemetry.>" = "msgpack"']
    lines += ["", "# What to be told about.", "# [[watch]]"]
    lines += ['# when = "consumer ORDERS > billing: pending>1000 for 30s"', ""]
    return "\n".join(lines)


_HINTS = (
    "# natstui help configuration says more, natstui config check whether it is right.",
    "",
    "# Keys by the ids of their bindings: natstui config keys lists them.",
)


def _fields(cls: type) -> Iterator[str]:
    for field in documented_fields(cls):
        yield from _comment(field.text)
        yield f"# {field.name} = {field.kind.written(field.default)}"


def _comment(text: str) -> list[str]:
    return [f"# {line}".rstrip() for line in text.rstrip().replace("`", "").splitlines()]


def _about(cls: type) -> str:
    return f"{inspect.cleandoc(cls.__doc__ or '')}\n"


def _table(cls: type) -> str:
    rows = ["| setting | | default |", "|---|---|---|"]
    for field in documented_fields(cls):
        text = re.sub(r"\s+", " ", field.text)
        default = field.kind.written(field.default)
        rows.append(f"| `{field.name}` | {text} {_sentence(field.kind.words)} | `{default}` |")
    return "\n".join([*rows, ""])


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _roles() -> str:
    from natstui.ui.own_colours import ROLES  # Textual, for which nothing else here waits

    rows = ["| role | |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{role}` | {words} |" for role, words in ROLES.items()), ""])
