"""The Objects pane: files in buckets, and bringing them there and back."""

from __future__ import annotations

from natstui.model.object_transfers import Transfer
from natstui.ui.desk import Desk
from natstui.ui.object_buckets import ObjectBucketTable
from natstui.ui.object_help import OBJECT_BUCKETS_HELP
from natstui.ui.pane import DrillPane


class ObjectsPane(DrillPane):
    """All buckets; in one of them the objects; of one of those all that is known."""

    KEY, NAME, HELP = "5", "Objects", OBJECT_BUCKETS_HELP

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, ObjectBucketTable(desk))

    def on_mount(self) -> None:
        """Say how transfers end, wherever one looks by then."""
        self.desk.transfers.ended = self._ended

    def _ended(self, transfer: Transfer) -> None:
        if self.is_attached:
            self.say(transfer.result, bad=transfer.state == "failed")
            self.level.refresh_now()
