"""The desk in a real browser: what an agent sees and presses, live and with the keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow, TurnRow
from bot.tickets import canned, users
from bot.types import Author, Reason, now
from tests.support.desk_served import page_that_must_not_complain, served
from tests.support.desk_shop import PASSWORD, escalated, shopper_says


@pytest.fixture
def address(sqlite_database: Database) -> Iterator[str]:
    """A running desk with the admin Mia."""
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
    with served(sqlite_database) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with page_that_must_not_complain(browser) as opened:
        yield opened


def test_an_agent_takes_a_waiting_shopper_and_hands_back(
    page: Page, address: str, sqlite_database: Database
) -> None:
    _log_in(page, address)
    expect(page.get_by_text("All quiet")).to_be_visible()
    with sqlite_database.begin() as session:  # another process: no hint reaches the page
        escalated(session, reason=Reason.NEGATIVE_MOOD, mood=-0.9)
    expect(page.get_by_role("link", name="Unhappy shopper")).to_be_visible()
    expect(page).to_have_title("(1) Queue · Deskhand")

    page.get_by_role("button", name="Take #1").click()
    expect(page.get_by_role("heading", name="Ticket #1")).to_be_visible()
    log = page.get_by_role("log")
    expect(log).to_contain_text("Mia from our team has joined the chat.")
    expect(page).to_have_title("#1 Unhappy shopper · Deskhand")

    reply = page.get_by_label("Reply to the shopper")
    expect(reply).to_be_focused()
    reply.fill("I am so sorry.\nA new robe leaves today.")
    reply.press("Control+Enter")
    expect(log).to_contain_text("A new robe leaves today.")
    expect(reply).to_have_value("")

    with sqlite_database.begin() as session:
        shopper_says(session, 1, "谢谢！Thank you <b>so</b> much", "zh", now())
    expect(log).to_contain_text("谢谢！Thank you <b>so</b> much")
    assert page.locator(".turn").count() == page.locator(".turn[data-turn]").count() == 5

    page.get_by_role("button", name="Hand back to bot").click()
    expect(page.get_by_text("All quiet")).to_be_visible()
    with sqlite_database.read() as session:
        assert session.exec(select(ConversationRow.status)).one() == "bot"
        said = session.exec(select(TurnRow.text).where(TurnRow.author == Author.AGENT)).all()
    assert said == ["I am so sorry.\nA new robe leaves today."]


def test_a_reply_stays_in_its_field_while_the_server_is_away(
    page: Page, address: str, sqlite_database: Database
) -> None:
    with sqlite_database.begin() as session:
        ticket_id = escalated(session)
    _log_in(page, address)
    page.goto(f"{address}/desk/tickets/{ticket_id}")
    reply = page.get_by_label("Reply to the shopper")
    page.route("**/reply", lambda route: route.abort())
    reply.fill("A long answer")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#reply-error")).to_contain_text("Your text is still here")
    expect(reply).to_have_value("A long answer")
    page.reload()
    expect(reply).to_have_value("A long answer")
    page.unroute("**/reply")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("A long answer")
    expect(reply).to_have_value("")


def test_what_the_bot_found_goes_into_the_reply(
    page: Page, address: str, sqlite_database: Database
) -> None:
    with sqlite_database.begin() as session:
        ticket_id = escalated(session)
    _log_in(page, address)
    page.goto(f"{address}/desk/tickets/{ticket_id}")
    page.get_by_role("button", name="Use in reply").first.click()
    expect(page.get_by_label("Reply to the shopper")).to_have_value(
        "Orders arrive within 3 to 6 business days."
    )


def test_without_a_script_take_reply_and_close_still_work(
    browser: Browser, address: str, sqlite_database: Database
) -> None:
    with sqlite_database.begin() as session:
        escalated(session)
    with browser.new_context(locale="zh-CN", java_script_enabled=False) as context:
        page = context.new_page()
        _log_in(page, address)
        page.get_by_role("button", name="接入").click()
        page.get_by_label("回复顾客").fill("您好")
        page.get_by_role("button", name="发送").click()
        expect(page.get_by_role("log")).to_contain_text("您好")
        page.get_by_role("button", name="结束会话").click()
        expect(page.get_by_text("暂无顾客等待")).to_be_visible()
    with sqlite_database.read() as session:
        assert session.exec(select(ConversationRow.status)).one() == "closed"


def test_a_day_by_keyboard_alone(page: Page, address: str, sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        first = escalated(session, "a", reason=Reason.NEGATIVE_MOOD, mood=-0.9)
        second = escalated(session, "b", question="Do you wrap gifts?")
    _log_in(page, address)
    expect(page.locator("#live")).to_have_text("Live")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Do you wrap gifts?")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Ticket #{first}")).to_be_visible()
    expect(page.get_by_role("link", name="Do you wrap gifts?")).to_be_visible()  # beside it
    page.keyboard.press("t")
    reply = page.get_by_label("Reply to the shopper")
    expect(reply).to_be_focused()
    page.keyboard.type("take j and ? as letters")
    expect(reply).to_have_value("take j and ? as letters")
    page.keyboard.press("Escape")
    expect(page.locator(f"#row-{first}")).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_label("Note for the team")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Ticket #{second}")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Until the shopper writes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("All quiet")).to_be_visible()
    with sqlite_database.begin() as session:
        shopper_says(session, 2, "Hello again?", "en", now())
    expect(page.get_by_role("link", name="Hello again?")).to_be_visible()


def test_colleagues_see_each_other_at_a_conversation(
    browser: Browser, page: Page, address: str, sqlite_database: Database
) -> None:
    with sqlite_database.begin() as session:
        users.add(session, "Noor", "agent", PASSWORD)
        ticket_id = escalated(session)
    _log_in(page, address)
    page.goto(f"{address}/desk/tickets/{ticket_id}")
    with browser.new_context(locale="en-GB") as context:
        noor = context.new_page()
        _log_in(noor, address, "Noor")
        noor.goto(f"{address}/desk/tickets/{ticket_id}")
        expect(page.locator("#presence")).to_have_text("Noor is looking")
        noor.get_by_label("Reply to the shopper").press_sequentially("Hi")
        expect(page.locator("#presence")).to_have_text("Noor is writing …")
        page.keyboard.press("a")
        expect(page.get_by_label("To", exact=True)).to_be_focused()
        page.get_by_label("To", exact=True).select_option("Noor")
        page.get_by_label("Note for them").fill("yours")
        page.get_by_role("button", name="Hand over").click()
        expect(noor.get_by_role("log")).to_contain_text("@Noor yours")
        expect(noor.get_by_role("log")).to_contain_text("Noor from our team has joined the chat.")


def test_a_note_calls_a_colleague_and_a_shortcut_becomes_a_reply(
    page: Page, address: str, sqlite_database: Database
) -> None:
    with sqlite_database.begin() as session:
        users.add(session, "Noor", "agent", PASSWORD)
        canned.put(session, "late", "en", "Sorry, it is late. Yours, {agent}", now())
        ticket_id = escalated(session)
    _log_in(page, address)
    page.goto(f"{address}/desk/tickets/{ticket_id}")
    page.keyboard.press("n")
    note = page.get_by_label("Note for the team")
    expect(note).to_be_focused()
    page.keyboard.type("@no")
    expect(page.get_by_role("option", name="@Noor")).to_be_visible()
    page.keyboard.press("Enter")
    expect(note).to_have_value("@Noor ")
    page.keyboard.type("please call them")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".turn.note")).to_contain_text("@Noor please call them")
    expect(note).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    reply = page.get_by_label("Reply to the shopper")
    expect(reply).to_be_focused()
    page.keyboard.type("Hello. /la")
    expect(page.get_by_role("option", name="/late")).to_be_visible()
    page.keyboard.press("Tab")
    expect(reply).to_have_value("Hello. Sorry, it is late. Yours, Mia")
    with page.expect_response("**/draft"):  # what is written is kept
        pass
    page.reload()
    expect(reply).to_have_value("Hello. Sorry, it is late. Yours, Mia")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("Hello. Sorry, it is late. Yours, Mia")
    page.reload()
    expect(reply).to_have_value("")


def test_search_answers_as_one_types(page: Page, address: str, sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        escalated(session, "a", question="怎么退货？")
        second = escalated(session, "b", question="Do you wrap gifts?")
    _log_in(page, address)
    page.keyboard.press("/")
    page.keyboard.type("wra")
    expect(page.locator("#found mark")).to_have_text("wra")
    expect(page.locator("#queue-list")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Ticket #{second}")).to_be_visible()
    page.get_by_label("Search").fill("退货")
    expect(page.locator("#found mark")).to_have_text("退货")
    page.keyboard.press("Escape")
    expect(page.locator("#queue-list")).to_be_visible()


def test_keys_can_be_switched_off(page: Page, address: str, sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        ticket_id = escalated(session)
    _log_in(page, address)
    page.goto(f"{address}/desk/tickets/{ticket_id}")
    page.keyboard.press("?")
    page.get_by_label("Keys are switched on").uncheck()
    page.get_by_role("button", name="Done").click()
    page.keyboard.press("t")
    page.keyboard.press("j")
    expect(page.locator(".row-link:focus")).to_have_count(0)
    with sqlite_database.read() as session:
        assert session.exec(select(TicketRow.status)).one() == "open"


def test_nothing_is_wider_than_a_phone(page: Page, address: str, sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        long = "https://juniperandtide.example/" + "robe" * 60
        ticket_id = escalated(session, question=long, answer=long, mood=-0.9)
    page.set_viewport_size({"width": 360, "height": 740})
    _log_in(page, address)
    for path in ("/desk", f"/desk/tickets/{ticket_id}", "/desk/users", "/desk/password"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_logging_out_elsewhere_stops_an_open_page(
    page: Page, address: str, sqlite_database: Database
) -> None:
    _log_in(page, address)
    expect(page.locator("#live")).to_have_text("Live")
    with sqlite_database.begin() as session:
        users.change_password(session, "Mia", "another good password")
    expect(page.locator("#live")).to_contain_text("You are logged out")


def _log_in(page: Page, address: str, name: str = "Mia") -> None:
    page.goto(f"{address}/desk")
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url(f"{address}/desk")
