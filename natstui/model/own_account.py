"""What a user may know without the system account: who they are, what they may, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natstui.client import errors
from natstui.model.asking import api, connected
from natstui.model.explain import explain
from natstui.model.gathering import Look
from natstui.model.session import NotConnectedError, Session
from natstui.model.system_answer import Json, Told, at, number, objects, text

if TYPE_CHECKING:
    from natstui.model.system_board import SystemBoard

USER_INFO = "$SYS.REQ.USER.INFO"
ACCOUNT_STATS = "$SYS.REQ.ACCOUNT.PING.STATZ"


class OwnAccount:
    """`user` is who the server takes us for and what we may, `jetstream` limits and use of the
    account, `servers` what each server says of it: all as it came, {} and [] if it did not.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.user: Json = {}
        self.jetstream: Json = {}
        self.servers: list[Told] = []
        self._shown: dict[str, int] = {}
        self._at = 0

    @property
    def account(self) -> str:
        """The name of the account, and its id where it has no other name."""
        return text(self.user, "account_name") or text(self.user, "account")

    def total(self, *path: str) -> int:
        """A number of the account, over all servers."""
        return sum(
            number(stats, *path)
            for told in self.servers
            for stats in objects(told.data, "account_statz")
        )

    def shown(self) -> dict[str, int]:
        """What went through the account, as people are told it: `sent` and `received` messages,
        their bytes, `api` requests. What only looking itself has moved since is no news.
        """
        ours = self._ours_alone()
        counts = {
            "sent": self.total("sent", "msgs"),
            "received": self.total("received", "msgs"),
            "sent_bytes": self.total("sent", "bytes"),
            "received_bytes": self.total("received", "bytes"),
            "api": number(self.jetstream, "api", "total"),
        }
        grew = [counts[name] - self._shown.get(name, 0) for name in ("sent", "received", "api")]
        most = max(grew[0] + grew[1], grew[2])
        if not self._shown or min(grew) < 0 or most > ours - self._at:
            self._shown, self._at = counts, ours
        return self._shown

    def _ours_alone(self) -> int:
        """How many messages went through this connection; some of them are API requests."""
        stats = self.session.client.stats if self.session.client is not None else {}
        return sum(stats.get(name, 0) for name in ("in_msgs", "out_msgs"))

    async def load(self, board: SystemBoard, look: Look) -> None:
        """Ask for all of it; what may not be asked is told the board, by subject."""
        self.user = self._ours(await board.ask_servers(look, USER_INFO))
        self.servers = await board.ask_servers(look, ACCOUNT_STATS, required=False)
        await self._load_jetstream(board, look)

    def _ours(self, answers: list[Told]) -> Json:
        """What our own server says: those behind leaf nodes answer too, for the link's user."""
        info = connected(self.session).server_info
        ours = info.server_id if info is not None else ""
        said = [told.data for told in answers if told.id == ours] or [told.data for told in answers]
        return said[0] if said else {}

    async def _load_jetstream(self, board: SystemBoard, look: Look) -> None:
        look.requests += 1
        try:
            self.jetstream = await api(self.session, "INFO")
            look.answers += 1
        except NotConnectedError:
            raise
        except (errors.Error, TimeoutError) as error:
            self.jetstream = {}
            subject = f"{self.session.settings.api_prefix}.INFO"
            board.cannot_see(subject, str(explain(error, settings=self.session.settings)))

    def allowed(self, kind: str) -> tuple[list[str], list[str]]:
        """The subjects that may be published or subscribed to (`kind`), and those that may not."""
        rules = at(self.user, "permissions", kind)
        return _texts(rules, "allow"), _texts(rules, "deny")


def _texts(rules: object, name: str) -> list[str]:
    said = at(rules, name)
    return sorted(str(each) for each in said) if isinstance(said, list) else []
