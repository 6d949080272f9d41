"""The web chat in a real browser: what a shopper sees, presses and never loses."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from bot.conversations import conversation
from bot.customers import identity
from bot.database.db import Database
from bot.database.tables import CustomerRow
from bot.tickets import assignment, queue
from bot.types import Author, Chat, OneCustomer, now
from tests.support.browser import WebShop, chat_id, foreign_page, say

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 860}
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebShop]:
    shop = WebShop(f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}")
    shop.start()
    yield shop
    shop.stop()


@pytest.fixture
def database(shop: WebShop) -> Iterator[Database]:
    """The shop's database, opened from this process: what an agent does elsewhere."""
    database = Database(shop.database_url)
    yield database
    database.close()


@pytest.fixture
def visit(browser: Browser, shop: WebShop) -> Iterator[Open]:
    """Open a page of the shop as a new shopper; no page may have logged an error."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def opened(path: str = "/chat?lang=en", *, viewport: dict[str, int] = DESKTOP) -> Page:
        context = browser.new_context(viewport=viewport)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.extend(_policy(said.text)))
        page.goto(shop.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def _policy(text: str) -> list[str]:
    return [text] if "Content Security Policy" in text else []


def turns(page: Page | FrameLocator, author: str) -> list[str]:
    return page.locator(f".turn.{author} .bubble").all_inner_texts()


def test_a_question_by_keyboard_is_answered_live(visit: Open) -> None:
    page = visit()
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Where is my robe?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("It is blue.")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.bot .bubble")).to_have_text("Where is my robe?It is blue.")
    expect(page.locator(".turn.bot strong")).to_be_visible()
    expect(page.locator("#typing")).to_be_hidden()
    expect(page.locator("#text")).to_have_value("")
    page.locator(".sources summary").press("Enter")
    link = page.locator(".sources a")
    expect(link).to_have_attribute("href", "https://juniperandtide.example/returns")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_enter_while_composing_chinese_does_not_send(visit: Open) -> None:
    page = visit("/chat?lang=zh")
    box = page.locator("#text")
    box.fill("怎么退huo")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    expect(box).to_have_value("怎么退huo")
    say(page, "怎么退货")
    expect(page.locator(".turn.bot .bubble")).to_have_text("怎么退货")
    expect(page.locator(".turn.bot .by")).to_have_text("智能助手")


def test_what_a_shopper_writes_is_never_markup(visit: Open) -> None:
    page = visit()
    say(
        page, '<img src=x onerror="document.title=1"> [x](javascript:alert(1)) https://a.example/b.'
    )
    expect(page.locator(".turn.shopper .bubble")).to_contain_text("<img src=x")
    expect(page.locator(".turn.bot .bubble")).to_contain_text("x (javascript:alert(1))")
    assert page.locator("#log img").count() == 0
    assert page.locator("#log a[href^=javascript]").count() == 0


def test_an_answers_blocks_are_elements_and_no_mark_is_shown(visit: Open) -> None:
    page = visit()
    table = "| To | Days |\n|---|---|\n| EU | ~~9~~ 3<br>to 6 |"
    say(
        page,
        f"Say <b>Hi</b>\n### Sizes\n{table}\n\n1. one\n   - two\n3. three\n\n`x` [here](https://x.example)",
    )
    bubble = page.locator(".turn.bot .bubble")
    expect(bubble.locator("h3")).to_have_text("Sizes")
    expect(bubble.locator("th")).to_have_text(["To", "Days"])
    expect(bubble.locator("td")).to_have_text(["EU", "9 3to 6"])
    expect(bubble.locator("ol > li")).to_have_text(["onetwo", "three"])
    expect(bubble.locator("ol > li").last).to_have_attribute("value", "3")
    expect(bubble.locator("ol ul > li")).to_have_text("two")
    expect(bubble.locator("code")).to_have_text("x")
    expect(bubble.locator("a")).to_have_attribute("href", "https://x.example/")
    assert not re.search(r"[#*|~`<]", bubble.inner_text())


def test_a_choice_is_sent_once_and_then_disabled(visit: Open) -> None:
    page = visit()
    say(page, "choose")
    page.get_by_role("button", name="Send it back").click()
    expect(page.locator(".turn.shopper .bubble")).to_have_text(["choose", "Send it back"])
    for name in ("Send it back", "Something else"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.reload()
    expect(page.get_by_role("button", name="Something else")).to_be_disabled()


def test_a_person_is_asked_for_and_answers_without_reload(visit: Open, database: Database) -> None:
    page = visit()
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator("#banner")).to_contain_text("A colleague will join you")
    with database.begin() as session:
        (ticket,) = [t for t in queue.queue(session) if t.chat.id == chat_id(page)]
        assignment.reply(session, ticket.id, "Mia", "Hello, **Mia** here.", now())
    expect(page.locator(".turn.agent .bubble")).to_have_text("Hello, **Mia** here.")  # as typed
    expect(page.locator(".turn.agent .by")).to_have_text("Mia")
    expect(page.locator("#banner")).to_have_text("Mia is here with you")
    say(page, "Thank you!")
    expect(page.locator(".turn.shopper .meta time")).to_have_count(2)
    expect(page.locator("#typing")).to_be_hidden()


def test_nothing_is_lost_or_doubled_over_a_restart(visit: Open, shop: WebShop) -> None:
    page = visit()
    say(page, "one")
    expect(page.locator(".turn.bot .bubble")).to_have_text("one")
    shop.kill()
    say(page, "two")
    say(page, "three")
    expect(page.locator("#notice")).to_contain_text("Connection lost")
    expect(page.locator(".turn.pending")).to_have_count(2)
    shop.start()
    expect(page.locator(".turn.pending")).to_have_count(0)
    expect(page.locator("#notice")).to_be_empty()
    expect(page.locator(".turn.bot").last).to_contain_text("three")
    assert turns(page, "shopper") == ["one", "two", "three"]
    assert re.findall("one|two|three", " ".join(turns(page, "bot"))) == ["one", "two", "three"]
    before = page.locator(".turn .bubble").all_inner_texts()
    page.reload()
    expect(page.locator(".turn")).to_have_count(len(before))
    assert page.locator(".turn .bubble").all_inner_texts() == before


def test_a_message_survives_a_reload_while_offline(visit: Open, shop: WebShop) -> None:
    page = visit()
    page.route("**/api/chat/messages", lambda route: route.abort())
    say(page, "kept")
    expect(page.locator("#notice")).to_contain_text("Connection lost")
    page.reload()
    expect(page.locator(".turn.shopper.pending .bubble")).to_have_text("kept")
    page.unroute("**/api/chat/messages")
    expect(page.locator(".turn.bot .bubble")).to_have_text("kept")
    assert turns(page, "shopper") == ["kept"]


def test_an_answer_lost_on_the_way_back_is_not_sent_twice(visit: Open) -> None:
    page = visit()
    tries: list[str] = []

    def lose_first(route: Route) -> None:
        tries.append(str((route.request.post_data_json or {})["id"]))
        if len(tries) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/chat/messages", lose_first)
    say(page, "once")
    expect(page.locator(".turn.bot .bubble")).to_have_text("once")
    page.wait_for_timeout(1500)
    assert len(tries) == 2
    assert tries[0] == tries[1]
    assert (turns(page, "shopper"), turns(page, "bot")) == (["once"], ["once"])


def test_a_busy_shop_is_waited_for_without_losing_the_text(visit: Open) -> None:
    page = visit()
    refusals = [True]

    def busy(route: Route) -> None:
        if refusals.pop() if refusals else False:
            route.fulfill(
                status=503,
                headers={"Retry-After": "2", "Content-Type": "application/json"},
                body='{"error": "We are very busy right now, trying again in 2 s."}',
            )
        else:
            route.continue_()

    page.route("**/api/chat/messages", busy)
    say(page, "patient")
    expect(page.locator("#notice")).to_contain_text("very busy")
    expect(page.locator(".turn.bot .bubble")).to_have_text("patient")
    expect(page.locator("#notice")).to_be_empty()


def test_a_lost_session_starts_a_new_chat_and_still_sends(visit: Open) -> None:
    page = visit()
    say(page, "before")
    expect(page.locator(".turn.bot .bubble")).to_have_text("before")
    page.context.clear_cookies()
    say(page, "after")
    expect(page.locator(".turn.bot .bubble")).to_have_text("after")
    assert turns(page, "shopper") == ["after"]


def test_two_tabs_of_one_shopper_show_the_same(visit: Open, shop: WebShop) -> None:
    page = visit()
    say(page, "first tab")
    other = page.context.new_page()
    other.goto(f"{shop.url}/chat?lang=en")
    expect(other.locator(".turn.bot .bubble")).to_have_text("first tab")
    say(other, "second tab")
    page.bring_to_front()
    expect(page.locator(".turn.bot .bubble")).to_have_count(2)
    assert turns(page, "shopper") == ["first tab", "second tab"]


def test_the_widget_opens_closes_and_counts_what_was_missed(
    visit: Open, database: Database
) -> None:
    page = visit("/?lang=en")
    launcher = page.get_by_role("button", name=re.compile("^Chat with us|^Close the chat"))
    expect(launcher).to_have_attribute("aria-expanded", "false")
    launcher.press("Enter")
    expect(launcher).to_have_attribute("aria-expanded", "true")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#text")).to_be_focused()
    say(frame, "hello")
    expect(frame.locator(".turn.bot")).to_be_visible()
    page.keyboard.press("Escape")
    expect(launcher).to_have_attribute("aria-expanded", "false")
    expect(launcher).to_be_focused()
    add_agent_turn(database, chat_id(page), "Are you still there?")
    expect(page.get_by_role("button", name="Chat with us, 1 unread")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Chat with us, 1 unread")).to_be_visible()
    page.get_by_role("button", name="Ask us anything").click()
    expect(frame.locator(".turn.agent")).to_be_visible()
    frame.get_by_role("button", name="Close the chat").click()
    expect(page.get_by_role("button", name="Ask us anything")).to_be_focused()
    expect(page.get_by_role("button", name="Chat with us", exact=True)).to_be_visible()


def test_the_widget_works_on_another_origins_page(visit: Open, shop: WebShop) -> None:
    page = visit()
    script = f'<script src="{shop.url}/widget.js" data-colour="#ffd54a" defer></script>'
    with foreign_page("127.0.0.1", script) as address:
        page.goto(address)
        page.get_by_role("button", name="在线咨询").click()
        frame = page.frame_locator("iframe")
        say(frame, "怎么退货")
        expect(frame.locator(".turn.bot .bubble")).to_have_text("怎么退货")
        ink = frame.locator(".turn.shopper .bubble").evaluate("el => getComputedStyle(el).color")
        assert ink == "rgb(17, 17, 17)"  # dark on a bright brand colour


def test_where_the_cookie_is_blocked_the_chat_opens_in_its_own_tab(
    visit: Open, shop: WebShop
) -> None:
    page = visit()
    with foreign_page("localhost", f'<script src="{shop.url}/widget.js" defer></script>') as other:
        page.goto(other)
        page.get_by_role("button", name="在线咨询").click()
        frame = page.frame_locator("iframe")
        with page.expect_popup() as popup:
            frame.get_by_role("link", name="在新标签页中打开").click()
        expect(popup.value.locator("#text")).to_be_focused()  # its script is running
        say(popup.value, "怎么退货")
        expect(popup.value.locator(".turn.bot .bubble")).to_have_text("怎么退货")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_scrolls_sideways(visit: Open, viewport: dict[str, int], language: str) -> None:
    page = visit(f"/?lang={language}", viewport=viewport)
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(overflow) == 0
    page.locator("deskhand-chat button").click()
    frame = page.frame_locator("iframe")
    frame.locator(".suggestion").first.click()
    expect(frame.locator(".turn.bot")).to_be_visible()
    say(frame, "很长" * 150 + "x" * 300)
    expect(frame.locator(".turn.bot")).to_have_count(2)
    assert frame.locator("html").evaluate("node => node.scrollWidth - innerWidth") == 0
    panel = page.locator("deskhand-chat .panel").bounding_box()
    assert panel is not None
    if viewport == PHONE:
        assert (panel["width"], panel["height"]) == (PHONE["width"], PHONE["height"])
    small = frame.locator("html").evaluate(
        """() => [...document.querySelectorAll("button, header a")]
            .filter((node) => node.offsetParent && node.offsetHeight < 44)
            .map((node) => node.outerHTML)"""
    )
    assert small == []


def test_open_pages_do_not_delay_a_shutdown(visit: Open, shop: WebShop) -> None:
    page = visit()
    say(page, "hello")
    expect(page.locator(".turn.bot")).to_be_visible()
    shop.stop()
    shop.start()
    say(page, "again")
    expect(page.locator(".turn.bot")).to_have_count(2)


def add_agent_turn(database: Database, chat: str, text: str) -> None:
    with database.begin() as session:
        row = conversation.find(session, Chat("web", chat))
        assert row is not None
        assert row.id is not None
        conversation.lock(session, row.id)
        conversation.add_turn(session, row.id, Author.AGENT, text, "en", agent="Mia")


def test_an_answer_grows_on_screen_and_is_said_once_when_it_is_whole(visit: Open) -> None:
    page = visit()
    say(page, "slowly one two three")
    draft = page.locator("#draft .bubble")
    expect(draft).to_have_text("slowly one two three")
    expect(page.locator("#draft strong")).to_be_visible()
    expect(page.locator("#typing")).to_be_visible()
    assert turns(page, "bot") == [], "nothing to be read out yet"
    assert page.locator("#draft[inert]").count() == 1
    say(page, "go on")
    expect(page.locator(".turn.bot .bubble")).to_have_text(["slowly one two three", "go on"])
    expect(page.locator("#draft")).to_be_hidden()
    expect(page.locator("#typing")).to_be_hidden()
    page.reload()
    expect(page.locator(".turn.bot .bubble")).to_have_text(["slowly one two three", "go on"])
    expect(page.locator("#draft")).to_be_hidden()


def test_a_link_from_the_shop_proves_the_shopper_and_leaves_the_address(
    visit: Open, database: Database
) -> None:
    with database.begin() as session:
        session.add(CustomerRow(id="anna", email="anna@example.com"))
        session.flush()
        token = identity.make_link(session, "anna", at=now())
    page = visit(f"/chat?lang=en#proof={token}")
    expect(page.locator(".turn.shopper")).to_contain_text("I opened the link from the shop.")
    assert token not in page.url
    with database.read() as session:
        row = conversation.find(session, Chat("web", chat_id(page)))
        assert row is not None
        assert row.id is not None
        assert identity.scope(session, row.id, at=now()) == OneCustomer("anna")
    page.reload()
    expect(page.locator(".turn.shopper")).to_have_count(1)
