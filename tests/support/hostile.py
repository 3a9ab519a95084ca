"""Messages that nobody should be afraid of: everything that a payload can do to a screen."""

from __future__ import annotations

import base64
import gzip
from typing import NamedTuple


class Hostile(NamedTuple):
    """A message, and the name of what it tries."""

    name: str
    payload: bytes
    subject: str = "hostile"
    reply: str = ""
    headers: bytes = b""

    def __str__(self) -> str:
        return self.name


def _headers(*lines: bytes) -> bytes:
    return b"NATS/1.0\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"


C0 = bytes(range(0x20)) + b"\x7f"
C1 = "".join(map(chr, range(0x80, 0xA0)))
BIDI = "\u202aa\u202bb\u202cc\u202dd\u202ee\u2066f\u2067g\u2068h\u2069i\u200ej\u200fk\u061cl"
ZERO_WIDTH = "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh\u034fi\u115fj\u3164k"
WIDE = "中文字 日本語 한국어 \uff46\uff55\uff4c\uff4c"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
EMOJI = f"{FAMILY} \U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1eb\U0001f1f7"
TOWER = "a" + "\u0301\u0302\u0303\u0304" * 500 + "b"

MESSAGES = (
    Hostile("closing markup tag", b"oops [/x] here"),
    Hostile("markup tag", b"[b]bold[/b] [TAIL] [true] [red on blue]"),
    Hostile("markup click", b"[@click=app.quit]x[/] [link=https://evil.example]y[/link]"),
    Hostile("clipboard", b"\x1b]52;c;aGFja2Vk\x07 \x1b]52;c;aGFja2Vk\x1b\\ after"),
    Hostile("window title", b"\x1b]0;owned\x07\x1b]2;owned\x1b\\"),
    Hostile("hyperlink", b"\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\"),
    Hostile("clear screen", b"\x1b[2J\x1b[H\x1b[31mred\x1b[0m\x1b[?1049l"),
    Hostile("device report", b"\x1b[6n\x1b[c\x1bP$q m\x1b\\\x05"),
    Hostile("reset", b"\x1bc\x1b#8\x1b[!p"),
    Hostile("all control characters", C0),
    Hostile("one byte control characters", C1.encode()),
    Hostile("one byte CSI", "\x9b31m\x9b2J \x9d52;c;aGk=\x9c".encode()),
    Hostile("carriage returns", b"safe\roverwritten\b\b\b\x0b\x0c"),
    Hostile("bidi overrides", BIDI.encode()),
    Hostile("zero width", ZERO_WIDTH.encode()),
    Hostile("wide characters", WIDE.encode()),
    Hostile("emoji sequences", EMOJI.encode()),
    Hostile("tower of marks", TOWER.encode()),
    Hostile("separators", "a\u2028b\u2029c\u0085d\u00a0e\u3000f".encode()),
    Hostile("private and unassigned", "\ue000\U000f0000\U0010ffff\u0378\ufdd0\ufffe".encode()),
    Hostile("tags", "".join(chr(0xE0000 + ord(char)) for char in "hidden").encode() + b"x"),
    Hostile("nothing but zero bytes", b"\0" * 4096),
    Hostile("no UTF-8", b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80\x80\x80 tail"),
    Hostile("cut UTF-8", "日本".encode()[:-1]),
    Hostile("one line of a megabyte", b"x" * 1_000_000),
    Hostile("a megabyte of wide characters", "中".encode() * 350_000),
    Hostile("many lines", b"\n" * 200_000),
    Hostile("deep JSON", b"[" * 50_000),
    Hostile("JSON with escapes inside", b'{"a\x1b[2J":"\x1b]52;c;aGk=\x07","b":"[/x]"}'),
    Hostile("JSON of one long string", b'{"a":"' + b"y" * 600_000 + b'"}'),
    Hostile("JSON with repeated keys", b'{"a":1,"a":2,"a":[/x]}'),
    Hostile("huge number", b'{"n":' + b"9" * 100_000 + b"}"),
    Hostile("decompression bomb", gzip.compress(b"\0" * 50_000_000)),
    Hostile("wrapped escape", base64.b64encode(gzip.compress(b"\x1b[2J\x1b]52;c;aGk=\x07 words"))),
    Hostile("broken gzip", gzip.compress(b"hello")[:-6] + b"\x1b[2J"),
    Hostile("many headers", b"", headers=_headers(*[b"K: v%d" % n for n in range(100_000)])),
    Hostile(
        "headers with escapes",
        b"x",
        headers=_headers(b"A\x1b[2J: \x1b]52;c;aGk=\x07", b"[/x]: [@click=app.quit]x", b"\xff: \0"),
    ),
    Hostile("a long header", b"x", headers=_headers(b"K" * 5_000 + b": " + b"v" * 100_000)),
    Hostile("no headers in the block", b"x", headers=b"NATS/1.0 503\x1b[2J\r\n\r\n"),
    Hostile(
        "strange subject", b"x", subject="a.\x1b[2J.[/x].\u202e.中文.$%&", reply="\x1b]0;x\x07"
    ),
    Hostile("long subject", b"x", subject=".".join(["token"] * 600)),
)

# What a terminal acts on. CR and LF are how a program moves on, ESC starts its own sequences.
FORBIDDEN = frozenset(map(chr, [*range(0x20), 0x7F, *range(0x80, 0xA0)])) | frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2060"
    "\u2066\u2067\u2068\u2069\u061c\ufeff\u00ad\u180e"
)
