"""Messages that break what shows them carelessly: each is real traffic somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from natstui.demo.event import Event, Headers, Stage

ODD: dict[str, bytes] = {
    "escapes": b"\x1b[2J\x1b[31mred\x1b[0m \x1b]0;a new title\x07 \x1b[?1049l gone?",
    "clipboard": b"\x1b]52;c;cm0gLXJmIC8=\x07 would be in your clipboard",
    "link": b"\x1b]8;;https://example.org\x1b\\harmless text\x1b]8;;\x1b\\",
    "markup": b"[bold red]not bold[/bold red] [/nothing] [link=x]y[/link] :smile: \\[",
    "bidi": "invoice \u202egnp.exe\u202c paid \u2066\u202ename\u2069 שלום مرحبا".encode(),
    "control": b"bell\x07 back\x08space nul\x00 delete\x7f next\x85line\r\ncarriage\rreturn",
    "encoding": b"latin-1 caf\xe9, then \xff\xfe and a lonely \xed\xa0\x80 surrogate",
    "wide": (
        "日本語テキスト 👩\u200d👩\u200d👧\u200d👦 🇪🇺 e\u0301 "
        "Z\u0351\u0360a\u0334\u0342l\u0336g\u0337o \uff46\uff55\uff4c\uff4c width"
    ).encode(),
    "invisible": "zero\u200bwidth\u2060joiner\ufeffs and\u00a0spaces \u3164 \u2028 \u2029".encode(),
    "empty": b"",
    "blank": b"   \n\t\n  ",
    "long": b"x" * 9000,
    "lines": b"\n".join(b"line %d" % number for number in range(300)),
    "deep": b'{"a":' * 300 + b"1" + b"}" * 300,
    "broken": b'{"id": 7, "note": "cut off in the mid',
    "numbers": b'{"big": 123456789012345678901234567890, "exp": 1e400, "id": 9007199254740993}',
    "twice": b'{"id": 1, "id": 2, "\\u001b[31m": "\\u0000\\u202e"}',
}

ODD_HEADERS: Headers = {
    "X-Note": "\x1b[31mheaders are text from outside too\x1b[0m",
    "X-Many": ["one", "two", "[bold]three[/bold]"],
    "x-many": "another case is another key",
}

ODD_SUBJECTS = ("odd.subject.[red]markup[/red]", "odd.subject.größe.🚀", "odd.subject.\x1b[7mesc")


def odd(stage: Stage) -> Iterator[Event]:
    """One of them every second and a half, and now and then an odd subject."""
    messages = cycle([(f"odd.{name}", payload) for name, payload in ODD.items()])
    subjects = cycle(ODD_SUBJECTS)
    for number, at in enumerate(stage.moments(1 / 1.5)):
        if number % 6 == 5:
            yield Event(at, next(subjects), b"the subject is the odd thing", ODD_HEADERS)
            continue
        subject, payload = next(messages)
        yield Event(at, subject, payload, ODD_HEADERS if number % 4 == 0 else None)
