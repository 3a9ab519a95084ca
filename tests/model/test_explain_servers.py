"""What a person reads when a real server, or what they took for one, does not let them in."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

import natstui.client as nats
from natstui.client import errors
from natstui.model.explain import Explanation, explain
from natstui.model.probe import diagnose
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support import auth
from tests.support.certificates import Certificates
from tests.support.jwt import Operator
from tests.support.server import NatsServer
from tests.support.waiting import eventually


async def refusal(server: str, **options: Any) -> Exception:
    """Why connecting failed."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is explained
        await nats.connect(server, **{"connect_timeout": 1, **options})
    return caught.value


async def failure(server: str, **options: Any) -> Explanation:
    """The explanation of why connecting failed."""
    error = await refusal(server, **options)
    return explain(error, server, Settings(servers=(server,), connect_options=options))


async def complaint(client: nats.Client, errors: list[Exception]) -> Explanation:
    """The explanation of what the server said to a connection that goes on."""
    await client.flush()
    error = await eventually(lambda: errors and errors[0], "the server complains")
    assert isinstance(error, Exception)
    return explain(error, "nats://host")


async def test_nothing_listens(server: NatsServer) -> None:
    server.stop()
    explanation = await failure(server.url)
    assert explanation.what == f"nothing listens on 127.0.0.1:{server.port}"


async def test_no_such_host() -> None:
    explanation = await failure("nats://no-such-host.invalid")
    assert "no-such-host.invalid" in explanation.what


async def test_a_wrong_password(server_factory: ServerFactory) -> None:
    server = server_factory(auth.user_and_password("me", "right"))
    explanation = await failure(server.url, user="me", password="hunter2")
    assert explanation.what.startswith(f'127.0.0.1:{server.port} refuses user "me": Authorization')
    assert "hunter2" not in str(explanation)


async def test_no_credentials_at_all(server_factory: ServerFactory) -> None:
    server = server_factory(auth.token("secret"))
    assert "was told nothing" in (await failure(server.url)).what


async def test_expired_credentials(server_factory: ServerFactory, tmp_path: Path) -> None:
    operator = Operator()
    user = operator.account("A").user(expires_in=-3600)
    server = server_factory(operator.config())
    (tmp_path / "me.creds").write_text(user.creds)
    explanation = await failure(server.url, user_credentials=str(tmp_path / "me.creds"))
    assert "me.creds expired on" in explanation.what


async def test_a_server_with_an_authority_of_its_own(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls())
    for url in (server.url, server.tls_url):
        explanation = await failure(url)
        assert "authority that is not trusted here" in explanation.what
        assert "--tlsca" in explanation.do


async def test_a_certificate_for_another_name(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls())
    explanation = await failure(
        server.tls_url, tls=certificates.context(), tls_hostname="other.example"
    )
    assert "is for another name than other.example" in explanation.what


async def test_a_server_that_offers_no_tls(server: NatsServer) -> None:
    explanation = await failure(f"tls://127.0.0.1:{server.port}")
    assert explanation.what == f"TLS was asked for, and 127.0.0.1:{server.port} offers none"


async def test_tls_first_where_the_server_speaks_first(server: NatsServer) -> None:
    explanation = await failure(
        server.url, tls=ssl.create_default_context(), tls_handshake_first=True
    )
    assert "does not answer in TLS" in explanation.what
    assert "--tlsfirst" in explanation.do


async def test_a_server_that_wants_our_certificate(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls("verify: true"))
    explanation = await failure(server.tls_url, tls=certificates.context())
    assert explanation.what.startswith(f"localhost:{server.port} wants to see a certificate")
    assert "--tlscert" in explanation.do


@pytest.mark.parametrize(
    ("listener", "peer"), [("http", "an HTTP server"), ("websocket", "a WebSocket port")]
)
async def test_a_port_that_waits_for_another_protocol(
    server_factory: ServerFactory, listener: str, peer: str
) -> None:
    server = server_factory(websocket="no_tls: true")
    url = f"127.0.0.1:{server.port_of(listener)}"
    error = await refusal(url)
    explanation = explain(error, url)
    assert "did not answer in time" in explanation.what
    assert "monitoring (8222), WebSocket or TLS port" in explanation.do
    assert (await diagnose(error, url)).what == f"{url} is {peer}"


async def test_a_port_that_speaks_another_protocol() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        explanation = await failure(f"127.0.0.1:{port}")
    assert f"127.0.0.1:{port} does not speak NATS" in explanation.what
    assert "SSH-2.0" in explanation.what


async def test_what_this_user_may_not(server_factory: ServerFactory) -> None:
    users = auth.users(
        auth.user_with_permissions("me", "pw", publish=["ok"], subscribe=["_INBOX.>"])
    )
    server = server_factory(users)
    said: list[Exception] = []

    async def note(error: Exception) -> None:
        said.append(error)

    client = await nats.connect(server.url, user="me", password="pw", error_cb=note)
    async with client:
        await client.publish("orders.new", b"")
        assert (await complaint(client, said)).what == 'this user may not publish to "orders.new"'
        said.clear()
        await client.subscribe("orders.>")
        assert (await complaint(client, said)).what == 'this user may not subscribe to "orders.>"'


async def test_a_payload_that_is_too_large(server_factory: ServerFactory) -> None:
    server = server_factory("max_payload: 1024")
    async with await nats.connect(server.url) as client:
        with pytest.raises(errors.MaxPayloadError) as caught:
            await client.publish("a", bytes(2000))
    explanation = explain(caught.value, server.url)
    assert "larger than the server takes" in explanation.what
    assert "1024" in explanation.what


async def test_a_bad_subject(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        with pytest.raises(errors.BadSubjectError) as caught:
            await client.subscribe("orders..new")
    explanation = explain(caught.value, server.url)
    assert "orders..new" in explanation.what
    assert "dots" in explanation.do


async def test_nobody_who_answers(server: NatsServer) -> None:
    async with await nats.connect(server.url) as client:
        with pytest.raises(errors.NoRespondersError) as caught:
            await client.request("nobody.home", b"")
    assert explain(caught.value).what == "nobody answers on that subject"


async def test_a_read_only_session(server: NatsServer) -> None:
    def refuse(subject: str) -> None:
        raise errors.PublishRefusedError(f"nats: {subject}")

    async with await nats.connect(server.url, publish_guard=refuse) as client:
        with pytest.raises(errors.PublishRefusedError) as caught:
            await client.publish("orders.new", b"")
    assert "read-only: orders.new" in explain(caught.value).what


async def test_what_is_clear_is_not_asked_about(server: NatsServer) -> None:
    server.stop()
    error = await refusal(server.url)
    assert await diagnose(error, server.url) == explain(error, server.url)


async def test_a_server_that_wants_tls_first(
    server_factory: ServerFactory, certificates: Certificates
) -> None:
    server = server_factory(certificates.server_tls("handshake_first: true"))
    error = await refusal(server.url)
    assert "--tlsfirst" in (await diagnose(error, server.url)).do


async def test_a_server_that_froze_is_no_other_kind_of_port(server: NatsServer) -> None:
    server.pause()
    error = await refusal(server.url)
    assert await diagnose(error, server.url) == explain(error, server.url)
