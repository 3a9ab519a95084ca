"""`natstui help TOPIC`: the pages of the documentation, in the terminal."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import natstui
from natstui.command_line.arguments import Parser, UsageError, first_word
from natstui.model.config_reading import did_you_mean

NAME = "help"
_WIDEST = 100

EPILOG = """\
examples:
  natstui help                 the topics
  natstui help recipes         in a pager, if this is a terminal
  natstui help keys | grep tail
"""


def arguments_of(argv: Sequence[str]) -> list[str] | None:
    """The other arguments, if the first word in `argv` is our command; None if it is not."""
    place = first_word(argv)
    if place is None or argv[place] != NAME:
        return None
    return [*argv[:place], *argv[place + 1 :]]


def run(argv: list[str]) -> int:
    """Show a page, or which there are; the exit code. UsageError if there is no such topic."""
    topic: str | None = parser().parse_args(argv).topic
    if topic is None:
        print("\n".join(_overview()))
        return 0
    pages = topics()
    if topic not in pages:
        raise UsageError(f"there is no topic {topic!r}{did_you_mean(topic, pages)}", NAME)
    _show(pages[topic].read_text())
    return 0


def parser() -> Parser:
    """Its words."""
    made = Parser(
        prog=f"natstui {NAME}",
        usage=f"natstui {NAME} [TOPIC]",
        description="The documentation, a page for each topic.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument(
        "topic", nargs="?", metavar="TOPIC", help="one of those that natstui help says"
    )
    return made


def topics() -> dict[str, Path]:
    """The pages by topic: those that are installed with natstui, else those of the checkout."""
    package = Path(natstui.__file__).parent
    checkout = package.parent
    folder = package / "docs"
    if not folder.is_dir() and (checkout / "pyproject.toml").is_file():
        folder = checkout / "docs"
    return {page.stem: page for page in sorted(folder.glob("*.md")) if page.stem != "README"}


def _overview() -> list[str]:
    pages = topics()
    cells = max(map(len, pages), default=0) + 2
    return [
        "topics, each a page: natstui help TOPIC",
        "",
        *(f"  {topic:<{cells}}{_about(page, 78 - cells)}" for topic, page in pages.items()),
        "",
        "flags and examples of a command: natstui COMMAND --help",
    ]


def _about(page: Path, cells: int) -> str:
    """Its title and how it begins, on one line."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)|[`*]", r"\1", prose)
    title, *parts = text.removeprefix("# ").split("\n\n")
    # Neither what leads to other pages nor what is no sentence.
    said = next((part for part in parts if re.match(r"[\w~]", part) and " · " not in part), "")
    line = " ".join(f"{title}: {said}".split())
    return line if len(line) <= cells else f"{line[: cells - 1].rstrip()}…"


def _show(text: str) -> None:
    """Rendered and in a pager where somebody reads; as it was written where a program does."""
    if not sys.stdout.isatty():
        print(text, end="")
        return
    from rich.console import Console  # here, so that the other commands need not wait for it
    from rich.markdown import Markdown

    os.environ.setdefault("LESS", "-RFX")  # colours; no pager for what fits on the screen
    console = Console()
    # Nobody can follow a link to another page from here.
    page = Markdown(re.sub(r"\[([^]]*)\]\((?!https?:)[^)]*\)", r"\1", text), hyperlinks=False)
    with console.pager(styles=True):
        console.print(page, width=min(console.width, _WIDEST))
