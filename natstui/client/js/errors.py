"""What JetStream refuses, and what this client finds wrong with what it was given.

Errors that come from the server are `APIError`s: `code` is HTTP-like (404, 503), `err_code` is the
server's own number for the exact reason (ADR-7; the ones worth a name are in `ErrorCode`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import natstui.client.errors

if TYPE_CHECKING:
    from collections.abc import Mapping


class ErrorCode(IntEnum):
    """The server's `err_code`: the exact reason of an `APIError`."""

    BAD_REQUEST = 10003
    TEMPORARILY_UNAVAILABLE = 10008
    CONSUMER_NAME_IN_USE = 10013
    CONSUMER_NOT_FOUND = 10014
    INSUFFICIENT_RESOURCES = 10023
    INVALID_JSON = 10025
    MAXIMUM_CONSUMERS_LIMIT = 10026
    MAXIMUM_STREAMS_LIMIT = 10027
    MESSAGE_NOT_FOUND = 10037
    NOT_ENABLED_FOR_ACCOUNT = 10039
    SEQUENCE_NOT_FOUND = 10043
    STORAGE_EXCEEDED = 10047
    STREAM_INVALID_CONFIG = 10052
    MESSAGE_TOO_LARGE = 10054
    STREAM_NAME_IN_USE = 10058
    STREAM_NOT_FOUND = 10059
    EXPECTED_STREAM_MISMATCH = 10060
    STREAM_RESTORE = 10062
    STREAM_SUBJECTS_OVERLAP = 10065
    WRONG_LAST_MSG_ID = 10070
    WRONG_LAST_SEQUENCE = 10071
    REPLICAS_NOT_SUPPORTED = 10074
    NOT_ENABLED = 10076
    STREAM_STORE_FAILED = 10077
    HEADERS_TOO_LARGE = 10097
    CONSUMER_WORK_QUEUE_NOT_UNIQUE = 10100
    CONSUMER_STILL_ACTIVE = 10105
    STREAM_SEALED = 10109
    STREAM_MAX_BYTES_EXCEEDED = 10122
    RECONFIGURE_NOT_IN_PROGRESS = 10129
    CONSUMER_FILTER_MISMATCH = 10131
    CONSUMER_DUPLICATE_FILTERS = 10136
    CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED = 10137
    CONSUMER_OVERLAPPING_FILTERS = 10138
    CONSUMER_EMPTY_FILTER = 10139
    CONSUMER_EXISTS = 10148
    CONSUMER_DOES_NOT_EXIST = 10149
    PEDANTIC = 10157
    DUPLICATE_IN_FLIGHT = 10158
    INVALID_PRIORITY_GROUP = 10160
    LAST_SUBJECT_SEQUENCE_NOT_READY = 10163
    WRONG_LAST_SEQUENCE_CONSTANT = 10164
    MESSAGE_TTL_INVALID = 10165
    MESSAGE_TTL_DISABLED = 10166
    TOO_MANY_REQUESTS = 10167
    COUNTER_DISABLED = 10168
    ATOMIC_PUBLISH_DISABLED = 10174
    ATOMIC_PUBLISH_INCOMPLETE = 10176
    REQUIRED_API_LEVEL = 10185
    SCHEDULE_PATTERN_INVALID = 10189
    SCHEDULE_TARGET_INVALID = 10190
    LAST_SUBJECT_SEQUENCE_INVALID = 10193
    STREAM_OFFLINE = 10194
    CONSUMER_OFFLINE = 10195
    ATOMIC_PUBLISH_TOO_LARGE = 10199
    CONSUMER_INVALID_RESET = 10204
    BATCH_PUBLISH_DISABLED = 10205
    STREAM_IDENTITY_MISMATCH = 10225


class Error(natstui.client.errors.Error):
    """An Error raised by the NATS client when using JetStream."""

    def __init__(self, description: str | None = None) -> None:
        super().__init__(description)
        self.description = description

    def __str__(self) -> str:
        return f"nats: JetStream.{type(self).__name__}: {self.description or ''}".rstrip(": ")


class APIError(Error):
    """The server answered with an error.

    `code` HTTP-like, `err_code` the exact reason, `description` in the server's words; `stream` and
    `seq` when the answer to a publish carried them.
    """

    def __init__(
        self,
        code: int | None = None,
        description: str | None = None,
        err_code: int | None = None,
        stream: str | None = None,
        seq: int | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.err_code = err_code
        self.stream = stream
        self.seq = seq

    @classmethod
    def from_error(cls, err: Mapping[str, Any]) -> APIError:
        """The right class for the `error` object of a server's answer.

        It has `code`, `err_code` and `description`.
        """
        code, err_code = err.get("code"), err.get("err_code")
        kind = _BY_ERR_CODE.get(err_code) or _BY_CODE.get(code) or APIError
        return kind(
            code=code,
            description=err.get("description"),
            err_code=err_code,
            stream=err.get("stream"),
            seq=err.get("seq"),
        )

    def __str__(self) -> str:
        return (
            f"nats: {type(self).__name__}: code={self.code} err_code={self.err_code} "
            f"description={self.description!r}"
        )


class ServiceUnavailableError(APIError):
    """A 503 error: JetStream is not enabled here, or has no leader at the moment."""


class ServerError(APIError):
    """A 500 error."""


class NotFoundError(APIError):
    """A 404 error."""


class BadRequestError(APIError):
    """A 400 error."""


class ApiLevelError(APIError):
    """The server is too old for what was asked (412, 10185; ADR-44). Nothing was done."""

    @classmethod
    def of(cls, required: int, actual: int) -> ApiLevelError:
        """What a client finds out by itself, of a server that would not say it."""
        return cls(
            code=412,
            err_code=ErrorCode.REQUIRED_API_LEVEL,
            description=f"this needs JetStream API level {required}"
            f"{_RELEASES.get(required, '')}, the server has {actual}",
        )


class ConsumerInvalidResetError(BadRequestError):
    """A consumer cannot be reset to the sequence asked for (10204)."""


class ConsumerDeletedError(NotFoundError):
    """The consumer was deleted while messages were pulled from it."""


class NoStreamResponseError(Error):
    """No stream listens to the subject: a publish was answered with 503."""

    def __init__(self, description: str | None = None) -> None:
        super().__init__(description or "no response from stream")


class BatchAbandonedError(Error):
    """The server has ended a fast batch before its end.

    `stored` of its messages are stored, the first ones; `ack` is for the last of them. Without an
    `ack` (the stream has lost its leader) it may be some more.
    """

    def __init__(self, stored: int, sent: int, ack: Any, reason: str) -> None:
        known = stored if ack is not None else f"at least {stored}"
        super().__init__(f"{known} of {sent} messages are stored: {reason}")
        self.stored = stored
        self.ack = ack


class TooManyStalledMsgsError(Error):
    """`publish_async` waited in vain for one of the outstanding publishes to be acknowledged."""


class FetchTimeoutError(natstui.client.errors.TimeoutError):
    """A pull went quiet: neither a message nor a heartbeat within twice its heartbeat interval."""


class ConsumerSequenceMismatchError(Error):
    """A heartbeat says that messages of this consumer were sent which never arrived.

    `stream_resume_sequence` is the stream sequence to continue from, `consumer_sequence` the last
    one seen here, `last_consumer_sequence` the last one that the server sent.
    """

    def __init__(
        self,
        stream_resume_sequence: int | None = None,
        consumer_sequence: int | None = None,
        last_consumer_sequence: int | None = None,
    ) -> None:
        self.stream_resume_sequence = stream_resume_sequence
        self.consumer_sequence = consumer_sequence
        self.last_consumer_sequence = last_consumer_sequence
        gap = (last_consumer_sequence or 0) - (consumer_sequence or 0)
        super().__init__(
            f"sequence mismatch for consumer at sequence {consumer_sequence} "
            f"({gap} sequences behind), should restart consumer from stream sequence "
            f"{stream_resume_sequence}"
        )


class ConsumerNotActiveError(Error):
    """Async error: a push consumer sends neither messages nor heartbeats."""


class BucketNotFoundError(NotFoundError):
    """There is no key-value or object bucket of that name."""


class BadBucketError(APIError):
    """The stream behind the bucket's name is not a bucket."""


class KeyValueError(APIError):
    """Raised when there is an issue interacting with the KeyValue store."""


class KeyNotFoundError(KeyValueError, NotFoundError):
    """The bucket holds no value for the key.

    `entry` and `op` are set when that is known to be so because the key was deleted.
    """

    def __init__(
        self,
        entry: Any = None,
        op: str | None = None,
        message: str | None = None,
    ) -> None:
        super().__init__(code=404, description=message or "key not found")
        self.entry = entry
        self.op = op

    def __str__(self) -> str:
        if self.op:
            return f"nats: key was deleted (operation {self.op})"
        return f"nats: {self.description}"


class KeyDeletedError(KeyNotFoundError):
    """The key was deleted or purged; `entry` is the tombstone, `op` its operation (DEL, PURGE).

    It is a `KeyNotFoundError` too, so that callers who do not care which need one `except` only.
    """

    def __init__(self, entry: Any = None, op: str | None = None) -> None:
        super().__init__(entry=entry, op=op, message="key was deleted")


class KeyWrongLastSequenceError(KeyValueError, BadRequestError):
    """The key changed since the revision that the update was based on; nothing was written."""

    def __init__(self, description: str | None = None) -> None:
        super().__init__(
            code=400,
            description=description or "wrong last sequence",
            err_code=ErrorCode.WRONG_LAST_SEQUENCE,
        )

    def __str__(self) -> str:
        return f"nats: {self.description}"


class NoKeysError(KeyValueError):
    """The bucket, or what of it was asked for, is empty."""

    def __str__(self) -> str:
        return "nats: no keys found"


class KeyHistoryTooLargeError(KeyValueError):
    """A bucket keeps at most 64 values a key."""

    def __str__(self) -> str:
        return "nats: history limited to a max of 64"


class InvalidKeyError(Error):
    """The key has characters that a key cannot have, or starts or ends with a dot."""


class InvalidBucketNameError(Error):
    """Bucket names are made of letters, digits, `-` and `_`."""


class InvalidObjectNameError(Error):
    """Raised when trying to put an object in Object Store with invalid key."""


class BadObjectMetaError(Error):
    """Raised when trying to read corrupted metadata from Object Store."""


class LinkIsABucketError(Error):
    """The object is a link to a whole bucket: there are no bytes to get."""


class DigestMismatchError(Error):
    """What arrived is not what was stored: digest or size differ from the object's metadata."""


class ObjectNotFoundError(NotFoundError):
    """There is no object of that name."""


class ObjectDeletedError(NotFoundError):
    """The object was deleted."""


class ObjectAlreadyExists(Error):
    """There is an object of that name already."""


class KeyValueLimitMarkerTTLNotSupportedError(Error):
    """`limit_marker_ttl` needs a server with API level 1 or higher (2.11)."""


_BY_CODE: dict[object, type[APIError]] = {
    400: BadRequestError,
    404: NotFoundError,
    500: ServerError,
    503: ServiceUnavailableError,
}
_BY_ERR_CODE: dict[object, type[APIError]] = {
    ErrorCode.REQUIRED_API_LEVEL: ApiLevelError,
    ErrorCode.CONSUMER_INVALID_RESET: ConsumerInvalidResetError,
}
# The first release of an API level.
_RELEASES = {1: " (nats-server 2.11)", 2: " (2.12)", 4: " (2.14)", 5: " (2.15)"}
