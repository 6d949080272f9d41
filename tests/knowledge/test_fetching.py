"""Pages of the shop's help centre are fetched with care and read as they were last."""

from collections.abc import Iterator
from datetime import date
from ipaddress import ip_address
from pathlib import Path

import pytest

from bot.knowledge import fetching, pages
from bot.knowledge.documents import read_knowledge
from bot.knowledge.entry import Knowledge
from bot.knowledge.fetching import Address
from tests.support.help_centre import HelpCentre, help_centre

SHIPPING = "<title>Help</title><main><h1>Shipping</h1><p>To Norway in 5 days.</p></main>"
RETURNS = "<title>Help</title><main><h1>Returns</h1><p>Within 30 days.</p></main>"


@pytest.fixture
def centre() -> Iterator[HelpCentre]:
    with help_centre() as running:
        running.put("/robots.txt", "User-agent: *\nDisallow: /intern", "text/plain")
        running.put("/shipping", SHIPPING, ETag='"1"')
        running.put("/returns.html", RETURNS)
        yield running


def local(address: Address) -> bool:
    """The seam: only this machine, where the tests' pages are."""
    return address.is_loopback


class Shop:
    """A knowledge folder whose clock goes on by a day with each fetch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = 1e9
        self.told: list[tuple[str, int, int]] = []

    def fetch(self, *listed: str, later: float = 86400.0) -> list[str]:
        """What is wrong after that."""
        if listed:
            (self.folder / pages.LIST).write_text("\n".join(listed), encoding="utf-8")
        self.at += later
        fetching.refresh(
            self.folder,
            lambda *stage: self.told.append(stage),
            allowed=local,
            clock=lambda: self.at,
        )
        return [page.wrong for page in pages.known(self.folder)]

    def read(self) -> Knowledge:
        return read_knowledge(self.folder, date(2026, 11, 28))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "faq.csv").write_text("question,answer\nA?,B.\n", encoding="utf-8")
    return Shop(tmp_path)


def test_pages_are_read_and_lead_shoppers_to_them(shop: Shop, centre: HelpCentre) -> None:
    urls = [f"{centre.address}/shipping", f"{centre.address}/returns.html"]
    assert shop.fetch("# our help", *urls) == ["", ""]
    found = {each.title: each for each in shop.read().entries}
    assert found["Shipping"].url == urls[0]
    assert found["Shipping"].source == "127.0.0.1/shipping.html"
    assert found["Returns"].source == "127.0.0.1/returns.html"
    assert ("fetch", 2, 2) in shop.told
    (shop.folder / pages.LIST).unlink()
    assert [each.title for each in shop.read().entries] == ["A?"]


def test_a_page_that_is_the_same_is_not_sent_again(shop: Shop, centre: HelpCentre) -> None:
    shop.fetch(f"{centre.address}/shipping")
    shop.fetch(later=1)
    assert centre.paths == ["/robots.txt", "/shipping"]
    assert shop.fetch() == [""]
    assert centre.asked[-1][1]["if-none-match"] == '"1"'
    centre.put("/shipping", SHIPPING.replace("5 days", "a week"), ETag='"2"')
    shop.fetch()
    assert "a week" in next(e.answer for e in shop.read().entries if e.title == "Shipping")
    assert len([path for path in (shop.folder / pages.FOLDER).iterdir() if path.suffix]) == 2


def test_a_page_that_is_gone_stays_as_it_was_and_is_named(shop: Shop, centre: HelpCentre) -> None:
    shop.fetch(f"{centre.address}/shipping", f"{centre.address}/none")
    centre.pages["/shipping"] = (500, {}, b"")
    assert shop.fetch() == ["status", "status"]
    found = shop.read()
    assert "Shipping" in [each.title for each in found.entries]
    told = [(each.where, each.key, each.severity) for each in found.problems]
    assert told == [
        ("urls.txt:1", "knowledge.page_status", "warning"),
        ("urls.txt:2", "knowledge.page_status", "error"),
        ("urls.txt", "knowledge.pages_kept", "info"),
    ]
    assert all(each.message("zh") for each in found.problems)


def test_without_a_network_a_build_uses_what_it_had(shop: Shop) -> None:
    with help_centre() as centre:
        centre.put("/shipping", SHIPPING)
        centre.sitemap("/sitemap.xml", "/shipping")
        shop.fetch(f"{centre.address}/sitemap.xml")
    assert shop.fetch() == ["network", "network"]
    assert "Shipping" in [each.title for each in shop.read().entries]


def test_a_sitemap_is_followed_on_its_own_host(shop: Shop, centre: HelpCentre) -> None:
    centre.sitemap("/a.xml", "/shipping", "/returns.html", "/shipping")
    centre.put("/elsewhere.xml", "<urlset><loc>http://other.example/x</loc></urlset>", "text/xml")
    inner = f"<loc>{centre.address}/a.xml</loc><loc>http://other.example/b.xml</loc>"
    centre.put("/sitemap.xml", f"<sitemapindex>{inner}</sitemapindex>", "application/xml")
    wrong = shop.fetch(f"{centre.address}/sitemap.xml", f"{centre.address}/elsewhere.xml")
    assert wrong == ["", "", "empty"]


def test_robots_are_respected(shop: Shop, centre: HelpCentre) -> None:
    centre.put("/intern/x", SHIPPING)
    assert shop.fetch(f"{centre.address}/intern/x", f"{centre.address}/shipping") == ["robots", ""]
    assert "/intern/x" not in centre.paths
    centre.pages["/robots.txt"] = (503, {}, b"")
    assert shop.fetch() == ["robots", "robots"]
    del centre.pages["/robots.txt"]
    assert shop.fetch() == ["", ""]


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("/shipping", ""),
        ("/loop", "hops"),
        ("http://localhost:1/x", "elsewhere"),
        ("http://169.254.169.254/latest", "elsewhere"),
        ("file:///etc/passwd", "address"),
    ],
)
def test_a_redirect_is_checked_anew(
    shop: Shop, centre: HelpCentre, target: str, wrong: str
) -> None:
    centre.redirect("/loop", target)
    assert shop.fetch(f"{centre.address}/loop") == [wrong]


def test_private_addresses_are_never_asked(tmp_path: Path, centre: HelpCentre) -> None:
    (tmp_path / pages.LIST).write_text(f"{centre.address}/shipping\n", encoding="utf-8")
    fetching.refresh(tmp_path, lambda *_: None)
    assert [page.wrong for page in pages.known(tmp_path)] == ["private"]
    assert centre.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *((each, True) for each in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808")),
        *((each, False) for each in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0")),
        *((each, False) for each in ("::1", "::ffff:10.0.0.1", "fe80::1", "fd00::1", "::")),
        *((each, False) for each in ("64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1")),
        *((each, False) for each in ("100.64.0.1", "192.168.1.1", "255.255.255.255", "ff02::1")),
    ],
)
def test_an_address_is_public_or_not(address: str, public: bool) -> None:
    assert fetching.is_public(ip_address(address)) is public


def test_what_is_too_large_or_of_no_known_kind_is_refused(
    shop: Shop, centre: HelpCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_MOST_BYTES", 1000)
    centre.put("/large", "x" * 1001)
    centre.put("/film", "x", "video/mp4")
    assert shop.fetch(f"{centre.address}/large", f"{centre.address}/film") == ["size", "kind"]


def test_there_is_an_end_to_pages(
    shop: Shop, centre: HelpCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_PAGES", 1)
    centre.sitemap("/sitemap.xml", "/shipping", "/returns.html")
    assert shop.fetch(f"{centre.address}/sitemap.xml") == ["", "many"]


def test_time_is_limited(shop: Shop, centre: HelpCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_ALL_TIME", -1.0)
    assert shop.fetch(f"{centre.address}/shipping") == ["time"]


@pytest.mark.parametrize(
    "line", ["ftp://a.example/", "no address", "http://u:p@a.example/", "http://[::1", "https://"]
)
def test_a_line_that_is_no_address_is_named(shop: Shop, line: str) -> None:
    assert shop.fetch(line) == ["address"]


def test_pages_are_due_after_a_day(shop: Shop, centre: HelpCentre) -> None:
    assert not fetching.due(shop.folder, shop.at)
    (shop.folder / pages.LIST).write_text(f"{centre.address}/shipping", encoding="utf-8")
    assert fetching.due(shop.folder, shop.at)
    shop.fetch()
    assert not fetching.due(shop.folder, shop.at + 3600)
    assert fetching.due(shop.folder, shop.at + 90_000)


def test_a_state_that_is_damaged_is_fetched_anew(shop: Shop, centre: HelpCentre) -> None:
    shop.fetch(f"{centre.address}/shipping")
    (shop.folder / pages.FOLDER / "state.json").write_text("{", encoding="utf-8")
    assert pages.known(shop.folder) == []
    assert shop.fetch() == [""]


def test_pages_in_two_languages_are_each_others_translation(shop: Shop, centre: HelpCentre) -> None:
    centre.put("/en/shipping", SHIPPING.replace("<h1", '<h1 id="ship"'))
    centre.put("/zh/shipping", SHIPPING.replace("<h1>Shipping", '<h1 id="ship">配送'))
    shop.fetch(f"{centre.address}/en/shipping", f"{centre.address}/zh/shipping")
    found = [(each.id, each.lang) for each in shop.read().entries if each.kind == "document"]
    assert {lang for _, lang in found} == {"en", "zh"}
    assert len({entry_id for entry_id, _ in found}) == 1
