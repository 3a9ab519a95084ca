"""The demo's object bucket: a table, a picture, something large, a link, something deleted."""

from __future__ import annotations

from random import Random

from natstui.client.js import JetStreamContext
from natstui.client.js.api import ObjectMeta

MAX_BYTES = 64 * 1024 * 1024
BUCKET = "assets"

LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <path d="M4 8h12v6a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4zm12 1h2a2 2 0 0 1 0 5h-2"/>
</svg>
"""


async def create(js: JetStreamContext, random: Random) -> None:
    assets = await js.create_object_store(
        bucket=BUCKET, description="what the shop shows", max_bytes=MAX_BYTES
    )
    catalogue = await assets.put(
        "catalogue.csv",
        _catalogue(random),
        ObjectMeta(
            description="everything that the shop sells",
            headers={"Content-Type": "text/csv", "Source": ["warehouse", "suppliers"]},
        ),
    )
    await assets.put("img/logo.svg", LOGO, ObjectMeta(headers={"Content-Type": "image/svg+xml"}))
    await assets.put("firmware/dev-2.4.bin", random.randbytes(1_500_000))
    await assets.put("old/banner.txt", "Free shipping on teapots")
    await assets.delete("old/banner.txt")
    await assets.add_link("latest.csv", catalogue)


def _catalogue(random: Random) -> str:
    rows = [f"s-{number:05},tea {number},{random.randint(100, 9900)}" for number in range(15_000)]
    return "\n".join(["sku,name,cents", *rows])
