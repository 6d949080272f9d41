"""The whole product running: `bot serve` with the demo shop, a shopper's and an agent's browser.

What each part does in every case is tested beside the part; here they meet, on SQLite, once.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from bot.database.db import Database
from bot.tickets import queue
from bot.tickets.queue import TicketView
from tests.support.browser import Served, chat_id, say

PASSWORD = "tea before tickets"
EMAIL = "ann.marker@mailbox.example"
KNOWN = "How long is a gift card valid?"
KNOWN_ZH = "礼品卡有效期多久？"
UNKNOWN = f"Do you repair antique violins? My address is {EMAIL}."
VAGUE = ("gift", "How do I clean it?", "Can I change it?", "instalments", "Is it safe?")
Shopper = Callable[..., Page]


@pytest.fixture(scope="module")
def served(demo_index_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("served"), demo_index_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def one_time(served: Served) -> str:
    """The password that the first start left in a file."""
    return served.first_password()


@pytest.fixture(scope="module")
def agent(browser: Browser, served: Served, one_time: str) -> Iterator[Page]:
    """The desk in the admin's browser, after the first login with a new password."""
    with browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 860}) as context:
        page = context.new_page()
        page.goto(f"{served.url}/desk")
        log_in(page, one_time)
        expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
        page.goto(f"{served.url}/desk")  # there is no way around it
        expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
        page.locator("#password").fill(PASSWORD)
        page.locator("#again").fill(PASSWORD)
        page.locator("#again").press("Enter")
        expect(page.get_by_role("heading", name="Queue")).to_be_visible()
        yield page


@pytest.fixture
def shopper(browser: Browser, served: Served) -> Iterator[Shopper]:
    """Open a page of the shop as somebody new; no page may have raised an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(path: str = "/chat?lang=en") -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(served.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def log_in(page: Page, password: str) -> None:
    page.locator("#name").fill("admin")
    page.locator("#password").fill(password)
    page.locator("#password").press("Enter")


def bot_turns(chat: Page | FrameLocator, count: int) -> None:
    """Wait for so many turns of the bot, and for the end of its typing."""
    expect(chat.locator(".turn.bot")).to_have_count(count)
    expect(chat.locator("#typing")).to_be_hidden()


def ticket_of(served: Served, chat: str) -> TicketView:
    """The unclosed ticket of a shopper's chat."""
    database = Database(served.database_url)
    try:
        with database.read() as session:
            (ticket,) = [each for each in queue.queue(session) if each.chat.id == chat]
            return ticket
    finally:
        database.close()


def test_the_answer_comes_in_the_shops_page_with_its_source(shopper: Shopper) -> None:
    page = shopper("/?lang=en")
    page.get_by_role("button", name="Ask us anything").click()
    chat = page.frame_locator("deskhand-chat iframe")
    say(chat, KNOWN)
    bot_turns(chat, 1)
    expect(chat.locator(".turn.bot .bubble")).to_contain_text("3 years")
    chat.locator(".sources summary").click()
    address = re.compile(r"^https://juniperandtide\.example/")
    expect(chat.locator(".sources a")).to_have_attribute("href", address)

    say(chat, KNOWN_ZH)  # the reply follows the question's language, not the page's
    bot_turns(chat, 2)
    expect(chat.locator(".turn.bot .bubble").last).to_contain_text("3 年")
    expect(chat.locator(".turn.bot .sources summary").last).to_contain_text("礼品卡")


def test_a_chinese_page_answers_in_chinese(shopper: Shopper) -> None:
    page = shopper("/?lang=zh")
    page.get_by_role("button", name="有问题问客服").click()
    chat = page.frame_locator("deskhand-chat iframe")
    say(chat, "顺丰几天能到？")
    bot_turns(chat, 1)
    expect(chat.locator(".turn.bot .bubble")).to_contain_text("2 到 4 个工作日")
    expect(chat.locator(".turn.bot .by")).to_have_text("智能助手")


def test_a_pressed_choice_is_answered_with_that_entry(shopper: Shopper) -> None:
    for question in VAGUE:  # which of them the bot asks back at depends on how it is tuned
        page = shopper()
        say(page, question)
        bot_turns(page, 1)
        choices = page.locator(".choices button")
        if choices.count():
            break
    label = choices.first.inner_text()
    choices.first.click()
    bot_turns(page, 2)
    expect(page.locator(".sources summary")).to_contain_text(label.rstrip("…"))
    expect(choices.first).to_be_disabled()


def test_what_nobody_wrote_down_goes_to_a_person_and_comes_back(
    shopper: Shopper, agent: Page, served: Served
) -> None:
    page = shopper()
    say(page, KNOWN)
    bot_turns(page, 1)
    say(page, UNKNOWN)
    bot_turns(page, 2)
    while page.locator("#banner").is_hidden():  # asked back instead: then nothing of it fits
        say(page, "No, none of these. Violins!")
        bot_turns(page, page.locator(".turn.bot").count() + 1)
    expect(page.locator("#banner")).to_contain_text("A colleague will join you")
    said_by_bot = page.locator(".turn.bot").count()

    ticket = ticket_of(served, chat_id(page))
    agent.goto(f"{served.url}/desk")
    row = agent.locator(f'[data-key="ticket-{ticket.id}"]')
    expect(row).to_contain_text("violins", ignore_case=True)
    expect(row.locator("time.wait")).to_have_text(re.compile(r"^\d+:\d\d$"))
    row.get_by_role("link").click()
    side = agent.get_by_role("complementary")
    expect(side).to_contain_text(re.compile("Bot was unsure|Not in the knowledge|Bot missed"))
    brief = side.locator(".brief")
    expect(brief).to_contain_text("How long is a gift card valid?")
    expect(brief).to_contain_text("Do gift cards expire")  # what was tried

    agent.get_by_role("button", name="Take this conversation").click()
    expect(page.locator("#banner")).to_contain_text("is here with you")
    expect(page.locator(".turn.system")).to_contain_text("admin from our team has joined")
    reply = agent.get_by_label("Reply to the shopper")
    reply.press_sequentially("Let me")
    expect(page.locator("#typing")).to_be_visible()
    expect(page.locator("#typing")).to_contain_text("is writing")
    reply.fill("Let me ask our workshop.")
    reply.press("Control+Enter")
    expect(page.locator(".turn.agent .bubble")).to_have_text("Let me ask our workshop.")
    expect(page.locator("#banner")).to_have_text("admin is here with you")

    say(page, KNOWN_ZH)  # the bot knows this well, and is silent
    expect(agent.locator(".turn.shopper").last).to_contain_text(KNOWN_ZH)
    served.settled()
    reply.fill("They can!")
    reply.press("Control+Enter")
    expect(page.locator(".turn.agent")).to_have_count(2)
    expect(page.locator("#typing")).to_be_hidden()
    assert page.locator(".turn.bot").count() == said_by_bot

    agent.get_by_role("button", name="Hand back to bot").click()
    expect(agent.get_by_role("heading", name="Queue")).to_be_visible()
    expect(page.locator("#banner")).to_be_hidden()
    say(page, KNOWN)
    bot_turns(page, said_by_bot + 1)
    expect(page.locator(".turn.bot .bubble").last).to_contain_text("3 years")


def test_what_the_bot_found_goes_into_the_reply_with_one_click(
    shopper: Shopper, agent: Page, served: Served
) -> None:
    page = shopper()
    say(page, KNOWN)
    bot_turns(page, 1)
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator("#banner")).to_be_visible()
    agent.goto(f"{served.url}/desk/tickets/{ticket_of(served, chat_id(page)).id}")
    found = agent.locator("#suggestions")
    expect(found).to_contain_text("What the bot found")
    found.get_by_role("button", name="Use in reply").first.click()
    reply = agent.get_by_label("Reply to the shopper")
    expect(reply).to_have_value(re.compile("3 years"))
    reply.press("Control+Enter")  # the first reply takes the conversation
    expect(page.locator(".turn.agent .bubble")).to_contain_text("3 years")
    agent.get_by_role("button", name="Close").click()
    expect(page.locator("#banner")).to_contain_text("This conversation is closed")


@pytest.mark.parametrize(
    ("path", "words", "reason"),
    [
        ("/chat?lang=zh", "人工", "Asked for a person"),
        ("/chat?lang=en", "I want to talk to a human", "Asked for a person"),
        ("/chat?lang=en", "This is outrageous, the worst shop ever! I am furious!", "Unhappy"),
        ("/chat?lang=zh", "气死我了，垃圾服务，太过分了！", "Unhappy"),
    ],
)
def test_who_asks_for_a_person_or_is_angry_reaches_the_desk(
    shopper: Shopper, agent: Page, served: Served, path: str, words: str, reason: str
) -> None:
    agent.goto(f"{served.url}/desk")
    expect(agent.locator("#live")).to_have_text("Live")
    page = shopper(path)
    say(page, words)
    expect(page.locator("#banner")).to_be_visible()
    ticket = ticket_of(served, chat_id(page))
    row = agent.locator(f'[data-key="ticket-{ticket.id}"]')  # without a reload
    expect(row).to_contain_text(reason)
    expect(row).to_contain_text(re.compile("High|Urgent"))


def test_a_reload_keeps_the_chat_and_another_browser_sees_nothing_of_it(shopper: Shopper) -> None:
    page = shopper()
    say(page, KNOWN)
    bot_turns(page, 1)
    page.reload()
    expect(page.locator(".turn .bubble").first).to_have_text(KNOWN)
    bot_turns(page, 1)
    stranger = shopper()
    expect(stranger.locator("#log")).not_to_have_attribute("aria-busy", "true")
    expect(stranger.locator("#welcome")).to_be_visible()
    assert stranger.locator(".turn").count() == 0


def test_the_printed_password_opens_nothing_any_more(
    browser: Browser, served: Served, one_time: str, agent: Page
) -> None:
    assert agent.url.startswith(served.url)
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{served.url}/desk")
        log_in(page, one_time)
        expect(page.get_by_role("alert")).to_be_visible()


def test_the_log_and_the_figures_tell_nobodys_business(
    served: Served, agent: Page, one_time: str
) -> None:
    assert served.backlog() == 0
    figures = httpx.get(f"{served.url}/metrics", trust_env=False, verify=False).text
    assert 'reason="asked_for_person"' in figures
    cookies = [cookie.get("value", "") for cookie in agent.context.cookies()]
    private = [KNOWN, KNOWN_ZH, EMAIL, "violins", "workshop", PASSWORD, one_time, *cookies]
    log = served.log()
    assert "inbox.accepted" in log
    assert [each for each in private if each in log or each in figures] == []
    assert '"level": "error"' not in log


def test_a_restart_ends_cleanly_and_open_pages_go_on(
    shopper: Shopper, agent: Page, served: Served, one_time: str
) -> None:
    page = shopper()
    say(page, KNOWN)
    bot_turns(page, 1)
    agent.goto(f"{served.url}/desk")
    expect(agent.locator("#live")).to_have_text("Live")
    assert served.stop() == 0
    expect(page.locator("#notice")).to_contain_text("Connection lost")
    expect(agent.locator("#live")).to_contain_text("Reconnecting")
    say(page, KNOWN_ZH)  # kept until there is somebody to send it to
    served.start()
    bot_turns(page, 2)
    expect(page.locator(".turn.bot .bubble").last).to_contain_text("3 年")
    expect(page.locator(".turn.shopper")).to_have_count(2)
    expect(page.locator("#notice")).to_be_empty()
    expect(agent.locator("#live")).to_have_text("Live")
    assert one_time not in served.out() + served.log()
    assert served.out().count("one-time password") == 1
    with pytest.raises(FileNotFoundError):  # the admin has a password of their own by now
        served.first_password()
