"""An agent's day and the shopper's side of it, in two real browsers at one running shop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.database.db import Database
from tests.support.browser import chromium, say
from tests.support.house import house, log_in, person


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def address(sqlite_database: Database, tmp_path: Path) -> Iterator[str]:
    with house(sqlite_database, tmp_path) as running:
        yield running


@pytest.fixture
def mia(browser: Browser, address: str) -> Iterator[Page]:
    """The desk in Mia's browser."""
    with person(browser) as page:
        log_in(page, address)
        yield page


@pytest.fixture
def shopper(browser: Browser, address: str) -> Iterator[Page]:
    """The chat in a shopper's browser."""
    with person(browser, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{address}/chat?lang=en")
        yield page


def ask(
    shopper: Page, mia: Page, text: str = "Where is my robe?", reply: str = "On its way."
) -> None:
    """A question that Mia takes and answers."""
    say(shopper, text)
    mia.get_by_role("button", name="Take #").click()
    field = mia.get_by_label("Reply to the shopper")
    field.fill(reply)
    field.press("Control+Enter")
    expect(shopper.locator(".turn.agent .bubble").last).to_have_text(reply)


def test_a_shopper_says_how_content_they_are_and_the_desk_shows_it(
    mia: Page, shopper: Page
) -> None:
    ask(shopper, mia)
    mia.locator("#close").click()
    expect(shopper.get_by_text("How was our help?")).to_be_visible()
    shopper.get_by_role("button", name="👎 Not good").click()
    shopper.get_by_role("button", name="Add a word").click()
    expect(shopper.get_by_text("Write it in your next message")).to_be_visible()
    say(shopper, "It took <b>three</b> days")
    expect(shopper.get_by_text("Our team will read it")).to_be_visible()
    mia.goto(mia.url.split("/desk")[0] + "/desk/tickets/1")
    expect(mia.locator("#facts")).to_contain_text("not satisfied")
    expect(mia.locator("#facts")).to_contain_text("It took <b>three</b> days")


def test_a_reply_is_taken_back_before_the_shopper_sees_it(mia: Page, shopper: Page) -> None:
    ask(shopper, mia)
    field = mia.get_by_label("Reply to the shopper")
    field.fill("Wrong chat, sorry")
    field.press("Control+Enter")
    mia.get_by_role("button", name="Undo").click()
    expect(mia.get_by_label("Reply to the shopper")).to_have_value("Wrong chat, sorry")
    expect(mia.get_by_role("log")).not_to_contain_text("Wrong chat")
    field.fill("Right one")
    field.press("Control+Enter")
    expect(shopper.locator(".turn.agent .bubble").last).to_have_text("Right one")
    expect(shopper.get_by_text("Wrong chat")).to_have_count(0)
    expect(mia.locator(".turn.agent .sent").last).to_contain_text("Sent")


def test_a_close_is_taken_back(mia: Page, shopper: Page) -> None:
    ask(shopper, mia)
    mia.locator("#close").click()
    mia.locator(".toast").get_by_role("button", name="Undo").click()
    expect(mia.locator("#close")).to_be_visible()
    expect(shopper.locator("#banner")).to_contain_text("Mia")


def test_news_is_told_with_a_sound_and_on_the_desktop(
    browser: Browser, address: str, shopper: Page
) -> None:
    with person(browser, permissions=["notifications"]) as mia:
        mia.add_init_script(
            "window.told = []; window.Notification = class extends EventTarget {"
            " static permission = 'granted';"
            " constructor(title, { body }) { super(); window.told.push(body); } };"
            "Object.defineProperty(document, 'hidden', { get: () => true });"
        )
        log_in(mia, address)
        mia.get_by_role("button", name="Sound and desktop").click()
        expect(mia.locator("#live")).to_have_text("Live")
        say(shopper, "Is <i>anybody</i> there?")
        expect(mia.locator("body")).to_have_attribute("data-chimed", "1")
        assert mia.evaluate("window.told") == ["Shopper: Is <i>anybody</i> there?"]


def test_several_are_chosen_by_keyboard_and_stay_so_while_others_come(
    mia: Page, shopper: Page
) -> None:
    say(shopper, "Where is my robe?")
    expect(mia.locator(".row")).to_have_count(1)
    mia.keyboard.press("j")
    mia.keyboard.press("x")
    expect(mia.get_by_role("checkbox", name="Choose #1")).to_be_checked()
    say(shopper, "It is blue.")
    expect(mia.locator(".row")).to_contain_text("It is blue.")
    expect(mia.get_by_role("checkbox", name="Choose #1")).to_be_checked()
    mia.locator("#bulk-to").select_option("Noor")
    mia.get_by_role("button", name="Hand over").click()
    expect(mia.locator(".row")).to_contain_text("Noor")
