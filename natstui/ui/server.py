"""The Server pane: servers, connections, accounts, JetStream by server, links, events."""

from __future__ import annotations

from natstui.model.system_boards import SystemBoards
from natstui.ui.account_table import AccountTable
from natstui.ui.asset_table import AssetTable
from natstui.ui.connection_table import ConnectionTable
from natstui.ui.desk import Desk
from natstui.ui.own_page import OwnPage
from natstui.ui.pane import DrillPane
from natstui.ui.server_help import SERVER_HELP
from natstui.ui.server_keys import PAGES
from natstui.ui.server_table import ServerTable
from natstui.ui.system_event_list import SystemEventList
from natstui.ui.topology_page import TopologyPage

PAGES.update(
    connections=ConnectionTable,
    accounts=AccountTable,
    assets=AssetTable,
    topology=TopologyPage,
    events=SystemEventList,
    own=OwnPage,
)


class ServerPane(DrillPane):
    """All servers, and pages of them; without the system account, what one may know."""

    KEY, NAME, HELP = "7", "Server", SERVER_HELP

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, ServerTable(desk, SystemBoards(desk.session)))
