"""A desk that a real browser can open, and a page of it that must not complain."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette

from bot.conversations.live import QUEUE, Live, conversation_topic
from bot.database.db import Database
from bot.desk.pages.routes import routes
from tests.proofs.servers import free_port


@contextmanager
def served(db: Database, **more: Any) -> Iterator[str]:
    """The desk's address while it runs; `more` goes to `routes`."""
    live = Live()

    def told(conversation_id: int) -> None:
        live.hint(conversation_topic(conversation_id))
        live.hint(QUEUE)

    app = Starlette(routes=routes(db, live, secure_cookies=False, on_reply=told, **more))
    with running(app) as address:
        yield address


@contextmanager
def running(app: Starlette, log_level: str = "error") -> Iterator[str]:
    """The address of a web application while it runs, in a thread of this process."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_level=log_level, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def page_that_must_not_complain(browser: Browser) -> Iterator[Page]:
    """A blocked script or style would show here."""
    complaints: list[str] = []
    with browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800}) as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
        )
        yield opened
    assert complaints == []
