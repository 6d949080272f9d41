"""The web channel from outside: what a browser may send, what it gets, and who sees what."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.channels.web.channel import WebChannel
from bot.channels.web.messages import MAX_BODY, MAX_TEXT
from bot.channels.web.pages import initials
from bot.conversations.live import Live
from bot.database.db import Database
from bot.types import Chat, Incoming, Language
from tests.support.paths import BOT
from tests.support.web_shop import build

STATIC = BOT / "channels" / "web" / "static"
HOST = "http://testserver"


class Shop:
    """A running shop and any number of shoppers' browsers."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.app, self.channel, self.repeater = build(db)

    def browser(self) -> TestClient:
        """A browser that has opened the chat, so it has a session."""
        client = TestClient(self.app)
        assert client.get("/chat").status_code == 200
        return client

    def chat_of(self, client: TestClient) -> Chat:
        """The chat behind a browser's cookie: `<chat id>~<which session>.<time>.<signature>`."""
        return Chat("web", client.cookies["deskhand_chat"].rsplit(".", 2)[0].partition("~")[0])


@pytest.fixture
def shop(sqlite_database: Database) -> Iterator[Shop]:
    shop = Shop(sqlite_database)
    # The repeater's answers are for the browser tests; here the handler alone is wanted.
    with TestClient(shop.app):
        yield shop


FIXED_ID = "31af58e1-5179-4958-9d4e-1719b69692f8"  # the names of tests must not change


def message(text: str = "Where is my robe?", **fields: object) -> dict[str, object]:
    return {"id": str(uuid4()), "text": text, **fields}


def say(client: TestClient, *, text: str = "Where is my robe?", **headers: str) -> int:
    return client.post("/api/chat/messages", json=message(text), headers=headers).status_code


def own_turns(client: TestClient) -> list[str]:
    turns = client.get("/api/chat/turns").json()["turns"]
    return [turn["text"] for turn in turns if turn["author"] == "shopper"]


def test_a_message_is_accepted_and_can_be_read_again(shop: Shop) -> None:
    client = shop.browser()
    sent = message("When do you ship?", language="en")
    response = client.post("/api/chat/messages", json=sent)
    assert response.status_code == 202
    turn = client.get("/api/chat/turns?after=0").json()["turns"][0]
    assert turn["id"] == response.json()["turn_id"]
    assert (turn["author"], turn["text"], turn["message_id"]) == (
        "shopper",
        "When do you ship?",
        sent["id"],
    )


def test_the_handler_is_told_language_and_choice(shop: Shop) -> None:
    client = shop.browser()
    sent = message("转人工", choice="person", language="zh")
    client.post("/api/chat/messages", json=sent)
    assert shop.repeater.accepted == [
        Incoming(shop.chat_of(client), str(sent["id"]), "转人工", language="zh", choice="person")
    ]


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("https://shop.example/beds?mail=a@example.com#size", "https://shop.example/beds"),
        ("https://mia:secret@shop.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://[", ""),
        ("https://shop.example/" + "a" * 300, ""),
        (["https://shop.example/"], ""),
    ],
)
def test_the_page_is_kept_without_what_is_personal(shop: Shop, page: object, kept: str) -> None:
    sent = {**message("Is it soft?"), "page": page}
    assert shop.browser().post("/api/chat/messages", json=sent).status_code == 202
    assert shop.repeater.accepted[0].origin == kept


def test_a_repeated_message_gets_the_same_answer_and_is_stored_once(shop: Shop) -> None:
    client = shop.browser()
    sent = message()
    answers = [client.post("/api/chat/messages", json=sent) for _ in range(3)]
    assert {(answer.status_code, answer.json()["turn_id"]) for answer in answers} == {
        (202, answers[0].json()["turn_id"])
    }
    assert own_turns(client) == [sent["text"]]


def test_the_cursor_leaves_out_what_was_read(shop: Shop) -> None:
    client = shop.browser()
    for text in ("quiet", "one", "two"):
        say(client, text=text)
    turns = client.get("/api/chat/turns").json()["turns"]
    rest = client.get(f"/api/chat/turns?after={turns[1]['id']}").json()["turns"]
    assert [turn["id"] for turn in rest][: len(turns) - 2] == [turn["id"] for turn in turns[2:]]
    assert all(one["id"] < other["id"] for one, other in pairwise(turns))


def test_another_shopper_never_reads_the_first_ones_turns(shop: Shop) -> None:
    anna, bert = shop.browser(), shop.browser()
    say(anna, text="I live at Quay 7")
    assert own_turns(bert) == []
    say(bert, text="Hello")
    assert own_turns(bert) == ["Hello"]
    assert own_turns(anna) == ["I live at Quay 7"]


def test_two_shoppers_may_use_the_same_message_id(shop: Shop) -> None:
    sent = message("Hello")
    for client in (shop.browser(), shop.browser()):
        assert client.post("/api/chat/messages", json=sent).status_code == 202
        assert own_turns(client) == ["Hello"]


@pytest.mark.parametrize("change", ["id", "signature", "unsigned", "empty"])
def test_a_tampered_cookie_opens_no_chat(shop: Shop, change: str) -> None:
    anna = shop.browser()
    say(anna, text="I live at Quay 7")
    cookie = anna.cookies["deskhand_chat"]
    chat_id, rest = cookie.split(".", 1)
    forged = {
        "id": f"{'A' if chat_id[0] != 'A' else 'B'}{chat_id[1:]}.{rest}",
        "signature": f"{cookie[:-2]}{'AA' if cookie[-2:] != 'AA' else 'BB'}",
        "unsigned": chat_id,
        "empty": "",
    }[change]
    thief = TestClient(shop.app, headers={"Cookie": f"deskhand_chat={forged}"})
    for answer in (
        thief.get("/api/chat/turns"),
        thief.get("/api/chat/events"),
        thief.post("/api/chat/messages", json=message()),
    ):
        assert answer.status_code == 401
        assert "Quay 7" not in answer.text
    fresh = thief.get("/chat").cookies["deskhand_chat"]
    assert fresh.split(".")[0] not in (chat_id, forged)


def test_a_returning_shopper_keeps_the_chat(shop: Shop) -> None:
    client = shop.browser()
    say(client, text="Hello")
    client.get("/chat?lang=zh")
    assert own_turns(client) == ["Hello"]


def test_the_session_is_long_signed_http_only_and_nowhere_else(shop: Shop) -> None:
    client = TestClient(shop.app)
    page = client.get("/chat")
    header = page.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= set(header.split("; "))
    chat_id = shop.chat_of(client).id
    assert len(chat_id) >= 22  # 128 bits in base64
    assert chat_id not in page.text
    assert chat_id not in client.get("/").text
    assert "no-store" in page.headers["cache-control"]


def test_over_https_the_session_works_in_another_sites_frame(sqlite_database: Database) -> None:
    app, _, _ = build(sqlite_database, https=True)
    header = TestClient(app, base_url="https://testserver").get("/chat").headers["set-cookie"]
    assert header.startswith("__Host-deskhand_chat=")
    assert {"HttpOnly", "SameSite=None", "Secure", "Partitioned"} <= set(header.split("; "))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("not json", 400),
        ("[]", 400),
        ("[" * 5000, 400),
        ('{"text": "no id"}', 400),
        (json.dumps({"id": "7", "text": "short id"}), 400),
        (json.dumps({"id": FIXED_ID, "text": 7}), 400),
        (json.dumps(message(id=FIXED_ID, choice=7)), 400),
        (json.dumps(message(id=FIXED_ID, choice="x" * 201)), 400),
        (json.dumps(message(id=FIXED_ID, language="de")), 400),
        (json.dumps(message(" \n ", id=FIXED_ID)), 422),
        (json.dumps(message("很" * (MAX_TEXT + 1), id=FIXED_ID), ensure_ascii=False), 422),
        (json.dumps(message("x" * MAX_BODY, id=FIXED_ID)), 413),
    ],
)
def test_what_is_no_message_is_refused(shop: Shop, body: str, status: int) -> None:
    client = shop.browser()
    response = client.post(
        "/api/chat/messages",
        content=body.encode(),
        headers={"Content-Type": "application/json", "Accept-Language": "zh"},
    )
    assert response.status_code == status
    assert re.search("[\u4e00-\u9fff]", response.json()["error"])
    assert shop.repeater.accepted == []


def test_the_longest_allowed_message_is_accepted(shop: Shop) -> None:
    assert say(shop.browser(), text="很" * MAX_TEXT) == 202


def test_a_form_cannot_post(shop: Shop) -> None:
    response = shop.browser().post("/api/chat/messages", data={"text": "hi"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (HOST, 202),
        ("https://evil.example", 403),
        ("http://testserver.evil.example", 403),
        ("null", 403),
    ],
)
def test_only_our_own_page_may_post(shop: Shop, origin: str, status: int) -> None:
    assert say(shop.browser(), Origin=origin) == status


def test_a_message_without_session_is_refused(shop: Shop) -> None:
    assert say(TestClient(shop.app)) == 401


def test_a_busy_shop_says_so_and_when_to_come_back(shop: Shop) -> None:
    client = shop.browser()
    shop.repeater.refuse = True
    response = client.post("/api/chat/messages", json=message())
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert "2 s" in response.json()["error"]
    shop.repeater.refuse = False
    assert say(client) == 202


def test_before_the_channel_runs_messages_are_asked_to_wait(sqlite_database: Database) -> None:
    client = Shop(sqlite_database).browser()
    response = client.post("/api/chat/messages", json=message())
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0


def test_one_shopper_cannot_flood(shop: Shop) -> None:
    loud, other = shop.browser(), shop.browser()
    statuses = [say(loud, text="quiet") for _ in range(11)]
    assert statuses == [202] * 10 + [429]
    assert say(other) == 202


def test_chinese_is_chosen_by_the_address_or_by_the_browser(shop: Shop) -> None:
    client = TestClient(shop.app)
    for page, name in (("/", "杜松与潮"), ("/chat", "转人工")):
        assert name in client.get(f"{page}?lang=zh").text
        assert name in client.get(page, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}).text
        assert name not in client.get(page, headers={"Accept-Language": "en;q=0.9,zh;q=0.2"}).text
        english = client.get(f"{page}?lang=en", headers={"Accept-Language": "zh"})
        assert '<html lang="en">' in english.text


def test_pages_allow_only_their_own_scripts_and_the_named_frames(shop: Shop) -> None:
    client = TestClient(shop.app)
    for path in ("/", "/chat"):
        page = client.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "img-src 'self' https:;" in policy  # the shop's own pictures of products
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", page.text.split("<body")[0])
        assert not re.search(r"\sstyle=|\son\w+=\"", page.text)
    assert "frame-ancestors 'self' http://localhost:*" in policy


def test_the_embedding_script_speaks_both_languages(shop: Shop) -> None:
    script = TestClient(shop.app).get("/widget.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "Chat with us" in script.text
    assert "在线咨询" in script.text
    assert "__TEXTS__" not in script.text


def test_a_changed_static_file_gets_a_new_address(shop: Shop) -> None:
    client = TestClient(shop.app)
    address = re.search(r'href="(/static/chat/chat.css\?v=\w+)"', client.get("/chat").text)
    assert address
    assert "immutable" in client.get(address[1]).headers["cache-control"]
    plain = client.get("/static/chat/log.js")
    assert plain.headers["cache-control"] == "no-cache"
    same = client.get("/static/chat/log.js", headers={"If-None-Match": plain.headers["etag"]})
    assert same.status_code == 304


def test_scripts_never_turn_text_into_markup() -> None:
    scripts = [path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")]
    assert scripts
    for script in scripts:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script
        )


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("Maple Home", "MH"),
        ("Söder & Co.", "SC"),
        ("tea", "T"),
        ("枫叶家居", "枫"),
        ("枫叶 Home", "枫"),
        ("“Oak” & Ash", "OA"),
        ("***", ""),
    ],
)
def test_a_shop_without_a_logo_shows_its_initials(name: str, mark: str) -> None:
    assert initials(name) == mark


def test_another_shops_chat_never_shows_the_demo_shops_logo(sqlite_database: Database) -> None:
    app = Starlette(routes=build_channel(sqlite_database, "Maple Home").routes())
    page = TestClient(app).get("/chat").text
    assert "Maple Home" in page
    assert '<span class="mark">MH</span>' in page
    assert "logo.svg" not in page
    app = Starlette(routes=build_channel(sqlite_database, "").routes())
    assert TestClient(app).get("/chat").text.count("logo.svg") == 2


def build_channel(db: Database, shop: str) -> WebChannel:
    return WebChannel(db, Live(), "for-tests-only", shop, secure_cookies=False)


def test_where_people_keep_hours_the_page_promises_nobody_soon(sqlite_database: Database) -> None:
    for hours in (False, True):
        app, *_ = build(sqlite_database, hours=lambda kept=hours: kept)
        page = TestClient(app).get("/chat?lang=en").text
        assert ("A colleague will join you here soon" in page) is not hours
        assert ("A colleague will reply right here" in page) is hours


def test_the_shops_own_starters_are_on_the_page(sqlite_database: Database) -> None:
    def starters(language: Language, _: Chat) -> tuple[str, ...]:
        return ("Any <b>mugs</b>?",) if language == "en" else ()

    app, *_ = build(sqlite_database, starters=starters)
    own, usual = (TestClient(app).get(f"/chat?lang={each}").text for each in ("en", "zh"))
    assert "Any &lt;b&gt;mugs&lt;/b&gt;?" in own
    assert own.count('class="suggestion"') == 1
    assert "多久能送到？" in usual
    assert usual.count('class="suggestion"') == 4
