"""Webhooks: heard once in order, signed, tried again, given up after a day, never followed away."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from sqlmodel import col, select

from bot.database.db import Database
from bot.database.tables import WebhookCallRow
from bot.desk.api.sender import WebhookSender
from bot.errors import InputError
from bot.tickets import assignment, undo, webhooks
from bot.types import now
from tests.support.desk_visit import ticket


class Listener:
    """Somebody's address, which answers with the next of `answers` (200 when there is none)."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = ""


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append((dict(self.headers), body))
            self.send_response(listener.answers.pop(0) if listener.answers else 200)
            self.send_header("Location", listener.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def calls(db: Database) -> list[WebhookCallRow]:
    with db.read() as session:
        return list(session.exec(select(WebhookCallRow).order_by(col(WebhookCallRow.id))))


async def sent(db: Database, until: int) -> None:
    """Let a sender work until so many calls are not open."""
    sender = WebhookSender(db, poll=0.05)
    running = asyncio.create_task(sender.run())
    async with asyncio.timeout(20):
        while sum(call.status != "open" for call in calls(db)) < until:
            await asyncio.sleep(0.02)
    await sender.drain(5)
    running.cancel()


async def test_a_tickets_life_is_heard_in_order_and_signed(database: Database) -> None:
    with listening() as listener:
        with database.begin() as session:
            _, secret = webhooks.add(session, listener.url, list(webhooks.EVENTS), "Ada")
        number = ticket(database)
        with database.begin() as session:
            assignment.reply(session, number, "Mia", "secret words", now())
            assignment.close(session, number, "Mia", now(), outcome="solved")
        await sent(database, 3)
    heard = [json.loads(body) for _, body in listener.heard]
    assert [each["event"] for each in heard] == ["ticket.opened", "ticket.replied", "ticket.closed"]
    assert [each["ticket"]["status"] for each in heard] == ["open", "taken", "closed"]
    assert "secret words" not in str(listener.heard)
    assert "linen robe" not in str(listener.heard), "nothing that the shopper said"
    for headers, body in listener.heard:
        at, _, signed = headers["Deskhand-Signature"].removeprefix("t=").partition(",v1=")
        wanted = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert signed == wanted
    assert [call.status for call in calls(database)] == ["sent"] * 3


async def test_only_what_it_wants_to_hear(database: Database) -> None:
    with database.begin() as session:
        webhooks.add(session, "http://127.0.0.1:9/", ["ticket.closed"], "Ada")
    number = ticket(database)
    with database.begin() as session:
        assignment.reply(session, number, "Mia", "Hello", now())
        assert not webhooks.waiting(session, now())
        assignment.close(session, number, "Mia", now())
    assert [call.event for call in calls(database)] == ["ticket.closed"]


async def test_what_was_undone_is_never_told(database: Database) -> None:
    with database.begin() as session:
        webhooks.add(session, "http://127.0.0.1:9/", list(webhooks.EVENTS), "Ada")
    number = ticket(database)
    with pytest.raises(ZeroDivisionError), database.begin() as session:
        assignment.close(session, number, "Mia", now())
        raise ZeroDivisionError
    assert [call.event for call in calls(database)] == ["ticket.opened"]


def test_what_was_taken_back_in_time_is_never_told(database: Database) -> None:
    with database.begin() as session:
        webhooks.add(session, "http://127.0.0.1:9/", ["ticket.replied", "ticket.closed"], "Ada")
    number, at = ticket(database), now()
    with database.begin() as session:
        turn = assignment.reply(session, number, "Mia", "Hello", at, hold=undo.HOLD)
        assert not webhooks.waiting(session, at)
        assert webhooks.waiting(session, at + 2 * undo.HOLD)
        undo.take_back(session, number, "Mia", turn.id, at + undo.HOLD / 2)
    assert calls(database) == []


async def test_a_bad_answer_is_tried_again_and_a_redirect_not_followed(database: Database) -> None:
    with listening() as listener:
        listener.answers = [500, 302]
        with database.begin() as session:
            number, _ = webhooks.add(session, listener.url, ["ticket.closed"], "Ada")
            webhooks.ping(session, number, now())
        await sent(database, 1)
    assert len(listener.heard) == 3
    assert len({headers["Deskhand-Delivery"] for headers, _ in listener.heard}) == 1
    assert calls(database)[0].attempts == 3


def test_it_is_given_up_after_a_day(database: Database) -> None:
    at = now()
    with database.begin() as session:
        number, _ = webhooks.add(session, "https://shop.example/hook", ["ticket.closed"], "Ada")
        webhooks.ping(session, number, at)
    for moment, status in ((at, "open"), (at + webhooks.MAX_AGE, "dead")):
        with database.begin() as session:
            given = {"at": moment, "lease": timedelta(minutes=1), "limit": 5, "busy": ()}
            (call,) = webhooks.claim(session, "me", **given)  # type: ignore[arg-type]
            assert webhooks.claim(session, "other", **given) == []  # type: ignore[arg-type]
            assert webhooks.settle(session, call, "other", None, moment) == "lost"
            assert webhooks.settle(session, call, "me", "HTTP 500", moment) == status
    with database.begin() as session:
        assert not webhooks.waiting(session, at + 2 * webhooks.MAX_AGE)
        webhooks.sweep(session, at + timedelta(days=40))
    assert calls(database) == []


def test_a_dead_process_leaves_its_calls_to_the_next(database: Database) -> None:
    with database.begin() as session:
        number, _ = webhooks.add(session, "https://shop.example/hook", ["ticket.closed"], "Ada")
        webhooks.ping(session, number, now())
        given = {"at": now(), "lease": timedelta(minutes=1), "limit": 5}
        assert len(webhooks.claim(session, "me", busy=(number,), **given)) == 0  # type: ignore[arg-type]
        assert len(webhooks.claim(session, "me", busy=(), **given)) == 1  # type: ignore[arg-type]
        session.flush()
        assert webhooks.recover(session, "me") == 1
        session.flush()
        assert len(webhooks.claim(session, "other", busy=(), **given)) == 1  # type: ignore[arg-type]


BAD = (
    *("", "shop.example", "ftp://x.example", "javascript:alert(1)", "http://", "http://[x"),
    *(
        "https://user:pw@shop.example/",
        "https://shop.example/a b",
        f"https://x.example/{'a' * 500}",
    ),
)


@pytest.mark.parametrize("url", BAD)
def test_an_address_is_one_that_can_be_called(database: Database, url: str) -> None:
    with pytest.raises(InputError), database.begin() as session:
        webhooks.add(session, url, ["ticket.closed"], "Ada")
