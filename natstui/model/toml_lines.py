"""On which line of a TOML text each key stands: `tomllib` says that only of what is no TOML.

The text has been parsed by `tomllib` before, so what stands here is well-formed, and looking for
the lines that begin a statement is enough.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys from the top, and numbers for the members of an array of tables: ("watch", 0, "when")."""

_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*',
    re.DOTALL,
)
_BARE_OR_QUOTED = r"""(?:[\w-]+|"(?:\\.|[^"\\])*"|'[^']*')"""
_NAME = rf"{_BARE_OR_QUOTED}(?:\s*\.\s*{_BARE_OR_QUOTED})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_NAME})\s*\]")
_ASSIGNMENT = re.compile(rf"\s*({_NAME})\s*=")


def key_lines(text: str) -> dict[Path, int]:
    """Where each table and key of `text` begins, counting lines from 1."""
    lines: dict[Path, int] = {}
    table: Path = ()
    members: Counter[Path] = Counter()
    depth = 0
    for number, (line, bones) in enumerate(_lines(text), 1):
        if depth == 0 and (header := _HEADER.match(line)):
            table = _names(header[2])
            if header[1] == "[[":
                members[table] += 1
                table = (*table, members[table] - 1)
            lines.setdefault(table, number)
            continue
        if depth == 0 and (assignment := _ASSIGNMENT.match(line)):
            lines.setdefault((*table, *_names(assignment[1])), number)
        depth += sum(bones.count(each) for each in "[{") - sum(bones.count(each) for each in "]}")
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of `path`, or of the closest thing around it that has one; 1 if nothing has."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1


def _lines(text: str) -> list[tuple[str, str]]:
    """Each line without what only looks like a statement, and its bones, without any string."""
    text = text.replace("\r\n", "\n")
    kept = _STRING.sub(lambda found: found[0] if _on_one_line(found[0]) else _blank(found), text)
    return list(
        zip(kept.split("\n"), _STRING.sub(_blank, text).split("\n"), strict=True),
    )


def _on_one_line(token: str) -> bool:
    return "\n" not in token and not token.startswith("#")


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _names(dotted: str) -> Path:
    """The parts of a dotted key, as TOML reads them."""
    path: list[str] = []
    inner: object = tomllib.loads(f"{dotted} = 0")
    while isinstance(inner, dict):
        name, inner = next(iter(inner.items()))
        path.append(name)
    return tuple(path)
