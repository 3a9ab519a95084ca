"""Publishing a dead letter once more, with where it came from in its headers."""

from __future__ import annotations

from natstui.client.errors import BadSubjectError
from natstui.client.js.api import PubAck
from natstui.client.protocol.headers import Headers
from natstui.client.protocol.subjects import check_publish_subject
from natstui.model.dead_letter import DeadLetter
from natstui.model.export import timestamp
from natstui.model.stream_saving import headers_without
from natstui.model.tail import Record
from natstui.model.writing import Writer

# They told the server what to do when the message was published, or are what it put in.
LEFT_OUT = "Nats-"
MARK = "Dead-Letter-"


def target_problem(subject: str) -> str | None:
    """Why it cannot be published there, or None."""
    if subject.startswith(("$JS.", "$SYS.")):
        return "servers take orders there, and no messages"
    try:
        check_publish_subject(subject)
    except BadSubjectError as error:
        return str(error).removeprefix("nats: ")
    has_wildcard = any(token in ("*", ">") for token in subject.split("."))
    return "a message goes to one subject: no wildcards" if has_wildcard else None


def marked(letter: DeadLetter, record: Record) -> Headers:
    """The headers that it is published with: its own, and where it came from."""
    headers = headers_without(record.headers, (LEFT_OUT, MARK))
    marks = {
        "Stream": letter.stream,
        "Sequence": str(letter.seq),
        "Subject": record.subject,
        "Consumer": letter.consumer,
        "Deliveries": str(letter.deliveries),
        "Cause": letter.kind,
        "Reason": " ".join(letter.reason.split()),
        "Time": timestamp(letter.at),
    }
    for name, value in marks.items():
        if value:
            headers[MARK + name] = value
    return headers


async def republish(writer: Writer, letter: DeadLetter, record: Record, subject: str) -> PubAck:
    """Publish it to `subject`, which a stream must store: where that is.

    Raises NoStreamResponseError if none does, and what `Writer.write` does.
    """
    headers = marked(letter, record)
    what = f"republish message {letter.seq} of {letter.stream} to {subject}"
    return await writer.write(what, lambda js: js.publish(subject, record.payload, headers=headers))
