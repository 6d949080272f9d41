"""An agent's day and the shopper's side of it, in two real browsers at one running shop."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import OutboxRow
from bot.types import now
from tests.support.browser import say
from tests.support.house import house, log_in, person


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


@pytest.fixture
def patient(sqlite_database: Database, tmp_path: Path) -> Iterator[str]:
    """The shop, where what is said can be taken back for as long as the test takes."""
    with house(sqlite_database, tmp_path, timedelta(hours=1)) as running:
        yield running


def test_what_is_taken_back_the_shopper_never_sees(
    browser: Browser, patient: str, sqlite_database: Database
) -> None:
    with person(browser) as mia, person(browser) as shopper:
        log_in(mia, patient)
        shopper.goto(f"{patient}/chat?lang=en")
        say(shopper, "Where is my robe?")
        mia.get_by_role("button", name="Take #").click()
        field = mia.get_by_label("Reply to the shopper")
        field.fill("Wrong chat, sorry")
        field.press("Control+Enter")
        mia.get_by_role("button", name="Undo").click()
        expect(mia.get_by_label("Reply to the shopper")).to_have_value("Wrong chat, sorry")
        expect(mia.get_by_role("log")).not_to_contain_text("Wrong chat")
        field.fill("Right one")
        field.press("Control+Enter")
        expect(mia.get_by_role("button", name="Undo")).to_be_visible()

        mia.locator("#close").click()
        mia.locator(".toast").get_by_role("button", name="Undo").click()
        expect(mia.locator("#close")).to_be_visible()
        with sqlite_database.begin() as session:
            for row in session.exec(select(OutboxRow).where(OutboxRow.status == "open")):
                row.next_at = row.held_until = now()
        expect(shopper.locator(".turn.agent .bubble")).to_have_text(["Right one"])
        expect(shopper.locator("#banner")).to_contain_text("Mia")
        expect(mia.locator(".turn.agent .sent").last).to_contain_text("Sent")


def test_what_was_sent_is_changed_and_taken_back_before_the_shoppers_eyes(
    mia: Page, shopper: Page
) -> None:
    ask(shopper, mia, reply="It costs 10 euros.")
    bubbles = shopper.locator(".turn.agent .bubble")
    mia.get_by_text("Change", exact=True).click()
    mia.get_by_label("What it should say").fill("It costs 20 euros.")
    mia.get_by_role("button", name="Send the correction").click()
    expect(bubbles).to_have_text(["It costs 20 euros."])
    expect(shopper.locator(".edited")).to_be_visible()
    expect(mia.get_by_role("log")).to_contain_text("Mia changed a message")
    shopper.reload()
    expect(bubbles).to_have_text(["It costs 20 euros."])
    mia.get_by_text("Change", exact=True).click()
    mia.get_by_role("button", name="Take it back").click()
    expect(bubbles).to_have_text(["This message was taken back."])
    expect(shopper.locator("main")).not_to_contain_text("euros")
    shopper.reload()
    expect(bubbles).to_have_text(["This message was taken back."])
    expect(shopper.locator("main")).not_to_contain_text("euros")


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


def photo(tmp_path: Path, name: str, colour: tuple[int, int, int]) -> Path:
    path = tmp_path / name
    Image.new("RGB", (240, 160), colour).save(path)
    return path


def loaded(page: Page, selector: str) -> None:
    """The picture is there, and is one."""
    expect(page.locator(selector)).to_be_visible()
    expect(page.locator(selector)).to_have_js_property("naturalWidth", 240)


def test_pictures_go_both_ways(mia: Page, shopper: Page, tmp_path: Path) -> None:
    ask(shopper, mia)
    shopper.locator("#file").set_input_files(photo(tmp_path, "broken lid.png", (150, 60, 40)))
    loaded(mia, ".turn.shopper .photo img")
    loaded(shopper, ".turn.shopper .files img")
    mia.locator("#file").set_input_files(photo(tmp_path, "new lid.jpg", (40, 90, 150)))
    mia.get_by_role("button", name="Send").click()
    loaded(shopper, ".turn.agent .files img")
    loaded(mia, ".turn.agent .photo img")
    expect(mia.locator("[data-named]")).to_have_text("")

    (tmp_path / "run.png").write_bytes(b"<script>alert(1)</script>")
    shopper.locator("#file").set_input_files(tmp_path / "run.png")
    expect(shopper.locator(".turn.failed")).to_contain_text("Only pictures")
    with mia.context.browser.new_context() as other:  # type: ignore[union-attr]
        path = shopper.locator(".turn.agent .files a").get_attribute("href") or ""
        address = shopper.url.split("/chat")[0]
        assert other.request.get(address + path).status == 401
        other.request.get(f"{address}/chat")
        assert other.request.get(address + path).status == 404
    answer = shopper.request.get(address + path)
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_the_chat_is_found_as_it_was_left(mia: Page, shopper: Page) -> None:
    shopper.goto(shopper.url.split("/chat")[0] + "/")
    launcher = shopper.locator("deskhand-chat button")
    chat = shopper.frame_locator("deskhand-chat iframe")
    launcher.click()
    say(chat, "Where is my robe?")
    mia.get_by_role("button", name="Take #").click()
    expect(chat.locator("#subtitle")).to_have_text("Mia")
    shopper.reload()  # it is open as it was
    expect(chat.get_by_text("Where is my robe?")).to_be_visible()

    chat.locator("#close").click()
    field = mia.get_by_label("Reply to the shopper")
    field.fill("It has arrived.")
    field.press("Control+Enter")
    expect(launcher).to_have_attribute("aria-label", re.compile("1 "))
    shopper.reload()
    expect(launcher).to_have_attribute("aria-expanded", "false")
    expect(launcher).to_have_attribute("aria-label", re.compile("1 "))
    launcher.click()
    expect(chat.locator(".new-line + .turn")).to_contain_text("It has arrived.")
