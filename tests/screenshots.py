"""Takes the README's pictures in docs: `python -m tests.screenshots [INDEX]`.

From `bot serve` on a fresh index of the demo shop, or the one that is named, with a new database,
in a real browser. Every run says the same things; only the times in the pictures differ.
"""

import re
import sys
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect
from sqlmodel import Session

from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.tickets import tags
from bot.types import Language, Reason, now
from tests.proofs.servers import ROOT
from tests.support.browser import Served, build_demo, chromium, say
from tests.support.desk_shop import escalated
from tests.support.month import lived_through

DOCS = ROOT / "docs"
SIZE = {"width": 1280, "height": 880}
PHONE = {"width": 390, "height": 780}
PASSWORD = "tea before tickets"
AGENT = "Ann"
WAITING: tuple[tuple[str, Reason, float, Language, str, int], ...] = (
    ("Marta Keller", Reason.NEGATIVE_MOOD, -0.8, "en", "Third time the robe is the wrong size", 7),
    ("林小芳", Reason.REQUEST, 0.0, "zh", "收货地址填错了，可以改吗？", 4),
    ("Tom Okafor", Reason.LOW_CONFIDENCE, 0.4, "en", "Could you engrave a kettle for my mum?", 2),
)


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        index = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "index"
        if len(sys.argv) < 2:
            index.mkdir()
            build_demo(index)
        served = Served(Path(folder), index)
        served.start()
        try:
            chat_picture(browser, served)
            desk_picture(browser, served)
        finally:
            served.stop()


def chat_picture(browser: Browser, served: Served) -> None:
    """The shop's page with the chat open: a question in each language, with its source."""
    with visitor(browser) as context:
        page = context.new_page()
        chat = open_chat(page, served, "en")
        ask(chat, "How long is the warranty?")
        ask(chat, "顺丰几天能到？")
        chat.locator("h1").focus()  # no blinking cursor
        page.mouse.move(0, 0)
        page.screenshot(path=DOCS / "chat.png", animations="disabled")


def desk_picture(browser: Browser, served: Served) -> None:
    """A ticket in the middle of its conversation, while others wait."""
    desk = agents_desk(browser, served)
    desk.get_by_role("button", name="No, thanks").click()
    with closing(Database(served.database_url)) as database, database.begin() as session:
        others_wait(session)
    with visitor(browser) as waiting:
        ask(open_chat(waiting.new_page(), served, "zh"), "我要转人工")
    with visitor(browser) as context:
        chat = open_chat(context.new_page(), served, "en")
        ask(chat, "How long do I have to return something?")
        ask(chat, "My order arrived damaged! I am so disappointed.")
        if chat.locator("#banner").is_hidden():
            chat.get_by_role("button", name="Talk to a person").click()
        expect(chat.locator("#banner")).to_be_visible()

        row = desk.locator(".row", has_text=re.compile("arrived damaged|Talk to a person"))
        row.get_by_role("button", name="Take").click()
        reply = desk.get_by_label("Reply to the shopper")
        reply.fill(
            "Hello, Ann here. I am sorry about that! What arrived broken, and may I see a photo?"
        )
        reply.press("Control+Enter")
        expect(chat.locator(".turn.agent")).to_have_count(1)
        say(chat, "The lid of the casserole, order J-48213: https://photos.example/lid.jpg")
        expect(desk.locator(".turn.shopper").last).to_contain_text("J-48213")
        desk.locator("#suggestions summary").first.click()
        expect(desk.locator("#live")).to_have_text("Live")
        desk.get_by_role("heading", level=1).click()
        desk.locator("#side").evaluate("side => { side.scrollTop = 0; }")
        by_day_and_night(desk, "desk")
        desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
        desk.locator(".turn.shopper").last.scroll_into_view_if_needed()
        by_day_and_night(desk, "phone")
    desk.set_viewport_size(SIZE)  # type: ignore[arg-type]
    with closing(Database(served.database_url)) as database, database.begin() as session:
        lived_through(session, [AGENT, "Ben", "Lin"], now() - timedelta(hours=1))
    desk.goto(f"{served.url}/desk/report")
    by_day_and_night(desk, "report")
    desk.context.close()


def others_wait(session: Session) -> None:
    """A morning's queue, some of it in other hands."""
    for number, (name, reason, mood, language, words, minutes) in enumerate(WAITING):
        ticket = escalated(
            session,
            f"waiting-{number}",
            reason=reason,
            mood=mood,
            language=language,
            question=words,
            ago=timedelta(minutes=minutes),
        )
        chat = session.get_one(TicketRow, ticket).conversation_id
        session.get_one(ConversationRow, chat).name = name
        tags.add(session, ticket, ("gift", "delivery", "sizes")[number % 3])


def by_day_and_night(page: Page, name: str) -> None:
    """The page as it is, in both themes."""
    for theme, suffix in (("dark", "-dark"), ("light", "")):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.screenshot(path=DOCS / f"{name}{suffix}.png", animations="disabled")


def visitor(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport=SIZE, locale="en-GB", color_scheme="light")  # type: ignore[arg-type]


def open_chat(page: Page, served: Served, language: str) -> FrameLocator:
    page.goto(f"{served.url}/?lang={language}")
    page.locator(".hero [data-deskhand-open]").click()
    return page.frame_locator("deskhand-chat iframe")


def ask(chat: FrameLocator, question: str) -> None:
    """Say it and wait for the bot's answer."""
    before = chat.locator(".turn.bot").count()
    say(chat, question)
    expect(chat.locator(".turn.bot")).to_have_count(before + 1, timeout=30_000)
    expect(chat.locator("#typing")).to_be_hidden()


def agents_desk(browser: Browser, served: Served) -> Page:
    """The desk of a lead whom the admin has just added."""
    context = visitor(browser)
    page = context.new_page()
    log_in(page, served, "admin", served.first_password())
    page.goto(f"{served.url}/desk/users")
    page.locator("#name").fill(AGENT)
    page.locator("#role").select_option("lead")
    page.get_by_role("button", name="Add", exact=True).click()
    password = page.locator(".secret").inner_text()
    context.clear_cookies()
    log_in(page, served, AGENT, password)
    return page


def log_in(page: Page, served: Served, name: str, password: str) -> None:
    """The first login of somebody with a one-time password."""
    page.goto(f"{served.url}/desk")
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("#password").press("Enter")
    page.wait_for_url("**/desk/password")
    page.locator("#password").fill(PASSWORD)
    page.locator("#again").fill(PASSWORD)
    page.locator("#again").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")


if __name__ == "__main__":
    main()
