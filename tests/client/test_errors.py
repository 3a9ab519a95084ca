from __future__ import annotations

import asyncio
import builtins
import pickle

import pytest

from natstui.client import errors

NEED_ARGUMENTS = {"SlowConsumerError"}


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - NEED_ARGUMENTS))
def test_an_error_without_a_message_explains_itself_in_one_line(name: str) -> None:
    text = str(getattr(errors, name)())
    assert text.startswith("nats: ")
    assert "\n" not in text


@pytest.mark.parametrize("name", sorted(errors.__all__))
def test_every_error_is_an_error_of_nats(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.Error)


def test_a_message_replaces_the_default() -> None:
    assert str(errors.ProtocolError("nats: unknown operation 'XYZ'")) == (
        "nats: unknown operation 'XYZ'"
    )


@pytest.mark.parametrize(
    "kind", [errors.TimeoutError, errors.FlushTimeoutError, errors.DrainTimeoutError]
)
def test_timeouts_are_caught_under_every_name_of_timeout(kind: type[Exception]) -> None:
    for caught in (errors.TimeoutError, builtins.TimeoutError, asyncio.TimeoutError, errors.Error):
        with pytest.raises(caught):
            raise kind


def test_an_unexpected_end_is_a_stale_connection() -> None:
    assert issubclass(errors.UnexpectedEOF, errors.StaleConnectionError)


def test_a_bad_header_is_a_value_error() -> None:
    assert issubclass(errors.BadHeaderError, ValueError)


def test_a_slow_consumer_names_what_was_dropped() -> None:
    error = errors.SlowConsumerError("orders.new", "reply", 7, "the subscription")
    assert (error.subject, error.reply, error.sid, error.sub) == (
        "orders.new",
        "reply",
        7,
        "the subscription",
    )
    assert str(error) == ("nats: slow consumer, messages dropped (subject 'orders.new', sid 7)")


def test_an_acknowledged_message_is_named() -> None:
    error = errors.MsgAlreadyAckdError("the message")
    assert error.msg == "the message"
    assert str(error) == "nats: message was already acknowledged: the message"


@pytest.mark.parametrize(
    "error",
    [
        errors.TimeoutError(),
        errors.BadHeaderError("nats: key"),
        errors.SlowConsumerError("a", "b", 1, None),
        errors.MsgAlreadyAckdError("m"),
    ],
)
def test_errors_travel_between_processes(error: errors.Error) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), copy.args) == (str(error), error.args)
