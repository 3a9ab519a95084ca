"""The HTTP monitoring port of servers, where it was given: for those who have no system account.

It answers the same as `$SYS.REQ.SERVER` does, but for one server only, and for whoever asks.
"""

from __future__ import annotations

import asyncio
import http.client
import urllib.parse
import urllib.request
from typing import Any, NamedTuple

from natstui.model.gathering import read_object
from natstui.model.system_answer import Json, Told, number, text

MOST_BYTES = 64 * 2**20
_ALL = "$SYS.REQ.SERVER.PING"
_STATES = ("open", "closed")
_PATHS = {
    **{f"{_ALL}.{name}": name.lower() for name in ("CONNZ", "ROUTEZ", "GATEWAYZ", "LEAFZ", "JSZ")},
    _ALL: "varz",
    "$SYS.REQ.ACCOUNT.PING.STATZ": "accstatz",
}
_ONE = "$SYS.REQ.SERVER."
_OF_ONE = ("VARZ", "HEALTHZ")
# Of a question over `$SYS`, what it is called over HTTP.
_NAMES = {"subscriptions_detail": "subs", "include_unused": "unused"}


class Heard(NamedTuple):
    """What one monitor answered, `size` bytes; or the `problem` with its `url`."""

    url: str
    told: Told | None = None
    size: int = 0
    problem: str = ""


class Monitor:
    """The monitors at `urls`, each of one server; `timeout` is in seconds, for each answer."""

    def __init__(self, urls: tuple[str, ...], timeout: float) -> None:
        self.urls = urls
        self._timeout = timeout
        self._servers: dict[str, Json] = {}

    async def ask(self, subject: str, body: dict[str, Any] | None) -> list[Heard]:
        """What they say to a question over `$SYS`; [] to those that they do not know. Raises
        nothing."""
        path, id = _path(subject)
        if not path:
            return []
        query = urllib.parse.urlencode(_query(body or {}))
        heard = await asyncio.gather(*(self._hear(url, path, query) for url in self.urls))
        return [each for each in heard if not id or each.told is None or each.told.id == id]

    async def _hear(self, url: str, path: str, query: str) -> Heard:
        address = f"{url}/{path}"
        try:
            data = await self._read(f"{address}?{query}" if query else address)
            said = read_object(data)
            if said is None:
                return Heard(address, problem="its answer is no JSON: it is no monitor of a server")
            server = await self._server(url, said)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Heard(address, problem=_words(error))
        if not text(server, "id"):
            return Heard(address, problem="its answer is that of no server")
        told = Told(server, _statistics(said) if path == "varz" else said)
        return Heard(address, told, len(data))

    async def _server(self, url: str, said: Json) -> Json:
        """Who that is; all but `varz` and `healthz` tell an id, and only `varz` a name."""
        id = text(said, "server_id")
        if "server_name" not in said and (known := self._servers.get(id)) is not None:
            return known
        varz = said if "server_name" in said else read_object(await self._read(f"{url}/varz"))
        server = {
            "id": text(varz, "server_id"),
            "name": text(varz, "server_name"),
            "host": text(varz, "host"),
            "ver": text(varz, "version"),
            "cluster": text(varz, "cluster", "name"),
            "domain": text(varz, "jetstream", "config", "domain"),
        }
        self._servers[str(server["id"])] = server
        return server

    async def _read(self, url: str) -> bytes:
        return await asyncio.to_thread(_get, url, self._timeout)


def _get(url: str, timeout: float) -> bytes:
    # Only http and https come here: see the command line.
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        data: bytes = answer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"its answer is longer than {MOST_BYTES >> 20} MiB")
    return data


def _path(subject: str) -> tuple[str, str]:
    """Where it is asked, and the id of the server that is meant, "" for all."""
    if subject in _PATHS:
        return _PATHS[subject], ""
    id, _, what = subject.removeprefix(_ONE).partition(".")
    return (what.lower(), id) if what in _OF_ONE else ("", "")


def _query(body: dict[str, Any]) -> dict[str, str]:
    query = {_NAMES.get(name, name): str(value).lower() for name, value in body.items()}
    if "state" in body:
        query["state"] = _STATES[body["state"]]
    if "subs" in query:
        query["subs"] = "detail"
    return query


def _statistics(varz: Json) -> Json:
    """With the names that the answer to a PING has for what moved."""
    moved = {
        way: {"msgs": number(varz, f"{told}_msgs"), "bytes": number(varz, f"{told}_bytes")}
        for way, told in (("received", "in"), ("sent", "out"))
    }
    return varz | moved


def _words(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__
