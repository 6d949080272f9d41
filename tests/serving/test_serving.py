"""A serving process: one channel's trouble is nobody else's end; what is too old is forgotten."""

import asyncio
import io
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import structlog
import uvicorn
from sqlmodel import Session, col, select, update
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette
from structlog.testing import capture_logs

from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import AttachmentRow, ConversationRow, CustomerRow, LinkTokenRow, TicketRow
from bot.gateway.room import room
from bot.gateway.sockets import Sockets
from bot.health import Health
from bot.knowledge.index import Index
from bot.serving import Server, listen
from bot.tickets import assignment
from bot.types import Chat, Draft, Handler, Incoming, Progress, Turn, now
from tests.customers.test_rights import TRACES, bytes_of, lived
from tests.proofs.servers import START_TIMEOUT
from tests.support.browser import Served
from tests.support.customers import writes

KEPT = (
    "customers",
    "orders",
    "order_lines",
    "shipments",
    "order_events",
    "reviews",
    "review_statements",
)
"""Tables of what the shop itself brought: no conversation, so retention leaves them alone."""


class Stumbling:
    """A channel that breaks in a way nobody foresaw, then hears one message, then ends."""

    name = "stumbling"

    def __init__(self) -> None:
        self.runs = 0

    async def run(self, handler: Handler) -> None:
        self.runs += 1
        if self.runs == 1:
            raise KeyError("nobody foresaw this")
        if self.runs == 2:
            await handler(Incoming(Chat(self.name, "a"), "1", "hello"))

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        return

    async def typing(self, chat: Chat) -> None:
        return

    async def preview(self, chat: Chat, draft: Draft) -> None:
        return


async def test_channel_that_breaks_or_ends_listens_again_until_it_is_told_to_stop() -> None:
    channel, heard = Stumbling(), asyncio.Queue[Incoming]()
    with capture_logs() as logs:
        listening = asyncio.create_task(listen(channel, heard.put, pause=0.01))
        assert (await heard.get()).text == "hello"
        while channel.runs < 4:
            await asyncio.sleep(0.01)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert listening.cancelled()
    said = [(line["event"], line["channel"]) for line in logs]
    assert set(said) == {("app.channel_failed", "stumbling")}


def old_and_new(db: Database) -> int:
    """Anna's conversation, of which a person has let go, is 8 days old; Ben still waits for one;
    somebody new has written just now. Anna's."""
    anna = lived(db)
    with db.begin() as session:
        mine = select(TicketRow).where(TicketRow.conversation_id == anna)
        assignment.close(session, saved(session.exec(mine).one().id), "Mia", now())
        for row in session.exec(select(ConversationRow)):
            row.updated_at = now() - timedelta(days=8)
        session.exec(update(LinkTokenRow).values(expires_at=now() - timedelta(days=8)))
    writes(db, "words of somebody new", chat="new", at=now())
    return anna


def conversations(session: Session) -> list[str]:
    return list(session.exec(select(ConversationRow.chat_id).order_by(col(ConversationRow.id))))


def test_serving_forgets_what_is_older_than_the_shop_keeps_it(
    demo_index_dir: Path, tmp_path: Path
) -> None:
    served = Served(tmp_path, demo_index_dir, BOT_RETENTION_DAYS="7")
    db = Database(served.database_url)
    db.migrate()
    old_and_new(db)
    served.start()
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            with db.read() as session:
                left = conversations(session)
            if left == ["ben", "new"]:
                break
            time.sleep(0.1)
        assert left == ["ben", "new"]
        served.settled()
    finally:
        served.stop()
    with db.read() as session:
        assert [row.name for row in session.exec(select(AttachmentRow))] == ["invoice.pdf"]
        assert session.exec(select(LinkTokenRow)).all() == []
        assert len(session.exec(select(CustomerRow)).all()) == 2
    db.close()
    files = bytes_of(tmp_path)
    for table, words in TRACES.items():
        for word in words if table not in KEPT else ():
            assert word.encode() not in files, word
    for word in ("What does express cost?", "PDF of Ben", "words of somebody new"):
        assert word.encode() in files


def test_a_signal_in_the_middle_of_a_log_line_is_obeyed(
    sqlite_database: Database, demo_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A signal ends the streams of all servers of a process, also of those that later tests start.
    monkeypatch.setattr(AppStatus, "should_exit", AppStatus.should_exit)
    health = Health(sqlite_database, lambda: demo_index)
    server = Server(uvicorn.Config(Starlette()), Sockets(room(256)), health)

    class Interrupted(io.StringIO):
        def write(self, text: str) -> int:
            server.handle_exit(signal.SIGTERM, None)
            return super().write(text)

    lines = Interrupted()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(lines))
    writing = threading.Thread(target=structlog.get_logger().info, args=("sent",), daemon=True)
    writing.start()
    writing.join(60)
    assert not writing.is_alive(), "it waits for a lock that it holds itself"
    assert "sent" in lines.getvalue()
    assert server.should_exit


@pytest.fixture(scope="module")
def public(demo_index_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A public shop that was not told for how long it keeps what is said, with old words in it."""
    served = Served(
        tmp_path_factory.mktemp("public"),
        demo_index_dir,
        BOT_PUBLIC_URL="https://chat.shop.example",
        BOT_ALLOWED_HOSTS="inside.example",
        BOT_METRICS_TOKEN="a-long-random-word",
    )
    db = Database(served.database_url)
    db.migrate()
    old_and_new(db)
    db.close()
    served.start()
    yield served
    served.stop()


def test_every_answer_of_a_public_shop_is_safe(public: Served) -> None:
    paths = {"/": 200, "/chat": 200, "/widget.js": 200, "/static/shop.css": 200, "/health": 200}
    paths |= {"/desk": 303, "/desk/login": 200, "/desk/static/desk.css": 200, "/metrics": 401}
    paths |= {"/nowhere": 404, "/api/chat/turns": 401}
    with httpx.Client(base_url=public.url, trust_env=False, verify=False) as client:
        for path, status in paths.items():
            answer = client.get(path)
            assert answer.status_code == status, path
            for header in ("content-security-policy", "strict-transport-security"):
                assert header in answer.headers, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert "server" not in answer.headers, path
        for host, status in (("chat.shop.example", 200), ("evil.example", 400)):
            assert client.get("/chat", headers={"Host": host}).status_code == status
        bearer = {"Authorization": "Bearer a-long-random-word"}
        assert "deskhand_sockets_open" in client.get("/metrics", headers=bearer).text


def test_serving_keeps_everything_unless_it_is_told_for_how_long(public: Served) -> None:
    public.settled()
    db = Database(public.database_url)
    with db.read() as session:
        assert conversations(session) == ["7", "ben", "new"]
    db.close()
