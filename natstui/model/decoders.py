"""Which subjects' payloads are what: for those that do not say so by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeGuard

from natstui.model.wildcards import covers

Step = Literal["base64", "gzip", "zlib", "zstd", "json", "text", "hex", "msgpack", "cbor"]
WRAPPINGS: tuple[Step, ...] = ("base64", "gzip", "zlib", "zstd")
FORMATS: tuple[Step, ...] = ("json", "text", "hex", "msgpack", "cbor")
Steps = tuple[Step, ...]


@dataclass(frozen=True)
class Decoders:
    """Payloads that are not recognised by themselves, or wrongly: what they are, by subject.

    A pattern of subjects, and how to read what is published there: one step, or several in the
    order in which they are taken off, the last of which may be a format. The first pattern that
    fits counts. Wrappings: `base64`, `gzip`, `zlib`, `zstd` (needs Python 3.14). Formats: `json`,
    `text`, `hex`, `msgpack`, `cbor`. In a message, `u` shows it as it was on the wire. They hold in
    the tail, in streams and in `natstui tail`.
    """

    rules: tuple[tuple[str, Steps], ...] = ()

    def of(self, subject: str) -> Steps:
        """How to read a payload of `subject`; empty: as it says itself."""
        for pattern, steps in self.rules:
            if covers(pattern, subject):
                return steps
        return ()


def parse_steps(value: object) -> Steps:
    """The steps as written, one or a list; ValueError says what is wrong with them."""
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not written:
        raise ValueError("write one step, or a list of them")
    steps: list[Step] = []
    for step in written:
        if not _is_step(step):
            raise ValueError(f'there is no "{step}"; there are {", ".join(WRAPPINGS + FORMATS)}')
        if steps and steps[-1] in FORMATS:
            raise ValueError(f"nothing can follow {steps[-1]}")
        steps.append(step)
    return tuple(steps)


def _is_step(value: object) -> TypeGuard[Step]:
    return value in WRAPPINGS + FORMATS
