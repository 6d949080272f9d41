"""What goes with a product, for the shop's own pages: read from anywhere, alike for everybody."""

from starlette.testclient import TestClient

from bot.database.db import Database
from bot.types import Language, Suggested
from tests.support.web_shop import build


def test_a_page_of_any_site_reads_what_goes_with_a_product(sqlite_database: Database) -> None:
    def suggest(sku: str, language: Language) -> list[Suggested] | None:
        pillow = Suggested(
            "PILLOW", "枕头" if language == "zh" else "Pillow", "same material: linen"
        )
        return [pillow] if sku == "SHEET" else None

    app, *_ = build(sqlite_database, suggest=suggest)
    client = TestClient(app)
    answer = client.get(
        "/api/suggestions?sku=SHEET&lang=en", headers={"Origin": "https://shop.example"}
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers
    assert answer.json()["suggestions"] == [
        {
            "sku": "PILLOW",
            "name": "Pillow",
            "why": "same material: linen",
            "price": "",
            "url": "",
            "image": "",
        }
    ]
    assert client.get("/api/suggestions?sku=SHEET&lang=zh").json()["title"] == "适合搭配"
    for unknown in ("sku=NO-SUCH", "sku=", "sku=" + "x" * 5000, ""):
        assert client.get(f"/api/suggestions?{unknown}").status_code == 404
