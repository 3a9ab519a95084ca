"""Why a pull ended: what the server says on its reply subject, or why it will not say anything.

A pull that was served in full ends without a word.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from natstui.client.js.api import Header
from natstui.client.js.status import description, header

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg


class PullEnd(Enum):
    """What follows from it for whoever still wants messages."""

    EXPIRED = "nothing (more) was there in time; ask again"
    TOO_LARGE = "the next message is larger than the bytes that are left; ask for more bytes"
    MOVED = "the consumer has another leader, soon; ask again in a moment"
    UNHEARD = "nobody listens: the consumer has no leader, or is gone; find out which"
    CROWDED = "too many pulls wait already; ask again in a moment"
    LIMITED = "the consumer does not allow that much; ask for less"
    UNPINNED = "another client is pinned to the group; ask again without the pin"
    GONE = "the consumer was deleted"
    REFUSED = "the request is wrong, and would be wrong the next time"
    SILENT = "neither messages nor heartbeats came; the server has forgotten it"
    DISCONNECTED = "the connection was lost, and with it whatever was on its way"


_CONFLICTS = {
    "batch completed": PullEnd.EXPIRED,
    "message size exceeds maxbytes": PullEnd.TOO_LARGE,
    "leadership change": PullEnd.MOVED,
    "server shutdown": PullEnd.MOVED,
    "interest expired": PullEnd.EXPIRED,
    "exceeded maxwaiting": PullEnd.CROWDED,
    "exceeded max": PullEnd.LIMITED,
    "consumer deleted": PullEnd.GONE,
}
_CODES = {
    404: PullEnd.EXPIRED,
    408: PullEnd.EXPIRED,
    423: PullEnd.UNPINNED,
    503: PullEnd.UNHEARD,
}


def why_ended(status: Msg) -> PullEnd | None:
    """None for a heartbeat: it goes on."""
    code = status.status
    if code == 100:
        return None
    if code == 409:
        words = description(status).lower()
        for beginning, end in _CONFLICTS.items():
            if words.startswith(beginning):
                return end
    return _CODES.get(code or 0, PullEnd.REFUSED)


def unserved(status: Msg, messages: int, size: int) -> tuple[int, int]:
    """How much of a pull for `messages` and bytes (`size`) will not come.

    All of it, if the server does not say: then it refused the pull from the start.
    """
    if not (left := header(status, Header.PENDING_MESSAGES)):
        return messages, size
    return int(left), int(header(status, Header.PENDING_BYTES) or 0)
