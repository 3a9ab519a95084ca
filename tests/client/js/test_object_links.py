"""Links: other names for objects, and names for whole buckets."""

from __future__ import annotations

import json

import pytest

from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    BadObjectMetaError,
    BucketNotFoundError,
    InvalidObjectNameError,
    LinkIsABucketError,
    ObjectAlreadyExists,
    ObjectDeletedError,
    ObjectNotFoundError,
)
from natstui.client.js.object_store import ObjectStore


@pytest.fixture
async def store(js: JetStreamContext) -> ObjectStore:
    return await js.create_object_store("B")


@pytest.fixture
async def other(js: JetStreamContext) -> ObjectStore:
    return await js.create_object_store("other")


async def test_a_link_to_an_object(store: ObjectStore) -> None:
    target = await store.put("target", b"data")
    link = await store.add_link("link", target)
    assert link.is_link()
    assert not target.is_link()
    got = await store.get("link")
    assert (got.info.name, got.data) == ("target", b"data")
    # Asked about, it is itself.
    info = await store.get_info("link")
    assert (info.name, info.size, info.chunks) == ("link", 0, 0)
    assert info.options is not None
    assert info.options.link == api.ObjectLink("B", "target")
    async with await store.open("link") as reader:
        assert await reader.read() == b"data"


async def test_a_link_to_another_bucket(store: ObjectStore, other: ObjectStore) -> None:
    await store.add_link("link", await other.put("target", b"data"))
    assert (await store.get("link")).data == b"data"
    await other.put("target", b"replaced")
    assert (await store.get("link")).data == b"replaced"


async def test_a_link_is_stored_as_other_clients_have_it(
    js: JetStreamContext, store: ObjectStore, other: ObjectStore
) -> None:
    one = await store.add_link("one", await other.put("target", b"data"))
    two = await store.add_bucket_link("two", other)
    stored = [json.loads((await js.get_msg("OBJ_B", seq)).data or b"") for seq in (1, 2)]
    assert stored == [
        {
            "name": "one",
            "options": {"link": {"bucket": "other", "name": "target"}},
            "bucket": "B",
            "nuid": one.nuid,
            "size": 0,
            "chunks": 0,
        },
        {
            "name": "two",
            "options": {"link": {"bucket": "other"}},
            "bucket": "B",
            "nuid": two.nuid,
            "size": 0,
            "chunks": 0,
        },
    ]


async def test_a_link_to_a_bucket_has_no_bytes(store: ObjectStore, other: ObjectStore) -> None:
    await store.add_bucket_link("link", other)
    with pytest.raises(LinkIsABucketError, match="'link' is a link to the bucket other"):
        await store.get("link")


async def test_links_that_lead_nowhere(
    js: JetStreamContext, store: ObjectStore, other: ObjectStore
) -> None:
    target = await other.put("target", b"data")
    await store.add_link("link", target)
    await other.delete("target")
    with pytest.raises(ObjectNotFoundError):
        await store.get("link")
    await js.delete_object_store("other")
    with pytest.raises(BucketNotFoundError):
        await store.get("link")


async def test_links_are_followed_once(store: ObjectStore) -> None:
    target = await store.put("target", b"data")
    await store.add_link("one", target)
    with pytest.raises(BadObjectMetaError, match="is a link"):
        await store.add_link("two", await store.get_info("one"))
    await store.add_link("two", target)
    await store.delete("target")
    await store.add_link("target", await store.put("elsewhere", b""))
    with pytest.raises(BadObjectMetaError, match="a link to a link"):
        await store.get("two")


async def test_what_a_link_cannot_be(store: ObjectStore) -> None:
    target = await store.put("target", b"data")
    await store.put("taken", b"x")
    with pytest.raises(ObjectAlreadyExists, match="'taken'"):
        await store.add_link("taken", target)
    with pytest.raises(ObjectAlreadyExists, match="'taken'"):
        await store.add_bucket_link("taken", store)
    with pytest.raises(InvalidObjectNameError):
        await store.add_link("", target)
    with pytest.raises(InvalidObjectNameError):
        await store.add_bucket_link("", store)
    deleted = await store.delete("target")
    with pytest.raises(ObjectDeletedError):
        await store.add_link("link", deleted)
    link = api.ObjectMeta(options=api.ObjectMetaOptions(link=api.ObjectLink("B", "taken")))
    with pytest.raises(BadObjectMetaError, match="add_link"):
        await store.put("link", b"", link)


async def test_names_that_a_link_can_take(store: ObjectStore) -> None:
    target = await store.put("target", b"data")
    await store.add_bucket_link("link", store)
    await store.add_link("link", target)
    assert (await store.get("link")).data == b"data"
    await store.add_bucket_link("link", store)
    await store.put("gone", b"x")
    await store.delete("gone")
    await store.add_link("gone", target)
    assert (await store.get("gone")).data == b"data"


async def test_a_link_can_be_renamed_replaced_and_deleted(store: ObjectStore) -> None:
    target = await store.put("target", b"data")
    await store.add_link("link", target)
    await store.update_meta("link", api.ObjectMeta(name="renamed", description="d"))
    assert (await store.get("renamed")).data == b"data"
    assert (await store.get_info("renamed")).description == "d"
    await store.delete("renamed")
    with pytest.raises(ObjectNotFoundError):
        await store.get("renamed")
    await store.add_link("link", target)
    await store.put("link", b"own bytes")
    assert (await store.get("link")).data == b"own bytes"
    assert (await store.get("target")).data == b"data"
