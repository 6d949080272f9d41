"""Updates into the inbox: what is confirmed to Telegram has been taken, in order in each chat.

`Receiver` takes one update, `poll` fetches and confirms them. A message that cannot be taken now
comes again; one that never can be is logged and let go, or it would stand before all others.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from telegram import Update
from telegram.error import TelegramError

from bot.channels.telegram.budget import Sleep
from bot.channels.telegram.business import Connections
from bot.channels.telegram.client import Backoff, Client
from bot.channels.telegram.keyboards import Keyboards
from bot.channels.telegram.message import pressed
from bot.channels.telegram.moved import Moved, followed, move
from bot.channels.telegram.proof import Shown, prove
from bot.channels.telegram.ratings import Ratings
from bot.channels.telegram.raw import UNREADABLE, salvage
from bot.channels.telegram.state import State
from bot.channels.telegram.updates import Content, Me, Press, content_of, queue_of
from bot.database.db import Database
from bot.errors import BusyError, DatabaseError, InputError
from bot.texts import t
from bot.types import Handler, Incoming, OwnWords, now

log = structlog.get_logger()
_TRIES = 3  # of an update that fails for a reason nobody foresaw
_DATABASE_AWAY = 5.0  # seconds
_TOO_QUICK = 0.5  # seconds for no news: whatever answers does not hold polls as Telegram does


Aside = Callable[[Update], Awaitable[bool]]
"""Looks at an update before the channel does; True when it was no shopper's and has been taken."""
Colleague = Callable[[OwnWords], Awaitable[None]]
"""Takes what a person of the shop wrote to a shopper past the bot; it is on disk afterwards."""


class NotTaken(Exception):
    """The update has to come again, in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Receiver:
    """Takes updates, one call each; `handler` has stored the message when it returns."""

    def __init__(
        self,
        client: Client,
        db: Database,
        handler: Handler,
        me: Me,
        ratings: Ratings,
        keyboards: Keyboards,
        connections: Connections,
        *,
        aside: Aside | None = None,
        colleague: Colleague | None = None,
    ) -> None:
        self._client = client
        self._aside = aside
        self._colleague = colleague
        self._db = db
        self._handler = handler
        self._me = me
        self._ratings = ratings
        self._keyboards = keyboards
        self._connections = connections
        self._failed: Counter[int] = Counter()
        self._answers: set[asyncio.Task[None]] = set()

    async def take(self, raw: Mapping[str, Any]) -> None:
        """Returns when Telegram may forget the update; else `NotTaken`."""
        number = raw["update_id"]
        # Whatever goes wrong in here must neither end the listening nor lose the message unseen.
        (error,) = await asyncio.gather(self._take(raw), return_exceptions=True)
        if error is None or isinstance(error, InputError):
            self._failed.pop(number, None)
            if error is not None:
                log.warning("telegram.update_refused", update=number, exc_info=error)
            return
        if isinstance(error, BusyError):
            log.warning("telegram.busy", retry_after=error.retry_after)
            raise NotTaken(error.retry_after)
        if isinstance(error, DatabaseError):
            log.error("telegram.database_away", exc_info=error)
            raise NotTaken(_DATABASE_AWAY)
        if isinstance(error, asyncio.CancelledError):
            raise NotTaken(1.0)
        self._failed[number] += 1
        if self._failed[number] < _TRIES:
            log.warning("telegram.update_failed", update=number, exc_info=error)
            raise NotTaken(float(self._failed[number]))
        del self._failed[number]
        log.error("telegram.update_given_up", update=number, exc_info=error)

    async def close(self) -> None:
        """Let go of the answers to presses that are still on their way."""
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def _take(self, raw: Mapping[str, Any]) -> None:
        read = self._read(raw)
        if read is None:
            return
        update, said = read
        if self._aside is not None and await self._aside(update):
            return
        if update.business_connection is not None:
            self._connections.take(update.business_connection)
        if isinstance(said, Press):
            await self._press(said)
        elif isinstance(said, Moved):
            group = said
            await self._db.write(lambda session: move(session, group))
        elif isinstance(said, Shown):
            proof = said
            await self._handler(
                await self._db.write(lambda session: prove(session, proof, at=now()))
            )
        elif isinstance(said, OwnWords):
            if self._colleague is not None:
                await self._colleague(said)
        elif said is not None:
            await self._hear(said)

    def _read(self, raw: Mapping[str, Any]) -> tuple[Update, Content] | None:
        """The update, and what it says, as far as either can be read; None where nothing can."""

        def read(raw: Mapping[str, Any]) -> tuple[Update, Content]:
            update = Update.de_json(dict(raw), None)
            return update, content_of(update, self._me)

        try:
            return read(raw)
        except UNREADABLE as error:
            found = salvage(raw, read)
            if found is None:
                log.error("telegram.update_unreadable", update=raw["update_id"], exc_info=error)
                return None
            log.warning("telegram.update_half_read", update=raw["update_id"], exc_info=error)
            update, said = found
            # What could not be read may have told that the proof is somebody else's.
            return update, said.unproven if isinstance(said, Shown) else said

    async def _hear(self, said: Incoming) -> None:
        if said.chat.shared:
            said = await self._db.query(lambda session: followed(session, said))
        await self._handler(said)

    async def _press(self, press: Press) -> None:
        if press.rating:
            self._answer(press, await self._ratings.take(press))
            return
        choice = await self._db.query(lambda session: pressed(session, press))
        if choice is None:
            self._answer(press, t("telegram.button_old", press.language or "en"))
            return
        language = choice.incoming.language or "en"
        self._answer(press, t("telegram.button_again", language) if choice.before else None)
        await self._handler(choice.incoming)
        if choice.own:
            self._keyboards.draw(press)

    def _answer(self, press: Press, text: str | None) -> None:
        """Stop the button's waiting sign; whether that works changes nothing."""

        async def answer() -> None:
            try:
                await self._client.answer_callback_query(press.query_id, text=text)
            except TelegramError as error:
                log.info("telegram.press_unanswered", kind=type(error).__name__)

        task = asyncio.create_task(answer())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


async def poll(
    client: Client, receiver: Receiver, state: State, *, timeout: int, sleep: Sleep
) -> None:
    """Fetch updates until cancelled; one is confirmed by the fetch after it was taken."""
    offset: int | None = None
    taken: set[int] = set()  # behind one that was not: they come again with it
    backoff = Backoff(sleep)
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            batch = await client.updates(offset, timeout=timeout)
        except TelegramError as error:
            await backoff.pause(state.about(error))
            continue
        state.heard()
        backoff.reset()
        numbers = [each["update_id"] for each in batch]
        left, wait = await _take_all(
            receiver, [each for each in batch if each["update_id"] not in taken]
        )
        if not numbers:
            if loop.time() - started < _TOO_QUICK:
                await sleep(1.0)
            continue
        offset = min(left) if left else max(numbers) + 1
        taken = {number for number in taken | set(numbers) if number >= offset} - left
        if left:
            await sleep(wait)


async def _take_all(
    receiver: Receiver, batch: Iterable[Mapping[str, Any]]
) -> tuple[set[int], float]:
    """Take a batch, chats side by side; the numbers that were not, and when to try again."""
    queues: dict[object, list[Mapping[str, Any]]] = {}
    for update in batch:
        queues.setdefault(queue_of(update), []).append(update)
    results = await asyncio.gather(*(_take_queue(receiver, each) for each in queues.values()))
    left = {number for numbers, _ in results for number in numbers}
    return left, max((wait for _, wait in results), default=0.0)


async def _take_queue(
    receiver: Receiver, updates: Sequence[Mapping[str, Any]]
) -> tuple[list[int], float]:
    for place, update in enumerate(updates):
        try:
            await receiver.take(update)
        except NotTaken as later:
            return [each["update_id"] for each in updates[place:]], later.seconds
    return [], 0.0
