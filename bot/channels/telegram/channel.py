"""The Telegram channel: shoppers in private chats, in groups, in the shop's own account.

Hears by polling, or by webhook where the shop has a public https address; an update is confirmed
only once its message is on disk. Speaks within Telegram's limits, each message once as far as the
wire allows: Telegram knows no key by which it could recognise a repeat. It keeps no files and
decides nothing about answers.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import structlog
from starlette.routing import Route
from telegram import InputFile, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, RetryAfter, TelegramError

from bot.channels.telegram.about import describe
from bot.channels.telegram.arranging import arrange, watch
from bot.channels.telegram.budget import Budget, Sleep, TooSoon
from bot.channels.telegram.business import Connections
from bot.channels.telegram.client import (
    Backoff,
    Client,
    delivery_error,
    is_gone,
    lost_thread,
    seconds,
)
from bot.channels.telegram.correction import reword
from bot.channels.telegram.draft import Drafts
from bot.channels.telegram.files import Files
from bot.channels.telegram.keyboards import Keyboards
from bot.channels.telegram.lane import Lane
from bot.channels.telegram.message import Part, parts
from bot.channels.telegram.moved import Moved, move
from bot.channels.telegram.past import NONE, Past, past
from bot.channels.telegram.place import NAME, Place
from bot.channels.telegram.ratings import Ratings
from bot.channels.telegram.receive import Aside, Colleague, Receiver, poll
from bot.channels.telegram.request import as_promised
from bot.channels.telegram.state import State
from bot.channels.telegram.updates import Me
from bot.channels.telegram.webhook import PATH, Webhook
from bot.conversations import attachments
from bot.database.db import Database
from bot.database.duty import Duty
from bot.errors import DeliveryError
from bot.types import Author, Chat, Draft, Handler, Progress, Receipt, Turn

K = TypeVar("K")
V = TypeVar("V")

log = structlog.get_logger()
POLL = 25  # seconds that Telegram holds a poll without news
_PATIENCE = 2.5  # seconds that a send waits for its budget; then it makes room for other chats
_TYPING = 4.0  # seconds; Telegram shows the sign for five
_SIGN = 1.0  # seconds that the sign may take: whoever answers waits for it
_REMEMBERED = 1000  # migrated groups, chats that typing was shown in
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Telegram:
    """One bot. `public_url` with https means webhook, else it polls.

    `base_url` is a Bot API server of one's own; None is Telegram's. `webhook_secret` is any secret
    of this installation; Telegram is given one that is made from it. `shop` is the shop's name, as
    people read it before they start the bot; empty: the demo shop. `aside` may be set before
    `run`: updates that are not for the shop go there; and `colleague`: what a person of the shop
    writes in its own account. `me` is None until Telegram was reached.

    Of several processes with one bot, those that are reached over HTTP receive by webhook, `works`
    false; where it polls, those that work do it, one at a time: whoever holds `duty`.
    """

    name = NAME

    def __init__(
        self,
        token: str,
        *,
        db: Database,
        base_url: str | None,
        public_url: str | None,
        webhook_secret: str,
        shop: str = "",
        budget: Budget | None = None,
        lane: Lane | None = None,
        duty: Duty | None = None,
        receives: bool = True,
        works: bool = True,
        poll_timeout: int = POLL,
        timeout: float = 15.0,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = self._client = Client(token, base_url, timeout=timeout)
        self.aside: Aside | None = None
        self.colleague: Colleague | None = None
        self.me: Me | None = None
        self.connected = asyncio.Event()
        self._db = db
        hooked = public_url is not None and public_url.startswith("https://")
        self._address = f"{(public_url or '').rstrip('/')}{PATH}" if hooked else None
        self.state = State("webhook" if hooked else "polling")
        self._webhook = Webhook(webhook_secret, self.state)
        self.budget = self._budget = budget or Budget()
        self._connections = Connections(self._client, self._budget)
        self._shop = shop
        self._keyboards = Keyboards(self._client, self._db, self._budget)
        self._ratings = Ratings(self._db, self._keyboards)
        self._drafts = Drafts(self._client, self._budget)
        self._lane = lane or Lane()
        self._duty = duty
        self._receives = receives
        self._works = works
        self._poll_timeout = poll_timeout
        self._sleep = sleep
        self._clock = clock
        self._moved: OrderedDict[int, int] = OrderedDict()  # group → the supergroup it became
        self._typed: OrderedDict[Chat, float] = OrderedDict()

    def routes(self) -> list[Route]:
        """The webhook's route; none when polling."""
        return [self._webhook.route()] if self._address and self._receives else []

    async def run(self, handler: Handler) -> None:
        """Listen until cancelled, through whatever troubles Telegram or the network have."""
        me = self.me = await self._connect()
        self.connected.set()
        receiver = Receiver(
            self._client,
            self._db,
            handler,
            me,
            self._ratings,
            self._keyboards,
            self._connections,
            aside=self.aside,
            colleague=self.colleague,
        )
        beside = []
        if self._works:
            beside.append(asyncio.create_task(Files(self._client, self._db).run()))
            beside.append(asyncio.create_task(describe(self._client, self._shop)))
        try:
            await self._listen(receiver)
        finally:
            self._webhook.receiver = None
            await receiver.close()
            await self._keyboards.close()
            await self._connections.close()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _listen(self, receiver: Receiver) -> None:
        if not self._receives:
            await asyncio.Event().wait()
        by = "webhook" if self._address else "polling"
        log.info("telegram.listening", by=by, bot=self._client.id)
        if self._address:
            self._webhook.receiver = receiver
            await watch(
                self._client, self._address, self._webhook.token, self.state, sleep=self._sleep
            )

        async def polling() -> None:
            await poll(
                self._client, receiver, self.state, timeout=self._poll_timeout, sleep=self._sleep
            )

        await (self._duty.during(polling) if self._duty else polling())

    async def aclose(self) -> None:
        """Let go of the connections, once nothing is to be sent any more."""
        await self._drafts.close()
        await self._client.shutdown()

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> Receipt | None:
        """Deliver a turn, from the first of its messages that is not known to have arrived."""
        if reply.author is Author.SHOPPER:
            return None
        place = _place(chat)
        await self._drafts.end(place.chat_id)
        known = await self._past(place, reply)
        if await self._reworded(place, reply, known):
            return None
        messages = parts(reply, private=place.private, past=known)
        # The last one never arrived, whatever an older version counted: that ends the delivery.
        start = min(progress.arrived, len(messages) - 1)
        receipt: Receipt | None = None
        for number, part in enumerate(messages[start:], start + 1):
            receipt = await self._send(place, part, progress)
            if number < len(messages):
                try:
                    await progress.note(number)
                finally:
                    receipt()
        return receipt

    async def typing(self, chat: Chat) -> None:
        """Telegram's typing sign; left out where there is better use for the budget."""
        place = _place(chat)
        if place.direct is not None:
            return  # Telegram shows it in no channel
        chat_id = self._moved.get(place.chat_id, place.chat_id)
        due = self._clock() - self._typed.get(chat, -_TYPING) >= _TYPING
        if not due or self._budget.closed(chat_id) or not self._budget.spare():
            return
        _remember(self._typed, chat, self._clock())
        try:
            async with asyncio.timeout(_SIGN):
                await self._client.send_chat_action(
                    chat_id,
                    ChatAction.TYPING,
                    message_thread_id=place.thread_id,
                    business_connection_id=place.business,
                )
        except RetryAfter as error:
            self._budget.close(chat_id, seconds(error))
        except (TelegramError, TimeoutError) as error:
            log.debug("telegram.typing_failed", kind=type(error).__name__)

    async def preview(self, chat: Chat, draft: Draft) -> None:
        """As Telegram's own draft in a private chat; elsewhere the typing sign has to do."""
        try:
            place = Place.of(chat)
        except ValueError:
            return
        if self._drafts.fit(place):
            self._drafts.show(place, draft)
        else:
            await self.typing(chat)

    async def _connect(self) -> Me:
        """Log in and arrange what is to be arranged; again until that works."""
        backoff = Backoff(self._sleep)
        while True:
            try:
                with as_promised():
                    await self._client.initialize()
                if self._receives:
                    await arrange(self._client, self._address, self._webhook.token)
            except TelegramError as error:
                await backoff.pause(self.state.about(error))
                continue
            self.state.heard()
            return Me(self._client.id, self._client.username)

    async def _past(self, place: Place, reply: Turn) -> Past:
        if not (place.private or place.person is not None or reply.correction):
            return NONE
        return await self._db.query(lambda session: past(session, place, reply))

    async def _reworded(self, place: Place, reply: Turn, known: Past) -> bool:
        """Whether a correction is with the shopper by an edit of the earlier message."""
        if known.message_id is None:
            return False
        chat_id = self._moved.get(place.chat_id, place.chat_id)
        try:
            await self._budget.spend(chat_id, patience=_PATIENCE)
            return await reword(self._client, chat_id, place.business, reply, known)
        except TooSoon as soon:
            raise DeliveryError("telegram.slow_down", soon.seconds, asked=True) from None
        except ChatMigrated:
            return False  # what the old group has cannot be edited any more
        except TelegramError as error:
            if isinstance(error, RetryAfter):
                self._budget.close(chat_id, seconds(error))
            raise delivery_error(error) from error

    async def _send(self, place: Place, part: Part, progress: Progress) -> Receipt:
        """One message, in the plainest form that Telegram wants; else `DeliveryError`."""
        forms = deque([(True, part.keyboard), (False, part.keyboard)])
        if part.keyboard:
            forms.append((False, None))
        thread_id = place.thread_id
        while True:
            rich, keyboard = forms[0]
            chat_id = self._moved.get(place.chat_id, place.chat_id)
            try:
                await self._budget.spend(chat_id, patience=_PATIENCE)
                where: dict[str, Any] = {
                    "reply_markup": keyboard,
                    "message_thread_id": thread_id,
                    "business_connection_id": place.business,
                    "direct_messages_topic_id": place.direct,
                    "reply_parameters": _answering(part.answers, moved=chat_id != place.chat_id),
                }
                with ExitStack() as failing:
                    receipt = await self._lane.enter()
                    failing.callback(receipt)
                    if self._budget.closed(chat_id):
                        continue  # it was open before the wait
                    with as_promised():
                        progress.sent_as = await self._put(chat_id, part, rich, where)
                    failing.pop_all()
                return receipt
            except TooSoon as soon:
                raise DeliveryError("telegram.slow_down", soon.seconds, asked=True) from None
            except RetryAfter as error:
                self._budget.close(chat_id, seconds(error))
                raise delivery_error(error) from error
            except ChatMigrated as error:
                if error.new_chat_id == chat_id:
                    raise delivery_error(error) from error
                await self._follow(Moved(place.chat_id, error.new_chat_id))
            except BadRequest as error:
                if thread_id is not None and lost_thread(error):
                    thread_id = None  # the topic is gone, the chat is not
                elif is_gone(error) or len(forms) == 1:
                    raise delivery_error(error) from error
                else:
                    log.warning("telegram.form_refused", rich=rich, buttons=keyboard is not None)
                    forms.popleft()
            except TelegramError as error:
                raise delivery_error(error) from error

    async def _follow(self, group: Moved) -> None:
        """The group is a supergroup by now; on disk first, for whoever sends there next."""
        await self._db.write(lambda session: move(session, group))
        _remember(self._moved, group.old, group.new)

    async def _kept(self, turn_id: int) -> InputFile:
        """The file that is kept with a turn; `DeliveryError` for one that is here no more."""
        found = await self._db.query(lambda session: attachments.of_turn(session, turn_id))
        if found is None:
            raise DeliveryError("telegram.refused", None)
        name, content = found
        return InputFile(content, filename=name)

    async def _put(self, chat_id: int, part: Part, rich: bool, where: dict[str, Any]) -> str:
        text, mode = (part.html, ParseMode.HTML) if rich else (part.plain, None)
        if part.media is None:
            preview = LinkPreviewOptions(url=part.picture) if part.picture else _NO_PREVIEW
            sent = await self._client.send_message(
                chat_id, text, parse_mode=mode, link_preview_options=preview, **where
            )
        else:
            sent = await self._client.send_media(
                chat_id,
                part.media.kind,
                part.media.file_id or await self._kept(part.turn_id),
                caption=text or None,
                parse_mode=mode,
                **where,
            )
        if not isinstance(sent, Message):  # the library passes a bare "true" on
            raise TypeError(type(sent).__name__)
        return str(sent.message_id)


def _answering(message_id: int | None, *, moved: bool) -> ReplyParameters | None:
    if message_id is None or moved:  # a supergroup counts its messages from one again
        return None
    return ReplyParameters(message_id, allow_sending_without_reply=True)


def _place(chat: Chat) -> Place:
    try:
        return Place.of(chat)
    except ValueError:
        raise DeliveryError("telegram.chat_gone", None) from None


def _remember(memory: OrderedDict[K, V], key: K, value: V) -> None:
    """Keep `value`, and forget the oldest where there is too much."""
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
