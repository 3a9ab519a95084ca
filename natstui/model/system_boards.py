"""All boards over `$SYS` of one session: they go on where they were left."""

from __future__ import annotations

from natstui.model.account_board import AccountBoard
from natstui.model.asset_board import AssetBoard
from natstui.model.connection_board import ConnectionBoard
from natstui.model.server_board import ServerBoard
from natstui.model.session import Session
from natstui.model.system_events import SystemEvents
from natstui.model.topology import Topology


class SystemBoards:
    """One of each."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.servers = ServerBoard(session)
        self.connections = ConnectionBoard(session)
        self.closed = ConnectionBoard(session, closed=True)
        self.accounts = AccountBoard(session)
        self.assets = AssetBoard(session)
        self.topology = Topology(session)
        self.events = SystemEvents(session)
