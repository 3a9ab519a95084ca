"""Which panes there are: to add one, put its class into the table and its making into the list."""

from __future__ import annotations

from textual.binding import Binding

from natstui.ui.consumers import ConsumersPane
from natstui.ui.desk import Desk
from natstui.ui.kv import KvPane
from natstui.ui.objects import ObjectsPane
from natstui.ui.pane import Pane
from natstui.ui.server import ServerPane
from natstui.ui.services import ServicesPane
from natstui.ui.streams import StreamsPane
from natstui.ui.tail import TailPane

PANES: tuple[type[Pane], ...] = (
    TailPane,
    StreamsPane,
    ConsumersPane,
    KvPane,
    ObjectsPane,
    ServicesPane,
    ServerPane,
)


def make_panes(tail: TailPane, desk: Desk) -> list[Pane]:
    """One of each, in the order of their keys; none of them is mounted."""
    return [
        tail,
        StreamsPane(desk),
        ConsumersPane(desk),
        KvPane(desk),
        ObjectsPane(desk),
        ServicesPane(desk),
        ServerPane(desk),
    ]


def pane_binding_id(pane: Pane | type[Pane]) -> str:
    """The id of the binding that opens it."""
    return f"app.{pane.NAME.lower()}"


def pane_bindings() -> list[Binding]:
    """A digit for each."""
    return [
        Binding(
            pane.KEY,
            f"pane('{pane.KEY}')",
            pane.NAME.lower(),
            show=False,
            tooltip=f"Go to {pane.NAME}",
            id=pane_binding_id(pane),
        )
        for pane in PANES
    ]
