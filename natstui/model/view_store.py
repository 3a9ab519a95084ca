"""View states in files, one for each context, that nobody else may read."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from natstui.model.state_folder import open_private, private_folder, state_folder
from natstui.model.view_state import ViewState, ViewStateError

# Nobody looks at so much at once: it is something else.
MOST_BYTES = 1024 * 1024
_LONGEST_NAME = 150


class ViewStore:
    """`$XDG_STATE_HOME/natstui/views`; `name` is what `view_name` calls a context or server."""

    def load(self, name: str) -> ViewState | None:
        """None if there is none. ViewStateError names the file and what is wrong with it."""
        path = self.path(name)
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ViewStateError(f"{path}: {error.strerror or error}") from None
        if len(data) > MOST_BYTES:
            raise ViewStateError(f"{path}: it is too large")
        try:
            return ViewState.from_json(data.decode("ascii"))
        except (UnicodeDecodeError, ViewStateError) as error:
            said = "not a text file" if isinstance(error, UnicodeDecodeError) else error
            raise ViewStateError(f"{path}: {said}") from None

    def save(self, name: str, state: ViewState) -> None:
        """Write it down, all or nothing; OSError."""
        private_folder("views")
        path = self.path(name)
        new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            with open_private(new, "x") as file:
                file.write(state.to_json())
            os.replace(new, path)
        except BaseException:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise

    def path(self, name: str) -> Path:
        """Its file; a name that no file can have is kept under its digest."""
        data = name.encode("utf-8", "surrogatepass")
        quoted = quote(data, safe=" ")
        if len(quoted) > _LONGEST_NAME:
            quoted = hashlib.sha256(data).hexdigest()
        return state_folder() / "views" / f"{quoted}.json"
