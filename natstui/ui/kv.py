"""The KV pane: what keys hold, and changing them."""

from __future__ import annotations

from natstui.ui.desk import Desk
from natstui.ui.kv_buckets import BucketTable
from natstui.ui.kv_help import BUCKETS_HELP
from natstui.ui.pane import DrillPane


class KvPane(DrillPane):
    """All buckets; in one of them the keys; of one of those the history, and the editor."""

    KEY, NAME, HELP = "4", "KV", BUCKETS_HELP

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, BucketTable(desk))
