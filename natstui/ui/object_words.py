"""What there is to say of an object, in lines."""

from __future__ import annotations

import time
from collections.abc import Iterator

from natstui.client.protocol.headers import Headers
from natstui.model.object_entry import ObjectEntry
from natstui.ui import words
from natstui.ui.drawing import Span
from natstui.ui.safe import clean

_CELLS = 13
_MOST_KEY_CELLS = 32
_LONGEST = 4_000  # characters of one text
_MOST = 100  # headers

Line = list[Span]


def short(text: str) -> str:
    """Of a name or a description as much as a line may need."""
    return text if len(text) <= 200 else text[:200] + "…"


def age(entry: ObjectEntry) -> str:
    """How long ago it was written, in at most four cells."""
    return words.age(time.time() - entry.at)


def entry_lines(entry: ObjectEntry, stored: int | None = None) -> list[Line]:
    """All that its info says; `stored`: how many chunks there are, None if nobody asked."""
    lines: list[Line] = [[("title", _cut(entry.name))], []]
    if entry.problem:
        lines += [[("bad", "Its info cannot be relied on: nothing is done with it.")]]
        lines += [[("bad", _cut(entry.problem))], []]
    lines += [
        [("muted", f"{name:<{_CELLS}}"), (ink, _cut(text))] for name, ink, text in _facts(entry)
    ]
    if stored is not None and entry.kind == "object":
        lines.append(_stored(entry, stored))
    for title, pairs in (("HEADERS", _headers(entry)), ("METADATA", _metadata(entry))):
        if pairs:
            lines += [[], [("title", title)]]
            shown = [(clean(_cut(key)), _cut(value)) for key, value in pairs[:_MOST]]
            cells = min(max(len(key) for key, _ in shown), _MOST_KEY_CELLS)
            lines += [[("key", f"{key:<{cells}}  "), ("plain", value)] for key, value in shown]
            if len(pairs) > _MOST:
                lines.append([("warn", f"{len(pairs) - _MOST:,} more not shown")])
    return lines


def _facts(entry: ObjectEntry) -> Iterator[tuple[str, str, str]]:
    yield "bucket", "plain", entry.bucket
    if entry.target:
        yield "link to", "accent", entry.target
    if entry.kind == "deleted":
        yield "deleted", "bad", words.day_and_time(entry.at)
    else:
        yield "written", "plain", words.day_and_time(entry.at)
    if entry.kind == "object":
        yield "size", "number", f"{words.size(entry.size)}  ({entry.size:,} bytes)"
        chunks = words.plural(entry.chunks, "chunk")
        yield "in", "plain", f"{chunks} of at most {words.size(entry.chunk_size)}"
        yield "digest", "plain", entry.digest or "none: nobody can check it"
    if entry.description:
        yield "description", "plain", entry.description
    if entry.info is not None:
        yield "nuid", "muted", entry.info.nuid
    yield "sequence", "muted", f"{entry.revision:,}"
    yield "subject", "muted", entry.subject


def _stored(entry: ObjectEntry, stored: int) -> Line:
    if stored == entry.chunks:
        return [("muted", f"{'stored':<{_CELLS}}"), ("good", f"all {stored:,} of its chunks")]
    said = f"{stored:,} of its {entry.chunks:,} chunks: it cannot be read as a whole"
    return [("muted", f"{'stored':<{_CELLS}}"), ("alarm", said)]


def _headers(entry: ObjectEntry) -> list[tuple[str, str]]:
    if entry.info is None or not entry.info.headers:
        return []
    headers = Headers(entry.info.headers)
    return [(str(key), str(value)) for key in headers for value in headers.get_all(key)]


def _metadata(entry: ObjectEntry) -> list[tuple[str, str]]:
    return list((entry.info.metadata or {}).items()) if entry.info else []


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
