"""Where the chat's button stands in a shop's page: out of the way of what the page has to press."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import WebShop, foreign_page

BAR = """<style>body { margin: 0 } .buy { position: fixed; inset: auto 0 0; height: 72px }
.buy button { width: 100%; height: 100% } .page { height: 3000px; padding-top: 1600px }
.page button { width: 100%; height: 50px }</style>
<div class="page"><button>Add to cart</button></div>"""
BUY = '<div class="buy"><button>Buy now</button></div>'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebShop]:
    shop = WebShop(f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}")
    shop.start()
    yield shop
    shop.stop()


def under(page: Page) -> list[str]:
    """What of the page can be pressed where the launcher is."""
    script = """() => {
        const host = document.querySelector("deskhand-chat");
        const box = host.shadowRoot.querySelector("button").getBoundingClientRect();
        return [...document.querySelectorAll("button")].filter((each) => {
            const other = each.getBoundingClientRect();
            return other.left < box.right && other.right > box.left
                && other.top < box.bottom && other.bottom > box.top;
        }).map((each) => each.textContent);
    }"""
    return list(page.evaluate(script))


def test_on_a_phone_the_launcher_covers_none_of_the_pages_buttons(
    browser: Browser, shop: WebShop
) -> None:
    script = f'{BAR}{BUY}<script src="{shop.url}/widget.js" defer></script>'
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    with phone, foreign_page("127.0.0.1", script) as address:
        page = phone.new_page()
        page.goto(address)
        launcher = page.locator("deskhand-chat button")
        expect(launcher).to_be_visible()
        page.wait_for_function("document.querySelector('deskhand-chat').style.cssText")
        page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
        expect_clear(page)
        page.evaluate("scrollTo(0, 930)")  # one of the page's own is now where it stood
        expect_clear(page)
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("button", name="Buy now").click()
        launcher.click()
        expect(launcher).to_have_attribute("aria-expanded", "true")


def expect_clear(page: Page) -> None:
    page.wait_for_timeout(600)  # it moves once the page has come to rest
    assert under(page) == []


def test_a_shop_says_where_the_launcher_stands(browser: Browser, shop: WebShop) -> None:
    where = 'data-side="left" data-bottom="100"'
    script = f'<script src="{shop.url}/widget.js" {where} defer></script>'
    wide = browser.new_context(viewport={"width": 1280, "height": 800})
    with wide, foreign_page("127.0.0.1", script) as address:
        page = wide.new_page()
        page.goto(address)
        box = page.locator("deskhand-chat button").bounding_box()
        assert box is not None
        assert (box["x"], box["y"] + box["height"]) == (20, 700)


def test_the_page_around_the_chat_goes_with_what_is_written(
    browser: Browser, shop: WebShop
) -> None:
    script = f'<script src="{shop.url}/widget.js" defer></script>'
    with browser.new_context() as wide, foreign_page("127.0.0.1", script) as address:
        page = wide.new_page()
        page.goto(f"{address}?session=secret#top")
        page.locator("deskhand-chat button").click()
        chat = page.frame_locator("iframe")
        chat.locator("#text").wait_for()
        for frame in page.frames:
            frame.wait_for_load_state("load")  # until then nobody hears the Enter
        with page.expect_request("**/api/chat/messages") as posted:
            chat.locator("#text").fill("Is it soft?")
            chat.locator("#text").press("Enter")
    sent = posted.value.post_data_json
    assert sent is not None
    assert sent["page"] == address.partition("?")[0].rstrip("/") + "/"
