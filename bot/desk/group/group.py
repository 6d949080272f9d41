"""The group's door: takes the updates that are no shopper's, and has them done and answered.

An agent's word is committed before `take` returns, so Telegram keeps it until then; what is said
back to the agent is best effort. What must not be lost in the group is `sync`'s.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog
from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.moved import move, moved
from bot.channels.telegram.text import split, verbatim
from bot.database.db import Database
from bot.desk.group import actions
from bot.desk.group.cards import Words
from bot.desk.group.reindex import Reindex
from bot.desk.group.sending import Away, Later, Lost, Moved, Post
from bot.desk.group.status import status
from bot.desk.group.sync import Synchronizer
from bot.desk.group.updates import ButtonPress, GroupMessage, Person, button_press, group_message
from bot.errors import ConflictError, DatabaseError, ForbiddenError, InputError
from bot.health import Report
from bot.texts import t
from bot.tickets import accounts
from bot.types import Language, now

log = structlog.get_logger()
_STARTING = 5.0  # seconds in which a group may turn out to be ours
_HINT_AGAIN = 3600.0  # seconds after which somebody unknown is told again how to become known
_REMEMBERED = 1000
_PATIENCE = 60.0
_ADMIN_COMMANDS = ("status", "reindex")
_OK = "👌"


class AgentsGroup:
    """Everything about agents on Telegram. Without `chat_id` there is no group yet: accounts are
    connected, `/id` explains, admins have their commands in private. `language` None: the group's
    cards speak each ticket's language, answers the asker's."""

    def __init__(
        self,
        db: Database,
        telegram: Telegram,
        *,
        chat_id: int | None,
        language: Language | None,
        public_url: str | None,
        health: Callable[[], Awaitable[Report]],
        reindex: Reindex,
        keeps: bool = True,
        poll: float = 2.0,
        owner: str | None = None,
    ) -> None:
        """`keeps` is False where another process keeps the group, and this one only takes what is
        said in it."""
        self._db = db
        self._telegram = telegram
        self._language = language
        self._health = health
        self._reindex = reindex
        words = Words(language, public_url.rstrip("/") if public_url else None)
        self.sync = (
            Synchronizer(db, telegram, chat_id, words, elsewhere=not keeps, poll=poll, owner=owner)
            if chat_id is not None
            else None
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._hinted: OrderedDict[int, float] = OrderedDict()

    async def run(self) -> None:
        """Keep the group until cancelled."""
        try:
            if self.sync is not None:
                await self.sync.run()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def take(self, update: Update) -> bool:
        """True when the update was the agents'. Raises what the receiver knows how to retry."""
        query = update.callback_query
        if query is not None:
            what = button_press(query)
            if what is not None:
                await self._press(what)
            return what is not None
        if update.my_chat_member is not None:
            if self.sync is not None and update.my_chat_member.chat.id == self.sync.chat_id:
                self.sync.recheck()
            return True
        message = update.message or update.edited_message
        if message is None or self._telegram.me is None:
            return False
        edited = update.edited_message is not None
        written = group_message(message, self._telegram.me, edited=edited)
        if message.chat.type == ChatType.PRIVATE:
            return written is not None and await self._private(written)
        if await self._is_ours(message):
            if written is not None:
                await self._group(written)
            else:
                await self._service(message)
            return True
        if written is not None and written.command == "id" and not written.edited:
            return await self._tell_id(written)
        return False

    # whose is it

    async def _is_ours(self, message: Message) -> bool:
        sync = self.sync
        if sync is None:
            return False
        if sync.chat_id in (message.chat.id, message.migrate_from_chat_id):
            return True
        if sync.elsewhere:
            await sync.follow()
        elif not sync.presence.arrived.is_set():
            # After a start it may take a moment to learn that the group is a supergroup by now.
            with suppress(TimeoutError):
                async with asyncio.timeout(_STARTING):
                    await sync.presence.arrived.wait()
        return message.chat.id == sync.chat_id

    async def _service(self, message: Message) -> None:
        sync = self.sync
        if sync is None:
            return
        if group := moved(message):
            await self._db.write(lambda session: move(session, group))  # for other processes
            sync.moved(group.new)
        elif message.forum_topic_closed and message.from_user and message.message_thread_id:
            me = self._telegram.me
            if me is None or message.from_user.id != me.id:
                self._do(self._reopen(message.message_thread_id, message.chat.id))

    async def _reopen(self, topic_id: int, chat_id: int) -> None:
        """A topic that somebody closed by hand while its shopper still has a person."""
        ticket = await self._db.query(lambda s: actions.ticket_of(s, chat_id, topic_id))
        if self.sync is None or ticket is None or ticket.status == "closed":
            return
        await self.sync.post.switch_topic(topic_id, closed=False)
        text = t("agents_group.topic_reopened", self._language or _known(ticket.language))
        await self.sync.post.send(verbatim(text), thread_id=topic_id)

    # what agents do

    async def _press(self, what: ButtonPress) -> None:
        at = now()
        try:
            notice = await self._db.write(lambda session: actions.press(session, what, at))
            text, alert = t(notice.key, self._speak(what.person), **notice.params), False
        except (InputError, ConflictError) as error:
            log.info("agents_group.press_refused", reason=error.key, ticket=what.ticket_id)
            text, alert = error.message(self._speak(what.person)), True
        self._wake()
        self._do(self._pop_up(what.query_id, text, alert=alert))

    async def _pop_up(self, query_id: str, text: str, *, alert: bool) -> None:
        await self._telegram.client.answer_callback_query(query_id, text[:200], show_alert=alert)

    async def _group(self, written: GroupMessage) -> None:
        if written.command in _ADMIN_COMMANDS and not written.edited:
            await self._admin(written)
            return
        if written.command == "id" and not written.edited:
            await self._tell_id(written)
            return
        at = now()
        try:
            notice = await self._db.write(lambda session: actions.write(session, written, at))
        except (InputError, ConflictError) as error:
            log.info("agents_group.refused_message", reason=error.key)
            if not isinstance(error, ForbiddenError) or self._may_hint(written.person.id):
                self._answer(written, error.message(self._speak(written.person)))
            return
        self._wake()
        if notice is None:
            return
        if notice.done:
            self._do(self._nod(written))
        else:
            self._answer(written, t(notice.key, self._speak(written.person), **notice.params))

    async def _private(self, written: GroupMessage) -> bool:
        """One-time links, and the admins' commands from those who are connected."""
        if written.edited:
            return False
        if written.command == "start" and written.text.startswith(accounts.PREFIX):
            await self._connect(written)
            return True
        if written.command not in _ADMIN_COMMANDS:
            return False
        account = written.person.id
        if await self._db.query(lambda s: accounts.owner(s, account)) is None:
            return False  # a shopper's, who learns nothing of what there is
        await self._admin(written)
        return True

    async def _connect(self, written: GroupMessage) -> None:
        at, link, account = now(), written.text, written.person.id
        language = written.person.language or self._language or "en"
        try:
            user = await self._db.write(
                lambda session: accounts.use_link(session, link, account, at)
            )
            text = t("users.telegram_connected", language, name=user.name)
            log.info("agents_group.account_connected", user=user.id)
        except (InputError, ConflictError) as error:
            text = error.message(language)
            log.info("agents_group.link_refused", reason=error.key)
        self._answer(written, text)

    async def _tell_id(self, written: GroupMessage) -> bool:
        """The group's number: to everybody until there is a group, then to those we know."""
        account = written.person.id
        if self.sync is not None:
            if await self._db.query(lambda s: accounts.owner(s, account)) is None:
                return False
            key = "id" if written.chat_id == self.sync.chat_id else "id_other"
        else:
            key = "id_first"
        params = {"chat": written.chat_id, "you": account}
        self._answer(written, t(f"agents_group.{key}", self._speak(written.person), **params))
        return True

    async def _admin(self, written: GroupMessage) -> None:
        language = self._speak(written.person)
        account = written.person.id
        try:
            await self._db.query(lambda s: actions.agent(s, account, admin=True).id)
        except ForbiddenError as error:
            if self._may_hint(account):
                self._answer(written, error.message(language))
            return
        log.info("agents_group.command", command=written.command)
        if written.command == "status":
            self._do(self._status(written, language))
        elif self._reindex.busy:
            self._answer(written, t("agents_group.reindex_busy", language))
        else:
            self._do(self._index(written, language))

    async def _status(self, written: GroupMessage, language: Language) -> None:
        text = await status(self._db, self._health, language)
        await self._say(written, text)

    async def _index(self, written: GroupMessage, language: Language) -> None:
        """One message, written anew as it goes on."""
        post = self._post(written.chat_id)
        shown: list[int] = []

        async def show(text: str) -> None:
            first = split(verbatim(text))[0]
            if not shown:
                shown.append(
                    await post.send(first, thread_id=written.thread_id, reply_to=written.message_id)
                )
                return
            try:
                await post.edit(shown[0], first)
            except (Lost, Later, TelegramError) as error:
                log.info("agents_group.progress_unshown", kind=type(error).__name__)

        await self._reindex.run(show, language)

    # what is said back

    def _answer(self, written: GroupMessage, text: str) -> None:
        self._do(self._say(written, text))

    async def _say(self, written: GroupMessage, text: str) -> None:
        post = self._post(written.chat_id)
        for part in split(verbatim(text)):
            await post.send(part, thread_id=written.thread_id, reply_to=written.message_id)

    async def _nod(self, written: GroupMessage) -> None:
        """A sign on the agent's message that it was done: no message, nothing of the budget."""
        await self._telegram.client.set_message_reaction(written.chat_id, written.message_id, _OK)

    def _post(self, chat_id: int) -> Post:
        telegram = self._telegram
        return Post(telegram.client, telegram.budget, chat_id, patience=_PATIENCE)

    def _speak(self, person: Person) -> Language:
        return self._language or person.language or "en"

    def _may_hint(self, account: int) -> bool:
        """Whether somebody whom we refuse is told so again: the group's budget is for tickets."""
        at = time.monotonic()
        if at - self._hinted.get(account, -_HINT_AGAIN) < _HINT_AGAIN:
            return False
        self._hinted[account] = at
        while len(self._hinted) > _REMEMBERED:
            self._hinted.popitem(last=False)
        return True

    def _wake(self) -> None:
        if self.sync is not None:
            self.sync.wake()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """In the background; whether it succeeds changes nothing that is stored."""

        async def done() -> None:
            try:
                await work
            except (TelegramError, Later, Away, Lost, Moved, DatabaseError, OSError) as error:
                log.info("agents_group.unsaid", kind=type(error).__name__)

        task = asyncio.create_task(done())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _known(language: str) -> Language:
    return "zh" if language == "zh" else "en"
