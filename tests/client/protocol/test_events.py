from __future__ import annotations

from natstui.client.errors import ProtocolError
from natstui.client.protocol.events import OK, PING, PONG, Delivery, Err, Info, Malformed


def test_a_delivery_shows_whom_it_is_for_and_how_much_it_is() -> None:
    assert repr(Delivery("orders", [], 12)) == "Delivery('orders', 0 messages, 12 bytes)"


def test_events_say_what_they_are() -> None:
    assert [repr(event) for event in (PING, PONG, OK)] == ["Ping()", "Pong()", "Ok()"]
    assert repr(Err("no")) == "Err(text='no')"
    assert repr(Info(b"{}")) == "Info(json=b'{}')"


def test_events_are_equal_when_they_say_the_same() -> None:
    fault = ProtocolError("x")
    assert Err("a") == Err("a") != Err("b")
    assert Info(b"{}") != Info(b"[]")
    assert Malformed(fault) == Malformed(fault)
    assert len({PING, PONG, OK, Err("a"), Err("a")}) == 4
