"""Write docs/configuration.md anew, from the docstrings of what config.toml is read into."""

from __future__ import annotations

from pathlib import Path

from natstui.command_line.config_page import page

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"

if __name__ == "__main__":
    PAGE.write_text(page())
