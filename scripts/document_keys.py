"""Write docs/keys.md: every key of the explorer, from the bindings themselves."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from textual.binding import Binding
from textual.keys import format_key

from natstui import ui

PAGE = Path(__file__).parent.parent / "docs" / "keys.md"

# In the order of the panes, and within one from the outside in. The first part of an id is named.
PLACES = {
    "Everywhere": (
        "app",
        "pane",
        "table",
        "list",
        "prompt",
        "help",
        "events",
        "journal",
        "contexts",
        "watches",
        "compare",
    ),
    "Tail": ("tail", "subject-tree", "message", "detail", "publish", "recording", "replay"),
    "Streams": ("streams", "stream", "subjects", "stored", "search"),
    "Consumers": ("consumers", "consumer", "acks", "dead", "stored-one"),
    "KV": ("kv", "keys", "key", "edit", "merge", "import", "past"),
    "Objects": ("objects", "object", "kept", "transfers"),
    "Services": ("services", "service", "endpoint", "call"),
    "Server": ("server", "connections"),
    "Fields, and what belongs together": ("reading", "groups", "correlations", "page"),
    "Dialogs": ("confirm", "editor", "doctor"),
}

HEAD = """\
# Every key

Written by `python scripts/document_keys.py` from the bindings; `?` shows those of the place where
you are, and `:` runs any of them by name. The id is what a key is called in the configuration.
"""


def bindings() -> Iterator[Binding]:
    """Those of all classes of the explorer, each once, in the order of the modules' names."""
    for module in pkgutil.iter_modules(ui.__path__):
        inside = importlib.import_module(f"{ui.__name__}.{module.name}")
        for thing in vars(inside).values():
            if isinstance(thing, type) and thing.__module__ == inside.__name__:
                for binding in vars(thing).get("BINDINGS", ()):
                    if isinstance(binding, Binding):
                        yield binding


def page() -> str:
    """The page as it should be. KeyError names a place that has no heading here."""
    headings = {place: heading for heading, places in PLACES.items() for place in places}
    rows: dict[str, dict[str, None]] = defaultdict(dict)  # in order, each once
    for binding in bindings():
        rows[_place(binding)][_row(binding)] = None
    missing = rows.keys() - headings.keys()
    if missing:
        raise KeyError(f"give {', '.join(sorted(missing))} a heading in {__file__}")
    return HEAD + "".join(
        f"\n## {heading}\n\n| key | does | id |\n|---|---|---|\n"
        + "".join(f"{row}\n" for place in places for row in rows[place])
        for heading, places in PLACES.items()
    )


def _place(binding: Binding) -> str:
    return (binding.id or "").split(".")[0]


def _row(binding: Binding) -> str:
    keys = " ".join(f"`{format_key(key)}`" for key in binding.key.split(","))
    does = binding.tooltip or binding.description
    return f"| {keys} | {does} | `{binding.id}` |".replace("`|`", r"`\|`")


if __name__ == "__main__":
    PAGE.write_text(page())
