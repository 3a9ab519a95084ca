"""A bucket of objects: one who looks and writes through the model, and somebody else's program."""

from __future__ import annotations

from pathlib import Path

from natstui.client.aio.client import Client
from natstui.client.js.object_store import ObjectStore
from natstui.model.journal import Journal
from natstui.model.object_download import download
from natstui.model.object_entry import ObjectEntry
from natstui.model.object_session import ObjectSession, subjects_of
from natstui.model.object_transfers import Transfer
from natstui.model.object_upload import Put, Upload, new_info
from natstui.model.session import Session
from natstui.model.writing import Writer


class ObjectBench:
    """The bucket `assets`: `store` is somebody else's program, the rest is ours."""

    def __init__(self, client: Client, session: Session, store: ObjectStore, folder: Path) -> None:
        self.client = client
        self.session = session
        self.store = store
        self.folder = folder
        self.objects = ObjectSession(session, store.bucket)
        self.writer = Writer(session, Journal(folder / "state"))

    @property
    def names(self) -> dict[str, str]:
        """What is listed as what, as of the last load."""
        return {entry.name: entry.kind for entry in self.objects.entries}

    def file(self, data: bytes, name: str = "source") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    async def entry(self, name: str) -> ObjectEntry:
        """As the bucket has it now."""
        found = await self.objects.latest(name)
        assert found is not None, f"there is no {name}"
        return found

    def upload(self, name: str, path: Path, *, over: ObjectEntry | None = None) -> Upload:
        like = over.info if over else None
        put = Put(self.store.bucket, new_info(self.store.bucket, name, like), over)
        return Upload(self.writer, put, path, Transfer("up", self.store.bucket, name))

    async def download(self, name: str) -> Path:
        """To a file of the same name, in a folder of its own."""
        folder = self.folder / "downloads"
        folder.mkdir(exist_ok=True)
        path = folder / name
        transfer = Transfer("down", self.store.bucket, name)
        await download(self.session, await self.entry(name), path, transfer)
        return path

    async def chunk_subjects(self) -> dict[str, int]:
        """All chunks that the bucket keeps, whoever refers to them."""
        bucket = self.store.bucket
        return await subjects_of(self.session, f"OBJ_{bucket}", f"$O.{bucket}.C.>")

    @property
    def audit(self) -> str:
        return (self.folder / "state" / "audit.ndjson").read_text()
