"""The stand-in itself: the Bot API over HTTP on a loopback port, and a test's handles on it.

It keeps Telegram's rules and judges nothing: what a bot did is in `sent`, `calls`, `violations`.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from tests.support.telegram.api import Api
from tests.support.telegram.budgets import Budgets
from tests.support.telegram.chats import Chat
from tests.support.telegram.clock import Clock
from tests.support.telegram.errors import ApiError
from tests.support.telegram.groups import Business, Direct, Group
from tests.support.telegram.people import PrivateChat, user
from tests.support.telegram.webhook import Deliverer
from tests.support.telegram.world import Call, Fault, Violation, World

JSON = dict[str, Any]
TOKEN = "123456:stand-in-for-tests-only"
BOT: JSON = {"id": 123456, "is_bot": True, "first_name": "Juniper", "username": "juniper_tide_bot"}
_LONG = 10.0  # nobody waits longer for the server's own thread


class Quiet(uvicorn.Server):
    """Leaves the process's signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class FakeTelegram:
    """`async with FakeTelegram() as server`, or `start_thread()` and `stop_thread()`.

    `webhook_delay`: seconds before a failed webhook delivery is first tried again. `ends`: where a
    webhook's public addresses end, such as {"https://shop.example": "http://127.0.0.1:8080"}.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        budgets: Budgets | None = None,
        port: int = 0,
        privacy: bool = True,
        webhook_delay: float = 1.0,
        webhook_timeout: float = 30.0,
        ends: Mapping[str, str] | None = None,
    ) -> None:
        self.world = World(token, dict(BOT), budgets or Budgets(), privacy=privacy)
        self._deliverer = Deliverer(
            self.world, delay=webhook_delay, timeout=webhook_timeout, ends=ends
        )
        # asyncio switches Nagle's delay off only where the protocol is named: 40 ms a call.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(512)
        self.port = int(self._socket.getsockname()[1])
        api = Api(self.world)
        self.routes = [
            Route("/bot{token}/{method}", api.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", api.file),
        ]
        self._uvicorn: Quiet | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    # where the bot finds it

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def base_url(self) -> str:
        """For telegram.Bot(token, base_url=…); the client appends the token."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def settings(self) -> dict[str, str]:
        """What `bot serve` must be told to have this as its Telegram."""
        base = f"http://127.0.0.1:{self.port}"
        return {"TELEGRAM_BOT_TOKEN": self.token, "TELEGRAM_API_BASE_URL": base}

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    # running

    async def serve(self) -> None:
        """Answer until cancelled or told to stop."""
        app = Starlette(routes=self.routes)
        config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off")
        config.timeout_graceful_shutdown = 1
        self._uvicorn = Quiet(config)
        deliveries = asyncio.create_task(self._deliverer.run())
        try:
            await self._uvicorn.serve(sockets=[self._socket])
        finally:
            deliveries.cancel()
            await asyncio.gather(deliveries, return_exceptions=True)

    async def __aenter__(self) -> "FakeTelegram":
        self._task = asyncio.create_task(self.serve())
        while not (self._uvicorn and self._uvicorn.started):
            if self._task.done():
                await self._task
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        if self._task is not None:
            await self._task

    def start_thread(self) -> "FakeTelegram":
        """Serve from a thread, for a test that blocks its own."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self._thread.start()
        return self

    def stop_thread(self) -> None:
        self._stop()
        if self._thread is not None:
            self._thread.join(_LONG)

    def _stop(self) -> None:
        with self.world.lock:
            self.world.polls += 1  # long polls end at once
        self.release()
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True

    # what the bot did

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def calls(self) -> list[Call]:
        """Every request, refused ones too, in order."""
        with self.world.lock:
            return list(self.world.calls)

    @property
    def sent(self) -> list[Call]:
        """What reached a chat: messages, drafts, edits, deletions; no typing actions."""
        words = ("send", "edit", "copy", "forward", "delete")
        return [
            call
            for call in self.calls
            if call.status == 200
            and call.chat_id is not None
            and call.method.startswith(words)
            and call.method not in ("sendChatAction", "deleteForumTopic", "editForumTopic")
        ]

    @property
    def violations(self) -> list[Violation]:
        with self.world.lock:
            return list(self.world.violations)

    @property
    def slowed(self) -> int:
        """Calls that `slow_next` has made wait so far."""
        with self.world.lock:
            return self.world.slowed

    @property
    def pending(self) -> int:
        """Updates that the bot has not confirmed."""
        with self.world.lock:
            return len(self.world.updates.waiting)

    async def confirmed(self, timeout: float = 30.0) -> None:
        """Wait until the bot has confirmed every update."""
        done = await self.world.signal.until(
            lambda: True if not self.world.updates.waiting else None, timeout
        )
        if not done:
            raise AssertionError(f"{self.pending} updates not confirmed in {timeout} s")

    # who is there

    def private_chat(
        self, user_id: int, first_name: str = "Mia", language_code: str = "en"
    ) -> PrivateChat:
        with self.world.lock:
            chat = Chat(user_id, "private", first_name=first_name)
            chat = self.world.chats.setdefault((user_id, None), chat)
            person = user(self.world, user_id, first_name, language_code)
            return PrivateChat(self.world, chat, person)

    def group(
        self,
        chat_id: int = -1001000000001,
        title: str = "Agents",
        *,
        forum: bool = False,
        bot_admin: bool = False,
    ) -> Group:
        """A group with the bot in it. An id below -10^12 is a supergroup's; only those have topics,
        and a bot may make some only as an admin."""
        kind: Literal["group", "supergroup"] = "supergroup" if chat_id < -(10**12) else "group"
        status = "administrator" if bot_admin else "member"
        members = {self.world.bot["id"]: status}
        with self.world.lock:
            chat = Chat(chat_id, kind, title, is_forum=forum, members=members)
            chat = self.world.chats.setdefault((chat_id, None), chat)
            return Group(self.world, chat)

    def business(
        self, owner_id: int = 900, name: str = "Juniper & Tide", *, can_reply: bool = True
    ) -> Business:
        """A shop's account that connected the bot; `await connects()` tells the bot so."""
        with self.world.lock:
            connection: JSON = {
                "id": f"connection-{owner_id}",
                "user": user(self.world, owner_id, name, "en"),
                "user_chat_id": owner_id,
                "date": int(self.world.clock()),
                "is_enabled": True,
                "rights": {"can_reply": can_reply, "can_read_messages": True},
            }
            self.world.connections[connection["id"]] = connection
            # For a day the bot may write to who connected it, even uninvited.
            own = Chat(owner_id, "private", first_name=name, opened=True)
            self.world.chats.setdefault((owner_id, None), own)
            return Business(self.world, connection)

    def direct_messages(self, chat_id: int = -1002000000001, title: str = "News") -> Direct:
        """The direct messages of the shop's channel."""
        with self.world.lock:
            members = {self.world.bot["id"]: "administrator"}
            chat = Chat(chat_id, "supergroup", title, is_direct_messages=True, members=members)
            return Direct(self.world, self.world.chats.setdefault((chat_id, None), chat))

    # what goes wrong

    def fail_next(
        self,
        method: str = "*",
        status: int = 500,
        description: str = "Internal Server Error",
        *,
        retry_after: int | None = None,
        times: int = 1,
        chat_id: int | None = None,
        body: str | None = None,
    ) -> None:
        """The next calls are refused and do nothing; `times` -1: until `heal`.

        With retry_after the chat stays closed for so long. `body` is sent instead of JSON.
        """
        error = ApiError(status, description, retry_after=retry_after)
        self._fault(Fault(method, times, chat_id, error, body))

    def drop_next(
        self,
        method: str = "*",
        *,
        acting: bool = True,
        times: int = 1,
        chat_id: int | None = None,
    ) -> None:
        """The connection breaks: after acting (the answer is lost), or before."""
        self._fault(Fault(method, times, chat_id, drop="after" if acting else "before"))

    def slow_next(
        self, method: str = "*", seconds: float = 1.0, *, times: int = 1, chat_id: int | None = None
    ) -> None:
        """The next calls wait before anything is done, at most until `release`."""
        self._fault(Fault(method, times, chat_id, delay=seconds))

    def release(self) -> None:
        """Let those go on that `slow_next` makes wait now."""
        with self.world.lock:
            self.world.released += 1
        self.world.signal.fire()

    def close_chat(self, chat_id: int, seconds: float) -> None:
        """Flood control without a cause: each send answers 429 until then."""
        with self.world.lock:
            self.world.windows.close(chat_id, seconds, self.world.clock())

    def heal(self) -> None:
        with self.world.lock:
            self.world.faults.clear()

    def _fault(self, fault: Fault) -> None:
        with self.world.lock:
            self.world.faults.append(fault)
