"""An error of the explorer's own that needs no explaining: it was raised with words for people."""

from __future__ import annotations

from natstui.client.errors import Error


class ToldError(Error):
    """`what` stands against something, and what to `do` about it; as an Explanation has them."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what = what
        self.do = do
