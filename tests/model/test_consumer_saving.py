"""What changes to consumers destroy is in the journal, and comes back from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.model import consumer_saving as saving
from natstui.model.asking import api
from natstui.model.consumer_edit import (
    DURATIONS,
    NEW_CONSUMER,
    consumer_config,
    new_config,
)
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.journal import Entry, Journal
from natstui.model.restoring import RESTORERS
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.stream_edit import ConfigError, changes, from_text, to_text
from natstui.model.work import Work
from natstui.model.writing import Writer
from tests.support.consumers import orders, take
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def writer(js_server: NatsServer, tmp_path: Path) -> AsyncIterator[Writer]:
    session = Session(Settings(servers=(js_server.url,), timeout=20))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    yield Writer(session, Journal(tmp_path))
    await session.close()


async def info(writer: Writer, name: str) -> dict[str, Any]:
    return await api(writer.session, f"CONSUMER.INFO.ORDERS.{name}")


async def saved(writer: Writer, kind: str, name: str) -> Entry:
    row = ConsumerRow(Key("ORDERS", name))
    row.take(0.0, await info(writer, name))
    return await writer.save(kind, saving.target(row.key), f"delete {name}", saving.saved(row))


async def restore(writer: Writer, entry: Entry) -> str:
    return await RESTORERS[entry.kind](writer, entry, Work("restore"))


@pytest.mark.parametrize(
    ("policy", "kept"),
    [({}, True), ({"deliver_policy": "last_per_subject", "filter_subject": "orders.*"}, False)],
)
async def test_a_deleted_consumer_comes_back_where_it_was(
    client: Client, writer: Writer, policy: dict[str, Any], kept: bool
) -> None:
    js = await orders(client)
    await js.add_consumer(
        "ORDERS",
        durable_name="billing",
        ack_policy="explicit",
        ack_wait=7.5,
        metadata={"team": "money"},
        **policy,
    )
    await take(js, "billing", 1, ack=True)
    before = await info(writer, "billing")
    entry = await saved(writer, saving.CONSUMER, "billing")
    await js.delete_consumer("ORDERS", "billing")
    said = await restore(writer, entry)
    after = await info(writer, "billing")
    assert after["ack_floor"]["stream_seq"] == before["ack_floor"]["stream_seq"]
    differing = {change.field for change in changes(before["config"], after["config"])}
    assert differing == (set() if kept else {"deliver_policy", "opt_start_seq"})
    assert after["config"]["ack_wait"] == 7_500_000_000
    assert ("by_start_sequence" in said) is not kept


async def test_a_configuration_and_a_position_come_back(client: Client, writer: Writer) -> None:
    js = await orders(client)
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit", max_deliver=5)
    await take(js, "billing", 6, ack=True)
    config = await saved(writer, saving.CONFIG, "billing")
    position = await saved(writer, saving.POSITION, "billing")
    was = (await js.consumer_info("ORDERS", "billing")).config
    await js.update_consumer("ORDERS", was, max_deliver=9)
    await js.reset_consumer("ORDERS", "billing")
    await restore(writer, config)
    assert (await info(writer, "billing"))["config"]["max_deliver"] == 5
    await restore(writer, position)
    after = await info(writer, "billing")
    assert (after["ack_floor"]["stream_seq"], after["num_pending"]) == (6, 14)


def test_a_configuration_goes_through_an_editor_and_back_unchanged() -> None:
    config = {
        "name": "c",
        "ack_wait": 30_000_000_001,
        "backoff": [1_000_000_000, 90_000_000_000],
        "inactive_threshold": 300_000_000_000,
        "of a newer server": {"a": [1, None]},
        "metadata": {"m": "\x1b[2J"},
    }
    text = to_text(config, DURATIONS)
    assert '"1m30s"' in text
    assert '"inactive_threshold": "5m"' in text
    assert from_text(text, DURATIONS) == config
    assert consumer_config(config).as_dict()["of a newer server"] == {"a": [1, None]}


@pytest.mark.parametrize(
    "field", [{"backoff": 5}, {"ack_wait": {}}, {"opt_start_time": "soon"}, {"backoff": ["x"]}]
)
def test_what_cannot_be_in_a_field_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="a field holds what it cannot"):
        consumer_config({"name": "c", **field})


def test_of_a_new_one_only_what_was_filled_in_is_sent() -> None:
    config = new_config({**NEW_CONSUMER, "name": "c"})
    assert "filter_subjects" not in config
    assert config["max_deliver"] == -1
    assert config["durable_name"] == "c"
    passing = new_config({"name": "c", "inactive_threshold": 1, "description": ""})
    assert passing == {"name": "c", "inactive_threshold": 1}
