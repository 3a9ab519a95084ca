"""Where a message is, read from the reply subjects that servers make."""

from __future__ import annotations

import pytest

from natstui.client.js.position import NOWHERE, Position, position


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.S.c.1.70.7.1700000000000000001.3",
        "$JS.ACK._.hash.S.c.1.70.7.1700000000000000001.3",
        "$JS.ACK.hub.hash.S.c.1.70.7.1700000000000000001.3",
        "$JS.ACK.hub.hash.S.c.1.70.7.1700000000000000001.3.token",
        "$JS.ACK.hub.hash.S.c.1.70.7.1700000000000000001.3.token.more",
    ],
)
def test_every_form_of_the_subject_is_read(reply: str) -> None:
    """Defect 9 of the seed's client: eleven tokens, as newer servers make, killed its reader."""
    assert position(reply) == Position("c", 70, 7, 1700000000000000001, 3)


@pytest.mark.parametrize(
    "reply", ["", "_INBOX.abc", "$JS.ACK.S.c.1.70.7", "$JS.ACK.S.c.1.70.x.1700.3", "a.b.c.d.e.f.g"]
)
def test_other_subjects_are_nowhere(reply: str) -> None:
    assert position(reply) == NOWHERE
