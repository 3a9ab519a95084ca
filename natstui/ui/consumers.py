"""The Consumers pane: who reads what is stored, and who is behind."""

from __future__ import annotations

from natstui.ui.consumer_help import CONSUMERS_HELP
from natstui.ui.consumer_table import ConsumerTable
from natstui.ui.desk import Desk
from natstui.ui.pane import DrillPane


class ConsumersPane(DrillPane):
    """All consumers of all streams; in one of them its movement, state, and what comes next."""

    KEY, NAME, HELP = "3", "Consumers", CONSUMERS_HELP

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, ConsumerTable(desk))
