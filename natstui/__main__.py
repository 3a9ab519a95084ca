"""`python -m natstui`, where the `natstui` command is not on the PATH."""

from __future__ import annotations

import sys

from natstui.cli import main

if __name__ == "__main__":
    sys.exit(main())
