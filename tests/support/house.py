"""Both sides in one process: the web chat and the desk, with the product's own flow between them.

There is no index, so that the bot calls a person for every question: what an agent's day is made
of.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette

from bot.channels.web.channel import WebChannel
from bot.conversations.conversation import Changed
from bot.conversations.deliverer import Deliverer
from bot.conversations.live import QUEUE, Live, conversation_topic
from bot.conversations.worker import Worker
from bot.database.db import Database
from bot.desk.pages.routes import routes
from bot.knowledge import confidence
from bot.knowledge.index import CurrentIndex
from bot.knowledge.retriever import ShopRetriever
from bot.tickets import users
from tests.proofs.servers import free_port
from tests.support.desk_shop import PASSWORD
from tests.support.flows import flow_of
from tests.support.web_shop import FRAME_ANCESTORS, SECRET


@contextmanager
def house(database: Database, folder: Path, hold: timedelta = timedelta()) -> Iterator[str]:
    """The address of a shop with the agents Mia and Noor, at the desk of which nobody is yet; a
    reply can be taken back for as long as `hold`."""
    with database.begin() as session:
        for name in ("Mia", "Noor"):
            users.add(session, name, "agent", PASSWORD)
    live, port = Live(), free_port()
    retriever = ShopRetriever(current=CurrentIndex(folder).get, weights=confidence.load())
    flow = flow_of(database, retriever)
    web = WebChannel(
        database, live, SECRET, "", secure_cookies=False, frame_ancestors=FRAME_ANCESTORS
    )

    def told(conversation_id: int) -> None:
        live.hint(conversation_topic(conversation_id))
        live.hint(QUEUE)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        flow.channels[web.name] = web
        parts = (
            web.run(flow.receive),
            Worker(database, flow.handle, on_dead=flow.give_up).run(),
            Deliverer(database, {web.name: web}).run(),
        )
        tasks = [asyncio.create_task(part) for part in parts]

        def committed(events: Sequence[Changed]) -> None:
            for event in events:
                told(event.conversation_id)

        with database.listening(committed, Changed):
            yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    desk = routes(database, live, secure_cookies=False, on_reply=told, hold=hold)
    app = Starlette(routes=[*desk, *web.routes()], lifespan=lifespan)
    config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def strict(page: Page) -> list[str]:
    """What the page complains of: an error, or a script or style that its policy forbids."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    return complaints


@contextmanager
def person(browser: Browser, *, locale: str = "en-GB", **more: object) -> Iterator[Page]:
    """A page of a browser of their own, which must not complain."""
    size = {"width": 1280, "height": 860}
    with browser.new_context(**({"locale": locale, "viewport": size} | more)) as context:  # type: ignore[arg-type]
        page = context.new_page()
        complaints = strict(page)
        yield page
        assert complaints == []


def log_in(page: Page, address: str, name: str = "Mia") -> None:
    page.goto(f"{address}/desk")
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("#queue-list")).to_be_visible()
