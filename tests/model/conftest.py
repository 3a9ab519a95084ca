from __future__ import annotations

from tests.support.home import home, install_tool, write_context

__all__ = ["home", "install_tool", "write_context"]
