"""A message that is being written: kept until it is written anew, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from natstui.model.session import Reply


class DraftError(ValueError):
    """The draft cannot be sent as it is; the message says which line is wrong."""


@dataclass(slots=True)
class Draft:
    """What was typed, as it was typed; `headers` has a `Key: value` a line."""

    subject: str = ""
    reply: str = ""
    headers: str = ""
    payload: str = ""
    answer: Reply | None = None

    def header_map(self) -> dict[str, list[str]]:
        """The headers as the client takes them; DraftError names the line that is none."""
        headers: dict[str, list[str]] = {}
        for number, line in enumerate(self.headers.splitlines(), 1):
            if not line.strip():
                continue
            key, colon, value = line.partition(":")
            if not colon or not key.strip():
                raise DraftError(f"header line {number}: 'Key: value' is expected")
            headers.setdefault(key.strip(), []).append(value.strip())
        return headers

    def check(self) -> None:
        """DraftError if it cannot be published; the server is not asked."""
        if not self.subject.strip():
            raise DraftError("a subject is needed")
        if _has_wildcard(self.subject.strip()):
            raise DraftError("a message goes to one subject: no wildcards")
        self.header_map()


def _has_wildcard(subject: str) -> bool:
    return any(token in ("*", ">") for token in subject.split("."))
