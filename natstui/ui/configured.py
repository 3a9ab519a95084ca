"""A configuration as far as the explorer can use it: what only the explorer knows is checked."""

from __future__ import annotations

from natstui.model.config import Config
from natstui.ui.keymap import checked_keys
from natstui.ui.own_colours import checked_colours


def checked(config: Config) -> Config:
    """Without keys, themes and colours that cannot be; a problem for each of them."""
    return checked_colours(checked_keys(config))
