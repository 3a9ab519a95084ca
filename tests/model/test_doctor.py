"""What the doctor finds at real servers, broken ones among them."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.auth import RawCredentials
from natstui.model import doctor_inside
from natstui.model.doctor import Doctor
from natstui.model.doctor_report import Diagnosis, Outcome, ServerReport, Step
from natstui.model.doctor_text import diagnosis_lines
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support import auth
from tests.support.certificates import Certificates
from tests.support.jwt import Operator
from tests.support.peers import Peer
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.socks import socks_server
from tests.support.waiting import eventually

DAY = timedelta(days=1)


async def examined(
    *servers: str, timeout: float = 10, domain: str = "", **options: Any
) -> Diagnosis:
    settings = Settings(servers=servers, connect_options=options, timeout=timeout, js_domain=domain)
    return await Doctor(settings).run()


async def report(server: str, **options: Any) -> ServerReport:
    return (await examined(server, **options)).servers[0]


async def fault(server: str, **options: Any) -> tuple[str, str, str]:
    """The one step that failed, what it says, and what to do; nothing behind it was tried."""
    found = await report(server, **options)
    (failed,) = [step for step in found.steps if step.outcome is Outcome.FAILED]
    behind = found.steps[found.steps.index(failed) + 1 :]
    assert all(step.outcome is Outcome.NOT_TRIED for step in behind)
    assert all(step.said and failed.name in step.said.what for step in behind)
    assert found.steps[-1].name == "round trip"
    assert failed.said is not None
    return failed.name, failed.said.what, failed.said.do


async def warning(server: str, **options: Any) -> tuple[str, str, str]:
    """The one step with a warning; all others are well."""
    found = await report(server, **options)
    (warned,) = [step for step in found.steps if step.outcome is not Outcome.OK]
    assert warned.outcome is Outcome.WARNING
    assert warned.said is not None
    return warned.name, warned.said.what, warned.said.do


def step_of(found: ServerReport, name: str) -> Step:
    step = found.step(name)
    assert step is not None
    return step


def seen(found: ServerReport, name: str) -> dict[str, Any]:
    return {fact.label: fact.value for fact in step_of(found, name).facts}


def names(found: ServerReport) -> list[str]:
    return [step.name for step in found.steps]


# Where all is well


async def test_a_server_where_all_is_well(server_factory: ServerFactory) -> None:
    server = server_factory("server_tags: [a]", jetstream="domain: hub")
    diagnosis = await examined(server.url, domain="hub")
    (found,) = diagnosis.servers
    assert names(found) == [
        *("DNS", "TCP", "INFO", "TLS"),
        *("auth", "permissions", "JetStream", "round trip"),
    ]
    assert {step.outcome for step in found.steps} == {Outcome.OK}
    assert all(step.seconds is not None for step in found.steps)
    assert diagnosis.exit_code == 0
    assert seen(found, "DNS") == {"addresses": ["127.0.0.1"]}
    info = seen(found, "INFO")
    assert (info["server"], info["max payload"], info["headers"]) == ("s1", 1_048_576, True)
    assert info["version"].startswith("2.")
    assert seen(found, "permissions")["account"] == "$G"
    assert seen(found, "JetStream")["domain"] == "hub"
    assert seen(found, "JetStream")["API"] == "$JS.hub.API"
    trip = seen(found, "round trip")
    assert 0 < trip["min"] <= trip["median"] <= trip["max"]


async def test_each_of_several_servers(js_server: NatsServer) -> None:
    diagnosis = await examined("nats://no-such-host.invalid", js_server.url)
    assert [one.outcome for one in diagnosis.servers] == [Outcome.FAILED, Outcome.OK]
    assert diagnosis.exit_code == 1


async def test_nothing_is_left_open(js_server: NatsServer) -> None:
    await examined(js_server.url)
    await eventually(
        lambda: js_server.monitor("connz")["num_connections"] == 0, "the doctor has left"
    )
    await eventually(lambda: len(asyncio.all_tasks()) == 1, "no task is left")


async def test_looking_changes_nothing_and_read_only_looks_alike(js_server: NatsServer) -> None:
    settings = Settings(servers=(js_server.url,), read_only=True)
    assert (await Doctor(settings).run()).exit_code == 0
    assert js_server.monitor("jsz")["streams"] == 0


# DNS and TCP


async def test_a_host_that_is_not_there() -> None:
    step, what, do = await fault("nats://no-such-host.invalid")
    assert (step, what) == ("DNS", "there is no host called no-such-host.invalid")
    assert "spelling" in do


async def test_a_name_that_no_host_can_have() -> None:
    assert (await fault(f"nats://{'a' * 70}.invalid"))[0] == "DNS"


async def test_a_port_where_nothing_listens(server: NatsServer) -> None:
    server.stop()
    step, what, do = await fault(server.url)
    assert (step, what) == ("TCP", f"nothing listens on 127.0.0.1:{server.port}")
    assert "4222" in do


async def test_an_address_that_swallows_what_is_sent_to_it() -> None:
    # A full backlog: the kernel drops further attempts, as a firewall does.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        for _ in range(8):
            ahead = waiting.enter_context(socket.socket())
            ahead.setblocking(False)
            ahead.connect_ex(full.getsockname())
        step, what, do = await fault(f"127.0.0.1:{full.getsockname()[1]}", timeout=1.5)
    assert step == "TCP"
    assert what.endswith("did not answer in time")
    assert "firewall" in do


async def test_one_of_two_addresses_of_this_machine_is_enough(
    js_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = (2, 1, 6, "", ("127.0.0.1", js_server.port))
    there = (2, 1, 6, "", ("127.0.0.2", js_server.port))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [there, here])
    found = await report(f"nats://somewhere:{js_server.port}")
    assert step_of(found, "TCP").outcome is Outcome.OK
    assert seen(found, "TCP") == {
        f"127.0.0.2:{js_server.port}": False,
        f"127.0.0.1:{js_server.port}": True,
    }


# INFO


@pytest.mark.parametrize(
    ("greeting", "says"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n", "does not speak NATS: it sent"),
        (b"INFO {nonsense}\r\n", "does not speak NATS: "),
        (b"-ERR 'maximum connections exceeded'\r\n", "has all the connections that it takes"),
        (b"PING\r\n", "broke the NATS protocol: "),
    ],
)
async def test_a_strange_greeting(greeting: bytes, says: str) -> None:
    async with Peer(greeting) as peer:
        step, what, _ = await fault(peer.url)
        assert step == "INFO"
        assert says in what
        await eventually(lambda: peer.open == 0, "the doctor has left")


async def test_ports_that_wait_for_another_protocol(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    plain = server_factory(websocket="no_tls: true")
    first = server_factory(
        certificates.server_tls("handshake_first: true"), websocket=certificates.server_tls()
    )
    frozen = server_factory()
    frozen.pause()
    async with Peer() as silent, Peer(closes=True) as closing:
        ports = {
            plain.port_of("http"): "is an HTTP server",
            plain.port_of("websocket"): "is a WebSocket port",
            first.port: "is a NATS server that wants TLS before it says anything",
            first.port_of("websocket"): "is a TLS port",
            frozen.port: "did not answer in time",
            silent.port: "did not answer in time",
            closing.port: "closed the connection without a word",
        }
        # All at once: each takes as long as it takes to be sure that nothing comes.
        found = await asyncio.gather(
            *(fault(f"nats://127.0.0.1:{port}", timeout=1.5) for port in ports)
        )
    for (step, what, _), (port, says) in zip(found, ports.items(), strict=True):
        assert step == "INFO"
        assert what.startswith(f"127.0.0.1:{port} {says}")
    assert "ws://" in found[1][2]
    assert "--tlsfirst" in found[2][2]


async def test_a_server_that_is_about_to_leave() -> None:
    greeting = b'INFO {"server_id":"N","version":"2.15.1","ldm":true}\r\n'
    async with Peer(greeting, closes=True) as peer:
        found = await report(peer.url)
    step = step_of(found, "INFO")
    assert step.outcome is Outcome.WARNING
    assert step.said is not None
    assert "lame duck" in step.said.what


# TLS


async def test_a_certificate_is_described(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls(), jetstream=True)
    found = await report(server.tls_url, tls=certificates.context())
    assert found.outcome is Outcome.OK
    tls = seen(found, "TLS")
    assert tls["encrypted"] is True
    assert "trustme" in tls["issuer"]
    assert tls["names"] == ["localhost", "127.0.0.1"]
    assert tls["days left"] > 14


async def test_an_authority_that_is_not_trusted(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls())
    step, what, do = await fault(server.tls_url)
    assert step == "TLS"
    assert "signed by an authority that is not trusted here" in what
    assert "--tlsca" in do
    assert seen(await report(server.tls_url), "TLS")["names"] == ["localhost", "127.0.0.1"]


async def test_a_certificate_for_another_name(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls())
    options = {"tls": certificates.context(), "tls_hostname": "other.example"}
    step, what, do = await fault(server.tls_url, **options)
    assert step == "TLS"
    assert "is for another name than other.example" in what
    assert "name that it was issued for" in do


@pytest.mark.parametrize("first", [True, False])
async def test_a_certificate_that_has_expired(
    server_factory: ServerFactory, certificates: Certificates, first: bool
) -> None:
    config = certificates.dated_tls(-9 * DAY, -3 * DAY)
    if first:
        config = config.replace("{", "{ handshake_first: true, ", 1)
    server = server_factory(config)
    options = {"tls": certificates.context(), "tls_handshake_first": first}
    found = await report(server.tls_url, **options)
    step = step_of(found, "TLS")
    assert step.outcome is Outcome.FAILED
    assert step.said is not None
    assert "has expired" in step.said.what
    assert seen(found, "TLS")["days left"] == -4
    assert "expired 4 days ago" in _text(found)


async def test_a_certificate_that_is_not_valid_yet(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.dated_tls(3 * DAY, 9 * DAY))
    _, what, do = await fault(server.tls_url, tls=certificates.context())
    assert "is not valid yet" in what
    assert "clocks" in do


async def test_a_certificate_that_expires_soon(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.dated_tls(-3 * DAY, 9 * DAY), jetstream=True)
    diagnosis = await examined(server.tls_url, tls=certificates.context())
    (found,) = diagnosis.servers
    said = step_of(found, "TLS").said
    assert said is not None
    assert said.what == "the certificate expires in 8 days"
    assert diagnosis.exit_code == 3


@pytest.mark.parametrize("first", [True, False])
async def test_a_server_that_wants_our_certificate(
    server_factory: ServerFactory, certificates: Certificates, first: bool
) -> None:
    options = ["verify: true", *(["handshake_first: true"] if first else [])]
    server = server_factory(certificates.server_tls(*options), jetstream=True)
    step, what, do = await fault(
        server.tls_url, tls=certificates.context(), tls_handshake_first=first
    )
    assert step == "TLS"
    assert what == f"localhost:{server.port} wants to see a certificate of ours"
    assert "--tlscert" in do
    well = await report(
        server.tls_url, tls=certificates.context(with_certificate=True), tls_handshake_first=first
    )
    assert well.outcome is Outcome.OK


async def test_a_server_that_offers_no_tls(server: NatsServer) -> None:
    step, what, _ = await fault(f"tls://127.0.0.1:{server.port}")
    assert (step, what) == ("TLS", f"TLS was asked for, and 127.0.0.1:{server.port} offers none")


async def test_tls_first_where_the_server_speaks_first(server: NatsServer) -> None:
    step, what, do = await fault(
        server.url, tls=ssl.create_default_context(), tls_handshake_first=True
    )
    assert step == "TLS"
    assert "does not answer in TLS" in what
    assert "--tlsfirst" in do


async def test_tls_first_comes_before_info(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls("handshake_first: true"), jetstream=True)
    found = await report(server.tls_url, tls=certificates.context(), tls_handshake_first=True)
    assert names(found)[:4] == ["DNS", "TCP", "TLS", "INFO"]
    assert found.outcome is Outcome.OK


# WebSocket


async def test_websocket(server_factory: ServerFactory, certificates: Certificates) -> None:
    plain = server_factory(websocket="no_tls: true", jetstream=True)
    found = await report(plain.ws_url)
    assert names(found)[:5] == ["DNS", "TCP", "TLS", "WebSocket", "INFO"]
    assert found.outcome is Outcome.OK
    secure = server_factory(websocket=certificates.server_tls(), jetstream=True)
    found = await report(secure.wss_url, tls=certificates.context())
    assert found.outcome is Outcome.OK
    assert seen(found, "TLS")["names"] == ["localhost", "127.0.0.1"]


async def test_websocket_where_there_is_none(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    plain = server_factory(websocket="no_tls: true")
    secure = server_factory(websocket=certificates.server_tls())
    found = await asyncio.gather(
        fault(f"ws://127.0.0.1:{plain.port}"),
        fault(f"ws://127.0.0.1:{plain.port_of('http')}"),
        fault(f"ws://127.0.0.1:{secure.port_of('websocket')}"),
        fault(f"wss://127.0.0.1:{plain.port_of('websocket')}"),
        fault(secure.wss_url),
    )
    says = (
        ("WebSocket", "is a NATS server, and no WebSocket port of one"),
        ("WebSocket", "is an HTTP server"),
        ("WebSocket", "is a TLS port"),
        ("TLS", "does not answer in TLS"),
        ("TLS", "signed by an authority that is not trusted here"),
    )
    for (step, what, _), (where, words) in zip(found, says, strict=True):
        assert step == where
        assert words in what
    assert "nats://" in found[0][2]
    assert "wss://" in found[2][2]
    assert "wss://" in found[3][2]


# Who we are


async def test_who_is_refused(server_factory: ServerFactory) -> None:
    server = server_factory(auth.user_and_password("me", "right"))
    step, what, do = await fault(server.url, user="me", password="hunter2")
    assert step == "auth"
    assert what.startswith(f'127.0.0.1:{server.port} refuses user "me"')
    assert "--creds" in do
    assert "was told nothing" in (await fault(server.url))[1]
    assert "refuses the given token" in (await fault(server.url, token="hunter2"))[1]
    seed = auth.new_seed()
    assert "refuses the given nkey" in (await fault(server.url, nkeys_seed_str=seed))[1]


async def test_credentials_that_ran_out(server_factory: ServerFactory) -> None:
    operator = Operator()
    account = operator.account("A", jetstream=True)
    server = server_factory(operator.config(), jetstream=True)
    old = RawCredentials(account.user(expires_in=-3600).creds)
    step, what, do = await fault(server.url, user_credentials=old)
    assert step == "auth"
    assert "the given credentials expired on" in what
    assert "fresh" in do
    new = RawCredentials(account.user(expires_in=3600).creds)
    found = await report(server.url, user_credentials=new)
    assert "credentials expire" in seen(found, "auth")
    assert found.outcome is Outcome.OK


async def test_credentials_that_cannot_be_read(
    server_factory: ServerFactory, tmp_path: Path
) -> None:
    server = server_factory(auth.nkey_user(auth.new_seed()))
    path = str(tmp_path / "gone.creds")
    step, what, _ = await fault(server.url, user_credentials=path)
    assert step == "auth"
    assert "gone.creds" in what


async def test_a_server_that_is_full(server_factory: ServerFactory) -> None:
    server = server_factory("max_connections: 1")
    async with await nats.connect(server.url):
        step, what, _ = await fault(server.url)
    assert step in ("INFO", "auth")
    assert "has all the connections that it takes" in what


# What we may


async def test_a_user_who_gets_no_answers(server_factory: ServerFactory) -> None:
    user = auth.user_with_permissions("me", "pw", subscribe_deny=["_INBOX.>"])
    server = server_factory(auth.users(user))
    found = await report(server.url, user="me", password="pw")
    step = step_of(found, "permissions")
    assert step.outcome is Outcome.FAILED
    assert step.said is not None
    assert 'this user may not subscribe to "_INBOX.' in step.said.what
    assert "--inbox-prefix" in step.said.do
    assert step_of(found, "JetStream").outcome is Outcome.NOT_TRIED
    assert step_of(found, "round trip").outcome is Outcome.OK


async def test_a_user_who_may_only_look(server_factory: ServerFactory) -> None:
    user = auth.user_with_permissions("me", "pw", publish=["$JS.API.INFO", "$SYS.REQ.USER.INFO"])
    server = server_factory(auth.users(user), jetstream=True)
    found = await report(server.url, user="me", password="pw")
    step = step_of(found, "permissions")
    assert step.outcome is Outcome.WARNING
    assert step.said is not None
    assert 'this user may not publish to "_INBOX.' in step.said.what
    may = seen(found, "permissions")
    assert may["user"] == "me"
    assert may["may publish"]["allow"] == ["$JS.API.INFO", "$SYS.REQ.USER.INFO"]
    assert step_of(found, "JetStream").outcome is Outcome.OK


async def test_a_user_who_may_not_ask(server_factory: ServerFactory) -> None:
    user = auth.user_with_permissions("me", "pw", publish_deny=["$JS.>", "$SYS.>"])
    server = server_factory(auth.users(user), jetstream=True)
    diagnosis = await examined(server.url, user="me", password="pw")
    (found,) = diagnosis.servers
    assert step_of(found, "permissions").outcome is Outcome.OK
    assert "nothing: we may not ask" in _text(found)
    step = step_of(found, "JetStream")
    assert step.outcome is Outcome.WARNING
    assert step.said is not None
    assert step.said.what == 'this user may not publish to "$JS.API.INFO"'
    assert diagnosis.exit_code == 3


# JetStream


async def test_a_server_without_jetstream(server: NatsServer) -> None:
    step, what, _ = await warning(server.url)
    assert step == "JetStream"
    assert "JetStream does not answer" in what


async def test_an_account_without_jetstream(server_factory: ServerFactory) -> None:
    accounts = 'accounts { A { users: [ { user: "me", password: "pw" } ] } }'
    server = server_factory(accounts, jetstream=True)
    step, what, _ = await warning(server.url, user="me", password="pw")
    assert step == "JetStream"
    assert "JetStream is not enabled" in what


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"limits": [], "streams": "many"}'])
async def test_answers_that_make_no_sense(server: NatsServer, answer: bytes) -> None:
    async def reply(msg: nats.Msg) -> None:
        await msg.respond(answer)

    async with await nats.connect(server.url) as client:
        await client.subscribe("$JS.API.INFO", cb=reply)
        await client.flush()
        found = await report(server.url)
    assert step_of(found, "JetStream").outcome is (
        Outcome.OK if answer == b"{}" else Outcome.FAILED
    )
    assert step_of(found, "round trip").outcome is Outcome.OK


async def test_a_domain_that_was_asked_for_and_is_not_there(js_server: NatsServer) -> None:
    found = await report(js_server.url, domain="nowhere")
    step = step_of(found, "JetStream")
    assert step.outcome is Outcome.FAILED
    assert step.said is not None
    assert "--js-domain" in step.said.do
    assert step_of(found, "round trip").outcome is Outcome.OK


# The link


async def test_a_slow_link(js_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_inside, "SLOW_TRIP", 0.0)
    step, what, do = await warning(js_server.url)
    assert step == "round trip"
    assert what.startswith("a round trip takes ")
    assert "nearer" in do


async def test_links_that_break(server: NatsServer) -> None:
    async with FaultyProxy("127.0.0.1", server.port) as proxy:
        proxy.to_client.alter(lambda data: data.replace(b"INFO", b"OFNI"))
        step, what, _ = await fault(proxy.url)
        assert step == "INFO"
        assert "does not speak NATS" in what
        proxy.to_client.heal()
        proxy.to_client.alter(lambda data: data.replace(b"PONG", b"GNOP"))
        step, what, _ = await fault(proxy.url)
        assert step == "auth"
        assert "does not speak NATS" in what


async def test_a_link_that_stalls_after_the_greeting(server: NatsServer) -> None:
    async with FaultyProxy("127.0.0.1", server.port) as proxy:
        proxy.to_server.stall()
        step, what, do = await fault(proxy.url, timeout=1.5)
    assert step == "auth"
    assert what.endswith("greeted us, and did not say in time whether it accepts us")
    assert "--timeout" in do


async def test_a_link_that_is_cut_while_we_ask(server: NatsServer) -> None:
    async with FaultyProxy("127.0.0.1", server.port) as proxy:

        def cut(data: bytes) -> bytes:
            if b"SUB _INBOX" in data:
                for connection in proxy.connections:
                    connection.cut(reset=False)
            return data

        proxy.to_server.alter(cut)
        step, what, _ = await fault(proxy.url)
    assert step == "permissions"
    assert "not connected" not in what
    assert "closed the connection" in what


async def test_it_can_be_stopped() -> None:
    async with Peer() as peer:
        doctor = Doctor(Settings(servers=(peer.url,), timeout=60))
        task = asyncio.create_task(doctor.run())
        await eventually(
            lambda: [one.doing for one in doctor.diagnosis.servers] == ["INFO"], "it waits"
        )
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await eventually(lambda: peer.open == 0, "the doctor has left")


# What is shown


async def test_no_secret_is_shown(server_factory: ServerFactory) -> None:
    server = server_factory(auth.token("s3cret-token"), jetstream=True)
    seed = auth.new_seed()
    attempts: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"nats://s3cret-token@127.0.0.1:{server.port}", {}),
        (server.url, {"token": "s3cret-token"}),
        (f"nats://me:s3cret-word@127.0.0.1:{server.port}", {}),
        (server.url, {"nkeys_seed_str": seed}),
    )
    for url, options in attempts:
        diagnosis = await examined(url, **options)
        shown = _text(diagnosis.servers[0]) + json.dumps(diagnosis.as_dict())
        assert "s3cret" not in shown
        assert seed not in shown


async def test_a_server_that_calls_us_by_our_token(server_factory: ServerFactory) -> None:
    server = server_factory(auth.token("s3cret-tok"))
    async with FaultyProxy("127.0.0.1", server.port) as proxy:
        # As servers before 2.11 did.
        proxy.to_client.alter(lambda data: data.replace(b"[REDACTED]", b"s3cret-tok"))
        found = await report(proxy.url, token="s3cret-tok")
    assert seen(found, "permissions")["account"] == "$G"
    assert "s3cret" not in _text(found)


async def test_lines_keep_to_the_width(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls())
    diagnosis = await examined(server.tls_url, "nats://no-such-host.invalid")
    lines = ["".join(text for _, text in line) for line in diagnosis_lines(diagnosis, 76)]
    assert max(map(len, lines)) <= 76
    text = "\n".join(lines)
    assert "auth, permissions, JetStream, round trip: not tried, because TLS failed" in " ".join(
        text.split()
    )


def _text(found: ServerReport) -> str:
    lines = diagnosis_lines(Diagnosis([found]))
    return "\n".join("".join(text for _, text in line) for line in lines)


async def test_through_a_proxy_the_proxy_is_the_first_step(server: NatsServer) -> None:
    async with socks_server("me", "hunter2") as proxy:
        proxy.names["nats.inside"] = "127.0.0.1"
        found = await report(f"nats.inside:{server.port}", socks_proxy=proxy.url)
        names = [step.name for step in found.steps]
        assert names[:3] == ["proxy", "INFO", "TLS"]
        assert found.outcome is Outcome.WARNING, "there is no JetStream, and no other trouble"
        text = json.dumps(found.as_dict())
        assert f"127.0.0.1:{proxy.port}" in text
        assert "hunter2" not in text


async def test_what_is_wrong_with_a_proxy_is_found_at_the_proxy(server: NatsServer) -> None:
    async with socks_server("me", "hunter2") as proxy:
        name, what, do = await fault(server.url, socks_proxy=f"socks5://127.0.0.1:{proxy.port}")
        assert name == "proxy"
        assert what.startswith(f"the SOCKS proxy 127.0.0.1:{proxy.port} does not let us through")
        assert "--socks-proxy none" in do
        name, what, do = await fault("nats.inside:1", socks_proxy=proxy.url)
        assert name == "proxy"
        assert "cannot reach nats.inside:1: Connection refused" in what
        assert "may the proxy connect to it?" in do


async def test_the_peer_is_asked_through_the_proxy_too(server_factory: ServerFactory) -> None:
    server = server_factory(websocket="no_tls: true")
    async with socks_server() as proxy:
        proxy.names["nats.inside"] = "127.0.0.1"
        url = f"nats.inside:{server.port_of('websocket')}"
        name, what, _ = await fault(url, timeout=0.3, socks_proxy=proxy.url)
    assert (name, what) == ("INFO", f"{url} is a WebSocket port")
