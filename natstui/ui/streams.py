"""The Streams pane: what is stored."""

from __future__ import annotations

from natstui.ui.desk import Desk
from natstui.ui.pane import DrillPane
from natstui.ui.stream_help import STREAMS_HELP
from natstui.ui.stream_table import StreamTable


class StreamsPane(DrillPane):
    """All streams; in one of them messages, subjects, configuration."""

    KEY, NAME, HELP = "2", "Streams", STREAMS_HELP

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, StreamTable(desk))
