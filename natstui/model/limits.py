"""What the explorer keeps, how much of it it shows, and how often it asks: the user's choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from natstui.model.config_values import Count, Seconds, Size
from natstui.model.decode import LOAD_LIMIT, SHOW_LIMIT
from natstui.model.tail import MAX_BYTES, MAX_MESSAGES
from natstui.model.terminal import LOCAL_FPS, MOST_FPS, SSH_FPS
from natstui.model.timeline import MAX_EVENTS

KIB, MIB, GIB = 1024, 1024**2, 1024**3


@dataclass(frozen=True)
class Limits:
    """What is kept in memory, how much of a payload is drawn, and how often things are done."""

    tail_messages: Annotated[int, Count(100, 5_000_000)] = MAX_MESSAGES
    """Messages that the tail keeps; older ones make room and are counted as evicted."""

    tail_bytes: Annotated[int, Size(MIB, 16 * GIB)] = MAX_BYTES
    """Headers and payloads that the tail keeps, in bytes; whichever limit is reached first."""

    payload_shown: Annotated[int, Size(KIB, 64 * MIB)] = SHOW_LIMIT
    """How much of a payload is drawn at first; `L` in the message loads more."""

    payload_loaded: Annotated[int, Size(KIB, GIB)] = LOAD_LIMIT
    """How much of a payload is ever drawn, unwrapped; exports have all of it."""

    search_hits: Annotated[int, Count(1, 1_000_000)] = 5_000
    """Messages that the search of a stream finds at most."""

    events: Annotated[int, Count(10, 100_000)] = MAX_EVENTS
    """Connection events that the event drawer keeps."""

    frames_per_second: Annotated[int, Count(1, MOST_FPS)] = LOCAL_FPS
    """How often what flows is drawn; keys take effect at once whatever this says. `--fps` wins."""

    frames_per_second_over_ssh: Annotated[int, Count(1, MOST_FPS)] = SSH_FPS
    """The same where SSH_CONNECTION says that there is a network between."""

    ask_every: Annotated[float, Seconds(0, 60)] = 0.0
    """Seconds at least between two looks of a pane at the server; 0: as each pane thinks best."""
