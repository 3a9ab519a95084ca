"""The Services pane: who answers requests, how fast, and who went silent."""

from __future__ import annotations

from natstui.ui.desk import Desk
from natstui.ui.pane import DrillPane
from natstui.ui.service_help import SERVICES_HELP
from natstui.ui.service_table import ServiceTable


class ServicesPane(DrillPane):
    """All services; in one of them its endpoints and instances, each in full."""

    KEY, NAME, HELP = "6", "Services", SERVICES_HELP

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, ServiceTable(desk))
